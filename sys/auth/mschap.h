/* SPDX-License-Identifier: ISC */
/*
 * mschap: MS-CHAPv2 (RFC 2759), which proves a password without sending it,
 * and lets the server prove that it knows it.  Worth no more than one DES
 * key against who sees the exchange.  Pure but for libcrypto.
 */
#ifndef AUTH_MSCHAP_H
#define AUTH_MSCHAP_H

#include <stdint.h>

enum {
	MSCHAP_CHALLENGE_LEN = 16,
	MSCHAP_RESPONSE_LEN = 24,
	MSCHAP_SUCCESS_LEN = 42		/* "S=" and 40 hexadecimal digits */
};

struct mschap {
	uint8_t ms_challenge[MSCHAP_CHALLENGE_LEN];	/* of the server */
	uint8_t ms_peer[MSCHAP_CHALLENGE_LEN];		/* of the peer */
	uint8_t ms_response[MSCHAP_RESPONSE_LEN];
	char ms_success[MSCHAP_SUCCESS_LEN + 1];	/* what is right */
};

/*
 * Response and the server's answer for the challenges that ms has.  0, or -1
 * if the password is no UTF-8, too long, or libcrypto fails.
 */
int mschap_answer(struct mschap *ms, const char *user, const char *password);

#endif
