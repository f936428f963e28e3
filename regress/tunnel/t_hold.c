/* SPDX-License-Identifier: ISC */
/* How long acknowledgements are held, on lines with queues of their own. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "tunnel/hold.h"

enum {
	STEP = 20000,		/* us between two looks */
	RTT = 20000,
	ACK = 200,		/* bytes of one, alone in its segment */
	FLOWS = 4,
	MORE = 80,		/* bytes of one more in a segment */
	LIMIT = 12500		/* of the line's queue */
};

static struct line {
	uint64_t li_now;
	uint64_t li_rate;	/* bytes a second */
	uint64_t li_acks;	/* a second, without a hold */
	uint64_t li_queue;	/* bytes */
	uint32_t li_others;	/* us that data waits in any case */
} li;
static struct hold ho;

static void
start(uint64_t rate, uint64_t acks, uint32_t others)
{
	memset(&ho, 0, sizeof(ho));
	li = (struct line){ .li_now = 1000000,
		.li_rate = rate,
		.li_acks = acks,
		.li_others = others };
}

/* Bytes a second: one acknowledgement of each flow a hold, in one segment. */
static uint64_t
offered(void)
{
	uint64_t each = ACK + (FLOWS - 1) * MORE;
	uint64_t alone = li.li_acks * ACK;

	if (ho.ho_now == 0 || each * 1000000 / ho.ho_now > alone)
		return (alone);
	return (each * 1000000 / ho.ho_now);
}

static uint32_t
waits(void)
{
	return (li.li_others + (uint32_t)(li.li_queue * 1000000 / li.li_rate));
}

static void
run(unsigned int ms)
{
	uint64_t end = li.li_now + (uint64_t)ms * 1000, out;

	for (; li.li_now < end; li.li_now += STEP) {
		li.li_queue += offered() * STEP / 1000000;
		out = li.li_rate * STEP / 1000000;
		li.li_queue -= out < li.li_queue ? out : li.li_queue;
		if (li.li_queue > LIMIT)
			li.li_queue = LIMIT;
		hold_look(&ho, li.li_now, RTT, waits());
	}
}

/* Acknowledgements that fill the line are held, until they are few. */
ATF_TC_WITHOUT_HEAD(narrow);
ATF_TC_BODY(narrow, tc)
{
	unsigned int i, bad = 0;

	start(100000, 800, 0);
	run(200);
	ATF_CHECK_EQ(0, ho.ho_now);
	run(2000);
	ATF_CHECK(ho.ho_now >= HOLD_LEAST && ho.ho_now <= HOLD_MOST);
	ATF_CHECK(waits() < HOLD_WAITS);
	/* and stay so */
	for (i = 0; i < 600; i++) {
		run(100);
		ATF_REQUIRE(ho.ho_now != 0);
		bad += waits() > 2 * HOLD_WAITS;
	}
	ATF_CHECK(bad < 60);
	li.li_acks = 50;
	run(15000);
	ATF_CHECK_EQ(0, ho.ho_now);
}

/* A line with room for them is left alone. */
ATF_TC_WITHOUT_HEAD(wide);
ATF_TC_BODY(wide, tc)
{
	unsigned int i;

	start(1000000, 800, HOLD_WAITS);
	for (i = 0; i < 100; i++) {
		run(100);
		ATF_REQUIRE_EQ(0, ho.ho_now);
	}
}

/* Where data waits for others' sake it is tried, ever more seldom. */
ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	unsigned int i, held = 0;

	start(1000000, 800, 50000);
	for (i = 0; i < 12000; i++) {
		run(STEP / 1000);
		held += ho.ho_now != 0;
	}
	/* of 240 s: at 0, 10, 31, 72 and 152, for 0.6 s */
	ATF_CHECK(held > 60);
	ATF_CHECK(held < 5 * 40);
	ATF_CHECK(ho.ho_away >= 80000000 && ho.ho_away <= HOLD_AWAY_MAX);
}

/* Held, and then others fill the path: there is another try in a minute. */
ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	start(100000, 800, 0);
	run(3000);
	ATF_REQUIRE(ho.ho_now != 0);
	li.li_others = 40000;
	run(20000);
	ATF_CHECK_EQ(HOLD_FIRST + RTT / 4, ho.ho_now);
	/* by then acknowledgements are few */
	li.li_acks = 50;
	run(65000);
	ATF_CHECK_EQ(0, ho.ho_now);
	ATF_CHECK(ho.ho_away != 0);
}

/* Looks far apart are of no window. */
ATF_TC_WITHOUT_HEAD(pauses);
ATF_TC_BODY(pauses, tc)
{
	unsigned int i;

	memset(&ho, 0, sizeof(ho));
	for (i = 1; i < 100; i++)
		ATF_REQUIRE_EQ(0,
		    hold_look(&ho, i * UINT64_C(200000), RTT, 100000));
}

ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	uint64_t now = 1;
	uint32_t us;
	int i;

	memset(&ho, 0, sizeof(ho));
	srandom(1);
	for (i = 0; i < 200000; i++) {
		now += (uint64_t)random() % 150000;
		us = hold_look(&ho, now, (uint32_t)random() << random() % 2,
		    (uint32_t)random() << random() % 2);
		ATF_REQUIRE(us <= HOLD_MOST);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, narrow);
	ATF_TP_ADD_TC(tp, wide);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, pauses);
	ATF_TP_ADD_TC(tp, nonsense);
	return (atf_no_error());
}
