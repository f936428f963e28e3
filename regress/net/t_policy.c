/* SPDX-License-Identifier: ISC */
/*
 * Each rule is shown blocking and passing.  Frames are those of packets.h,
 * which are in buf.
 */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/binding.h"
#include "net/inspect.h"
#include "net/policy.h"

#include "packets.h"

static const uint8_t mine4[4] = { 192, 168, 1, 50 };
static const uint8_t mine6[16] = { 0xfe, 0x80, [15] = 0x50 };
static const uint8_t nil6[16] = { 0 };

static struct inspect
seen(void)
{
	struct inspect in;

	ATF_REQUIRE(inspect_frame(buf, len, &in));
	return (in);
}

static enum policy_hit
judge_in(uint32_t flags)
{
	struct policy po = { .po_flags = flags };
	struct inspect in = seen();

	ATF_CHECK_EQ(policy_judges_in(&po), flags != 0);
	return (policy_in(&po, &in));
}

static enum policy_hit
judge_out(uint32_t flags)
{
	struct policy po = { .po_flags = flags };
	struct inspect in = seen();

	return (policy_out(&po, &in, false));
}

/* The frame in buf ends so by the rules of flag, and passes without any. */
static void
expect_in(const char *what, uint32_t flag, enum policy_hit hit)
{
	ATF_CHECK_EQ_MSG(judge_in(flag), hit, "%s", what);
	ATF_CHECK_EQ_MSG(judge_in(0), POLICY_PASS, "%s, no policy", what);
}

static void
datagram4(const uint8_t *src, size_t from, size_t to)
{
	begin(router, host, 0, 0x0800);
	ip4(src, 17, 0, 16);
	udp(from, to, 8);
}

static void
tcp(bool v6, uint8_t flags)
{
	begin(router, host, 0, v6 ? 0x86dd : 0x0800);
	if (v6)
		ip6(mine6, 6, 20);
	else
		ip4(mine4, 6, 0, 20);
	buf[len + 13] = flags;
	len += 20;
}

ATF_TC_WITHOUT_HEAD(types);
ATF_TC_BODY(types, tc)
{
	datagram4(mine4, 5000, 53);
	expect_in("IPv4", POLICY_NO_IPV4, POLICY_HIT_TYPE);
	expect_in("IPv4", POLICY_NO_IPV6 | POLICY_NO_OTHER, POLICY_PASS);
	ATF_CHECK_EQ(judge_out(POLICY_NO_IPV4), POLICY_HIT_TYPE);
	ATF_CHECK_EQ(judge_out(POLICY_NO_IPV6), POLICY_PASS);
	arp(everybody, host, 0, 1, mine4, gw4);
	expect_in("ARP", POLICY_NO_IPV4, POLICY_HIT_TYPE);
	expect_in("ARP", POLICY_NO_OTHER | POLICY_NO_IPV6, POLICY_PASS);
	icmp6(everybody, host, 135, mine6, gw6);
	expect_in("IPv6", POLICY_NO_IPV6, POLICY_HIT_TYPE);
	expect_in("IPv6", POLICY_NO_IPV4 | POLICY_NO_OTHER, POLICY_PASS);
	begin(router, host, 0, 0x8137);
	len += 50;
	expect_in("IPX", POLICY_NO_OTHER, POLICY_HIT_TYPE);
	expect_in("IPX", POLICY_NO_IPV4 | POLICY_NO_IPV6, POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(protocols);
ATF_TC_BODY(protocols, tc)
{
	static const uint8_t trees[][6] = { { 0x01, 0x80, 0xc2 },
		{ 0x01, 0x80, 0xc2, 0, 0, 8 },
		{ 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcd } };
	static const uint8_t lldp[6] = { 0x01, 0x80, 0xc2, 0, 0, 0x0e };
	unsigned int i, tags;

	for (i = 0; i < 3; i++) {
		begin(trees[i], host, i, 38);
		len += 38;
		expect_in("BPDU", POLICY_NO_BPDU, POLICY_HIT_TYPE);
		expect_in("BPDU", POLICY_NO_PPPOE | POLICY_NO_OSPF,
		    POLICY_PASS);
		ATF_CHECK_EQ(judge_out(POLICY_NO_BPDU), POLICY_HIT_TYPE);
	}
	begin(lldp, host, 0, 0x88cc);
	len += 38;
	expect_in("LLDP", POLICY_NO_BPDU, POLICY_PASS);
	for (tags = 0; tags <= 2; tags++) {
		begin(everybody, host, tags, tags == 1 ? 0x8864 : 0x8863);
		len += 40;
		expect_in("PPPoE", POLICY_NO_PPPOE, POLICY_HIT_TYPE);
		expect_in("PPPoE", POLICY_NO_BPDU | POLICY_NO_OSPF,
		    POLICY_PASS);
		ATF_CHECK_EQ(judge_out(POLICY_NO_PPPOE), POLICY_HIT_TYPE);
		begin(everybody, host, tags, 0x0800);
		ip4(mine4, 89, 4 * tags, 24);
		len += 24;
		expect_in("OSPF", POLICY_NO_OSPF, POLICY_HIT_TYPE);
		expect_in("OSPF", POLICY_NO_BPDU | POLICY_NO_PPPOE,
		    POLICY_PASS);
		ATF_CHECK_EQ(judge_out(POLICY_NO_OSPF), POLICY_HIT_TYPE);
	}
	begin(everybody, host, 0, 0x86dd);
	ip6(mine6, 60, 32);
	buf[len] = 89;
	len += 32;
	expect_in("OSPFv3 behind options", POLICY_NO_OSPF, POLICY_HIT_TYPE);
}

ATF_TC_WITHOUT_HEAD(tags);
ATF_TC_BODY(tags, tc)
{
	arp(everybody, host, 1, 1, mine4, gw4);
	expect_in("a tag", POLICY_NO_TAGS, POLICY_HIT_VLAN);
	expect_in("a tag", POLICY_NO_IPV6, POLICY_PASS);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TAGS), POLICY_HIT_VLAN);
	arp(everybody, host, 0, 1, mine4, gw4);
	expect_in("none", POLICY_NO_TAGS, POLICY_PASS);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TAGS), POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(for_others);
ATF_TC_BODY(for_others, tc)
{
	dhcp(everybody, host, 0, 1, router);
	expect_in("starvation", POLICY_LEASED_ONLY, POLICY_HIT_DHCP);
	expect_in("a relay", POLICY_NO_RA, POLICY_PASS);
	dhcp(everybody, host, 0, 1, host);
	expect_in("for itself", POLICY_LEASED_ONLY, POLICY_PASS);
	icmp6(everybody, host, 130, mine6, nil6);
	expect_in("MLD query", POLICY_NO_RA, POLICY_HIT_ROUTER);
	expect_in("MLD query", POLICY_NO_RS, POLICY_PASS);
	ATF_CHECK_EQ(judge_out(POLICY_NO_RA), POLICY_PASS);
	icmp6(everybody, host, 143, mine6, nil6);
	expect_in("MLD report", POLICY_NO_RA, POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(dhcp_filters);
ATF_TC_BODY(dhcp_filters, tc)
{
	unsigned int tags;

	for (tags = 0; tags <= 2; tags++) {
		dhcp(everybody, host, tags, 1, host);
		expect_in("DISCOVER", POLICY_NO_DHCP, POLICY_HIT_DHCP);
		expect_in("DISCOVER", POLICY_NO_DHCP_SERVER, POLICY_PASS);
		ATF_CHECK_EQ(judge_out(POLICY_NO_DHCP), POLICY_HIT_DHCP);
		dhcp(everybody, router, tags, 2, host);
		expect_in("OFFER", POLICY_NO_DHCP, POLICY_HIT_DHCP);
		expect_in("OFFER", POLICY_NO_DHCP_SERVER,
		    POLICY_HIT_DHCP_SERVER);
		ATF_CHECK_EQ(judge_out(POLICY_NO_DHCP_SERVER), POLICY_PASS);
	}
	begin(everybody, host, 0, 0x86dd);
	ip6(mine6, 17, 16);
	udp(546, 547, 8);
	expect_in("SOLICIT", POLICY_NO_DHCP6, POLICY_HIT_DHCP);
	expect_in("SOLICIT", POLICY_NO_DHCP | POLICY_NO_DHCP6_SERVER,
	    POLICY_PASS);
	begin(everybody, host, 0, 0x86dd);
	ip6(mine6, 17, 16);
	udp(547, 546, 8);
	expect_in("ADVERTISE", POLICY_NO_DHCP6_SERVER, POLICY_HIT_DHCP_SERVER);
	expect_in("ADVERTISE", POLICY_NO_DHCP_SERVER, POLICY_PASS);
	datagram4(mine4, 5000, 53);
	expect_in("DNS", POLICY_NO_DHCP | POLICY_NO_DHCP_SERVER, POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(routers);
ATF_TC_BODY(routers, tc)
{
	icmp6(everybody, host, 134, mine6, gw6);
	expect_in("RA", POLICY_NO_RA, POLICY_HIT_ROUTER);
	expect_in("RA", POLICY_NO_RS, POLICY_PASS);
	ATF_CHECK_EQ(judge_out(POLICY_NO_RA), POLICY_HIT_ROUTER);
	icmp6(everybody, host, 137, mine6, gw6);
	expect_in("redirect", POLICY_NO_RA, POLICY_HIT_ROUTER);
	icmp6(everybody, host, 133, mine6, gw6);
	expect_in("RS", POLICY_NO_RS, POLICY_HIT_ROUTER);
	expect_in("RS", POLICY_NO_RA, POLICY_PASS);
	icmp6(everybody, host, 135, mine6, gw6);
	expect_in("NS", POLICY_NO_RA | POLICY_NO_RS, POLICY_PASS);
}

/* The sum of all 16-bit words of the ICMPv6 message with its pseudo header. */
static uint16_t
icmp6_sum(void)
{
	uint32_t sum = 58 + 24;
	size_t i;

	for (i = 14 + 8; i < len; i += 2)
		sum += (uint32_t)buf[i] << 8 | buf[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)sum);
}

ATF_TC_WITHOUT_HEAD(default_router);
ATF_TC_BODY(default_router, tc)
{
	struct inspect in;
	size_t icmp = 14 + 40;
	unsigned int lifetime;

	for (lifetime = 1; lifetime < 65536; lifetime += 997) {
		icmp6(everybody, host, 134, mine6, gw6);
		put16(icmp + 6, lifetime);
		put16(icmp + 2, (uint16_t)~icmp6_sum());
		ATF_REQUIRE_EQ(icmp6_sum(), 0xffff);
		in = seen();
		ATF_CHECK(policy_strip_router(buf, &in));
		ATF_CHECK_EQ(buf[icmp + 6] | buf[icmp + 7], 0);
		ATF_CHECK_EQ(icmp6_sum(), 0xffff);
	}
	icmp6(everybody, host, 135, mine6, gw6);
	in = seen();
	ATF_CHECK(!policy_strip_router(buf, &in));
	icmp6(everybody, host, 134, mine6, gw6);
	put16(14 + 4, 7);		/* too short for a lifetime */
	in = seen();
	ATF_CHECK(!policy_strip_router(buf, &in));
}

ATF_TC_WITHOUT_HEAD(broadcasts);
ATF_TC_BODY(broadcasts, tc)
{
	begin(everybody, host, 0, 0x0800);
	ip4(mine4, 17, 0, 16);
	udp(137, 137, 8);
	expect_in("NetBIOS", POLICY_DISCOVERY_ONLY, POLICY_HIT_BROADCAST);
	memcpy(buf, router, 6);
	expect_in("the same to one", POLICY_DISCOVERY_ONLY, POLICY_PASS);
	arp(everybody, host, 0, 1, mine4, gw4);
	expect_in("ARP", POLICY_DISCOVERY_ONLY, POLICY_PASS);
	dhcp(everybody, host, 0, 1, host);
	expect_in("DHCP", POLICY_DISCOVERY_ONLY, POLICY_PASS);
	icmp6(everybody, host, 135, mine6, gw6);
	expect_in("NS", POLICY_DISCOVERY_ONLY, POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(incoming_tcp);
ATF_TC_BODY(incoming_tcp, tc)
{
	tcp(false, INSPECT_TCP_SYN);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP_IN), POLICY_HIT_TCP);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP6_IN), POLICY_PASS);
	ATF_CHECK_EQ(judge_out(0), POLICY_PASS);
	tcp(false, INSPECT_TCP_SYN | INSPECT_TCP_ACK);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP_IN), POLICY_PASS);
	tcp(false, INSPECT_TCP_ACK);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP_IN), POLICY_PASS);
	tcp(true, INSPECT_TCP_SYN);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP6_IN), POLICY_HIT_TCP);
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP_IN), POLICY_PASS);
	/* a SYN whose flags are in the next fragment */
	begin(router, host, 0, 0x0800);
	ip4(mine4, 6, 0, 8);
	put16(len - 20 + 6, 0x2000);
	len += 8;
	ATF_CHECK_EQ(judge_out(POLICY_NO_TCP_IN), POLICY_HIT_HIDDEN);
	ATF_CHECK_EQ(judge_out(0), POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(isolation);
ATF_TC_BODY(isolation, tc)
{
	struct policy po = { .po_flags = POLICY_ISOLATED }, none = { 0 };
	struct inspect in;

	datagram4(mine4, 5000, 53);
	in = seen();
	ATF_CHECK_EQ(policy_out(&po, &in, true), POLICY_HIT_ISOLATED);
	ATF_CHECK_EQ(policy_out(&po, &in, false), POLICY_PASS);
	ATF_CHECK_EQ(policy_out(&none, &in, true), POLICY_PASS);
}

ATF_TC_WITHOUT_HEAD(vlan);
ATF_TC_BODY(vlan, tc)
{
	struct policy po = { .po_vlan = 8 };
	struct inspect in;

	arp(everybody, host, 0, 1, mine4, gw4);
	in = seen();
	ATF_CHECK_EQ(policy_in(&po, &in), POLICY_PASS);
	ATF_CHECK_EQ(policy_out(&po, &in, false), POLICY_HIT_VLAN);
	arp(everybody, host, 1, 1, mine4, gw4);	/* VLAN 8 */
	in = seen();
	ATF_CHECK_EQ(policy_in(&po, &in), POLICY_HIT_VLAN);
	ATF_CHECK_EQ(policy_out(&po, &in, false), POLICY_PASS);
	po.po_vlan = 9;
	ATF_CHECK_EQ(policy_out(&po, &in, false), POLICY_HIT_VLAN);
	buf[14] = buf[15] = 0;			/* a priority tag */
	in = seen();
	ATF_CHECK_EQ(policy_in(&po, &in), POLICY_HIT_VLAN);
}

/* Who filters anything lets nothing pass that it cannot see. */
ATF_TC_WITHOUT_HEAD(hidden);
ATF_TC_BODY(hidden, tc)
{
	dhcp(everybody, router, 3, 2, host);
	expect_in("three tags", POLICY_NO_DHCP_SERVER, POLICY_HIT_HIDDEN);
	begin(everybody, host, 0, 0x86dd);	/* RA in a first fragment */
	ip6(other6, 44, 8 + 16);
	buf[len] = 58;
	buf[len + 3] = 1;
	len += 8;
	buf[len] = 134;
	len += 16;
	expect_in("fragment", POLICY_NO_RA, POLICY_HIT_HIDDEN);
	begin(everybody, host, 0, 0x0800);	/* a later fragment */
	ip4(mine4, 17, 0, 100);
	put16(len - 20 + 6, 100);
	len += 100;
	expect_in("later", POLICY_NO_DHCP_SERVER, POLICY_PASS);
	begin(everybody, host, 0, 0x0800);
	expect_in("no IP header", POLICY_NO_DHCP, POLICY_HIT_HIDDEN);
}

/* What hosts claim, and who may. */
enum { ME = 1, OTHER = 2, SERVER = 3, NOW = 1000 };

static enum policy_hit
bind_as(struct bindings *bs, struct policy po, uint32_t port)
{
	struct inspect in = seen();

	ATF_CHECK(policy_needs_bindings(&po) || po.po_flags == 0);
	return (policy_bind(&po, bs, &in, port, NOW));
}

static const struct policy nothing,
    unique = { .po_flags = POLICY_UNIQUE_IP },
    unique6 = { .po_flags = POLICY_UNIQUE_IP6 },
    leased = { .po_flags = POLICY_LEASED_ONLY },
    no_routing = { .po_flags = POLICY_NO_ROUTING },
    no_routing6 = { .po_flags = POLICY_NO_ROUTING6 };

ATF_TC_WITHOUT_HEAD(unique_ip);
ATF_TC_BODY(unique_ip, tc)
{
	struct bindings *bs = bindings_new(100, 100000);

	arp(everybody, router, 0, 1, gw4, mine4);
	ATF_CHECK_EQ(bind_as(bs, nothing, OTHER), POLICY_PASS);
	arp(everybody, host, 0, 1, gw4, mine4);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_HIT_IP);
	arp(everybody, host, 0, 2, gw4, mine4);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_HIT_IP);
	arp(everybody, host, 0, 1, mine4, gw4);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_PASS);
	arp(everybody, host, 0, 1, nil4, gw4);	/* a probe (RFC 5227) */
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_PASS);
	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_PASS);
	datagram4(gw4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_HIT_IP);
	/* the sender in ARP is not the frame's */
	arp(everybody, host, 0, 2, mine4, gw4);
	memcpy(buf + 14 + 8, router, 6);
	ATF_CHECK_EQ(bind_as(bs, unique, ME), POLICY_HIT_IP);
	ATF_CHECK_EQ(bind_as(bs, nothing, ME), POLICY_PASS);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(unique_ip6);
ATF_TC_BODY(unique_ip6, tc)
{
	struct bindings *bs = bindings_new(100, 100000);

	icmp6(everybody, router, 136, gw6, gw6);
	ATF_CHECK_EQ(bind_as(bs, nothing, OTHER), POLICY_PASS);
	icmp6(everybody, host, 136, mine6, gw6);	/* target counts */
	ATF_CHECK_EQ(bind_as(bs, unique6, ME), POLICY_HIT_IP);
	icmp6(everybody, host, 135, nil6, gw6);		/* and in DAD */
	ATF_CHECK_EQ(bind_as(bs, unique6, ME), POLICY_HIT_IP);
	icmp6(everybody, host, 135, mine6, gw6);	/* here the source */
	ATF_CHECK_EQ(bind_as(bs, unique6, ME), POLICY_PASS);
	/* option 2 of an advertisement names somebody else */
	icmp6(everybody, host, 136, mine6, mine6);
	put16(14 + 4, 32);
	buf[len] = 2;
	buf[len + 1] = 1;
	memcpy(buf + len + 2, router, 6);
	len += 8;
	ATF_CHECK_EQ(bind_as(bs, unique6, ME), POLICY_HIT_IP);
	memcpy(buf + len - 6, host, 6);
	ATF_CHECK_EQ(bind_as(bs, unique6, ME), POLICY_PASS);
	bindings_free(bs);
}

/* The server's ACK for mine4 goes to `host`, which is behind port ME. */
static void
give_lease(struct bindings *bs)
{
	struct inspect in;

	dhcp(host, router, 0, 5, host);
	memcpy(buf + len - 260 + 16, mine4, 4);
	in = seen();
	policy_lease(bs, &in, ME, NOW);
}

ATF_TC_WITHOUT_HEAD(leased_only);
ATF_TC_BODY(leased_only, tc)
{
	struct bindings *bs = bindings_new(100, 100000);

	dhcp(everybody, host, 0, 1, host);	/* from 0.0.0.0 */
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_PASS);
	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_HIT_LEASE);
	arp(everybody, host, 0, 1, mine4, gw4);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_HIT_LEASE);
	give_lease(bs);
	arp(everybody, host, 0, 1, mine4, gw4);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_PASS);
	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_PASS);
	ATF_CHECK_EQ(bind_as(bs, leased, OTHER), POLICY_HIT_IP);
	icmp6(everybody, host, 135, mine6, gw6);	/* IPv4's rule only */
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_PASS);
	dhcp(everybody, host, 0, 7, host);		/* RELEASE */
	memcpy(buf + len - 260 + 12, mine4, 4);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_PASS);
	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, leased, ME), POLICY_HIT_LEASE);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(routing);
ATF_TC_BODY(routing, tc)
{
	struct bindings *bs = bindings_new(100, 100000);

	arp(everybody, host, 0, 1, mine4, gw4);
	ATF_CHECK_EQ(bind_as(bs, no_routing, ME), POLICY_PASS);
	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, no_routing, ME), POLICY_PASS);
	datagram4(other4, 5000, 53);		/* from behind it */
	ATF_CHECK_EQ(bind_as(bs, no_routing, ME), POLICY_HIT_ROUTING);
	ATF_CHECK_EQ(bind_as(bs, nothing, ME), POLICY_PASS);
	ATF_CHECK_EQ(bind_as(bs, no_routing6, ME), POLICY_PASS);
	icmp6(everybody, host, 135, nil6, mine6);
	ATF_CHECK_EQ(bind_as(bs, no_routing6, ME), POLICY_PASS);
	tcp(true, INSPECT_TCP_ACK);
	ATF_CHECK_EQ(bind_as(bs, no_routing6, ME), POLICY_PASS);
	memcpy(buf + 14 + 8, other6, 16);
	ATF_CHECK_EQ(bind_as(bs, no_routing6, ME), POLICY_HIT_ROUTING);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(max_ips);
ATF_TC_BODY(max_ips, tc)
{
	struct bindings *bs = bindings_new(100, 100000);
	struct policy po = { .po_max_ips = 1, .po_max_ips6 = 2 };

	datagram4(mine4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, po, ME), POLICY_PASS);
	datagram4(other4, 5000, 53);
	ATF_CHECK_EQ(bind_as(bs, po, ME), POLICY_HIT_IPS);
	ATF_CHECK_EQ(bind_as(bs, po, OTHER), POLICY_PASS);
	icmp6(everybody, host, 135, mine6, gw6);
	ATF_CHECK_EQ(bind_as(bs, po, ME), POLICY_PASS);
	icmp6(everybody, host, 135, other6, gw6);
	ATF_CHECK_EQ(bind_as(bs, po, ME), POLICY_PASS);
	icmp6(everybody, host, 135, gw6, gw6);
	ATF_CHECK_EQ(bind_as(bs, po, ME), POLICY_HIT_IPS);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	int hit;

	for (hit = 0; hit < POLICY_HITS; hit++)
		ATF_CHECK(strlen(policy_hit_name((enum policy_hit)hit)) > 1);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct bindings *bs = bindings_new(50, 1000);
	struct policy po = { .po_flags = POLICY_UNIQUE_IP | POLICY_UNIQUE_IP6 |
		    POLICY_LEASED_ONLY,
		.po_max_ips = 10,
		.po_max_ips6 = 10 };
	uint8_t save[sizeof(buf)], *p;
	struct inspect in;
	size_t full, n;
	int kind, i;

	for (kind = 0; kind < 4; kind++) {
		if (kind == 0)
			dhcp(everybody, router, 1, 5, host);
		else if (kind == 1)
			arp(everybody, router, 1, 1, gw4, gw4);
		else
			icmp6(everybody, router, 134 + kind - 1, gw6, gw6);
		memcpy(save, buf, sizeof(buf));
		full = len;
		for (i = 0; i < 20000; i++) {
			memcpy(buf, save, full);
			for (n = arc4random_uniform(4); n-- > 0;)
				buf[arc4random_uniform((uint32_t)full)] =
				    (uint8_t)arc4random();
			len = full - arc4random_uniform((uint32_t)full / 2);
			ATF_REQUIRE((p = malloc(len)) != NULL);
			memcpy(p, buf, len);
			if (inspect_frame(p, len, &in)) {
				(void)policy_in(&po, &in);
				(void)policy_out(&po, &in, true);
				(void)policy_bind(&po, bs, &in,
				    1 + (uint32_t)i % 3, (uint64_t)i);
				policy_lease(bs, &in, 1 + (uint32_t)i % 3,
				    (uint64_t)i);
				(void)policy_strip_router(p, &in);
			}
			free(p);
			ATF_REQUIRE(bindings_total(bs) <= 50);
		}
	}
	bindings_free(bs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, types);
	ATF_TP_ADD_TC(tp, protocols);
	ATF_TP_ADD_TC(tp, tags);
	ATF_TP_ADD_TC(tp, for_others);
	ATF_TP_ADD_TC(tp, dhcp_filters);
	ATF_TP_ADD_TC(tp, routers);
	ATF_TP_ADD_TC(tp, default_router);
	ATF_TP_ADD_TC(tp, broadcasts);
	ATF_TP_ADD_TC(tp, incoming_tcp);
	ATF_TP_ADD_TC(tp, isolation);
	ATF_TP_ADD_TC(tp, vlan);
	ATF_TP_ADD_TC(tp, hidden);
	ATF_TP_ADD_TC(tp, unique_ip);
	ATF_TP_ADD_TC(tp, unique_ip6);
	ATF_TP_ADD_TC(tp, leased_only);
	ATF_TP_ADD_TC(tp, routing);
	ATF_TP_ADD_TC(tp, max_ips);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
