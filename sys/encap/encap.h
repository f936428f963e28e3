/* SPDX-License-Identifier: ISC */
/*
 * encap: frames <-> byte stream, one of the five modules of the tunnel.  An
 * implementation is an ops table in a folder file of its own and one line in
 * encap.c.  Pure: no I/O, no clock, no libevent.
 *
 * "capsule" is the native one: capsules (RFC 9297, 3.2) that carry DATAGRAMs
 * of draft-ietf-masque-connect-ethernet, context 0 a whole Ethernet frame,
 * our offload context net/offload.h's header and a frame without FCS.
 */
#ifndef ENCAP_ENCAP_H
#define ENCAP_ENCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"

enum {
	ENCAP_OVERHEAD = 48,	/* most bytes added to a frame */
	ENCAP_CONTROL = 24	/* most bytes of a ping or pong */
};

/* What was negotiated for one connection. */
struct encap_params {
	size_t ep_max;		/* longest frame accepted, without FCS */
	bool ep_fcs;		/* send an FCS on context 0 */
	uint64_t ep_context;	/* the offload context, even; 0: none */
	unsigned int ep_can_send; /* OFFLOAD_CAN_* that the peer takes */
	unsigned int ep_can_recv; /* and that we take */
};

/* Each unit of input ends in exactly one of these. */
struct encap_stats {
	uint64_t es_frames;
	uint64_t es_oversized;	/* a frame over ep_max: skipped */
	uint64_t es_short;	/* a DATAGRAM under an Ethernet header */
	uint64_t es_context;	/* an unknown context: dropped */
	uint64_t es_offload;	/* an offload header that does not fit */
	uint64_t es_unknown;	/* an unknown capsule type: skipped */
	uint64_t es_memory;	/* no buffer */
	uint64_t es_control;	/* pings and pongs */
};

enum encap_result {
	ENCAP_MORE,		/* all input consumed, nothing complete */
	ENCAP_FRAME,		/* *f is the caller's */
	ENCAP_PING,		/* en_cookie is to be sent back */
	ENCAP_PONG,
	ENCAP_ERROR		/* the stream is broken: close it */
};

struct encap;

struct encap_ops {
	const char *eo_name;
	struct encap *(*eo_new)(const struct encap_params *ep);
	void (*eo_free)(struct encap *en);
	/* Consumes from *p / *len; call until ENCAP_MORE. */
	enum encap_result (*eo_input)(struct encap *en, const uint8_t **p,
	    size_t *len, struct frame **f, uint64_t *cookie);
	/* Bytes written to out, 0 when `room` does not suffice. */
	size_t (*eo_output)(struct encap *en, const struct frame *f,
	    uint8_t *out, size_t room);
	size_t (*eo_control)(struct encap *en, bool ping, uint64_t cookie,
	    uint8_t *out, size_t room);
	const struct encap_stats *(*eo_stats)(const struct encap *en);
	/* Whether input stopped in the middle of a unit. */
	bool (*eo_partial)(const struct encap *en);
};

/* The implementation of that name, or NULL. */
const struct encap_ops *encap_find(const char *name);

#endif
