/* SPDX-License-Identifier: ISC */
/*
 * gro: consecutive frames of one flow become one super-frame, which costs as
 * much as one frame from here on.  The exact inverse of gso: segmentation
 * gives back the frames that went in, octet by octet, so whoever is behind it
 * sees no difference.  (One exception, as Linux has it: where IPv4's DF is set
 * and all identifications are the same, segmentation counts them up; RFC 6864
 * says that nobody looks at them then.)
 *
 * Frames join if their headers differ in nothing but what segmentation makes
 * (lengths, checksums, IPv4's identification that counts up, TCP's sequence
 * number, PSH on the last, CWR on the first), all payloads but the last one
 * are as long as the first, and the checksums of each are right (those that a
 * frame leaves open, or that are marked as verified, are not summed up).
 * Never: fragments, SYN, FIN, RST, URG, UDP without checksum, padding.
 * Super-frames of TCP join as the segments that they are made of, in struct
 * gro only.
 *
 * Pure: no clock; who uses it decides how long it gathers.  Two forms: struct
 * gro is one flow, for a queue that has its frames in order already; struct
 * gro_batch is the frames of a batch, mixed.  Takes hostile input.
 */
#ifndef NET_GRO_H
#define NET_GRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

enum { GRO_FLOWS = 8 }; /* of a batch that gather at a time */

/* One flow's frames; all zero when empty. */
struct gro {
	struct frame *gr_frame; /* what has been gathered; NULL: nothing */
	bool gr_open; /* it may take more */
	bool gr_right; /* the first one's checksums were looked at */
	bool gr_tcp;
	bool gr_v6;
	bool gr_fixed_id;
	bool gr_joined; /* it is of more than one frame */
	uint16_t gr_size; /* payload of each but the last */
	uint32_t gr_count; /* segments in it */
	uint32_t gr_hash; /* of the flow */
	size_t gr_l3, gr_l4, gr_data; /* offsets */
};

/*
 * Begin with f, which is consumed; can: what the next hop takes, of
 * OFFLOAD_CAN_*.  What gr had must be taken out before.
 */
void gro_start(struct gro *gr, struct frame *f, unsigned int can);
/* Whether f has been put behind the others; then it is consumed. */
bool gro_add(struct gro *gr, struct frame *f);
/* The frame or super-frame with its reference, NULL when empty. */
struct frame *gro_end(struct gro *gr);

struct gro_batch {
	struct gro gb_flow[GRO_FLOWS];
	unsigned int gb_used; /* how many of them hold something */
	unsigned int gb_hand; /* whose turn it is to make room */
	uint64_t gb_joined; /* frames that were put behind others */
};

/*
 * Take f, consumed; what is complete goes to `out`, which consumes it.  The
 * order within a flow is kept, that among flows is not.
 */
void gro_put(struct gro_batch *gb, struct frame *f, unsigned int can,
    void (*out)(struct frame *, void *), void *arg);
/* The batch is over: everything goes out. */
void gro_flush(struct gro_batch *gb, void (*out)(struct frame *, void *),
    void *arg);

#endif
