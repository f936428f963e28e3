/* SPDX-License-Identifier: ISC */
/*
 * admin: who may change the settings.  There is one administrator; the first
 * password is set with a code that only the console shows.
 */
#include <crypt.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "parent.h"
#include "request.h"

/* Without 0 O 1 I L, which people mistake. */
static const char code_letters[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
enum { CODE_LETTERS = sizeof(code_letters) - 1 };

bool
admin_same(const char *a, const char *b)
{
	uint8_t da[SHA256_DIGEST_LENGTH], db[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)a, strlen(a), da);
	SHA256((const uint8_t *)b, strlen(b), db);
	return (CRYPTO_memcmp(da, db, sizeof(da)) == 0);
}

static const char *
stored_password(const struct conf *cf)
{
	const struct conf *sys = conf_find(cf, "system");

	return (sys == NULL ? NULL : conf_str(sys, "admin-password"));
}

bool
admin_is_set(const struct conf *cf)
{
	const char *stored = stored_password(cf);

	return (stored != NULL && *stored != '\0');
}

/*
 * $5$, $6$, and what an earlier version let settings have, such as $y$, which
 * crypt(3) knows as well: never is the text of a hash the password.
 */
static bool
is_crypt(const char *stored)
{
	size_t n;

	if (stored[0] != '$')
		return (false);
	n = strcspn(stored + 1, "$");
	return (n >= 1 && n <= 2 && stored[n + 1] == '$');
}

bool
admin_password_ok(const struct conf *cf, const char *password)
{
	const char *stored = stored_password(cf), *hash;
	struct crypt_data *cd;
	bool ok = false;

	if (stored == NULL || *stored == '\0')
		return (false);
	if (!is_crypt(stored))
		return (admin_same(stored, password));
	if ((cd = calloc(1, sizeof(*cd))) == NULL)
		return (false);
	hash = crypt_r(password, stored, cd);
	ok = hash != NULL && hash[0] != '*' && admin_same(hash, stored);
	freezero(cd, sizeof(*cd));
	return (ok);
}

int
admin_hash(const char *password, char *out, size_t size)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *cd;
	const char *hash;
	int rv = -1;

	if ((cd = calloc(1, sizeof(*cd))) == NULL)
		return (-1);
	/* SHA-512: BusyBox's log-in at the console knows it, too */
	if (crypt_gensalt_rn("$6$", 50000, NULL, 0, setting, sizeof(setting)) !=
		NULL &&
	    (hash = crypt_r(password, setting, cd)) != NULL && hash[0] != '*' &&
	    strlcpy(out, hash, size) < size)
		rv = 0;
	freezero(cd, sizeof(*cd));
	return (rv);
}

/* Letters of a code are typed by people: either case, blanks between. */
bool
admin_code_ok(const struct parent *pa, const char *code)
{
	char plain[WEB_CODE_LEN + 1] = "";
	size_t n = 0;

	for (; *code != '\0'; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (n == WEB_CODE_LEN)
			return (false);
		plain[n++] = *code >= 'a' && *code <= 'z' ?
		    (char)(*code - 'a' + 'A') :
		    *code;
	}
	return (pa->pa_code[0] != '\0' && admin_same(plain, pa->pa_code));
}

static void
code_make(char *code)
{
	uint8_t byte;
	int i = 0;

	while (i < WEB_CODE_LEN) {
		if (RAND_bytes(&byte, 1) != 1)
			fatalx("no random numbers");
		if (byte < 256 / CODE_LETTERS * CODE_LETTERS)
			code[i++] = code_letters[byte % CODE_LETTERS];
	}
	code[i] = '\0';
}

static void
code_write(const struct parent *pa)
{
	char dir[PATH_MAX], line[WEB_CODE_LEN + 2], *slash;

	strlcpy(dir, pa->pa_code_file, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL)
		fatalx("%s: not a whole path", pa->pa_code_file);
	*slash++ = '\0';
	snprintf(line, sizeof(line), "%s\n", pa->pa_code);
	if (keystore_write(dir, slash, line, strlen(line), 0600) == 0)
		log_info("no administrator's password is set: the console "
			 "shows the set-up code");
	explicit_bzero(line, sizeof(line));
}

/* Who logged in with a password that no longer counts is out. */
static void
password_changed(struct parent *pa, const char *stored)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)stored, strlen(stored), digest);
	if (CRYPTO_memcmp(digest, pa->pa_password, sizeof(digest)) == 0)
		return;
	memcpy(pa->pa_password, digest, sizeof(digest));
	session_end_all(pa);
}

void
admin_update(struct parent *pa)
{
	const char *stored;
	char err[512];
	struct conf *cf;
	bool set;
	int n;

	if ((cf = settings_load(pa, &n, err, sizeof(err))) == NULL) {
		log_warnx("%s", err);
		return;
	}
	set = admin_is_set(cf);
	stored = stored_password(cf);
	password_changed(pa, stored == NULL ? "" : stored);
	conf_free(cf);
	if (set) {
		explicit_bzero(pa->pa_code, sizeof(pa->pa_code));
		if (unlink(pa->pa_code_file) == -1 && errno != ENOENT)
			log_warn("%s", pa->pa_code_file);
	} else if (pa->pa_code[0] == '\0') {
		code_make(pa->pa_code);
		code_write(pa);
	}
}

const char *
session_new(struct parent *pa, uint64_t now)
{
	struct admin_session *ss, *best = pa->pa_sessions;
	uint8_t token[32];

	for (ss = pa->pa_sessions; ss < pa->pa_sessions + SESSIONS; ss++)
		if (ss->ss_token[0] == '\0' ||
		    (best->ss_token[0] != '\0' && ss->ss_seen < best->ss_seen))
			best = ss;
	if (RAND_bytes(token, sizeof(token)) != 1)
		fatalx("no random numbers");
	request_token(token, best->ss_token);
	best->ss_seen = now;
	return (best->ss_token);
}

static struct admin_session *
session_find(struct parent *pa, const char *token, uint64_t now)
{
	struct admin_session *ss, *found = NULL;

	if (*token == '\0')
		return (NULL);
	for (ss = pa->pa_sessions; ss < pa->pa_sessions + SESSIONS; ss++) {
		if (ss->ss_token[0] == '\0')
			continue;
		if (now - ss->ss_seen > SESSION_IDLE)
			explicit_bzero(ss, sizeof(*ss));
		else if (admin_same(ss->ss_token, token))
			found = ss;
	}
	return (found);
}

bool
session_use(struct parent *pa, const char *token, uint64_t now)
{
	struct admin_session *ss = session_find(pa, token, now);

	if (ss != NULL)
		ss->ss_seen = now;
	return (ss != NULL);
}

void
session_end(struct parent *pa, const char *token)
{
	struct admin_session *ss = session_find(pa, token, clock_ms());

	if (ss != NULL)
		explicit_bzero(ss, sizeof(*ss));
}

void
session_end_all(struct parent *pa)
{
	explicit_bzero(pa->pa_sessions, sizeof(pa->pa_sessions));
}
