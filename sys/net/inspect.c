/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/dhcp6.h"
#include "net/inspect.h"

enum {
	LLC_MAX = 0x5dc,		/* a length, no EtherType (802.3) */
	SNAP_LEN = 8,			/* RFC 1042, with the EtherType */

	DHCP_SERVER_PORT = 67,
	DHCP_CLIENT_PORT = 68,
	DHCP6_CLIENT_PORT = 546,
	DHCP6_SERVER_PORT = 547,
	DHCP_REPLY = 2,
	DHCP_CIADDR = 12,
	DHCP_YIADDR = 16,
	DHCP_CHADDR = 28,
	DHCP_COOKIE = 236,
	DHCP_OPTIONS = 240,
	OPT_PAD = 0,
	OPT_TYPE = 53,
	OPT_END = 255,

	IP_IGMP = 2,
	IP4_OFFSET = 6,			/* where the fragment's offset is */
	ND_OPTIONS = 24,		/* behind the target */
	ICMP6_MLD_QUERY = 130,
	ICMP6_MLD_REPORT = 131,
	ICMP6_MLD_DONE = 132,
	ICMP6_RS = 133,
	ICMP6_RA = 134,
	ICMP6_NS = 135,
	ICMP6_NA = 136,
	ICMP6_REDIRECT = 137,
	ICMP6_MLD2_REPORT = 143
};

/* The EtherType behind LLC/SNAP: some hosts take IP in it. */
static void
look_snap(const uint8_t *p, size_t len, struct ether_info *ei)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };

	if (ei->ei_type > LLC_MAX || len - ei->ei_payload < SNAP_LEN ||
	    memcmp(p + ei->ei_payload, snap, sizeof(snap)) != 0)
		return;
	ei->ei_type = get16(p + ei->ei_payload + sizeof(snap));
	ei->ei_payload += SNAP_LEN;
}

static void
look_arp(const uint8_t *p, size_t len, struct inspect *in)
{
	/* Ethernet, IPv4, 6 and 4 octets. */
	static const uint8_t head[6] = { 0, 1, 0x08, 0x00, 6, 4 };

	if (len < INSPECT_ARP_LEN || memcmp(p, head, sizeof(head)) != 0) {
		in->in_what |= INSPECT_HIDDEN;
		return;
	}
	in->in_what |= INSPECT_ARP;
	in->in_arp = p;
}

static void
look_dhcp(struct inspect *in)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };
	const uint8_t *dhcp = in->in_l4 + IP_UDP_HLEN;
	size_t len = in->in_l4_len - IP_UDP_HLEN;

	if (in->in_sport == DHCP_SERVER_PORT ||
	    in->in_dport == DHCP_CLIENT_PORT)
		in->in_what |= INSPECT_DHCP_SERVER;
	else if (in->in_sport == DHCP_CLIENT_PORT ||
	    in->in_dport == DHCP_SERVER_PORT)
		in->in_what |= INSPECT_DHCP_CLIENT;
	else
		return;
	/* A relay's request goes from one server port to the other. */
	if (len > 0 && dhcp[0] != DHCP_REPLY &&
	    in->in_dport == DHCP_SERVER_PORT)
		in->in_what =
		    (in->in_what & ~(unsigned int)INSPECT_DHCP_SERVER) |
		    INSPECT_DHCP_CLIENT;
	if (len >= DHCP_OPTIONS &&
	    memcmp(dhcp + DHCP_COOKIE, cookie, sizeof(cookie)) == 0) {
		in->in_dhcp = dhcp;
		in->in_dhcp_len = len;
	}
}

/* A relay sends both kinds from the server's port. */
static void
look_dhcp6(struct inspect *in)
{
	bool request = in->in_dport == DHCP6_SERVER_PORT &&
	    in->in_l4_len > IP_UDP_HLEN &&
	    dhcp6_to_server(in->in_l4[IP_UDP_HLEN]);

	if (in->in_dport == DHCP6_CLIENT_PORT ||
	    (in->in_sport == DHCP6_SERVER_PORT && !request))
		in->in_what |= INSPECT_DHCP6_SERVER;
	else if (in->in_dport == DHCP6_SERVER_PORT ||
	    in->in_sport == DHCP6_CLIENT_PORT)
		in->in_what |= INSPECT_DHCP6_CLIENT;
}

static void
look_udp(struct inspect *in)
{
	if (in->in_l4_len < IP_UDP_HLEN) {
		in->in_what |= INSPECT_HIDDEN;
		return;
	}
	in->in_what |= INSPECT_UDP;
	in->in_sport = get16(in->in_l4);
	in->in_dport = get16(in->in_l4 + 2);
	if (in->in_what & INSPECT_IP4)
		look_dhcp(in);
	else
		look_dhcp6(in);
}

static void
look_tcp(struct inspect *in)
{
	if (in->in_l4_len < IP_TCP_HLEN) {
		in->in_what |= INSPECT_HIDDEN;
		return;
	}
	in->in_what |= INSPECT_TCP;
	in->in_sport = get16(in->in_l4);
	in->in_dport = get16(in->in_l4 + 2);
	in->in_tcp_flags = in->in_l4[13];
}

static void
look_icmp6(struct inspect *in)
{
	static const struct {
		uint8_t type;
		unsigned int what;
	} types[] = {
		{ ICMP6_RS, INSPECT_RS },
		{ ICMP6_RA, INSPECT_RA },
		{ ICMP6_NS, INSPECT_NS },
		{ ICMP6_NA, INSPECT_NA },
		{ ICMP6_REDIRECT, INSPECT_REDIRECT },
		{ ICMP6_MLD_QUERY, INSPECT_MULTICAST },
		{ ICMP6_MLD_REPORT, INSPECT_MULTICAST },
		{ ICMP6_MLD_DONE, INSPECT_MULTICAST },
		{ ICMP6_MLD2_REPORT, INSPECT_MULTICAST },
	};
	size_t i;

	if (in->in_l4_len < 4) {
		in->in_what |= INSPECT_HIDDEN;
		return;
	}
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == in->in_l4[0])
			in->in_what |= types[i].what;
	/* RFC 6980: neighbour discovery is never sent in fragments. */
	if (in->in_ip.ii_fragment)
		in->in_what |= INSPECT_HIDDEN;
}

static void
look_transport(struct inspect *in)
{
	switch (in->in_ip.ii_proto) {
	case IP_UDP:
		look_udp(in);
		break;
	case IP_TCP:
		look_tcp(in);
		break;
	case IP_IGMP:
		if (in->in_what & INSPECT_IP4)
			in->in_what |= INSPECT_MULTICAST;
		break;
	case IP_ICMPV6:
		if (in->in_what & INSPECT_IP6)
			look_icmp6(in);
		break;
	}
}

/* Its offset is in eights of octets; IPv6 forbids overlaps (RFC 5722). */
static void
look_later(const uint8_t *p, struct inspect *in)
{
	in->in_what |= INSPECT_LATER;
	if ((in->in_what & INSPECT_IP4) &&
	    (get16(p + in->in_ip.ii_l3 + IP4_OFFSET) & 0x1fff) * 8 <
		IP_TCP_HLEN)
		in->in_what |= INSPECT_HIDDEN;
}

static void
look_ip(const uint8_t *p, size_t len, struct inspect *in)
{
	struct ip_info *ii = &in->in_ip;

	in->in_what |=
	    in->in_ether.ei_type == ETHER_IPV6 ? INSPECT_IP6 : INSPECT_IP4;
	if (!ip_parse(p, len, &in->in_ether, ii)) {
		memset(ii, 0, sizeof(*ii));
		in->in_what |= INSPECT_HIDDEN;
		return;
	}
	if (ii->ii_fragment)
		in->in_what |= INSPECT_FRAGMENT;
	if (!ii->ii_first) {
		look_later(p, in);
		return;
	}
	in->in_l4 = p + ii->ii_l4;
	in->in_l4_len = ii->ii_end - ii->ii_l4;
	look_transport(in);
}

bool
inspect_frame(const uint8_t *p, size_t len, struct inspect *in)
{
	memset(in, 0, sizeof(*in));
	if (!ether_parse(p, len, &in->in_ether))
		return (false);
	in->in_tagged = in->in_ether.ei_payload > ETHER_HLEN;
	look_snap(p, len, &in->in_ether);
	switch (in->in_ether.ei_type) {
	case ETHER_ARP:
		look_arp(p + in->in_ether.ei_payload,
		    len - in->in_ether.ei_payload, in);
		break;
	case ETHER_IPV4:
	case ETHER_IPV6:
		look_ip(p, len, in);
		break;
	case ETHER_VLAN:
	case ETHER_QINQ:
		in->in_what |= INSPECT_HIDDEN;
		break;
	}
	return (true);
}

const uint8_t *
inspect_dhcp_option(const struct inspect *in, uint8_t code, size_t *len)
{
	const uint8_t *o, *end;

	if (in->in_dhcp == NULL)
		return (NULL);
	o = in->in_dhcp + DHCP_OPTIONS;
	end = in->in_dhcp + in->in_dhcp_len;
	while (o < end && *o != OPT_END) {
		if (*o == OPT_PAD) {
			o++;
			continue;
		}
		if (end - o < 2 || end - o - 2 < o[1])
			return (NULL);
		if (*o == code) {
			*len = o[1];
			return (o + 2);
		}
		o += 2 + o[1];
	}
	return (NULL);
}

uint8_t
inspect_dhcp_type(const struct inspect *in)
{
	size_t len;
	const uint8_t *type = inspect_dhcp_option(in, OPT_TYPE, &len);

	return (type != NULL && len == 1 ? *type : 0);
}

const uint8_t *
inspect_nd_option(const struct inspect *in, uint8_t code)
{
	const uint8_t *o, *end;

	if (!(in->in_what & (INSPECT_NS | INSPECT_NA)) ||
	    in->in_l4_len < ND_OPTIONS)
		return (NULL);
	end = in->in_l4 + in->in_l4_len;
	for (o = in->in_l4 + ND_OPTIONS; end - o >= 8; o += o[1] * 8) {
		if (o[1] == 0 || end - o < o[1] * 8)
			return (NULL);
		if (o[0] == code)
			return (o + 2);
	}
	return (NULL);
}

const uint8_t *
inspect_dhcp_ciaddr(const struct inspect *in)
{
	return (in->in_dhcp + DHCP_CIADDR);
}

const uint8_t *
inspect_dhcp_chaddr(const struct inspect *in)
{
	return (in->in_dhcp + DHCP_CHADDR);
}

const uint8_t *
inspect_dhcp_yiaddr(const struct inspect *in)
{
	return (in->in_dhcp + DHCP_YIADDR);
}

bool
inspect_dhcp_is_reply(const struct inspect *in)
{
	return (in->in_dhcp[0] == DHCP_REPLY);
}
