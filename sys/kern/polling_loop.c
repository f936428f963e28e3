/* SPDX-License-Identifier: ISC */
/*
 * polling_loop: the part of polling that looks at clock and processors.
 */
#include <event2/event.h>
#include <sched.h>
#include <string.h>

#include "kern/awake.h"
#include "kern/clock.h"
#include "kern/log.h"
#include "kern/polling.h"

enum polling_how
polling_how(const char *setting)
{
	return (strcmp(setting, "yes") == 0  ? POLLING_YES :
		strcmp(setting, "idle") == 0 ? POLLING_IDLE :
		strcmp(setting, "auto") == 0 ? POLLING_AUTO :
					       POLLING_NO);
}

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

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* A loop that sleeps has to wake up once more, to see that nothing came. */
static void
look_again(struct polling *po, struct event_base *base)
{
	const struct timeval tv = { .tv_usec = POLLING_PATIENCE };

	if (po->po_timer == NULL &&
	    (po->po_timer = evtimer_new(base, on_timer, NULL)) == NULL)
		fatalx("no timer");
	if (!evtimer_pending(po->po_timer, NULL) &&
	    event_add(po->po_timer, &tv) == -1)
		fatalx("no timer");
}

static void
hold(struct polling *po, struct event_base *base, bool on)
{
	if (on != po->po_held) {
		if (on)
			awake_hold();
		else
			awake_release();
	}
	po->po_held = on;
	if (on)
		look_again(po, base);
}

static void
begin(struct polling *po, uint64_t now, enum polling_how how)
{
	if (po->po_began == 0) {
		polling_init(po, now, cpus());
	} else if (now >= po->po_look) {
		polling_cpus(po, cpus());
		po->po_look = now + POLLING_LOOK;
	}
	po->po_idle = how == POLLING_IDLE;
}

int
polling_loop(struct polling *po, struct event_base *base, enum polling_how how)
{
	uint64_t now;
	bool again;

	if (how == POLLING_NO) {
		po->po_new = 0;
		hold(po, base, false);
		return (event_base_loop(base, EVLOOP_ONCE));
	}
	if (how == POLLING_AUTO)
		how = awake_can() ? POLLING_IDLE : POLLING_YES;
	now = clock_us();
	begin(po, now, how);
	again = polling_next(po, now);
	hold(po, base, again && how == POLLING_IDLE);
	if (again && how == POLLING_YES)
		give_way(po, now);
	else
		again = false;
	return (event_base_loop(base,
	    EVLOOP_ONCE | (again ? EVLOOP_NONBLOCK : 0)));
}
