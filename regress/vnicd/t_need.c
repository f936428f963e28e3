/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "../../usr.sbin/vnicd/need.c"

ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now, bytes = 0;

	for (now = 1000; now < 100000; now += 50) {
		need_look(&nd, bytes += 500, 0, now);	/* 80 kbit/s */
		ATF_REQUIRE(!need_many(&nd, now));
	}
}

ATF_TC_WITHOUT_HEAD(busy);
ATF_TC_BODY(busy, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now, bytes = 0;

	for (now = 1000; now < 2000; now += 10)
		need_look(&nd, bytes += 10000, 0, now);	/* 8 Mbit/s */
	ATF_CHECK(need_many(&nd, now));
	ATF_CHECK(need_many(&nd, now + NEED_QUIET - 1000));
	ATF_CHECK(!need_many(&nd, now + NEED_QUIET));
}

/* Much in a time that nobody knows is no rate. */
ATF_TC_WITHOUT_HEAD(pause_between);
ATF_TC_BODY(pause_between, tc)
{
	struct need nd = { .nd_at = 0 };

	need_look(&nd, 1000, 0, 1000);
	need_look(&nd, 100000000, 0, 60000);
	ATF_CHECK(!need_many(&nd, 60000));
	need_look(&nd, 100000000 + NEED_BYTES, 0, 60000 + NEED_LOOK);
	ATF_CHECK(need_many(&nd, 60000 + NEED_LOOK));
}

/* 0.5 Mbit/s for a second, but not in the first moments of it. */
ATF_TC_WITHOUT_HEAD(steady);
ATF_TC_BODY(steady, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now, bytes = 0;

	need_look(&nd, bytes, 0, 1000);
	for (now = 1000; now < 1000 + NEED_LOOKS * NEED_LOOK; now += 50) {
		need_look(&nd, bytes += 3200, 0, now);
		ATF_REQUIRE(!need_many(&nd, now));
	}
	need_look(&nd, bytes, 0, now);
	ATF_CHECK(need_many(&nd, now));
}

/* What comes with pauses is no steady traffic: a page now and then. */
ATF_TC_WITHOUT_HEAD(now_and_then);
ATF_TC_BODY(now_and_then, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now = 1000, bytes = 0;
	unsigned int i;

	for (i = 0; i < 1000; i++, now += NEED_LOOK) {
		bytes += i % NEED_LOOKS == 0 ? 0 : NEED_BYTES - 1;
		need_look(&nd, bytes, 0, now);
		ATF_REQUIRE(!need_many(&nd, now));
	}
}

/* A line of 64 kbit/s that is full, and one where a frame waits at times. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	struct need nd = { .nd_at = 0 };
	uint64_t now = 1000, bytes = 0;
	unsigned int i;

	for (i = 0; i < 1000; i++, now += NEED_LOOK) {
		need_look(&nd, bytes += 1600, i % 2 == 0 ? 300000 : 0, now);
		ATF_REQUIRE(!need_many(&nd, now));
	}
	for (i = 0; i < NEED_LOOKS; i++, now += NEED_LOOK)
		need_look(&nd, bytes += 1600, 300000, now);
	ATF_CHECK(need_many(&nd, now));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, busy);
	ATF_TP_ADD_TC(tp, pause_between);
	ATF_TP_ADD_TC(tp, steady);
	ATF_TP_ADD_TC(tp, now_and_then);
	ATF_TP_ADD_TC(tp, full);
	return (atf_no_error());
}
