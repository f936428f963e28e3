/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/binding.h"
#include "net/csum.h"
#include "net/inspect.h"
#include "net/policy.h"

enum {
	ND_SOURCE = 1,			/* options (RFC 4861, 4.6.1) */
	ND_TARGET = 2
};

/* What has to be seen to be judged. */
enum {
	NEED_EITHER =
	    POLICY_NO_BPDU | POLICY_NO_PPPOE | POLICY_NO_OSPF | POLICY_NO_TAGS,
	NEED_IN = POLICY_NO_IPV4 | POLICY_NO_IPV6 | POLICY_NO_OTHER |
	    POLICY_NO_DHCP | POLICY_NO_DHCP6 | POLICY_NO_DHCP_SERVER |
	    POLICY_NO_DHCP6_SERVER | POLICY_NO_RS | POLICY_NO_RA |
	    POLICY_NO_DEFAULT_ROUTER | POLICY_DISCOVERY_ONLY | NEED_EITHER,
	NEED_OUT = POLICY_NO_IPV4 | POLICY_NO_IPV6 | POLICY_NO_OTHER |
	    POLICY_NO_DHCP | POLICY_NO_DHCP6 | POLICY_NO_RS | POLICY_NO_RA |
	    POLICY_NO_TCP_IN | POLICY_NO_TCP6_IN | NEED_EITHER,
	NEED_BINDINGS = POLICY_UNIQUE_IP | POLICY_UNIQUE_IP6 |
	    POLICY_LEASED_ONLY | POLICY_LEASED_ONLY6 | POLICY_NO_ROUTING |
	    POLICY_NO_ROUTING6
};

bool
policy_needs_bindings(const struct policy *po)
{
	return ((po->po_flags & NEED_BINDINGS) != 0 || po->po_max_ips != 0 ||
	    po->po_max_ips6 != 0);
}

bool
policy_judges_in(const struct policy *po)
{
	return ((po->po_flags & NEED_IN) != 0 || po->po_vlan != 0 ||
	    po->po_max_mss != 0 || policy_needs_bindings(po));
}

bool
policy_judges_out(const struct policy *po)
{
	return ((po->po_flags & (NEED_OUT | POLICY_ISOLATED)) != 0 ||
	    po->po_vlan != 0 || po->po_max_mss != 0);
}

/* Protocols that bridges, routers and modems speak. */
static bool
is_filtered_protocol(uint32_t flags, const struct inspect *in)
{
	uint16_t type = in->in_ether.ei_type;

	return (((flags & POLICY_NO_BPDU) &&
		    ether_is_bpdu(in->in_ether.ei_dst)) ||
	    ((flags & POLICY_NO_PPPOE) &&
		(type == ETHER_PPPOE_DISCOVERY || type == ETHER_PPPOE)) ||
	    ((flags & POLICY_NO_OSPF) && in->in_ip.ii_proto == IP_OSPF));
}

/* A kind of frame that is filtered either way. */
static enum policy_hit
filter(const struct policy *po, const struct inspect *in)
{
	static const struct {
		uint32_t flag;
		unsigned int what;
		enum policy_hit hit;
	} rules[] = {
		{ POLICY_NO_IPV4, INSPECT_IP4 | INSPECT_ARP, POLICY_HIT_TYPE },
		{ POLICY_NO_IPV6, INSPECT_IP6, POLICY_HIT_TYPE },
		{ POLICY_NO_DHCP, INSPECT_DHCP_CLIENT | INSPECT_DHCP_SERVER,
		    POLICY_HIT_DHCP },
		{ POLICY_NO_DHCP6, INSPECT_DHCP6_CLIENT | INSPECT_DHCP6_SERVER,
		    POLICY_HIT_DHCP },
		{ POLICY_NO_RS, INSPECT_RS, POLICY_HIT_ROUTER },
		{ POLICY_NO_RA, INSPECT_RA | INSPECT_REDIRECT,
		    POLICY_HIT_ROUTER },
	};
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((po->po_flags & rules[i].flag) &&
		    (in->in_what & rules[i].what))
			return (rules[i].hit);
	if (is_filtered_protocol(po->po_flags, in))
		return (POLICY_HIT_TYPE);
	if ((po->po_flags & POLICY_NO_OTHER) &&
	    !(in->in_what & (INSPECT_IP4 | INSPECT_IP6 | INSPECT_ARP)))
		return (POLICY_HIT_TYPE);
	return (POLICY_PASS);
}

/* ARP, DHCP, ICMPv6: what a group address is needed for. */
static bool
is_discovery(const struct inspect *in)
{
	return ((in->in_what &
		    (INSPECT_ARP | INSPECT_DHCP_CLIENT | INSPECT_DHCP_SERVER |
			INSPECT_DHCP6_CLIENT | INSPECT_DHCP6_SERVER)) != 0 ||
	    ((in->in_what & INSPECT_IP6) && in->in_ip.ii_proto == IP_ICMPV6));
}

/* What routers send to hear who listens (RFC 3810, 5.1). */
static bool
is_mld_query(const struct inspect *in)
{
	enum { MLD_QUERY = 130 };

	return ((in->in_what & INSPECT_MULTICAST) &&
	    (in->in_what & INSPECT_IP6) && in->in_l4[0] == MLD_QUERY);
}

/* A DHCP client's message that is not about its sender: starvation. */
static bool
asks_for_others(const struct inspect *in)
{
	return ((in->in_what & INSPECT_DHCP_CLIENT) && in->in_dhcp != NULL &&
	    memcmp(inspect_dhcp_chaddr(in), in->in_ether.ei_src, ETHER_ALEN) !=
		0);
}

enum policy_hit
policy_in(const struct policy *po, const struct inspect *in)
{
	uint32_t flags = po->po_flags;
	enum policy_hit hit;

	if ((po->po_vlan != 0 || (flags & POLICY_NO_TAGS)) && in->in_tagged)
		return (POLICY_HIT_VLAN);
	if ((in->in_what & INSPECT_HIDDEN) &&
	    ((flags & NEED_IN) || policy_needs_bindings(po)))
		return (POLICY_HIT_HIDDEN);
	if ((hit = filter(po, in)) != POLICY_PASS)
		return (hit);
	if (((flags & POLICY_NO_DHCP_SERVER) &&
		(in->in_what & INSPECT_DHCP_SERVER)) ||
	    ((flags & POLICY_NO_DHCP6_SERVER) &&
		(in->in_what & INSPECT_DHCP6_SERVER)))
		return (POLICY_HIT_DHCP_SERVER);
	if ((flags & POLICY_NO_RA) && is_mld_query(in))
		return (POLICY_HIT_ROUTER);
	if ((flags & POLICY_LEASED_ONLY) && asks_for_others(in))
		return (POLICY_HIT_DHCP);
	if ((flags & POLICY_DISCOVERY_ONLY) &&
	    ether_is_group(in->in_ether.ei_dst) && !is_discovery(in))
		return (POLICY_HIT_BROADCAST);
	return (POLICY_PASS);
}

static bool
opens_tcp(const struct inspect *in)
{
	return ((in->in_what & INSPECT_TCP) &&
	    (in->in_tcp_flags & (INSPECT_TCP_SYN | INSPECT_TCP_ACK)) ==
		INSPECT_TCP_SYN);
}

enum policy_hit
policy_out(const struct policy *po, const struct inspect *in, bool isolated)
{
	uint32_t flags = po->po_flags;
	enum policy_hit hit;

	if (isolated && (flags & POLICY_ISOLATED))
		return (POLICY_HIT_ISOLATED);
	if (po->po_vlan != 0 ? in->in_ether.ei_vid != po->po_vlan :
			       (flags & POLICY_NO_TAGS) && in->in_tagged)
		return (POLICY_HIT_VLAN);
	if ((in->in_what & INSPECT_HIDDEN) && (flags & NEED_OUT))
		return (POLICY_HIT_HIDDEN);
	if ((hit = filter(po, in)) != POLICY_PASS)
		return (hit);
	if (opens_tcp(in) &&
	    (flags &
		(in->in_what & INSPECT_IP4 ? POLICY_NO_TCP_IN :
					     POLICY_NO_TCP6_IN)))
		return (POLICY_HIT_TCP);
	return (POLICY_PASS);
}

/* What a frame's sender says that it has. */
struct claim {
	int cl_family;			/* 0: nothing */
	const uint8_t *cl_addr;
	const uint8_t *cl_mac;		/* as said; NULL: not said */
	bool cl_own;			/* by ARP or ND; else a packet's */
};

static bool
is_unspecified(const struct claim *cl)
{
	static const uint8_t zero[16];

	return (memcmp(cl->cl_addr, zero, cl->cl_family == 4 ? 4 : 16) == 0);
}

/* Hosts make these themselves (RFC 4291, 2.5.6), to ask for others. */
static bool
is_link_local(const struct claim *cl)
{
	return (cl->cl_family == 6 && cl->cl_addr[0] == 0xfe &&
	    (cl->cl_addr[1] & 0xc0) == 0x80);
}

static void
claim_of_nd(const struct inspect *in, struct claim *cl)
{
	cl->cl_own = true;
	if (in->in_what & INSPECT_NS)
		cl->cl_mac = inspect_nd_option(in, ND_SOURCE);
	if (!(in->in_what & INSPECT_NA) && !is_unspecified(cl))
		return;
	/* An advertisement, or a search for duplicates (RFC 4862, 5.4). */
	if (in->in_l4_len < INSPECT_ND_LEN)
		return;
	cl->cl_addr = in->in_l4 + INSPECT_ND_TARGET;
	if (in->in_what & INSPECT_NA)
		cl->cl_mac = inspect_nd_option(in, ND_TARGET);
}

static void
claim_of(const struct inspect *in, struct claim *cl)
{
	memset(cl, 0, sizeof(*cl));
	if (in->in_what & INSPECT_ARP) {
		cl->cl_family = 4;
		cl->cl_addr = in->in_arp + INSPECT_ARP_SPA;
		cl->cl_mac = in->in_arp + INSPECT_ARP_SHA;
		cl->cl_own = true;
	} else if (in->in_ip.ii_src != NULL) {
		cl->cl_family = in->in_ip.ii_version;
		cl->cl_addr = in->in_ip.ii_src;
		if (in->in_what & (INSPECT_NS | INSPECT_NA))
			claim_of_nd(in, cl);
	}
	if (cl->cl_family != 0 && is_unspecified(cl))
		cl->cl_family = 0;
}

/* The rules of one family. */
struct rules {
	bool ru_unique, ru_leased, ru_no_routing;
	size_t ru_most;
};

static void
rules_of(const struct policy *po, int family, struct rules *ru)
{
	bool v4 = family == 4;
	uint32_t flags = po == NULL ? 0 : po->po_flags;

	ru->ru_unique = flags & (v4 ? POLICY_UNIQUE_IP : POLICY_UNIQUE_IP6);
	ru->ru_leased = flags & (v4 ? POLICY_LEASED_ONLY : POLICY_LEASED_ONLY6);
	ru->ru_no_routing =
	    flags & (v4 ? POLICY_NO_ROUTING : POLICY_NO_ROUTING6);
	ru->ru_most = po == NULL ? 0 : v4 ? po->po_max_ips : po->po_max_ips6;
}

static enum policy_hit
result_hit(enum binding_result result, const struct rules *ru)
{
	switch (result) {
	case BINDING_TAKEN:
		return (ru->ru_unique ? POLICY_HIT_IP : POLICY_PASS);
	case BINDING_PORT_FULL:
		return (POLICY_HIT_IPS);
	case BINDING_FULL:
		return (ru->ru_most != 0 ? POLICY_HIT_IPS : POLICY_PASS);
	default:
		return (POLICY_PASS);
	}
}

/* Leased to this port, or not to be used. */
static enum policy_hit
check_lease(struct bindings *bs, const struct binding_key *bk, uint32_t port,
    uint64_t now)
{
	const struct binding *bi = bindings_find(bs, bk, now);

	if (bi == NULL || bi->bi_lease == 0)
		return (POLICY_HIT_LEASE);
	return (bi->bi_port == port ? POLICY_PASS : POLICY_HIT_IP);
}

/* A packet's source, which a router's packets have from elsewhere. */
static enum policy_hit
check_routing(struct bindings *bs, const struct binding_key *bk, uint32_t port,
    uint64_t now)
{
	const struct binding *bi = bindings_find(bs, bk, now);

	return (bi != NULL && bi->bi_port == port ? POLICY_PASS :
						    POLICY_HIT_ROUTING);
}

static enum policy_hit
check_claim(const struct policy *po, struct bindings *bs,
    const struct inspect *in, const struct claim *cl, uint32_t port,
    uint64_t now)
{
	struct binding_key bk =
	    binding_key(cl->cl_family, cl->cl_addr, in->in_ether.ei_vid);
	struct rules ru;

	rules_of(po, cl->cl_family, &ru);
	/* Who speaks for another's address to make it his is a spoofer. */
	if (cl->cl_mac != NULL && (ru.ru_unique || ru.ru_leased) &&
	    memcmp(cl->cl_mac, in->in_ether.ei_src, ETHER_ALEN) != 0)
		return (POLICY_HIT_IP);
	if (ru.ru_leased && !is_link_local(cl))
		return (check_lease(bs, &bk, port, now));
	if (!cl->cl_own && ru.ru_no_routing)
		return (check_routing(bs, &bk, port, now));
	if (!cl->cl_own && !ru.ru_unique && ru.ru_most == 0)
		return (POLICY_PASS);
	return (result_hit(bindings_claim(bs, &bk, in->in_ether.ei_src, port,
			       !ru.ru_unique, ru.ru_most, now),
	    &ru));
}

enum policy_hit
policy_bind(const struct policy *po, struct bindings *bs,
    const struct inspect *in, uint32_t port, uint64_t now)
{
	enum policy_hit hit = POLICY_PASS;
	struct claim cl;

	claim_of(in, &cl);
	if (cl.cl_family != 0)
		hit = check_claim(po, bs, in, &cl, port, now);
	if (hit == POLICY_PASS &&
	    (in->in_what & (INSPECT_DHCP_CLIENT | INSPECT_DHCP6_CLIENT)))
		policy_released(bs, in, port);
	return (hit);
}

bool
policy_strip_router(uint8_t *p, const struct inspect *in)
{
	uint8_t *icmp;

	if (!(in->in_what & INSPECT_RA) ||
	    in->in_l4_len < INSPECT_RA_LIFETIME + 2)
		return (false);
	icmp = p + (in->in_l4 - in->in_ether.ei_dst);
	put16(icmp + 2,
	    csum_update(get16(icmp + 2), get16(icmp + INSPECT_RA_LIFETIME), 0));
	put16(icmp + INSPECT_RA_LIFETIME, 0);
	return (true);
}

const char *
policy_hit_name(enum policy_hit hit)
{
	static const char *const names[POLICY_HITS] = {
		[POLICY_PASS] = "passed",
		[POLICY_HIT_TYPE] = "type",
		[POLICY_HIT_HIDDEN] = "hidden",
		[POLICY_HIT_DHCP] = "dhcp",
		[POLICY_HIT_DHCP_SERVER] = "dhcp-server",
		[POLICY_HIT_ROUTER] = "router",
		[POLICY_HIT_BROADCAST] = "broadcast",
		[POLICY_HIT_TCP] = "incoming-tcp",
		[POLICY_HIT_ISOLATED] = "isolated",
		[POLICY_HIT_VLAN] = "vlan",
		[POLICY_HIT_MAC] = "unique-mac",
		[POLICY_HIT_MACS] = "max-macs",
		[POLICY_HIT_IP] = "unique-ip",
		[POLICY_HIT_IPS] = "max-ips",
		[POLICY_HIT_LEASE] = "leased-only",
		[POLICY_HIT_ROUTING] = "routing",
		[POLICY_HIT_RULE] = "rule",
		[POLICY_HIT_STORM_BROADCAST] = "storm-broadcast",
		[POLICY_HIT_STORM_MULTICAST] = "storm-multicast",
		[POLICY_HIT_STORM_UNKNOWN] = "storm-unknown",
	};

	return (hit < POLICY_HITS ? names[hit] : "?");
}
