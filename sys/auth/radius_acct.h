/* SPDX-License-Identifier: ISC */
/*
 * radius_acct: accounting (RFC 2866): records of sessions for RADIUS servers.
 * Runs on the loop of hubd's auth process.
 */
#ifndef AUTH_RADIUS_ACCT_H
#define AUTH_RADIUS_ACCT_H

#include <stdint.h>

#include "auth/radius.h"

/* Acct-Status-Type */
enum account_kind {
	ACCOUNT_START = 1,
	ACCOUNT_STOP = 2,
	ACCOUNT_INTERIM = 3,
	ACCOUNT_ON = 7		/* of the hub: sessions of before are over */
};

/* Acct-Terminate-Cause, of those that RFC 2866, 5.10 has */
enum account_cause {
	CAUSE_USER = 1,		/* its client said good-bye */
	CAUSE_LOST = 2,		/* and did not come back */
	CAUSE_IDLE = 4,
	CAUSE_TIME = 5,
	CAUSE_ADMIN = 6,	/* kicked, or a server asked for it */
	CAUSE_ERROR = 9,
	CAUSE_REQUEST = 10,	/* by the settings */
	CAUSE_PREEMPTED = 13	/* its place is another's */
};

enum { ACCOUNT_ID = 40, ACCOUNT_FROM = 64 };

struct account {
	char ac_hub[GRANT_NAME];
	char ac_user[GRANT_NAME];
	char ac_id[ACCOUNT_ID];		/* Acct-Session-Id */
	char ac_from[ACCOUNT_FROM];	/* the client, as "address:port" */
	uint32_t ac_kind;
	uint32_t ac_cause;		/* with ACCOUNT_STOP */
	uint32_t ac_seconds;		/* since the session began */
	uint64_t ac_at;			/* Unix time of these figures */
	uint64_t ac_in_octets, ac_in_frames;	/* from the client */
	uint64_t ac_out_octets, ac_out_frames;	/* to it */
	struct auth_grant ac_grant;
};

/*
 * Send it to the first of the hub's servers that takes it, for as long as
 * those have for an answer, tried anew until ACCOUNT_TRIES.  What is lost is
 * said in the log.
 */
void radius_account(struct event_base *base, const struct conf *settings,
    const struct account *ac);

#endif
