/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/igmp.h"
#include "net/inspect.h"

#include "igmp_packets.h"

static struct inspect in;
static struct igmp ig;

/* What the frame in buf is, read from an allocation of exactly its length. */
static enum igmp_kind
kind(void)
{
	static uint8_t *p;

	free(p);
	ATF_REQUIRE((p = malloc(len)) != NULL);
	memcpy(p, buf, len);
	(void)inspect_frame(p, len, &in);
	return (igmp_parse(&in, &ig));
}

static const uint8_t video[4] = { 239, 1, 2, 3 };
static const uint8_t video6[16] = { 0xff, 5, [15] = 7 };

/* A message of IGMP with the group, 8 octets. */
static void
plain4(int type, int code, const uint8_t *group)
{
	uint8_t p[8] = { (uint8_t)type, (uint8_t)code };

	memcpy(p + 4, group, 4);
	igmp4(0, other4, routers4, p, sizeof(p));
}

static void
plain6(const uint8_t *src, int type, int code, const uint8_t *group)
{
	uint8_t p[24] = { (uint8_t)type, [4] = (uint8_t)(code >> 8),
		(uint8_t)code };

	memcpy(p + 8, group, 16);
	igmp6(0, src, routers6, p, sizeof(p));
}

ATF_TC_WITHOUT_HEAD(reports);
ATF_TC_BODY(reports, tc)
{
	static const struct {
		int type;
		bool leave;
	} v[] = { { 0x12, false }, { 0x16, false }, { 0x17, true } };
	uint8_t group[16];
	bool leave;
	size_t i;

	for (i = 0; i < 3; i++) {
		plain4(v[i].type, 0, video);
		ATF_REQUIRE_EQ(kind(), IGMP_REPORT);
		ATF_REQUIRE(igmp_next(&ig, group, &leave));
		ATF_CHECK_EQ(memcmp(group, video, 4), 0);
		ATF_CHECK_EQ(leave, v[i].leave);
		ATF_CHECK(!igmp_next(&ig, group, &leave));
	}
	for (i = 0; i < 2; i++) {
		plain6(other6, i == 0 ? 131 : 132, 0, video6);
		ATF_REQUIRE_EQ(kind(), IGMP_REPORT);
		ATF_REQUIRE(igmp_next(&ig, group, &leave));
		ATF_CHECK_EQ(memcmp(group, video6, 16), 0);
		ATF_CHECK_EQ(leave, i == 1);
	}
}

/* A record of IGMPv3 (alen 4) or MLDv2 (16); its length. */
static size_t
record(uint8_t *p, int type, int aux, int sources, size_t alen, int last)
{
	memset(p, 0, 4 + alen);
	p[0] = (uint8_t)type;
	p[1] = (uint8_t)aux;
	p[3] = (uint8_t)sources;
	p[4] = alen == 4 ? 239 : 0xff;
	p[5] = 5;
	p[3 + alen] = (uint8_t)last;
	memset(p + 4 + alen, 0xee, (size_t)sources * alen + (size_t)aux * 4);
	return (4 + alen + (size_t)sources * alen + (size_t)aux * 4);
}

/* Record types: what each does, and that the next is found behind it. */
ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	static const struct {
		int type, sources;
		char does;
	} v[] = { { 1, 2, 'j' }, { 1, 0, '-' }, { 2, 0, 'j' }, { 2, 3, 'j' },
		{ 3, 0, 'l' }, { 3, 1, 'j' }, { 4, 0, 'j' }, { 4, 2, 'j' },
		{ 5, 1, 'j' }, { 6, 1, '-' }, { 0, 0, '-' }, { 7, 0, '-' } };
	enum { N = sizeof(v) / sizeof(v[0]) };
	uint8_t p[1500], group[16];
	size_t i, n, alen;
	bool leave;

	for (alen = 4; alen <= 16; alen += 12) {
		memset(p, 0, 8);
		p[0] = alen == 4 ? 0x22 : 143;
		p[7] = N;
		for (i = 0, n = 8; i < N; i++)
			n += record(p + n, v[i].type, (int)i % 3, v[i].sources,
			    alen, (int)i);
		if (alen == 4)
			igmp4(2, nil4, routers4, p, n);
		else
			igmp6(1, other6, routers6, p, n);
		ATF_REQUIRE_EQ(kind(), IGMP_REPORT);
		for (i = 0; i < N; i++) {
			if (v[i].does == '-')
				continue;
			ATF_REQUIRE(igmp_next(&ig, group, &leave));
			ATF_CHECK_EQ(group[alen - 1], i);
			ATF_CHECK_EQ(leave, v[i].does == 'l');
		}
		ATF_CHECK(!igmp_next(&ig, group, &leave));
	}
}

ATF_TC_WITHOUT_HEAD(queries);
ATF_TC_BODY(queries, tc)
{
	static const struct {
		size_t n;
		int code;
		unsigned int ms;
	} v4[] = { { 8, 0, 10000 }, { 8, 100, 10000 }, { 8, 255, 25500 },
		{ 12, 100, 10000 }, { 12, 0x80, 12800 },
		{ 12, 0xff, 3174400 } },
	  v6[] = { { 24, 1000, 1000 }, { 24, 40000, 40000 }, { 28, 1000, 1000 },
		  { 28, 0x8000, 32768 }, { 28, 0xffff, 8387584 } };
	uint8_t p[28] = { 0x11 };
	size_t i;

	for (i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
		p[1] = (uint8_t)v4[i].code;
		igmp4(0, gw4, routers4, p, v4[i].n);
		ATF_REQUIRE_EQ(kind(), IGMP_QUERY);
		ATF_CHECK_EQ_MSG(ig.ig_response, v4[i].ms, "%u",
		    ig.ig_response);
		ATF_CHECK_EQ(memcmp(ig.ig_src, gw4, 4), 0);
	}
	memset(p, 0, sizeof(p));
	p[0] = 130;
	for (i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
		p[4] = (uint8_t)(v6[i].code >> 8);
		p[5] = (uint8_t)v6[i].code;
		igmp6(0, gw6, routers6, p, v6[i].n);
		ATF_REQUIRE_EQ(kind(), IGMP_QUERY);
		ATF_CHECK_EQ_MSG(ig.ig_response, v6[i].ms, "%u",
		    ig.ig_response);
	}
	plain4(0x11, 10, video);
	ATF_REQUIRE_EQ(kind(), IGMP_QUERY);
	ATF_CHECK_EQ(memcmp(ig.ig_group, video, 4), 0);
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	static const uint8_t pim[8] = { 0x20 };

	plain4(0x30, 20, nil4);
	ATF_CHECK_EQ(kind(), IGMP_ROUTER);
	plain6(gw6, 151, 20, other6);
	ATF_CHECK_EQ(kind(), IGMP_ROUTER);
	igmp4(0, gw4, routers4, pim, 8);
	buf[l3 + 9] = 103;
	ATF_CHECK_EQ(kind(), IGMP_ROUTER);
	buf[l4] = 0x23;			/* a join, which any may send */
	ATF_CHECK_EQ(kind(), IGMP_NONE);
	plain4(0x99, 0, video);
	ATF_CHECK_EQ(kind(), IGMP_UNKNOWN);
	plain6(other6, 128, 0, video6);	/* echo */
	ATF_CHECK_EQ(kind(), IGMP_NONE);
	arp(everybody, host, 0, 1, other4, gw4);
	ATF_CHECK_EQ(kind(), IGMP_NONE);
	plain4(0x16, 0, video);
	put_at(l3 + 6, 0x2000);		/* a first fragment */
	ATF_CHECK_EQ(kind(), IGMP_NONE);
	plain4(0x16, 0, video);
	put_at(l3 + 6, 8);		/* a later one */
	ATF_CHECK_EQ(kind(), IGMP_NONE);
}

/* RFC 3810, 5.1.14, 5.2.13: of the link, or nobody's. */
ATF_TC_WITHOUT_HEAD(of_the_link);
ATF_TC_BODY(of_the_link, tc)
{
	static const uint8_t global[16] = { 0x20, 1, [15] = 9 };
	static const uint8_t none[16];

	plain6(none, 131, 0, video6);
	ATF_CHECK_EQ(kind(), IGMP_REPORT);
	plain6(none, 130, 1000, none);
	ATF_CHECK_EQ(kind(), IGMP_UNKNOWN);
	plain6(global, 131, 0, video6);
	ATF_CHECK_EQ(kind(), IGMP_UNKNOWN);
	plain6(other6, 131, 0, video6);
	buf[l3 + 7] = 2;
	ATF_CHECK_EQ(kind(), IGMP_UNKNOWN);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	uint8_t p[40] = { 0x22, [7] = 1 };
	size_t n;

	plain4(0x16, 0, video);
	buf[l4 + 5] ^= 1;
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	plain4(0x16, 0, video);
	buf[l3 + 13] ^= 1;		/* the IP header's sum */
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	plain6(other6, 131, 0, video6);
	buf[l3 + 9] ^= 1;		/* the pseudo header's */
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	for (n = 0; n < 8; n++) {
		igmp4(0, other4, routers4, p, n);
		ATF_CHECK_EQ(kind(), IGMP_BAD);
	}
	/* one record, which is there only behind 8 octets */
	for (n = 8; n < 16; n++) {
		igmp4(0, other4, routers4, p, n);
		ATF_CHECK_EQ(kind(), IGMP_BAD);
	}
	igmp4(0, other4, routers4, p, 16);
	ATF_CHECK_EQ(kind(), IGMP_REPORT);
	p[6] = 0xff;			/* more records than there are */
	igmp4(0, other4, routers4, p, 40);
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	p[6] = 0;
	p[10] = 0xff;			/* more sources */
	igmp4(0, other4, routers4, p, 40);
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	p[10] = 0;
	p[9] = 200;			/* more of what nobody defined */
	igmp4(0, other4, routers4, p, 40);
	ATF_CHECK_EQ(kind(), IGMP_BAD);
	p[0] = 143;
	p[9] = 0;
	for (n = 4; n < 28; n++) {
		igmp6(0, other6, routers6, p, n);
		ATF_CHECK_EQ(kind(), IGMP_BAD);
	}
	igmp6(0, other6, routers6, p, 28);
	ATF_CHECK_EQ(kind(), IGMP_REPORT);
	p[0] = 131;
	igmp6(0, other6, routers6, p, 23);
	ATF_CHECK_EQ(kind(), IGMP_BAD);
}

ATF_TC_WITHOUT_HEAD(tracked);
ATF_TC_BODY(tracked, tc)
{
	static const struct {
		int family;
		uint8_t group[16];
		bool tracked;
	} v[] = {
		{ 4, { 224, 0, 0, 1 }, false },
		{ 4, { 224, 0, 0, 251 }, false },
		{ 4, { 224, 0, 1, 1 }, true },
		{ 4, { 224, 1, 0, 1 }, true },
		{ 4, { 239, 255, 255, 250 }, true },
		{ 4, { 192, 168, 1, 1 }, false },
		{ 6, { 0xff, 2, [15] = 1 }, false },
		{ 6, { 0xff, 2, [15] = 0xfb }, false },
		{ 6, { 0xff, 2, [11] = 1, 0xff, 1, 2, 3 }, true },
		{ 6, { 0xff, 2, [11] = 1, 0xfe, 1, 2, 3 }, false },
		{ 6, { 0xff, 0, [15] = 9 }, false },
		{ 6, { 0xff, 1, [15] = 9 }, false },
		{ 6, { 0xff, 5, [15] = 9 }, true },
		{ 6, { 0xff, 0x1e, [15] = 9 }, true },
		{ 6, { 0xfe, 0x80, [15] = 9 }, false },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ATF_CHECK_EQ_MSG(igmp_is_tracked(v[i].family, v[i].group),
		    v[i].tracked, "%zu", i);
}

ATF_TC_WITHOUT_HEAD(built);
ATF_TC_BODY(built, tc)
{
	static const uint8_t none[16];
	struct igmp_query iq;
	int family, group, tag;

	for (family = 4; family <= 6; family += 2)
		for (group = 0; group < 2; group++)
			for (tag = 0; tag < 2; tag++) {
				memset(&iq, 0, sizeof(iq));
				iq.iq_family = family;
				iq.iq_vid = tag ? 7 : 0;
				iq.iq_response = 10000;
				memcpy(iq.iq_mac, own, 6);
				memcpy(iq.iq_src, family == 4 ? gw4 : gw6,
				    family == 4 ? 4 : 16);
				if (group)
					memcpy(iq.iq_group,
					    family == 4 ? video : video6,
					    family == 4 ? 4 : 16);
				len = igmp_build_query(buf, &iq);
				ATF_REQUIRE(len <= IGMP_QUERY_MAX);
				ATF_REQUIRE_EQ(kind(), IGMP_QUERY);
				ATF_CHECK_EQ(in.in_ether.ei_vid, tag ? 7 : 0);
				ATF_CHECK_EQ(in.in_ip.ii_end, len);
				ATF_CHECK_EQ(ig.ig_response, 10000);
				ATF_CHECK_EQ(memcmp(ig.ig_group, iq.iq_group,
						 16),
				    0);
				ATF_CHECK_EQ(ig.ig_src[0], iq.iq_src[0]);
				ATF_CHECK_EQ(memcmp(ig.ig_group, none, 16) == 0,
				    !group);
				/* the group's address of Ethernet */
				ATF_CHECK_EQ(buf[0], family == 4 ? 1 : 0x33);
				ATF_CHECK_EQ(buf[5],
				    in.in_ip.ii_dst[family == 4 ? 3 : 15]);
			}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reports);
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, queries);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, of_the_link);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, tracked);
	ATF_TP_ADD_TC(tp, built);
	return (atf_no_error());
}
