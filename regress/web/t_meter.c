/* SPDX-License-Identifier: ISC */
/*
 * Rates from counters: now, the last 24 hours, and many by name.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../usr.sbin/webconfd/meter.c"

enum { T0 = 1000 * METER_SPAN, STEP = 10000 };

static struct reading
bytes(uint64_t in, uint64_t out)
{
	return ((struct reading){ .rd_in = in, .rd_out = out });
}

ATF_TC_WITHOUT_HEAD(now);
ATF_TC_BODY(now, tc)
{
	struct counter ct = { .ct_when = 0 };
	struct reading rd = bytes(1000, 50);

	(void)counter_take(&ct, T0, &rd);
	ATF_CHECK(!ct.ct_known);
	rd = bytes(21000, 50);
	ATF_CHECK_EQ(20000, counter_take(&ct, T0 + STEP, &rd).rd_in);
	ATF_CHECK(ct.ct_known);
	ATF_CHECK_EQ(2000, ct.ct_rate.ra_in);
	ATF_CHECK_EQ(0, ct.ct_rate.ra_out);
	/* started anew: what it has since then counts */
	rd = bytes(300, 0);
	ATF_CHECK_EQ(300, counter_take(&ct, T0 + 2 * STEP, &rd).rd_in);
	ATF_CHECK_EQ(30, ct.ct_rate.ra_in);
	/* the same moment twice is no rate, and no division by zero */
	ATF_CHECK_EQ(0, counter_take(&ct, T0 + 2 * STEP, &rd).rd_in);
	/* a gap of an hour is no rate of now */
	(void)counter_take(&ct, T0 + 3600 * 1000, &rd);
	ATF_CHECK(!ct.ct_known);
	/* totals of 64 bits */
	rd = bytes(UINT64_MAX, 0);
	(void)counter_take(&ct, T0 + 3600 * 1000 + STEP, &rd);
	ATF_CHECK(ct.ct_rate.ra_in > 0);
}

/* A day and an hour at 100 bytes a second in, one more each hour out. */
static void
fill(struct meter *me, uint64_t hours)
{
	struct reading rd = { .rd_rtt_us = 0 };
	uint64_t ms;

	for (ms = 0; ms < hours * 3600 * 1000; ms += STEP) {
		rd.rd_in += 100 * STEP / 1000;
		rd.rd_out += ms / 3600000 * STEP / 1000;
		rd.rd_rtt_us = 5000 + ms / 3600000;
		meter_take(me, T0 + ms, &rd);
	}
}

ATF_TC_WITHOUT_HEAD(day);
ATF_TC_BODY(day, tc)
{
	struct meter *me = calloc(1, sizeof(*me));
	uint64_t now = T0 + UINT64_C(25) * 3600 * 1000 - 1;
	const struct point *po;

	ATF_REQUIRE(me != NULL);
	ATF_CHECK(meter_point(me, T0, 1) == NULL);
	fill(me, 25);
	po = meter_point(me, now, 1);
	ATF_REQUIRE(po != NULL);
	ATF_CHECK_EQ(100, po->po_rate.ra_in);
	ATF_CHECK_EQ(24, po->po_rate.ra_out);
	ATF_CHECK_EQ(5024, po->po_rtt_us);
	po = meter_point(me, now, METER_POINTS - 1);
	ATF_REQUIRE(po != NULL);
	ATF_CHECK_EQ(1, po->po_rate.ra_out);
	/* no older ones, and none that a number out of range would find */
	ATF_CHECK(meter_point(me, now, METER_POINTS) == NULL);
	ATF_CHECK(meter_point(me, now, UINT32_MAX) == NULL);
	/* nobody looked for an hour: a gap, and before it what was there */
	now += 3600 * 1000;
	ATF_CHECK(meter_point(me, now, 1) == NULL);
	ATF_CHECK(meter_point(me, now, 11) == NULL);
	ATF_CHECK(meter_point(me, now, 13) != NULL);
	/* nor for a week */
	now += UINT64_C(7) * 24 * 3600 * 1000;
	ATF_CHECK(meter_point(me, now, 13) == NULL);
	ATF_CHECK(meter_point(me, now, METER_POINTS - 1) == NULL);
	free(me);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct tracks *ts = calloc(1, sizeof(*ts));
	struct reading rd = bytes(0, 0);
	char name[100];
	int i;

	ATF_REQUIRE(ts != NULL);
	for (i = 0; i < 2 * METER_TRACKS; i++) {
		snprintf(name, sizeof(name), "session %d", i);
		tracks_take(ts, name, T0, &rd);
	}
	rd = bytes(1000, 0);
	for (i = 0; i < 2 * METER_TRACKS; i++) {
		snprintf(name, sizeof(name), "session %d", i);
		tracks_take(ts, name, T0 + STEP, &rd);
	}
	/* there is room for the first; the others are not known */
	ATF_REQUIRE(tracks_rate(ts, "session 0", T0 + STEP) != NULL);
	ATF_CHECK_EQ(100, tracks_rate(ts, "session 0", T0 + STEP)->ra_in);
	ATF_CHECK(tracks_rate(ts, "session 511", T0 + STEP) == NULL);
	ATF_CHECK(tracks_rate(ts, "", T0 + STEP) == NULL);
	ATF_CHECK(tracks_rate(ts, "session 0", T0 + STEP + METER_STALE) ==
	    NULL);
	/* who is heard of no more makes room */
	for (i = 0; i < 2; i++)
		tracks_take(ts, "session 511", T0 + (2 + (uint64_t)i) * STEP,
		    &rd);
	ATF_CHECK(tracks_rate(ts, "session 511", T0 + 3 * STEP) != NULL);
	/* a name too long is none */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	tracks_take(ts, name, T0, &rd);
	ATF_CHECK(tracks_rate(ts, name, T0) == NULL);
	free(ts);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, now);
	ATF_TP_ADD_TC(tp, day);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
