/* SPDX-License-Identifier: ISC */
/*
 * http_auth: how a user proves himself to an HTTP proxy (RFC 9110, 11): the
 * challenges of a 407, of which the strongest that we can answer counts, and
 * the Proxy-Authorization that answers it.  Pure: what is random comes as an
 * argument; input is hostile.
 *
 *	Basic		RFC 7617, UTF-8
 */
#ifndef TRANSPORT_HTTP_AUTH_H
#define TRANSPORT_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tunnel/http_head.h"

enum {
	AUTH_OFFERS = 8,	/* looked at of one 407 */
	AUTH_NAMES_MAX = 128
};

/*
 * The weakest first.
 */
enum auth_scheme { AUTH_NONE, AUTH_BASIC };

struct auth_offer {
	enum auth_scheme ao_scheme;
};

struct auth_offers {
	struct auth_offer aos_offer[AUTH_OFFERS];
	unsigned int aos_count;		/* of those that we can do */
	char aos_names[AUTH_NAMES_MAX];	/* of all, "Negotiate, NTLM" */
};

/* One log-in, over as many requests as it takes. */
struct http_auth {
	const char *ha_user;		/* or NULL; these live longer */
	const char *ha_password;
	struct auth_offer ha_offer;	/* the one that is answered */
	bool ha_sent;			/* credentials were in a request */
};

enum auth_step {
	AUTH_ASK,	/* ask again, with http_auth_write() */
	AUTH_DENIED,	/* the user is refused */
	AUTH_CANNOT	/* nobody could log in like this */
};

/* The challenges of a head; a malformed one ends its field. */
void http_auth_offers(const struct http_head *hh, struct auth_offers *aos);

/*
 * A 407 has come.  Unless AUTH_ASK, `why` has what follows the proxy's name
 * in a sentence.
 */
enum auth_step http_auth_challenge(struct http_auth *ha,
    const struct http_head *hh, char *why, size_t size);

/* The words for a refusal of what was sent. */
void http_auth_denied(const struct http_auth *ha, char *why, size_t size);

/*
 * The field for the next request, with CRLF, or nothing; its length, -1 when
 * it does not fit or the scheme cannot carry the user.
 */
ssize_t http_auth_write(struct http_auth *ha, char *out, size_t size);

/* The scheme's name, for messages. */
const char *http_auth_name(enum auth_scheme scheme);

#endif
