/* SPDX-License-Identifier: ISC */
/*
 * The queue's parts: CoDel's spacing, marks in headers, limits, lanes, flows,
 * what is left of an outage, and a random life in which every frame is
 * accounted for.
 */
#include <atf-c.h>
#include <stdlib.h>

#include "net/aqm.h"
#include "net/ecn.h"

#include "super.h"

enum { RANDOM = 60000, MS = 1000 };

static struct frame *
packet(uint16_t flow, size_t data, uint16_t size)
{
	struct super su = { .su_tcp = true,
		.su_flags = 0x10,
		.su_data = data,
		.su_size = size };
	struct frame *f = super_make(&su);

	ATF_REQUIRE(f != NULL);
	put16(f->f_data + 34, flow);
	return (f);
}

static uint16_t
flow_of(const struct frame *f)
{
	return (get16(f->f_data + 34));
}

static struct aqm_flow *
find(struct aqm *aq, const struct frame *f)
{
	struct flowkey fk;
	struct ip_info ii;

	ATF_REQUIRE(flowkey_parse(f->f_data, f->f_len, &fk, &ii));
	return (aqm_flow(aq, &fk));
}

static void
put(struct aqm *aq, struct frame *f, uint64_t now)
{
	aqm_put(aq, find(aq, f), f, NULL, now);
}

static struct frame *
get(struct aqm *aq, uint64_t now)
{
	struct aqm_flow *fl;

	return (aqm_get(aq, 0, OFFLOAD_CAN_ALL, now, &fl));
}

static uint64_t
dropped(const struct aqm *aq, enum aqm_end end)
{
	return (aqm_stats(aq)->as_end[end]);
}

static void
done(struct aqm *aq)
{
	const struct aqm_stats *as = aqm_stats(aq);
	uint64_t ends = 0;
	unsigned int i;

	aqm_flush(aq);
	for (i = 0; i < AQM_LANES; i++)
		ATF_CHECK(!aqm_waits(aq, i) && !aqm_waits_urgent(aq, i));
	for (i = 0; i < AQM_ENDS; i++)
		ends += as->as_end[i];
	ATF_CHECK_EQ(as->as_in + as->as_split, ends);
	ATF_CHECK_EQ(as->as_frames, 0);
	ATF_CHECK_EQ(as->as_charge, 0);
	aqm_free(aq);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/* Overloaded, it judges at interval / sqrt(n): numbers by a calculator. */
ATF_TC_WITHOUT_HEAD(spacing);
ATF_TC_BODY(spacing, tc)
{
	static const uint64_t gaps[] = { 100000, 70710, 57735, 50000, 44721,
		40824, 37796, 35355, 33333, 31622 };
	struct codel_path cp = { .cp_target = 5000, .cp_interval = 100000 };
	struct codel cd = { .cd_above = 0 };
	uint64_t now, last = 0, gap;
	size_t n = 0;

	/* one frame every 10 us, each having waited for 20 ms */
	for (now = 1000000; n < 10; now += 10) {
		if (!codel_judge(&cd, &cp, 20000, false, now))
			continue;
		if (last == 0)
			ATF_CHECK_EQ(now, 1100000);
		else {
			gap = now - last;
			ATF_CHECK_MSG(gap + 20 > gaps[n] && gap < gaps[n] + 20,
			    "gap %zu is %ju", n, (uintmax_t)gap);
			n++;
		}
		last = now;
	}
	/* once under the target ends it, and an interval must pass again */
	ATF_CHECK(!codel_judge(&cd, &cp, 4999, false, now));
	ATF_CHECK(!cd.cd_dropping);
	ATF_CHECK(!codel_judge(&cd, &cp, 20000, false, now + 10));
	ATF_CHECK(!codel_judge(&cd, &cp, 20000, false, now + 100000));
	ATF_CHECK(codel_judge(&cd, &cp, 20000, false, now + 100010));
	/* soon after, it goes on at nearly the old rate */
	ATF_CHECK(cd.cd_count > 5);
	/* less than a frame behind it is no standing queue */
	ATF_CHECK(!codel_judge(&cd, &cp, 20000, true, now + 200000));
}

ATF_TC_WITHOUT_HEAD(marks);
ATF_TC_BODY(marks, tc)
{
	static const struct {
		bool v6;
		unsigned int tags;
	} v[] = { { false, 0 }, { false, 2 }, { true, 0 }, { true, 1 } };
	unsigned int i, field, tos;
	struct frame *f;
	uint8_t *ip;

	for (i = 0; i < 4; i++)
		for (tos = 0; tos < 256; tos++) {
			struct super su = { .su_tcp = true,
				.su_v6 = v[i].v6,
				.su_tags = v[i].tags,
				.su_data = 10,
				.su_id = (uint16_t)(tos * 251) };

			f = super_make(&su);
			ATF_REQUIRE(f != NULL);
			ip = f->f_data + super_l3(&su);
			put16(ip,
			    (uint16_t)(v[i].v6 ? 0x6000 | tos << 4 :
						 0x4500 | tos));
			put16(ip + 10, 0);
			if (!v[i].v6)
				put16(ip + 10, (uint16_t)~super_sum(ip, 20, 0));
			field = (unsigned int)ecn_get(f->f_data, f->f_len);
			ATF_CHECK_EQ(field, tos & 3);
			ecn_mark(f->f_data, f->f_len);
			ATF_CHECK_EQ(get16(ip),
			    v[i].v6 ? 0x6000 | (tos | 3) << 4 :
				      0x4500 | (tos | 3));
			if (!v[i].v6)
				ATF_CHECK_EQ(super_sum(ip, 20, 0), 0xffff);
			frame_free(f);
		}
	frame_pool_drain();
}

/* What others hold as well is copied for the mark. */
ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	struct aqm *aq = aqm_new(4096, 8 << 20, 1);
	struct frame *f, *kept = packet(1, 1000, 0);
	uint64_t now = MS;
	int i;

	kept->f_data[15] = ECN_CAPABLE_0;
	for (i = 0; i < 600; i++)
		put(aq, frame_ref(kept), now);
	for (i = 0; i < 600; i++, now += MS) {
		ATF_REQUIRE((f = get(aq, now)) != NULL);
		if (ecn_get(f->f_data, f->f_len) == ECN_CONGESTED)
			ATF_CHECK(f != kept);
		frame_free(f);
	}
	ATF_CHECK(aqm_stats(aq)->as_marked > 5);
	ATF_CHECK_EQ(ecn_get(kept->f_data, kept->f_len), ECN_CAPABLE_0);
	ATF_CHECK_EQ(atomic_load(&kept->f_refs), 1);
	frame_free(kept);
	done(aq);
}

/* Over a limit the largest flow loses, in batches; the others nothing. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct aqm *aq = aqm_new(1000, 500000, 1);
	unsigned int i, left[4] = { 0, 0, 0, 0 };
	uint64_t before;
	struct frame *f;

	for (i = 0; i < 20; i++) {
		put(aq, packet(1, 100, 0), MS);
		put(aq, packet(2, 1000, 0), MS);
	}
	for (i = 0; i < 5000; i++) {
		before = dropped(aq, AQM_FULL);
		put(aq, packet(3, 1000, 0), MS);
		ATF_CHECK(aqm_stats(aq)->as_charge <= 500000);
		ATF_CHECK(dropped(aq, AQM_FULL) - before <= AQM_BATCH);
	}
	ATF_CHECK(dropped(aq, AQM_FULL) > 4000);
	while ((f = get(aq, MS)) != NULL) {
		left[flow_of(f)]++;
		frame_free(f);
	}
	ATF_CHECK_EQ(left[1], 20);
	ATF_CHECK_EQ(left[2], 20);
	ATF_CHECK(left[3] > 100);
	/* frames, and large buffers of few bytes */
	for (i = 0; i < 3000; i++)
		put(aq, packet((uint16_t)(i % 8), 10, 0), MS);
	ATF_CHECK(aqm_stats(aq)->as_frames <= 1000);
	for (i = 0; i < 100; i++) {
		put(aq, packet((uint16_t)(i % 8), 9000, 0), MS);
		ATF_CHECK(aqm_stats(aq)->as_charge <= 500000);
	}
	done(aq);
	/* one frame over the limit passes */
	aq = aqm_new(10, 1000, 1);
	put(aq, packet(1, 9000, 0), MS);
	ATF_REQUIRE((f = get(aq, MS)) != NULL);
	frame_free(f);
	done(aq);
}

/* More flows than are told apart: nothing is lost, memory stays bounded. */
/* On a slow line what follows goes along; nobody else's, nor out of order. */
ATF_TC_WITHOUT_HEAD(joins);
ATF_TC_BODY(joins, tc)
{
	struct super su = { .su_tcp = true, .su_flags = 0x10, .su_data = 1000 };
	struct aqm *aq = aqm_new(1000, 8 << 20, 1);
	unsigned int i, slow;
	struct frame *f;

	for (slow = 0; slow < 2; slow++) {
		/* 10 Mbit/s: a part is 2500 octets */
		aqm_set_path(aq, 20000, slow ? 1250000 : 0);
		for (i = 0; i < 6; i++, su.su_seq += 1000, su.su_id++) {
			ATF_REQUIRE((f = super_make(&su)) != NULL);
			put(aq, f, MS);
			put(aq, packet((uint16_t)(i + 10), 100, 0), MS);
		}
		for (i = 0; (f = get(aq, MS)) != NULL; i++) {
			ATF_CHECK(f->f_len < 1200 || slow);
			ATF_CHECK(f->f_len <= 2500);
			frame_free(f);
		}
		ATF_CHECK_EQ(slow ? 9 : 12, i);
		ATF_CHECK_EQ(slow ? 3 : 0, dropped(aq, AQM_JOINED));
	}
	/* one with a number stays by itself */
	for (i = 0; i < 3; i++, su.su_seq += 1000, su.su_id++) {
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		f->f_twice = i == 1 ? 7 : 0;
		put(aq, f, MS);
	}
	for (i = 0; (f = get(aq, MS)) != NULL; i++)
		frame_free(f);
	ATF_CHECK_EQ(3, i);
	done(aq);
}

/* Queues share what memory there is: none takes the last of it. */
ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	enum { TOTAL = 4 << 20, QUEUES = 8 };
	struct aqm *aq[QUEUES];
	unsigned int i, n;
	uint64_t least;

	frame_pool_drain();
	frame_set_limit(TOTAL);
	for (i = 0; i < QUEUES; i++)
		aq[i] = aqm_new(65536, 1 << 30, i);
	for (n = 0; n < 10000; n++)
		put(aq[0], packet(1, 1400, 0), 0);
	ATF_CHECK(aqm_stats(aq[0])->as_charge > TOTAL / 4);
	ATF_CHECK(aqm_stats(aq[0])->as_charge <= TOTAL / 2);
	for (n = 0; n < 10000; n++)
		for (i = 0; i < QUEUES; i++)
			put(aq[i], packet(1, 1400, 0), 0);
	least = UINT64_MAX;
	for (i = 0; i < QUEUES; i++)
		if (aqm_stats(aq[i])->as_charge < least)
			least = aqm_stats(aq[i])->as_charge;
	ATF_CHECK(least >= AQM_LEAST);
	ATF_CHECK(frame_room() >= TOTAL / 16);
	for (i = 0; i < QUEUES; i++) {
		ATF_CHECK_EQ(0, dropped(aq[i], AQM_MEMORY));
		aqm_flush(aq[i]);
		aqm_free(aq[i]);
	}
	frame_pool_drain();
	ATF_CHECK_EQ(TOTAL, frame_room());
	frame_set_limit(64 << 20);
}

ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	struct aqm *aq = aqm_new(8192, 64 << 20, 1);
	unsigned int i, n = 0;
	struct frame *f;

	for (i = 0; i < 3000; i++)
		put(aq, packet((uint16_t)i, 20, 0), MS);
	ATF_CHECK_EQ(aqm_stats(aq)->as_flows, AQM_FLOWS);
	for (; (f = get(aq, MS)) != NULL; n++)
		frame_free(f);
	ATF_CHECK_EQ(n, 3000);
	/* state of what is over is used again */
	for (i = 0; i < 3000; i++) {
		put(aq, packet((uint16_t)(5000 + i), 20, 0), MS);
		ATF_REQUIRE((f = get(aq, MS)) != NULL);
		ATF_CHECK_EQ(flow_of(f), 5000 + i);
		frame_free(f);
	}
	ATF_CHECK_EQ(aqm_stats(aq)->as_flows, AQM_FLOWS);
	done(aq);
}

ATF_TC_WITHOUT_HEAD(lanes);
ATF_TC_BODY(lanes, tc)
{
	struct aqm *aq = aqm_new(1000, 8 << 20, 1);
	struct aqm_flow *fl, *got;
	struct frame *f;
	unsigned int i;

	f = packet(1, 100, 0);
	fl = find(aq, f);
	ATF_CHECK_EQ(fl->af_user[0] | fl->af_user[1] | fl->af_lane, 0);
	aqm_move(aq, fl, 3);
	aqm_put(aq, fl, f, NULL, MS);
	for (i = 0; i < 9; i++)
		put(aq, packet(1, 101 + i, 0), MS);
	put(aq, packet(2, 100, 0), 3 * MS);
	ATF_CHECK(aqm_waits(aq, 3) && aqm_waits(aq, 0) && !aqm_waits(aq, 1));
	ATF_CHECK(aqm_first(aq, 3) == fl && aqm_first(aq, 1) == NULL);
	ATF_CHECK_EQ(aqm_flow_frames(fl), 10);
	ATF_CHECK_EQ(aqm_age(aq, 5 * MS), 4 * MS);
	for (i = 0; i < 10; i++) {
		/* in the middle of it all it moves, and keeps its order */
		if (i == 4)
			aqm_move(aq, fl, 5);
		f = aqm_get(aq, i < 4 ? 3 : 5, OFFLOAD_CAN_ALL, MS, &got);
		ATF_REQUIRE(f != NULL);
		ATF_CHECK(got == fl);
		ATF_CHECK_EQ(f->f_len, 54 + 100 + i);
		frame_free(f);
	}
	ATF_CHECK(!aqm_waits(aq, 3) && !aqm_waits(aq, 5));
	ATF_CHECK(aqm_get(aq, 5, 0, MS, &got) == NULL);
	ATF_CHECK_EQ(aqm_age(aq, 5 * MS), 2 * MS);
	done(aq);
}

/* A line that came back: the newest of each flow is left. */
ATF_TC_WITHOUT_HEAD(outage);
ATF_TC_BODY(outage, tc)
{
	struct aqm *aq = aqm_new(1000, 8 << 20, 1);
	uint64_t now;
	struct frame *f;
	unsigned int i;

	for (i = 0, now = MS; i < 100; i++, now += 30 * MS) {
		put(aq, packet(1, 100 + i, 0), now);
		if (i < 5)
			put(aq, packet(2, 200 + i, 0), now);
	}
	now += 3000 * MS;
	for (i = 0; (f = get(aq, now)) != NULL; i++) {
		ATF_CHECK_EQ(f->f_len, flow_of(f) == 1 ? 54 + 199 : 54 + 204);
		frame_free(f);
	}
	ATF_CHECK_EQ(i, 2);
	ATF_CHECK_EQ(dropped(aq, AQM_OLD), 103);
	/* a second of waiting is no outage yet */
	for (i = 0; i < 10; i++)
		put(aq, packet(1, 100, 0), now);
	for (i = 0; (f = get(aq, now + AQM_STALE)) != NULL; i++)
		frame_free(f);
	ATF_CHECK_EQ(i, 10);
	done(aq);
}

ATF_TC_WITHOUT_HEAD(path);
ATF_TC_BODY(path, tc)
{
	static const struct {
		uint32_t rtt;
		uint64_t rate;
		uint32_t target, interval;
	} v[] = {
		{ 0, 0, 5000, 100000 },			/* 0 unknown */
		{ 1000, 125000000, 5000, 100000 },	/* 1 1 Gbit/s, near */
		{ 20000, 12500000, 5000, 100000 },	/* 2 */
		{ 100000, 6250000, 25000, 250000 },	/* 3 */
		{ 600000, 1250000, 150000, 1500000 },	/* 4 satellite */
		{ 50000, 125000, 18168, 125000 },	/* 5 1 Mbit/s */
		{ 50000, 8000, 283875, 946250 },	/* 6 64 kbit/s */
		{ UINT32_MAX, 1, 1000000, 2000000 },	/* 7 nonsense */
		{ 1, UINT64_MAX, 5000, 100000 },	/* 8 */
	};
	struct aqm *aq = aqm_new(10, 10000, 1);
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		aqm_set_path(aq, v[i].rtt, v[i].rate);
		ATF_CHECK_EQ_MSG(v[i].target, aqm_path(aq)->cp_target,
		    "%zu: %u", i, aqm_path(aq)->cp_target);
		ATF_CHECK_EQ_MSG(v[i].interval, aqm_path(aq)->cp_interval,
		    "%zu: %u", i, aqm_path(aq)->cp_interval);
	}
	done(aq);
}

static size_t
below(size_t n)
{
	return ((size_t)rand() % n);
}

/* A frame that may be anything: super-frame, marked, cut off, not IP. */
static struct frame *
random_frame(void)
{
	struct super su = { .su_tcp = below(4) != 0,
		.su_v6 = below(2) != 0,
		.su_flags = 0x10,
		.su_data = 1 + below(1400) };
	struct frame *f;

	if (below(8) == 0) {
		su.su_data = 3000 + below(50000);
		su.su_size = (uint16_t)(400 + below(1100));
	}
	f = super_make(&su);
	ATF_REQUIRE(f != NULL);
	f->f_data[15] |= (uint8_t)below(64);
	put16(f->f_data + super_l4(&su), (uint16_t)below(30));
	if (below(10) == 0)
		f->f_data[12 + below(30)] = (uint8_t)rand();
	if (below(20) == 0)
		f->f_len = (uint32_t)(FRAME_MIN + below(40));
	return (f);
}

static void
random_put(struct aqm *aq, uint64_t now)
{
	struct frame *f = random_frame();
	struct aqm_flow *fl;
	struct flowkey fk;
	struct ip_info ii;
	bool ip;

	ip = flowkey_parse(f->f_data, f->f_len, &fk, &ii);
	fl = aqm_flow(aq, &fk);
	ATF_REQUIRE(fl != NULL);
	if (below(10) == 0)
		aqm_move(aq, fl, (unsigned int)below(AQM_LANES));
	aqm_put(aq, fl, f, ip ? &ii : NULL, now);
}

ATF_TC_WITHOUT_HEAD(random_life);
ATF_TC_BODY(random_life, tc)
{
	struct aqm *aq = aqm_new(200, 2000000, 1);
	uint64_t now = MS;
	struct aqm_flow *fl;
	struct frame *f;
	int i;

	srand(9);
	for (i = 0; i < RANDOM; i++) {
		if (below(2) == 0)
			random_put(aq, now);
		f = aqm_get(aq, (unsigned int)below(AQM_LANES),
		    (unsigned int)below(OFFLOAD_CAN_ALL + 1), now, &fl);
		ATF_CHECK(f == NULL || f->f_len >= FRAME_MIN);
		frame_free(f);
		now += below(3000);
		if (below(500) == 0)
			aqm_set_path(aq, (uint32_t)below(300000),
			    below(10000000));
		if (below(5000) == 0)
			now += 3000 * MS;
		ATF_CHECK(aqm_stats(aq)->as_charge <= 2000000);
	}
	for (i = 0; i < AQM_FLUSHED; i++)
		ATF_CHECK_MSG(dropped(aq, (enum aqm_end)i) > 0, "end %d", i);
	ATF_CHECK(aqm_stats(aq)->as_split > 0);
	ATF_CHECK(aqm_stats(aq)->as_marked > 0);
	done(aq);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spacing);
	ATF_TP_ADD_TC(tp, marks);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, joins);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, lanes);
	ATF_TP_ADD_TC(tp, outage);
	ATF_TP_ADD_TC(tp, path);
	ATF_TP_ADD_TC(tp, random_life);
	return (atf_no_error());
}
