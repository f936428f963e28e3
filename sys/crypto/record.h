/* SPDX-License-Identifier: ISC */
/*
 * record: the protection of TLS 1.3's records (RFC 8446, 5 and 7), over
 * OpenSSL's ciphers.  No I/O; what a record means is its caller's business.
 */
#ifndef CRYPTO_RECORD_H
#define CRYPTO_RECORD_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
	RECORD_SECRET_MAX = 48,
	RECORD_KEY_MAX = 32,
	RECORD_IV = 12,
	RECORD_TAG = 16,
	RECORD_HEADER = 5,
	RECORD_PLAIN_MAX = 16384,
	/* Of a record that we make: header, type and tag. */
	RECORD_OVERHEAD = RECORD_HEADER + 1 + RECORD_TAG
};

enum record_type { RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };

/* Alerts (RFC 8446, 6). */
enum {
	ALERT_CLOSE_NOTIFY = 0,
	ALERT_UNEXPECTED_MESSAGE = 10,
	ALERT_BAD_RECORD_MAC = 20,
	ALERT_RECORD_OVERFLOW = 22,
	ALERT_ILLEGAL_PARAMETER = 47,
	ALERT_DECODE_ERROR = 50,
	ALERT_INTERNAL_ERROR = 80,
	ALERT_USER_CANCELED = 90
};

/* One direction. */
struct record {
	EVP_CIPHER_CTX *rc_ctx;
	const EVP_CIPHER *rc_cipher;
	const EVP_MD *rc_md;
	uint16_t rc_suite;
	uint64_t rc_seq;
	uint8_t rc_iv[RECORD_IV];
	uint8_t rc_secret[RECORD_SECRET_MAX];
};

/*
 * HKDF-Expand-Label without a context, of at most a hash's length.  0, or -1.
 */
int record_expand(const EVP_MD *md, const uint8_t *secret, const char *label,
    uint8_t *out, size_t len);

/*
 * Keys from a traffic secret of cipher suite `suite` (0x1301 to 0x1303), to
 * seal or to open.  0, or -1 for another suite or length, or without memory.
 */
int record_init(struct record *rc, uint16_t suite, const uint8_t *secret,
    size_t len, int seal);
/* The key in use, as long as the cipher wants it; wipe it.  0, or -1. */
int record_key(const struct record *rc, uint8_t key[RECORD_KEY_MAX]);
/* Wipes the keys. */
void record_fini(struct record *rc);
/* The next keys, after a KeyUpdate.  0, or -1. */
int record_update(struct record *rc, int seal);

/*
 * Make a record of len bytes (at most RECORD_PLAIN_MAX); out has room for
 * RECORD_OVERHEAD more and does not overlap.  Bytes written, or 0.
 */
size_t record_seal(struct record *rc, enum record_type type, const uint8_t *p,
    size_t len, uint8_t *out);
/* The same of parts; both are moved on behind what was taken. */
size_t record_seal_parts(struct record *rc, enum record_type type,
    const struct iovec **part, size_t *off, size_t len, uint8_t *out);
/*
 * Open a whole record; out has room for its length.  Bytes of plaintext and
 * their type without padding, or minus the alert that it deserves; out may
 * then hold what was not authentic and must not be looked at.
 */
ssize_t record_open(struct record *rc, const uint8_t *p, size_t len,
    uint8_t *out, uint8_t *type);

#endif
