/* SPDX-License-Identifier: ISC */
/*
 * The queue's behaviour as RFC 8289 and 8290 promise it, in simulations.
 */
#include "sim.h"

enum { MTU = 1460, SECOND = 1000000 };

/* Share of the line that was used in `us`. */
static double
used(const struct sim *sm, uint64_t us)
{
	double bytes = 0;
	unsigned int i;

	for (i = 0; i < SIM_FLOWS; i++)
		bytes += (double)sm->sm_flow[i].fl_bytes;
	return (bytes / (sm->sm_rate * (double)us));
}

static double
mean_delay(const struct sim_flow *fl)
{
	return ((double)fl->fl_delay / (double)fl->fl_frames);
}

/*
 * A bulk flow's standing queue is about the target, and not so short that
 * the line idles (a Reno flow of one alone may: RFC 8289, 4.1).
 */
ATF_TC_WITHOUT_HEAD(standing);
ATF_TC_BODY(standing, tc)
{
	static const struct {
		double mbit;
		uint64_t rtt;
	} v[] = { { 20, 20000 }, { 100, 20000 }, { 50, 100000 }, { 2, 50000 } };
	struct sim sm;
	double target;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		sim_init(&sm, v[i].mbit, (uint32_t)v[i].rtt);
		sim_add(&sm, 0, MTU, 0, v[i].rtt);
		sim_run(&sm, 30 * SECOND);
		sim_reset(&sm);
		sim_run(&sm, 30 * SECOND);
		target = aqm_path(sm.sm_aqm)->cp_target;
		printf("%g Mbit/s, %g ms: delay %.1f ms of target %.1f, "
		       "used %.3f\n",
		    v[i].mbit, (double)v[i].rtt / 1000,
		    mean_delay(&sm.sm_flow[0]) / 1000, target / 1000,
		    used(&sm, 30 * SECOND));
		ATF_CHECK(mean_delay(&sm.sm_flow[0]) <
		    2 * target + 12000 / v[i].mbit);
		ATF_CHECK(used(&sm, 30 * SECOND) > 0.85);
		ATF_CHECK(aqm_stats(sm.sm_aqm)->as_end[AQM_DELAY] > 0);
		ATF_CHECK_EQ(aqm_stats(sm.sm_aqm)->as_end[AQM_FULL], 0);
		sim_fini(&sm);
	}
}

/* Voice beside eight bulk flows: nothing lost, one frame's time of waiting. */
ATF_TC_WITHOUT_HEAD(sparse);
ATF_TC_BODY(sparse, tc)
{
	struct sim sm;
	unsigned int i;

	sim_init(&sm, 10, 20000);
	for (i = 0; i < 8; i++)
		sim_add(&sm, i, MTU, 0, 20000 + 10000 * i);
	sim_run(&sm, 5 * SECOND);
	sim_add(&sm, 8, 146, 0, 0)->fl_every = 20000;
	sim_run(&sm, 20 * SECOND);
	/* a frame of 1514 that has begun, and its own 200: 1.4 ms */
	ATF_CHECK_EQ(sm.sm_flow[8].fl_lost, 0);
	ATF_CHECK(sm.sm_flow[8].fl_frames > 990);
	printf("most %ju us\n", (uintmax_t)sm.sm_flow[8].fl_delay_max);
	ATF_CHECK(sm.sm_flow[8].fl_delay_max < 2 * 1514 * 8 / 10 + 200);
	sim_fini(&sm);
}

/* The same beside super-frames, which leave in parts of a turn. */
ATF_TC_WITHOUT_HEAD(super);
ATF_TC_BODY(super, tc)
{
	struct sim sm;
	unsigned int i;

	for (i = 1; i <= 100; i *= 10) {
		sim_init(&sm, i, 20000);
		sim_add(&sm, 0, 62000, MTU, 20000)->fl_every = 620000 / i;
		sim_add(&sm, 1, 146, 0, 0)->fl_every = 20000;
		sim_run(&sm, 10 * SECOND);
		ATF_CHECK_EQ(sm.sm_flow[1].fl_lost, 0);
		printf("%u Mbit/s: most %ju us, used %.3f\n", i,
		    (uintmax_t)sm.sm_flow[1].fl_delay_max,
		    used(&sm, 10 * SECOND));
		/* a part of a turn and a half, at least a frame */
		ATF_CHECK(sm.sm_flow[1].fl_delay_max <
		    sim_max(1.5 * AQM_PART, 1514 * 8.0 / i) + 1600.0 / i + 100);
		if (i < 100)
			ATF_CHECK(aqm_stats(sm.sm_aqm)->as_split > 0);
		sim_fini(&sm);
	}
}

/* Eight flows with round trips of 10 to 200 ms. */
static double
jain(const struct sim *sm, unsigned int n)
{
	double sum = 0, squares = 0, x;
	unsigned int i;

	for (i = 0; i < n; i++) {
		x = (double)sm->sm_flow[i].fl_bytes;
		sum += x;
		squares += x * x;
	}
	return (sum * sum / (n * squares));
}

ATF_TC_WITHOUT_HEAD(fair);
ATF_TC_BODY(fair, tc)
{
	static const uint64_t rtt[8] = { 10, 20, 20, 40, 60, 100, 150, 200 };
	struct sim sm;
	unsigned int i;

	sim_init(&sm, 50, 60000);
	for (i = 0; i < 8; i++)
		sim_add(&sm, i, MTU, 0, rtt[i] * 1000);
	sim_run(&sm, 20 * SECOND);
	sim_reset(&sm);
	sim_run(&sm, 40 * SECOND);
	printf("Jain's index %.4f, used %.3f\n", jain(&sm, 8),
	    used(&sm, 40 * SECOND));
	ATF_CHECK(jain(&sm, 8) >= 0.95);
	ATF_CHECK(used(&sm, 40 * SECOND) > 0.95);
	sim_fini(&sm);
}

/* A flow of super-frames gets no more than one of single frames. */
ATF_TC_WITHOUT_HEAD(fair_super);
ATF_TC_BODY(fair_super, tc)
{
	struct sim sm;
	double a, b;

	sim_init(&sm, 50, 20000);
	sim_add(&sm, 0, MTU, 0, 20000)->fl_every = 100;
	sim_add(&sm, 1, 62000, MTU, 20000)->fl_every = 4000;
	sim_run(&sm, 10 * SECOND);
	a = (double)sm.sm_flow[0].fl_bytes;
	b = (double)sm.sm_flow[1].fl_bytes;
	printf("%.0f and %.0f bytes\n", a, b);
	ATF_CHECK(a > 0.95 * b && b > 0.95 * a);
	sim_fini(&sm);
}

/* Marks instead of drops, with the same short queue. */
ATF_TC_WITHOUT_HEAD(ecn);
ATF_TC_BODY(ecn, tc)
{
	struct sim sm;
	double target;
	unsigned int i;

	sim_init(&sm, 50, 20000);
	for (i = 0; i < 4; i++)
		sim_ecn(sim_add(&sm, i, MTU, 0, 20000)->fl_frame);
	sim_run(&sm, 10 * SECOND);
	sim_reset(&sm);
	sim_run(&sm, 20 * SECOND);
	target = aqm_path(sm.sm_aqm)->cp_target;
	for (i = 0; i < 4; i++) {
		ATF_CHECK_EQ(sm.sm_flow[i].fl_lost, 0);
		ATF_CHECK(sm.sm_flow[i].fl_marks > 0);
		ATF_CHECK(mean_delay(&sm.sm_flow[i]) < 2.5 * target);
	}
	printf("delay %.1f ms of target %.1f\n",
	    mean_delay(&sm.sm_flow[0]) / 1000, target / 1000);
	ATF_CHECK_EQ(aqm_stats(sm.sm_aqm)->as_end[AQM_DELAY], 0);
	sim_fini(&sm);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, standing);
	ATF_TP_ADD_TC(tp, sparse);
	ATF_TP_ADD_TC(tp, super);
	ATF_TP_ADD_TC(tp, fair);
	ATF_TP_ADD_TC(tp, fair_super);
	ATF_TP_ADD_TC(tp, ecn);
	return (atf_no_error());
}
