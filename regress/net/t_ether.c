/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/ether.h"

#define DST 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define SRC 0x02, 0x00, 0x5e, 0x10, 0x00, 0x01

/* Numbered vectors: octets, and what parsing says of them. */
static const struct {
	uint8_t bytes[32];
	size_t len;
	bool ok;
	uint16_t vid;
	uint16_t type;
	size_t payload;
} parse_vectors[] = {
	/* 0: plain */
	{ { DST, SRC, 0x08, 0x06, 1 }, 15, true, 0, 0x0806, 14 },
	/* 1: nothing behind the type */
	{ { DST, SRC, 0x08, 0x00 }, 14, true, 0, 0x0800, 14 },
	/* 2: one octet short, 3: nothing at all */
	{ { DST, SRC, 0x08 }, 13, false, 0, 0, 0 },
	{ { 0 }, 0, false, 0, 0, 0 },
	/* 4: tag with priority 7 and VLAN 100 */
	{ { DST, SRC, 0x81, 0, 0xe0, 0x64, 0x86, 0xdd }, 18, true, 100, 0x86dd,
	    18 },
	/* 5: priority tag only */
	{ { DST, SRC, 0x81, 0, 0xe0, 0x00, 0x08, 0x00 }, 18, true, 0, 0x0800,
	    18 },
	/* 6: tag cut off in its VLAN id, 7: in its type */
	{ { DST, SRC, 0x81, 0, 0xe0 }, 15, false, 0, 0, 0 },
	{ { DST, SRC, 0x81, 0, 0xe0, 0x64, 0x08 }, 17, false, 0, 0, 0 },
	/* 8: two tags; the outer one counts */
	{ { DST, SRC, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 0x08, 0x00 }, 22, true,
	    7, 0x0800, 22 },
	/* 9: second tag cut off */
	{ { DST, SRC, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 0x08 }, 21, false, 0, 0,
	    0 },
	/* 10: three tags: the third is payload */
	{ { DST, SRC, 0x81, 0, 0, 7, 0x81, 0, 0, 8, 0x81, 0, 0, 9, 8, 0 }, 26,
	    true, 7, 0x8100, 22 },
	/* 11: group source, 12: zero source, 13: zero destination */
	{ { DST, 0x03, 0, 0, 0, 0, 1, 8, 0 }, 14, false, 0, 0, 0 },
	{ { DST, 0, 0, 0, 0, 0, 0, 8, 0 }, 14, false, 0, 0, 0 },
	{ { 0, 0, 0, 0, 0, 0, SRC, 8, 0 }, 14, false, 0, 0, 0 },
	/* 14: an 802.3 length instead of a type */
	{ { DST, SRC, 0x00, 0x2e, 0x42, 0x42 }, 16, true, 0, 0x002e, 14 },
};

/* A copy of exactly len bytes, so that ASan sees any read beyond. */
static uint8_t *
exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, p, len);
	return (copy);
}

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	struct ether_info ei;
	uint8_t *p;
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(parse_vectors) / sizeof(*parse_vectors); i++) {
		p = exact(parse_vectors[i].bytes, parse_vectors[i].len);
		ok = ether_parse(p, parse_vectors[i].len, &ei);
		ATF_CHECK_EQ_MSG(ok, parse_vectors[i].ok, "vector %zu", i);
		if (ok && parse_vectors[i].ok) {
			ATF_CHECK_MSG(ei.ei_vid == parse_vectors[i].vid &&
				ei.ei_type == parse_vectors[i].type &&
				ei.ei_payload == parse_vectors[i].payload &&
				ei.ei_dst == p && ei.ei_src == p + 6,
			    "vector %zu", i);
		}
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(parse_random);
ATF_TC_BODY(parse_random, tc)
{
	static const uint8_t likely[] = { 0x81, 0x00, 0x88, 0xa8, 0x08 };
	struct ether_info ei;
	uint8_t buf[40], *p;
	size_t len, k;
	int i;

	for (i = 0; i < 100000; i++) {
		arc4random_buf(buf, sizeof(buf));
		for (k = 12; k < sizeof(buf); k++)
			if (buf[k] < 200)
				buf[k] = likely[buf[k] % sizeof(likely)];
		len = arc4random_uniform(sizeof(buf) + 1);
		p = exact(buf, len);
		if (ether_parse(p, len, &ei))
			ATF_CHECK(ei.ei_payload <= len && ei.ei_vid < 4096 &&
			    (ei.ei_payload - 14) % 4 == 0);
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	static const uint8_t bcast[6] = { DST }, uni[6] = { SRC };
	uint8_t mac[6] = { 0x01, 0x80, 0xc2, 0, 0, 0 };

	ATF_CHECK(ether_is_group(bcast) && ether_is_broadcast(bcast));
	ATF_CHECK(!ether_is_group(uni) && !ether_is_broadcast(uni));
	ATF_CHECK(ether_is_group(mac) && !ether_is_broadcast(mac));
	ATF_CHECK(ether_is_link_local(mac));
	mac[5] = 0x0f;
	ATF_CHECK(ether_is_link_local(mac));
	mac[5] = 0x10;
	ATF_CHECK(!ether_is_link_local(mac));
	ATF_CHECK(!ether_is_link_local(bcast) && !ether_is_link_local(uni));
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	static const char *const bad[] = { "", "02", "02:00:5e:10:00",
		"02:00:5e:10:00:0", "02:00:5e:10:00:01:", "02-00-5e-10-00-01",
		"02:00:5e:10:00:0g", " 2:00:5e:10:00:01", "2:0:5e:10:0:1",
		"02:00:5e:10:00:01 ", "0200:5e:10:00:01:" };
	static const uint8_t uni[6] = { SRC };
	char buf[ETHER_STRLEN];
	uint8_t mac[6];
	size_t i;

	ATF_CHECK_STREQ(ether_format(uni, buf), "02:00:5e:10:00:01");
	ATF_CHECK(ether_scan(buf, mac) && memcmp(mac, uni, 6) == 0);
	ATF_CHECK(ether_scan("AB:cd:EF:00:ff:FF", mac));
	ATF_CHECK_STREQ(ether_format(mac, buf), "ab:cd:ef:00:ff:ff");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ATF_CHECK_MSG(!ether_scan(bad[i], mac), "'%s'", bad[i]);
	ATF_CHECK_STREQ(ether_format(mac, buf), "ab:cd:ef:00:ff:ff");
}

ATF_TC_WITHOUT_HEAD(fcs);
ATF_TC_BODY(fcs, tc)
{
	uint8_t buf[128];
	uint32_t c;
	size_t len, i, k;

	/* The check value of CRC-32/ISO-HDLC, and that of nothing. */
	ATF_CHECK_EQ(ether_fcs((const uint8_t *)"123456789", 9), 0xcbf43926U);
	ATF_CHECK_EQ(ether_fcs(buf, 0), 0);

	/* Every length up to 100 against the definition, bit by bit. */
	arc4random_buf(buf, sizeof(buf));
	for (len = 0; len <= 100; len++) {
		for (c = ~0U, i = 0; i < len; i++)
			for (c ^= buf[i], k = 0; k < 8; k++)
				c = (c & 1) != 0 ? 0xedb88320U ^ c >> 1 :
						   c >> 1;
		ATF_CHECK_EQ(ether_fcs(buf, len), ~c);
	}

	ether_fcs_append(buf, 60);
	ATF_CHECK_EQ(ether_fcs_strip(buf, 64), 60);
	buf[30] ^= 1;
	ATF_CHECK_EQ(ether_fcs_strip(buf, 64), 64);
	/* An FCS behind less than a header is none. */
	ether_fcs_append(buf, 13);
	ATF_CHECK_EQ(ether_fcs_strip(buf, 17), 17);
	ATF_CHECK_EQ(ether_fcs_strip(buf, 3), 3);
}

/* Both ways to it, from any place and of any length. */
ATF_TC_WITHOUT_HEAD(fcs_ways);
ATF_TC_BODY(fcs_ways, tc)
{
	static uint8_t buf[9018 + 16];
	uint32_t x = 1;
	size_t i, len;

	for (i = 0; i < sizeof(buf); i++) {
		x = x * 1664525 + 1013904223;
		buf[i] = (uint8_t)(x >> 24);
	}
	for (len = 0; len < 700; len++)
		for (i = 0; i < 16; i++)
			ATF_CHECK_EQ(ether_fcs(buf + i, len),
			    ether_fcs_portable(buf + i, len));
	for (len = 1500; len < 9018; len += 37)
		ATF_CHECK_EQ(ether_fcs(buf + 3, len),
		    ether_fcs_portable(buf + 3, len));
	memset(buf, 0, sizeof(buf));
	for (len = 0; len < 700; len++)
		ATF_CHECK_EQ(ether_fcs(buf, len), ether_fcs_portable(buf, len));
	/* each single bit counts */
	x = ether_fcs(buf, 256);
	for (i = 0; i < 256 * 8; i++) {
		buf[i / 8] = (uint8_t)(1 << i % 8);
		ATF_CHECK(ether_fcs(buf, 256) != x);
		ATF_CHECK_EQ(ether_fcs(buf, 256), ether_fcs_portable(buf, 256));
		buf[i / 8] = 0;
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, parse_random);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, fcs);
	ATF_TP_ADD_TC(tp, fcs_ways);
	return (atf_no_error());
}
