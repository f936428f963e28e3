/* SPDX-License-Identifier: ISC */
/*
 * radius_test: one real log-in at a hub's RADIUS servers, asked by an
 * administrator who wants to know what each of them says.  Nobody is let in,
 * and no guess counted.
 */
#ifndef AUTH_RADIUS_TEST_H
#define AUTH_RADIUS_TEST_H

#include <stdint.h>

#include "auth/grant.h"
#include "auth/radius.h"

struct auth_request;

/* All servers together have so long, ms, whatever their settings. */
enum { RADIUS_TEST_TIME = 24000 };

enum radius_outcome {
	RADIUS_TEST_ACCEPTED,
	RADIUS_TEST_REFUSED,
	RADIUS_TEST_CHALLENGED,
	RADIUS_TEST_UNUSABLE,		/* see radius_login.h */
	RADIUS_TEST_SILENT,
	RADIUS_TEST_UNREACHABLE,
	RADIUS_TEST_BAD_REPLY,		/* dropped, and no other came */
	RADIUS_TEST_OUTCOMES
};

/* What came of one server; it may go between processes. */
struct radius_verdict {
	char rv_server[GRANT_NAME];
	uint8_t rv_outcome;
	uint32_t rv_ms;			/* since it was asked */
	char rv_text[160];		/* of the server, or why; or "" */
	struct auth_grant rv_grant;	/* with RADIUS_TEST_ACCEPTED */
};

/* "accepted", "refused"... */
const char *radius_outcome_name(unsigned int outcome);

/*
 * Ask; *ar, whose hub is one, lives until done is called, from the loop, with
 * the servers that were asked, in that order.  0, or -1 when there is none to
 * ask, or no memory.
 */
typedef void (*radius_test_done)(const struct radius_verdict *rv,
    unsigned int n, void *arg);
int radius_test(struct event_base *base, const struct auth_request *ar,
    radius_test_done done, void *arg);

#endif
