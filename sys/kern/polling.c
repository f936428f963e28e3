/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/polling.h"

void
polling_init(struct polling *po, uint64_t now, int cpus)
{
	memset(po, 0, sizeof(*po));
	po->po_began = po->po_last = po->po_paid = now;
	po->po_look = now + POLLING_LOOK;
	po->po_cpus = cpus;
}

void
polling_cpus(struct polling *po, int cpus)
{
	po->po_cpus = cpus;
}

/* By rate, as a window that was slept through is longer than one. */
static void
end_window(struct polling *po, uint64_t now)
{
	uint64_t took = now - po->po_began;

	po->po_worth = (po->po_idle || po->po_bytes <= POLLING_BYTES) &&
	    (uint64_t)po->po_rounds * POLLING_WINDOW >= POLLING_ROUNDS * took;
	po->po_began = now;
	po->po_rounds = 0;
	po->po_bytes = 0;
}

static void
earn(struct polling *po, uint64_t now)
{
	uint64_t n = (now - po->po_paid) / POLLING_PRICE;

	po->po_paid += n * POLLING_PRICE;
	po->po_credit = n >= POLLING_CREDIT - po->po_credit ? POLLING_CREDIT :
							      po->po_credit + n;
}

static void
pay(struct polling *po, uint64_t now)
{
	uint64_t n = now - po->po_last - po->po_given;

	if (po->po_waiting)
		po->po_credit -= n < po->po_credit ? n : po->po_credit;
	po->po_waiting = false;
}

static bool
may_wait(const struct polling *po, uint64_t now)
{
	bool room = po->po_bytes <= POLLING_BYTES && po->po_cpus > 1 &&
	    now >= po->po_rest;

	return (po->po_worth && (po->po_idle || room));
}

bool
polling_next(struct polling *po, uint64_t now)
{
	bool frames = po->po_new > 0;

	po->po_bytes += po->po_new;
	po->po_rounds += frames;
	po->po_new = 0;
	if (now - po->po_began >= POLLING_WINDOW)
		end_window(po, now);
	earn(po, now);
	if (frames) {
		po->po_last = now;
		po->po_given = 0;
		po->po_waiting =
		    may_wait(po, now) && po->po_credit >= POLLING_PATIENCE;
	} else if (po->po_waiting &&
	    (!may_wait(po, now) || now - po->po_last >= POLLING_PATIENCE))
		pay(po, now);
	return (po->po_waiting);
}

/* Longer each time, unless the last one did for a while. */
static void
rest(struct polling *po, uint64_t now)
{
	bool soon = now < po->po_rest + POLLING_REST_MAX;
	uint64_t n = soon ? po->po_rested * 2 : 0;

	if (n < POLLING_REST)
		n = POLLING_REST;
	else if (n > POLLING_REST_MAX)
		n = POLLING_REST_MAX;
	po->po_rested = n;
	po->po_rest = now + n;
}

void
polling_yielded(struct polling *po, uint64_t from, uint64_t to)
{
	if (to - from >= POLLING_GIVEN)
		po->po_given += to - from;
	if (to - from >= POLLING_BUSY)
		rest(po, to);
}
