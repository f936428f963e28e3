/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/stay_local.h"

#include "packets.h"

/* The frame in buf, in an allocation of exactly its length. */
static bool
pass(struct stay_local *sl, enum stay_direction dir)
{
	uint8_t *p = malloc(len > 0 ? len : 1);
	bool r;

	ATF_REQUIRE(p != NULL);
	memcpy(p, buf, len);
	r = stay_local_pass(sl, dir, p, len);
	free(p);
	return (r);
}

static struct stay_local
office(bool on)
{
	struct stay_local sl = { .sl_on = on, .sl_has_own_mac = true };

	memcpy(sl.sl_own_mac, own, 6);
	ATF_REQUIRE(stay_local_gateway(&sl, 4, gw4));
	ATF_REQUIRE(stay_local_gateway(&sl, 6, gw6));
	return (sl);
}

/* The frame in buf crosses as `on` and `off` say, in both directions. */
static void
expect_both(const char *what, bool on, bool off)
{
	struct stay_local sl_on = office(true), sl_off = office(false);
	enum stay_direction dir;

	for (dir = STAY_OUT; dir <= STAY_IN; dir++) {
		ATF_CHECK_EQ_MSG(pass(&sl_on, dir), on, "%s, on, %d", what,
		    dir);
		ATF_CHECK_EQ_MSG(pass(&sl_off, dir), off, "%s, off, %d", what,
		    dir);
	}
}

ATF_TC_WITHOUT_HEAD(dhcp_stays);
ATF_TC_BODY(dhcp_stays, tc)
{
	struct stay_local sl = office(true);
	unsigned int tags;

	for (tags = 0; tags <= 2; tags++) {
		dhcp(everybody, host, tags, 1, host);
		expect_both("DISCOVER", false, true);
		dhcp(everybody, router, tags, 2, host);
		expect_both("OFFER", false, true);
		dhcp(host, router, tags, 5, host);
		expect_both("ACK, unicast", false, true);
	}
	dhcp(everybody, host, 3, 1, host);
	expect_both("three tags: not looked through", true, true);

	begin(everybody, host, 0, 0x0800);
	ip4(nil4, 17, 40, 16);
	udp(68, 67, 8);
	expect_both("IP options", false, true);
	begin(everybody, host, 0, 0x0800);
	ip4(other4, 17, 0, 16);
	udp(5000, 53, 8);
	expect_both("DNS", true, true);
	begin(everybody, host, 0, 0x86dd);
	ip6(other6, 17, 16);
	udp(546, 547, 8);
	expect_both("DHCPv6", false, true);
	begin(everybody, host, 0, 0x86dd);
	ip6(other6, 17, 16);
	udp(68, 67, 8);
	expect_both("ports of DHCPv4 in IPv6", true, true);

	/* IPv6 with hop-by-hop and destination options. */
	begin(everybody, host, 0, 0x86dd);
	ip6(other6, 0, 40);
	buf[len] = 60;
	buf[len + 8] = 17;
	buf[len + 9] = 1;
	len += 24;
	udp(547, 546, 8);
	expect_both("DHCPv6 behind options", false, true);

	/* A first fragment is judged by its ports, others pass. */
	dhcp(everybody, host, 0, 1, host);
	buf[20] = 0x20;
	expect_both("first fragment", false, true);
	buf[21] = 0x08;
	expect_both("later fragment", true, true);

	dhcp(everybody, host, 0, 1, host);
	ATF_CHECK(!pass(&sl, STAY_OUT));
	ATF_CHECK_EQ(sl.sl_stats.ss_dhcp, 1);
	ATF_CHECK_EQ(sl.sl_stats.ss_own + sl.sl_stats.ss_ra +
		sl.sl_stats.ss_arp,
	    0);
}

ATF_TC_WITHOUT_HEAD(ra_stays);
ATF_TC_BODY(ra_stays, tc)
{
	struct stay_local sl = office(true);
	int type;

	for (type = 128; type < 145; type++) {
		icmp6(everybody, host, type, other6, other6);
		expect_both("ICMPv6", type != 133 && type != 134 && type != 137,
		    true);
	}
	icmp6(everybody, host, 134, other6, other6);
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK_EQ(sl.sl_stats.ss_ra, 1);
	/* ICMPv6 does not live in IPv4. */
	begin(everybody, host, 0, 0x0800);
	ip4(other4, 58, 0, 8);
	buf[len] = 134;
	len += 8;
	expect_both("58 in IPv4", true, true);
}

ATF_TC_WITHOUT_HEAD(gateway_stays);
ATF_TC_BODY(gateway_stays, tc)
{
	struct stay_local sl = office(true);
	unsigned int tags;

	for (tags = 0; tags <= 2; tags++) {
		arp(everybody, host, tags, 1, other4, gw4);
		expect_both("request for the gateway", false, true);
		arp(host, router, tags, 2, gw4, other4);
		expect_both("reply of the gateway", false, true);
		arp(everybody, router, tags, 1, gw4, gw4);
		expect_both("gratuitous", false, true);
		arp(everybody, router, tags, 1, nil4, gw4);
		expect_both("probe", false, true);
		arp(everybody, host, tags, 1, other4, other4);
		expect_both("others", true, true);
	}
	arp(everybody, host, 0, 1, other4, gw4);
	buf[15] = 6;
	expect_both("ARP for another hardware", true, true);

	icmp6(everybody, host, 135, other6, gw6);
	expect_both("NS for the gateway", false, true);
	icmp6(everybody, router, 135, gw6, other6);
	expect_both("NS by the gateway", false, true);
	icmp6(everybody, router, 136, other6, gw6);
	expect_both("NA for the gateway", false, true);
	ATF_CHECK(!pass(&sl, STAY_OUT));
	ATF_CHECK_EQ(sl.sl_stats.ss_arp, 1);
	/* Other traffic to the gateway's address is not our business. */
	begin(router, host, 0, 0x0800);
	ip4(gw4, 6, 0, 20);
	len += 20;
	expect_both("TCP", true, true);
}

/* Whatever the setting, the box's own never cross. */
ATF_TC_WITHOUT_HEAD(own_never_cross);
ATF_TC_BODY(own_never_cross, tc)
{
	struct stay_local sl;
	int on;

	for (on = 0; on <= 1; on++) {
		sl = office(on == 1);
		dhcp(everybody, own, 0, 1, own);
		ATF_CHECK(!pass(&sl, STAY_OUT));
		icmp6(everybody, own, 133, other6, other6);
		ATF_CHECK(!pass(&sl, STAY_OUT));
		arp(everybody, own, 0, 1, other4, gw4);
		ATF_CHECK(!pass(&sl, STAY_OUT));
		icmp6(everybody, own, 135, other6, gw6);
		ATF_CHECK(!pass(&sl, STAY_OUT));
		ATF_CHECK_EQ(sl.sl_stats.ss_own, 4);

		arp(own, router, 0, 2, gw4, other4);
		ATF_CHECK(!pass(&sl, STAY_IN));
		dhcp(own, router, 0, 5, host);
		ATF_CHECK(!pass(&sl, STAY_IN));
		dhcp(everybody, router, 0, 2, own);
		ATF_CHECK(!pass(&sl, STAY_IN));
		icmp6(own, router, 134, gw6, other6);
		ATF_CHECK(!pass(&sl, STAY_IN));
		ATF_CHECK_EQ(sl.sl_stats.ss_own, 8);

		/* Its other traffic does cross. */
		arp(everybody, own, 0, 1, gw4, other4);
		sl.sl_ngateways = 0;
		ATF_CHECK(pass(&sl, STAY_OUT));
		begin(router, own, 0, 0x0800);
		ip4(other4, 6, 0, 20);
		len += 20;
		ATF_CHECK(pass(&sl, STAY_OUT));
	}
	sl = office(false);
	sl.sl_has_own_mac = false;
	dhcp(everybody, own, 0, 1, own);
	ATF_CHECK(pass(&sl, STAY_OUT));
}

/* What the frame in buf may do with one side's servers alone. */
static void
expect_sides(const char *what, bool lan_out, bool lan_in)
{
	static const enum stay_side sides[] = { STAY_LAN, STAY_TUNNEL };
	struct stay_local sl;
	unsigned int i;
	bool out, in;

	for (i = 0; i < 2; i++) {
		sl = office(false);
		sl.sl_side = sides[i];
		out = pass(&sl, i == 0 ? STAY_OUT : STAY_IN);
		in = pass(&sl, i == 0 ? STAY_IN : STAY_OUT);
		ATF_CHECK_EQ_MSG(out, lan_out, "%s, %u", what, i);
		ATF_CHECK_EQ_MSG(in, lan_in, "%s, %u", what, i);
		ATF_CHECK_EQ(sl.sl_stats.ss_side_dhcp + sl.sl_stats.ss_side_ra +
			sl.sl_stats.ss_side_arp,
		    (uint64_t)!out + !in);
		ATF_CHECK_EQ(sl.sl_stats.ss_dhcp + sl.sl_stats.ss_ra +
			sl.sl_stats.ss_arp + sl.sl_stats.ss_own,
		    0);
	}
}

/* One side serves: it is asked and answers, the other does neither. */
ATF_TC_WITHOUT_HEAD(one_side);
ATF_TC_BODY(one_side, tc)
{
	struct stay_local sl = office(false);

	dhcp(everybody, host, 0, 1, host);
	expect_sides("DISCOVER", false, true);
	dhcp(host, router, 1, 2, host);
	expect_sides("OFFER", true, false);
	icmp6(everybody, host, 133, other6, other6);
	expect_sides("RS", false, true);
	icmp6(everybody, router, 134, other6, other6);
	expect_sides("RA", true, false);
	begin(everybody, host, 0, 0x86dd);
	ip6(other6, 17, 16);
	udp(546, 547, 8);
	expect_sides("DHCPv6 of a client", false, true);
	begin(everybody, router, 0, 0x86dd);
	ip6(other6, 17, 16);
	udp(547, 546, 8);
	expect_sides("DHCPv6 of a server", true, false);

	arp(everybody, host, 0, 1, other4, gw4);
	expect_sides("request for the gateway", true, true);
	arp(host, router, 0, 2, gw4, other4);
	expect_sides("reply of the gateway", true, false);
	icmp6(everybody, host, 135, other6, gw6);
	expect_sides("NS for the gateway", true, true);
	icmp6(everybody, router, 136, other6, gw6);
	expect_sides("NA of the gateway", true, false);
	arp(everybody, host, 0, 1, other4, other4);
	expect_sides("another's ARP", true, true);

	/* RFC 7113: what cannot be seen may be a router's. */
	dhcp(everybody, host, 3, 1, host);
	expect_sides("three tags", true, false);
	begin(everybody, host, 0, 0x0800);
	ip4(other4, 6, 0, 20);
	len += 20;
	expect_sides("TCP", true, true);

	/* With stay-local on nothing of it crosses, and counts there. */
	sl.sl_on = true;
	sl.sl_side = STAY_LAN;
	dhcp(host, router, 0, 2, host);
	ATF_CHECK(!pass(&sl, STAY_OUT));
	ATF_CHECK_EQ(sl.sl_stats.ss_dhcp, 1);
	ATF_CHECK_EQ(sl.sl_stats.ss_side_dhcp, 0);
}

ATF_TC_WITHOUT_HEAD(finds);
ATF_TC_BODY(finds, tc)
{
	struct stay_local sl = office(false);

	/* A request is no find. */
	dhcp(everybody, host, 0, 1, host);
	pass(&sl, STAY_IN);
	pass(&sl, STAY_OUT);
	ATF_CHECK(!sl.sl_news);

	dhcp(everybody, router, 0, 2, host);
	pass(&sl, STAY_IN);
	ATF_CHECK(sl.sl_news);
	ATF_CHECK(servers_find(&sl.sl_servers, true, SERVER_DHCP, gw4) != NULL);
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) ==
	    NULL);
	sl.sl_news = false;
	pass(&sl, STAY_IN);
	ATF_CHECK(!sl.sl_news);
	pass(&sl, STAY_OUT);
	ATF_CHECK(sl.sl_news);
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) !=
	    NULL);
	stay_local_forget(&sl);
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) ==
	    NULL);

	/* The gateway's address at the far side; on this side it is right. */
	sl = office(false);
	arp(everybody, router, 0, 1, gw4, other4);
	pass(&sl, STAY_OUT);
	ATF_CHECK(!sl.sl_news);
	pass(&sl, STAY_IN);
	ATF_CHECK(sl.sl_news);
	ATF_CHECK(memcmp(sl.sl_far_gateway_mac, router, 6) == 0);
	ATF_CHECK(memcmp(sl.sl_far_gateway_addr, gw4, 4) == 0);

	/* Also from frames that are dropped. */
	sl = office(true);
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK(sl.sl_news);
}

static bool
has(const struct stay_local *sl, bool far, enum server_kind kind)
{
	return (servers_next(&sl->sl_servers, far, kind, NULL) != NULL);
}

/* A router's advertisement, for a time of up to 255 s. */
static void
advertise(const uint8_t *from, int lifetime)
{
	icmp6(everybody, router, 134, from, other6);
	buf[14 + 40 + 7] = (uint8_t)lifetime;
}

static const uint8_t server_id[] = { 0, 2, 0, 10, 0, 3, 0, 1, 2, 3, 4, 5, 6,
	7 };

/* A DHCPv6 message of gw6, with so much of the server's name. */
static void
dhcp6(int type, size_t id)
{
	begin(host, router, 0, 0x86dd);
	ip6(gw6, 17, 8 + 4 + id);
	udp(547, 546, 4 + id);
	buf[len - id - 4] = (uint8_t)type;
	memcpy(buf + len - id, server_id, id);
}

/* What we have asked for is learned from and goes no further. */
ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	struct stay_local sl = { .sl_asks = true };

	memcpy(sl.sl_asker, host, 6);
	dhcp(everybody, router, 0, 2, host);
	ATF_CHECK(!pass(&sl, STAY_OUT));
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) !=
	    NULL);
	ATF_CHECK_EQ(sl.sl_stats.ss_own, 1);
	dhcp(everybody, router, 0, 2, own);
	ATF_CHECK(pass(&sl, STAY_OUT));

	/* A server's address with another MAC, over there: a duplicate. */
	arp(host, router, 0, 2, gw4, nil4);
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK(memcmp(sl.sl_far_gateway_addr, gw4, 4) != 0);
	arp(host, own, 0, 2, gw4, nil4);
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK(memcmp(sl.sl_far_gateway_addr, gw4, 4) == 0);
	ATF_CHECK(memcmp(sl.sl_far_gateway_mac, own, 6) == 0);

	/* Routers by what they advertise, unless they say they are none. */
	advertise(gw6, 0);
	pass(&sl, STAY_IN);
	ATF_CHECK(!has(&sl, true, SERVER_ROUTER6));
	advertise(gw6, 30);
	ATF_CHECK(pass(&sl, STAY_IN));
	ATF_CHECK(servers_find(&sl.sl_servers, true, SERVER_ROUTER6, gw6) !=
	    NULL);
	ATF_CHECK(!has(&sl, false, SERVER_ROUTER6));
	/* The same address elsewhere says nothing of this one. */
	advertise(gw6, 0);
	ATF_CHECK(pass(&sl, STAY_OUT));
	ATF_CHECK(has(&sl, true, SERVER_ROUTER6));
	sl.sl_news = false;
	pass(&sl, STAY_IN);
	ATF_CHECK(!has(&sl, true, SERVER_ROUTER6));
	ATF_CHECK(sl.sl_news);
}

/* What no host would take is no router. */
ATF_TC_WITHOUT_HEAD(false_routers);
ATF_TC_BODY(false_routers, tc)
{
	static const uint8_t global[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	struct stay_local sl = { .sl_on = false };

	advertise(global, 30); /* not of this link */
	pass(&sl, STAY_IN);
	advertise(gw6, 30);
	buf[14 + 40 + 1] = 1; /* code */
	pass(&sl, STAY_IN);
	advertise(gw6, 30); /* cut short */
	buf[14 + 5] = 15;
	pass(&sl, STAY_IN);
	advertise(gw6, 30); /* longer than its frame */
	buf[14 + 4] = 1;
	pass(&sl, STAY_IN);
	/* in two parts (RFC 6980) */
	begin(everybody, router, 0, 0x86dd);
	ip6(gw6, 44, 8 + 24);
	buf[len] = 58;
	buf[len + 3] = 1;
	buf[len + 8] = 134;
	buf[len + 15] = 30;
	len += 8 + 24;
	pass(&sl, STAY_IN);
	ATF_CHECK_EQ(sl.sl_servers.sv_n, 0);
}

/* Servers of DHCPv6 by what they answer, with their name in it. */
ATF_TC_WITHOUT_HEAD(dhcp6_servers);
ATF_TC_BODY(dhcp6_servers, tc)
{
	struct stay_local sl = { .sl_on = false };
	size_t full;
	int type;

	for (type = 0; type < 256; type++) {
		dhcp6(type, sizeof(server_id));
		pass(&sl, STAY_IN);
		ATF_CHECK_EQ_MSG(has(&sl, true, SERVER_DHCP6),
		    type == 2 || type == 7, "type %d", type);
		stay_local_forget(&sl);
	}
	/* without name, with an empty one, with more than there is */
	dhcp6(2, 0);
	pass(&sl, STAY_IN);
	dhcp6(2, sizeof(server_id));
	buf[len - sizeof(server_id) + 3] = 0;
	pass(&sl, STAY_IN);
	buf[len - sizeof(server_id) + 2] = 0xff;
	pass(&sl, STAY_IN);
	/* behind an option that claims too much */
	dhcp6(2, sizeof(server_id));
	buf[len - sizeof(server_id) + 1] = 1;
	buf[len - sizeof(server_id) + 2] = 0x7f;
	pass(&sl, STAY_IN);
	dhcp6(2, sizeof(server_id));
	for (full = len--; len > 0; len--)
		pass(&sl, STAY_IN);
	ATF_CHECK_EQ(sl.sl_servers.sv_n, 0);
	len = full;
	pass(&sl, STAY_OUT);
	ATF_CHECK(has(&sl, false, SERVER_DHCP6));
	/* a client that pretends */
	stay_local_forget(&sl);
	buf[14 + 40 + 1] = 34;
	buf[14 + 40 + 3] = 35;
	buf[14 + 40] = buf[14 + 40 + 2] = 2;
	pass(&sl, STAY_OUT);
	ATF_CHECK_EQ(sl.sl_servers.sv_n, 0);
}

/* Who wants to answer asks where we are; that goes no further. */
ATF_TC_WITHOUT_HEAD(questions);
ATF_TC_BODY(questions, tc)
{
	static const uint8_t nobody6[16];
	struct stay_local sl = { .sl_on = false };
	const struct stay_question *sq = &sl.sl_question;

	memcpy(sl.sl_asker, host, 6);
	memcpy(sl.sl_asker6, other6, 16);
	icmp6(everybody, router, 135, gw6, other6);
	ATF_CHECK(pass(&sl, STAY_IN));
	ATF_CHECK(!sq->sq_is);
	sl.sl_asks = true;
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK(sq->sq_is && sq->sq_far);
	ATF_CHECK(memcmp(sq->sq_mac, router, 6) == 0);
	ATF_CHECK(memcmp(sq->sq_addr, gw6, 16) == 0);
	ATF_CHECK(!pass(&sl, STAY_OUT));
	ATF_CHECK(!sq->sq_far);
	/* who would like to have the address gets no answer */
	sl.sl_question.sq_is = false;
	icmp6(everybody, router, 135, nobody6, other6);
	ATF_CHECK(!pass(&sl, STAY_IN));
	ATF_CHECK(!sq->sq_is);
	/* others' */
	icmp6(everybody, router, 135, gw6, gw6);
	ATF_CHECK(pass(&sl, STAY_IN));
	icmp6(everybody, router, 136, gw6, other6);
	ATF_CHECK(pass(&sl, STAY_IN));
	icmp6(everybody, router, 135, gw6, other6);
	for (len--; len > 0; len--)
		pass(&sl, STAY_IN);
	ATF_CHECK(!sq->sq_is);
}

/* Many on one side leave room for the other, and none is listed twice. */
ATF_TC_WITHOUT_HEAD(servers_bounded);
ATF_TC_BODY(servers_bounded, tc)
{
	struct stay_local sl = { .sl_on = false };
	const struct server *se = NULL;
	uint8_t mac[6] = { 2 };
	unsigned int i, n = 0;

	for (i = 0; i < 400; i++) {
		mac[5] = (uint8_t)(i % 200);
		dhcp(everybody, mac, 0, 2, host);
		pass(&sl, STAY_IN);
	}
	while ((se = servers_next(&sl.sl_servers, true, SERVER_DHCP, se)) !=
	    NULL)
		n++;
	ATF_CHECK_EQ(n, SERVERS_EACH);
	dhcp(everybody, router, 0, 2, host);
	pass(&sl, STAY_OUT);
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) !=
	    NULL);
	/* It is seen over there, too: there is no room for it. */
	pass(&sl, STAY_IN);
	ATF_CHECK(servers_find(&sl.sl_servers, false, SERVER_DHCP, gw4) !=
	    NULL);
	ATF_CHECK_EQ(sl.sl_servers.sv_n, SERVERS_EACH + 1);

	/* Each kind has room of its own. */
	advertise(gw6, 30);
	pass(&sl, STAY_IN);
	dhcp6(7, sizeof(server_id));
	pass(&sl, STAY_IN);
	ATF_CHECK(servers_find(&sl.sl_servers, true, SERVER_ROUTER6, gw6) !=
	    NULL);
	ATF_CHECK(servers_find(&sl.sl_servers, true, SERVER_DHCP6, gw6) !=
	    NULL);
	for (i = 0; i < 200; i++) {
		dhcp6(2, sizeof(server_id));
		buf[11] = (uint8_t)i;
		pass(&sl, STAY_IN);
		advertise(gw6, 30);
		buf[11] = (uint8_t)i;
		pass(&sl, STAY_IN);
	}
	ATF_CHECK_EQ(sl.sl_servers.sv_n, 3 * SERVERS_EACH + 1);
}

ATF_TC_WITHOUT_HEAD(learns_gateway);
ATF_TC_BODY(learns_gateway, tc)
{
	struct stay_local sl = { .sl_on = true };
	size_t o;

	dhcp(everybody, router, 0, 5, host);
	pass(&sl, STAY_IN);
	ATF_CHECK_EQ(sl.sl_ngateways, 0);
	sl.sl_on = false;
	pass(&sl, STAY_OUT);
	ATF_CHECK_EQ(sl.sl_ngateways, 0);
	sl.sl_on = true;
	pass(&sl, STAY_OUT);
	pass(&sl, STAY_OUT);
	ATF_CHECK_EQ(sl.sl_ngateways, 1);
	arp(everybody, host, 0, 1, other4, gw4);
	ATF_CHECK(!pass(&sl, STAY_OUT));

	/* NAK, wrong cookie, zero router, option cut off: nothing. */
	sl.sl_ngateways = 0;
	dhcp(everybody, router, 0, 5, host);
	o = len - 260;
	buf[o + 243] = 6;
	pass(&sl, STAY_OUT);
	buf[o + 243] = 5;
	buf[o + 236] = 0;
	pass(&sl, STAY_OUT);
	buf[o + 236] = 0x63;
	memset(buf + o + 252, 0, 4);
	pass(&sl, STAY_OUT);
	buf[o + 251] = 200;
	pass(&sl, STAY_OUT);
	ATF_CHECK_EQ(sl.sl_ngateways, 0);
}

ATF_TC_WITHOUT_HEAD(gateways);
ATF_TC_BODY(gateways, tc)
{
	struct stay_local sl = { .sl_on = true };
	uint8_t addr[16] = { 10 };
	unsigned int i;

	ATF_CHECK(!stay_local_gateway(&sl, 4, nil4));
	ATF_CHECK(!stay_local_gateway(&sl, 2, gw4));
	for (i = 0; i < STAY_GATEWAYS; i++) {
		addr[3] = (uint8_t)i;
		ATF_CHECK(stay_local_gateway(&sl, 4, addr));
	}
	ATF_CHECK(stay_local_gateway(&sl, 4, addr));
	ATF_CHECK(!stay_local_gateway(&sl, 4, gw4));
	ATF_CHECK(!stay_local_gateway(&sl, 6, gw6));
	ATF_CHECK_EQ(sl.sl_ngateways, STAY_GATEWAYS);
}

/* Every frame of the above cut at every length, and random faults. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct stay_local sl = office(true);
	uint8_t save[sizeof(buf)];
	size_t full;
	static const uint8_t nil6[16];
	int kind, i;

	sl.sl_asks = true;
	for (kind = 0; kind < 8; kind++) {
		if (kind == 0)
			dhcp(everybody, router, 2, 5, own);
		else if (kind == 5)
			advertise(gw6, 30);
		else if (kind == 6)
			dhcp6(2, sizeof(server_id));
		else if (kind == 7)
			icmp6(everybody, router, 135, gw6, nil6);
		else if (kind == 1)
			arp(everybody, router, 1, 1, gw4, gw4);
		else if (kind == 2)
			icmp6(everybody, router, 136, gw6, gw6);
		else if (kind == 3)
			dhcp(everybody, router, 0, 2, host);
		else {
			begin(everybody, host, 0, 0x86dd);
			ip6(other6, 0, 40);
			len += 40;
		}
		memcpy(save, buf, sizeof(buf));
		full = len;
		for (len = 0; len <= full; len++) {
			pass(&sl, STAY_IN);
			pass(&sl, STAY_OUT);
		}
		for (i = 0; i < 20000; i++) {
			memcpy(buf, save, full);
			buf[12 + arc4random_uniform((uint32_t)full - 12)] =
			    (uint8_t)arc4random();
			buf[12 + arc4random_uniform((uint32_t)full - 12)] =
			    (uint8_t)arc4random();
			len = arc4random_uniform(2) ?
			    full :
			    arc4random_uniform((uint32_t)full + 1);
			pass(&sl, i % 2 ? STAY_IN : STAY_OUT);
			ATF_REQUIRE(sl.sl_ngateways <= STAY_GATEWAYS);
			ATF_REQUIRE(sl.sl_servers.sv_n <= SERVERS_MAX);
			if (i % 100 == 0) {
				sl = office(i % 200 == 0);
				sl.sl_side = (enum stay_side)(i / 100 % 3);
				sl.sl_asks = i % 300 != 0;
			}
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dhcp_stays);
	ATF_TP_ADD_TC(tp, ra_stays);
	ATF_TP_ADD_TC(tp, gateway_stays);
	ATF_TP_ADD_TC(tp, own_never_cross);
	ATF_TP_ADD_TC(tp, one_side);
	ATF_TP_ADD_TC(tp, finds);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, false_routers);
	ATF_TP_ADD_TC(tp, dhcp6_servers);
	ATF_TP_ADD_TC(tp, questions);
	ATF_TP_ADD_TC(tp, servers_bounded);
	ATF_TP_ADD_TC(tp, learns_gateway);
	ATF_TP_ADD_TC(tp, gateways);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
