/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/offload.h"

enum {
	ALL = OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO4 | OFFLOAD_CAN_TSO6 |
	    OFFLOAD_CAN_USO,
	DATA = 3000,	/* payload of a base frame */
	C = OFFLOAD_F_CSUM,
	V = OFFLOAD_F_VALID,
	T4 = OFFLOAD_GSO_TCP4,
	T6 = OFFLOAD_GSO_TCP6,
	U = OFFLOAD_GSO_UDP,
	E = OFFLOAD_GSO_ECN
};

enum base { TCP4, TCP6, UDP4, UDP6, TCP4_TAGGED };

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t
sum16(const uint8_t *p, size_t len, uint32_t acc)
{
	size_t i;

	for (i = 0; i < len; i++)
		acc += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return ((uint16_t)acc);
}

/* The sum of the pseudo header of what is at l3, for len octets of proto. */
static uint16_t
pseudo(const uint8_t *l3, uint8_t proto, size_t len)
{
	if (l3[0] >> 4 == 4)
		return (sum16(l3 + 12, 8, (uint32_t)(proto + len)));
	return (sum16(l3 + 8, 32, (uint32_t)(proto + len)));
}

/*
 * Write a frame with `data` octets of payload, its L4 checksum left to
 * offload; returns its length.  *l4 gets the offset of its L4 header.
 */
static size_t
make(uint8_t *p, enum base base, size_t data, size_t *l4)
{
	bool v6 = base == TCP6 || base == UDP6;
	bool tcp = base == TCP4 || base == TCP6 || base == TCP4_TAGGED;
	size_t l3 = 14, room = data + (tcp ? 20U : 8U), i;
	uint8_t proto = tcp ? 6 : 17;

	memset(p, 0, 100);
	p[0] = 2;
	p[6] = 4;
	if (base == TCP4_TAGGED) {
		put16(p + 12, 0x8100);
		p[15] = 7;
		l3 = 18;
	}
	put16(p + l3 - 2, v6 ? 0x86dd : 0x0800);
	if (v6) {
		p[l3] = 0x60;
		put16(p + l3 + 4, room);
		p[l3 + 6] = proto;
		p[l3 + 7] = 64;
		memset(p + l3 + 8, 0x20, 32);
		*l4 = l3 + 40;
	} else {
		p[l3] = 0x45;
		put16(p + l3 + 2, 20 + room);
		p[l3 + 6] = 0x40;
		p[l3 + 8] = 64;
		p[l3 + 9] = proto;
		memset(p + l3 + 12, 10, 8);
		*l4 = l3 + 20;
	}
	put16(p + *l4, 1000);
	put16(p + *l4 + 2, 2000);
	if (tcp) {
		p[*l4 + 12] = 0x50;
		p[*l4 + 13] = 0x10;
	} else
		put16(p + *l4 + 4, room);
	put16(p + *l4 + (tcp ? 16 : 6), pseudo(p + l3, proto, room));
	for (i = *l4 + room - data; i < *l4 + room; i++)
		p[i] = (uint8_t)(i * 31);
	return (*l4 + room);
}

/*
 * Numbered vectors: a base frame with up to three octets changed, its length
 * changed by `grow`, and the header that came with it.
 */
static const struct {
	const char *why;		/* NULL: good */
	enum base base;
	struct frame_offload fo;
	unsigned int can;
	struct {
		size_t off;		/* 0: none */
		uint8_t val;
	} patch[3];
	int grow;
} vectors[] = {
	/* 0-8: good ones */
	{ NULL, TCP4, { 0 }, 0, { { 0 } }, 0 },
	{ NULL, TCP4, { V, 0, 0, 0, 0, 0 }, OFFLOAD_CAN_CSUM, { { 0 } }, 0 },
	{ NULL, TCP4, { C, 0, 0, 0, 34, 16 }, OFFLOAD_CAN_CSUM, { { 0 } }, 0 },
	{ NULL, UDP6, { C, 0, 0, 0, 54, 6 }, OFFLOAD_CAN_CSUM, { { 0 } }, 0 },
	{ NULL, TCP4, { C, T4, 54, 1448, 34, 16 }, ALL, { { 0 } }, 0 },
	{ NULL, TCP6, { C, T6 | E, 74, 1428, 54, 16 }, ALL, { { 0 } }, 0 },
	{ NULL, UDP4, { C, U, 42, 24, 34, 6 }, ALL, { { 0 } }, 0 },
	{ NULL, UDP6, { C, U, 62, 1000, 54, 6 }, ALL, { { 0 } }, 0 },
	{ NULL, TCP4_TAGGED, { C, T4, 300, 48, 38, 16 }, ALL, { { 0 } }, 0 },
	/* 9: padding behind a small packet is no error */
	{ NULL, TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 0 } }, 6 },
	/* 10-14: flags */
	{ "unknown flag", TCP4, { 4, 0, 0, 0, 0, 0 }, ALL, { { 0 } }, 0 },
	{ "unknown flag", TCP4, { 0x80 | C, 0, 0, 0, 34, 16 }, ALL, { { 0 } },
	    0 },
	{ "checksum both open and verified", TCP4, { C | V, 0, 0, 0, 34, 16 },
	    ALL, { { 0 } }, 0 },
	{ "checksum offload not negotiated", TCP4, { C, 0, 0, 0, 34, 16 }, 0,
	    { { 0 } }, 0 },
	{ "checksum offload not negotiated", TCP4, { V, 0, 0, 0, 0, 0 }, 0,
	    { { 0 } }, 0 },
	/* 15-18: fields without meaning */
	{ "checksum place without flag", TCP4, { 0, 0, 0, 0, 34, 0 }, ALL,
	    { { 0 } }, 0 },
	{ "checksum place without flag", TCP4, { V, 0, 0, 0, 0, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "segment size without type", TCP4, { C, 0, 54, 0, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "segment size without type", TCP4, { C, 0, 0, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	/* 19-27: types */
	{ "unknown segmentation type", TCP4, { C, 2, 54, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "unknown segmentation type", TCP4, { C, 3, 54, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "unknown segmentation type", TCP4, { C, E, 54, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "unknown segmentation type", TCP4, { C, 0x41, 54, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "segmentation type not negotiated", TCP4, { C, T4, 54, 1448, 34, 16 },
	    ALL & ~OFFLOAD_CAN_TSO4, { { 0 } }, 0 },
	{ "segmentation type not negotiated", TCP6, { C, T6, 74, 1448, 54, 16 },
	    ALL & ~OFFLOAD_CAN_TSO6, { { 0 } }, 0 },
	{ "segmentation type not negotiated", UDP4, { C, U, 42, 1000, 34, 6 },
	    ALL & ~OFFLOAD_CAN_USO, { { 0 } }, 0 },
	{ "ECN without TCP", UDP4, { C, U | E, 42, 1000, 34, 6 }, ALL,
	    { { 0 } }, 0 },
	{ "segmentation without checksum", TCP4, { 0, T4, 54, 1448, 0, 0 }, ALL,
	    { { 0 } }, 0 },
	/* 28-36: frames that are no whole IP packet */
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 12, 9 } },
	    0 },
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 14, 0x65 } }, 0 },
	{ "not an IP packet", TCP6, { C, 0, 0, 0, 54, 16 }, ALL,
	    { { 14, 0x45 } }, 0 },
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 14, 0x44 } }, 0 },
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 0 } },
	    -1 },
	{ "not an IP packet", TCP6, { C, 0, 0, 0, 54, 16 }, ALL, { { 0 } },
	    -1 },
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 16, 0 }, { 17, 19 } }, 0 },
	{ "not an IP packet", TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 6, 5 } },
	    0 },
	{ "not an IP packet", TCP6, { C, 0, 0, 0, 54, 16 }, ALL,
	    { { 20, 0 }, { 55, 255 } }, -2100 },
	/* 37-39: fragments */
	{ "IP fragment", TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 20, 0x20 } },
	    0 },
	{ "IP fragment", TCP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 21, 1 } }, 0 },
	{ "IP fragment", TCP6, { C, 0, 0, 0, 62, 16 }, ALL,
	    { { 20, 44 }, { 57, 1 } }, 0 },
	/* 40-46: L4 headers */
	{ "neither TCP nor UDP", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 23, 1 } }, 0 },
	{ "neither TCP nor UDP", TCP6, { C, 0, 0, 0, 54, 16 }, ALL,
	    { { 20, 50 } }, 0 },
	{ "TCP header cut off", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 16, 0 }, { 17, 39 } }, 0 },
	{ "bad TCP header length", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 46, 0x40 } }, 0 },
	{ "bad TCP header length", TCP4, { C, 0, 0, 0, 34, 16 }, ALL,
	    { { 46, 0xf0 }, { 16, 0 }, { 17, 79 } }, 0 },
	{ "UDP header cut off", UDP4, { C, 0, 0, 0, 34, 6 }, ALL,
	    { { 16, 0 }, { 17, 27 } }, 0 },
	{ "bad UDP length", UDP4, { C, 0, 0, 0, 34, 6 }, ALL, { { 39, 1 } },
	    0 },
	/* 47-51: place of the checksum */
	{ "bad checksum start", TCP4, { C, 0, 0, 0, 33, 16 }, ALL, { { 0 } },
	    0 },
	{ "bad checksum start", TCP4, { C, 0, 0, 0, 65535, 16 }, ALL, { { 0 } },
	    0 },
	{ "bad checksum offset", TCP4, { C, 0, 0, 0, 34, 6 }, ALL, { { 0 } },
	    0 },
	{ "bad checksum offset", UDP4, { C, 0, 0, 0, 34, 16 }, ALL, { { 0 } },
	    0 },
	{ "bad checksum offset", TCP4, { C, 0, 0, 0, 34, 65535 }, ALL,
	    { { 0 } }, 0 },
	/* 52-63: super-frames that are none of their type */
	{ "protocol is not the segmentation type's", TCP4,
	    { C, T6, 54, 1448, 34, 16 }, ALL, { { 0 } }, 0 },
	{ "protocol is not the segmentation type's", UDP4,
	    { C, T4, 54, 1448, 34, 6 }, ALL, { { 0 } }, 0 },
	{ "protocol is not the segmentation type's", TCP4,
	    { C, U, 54, 1448, 34, 16 }, ALL, { { 0 } }, 0 },
	{ "IP length is not the super-frame's", TCP4,
	    { C, T4, 54, 1448, 34, 16 }, ALL, { { 0 } }, 1 },
	{ "bad header length", TCP4, { C, T4, 53, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "bad header length", TCP4, { C, T4, 3055, 1448, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "bad header length", TCP4, { C, T4, 54, 1448, 34, 16 }, ALL,
	    { { 46, 0x60 } }, 0 },
	{ "nothing to segment", TCP4, { C, T4, 54, 0, 34, 16 }, ALL, { { 0 } },
	    0 },
	{ "nothing to segment", TCP4, { C, T4, 54, 1448, 34, 16 }, ALL,
	    { { 16, 0 }, { 17, 40 } }, -DATA },
	{ "too many datagrams", UDP4, { C, U, 42, 23, 34, 6 }, ALL, { { 0 } },
	    0 },
	{ "segment size too small", TCP4, { C, T4, 54, 47, 34, 16 }, ALL,
	    { { 0 } }, 0 },
	{ "SYN or RST in a super-frame", TCP4, { C, T4, 54, 1448, 34, 16 }, ALL,
	    { { 47, 0x02 } }, 0 },
};

static uint8_t *
exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, p, len);
	return (copy);
}

ATF_TC_WITHOUT_HEAD(check);
ATF_TC_BODY(check, tc)
{
	uint8_t buf[4096] = { 0 }, *p;
	const char *why, *want;
	size_t i, k, len, l4;

	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		len = make(buf, vectors[i].base, DATA, &l4);
		for (k = 0; k < 3; k++)
			if (vectors[i].patch[k].off != 0)
				buf[vectors[i].patch[k].off] =
				    vectors[i].patch[k].val;
		len = (size_t)((long)len + vectors[i].grow);
		p = exact(buf, len);
		why = offload_check(&vectors[i].fo, p, len, vectors[i].can);
		want = vectors[i].why;
		ATF_CHECK_MSG(why == want ||
			(why != NULL && want != NULL && strcmp(why, want) == 0),
		    "vector %zu: %s, not %s", i, why != NULL ? why : "good",
		    want != NULL ? want : "good");
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(wire);
ATF_TC_BODY(wire, tc)
{
	static const struct frame_offload in = { 1, 0x84, 0x1234, 0x5678,
		0x9abc, 0xdef0 };
	static const uint8_t want[OFFLOAD_HDR_LEN] = { 1, 0x84, 0x12, 0x34,
		0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 };
	uint8_t bytes[OFFLOAD_HDR_LEN];
	struct frame_offload out;

	offload_encode(&in, bytes);
	ATF_CHECK(memcmp(bytes, want, sizeof(want)) == 0);
	offload_decode(bytes, &out);
	ATF_CHECK(memcmp(&in, &out, sizeof(in)) == 0);
}

/* What a receiver would verify: pseudo header and all sum up to ones. */
static bool
verifies(const uint8_t *p, size_t l3, size_t l4, size_t end)
{
	uint8_t proto = p[l3] >> 4 == 4 ? p[l3 + 9] : p[l3 + 6];

	return (sum16(p + l4, end - l4, pseudo(p + l3, proto, end - l4)) ==
	    0xffff);
}

ATF_TC_WITHOUT_HEAD(finish);
ATF_TC_BODY(finish, tc)
{
	static const enum base bases[] = { TCP4, TCP6, UDP4, UDP6,
		TCP4_TAGGED };
	struct frame_offload fo;
	uint8_t buf[4096], *p;
	size_t i, n, len, l4, l3;
	bool tcp;

	for (i = 0; i < sizeof(bases) / sizeof(*bases); i++)
		for (n = 0; n < 70; n++) {
			len = make(buf, bases[i], n, &l4);
			l3 = bases[i] == TCP4_TAGGED ? 18 : 14;
			tcp = bases[i] != UDP4 && bases[i] != UDP6;
			fo = (struct frame_offload){ .fo_flags = C,
				.fo_csum_start = (uint16_t)l4,
				.fo_csum_offset = tcp ? 16 : 6 };
			/* Padding does not count, whatever it holds. */
			buf[len] = 0x5a;
			p = exact(buf, len + 1);
			ATF_CHECK(offload_check(&fo, p, len + 1, ALL) == NULL);
			offload_finish_csum(&fo, p, len + 1);
			ATF_CHECK_MSG(verifies(p, l3, l4, len),
			    "base %zu with %zu", i, n);
			ATF_CHECK_EQ(fo.fo_flags, 0);
			ATF_CHECK_EQ(fo.fo_csum_start, 0);
			free(p);
		}
}

/* A UDP checksum that comes out as zero is sent as ones. */
ATF_TC_WITHOUT_HEAD(udp_zero);
ATF_TC_BODY(udp_zero, tc)
{
	struct frame_offload fo = { C, 0, 0, 0, 34, 6 };
	uint8_t p[128];
	size_t len, l4;

	len = make(p, UDP4, 2, &l4);
	memset(p + l4 + 8, 0, 2);
	/* Payload that makes the sum 0xffff. */
	put16(p + l4 + 8, (uint16_t)~sum16(p + l4, len - l4, 0));
	ATF_REQUIRE_EQ(sum16(p + l4, len - l4, 0), 0xffff);
	offload_finish_csum(&fo, p, len);
	ATF_CHECK_EQ(p[l4 + 6], 0xff);
	ATF_CHECK_EQ(p[l4 + 7], 0xff);
}

/* A header that was not checked must do no harm. */
ATF_TC_WITHOUT_HEAD(finish_hostile);
ATF_TC_BODY(finish_hostile, tc)
{
	struct frame_offload fo;
	uint8_t buf[200], *p;
	size_t len, l4;
	int i;

	len = make(buf, TCP4, 20, &l4);
	for (i = 0; i < 20000; i++) {
		arc4random_buf(&fo, sizeof(fo));
		p = exact(buf, len);
		offload_finish_csum(&fo, p, len);
		free(p);
	}
}

/*
 * Headers and frames with random faults: nothing is read out of bounds, and
 * what passes is such that it can be segmented.
 */
ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	static const uint16_t sizes[] = { 0, 1, 47, 48, 536, 1448, 65535 };
	static const uint8_t types[] = { 0, 0, T4, T6, U, T4 | E, 3 };
	struct frame_offload fo;
	uint8_t buf[4096], *p;
	size_t len, l4, k;
	unsigned int can;
	int i, passed = 0;

	for (i = 0; i < 200000; i++) {
		len = make(buf, arc4random_uniform(5), arc4random_uniform(200),
		    &l4);
		for (k = arc4random_uniform(4); k > 0; k--)
			buf[12 + arc4random_uniform(60)] =
			    (uint8_t)arc4random();
		if (arc4random_uniform(4) == 0)
			len = arc4random_uniform((uint32_t)len + 10);
		fo.fo_flags = (uint8_t)arc4random_uniform(3);
		fo.fo_gso = types[arc4random_uniform(7)];
		fo.fo_hdr_len = fo.fo_gso == 0 ?
		    0 :
		    (uint16_t)(l4 + 8 * arc4random_uniform(4));
		fo.fo_gso_size =
		    fo.fo_gso == 0 ? 0 : sizes[arc4random_uniform(7)];
		fo.fo_csum_start = fo.fo_flags == C ? (uint16_t)l4 : 0;
		fo.fo_csum_offset = fo.fo_flags == C ?
		    (uint16_t)(6 + 10 * arc4random_uniform(2)) :
		    0;
		if (arc4random_uniform(20) == 0)
			fo.fo_csum_start = (uint16_t)arc4random();
		can = arc4random_uniform(2) ? ALL : arc4random_uniform(16);
		p = exact(buf, len);
		if (offload_check(&fo, p, len, can) == NULL && fo.fo_gso != 0) {
			passed++;
			ATF_REQUIRE(fo.fo_hdr_len <= len &&
			    fo.fo_hdr_len >= l4 + 8 && fo.fo_gso_size > 0);
			ATF_REQUIRE((size_t)fo.fo_csum_start +
				fo.fo_csum_offset + 2 <=
			    fo.fo_hdr_len);
			ATF_REQUIRE(len / fo.fo_gso_size <=
			    FRAME_MAX / OFFLOAD_TCP_MIN);
			ATF_REQUIRE((can & OFFLOAD_CAN_CSUM) != 0);
		} else if (fo.fo_gso == 0)
			offload_finish_csum(&fo, p, len);
		free(p);
	}
	ATF_CHECK_MSG(passed > 100, "only %d passed", passed);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, check);
	ATF_TP_ADD_TC(tp, wire);
	ATF_TP_ADD_TC(tp, finish);
	ATF_TP_ADD_TC(tp, udp_zero);
	ATF_TP_ADD_TC(tp, finish_hostile);
	ATF_TP_ADD_TC(tp, random);
	return (atf_no_error());
}
