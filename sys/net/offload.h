/* SPDX-License-Identifier: ISC */
/*
 * offload: checks and fall-backs for frames whose checksum or segmentation
 * was left to a later hand.  Metadata is struct frame_offload, the subset of
 * virtio_net_hdr (Virtio 1.2, 5.1.6) that goes over our wire.  Pure.
 *
 * Wire form, before the frame in an offload context, network byte order:
 *	1 flags, 1 gso type, 2 header length, 2 gso size, 2 csum start,
 *	2 csum offset
 */
#ifndef NET_OFFLOAD_H
#define NET_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"
#include "net/ip.h"

enum {
	OFFLOAD_HDR_LEN = 10,
	OFFLOAD_TCP_MIN = 48, /* least segment: Linux's MSS */
	OFFLOAD_TCP_SEGMENTS = FRAME_MAX / OFFLOAD_TCP_MIN + 1,
	OFFLOAD_UDP_SEGMENTS = 128 /* most datagrams of a super-frame */
};

enum {
	OFFLOAD_F_CSUM = 0x01, /* checksum to be filled in */
	OFFLOAD_F_VALID = 0x02 /* checksum already verified */
};
enum {
	OFFLOAD_GSO_NONE = 0,
	OFFLOAD_GSO_TCP4 = 1,
	OFFLOAD_GSO_TCP6 = 4,
	OFFLOAD_GSO_UDP = 5, /* USO */
	OFFLOAD_GSO_ECN = 0x80
};

/* What a port or peer can take, as negotiated. */
enum {
	OFFLOAD_CAN_CSUM = 0x1,
	OFFLOAD_CAN_TSO4 = 0x2,
	OFFLOAD_CAN_TSO6 = 0x4,
	OFFLOAD_CAN_USO = 0x8,
	OFFLOAD_CAN_ALL = 0xf,
	/*
	 * Segments under OFFLOAD_TCP_MIN, which the GRO of our own kernel may
	 * hand to us.  Never negotiated: they are segmented here.
	 */
	OFFLOAD_CAN_SMALL = 0x10
};

/* A TCP or UDP packet, with its headers found. */
struct offload_packet {
	struct ip_info op_ip;
	size_t op_payload; /* offset of what follows the L4 header */
	size_t op_csum; /* offset of the checksum in that header */
};

void offload_encode(const struct frame_offload *fo, uint8_t *out);
void offload_decode(const uint8_t *in, struct frame_offload *fo);

/*
 * Whether every field of fo agrees with the frame and with what was
 * negotiated (`can`): known flags and types only, headers inside the frame,
 * protocol as the GSO type says (behind at most ETHER_VLANS_MAX tags), sizes
 * sensible, checksum place that of TCP or UDP.  Fields that flags and type
 * give no meaning are zero.  fo_hdr_len reaches from the last header's end
 * up to the frame's end, as Linux sets it: a hint, not to be relied on.
 * A super-frame fills its frame: IP's and UDP's lengths agree with len.
 * NULL when good, else a short reason for counters and debugging.
 */
const char *offload_check(const struct frame_offload *fo, const uint8_t *p,
    size_t len, unsigned int can);
/* Find the headers; NULL when good, else as above. */
const char *offload_find(const uint8_t *p, size_t len,
    struct offload_packet *op);
/* Whether the other end takes the frame as it is; can: what it negotiated. */
bool offload_may_send(const struct frame_offload *fo, unsigned int can);
/*
 * The longest frame that a checked super-frame is segmented into, and how
 * many those are; an ordinary frame is one of its own length.
 */
size_t offload_longest(const struct frame_offload *fo, const uint8_t *p,
    size_t len);
unsigned int offload_segments(const struct frame_offload *fo, const uint8_t *p,
    size_t len);
/*
 * Fill in a checksum of any protocol at the place that fo names, as Virtio
 * has it; for frames of our own kernel that offload_check knows not.  fo is
 * cleared.  false when the place is not in the frame.
 */
bool offload_fill_csum(struct frame_offload *fo, uint8_t *p, size_t len);
/*
 * Fill in the checksum that fo leaves open, for a port that cannot; fo is
 * cleared.  As in Virtio the checksum field holds the sum of the pseudo
 * header.  The frame must have passed offload_check and not be GSO; one that
 * is not what it was when checked is left alone.
 */
void offload_finish_csum(struct frame_offload *fo, uint8_t *p, size_t len);

#endif
