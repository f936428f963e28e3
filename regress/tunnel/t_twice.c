/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <atf-c.h>

#include "tunnel/twice.h"

static struct twice tw;

static void
start(uint32_t number)
{
	memset(&tw, 0, sizeof(tw));
	ATF_CHECK(twice_first(&tw, number));
	ATF_CHECK(!twice_first(&tw, number));
}

ATF_TC_WITHOUT_HEAD(once);
ATF_TC_BODY(once, tc)
{
	uint32_t i;

	start(1);
	for (i = 2; i < 20000; i++) {
		ATF_CHECK(twice_first(&tw, i));
		ATF_CHECK(!twice_first(&tw, i));
		ATF_CHECK(!twice_first(&tw, i - 1));
	}
}

/* One connection is behind: what the other has not brought is taken. */
ATF_TC_WITHOUT_HEAD(behind);
ATF_TC_BODY(behind, tc)
{
	uint32_t i;

	start(1000);
	for (i = 1002; i < 1000 + TWICE_WINDOW; i += 2)
		ATF_CHECK(twice_first(&tw, i));
	for (i = 1001; i < 1000 + TWICE_WINDOW; i++)
		ATF_CHECK_EQ(i % 2 == 1, twice_first(&tw, i));
	/* but nothing that is too old to be told from a copy */
	start(1000);
	ATF_CHECK(twice_first(&tw, 1001 + TWICE_WINDOW));
	ATF_CHECK(!twice_first(&tw, 1001));
	ATF_CHECK(twice_first(&tw, 1002));
}

/* What the window moves over is forgotten, by one as by many. */
ATF_TC_WITHOUT_HEAD(moves);
ATF_TC_BODY(moves, tc)
{
	static const uint32_t steps[] = { 1, 63, 64, 65, TWICE_WINDOW - 1,
		TWICE_WINDOW, TWICE_WINDOW + 1, 1U << 20, (1U << 31) - 1 };
	uint32_t at, i, j;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		start(5);
		for (at = 6; at < 5 + 2 * TWICE_WINDOW; at++)
			ATF_REQUIRE(twice_first(&tw, at));
		at += steps[i];
		ATF_CHECK(twice_first(&tw, at));
		for (j = 1; j < TWICE_WINDOW; j++)
			ATF_CHECK_EQ_MSG(j <= steps[i],
			    twice_first(&tw, at - j), "step %u, %u below",
			    steps[i], j);
		ATF_CHECK(!twice_first(&tw, at - TWICE_WINDOW));
	}
}

ATF_TC_WITHOUT_HEAD(wraps);
ATF_TC_BODY(wraps, tc)
{
	uint32_t i;

	start(UINT32_MAX - 10000);
	for (i = UINT32_MAX - 9999; i != 10000; i++) {
		ATF_CHECK(twice_first(&tw, i));
		ATF_CHECK(!twice_first(&tw, i));
		ATF_CHECK(!twice_first(&tw, i - 1));
	}
}

/* Numbers of a peer's own choice: none is ever taken twice. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	uint32_t seed = 4711, number;
	int i;

	start(0);
	for (i = 0; i < 1000000; i++) {
		seed = seed * 1664525 + 1013904223;
		number = seed;
		if (i % 3 != 0)
			number = tw.tw_high - 5000 + (seed >> 8) % 10000;
		(void)twice_first(&tw, number);
		ATF_REQUIRE(!twice_first(&tw, number));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, behind);
	ATF_TP_ADD_TC(tp, moves);
	ATF_TP_ADD_TC(tp, wraps);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
