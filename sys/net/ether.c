/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "kern/bytes.h"
#include "net/ether.h"

static const uint8_t ether_zero[ETHER_ALEN];

static bool
is_tag(uint16_t type)
{
	return (type == ETHER_VLAN || type == ETHER_QINQ);
}

bool
ether_is_group(const uint8_t *mac)
{
	return ((mac[0] & 1) != 0);
}

bool
ether_is_broadcast(const uint8_t *mac)
{
	static const uint8_t all[ETHER_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff };

	return (memcmp(mac, all, ETHER_ALEN) == 0);
}

bool
ether_is_local(const uint8_t *mac)
{
	return ((mac[0] & 2) != 0);
}

bool
ether_is_link_local(const uint8_t *dst)
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return (memcmp(dst, prefix, sizeof(prefix)) == 0 && dst[5] < 0x10);
}

bool
ether_is_bpdu(const uint8_t *dst)
{
	static const uint8_t pvst[6] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcd };

	if (ether_is_link_local(dst))
		return (dst[5] == 0x00 || dst[5] == 0x08);
	return (memcmp(dst, pvst, sizeof(pvst)) == 0);
}

bool
ether_parse(const uint8_t *p, size_t len, struct ether_info *ei)
{
	size_t off = 2 * ETHER_ALEN;
	int tags;

	if (len < ETHER_HLEN)
		return (false);
	ei->ei_dst = p;
	ei->ei_src = p + ETHER_ALEN;
	ei->ei_vid = 0;
	if (ether_is_group(ei->ei_src) ||
	    memcmp(ei->ei_src, ether_zero, ETHER_ALEN) == 0 ||
	    memcmp(ei->ei_dst, ether_zero, ETHER_ALEN) == 0)
		return (false);

	ei->ei_type = get16(p + off);
	off += 2;
	for (tags = 0; tags < ETHER_VLANS_MAX && is_tag(ei->ei_type); tags++) {
		if (len - off < 4)
			return (false);
		if (tags == 0)
			ei->ei_vid = get16(p + off) & 0x0fff;
		ei->ei_type = get16(p + off + 2);
		off += 4;
	}
	ei->ei_payload = off;
	return (true);
}

char *
ether_format(const uint8_t *mac, char *buf)
{
	snprintf(buf, ETHER_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
	    mac[1], mac[2], mac[3], mac[4], mac[5]);
	return (buf);
}

bool
ether_scan(const char *text, uint8_t *mac)
{
	uint8_t out[ETHER_ALEN];
	int i, hi, lo;

	for (i = 0; i < ETHER_ALEN; i++, text += 3) {
		if ((hi = hex_digit(text[0])) == -1 ||
		    (lo = hex_digit(text[1])) == -1)
			return (false);
		if (text[2] != (i == ETHER_ALEN - 1 ? '\0' : ':'))
			return (false);
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	memcpy(mac, out, sizeof(out));
	return (true);
}
