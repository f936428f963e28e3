/* SPDX-License-Identifier: ISC */
/*
 * ether: parsing of Ethernet frames (IEEE 802.3, 802.1Q).  Pure: no I/O, no
 * clock.  Every function takes hostile input.
 */
#ifndef NET_ETHER_H
#define NET_ETHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ETHER_ALEN = 6,
	ETHER_HLEN = 14,
	ETHER_FCS_LEN = 4,
	ETHER_VLANS_MAX = 2	/* tags looked through */
};

/* EtherTypes that we look at. */
enum {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_VLAN = 0x8100,
	ETHER_QINQ = 0x88a8,
	ETHER_IPV6 = 0x86dd,
	ETHER_PPPOE_DISCOVERY = 0x8863,	/* RFC 2516 */
	ETHER_PPPOE = 0x8864,
	ETHER_LOOP_PROBE = 0x88b5	/* IEEE 802 local experimental 1 */
};

struct ether_info {
	const uint8_t *ei_dst;		/* into the frame */
	const uint8_t *ei_src;
	uint16_t ei_vid;		/* outermost VLAN id, 0 untagged */
	uint16_t ei_type;		/* EtherType behind the tags */
	size_t ei_payload;		/* offset of what follows ei_type */
};

/*
 * Parse len bytes.  false when the frame is shorter than its headers, its
 * source is a group address, or its source or destination is all zero.
 */
bool ether_parse(const uint8_t *p, size_t len, struct ether_info *ei);
/* Broadcast or multicast: the group bit of the first octet. */
bool ether_is_group(const uint8_t *mac);
bool ether_is_broadcast(const uint8_t *mac);
/* Given by no maker: made up by the host, as telephones do (RFC 9542). */
bool ether_is_local(const uint8_t *mac);
/*
 * Whether dst is 01:80:C2:00:00:00-0F: link-local, never forwarded by a
 * bridge (IEEE 802.1Q, 8.6.3).
 */
bool ether_is_link_local(const uint8_t *dst);
/*
 * Whether dst is what spanning trees talk to: 01:80:C2:00:00:00, that of
 * provider bridges (-08), or PVST+'s 01:00:0C:CC:CC:CD.
 */
bool ether_is_bpdu(const uint8_t *dst);

/* "aa:bb:cc:dd:ee:ff"; buf has ETHER_STRLEN bytes.  Returns buf. */
enum { ETHER_STRLEN = 18 };
char *ether_format(const uint8_t *mac, char *buf);
/* false unless text is six hexadecimal octets with colons. */
bool ether_scan(const char *text, uint8_t *mac);

/* The frame check sequence (CRC-32) of len bytes, as a number; on the wire
 * it goes least significant octet first. */
uint32_t ether_fcs(const uint8_t *p, size_t len);
/* The same without what only some processors have; for tests. */
uint32_t ether_fcs_portable(const uint8_t *p, size_t len);
/* Write the FCS of p[0..len) to p[len..len+4).  The room must be there. */
void ether_fcs_append(uint8_t *p, size_t len);
/*
 * Length of the frame without its FCS: len - 4 if the last four octets are
 * the right FCS of the rest, else len.
 */
size_t ether_fcs_strip(const uint8_t *p, size_t len);

#endif
