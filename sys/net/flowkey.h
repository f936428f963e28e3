/* SPDX-License-Identifier: ISC */
/*
 * flowkey: which inner flow a frame belongs to.  Used by whatever must keep
 * the order within a flow (tunnel/session) or treat flows alike (aqm, flow).
 *
 *	IP		addresses, protocol and
 *	 TCP, UDP	 ports
 *	 ICMP echo	 identifier (both directions' messages differ)
 *	 fragments	 nothing else: only the first one has ports, so none
 *			 is told by any
 *	else		MAC addresses and EtherType
 *
 * each within its VLAN.  What cannot be parsed is one flow.  Pure; takes
 * hostile input.
 */
#ifndef NET_FLOWKEY_H
#define NET_FLOWKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ip.h"

/* Without gaps, so that keys are compared and hashed as bytes. */
struct flowkey {
	uint8_t fk_src[16];
	uint8_t fk_dst[16];
	uint16_t fk_port[2];	/* as on the wire; an ICMP identifier */
	uint16_t fk_vid;
	uint16_t fk_type;	/* EtherType */
	uint16_t fk_proto;	/* of IP */
	uint16_t fk_zero[3];
};

/*
 * Parse the frame p of len bytes.  true when it is an IP packet whose headers
 * hold together; *ii is filled in then.
 */
bool flowkey_parse(const uint8_t *p, size_t len, struct flowkey *fk,
    struct ip_info *ii);
bool flowkey_equal(const struct flowkey *a, const struct flowkey *b);
/* The seed is a secret, so that nobody makes flows that collide. */
uint32_t flowkey_hash(const struct flowkey *fk, uint64_t seed);

#endif
