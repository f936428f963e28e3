/* SPDX-License-Identifier: ISC */
/*
 * igmp: who listens to which multicast group, as hosts and routers tell each
 * other: IGMP (RFC 1112, 2236, 3376) for IPv4, MLD (RFC 2710, 3810) for IPv6.
 * Messages are taken apart, and queries built, for the table of mcast.h.
 * Pure; takes hostile input.
 *
 * Who sends to a group is of no interest here: whoever wants any of a group's
 * sources listens to the group.
 */
#ifndef NET_IGMP_H
#define NET_IGMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inspect;

enum igmp_kind {
	IGMP_NONE,		/* nothing of the kind */
	IGMP_BAD,		/* wrong checksum or lengths; not to be used */
	IGMP_UNKNOWN,		/* for others to understand */
	IGMP_QUERY,
	IGMP_REPORT,		/* records follow: joins and leaves */
	IGMP_ROUTER		/* a multicast router says that it is there */
};

enum { IGMP_ADDR_LEN = 16 };	/* unused octets are zero */

/* Pointers go into the frame. */
struct igmp {
	enum igmp_kind ig_kind;
	int ig_family;			/* 4 or 6 */
	const uint8_t *ig_src;		/* of the packet */
	uint8_t ig_group[IGMP_ADDR_LEN]; /* asked for; zero: for all */
	uint32_t ig_response;		/* query: ms to answer in */
	unsigned int ig_records;	/* that igmp_next() has yet to give */
	const uint8_t *ig_record;	/* the next */
	bool ig_single;			/* a report of one group, no list */
	bool ig_leave;			/* that one: it is left */
};

/* What the frame that *in looks into says; the kind is in ig->ig_kind, too. */
enum igmp_kind igmp_parse(const struct inspect *in, struct igmp *ig);
/*
 * The next group that a report joins or leaves; false behind the last.  All
 * of its octets have been checked by igmp_parse().
 */
bool igmp_next(struct igmp *ig, uint8_t *group, bool *leave);
/*
 * Whether a switch may keep a group from ports that did not join: not what
 * hosts listen to without a word, 224.0.0.0/24, ff02::1 and all of link scope
 * (RFC 4541, 2.1.2 and 3; mDNS among it), but for ff02::1:ff00:0/104, which
 * neighbour discovery asks by.
 */
bool igmp_is_tracked(int family, const uint8_t *group);

/* A query to be sent: IGMPv3 or MLDv2, which older hosts understand. */
struct igmp_query {
	int iq_family;
	uint16_t iq_vid;		/* 0: untagged */
	uint8_t iq_mac[6];		/* source */
	uint8_t iq_src[IGMP_ADDR_LEN];
	uint8_t iq_group[IGMP_ADDR_LEN]; /* zero: for all groups */
	uint32_t iq_response;		/* ms, up to 12 s */
};
enum { IGMP_QUERY_MAX = 94 };
/* The frame, in out (IGMP_QUERY_MAX bytes); its length. */
size_t igmp_build_query(uint8_t *out, const struct igmp_query *iq);

#endif
