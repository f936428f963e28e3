/* SPDX-License-Identifier: ISC */
/*
 * binding: which port of a hub has which IP address, as DHCP snooping and
 * SAVI (RFC 7039) have it: learned from leases that a server gave, and from
 * what hosts say of themselves in ARP and neighbour discovery.  Pure: time
 * (ms) is an argument; ports are those of the hub's FDB.  No locking; the
 * hub's lock covers it.
 *
 * Memory is bounded by a cap for all and one for each port and family.
 * Nothing is allocated for an address that is there already.
 */
#ifndef NET_BINDING_H
#define NET_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bindings;

struct binding_key {
	uint8_t bk_family;		/* 4 or 6 */
	uint8_t bk_addr[16];		/* unused octets are zero */
	uint16_t bk_vid;
};

struct binding {
	struct binding_key bi_key;
	uint8_t bi_mac[6];
	uint32_t bi_port;
	uint64_t bi_seen;		/* ms */
	uint64_t bi_lease;		/* ms, when it ends; 0: not leased */
	uint64_t bi_changed;		/* ms, when port or MAC last did */
	uint64_t bi_asked;		/* ms, since it owes an answer; or 0 */
};

enum binding_result {
	BINDING_OWN,		/* it was this port's; its age is renewed */
	BINDING_NEW,
	BINDING_MOVED,		/* it was another's, and is this port's now */
	BINDING_TAKEN,		/* it is another's, and stays so */
	BINDING_FULL,		/* the cap of all is reached */
	BINDING_PORT_FULL	/* the port's cap is reached */
};

/* At most max; what is neither leased nor seen for age ms is forgotten. */
struct bindings *bindings_new(size_t max, uint64_t age);
void bindings_free(struct bindings *bs);
struct binding_key binding_key(int family, const uint8_t *addr, uint16_t vid);

/*
 * A host behind `port` says that an address is its own.  take: another port's
 * address may be taken over, unless that has it by lease.  most: of this
 * family for the port, 0: no limit.
 */
enum binding_result bindings_claim(struct bindings *bs,
    const struct binding_key *bk, const uint8_t *mac, uint32_t port, bool take,
    size_t most, uint64_t now);
/*
 * A DHCP server gave an address to a host behind `port`, until `until`; it is
 * that port's, whoever had it.  The port's cap does not count here: it is the
 * server's to give.
 */
enum binding_result bindings_lease(struct bindings *bs,
    const struct binding_key *bk, const uint8_t *mac, uint32_t port,
    uint64_t until, uint64_t now);
/* Give it up, if it is the port's. */
void bindings_release(struct bindings *bs, const struct binding_key *bk,
    uint32_t port);
/* It was asked for by ARP or ND; it has answered, if it is the port's. */
void bindings_asked(struct bindings *bs, const struct binding_key *bk,
    uint64_t now);
void bindings_answered(struct bindings *bs, const struct binding_key *bk,
    uint32_t port);
/* Who has it; NULL when nobody has, or it has aged. */
const struct binding *bindings_find(const struct bindings *bs,
    const struct binding_key *bk, uint64_t now);
/* How many of a family a port has. */
size_t bindings_count(const struct bindings *bs, uint32_t port, int family);
size_t bindings_total(const struct bindings *bs);
/* Forget what has aged, and all of a port. */
void bindings_age(struct bindings *bs, uint64_t now);
void bindings_flush_port(struct bindings *bs, uint32_t port);
/* All in order of address; NULL: the first.  NULL behind the last. */
const struct binding *bindings_next(const struct bindings *bs,
    const struct binding *bi);

#endif
