/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "tunnel/path.h"

static struct path pa;
static struct path_sample ps;

static void
start(uint32_t min_rtt, uint64_t rate)
{
	path_init(&pa);
	ps = (struct path_sample){ .ps_now = 1000,
		.ps_rate = rate,
		.ps_min_rtt = min_rtt };
}

/* A second in which n segments were sent, `lost` of them twice. */
static bool
second(uint64_t n, uint64_t lost)
{
	ps.ps_now += 1000;
	ps.ps_segments += n;
	ps.ps_retransmits += lost;
	return (path_look(&pa, &ps));
}

/* A minute of it; whether the choice is BBR at the end. */
static bool
minute(uint32_t min_rtt, uint64_t rate, uint64_t n, uint64_t lost)
{
	int i;

	start(min_rtt, rate);
	for (i = 0; i < 60; i++)
		second(n, lost);
	return (pa.pa_bbr);
}

ATF_TC_WITHOUT_HEAD(choice);
ATF_TC_BODY(choice, tc)
{
	static const struct {
		uint32_t c_rtt;
		uint64_t c_rate, c_n, c_lost;
		bool c_bbr;
	} cases[] = {
		/* a LAN or a data centre, clean and nearly so */
		{ 100, 500000000, 300000, 0, false },
		{ 100, 500000000, 300000, 300, false },
		{ 1000, 120000000, 80000, 2, false },
		/* 10 ms with 1 % of loss: cubic stops at 14 Mbit/s */
		{ 10000, 1000000, 1000, 10, true },
		/* a few losses far away weigh more than many at hand */
		{ 80000, 3000000, 2000, 3, true },
		/* a DSL line over a little distance, clean */
		{ 25000, 2000000, 1400, 0, false },
		/* long and fat, clean */
		{ 100000, 60000000, 40000, 0, true },
		/* next to no traffic says nothing */
		{ 100000, 1000, 3, 1, false },
		/* nonsense must not overflow */
		{ UINT32_MAX, UINT64_MAX, 1 << 20, 1 << 20, true },
		{ 0, 0, 1 << 20, 1 << 20, false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].c_bbr,
		    minute(cases[i].c_rtt, cases[i].c_rate, cases[i].c_n,
			cases[i].c_lost),
		    "case %zu", i);
}

/* Seconds until BBR where data waits so long; 0: it stays cubic. */
static int
until_bbr(uint32_t waits, uint64_t rate, uint32_t bytes, bool limited)
{
	int i;

	start(5000, rate);
	ps.ps_rtt = ps.ps_min_rtt + waits;
	ps.ps_limited = limited;
	for (i = 1; i <= 60; i++) {
		ps.ps_bytes += UINT64_C(1000) * bytes;
		if (second(1000, 0))
			return (i);
	}
	return (0);
}

/* A queue of ours that stays in the line calls for BBR's ceiling. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	ATF_CHECK_EQ(2, until_bbr(15000, 12500000, 1448, false));
	ATF_CHECK_EQ(2, until_bbr(PATH_FULL_US, 12500000, 1448, false));
	ATF_CHECK_EQ(0, until_bbr(PATH_FULL_US - 1, 12500000, 1448, false));
	ATF_CHECK(!pa.pa_full);
	/* that is why; losses say nothing of what the line carries */
	ATF_CHECK_EQ(2, until_bbr(15000, 12500000, 1448, false));
	ATF_CHECK(pa.pa_full);
	ATF_CHECK_EQ(1448000, pa.pa_rate);
	start(10000, 1000000);
	second(1000, 10);
	ATF_CHECK(second(1000, 10));
	ATF_CHECK(!pa.pa_full);
	/* of acknowledgements, on a fast line, or not of ours */
	ATF_CHECK_EQ(0, until_bbr(15000, 12500000, 100, false));
	ATF_CHECK_EQ(0, until_bbr(15000, PATH_FAST, 1448, false));
	ATF_CHECK_EQ(0, until_bbr(15000, 12500000, 1448, true));
	/* a round trip shorter than the shortest */
	start(20000, 12500000);
	ps.ps_rtt = 10000;
	ps.ps_bytes = 1448000;
	ATF_CHECK(!second(1000, 0));
	ATF_CHECK(!second(1000, 0));
}

/* n seconds of 1,000 segments without a loss; whether it is BBR then. */
static bool
clean(int n)
{
	while (n-- > 0)
		second(1000, 0);
	return (pa.pa_bbr);
}

/* One bad second is none; few segments wait until they are many. */
ATF_TC_WITHOUT_HEAD(windows);
ATF_TC_BODY(windows, tc)
{
	int i;

	start(10000, 1000000);
	for (i = 0; i < 100; i++) {
		ATF_CHECK(!second(1000, 10));
		ATF_CHECK(!clean(61));
	}
	ATF_CHECK(!second(1000, 10));
	ATF_CHECK(!clean(58));
	ATF_CHECK(second(1000, 10));
	ATF_CHECK(pa.pa_bbr);

	start(10000, 100000);
	for (i = 0; i < 20; i++)
		ATF_CHECK(!second(19, 1));
	ATF_CHECK(!pa.pa_bbr);
	second(19, 1);
	second(19, 1);
	ATF_CHECK(pa.pa_bbr);
}

/* Seconds until BBR where one of so many segments is lost; 0: it stays cubic */
static int
until_bbr_losing(uint32_t min_rtt, int one_of)
{
	int i;

	start(min_rtt, 1000000);
	for (i = 1; i <= 600; i++)
		if (second(1000, i * 1000 % one_of == 0))
			return (i);
	return (0);
}

/* On a long line single losses are enough. */
ATF_TC_WITHOUT_HEAD(few_losses);
ATF_TC_BODY(few_losses, tc)
{
	int i;

	ATF_CHECK_EQ(6, until_bbr_losing(100000, 1000));
	ATF_CHECK_EQ(60, until_bbr_losing(100000, 10000));
	ATF_CHECK_EQ(0, until_bbr_losing(100000, 30000));
	ATF_CHECK_EQ(0, until_bbr_losing(1000, 10000));
	/* and they keep it with BBR */
	ATF_CHECK_EQ(6, until_bbr_losing(100000, 1000));
	ATF_CHECK(clean(59));
	ATF_CHECK(!clean(2));
	ATF_CHECK_EQ(6, until_bbr_losing(100000, 1000));
	for (i = 0; i < 600; i++)
		second(1000, i % 10 == 0);
	ATF_CHECK(pa.pa_bbr);
}

/* Seconds of cleanliness until it is cubic again. */
static int
until_cubic(void)
{
	int n = 1;

	second(1000, 10);
	ATF_REQUIRE(second(1000, 10));
	while (!second(1000, 0) && n < 100000)
		n++;
	ATF_CHECK(!pa.pa_bbr);
	return (n);
}

/* The way back takes longer each time, up to a limit. */
ATF_TC_WITHOUT_HEAD(hysteresis);
ATF_TC_BODY(hysteresis, tc)
{
	int i, want = PATH_CLEAN_MS / 1000;

	start(10000, 1000000);
	for (i = 0; i < 8; i++) {
		ATF_CHECK_EQ(want + 1, until_cubic());
		want *= 2;
		if (want > PATH_CLEAN_MAX_MS / 1000)
			want = PATH_CLEAN_MAX_MS / 1000;
	}
	/* A loss in between starts it anew. */
	start(10000, 1000000);
	second(1000, 10);
	second(1000, 10);
	for (i = 0; i < 500; i++)
		ATF_CHECK(!second(1000, i % 50 == 0 ? 10 : 0));
	ATF_CHECK(pa.pa_bbr);
}

/* What a first slow start is at. */
static struct path_start
start_at(uint32_t min_rtt, uint32_t window)
{
	path_init(&pa);
	return ((struct path_start){ .pt_window = window,
	    .pt_threshold = INT32_MAX,
	    .pt_min_rtt = min_rtt });
}

/* BBR goes on where the line is to be filled and cubic would not. */
ATF_TC_WITHOUT_HEAD(slow_start);
ATF_TC_BODY(slow_start, tc)
{
	static const struct {
		uint32_t c_rtt, c_threshold, c_lost;
		bool c_bbr;
	} cases[] = {
		{ PATH_NEAR_US, INT32_MAX, 1, true },
		{ PATH_NEAR_US - 1, INT32_MAX, 1, false },
		{ PATH_LONG_US, 100, 0, true },
		{ PATH_LONG_US, 90, 0, true },
		{ PATH_LONG_US - 1, 100, 0, false },
	};
	struct path_start pt;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pt = start_at(cases[i].c_rtt, 100);
		ATF_CHECK(!path_look_start(&pa, &pt));
		ATF_CHECK(!pa.pa_started);
		pt.pt_threshold = cases[i].c_threshold;
		pt.pt_retransmits = cases[i].c_lost;
		ATF_CHECK_EQ_MSG(cases[i].c_bbr, path_look_start(&pa, &pt),
		    "case %zu", i);
		ATF_CHECK(pa.pa_started);
		ATF_CHECK_EQ(cases[i].c_bbr, pa.pa_bbr);
	}
	/* where it was to end has not been reached */
	pt = start_at(PATH_LONG_US, 100);
	pt.pt_threshold = 101;
	ATF_CHECK(!path_look_start(&pa, &pt));
	ATF_CHECK(!pa.pa_started);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, choice);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, windows);
	ATF_TP_ADD_TC(tp, few_losses);
	ATF_TP_ADD_TC(tp, hysteresis);
	ATF_TP_ADD_TC(tp, slow_start);
	return (atf_no_error());
}
