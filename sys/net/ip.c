/* SPDX-License-Identifier: ISC */
#include "kern/bytes.h"
#include "net/ip.h"
#include "net/ip_header.h"

enum {
	/* IPv6 extension headers that may stand before the transport's. */
	EXT_HOP_BY_HOP = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_AUTH = 51,
	EXT_DEST = 60
};

static bool
parse4(const uint8_t *p, size_t len, struct ip_info *ii)
{
	const uint8_t *ip = p + ii->ii_l3;
	size_t room = len - ii->ii_l3, hlen, total;
	unsigned int frag;

	if (room < IP4_HLEN || ip[0] >> 4 != 4)
		return (false);
	hlen = (size_t)(ip[0] & 0x0f) * 4;
	total = get16(ip + 2);
	if (hlen < IP4_HLEN || total < hlen || total > room)
		return (false);
	frag = get16(ip + 6) & 0x3fff;	/* more fragments, offset */
	ii->ii_version = 4;
	ii->ii_src = ip + 12;
	ii->ii_dst = ip + 16;
	ii->ii_proto = ip[9];
	ii->ii_fragment = frag != 0;
	ii->ii_first = (frag & 0x1fff) == 0;
	ii->ii_l4 = ii->ii_l3 + hlen;
	ii->ii_end = ii->ii_l3 + total;
	return (true);
}

static bool
is_extension(int proto)
{
	return (proto == EXT_HOP_BY_HOP || proto == EXT_ROUTING ||
	    proto == EXT_FRAGMENT || proto == EXT_AUTH || proto == EXT_DEST);
}

/* Length of the extension header at ext. */
static size_t
ext_len(int proto, const uint8_t *ext)
{
	if (proto == EXT_FRAGMENT)
		return (8);
	if (proto == EXT_AUTH)
		return (((size_t)ext[1] + 2) * 4);
	return (((size_t)ext[1] + 1) * 8);
}

/* Step over extension headers; each has at least 8 octets, so it ends. */
static bool
skip_extensions(const uint8_t *p, struct ip_info *ii)
{
	const uint8_t *ext;
	unsigned int frag;
	size_t n;

	while (ii->ii_first && is_extension(ii->ii_proto)) {
		ext = p + ii->ii_l4;
		if (ii->ii_end - ii->ii_l4 < 8 ||
		    (n = ext_len(ii->ii_proto, ext)) > ii->ii_end - ii->ii_l4)
			return (false);
		if (ii->ii_proto == EXT_FRAGMENT) {
			frag = get16(ext + 2) & 0xfff9;
			ii->ii_fragment = frag != 0;
			ii->ii_first = (frag & 0xfff8) == 0;
		}
		ii->ii_proto = ext[0];
		ii->ii_l4 += n;
	}
	return (true);
}

static bool
parse6(const uint8_t *p, size_t len, struct ip_info *ii)
{
	const uint8_t *ip = p + ii->ii_l3;
	size_t room = len - ii->ii_l3, payload;

	if (room < IP6_HLEN || ip[0] >> 4 != 6)
		return (false);
	payload = get16(ip + 4);
	if (payload > room - IP6_HLEN)
		return (false);
	ii->ii_version = 6;
	ii->ii_src = ip + 8;
	ii->ii_dst = ip + 24;
	ii->ii_proto = ip[6];
	ii->ii_fragment = false;
	ii->ii_first = true;
	ii->ii_l4 = ii->ii_l3 + IP6_HLEN;
	ii->ii_end = ii->ii_l4 + payload;
	return (skip_extensions(p, ii));
}

bool
ip_parse(const uint8_t *p, size_t len, const struct ether_info *ei,
    struct ip_info *ii)
{
	ii->ii_l3 = ei->ei_payload;
	if (ei->ei_type == ETHER_IPV4)
		return (parse4(p, len, ii));
	if (ei->ei_type == ETHER_IPV6)
		return (parse6(p, len, ii));
	return (false);
}
