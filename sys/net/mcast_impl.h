/* SPDX-License-Identifier: ISC */
/*
 * mcast_impl: what mcast.c (messages, queriers, time), mcast_table.c (groups,
 * who is in them, ports) and mcast_set.c share; who uses them knows mcast.h.
 */
#ifndef NET_MCAST_IMPL_H
#define NET_MCAST_IMPL_H

#include <sys/queue.h>
#include <sys/tree.h>

#include "kern/bucket.h"
#include "net/mcast.h"

/* A set that holds while nothing has changed. */
struct kept {
	struct mcast_set *ke_set;
	uint64_t ke_change;
};

struct member {
	LIST_ENTRY(member) me_entry;
	uint32_t me_port;
	uint64_t me_until;
};

struct group {
	RB_ENTRY(group) gr_entry;
	struct mcast_key gr_key;
	LIST_HEAD(, member) gr_members;
	struct kept gr_ports;
	unsigned int gr_asks;		/* queries to send after a leave */
	uint64_t gr_ask_at;
};
RB_HEAD(group_tree, group);

struct vlan {
	RB_ENTRY(vlan) vl_entry;
	uint8_t vl_family;
	uint16_t vl_vid;
	uint64_t vl_querier;		/* another's, until then */
	uint64_t vl_own;		/* our last query; 0: none yet */
	bool vl_asked;			/* a general query, at vl_asked_at, */
	uint64_t vl_asked_at;
	uint64_t vl_answers;		/* to be answered by then */
	bool vl_known;			/* one has been, that of vl_known_at */
	uint64_t vl_known_at;
	struct kept vl_unknown;		/* who gets groups that nobody joined */
	struct kept vl_routers;		/* and reports */
};
RB_HEAD(vlan_tree, vlan);

struct port {
	bool po_up;
	bool po_always;
	bool po_all;			/* gets all, until po_all_until */
	uint64_t po_all_until;
	uint64_t po_since;
	uint32_t po_members;
	struct bucket po_told;
};

struct mcast {
	struct group_tree mc_groups;
	struct vlan_tree mc_vlans;
	struct port *mc_ports;		/* by number */
	uint32_t mc_nports;
	bool mc_blind;			/* no memory for a port */
	uint64_t mc_change;		/* counts what concerns all sets */
	size_t mc_members;
	size_t mc_nvlans;
	uint64_t mc_came;		/* a port, the last time */
	bool mc_flood_unknown;
	bool mc_own;			/* a querier of our own */
	uint8_t mc_own4[IGMP_ADDR_LEN];
	uint8_t mc_own6[IGMP_ADDR_LEN];
	struct bucket mc_asks;
	struct mcast_stats mc_stats;
};

/* mcast_set.c */
/* An empty set for ports up to that number, NULL without memory. */
struct mcast_set *mcast_set_new(uint32_t ports);
/* While nobody else has it. */
void mcast_set_add(struct mcast_set *ms, uint32_t port);
void mcast_kept_drop(struct kept *ke);

/* mcast_table.c */
/* addr NULL: where routers are. */
struct mcast_key mcast_key(int family, uint16_t vid, const uint8_t *addr);
bool mcast_is_routers(const struct mcast_key *mk);
struct group *mcast_group_find(const struct mcast *mc,
    const struct mcast_key *mk);
/* In order; NULL: the first.  NULL behind the last. */
struct group *mcast_group_next(const struct mcast *mc, struct group *gr);
struct member *mcast_member_find(const struct group *gr, uint32_t port);
/*
 * The port, which is up, is a member from now on for MCAST_MEMBER; without
 * room for it, it gets everything.
 */
void mcast_member_told(struct mcast *mc, const struct mcast_key *mk,
    uint32_t port, uint64_t now);
/* End those of a port (0: of all) that are over by `now`. */
void mcast_members_end(struct mcast *mc, uint32_t port, uint64_t now);
/* NULL: it is not up. */
struct port *mcast_port_find(struct mcast *mc, uint32_t port);
/* It has more to say than we keep: it gets everything for a while. */
void mcast_port_full(struct mcast *mc, struct port *po, uint64_t now);
/* What ended by `now` of the latter. */
void mcast_ports_age(struct mcast *mc, uint64_t now);

#endif
