/* SPDX-License-Identifier: ISC */
/*
 * loop: signed probe frames that find a loop between two ports of one hub
 * (two boxes on one LAN, a Wi-Fi bridge), or behind one port.  The hub sends
 * a probe out of each port every few seconds; a probe that comes back names
 * the port that it left by.  Counting MAC moves would not do: VRRP and
 * roaming cause them too.
 *
 * Frame: a local multicast destination (03:00:4c:57:00:01), a source of
 * 02:4c:57 and the first three octets of the hub id (not to be learned),
 * EtherType 0x88B5, then in network byte order:
 *	4  magic "LWLP"
 *	1  version 1
 *	3  zero
 *	16 hub id
 *	8  port's unique number
 *	8  time sent, ms of the hub's monotonic clock
 *	16 HMAC-SHA256 over all before it from the magic on, cut to 16
 * padded to LOOP_FRAME_LEN.  A switch on the way may have added VLAN tags.
 * A probe is accepted for LOOP_FRESH ms after it was sent.
 * Pure but for the HMAC (libcrypto); time is an argument.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOOP_KEY_LEN = 32,
	LOOP_ID_LEN = 16,
	LOOP_FRAME_LEN = 72,
	LOOP_FRESH = 5000
};

enum loop_result {
	LOOP_NONE,	/* no probe, or not one of this hub: forward it */
	LOOP_STALE,	/* ours, but old or damaged: drop and count */
	LOOP_FOUND	/* ours and fresh: *port left it */
};

/*
 * Whether the frame is a probe of anybody's; cheap, for the frame path.  Those
 * of other hubs are forwarded, so that loops through two hubs are found.
 */
bool loop_is_probe(const uint8_t *p, size_t len);
/* Write a probe into out (LOOP_FRAME_LEN bytes). */
void loop_build(uint8_t *out, const uint8_t *key, const uint8_t *hub_id,
    uint64_t port, uint64_t now);
enum loop_result loop_check(const uint8_t *p, size_t len, const uint8_t *key,
    const uint8_t *hub_id, uint64_t now, uint64_t *port);

#endif
