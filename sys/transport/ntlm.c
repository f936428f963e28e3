/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>

#include "crypto/md4.h"
#include "kern/utf8.h"
#include "transport/ntlm.h"

/* MS-NLMP 2.2.2.5 */
enum {
	NTLM_UNICODE = 0x00000001,
	NTLM_TARGET = 0x00000004,
	NTLM_NTLM = 0x00000200,
	NTLM_SIGN = 0x00008000,
	NTLM_EXTENDED = 0x00080000,
	NTLM_OURS =
	    NTLM_UNICODE | NTLM_TARGET | NTLM_NTLM | NTLM_SIGN | NTLM_EXTENDED
};

/* MS-NLMP 2.2.2.1 */
enum { AV_EOL = 0, AV_TIMESTAMP = 7 };

enum {
	CHALLENGE_HEAD = 48, /* up to and with the target info's place */
	AUTHENTICATE_HEAD = 64,
	LM_LEN = 24,
	PROOF_LEN = 16,
	TEMP_HEAD = 28 /* before the AV pairs of a response */
};

static const uint8_t signature[8] = "NTLMSSP";

static uint16_t
le16(const uint8_t *p)
{
	return ((uint16_t)(p[0] | p[1] << 8));
}

static uint32_t
le32(const uint8_t *p)
{
	return (le16(p) | (uint32_t)le16(p + 2) << 16);
}

static void
put_le(uint8_t *p, uint64_t v, size_t octets)
{
	for (; octets > 0; octets--, v >>= 8)
		*p++ = (uint8_t)v;
}

static void
hmac(const uint8_t key[NTLM_KEY_LEN], const uint8_t *p, size_t len,
    uint8_t out[NTLM_KEY_LEN])
{
	unsigned int n = NTLM_KEY_LEN;

	if (HMAC(EVP_md5(), key, NTLM_KEY_LEN, p, len, out, &n) == NULL)
		memset(out, 0, NTLM_KEY_LEN);
}

/*
 * Text.
 */

/*
 * Capital letters as Windows makes them of names in Latin, Greek and
 * Cyrillic; others stay.
 */
static int32_t
upper(int32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
	    (c >= 0x3b1 && c <= 0x3cb && c != 0x3c2) ||
	    (c >= 0x430 && c <= 0x44f))
		return (c - 0x20);
	if (c >= 0x450 && c <= 0x45f)
		return (c - 0x50);
	if (c == 0xff)
		return (0x178);
	/* Latin Extended-A: pairs, the capital first */
	if ((c >= 0x100 && c <= 0x137 && c != 0x131) ||
	    (c >= 0x14a && c <= 0x177))
		return (c & ~1);
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return ((c - 1) | 1);
	return (c);
}

/*
 * UTF-8 to UTF-16LE behind the first *len octets.  -1 when it is no UTF-8 or
 * does not fit NTLM_NAME_MAX.
 */
static int
add_utf16(uint8_t out[NTLM_NAME_MAX], size_t *len, const char *text,
    bool capitals)
{
	int32_t c;

	while (*text != '\0') {
		if ((c = utf8_next(&text)) == -1 || *len + 4 > NTLM_NAME_MAX)
			return (-1);
		if (capitals)
			c = upper(c);
		*len += utf16le_put(c, out + *len);
	}
	return (0);
}

/*
 * The response.
 */

int
ntlm_key(const char *user, const char *domain, const char *password,
    uint8_t key[NTLM_KEY_LEN])
{
	uint8_t text[NTLM_NAME_MAX], hash[NTLM_KEY_LEN];
	size_t len = 0;
	int ret = -1;

	if (add_utf16(text, &len, password, false) == 0) {
		md4(text, len, hash);
		len = 0;
		if (add_utf16(text, &len, user, true) == 0 &&
		    add_utf16(text, &len, domain, false) == 0) {
			hmac(hash, text, len, key);
			ret = 0;
		}
	}
	explicit_bzero(text, sizeof(text));
	explicit_bzero(hash, sizeof(hash));
	return (ret);
}

/* MS-NLMP 3.3.2: the proof, then what it is over but for the nonce. */
ssize_t
ntlm_response(const uint8_t key[NTLM_KEY_LEN], const struct ntlm_challenge *nc,
    const struct ntlm_fresh *nf, uint8_t *out, size_t size)
{
	uint8_t text[NTLM_NONCE_LEN + TEMP_HEAD + NTLM_INFO_MAX + 4] = { 0 };
	uint8_t *temp = text + NTLM_NONCE_LEN;
	size_t len = TEMP_HEAD + nc->nc_ninfo + 4;

	if (size < PROOF_LEN + len)
		return (-1);
	memcpy(text, nc->nc_nonce, NTLM_NONCE_LEN);
	temp[0] = temp[1] = 1;
	if (nc->nc_time != NULL)
		memcpy(temp + 8, nc->nc_time, 8);
	else
		put_le(temp + 8, nf->nf_time, 8);
	memcpy(temp + 16, nf->nf_nonce, NTLM_NONCE_LEN);
	memcpy(temp + TEMP_HEAD, nc->nc_info, nc->nc_ninfo);
	hmac(key, text, NTLM_NONCE_LEN + len, out);
	memcpy(out + PROOF_LEN, temp, len);
	return ((ssize_t)(PROOF_LEN + len));
}

/* LMv2; zero where the challenge has the time (MS-NLMP 3.1.5.1.2). */
static void
lm_response(const uint8_t key[NTLM_KEY_LEN], const struct ntlm_challenge *nc,
    const struct ntlm_fresh *nf, uint8_t out[LM_LEN])
{
	uint8_t text[2 * NTLM_NONCE_LEN];

	memset(out, 0, LM_LEN);
	if (nc->nc_time != NULL)
		return;
	memcpy(text, nc->nc_nonce, NTLM_NONCE_LEN);
	memcpy(text + NTLM_NONCE_LEN, nf->nf_nonce, NTLM_NONCE_LEN);
	hmac(key, text, sizeof(text), out);
	memcpy(out + PROOF_LEN, nf->nf_nonce, NTLM_NONCE_LEN);
}

/*
 * Messages.
 */

size_t
ntlm_negotiate(uint8_t *out, size_t size)
{
	const size_t len = 32; /* no domain, no workstation, no version */

	if (size < len)
		return (0);
	memset(out, 0, len);
	memcpy(out, signature, sizeof(signature));
	put_le(out + 8, 1, 4);
	put_le(out + 12, NTLM_OURS, 4);
	return (len);
}

/* Walk the AV pairs; false when they do not end in the target info. */
static bool
look_info(struct ntlm_challenge *nc)
{
	const uint8_t *p = nc->nc_info;
	size_t left = nc->nc_ninfo, len;

	while (left >= 4) {
		len = le16(p + 2);
		if (le16(p) == AV_EOL)
			return (true);
		if (len > left - 4)
			return (false);
		if (le16(p) == AV_TIMESTAMP && len == 8)
			nc->nc_time = p + 4;
		p += 4 + len;
		left -= 4 + len;
	}
	return (false);
}

int
ntlm_parse_challenge(const uint8_t *p, size_t len, struct ntlm_challenge *nc)
{
	size_t at;

	memset(nc, 0, sizeof(*nc));
	if (len < CHALLENGE_HEAD ||
	    memcmp(p, signature, sizeof(signature)) != 0 || le32(p + 8) != 2)
		return (-1);
	nc->nc_flags = le32(p + 20);
	memcpy(nc->nc_nonce, p + 24, NTLM_NONCE_LEN);
	nc->nc_ninfo = le16(p + 40);
	at = le32(p + 44);
	if ((nc->nc_flags & NTLM_UNICODE) == 0 ||
	    nc->nc_ninfo > NTLM_INFO_MAX || at > len || nc->nc_ninfo > len - at)
		return (-1);
	memcpy(nc->nc_info, p + at, nc->nc_ninfo);
	return (look_info(nc) ? 0 : -1);
}

/* A message that is being written: its head's fields, then the payload. */
struct message_out {
	uint8_t *mo_p;
	size_t mo_size;
	size_t mo_len;
	bool mo_full;
};

/* Put a payload behind the others and its place into the head, at `field`. */
static void
put_payload(struct message_out *mo, size_t field, const uint8_t *p, size_t len)
{
	if (mo->mo_full || len > mo->mo_size - mo->mo_len) {
		mo->mo_full = true;
		return;
	}
	put_le(mo->mo_p + field, len, 2);
	put_le(mo->mo_p + field + 2, len, 2);
	put_le(mo->mo_p + field + 4, mo->mo_len, 4);
	if (len > 0)
		memcpy(mo->mo_p + mo->mo_len, p, len);
	mo->mo_len += len;
}

static void
put_name(struct message_out *mo, size_t field, const char *text)
{
	uint8_t name[NTLM_NAME_MAX];
	size_t len = 0;

	if (add_utf16(name, &len, text, false) == -1)
		mo->mo_full = true;
	else
		put_payload(mo, field, name, len);
}

/* "DOMAIN\user"; "user@domain" is a name without a domain. */
static const char *
split_user(const char *user, char *domain, size_t size)
{
	const char *p = strchr(user, '\\');
	size_t len;

	*domain = '\0';
	if (p == NULL)
		return (user);
	len = (size_t)(p - user);
	strlcpy(domain, user, len + 1 < size ? len + 1 : size);
	return (p + 1);
}

ssize_t
ntlm_authenticate(const struct ntlm_challenge *nc, const struct ntlm_fresh *nf,
    const char *user, const char *password, uint8_t *out, size_t size)
{
	struct message_out mo = { .mo_p = out,
		.mo_size = size,
		.mo_len = AUTHENTICATE_HEAD };
	uint8_t key[NTLM_KEY_LEN], lm[LM_LEN];
	uint8_t nt[PROOF_LEN + TEMP_HEAD + NTLM_INFO_MAX + 4];
	char domain[NTLM_NAME_MAX / 2];
	ssize_t n;

	user = split_user(user, domain, sizeof(domain));
	if (size < AUTHENTICATE_HEAD ||
	    ntlm_key(user, domain, password, key) == -1 ||
	    (n = ntlm_response(key, nc, nf, nt, sizeof(nt))) == -1)
		return (-1);
	lm_response(key, nc, nf, lm);
	explicit_bzero(key, sizeof(key));
	memset(out, 0, AUTHENTICATE_HEAD);
	memcpy(out, signature, sizeof(signature));
	put_le(out + 8, 3, 4);
	put_name(&mo, 28, domain);
	put_name(&mo, 36, user);
	put_name(&mo, 44, ""); /* the workstation */
	put_payload(&mo, 12, lm, sizeof(lm));
	put_payload(&mo, 20, nt, (size_t)n);
	put_payload(&mo, 52, NULL, 0); /* no session key */
	put_le(out + 60, nc->nc_flags & NTLM_OURS, 4);
	return (mo.mo_full ? -1 : (ssize_t)mo.mo_len);
}
