/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "encap/hcomp.h"
#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/offload.h"

#include "../net/super.h"

static struct hcomp *near, *far;
static size_t sent;	/* octets of the last head */

static void
start(void)
{
	near = hcomp_new();
	far = hcomp_new();
	ATF_REQUIRE(near != NULL && far != NULL);
}

static void
end(void)
{
	hcomp_free(near);
	hcomp_free(far);
}

/* Through both ends; whether its headers were compressed. */
static bool
passes(const struct frame *f)
{
	struct frame_offload fo = { 0 };
	uint8_t out[HCOMP_HEAD + 1] = { [HCOMP_HEAD] = 0xa5 };
	struct hcomp_head hh = { .hh_full = false };
	size_t skip;

	sent = hcomp_encode(near, f, out, &skip);
	ATF_REQUIRE(sent > 0 && sent <= HCOMP_HEAD);
	ATF_REQUIRE_EQ(0xa5, out[HCOMP_HEAD]);
	ATF_REQUIRE_EQ(sent - 1, out[0]);
	ATF_REQUIRE(hcomp_decode(far, out + 1, sent - 1, f->f_len - skip, &hh,
	    &fo));
	ATF_REQUIRE_EQ(skip, hh.hh_len);
	ATF_REQUIRE_EQ(0, memcmp(hh.hh_header, f->f_data, skip));
	ATF_REQUIRE_EQ(0, memcmp(&fo, &f->f_offload, sizeof(fo)));
	ATF_REQUIRE_EQ(skip == 0, hh.hh_full);
	if (hh.hh_full)
		hcomp_keep(far, hh.hh_slot, f);
	return (skip > 0);
}

static bool
passes_once(struct frame *f)
{
	bool short_ = passes(f);

	frame_free(f);
	return (short_);
}

/* A TCP frame with timestamps; the checksum is open. */
static struct frame *
tcp(struct super *su, uint32_t ack, uint16_t window, uint32_t time)
{
	static const uint8_t kind[] = { 1, 1, 8, 10 };
	struct frame *f;
	uint8_t *l4;

	su->su_tcp = true;
	su->su_options = 12;
	ATF_REQUIRE((f = super_make(su)) != NULL);
	l4 = f->f_data + super_l4(su);
	put32(l4 + 8, ack);
	put16(l4 + 14, window);
	memcpy(l4 + 20, kind, sizeof(kind));
	put32(l4 + 24, time);
	put32(l4 + 28, time / 2);
	return (f);
}

/* What follows in the flow. */
static void
go_on(struct super *su)
{
	su->su_id = (uint16_t)(su->su_id +
	    (su->su_size == 0 ? 1 :
				(su->su_data + su->su_size - 1) / su->su_size));
	su->su_seq += (uint32_t)su->su_data;
}

/* A stream of data costs a few octets a frame, whatever it is in. */
ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	unsigned int kind, n;

	for (kind = 0; kind < 8; kind++) {
		struct super su = { .su_v6 = kind & 1,
			.su_tags = kind >> 1 & 1,
			.su_size = kind >> 2 != 0 ? 1448 : 0,
			.su_data = kind >> 2 != 0 ? 2896 : 1448,
			.su_flags = 0x10,
			.su_id = 65530,
			.su_seq = 0xffffe000 };

		start();
		ATF_CHECK(!passes_once(tcp(&su, 1, 500, 1000)));
		ATF_CHECK_EQ(3 + OFFLOAD_HDR_LEN, sent);
		for (n = 0; n < 20; n++) {
			go_on(&su);
			ATF_CHECK(passes_once(tcp(&su, 1, 500, 1000)));
			ATF_CHECK_EQ(3, sent);
		}
		/* time goes on */
		go_on(&su);
		ATF_CHECK(passes_once(tcp(&su, 1, 500, 1002)));
		ATF_CHECK_EQ(5, sent);
		/* the end of a write */
		go_on(&su);
		su.su_flags = 0x18;
		su.su_data = 700;
		ATF_CHECK(passes_once(tcp(&su, 1, 500, 1002)));
		ATF_CHECK_EQ(4, sent);
		/* one that is not ours to see, lost in the LAN */
		go_on(&su);
		go_on(&su);
		ATF_CHECK(passes_once(tcp(&su, 1, 500, 1002)));
		ATF_CHECK_EQ(3 + 4 + (su.su_v6 ? 0 : 2), sent);
		end();
	}
}

/* Acknowledgements, whose checksums are there; with SACK they are another. */
ATF_TC_WITHOUT_HEAD(acks);
ATF_TC_BODY(acks, tc)
{
	struct super su = { .su_flags = 0x10, .su_seq = 77 };
	struct super sack = { .su_tcp = true,
		.su_flags = 0x10,
		.su_seq = 77,
		.su_options = 24 };
	struct frame *f;
	unsigned int n;

	start();
	for (n = 0; n < 50; n++, su.su_id++) {
		f = tcp(&su, 1000 + n * 2896, (uint16_t)(900 + n), 5000 + n);
		offload_finish_csum(&f->f_offload, f->f_data, f->f_len);
		ATF_CHECK_EQ(n % (HCOMP_AGAIN + 1) > 0, passes_once(f));
		ATF_CHECK(n % (HCOMP_AGAIN + 1) == 0 ||
		    sent <= 3 + 2 + 2 + 2 + 2);
		if (n % 7 != 0)
			continue;
		ATF_REQUIRE((f = super_make(&sack)) != NULL);
		put32(f->f_data + super_l4(&sack) + 8, n);
		ATF_CHECK_EQ(n > 0, passes_once(f));
		sack.su_id++;
	}
	end();
}

ATF_TC_WITHOUT_HEAD(udp);
ATF_TC_BODY(udp, tc)
{
	struct super su = { .su_data = 200 };
	struct frame *f;
	unsigned int n;

	start();
	for (n = 0; n < 50; n++, su.su_id++) {
		su.su_data = 160 + n;
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		if (n >= 25)
			offload_finish_csum(&f->f_offload, f->f_data, f->f_len);
		ATF_CHECK_EQ(n % (HCOMP_AGAIN + 1) > 0, passes_once(f));
		ATF_CHECK(n % (HCOMP_AGAIN + 1) == 0 || n == 25 || sent <= 5);
	}
	end();
}

/* What is no whole TCP or UDP packet is not kept, and goes as it is. */
ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	struct super su = { .su_data = 100, .su_flags = 0x10 };
	uint8_t out[HCOMP_HEAD];
	struct frame *f;
	size_t skip = 1;

	start();
	ATF_REQUIRE((f = frame_alloc(60)) != NULL);
	memset(f->f_data, 0xff, 60);
	ATF_CHECK_EQ(0, hcomp_encode(near, f, out, &skip));
	ATF_CHECK_EQ(0, skip);
	frame_free(f);
	/* a fragment */
	f = tcp(&su, 1, 1, 1);
	f->f_data[14 + 6] = 0x20;
	ATF_CHECK_EQ(0, hcomp_encode(near, f, out, &skip));
	frame_free(f);
	/* padding */
	f = tcp(&su, 1, 1, 1);
	put16(f->f_data + 14 + 2, get16(f->f_data + 14 + 2) - 1);
	ATF_CHECK_EQ(0, hcomp_encode(near, f, out, &skip));
	frame_free(f);
	/* more headers than there is room for */
	su.su_v6 = true;
	su.su_extra = 64;
	f = tcp(&su, 1, 1, 1);
	ATF_CHECK_EQ(0, hcomp_encode(near, f, out, &skip));
	frame_free(f);
	end();
}

/* What would not be the same at the far end goes whole, and then does. */
ATF_TC_WITHOUT_HEAD(inexact);
ATF_TC_BODY(inexact, tc)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool computed;	/* not from the frame before */
	} odd[] = {
		{ 0, 6, false },	/* another host of that address */
		{ 14 + 1, 4, false },	/* TOS */
		{ 14 + 6, 0, false },	/* DF */
		{ 14 + 8, 63, false },	/* TTL */
		{ 14 + 10, 0, true },	/* a wrong checksum of IP */
		{ 34 + 12, 0x81, false }, /* reserved bits of TCP */
		{ 34 + 16, 9, true },	/* a wrong sum of the pseudo header */
		{ 34 + 18, 1, false },	/* the urgent pointer */
		{ 34 + 20, 0, false },	/* other options */
	};
	struct super su = { .su_data = 100, .su_flags = 0x10 };
	struct frame *f;
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		start();
		ATF_CHECK(!passes_once(tcp(&su, 1, 1, 1)));
		go_on(&su);
		f = tcp(&su, 1, 1, 1);
		f->f_data[odd[i].at] = odd[i].value;
		ATF_CHECK_MSG(!passes_once(f), "%zu", i);
		go_on(&su);
		f = tcp(&su, 1, 1, 1);
		ATF_CHECK_MSG(passes_once(f) == odd[i].computed, "%zu", i);
		go_on(&su);
		ATF_CHECK(passes_once(tcp(&su, 1, 1, 1)));
		end();
	}
}

/* A far end that could not keep one takes none of its flow till the next. */
ATF_TC_WITHOUT_HEAD(forgotten);
ATF_TC_BODY(forgotten, tc)
{
	struct super su = { .su_data = 100, .su_flags = 0x10 };
	struct frame_offload fo;
	struct hcomp_head hh;
	uint8_t out[HCOMP_HEAD];
	unsigned int n, full = 0;
	struct frame *f;
	size_t skip, len;
	bool good;

	start();
	for (n = 0; n <= HCOMP_AGAIN + 1; n++) {
		f = tcp(&su, 1, 1, 1);
		len = hcomp_encode(near, f, out, &skip);
		good = hcomp_decode(far, out + 1, len - 1, f->f_len - skip, &hh,
		    &fo);
		/* the first one is lost */
		ATF_CHECK_EQ(n == 0 || n > HCOMP_AGAIN, good);
		full += skip == 0;
		if (n > 0 && hh.hh_full)
			hcomp_keep(far, hh.hh_slot, f);
		frame_free(f);
		go_on(&su);
	}
	ATF_CHECK_EQ(2, full);
	end();
}

/* But TCP, which sees that something is missing, goes whole at once. */
ATF_TC_WITHOUT_HEAD(repeats);
ATF_TC_BODY(repeats, tc)
{
	struct super su = { .su_data = 100, .su_flags = 0x10 };

	start();
	ATF_CHECK(!passes_once(tcp(&su, 1, 1, 1)));
	/* sent again, also if only the end of it is new */
	ATF_CHECK(!passes_once(tcp(&su, 1, 1, 1)));
	su.su_seq += 50;
	ATF_CHECK(!passes_once(tcp(&su, 1, 1, 1)));
	go_on(&su);
	ATF_CHECK(passes_once(tcp(&su, 1, 1, 1)));
	go_on(&su);
	/* an acknowledgement, and one that says the same */
	su.su_data = 0;
	ATF_CHECK(passes_once(tcp(&su, 2, 1, 1)));
	go_on(&su);
	ATF_CHECK(!passes_once(tcp(&su, 2, 1, 1)));
	go_on(&su);
	ATF_CHECK(passes_once(tcp(&su, 3, 1, 1)));
	end();
}

static uint32_t seed = 42;

static uint32_t
any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return ((seed >> 8) % below);
}

/* Frames of many flows, with octets changed: the same at the far end. */
ATF_TC_WITHOUT_HEAD(mutations);
ATF_TC_BODY(mutations, tc)
{
	struct super su[40];
	unsigned int round, i, n, short_ = 0;
	uint8_t out[HCOMP_HEAD];
	struct frame *f;
	size_t skip;

	start();
	for (i = 0; i < 40; i++)
		su[i] = (struct super){ .su_v6 = any(2),
			.su_tags = any(3),
			.su_flags = 0x10,
			.su_tcp = true,
			.su_extra = any(2) * 8,
			.su_seq = any(UINT32_MAX) };
	for (round = 0; round < 100000; round++) {
		i = any(40);
		su[i].su_data = any(3) == 0 ? 0 : 1 + any(2000);
		su[i].su_size = su[i].su_data > 100 && any(2) ? 100 : 0;
		f = tcp(&su[i], any(3), 7, round / 8);
		f->f_data[super_l4(&su[i]) + 1] = (uint8_t)i;
		if (su[i].su_size == 0 && any(2))
			offload_finish_csum(&f->f_offload, f->f_data, f->f_len);
		for (n = any(4) == 0 ? any(3) : 0; n > 0; n--)
			f->f_data[any(f->f_len < 90 ? f->f_len : 90)] =
			    (uint8_t)any(256);
		if (hcomp_encode(near, f, out, &skip) > 0) {
			/* kept by the encoder: the far end has to follow */
			struct frame_offload fo = { 0 };
			struct hcomp_head hh;

			ATF_REQUIRE(hcomp_decode(far, out + 1, out[0],
			    f->f_len - skip, &hh, &fo));
			ATF_REQUIRE(skip == hh.hh_len &&
			    memcmp(hh.hh_header, f->f_data, skip) == 0 &&
			    memcmp(&fo, &f->f_offload, sizeof(fo)) == 0);
			if (hh.hh_full)
				hcomp_keep(far, hh.hh_slot, f);
			short_ += skip > 0;
		}
		frame_free(f);
		go_on(&su[i]);
	}
	ATF_CHECK_MSG(short_ > 20000, "%u", short_);
	end();
}

/* Heads of any octets, with a slot in use or not: none out of bounds. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct super su = { .su_data = 100, .su_flags = 0x10 };
	struct frame_offload fo;
	struct hcomp_head hh;
	unsigned int round, good = 0;
	struct frame *f;
	size_t len, i, rest;
	uint8_t *p;

	start();
	for (round = 0; round < 200000; round++) {
		su.su_v6 = any(2);
		f = tcp(&su, 1, 1, 1);
		hcomp_keep(far, any(HCOMP_SLOTS), f);
		frame_free(f);
		len = any(HCOMP_HEAD);
		/* of its own, for the sanitizer to see its end */
		ATF_REQUIRE((p = malloc(len + 1)) != NULL);
		for (i = 0; i < len; i++)
			p[i] = (uint8_t)(any(3) == 0 ? any(256) : any(32));
		rest = any(4) == 0 ? any(UINT32_MAX) : any(70000);
		if (hcomp_decode(far, p, len, rest, &hh, &fo)) {
			good++;
			ATF_REQUIRE(hh.hh_slot < HCOMP_SLOTS);
			ATF_REQUIRE(hh.hh_len <= HCOMP_HEADER);
			ATF_REQUIRE(hh.hh_full ||
			    (hh.hh_len >= 42 && hh.hh_len + rest <= FRAME_MAX));
		}
		free(p);
	}
	ATF_CHECK(good > 100);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, acks);
	ATF_TP_ADD_TC(tp, udp);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, inexact);
	ATF_TP_ADD_TC(tp, forgotten);
	ATF_TP_ADD_TC(tp, repeats);
	ATF_TP_ADD_TC(tp, mutations);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
