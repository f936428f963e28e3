/* SPDX-License-Identifier: ISC */
/*
 * Frames that become super-frames: what joins and what does not, and that
 * segmentation gives back what went in.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/flowkey.h"
#include "net/gro.h"
#include "net/gso.h"

#include "super.h"

enum { ROUNDS = 400, FLOWS = 12, FRAMES = 1500, HOSTILE = 60000 };

/* Frames in order, with their references. */
struct list {
	struct frame *li_frame[FRAMES];
	unsigned int li_n;
};

static void
put(struct frame *f, void *arg)
{
	struct list *li = arg;

	ATF_REQUIRE(li->li_n < FRAMES);
	li->li_frame[li->li_n++] = f;
}

static void
list_free(struct list *li)
{
	while (li->li_n > 0)
		frame_free(li->li_frame[--li->li_n]);
}

static void
segments(const struct super *su, struct list *li)
{
	struct frame *f = super_make(su);

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(gso_each(f, 0, put, li), 0);
}

/* Both checksums anew, after a change. */
static void
fix_sums(const struct super *su, struct frame *f)
{
	size_t l3 = super_l3(su), l4 = super_l4(su), room = f->f_len - l4;
	uint8_t *ip = f->f_data + l3, *l4p = f->f_data + l4;
	uint8_t *field = l4p + (su->su_tcp ? 16 : 6);
	uint16_t sum;

	if (!su->su_v6) {
		put16(ip + 10, 0);
		put16(ip + 10, (uint16_t)~super_sum(ip, l4 - l3, 0));
	}
	put16(field, 0);
	sum = (uint16_t)~super_sum(l4p, room,
	    super_pseudo(ip, su->su_tcp ? 6 : 17, room));
	put16(field, sum == 0 && !su->su_tcp ? 0xffff : sum);
}

/* How many frames come out of a batch of those in li, which is emptied. */
static unsigned int
gather(struct list *li, unsigned int can, struct list *out)
{
	struct gro_batch gb = { .gb_used = 0 };
	unsigned int i, n = li->li_n;

	out->li_n = 0;
	li->li_n = 0;
	for (i = 0; i < n; i++)
		gro_put(&gb, li->li_frame[i], can, put, out);
	gro_flush(&gb, put, out);
	ATF_CHECK_EQ(gb.gb_used, 0);
	ATF_CHECK_EQ(gb.gb_joined, n - out->li_n);
	return (out->li_n);
}

static const struct super tcp4 = { .su_tcp = true,
	.su_flags = 0x10,
	.su_id = 7,
	.su_seq = 0xfffffff0,
	.su_options = 12,
	.su_data = 300,
	.su_size = 100 };
static const struct super tcp6 = { .su_tcp = true,
	.su_v6 = true,
	.su_flags = 0x10,
	.su_data = 300,
	.su_size = 100 };
static const struct super udp4 = { .su_id = 65535,
	.su_data = 300,
	.su_size = 100 };
static const struct super udp6 = { .su_v6 = true,
	.su_data = 300,
	.su_size = 100 };
static const struct super vlan4 = { .su_tcp = true,
	.su_tags = 2,
	.su_flags = 0x10,
	.su_data = 300,
	.su_size = 100 };

/*
 * The second of three frames is changed: an octet behind IP's or TCP's or
 * UDP's header's start, xored; then its checksums are made right again, or
 * not.  How many frames come out.
 */
enum where { L2, L3, L4 };
static const struct {
	const char *name;
	const struct super *su;
	enum where where;
	unsigned int off;
	uint8_t xor ;
	bool fix;
	unsigned int out;
} changes[] = {
	{ "nothing, TCP over IPv4", &tcp4, L2, 0, 0, false, 1 },
	{ "nothing, TCP over IPv6", &tcp6, L2, 0, 0, false, 1 },
	{ "nothing, UDP over IPv4", &udp4, L2, 0, 0, false, 1 },
	{ "nothing, UDP over IPv6", &udp6, L2, 0, 0, false, 1 },
	{ "nothing, in two VLAN tags", &vlan4, L2, 0, 0, false, 1 },
	{ "destination MAC", &tcp4, L2, 5, 1, true, 3 },
	{ "source MAC", &udp6, L2, 11, 1, true, 3 },
	{ "priority in a VLAN tag", &vlan4, L2, 14, 0x20, true, 3 },
	{ "VLAN", &vlan4, L2, 19, 1, true, 3 },
	{ "DSCP", &tcp4, L3, 1, 4, true, 3 },
	{ "ECN", &udp4, L3, 1, 3, true, 3 },
	{ "IPv4 identification", &tcp4, L3, 5, 0x80, true, 3 },
	{ "DF", &udp4, L3, 6, 0x40, true, 3 },
	{ "a fragment", &udp4, L3, 6, 0x60, true, 3 },
	{ "TTL", &tcp4, L3, 8, 1, true, 3 },
	{ "source address", &tcp4, L3, 15, 1, true, 3 },
	{ "destination address", &udp4, L3, 19, 1, true, 3 },
	{ "IPv4 checksum", &tcp4, L3, 10, 1, false, 3 },
	{ "traffic class", &tcp6, L3, 1, 0x10, true, 3 },
	{ "flow label", &udp6, L3, 3, 1, true, 3 },
	{ "hop limit", &tcp6, L3, 7, 1, true, 3 },
	{ "IPv6 source", &udp6, L3, 23, 1, true, 2 },
	{ "source port", &udp4, L4, 1, 1, true, 3 },
	{ "destination port", &tcp6, L4, 3, 1, true, 3 },
	{ "IPv6 port, UDP: the others join", &udp6, L4, 3, 1, true, 2 },
	{ "sequence number", &tcp4, L4, 7, 1, true, 3 },
	{ "acknowledgement", &tcp4, L4, 11, 1, true, 3 },
	{ "reserved bits", &tcp4, L4, 12, 1, true, 3 },
	{ "PSH", &tcp4, L4, 13, 0x08, true, 2 },
	{ "FIN", &tcp4, L4, 13, 0x01, true, 3 },
	{ "SYN", &tcp4, L4, 13, 0x02, true, 3 },
	{ "RST", &tcp6, L4, 13, 0x04, true, 3 },
	{ "URG", &tcp4, L4, 13, 0x20, true, 3 },
	{ "no ACK", &tcp4, L4, 13, 0x10, true, 3 },
	{ "ECE", &tcp4, L4, 13, 0x40, true, 3 },
	{ "CWR", &tcp4, L4, 13, 0x80, true, 2 },
	{ "window", &tcp6, L4, 15, 1, true, 3 },
	{ "TCP checksum", &tcp4, L4, 17, 1, false, 3 },
	{ "urgent pointer", &tcp4, L4, 19, 1, true, 3 },
	{ "option", &tcp4, L4, 31, 1, true, 3 },
	{ "payload, TCP", &tcp4, L4, 60, 1, false, 3 },
	{ "payload, UDP", &udp6, L4, 60, 1, false, 3 },
	{ "payload, sums right", &udp6, L4, 60, 1, true, 1 },
	{ "UDP checksum", &udp4, L4, 7, 1, false, 3 },
};

ATF_TC_WITHOUT_HEAD(change);
ATF_TC_BODY(change, tc)
{
	struct list in, out;
	size_t i, base;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct super *su = changes[i].su;

		in.li_n = 0;
		segments(su, &in);
		ATF_REQUIRE_EQ(in.li_n, 3);
		base = changes[i].where == L2 ? 0 :
		    changes[i].where == L3    ? super_l3(su) :
						super_l4(su);
		in.li_frame[1]->f_data[base + changes[i].off] ^= changes[i].xor
		    ;
		if (changes[i].fix)
			fix_sums(su, in.li_frame[1]);
		ATF_CHECK_MSG(gather(&in, OFFLOAD_CAN_ALL, &out) ==
			changes[i].out,
		    "%s: %u frames, not %u", changes[i].name, out.li_n,
		    changes[i].out);
		list_free(&out);
	}
}

/* The kinds that the next hop takes. */
ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	struct list in = { .li_n = 0 }, out;
	unsigned int can;

	for (can = 0; can <= OFFLOAD_CAN_ALL; can++) {
		segments(&tcp4, &in);
		ATF_CHECK_EQ(gather(&in, can, &out), (can & 3) == 3 ? 1 : 3);
		list_free(&out);
		segments(&tcp6, &in);
		ATF_CHECK_EQ(gather(&in, can, &out), (can & 5) == 5 ? 1 : 3);
		list_free(&out);
		segments(&udp6, &in);
		ATF_CHECK_EQ(gather(&in, can, &out), (can & 9) == 9 ? 1 : 3);
		list_free(&out);
	}
}

/* Short payloads, padding, no checksum. */
ATF_TC_WITHOUT_HEAD(shapes);
ATF_TC_BODY(shapes, tc)
{
	struct list in = { .li_n = 0 }, out;

	/* what is behind a shorter one begins anew; a longer one, too */
	segments(&udp4, &in);
	in.li_frame[1]->f_len -= 10;
	put16(in.li_frame[1]->f_data + 16, 118);
	put16(in.li_frame[1]->f_data + 38, 98);
	fix_sums(&udp4, in.li_frame[1]);
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), 2);
	ATF_CHECK_EQ(out.li_frame[0]->f_len, 42 + 190);
	list_free(&out);
	/* padding, of a frame with a short packet */
	segments(&udp4, &in);
	in.li_frame[1]->f_len += 10;
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), 3);
	list_free(&out);
	/* UDP without a checksum */
	segments(&udp4, &in);
	put16(in.li_frame[0]->f_data + 40, 0);
	put16(in.li_frame[1]->f_data + 40, 0);
	put16(in.li_frame[2]->f_data + 40, 0);
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), 3);
	list_free(&out);
}

/* At most 128 datagrams, and one IP packet; TCP not too short. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct super su = udp4;
	struct list in = { .li_n = 0 }, out;
	unsigned int i;

	su.su_size = 2;
	for (i = 0; i < 3; i++) {
		su.su_id = (uint16_t)(i * 100);
		su.su_data = 200;
		segments(&su, &in);
	}
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), 3);
	ATF_CHECK_EQ(out.li_frame[1]->f_len, 42 + 256);
	list_free(&out);
	su = tcp6;
	su.su_size = 1448;
	su.su_data = 60000;
	segments(&su, &in);
	su.su_seq += 60000 / 1448 * 1448;
	in.li_n--;
	frame_free(in.li_frame[in.li_n]);
	segments(&su, &in);
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), 2);
	ATF_CHECK(out.li_frame[0]->f_len > 64000 &&
	    out.li_frame[0]->f_len - 14 <= 65535);
	list_free(&out);
	/* TCP segments too short for a super-frame */
	for (i = 47; i <= 48; i++) {
		su.su_size = (uint16_t)i;
		su.su_data = 10 * i;
		segments(&su, &in);
		ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out),
		    i == 47 ? 10 : 1);
		list_free(&out);
	}
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/* All identifications alike: only with DF, and they count up afterwards. */
ATF_TC_WITHOUT_HEAD(fixed_id);
ATF_TC_BODY(fixed_id, tc)
{
	struct list in = { .li_n = 0 }, out, back = { .li_n = 0 };
	unsigned int df, i;

	for (df = 0; df < 2; df++) {
		segments(&udp4, &in);
		for (i = 0; i < 3; i++) {
			put16(in.li_frame[i]->f_data + 18, 0);
			in.li_frame[i]->f_data[20] = df ? 0x40 : 0;
			fix_sums(&udp4, in.li_frame[i]);
		}
		ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &out), df ? 1 : 3);
		for (i = 0; i < out.li_n; i++)
			gso_each(out.li_frame[i], 0, put, &back);
		ATF_REQUIRE_EQ(back.li_n, 3);
		for (i = 0; i < 3; i++) {
			ATF_CHECK_EQ(get16(back.li_frame[i]->f_data + 18),
			    df ? i : 0);
			ATF_CHECK_EQ(super_sum(back.li_frame[i]->f_data + 14,
					 20, 0),
			    0xffff);
		}
		list_free(&back);
	}
}

/* Frames that others hold, too, are not changed. */
ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	struct list in = { .li_n = 0 };
	struct frame *copy[3], *f;
	struct gro gr;
	unsigned int i;

	segments(&tcp4, &in);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE((copy[i] = frame_copy(in.li_frame[i])) != NULL);
	gro_start(&gr, frame_ref(in.li_frame[0]), OFFLOAD_CAN_ALL);
	ATF_CHECK(gro_add(&gr, frame_ref(in.li_frame[1])));
	ATF_CHECK(gro_add(&gr, frame_ref(in.li_frame[2])));
	f = gro_end(&gr);
	ATF_CHECK(f->f_len == 66 + 300 && gro_end(&gr) == NULL);
	ATF_CHECK(offload_check(&f->f_offload, f->f_data, f->f_len,
		      OFFLOAD_CAN_ALL) == NULL);
	frame_free(f);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(in.li_frame[i]->f_len, copy[i]->f_len);
		ATF_CHECK(memcmp(in.li_frame[i]->f_data, copy[i]->f_data,
			      copy[i]->f_len) == 0);
		frame_free(copy[i]);
	}
	/* without memory for a larger buffer nothing joins, nothing is lost */
	frame_pool_drain();
	frame_set_limit(frame_memory());
	ATF_CHECK_EQ(gather(&in, OFFLOAD_CAN_ALL, &in) > 0, 1);
	frame_set_limit(64 << 20);
	list_free(&in);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

static size_t
below(size_t n)
{
	return ((size_t)rand() % n);
}

/* Some segments of flow n, in order, checksums open, verified or plain. */
static void
random_flow(unsigned int n, struct list *li)
{
	struct super su = {
		.su_tcp = below(3) != 0,
		.su_v6 = below(2) != 0,
		.su_tags = (unsigned int)below(3),
		.su_extra = below(4) == 0 ? 8 * (1 + below(4)) : 0,
		.su_id = (uint16_t)rand(),
		.su_seq = (uint32_t)rand() * 3,
		.su_size = (uint16_t)(48 + below(below(2) ? 60 : 1500)),
		.su_flags = below(3) == 0 ? 0xd8 : 0x10,
	};
	struct frame *f, *cut;
	struct gso gs;
	uint8_t *l4;

	if (su.su_tcp)
		su.su_options = 4 * below(11);
	su.su_data = 1 + below(su.su_size * 40);
	ATF_REQUIRE((f = super_make(&su)) != NULL);
	put16(f->f_data + super_l4(&su), (uint16_t)(5000 + n));
	ATF_REQUIRE(gso_start(&gs, f));
	while ((cut = gso_next(&gs)) != NULL) {
		if (below(3) == 0)
			cut->f_offload.fo_flags = OFFLOAD_F_VALID;
		else if (below(2) == 0) {
			l4 = cut->f_data + super_l4(&su);
			cut->f_offload =
			    (struct frame_offload){ .fo_flags = OFFLOAD_F_CSUM,
				    .fo_csum_start = (uint16_t)super_l4(&su),
				    .fo_csum_offset = su.su_tcp ? 16 : 6 };
			put16(l4 + (su.su_tcp ? 16 : 6),
			    super_pseudo(f->f_data + super_l3(&su),
				su.su_tcp ? 6 : 17,
				cut->f_len - super_l4(&su)));
		}
		if (below(50) == 0) {
			cut->f_data[below(cut->f_len)] ^= (uint8_t)rand();
			memset(&cut->f_offload, 0, sizeof(cut->f_offload));
		}
		put(cut, li);
	}
}

/* As it is when nothing is left open. */
static struct frame *
finished(const struct frame *f)
{
	struct frame *n = frame_copy(f);

	ATF_REQUIRE(n != NULL);
	if ((n->f_offload.fo_flags & OFFLOAD_F_CSUM) != 0)
		offload_finish_csum(&n->f_offload, n->f_data, n->f_len);
	memset(&n->f_offload, 0, sizeof(n->f_offload));
	return (n);
}

static bool
same_flow(const struct frame *a, const struct frame *b)
{
	struct flowkey ka, kb;
	struct ip_info ii;

	flowkey_parse(a->f_data, a->f_len, &ka, &ii);
	flowkey_parse(b->f_data, b->f_len, &kb, &ii);
	return (flowkey_equal(&ka, &kb));
}

/* Each of want, by flow in the same order, is in have; nothing else is. */
static void
compare(struct list *want, struct list *have)
{
	unsigned int i, j;

	ATF_REQUIRE_EQ(want->li_n, have->li_n);
	for (i = 0; i < want->li_n; i++) {
		struct frame *w = want->li_frame[i], *h = NULL;

		for (j = 0; j < have->li_n; j++)
			if ((h = have->li_frame[j]) != NULL && same_flow(w, h))
				break;
		ATF_REQUIRE_MSG(j < have->li_n, "frame %u is lost", i);
		ATF_REQUIRE_EQ_MSG(w->f_len, h->f_len, "frame %u", i);
		ATF_REQUIRE_MSG(memcmp(w->f_data, h->f_data, w->f_len) == 0,
		    "frame %u differs", i);
		frame_free(h);
		have->li_frame[j] = NULL;
	}
	have->li_n = 0;
}

/* Several flows mixed, some octets damaged: what comes out is what went in. */
ATF_TC(inverse);
ATF_TC_HEAD(inverse, tc)
{
	atf_tc_set_md_var(tc, "timeout", "900");
}
ATF_TC_BODY(inverse, tc)
{
	static struct list flow[FLOWS], in, out, want, back;
	unsigned int next[FLOWS], n, k, r, i, left, joined = 0;

	srand(20261125);
	for (r = 0; r < ROUNDS; r++) {
		n = 1 + (unsigned int)below(FLOWS);
		in.li_n = want.li_n = back.li_n = left = 0;
		for (k = 0; k < n; k++) {
			flow[k].li_n = next[k] = 0;
			random_flow(k, &flow[k]);
			left += flow[k].li_n;
		}
		/* in runs, as they come from a network */
		while (left > 0) {
			k = (unsigned int)below(n);
			for (i = 1 + (unsigned int)below(20);
			     i > 0 && next[k] < flow[k].li_n; i--, left--)
				put(flow[k].li_frame[next[k]++], &in);
		}
		for (i = 0; i < in.li_n; i++)
			put(finished(in.li_frame[i]), &want);
		n = in.li_n;
		joined += n - gather(&in, OFFLOAD_CAN_ALL, &out);
		for (i = 0; i < out.li_n; i++) {
			struct frame *f = out.li_frame[i];

			if (f->f_offload.fo_gso == OFFLOAD_GSO_NONE) {
				put(finished(f), &back);
				frame_free(f);
				continue;
			}
			ATF_REQUIRE(offload_check(&f->f_offload, f->f_data,
					f->f_len, OFFLOAD_CAN_ALL) == NULL);
			ATF_REQUIRE_EQ(gso_each(f, 0, put, &back), 0);
		}
		compare(&want, &back);
		list_free(&want);
	}
	ATF_CHECK_MSG(joined > ROUNDS * 20, "only %u joined", joined);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/* The segments of f, or an octet of difference. */
static void
check_same(const struct list *want, struct frame *f)
{
	struct list back = { .li_n = 0 };
	unsigned int i;

	ATF_REQUIRE(offload_check(&f->f_offload, f->f_data, f->f_len,
			OFFLOAD_CAN_ALL) == NULL);
	ATF_REQUIRE_EQ(gso_each(f, 0, put, &back), 0);
	ATF_REQUIRE_EQ(want->li_n, back.li_n);
	for (i = 0; i < back.li_n; i++) {
		ATF_CHECK_EQ(want->li_frame[i]->f_len, back.li_frame[i]->f_len);
		ATF_CHECK_EQ(0,
		    memcmp(want->li_frame[i]->f_data, back.li_frame[i]->f_data,
			back.li_frame[i]->f_len));
	}
	list_free(&back);
}

/* Super-frames and frames of one flow, cut anywhere, become one again. */
ATF_TC_WITHOUT_HEAD(supers);
ATF_TC_BODY(supers, tc)
{
	static const struct super *const kinds[] = { &tcp4, &tcp6, &vlan4 };
	struct list want = { .li_n = 0 };
	unsigned int round, i, n, pieces;
	struct frame *f;
	struct super su;
	struct gso gs;
	struct gro gr;

	srand(6);
	for (round = 0; round < ROUNDS; round++) {
		su = *kinds[round % 3];
		su.su_id = (uint16_t)below(65536);
		su.su_data = 101 + (size_t)below(3000);
		if (below(3) == 0)
			su.su_flags |= 0x08;
		segments(&su, &want);
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		memset(&gs, 0, sizeof(gs));
		ATF_REQUIRE(gso_start(&gs, f));
		pieces = 0;
		while (gso_left(&gs) > 0) {
			f = gso_next_part(&gs, 200 + (size_t)below(900));
			ATF_REQUIRE(f != NULL);
			if (pieces++ == 0)
				gro_start(&gr, f, OFFLOAD_CAN_ALL);
			else
				ATF_REQUIRE(gro_add(&gr, f));
		}
		ATF_CHECK(pieces > 0);
		check_same(&want, gro_end(&gr));
		list_free(&want);
	}
	/* what does not follow does not join */
	su = tcp4;
	for (i = 0; i < 7; i++) {
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		gro_start(&gr, f, OFFLOAD_CAN_ALL);
		su.su_seq += 300;
		su.su_id += 3;
		su.su_seq += i == 1 ? 100 : 0;
		su.su_id = (uint16_t)(su.su_id + (i == 2));
		su.su_size = i == 3 ? 150 : 100;
		su.su_flags = i == 4 ? 0x50 : 0x10;
		su.su_options = i == 5 ? 0 : 12;
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		if (i == 6)	/* whose own checksum is wrong */
			f->f_data[super_l4(&su) + 16] ^= 1;
		n = gro_add(&gr, f);
		ATF_CHECK_EQ_MSG(i == 0, n == 1, "%u", i);
		if (n == 0)
			frame_free(f);
		frame_free(gro_end(&gr));
		su = tcp4;
	}
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

static void
drop(struct frame *f, void *arg)
{
	unsigned int *n = arg;

	if (f->f_offload.fo_gso != OFFLOAD_GSO_NONE) {
		ATF_REQUIRE(offload_check(&f->f_offload, f->f_data, f->f_len,
				OFFLOAD_CAN_ALL | OFFLOAD_CAN_SMALL) == NULL);
		(*n)++;
	}
	frame_free(f);
}

/* Random changes to frames that would join, cut off anywhere, any flags. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const struct super *const kinds[] = { &tcp4, &tcp6, &udp4, &udp6,
		&vlan4 };
	struct gro_batch gb = { .gb_used = 0 };
	struct list li = { .li_n = 0 };
	struct frame *f, *exact;
	unsigned int i, k, supers = 0;

	srand(5);
	for (i = 0; i < HOSTILE; i++) {
		if (li.li_n == 0) {
			segments(kinds[below(5)], &li);
			segments(kinds[below(5)], &li);
		}
		k = (unsigned int)below(li.li_n);
		f = li.li_frame[k];
		li.li_frame[k] = li.li_frame[--li.li_n];
		for (k = (unsigned int)below(3); k > 0; k--)
			f->f_data[below(80)] ^= (uint8_t)(1 << below(8));
		if (below(4) == 0)
			f->f_len = (uint32_t)(14 + below(f->f_len - 13));
		/* a valid mark lies, but it is one that may be there */
		if (below(4) == 0)
			f->f_offload.fo_flags = OFFLOAD_F_VALID;
		/* nothing behind its end may be read: ASan sees no buffer */
		if ((exact = frame_copy(f)) != NULL)
			memset(exact->f_data + exact->f_len, 0xff,
			    exact->f_cap - exact->f_len);
		frame_free(f);
		gro_put(&gb, exact, OFFLOAD_CAN_ALL, drop, &supers);
		if (below(10) == 0)
			gro_flush(&gb, drop, &supers);
	}
	gro_flush(&gb, drop, &supers);
	list_free(&li);
	ATF_CHECK_MSG(supers > 100, "only %u super-frames", supers);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/* The same of super-frames, as a queue joins them. */
ATF_TC_WITHOUT_HEAD(hostile_supers);
ATF_TC_BODY(hostile_supers, tc)
{
	static const struct super *const kinds[] = { &tcp4, &tcp6, &vlan4 };
	unsigned int i, k, joined = 0;
	struct frame *f, *g;
	struct super su;
	struct gro gr;

	srand(7);
	for (i = 0; i < HOSTILE; i++) {
		su = *kinds[below(3)];
		ATF_REQUIRE((f = super_make(&su)) != NULL);
		su.su_seq += 300;
		su.su_id += 3;
		ATF_REQUIRE((g = super_make(&su)) != NULL);
		for (k = (unsigned int)below(3); k > 0; k--)
			(below(2) ? f : g)->f_data[below(80)] ^=
			    (uint8_t)(1 << below(8));
		if (below(4) == 0)
			g->f_len = (uint32_t)(14 + below(g->f_len - 13));
		if (below(4) == 0)
			g->f_offload.fo_gso_size = (uint16_t)below(400);
		if (below(8) == 0)
			g->f_offload.fo_flags = (uint8_t)below(4);
		if (below(8) == 0)
			f->f_offload.fo_gso = (uint8_t)below(6);
		memset(g->f_data + g->f_len, 0xff, g->f_cap - g->f_len);
		gro_start(&gr, f, OFFLOAD_CAN_ALL);
		if (!gro_add(&gr, g)) {
			frame_free(g);
			frame_free(gro_end(&gr));
			continue;
		}
		joined++;
		g = gro_end(&gr);
		ATF_REQUIRE(offload_check(&g->f_offload, g->f_data, g->f_len,
				OFFLOAD_CAN_ALL) == NULL);
		frame_free(g);
	}
	ATF_CHECK_MSG(joined > 1000, "only %u", joined);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, change);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, shapes);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, fixed_id);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, inverse);
	ATF_TP_ADD_TC(tp, supers);
	ATF_TP_ADD_TC(tp, hostile_supers);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
