/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/inspect.h"
#include "net/stay_local.h"

enum { OPT_ROUTER = 3, OPT_SERVER_ID = 54 };	/* of DHCP (RFC 2132) */

/* What a frame is to us. */
enum kind {
	KIND_OTHER,
	KIND_DHCP,
	KIND_RA,
	KIND_GATEWAY	/* ARP or ND about a gateway */
};

enum {
	DHCP_ANY = INSPECT_DHCP_CLIENT | INSPECT_DHCP_SERVER |
	    INSPECT_DHCP6_CLIENT | INSPECT_DHCP6_SERVER,
	RA_ANY = INSPECT_RS | INSPECT_RA | INSPECT_REDIRECT,
	ND_ANY = INSPECT_NS | INSPECT_NA
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

static bool
arp_of_gateway(const struct stay_local *sl, const struct inspect *in)
{
	return (is_gateway(sl, 4, in->in_arp + INSPECT_ARP_SPA) ||
	    is_gateway(sl, 4, in->in_arp + INSPECT_ARP_TPA));
}

/* A solicitation by a gateway tells its address, too. */
static bool
nd_of_gateway(const struct stay_local *sl, const struct inspect *in)
{
	return (is_gateway(sl, 6, in->in_ip.ii_src) ||
	    (in->in_l4_len >= INSPECT_ND_LEN &&
		is_gateway(sl, 6, in->in_l4 + INSPECT_ND_TARGET)));
}

static enum kind
kind_of(const struct stay_local *sl, const struct inspect *in)
{
	if (in->in_what & DHCP_ANY)
		return (KIND_DHCP);
	if (in->in_what & RA_ANY)
		return (KIND_RA);
	if (in->in_what & INSPECT_ARP ?
		arp_of_gateway(sl, in) :
		(in->in_what & ND_ANY) && nd_of_gateway(sl, in))
		return (KIND_GATEWAY);
	return (KIND_OTHER);
}

/* An OFFER or ACK of a DHCP server. */
static bool
is_dhcp_answer(const struct inspect *in)
{
	uint8_t type = inspect_dhcp_type(in);

	return (in->in_dhcp != NULL && inspect_dhcp_is_reply(in) &&
	    (type == INSPECT_DHCP_OFFER || type == INSPECT_DHCP_ACK));
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
learn_dhcp(struct stay_local *sl, enum stay_direction dir,
    const struct inspect *in)
{
	const uint8_t *server, *routers;
	size_t len, i;

	server = inspect_dhcp_option(in, OPT_SERVER_ID, &len);
	if (server == NULL || len != 4)
		server = in->in_ip.ii_src;
	if (dir == STAY_IN) {
		found(sl, sl->sl_far_dhcp_mac, sl->sl_far_dhcp_addr,
		    in->in_ether.ei_src, server);
		return;
	}
	found(sl, sl->sl_near_dhcp_mac, sl->sl_near_dhcp_addr,
	    in->in_ether.ei_src, server);
	if (!sl->sl_on)
		return;
	if ((routers = inspect_dhcp_option(in, OPT_ROUTER, &len)) == NULL)
		return;
	for (i = 0; i + 4 <= len; i += 4)
		stay_local_gateway(sl, 4, routers + i);
}

static void
learn(struct stay_local *sl, enum stay_direction dir, enum kind kind,
    const struct inspect *in)
{
	if (kind == KIND_DHCP && is_dhcp_answer(in))
		learn_dhcp(sl, dir, in);
	/* Somebody over there says that a gateway's address is his. */
	if (kind == KIND_GATEWAY && in->in_arp != NULL && dir == STAY_IN &&
	    is_gateway(sl, 4, in->in_arp + INSPECT_ARP_SPA))
		found(sl, sl->sl_far_gateway_mac, sl->sl_far_gateway_addr,
		    in->in_arp + INSPECT_ARP_SHA, in->in_arp + INSPECT_ARP_SPA);
}

static bool
is_own(const struct stay_local *sl, enum stay_direction dir,
    const struct inspect *in)
{
	const uint8_t *own = sl->sl_own_mac;

	if (!sl->sl_has_own_mac)
		return (false);
	if (dir == STAY_OUT)
		return (memcmp(in->in_ether.ei_src, own, 6) == 0);
	if (memcmp(in->in_ether.ei_dst, own, 6) == 0)
		return (true);
	return (in->in_dhcp != NULL && inspect_dhcp_is_reply(in) &&
	    memcmp(inspect_dhcp_chaddr(in), own, 6) == 0);
}

bool
stay_local_pass(struct stay_local *sl, enum stay_direction dir,
    const uint8_t *p, size_t len)
{
	struct inspect in;
	enum kind kind;

	inspect_frame(p, len, &in);
	if ((kind = kind_of(sl, &in)) == KIND_OTHER)
		return (true);
	learn(sl, dir, kind, &in);
	if (is_own(sl, dir, &in)) {
		sl->sl_stats.ss_own++;
		return (false);
	}
	if (!sl->sl_on)
		return (true);
	if (kind == KIND_DHCP)
		sl->sl_stats.ss_dhcp++;
	else if (kind == KIND_RA)
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
