/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/moderate.h"

enum { SECOND = 1000000 };

struct run {
	struct moderate rn_mo;
	uint64_t rn_now;
};

/*
 * Rounds of n frames, one every `gap` us, for a time; how many of them have a
 * pause behind them, in thousandths.
 */
static unsigned int
steady(struct run *rn, const struct frame *f, unsigned int n, uint64_t gap,
    uint64_t time)
{
	uint64_t end = rn->rn_now + time;
	unsigned int i, rounds = 0, pauses = 0;

	for (; rn->rn_now < end; rounds++) {
		for (i = 0; i < n; i++)
			moderate_frame(&rn->rn_mo, f);
		pauses += moderate_next(&rn->rn_mo, rn->rn_now);
		rn->rn_now += gap;
	}
	return (rounds == 0 ? 0 : pauses * 1000 / rounds);
}

static struct frame *
make(size_t len)
{
	struct frame *f = frame_alloc(len);

	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 0, len);
	return (f);
}

/*
 * Frames come one every `gap` us, and wait while there is a pause, for a time;
 * how many frames a round has, in tenths.
 */
static unsigned int
stream(struct run *rn, const struct frame *f, uint64_t gap, uint64_t time)
{
	uint64_t end = rn->rn_now + time, next = rn->rn_now;
	unsigned int rounds, frames = 0;

	for (rounds = 1; rn->rn_now < end; rounds++) {
		if (rn->rn_now < next)
			rn->rn_now = next;
		for (; next <= rn->rn_now; next += gap, frames++)
			moderate_frame(&rn->rn_mo, f);
		if (moderate_next(&rn->rn_mo, rn->rn_now))
			rn->rn_now += MODERATE_PAUSE;
	}
	return (frames * 10 / rounds);
}

ATF_TC_WITHOUT_HEAD(dense);
ATF_TC_BODY(dense, tc)
{
	struct run rn = { .rn_now = 2 * SECOND };
	struct frame *f = make(60);

	/* not before it is known to be a stream */
	ATF_CHECK(stream(&rn, f, 60, MODERATE_WINDOW / 2) <= 10);
	stream(&rn, f, 60, 2 * MODERATE_WINDOW);
	/* it goes on while the pauses make rounds rarer */
	ATF_CHECK(stream(&rn, f, 60, SECOND) >= 30);
	ATF_CHECK(stream(&rn, f, 20, SECOND) >= 90);
	/* a round that is large enough is followed by the next one at once */
	ATF_CHECK_EQ(steady(&rn, f, MODERATE_ENOUGH, 500, SECOND), 0);
	/* and one without frames sleeps as ever */
	ATF_CHECK_EQ(steady(&rn, f, 0, 60, MODERATE_WINDOW / 2), 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(sparse);
ATF_TC_BODY(sparse, tc)
{
	struct run rn = { .rn_now = 2 * SECOND };
	struct frame *f = make(60);

	/* a ping every millisecond, there and back */
	ATF_CHECK_EQ(steady(&rn, f, 2, 1000, 10 * SECOND), 0);
	/* under the rate, and under the lower one when it was over it */
	ATF_CHECK_EQ(steady(&rn, f, 2, 220, SECOND), 0);
	steady(&rn, f, 2, 100, SECOND);
	ATF_CHECK_EQ(steady(&rn, f, 2, 220, SECOND), 1000);
	steady(&rn, f, 2, 420, 2 * MODERATE_WINDOW);
	ATF_CHECK_EQ(steady(&rn, f, 2, 420, SECOND), 0);
	/* after a long sleep it is to be found out anew */
	steady(&rn, f, 2, 100, SECOND);
	rn.rn_now += 10 * SECOND;
	ATF_CHECK_EQ(steady(&rn, f, 2, 100, MODERATE_WINDOW / 2), 0);
	frame_free(f);
}

/* The next question comes after the answer: one frame a round for ever. */
ATF_TC_WITHOUT_HEAD(conversation);
ATF_TC_BODY(conversation, tc)
{
	struct run rn = { .rn_now = 2 * SECOND };
	struct frame *f = make(98);
	uint64_t lost = 0;
	unsigned int i;

	while (rn.rn_now < 62 * (uint64_t)SECOND) {
		moderate_frame(&rn.rn_mo, f);
		if (moderate_next(&rn.rn_mo, rn.rn_now)) {
			lost += MODERATE_PAUSE;
			rn.rn_now += MODERATE_PAUSE;
		}
		rn.rn_now += 50;
	}
	/* a window of each second */
	ATF_CHECK(lost > 0);
	ATF_CHECK(lost < 60 * (uint64_t)SECOND / 40);
	/* a stream after it is known for one when the rest is over */
	rn.rn_now += MODERATE_REST;
	for (i = 0; i < 3; i++)
		stream(&rn, f, 60, MODERATE_WINDOW);
	ATF_CHECK(stream(&rn, f, 60, SECOND) >= 30);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	struct run rn = { .rn_now = 2 * SECOND };
	struct frame *full = make(1514), *super = make(60000),
		     *small = make(60);

	ATF_CHECK_EQ(steady(&rn, full, 1, 20, SECOND), 0);
	super->f_offload.fo_gso_size = 1448;
	ATF_CHECK_EQ(steady(&rn, super, 1, 100, SECOND), 0);
	/* acknowledgements among the data do not change that */
	while (rn.rn_now < 5 * SECOND) {
		moderate_frame(&rn.rn_mo, full);
		ATF_CHECK_EQ(steady(&rn, small, 1, 20, 20), 0);
	}
	frame_free(full);
	frame_free(super);
	frame_free(small);
}

/* Small frames that were merged on the way are what they hold. */
ATF_TC_WITHOUT_HEAD(merged);
ATF_TC_BODY(merged, tc)
{
	struct run rn = { .rn_now = 2 * SECOND };
	struct frame *f = make(42 + 18 * 8);

	f->f_offload.fo_gso_size = 18;
	steady(&rn, f, 1, 500, SECOND);
	ATF_CHECK_EQ(steady(&rn, f, 1, 500, SECOND), 1000);
	/* a segment size that fits no frame counts as one frame */
	f->f_offload.fo_gso_size = 60000;
	steady(&rn, f, 1, 500, SECOND);
	ATF_CHECK_EQ(steady(&rn, f, 1, 500, SECOND), 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(pause);
ATF_TC_BODY(pause, tc)
{
	struct moderate mo = { .mo_on = false };
	struct frame *f = make(60);
	uint64_t began;

	moderate_pause(&mo);
	ATF_CHECK_EQ(mo.mo_began, 0);
	mo.mo_began = began = clock_us();
	mo.mo_on = true;
	moderate_frame(&mo, f);
	moderate_pause(&mo);
	ATF_CHECK(clock_us() - began >= MODERATE_PAUSE);
	frame_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dense);
	ATF_TP_ADD_TC(tp, sparse);
	ATF_TP_ADD_TC(tp, conversation);
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, merged);
	ATF_TP_ADD_TC(tp, pause);
	return (atf_no_error());
}
