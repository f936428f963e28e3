/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "encap/encap.h"
#include "net/ether.h"
#include "net/offload.h"

static const struct encap_ops *const eo = &encap_capsule;

/* Contexts besides that of offload, if there is one. */
enum { TWICE = 6, HEADERS = 8 };

/* A frame of an EtherType without meaning, its octets from seed. */
static struct frame *
make_frame(size_t len, uint32_t seed)
{
	struct frame *f = frame_alloc(len);
	size_t i;

	ATF_REQUIRE(f != NULL);
	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		f->f_data[i] = (uint8_t)(seed >> 24);
	}
	memcpy(f->f_data, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x88\xb6", 14);
	return (f);
}

/* UDP over IPv4 with the checksum left open. */
static struct frame *
make_udp(size_t payload)
{
	static const uint8_t head[] =
	    "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\x00"
	    "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\x02\1\xc0\0\x02\2"
	    "\x10\0\x20\0\0\0\0";
	struct frame *f = make_frame(42 + payload, 7);
	uint32_t sum;
	size_t i;

	memcpy(f->f_data, head, 42);
	f->f_data[16] = (uint8_t)((28 + payload) >> 8);
	f->f_data[17] = (uint8_t)(28 + payload);
	f->f_data[38] = (uint8_t)((8 + payload) >> 8);
	f->f_data[39] = (uint8_t)(8 + payload);
	for (sum = 0, i = 14; i < 34; i += 2)
		sum += (uint32_t)(f->f_data[i] << 8 | f->f_data[i + 1]);
	sum = ~(sum + (sum >> 16));
	f->f_data[24] = (uint8_t)(sum >> 8);
	f->f_data[25] = (uint8_t)sum;
	/* The pseudo header's sum stands in its place. */
	sum = 0xc000 + 0x0201 + 0xc000 + 0x0202 + 17 + 8 + (uint32_t)payload;
	sum = (sum & 0xffff) + (sum >> 16);
	f->f_data[40] = (uint8_t)(sum >> 8);
	f->f_data[41] = (uint8_t)sum;
	f->f_offload.fo_flags = OFFLOAD_F_CSUM;
	f->f_offload.fo_csum_start = 34;
	f->f_offload.fo_csum_offset = 6;
	return (f);
}

static struct encap *
make_encap(size_t max, bool fcs, uint64_t context, unsigned int can)
{
	struct encap_params ep = { .ep_max = max,
		.ep_fcs = fcs,
		.ep_context = context,
		.ep_can_send = can,
		.ep_can_recv = can,
		.ep_twice = context != 0 ? TWICE : 0,
		.ep_headers = context != 0 ? HEADERS : 0 };
	struct encap *en = eo->eo_new(&ep);

	ATF_REQUIRE(en != NULL);
	return (en);
}

/* The one frame in p, whose pieces are `step` octets long. */
static struct frame *
take_frame(struct encap *en, const uint8_t *p, size_t len, size_t step)
{
	struct frame *f = NULL, *g;
	enum encap_result er;
	uint64_t cookie;

	while (len > 0) {
		size_t n = step < len ? step : len;
		const uint8_t *q = p;
		size_t left = n;

		while ((er = eo->eo_input(en, &q, &left, &g, &cookie)) !=
		    ENCAP_MORE) {
			ATF_REQUIRE_EQ(ENCAP_FRAME, er);
			ATF_REQUIRE(f == NULL);
			f = g;
		}
		ATF_REQUIRE_EQ(0, left);
		p += n;
		len -= n;
	}
	return (f);
}

/* The frame by itself behind its head is the same as both at once. */
static void
check_head(struct encap *en, const struct frame *f, const uint8_t *out,
    size_t n, bool possible)
{
	uint8_t head[ENCAP_OVERHEAD];
	size_t skip, len = eo->eo_head(en, f, head, sizeof(head), &skip);

	ATF_CHECK_EQ(possible ? n - f->f_len : 0, len);
	ATF_CHECK_EQ(0, memcmp(head, out, len));
	ATF_CHECK(!possible || memcmp(out + len, f->f_data, f->f_len) == 0);
	ATF_CHECK_EQ(0, skip);
	ATF_CHECK_EQ(0, eo->eo_head(en, f, head, sizeof(head) - 1, &skip));
}

/* Every length in pieces of every size up to 20, FCS or not, both contexts. */
ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const size_t lens[] = { 14, 15, 46, 47, 60, 61, 63, 64, 1500,
		1514, 1518, 1984, 9018, 16371, 16372, 16384, FRAME_MAX };
	uint8_t *out = malloc(FRAME_MAX + ENCAP_OVERHEAD);
	struct frame *f, *g;
	size_t i, step, n;
	int kind;

	ATF_REQUIRE(out != NULL);
	for (kind = 0; kind < 3; kind++) {
		for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			struct encap *en = make_encap(FRAME_MAX, kind == 1,
			    kind == 2 ? 4 : 0, OFFLOAD_CAN_CSUM);

			f = make_frame(lens[i], (uint32_t)i);
			n = eo->eo_output(en, f, out,
			    f->f_len + ENCAP_OVERHEAD);
			ATF_REQUIRE(n > f->f_len);
			check_head(en, f, out, n, kind == 2);
			for (step = 1; step <= 20; step++) {
				g = take_frame(en, out, n, step);
				ATF_REQUIRE(g != NULL);
				ATF_CHECK_EQ(f->f_len, g->f_len);
				ATF_CHECK(memcmp(f->f_data, g->f_data,
					      f->f_len) == 0);
				ATF_CHECK(!eo->eo_partial(en));
				frame_free(g);
			}
			frame_free(f);
			eo->eo_free(en);
		}
	}
	free(out);
}

ATF_TC_WITHOUT_HEAD(wire_form);
ATF_TC_BODY(wire_form, tc)
{
	struct encap *en = make_encap(1514, false, 0, 0);
	struct encap *fcs = make_encap(1514, true, 0, 0);
	struct encap *off = make_encap(1514, false, 2, OFFLOAD_CAN_CSUM);
	struct frame *f = make_frame(60, 1);
	uint8_t out[60 + ENCAP_OVERHEAD];

	ATF_CHECK_EQ(0, eo->eo_output(en, f, out, sizeof(out) - 1));
	ATF_CHECK_EQ(63, eo->eo_output(en, f, out, sizeof(out)));
	ATF_CHECK_EQ(0, memcmp(out, "\0\x3d\0", 3));
	ATF_CHECK_EQ(0, memcmp(out + 3, f->f_data, 60));
	ATF_CHECK_EQ(68, eo->eo_output(fcs, f, out, sizeof(out)));
	ATF_CHECK_EQ(0, memcmp(out, "\0\x40\x41\0", 4));
	ATF_CHECK_EQ(60, ether_fcs_strip(out + 4, 64));
	ATF_CHECK_EQ(74, eo->eo_output(off, f, out, sizeof(out)));
	ATF_CHECK_EQ(0, memcmp(out, "\0\x40\x47\2\0\0\0\0\0\0\0\0\0\0", 14));
	frame_free(f);
	eo->eo_free(en);
	eo->eo_free(fcs);
	eo->eo_free(off);
}

ATF_TC_WITHOUT_HEAD(open_checksums);
ATF_TC_BODY(open_checksums, tc)
{
	struct encap *plain = make_encap(1514, true, 0, 0);
	struct encap *able = make_encap(1514, true, 2, OFFLOAD_CAN_CSUM);
	struct frame *f = make_udp(101), *g;
	struct frame_offload fo = f->f_offload;
	uint8_t out[200], sum[2];
	size_t n;

	memcpy(sum, f->f_data + 40, 2);
	/* A peer that can gets it as it is... */
	n = eo->eo_output(able, f, out, sizeof(out));
	g = take_frame(able, out, n, n);
	ATF_REQUIRE(g != NULL);
	ATF_CHECK_EQ(OFFLOAD_F_CSUM, g->f_offload.fo_flags);
	ATF_CHECK_EQ(34, g->f_offload.fo_csum_start);
	ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
	frame_free(g);
	/* ...another one with its checksum; the frame itself is left alone. */
	n = eo->eo_output(plain, f, out, sizeof(out));
	g = take_frame(plain, out, n, n);
	ATF_REQUIRE(g != NULL);
	ATF_CHECK_EQ(0, g->f_offload.fo_flags);
	ATF_CHECK_EQ(0, memcmp(sum, f->f_data + 40, 2));
	offload_finish_csum(&fo, f->f_data, f->f_len);
	ATF_CHECK(memcmp(sum, f->f_data + 40, 2) != 0);
	ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
	frame_free(g);
	frame_free(f);
	eo->eo_free(plain);
	eo->eo_free(able);
}

/* A frame's number goes along, and its checksum is filled in. */
ATF_TC_WITHOUT_HEAD(numbered);
ATF_TC_BODY(numbered, tc)
{
	static const uint8_t head[] = { 0, 0x40, 111, TWICE, 0xfe, 0xdc, 0xba,
		0x98 };
	struct encap *en = make_encap(1514, false, 2, OFFLOAD_CAN_ALL);
	struct encap *old = make_encap(1514, false, 0, 0);
	struct frame *f = make_udp(64), *g;
	struct frame_offload fo = f->f_offload;
	uint8_t out[200];
	size_t n, step;

	f->f_twice = 0xfedcba98;
	n = eo->eo_output(en, f, out, sizeof(out));
	ATF_CHECK_EQ(sizeof(head) + f->f_len, n);
	ATF_CHECK_EQ(0, memcmp(head, out, sizeof(head)));
	offload_finish_csum(&fo, f->f_data, f->f_len);
	f->f_offload = fo;
	for (step = 1; step <= n; step++) {
		g = take_frame(en, out, n, step);
		ATF_REQUIRE(g != NULL);
		ATF_CHECK_EQ(0xfedcba98, g->f_twice);
		ATF_CHECK_EQ(0, g->f_offload.fo_flags);
		ATF_CHECK_EQ(f->f_len, g->f_len);
		ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
		frame_free(g);
	}
	/* the number is not taken for that of the next frame */
	f->f_twice = 0;
	n = eo->eo_output(en, f, out, sizeof(out));
	g = take_frame(en, out, n, n);
	ATF_REQUIRE(g != NULL);
	ATF_CHECK_EQ(0, g->f_twice);
	frame_free(g);
	/* a peer that knows none gets what it knows */
	f->f_twice = 5;
	n = eo->eo_output(old, f, out, sizeof(out));
	g = take_frame(old, out, n, n);
	ATF_REQUIRE(g != NULL);
	ATF_CHECK_EQ(0, g->f_twice);
	ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
	frame_free(g);
	frame_free(f);
	eo->eo_free(en);
	eo->eo_free(old);
}

ATF_TC_WITHOUT_HEAD(unsendable);
ATF_TC_BODY(unsendable, tc)
{
	struct encap *en =
	    make_encap(1514, false, 2, OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO4);
	struct frame *f = make_frame(3000, 1);
	uint8_t out[3000 + ENCAP_OVERHEAD];

	f->f_offload.fo_gso = OFFLOAD_GSO_TCP6;
	f->f_offload.fo_gso_size = 1000;
	ATF_CHECK(eo->eo_output(en, f, out, sizeof(out)) == ENCAP_UNSENDABLE);
	f->f_offload.fo_gso = OFFLOAD_GSO_TCP4 | OFFLOAD_GSO_ECN;
	ATF_CHECK(eo->eo_output(en, f, out, sizeof(out)) > 3000);
	ATF_CHECK_EQ(1, eo->eo_stats(en)->es_unsendable);
	frame_free(f);
	eo->eo_free(en);
}

ATF_TC_WITHOUT_HEAD(control);
ATF_TC_BODY(control, tc)
{
	struct encap *en = make_encap(1514, false, 0, 0);
	uint8_t out[2 * ENCAP_CONTROL];
	const uint8_t *p = out;
	uint64_t cookie = 0;
	struct frame *f;
	size_t n;

	ATF_CHECK_EQ(0, eo->eo_control(en, true, 1, out, ENCAP_CONTROL - 1));
	n = eo->eo_control(en, true, UINT64_C(0x0123456789abcdef), out,
	    sizeof(out));
	n += eo->eo_control(en, false, 42, out + n, sizeof(out) - n);
	ATF_CHECK_EQ(ENCAP_PING, eo->eo_input(en, &p, &n, &f, &cookie));
	ATF_CHECK(cookie == UINT64_C(0x0123456789abcdef));
	ATF_CHECK_EQ(ENCAP_PONG, eo->eo_input(en, &p, &n, &f, &cookie));
	ATF_CHECK(cookie == 42);
	ATF_CHECK_EQ(ENCAP_MORE, eo->eo_input(en, &p, &n, &f, &cookie));
	ATF_CHECK_EQ(0, n);
	eo->eo_free(en);
}

/* The longest frame goes through with and without FCS; one more does not. */
ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct encap *send = make_encap(FRAME_MAX, true, 0, 0);
	struct encap *bare = make_encap(FRAME_MAX, false, 0, 0);
	struct encap *recv;
	uint8_t *out = malloc(FRAME_MAX + ENCAP_OVERHEAD);
	static const size_t maxes[] = { 1514, 1984, FRAME_MAX };
	struct frame *f, *g;
	size_t i, n;

	ATF_REQUIRE(out != NULL);
	for (i = 0; i < 3; i++) {
		recv = make_encap(maxes[i], false, 0, 0);
		f = make_frame(maxes[i], 1);
		n = eo->eo_output(send, f, out, FRAME_MAX + ENCAP_OVERHEAD);
		ATF_CHECK((g = take_frame(recv, out, n, 1000)) != NULL);
		frame_free(g);
		frame_free(f);
		if (maxes[i] == FRAME_MAX) {
			eo->eo_free(recv);
			break;
		}
		f = make_frame(maxes[i] + 1, 1);
		n = eo->eo_output(send, f, out, FRAME_MAX + ENCAP_OVERHEAD);
		ATF_CHECK(take_frame(recv, out, n, 1000) == NULL);
		n = eo->eo_output(bare, f, out, FRAME_MAX + ENCAP_OVERHEAD);
		ATF_CHECK(take_frame(recv, out, n, 1000) == NULL);
		ATF_CHECK_EQ(2, eo->eo_stats(recv)->es_oversized);
		frame_free(f);
		eo->eo_free(recv);
	}
	free(out);
	eo->eo_free(send);
	eo->eo_free(bare);
}

/* Each is one unit that must end in one counter and leave no frame. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const struct {
		const char *h_bytes;
		size_t h_len;
		size_t h_counter;
	} cases[] = {
#define SHORT offsetof(struct encap_stats, es_short)
#define CONTEXT offsetof(struct encap_stats, es_context)
#define OFFLOAD offsetof(struct encap_stats, es_offload)
#define HEADERS_BAD offsetof(struct encap_stats, es_headers)
#define UNKNOWN offsetof(struct encap_stats, es_unknown)
#define OVERSIZED offsetof(struct encap_stats, es_oversized)
		{ "\0\0", 2, SHORT },
		{ "\0\1\0", 3, SHORT },
		{ "\0\2\0x", 4, SHORT },
		{ "\0\1\x40", 3, SHORT },
		{ "\0\3\xc0xx", 5, SHORT },
		{ "\0\1\2", 3, SHORT },
		{ "\0\x0a\2xxxxxxxxx", 12, SHORT },
		{ "\0\x0b\2\0\0\0\0\0\0\0\0\0\0", 13, SHORT },
		{ "\0\1\4", 3, CONTEXT },
		/* a number that is cut off, one without a frame */
		{ "\0\1\6", 3, SHORT },
		{ "\0\4\6\0\0\0", 6, SHORT },
		{ "\0\5\6\0\0\0\1", 7, SHORT },
		{ "\0\x12\6\0\0\0\1\2\0\0\0\0\1\2\0\0\0\0\2\x88", 20, SHORT },
		{ "\0\5\1abcd", 7, CONTEXT },
		/* compressed headers: none, cut off, too long, of nothing */
		{ "\0\1\x8", 3, SHORT },
		{ "\0\2\x8\0", 4, HEADERS_BAD },
		{ "\0\3\x8\2\0", 5, SHORT },
		{ "\0\3\x8\xff\0", 5, HEADERS_BAD },
		{ "\0\4\x8\2\0\0", 6, HEADERS_BAD },
		{ "\0\6\x8\2\0\0xx", 8, HEADERS_BAD },
		{ "\0\4\x8\2\x80\x20", 6, HEADERS_BAD },
		/* a whole one without a frame */
		{ "\0\xe\x8\xc\x80\0\0\0\0\0\0\0\0\0\0\0", 16, SHORT },
		{ "\x17\0", 2, UNKNOWN },
		{ "\x17\3abc", 5, UNKNOWN },
		{ "\x40\x17\x40\3abc", 7, UNKNOWN },
		/* A ping of the wrong length is none of ours. */
		{ "\xab\x6c\x7a\x3e\2xx", 7, UNKNOWN },
		/* Flags that do not exist. */
		{ "\0\x19\2\xff\0\0\0\0\0\0\0\0\0"
		  "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb6",
		    27, OFFLOAD },
		/* A checksum to be written outside the frame. */
		{ "\0\x19\2\1\0\0\0\0\0\xff\xff\xff\xff"
		  "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb6",
		    27, OFFLOAD },
		/* A GSO type over a frame that is not TCP. */
		{ "\0\x19\2\1\1\0\x0e\5\0\0\0\0\0"
		  "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb6",
		    27, OFFLOAD },
	};
	const struct encap_stats *es;
	struct encap *en;
	size_t i, step;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (step = 1; step <= cases[i].h_len; step++) {
			en = make_encap(1514, false, 2, 0xf);
			ATF_CHECK(take_frame(en,
				      (const uint8_t *)cases[i].h_bytes,
				      cases[i].h_len, step) == NULL);
			es = eo->eo_stats(en);
			ATF_CHECK_EQ_MSG(1,
			    *(const uint64_t *)(const void *)((const char *)es +
				cases[i].h_counter),
			    "case %zu", i);
			ATF_CHECK_EQ(1,
			    es->es_short + es->es_context + es->es_offload +
				es->es_headers + es->es_unknown +
				es->es_oversized + es->es_frames);
			ATF_CHECK(!eo->eo_partial(en));
			eo->eo_free(en);
		}
	}
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	struct encap *en = make_encap(1514, false, 0, 0);
	struct frame *f = make_frame(60, 1), *g;
	uint8_t out[60 + ENCAP_OVERHEAD];
	size_t n = eo->eo_output(en, f, out, sizeof(out));

	frame_set_limit(1);
	ATF_CHECK(take_frame(en, out, n, n) == NULL);
	ATF_CHECK_EQ(1, eo->eo_stats(en)->es_memory);
	frame_set_limit(64 << 20);
	ATF_CHECK((g = take_frame(en, out, n, n)) != NULL);
	frame_free(g);
	frame_free(f);
	eo->eo_free(en);
}

/* Frame f from en to itself in pieces of `step`; how long it was. */
static size_t
goes_through(struct encap *en, const struct frame *f, size_t step)
{
	uint8_t *out = malloc(f->f_len + ENCAP_OVERHEAD);
	size_t n;
	struct frame *g;

	ATF_REQUIRE(out != NULL);
	n = eo->eo_output(en, f, out, f->f_len + ENCAP_OVERHEAD);
	g = take_frame(en, out, n, step);
	ATF_REQUIRE(g != NULL);
	ATF_CHECK_EQ(f->f_len, g->f_len);
	ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
	ATF_CHECK_EQ(0,
	    memcmp(&f->f_offload, &g->f_offload, sizeof(g->f_offload)));
	ATF_CHECK_EQ(f->f_twice, g->f_twice);
	ATF_CHECK(!eo->eo_partial(en));
	frame_free(g);
	free(out);
	return (n);
}

/*
 * Headers are compressed when that is switched on, down to frames that have
 * nothing else; others, and frames with a number, go between as ever.
 */
ATF_TC_WITHOUT_HEAD(compressed);
ATF_TC_BODY(compressed, tc)
{
	struct encap *en = make_encap(FRAME_MAX, false, 2, OFFLOAD_CAN_ALL);
	struct frame *f = make_udp(0), *g = make_frame(60, 1), *big;
	uint8_t head[ENCAP_OVERHEAD + 48];
	size_t step, n, skip;

	for (step = 1; step < 20; step++)
		ATF_CHECK_EQ(42 + 13, goes_through(en, f, step));
	eo->eo_compress(en, true);
	ATF_CHECK_EQ(42 + 16, goes_through(en, f, 1));
	for (step = 1; step < 20; step++) {
		/* the identification stays the same: two octets */
		ATF_CHECK_EQ(3 + 5, goes_through(en, f, step));
		ATF_CHECK_EQ(60 + 14, goes_through(en, g, step));
		g->f_twice = 7;
		ATF_CHECK_EQ(60 + 8, goes_through(en, g, step));
		g->f_twice = 0;
	}
	/* what is long stays where it is */
	big = make_udp(5000);
	n = eo->eo_head(en, big, head, sizeof(head), &skip);
	ATF_CHECK_EQ(42, skip);
	ATF_CHECK_EQ(4 + 5, n);
	ATF_REQUIRE(take_frame(en, head, n, 1) == NULL);
	frame_free(f);
	f = take_frame(en, big->f_data + skip, big->f_len - skip, 1000);
	ATF_REQUIRE(f != NULL && f->f_len == big->f_len);
	ATF_CHECK_EQ(0, memcmp(f->f_data, big->f_data, f->f_len));
	eo->eo_compress(en, false);
	ATF_CHECK_EQ(5042 + 14, goes_through(en, big, 999));
	ATF_CHECK_EQ(0, eo->eo_stats(en)->es_headers);
	frame_free(f);
	frame_free(g);
	frame_free(big);
	eo->eo_free(en);
}

/* Who has no memory for a whole frame takes none that refers to it. */
ATF_TC_WITHOUT_HEAD(compressed_memory);
ATF_TC_BODY(compressed_memory, tc)
{
	struct encap *en = make_encap(FRAME_MAX, false, 2, OFFLOAD_CAN_ALL);
	struct frame *f = make_udp(100);
	uint8_t out[142 + ENCAP_OVERHEAD];
	size_t n;
	int i;

	eo->eo_compress(en, true);
	n = eo->eo_output(en, f, out, sizeof(out));
	frame_set_limit(1);
	ATF_CHECK(take_frame(en, out, n, n) == NULL);
	frame_set_limit(64 << 20);
	ATF_CHECK_EQ(1, eo->eo_stats(en)->es_memory);
	for (i = 0; i < 3; i++) {
		n = eo->eo_output(en, f, out, sizeof(out));
		ATF_CHECK(n < 142 && take_frame(en, out, n, n) == NULL);
	}
	ATF_CHECK_EQ(3, eo->eo_stats(en)->es_headers);
	ATF_CHECK(!eo->eo_partial(en));
	frame_free(f);
	eo->eo_free(en);
}

/* Of what is sent to another end, whose counter grows by one; or a frame. */
static void
is_refused(struct encap *from, struct encap *to, const struct frame *f,
    const uint64_t *counter)
{
	uint64_t before = counter != NULL ? *counter : 0;
	uint8_t *out = malloc(f->f_len + ENCAP_OVERHEAD);
	struct frame *g;
	size_t n;

	ATF_REQUIRE(out != NULL);
	n = eo->eo_output(from, f, out, f->f_len + ENCAP_OVERHEAD);
	g = take_frame(to, out, n, 100);
	ATF_CHECK_EQ(counter == NULL, g != NULL);
	if (g != NULL) {
		ATF_CHECK_EQ(0, memcmp(f->f_data, g->f_data, f->f_len));
		frame_free(g);
	} else if (counter != NULL)
		ATF_CHECK_EQ(before + 1, *counter);
	free(out);
}

/* A frame that is refused does not spoil those that refer to it. */
ATF_TC_WITHOUT_HEAD(compressed_refused);
ATF_TC_BODY(compressed_refused, tc)
{
	struct encap *from = make_encap(FRAME_MAX, false, 2, OFFLOAD_CAN_ALL);
	struct encap *to = make_encap(1514, false, 2, OFFLOAD_CAN_CSUM);
	const struct encap_stats *es = eo->eo_stats(to);
	struct frame *f = make_udp(100), *big = make_udp(2000);
	struct frame *super = make_udp(100);

	super->f_offload.fo_gso = OFFLOAD_GSO_UDP;
	super->f_offload.fo_gso_size = 50;
	super->f_offload.fo_hdr_len = 42;
	eo->eo_compress(from, true);
	/* whole ones: here, and too early to be looked at */
	is_refused(from, to, super, &es->es_offload);
	is_refused(from, to, f, NULL);
	ATF_CHECK_EQ(1, es->es_compressed);
	/* compressed ones */
	is_refused(from, to, super, &es->es_offload);
	is_refused(from, to, f, NULL);
	is_refused(from, to, big, &es->es_oversized);
	is_refused(from, to, f, NULL);
	ATF_CHECK_EQ(3, es->es_compressed);
	eo->eo_free(to);
	to = make_encap(1514, false, 2, OFFLOAD_CAN_ALL);
	is_refused(from, to, f, &eo->eo_stats(to)->es_headers);
	eo->eo_free(to);
	frame_free(f);
	frame_free(big);
	frame_free(super);
	eo->eo_free(from);
}

/* Random octets, and a good stream with octets changed: no crash, no frame
 * out of bounds, and never more units than octets. */
ATF_TC_WITHOUT_HEAD(mutations);
ATF_TC_BODY(mutations, tc)
{
	uint32_t seed = 4711;
	uint8_t buf[4096];
	struct frame *f, *g;
	uint64_t cookie;
	int round;

	for (round = 0; round < 20000; round++) {
		struct encap *en = make_encap(1514, round & 1, 2, 0xf);
		size_t len = 0, i, left;
		const uint8_t *p = buf;
		enum encap_result er;

		eo->eo_compress(en, round & 2);
		while (len < 1000) {
			f = (seed >> 20) % 3 == 0 ?
			    make_udp(seed % 300) :
			    make_frame(14 + seed % 300, seed);
			f->f_twice = seed >> 30;
			len +=
			    eo->eo_output(en, f, buf + len, sizeof(buf) - len);
			frame_free(f);
			seed = seed * 1664525 + 1013904223;
		}
		for (i = 0; i < 1 + seed % 16; i++) {
			seed = seed * 1664525 + 1013904223;
			buf[(seed >> 8) % len] = (uint8_t)(seed >> 24);
		}
		left = len;
		while ((er = eo->eo_input(en, &p, &left, &g, &cookie)) !=
			ENCAP_MORE &&
		    er != ENCAP_ERROR) {
			if (er != ENCAP_FRAME)
				continue;
			ATF_REQUIRE(g->f_len >= FRAME_MIN);
			ATF_REQUIRE(g->f_len <= len);
			frame_free(g);
		}
		eo->eo_free(en);
	}
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	ATF_CHECK(encap_find("capsule") == &encap_capsule);
	ATF_CHECK(encap_find("smoke-signals") == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, wire_form);
	ATF_TP_ADD_TC(tp, open_checksums);
	ATF_TP_ADD_TC(tp, numbered);
	ATF_TP_ADD_TC(tp, compressed);
	ATF_TP_ADD_TC(tp, compressed_memory);
	ATF_TP_ADD_TC(tp, compressed_refused);
	ATF_TP_ADD_TC(tp, unsendable);
	ATF_TP_ADD_TC(tp, control);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, mutations);
	ATF_TP_ADD_TC(tp, table);
	return (atf_no_error());
}
