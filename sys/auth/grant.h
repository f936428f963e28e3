/* SPDX-License-Identifier: ISC */
/*
 * grant: what the method that let a user in says of the session, beyond the
 * user's own settings.  It goes with the session, and with its token, so
 * that a resumed session is what it was.  Pure.
 */
#ifndef AUTH_GRANT_H
#define AUTH_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	GRANT_NAME = 33,		/* of a user, a policy, with NUL */
	GRANT_CLASS = 256,
	GRANT_PACKED = 3 * GRANT_NAME + 2 + 3 * 4
};

struct auth_grant {
	char ag_user[GRANT_NAME];	/* "": the one who was asked for */
	char ag_method[GRANT_NAME];
	char ag_policy[GRANT_NAME];	/* "": by the user's settings */
	char ag_group[GRANT_NAME];	/* the same, with its policy */
	uint16_t ag_vlan;		/* 0: by the policy */
	uint32_t ag_max_time;		/* s; 0: by the policy alone */
	uint32_t ag_idle;		/* s; 0: by the policy alone */
	uint32_t ag_interim;		/* s between accounts; 0: by settings */
	uint16_t ag_nclass;
	uint8_t ag_class[GRANT_CLASS];	/* RADIUS attributes, for accounting */
};

/* All but user and class as octets, at most GRANT_PACKED; how many. */
size_t grant_pack(const struct auth_grant *ag, uint8_t *out);
/* 0, or -1 if it is malformed. */
int grant_unpack(const uint8_t *p, size_t len, struct auth_grant *ag);
/* Whether its names end where they should, coming from another process. */
bool grant_ok(const struct auth_grant *ag);

#endif
