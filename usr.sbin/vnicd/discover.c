/* SPDX-License-Identifier: ISC */
/*
 * discover: a DHCPDISCOVER (RFC 2131, 3.1) to the LAN, whose answers name
 * this office's router.  A box whose own way out is another interface cannot
 * know it otherwise, since what hosts and servers say to each other by
 * unicast need not pass the bridge.  The offer is never taken.
 */
#include <string.h>

#include "kern/bytes.h"
#include "net/csum.h"
#include "net/dhcp6.h"
#include "net/ip.h"

#include "vnicd.h"

enum {
	ETHER_LEN = 14,
	IP_LEN = 20,
	IP6_LEN = 40,
	UDP_LEN = 8,
	BOOTP_LEN = 300,	/* the least that old servers take */
	BOOTP_XID = 4,
	BOOTP_FLAGS = 10,
	BOOTP_CHADDR = 28,
	BOOTP_COOKIE = 236,
	DUID_MAC = 12,		/* in a DHCPv6 message that we send */
	IA_LEN = 16,
	NA_LEN = 32		/* with an option */
};

_Static_assert(DISCOVER_LEN == ETHER_LEN + IP_LEN + UDP_LEN + BOOTP_LEN,
    "length of a discover frame");

static uint16_t
checksum(const uint8_t *p, size_t len)
{
	return (csum_finish(csum_add(0, p, len)));
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
discover_mac(uint8_t out[6], const uint8_t nic[6])
{
	memcpy(out, nic, 6);
	out[0] = (uint8_t)((out[0] ^ 0x04) | 0x02);
}

void
discover_build(uint8_t out[DISCOVER_LEN], const uint8_t nic[6], uint32_t xid)
{
	uint8_t mac[6];

	discover_mac(mac, nic);
	memset(out, 0, DISCOVER_LEN);
	memset(out, 0xff, 6);
	memcpy(out + 6, mac, sizeof(mac));
	put16(out + 12, 0x0800);
	build_ip(out + ETHER_LEN);
	build_bootp(out + ETHER_LEN + IP_LEN + UDP_LEN, mac, xid);
}

/* Nothing of it depends on us, so that the checksum is known. */
void
discover_build_rs(uint8_t out[DISCOVER_RS_LEN], const uint8_t nic[6])
{
	static const uint8_t all_routers[] = { 0x33, 0x33, 0, 0, 0, 2 };
	/* from :: to ff02::2 */
	static const uint8_t packet[] = { 0x60, 0, 0, 0, 0, 8, 58, 255, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 2, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 2, 133, 0, 0x7b, 0xb8, 0, 0, 0, 0 };

	_Static_assert(ETHER_LEN + sizeof(packet) == DISCOVER_RS_LEN,
	    "length of a solicitation");
	memcpy(out, all_routers, sizeof(all_routers));
	discover_mac(out + 6, nic);
	put16(out + 12, 0x86dd);
	memcpy(out + ETHER_LEN, packet, sizeof(packet));
}

void
discover_address(uint8_t out[16], const uint8_t nic[6])
{
	uint8_t mac[6];

	discover_mac(mac, nic);
	memset(out, 0, 16);
	out[0] = 0xfe;
	out[1] = 0x80;
	memcpy(out + 8, mac, 3);
	out[8] ^= 0x02; /* RFC 4291, appendix A */
	out[11] = 0xff;
	out[12] = 0xfe;
	memcpy(out + 13, mac + 3, 3);
}

/* Headers before len octets of `next`; to an address that mac has. */
static void
build_ip6(uint8_t *out, const uint8_t nic[6], const uint8_t mac[6],
    const uint8_t to[16], uint8_t next, size_t len)
{
	uint8_t *ip = out + ETHER_LEN;

	memcpy(out, mac, 6);
	discover_mac(out + 6, nic);
	put16(out + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, (uint16_t)len);
	ip[6] = next;
	ip[7] = 255;
	discover_address(ip + 8, nic);
	memcpy(ip + 24, to, 16);
}

/* Of what is behind these headers, with its checksum as 0 (RFC 8200, 8.1). */
static uint16_t
checksum_ip6(const uint8_t *out)
{
	const uint8_t *ip = out + ETHER_LEN;
	uint16_t len = get16(ip + 4);
	uint64_t acc = csum_add(0, ip + 8, 32);

	acc = csum_add16(csum_add16(acc, len), ip[6]);
	return (csum_finish(csum_add(acc, ip + IP6_LEN, len)));
}

size_t
discover_build_dhcp6(uint8_t out[DISCOVER_DHCP6_LEN], const uint8_t nic[6],
    uint8_t type, uint32_t xid)
{
	static const uint8_t servers_mac[] = { 0x33, 0x33, 0, 1, 0, 2 };
	static const uint8_t servers[16] = { 0xff, 2, [13] = 1, [15] = 2 };
	/* who we are, by our address; no time waited; name servers are asked
	 * for; and an address, with an IAID of 1 */
	static const uint8_t options[] = { 0, 1, 0, 10, 0, 3, 0, 1, 0, 0, 0, 0,
		0, 0, 0, 8, 0, 2, 0, 0, 0, 6, 0, 2, 0, 23, 0, 3, 0, 12, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 0 };
	size_t len = UDP_LEN + 4 + sizeof(options);
	uint8_t *udp = out + ETHER_LEN + IP6_LEN, *dhcp = udp + UDP_LEN;

	_Static_assert(ETHER_LEN + IP6_LEN + UDP_LEN + 4 + sizeof(options) ==
		DISCOVER_DHCP6_LEN,
	    "length of a solicit");
	if (type != DHCP6_SOLICIT)
		len -= IA_LEN;
	memset(out, 0, DISCOVER_DHCP6_LEN);
	build_ip6(out, nic, servers_mac, servers, IP_UDP, len);
	put16(udp, 546);
	put16(udp + 2, 547);
	put16(udp + 4, (uint16_t)len);
	put32(dhcp, xid);
	dhcp[0] = type;
	memcpy(dhcp + 4, options, len - UDP_LEN - 4);
	discover_mac(dhcp + DUID_MAC, nic);
	put16(udp + 6, checksum_ip6(out));
	if (get16(udp + 6) == 0)
		put16(udp + 6, 0xffff);
	return (ETHER_LEN + IP6_LEN + len);
}

void
discover_build_na(uint8_t out[DISCOVER_NA_LEN], const uint8_t nic[6],
    const uint8_t mac[6], const uint8_t addr[16])
{
	uint8_t *na = out + ETHER_LEN + IP6_LEN;

	_Static_assert(ETHER_LEN + IP6_LEN + NA_LEN == DISCOVER_NA_LEN,
	    "length of an advertisement");
	memset(out, 0, DISCOVER_NA_LEN);
	build_ip6(out, nic, mac, addr, IP_ICMPV6, NA_LEN);
	na[0] = 136;
	na[4] = 0x60; /* as asked, and in place of another */
	discover_address(na + 8, nic);
	na[24] = 2; /* the target's address on the link */
	na[25] = 1;
	discover_mac(na + 26, nic);
	put16(na + 2, checksum_ip6(out));
}

void
discover_build_arp(uint8_t out[DISCOVER_ARP_LEN], const uint8_t nic[6],
    const uint8_t addr[4])
{
	static const uint8_t start[] = { 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0,
		1 };

	memset(out, 0, DISCOVER_ARP_LEN);
	memset(out, 0xff, 6);
	discover_mac(out + 6, nic);
	memcpy(out + 12, start, sizeof(start));
	discover_mac(out + 22, nic);
	memcpy(out + 38, addr, 4);
}
