/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/inspect.h"
#include "net/stay_local.h"

enum { OPT_ROUTER = 3 };	/* of DHCP (RFC 2132) */

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

/*
 * Who serves and who is served.  What cannot be seen may be a server's
 * (RFC 7113).
 */
enum {
	SERVERS = INSPECT_DHCP_SERVER | INSPECT_DHCP6_SERVER | INSPECT_RA |
	    INSPECT_REDIRECT | INSPECT_HIDDEN,
	CLIENTS = INSPECT_DHCP_CLIENT | INSPECT_DHCP6_CLIENT | INSPECT_RS
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

/* A router at the far side has an address of this office's. */
static void
found_gateway(struct stay_local *sl, const uint8_t *mac, const uint8_t *addr)
{
	if (memcmp(sl->sl_far_gateway_mac, mac, 6) == 0 &&
	    memcmp(sl->sl_far_gateway_addr, addr, 4) == 0)
		return;
	memcpy(sl->sl_far_gateway_mac, mac, 6);
	memcpy(sl->sl_far_gateway_addr, addr, 4);
	sl->sl_news = true;
}

static void
learn_gateways(struct stay_local *sl, const struct inspect *in)
{
	const uint8_t *routers;
	size_t len, i;

	if ((!sl->sl_on && sl->sl_side == STAY_BOTH) || !servers_is_dhcp(in) ||
	    (routers = inspect_dhcp_option(in, OPT_ROUTER, &len)) == NULL)
		return;
	for (i = 0; i + 4 <= len; i += 4)
		stay_local_gateway(sl, 4, routers + i);
}

/* Somebody over there says that an address of a gateway or server is his. */
static void
learn_claim(struct stay_local *sl, const struct inspect *in)
{
	const uint8_t *addr = in->in_arp + INSPECT_ARP_SPA;
	const uint8_t *mac = in->in_arp + INSPECT_ARP_SHA;
	const struct server *se =
	    servers_find(&sl->sl_servers, false, SERVER_DHCP, addr);

	if (is_gateway(sl, 4, addr) ||
	    (se != NULL && memcmp(se->se_mac, mac, 6) != 0))
		found_gateway(sl, mac, addr);
}

static void
learn(struct stay_local *sl, enum stay_direction dir, const struct inspect *in)
{
	if (in->in_what & (DHCP_ANY | RA_ANY)) {
		if (servers_learn(&sl->sl_servers, dir == STAY_IN, in))
			sl->sl_news = true;
		if (dir == STAY_OUT)
			learn_gateways(sl, in);
	}
	if (in->in_arp != NULL && dir == STAY_IN)
		learn_claim(sl, in);
}

/* What was sent to us since we asked who serves. */
static bool
is_answer(const struct stay_local *sl, const struct inspect *in)
{
	if (!sl->sl_asks)
		return (false);
	return (memcmp(in->in_ether.ei_dst, sl->sl_asker, 6) == 0 ||
	    (in->in_dhcp != NULL && inspect_dhcp_is_reply(in) &&
		memcmp(inspect_dhcp_chaddr(in), sl->sl_asker, 6) == 0));
}

/* Who wants to answer, and first has to know where; see sl_question. */
static bool
is_question(struct stay_local *sl, enum stay_direction dir,
    const struct inspect *in)
{
	static const uint8_t none[16];
	struct stay_question *sq = &sl->sl_question;

	if (!sl->sl_asks || !(in->in_what & INSPECT_NS) ||
	    in->in_l4_len < INSPECT_ND_LEN ||
	    memcmp(in->in_l4 + INSPECT_ND_TARGET, sl->sl_asker6,
		sizeof(sl->sl_asker6)) != 0)
		return (false);
	/* somebody who would like to have the address: not to be answered */
	if (memcmp(in->in_ip.ii_src, none, sizeof(none)) == 0)
		return (true);
	sq->sq_is = true;
	sq->sq_far = dir == STAY_IN;
	memcpy(sq->sq_mac, in->in_ether.ei_src, sizeof(sq->sq_mac));
	memcpy(sq->sq_addr, in->in_ip.ii_src, sizeof(sq->sq_addr));
	return (true);
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

/* A gateway speaks; others may ask for it. */
static bool
is_by_gateway(const struct stay_local *sl, const struct inspect *in)
{
	if (in->in_what & INSPECT_ARP)
		return (is_gateway(sl, 4, in->in_arp + INSPECT_ARP_SPA));
	return ((in->in_what & INSPECT_NA) ?
		nd_of_gateway(sl, in) :
		is_gateway(sl, 6, in->in_ip.ii_src));
}

/* It is of the side that is not to serve, or asks that side. */
static bool
is_of_wrong_side(const struct stay_local *sl, enum stay_direction dir,
    enum kind kind, const struct inspect *in)
{
	enum stay_direction served =
	    sl->sl_side == STAY_LAN ? STAY_OUT : STAY_IN;

	if (sl->sl_side == STAY_BOTH)
		return (false);
	if (dir == served)
		return ((in->in_what & CLIENTS) != 0);
	return ((in->in_what & SERVERS) != 0 ||
	    (kind == KIND_GATEWAY && is_by_gateway(sl, in)));
}

static void
count(enum kind kind, uint64_t *dhcp, uint64_t *ra, uint64_t *arp)
{
	if (kind == KIND_DHCP)
		(*dhcp)++;
	else if (kind == KIND_GATEWAY)
		(*arp)++;
	else
		(*ra)++;
}

bool
stay_local_pass(struct stay_local *sl, enum stay_direction dir,
    const uint8_t *p, size_t len)
{
	struct stay_stats *ss = &sl->sl_stats;
	struct inspect in;
	enum kind kind;

	if (!inspect_frame(p, len, &in))
		return (true);
	kind = kind_of(sl, &in);
	learn(sl, dir, &in);
	if (is_answer(sl, &in) || is_question(sl, dir, &in) ||
	    (kind != KIND_OTHER && is_own(sl, dir, &in))) {
		ss->ss_own++;
		return (false);
	}
	if (sl->sl_on && kind != KIND_OTHER) {
		count(kind, &ss->ss_dhcp, &ss->ss_ra, &ss->ss_arp);
		return (false);
	}
	if (sl->sl_on || !is_of_wrong_side(sl, dir, kind, &in))
		return (true);
	count(kind, &ss->ss_side_dhcp, &ss->ss_side_ra, &ss->ss_side_arp);
	return (false);
}

void
stay_local_forget(struct stay_local *sl)
{
	servers_forget(&sl->sl_servers);
	memset(sl->sl_far_gateway_mac, 0, sizeof(sl->sl_far_gateway_mac));
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
