/* SPDX-License-Identifier: ISC */
/*
 * inspect: what a frame is to those who judge frames (stay_local, policy):
 * ARP, DHCP, neighbour discovery, TCP, and what hides behind VLAN tags,
 * LLC/SNAP, IPv4 options, IPv6 extension headers and fragments.  Pure; takes
 * hostile input.
 *
 * What cannot be seen is said too, since that is where filters are evaded
 * (RFC 7113, RFC 7112): whoever filters anything does not let it pass.
 */
#ifndef NET_INSPECT_H
#define NET_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ether.h"
#include "net/ip.h"

/* A frame may be several of these. */
enum {
	INSPECT_ARP = 1 << 0,		/* for IPv4 over Ethernet (RFC 826) */
	INSPECT_IP4 = 1 << 1,
	INSPECT_IP6 = 1 << 2,
	INSPECT_DHCP_CLIENT = 1 << 3,	/* a client's message (RFC 2131) */
	INSPECT_DHCP_SERVER = 1 << 4,	/* a server's */
	INSPECT_DHCP6_CLIENT = 1 << 5,	/* the same of RFC 8415 */
	INSPECT_DHCP6_SERVER = 1 << 6,
	INSPECT_RS = 1 << 7,		/* RFC 4861 */
	INSPECT_RA = 1 << 8,
	INSPECT_NS = 1 << 9,
	INSPECT_NA = 1 << 10,
	INSPECT_REDIRECT = 1 << 11,
	INSPECT_MULTICAST = 1 << 12,	/* IGMP, MLD: who listens to what */
	INSPECT_TCP = 1 << 13,		/* with its header, in_tcp_flags */
	INSPECT_UDP = 1 << 14,
	INSPECT_FRAGMENT = 1 << 15,	/* a part of a packet */
	/*
	 * A later one, worth nothing without the first.  It is hidden too if
	 * it may overwrite a first one's ports or flags (RFC 1858).
	 */
	INSPECT_LATER = 1 << 16,
	/*
	 * What it is cannot be seen: a first fragment that ends before its
	 * transport's header does, lengths that contradict each other, more
	 * tags or headers than we look through.
	 */
	INSPECT_HIDDEN = 1 << 17
};

enum { INSPECT_TCP_SYN = 0x02, INSPECT_TCP_ACK = 0x10 };

enum {
	INSPECT_ARP_LEN = 28,
	INSPECT_ARP_OP = 6,		/* offsets in an ARP message */
	INSPECT_ARP_SHA = 8,
	INSPECT_ARP_SPA = 14,
	INSPECT_ARP_TPA = 24,
	INSPECT_ND_TARGET = 8,		/* in a solicitation, advertisement */
	INSPECT_ND_LEN = 24,		/* with the target */
	INSPECT_RA_LIFETIME = 6		/* in a router advertisement */
};

enum {
	INSPECT_DHCP_OFFER = 2,		/* values of option 53 */
	INSPECT_DHCP_ACK = 5,
	INSPECT_DHCP_RELEASE = 7
};

/* Pointers go into the frame. */
struct inspect {
	unsigned int in_what;		/* INSPECT_* */
	struct ether_info in_ether;	/* its type behind LLC/SNAP, too */
	bool in_tagged;			/* 802.1Q, if only with a priority */
	struct ip_info in_ip;		/* with INSPECT_IP4 or _IP6 */
	const uint8_t *in_l4;		/* what ii_proto says, or NULL */
	size_t in_l4_len;
	const uint8_t *in_arp;		/* INSPECT_ARP_LEN bytes, or NULL */
	const uint8_t *in_dhcp;		/* DHCPv4 with its cookie, or NULL */
	size_t in_dhcp_len;
	uint16_t in_sport, in_dport;	/* of TCP and UDP, else 0 */
	uint8_t in_tcp_flags;
};

/* false when ether_parse() finds no frame; then *in is all zero. */
bool inspect_frame(const uint8_t *p, size_t len, struct inspect *in);
/* The value of an option of in_dhcp and its length; NULL without it. */
const uint8_t *inspect_dhcp_option(const struct inspect *in, uint8_t code,
    size_t *len);
/* The message type, option 53, or 0. */
uint8_t inspect_dhcp_type(const struct inspect *in);
/*
 * The link-layer address that a solicitation or advertisement gives (RFC
 * 4861, 4.6.1): option 1 is its source's, 2 its target's.  NULL without one.
 */
const uint8_t *inspect_nd_option(const struct inspect *in, uint8_t code);
/* ciaddr, chaddr, yiaddr of in_dhcp, which must not be NULL. */
const uint8_t *inspect_dhcp_ciaddr(const struct inspect *in);
const uint8_t *inspect_dhcp_chaddr(const struct inspect *in);
const uint8_t *inspect_dhcp_yiaddr(const struct inspect *in);
/* Whether it is a reply (BOOTREPLY). */
bool inspect_dhcp_is_reply(const struct inspect *in);

#endif
