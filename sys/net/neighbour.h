/* SPDX-License-Identifier: ISC */
/*
 * neighbour: to whom an ARP request (RFC 826) or neighbour solicitation (RFC
 * 4861) goes, so that broadcasts need not cross every line.  Pure: time (ms)
 * is an argument.  No locking; the hub's lock covers the bindings.
 *
 * The hub does not answer in a host's name: what it knows may be old, and an
 * answer that nobody can keep is worse than none.  It hands the request, as
 * it is, to the one port that has the address by the bindings; the host
 * itself answers, or does not.  If it has not within NEIGHBOUR_WAIT, the next
 * request goes to all, and so on until it is heard.
 *
 * To all goes also what others must see: searches for duplicates and
 * announcements (RFC 5227, RFC 4862), what a host asks in its first
 * NEIGHBOUR_NEW, when others may remember it elsewhere, and what is asked of
 * nobody known.
 */
#ifndef NET_NEIGHBOUR_H
#define NET_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

struct bindings;
struct inspect;

enum {
	NEIGHBOUR_WAIT = 500,		/* ms, for the answer; hosts ask again
					   after a second */
	NEIGHBOUR_NEW = 10 * 1000	/* ms, since a binding changed */
};

/*
 * The port that alone gets the frame; 0: all do, or it is no such request.
 * The bindings have learned from the frame before.
 */
uint32_t neighbour_owner(struct bindings *bs, const struct inspect *in,
    uint64_t now);
/* A frame that came in by `port`: does the owner of an address speak? */
void neighbour_heard(struct bindings *bs, const struct inspect *in,
    uint32_t port);

#endif
