/* SPDX-License-Identifier: ISC */
/*
 * polling_loop: the part of polling that looks at clock and processors.
 */
#include <event2/event.h>
#include <sched.h>

#include "kern/clock.h"
#include "kern/polling.h"

/* 1 without an answer: then nobody is robbed of the only one. */
static int
cpus(void)
{
	cpu_set_t set;

	return (sched_getaffinity(0, sizeof(set), &set) == -1 ?
		1 :
		CPU_COUNT(&set));
}

static void
give_way(struct polling *po, uint64_t now)
{
	sched_yield();
	polling_yielded(po, now, clock_us());
}

int
polling_loop(struct polling *po, struct event_base *base, bool on)
{
	uint64_t now;
	bool again;

	if (!on) {
		po->po_new = 0;
		return (event_base_loop(base, EVLOOP_ONCE));
	}
	now = clock_us();
	if (po->po_began == 0)
		polling_init(po, now, cpus());
	else if (now >= po->po_look) {
		polling_cpus(po, cpus());
		po->po_look = now + POLLING_LOOK;
	}
	if ((again = polling_next(po, now)))
		give_way(po, now);
	return (event_base_loop(base,
	    EVLOOP_ONCE | (again ? EVLOOP_NONBLOCK : 0)));
}
