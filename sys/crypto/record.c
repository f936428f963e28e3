/* SPDX-License-Identifier: ISC */
#include <openssl/hmac.h>
#include <string.h>

#include "crypto/record.h"

enum { RECORD_SHORT = 2048 }; /* bytes that are rather copied */

int
record_expand(const EVP_MD *md, const uint8_t *secret, const char *label,
    uint8_t *out, size_t len)
{
	uint8_t info[64], block[EVP_MAX_MD_SIZE];
	size_t hash = (size_t)EVP_MD_get_size(md), n = strlen(label);
	unsigned int got;

	if (len > hash || n + 11 > sizeof(info))
		return (-1);
	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)(n + 6);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[n + 9] = 0; /* no context */
	info[n + 10] = 1; /* HKDF-Expand's first block */
	if (HMAC(md, secret, (int)hash, info, n + 11, block, &got) == NULL)
		return (-1);
	memcpy(out, block, len);
	explicit_bzero(block, sizeof(block));
	return (0);
}

int
record_key(const struct record *rc, uint8_t key[RECORD_KEY_MAX])
{
	return (record_expand(rc->rc_md, rc->rc_secret, "key", key,
	    (size_t)EVP_CIPHER_get_key_length(rc->rc_cipher)));
}

/* Key and IV from the secret. */
static int
record_keys(struct record *rc, int seal)
{
	uint8_t key[RECORD_KEY_MAX];
	int ok;

	rc->rc_seq = 0;
	ok = record_key(rc, key) == 0 &&
	    record_expand(rc->rc_md, rc->rc_secret, "iv", rc->rc_iv,
		RECORD_IV) == 0 &&
	    EVP_CipherInit_ex(rc->rc_ctx, rc->rc_cipher, NULL, key, NULL,
		seal) == 1;
	explicit_bzero(key, sizeof(key));
	return (ok ? 0 : -1);
}

static int
record_suite(struct record *rc, uint16_t suite)
{
	rc->rc_suite = suite;
	rc->rc_md = suite == 0x1302 ? EVP_sha384() : EVP_sha256();
	switch (suite) {
	case 0x1301:
		rc->rc_cipher = EVP_aes_128_gcm();
		return (0);
	case 0x1302:
		rc->rc_cipher = EVP_aes_256_gcm();
		return (0);
	case 0x1303:
		rc->rc_cipher = EVP_chacha20_poly1305();
		return (0);
	}
	return (-1);
}

int
record_init(struct record *rc, uint16_t suite, const uint8_t *secret,
    size_t len, int seal)
{
	memset(rc, 0, sizeof(*rc));
	if (record_suite(rc, suite) == -1 ||
	    len != (size_t)EVP_MD_get_size(rc->rc_md) ||
	    (rc->rc_ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	memcpy(rc->rc_secret, secret, len);
	if (record_keys(rc, seal) == 0)
		return (0);
	record_fini(rc);
	return (-1);
}

void
record_fini(struct record *rc)
{
	EVP_CIPHER_CTX_free(rc->rc_ctx);
	explicit_bzero(rc, sizeof(*rc));
}

int
record_update(struct record *rc, int seal)
{
	size_t len = (size_t)EVP_MD_get_size(rc->rc_md);
	uint8_t next[RECORD_SECRET_MAX];
	int ok;

	ok = record_expand(rc->rc_md, rc->rc_secret, "traffic upd", next, len);
	if (ok == 0)
		memcpy(rc->rc_secret, next, len);
	explicit_bzero(next, sizeof(next));
	return (ok == 0 ? record_keys(rc, seal) : -1);
}

/* The nonce of the next record, and its header as additional data. */
static int
record_begin(struct record *rc, const uint8_t *header, int seal)
{
	uint8_t nonce[RECORD_IV];
	int i, n;

	if (rc->rc_seq == UINT64_MAX)
		return (-1);
	memcpy(nonce, rc->rc_iv, RECORD_IV);
	for (i = 0; i < 8; i++)
		nonce[RECORD_IV - 1 - i] ^= (uint8_t)(rc->rc_seq >> 8 * i);
	rc->rc_seq++;
	return (EVP_CipherInit_ex(rc->rc_ctx, NULL, NULL, NULL, nonce, seal) ==
			1 &&
		    EVP_CipherUpdate(rc->rc_ctx, NULL, &n, header,
			RECORD_HEADER) == 1 ?
		0 :
		-1);
}

/* Encrypt len bytes of the parts. */
static int
record_parts(struct record *rc, const struct iovec **part, size_t *off,
    size_t len, uint8_t *out)
{
	size_t now;
	int n;

	for (; len > 0; len -= now, out += now) {
		now = (*part)->iov_len - *off;
		if (now > len)
			now = len;
		if (EVP_CipherUpdate(rc->rc_ctx, out, &n,
			(const uint8_t *)(*part)->iov_base + *off,
			(int)now) != 1)
			return (-1);
		*off += now;
		if (*off == (*part)->iov_len) {
			*off = 0;
			(*part)++;
		}
	}
	return (0);
}

/*
 * Encrypt len bytes of the parts and the type behind them.  Each call into
 * OpenSSL takes some time of its own, so what is short becomes one piece.
 */
static int
record_body(struct record *rc, const struct iovec **part, size_t *off,
    size_t len, uint8_t type, uint8_t *body)
{
	const uint8_t *p = (const uint8_t *)(*part)->iov_base + *off;
	int n;

	if (len <= RECORD_SHORT && (*part)->iov_len - *off == len) {
		memcpy(body, p, len);
		body[len] = type;
		*off = 0;
		(*part)++;
		return (EVP_CipherUpdate(rc->rc_ctx, body, &n, body,
			    (int)len + 1) == 1 ?
			0 :
			-1);
	}
	if (record_parts(rc, part, off, len, body) == -1 ||
	    EVP_CipherUpdate(rc->rc_ctx, body + len, &n, &type, 1) != 1)
		return (-1);
	return (0);
}

size_t
record_seal(struct record *rc, enum record_type type, const uint8_t *p,
    size_t len, uint8_t *out)
{
	const struct iovec one = { .iov_base = (void *)(uintptr_t)p,
		.iov_len = len };
	const struct iovec *part = &one;
	size_t off = 0;

	return (record_seal_parts(rc, type, &part, &off, len, out));
}

size_t
record_seal_parts(struct record *rc, enum record_type type,
    const struct iovec **part, size_t *off, size_t len, uint8_t *out)
{
	size_t inner = len + 1 + RECORD_TAG;
	uint8_t *body = out + RECORD_HEADER;
	int n;

	out[0] = RECORD_DATA;
	out[1] = out[2] = 3;
	out[3] = (uint8_t)(inner >> 8);
	out[4] = (uint8_t)inner;
	if (record_begin(rc, out, 1) == -1 ||
	    record_body(rc, part, off, len, (uint8_t)type, body) == -1 ||
	    EVP_CipherFinal_ex(rc->rc_ctx, body + len + 1, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(rc->rc_ctx, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG,
		body + len + 1) != 1)
		return (0);
	return (RECORD_HEADER + inner);
}

/* The content's length before its type and the zeros behind; -1: no type. */
static ssize_t
record_content(const uint8_t *p, size_t len, uint8_t *type)
{
	while (len > 0 && p[len - 1] == 0)
		len--;
	if (len == 0)
		return (-1);
	*type = p[len - 1];
	return ((ssize_t)len - 1);
}

ssize_t
record_open(struct record *rc, const uint8_t *p, size_t len, uint8_t *out,
    uint8_t *type)
{
	uint8_t tag[RECORD_TAG];
	size_t body;
	ssize_t content;
	int n;

	if (len < RECORD_HEADER || p[0] != RECORD_DATA)
		return (-ALERT_UNEXPECTED_MESSAGE);
	if (len > RECORD_HEADER + RECORD_PLAIN_MAX + 256)
		return (-ALERT_RECORD_OVERFLOW);
	if (len < RECORD_HEADER + 1 + RECORD_TAG)
		return (-ALERT_BAD_RECORD_MAC);
	body = len - RECORD_HEADER - RECORD_TAG;
	memcpy(tag, p + len - RECORD_TAG, RECORD_TAG);
	if (record_begin(rc, p, 0) == -1 ||
	    EVP_CIPHER_CTX_ctrl(rc->rc_ctx, EVP_CTRL_AEAD_SET_TAG, RECORD_TAG,
		tag) != 1 ||
	    EVP_CipherUpdate(rc->rc_ctx, out, &n, p + RECORD_HEADER,
		(int)body) != 1 ||
	    EVP_CipherFinal_ex(rc->rc_ctx, out + n, &n) != 1)
		return (-ALERT_BAD_RECORD_MAC);
	if (body > RECORD_PLAIN_MAX + 1)
		return (-ALERT_RECORD_OVERFLOW);
	content = record_content(out, body, type);
	return (content == -1 ? -ALERT_UNEXPECTED_MESSAGE : content);
}
