/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "../../usr.sbin/vnicd/backoff.c"

/* The longest wait before each attempt, with the largest random number. */
static uint32_t
longest(uint32_t min, uint32_t max, unsigned int n)
{
	uint32_t best = 0, d, r;

	for (r = 0; r < 200000; r++) {
		d = backoff_delay(min, max, n, r);
		if (d > best)
			best = d;
	}
	return (best);
}

ATF_TC_WITHOUT_HEAD(backoff_doubles);
ATF_TC_BODY(backoff_doubles, tc)
{
	ATF_CHECK_EQ(500, longest(500, 30000, 0));
	ATF_CHECK_EQ(1000, longest(500, 30000, 1));
	ATF_CHECK_EQ(16000, longest(500, 30000, 5));
	ATF_CHECK_EQ(30000, longest(500, 30000, 6));
	ATF_CHECK_EQ(30000, longest(500, 30000, 4000000000u));
}

ATF_TC_WITHOUT_HEAD(backoff_never_busy);
ATF_TC_BODY(backoff_never_busy, tc)
{
	uint32_t r;

	for (r = 0; r < 100000; r++)
		ATF_REQUIRE(backoff_delay(50, 30000, 3, r) >= 50);
	ATF_CHECK_EQ(50, backoff_delay(50, 50, 0, 12345));
	ATF_CHECK_EQ(50, backoff_delay(50, 50, 9, UINT32_MAX));
}

ATF_TC_WITHOUT_HEAD(backoff_jitters);
ATF_TC_BODY(backoff_jitters, tc)
{
	ATF_CHECK(backoff_delay(500, 30000, 6, 1000) !=
	    backoff_delay(500, 30000, 6, 20000));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, backoff_doubles);
	ATF_TP_ADD_TC(tp, backoff_never_busy);
	ATF_TP_ADD_TC(tp, backoff_jitters);
	return (atf_no_error());
}
