/* SPDX-License-Identifier: ISC */
/*
 * password: users with scrypt strings in hubd.conf(5), and those strings.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

enum {
	SALT_LEN = 16,		/* of what we make */
	SALT_MIN = 8,		/* of what we take */
	SALT_MAX = 64,
	HASH_LEN = 32,
	LN = 15,
	R = 8,
	P = 1,
	MEMORY_MAX = 128 << 20,
	MEMORY_SLACK = 1 << 20	/* OpenSSL counts some blocks more */
};

struct scrypt {
	unsigned int sr_ln, sr_r, sr_p;
	uint8_t sr_salt[SALT_MAX];
	size_t sr_saltlen;
	uint8_t sr_hash[HASH_LEN];
};

static int
scrypt(const struct scrypt *sr, const char *password, uint8_t *out)
{
	if (EVP_PBE_scrypt(password, strlen(password), sr->sr_salt,
		sr->sr_saltlen, UINT64_C(1) << sr->sr_ln, sr->sr_r, sr->sr_p,
		MEMORY_MAX + MEMORY_SLACK, out, HASH_LEN) != 1)
		return (-1);
	return (0);
}

/* Base64 without padding; out has room for 4 per 3 bytes, and a NUL. */
static void
encode(const uint8_t *in, size_t len, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, in, (int)len);
	out[strcspn(out, "=")] = '\0';
}

/* len characters of base64 without padding; bytes, -1 if it is not that. */
static ssize_t
decode(const char *in, size_t len, uint8_t *out, size_t size)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char text[128], raw[96];
	size_t bytes = len * 3 / 4, padded = (len + 3) / 4 * 4;

	if (padded >= sizeof(text) || len % 4 == 1 || bytes > size)
		return (-1);
	memset(text, '=', sizeof(text));
	memcpy(text, in, len);
	text[len < padded ? padded : len] = '\0';
	if (strspn((const char *)text, set) != len ||
	    EVP_DecodeBlock(raw, text, (int)padded) < (int)bytes)
		return (-1);
	memcpy(out, raw, bytes);
	return ((ssize_t)bytes);
}

static bool
costs_fit(const struct scrypt *sr)
{
	return (sr->sr_ln >= 10 && sr->sr_ln <= 20 && sr->sr_r >= 1 &&
	    sr->sr_r <= 16 && sr->sr_p >= 1 && sr->sr_p <= 4 &&
	    (UINT64_C(128) * sr->sr_r << sr->sr_ln) <= MEMORY_MAX);
}

static int
parse(const char *string, struct scrypt *sr)
{
	const char *salt, *hash;
	ssize_t n;
	int used = 0;

	if (sscanf(string, "$scrypt$ln=%2u,r=%2u,p=%2u$%n", &sr->sr_ln,
		&sr->sr_r, &sr->sr_p, &used) != 3 ||
	    used == 0 || !costs_fit(sr))
		return (-1);
	salt = string + used;
	if ((hash = strchr(salt, '$')) == NULL)
		return (-1);
	n = decode(salt, (size_t)(hash - salt), sr->sr_salt, SALT_MAX);
	if (n < SALT_MIN)
		return (-1);
	sr->sr_saltlen = (size_t)n;
	n = decode(hash + 1, strlen(hash + 1), sr->sr_hash, HASH_LEN);
	return (n == HASH_LEN ? 0 : -1);
}

int
password_make(const char *password, char *out)
{
	struct scrypt sr = { .sr_ln = LN,
		.sr_r = R,
		.sr_p = P,
		.sr_saltlen = SALT_LEN };
	char salt[SALT_LEN * 2], hash[HASH_LEN * 2];

	if (RAND_bytes(sr.sr_salt, SALT_LEN) != 1 ||
	    scrypt(&sr, password, sr.sr_hash) == -1)
		return (-1);
	encode(sr.sr_salt, SALT_LEN, salt);
	encode(sr.sr_hash, HASH_LEN, hash);
	snprintf(out, PASSWORD_STRLEN, "$scrypt$ln=%u,r=%u,p=%u$%s$%s",
	    sr.sr_ln, sr.sr_r, sr.sr_p, salt, hash);
	OPENSSL_cleanse(&sr, sizeof(sr));
	return (0);
}

int
password_verify(const char *string, const char *password)
{
	struct scrypt sr;
	uint8_t hash[HASH_LEN];
	int match;

	if (parse(string, &sr) == -1 || scrypt(&sr, password, hash) == -1)
		return (-1);
	match = CRYPTO_memcmp(hash, sr.sr_hash, HASH_LEN) == 0;
	OPENSSL_cleanse(hash, sizeof(hash));
	OPENSSL_cleanse(&sr, sizeof(sr));
	return (match);
}

bool
password_string_ok(const char *string)
{
	struct scrypt sr;

	return (parse(string, &sr) == 0);
}

/*
 * The string whose check costs what a real one would: some user's of this
 * hub, so that an unknown user takes as long as a known one.
 */
static const char *
decoy(const struct conf *hub)
{
	static const char any[] = "$scrypt$ln=15,r=8,p=1$"
				  "AAAAAAAAAAAAAAAAAAAAAA$"
				  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const struct conf *user = NULL;
	const char *string;

	while (hub != NULL && (user = conf_next(hub, "user", user)) != NULL)
		if ((string = conf_str(user, "password")) != NULL)
			return (string);
	return (any);
}

static enum auth_result
password_check(const struct auth_request *ar, struct auth_grant *ag)
{
	const struct conf *cf;
	const char *string = NULL;

	(void)ag;
	if (ar->ar_hub != NULL &&
	    (cf = conf_block(ar->ar_hub, "user", ar->ar_user)) != NULL)
		string = conf_str(cf, "password");
	if (string == NULL) {
		(void)password_verify(decoy(ar->ar_hub), ar->ar_password);
		return (AUTH_UNKNOWN);
	}
	return (password_verify(string, ar->ar_password) == 1 ? AUTH_OK :
								AUTH_DENY);
}

const struct auth_ops auth_password = {
	.ao_name = "password",
	.ao_check = password_check,
};
