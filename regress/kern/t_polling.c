/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "kern/awake.h"
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

/* Whom nobody has to give way to waits through bulk as well, and alone. */
ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	struct run rn;

	run_init(&rn, 1);
	rn.rn_po.po_idle = true;
	steady(&rn, 98, 1000, 20 * SECOND);
	ATF_CHECK(steady(&rn, 98, 1000, SECOND) > 950);
	ATF_CHECK(steady(&rn, 65000, 100, SECOND) > 950);
	rn.rn_awake = 0;
	frame_then(&rn, 98, SECOND);
	ATF_CHECK_EQ(rn.rn_awake, POLLING_PATIENCE);
	/* and not at all while frames are rare */
	ATF_CHECK_EQ(steady(&rn, 98, 50000, 60 * SECOND), 0);
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
	const struct timeval tv = { .tv_usec = 20000 },
			     later = { .tv_sec = 60 };
	struct event_base *base = event_base_new();
	struct polling po = { 0 };
	struct event *ev;
	int i, fired = 0;

	ATF_REQUIRE(base != NULL);
	ev = evtimer_new(base, on_timer, &fired);
	for (i = 1; i <= 4; i++) {
		ATF_REQUIRE(event_add(ev, &tv) == 0);
		ATF_REQUIRE_EQ(polling_loop(&po, base,
				   i % 2 == 0 ? POLLING_YES : POLLING_NO),
		    0);
		ATF_CHECK_EQ(fired, i);
	}
	/* and does not when frames are frequent: back before the timer */
	ATF_REQUIRE(event_add(ev, &later) == 0);
	polling_init(&po, clock_us(), 2);
	po.po_worth = true;
	po.po_credit = POLLING_CREDIT;
	polling_frame(&po, 98);
	ATF_CHECK_EQ(polling_loop(&po, base, POLLING_YES), 0);
	ATF_CHECK_EQ(fired, 4);
	event_free(ev);
	event_base_free(base);
}

/* What was written to the other end of a pipe; 1 when that is nothing. */
static int32_t
written(int fd)
{
	int32_t n;

	if (read(fd, &n, sizeof(n)) == sizeof(n))
		return (n);
	ATF_CHECK_EQ(errno, EAGAIN);
	return (1);
}

/* A loop that had frames at short intervals until now. */
static void
lively(struct polling *po)
{
	po->po_began = clock_us();
	po->po_worth = true;
	po->po_credit = POLLING_CREDIT;
	polling_frame(po, 98);
}

static void
sleep_through(struct polling *po, struct event_base *base, enum polling_how how)
{
	const struct timeval tv = { .tv_usec = 60000 };
	int fired = 0;
	struct event *ev = evtimer_new(base, on_timer, &fired);

	ATF_REQUIRE(event_add(ev, &tv) == 0);
	while (fired == 0)
		ATF_REQUIRE_EQ(polling_loop(po, base, how), 0);
	event_free(ev);
}

/* The device is told when frames begin to be frequent and when they end. */
ATF_TC_WITHOUT_HEAD(awake);
ATF_TC_BODY(awake, tc)
{
	struct event_base *base = event_base_new();
	struct polling po = { 0 };
	int fds[2];

	ATF_REQUIRE(base != NULL && pipe2(fds, O_NONBLOCK) == 0);
	awake_use(fds[1], true);
	sleep_through(&po, base, POLLING_IDLE);
	ATF_CHECK_EQ(written(fds[0]), 1);
	lively(&po);
	sleep_through(&po, base, POLLING_IDLE);
	ATF_CHECK_EQ(written(fds[0]), 0);
	ATF_CHECK_EQ(written(fds[0]), -1);
	ATF_CHECK_EQ(written(fds[0]), 1);
	/* as the setting auto where that has an effect */
	lively(&po);
	sleep_through(&po, base, POLLING_AUTO);
	ATF_CHECK_EQ(written(fds[0]), 0);
	ATF_CHECK_EQ(written(fds[0]), -1);
	/* the other settings never do */
	awake_use(dup(fds[1]), false);
	lively(&po);
	sleep_through(&po, base, POLLING_AUTO);
	lively(&po);
	sleep_through(&po, base, POLLING_YES);
	sleep_through(&po, base, POLLING_NO);
	ATF_CHECK_EQ(written(fds[0]), 1);
	event_free(po.po_timer);
	event_base_free(base);
	close(fds[0]);
}

/* One wish for all threads, whose end is that of the last one's. */
ATF_TC_WITHOUT_HEAD(awake_shared);
ATF_TC_BODY(awake_shared, tc)
{
	int fds[2];

	ATF_REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	awake_hold();
	awake_use(fds[1], true);
	ATF_CHECK_EQ(written(fds[0]), 0);
	awake_hold();
	awake_release();
	ATF_CHECK_EQ(written(fds[0]), 1);
	awake_release();
	ATF_CHECK_EQ(written(fds[0]), -1);
	/* a device that refuses is let go */
	awake_use(open("/dev/null", O_RDONLY), true);
	ATF_CHECK_EQ(read(fds[0], fds, 1), 0);
	awake_hold();
	awake_release();
	awake_use(-1, true);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, frequent);
	ATF_TP_ADD_TC(tp, rare);
	ATF_TP_ADD_TC(tp, in_vain);
	ATF_TP_ADD_TC(tp, patience);
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, one_cpu);
	ATF_TP_ADD_TC(tp, busy);
	ATF_TP_ADD_TC(tp, loop);
	ATF_TP_ADD_TC(tp, awake);
	ATF_TP_ADD_TC(tp, awake_shared);
	return (atf_no_error());
}
