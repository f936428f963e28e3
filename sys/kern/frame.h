/* SPDX-License-Identifier: ISC */
/*
 * frame: reference-counted buffers for Ethernet frames.  A frame's bytes are
 * stored once; each queue or port that wants the frame holds a reference.
 *
 * Buffers come from pools, one a thread and size, and a shelf that threads
 * share: ordinary frames up to FRAME_SMALL_MAX, jumbo frames up to
 * FRAME_JUMBO_MAX, super-frames up to FRAME_LARGE_MAX, anything up to
 * FRAME_MAX.  A process-wide cap on the bytes of all buffers bounds memory;
 * over it frame_alloc() returns NULL and the caller counts a drop.
 *
 * Ownership: frame_alloc() gives the caller one reference.  A function whose
 * contract says "consumes f" takes over the caller's reference.  A frame with
 * more than one reference is immutable.
 */
#ifndef KERN_FRAME_H
#define KERN_FRAME_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_HEADROOM = 64,	  /* bytes before the frame, for headers */
	FRAME_TAILROOM = 16,	  /* bytes behind the frame, for an FCS */
	FRAME_SMALL_MAX = 1984,	/* longest frame in a small buffer */
	FRAME_JUMBO_MAX = 9728,	/* and in a middle one */
	FRAME_LARGE_MAX = 32640,  /* and in half of the largest */
	FRAME_MAX = 65557,	  /* an IP packet of 65535 in two VLAN tags */
	FRAME_MIN = 14		  /* an Ethernet header */
};

/* The offload metadata of a super-frame; all zero for an ordinary frame. */
struct frame_offload {
	uint8_t fo_flags;	/* OFFLOAD_F_* of net/offload.h */
	uint8_t fo_gso;		/* OFFLOAD_GSO_* */
	uint16_t fo_hdr_len;	/* all values in host byte order */
	uint16_t fo_gso_size;
	uint16_t fo_csum_start;
	uint16_t fo_csum_offset;
};

struct frame {
	struct frame *f_next;		/* pool, or a batch's list */
	atomic_uint f_refs;
	uint32_t f_len;			/* bytes of frame at f_data */
	uint32_t f_cap;			/* longest f_len this buffer takes */
	struct frame_offload f_offload;
	uint32_t f_twice;		/* its number in twice.h, 0: none */
	uint8_t *f_data;		/* within f_buf, headroom before it */
	uint8_t f_buf[];
};

/* Set the cap in bytes on all buffers together; default 64 MiB. */
void frame_set_limit(size_t bytes);
/* Bytes in all buffers now, pooled ones included. */
size_t frame_memory(void);
/* Bytes that are left of the cap. */
size_t frame_room(void);
/*
 * A frame that takes `len` bytes (0 < len <= FRAME_MAX), f_len = len, with
 * one reference and no offload; NULL when the cap is reached.
 */
struct frame *frame_alloc(size_t len);
/* One more reference; returns f. */
struct frame *frame_ref(struct frame *f);
/* Gives one reference back; the last one returns the buffer to the pool. */
void frame_free(struct frame *f);
/* An own copy with one reference, NULL at the cap. */
struct frame *frame_copy(const struct frame *f);
/*
 * f as one with a single reference, to be changed: f itself, or a copy.
 * Consumes f; NULL at the cap.
 */
struct frame *frame_own(struct frame *f);
/* Give the calling thread's pooled buffers, and the shelf's, to the system. */
void frame_pool_drain(void);

/*
 * What a frame counts in a bounded queue: its bytes, or its buffer where that
 * is not small, so that few bytes in large buffers cannot take all memory.
 */
uint32_t frame_charge(const struct frame *f);

/*
 * A first-in first-out queue of frame references, bounded in frames and
 * bytes as frame_charge() counts them.  When a frame does not fit, the oldest
 * are dropped and counted: what waits longest is worth least.  No locking;
 * one thread owns it.
 */
struct frameq {
	struct frame **fq_ring;		/* fq_size slots, a power of two */
	uint32_t fq_size;
	uint32_t fq_head;		/* free-running indices */
	uint32_t fq_tail;
	uint32_t fq_max_bytes;
	uint32_t fq_bytes;
	uint64_t fq_dropped;		/* frames dropped for want of room */
};

/* `frames` is rounded up to a power of two.  Returns -1 without memory. */
int frameq_init(struct frameq *fq, uint32_t frames, uint32_t bytes);
/* Drops what waits and releases the ring. */
void frameq_fini(struct frameq *fq);
/* Consumes f.  Returns how many frames were dropped to make room. */
unsigned int frameq_put(struct frameq *fq, struct frame *f);
/* The oldest frame with its reference, or NULL. */
struct frame *frameq_get(struct frameq *fq);
uint32_t frameq_len(const struct frameq *fq);

#endif
