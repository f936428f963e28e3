/* SPDX-License-Identifier: ISC */
/*
 * codel: controlled delay (RFC 8289), as a judge of single frames: whoever
 * owns the queue asks for each frame that leaves it, and drops or marks it if
 * told so.  Pure; times are in microseconds.
 */
#ifndef NET_CODEL_H
#define NET_CODEL_H

#include <stdbool.h>
#include <stdint.h>

struct codel_path {
	uint32_t cp_target;	/* waiting time that is no standing queue */
	uint32_t cp_interval;	/* time for senders to react */
};

/* State of one queue; all zero at first. */
struct codel {
	uint64_t cd_above;	/* when to act on the delay; 0: it is low */
	uint64_t cd_next;	/* of the next drop */
	uint32_t cd_count;	/* drops since dropping began */
	uint32_t cd_last;	/* cd_count when it began */
	bool cd_dropping;
};

/*
 * A frame leaves after `waited`; `low`: what is behind it is less than a
 * frame.  Whether it is to be dropped or marked.
 */
bool codel_judge(struct codel *cd, const struct codel_path *cp, uint64_t waited,
    bool low, uint64_t now);
/* The queue has nothing to give. */
void codel_empty(struct codel *cd);

#endif
