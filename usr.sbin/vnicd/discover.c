/* SPDX-License-Identifier: ISC */
/*
 * discover: a DHCPDISCOVER (RFC 2131, 3.1) to the LAN, whose answers name
 * this office's router.  A box whose own way out is another interface cannot
 * know it otherwise, since what hosts and servers say to each other by
 * unicast need not pass the bridge.  The offer is never taken.
 */
#include <string.h>

#include "kern/bytes.h"

#include "vnicd.h"

enum {
	ETHER_LEN = 14,
	IP_LEN = 20,
	UDP_LEN = 8,
	BOOTP_LEN = 300,	/* the least that old servers take */
	BOOTP_XID = 4,
	BOOTP_FLAGS = 10,
	BOOTP_CHADDR = 28,
	BOOTP_COOKIE = 236
};

_Static_assert(DISCOVER_LEN == ETHER_LEN + IP_LEN + UDP_LEN + BOOTP_LEN,
    "length of a discover frame");

/* RFC 1071 */
static uint16_t
checksum(const uint8_t *p, size_t len)
{
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += get16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)~sum);
}

static void
build_ip(uint8_t *ip)
{
	ip[0] = 0x45;
	put16(ip + 2, IP_LEN + UDP_LEN + BOOTP_LEN);
	ip[8] = 16;		/* time to live */
	ip[9] = 17;		/* UDP */
	memset(ip + 16, 0xff, 4);
	put16(ip + 10, checksum(ip, IP_LEN));
	put16(ip + IP_LEN, 68);
	put16(ip + IP_LEN + 2, 67);
	put16(ip + IP_LEN + 4, UDP_LEN + BOOTP_LEN);	/* no checksum */
}

static void
build_bootp(uint8_t *p, const uint8_t mac[6], uint32_t xid)
{
	static const uint8_t options[] = { 99, 130, 83, 99, /* cookie */
		53, 1, 1,	/* DISCOVER */
		55, 2, 1, 3,	/* we ask for mask and routers */
		255 };

	p[0] = 1;		/* request */
	p[1] = 1;		/* Ethernet */
	p[2] = 6;
	put32(p + BOOTP_XID, xid);
	put16(p + BOOTP_FLAGS, 0x8000);	/* answer by broadcast */
	memcpy(p + BOOTP_CHADDR, mac, 6);
	memcpy(p + BOOTP_COOKIE, options, sizeof(options));
}

/*
 * The sender is not the NIC's own address: a bridge keeps what is for a
 * port's address to itself, and servers may answer by unicast all the same.
 */
void
discover_build(uint8_t out[DISCOVER_LEN], const uint8_t nic[6], uint32_t xid)
{
	uint8_t mac[6];

	memcpy(mac, nic, sizeof(mac));
	mac[0] = (uint8_t)((mac[0] ^ 0x04) | 0x02);
	memset(out, 0, DISCOVER_LEN);
	memset(out, 0xff, 6);
	memcpy(out + 6, mac, sizeof(mac));
	put16(out + 12, 0x0800);
	build_ip(out + ETHER_LEN);
	build_bootp(out + ETHER_LEN + IP_LEN + UDP_LEN, mac, xid);
}
