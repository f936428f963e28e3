/* SPDX-License-Identifier: ISC */
/*
 * csum: the Internet checksum (RFC 1071).  Words are summed as the machine
 * loads them, which turns only the result's two octets; that is put right at
 * the end.  Pure.
 */
#ifndef NET_CSUM_H
#define NET_CSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kern/bytes.h"

/*
 * Add len octets to a sum that began with 0.  All but the last piece of a sum
 * must have an even length; len is under 2^31 in all.
 */
static inline uint64_t
csum_add(uint64_t acc, const uint8_t *p, size_t len)
{
	uint64_t v;
	uint16_t w = 0;

	for (; len >= sizeof(v); p += sizeof(v), len -= sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		acc += (v & 0xffffffff) + (v >> 32);
	}
	for (; len >= sizeof(w); p += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		acc += w;
	}
	if (len > 0) {
		w = 0;
		memcpy(&w, p, 1);
		acc += w;
	}
	return (acc);
}

/* Add a number of 16 bits. */
static inline uint64_t
csum_add16(uint64_t acc, uint16_t v)
{
	uint8_t b[2];

	put16(b, v);
	return (csum_add(acc, b, sizeof(b)));
}

/*
 * What the pseudo header of TCP and UDP (RFC 9293, 3.1; RFC 8200, 8.1) adds:
 * both addresses, n octets, and the length of header and data.
 */
static inline uint64_t
csum_pseudo(const uint8_t *addresses, size_t n, uint8_t proto, size_t len)
{
	uint64_t acc = csum_add16(0, (uint16_t)len);

	return (csum_add(csum_add16(acc, proto), addresses, n));
}

/* The sum as a number, not complemented. */
static inline uint16_t
csum_fold(uint64_t acc)
{
	uint8_t b[2];
	uint16_t w;

	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	w = (uint16_t)acc;
	memcpy(b, &w, sizeof(b));
	return (get16(b));
}

/* What goes into a checksum field over what was summed. */
static inline uint16_t
csum_finish(uint64_t acc)
{
	return ((uint16_t)~csum_fold(acc));
}

/* A checksum when a number under it changes (RFC 1624, equation 3). */
static inline uint16_t
csum_update(uint16_t csum, uint16_t was, uint16_t is)
{
	uint32_t sum = (uint32_t)(uint16_t)~csum + (uint16_t)~was + is;

	sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t) ~((sum & 0xffff) + (sum >> 16)));
}

#endif
