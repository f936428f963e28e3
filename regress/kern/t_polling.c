/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include <event2/event.h>

#include "kern/clock.h"
#include "kern/polling.h"

enum { STEP = 50, SECOND = 1000000 };

/* Time that a loop has spent awake, and asleep, between frames. */
struct run {
	struct polling rn_po;
	uint64_t rn_now;
	uint64_t rn_awake;
};

static void
run_init(struct run *rn, int cpus)
{
	rn->rn_now = 1;
	rn->rn_awake = 0;
	polling_init(&rn->rn_po, rn->rn_now, cpus);
}

/* A frame comes, and `gap` passes until the next one. */
static void
frame_then(struct run *rn, size_t len, uint64_t gap)
{
	uint64_t end = rn->rn_now + gap;

	polling_frame(&rn->rn_po, len);
	while (polling_next(&rn->rn_po, rn->rn_now) && rn->rn_now < end) {
		rn->rn_now += STEP;
		rn->rn_awake += STEP;
	}
	rn->rn_now = end;
}

/* That for a time; returns the part of it awake, in thousandths. */
static uint64_t
steady(struct run *rn, size_t len, uint64_t gap, uint64_t time)
{
	uint64_t began = rn->rn_now;

	rn->rn_awake = 0;
	do
		frame_then(rn, len, gap);
	while (rn->rn_now < began + time);
	return (rn->rn_awake * 1000 / (rn->rn_now - began));
}

ATF_TC_WITHOUT_HEAD(frequent);
ATF_TC_BODY(frequent, tc)
{
	struct run rn;

	run_init(&rn, 2);
	/* a credit has to be earned first */
	ATF_CHECK_EQ(steady(&rn, 98, 1000, SECOND), 0);
	steady(&rn, 98, 1000, 10 * SECOND);
	ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
	/* and waits in which a frame came have cost none of it */
	ATF_CHECK(steady(&rn, 98, 1000, 60 * SECOND) > 950);
	ATF_CHECK(steady(&rn, 98, 2000, 60 * SECOND) > 950);
}

/* Ten pings a second: two frames close together, then a long pause. */
ATF_TC_WITHOUT_HEAD(rare);
ATF_TC_BODY(rare, tc)
{
	struct run rn;
	int i;

	run_init(&rn, 2);
	steady(&rn, 98, 50000, 60 * SECOND);
	ATF_CHECK_EQ(rn.rn_awake, 0);
	for (i = 0; i < 1000; i++) {
		frame_then(&rn, 98, 300);
		frame_then(&rn, 98, 99700);
	}
	ATF_CHECK_EQ(rn.rn_awake, 0);
}

/* A burst now and then costs what the price says, however often it comes. */
ATF_TC_WITHOUT_HEAD(in_vain);
ATF_TC_BODY(in_vain, tc)
{
	struct run rn;
	uint64_t waited = 0;
	int i, j;

	run_init(&rn, 2);
	for (i = 0; i < 6000; i++) {
		for (j = 0; j < 100; j++)
			frame_then(&rn, 98, 500);
		rn.rn_awake = 0;
		frame_then(&rn, 98, 50000);
		waited += rn.rn_awake;
	}
	ATF_CHECK(waited > 0);
	ATF_CHECK(waited <= rn.rn_now / POLLING_PRICE + POLLING_CREDIT);
}

ATF_TC_WITHOUT_HEAD(patience);
ATF_TC_BODY(patience, tc)
{
	struct run rn;

	run_init(&rn, 2);
	steady(&rn, 98, 1000, 20 * SECOND);
	rn.rn_awake = 0;
	frame_then(&rn, 98, SECOND);
	ATF_CHECK_EQ(rn.rn_awake, POLLING_PATIENCE);
}

ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	struct run rn;

	run_init(&rn, 2);
	steady(&rn, 98, 1000, 20 * SECOND);
	/* known before the window ends */
	steady(&rn, 65000, 100, POLLING_WINDOW);
	ATF_CHECK(rn.rn_awake <= 400);
	ATF_CHECK_EQ(steady(&rn, 65000, 100, SECOND), 0);
	/* many small frames are bulk as well */
	ATF_CHECK_EQ(steady(&rn, 60, 50, SECOND), 0);
	/* and after it, conversations again */
	steady(&rn, 98, 1000, SECOND);
	ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
}

ATF_TC_WITHOUT_HEAD(one_cpu);
ATF_TC_BODY(one_cpu, tc)
{
	struct run rn;

	run_init(&rn, 1);
	steady(&rn, 98, 1000, 20 * SECOND);
	ATF_CHECK_EQ(steady(&rn, 98, 1000, SECOND), 0);
	polling_cpus(&rn.rn_po, 2);
	ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
	polling_cpus(&rn.rn_po, 1);
	ATF_CHECK_EQ(steady(&rn, 98, 1000, SECOND), 0);
}

static void
give_way(struct run *rn, uint64_t time)
{
	polling_yielded(&rn->rn_po, rn->rn_now, rn->rn_now + time);
	rn->rn_now += time;
}

ATF_TC_WITHOUT_HEAD(busy);
ATF_TC_BODY(busy, tc)
{
	uint64_t rest;
	struct run rn;

	run_init(&rn, 2);
	steady(&rn, 98, 1000, 20 * SECOND);
	give_way(&rn, POLLING_BUSY - 1);
	ATF_CHECK(steady(&rn, 98, 1000, POLLING_REST) > 950);
	for (rest = POLLING_REST; rest <= POLLING_REST_MAX; rest *= 2) {
		give_way(&rn, POLLING_BUSY);
		ATF_CHECK_EQ(steady(&rn, 98, 1000, rest - 1000), 0);
		frame_then(&rn, 98, 1000);
		ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
	}
	/* no longer than that; and short again after a time without */
	give_way(&rn, POLLING_BUSY);
	ATF_CHECK_EQ(steady(&rn, 98, 1000, POLLING_REST_MAX - 1000), 0);
	ATF_CHECK(steady(&rn, 98, 1000, POLLING_REST_MAX + SECOND) > 950);
	give_way(&rn, POLLING_BUSY);
	ATF_CHECK_EQ(steady(&rn, 98, 1000, POLLING_REST - 1000), 0);
	frame_then(&rn, 98, 1000);
	ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	int *fired = arg;

	(void)fd;
	(void)what;
	(*fired)++;
}

/* The loop sleeps through a round without frames, and does not fail. */
ATF_TC_WITHOUT_HEAD(loop);
ATF_TC_BODY(loop, tc)
{
	const struct timeval tv = { .tv_usec = 20000 };
	struct event_base *base = event_base_new();
	struct polling po = { 0 };
	struct event *ev;
	int i, fired = 0;

	ATF_REQUIRE(base != NULL);
	ev = evtimer_new(base, on_timer, &fired);
	for (i = 1; i <= 4; i++) {
		ATF_REQUIRE(event_add(ev, &tv) == 0);
		ATF_REQUIRE_EQ(polling_loop(&po, base, i % 2 == 0), 0);
		ATF_CHECK_EQ(fired, i);
	}
	/* and does not when frames are frequent: back before the timer */
	ATF_REQUIRE(event_add(ev, &tv) == 0);
	polling_init(&po, clock_us(), 2);
	po.po_worth = true;
	po.po_credit = POLLING_CREDIT;
	polling_frame(&po, 98);
	ATF_CHECK_EQ(polling_loop(&po, base, true), 0);
	ATF_CHECK_EQ(fired, 4);
	event_free(ev);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, frequent);
	ATF_TP_ADD_TC(tp, rare);
	ATF_TP_ADD_TC(tp, in_vain);
	ATF_TP_ADD_TC(tp, patience);
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, one_cpu);
	ATF_TP_ADD_TC(tp, busy);
	ATF_TP_ADD_TC(tp, loop);
	return (atf_no_error());
}
