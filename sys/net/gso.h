/* SPDX-License-Identifier: ISC */
/*
 * gso: software segmentation of super-frames, for a port whose far end takes
 * none.  What comes out is what a network card with TSO or USO would send:
 *
 *	IPv4	length, checksum; the identification counts up
 *	IPv6	payload length; extension headers as they are
 *	TCP	sequence number; FIN and PSH only on the last segment, CWR
 *		only on the first (RFC 3168, 6.1.2); checksum
 *	UDP	length, checksum (zero is sent as 0xffff)
 *
 * VLAN tags, options and all else of the headers are those of the
 * super-frame.  Pure but for the pools that frames come from; one owner.
 */
#ifndef NET_GSO_H
#define NET_GSO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

struct gso {
	struct frame *gs_frame; /* a reference; NULL when there is no work */
	bool gs_tcp;
	int gs_version; /* of IP */
	size_t gs_l3, gs_l4; /* offsets of the headers, */
	size_t gs_data; /* of the payload, */
	size_t gs_next; /* and of what is next of it */
	uint64_t gs_pseudo; /* sum of addresses and protocol */
	uint32_t gs_count; /* segments made */
};

/*
 * Begin with f; consumes it.  Its offload header is checked once more, and
 * false says that f is no super-frame that can be segmented (it is freed).
 * What gs held before must be over.  An empty gs is all zero.
 */
bool gso_start(struct gso *gs, struct frame *f);
/*
 * The next segment, an ordinary frame with complete checksums and one
 * reference.  NULL when there is none left, or no memory (gso_left tells).
 */
struct frame *gso_next(struct gso *gs);
/*
 * The same, of as many segments as a frame of at most len octets takes, but
 * one at least: a smaller super-frame, where it is more than one.
 */
struct frame *gso_next_part(struct gso *gs, size_t len);
/* How many segments are still to come. */
unsigned int gso_left(const struct gso *gs);
/* Give up what is left. */
void gso_end(struct gso *gs);
/*
 * Hand f to `one`, or its segments if `can` (OFFLOAD_CAN_*) lacks its kind;
 * `one` consumes what it gets, f is consumed.  How many segments were lost
 * for want of memory.
 */
unsigned int gso_each(struct frame *f, unsigned int can,
    void (*one)(struct frame *, void *), void *arg);

#endif
