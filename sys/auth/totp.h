/* SPDX-License-Identifier: ISC */
/*
 * totp: time-based one-time codes (RFC 6238) as authenticator apps make them:
 * HMAC-SHA-1, 6 digits, a new one every 30 seconds.  Pure: the time is an
 * argument.
 */
#ifndef AUTH_TOTP_H
#define AUTH_TOTP_H

#include <stddef.h>
#include <stdint.h>

enum {
	TOTP_STEP = 30,			/* seconds */
	TOTP_DIGITS = 6,
	TOTP_KEY_LEN = 20,		/* of keys that we make */
	TOTP_KEY_MAX = 40,
	TOTP_TEXT_LEN = 32		/* of such a key in base32 */
};

/* The code of a step (RFC 4226, section 5.3), `digits` of it, 1-8. */
uint32_t totp_code(const uint8_t *key, size_t len, uint64_t step, int digits);
/*
 * A key as text, in base32 (RFC 4648) without padding, either case, blanks
 * between.  Bytes put into key, or -1 if it is none of 10 to TOTP_KEY_MAX.
 */
int totp_key(const char *text, uint8_t key[TOTP_KEY_MAX]);
/* The text of a key of TOTP_KEY_LEN bytes, TOTP_TEXT_LEN and NUL. */
void totp_text(const uint8_t key[TOTP_KEY_LEN], char *out);
/*
 * The step whose code this is, of the three around `now` (s since 1970), as
 * clocks differ; 0 if it is none, or not later than `last`.  Blanks in it do
 * not count.  Takes the same time for any code of the right form.
 */
uint64_t totp_check(const uint8_t *key, size_t len, const char *code,
    uint64_t now, uint64_t last);

#endif
