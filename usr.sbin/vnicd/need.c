/* SPDX-License-Identifier: ISC */
/* need: whether a session carries enough for several connections.  Pure. */
#include "vnicd.h"

enum {
	NEED_LOOK = 200,		/* ms between two looks */
	NEED_BYTES = 64 << 10,		/* in one of them: much */
	NEED_SOME = 8 << 10,		/* in each of several: */
	NEED_WAITS = 5000,		/* us; or the line is full: */
	NEED_LOOKS = 5,			/* so often in a row is much as well */
	NEED_QUIET = 5 * 60 * 1000	/* ms that it counts as busy then */
};

bool
need_due(const struct need *nd, uint64_t now)
{
	return (now - nd->nd_at >= NEED_LOOK);
}

void
need_look(struct need *nd, uint64_t bytes, uint64_t waits, uint64_t now)
{
	uint64_t since = now - nd->nd_at, carried = bytes - nd->nd_bytes;

	if (since < NEED_LOOK)
		return;
	/* after a pause it is not known how fast the bytes came */
	if (since >= 2 * NEED_LOOK ||
	    (carried < NEED_SOME && waits < NEED_WAITS))
		nd->nd_some = 0;
	else if (++nd->nd_some >= NEED_LOOKS || carried >= NEED_BYTES)
		nd->nd_busy = now;
	nd->nd_at = now;
	nd->nd_bytes = bytes;
}

bool
need_many(const struct need *nd, uint64_t now)
{
	return (nd->nd_busy != 0 && now - nd->nd_busy < NEED_QUIET);
}
