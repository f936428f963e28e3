/* SPDX-License-Identifier: ISC */
/*
 * hcomp: header compression for one direction of one connection.  The 66
 * octets before the data of a TCP segment, and the ten of what is left to a
 * later hand (net/offload.h), are nearly those of the flow's frame before;
 * what differs is said in some eight, as RFC 1144 does for a modem, and RFC
 * 5795 (ROHC) for radio.  A stream neither loses nor reorders, so there is no
 * need for more.  Exact: the far end has every octet as it was, and what
 * cannot be said so goes whole.
 *
 * A unit is a head and what follows it of the frame:
 *
 *	1  length of the rest of the head
 *	1  what it says, of the bits below
 *	1  slot: one of HCOMP_SLOTS places, where the headers of the flow's
 *	   last frame are kept at both ends
 *	in this order, as the bits say, numbers in network byte order:
 *	FULL	 10 offload header; alone.  The whole frame follows, and its
 *		 headers are to be kept
 *	OFFLOAD	 10 offload header, else that of the frame before
 *	ID	 2  IPv4's identification, else one more than the last
 *		    segment's
 *	SEQ	 4  sequence number, else what follows the frame before
 *	ACK	 varint (RFC 9000, 16): what is added to the last one, mod 2^32
 *	FLAGS	 1  TCP's
 *	WINDOW	 2
 *	TIME	 2 varints: likewise for both timestamps (RFC 7323), if those
 *		    are all the options that there are
 *	and without a bit, 2 checksum of TCP or UDP, unless it is open
 *
 * Without FULL what stands behind the headers follows.  Lengths and IPv4's
 * checksum are computed, and must have been right.
 *
 * Kept are the headers of TCP and UDP in IPv4 and IPv6, behind tags, up to
 * HCOMP_HEADER octets; a flow has its slot by a hash, and shares it with
 * others.
 *
 * A far end that could not keep a whole frame, for lack of memory or as it was
 * too long, takes nothing that refers to it.  So every HCOMP_AGAIN frames a
 * flow goes whole, and TCP whenever it shows that something did not arrive:
 * what was sent before, or an acknowledgement that says nothing new (RFC 1144,
 * 4.1).  Pure; takes hostile input.
 */
#ifndef ENCAP_HCOMP_H
#define ENCAP_HCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;
struct frame_offload;

enum {
	HCOMP_SLOTS = 32,
	HCOMP_HEADER = 128,
	HCOMP_AGAIN = 32,
	HCOMP_HEAD = 48 /* octets of the longest head, with its length */
};

struct hcomp;

/* NULL without memory. */
struct hcomp *hcomp_new(void);
void hcomp_free(struct hcomp *hc);

/*
 * Put a frame's head to out, which has room for HCOMP_HEAD octets; its length,
 * or 0 for a frame that is of no kind to be kept.  *skip: how many octets of
 * the frame it stands for.
 */
size_t hcomp_encode(struct hcomp *hc, const struct frame *f, uint8_t *out,
    size_t *skip);

/* What a head says. */
struct hcomp_head {
	bool hh_full;		/* call hcomp_keep() with the frame */
	unsigned int hh_slot;
	size_t hh_len;		/* of what comes before the rest, */
	const uint8_t *hh_header; /* that is this, till the next call */
};

/*
 * Read a head of len octets, without its length, that `rest` octets of frame
 * follow.  *fo is the frame's.  false for one that makes no sense.
 */
bool hcomp_decode(struct hcomp *hc, const uint8_t *p, size_t len, size_t rest,
    struct hcomp_head *hh, struct frame_offload *fo);
/* A whole frame is here, checked; what is not called for is not kept. */
void hcomp_keep(struct hcomp *hc, unsigned int slot, const struct frame *f);

#endif
