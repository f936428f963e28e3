/* SPDX-License-Identifier: ISC */
/*
 * hold: how long pure acknowledgements of inner TCP wait for others to go with
 * them.  Where the line to the peer is much narrower than the one back, as of
 * DSL and cable, the acknowledgements of a download fill it: they stand in its
 * queue, and the download has to wait for them.  Of those that were held, the
 * newest of each flow is enough (net/flow.h), and what is left goes together.
 *
 *	trying		When at least HOLD_WAITS and an eighth of the round
 *			trip are waited in all of a window, acknowledgements
 *			are held for HOLD_FIRST.  It may not be for them that
 *			data waits: unless that gets less, by a quarter at
 *			least, there is no hold for HOLD_AWAY, and for twice as
 *			long each time.
 *	steering	More than that still waits: half as long again, up to
 *			HOLD_FIRST and a quarter of the round trip.  Less than
 *			a third, HOLD_STAY after that: an eighth shorter, down
 *			to none.  As long as it is more, be it for other
 *			reasons, there is a new try every HOLD_AGAIN.
 *
 * Pure; times are in microseconds.
 */
#ifndef TUNNEL_HOLD_H
#define TUNNEL_HOLD_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HOLD_WINDOW = 300000,
	HOLD_PAUSE = 100000,	/* without a look: the window begins anew */
	HOLD_WAITS = 12000,
	HOLD_FIRST = 8000,
	HOLD_LEAST = 1000,	/* less than that is none */
	HOLD_MOST = 20000,
	HOLD_STAY = 5000000,
	HOLD_AGAIN = 60000000,
	HOLD_AWAY = 10000000,
	HOLD_AWAY_MAX = 640000000
};

/* All zero at first. */
struct hold {
	uint32_t ho_now;	/* how long they wait; 0: not at all */
	bool ho_trying;
	uint64_t ho_begin;	/* of the window, 0: none */
	uint64_t ho_last;	/* look */
	uint64_t ho_sum;	/* of what waited at the window's looks, */
	uint32_t ho_looks;
	uint32_t ho_least;	/* and the least of it */
	uint32_t ho_before;	/* mean, before they were held */
	bool ho_settled;	/* a window has passed since then */
	uint64_t ho_since;	/* when least has waited little */
	uint64_t ho_rose;	/* when ho_now last did */
	uint64_t ho_until;	/* none until then */
	uint64_t ho_away;	/* how long, the last time */
};

/*
 * The path's round trip is rtt without a queue, and now longer by `waits`.
 * Returns ho_now.
 */
uint32_t hold_look(struct hold *ho, uint64_t now, uint32_t rtt, uint32_t waits);

#endif
