/* SPDX-License-Identifier: ISC */
/*
 * twice: frames that go on several connections of a session, so that a
 * segment that one of them loses costs nobody its retransmission.
 *
 *	The sender gives each such frame a number (f_twice), one more for each,
 *	never 0, and puts copies on its spare connections, which carry nothing
 *	else (session.h).
 *	The receiver takes what comes first of each number and drops the rest.
 *
 * A number TWICE_WINDOW or more below the highest one that came counts as
 * taken: its connection is that much later than another that had the frame
 * too.  So a peer with numbers of its own choice loses only its own frames,
 * and memory is bounded.
 *
 * Order: a connection keeps it, so of a flow all of whose frames are on every
 * connection that has any of them, the next one cannot come first anywhere
 * before this one has.  The sender sees to that: a flow begins to be copied
 * when nothing of it is under way, and copies that had to be dropped end it.
 *
 * Pure.  Input is hostile.
 */
#ifndef TUNNEL_TWICE_H
#define TUNNEL_TWICE_H

#include <stdbool.h>
#include <stdint.h>

enum { TWICE_WINDOW = 4096 };	/* numbers; a power of two */

/* What has come; all zero at first and for a new session. */
struct twice {
	bool tw_any;
	uint32_t tw_high;
	uint64_t tw_seen[TWICE_WINDOW / 64];
};

/* Whether a frame of that number has not come before; now it has. */
bool twice_first(struct twice *tw, uint32_t number);

#endif
