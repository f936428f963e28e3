/* SPDX-License-Identifier: ISC */
#include <openssl/sha.h>
#include <string.h>

#include "crypto/base64.h"

#include "invite.h"

enum { DIGEST = 4, BYTES_MAX = 720 };

const char *const invite_keys[] = { "server", "hub", "user", "password", "pin",
	NULL };

static void
digest(const struct pairs *pr, unsigned char out[SHA256_DIGEST_LENGTH])
{
	(void)SHA256((const unsigned char *)pr->pr_buf, pr->pr_len, out);
}

static bool
complete(const struct pairs *pr)
{
	const char *const *key;

	for (key = invite_keys; *key != NULL; key++)
		if (*pairs_str(pr, *key) == '\0')
			return (false);
	return (true);
}

bool
invite_format(const struct pairs *in, char out[INVITE_SIZE])
{
	unsigned char sum[SHA256_DIGEST_LENGTH], bytes[BYTES_MAX];
	struct pairs pr = { .pr_len = 0 };
	const char *const *key;
	ssize_t n = -1;

	if (!complete(in))
		return (false);
	for (key = invite_keys; *key != NULL; key++)
		(void)pairs_add(&pr, *key, pairs_str(in, *key));
	if (!pr.pr_full && pr.pr_len <= sizeof(bytes) - DIGEST) {
		digest(&pr, sum);
		memcpy(bytes, sum, DIGEST);
		memcpy(bytes + DIGEST, pr.pr_buf, pr.pr_len);
		strlcpy(out, INVITE_BEGIN, INVITE_SIZE);
		n = base64_encode(BASE64_URL, bytes, DIGEST + pr.pr_len,
		    out + strlen(INVITE_BEGIN),
		    INVITE_SIZE - strlen(INVITE_BEGIN));
		explicit_bzero(bytes, sizeof(bytes));
	}
	pairs_clear(&pr);
	return (n != -1);
}

/* The text without white space, which mail programs put into long lines. */
static size_t
squeeze(const char *text, char out[INVITE_SIZE])
{
	size_t n = 0;

	for (; *text != '\0' && n < INVITE_SIZE - 1; text++)
		if (strchr(" \t\r\n", *text) == NULL)
			out[n++] = *text;
	out[n] = '\0';
	return (*text == '\0' ? n : 0);
}

bool
invite_parse(const char *text, struct pairs *pr)
{
	const size_t begin = strlen(INVITE_BEGIN);
	unsigned char sum[SHA256_DIGEST_LENGTH], bytes[BYTES_MAX];
	char line[INVITE_SIZE];
	size_t len = squeeze(text, line);
	ssize_t n = -1;
	bool ok = false;

	pairs_clear(pr);
	if (len > begin && memcmp(line, INVITE_BEGIN, begin) == 0)
		n = base64_decode(BASE64_URL, line + begin, len - begin, bytes,
		    sizeof(bytes));
	if (n > DIGEST && pairs_take(pr, bytes + DIGEST, (size_t)n - DIGEST)) {
		digest(pr, sum);
		ok = memcmp(sum, bytes, DIGEST) == 0 && complete(pr);
	}
	if (!ok)
		pairs_clear(pr);
	explicit_bzero(line, sizeof(line));
	explicit_bzero(bytes, sizeof(bytes));
	return (ok);
}
