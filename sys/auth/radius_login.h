/* SPDX-License-Identifier: ISC */
/*
 * radius_login: one Access-Request and what its answer says, for a log-in
 * (radius.c) and for a test of the servers (radius_test.c).
 */
#ifndef AUTH_RADIUS_LOGIN_H
#define AUTH_RADIUS_LOGIN_H

#include "auth/mschap.h"
#include "auth/radius.h"

struct auth_request;

struct radius_login {
	const struct auth_request *rl_request; /* ar_from may be NULL here */
	struct mschap rl_mschap; /* of the server asked last */
	uint8_t rl_ident;
};

/* For radius_query's rq_build. */
int radius_login_build(struct radius_packet *rp, const struct radius_server *rs,
    uint8_t id, struct radius_login *rl);

enum radius_said {
	RADIUS_ACCEPTED,
	RADIUS_REFUSED,
	RADIUS_CHALLENGED,	/* for more than a password */
	RADIUS_UNUSABLE		/* accepted, but not as the hub could do it */
};
/*
 * RADIUS_ACCEPTED fills *ag in.  text: what the server says to the user
 * (Reply-Message), or why it is unusable; or "".
 */
enum radius_said radius_login_answer(const struct radius_login *rl,
    const struct radius_reply *rr, struct auth_grant *ag, char *text,
    size_t size);

#endif
