/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "auth/radius_packet.h"
#include "kern/bytes.h"

enum {
	HASH_LEN = 16,			/* of MD5, which RADIUS is made of */
	ATTR_HEAD = 2,
	VENDOR_HEAD = 6			/* vendor, type, length */
};

void
radius_add(struct radius_packet *rp, uint8_t type, const void *value,
    size_t len)
{
	uint8_t *p = rp->rp_data + rp->rp_len;

	if (len > RADIUS_VALUE_MAX ||
	    rp->rp_len + ATTR_HEAD + len > RADIUS_MAX) {
		rp->rp_full = true;
		return;
	}
	p[0] = type;
	p[1] = (uint8_t)(ATTR_HEAD + len);
	if (len > 0)
		memcpy(p + ATTR_HEAD, value, len);
	rp->rp_len += ATTR_HEAD + len;
}

void
radius_add_text(struct radius_packet *rp, uint8_t type, const char *text)
{
	radius_add(rp, type, text, strlen(text));
}

void
radius_add_int(struct radius_packet *rp, uint8_t type, uint32_t value)
{
	uint8_t octets[4];

	put32(octets, value);
	radius_add(rp, type, octets, sizeof(octets));
}

void
radius_add_vendor(struct radius_packet *rp, uint32_t vendor, uint8_t type,
    const void *value, size_t len)
{
	uint8_t buf[RADIUS_VALUE_MAX];

	if (len > sizeof(buf) - VENDOR_HEAD) {
		rp->rp_full = true;
		return;
	}
	put32(buf, vendor);
	buf[4] = type;
	buf[5] = (uint8_t)(ATTR_HEAD + len);
	memcpy(buf + VENDOR_HEAD, value, len);
	radius_add(rp, RADIUS_VENDOR, buf, VENDOR_HEAD + len);
	OPENSSL_cleanse(buf, sizeof(buf));
}

void
radius_begin(struct radius_packet *rp, enum radius_code code, uint8_t id,
    const uint8_t *authenticator)
{
	static const uint8_t zero[RADIUS_AUTH_LEN];

	rp->rp_data[0] = (uint8_t)code;
	rp->rp_data[1] = id;
	memcpy(rp->rp_data + 4, authenticator != NULL ? authenticator : zero,
	    RADIUS_AUTH_LEN);
	rp->rp_len = RADIUS_MIN;
	rp->rp_full = false;
	if (code != RADIUS_ACCOUNTING_REQUEST)
		radius_add(rp, RADIUS_MESSAGE_AUTH, zero, HASH_LEN);
}

/* MD5 over two pieces and the secret; -1 if libcrypto has none. */
static int
md5(const void *a, size_t alen, const void *b, size_t blen, const char *secret,
    uint8_t out[HASH_LEN])
{
	EVP_MD_CTX *cx = EVP_MD_CTX_new();
	int ok;

	ok = cx != NULL && EVP_DigestInit_ex(cx, EVP_md5(), NULL) == 1 &&
	    EVP_DigestUpdate(cx, a, alen) == 1 &&
	    EVP_DigestUpdate(cx, b, blen) == 1 &&
	    EVP_DigestUpdate(cx, secret, strlen(secret)) == 1 &&
	    EVP_DigestFinal_ex(cx, out, NULL) == 1;
	EVP_MD_CTX_free(cx);
	return (ok ? 0 : -1);
}

void
radius_add_password(struct radius_packet *rp, const char *secret,
    const char *password)
{
	uint8_t text[RADIUS_PASSWORD_MAX] = { 0 }, mask[HASH_LEN];
	const uint8_t *before = rp->rp_data + 4;
	size_t len = strlen(password), padded, i;

	if (len > sizeof(text)) {
		rp->rp_full = true;
		return;
	}
	for (i = 0; i < len; i++)
		text[i] = (uint8_t)password[i];
	padded = len == 0 ? HASH_LEN : (len + 15) / HASH_LEN * HASH_LEN;
	for (i = 0; i < padded; i++) {
		/* MD5(secret, what is before): the pieces come the other way */
		if (i % HASH_LEN == 0) {
			if (md5(secret, strlen(secret), before, HASH_LEN, "",
				mask) == -1) {
				rp->rp_full = true;
				break;
			}
			before = text + i;
		}
		text[i] ^= mask[i % HASH_LEN];
	}
	if (!rp->rp_full)
		radius_add(rp, RADIUS_USER_PASSWORD, text, padded);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(mask, sizeof(mask));
}

/* HMAC-MD5 over a packet, as it is. */
static int
sign(const uint8_t *p, size_t len, const char *secret, uint8_t out[HASH_LEN])
{
	unsigned int n = HASH_LEN;

	return (HMAC(EVP_md5(), secret, (int)strlen(secret), p, len, out, &n) ==
		    NULL ?
		-1 :
		0);
}

/* Requests whose authenticator is a hash of the packet (RFC 2866, 5176). */
static bool
hashed_request(uint8_t code)
{
	return (code == RADIUS_ACCOUNTING_REQUEST ||
	    code == RADIUS_DISCONNECT_REQUEST || code == RADIUS_COA_REQUEST);
}

int
radius_sign(struct radius_packet *rp, const char *secret,
    const uint8_t *request)
{
	static const uint8_t zero[RADIUS_AUTH_LEN];
	uint8_t *p = rp->rp_data, mac[HASH_LEN];
	bool hashed = hashed_request(p[0]);

	put16(p + 2, (uint16_t)rp->rp_len);
	if (request != NULL || hashed)
		memcpy(p + 4, request != NULL ? request : zero,
		    RADIUS_AUTH_LEN);
	if (p[0] != RADIUS_ACCOUNTING_REQUEST) {
		if (sign(p, rp->rp_len, secret, mac) == -1)
			return (-1);
		memcpy(p + RADIUS_MIN + ATTR_HEAD, mac, HASH_LEN);
	}
	if (request != NULL || hashed) {
		if (md5(p, rp->rp_len, NULL, 0, secret, mac) == -1)
			return (-1);
		memcpy(p + 4, mac, RADIUS_AUTH_LEN);
	}
	return (rp->rp_full ? -1 : 0);
}

ssize_t
radius_length(const uint8_t *buf, size_t len)
{
	size_t n;

	if (len < 4)
		return (0);
	n = get16(buf + 2);
	if (n < RADIUS_MIN || n > RADIUS_MAX)
		return (-1);
	return (n <= len ? (ssize_t)n : 0);
}

bool
radius_next(const uint8_t *buf, size_t len, size_t *off, struct radius_attr *at)
{
	const uint8_t *p;

	if (*off == 0)
		*off = RADIUS_MIN;
	if (*off + ATTR_HEAD > len)
		return (false);
	p = buf + *off;
	if (p[1] < ATTR_HEAD || p[1] > len - *off)
		return (false);
	at->at_type = p[0];
	at->at_len = (uint8_t)(p[1] - ATTR_HEAD);
	at->at_value = p + ATTR_HEAD;
	*off += p[1];
	return (true);
}

bool
radius_find(const uint8_t *buf, size_t len, uint8_t type,
    struct radius_attr *at)
{
	size_t off = 0;

	while (radius_next(buf, len, &off, at))
		if (at->at_type == type)
			return (true);
	return (false);
}

/* The first of vendor and type among those in one Vendor-Specific. */
static bool
find_inside(const struct radius_attr *vsa, uint8_t type, struct radius_attr *at)
{
	const uint8_t *p = vsa->at_value + 4;
	size_t left = vsa->at_len - 4u;

	while (left >= ATTR_HEAD && p[1] >= ATTR_HEAD && p[1] <= left) {
		if (p[0] == type) {
			at->at_type = type;
			at->at_len = (uint8_t)(p[1] - ATTR_HEAD);
			at->at_value = p + ATTR_HEAD;
			return (true);
		}
		left -= p[1];
		p += p[1];
	}
	return (false);
}

bool
radius_find_vendor(const uint8_t *buf, size_t len, uint32_t vendor,
    uint8_t type, struct radius_attr *at)
{
	struct radius_attr vsa;
	size_t off = 0;

	while (radius_next(buf, len, &off, &vsa))
		if (vsa.at_type == RADIUS_VENDOR && vsa.at_len >= 4 &&
		    get32(vsa.at_value) == vendor &&
		    find_inside(&vsa, type, at))
			return (true);
	return (false);
}

bool
radius_int(const struct radius_attr *at, uint32_t *value)
{
	if (at->at_len != 4)
		return (false);
	*value = get32(at->at_value);
	return (true);
}

void
radius_text(const struct radius_attr *at, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < at->at_len && i + 1 < size; i++)
		out[i] = at->at_value[i] >= ' ' && at->at_value[i] != 0x7f ?
		    (char)at->at_value[i] :
		    '?';
	out[i] = '\0';
}

/* A whole packet of nothing but whole attributes. */
static bool
well_formed(const uint8_t *buf, size_t len)
{
	struct radius_attr at;
	size_t off = RADIUS_MIN;

	if (radius_length(buf, len) != (ssize_t)len)
		return (false);
	while (radius_next(buf, len, &off, &at))
		;
	return (off == len);
}

/*
 * The Message-Authenticator, computed with `authenticator` in the packet's
 * place: NULL when it is right, or there is none and none is needed.
 */
static const char *
check_message(const uint8_t *buf, size_t len, const uint8_t *authenticator,
    const char *secret, bool need)
{
	uint8_t copy[RADIUS_MAX], mac[HASH_LEN];
	struct radius_attr at;

	if (!radius_find(buf, len, RADIUS_MESSAGE_AUTH, &at))
		return (need ? "it has no Message-Authenticator" : NULL);
	if (at.at_len != HASH_LEN)
		return ("its Message-Authenticator is malformed");
	memcpy(copy, buf, len);
	memcpy(copy + 4, authenticator, RADIUS_AUTH_LEN);
	memset(copy + (at.at_value - buf), 0, HASH_LEN);
	if (sign(copy, len, secret, mac) == -1 ||
	    CRYPTO_memcmp(mac, at.at_value, HASH_LEN) != 0)
		return ("its Message-Authenticator is wrong; is the secret "
			"the same at both ends?");
	return (NULL);
}

/* The authenticator itself, likewise. */
static bool
check_hash(const uint8_t *buf, size_t len, const uint8_t *authenticator,
    const char *secret)
{
	uint8_t copy[RADIUS_MAX], hash[HASH_LEN];

	memcpy(copy, buf, len);
	memcpy(copy + 4, authenticator, RADIUS_AUTH_LEN);
	return (md5(copy, len, NULL, 0, secret, hash) == 0 &&
	    CRYPTO_memcmp(hash, buf + 4, HASH_LEN) == 0);
}

static const char *
check(const uint8_t *buf, size_t len, const uint8_t *authenticator,
    const char *secret, bool need_auth)
{
	if (!well_formed(buf, len))
		return ("it is malformed");
	if (!check_hash(buf, len, authenticator, secret))
		return ("its authenticator is wrong; is the secret the same "
			"at both ends?");
	return (check_message(buf, len, authenticator, secret, need_auth));
}

const char *
radius_check_reply(const uint8_t *buf, size_t len, const uint8_t *request,
    const char *secret, bool need_auth)
{
	return (check(buf, len, request, secret, need_auth));
}

const char *
radius_check_request(const uint8_t *buf, size_t len, const char *secret)
{
	static const uint8_t zero[RADIUS_AUTH_LEN];

	return (check(buf, len, zero, secret, true));
}
