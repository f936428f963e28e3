/* SPDX-License-Identifier: ISC */
/*
 * Analysis of inner TCP by parts: what segments say, which acknowledgements
 * make others void, which bytes are under way; and hostile packets.
 */
#include <atf-c.h>
#include <stdlib.h>

#include "net/aqm.h"
#include "net/flow.h"

#include "super.h"

enum { RANDOM = 200000 };

/* Acknowledges 77 + su_id; `options` in place of NOPs; checksum right. */
static struct frame *
packet(const struct super *su, const char *options)
{
	struct frame *f = super_make(su);
	size_t l3 = super_l3(su), l4 = super_l4(su), room = f->f_len - l4;
	uint8_t *tcp;

	ATF_REQUIRE(f != NULL);
	tcp = f->f_data + l4;
	if (options != NULL)
		memcpy(tcp + 20, options, su->su_options);
	put32(tcp + 8, 77u + su->su_id);
	put16(tcp + 16, 0);
	put16(tcp + 16,
	    (uint16_t)~super_sum(tcp, room,
		super_pseudo(f->f_data + l3, 6, room)));
	memset(&f->f_offload, 0, sizeof(f->f_offload));
	return (f);
}

static void
parse(const struct frame *f, struct flow_seg *fs)
{
	struct flowkey fk;
	struct ip_info ii;

	ATF_REQUIRE(flowkey_parse(f->f_data, f->f_len, &fk, &ii));
	flow_parse(f, &ii, fs);
}

#define TS "\1\1\x8\xa\0\0\1\0\0\0\0\1"
#define SACK "\1\1\5\xa\0\0\0\1\0\0\0\2"

ATF_TC_WITHOUT_HEAD(segments);
ATF_TC_BODY(segments, tc)
{
	static const struct {
		uint8_t flags;
		size_t data, options;
		const char *text;
		enum flow_kind kind;
		uint32_t len;		/* in sequence numbers */
		bool ts, sack;
	} v[] = {
		{ 0x10, 100, 0, NULL, FLOW_DATA, 100, false, false },	/* 0 */
		{ 0x18, 100, 12, TS, FLOW_DATA, 100, true, false },	/* 1 */
		{ 0x11, 100, 12, TS, FLOW_DATA, 101, true, false },	/* 2 */
		{ 0x90, 1, 0, NULL, FLOW_DATA, 1, false, false },	/* 3 */
		{ 0x10, 0, 12, TS, FLOW_ACK, 0, true, false },		/* 4 */
		{ 0x10, 0, 24, TS SACK, FLOW_ACK, 0, true, true },	/* 5 */
		{ 0x50, 0, 0, NULL, FLOW_ACK, 0, false, false },	/* 6 */
		{ 0x11, 0, 0, NULL, FLOW_OTHER, 1, false, false },	/* 7 */
		{ 0x02, 0, 0, NULL, FLOW_OTHER, 0, false, false },	/* 8 */
		{ 0x14, 0, 0, NULL, FLOW_OTHER, 0, false, false },	/* 9 */
		{ 0x30, 50, 0, NULL, FLOW_OTHER, 50, false, false },	/* 10 */
		{ 0x10, 0, 4, "\2\4\5\xb4", FLOW_OTHER, 0, false, false },
		{ 0x10, 0, 4, "\xfe\3\1\1", FLOW_OTHER, 0, false, false },
		{ 0x10, 0, 4, "\1\1\1\x8", FLOW_OTHER, 0, false, false },
		{ 0x10, 0, 4, "\x8\0\1\1", FLOW_OTHER, 0, false, false },
		{ 0x10, 0, 4, "\0\xff\xff\xff", FLOW_ACK, 0, false, false },
		{ 0x00, 10, 0, NULL, FLOW_OTHER, 10, false, false },	/* 16 */
	};
	struct flow_seg fs;
	struct frame *f;
	size_t i, form;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (form = 0; form < 8; form++) {
			struct super su = { .su_tcp = true,
				.su_v6 = form & 1,
				.su_tags = form & 2,
				.su_extra = form & 4 ? 8 : 0,
				.su_flags = v[i].flags,
				.su_data = v[i].data,
				.su_options = v[i].options,
				.su_seq = UINT32_MAX - 20 };

			f = packet(&su, v[i].text);
			parse(f, &fs);
			ATF_CHECK_EQ_MSG(v[i].kind, fs.fs_kind,
			    "vector %zu, form %zu: %d", i, form, fs.fs_kind);
			ATF_CHECK_EQ(v[i].len, fs.fs_end - fs.fs_seq);
			ATF_CHECK_EQ(su.su_seq, fs.fs_seq);
			ATF_CHECK_EQ(77, fs.fs_ack);
			ATF_CHECK_EQ(500, fs.fs_window);
			ATF_CHECK_EQ_MSG(v[i].ts, fs.fs_ts, "vector %zu", i);
			ATF_CHECK_EQ_MSG(v[i].sack, fs.fs_sack, "vector %zu",
			    i);
			if (fs.fs_ts)
				ATF_CHECK_EQ(256, fs.fs_tsval);
			/* an acknowledgement must be what it seems */
			f->f_data[super_l4(&su) + 11] ^= 1;
			parse(f, &fs);
			ATF_CHECK(fs.fs_kind != FLOW_ACK);
			frame_free(f);
		}
	frame_pool_drain();
}

/* Each condition alone keeps the older acknowledgement. */
ATF_TC_WITHOUT_HEAD(supersedes);
ATF_TC_BODY(supersedes, tc)
{
	const struct flow_seg old = { .fs_kind = FLOW_ACK,
		.fs_ack = 100,
		.fs_window = 50,
		.fs_flags = 0x10,
		.fs_ts = true,
		.fs_tsval = 7 };
	struct flow_seg now = old, a, b;
	int i;

	now.fs_ack = 101;
	ATF_CHECK(flow_supersedes(&old, &now));
	for (i = 0; i < 14; i++) {
		a = old;
		b = now;
		switch (i) {
		case 0:
			b.fs_ack = 100;	/* a duplicate, a window update */
			break;
		case 1:
			b.fs_ack = 99;
			break;
		case 2:
			a.fs_sack = true;	/* SACK, DSACK */
			break;
		case 3:
			a.fs_again = true;	/* it counts as a duplicate */
			break;
		case 4:
			b.fs_flags |= 0x40;	/* ECN echo begins */
			break;
		case 5:
			a.fs_flags |= 0x40;	/* and ends */
			break;
		case 6:
			b.fs_flags |= 0x100;	/* accurate ECN counts */
			break;
		case 7:
			a.fs_window = 0;	/* the window opens */
			break;
		case 8:
			b.fs_window = 0;	/* and closes */
			break;
		case 9:
			b.fs_tsval = 6;
			break;
		case 10:
			b.fs_ts = false;
			break;
		case 11:
			a.fs_tos = 3;	/* it says congestion itself */
			break;
		case 12:
			b.fs_seq = UINT32_MAX;	/* a keep-alive */
			break;
		case 13:
			a.fs_kind = FLOW_DATA;
			break;
		}
		ATF_CHECK_MSG(!flow_supersedes(&a, &b), "condition %d", i);
	}
	/* all numbers wrap around */
	a = old;
	a.fs_ack = a.fs_tsval = UINT32_MAX - 5;
	ATF_CHECK(flow_supersedes(&a, &now));
	/* what is newer may have SACK */
	now.fs_sack = true;
	ATF_CHECK(flow_supersedes(&old, &now));
}

static uint64_t positions[4];

static uint64_t
acked(uint32_t conn, void *arg)
{
	(void)arg;
	return (positions[conn]);
}

static uint32_t
custody(const struct flow *fw, uint32_t seq)
{
	return (flow_custody(fw, seq, acked, NULL));
}

ATF_TC_WITHOUT_HEAD(records);
ATF_TC_BODY(records, tc)
{
	struct flow_seg fs = { .fs_kind = FLOW_DATA, .fs_flags = 0x10 };
	struct flow fw = { .fw_count = 0 };
	uint32_t i, seq = UINT32_MAX - 99999;

	/* 400 of 1000 from 100,000 before the wrap, on two connections */
	for (i = 0; i < 400; i++) {
		fs.fs_seq = seq + 1000 * i;
		fs.fs_end = fs.fs_seq + 1000;
		flow_sent(&fw, &fs, i < 200 ? 1 : 2,
		    1000 * (i < 200 ? i + 1 : i - 199));
	}
	positions[1] = positions[2] = 0;
	ATF_CHECK_EQ(custody(&fw, seq), seq + 400000);
	ATF_CHECK_EQ(custody(&fw, seq + 399999), seq + 400000);
	ATF_CHECK_EQ(custody(&fw, seq + 400000), seq + 400000);
	ATF_CHECK_EQ(custody(&fw, seq - 1), seq - 1);
	/* none that is acknowledged counts; others of its record need not */
	for (i = 0; i < 200; i++) {
		positions[1] = 1000 * (i + 1);
		ATF_CHECK_EQ(custody(&fw, seq + 1000 * i), seq + 1000 * i);
		if (i < 180)
			ATF_CHECK(custody(&fw, seq + 1000 * (i + 17)) ==
			    seq + 400000);
	}
	/* a connection that is gone takes its records with it */
	positions[2] = UINT64_MAX;
	ATF_CHECK_EQ(custody(&fw, seq + 300000), seq + 300000);
	/* and a reset all of them */
	positions[2] = 0;
	fs.fs_flags = 0x02;
	fs.fs_kind = FLOW_OTHER;
	flow_pass(&fw, &fs);
	ATF_CHECK_EQ(custody(&fw, seq + 300000), seq + 300000);
	flow_fini(&fw);
}

/* Small ones with gaps: old records make way for new ones. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct flow_seg fs = { .fs_kind = FLOW_DATA };
	struct flow fw = { .fw_count = 0 };
	uint32_t i;

	positions[1] = 0;
	for (i = 1; i <= 1000; i++) {
		fs.fs_seq = 100 * i;
		fs.fs_end = fs.fs_seq + 10;
		flow_sent(&fw, &fs, 1, i);
	}
	ATF_CHECK_EQ(fw.fw_size, FLOW_RECORDS);
	for (i = 1; i <= 1000; i++)
		ATF_CHECK_EQ(custody(&fw, 100 * i) == 100 * i + 10,
		    i > 1000 - FLOW_RECORDS);
	flow_fini(&fw);
}

/* In the queue: a retransmission is dropped unless it says something new. */
ATF_TC_WITHOUT_HEAD(news);
ATF_TC_BODY(news, tc)
{
	struct super su = { .su_tcp = true,
		.su_flags = 0x10,
		.su_data = 100,
		.su_seq = 1000 };
	struct aqm *aq = aqm_new(100, 1 << 20, 1);
	const uint64_t *gone = &aqm_stats(aq)->as_end[AQM_SUPPRESSED];
	struct flowkey fk;
	struct ip_info ii;
	struct frame *f;
	int i;

	aqm_set_acked(aq, acked, NULL);
	for (i = 0; i < 6; i++) {
		f = packet(&su, NULL);
		switch (i) {
		case 2:
			put32(f->f_data + 42, 78);	/* acknowledges more */
			break;
		case 3:
			put16(f->f_data + 48, 0);	/* another window */
			break;
		case 4:
			f->f_data[47] = 0x90;	/* CWR */
			break;
		case 5:
			put32(f->f_data + 38, 1050);	/* and new bytes */
			break;
		}
		ATF_REQUIRE(flowkey_parse(f->f_data, f->f_len, &fk, &ii));
		aqm_put(aq, aqm_flow(aq, &fk), f, &ii, 1);
		ATF_CHECK_EQ_MSG(*gone, i == 0 ? 0 : 1, "packet %d", i);
	}
	aqm_free(aq);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct aqm *aq = aqm_new(100, 1 << 18, 1);
	struct aqm_flow *fl;
	struct flowkey fk;
	struct ip_info ii;
	struct super su;
	struct frame *f;
	uint64_t now = 0;
	int i, n;

	srandom(3);
	aqm_set_acked(aq, acked, NULL);
	for (i = 0; i < RANDOM; i++) {
		positions[1] = (uint64_t)random() % 1000;
		su = (struct super){ .su_tcp = true,
			.su_v6 = i & 1,
			.su_flags = (uint8_t)(random() % 4 ? 0x10 : random()),
			.su_data = i % 3 ? (size_t)random() % 200 : 0,
			.su_id = (uint16_t)(i / 8),
			.su_options = (size_t)random() % 11 * 4,
			.su_seq = i % 3 ? (uint32_t)random() % 3000 : 500 };
		f = packet(&su, NULL);
		for (n = (int)(random() % 6); n > 0; n--)
			f->f_data[54 + (size_t)random() % 20] ^=
			    (uint8_t)random();
		f->f_len -= random() % 4 == 0;
		if (flowkey_parse(f->f_data, f->f_len, &fk, &ii))
			aqm_put(aq, aqm_flow(aq, &fk), f, &ii, now);
		else
			frame_free(f);
		if (random() % 2 != 0)
			continue;
		frame_free(aqm_get(aq, 0, 0, now, &fl));
		aqm_sent(aq, 1, (uint64_t)random() % 1000);
		now += (uint64_t)random() % 5000;
	}
	ATF_CHECK(aqm_stats(aq)->as_end[AQM_SUPPRESSED] > 0);
	ATF_CHECK(aqm_stats(aq)->as_end[AQM_THINNED] > 0);
	aqm_free(aq);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, segments);
	ATF_TP_ADD_TC(tp, supersedes);
	ATF_TP_ADD_TC(tp, records);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, news);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
