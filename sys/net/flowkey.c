/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/ether.h"
#include "net/flowkey.h"

enum {
	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO = 8,
	ICMPV6_ECHO = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMP_ID = 4, /* place of the identifier */
	ICMP_HLEN = 8
};

static void
parse_mac(const uint8_t *p, struct flowkey *fk)
{
	memcpy(fk->fk_dst, p, ETHER_ALEN);
	memcpy(fk->fk_src, p + ETHER_ALEN, ETHER_ALEN);
}

static bool
is_echo(int proto, uint8_t type)
{
	if (proto == IP_ICMP)
		return (type == ICMP_ECHO || type == ICMP_ECHO_REPLY);
	return (proto == IP_ICMPV6 &&
	    (type == ICMPV6_ECHO || type == ICMPV6_ECHO_REPLY));
}

static void
parse_ports(const uint8_t *p, const struct ip_info *ii, struct flowkey *fk)
{
	const uint8_t *l4 = p + ii->ii_l4;
	size_t room = ii->ii_end - ii->ii_l4;

	if (ii->ii_fragment)
		return;
	if ((ii->ii_proto == IP_TCP || ii->ii_proto == IP_UDP) && room >= 4)
		memcpy(fk->fk_port, l4, 4);
	else if (room >= ICMP_HLEN && is_echo(ii->ii_proto, l4[0])) {
		fk->fk_port[0] = l4[0];
		memcpy(&fk->fk_port[1], l4 + ICMP_ID, 2);
	}
}

bool
flowkey_parse(const uint8_t *p, size_t len, struct flowkey *fk,
    struct ip_info *ii)
{
	struct ether_info ei;
	size_t alen;

	memset(fk, 0, sizeof(*fk));
	if (!ether_parse(p, len, &ei))
		return (false);
	fk->fk_vid = ei.ei_vid;
	fk->fk_type = ei.ei_type;
	if (!ip_parse(p, len, &ei, ii)) {
		parse_mac(p, fk);
		return (false);
	}
	alen = ii->ii_version == 4 ? 4 : 16;
	memcpy(fk->fk_src, ii->ii_src, alen);
	memcpy(fk->fk_dst, ii->ii_dst, alen);
	fk->fk_proto = (uint16_t)ii->ii_proto;
	parse_ports(p, ii, fk);
	return (true);
}

bool
flowkey_equal(const struct flowkey *a, const struct flowkey *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

uint32_t
flowkey_hash(const struct flowkey *fk, uint64_t seed)
{
	uint64_t v[sizeof(*fk) / sizeof(uint64_t)], h = seed;
	size_t i;

	_Static_assert(sizeof(*fk) == 6 * sizeof(uint64_t), "no gaps");
	memcpy(v, fk, sizeof(*fk));
	/* splitmix64's finishing steps over each word */
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		h = (h ^ v[i]) + UINT64_C(0x9e3779b97f4a7c15);
		h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
		h ^= h >> 31;
	}
	return ((uint32_t)(h >> 32));
}
