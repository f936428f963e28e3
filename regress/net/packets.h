/* SPDX-License-Identifier: ISC */
/*
 * packets: frames for tests of what looks into them, built in buf, len bytes.
 * Checksums are left out; nobody who judges a frame looks at them.
 */
#ifndef REGRESS_PACKETS_H
#define REGRESS_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

static const uint8_t own[6] = { 0x02, 0, 0, 0, 0, 0xbb };
static const uint8_t host[6] = { 0x02, 0, 0, 0, 0, 0x01 };
static const uint8_t router[6] = { 0x02, 0, 0, 0, 0, 0xfe };
static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t gw4[4] = { 192, 168, 1, 1 };
static const uint8_t other4[4] = { 192, 168, 1, 77 };
static const uint8_t nil4[4] = { 0 };
static const uint8_t gw6[16] = { 0xfe, 0x80, [15] = 1 };
static const uint8_t other6[16] = { 0xfe, 0x80, [15] = 0x77 };

static uint8_t buf[2048];
static size_t len;

static void
put16(size_t off, size_t v)
{
	buf[off] = (uint8_t)(v >> 8);
	buf[off + 1] = (uint8_t)v;
}

/* Begin a frame behind `tags` VLAN tags; len is then its header's. */
static void
begin(const uint8_t *dst, const uint8_t *src, unsigned int tags, size_t type)
{
	memset(buf, 0, sizeof(buf));
	memcpy(buf, dst, 6);
	memcpy(buf + 6, src, 6);
	for (len = 12; tags > 0; tags--, len += 4) {
		put16(len, 0x8100);
		put16(len + 2, 7 + tags);
	}
	put16(len, type);
	len += 2;
}

static void
arp(const uint8_t *dst, const uint8_t *src, unsigned int tags, int op,
    const uint8_t *spa, const uint8_t *tpa)
{
	begin(dst, src, tags, 0x0806);
	put16(len, 1);
	put16(len + 2, 0x0800);
	put16(len + 4, 0x0604);
	put16(len + 6, (size_t)op);
	memcpy(buf + len + 8, src, 6);
	memcpy(buf + len + 14, spa, 4);
	memcpy(buf + len + 24, tpa, 4);
	len += 28;
}

/* An IPv4 header with `options` octets of options, for data octets. */
static void
ip4(const uint8_t *src, int proto, size_t options, size_t data)
{
	buf[len] = (uint8_t)(0x45 + options / 4);
	put16(len + 2, 20 + options + data);
	buf[len + 9] = (uint8_t)proto;
	memcpy(buf + len + 12, src, 4);
	memset(buf + len + 16, 0xff, 4);
	len += 20 + options;
}

static void
ip6(const uint8_t *src, int next, size_t data)
{
	buf[len] = 0x60;
	put16(len + 4, data);
	buf[len + 6] = (uint8_t)next;
	memcpy(buf + len + 8, src, 16);
	buf[len + 24] = 0xff;
	len += 40;
}

static void
udp(size_t from, size_t to, size_t data)
{
	put16(len, from);
	put16(len + 2, to);
	put16(len + 4, 8 + data);
	len += 8 + data;
}

/* A DHCP message with options 53 and, in a reply, 54 and 3. */
static void
dhcp(const uint8_t *dst, const uint8_t *src, unsigned int tags, int type,
    const uint8_t *chaddr)
{
	/* Magic cookie, a pad, option 53; options 54 and 3. */
	static const uint8_t start[] = { 99, 130, 83, 99, 0, 53, 1 };
	static const uint8_t more[] = { 54, 4, 192, 168, 1, 1, 3, 4, 192, 168,
		1, 1 };
	bool reply = type == 2 || type == 5;
	size_t o;

	begin(dst, src, tags, 0x0800);
	ip4(reply ? gw4 : nil4, 17, 0, 8 + 260);
	udp(reply ? 67 : 68, reply ? 68 : 67, 260);
	o = len - 260;
	buf[o] = reply ? 2 : 1;
	buf[o + 1] = 1;
	buf[o + 2] = 6;
	memcpy(buf + o + 28, chaddr, 6);
	memcpy(buf + o + 236, start, sizeof(start));
	buf[o + 243] = (uint8_t)type;
	if (reply)
		memcpy(buf + o + 244, more, sizeof(more));
	buf[o + 256] = 0xff;
}

static void
icmp6(const uint8_t *dst, const uint8_t *src, int type, const uint8_t *from,
    const uint8_t *target)
{
	begin(dst, src, 0, 0x86dd);
	ip6(from, 58, 24);
	buf[len] = (uint8_t)type;
	memcpy(buf + len + 8, target, 16);
	len += 24;
}

#pragma GCC diagnostic pop

#endif
