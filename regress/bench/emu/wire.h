/* SPDX-License-Identifier: ISC */
/* Frames on their way over a link, ordered by when they arrive. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_FRAME 2048 /* bytes of the largest frame */

struct wire_frame {
	uint64_t wf_due, wf_sent; /* ns */
	uint64_t wf_order;	  /* ties go in the order of wire_put() */
	int wf_way;		  /* which direction */
	uint32_t wf_len;
	uint8_t wf_data[WIRE_FRAME];
};

struct wire;

/* At most max frames, which are allocated when first needed. */
struct wire *wire_new(size_t max);
void wire_free(struct wire *);

/* An empty frame, or NULL if max are in use. */
struct wire_frame *wire_alloc(struct wire *);

/* Gives a frame back. */
void wire_drop(struct wire *, struct wire_frame *);

/* Sends a frame of wire_alloc() on its way. */
void wire_put(struct wire *, struct wire_frame *);

/* The frame that arrives first, which stays; NULL if there is none. */
struct wire_frame *wire_first(struct wire *);

/* Takes it off the wire; the caller drops it. */
struct wire_frame *wire_take(struct wire *);

#endif
