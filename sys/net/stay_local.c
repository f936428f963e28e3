/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/ether.h"
#include "net/ip.h"
#include "net/stay_local.h"

enum {
	ARP_LEN = 28,		/* RFC 826, for IPv4 over Ethernet */
	ARP_SHA = 8,
	ARP_SPA = 14,
	ARP_TPA = 24,

	DHCP_SERVER = 67,	/* RFC 2131 */
	DHCP_CLIENT = 68,
	DHCP_CHADDR = 28,
	DHCP_COOKIE = 236,
	DHCP_OPTIONS = 240,
	DHCP_REPLY = 2,
	DHCP_OFFER = 2,
	DHCP_ACK = 5,
	OPT_PAD = 0,
	OPT_ROUTER = 3,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_END = 255,

	DHCP6_CLIENT = 546,	/* RFC 8415 */
	DHCP6_SERVER = 547,

	ND_RS = 133,		/* RFC 4861 */
	ND_RA = 134,
	ND_NS = 135,
	ND_NA = 136,
	ND_REDIRECT = 137,
	ND_TARGET = 8,
	ND_LEN = 24
};

/* What a frame is to us. */
enum kind {
	KIND_OTHER,
	KIND_DHCP,
	KIND_RA,
	KIND_GATEWAY	/* ARP or ND about a gateway */
};

struct view {
	enum kind v_kind;
	struct ether_info v_ei;
	struct ip_info v_ip;
	const uint8_t *v_arp;		/* ARP_LEN bytes, or NULL */
	const uint8_t *v_dhcp;		/* a BOOTP message, or NULL */
	size_t v_dhcp_len;		/* at least DHCP_OPTIONS */
};

static bool
is_gateway(const struct stay_local *sl, int family, const uint8_t *addr)
{
	const struct stay_gateway *sg;
	unsigned int i;

	for (i = 0; i < sl->sl_ngateways; i++) {
		sg = &sl->sl_gateways[i];
		if (sg->sg_family == family &&
		    memcmp(sg->sg_addr, addr, family == 4 ? 4 : 16) == 0)
			return (true);
	}
	return (false);
}

static void
view_arp(const struct stay_local *sl, const uint8_t *arp, size_t len,
    struct view *v)
{
	/* Ethernet, IPv4, 6 and 4 octets. */
	static const uint8_t head[6] = { 0, 1, 0x08, 0x00, 6, 4 };

	if (len < ARP_LEN || memcmp(arp, head, sizeof(head)) != 0)
		return;
	v->v_arp = arp;
	if (is_gateway(sl, 4, arp + ARP_SPA) ||
	    is_gateway(sl, 4, arp + ARP_TPA))
		v->v_kind = KIND_GATEWAY;
}

static bool
either(const uint8_t *l4, uint16_t a, uint16_t b)
{
	uint16_t from = get16(l4), to = get16(l4 + 2);

	return (from == a || from == b || to == a || to == b);
}

static void
view_udp(const uint8_t *l4, size_t len, struct view *v)
{
	if (len < IP_UDP_HLEN)
		return;
	if (v->v_ip.ii_version == 6) {
		if (either(l4, DHCP6_CLIENT, DHCP6_SERVER))
			v->v_kind = KIND_DHCP;
		return;
	}
	if (!either(l4, DHCP_CLIENT, DHCP_SERVER))
		return;
	v->v_kind = KIND_DHCP;
	if (len >= IP_UDP_HLEN + DHCP_OPTIONS) {
		v->v_dhcp = l4 + IP_UDP_HLEN;
		v->v_dhcp_len = len - IP_UDP_HLEN;
	}
}

static void
view_icmp6(const struct stay_local *sl, const uint8_t *l4, size_t len,
    struct view *v)
{
	if (len < 1)
		return;
	switch (l4[0]) {
	case ND_RS:
	case ND_RA:
	case ND_REDIRECT:
		v->v_kind = KIND_RA;
		break;
	case ND_NS:
	case ND_NA:
		/* A solicitation by a gateway tells its address, too. */
		if (is_gateway(sl, 6, v->v_ip.ii_src) ||
		    (len >= ND_LEN && is_gateway(sl, 6, l4 + ND_TARGET)))
			v->v_kind = KIND_GATEWAY;
		break;
	}
}

/* Find out what the frame is. */
static void
view(const struct stay_local *sl, const uint8_t *p, size_t len, struct view *v)
{
	const uint8_t *l4;
	size_t room;

	v->v_kind = KIND_OTHER;
	v->v_arp = v->v_dhcp = NULL;
	if (!ether_parse(p, len, &v->v_ei))
		return;
	if (v->v_ei.ei_type == ETHER_ARP) {
		view_arp(sl, p + v->v_ei.ei_payload, len - v->v_ei.ei_payload,
		    v);
		return;
	}
	if (!ip_parse(p, len, &v->v_ei, &v->v_ip) || !v->v_ip.ii_first)
		return;
	l4 = p + v->v_ip.ii_l4;
	room = v->v_ip.ii_end - v->v_ip.ii_l4;
	if (v->v_ip.ii_proto == IP_UDP)
		view_udp(l4, room, v);
	else if (v->v_ip.ii_proto == IP_ICMPV6 && v->v_ip.ii_version == 6)
		view_icmp6(sl, l4, room, v);
}

/* The value of a DHCP option and its length, or NULL. */
static const uint8_t *
dhcp_option(const struct view *v, uint8_t code, size_t *len)
{
	const uint8_t *o = v->v_dhcp + DHCP_OPTIONS;
	const uint8_t *end = v->v_dhcp + v->v_dhcp_len;

	while (o < end && *o != OPT_END) {
		if (*o == OPT_PAD) {
			o++;
			continue;
		}
		if (end - o < 2 || end - o - 2 < o[1])
			return (NULL);
		if (*o == code) {
			*len = o[1];
			return (o + 2);
		}
		o += 2 + o[1];
	}
	return (NULL);
}

/* An OFFER or ACK of a DHCP server. */
static bool
is_dhcp_answer(const struct view *v)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };
	const uint8_t *type;
	size_t len;

	if (v->v_dhcp == NULL || v->v_dhcp[0] != DHCP_REPLY ||
	    memcmp(v->v_dhcp + DHCP_COOKIE, cookie, sizeof(cookie)) != 0)
		return (false);
	type = dhcp_option(v, OPT_TYPE, &len);
	return (type != NULL && len == 1 &&
	    (*type == DHCP_OFFER || *type == DHCP_ACK));
}

/* Keep a find; it is news if it differs from what was there. */
static void
found(struct stay_local *sl, uint8_t *mac, uint8_t *addr,
    const uint8_t *new_mac, const uint8_t *new_addr)
{
	if (memcmp(mac, new_mac, 6) == 0 && memcmp(addr, new_addr, 4) == 0)
		return;
	memcpy(mac, new_mac, 6);
	memcpy(addr, new_addr, 4);
	sl->sl_news = true;
}

static void
learn_dhcp(struct stay_local *sl, enum stay_direction dir, const struct view *v)
{
	const uint8_t *server, *routers;
	size_t len, i;

	server = dhcp_option(v, OPT_SERVER_ID, &len);
	if (server == NULL || len != 4)
		server = v->v_ip.ii_src;
	if (dir == STAY_IN) {
		found(sl, sl->sl_far_dhcp_mac, sl->sl_far_dhcp_addr,
		    v->v_ei.ei_src, server);
		return;
	}
	found(sl, sl->sl_near_dhcp_mac, sl->sl_near_dhcp_addr, v->v_ei.ei_src,
	    server);
	if (!sl->sl_on || (routers = dhcp_option(v, OPT_ROUTER, &len)) == NULL)
		return;
	for (i = 0; i + 4 <= len; i += 4)
		stay_local_gateway(sl, 4, routers + i);
}

static void
learn(struct stay_local *sl, enum stay_direction dir, const struct view *v)
{
	if (v->v_kind == KIND_DHCP && is_dhcp_answer(v))
		learn_dhcp(sl, dir, v);
	/* Somebody over there says that a gateway's address is his. */
	if (v->v_kind == KIND_GATEWAY && v->v_arp != NULL && dir == STAY_IN &&
	    is_gateway(sl, 4, v->v_arp + ARP_SPA))
		found(sl, sl->sl_far_gateway_mac, sl->sl_far_gateway_addr,
		    v->v_arp + ARP_SHA, v->v_arp + ARP_SPA);
}

static bool
is_own(const struct stay_local *sl, enum stay_direction dir,
    const struct view *v)
{
	if (!sl->sl_has_own_mac)
		return (false);
	if (dir == STAY_OUT)
		return (memcmp(v->v_ei.ei_src, sl->sl_own_mac, 6) == 0);
	if (memcmp(v->v_ei.ei_dst, sl->sl_own_mac, 6) == 0)
		return (true);
	return (v->v_dhcp != NULL && v->v_dhcp[0] == DHCP_REPLY &&
	    memcmp(v->v_dhcp + DHCP_CHADDR, sl->sl_own_mac, 6) == 0);
}

bool
stay_local_pass(struct stay_local *sl, enum stay_direction dir,
    const uint8_t *p, size_t len)
{
	struct view v;

	view(sl, p, len, &v);
	if (v.v_kind == KIND_OTHER)
		return (true);
	learn(sl, dir, &v);
	if (is_own(sl, dir, &v)) {
		sl->sl_stats.ss_own++;
		return (false);
	}
	if (!sl->sl_on)
		return (true);
	if (v.v_kind == KIND_DHCP)
		sl->sl_stats.ss_dhcp++;
	else if (v.v_kind == KIND_RA)
		sl->sl_stats.ss_ra++;
	else
		sl->sl_stats.ss_arp++;
	return (false);
}

bool
stay_local_gateway(struct stay_local *sl, int family, const uint8_t *addr)
{
	static const uint8_t zero[16];
	struct stay_gateway *sg;
	size_t size = family == 4 ? 4 : 16;

	if ((family != 4 && family != 6) || memcmp(addr, zero, size) == 0)
		return (false);
	if (is_gateway(sl, family, addr))
		return (true);
	if (sl->sl_ngateways >= STAY_GATEWAYS)
		return (false);
	sg = &sl->sl_gateways[sl->sl_ngateways++];
	memset(sg, 0, sizeof(*sg));
	sg->sg_family = (uint8_t)family;
	memcpy(sg->sg_addr, addr, size);
	return (true);
}
