/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "tunnel/ceiling.h"

enum { STEP = 5000, SEGMENT = 1448 };

/*
 * A line with a queue of its own, and a sender that sends as BBR does: a
 * quarter faster than what arrives, or as fast as it may.
 */
static struct line {
	uint64_t li_now, li_rate;	/* us, bytes a second */
	uint32_t li_rtt;		/* us without a queue, */
	uint32_t li_kernels;		/* as the kernel says; 0: this */
	uint64_t li_queue, li_limit;	/* bytes */
	uint64_t li_wants;		/* rate without a ceiling */
	uint64_t li_sent, li_arrived, li_overflow;
	uint64_t li_worst;		/* us that anything waited */
	uint32_t li_late;		/* us by which ACKs are late */
	unsigned int li_lost;		/* in 1000 */
	uint32_t li_segment;
	uint64_t li_ceiling;
	bool li_few;			/* li_wants is all that there is */
	uint32_t li_unsent;
	bool li_repairs;
	bool li_others;			/* the queue is somebody else's */
	bool li_blind;			/* no looks: as without a ceiling */
	uint64_t li_behind;		/* us in the peer's queue */
	uint64_t li_received;		/* bytes from the peer */
	uint64_t li_busy;		/* us with something to send */
	uint64_t li_every;		/* us between looks */
} li;
static struct ceiling ce;

static void
start(uint32_t rtt, uint64_t rate)
{
	memset(&ce, 0, sizeof(ce));
	li = (struct line){ .li_now = 1000000,
		.li_rate = rate,
		.li_rtt = rtt,
		.li_limit = rate * rtt / 1000000,
		.li_wants = rate * 5 / 4,
		.li_every = CEILING_SAMPLE,
		.li_segment = SEGMENT };
}

static uint64_t
waiting(void)
{
	return (li.li_others ? li.li_rtt : li.li_queue * 1000000 / li.li_rate);
}

/* By Little's law. */
static uint32_t
flight(void)
{
	uint64_t bytes = li.li_wants < li.li_rate ? li.li_wants : li.li_rate;

	bytes = bytes * (li.li_rtt + li.li_late) / 1000000 + li.li_queue;
	return ((uint32_t)(bytes / li.li_segment));
}

static void
look(void)
{
	struct ceiling_sample cs = { .cs_now = li.li_now,
		.cs_sent = li.li_sent,
		.cs_segments = li.li_sent / li.li_segment,
		.cs_delivered = li.li_arrived / li.li_segment,
		.cs_received = li.li_received,
		.cs_rtt = li.li_rtt + li.li_late +
		    (uint32_t)(waiting() + li.li_behind),
		.cs_min_rtt = li.li_kernels != 0 ? li.li_kernels : li.li_rtt,
		.cs_busy = li.li_busy,
		.cs_flight = flight(),
		.cs_unsent = li.li_unsent,
		.cs_limited = li.li_few,
		.cs_repairs = li.li_repairs };

	li.li_ceiling = ceiling_look(&ce, &cs);
}

static void
step(void)
{
	uint64_t rate = li.li_wants, in, out;

	if (li.li_ceiling != 0 && li.li_ceiling < rate)
		rate = li.li_ceiling;
	in = rate * STEP / 1000000;
	out = li.li_rate * STEP / 1000000;
	li.li_sent += in;
	li.li_queue += in;
	if (out > li.li_queue)
		out = li.li_queue;
	li.li_queue -= out;
	li.li_arrived += out * (1000 - li.li_lost) / 1000;
	if (li.li_queue > li.li_limit) {
		li.li_overflow += li.li_queue - li.li_limit;
		li.li_queue = li.li_limit;
	}
	if (waiting() > li.li_worst)
		li.li_worst = waiting();
	li.li_now += STEP;
	if (in > 0 || li.li_queue > 0)
		li.li_busy += STEP;
	if (li.li_now % li.li_every == 0 && !li.li_blind)
		look();
}

/* So long; what arrived in percent of what the line carries. */
static unsigned int
run(unsigned int ms)
{
	uint64_t before = li.li_arrived, n = ms * 1000 / STEP, i;

	li.li_overflow = li.li_worst = 0;
	for (i = 0; i < n; i++)
		step();
	return ((unsigned int)((li.li_arrived - before) * 100 /
	    (li.li_rate * ms / 1000)));
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const struct {
		uint32_t c_rtt;
		uint64_t c_rate;
		unsigned int c_lost;
	} cases[] = { { 20000, 12500000, 0 }, { 20000, 12500000, 10 },
		{ 100000, 6250000, 10 }, { 100000, 6250000, 30 },
		{ 5000, 50000000, 1 }, { 200000, 1250000, 10 },
		{ 30000, 500000, 0 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(cases[i].c_rtt, cases[i].c_rate);
		li.li_lost = cases[i].c_lost;
		ATF_CHECK_EQ(0, li.li_ceiling);
		run(4000);
		ATF_CHECK_MSG(li.li_ceiling != 0, "line %zu", i);
		/* full but for what is lost and the moments of emptying */
		ATF_CHECK_MSG(run(20000) >= 97 - cases[i].c_lost / 10,
		    "line %zu", i);
		ATF_CHECK_EQ_MSG(0, li.li_overflow, "line %zu", i);
		ATF_CHECK_MSG(li.li_worst <=
			3 * (uint64_t)ceiling_target(&ce, cases[i].c_rtt),
		    "line %zu: %ju us", i, (uintmax_t)li.li_worst);
	}
}

/* It follows a line that becomes slower, and faster. */
ATF_TC_WITHOUT_HEAD(follows);
ATF_TC_BODY(follows, tc)
{
	start(20000, 12500000);
	run(4000);
	li.li_rate = 2500000;
	run(4000);
	ATF_CHECK(run(4000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
	ATF_CHECK(li.li_ceiling < 3000000);
	li.li_rate = 12500000;
	run(5000);
	ATF_CHECK(run(4000) >= 96);
}

/* No queue, no ceiling; and one that is there does not fall by a short pause. */
ATF_TC_WITHOUT_HEAD(pauses);
ATF_TC_BODY(pauses, tc)
{
	uint64_t before;

	start(20000, 12500000);
	li.li_wants = 10000000;
	run(10000);
	ATF_CHECK_EQ(0, li.li_ceiling);
	li.li_wants = 15000000;
	run(4000);
	before = li.li_ceiling;
	ATF_CHECK(before != 0);
	li.li_few = true;
	li.li_wants = 100000;
	run(2000);
	ATF_CHECK(ce.ce_rate >= before / 10 * 8);
	/* nothing at all, while the last round trip that was measured stays */
	li.li_late = 30000;
	li.li_wants = 0;
	run(2000);
	ATF_CHECK(ce.ce_rate >= before / 10 * 8);
	li.li_late = 0;
	li.li_few = false;
	li.li_wants = 15000000;
	run(1000);
	ATF_CHECK(run(2000) >= 96);
}

/* Small segments are acknowledged late: that is no queue. */
ATF_TC_WITHOUT_HEAD(small);
ATF_TC_BODY(small, tc)
{
	start(20000, 1250000);
	li.li_segment = 140;
	li.li_late = 25000;
	run(10000);
	ATF_CHECK_EQ(0, li.li_ceiling);
}

/*
 * Nor do large ones of somebody who has little to send, however late their
 * acknowledgements are: it is not what the line carries that arrives.
 */
ATF_TC_WITHOUT_HEAD(little);
ATF_TC_BODY(little, tc)
{
	start(1000, 125000000);
	li.li_wants = 1000000;
	li.li_few = true;
	li.li_late = 30000;
	run(10000);
	ATF_CHECK_EQ(0, li.li_ceiling);
	/* the same with more to send looks like a narrow line */
	li.li_few = false;
	run(300);
	ATF_CHECK(li.li_ceiling != 0);
}

/*
 * Flows inside that send no more than their windows fill the line's queue
 * while there is never more to send: what is under way says so.
 */
ATF_TC_WITHOUT_HEAD(windows);
ATF_TC_BODY(windows, tc)
{
	start(100000, 6250000);
	li.li_few = true;
	run(4000);
	ATF_CHECK(li.li_ceiling != 0);
	ATF_CHECK(run(20000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
	ATF_CHECK_EQ(0, ce.ce_stuck);
	/* less than half of it, and that is all: no reason to begin anew */
	li.li_wants = 2500000;
	run(4000);
	ATF_CHECK_EQ(0, ce.ce_stuck);
	ATF_CHECK(ce.ce_rate >= 4000000);
}

/* One that is far too low, whatever the reason, does not stay. */
ATF_TC_WITHOUT_HEAD(too_low);
ATF_TC_BODY(too_low, tc)
{
	start(20000, 12500000);
	run(1000);
	ATF_CHECK(li.li_ceiling != 0);
	ce.ce_rate = CEILING_LEAST;
	run(6000);
	ATF_CHECK(run(4000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
}

/*
 * What follows another congestion control has a ceiling at once, and neither
 * overflows nor keeps to it where the line carries far more.
 */
ATF_TC_WITHOUT_HEAD(begins);
ATF_TC_BODY(begins, tc)
{
	start(20000, 12500000);
	li.li_queue = li.li_limit;
	ceiling_begin(&ce, 12500000);
	look();
	ATF_CHECK(li.li_ceiling != 0 && li.li_ceiling < 12500000);
	run(200);
	ATF_CHECK_EQ(0, li.li_overflow);
	ATF_CHECK(run(2000) >= 96);
	start(20000, 12500000);
	ceiling_begin(&ce, 6000000);
	run(3000);
	ATF_CHECK(run(2000) >= 96);
	/* nothing that makes no sense */
	start(20000, 12500000);
	ceiling_begin(&ce, CEILING_LEAST - 1);
	ATF_CHECK_EQ(0, ce.ce_rate);
	ceiling_begin(&ce, UINT64_MAX);
	ATF_CHECK_EQ(0, ce.ce_rate);
}

/* How far above the rate it is while nothing waits. */
static unsigned int
percent_above(uint32_t rtt, enum ceiling_proof proof)
{
	start(rtt, 12500000);
	ceiling_begin(&ce, 10000000);
	ce.ce_proof = proof;
	li.li_now = CEILING_EMPTY - CEILING_SAMPLE;
	look();
	return ((unsigned int)(li.li_ceiling / 100000 - 100));
}

/* On a long path it takes long to see that it is too much. */
ATF_TC_WITHOUT_HEAD(long_path);
ATF_TC_BODY(long_path, tc)
{
	ATF_CHECK_EQ(CEILING_MORE, percent_above(1000, CEILING_PROVED));
	ATF_CHECK_EQ(CEILING_MORE, percent_above(40000, CEILING_PROVED));
	ATF_CHECK_EQ(5, percent_above(100000, CEILING_PROVED));
	ATF_CHECK_EQ(CEILING_MORE_LEAST,
	    percent_above(1000000, CEILING_PROVED));
	ATF_CHECK_EQ(CEILING_MORE_LEAST,
	    percent_above(UINT32_MAX, CEILING_PROVED));
	ATF_CHECK_EQ(CEILING_SEEK, percent_above(1000000, CEILING_BEGUN));
}

/* A first ceiling that is far too low, on a long path, is mended soon. */
ATF_TC_WITHOUT_HEAD(seek);
ATF_TC_BODY(seek, tc)
{
	start(100000, 6250000);
	ceiling_begin(&ce, 2000000);
	run(1500);
	ATF_CHECK(run(500) >= 90);
	run(1000);
	ATF_CHECK_EQ(CEILING_PROVED, ce.ce_proof);
	ATF_CHECK_EQ(0, li.li_overflow);
	ATF_CHECK(run(5000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
}

/*
 * Who sends just what the line carries says little of a faster line, however
 * long nothing waits.
 */
ATF_TC_WITHOUT_HEAD(no_more);
ATF_TC_BODY(no_more, tc)
{
	static const uint32_t rtts[] = { 20000, 100000 };
	size_t i;

	for (i = 0; i < 2; i++) {
		start(rtts[i], 6250000);
		run(4000);
		ATF_CHECK(li.li_ceiling != 0);
		li.li_wants = li.li_rate;
		run(20000);
		ATF_CHECK_MSG(ce.ce_rate <= li.li_rate / 100 * 116,
		    "%u us: %ju", rtts[i], (uintmax_t)ce.ce_rate);
	}
}

/*
 * Long segments that are sent while short ones arrive: what arrived is counted
 * in segments, of the length that they had.
 */
ATF_TC_WITHOUT_HEAD(shorter);
ATF_TC_BODY(shorter, tc)
{
	struct ceiling_sample cs = { .cs_now = 1000000,
		.cs_rtt = 100000,
		.cs_min_rtt = 100000,
		.cs_flight = 400 };
	unsigned int i;

	memset(&ce, 0, sizeof(ce));
	ceiling_begin(&ce, 6000000);
	ceiling_look(&ce, &cs);
	/* a window is eight samples, and what arrives is of the one before */
	for (i = 0; i < 320; i++) {
		cs.cs_now += CEILING_SAMPLE;
		cs.cs_sent += 120000;
		cs.cs_segments += 120000 / (i / 8 % 2 == 0 ? 1040U : 1448U);
		cs.cs_delivered += 120000 / (i / 8 % 2 == 0 ? 1448U : 1040U);
		ceiling_look(&ce, &cs);
		ATF_REQUIRE_MSG(ce.ce_rate <= 7000000, "%u: %ju", i,
		    (uintmax_t)ce.ce_rate);
	}
	ATF_CHECK(ce.ce_rate >= 4000000);
}

/* Who sends less than half of it, with more to send, is told once. */
ATF_TC_WITHOUT_HEAD(stuck);
ATF_TC_BODY(stuck, tc)
{
	unsigned int n, told = 0;

	start(20000, 12500000);
	run(4000);
	ATF_CHECK(!ceiling_anew(&ce));
	li.li_wants = 5000000;	/* less than half of the ceiling, */
	li.li_few = true;	/* and that is all that there is */
	run(2000);
	ATF_CHECK(!ceiling_anew(&ce));
	li.li_few = false;
	for (n = 0; n < 9; n++) {
		run(100);
		told += ceiling_anew(&ce);
	}
	ATF_CHECK_EQ(1, told);
}

/* How often BBR is told to begin anew. */
static unsigned int
told_in(unsigned int ms)
{
	unsigned int n, told = 0;

	for (n = 0; n < ms / 10; n++) {
		run(10);
		told += ceiling_anew(&ce);
	}
	return (told);
}

/* Who sends next to nothing, with more to send, is told at once. */
ATF_TC_WITHOUT_HEAD(crawls);
ATF_TC_BODY(crawls, tc)
{
	unsigned int n;

	start(20000, 12500000);
	run(4000);
	ATF_CHECK(li.li_ceiling != 0);
	told_in(100);
	li.li_wants = 100000;
	li.li_few = true;	/* that is all that there is: quiet */
	ATF_CHECK_EQ(1, told_in(500));
	li.li_few = false;
	li.li_repairs = true;	/* TCP has to find out what was lost */
	ATF_CHECK_EQ(0, told_in(150));
	li.li_repairs = false;
	ATF_CHECK_EQ(0, told_in(30));
	ATF_CHECK_EQ(1, told_in(200));
	/* all that there is, but in TCP's hands */
	li.li_few = true;
	ATF_CHECK_EQ(1, told_in(500));
	li.li_unsent = 1;
	ATF_CHECK_EQ(1, told_in(100));
	li.li_few = false;
	li.li_unsent = 0;
	/* a fifth of the ceiling is no crawl, for a while */
	li.li_wants = 2500000;
	ATF_CHECK_EQ(0, told_in(200));
	/* three round trips of a long line */
	start(100000, 6250000);
	for (n = 0; n < 80; n++)
		told_in(100);
	ATF_CHECK(li.li_ceiling != 0);
	li.li_wants = 50000;
	ATF_CHECK_EQ(0, told_in(260));
	ATF_CHECK_EQ(1, told_in(100));
}

/* Who sends little for some round trips is told once, if there is a ceiling. */
ATF_TC_WITHOUT_HEAD(quiet);
ATF_TC_BODY(quiet, tc)
{
	unsigned int n;

	start(20000, 12500000);
	li.li_few = true;
	li.li_wants = 290000;	/* four segments a round trip */
	ATF_CHECK_EQ(0, told_in(1000));
	li.li_few = false;
	li.li_wants = li.li_rate * 5 / 4;
	run(4000);
	told_in(100);
	for (n = 0; n < 3; n++) {
		li.li_few = true;
		li.li_wants = 290000;
		ATF_CHECK_EQ(0, told_in(70));
		ATF_CHECK_EQ(1, told_in(60));
		ATF_CHECK_EQ(0, told_in(1000));
		li.li_few = false;
		li.li_wants = li.li_rate * 5 / 4;
		ATF_CHECK(run(1000) > 90);
		told_in(10);
	}
	/* not while TCP finds out what was lost */
	li.li_few = li.li_repairs = true;
	li.li_wants = 290000;
	ATF_CHECK_EQ(0, told_in(500));
	li.li_repairs = false;
	ATF_CHECK_EQ(1, told_in(30));
	/* of a long line */
	start(100000, 6250000);
	for (n = 0; n < 80; n++)
		told_in(100);
	ATF_CHECK(li.li_ceiling != 0);
	li.li_few = true;
	li.li_wants = 58000;
	ATF_CHECK_EQ(0, told_in(380));
	ATF_CHECK_EQ(1, told_in(100));
}

/* Hardly anything for a while, then all at once, on a line that was mended. */
ATF_TC_WITHOUT_HEAD(forgets);
ATF_TC_BODY(forgets, tc)
{
	static const unsigned int pauses[] = { 2000, 6000 };
	unsigned int i, got;

	for (i = 0; i < 2; i++) {
		start(20000, 12500000);
		run(5000);
		ATF_CHECK(ce.ce_rate != 0);
		li.li_few = true;
		li.li_wants = 20000;
		run(pauses[i]);
		li.li_few = false;
		li.li_rate *= 10;
		li.li_limit *= 10;
		li.li_wants = li.li_rate * 5 / 4;
		got = run(1000);
		ATF_CHECK_MSG(i == 0 ? got < 60 : got > 95, "%u %%", got);
		/* and there is one again */
		run(4000);
		ATF_CHECK(ce.ce_now > li.li_rate / 2 && ce.ce_before == 0);
		run(1000);
		ATF_CHECK_EQ(0, li.li_overflow);
	}
	/* BBR that has forgotten, too, begins anew */
	start(20000, 12500000);
	run(5000);
	li.li_few = true;
	li.li_wants = 20000;
	run(6000);
	ATF_CHECK_EQ(0, li.li_ceiling);
	(void)ceiling_anew(&ce);
	ATF_CHECK(ce.ce_before != 0);
	li.li_few = false;
	li.li_wants = 200000;
	run(300);
	ATF_CHECK_EQ(0, li.li_ceiling);
	ATF_CHECK(ceiling_anew(&ce));
	run(20);
	ATF_CHECK(li.li_ceiling > li.li_rate / 4 * 3);
}

/*
 * BBR is told in time that the shortest round trip is what it was, again and
 * again, but not while more waits, nor by who sends little.
 */
ATF_TC_WITHOUT_HEAD(fresh);
ATF_TC_BODY(fresh, tc)
{
	unsigned int n, told;
	uint64_t last, most = 0;

	start(20000, 12500000);
	run(1000);
	last = li.li_now;
	for (n = told = 0; n < 3000; n++) {
		run(10);
		if (!ceiling_anew(&ce))
			continue;
		told++;
		ATF_CHECK(li.li_now - last >= CEILING_FRESH - 1000000);
		most = li.li_now - last > most ? li.li_now - last : most;
		last = li.li_now;
	}
	ATF_CHECK_MSG(told >= 3 && most < 9500000, "%u, %llu", told,
	    (unsigned long long)most);
	/* the round trip is longer than it was, whoever's fault that is */
	li.li_late = 8000;
	ATF_CHECK_EQ(0, told_in(20000));
	/* much under way, but less than half of the rate: a flow's own pause */
	start(20000, 12500000);
	run(4000);
	li.li_wants = 5000000;
	li.li_few = true;
	ATF_CHECK_EQ(0, told_in(20000));
	/* after a pause: not before a window that says so */
	start(20000, 12500000);
	run(4000);
	ATF_REQUIRE(ce.ce_steady);
	li.li_now += 10000000;
	look();
	ATF_CHECK(!ceiling_anew(&ce));
	ATF_CHECK_EQ(1, told_in(4000));
}

/* Segments that were sent before a pause say nothing of those after it. */
ATF_TC_WITHOUT_HEAD(segments);
ATF_TC_BODY(segments, tc)
{
	start(20000, 12500000);
	run(1000);
	ATF_CHECK(ce.ce_mean >= SEGMENT - 1 && ce.ce_mean <= SEGMENT);
	/* of 100 ms a fifth is of those before */
	li.li_segment = 500;
	li.li_now += 10000000;
	run(250);
	ATF_CHECK_MSG(ce.ce_mean <= 500, "%u", ce.ce_mean);
}

/*
 * Jitter is no queue: it neither keeps who has just begun from growing, nor is
 * it to be sent less for.
 */
ATF_TC_WITHOUT_HEAD(jitter);
ATF_TC_BODY(jitter, tc)
{
	static const uint32_t most[] = { 3000, 7000, 10000, 20000 };
	uint64_t before;
	unsigned int i, n;
	int64_t late;

	for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		start(20000, 12500000);
		li.li_wants = 400000;
		late = most[i];
		before = li.li_arrived;
		for (n = 0; n < 15000000 / STEP; n++) {
			if (n % 4 == 0 && li.li_wants < 15000000)
				li.li_wants += li.li_wants / 2;
			/* a mean of many round trips, of two ways each */
			late += (random() % (2 * (int64_t)most[i]) - late) / 4;
			li.li_late = (uint32_t)late;
			step();
		}
		ATF_CHECK_MSG((li.li_arrived - before) / 15 > 11000000,
		    "%u us: %ju", most[i],
		    (uintmax_t)(li.li_arrived - before) / 15);
	}
}

/* A queue that does not go away is not ours: we take our share again. */
ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	uint64_t away;
	unsigned int n;

	start(20000, 12500000);
	li.li_others = true;
	for (n = 0; n < 2000 && ce.ce_away == 0; n++)
		run(10);
	ATF_CHECK_EQ(0, li.li_ceiling);
	ATF_CHECK_EQ(CEILING_AWAY, ce.ce_away);
	away = ce.ce_until - li.li_now;
	run((unsigned int)(away / 1000) - 100);
	ATF_CHECK_EQ(0, li.li_ceiling);
	for (n = 0; n < 4000 && ce.ce_away == CEILING_AWAY; n++)
		run(10);
	ATF_CHECK_EQ(2 * CEILING_AWAY, ce.ce_away);
	/* they are gone */
	li.li_others = false;
	run(70000);
	ATF_CHECK(li.li_ceiling != 0);
	ATF_CHECK_EQ(0, ce.ce_away);
}

/*
 * The line has become longer, and slower, but the kernel says for long that it
 * has not: that is no queue.  BBR, which would take the kernel's word for it,
 * does not begin anew before that is true.
 */
ATF_TC_WITHOUT_HEAD(longer);
ATF_TC_BODY(longer, tc)
{
	start(2000, 12500000);
	li.li_limit = 250000;
	run(4000);
	ATF_CHECK(li.li_ceiling != 0);
	li.li_kernels = 2000;
	li.li_rtt = 52000;
	li.li_rate = 2500000;
	li.li_limit = 130000;
	li.li_wants = 3000000;
	told_in(4000);
	ATF_CHECK_EQ(0, li.li_ceiling);
	ATF_CHECK_EQ(52000, ceiling_shortest(&ce, 2000));
	run(12000);
	ATF_CHECK(li.li_ceiling != 0);
	ATF_CHECK(run(5000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
	/* with a look now and then whether it still is */
	ATF_CHECK_EQ(0, told_in(60000));
	ATF_CHECK_EQ(52000, ceiling_shortest(&ce, 2000));
	li.li_kernels = 52000;
	ATF_CHECK_EQ(1, told_in(1000));
	ATF_CHECK_EQ(0, ce.ce_floor);
	ATF_CHECK_EQ(0, told_in(1000));
	/* it is as short as before: the kernel says so at once */
	li.li_kernels = 0;
	li.li_rtt = 2000;
	ATF_CHECK_EQ(0, told_in(1000));
	ATF_CHECK(run(2000) >= 96);
	/* nobody says so: what waited is no longer there */
	li.li_kernels = 2000;
	li.li_rtt = 52000;
	run(4000);
	ATF_CHECK_EQ(52000, ceiling_shortest(&ce, 2000));
	li.li_rtt = 12000;
	li.li_limit = 0;
	run(1000);
	ATF_CHECK_EQ(12000, ceiling_shortest(&ce, 2000));
}

/* A slow line is looked at rarely, as it takes long for what it is given. */
ATF_TC_WITHOUT_HEAD(rarely);
ATF_TC_BODY(rarely, tc)
{
	start(20000, 12500000);
	run(4000);
	ATF_CHECK(li.li_ceiling != 0);
	li.li_rate = 650000;
	li.li_every = 100000;
	run(4000);
	ATF_CHECK(li.li_ceiling < 800000);
	ATF_CHECK(run(10000) >= 96);
	ATF_CHECK_EQ(0, li.li_overflow);
}

/* Two ends that send to each other; of each the round trip has both queues. */
static struct {
	struct line en_line;
	struct ceiling en_ceiling;
	unsigned int en_percent;	/* see run() */
} ends[2];

static void
begin_both(uint32_t rtt, uint64_t rate)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		start(rtt, rate);
		ends[i].en_line = li;
		ends[i].en_ceiling = ce;
	}
}

static void
step_both(void)
{
	uint64_t behind[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		behind[i] = ends[1 - i].en_line.li_queue * 1000000 /
		    ends[1 - i].en_line.li_rate;
	for (i = 0; i < 2; i++) {
		li = ends[i].en_line;
		ce = ends[i].en_ceiling;
		li.li_behind = behind[i];
		li.li_received = ends[1 - i].en_line.li_arrived;
		step();
		ends[i].en_line = li;
		ends[i].en_ceiling = ce;
	}
}

static void
run_both(unsigned int ms)
{
	uint64_t before[2], n = ms * 1000 / STEP;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		before[i] = ends[i].en_line.li_arrived;
		ends[i].en_line.li_overflow = ends[i].en_line.li_worst = 0;
	}
	while (n-- > 0)
		step_both();
	for (i = 0; i < 2; i++)
		ends[i].en_percent =
		    (unsigned int)((ends[i].en_line.li_arrived - before[i]) *
			100 / (ends[i].en_line.li_rate * ms / 1000));
}

/* Neither gives up because the other's queue was full. */
ATF_TC_WITHOUT_HEAD(both_ways);
ATF_TC_BODY(both_ways, tc)
{
	static const uint32_t rtts[] = { 20000, 50000, 100000 };
	unsigned int i, n;

	for (n = 0; n < 3; n++) {
		begin_both(rtts[n], 12500000);
		ends[1].en_line.li_blind = true;
		run_both(8000);
		ATF_CHECK_EQ(0, ends[0].en_ceiling.ce_away);
		ATF_CHECK_MSG(ends[0].en_percent >= 80, "%u: %u %%", n,
		    ends[0].en_percent);
		ends[1].en_line.li_blind = false;
		run_both(10000);
		run_both(10000);
		for (i = 0; i < 2; i++) {
			ATF_CHECK_EQ(0, ends[i].en_ceiling.ce_away);
			ATF_CHECK_EQ(0, ends[i].en_line.li_overflow);
			ATF_CHECK_MSG(ends[i].en_percent >= 90, "%u: %u %%", n,
			    ends[i].en_percent);
			ATF_CHECK_MSG(ends[i].en_line.li_worst < rtts[n] / 2,
			    "%u: %ju us", n,
			    (uintmax_t)ends[i].en_line.li_worst);
		}
		/* the one that has less finds that there is more */
		ends[0].en_ceiling.ce_rate /= 2;
		run_both(20000);
		run_both(5000);
		ATF_CHECK_MSG(ends[0].en_percent >= 85, "%u: %u %%", n,
		    ends[0].en_percent);
	}
}

/* The line carries less from some time on: both ends follow. */
ATF_TC_WITHOUT_HEAD(both_ways_less);
ATF_TC_BODY(both_ways_less, tc)
{
	static const uint32_t rtts[] = { 20000, 50000, 100000 };
	unsigned int i, n;

	for (n = 0; n < 3; n++) {
		begin_both(rtts[n], 12500000);
		run_both(10000);
		for (i = 0; i < 2; i++)
			ends[i].en_line.li_rate =
			    ends[i].en_line.li_rate * 4 / 5;
		run_both(20000);
		run_both(10000);
		for (i = 0; i < 2; i++) {
			ATF_CHECK_MSG(ends[i].en_percent >= 85, "%u: %u %%", n,
			    ends[i].en_percent);
			ATF_CHECK_MSG(ends[i].en_line.li_worst < rtts[n] / 2,
			    "%u: %ju us", n,
			    (uintmax_t)ends[i].en_line.li_worst);
		}
	}
}

/* What the kernel says may be nonsense: no division by zero, no overflow. */
ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	struct ceiling_sample cs;
	uint64_t now = 1, rate;
	int i;

	memset(&ce, 0, sizeof(ce));
	srandom(1);
	for (i = 0; i < 200000; i++) {
		now += (uint64_t)random() % 200000;
		cs = (struct ceiling_sample){ .cs_now = now,
			.cs_sent = (uint64_t)random() << random() % 33,
			.cs_segments = (uint64_t)random() >> random() % 31,
			.cs_delivered = (uint64_t)random() >> random() % 31,
			.cs_received = (uint64_t)random() << random() % 33,
			.cs_rtt = (uint32_t)random() >> random() % 31,
			.cs_min_rtt = (uint32_t)random() >> random() % 31,
			.cs_busy = (uint64_t)random() << random() % 33,
			.cs_flight = (uint32_t)random() >> random() % 31,
			.cs_limited = random() % 2 != 0 };
		rate = ceiling_look(&ce, &cs);
		ATF_REQUIRE(rate == 0 || rate >= CEILING_LEAST);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, follows);
	ATF_TP_ADD_TC(tp, pauses);
	ATF_TP_ADD_TC(tp, small);
	ATF_TP_ADD_TC(tp, longer);
	ATF_TP_ADD_TC(tp, rarely);
	ATF_TP_ADD_TC(tp, little);
	ATF_TP_ADD_TC(tp, windows);
	ATF_TP_ADD_TC(tp, too_low);
	ATF_TP_ADD_TC(tp, begins);
	ATF_TP_ADD_TC(tp, long_path);
	ATF_TP_ADD_TC(tp, seek);
	ATF_TP_ADD_TC(tp, no_more);
	ATF_TP_ADD_TC(tp, shorter);
	ATF_TP_ADD_TC(tp, stuck);
	ATF_TP_ADD_TC(tp, crawls);
	ATF_TP_ADD_TC(tp, quiet);
	ATF_TP_ADD_TC(tp, forgets);
	ATF_TP_ADD_TC(tp, fresh);
	ATF_TP_ADD_TC(tp, jitter);
	ATF_TP_ADD_TC(tp, segments);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, both_ways);
	ATF_TP_ADD_TC(tp, both_ways_less);
	ATF_TP_ADD_TC(tp, nonsense);
	return (atf_no_error());
}
