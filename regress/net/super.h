/* SPDX-License-Identifier: ISC */
/*
 * super: super-frames for tests, made without the code under test, and a
 * checksum of our own to judge it by.
 */
#ifndef REGRESS_NET_SUPER_H
#define REGRESS_NET_SUPER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/offload.h"

struct super {
	bool su_tcp, su_v6;
	unsigned int su_tags; /* VLAN tags */
	size_t su_options; /* octets of options in the L4 header */
	size_t su_extra; /* and in IPv4's; IPv6: extension */
	uint8_t su_flags; /* TCP's */
	uint16_t su_id; /* IPv4's */
	uint32_t su_seq; /* TCP's */
	size_t su_data; /* payload */
	uint16_t su_size; /* gso_size, or 0 */
};

static inline uint16_t
super_sum(const uint8_t *p, size_t len, uint32_t acc)
{
	size_t i;

	for (i = 0; i < len; i++)
		acc += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return ((uint16_t)acc);
}

/* The sum of the pseudo header for len octets of proto. */
static inline uint16_t
super_pseudo(const uint8_t *l3, uint8_t proto, size_t len)
{
	if (l3[0] >> 4 == 4)
		return (super_sum(l3 + 12, 8, (uint32_t)(proto + len)));
	return (super_sum(l3 + 8, 32, (uint32_t)(proto + len)));
}

static inline size_t
super_l3(const struct super *su)
{
	return (14 + 4 * (size_t)su->su_tags);
}

static inline size_t
super_l4(const struct super *su)
{
	return (super_l3(su) + (su->su_v6 ? 40 : 20) + su->su_extra);
}

/* All headers. */
static inline size_t
super_head(const struct super *su)
{
	return (super_l4(su) + (su->su_tcp ? 20 : 8) + su->su_options);
}

/* IP's header, options and all; its payload has `room` octets. */
static inline void
super_ip(const struct super *su, uint8_t *ip, size_t room)
{
	uint8_t proto = su->su_tcp ? 6 : 17;

	if (su->su_v6) {
		ip[0] = 0x60;
		put16(ip + 4, (uint16_t)(su->su_extra + room));
		ip[6] = su->su_extra > 0 ? 60 : proto;
		ip[7] = 64;
		memset(ip + 8, 0xfd, 16);
		memset(ip + 24, 0xfc, 16);
		if (su->su_extra > 0) {
			ip[40] = proto;
			ip[41] = (uint8_t)(su->su_extra / 8 - 1);
			ip[42] = 1; /* PadN */
			ip[43] = (uint8_t)(su->su_extra - 4);
		}
		return;
	}
	ip[0] = (uint8_t)(0x45 + su->su_extra / 4);
	put16(ip + 2, (uint16_t)(20 + su->su_extra + room));
	put16(ip + 4, su->su_id);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = proto;
	memset(ip + 12, 10, 4);
	memset(ip + 16, 11, 4);
	memset(ip + 20, 1, su->su_extra); /* NOPs */
	put16(ip + 10, (uint16_t)~super_sum(ip, 20 + su->su_extra, 0));
}

/* A frame with one reference, its checksum and segmentation left open. */
static inline struct frame *
super_make(const struct super *su)
{
	size_t l3 = super_l3(su), l4 = super_l4(su), head = super_head(su);
	size_t room = head - l4 + su->su_data, i;
	struct frame *f = frame_alloc(head + su->su_data);
	uint8_t *p;

	if (f == NULL)
		return (NULL);
	p = f->f_data;
	memset(p, 0, head);
	p[0] = p[6] = 2;
	p[5] = 0xb;
	p[11] = 0xa;
	for (i = 0; i < su->su_tags; i++) {
		put16(p + 12 + 4 * i, 0x8100);
		put16(p + 14 + 4 * i, (uint16_t)(7 + i));
	}
	put16(p + l3 - 2, su->su_v6 ? 0x86dd : 0x0800);
	super_ip(su, p + l3, room);
	put16(p + l4, 1000);
	put16(p + l4 + 2, 2000);
	if (su->su_tcp) {
		put32(p + l4 + 4, su->su_seq);
		p[l4 + 12] = (uint8_t)((20 + su->su_options) / 4 << 4);
		p[l4 + 13] = su->su_flags;
		put16(p + l4 + 14, 500);
		memset(p + l4 + 20, 1, su->su_options);
	} else
		put16(p + l4 + 4, (uint16_t)room);
	put16(p + l4 + (su->su_tcp ? 16 : 6),
	    super_pseudo(p + l3, su->su_tcp ? 6 : 17, room));
	for (i = 0; i < su->su_data; i++)
		p[head + i] = (uint8_t)(i * 31 + i / 256);
	f->f_offload = (struct frame_offload){ .fo_flags = OFFLOAD_F_CSUM,
		.fo_csum_start = (uint16_t)l4,
		.fo_csum_offset = su->su_tcp ? 16 : 6 };
	if (su->su_size != 0) {
		f->f_offload.fo_gso = !su->su_tcp ? OFFLOAD_GSO_UDP :
		    su->su_v6			  ? OFFLOAD_GSO_TCP6 :
						    OFFLOAD_GSO_TCP4;
		if (su->su_tcp && (su->su_flags & 0x80) != 0)
			f->f_offload.fo_gso |= OFFLOAD_GSO_ECN;
		f->f_offload.fo_gso_size = su->su_size;
		f->f_offload.fo_hdr_len = (uint16_t)head;
	}
	return (f);
}

#endif
