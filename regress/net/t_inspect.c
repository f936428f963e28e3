/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/inspect.h"

#include "packets.h"

/* What the frame in buf is, read from an allocation of exactly its length. */
static unsigned int
what(struct inspect *in)
{
	uint8_t *p = malloc(len > 0 ? len : 1);
	struct inspect own_in;

	if (in == NULL)
		in = &own_in;
	ATF_REQUIRE(p != NULL);
	memcpy(p, buf, len);
	inspect_frame(p, len, in);
	free(p);
	return (in->in_what);
}

#define CHECK_WHAT(expected)                                           \
	ATF_CHECK_EQ_MSG(what(NULL), (unsigned int)(expected), "0x%x", \
	    what(NULL))

enum {
	V4 = INSPECT_IP4,
	V6 = INSPECT_IP6,
	U4 = INSPECT_IP4 | INSPECT_UDP,
	U6 = INSPECT_IP6 | INSPECT_UDP
};

/* UDP between two ports in IPv4 or IPv6. */
static void
datagram(bool v6, size_t from, size_t to, size_t data)
{
	begin(everybody, host, 0, v6 ? 0x86dd : 0x0800);
	if (v6)
		ip6(other6, 17, 8 + data);
	else
		ip4(other4, 17, 0, 8 + data);
	udp(from, to, data);
}

ATF_TC_WITHOUT_HEAD(dhcp_roles);
ATF_TC_BODY(dhcp_roles, tc)
{
	struct inspect in;
	unsigned int tags;

	for (tags = 0; tags <= 2; tags++) {
		dhcp(everybody, host, tags, 1, host);
		ATF_CHECK_EQ(what(&in), U4 | INSPECT_DHCP_CLIENT);
		ATF_CHECK(in.in_dhcp != NULL);
		dhcp(everybody, router, tags, 2, host);
		CHECK_WHAT(U4 | INSPECT_DHCP_SERVER);
	}
	dhcp(everybody, host, 3, 1, host);
	CHECK_WHAT(INSPECT_HIDDEN);
	datagram(false, 67, 67, 260);	/* a relay's request */
	CHECK_WHAT(U4 | INSPECT_DHCP_CLIENT);
	buf[len - 260] = 2;		/* and the reply to it */
	CHECK_WHAT(U4 | INSPECT_DHCP_SERVER);
	datagram(false, 1000, 68, 260);	/* a server with a port of its own */
	CHECK_WHAT(U4 | INSPECT_DHCP_SERVER);
	datagram(true, 546, 547, 4);
	CHECK_WHAT(U6 | INSPECT_DHCP6_CLIENT);
	datagram(true, 547, 546, 4);
	CHECK_WHAT(U6 | INSPECT_DHCP6_SERVER);
	datagram(true, 9, 546, 4);
	CHECK_WHAT(U6 | INSPECT_DHCP6_SERVER);
	datagram(true, 67, 68, 4);
	CHECK_WHAT(U6);
}

ATF_TC_WITHOUT_HEAD(dhcp_options);
ATF_TC_BODY(dhcp_options, tc)
{
	struct inspect in;
	size_t n = 0;

	dhcp(everybody, router, 0, 5, host);
	ATF_REQUIRE(inspect_frame(buf, len, &in));
	ATF_CHECK_EQ(inspect_dhcp_type(&in), INSPECT_DHCP_ACK);
	ATF_CHECK(inspect_dhcp_is_reply(&in));
	ATF_CHECK_EQ(memcmp(inspect_dhcp_chaddr(&in), host, 6), 0);
	ATF_REQUIRE(inspect_dhcp_option(&in, 3, &n) != NULL);
	ATF_CHECK_EQ(n, 4);
	ATF_CHECK_EQ(memcmp(inspect_dhcp_option(&in, 54, &n), gw4, 4), 0);
	ATF_CHECK(inspect_dhcp_option(&in, 99, &n) == NULL);
	buf[len - 4] = 12;		/* an option beyond the end */
	buf[len - 3] = 200;
	ATF_CHECK(inspect_dhcp_option(&in, 99, &n) == NULL);
}

ATF_TC_WITHOUT_HEAD(discovery);
ATF_TC_BODY(discovery, tc)
{
	static const struct {
		int type;
		unsigned int what;
	} v[] = { { 133, INSPECT_RS }, { 134, INSPECT_RA }, { 135, INSPECT_NS },
		{ 136, INSPECT_NA }, { 137, INSPECT_REDIRECT },
		{ 143, INSPECT_MULTICAST }, { 128, 0 } };
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		icmp6(everybody, host, v[i].type, other6, gw6);
		ATF_CHECK_EQ_MSG(what(NULL), V6 | v[i].what, "type %d",
		    v[i].type);
	}
	begin(everybody, host, 0, 0x86dd);
	ip6(other6, 58, 3);
	len += 3;
	CHECK_WHAT(V6 | INSPECT_HIDDEN);
	arp(everybody, host, 1, 1, other4, gw4);
	CHECK_WHAT(INSPECT_ARP);
	len--;
	CHECK_WHAT(INSPECT_HIDDEN);
}

/* The ways past RA guards that RFC 7113 lists, and those of CVE-2021-27853. */
ATF_TC_WITHOUT_HEAD(evasion);
ATF_TC_BODY(evasion, tc)
{
	static const uint8_t snap[] = { 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 0x86,
		0xdd };
	size_t icmp;

	begin(everybody, host, 0, 0x86dd);	/* behind destination options */
	ip6(other6, 60, 8 + 16);
	buf[len] = 58;
	len += 8;
	buf[len] = 134;
	len += 16;
	CHECK_WHAT(V6 | INSPECT_RA);

	begin(everybody, host, 0, 0x86dd);	/* in a first fragment */
	ip6(other6, 44, 8 + 16);
	buf[len] = 58;
	buf[len + 3] = 1;
	len += 8;
	icmp = len;
	buf[len] = 134;
	len += 16;
	CHECK_WHAT(V6 | INSPECT_RA | INSPECT_FRAGMENT | INSPECT_HIDDEN);
	buf[icmp - 8 + 2] = 1;			/* in a later one */
	CHECK_WHAT(V6 | INSPECT_FRAGMENT | INSPECT_LATER);

	begin(everybody, host, 0, 0x86dd);	/* a header chain cut off */
	ip6(other6, 60, 8);
	buf[len] = 58;
	buf[len + 1] = 9;
	len += 8;
	CHECK_WHAT(V6 | INSPECT_HIDDEN);

	begin(everybody, host, 0, 16 + 8 + 40);	/* in LLC/SNAP */
	len -= 2;
	memcpy(buf + len, snap, sizeof(snap));
	put16(len, 8 + 40 + 16);
	len += sizeof(snap);
	ip6(other6, 58, 16);
	buf[len] = 134;
	len += 16;
	CHECK_WHAT(V6 | INSPECT_RA);
}

ATF_TC_WITHOUT_HEAD(transports);
ATF_TC_BODY(transports, tc)
{
	struct inspect in;

	begin(router, host, 0, 0x0800);
	ip4(other4, 6, 8, 20);
	put16(len, 1025);
	put16(len + 2, 80);
	buf[len + 13] = INSPECT_TCP_SYN;
	len += 20;
	ATF_CHECK_EQ(what(&in), V4 | INSPECT_TCP);
	ATF_CHECK_EQ(in.in_tcp_flags, INSPECT_TCP_SYN);
	ATF_CHECK_EQ(in.in_sport, 1025);
	ATF_CHECK_EQ(in.in_dport, 80);
	begin(router, host, 0, 0x0800);	/* RFC 1858: a tiny first fragment */
	ip4(other4, 6, 0, 8);
	put16(len - 20 + 6, 0x2000);
	len += 8;
	CHECK_WHAT(V4 | INSPECT_FRAGMENT | INSPECT_HIDDEN);
	begin(router, host, 0, 0x0800);	/* RFC 3128: over the flags */
	ip4(other4, 6, 0, 40);
	put16(len - 20 + 6, 1);
	len += 40;
	CHECK_WHAT(V4 | INSPECT_FRAGMENT | INSPECT_LATER | INSPECT_HIDDEN);
	put16(len - 60 + 6, 3);
	CHECK_WHAT(V4 | INSPECT_FRAGMENT | INSPECT_LATER);
	begin(router, host, 0, 0x0800);
	ip4(other4, 2, 0, 8);
	len += 8;
	CHECK_WHAT(V4 | INSPECT_MULTICAST);
	begin(router, host, 0, 0x0800);
	ip4(other4, 1, 0, 100);		/* longer than the frame */
	CHECK_WHAT(V4 | INSPECT_HIDDEN);
	begin(router, host, 0, 0x8137);
	CHECK_WHAT(0);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	uint8_t save[sizeof(buf)];
	struct inspect in;
	size_t full, n;
	int kind, i;

	for (kind = 0; kind < 4; kind++) {
		if (kind == 0)
			dhcp(everybody, router, 2, 5, own);
		else if (kind == 1)
			arp(everybody, router, 1, 1, gw4, gw4);
		else if (kind == 2)
			icmp6(everybody, router, 136, gw6, gw6);
		else
			datagram(true, 546, 547, 30);
		memcpy(save, buf, sizeof(buf));
		full = len;
		for (len = 0; len <= full; len++)
			what(NULL);
		for (i = 0; i < 20000; i++) {
			memcpy(buf, save, full);
			for (n = arc4random_uniform(4); n-- > 0;)
				buf[arc4random_uniform((uint32_t)full)] =
				    (uint8_t)arc4random();
			len = full - arc4random_uniform((uint32_t)full / 2);
			if (!inspect_frame(buf, len, &in))
				continue;
			ATF_REQUIRE(in.in_l4 == NULL ||
			    in.in_l4 + in.in_l4_len <= buf + len);
			(void)inspect_dhcp_type(&in);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dhcp_roles);
	ATF_TP_ADD_TC(tp, dhcp_options);
	ATF_TP_ADD_TC(tp, discovery);
	ATF_TP_ADD_TC(tp, evasion);
	ATF_TP_ADD_TC(tp, transports);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
