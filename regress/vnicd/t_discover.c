/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "../../usr.sbin/vnicd/discover.c"
#include "net/stay_local.h"

static const uint8_t nic[6] = { 0xfe, 1, 2, 3, 4, 5 };

ATF_TC_WITHOUT_HEAD(discover_frame);
ATF_TC_BODY(discover_frame, tc)
{
	static const uint8_t start[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xfa, 1, 2, 3, 4, 5, 0x08, 0x00, 0x45, 0, 0x01, 0x48, 0, 0, 0,
		0, 16, 17, 0xa9, 0xa6, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0,
		68, 0, 67, 0x01, 0x34, 0, 0, 1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78,
		0, 0, 0x80, 0 };
	uint8_t out[DISCOVER_LEN];

	discover_build(out, nic, 0x12345678);
	ATF_CHECK_EQ(0, memcmp(out, start, sizeof(start)));
	/* a sum over a header with its checksum is zero */
	ATF_CHECK_EQ(0, checksum(out + 14, 20));
	ATF_CHECK_EQ(0, memcmp(out + 14 + 20 + 8 + 28, out + 6, 6));
	ATF_CHECK_EQ(255, out[14 + 20 + 8 + 236 + 11]);
}

/* It must never cross a tunnel, wherever it comes by. */
ATF_TC_WITHOUT_HEAD(discover_stays_local);
ATF_TC_BODY(discover_stays_local, tc)
{
	struct stay_local sl = { .sl_on = true };
	uint8_t out[DISCOVER_LEN];

	discover_build(out, nic, 1);
	ATF_CHECK(!stay_local_pass(&sl, STAY_OUT, out, sizeof(out)));
	ATF_CHECK(!stay_local_pass(&sl, STAY_IN, out, sizeof(out)));
}

/* Router and gateway are asked from the same address. */
ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	static const uint8_t arp[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa,
		1, 2, 3, 4, 5, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 0xfa, 1, 2, 3, 4,
		5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 168, 1, 1 };
	uint8_t out[DISCOVER_RS_LEN], pseudo[48] = { 0 };
	struct stay_local sl = { .sl_on = true };

	discover_build_arp(out, nic, arp + 38);
	ATF_CHECK_EQ(0, memcmp(out, arp, sizeof(arp)));
	discover_build_rs(out, nic);
	ATF_CHECK_EQ(0, memcmp(out + 6, arp + 6, 6));
	/* addresses, length, next header, message (RFC 8200, 8.1) */
	memcpy(pseudo, out + 14 + 8, 32);
	pseudo[35] = 8;
	pseudo[39] = 58;
	memcpy(pseudo + 40, out + 14 + 40, 8);
	ATF_CHECK_EQ(0, checksum(pseudo, sizeof(pseudo)));
	ATF_CHECK(!stay_local_pass(&sl, STAY_OUT, out, sizeof(out)));
	ATF_CHECK_EQ(1, sl.sl_stats.ss_ra);
}

/* The sum over a frame's IPv6 packet with its checksum is zero. */
static bool
sum_is_right(const uint8_t *out)
{
	return (checksum_ip6(out) == 0);
}

ATF_TC_WITHOUT_HEAD(address);
ATF_TC_BODY(address, tc)
{
	static const uint8_t want[16] = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0xf8, 1,
		2, 0xff, 0xfe, 3, 4, 5 };
	uint8_t out[16];

	discover_address(out, nic);
	ATF_CHECK_EQ(0, memcmp(out, want, sizeof(want)));
}

ATF_TC_WITHOUT_HEAD(dhcp6_frames);
ATF_TC_BODY(dhcp6_frames, tc)
{
	static const uint8_t types[] = { DHCP6_SOLICIT, DHCP6_INFORMATION };
	struct stay_local sl = { .sl_on = true };
	uint8_t out[DISCOVER_DHCP6_LEN];
	struct inspect in;
	struct dhcp6 dh;
	size_t i, len;

	for (i = 0; i < sizeof(types); i++) {
		len = discover_build_dhcp6(out, nic, types[i], 0x12345678);
		ATF_CHECK_EQ(types[i] == DHCP6_SOLICIT ? 108 : 92, len);
		ATF_REQUIRE(inspect_frame(out, len, &in));
		ATF_CHECK(in.in_what & INSPECT_DHCP6_CLIENT);
		ATF_CHECK_EQ(len, in.in_ip.ii_end);
		ATF_CHECK_EQ(in.in_l4_len, get16(in.in_l4 + 4));
		ATF_CHECK(sum_is_right(out));
		ATF_CHECK_EQ(546, in.in_sport);
		ATF_CHECK_EQ(547, in.in_dport);
		ATF_REQUIRE(dhcp6_parse(in.in_l4 + 8, in.in_l4_len - 8, &dh));
		ATF_CHECK_EQ(types[i], dh.dh_type);
		/* an identifier made of the same address */
		ATF_CHECK_EQ(0, memcmp(dh.dh_options + 8, out + 6, 6));
		ATF_CHECK_EQ(0x345678, get32(in.in_l4 + 8) & 0xffffff);
		ATF_CHECK(!stay_local_pass(&sl, STAY_OUT, out, len));
	}
}

/* It is an answer to a question, to which it goes back. */
ATF_TC_WITHOUT_HEAD(neighbour);
ATF_TC_BODY(neighbour, tc)
{
	static const uint8_t mac[6] = { 2, 9, 8, 7, 6, 5 };
	static const uint8_t to[16] = { 0xfe, 0x80, [15] = 9 };
	uint8_t out[DISCOVER_NA_LEN], own[16];
	struct inspect in;

	discover_build_na(out, nic, mac, to);
	discover_address(own, nic);
	ATF_REQUIRE(inspect_frame(out, sizeof(out), &in));
	ATF_CHECK_EQ(INSPECT_IP6 | INSPECT_NA, in.in_what);
	ATF_CHECK_EQ(0, memcmp(out, mac, 6));
	ATF_CHECK_EQ(0, memcmp(in.in_ip.ii_dst, to, 16));
	ATF_CHECK_EQ(0, memcmp(in.in_ip.ii_src, own, 16));
	ATF_CHECK_EQ(0, memcmp(in.in_l4 + INSPECT_ND_TARGET, own, 16));
	ATF_CHECK_EQ(0, memcmp(inspect_nd_option(&in, 2), out + 6, 6));
	ATF_CHECK_EQ(255, out[14 + 7]);
	ATF_CHECK(sum_is_right(out));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, discover_frame);
	ATF_TP_ADD_TC(tp, discover_stays_local);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, address);
	ATF_TP_ADD_TC(tp, dhcp6_frames);
	ATF_TP_ADD_TC(tp, neighbour);
	return (atf_no_error());
}
