/* SPDX-License-Identifier: ISC */
/*
 * http_auth: how a user proves himself to an HTTP proxy (RFC 9110, 11): the
 * challenges of a 407, of which the strongest that we can answer counts, and
 * the Proxy-Authorization that answers it.  Pure: what is random comes as an
 * argument; input is hostile.
 *
 *	Basic	RFC 7617, UTF-8
 *	Digest	RFC 7616: MD5, SHA-256, -sess, qop=auth, stale, userhash
 *	NTLM	NTLMv2 (ntlm.h), which proves a connection, not a request:
 *		its requests must follow each other on one stream
 */
#ifndef TRANSPORT_HTTP_AUTH_H
#define TRANSPORT_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/ntlm.h"
#include "tunnel/http_head.h"

enum {
	AUTH_OFFERS = 8,	/* looked at of one 407 */
	AUTH_NAMES_MAX = 128,
	AUTH_STALE = 2		/* nonces that may have been too old */
};

/*
 * The weakest first.  Basic hands the password to the proxy and, without TLS,
 * to everybody on the way.  The others do not, but let who has listened guess
 * at it: of Digest with MD5 fastest; NTLMv2 hashes in a name, a domain and
 * what the server told of itself, by HMAC; SHA-256 is the only hash among
 * them that is not broken.
 */
enum auth_scheme {
	AUTH_NONE,
	AUTH_BASIC,
	AUTH_DIGEST_MD5,
	AUTH_NTLM,
	AUTH_DIGEST_SHA256
};

struct auth_offer {
	enum auth_scheme ao_scheme;
	struct http_text ao_token;	/* of NTLM; points into the head */
	/* of Digest */
	char ao_realm[256];
	char ao_nonce[512];
	char ao_opaque[512];
	bool ao_sess, ao_stale, ao_userhash, ao_utf8;
	bool ao_qop;			/* qop=auth is among the offered */
	bool ao_unfit;			/* something we cannot do */
};

struct auth_offers {
	struct auth_offer aos_offer[AUTH_OFFERS];
	unsigned int aos_count;		/* of those that we can do */
	char aos_names[AUTH_NAMES_MAX];	/* of all, "Negotiate, NTLM" */
};

/* What makes one request's credentials differ from another's. */
struct auth_fresh {
	uint8_t af_random[16];
	uint64_t af_unix;		/* the time */
};

enum auth_stage {
	AUTH_START,
	AUTH_NEGOTIATED,	/* NTLM's first message was sent */
	AUTH_CHALLENGED,	/* and answered */
	AUTH_SENT		/* credentials were in a request */
};

/* One log-in, over as many requests as it takes. */
struct http_auth {
	const char *ha_user;		/* or NULL; these live longer */
	const char *ha_password;
	struct auth_offer ha_offer;	/* the one that is answered */
	enum auth_stage ha_stage;
	unsigned int ha_stale;
	struct ntlm_challenge ha_ntlm;
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
 * The field for the next request, CONNECT to `target`, with CRLF, or nothing;
 * its length, -1 when it does not fit or the scheme cannot carry the user.
 */
ssize_t http_auth_write(struct http_auth *ha, const char *target,
    const struct auth_fresh *af, char *out, size_t size);

/* The next request goes on a fresh stream: what bound the last one is void. */
void http_auth_anew(struct http_auth *ha);

/* The scheme's name, for messages. */
const char *http_auth_name(enum auth_scheme scheme);

#endif
