/* SPDX-License-Identifier: ISC */
/*
 * ip_header: where the fields of a header are: IPv4 (RFC 791), IPv6 (RFC 8200),
 * TCP (RFC 9293), UDP (RFC 768).  For what writes headers, or compares them;
 * net/ip.h finds them.
 */
#ifndef NET_IP_HEADER_H
#define NET_IP_HEADER_H

enum {
	IP4_LEN = 2,
	IP4_ID = 4,
	IP4_FRAG = 6,		/* flags and offset */
	IP4_CSUM = 10,
	IP4_ADDR = 12,		/* both, one after the other */
	IP4_HLEN = 20,		/* of a header without options */
	IP6_LEN = 4,
	IP6_NEXT = 6,
	IP6_ADDR = 8,
	IP6_HLEN = 40,
	IP_LONGEST = 65535,	/* what a length can say */
	TCP_SEQ = 4,
	TCP_ACK = 8,
	TCP_OFFSET = 12,	/* the header's length */
	TCP_FLAGS = 13,
	TCP_WINDOW = 14,
	TCP_CSUM = 16,
	TCP_URGENT = 18,
	TCP_OPTIONS = 20,
	UDP_LEN = 4,
	UDP_CSUM = 6
};

#endif
