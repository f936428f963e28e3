/* SPDX-License-Identifier: ISC */
/*
 * vendor: who has made the interface that has a MAC address, by its first
 * three octets, from a table that the image builder has made of IEEE's list
 * (image/vendors.sh).  Pure; the table stays in the caller's memory.
 *
 * The table, numbers in network byte order:
 *
 *	8	"LWvendor"
 *	4	n: prefixes
 *	4	m: vendors
 *	4	octets of the names
 *	4 * 256	how many prefixes there are up to and with this first octet
 *	n	second octets of the prefixes, which are in ascending order
 *	n	third octets
 *	n	numbers of their vendors, from 0: high octets
 *	n	low octets
 *	...	m names, UTF-8, each ended by NUL
 *
 * Columns, so that it packs well: 24 bits and a number take 19 bits.
 */
#ifndef NET_VENDOR_H
#define NET_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VENDORS_MAX = 65536,
	VENDORS_STEP = 64	/* names between two whose place is known */
};

struct vendors {
	uint32_t vs_prefixes;
	const uint8_t *vs_first; /* where the columns begin */
	const uint8_t *vs_second;
	const uint8_t *vs_third;
	const uint8_t *vs_high;
	const uint8_t *vs_low;
	const char *vs_names;
	uint32_t vs_mark[VENDORS_MAX / VENDORS_STEP]; /* of each so many */
};

/* false, and *vs is not to be used, unless all of it is as above. */
bool vendors_read(struct vendors *vs, const void *table, size_t len);
/*
 * NULL if it is not known.  Of an address that no maker has given (multicast,
 * or locally administered) it never is.
 */
const char *vendors_find(const struct vendors *vs, const uint8_t *mac);

#endif
