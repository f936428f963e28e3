/* SPDX-License-Identifier: ISC */
/*
 * encap: frames <-> byte stream, one of the five modules of the tunnel.  An
 * implementation is an ops table in a folder file of its own and one line in
 * encap.c.  Pure: no I/O, no clock, no libevent.
 *
 * "capsule" is the native one: capsules (RFC 9297, 3.2) that carry DATAGRAMs
 * of draft-ietf-masque-connect-ethernet, context 0 a whole Ethernet frame,
 * our offload context net/offload.h's header and a frame without FCS.  Once
 * an offload context is negotiated, all frames to that peer go in it, but
 * for those with a number (f_twice), if there is a context for these: four
 * octets of it and an ordinary frame without FCS, its checksum complete.  With
 * a third context the headers of those without a number may be compressed
 * (hcomp.h): eo_compress() says whether that is worth the work.
 *
 * FCS on context 0: drafts up to -14 include it, the newest one (-16, 9
 * October 2026, section 6) omits it.  So ep_fcs is for peers of the older
 * text only; both are accepted always, a right CRC-32 at the end being it.
 */
#ifndef ENCAP_ENCAP_H
#define ENCAP_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"

enum {
	ENCAP_OVERHEAD = 48,	/* most bytes added to a frame */
	ENCAP_SAVED = 128,	/* most that it gets shorter */
	ENCAP_CONTROL = 24	/* most bytes of a ping or pong */
};

/* What was negotiated for one connection. */
struct encap_params {
	size_t ep_max;		/* longest frame accepted, without FCS */
	bool ep_fcs;		/* send an FCS on context 0; default false */
	uint64_t ep_context;	/* the offload context, even; 0: none */
	unsigned int ep_can_send; /* OFFLOAD_CAN_* that the peer takes */
	unsigned int ep_can_recv; /* and that we take */
	uint64_t ep_twice;	/* context of numbered frames, even; 0: none */
	uint64_t ep_headers;	/* of compressed headers, likewise; only with
				   ep_context */
};

/* Each unit of input ends in exactly one of these, but for es_compressed. */
struct encap_stats {
	uint64_t es_frames;
	uint64_t es_oversized;	/* a frame over ep_max: skipped */
	uint64_t es_short;	/* a DATAGRAM under an Ethernet header */
	uint64_t es_context;	/* an unknown context: dropped */
	uint64_t es_offload;	/* an offload header that does not fit */
	uint64_t es_headers;	/* compressed headers that make no sense, or of
				   no frame that was kept */
	uint64_t es_compressed;	/* of es_frames: their headers were */
	uint64_t es_unknown;	/* an unknown capsule type: skipped */
	uint64_t es_memory;	/* no buffer */
	uint64_t es_control;	/* pings and pongs */
	uint64_t es_unsendable;	/* output: a super-frame the peer can't take */
};

#define ENCAP_UNSENDABLE ((size_t)-1)

enum encap_result {
	ENCAP_MORE,		/* all input consumed, nothing complete */
	ENCAP_FRAME,		/* *f is the caller's */
	ENCAP_PING,		/* *cookie is to be sent back */
	ENCAP_PONG,
	ENCAP_ERROR		/* a unit over 16 MiB: close the stream */
};

struct encap;

struct encap_ops {
	const char *eo_name;
	struct encap *(*eo_new)(const struct encap_params *ep);
	void (*eo_free)(struct encap *en);
	/* Consumes from *p / *len; call until ENCAP_MORE. */
	enum encap_result (*eo_input)(struct encap *en, const uint8_t **p,
	    size_t *len, struct frame **f, uint64_t *cookie);
	/*
	 * Bytes written to out, 0 when `room` is less than f_len +
	 * ENCAP_OVERHEAD, ENCAP_UNSENDABLE for a super-frame of a kind that
	 * the peer did not negotiate (counted; the caller should have
	 * segmented it).  A checksum that the peer cannot fill in is filled
	 * in here, on the copy.
	 */
	size_t (*eo_output)(struct encap *en, const struct frame *f,
	    uint8_t *out, size_t room);
	/*
	 * Only what stands before the frame, whose bytes but the first *skip
	 * are to follow as they are.  0 if that is not how this frame is sent:
	 * ask eo_output.
	 */
	size_t (*eo_head)(struct encap *en, const struct frame *f, uint8_t *out,
	    size_t room, size_t *skip);
	/* Compress headers from now on, or no more; not at first. */
	void (*eo_compress)(struct encap *en, bool on);
	size_t (*eo_control)(struct encap *en, bool ping, uint64_t cookie,
	    uint8_t *out, size_t room);
	const struct encap_stats *(*eo_stats)(const struct encap *en);
	/* Whether input stopped in the middle of a unit. */
	bool (*eo_partial)(const struct encap *en);
};

extern const struct encap_ops encap_capsule;
/* The implementation of that name, or NULL; "capsule" is the default. */
const struct encap_ops *encap_find(const char *name);

#endif
