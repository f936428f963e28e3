/* SPDX-License-Identifier: ISC */
/*
 * ecn: explicit congestion notification in IP headers (RFC 3168).  Pure;
 * takes hostile input.
 */
#ifndef NET_ECN_H
#define NET_ECN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ECN_NOT_CAPABLE, ECN_CAPABLE_1, ECN_CAPABLE_0, ECN_CONGESTED };

/* The ECN field of the packet in frame p; ECN_NOT_CAPABLE without one. */
int ecn_get(const uint8_t *p, size_t len);
/*
 * Write ECN_CONGESTED over a field that is capable; IPv4's header checksum
 * follows (RFC 1624).
 */
void ecn_mark(uint8_t *p, size_t len);

#endif
