/* SPDX-License-Identifier: ISC */
/*
 * policy: what frames a session may send and receive, as its user's policy in
 * hubd.conf says.  Judged at the hub, at the session's port: "in" is what the
 * session sends, "out" what it would get.  Pure: time (ms) is an argument.
 *
 * A frame ends at the first rule that it breaks; the rule is named by the
 * result, which is what counters and log lines are about.  Whatever filters
 * anything lets nothing pass of which it cannot be seen what it is
 * (INSPECT_HIDDEN).
 */
#ifndef NET_POLICY_H
#define NET_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct bindings;
struct inspect;

/* What is forbidden; 0: nothing.  Names are those of the settings. */
enum {
	POLICY_NO_IPV4 = 1 << 0,
	POLICY_NO_IPV6 = 1 << 1,
	POLICY_NO_OTHER = 1 << 2,	/* neither IP nor ARP */
	POLICY_NO_DHCP = 1 << 3,	/* either way */
	POLICY_NO_DHCP6 = 1 << 4,
	POLICY_NO_DHCP_SERVER = 1 << 5,	/* in */
	POLICY_NO_DHCP6_SERVER = 1 << 6,
	POLICY_NO_RS = 1 << 7,		/* in and out */
	POLICY_NO_RA = 1 << 8,		/* and redirects; in: MLD queries */
	POLICY_NO_DEFAULT_ROUTER = 1 << 9, /* in: RAs lose it */
	POLICY_DISCOVERY_ONLY = 1 << 10, /* in: of broadcasts and multicasts */
	POLICY_NO_TCP_IN = 1 << 11,	/* out: connections to the session */
	POLICY_NO_TCP6_IN = 1 << 12,
	POLICY_ISOLATED = 1 << 13,	/* out: from others that are, too */
	POLICY_UNIQUE_MAC = 1 << 14,	/* in: the hub's FDB decides */
	POLICY_UNIQUE_IP = 1 << 15,	/* in: the bindings decide */
	POLICY_UNIQUE_IP6 = 1 << 16,
	POLICY_LEASED_ONLY = 1 << 17,	/* in: IPv4 by DHCP, for itself */
	POLICY_NO_ROUTING = 1 << 18,	/* in: of others' IPv4 packets */
	POLICY_NO_ROUTING6 = 1 << 19,
	POLICY_STORM_EXEMPT = 1 << 20,
	POLICY_MONITOR = 1 << 21,	/* out: all frames of the hub */
	POLICY_NO_BPDU = 1 << 22,	/* spanning tree, either way */
	POLICY_NO_PPPOE = 1 << 23,
	POLICY_NO_OSPF = 1 << 24,
	POLICY_NO_TAGS = 1 << 25,	/* 802.1Q, either way */
	POLICY_LEASED_ONLY6 = 1 << 26	/* in: IPv6 by DHCP or link-local */
};

struct policy {
	uint32_t po_flags;
	uint32_t po_max_macs;		/* 0: no limit but the hub's */
	uint32_t po_max_ips;		/* 0: no limit */
	uint32_t po_max_ips6;
	uint16_t po_vlan;		/* 0: tags are the session's own */
	uint16_t po_max_mss;		/* net/mss.h; 0: no limit */
};

enum policy_hit {
	POLICY_PASS,
	POLICY_HIT_TYPE,		/* a kind of frame that is filtered */
	POLICY_HIT_HIDDEN,
	POLICY_HIT_DHCP,
	POLICY_HIT_DHCP_SERVER,
	POLICY_HIT_ROUTER,		/* RS, RA, redirect */
	POLICY_HIT_BROADCAST,
	POLICY_HIT_TCP,
	POLICY_HIT_ISOLATED,
	POLICY_HIT_VLAN,
	POLICY_HIT_MAC,			/* another session's */
	POLICY_HIT_MACS,		/* too many */
	POLICY_HIT_IP,			/* another session's */
	POLICY_HIT_IPS,			/* too many */
	POLICY_HIT_LEASE,		/* not by DHCP */
	POLICY_HIT_ROUTING,		/* a packet of somebody else */
	POLICY_HIT_RULE,		/* the hub's access list (acl.h) */
	POLICY_HIT_STORM_BROADCAST,	/* the hub's limits on floods */
	POLICY_HIT_STORM_MULTICAST,
	POLICY_HIT_STORM_UNKNOWN,
	POLICY_HITS
};

/* Whether anything at all has to be looked at, in and out. */
bool policy_judges_in(const struct policy *po);
bool policy_judges_out(const struct policy *po);
/* Whether the hub must keep bindings for it. */
bool policy_needs_bindings(const struct policy *po);

/* By the frame alone. */
enum policy_hit policy_in(const struct policy *po, const struct inspect *in);
/* isolated: the frame comes from a session with POLICY_ISOLATED. */
enum policy_hit policy_out(const struct policy *po, const struct inspect *in,
    bool isolated);
/*
 * By who has which address, and learn it: for every frame in of a hub that
 * keeps bindings, whatever its session's policy; po NULL: none.
 */
enum policy_hit policy_bind(const struct policy *po, struct bindings *bs,
    const struct inspect *in, uint32_t port, uint64_t now);
/*
 * A lease that a server's ACK tells of, which the frame must be let through
 * for: port is that of the client (chaddr) as the FDB has it.
 */
void policy_lease(struct bindings *bs, const struct inspect *in, uint32_t port,
    uint64_t now);
/*
 * The same of a server's DHCPv6 reply: port is that of the frame's
 * destination, 0 if none is known.  In what goes to a relay the client is who
 * has the link-local address that the relay names.
 */
void policy_lease6(struct bindings *bs, const struct inspect *in, uint32_t port,
    uint64_t now);
/* A client's message: addresses that it gives back, if they are the port's. */
void policy_released(struct bindings *bs, const struct inspect *in,
    uint32_t port);
/*
 * Make a router advertisement of p say that it is no default router (RFC
 * 4861, 4.2: router lifetime 0), checksum included.  False if it is none.
 */
bool policy_strip_router(uint8_t *p, const struct inspect *in);
/* "DHCP server", for the log and hubctl show. */
const char *policy_hit_name(enum policy_hit hit);

#endif
