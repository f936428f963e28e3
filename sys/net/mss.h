/* SPDX-License-Identifier: ISC */
/*
 * mss: lower the maximum segment size that a TCP SYN or SYN/ACK announces
 * (RFC 9293, 3.7.1), for a way behind the hub that carries less than the
 * hosts think and tells nobody.  Pure; takes hostile input.
 *
 * A SYN that announces none is left alone: its sender gets 536 octets or, by
 * IPv6, 1220 at most.  So are fragments, and what cannot be seen
 * (INSPECT_HIDDEN): such a SYN is no host's.
 */
#ifndef NET_MSS_H
#define NET_MSS_H

#include <stdbool.h>
#include <stdint.h>

struct inspect;

enum { MSS_LEAST = 536 };	/* what every host takes (RFC 1122, 4.2.2.6) */

/* Whether the frame that *in looks into announces more than max. */
bool mss_over(const struct inspect *in, uint16_t max);
/*
 * Make the frame at p, which *in was made of, announce max at most.  The
 * checksum is kept as right or wrong as it was; `open`: the frame leaves it
 * to a later hand (OFFLOAD_F_CSUM), so that it does not cover options yet.
 * Returns whether it announced more.
 */
bool mss_clamp(uint8_t *p, const struct inspect *in, uint16_t max, bool open);

#endif
