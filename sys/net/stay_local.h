/* SPDX-License-Identifier: ISC */
/*
 * stay_local: the rules of two real offices.  Each office has a router and a
 * DHCP server of its own, often at the same address.  With "Internet and
 * addresses stay local" DHCP (v4, v6), router advertisements and
 * solicitations, and ARP or neighbour discovery for an office's own router
 * do not cross the virtual NIC.  Whatever that setting, the box's own DHCP,
 * RA and ARP for its gateway never do.
 *
 * Without it, addresses may come from one side only.  From the LAN: what
 * servers and routers say stays out, and what hosts ask them stays in; the
 * LAN's own may serve the far side.  From the tunnel: the other way round.
 *
 * Seen from vnicd, "out" is from the LAN to the tunnel, "in" the other way.
 * Pure: no I/O, no clock.  Looks through up to two VLAN tags, IPv4
 * options and IPv6 extension headers; a fragment that hides its ports is
 * judged by its first fragment's rule: fragments of UDP to or from the DHCP
 * ports cannot exist in practice and pass.
 */
#ifndef NET_STAY_LOCAL_H
#define NET_STAY_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/servers.h"

enum { STAY_GATEWAYS = 16 };

struct stay_gateway {
	uint8_t sg_family;		/* 4 or 6 */
	uint8_t sg_addr[16];
};

/* Counters and finds; plain numbers, read by vnicctl show. */
struct stay_stats {
	uint64_t ss_dhcp;		/* dropped, both ways */
	uint64_t ss_ra;
	uint64_t ss_arp;		/* ARP and ND for a gateway */
	uint64_t ss_own;		/* the box's own */
	uint64_t ss_side_dhcp;		/* of the side that is not to serve */
	uint64_t ss_side_ra;
	uint64_t ss_side_arp;
};

/*
 * Somebody who wants to answer us has asked by neighbour discovery who has
 * sl_asker6 (RFC 4861, 4.3): the last one, until it was taken.
 */
struct stay_question {
	bool sq_is;
	bool sq_far;
	uint8_t sq_mac[6];
	uint8_t sq_addr[16];
};

/* Which side's servers and routers are to serve this office. */
enum stay_side { STAY_BOTH, STAY_LAN, STAY_TUNNEL };

struct stay_local {
	bool sl_on;			/* Internet, addresses stay local */
	enum stay_side sl_side;		/* counts without sl_on */
	uint8_t sl_own_mac[6];		/* of the box's IP interface here */
	bool sl_has_own_mac;
	unsigned int sl_ngateways;
	struct stay_gateway sl_gateways[STAY_GATEWAYS];
	struct stay_stats sl_stats;
	bool sl_asks;			/* we have asked who serves, */
	uint8_t sl_asker[6];		/* from here; answers end here */
	uint8_t sl_asker6[16];		/* the same, to DHCPv6 servers */
	struct stay_question sl_question;
	/* Finds, for the status page; a zero MAC means none. */
	struct servers sl_servers;
	uint8_t sl_far_gateway_mac[6];	/* our gateway's address, far side */
	uint8_t sl_far_gateway_addr[4];
	bool sl_news;			/* a find changed since cleared; look
					 * now and then, not per frame: two
					 * servers make it true again and
					 * again */
};

enum stay_direction { STAY_OUT, STAY_IN };

/*
 * Whether the frame may cross.  Also learns the finds above, and, unless both
 * sides may serve, from DHCP replies on the LAN side the office's routers
 * (option 3) as gateways.  A frame that may not cross is counted once, in
 * sl_stats.  The box's own are frames out with sl_own_mac as source, frames in
 * that are addressed to it or are DHCP replies for it, and answers to sl_asker
 * and questions about it.
 */
bool stay_local_pass(struct stay_local *sl, enum stay_direction dir,
    const uint8_t *p, size_t len);
/* Forget the finds. */
void stay_local_forget(struct stay_local *sl);
/*
 * Add a gateway, family 4 or 6, if there is room and it is new.  False when
 * full, of another family, or all zero.  To forget all set sl_ngateways to 0.
 */
bool stay_local_gateway(struct stay_local *sl, int family, const uint8_t *addr);

#endif
