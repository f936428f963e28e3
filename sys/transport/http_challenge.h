/* SPDX-License-Identifier: ISC */
/*
 * http_challenge: the pieces of a Proxy-Authenticate field (RFC 9110, 11.3
 * and 11.6.1), several challenges in one field included.  Pure; input is
 * hostile.
 */
#ifndef TRANSPORT_HTTP_CHALLENGE_H
#define TRANSPORT_HTTP_CHALLENGE_H

#include <stdbool.h>

#include "tunnel/http_head.h"

enum { CHALLENGE_VALUE_MAX = 1024 };

enum challenge_kind {
	CHALLENGE_SCHEME,	/* cp_name begins a challenge */
	CHALLENGE_PARAM		/* cp_name=cp_value, of that challenge */
};

struct challenge_piece {
	enum challenge_kind cp_kind;
	struct http_text cp_name;
	struct http_text cp_token;	/* of a scheme: its token68, or empty */
	char cp_value[CHALLENGE_VALUE_MAX]; /* without quotes */
};

/*
 * Cut the next piece off the field.  False at its end, and at the first
 * fault, such as a value over CHALLENGE_VALUE_MAX - 1 octets.
 */
bool http_challenge_next(struct http_text *field, struct challenge_piece *cp);

#endif
