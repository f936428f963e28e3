/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "../../usr.sbin/vnicd/need.c"

ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now, bytes = 0;

	for (now = 1000; now < 100000; now += 50) {
		need_look(&nd, bytes += 500, now);	/* 80 kbit/s */
		ATF_REQUIRE(!need_many(&nd, now));
	}
}

ATF_TC_WITHOUT_HEAD(busy);
ATF_TC_BODY(busy, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now, bytes = 0;

	for (now = 1000; now < 2000; now += 10)
		need_look(&nd, bytes += 10000, now);	/* 8 Mbit/s */
	ATF_CHECK(need_many(&nd, now));
	ATF_CHECK(need_many(&nd, now + NEED_QUIET - 1000));
	ATF_CHECK(!need_many(&nd, now + NEED_QUIET));
}

/* Much in a time that nobody knows is no rate. */
ATF_TC_WITHOUT_HEAD(pause_between);
ATF_TC_BODY(pause_between, tc)
{
	struct need nd = { .nd_at = 0 };

	need_look(&nd, 1000, 1000);
	need_look(&nd, 100000000, 60000);
	ATF_CHECK(!need_many(&nd, 60000));
	need_look(&nd, 100000000 + NEED_BYTES, 60000 + NEED_LOOK);
	ATF_CHECK(need_many(&nd, 60000 + NEED_LOOK));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, busy);
	ATF_TP_ADD_TC(tp, pause_between);
	return (atf_no_error());
}
