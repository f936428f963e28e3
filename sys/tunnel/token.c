/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/base64.h"
#include "kern/bytes.h"
#include "tunnel/token.h"

enum {
	TOKEN_VERSION = 2,
	TOKEN_MAC_LEN = 32,
	TOKEN_FIXED = 1 + 8 + TOKEN_ID_LEN + TOKEN_TAG_LEN,
	TOKEN_BYTES_MAX =
	    TOKEN_FIXED + 2 * 33 + 1 + TOKEN_EXTRA_MAX + TOKEN_MAC_LEN
};

static int
token_mac(const uint8_t *key, const void *data, size_t len,
    uint8_t mac[TOKEN_MAC_LEN])
{
	size_t n;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, TOKEN_KEY_LEN,
		data, len, mac, TOKEN_MAC_LEN, &n) == NULL ||
	    n != TOKEN_MAC_LEN)
		return (-1);
	return (0);
}

/* A length octet and the name; bytes, 0 when it is too long. */
static size_t
token_put_name(uint8_t *p, const char *name)
{
	size_t i, n = strlen(name);

	if (n > 32)
		return (0);
	p[0] = (uint8_t)n;
	for (i = 0; i < n; i++)
		p[i + 1] = (uint8_t)name[i];
	return (n + 1);
}

int
token_format(const uint8_t *key, const struct token *tk, char *out)
{
	uint8_t buf[TOKEN_BYTES_MAX];
	size_t len = 0, n;

	buf[len++] = TOKEN_VERSION;
	put64(buf + len, tk->tk_expiry);
	len += 8;
	memcpy(buf + len, tk->tk_id, TOKEN_ID_LEN);
	len += TOKEN_ID_LEN;
	memcpy(buf + len, tk->tk_tag, TOKEN_TAG_LEN);
	len += TOKEN_TAG_LEN;
	if ((n = token_put_name(buf + len, tk->tk_hub)) == 0)
		return (-1);
	len += n;
	if ((n = token_put_name(buf + len, tk->tk_user)) == 0)
		return (-1);
	len += n;
	if (tk->tk_nextra > TOKEN_EXTRA_MAX)
		return (-1);
	buf[len++] = tk->tk_nextra;
	memcpy(buf + len, tk->tk_extra, tk->tk_nextra);
	len += tk->tk_nextra;
	if (token_mac(key, buf, len, buf + len) == -1)
		return (-1);
	len += TOKEN_MAC_LEN;
	if (base64_encode(BASE64_URL, buf, len, out, TOKEN_STRLEN) == -1)
		return (-1);
	return (0);
}

/* Bytes used, 0 when the name does not fit into what is there. */
static size_t
token_get_name(const uint8_t *p, size_t len, char name[33])
{
	size_t n;

	if (len == 0 || (n = p[0]) > 32 || n > len - 1)
		return (0);
	memcpy(name, p + 1, n);
	name[n] = '\0';
	return (strlen(name) == n ? n + 1 : 0);
}

static int
token_parse(const uint8_t *p, size_t len, struct token *tk)
{
	size_t n, off = 1;

	if (len < TOKEN_FIXED || p[0] != TOKEN_VERSION)
		return (-1);
	tk->tk_expiry = get64(p + off);
	off += 8;
	memcpy(tk->tk_id, p + off, TOKEN_ID_LEN);
	off += TOKEN_ID_LEN;
	memcpy(tk->tk_tag, p + off, TOKEN_TAG_LEN);
	off += TOKEN_TAG_LEN;
	if ((n = token_get_name(p + off, len - off, tk->tk_hub)) == 0)
		return (-1);
	off += n;
	if ((n = token_get_name(p + off, len - off, tk->tk_user)) == 0)
		return (-1);
	off += n;
	if (off == len || (n = p[off++]) > TOKEN_EXTRA_MAX)
		return (-1);
	tk->tk_nextra = (uint8_t)n;
	if (off + n != len)
		return (-1);
	memcpy(tk->tk_extra, p + off, n);
	return (0);
}

int
token_check(const uint8_t *key, const char *text, uint64_t now,
    struct token *tk)
{
	uint8_t buf[TOKEN_BYTES_MAX], mac[TOKEN_MAC_LEN];
	ssize_t n;
	size_t len;

	n = base64_decode(BASE64_URL, text, strlen(text), buf, sizeof(buf));
	if (n < TOKEN_FIXED + TOKEN_MAC_LEN)
		return (-1);
	/* Nothing of the text is looked at before it is known to be ours. */
	len = (size_t)n - TOKEN_MAC_LEN;
	if (token_mac(key, buf, len, mac) == -1 ||
	    CRYPTO_memcmp(mac, buf + len, TOKEN_MAC_LEN) != 0)
		return (-1);
	if (token_parse(buf, len, tk) == -1 || tk->tk_expiry <= now)
		return (-1);
	return (0);
}

void
token_tag(const uint8_t *key, const char *credential,
    uint8_t tag[TOKEN_TAG_LEN])
{
	static const char label[] = "credential tag";
	uint8_t inner[TOKEN_MAC_LEN], mac[TOKEN_MAC_LEN];

	/*
	 * A key of its own for tags, so that no token's MAC can be one.  A
	 * failure of libcrypto leaves a tag that fits nothing.
	 */
	memset(tag, 0, TOKEN_TAG_LEN);
	if (token_mac(key, label, sizeof(label), inner) == -1 ||
	    token_mac(inner, credential, strlen(credential), mac) == -1)
		return;
	memcpy(tag, mac, TOKEN_TAG_LEN);
}
