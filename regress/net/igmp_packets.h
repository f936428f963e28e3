/* SPDX-License-Identifier: ISC */
/*
 * igmp_packets: messages of IGMP and MLD for tests, with right checksums, in
 * the buffer of packets.h.
 */
#ifndef REGRESS_IGMP_PACKETS_H
#define REGRESS_IGMP_PACKETS_H

#include "net/csum.h"

/* packets.h has a put16 of its own, into its buffer */
#define put16 put_at
#include "packets.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

static const uint8_t routers4[4] = { 224, 0, 0, 22 };
static const uint8_t routers6[16] = { 0xff, 2, [15] = 0x16 };
static size_t l3, l4;		/* offsets in the frame */

/* The checksums of what begins at l3 and l4 and ends at len. */
static void
igmp_sums(void)
{
	uint64_t acc = 0;

	put_at(l4 + 2, 0);
	if (buf[l3] >> 4 == 4) {
		put_at(l3 + 10, 0);
		put_at(l3 + 10, csum_finish(csum_add(0, buf + l3, l4 - l3)));
	} else {
		acc = csum_add16(csum_add(0, buf + l3 + 8, 32), 58);
		acc = csum_add16(acc, (uint16_t)(len - l4));
	}
	put_at(l4 + 2, csum_finish(csum_add(acc, buf + l4, len - l4)));
}

/* n octets of a message in IPv4 with the router alert, to dst. */
static void
igmp4(unsigned int tags, const uint8_t *src, const uint8_t *dst,
    const uint8_t *p, size_t n)
{
	static const uint8_t mac[6] = { 1, 0, 0x5e, 0, 0, 22 };

	begin(mac, host, tags, 0x0800);
	l3 = len;
	ip4(src, 2, 4, n);
	buf[l3 + 8] = 1;
	memcpy(buf + l3 + 16, dst, 4);
	buf[l3 + 20] = 0x94;
	buf[l3 + 21] = 4;
	l4 = len;
	memcpy(buf + len, p, n);
	len += n;
	igmp_sums();
}

/* In IPv6 with the router alert. */
static void
igmp6(unsigned int tags, const uint8_t *src, const uint8_t *dst,
    const uint8_t *p, size_t n)
{
	static const uint8_t mac[6] = { 0x33, 0x33, 0, 0, 0, 0x16 };
	static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 };

	begin(mac, host, tags, 0x86dd);
	l3 = len;
	ip6(src, 0, 8 + n);
	buf[l3 + 7] = 1;
	memcpy(buf + l3 + 24, dst, 16);
	memcpy(buf + len, alert, 8);
	len += 8;
	l4 = len;
	memcpy(buf + len, p, n);
	len += n;
	igmp_sums();
}

#pragma GCC diagnostic pop

#endif
