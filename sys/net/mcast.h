/* SPDX-License-Identifier: ISC */
/*
 * mcast: which ports of a hub want which multicast group, learned from IGMP
 * and MLD as a snooping switch does (RFC 4541).  Pure: time (ms) is an
 * argument; ports are those of the hub's FDB.  No locking; the hub's lock
 * covers it.
 *
 * Nothing is kept from a port unless it is certain that its hosts were asked
 * and had the time to answer, since a hub that guesses wrong loses what people
 * wait for:
 * - By VLAN and family there must be a querier, one of the network's or our
 *   own.  When it falls silent for MCAST_QUERIER ms all is flooded again,
 *   which is before memberships end (MCAST_MEMBER).
 * - A port gets everything from when it comes, or comes back, until a general
 *   query sent since has been answered.
 * - A port that tells of more than fits, or too quickly, gets everything for
 *   MCAST_MEMBER ms.
 * - Queries, and messages that we do not know, go to all.  Reports go to the
 *   ports of routers only, so that no host of IGMPv1 or v2 keeps silent
 *   because it heard another's.
 * - The port of a querier, even one with the address 0.0.0.0, gets all groups
 *   of its VLAN and family: there a switch may keep the others' reports to
 *   itself.
 *
 * Memory is bounded by MCAST_MEMBERS, MCAST_PORT for one port, MCAST_VLANS.
 */
#ifndef NET_MCAST_H
#define NET_MCAST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/igmp.h"

enum {
	MCAST_MEMBERS = 16384,		/* of all groups together */
	MCAST_PORT = 4096,		/* and of one port */
	MCAST_VLANS = 256,		/* with a querier; of each family */
	MCAST_RATE = 500,		/* told a second by a port, */
	MCAST_BURST = 5000,		/* and at once */
	MCAST_QUERIER = 255 * 1000,	/* ms, RFC 3376, 8.5 */
	MCAST_MEMBER = 300 * 1000,	/* ms, from report to end */
	MCAST_LEAVE = 10 * 1000,	/* ms, from leave to end, for others */
	MCAST_SLACK = 2 * 1000,		/* ms, what an answer may be late */
	MCAST_RESPONSE = 25 * 1000,	/* ms, of a query that counts */
	MCAST_INTERVAL = 125 * 1000,	/* ms, between our own queries, */
	MCAST_SOON = 15 * 1000		/* or after a port came */
};

struct mcast;

struct mcast_key {
	uint8_t mk_family;		/* 4 or 6 */
	uint8_t mk_addr[IGMP_ADDR_LEN];	/* zero: where routers are */
	uint16_t mk_vid;
};

struct mcast_member {
	struct mcast_key mm_key;
	uint32_t mm_port;
	uint64_t mm_until;		/* ms */
};

/*
 * Ports, as an unchangeable set that may be used without the hub's lock by
 * who has a reference.
 */
struct mcast_set {
	atomic_uint ms_refs;
	uint32_t ms_words;
	uint64_t ms_bits[];
};
struct mcast_set *mcast_set_ref(struct mcast_set *ms);
void mcast_set_unref(struct mcast_set *ms);
bool mcast_set_has(const struct mcast_set *ms, uint32_t port);
/* Whether any port but this one is in it. */
bool mcast_set_has_other(const struct mcast_set *ms, uint32_t port);

struct mcast_stats {
	uint64_t mt_joins;		/* that were new */
	uint64_t mt_leaves;
	uint64_t mt_full;		/* not taken: no room, or too quick */
	uint64_t mt_queries;		/* heard */
	uint64_t mt_bad;
};

/* NULL without memory. */
struct mcast *mcast_new(void);
void mcast_free(struct mcast *mc);
/*
 * Our own querier: asks for as long as no other with a lower address does
 * (RFC 3376, 6.6.2).  src4 NULL: none; 0.0.0.0 gives way to any other.
 */
void mcast_set_querier(struct mcast *mc, const uint8_t *src4,
    const uint8_t *src6);
/* Whether groups that nobody joined go to all, not to routers' ports only. */
void mcast_set_unknown(struct mcast *mc, bool flood);

/* The port comes, or comes back; it is not known who is behind it. */
void mcast_port_up(struct mcast *mc, uint32_t port, uint64_t now);
void mcast_port_down(struct mcast *mc, uint32_t port);
/* It gets everything, whatever it says. */
void mcast_port_always(struct mcast *mc, uint32_t port, bool always);
/* All ports come back: the topology has changed. */
void mcast_all_up(struct mcast *mc, uint64_t now);

/* Where a frame goes. */
enum mcast_where {
	MCAST_ALL,		/* flood it */
	MCAST_SET,		/* to a set of ports */
	MCAST_NOWHERE		/* not to be used by anybody */
};
/*
 * A message of IGMP or MLD that came in by `port`, or that is none, to a
 * multicast address of IPv4 or IPv6 (dst).  With MCAST_SET *ms is the set, to
 * be kept only with a reference of one's own.
 */
enum mcast_where mcast_frame(struct mcast *mc, struct igmp *ig, uint16_t vid,
    const uint8_t *dst, uint32_t port, uint64_t now, struct mcast_set **ms);

/* What time has ended; to be called once a second. */
void mcast_age(struct mcast *mc, uint64_t now);
/* The next query of our own that is due: family, VLAN, group and time. */
bool mcast_ask(struct mcast *mc, uint64_t now, struct igmp_query *iq);

/* How many memberships, routers' ports included, and each of them. */
size_t mcast_count(const struct mcast *mc);
void mcast_each(const struct mcast *mc,
    void (*each)(const struct mcast_member *mm, void *arg), void *arg);
const struct mcast_stats *mcast_stats(const struct mcast *mc);

#endif
