/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "kern/bucket.h"

ATF_TC_WITHOUT_HEAD(no_limit);
ATF_TC_BODY(no_limit, tc)
{
	struct bucket bk;

	bucket_init(&bk, 0, 0, 0);
	ATF_CHECK(bucket_take(&bk, UINT32_MAX, 0));
}

ATF_TC_WITHOUT_HEAD(burst_then_rate);
ATF_TC_BODY(burst_then_rate, tc)
{
	struct bucket bk;
	int i, taken = 0;

	bucket_init(&bk, 100, 10, 1000);
	for (i = 0; i < 20; i++)
		taken += bucket_take(&bk, 1, 1000);
	ATF_CHECK_EQ(taken, 10);
	ATF_CHECK(!bucket_take(&bk, 1, 1009));	/* 0.9 tokens */
	ATF_CHECK(bucket_take(&bk, 1, 1010));
	for (taken = 0, i = 1011; i <= 3010; i++)
		taken += bucket_take(&bk, 1, (uint64_t)i);
	ATF_CHECK_EQ(taken, 200);
}

ATF_TC_WITHOUT_HEAD(never_over_burst);
ATF_TC_BODY(never_over_burst, tc)
{
	struct bucket bk;

	bucket_init(&bk, UINT32_MAX, 5, 0);
	ATF_CHECK(bucket_take(&bk, 5, UINT64_MAX / 2));
	ATF_CHECK(!bucket_take(&bk, 1, UINT64_MAX / 2));
	ATF_CHECK(!bucket_take(&bk, 6, UINT64_MAX));
	ATF_CHECK(bucket_take(&bk, 5, UINT64_MAX));
	ATF_CHECK(!bucket_take(&bk, 1, 0));	/* a clock that went back */
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_limit);
	ATF_TP_ADD_TC(tp, burst_then_rate);
	ATF_TP_ADD_TC(tp, never_over_burst);
	return (atf_no_error());
}
