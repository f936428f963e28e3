/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "crypto/base64.h"
#include "transport/ssh_host_key.h"

static const char fingerprint_prefix[] = "SHA256:";

enum {
	SSH_KEY_MAX = 2100,		/* bytes: RSA of 16384 bits */
	SSH_LINE_MAX = 4096
};

/* The type that a key says it has; "" if it is garbled. */
static void
key_type(const uint8_t *key, size_t len, char type[SSH_TYPE_STRLEN])
{
	size_t n, i;

	type[0] = '\0';
	if (len < 4 || key[0] != 0 || key[1] != 0 || key[2] != 0)
		return;
	n = key[3];
	if (n > len - 4 || n >= SSH_TYPE_STRLEN)
		return;
	for (i = 0; i < n; i++)
		if (!isgraph(key[4 + i]))
			return;
	memcpy(type, key + 4, n);
	type[n] = '\0';
}

static int
key_hash(const void *key, size_t len, uint8_t hash[SSH_HASH_LEN])
{
	return (EVP_Digest(key, len, hash, NULL, EVP_sha256(), NULL) == 1 ? 0 :
									    -1);
}

/* ssh-keygen(1) leaves the padding out. */
static int
parse_fingerprint(const char *text, struct ssh_host_key *hk)
{
	char base64[SSH_FINGERPRINT_STRLEN];

	hk->hk_type[0] = '\0';
	snprintf(base64, sizeof(base64), "%.*s=", (int)strcspn(text, "="),
	    text);
	return (base64_decode(BASE64, base64, strlen(base64), hk->hk_hash,
		    sizeof(hk->hk_hash)) == SSH_HASH_LEN ?
		0 :
		-1);
}

static int
parse_key(const char *type, const char *base64, struct ssh_host_key *hk)
{
	uint8_t key[SSH_KEY_MAX];
	ssize_t len;

	len = base64_decode(BASE64, base64, strlen(base64), key, sizeof(key));
	if (len <= 0)
		return (-1);
	key_type(key, (size_t)len, hk->hk_type);
	if (hk->hk_type[0] == '\0' || strcmp(hk->hk_type, type) != 0)
		return (-1);
	return (key_hash(key, (size_t)len, hk->hk_hash));
}

/* Names of hosts may stand before the type, a comment behind the key. */
int
ssh_host_key_parse(const char *text, struct ssh_host_key *hk)
{
	char line[SSH_LINE_MAX], *p = line, *words[3] = { NULL }, *w;
	size_t n = 0;

	if (strlcpy(line, text, sizeof(line)) >= sizeof(line))
		return (-1);
	while (n < 3 && (w = strsep(&p, " \t")) != NULL)
		if (*w != '\0')
			words[n++] = w;
	if (n == 1 &&
	    strncmp(words[0], fingerprint_prefix,
		sizeof(fingerprint_prefix) - 1) == 0)
		return (parse_fingerprint(words[0] +
			sizeof(fingerprint_prefix) - 1,
		    hk));
	if (n >= 2 && parse_key(words[0], words[1], hk) == 0)
		return (0);
	return (n >= 3 ? parse_key(words[1], words[2], hk) : -1);
}

bool
ssh_host_key_is(const struct ssh_host_key *hk, const void *key, size_t len)
{
	uint8_t hash[SSH_HASH_LEN];

	return (key_hash(key, len, hash) == 0 &&
	    memcmp(hash, hk->hk_hash, sizeof(hash)) == 0);
}

void
ssh_host_key_name(const void *key, size_t len, char *buf, size_t size)
{
	char type[SSH_TYPE_STRLEN], base64[SSH_FINGERPRINT_STRLEN];
	uint8_t hash[SSH_HASH_LEN];

	*buf = '\0';
	key_type(key, len, type);
	if (key_hash(key, len, hash) == -1 ||
	    base64_encode(BASE64, hash, sizeof(hash), base64, sizeof(base64)) ==
		-1)
		return;
	base64[strcspn(base64, "=")] = '\0';
	snprintf(buf, size, "%s %s%s", type, fingerprint_prefix, base64);
}
