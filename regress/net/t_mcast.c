/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "net/mcast.h"

enum { SEC = 1000, NONE = 0 };

static const uint8_t video[16] = { 239, 1, 2, 3 };
static const uint8_t radio[16] = { 239, 1, 2, 4 };
static const uint8_t mdns[16] = { 224, 0, 0, 251 };
static const uint8_t video6[16] = { 0xff, 5, [15] = 7 };
static const uint8_t mdns6[16] = { 0xff, 2, [15] = 0xfb };
static const uint8_t solicited[16] = { 0xff, 2, [11] = 1, 0xff, 1, 2, 3 };
static const uint8_t router4[16] = { 10, 0, 0, 9 };
static const uint8_t router6[16] = { 0xfe, 0x80, [15] = 9 };
static const uint8_t nobody[16];

/* that nobody joins */
static const uint8_t idle[16] = { 239, 9, 9, 9 };
static const uint8_t idle6[16] = { 0xff, 5, [15] = 8 };
static const uint8_t unsolicited[16] = { 0xff, 2, [11] = 1, 0xff, 9 };

static struct mcast *mc;
static uint64_t now;

/* A hub with ports 1 to n. */
static void
hub(uint32_t n)
{
	uint32_t i;

	ATF_REQUIRE((mc = mcast_new()) != NULL);
	now = 1000 * SEC;
	for (i = 1; i <= n; i++)
		mcast_port_up(mc, i, now);
	now += SEC;
}

static void
wait_for(uint64_t ms)
{
	uint64_t end = now + ms;

	for (; now + SEC <= end; now += SEC)
		mcast_age(mc, now);
	now = end;
	mcast_age(mc, now);
}

static enum mcast_where
query_of(uint32_t port, uint16_t vid, int family, const uint8_t *src,
    const uint8_t *group, uint32_t response)
{
	struct igmp ig = { .ig_kind = IGMP_QUERY,
		.ig_family = family,
		.ig_src = src,
		.ig_response = response };
	struct mcast_set *ms = NULL;

	memcpy(ig.ig_group, group, 16);
	return (mcast_frame(mc, &ig, vid, group, port, now, &ms));
}

static void
query(uint32_t port)
{
	ATF_CHECK_EQ(query_of(port, 0, 4, router4, nobody, 10 * SEC),
	    MCAST_ALL);
}

static void
query6(uint32_t port)
{
	ATF_CHECK_EQ(query_of(port, 0, 6, router6, nobody, 10 * SEC),
	    MCAST_ALL);
}

static enum mcast_where
say(uint32_t port, uint16_t vid, int family, const uint8_t *group, bool leave,
    struct mcast_set **ms)
{
	struct igmp ig = { .ig_kind = IGMP_REPORT,
		.ig_family = family,
		.ig_src = nobody,
		.ig_records = 1,
		.ig_single = true,
		.ig_leave = leave };

	memcpy(ig.ig_group, group, 16);
	return (mcast_frame(mc, &ig, vid, group, port, now, ms));
}

static enum mcast_where
join(uint32_t port, const uint8_t *group)
{
	struct mcast_set *ms = NULL;

	return (say(port, 0, group[0] == 0xff ? 6 : 4, group, false, &ms));
}

static void
leave(uint32_t port, const uint8_t *group)
{
	struct mcast_set *ms = NULL;

	(void)say(port, 0, group[0] == 0xff ? 6 : 4, group, true, &ms);
}

/* Where a packet to the group goes: ports as bits, or ~0 for all. */
static uint32_t
goes(uint16_t vid, const uint8_t *group)
{
	struct igmp ig = { .ig_kind = IGMP_NONE,
		.ig_family = group[0] == 0xff ? 6 : 4 };
	struct mcast_set *ms = NULL;
	uint32_t i, bits = 0;

	switch (mcast_frame(mc, &ig, vid, group, 1, now, &ms)) {
	case MCAST_ALL:
		return (~0u);
	case MCAST_NOWHERE:
		return (0);
	case MCAST_SET:
		break;
	}
	for (i = 1; i < 32; i++)
		bits |= (uint32_t)mcast_set_has(ms, i) << i;
	ATF_CHECK_EQ(mcast_set_has_other(ms, 1), (bits & ~2u) != 0);
	return (bits);
}

#define P(n) (1u << (n))
#define CHECK_GOES(vid, group, bits)                                    \
	ATF_CHECK_EQ_MSG(goes((vid), (group)), (bits), "0x%x not 0x%x", \
	    goes((vid), (group)), (unsigned int)(bits))

/* Querier at 1; 2 and 3 answer for video, 4 says nothing. */
ATF_TC_WITHOUT_HEAD(members);
ATF_TC_BODY(members, tc)
{
	struct mcast_set *ms = NULL;

	hub(4);
	CHECK_GOES(0, video, ~0u);
	query(1);
	CHECK_GOES(0, video, ~0u);
	ATF_CHECK_EQ(join(2, video), MCAST_ALL);
	wait_for(6 * SEC);
	join(3, video);
	CHECK_GOES(0, video, ~0u);
	wait_for(6 * SEC);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	CHECK_GOES(0, radio, P(1));
	/* a report goes to the router only */
	ATF_REQUIRE_EQ(say(4, 0, 4, radio, false, &ms), MCAST_SET);
	ATF_CHECK(mcast_set_has(ms, 1) && !mcast_set_has(ms, 2));
	CHECK_GOES(0, radio, P(1) | P(4));
	/* what is never joined, another VLAN, another family */
	CHECK_GOES(0, mdns, ~0u);
	CHECK_GOES(7, video, ~0u);
	CHECK_GOES(0, video6, ~0u);
	mcast_set_unknown(mc, true);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	CHECK_GOES(0, idle, ~0u);
	mcast_free(mc);
}

ATF_TC_WITHOUT_HEAD(members6);
ATF_TC_BODY(members6, tc)
{
	hub(3);
	query6(1);
	join(2, video6);
	join(3, solicited);
	wait_for(12 * SEC);
	CHECK_GOES(0, video6, P(1) | P(2));
	CHECK_GOES(0, solicited, P(1) | P(3));
	CHECK_GOES(0, mdns6, ~0u);
	/* an address that nobody told of may be there all the same */
	CHECK_GOES(0, unsolicited, ~0u);
	CHECK_GOES(0, idle6, P(1));
	CHECK_GOES(0, video, ~0u);
	mcast_free(mc);
}

/* The querier goes: all is flooded before a membership ends; and comes. */
ATF_TC_WITHOUT_HEAD(querier_gone);
ATF_TC_BODY(querier_gone, tc)
{
	hub(3);
	query(1);
	join(2, video);
	wait_for(12 * SEC);
	CHECK_GOES(0, video, P(1) | P(2));
	wait_for(MCAST_QUERIER - 13 * SEC);
	CHECK_GOES(0, video, P(1) | P(2));
	wait_for(2 * SEC);
	CHECK_GOES(0, video, ~0u);
	ATF_CHECK_EQ(join(3, video), MCAST_ALL);
	wait_for(3600 * SEC);
	ATF_CHECK_EQ(mcast_count(mc), 0);
	query(1);
	CHECK_GOES(0, video, ~0u);
	wait_for(5 * SEC);
	join(3, video);
	wait_for(7 * SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	mcast_free(mc);
}

/* As long as it asks, who answers stays in, and who does not goes. */
ATF_TC_WITHOUT_HEAD(for_hours);
ATF_TC_BODY(for_hours, tc)
{
	int i;

	hub(3);
	join(3, video);
	query(1);
	join(3, video);
	for (i = 0; i < 100; i++) {
		query(1);
		wait_for(7 * SEC);
		join(2, video);
		wait_for(118 * SEC);
		if (i == 0)
			CHECK_GOES(0, video, P(1) | P(2) | P(3));
		if (i > 2)
			CHECK_GOES(0, video, P(1) | P(2));
	}
	mcast_free(mc);
}

/* A port that comes gets all until it could answer; so does one again. */
ATF_TC_WITHOUT_HEAD(ports_come);
ATF_TC_BODY(ports_come, tc)
{
	hub(2);
	query(1);
	wait_for(5 * SEC);
	mcast_port_up(mc, 3, now);
	wait_for(20 * SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	query(1);
	wait_for(11 * SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	wait_for(SEC);
	CHECK_GOES(0, video, P(1));
	mcast_port_up(mc, 2, now);
	CHECK_GOES(0, video, P(1) | P(2));
	mcast_all_up(mc, now);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	mcast_port_down(mc, 3);
	CHECK_GOES(0, video, P(1) | P(2));
	ATF_CHECK_EQ(join(3, video), MCAST_ALL);
	wait_for(SEC);
	query(1);
	wait_for(12 * SEC);
	mcast_port_always(mc, 2, true);
	CHECK_GOES(0, radio, P(1) | P(2));
	mcast_port_always(mc, 2, false);
	CHECK_GOES(0, radio, P(1));
	mcast_free(mc);
}

/* Another's leave does not count; one's own does after others could speak. */
ATF_TC_WITHOUT_HEAD(leaves);
ATF_TC_BODY(leaves, tc)
{
	struct igmp_query iq;

	hub(3);
	query(1);
	join(2, video);
	join(3, video);
	wait_for(12 * SEC);
	leave(2, video);
	wait_for(MCAST_LEAVE - SEC);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	wait_for(SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	leave(3, video);
	wait_for(2 * SEC);
	join(3, video);		/* another host of the port */
	wait_for(60 * SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	leave(2, video);
	leave(1, radio);
	wait_for(60 * SEC);
	CHECK_GOES(0, video, P(1) | P(3));
	ATF_CHECK(!mcast_ask(mc, now, &iq));
	mcast_free(mc);
}

ATF_TC_WITHOUT_HEAD(vlans);
ATF_TC_BODY(vlans, tc)
{
	struct mcast_set *ms = NULL;

	hub(3);
	query_of(1, 7, 4, router4, nobody, 10 * SEC);
	say(2, 7, 4, video, false, &ms);
	say(3, 8, 4, video, false, &ms);
	say(3, 0, 4, video, false, &ms);
	wait_for(12 * SEC);
	CHECK_GOES(7, video, P(1) | P(2));
	CHECK_GOES(8, video, ~0u);
	CHECK_GOES(0, video, ~0u);
	mcast_free(mc);
}

/* PIM hellos and the like: the port gets what nobody joined, too. */
ATF_TC_WITHOUT_HEAD(routers);
ATF_TC_BODY(routers, tc)
{
	struct igmp ig = { .ig_kind = IGMP_ROUTER, .ig_family = 4 };
	struct mcast_set *ms = NULL;

	hub(3);
	query(1);
	ATF_CHECK_EQ(mcast_frame(mc, &ig, 0, mdns, 3, now, &ms), MCAST_ALL);
	wait_for(12 * SEC);
	CHECK_GOES(0, radio, P(1) | P(3));
	ig.ig_kind = IGMP_UNKNOWN;
	ATF_CHECK_EQ(mcast_frame(mc, &ig, 0, mdns, 3, now, &ms), MCAST_ALL);
	ig.ig_kind = IGMP_BAD;
	ATF_CHECK_EQ(mcast_frame(mc, &ig, 0, mdns, 3, now, &ms), MCAST_NOWHERE);
	ATF_CHECK_EQ(mcast_stats(mc)->mt_bad, 1);
	mcast_free(mc);
}

/* What `mcast_ask` wants at this moment, general queries by family. */
static unsigned int
asks(void)
{
	struct igmp_query iq;
	unsigned int n = 0;

	while (mcast_ask(mc, now, &iq)) {
		ATF_CHECK_EQ(iq.iq_group[0], 0);
		ATF_CHECK_EQ(iq.iq_response, 10000);
		n += iq.iq_family == 4 ? 1 : 10;
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(own_querier);
ATF_TC_BODY(own_querier, tc)
{
	static const uint8_t higher[16] = { 10, 0, 0, 200 };
	static const uint8_t own4[4] = { 10, 0, 0, 100 };
	static const uint8_t own6[16] = { 0xfe, 0x80, [15] = 100 };
	struct mcast_set *ms = NULL;

	hub(3);
	ATF_CHECK_EQ(asks(), 0);
	mcast_set_querier(mc, own4, own6);
	ATF_CHECK_EQ(asks(), 11);
	ATF_CHECK_EQ(asks(), 0);
	join(2, video);
	join(3, video6);
	wait_for(12 * SEC);
	/* no router: reports go nowhere, groups to who joined */
	ATF_REQUIRE_EQ(say(2, 0, 4, video, false, &ms), MCAST_SET);
	ATF_CHECK(!mcast_set_has_other(ms, NONE));
	CHECK_GOES(0, video, P(2));
	CHECK_GOES(0, radio, 0);
	CHECK_GOES(0, video6, P(3));
	ATF_CHECK_EQ(asks(), 0);
	wait_for(MCAST_INTERVAL - 12 * SEC);
	ATF_CHECK_EQ(asks(), 11);
	/* soon again for a port that comes */
	wait_for(SEC);
	mcast_port_up(mc, 4, now);
	ATF_CHECK_EQ(asks(), 0);
	wait_for(MCAST_SOON);
	ATF_CHECK_EQ(asks(), 11);
	CHECK_GOES(0, video, P(2) | P(4));
	wait_for(12 * SEC);
	CHECK_GOES(0, video, P(2));
	/* a VLAN where somebody speaks is asked, too */
	say(2, 9, 4, video, false, &ms);
	ATF_CHECK_EQ(asks(), 1);
	/* a lower address takes over, a higher one and our own do not */
	query_of(1, 0, 4, higher, nobody, SEC);
	wait_for(MCAST_INTERVAL);
	ATF_CHECK_EQ(asks(), 12);
	query(1);
	query_of(1, 0, 6, own6, nobody, SEC);
	wait_for(MCAST_INTERVAL);
	ATF_CHECK_EQ(asks(), 11);	/* VLAN 9, and IPv6 */
	wait_for(MCAST_INTERVAL + 6 * SEC);
	ATF_CHECK_EQ(asks(), 12);
	mcast_set_querier(mc, NULL, NULL);
	wait_for(MCAST_MEMBER);
	ATF_CHECK_EQ(asks(), 0);
	CHECK_GOES(0, radio, ~0u);
	mcast_free(mc);
}

/* After a leave we ask twice, not without limit. */
ATF_TC_WITHOUT_HEAD(own_asks_groups);
ATF_TC_BODY(own_asks_groups, tc)
{
	static const uint8_t own6[16] = { 0xfe, 0x80, [15] = 100 };
	uint8_t group[16] = { 239, 9 };
	struct igmp_query iq;
	unsigned int i, n = 0;

	hub(3);
	mcast_set_querier(mc, nobody, own6);
	ATF_CHECK_EQ(asks(), 11);
	join(2, video);
	wait_for(12 * SEC);
	leave(2, video);
	for (i = 0; i < 10; i++) {
		while (mcast_ask(mc, now, &iq)) {
			ATF_CHECK_EQ(memcmp(iq.iq_group, video, 16), 0);
			ATF_CHECK_EQ(iq.iq_response, 1000);
			n++;
		}
		wait_for(SEC);
	}
	ATF_CHECK_EQ(n, 2);
	CHECK_GOES(0, video, 0);
	for (i = 0; i < 1000; i++) {
		group[2] = (uint8_t)(i >> 8);
		group[3] = (uint8_t)i;
		join(3, group);
		leave(3, group);
	}
	for (n = 0; mcast_ask(mc, now, &iq); n++)
		;
	ATF_CHECK_MSG(n > 0 && n <= 25, "%u", n);
	mcast_free(mc);
}

/* 0.0.0.0 is a querier to listen to; its port gets everything. */
ATF_TC_WITHOUT_HEAD(nameless_querier);
ATF_TC_BODY(nameless_querier, tc)
{
	hub(3);
	query_of(2, 0, 4, nobody, nobody, 10 * SEC);
	join(3, video);
	wait_for(12 * SEC);
	CHECK_GOES(0, video, P(2) | P(3));
	mcast_free(mc);
}

/*
 * Hostile queries: a time that nobody waits for counts for nothing; many do
 * not keep the hub from knowing; a question about one group ends nothing.
 */
ATF_TC_WITHOUT_HEAD(hostile_queries);
ATF_TC_BODY(hostile_queries, tc)
{
	unsigned int vid;
	int i;

	hub(3);
	query_of(3, 0, 4, router4, nobody, 3000 * SEC);
	wait_for(20 * SEC);
	CHECK_GOES(0, video, ~0u);
	query(1);
	for (i = 0; i < 12; i++) {
		query_of(3, 0, 4, nobody, nobody, 25 * SEC);
		wait_for(SEC);
	}
	join(2, video);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	query_of(3, 0, 4, nobody, video, 100);
	wait_for(20 * SEC);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	for (vid = 1; vid < 4095; vid++)
		query_of(3, (uint16_t)vid, 4, router4, nobody, SEC);
	ATF_CHECK(mcast_count(mc) <= 2 * MCAST_VLANS + 3);
	CHECK_GOES(0, video, P(1) | P(2) | P(3));
	CHECK_GOES(4000, video, ~0u);
	mcast_free(mc);
}

/* So many and no more; whose memberships are not kept gets everything. */
ATF_TC_WITHOUT_HEAD(hostile_joins);
ATF_TC_BODY(hostile_joins, tc)
{
	uint8_t group[16] = { 238 };
	uint32_t port, i;

	hub(9);
	query(1);
	join(2, video);
	wait_for(12 * SEC);
	for (port = 3; port <= 8; port++) {
		for (i = 0; i < 6000; i++) {
			group[1] = (uint8_t)port;
			group[2] = (uint8_t)(i >> 8);
			group[3] = (uint8_t)i;
			join(port, group);
			if (i % 400 == 0)
				now += SEC;
		}
		query(1);
		CHECK_GOES(0, radio, goes(0, radio) | P(1) | P(port));
	}
	ATF_CHECK_EQ(mcast_count(mc), MCAST_MEMBERS);
	ATF_CHECK(mcast_stats(mc)->mt_full > 0);
	/* an honest one finds no room, and loses nothing */
	join(9, radio);
	ATF_CHECK((goes(0, radio) & P(9)) != 0);
	ATF_CHECK((goes(0, video) & (P(2) | P(9))) == (P(2) | P(9)));
	query(1);
	wait_for(MCAST_QUERIER - SEC);
	query(1);
	wait_for(MCAST_MEMBER - MCAST_QUERIER + 2 * SEC);
	ATF_CHECK_EQ(mcast_count(mc), 1);
	CHECK_GOES(0, radio, P(1));
	mcast_free(mc);
}

/* Too quickly, though few. */
ATF_TC_WITHOUT_HEAD(hostile_rate);
ATF_TC_BODY(hostile_rate, tc)
{
	int i;

	hub(3);
	query(1);
	wait_for(12 * SEC);
	for (i = 0; i <= MCAST_BURST; i++)
		join(2, video);
	CHECK_GOES(0, radio, P(1) | P(2));
	ATF_CHECK_EQ(mcast_stats(mc)->mt_full, 1);
	mcast_free(mc);
}

/* A set outlives what it was made of. */
ATF_TC_WITHOUT_HEAD(references);
ATF_TC_BODY(references, tc)
{
	struct igmp ig = { .ig_kind = IGMP_NONE, .ig_family = 4 };
	struct mcast_set *ms = NULL;

	hub(200);
	query(1);
	join(200, video);
	wait_for(12 * SEC);
	ATF_REQUIRE_EQ(mcast_frame(mc, &ig, 0, video, 2, now, &ms), MCAST_SET);
	mcast_set_ref(ms);
	mcast_port_down(mc, 200);
	mcast_free(mc);
	ATF_CHECK(mcast_set_has(ms, 200));
	ATF_CHECK(mcast_set_has_other(ms, 1));
	ATF_CHECK(!mcast_set_has(ms, 199));
	ATF_CHECK(!mcast_set_has(ms, 100000));
	mcast_set_unref(ms);
}

static void
count_each(const struct mcast_member *mm, void *arg)
{
	unsigned int *n = arg;

	ATF_CHECK(mm->mm_port == 1 || mm->mm_port == 2);
	ATF_CHECK_EQ(mm->mm_until, now + MCAST_MEMBER);
	*n += mm->mm_port == 1 ? 100 : 1;
}

ATF_TC_WITHOUT_HEAD(shown);
ATF_TC_BODY(shown, tc)
{
	unsigned int n = 0;

	hub(2);
	query(1);
	join(2, video);
	join(2, radio);
	join(2, mdns);
	mcast_each(mc, count_each, &n);
	ATF_CHECK_EQ(n, 102);
	ATF_CHECK_EQ(mcast_count(mc), 3);
	mcast_free(mc);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, members);
	ATF_TP_ADD_TC(tp, members6);
	ATF_TP_ADD_TC(tp, querier_gone);
	ATF_TP_ADD_TC(tp, for_hours);
	ATF_TP_ADD_TC(tp, ports_come);
	ATF_TP_ADD_TC(tp, leaves);
	ATF_TP_ADD_TC(tp, vlans);
	ATF_TP_ADD_TC(tp, routers);
	ATF_TP_ADD_TC(tp, own_querier);
	ATF_TP_ADD_TC(tp, own_asks_groups);
	ATF_TP_ADD_TC(tp, nameless_querier);
	ATF_TP_ADD_TC(tp, hostile_queries);
	ATF_TP_ADD_TC(tp, hostile_joins);
	ATF_TP_ADD_TC(tp, hostile_rate);
	ATF_TP_ADD_TC(tp, references);
	ATF_TP_ADD_TC(tp, shown);
	return (atf_no_error());
}
