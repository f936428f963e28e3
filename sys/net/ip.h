/* SPDX-License-Identifier: ISC */
/*
 * ip: where the transport header of an IPv4 (RFC 791) or IPv6 (RFC 8200)
 * packet is.  Pure; takes hostile input.
 */
#ifndef NET_IP_H
#define NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ether.h"

enum {
	IP_ICMP = 1,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_ICMPV6 = 58,
	IP_OSPF = 89,
	IP_UDP_HLEN = 8,
	IP_TCP_HLEN = 20
};

struct ip_info {
	int ii_version;		/* 4 or 6 */
	const uint8_t *ii_src;	/* 4 or 16 octets, in the frame */
	const uint8_t *ii_dst;
	int ii_proto;		/* behind options and extension headers */
	bool ii_fragment;	/* part of a packet... */
	bool ii_first;		/* ...but its first part, or not a fragment */
	size_t ii_l3;		/* offset in the frame of the IP header, */
	size_t ii_l4;		/* of what ii_proto says, */
	size_t ii_end;		/* and of what is behind the packet */
};

/*
 * Look into the frame p of len bytes that ether_parse() has taken apart.
 * false when it is not IP or its lengths contradict the frame.  On success
 * ii_l4 <= ii_end <= len.
 */
bool ip_parse(const uint8_t *p, size_t len, const struct ether_info *ei,
    struct ip_info *ii);

#endif
