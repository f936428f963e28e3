/* SPDX-License-Identifier: ISC */
/*
 * Keys of flows: what tells flows apart and what must not, by vectors, and
 * hostile frames.
 */
#include <atf-c.h>
#include <stdlib.h>

#include "net/flowkey.h"

#include "super.h"

enum { RANDOM = 200000 };

static struct frame *
packet(bool tcp, bool v6, unsigned int tags, size_t extra)
{
	struct super su = { .su_tcp = tcp,
		.su_v6 = v6,
		.su_tags = tags,
		.su_extra = extra,
		.su_data = 40,
		.su_size = 0 };
	struct frame *f = super_make(&su);

	ATF_REQUIRE(f != NULL);
	return (f);
}

static bool
key(const struct frame *f, struct flowkey *fk)
{
	struct ip_info ii;

	return (flowkey_parse(f->f_data, f->f_len, fk, &ii));
}

/* Octet `at` of a packet with value v; whether that is another flow. */
static bool
differs(struct frame *f, size_t at, uint8_t v)
{
	struct flowkey a, b;

	key(f, &a);
	f->f_data[at] ^= v;
	key(f, &b);
	f->f_data[at] ^= v;
	return (!flowkey_equal(&a, &b));
}

ATF_TC_WITHOUT_HEAD(vectors);
ATF_TC_BODY(vectors, tc)
{
	static const struct {
		bool tcp, v6;
		unsigned int tags;
		size_t extra, at; /* octet changed */
		bool other;
	} v[] = {
		{ true, false, 0, 0, 34, true },     /* 0 source port */
		{ true, false, 0, 0, 37, true },     /* 1 destination port */
		{ true, false, 0, 0, 38, false },    /* 2 sequence number */
		{ true, false, 0, 0, 26, true },     /* 3 source address */
		{ true, false, 0, 0, 33, true },     /* 4 destination address */
		{ true, false, 0, 0, 22, false },    /* 5 time to live */
		{ true, false, 0, 0, 5, false },     /* 6 MAC of an IP packet */
		{ true, false, 0, 8, 42, true },     /* 7 port behind options */
		{ true, false, 0, 8, 36, false },    /* 8 an option */
		{ true, false, 1, 0, 15, true },     /* 9 VLAN */
		{ true, false, 1, 0, 14, false },    /* 10 same, new priority */
		{ true, false, 2, 0, 43, true },     /* 11 port, two tags */
		{ false, false, 0, 0, 35, true },    /* 12 UDP's port */
		{ true, true, 0, 0, 55, true },	     /* 13 IPv6 TCP port */
		{ true, true, 0, 0, 22, true },	     /* 14 IPv6 address */
		{ true, true, 0, 0, 17, false },     /* 15 IPv6 flow label */
		{ false, true, 0, 8, 63, true },     /* 16 port, extension */
		{ false, true, 1, 16, 75, true },    /* 17 the same, VLAN */
	};
	struct frame *f;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		f = packet(v[i].tcp, v[i].v6, v[i].tags, v[i].extra);
		/* a priority is in the upper three bits */
		ATF_CHECK_EQ_MSG(v[i].other,
		    differs(f, v[i].at, i == 10 ? 0xe0 : 1), "vector %zu", i);
		frame_free(f);
	}
	frame_pool_drain();
}

/* First and later fragments, of a packet with ports, are one flow. */
ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	struct frame *f = packet(false, false, 0, 0);
	struct flowkey first, later, whole;

	ATF_CHECK(key(f, &whole));
	f->f_data[20] = 0x20;
	ATF_CHECK(key(f, &first));
	f->f_data[20] = 0x00;
	f->f_data[21] = 0xb9;
	memset(f->f_data + 34, 0x5a, 8);
	ATF_CHECK(key(f, &later));
	ATF_CHECK(flowkey_equal(&first, &later));
	ATF_CHECK(!flowkey_equal(&first, &whole));
	frame_free(f);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(icmp);
ATF_TC_BODY(icmp, tc)
{
	struct frame *f = packet(false, false, 0, 0);

	f->f_data[23] = IP_ICMP;
	f->f_data[34] = 8;
	ATF_CHECK(differs(f, 39, 1));	/* identifier */
	ATF_CHECK(!differs(f, 41, 1));	/* sequence number */
	f->f_data[34] = 3;		/* destination unreachable */
	ATF_CHECK(!differs(f, 39, 1));
	frame_free(f);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	struct frame *f = packet(true, false, 0, 0);
	struct flowkey fk, none = { .fk_vid = 0 };

	f->f_data[12] = 0x08;
	f->f_data[13] = 0x06;		/* ARP */
	ATF_CHECK(!key(f, &fk));
	ATF_CHECK(differs(f, 5, 1));
	ATF_CHECK(differs(f, 11, 1));
	ATF_CHECK(!differs(f, 34, 1));
	f->f_len = 10;
	ATF_CHECK(!key(f, &fk));
	ATF_CHECK(flowkey_equal(&fk, &none));
	frame_free(f);
	frame_pool_drain();
}

/* 256 flows fall into 16 lists of a table evenly, by any seed. */
ATF_TC_WITHOUT_HEAD(spread);
ATF_TC_BODY(spread, tc)
{
	struct frame *f = packet(true, true, 0, 0);
	unsigned int count[16], i, seed;
	uint32_t first[4];
	struct flowkey fk;

	for (seed = 0; seed < 4; seed++) {
		memset(count, 0, sizeof(count));
		for (i = 0; i < 256; i++) {
			put16(f->f_data + 54, (uint16_t)(40000 + i));
			key(f, &fk);
			first[seed] = flowkey_hash(&fk, seed);
			count[first[seed] % 16]++;
		}
		for (i = 0; i < 16; i++)
			ATF_CHECK_MSG(count[i] > 4 && count[i] < 32, "%u",
			    count[i]);
	}
	ATF_CHECK(first[0] != first[1]);
	frame_free(f);
	frame_pool_drain();
}

/* Any octets of any length: no byte outside the frame is touched. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct super su = { .su_data = 60 };
	struct flowkey fk;
	struct ip_info ii;
	size_t len;
	int i, n;

	srandom(7);
	for (i = 0; i < RANDOM; i++) {
		struct frame *f;
		uint8_t *p;

		su.su_tcp = i & 1;
		su.su_v6 = i & 2;
		su.su_extra = (size_t)(random() % 3) * 8;
		su.su_tags = (unsigned int)(random() % 3);
		f = super_make(&su);
		len = (size_t)random() % (f->f_len + 1);
		p = malloc(len + (len == 0));
		ATF_REQUIRE(p != NULL);
		memcpy(p, f->f_data, len);
		for (n = (int)(random() % 4); n > 0 && len > 12; n--)
			p[12 + (size_t)random() % (len - 12)] =
			    (uint8_t)random();
		if (flowkey_parse(p, len, &fk, &ii))
			ATF_CHECK(ii.ii_l4 <= ii.ii_end && ii.ii_end <= len);
		free(p);
		frame_free(f);
	}
	frame_pool_drain();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vectors);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, icmp);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, spread);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
