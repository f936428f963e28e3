/* SPDX-License-Identifier: ISC */
/*
 * A tree of groups with the ports of each, one of VLANs with the state of
 * their queriers, and what is known of each port.  The sets that frames go by
 * are made when first asked for and kept until something changes; time changes
 * things in mcast_age() only.
 */
#include <stdlib.h>
#include <string.h>

#include "net/mcast_impl.h"

enum {
	ASKS = 2,			/* after a leave, */
	ASK_EVERY = 1000,		/* ms between them; to answer in, too */
	ASK_RATE = 10,			/* a second, of the hub */
	ASK_BURST = 50,
	RESPONSE = 10000		/* ms, to our general queries */
};

static int
vlan_cmp(const struct vlan *a, const struct vlan *b)
{
	if (a->vl_vid != b->vl_vid)
		return (a->vl_vid < b->vl_vid ? -1 : 1);
	return (a->vl_family - b->vl_family);
}

/* RB_GENERATE_STATIC of some libbsd wants a word that it does not define. */
#define UNUSED static __attribute__((unused))
RB_GENERATE_INTERNAL(vlan_tree, vlan, vl_entry, vlan_cmp, UNUSED)

struct mcast *
mcast_new(void)
{
	struct mcast *mc = calloc(1, sizeof(*mc));

	if (mc == NULL)
		return (NULL);
	RB_INIT(&mc->mc_groups);
	RB_INIT(&mc->mc_vlans);
	bucket_init(&mc->mc_asks, ASK_RATE, ASK_BURST, 0);
	return (mc);
}

/* VLANs and their queriers. */

static struct vlan *
vlan_find(const struct mcast *mc, int family, uint16_t vid)
{
	struct vlan key = { .vl_family = (uint8_t)family, .vl_vid = vid };

	return (RB_FIND(vlan_tree, (struct vlan_tree *)(uintptr_t)&mc->mc_vlans,
	    &key));
}

static struct vlan *
vlan_get(struct mcast *mc, int family, uint16_t vid)
{
	struct vlan *vl = vlan_find(mc, family, vid);

	if (vl != NULL || mc->mc_nvlans >= 2 * MCAST_VLANS ||
	    (vl = calloc(1, sizeof(*vl))) == NULL)
		return (vl);
	vl->vl_family = (uint8_t)family;
	vl->vl_vid = vid;
	RB_INSERT(vlan_tree, &mc->mc_vlans, vl);
	mc->mc_nvlans++;
	return (vl);
}

static void
vlan_free(struct mcast *mc, struct vlan *vl)
{
	mcast_kept_drop(&vl->vl_unknown);
	mcast_kept_drop(&vl->vl_routers);
	RB_REMOVE(vlan_tree, &mc->mc_vlans, vl);
	mc->mc_nvlans--;
	free(vl);
}

static bool
has_querier(const struct mcast *mc, const struct vlan *vl, uint64_t now)
{
	return (mc->mc_own || now < vl->vl_querier);
}

/* What was answered counts while somebody goes on asking. */
static void
vlan_refresh(struct mcast *mc, struct vlan *vl, uint64_t now)
{
	if (!has_querier(mc, vl, now)) {
		vl->vl_asked = vl->vl_known = false;
	} else if (vl->vl_asked && now >= vl->vl_answers) {
		vl->vl_asked = false;
		vl->vl_known = true;
		vl->vl_known_at = vl->vl_asked_at;
		mc->mc_change++;
	}
}

/*
 * A general query goes out.  One that hosts still have time to answer counts
 * before it: they answer by the earlier end.
 */
static void
asked(struct mcast *mc, struct vlan *vl, uint32_t response, uint64_t now)
{
	vlan_refresh(mc, vl, now);
	if (vl->vl_asked)
		return;
	vl->vl_asked = true;
	vl->vl_asked_at = now;
	vl->vl_answers = now + response + MCAST_SLACK;
}

static bool
is_open(const struct vlan *vl, const struct port *po)
{
	return (po->po_always || po->po_all || po->po_since >= vl->vl_known_at);
}

void
mcast_set_querier(struct mcast *mc, const uint8_t *src4, const uint8_t *src6)
{
	mc->mc_own = src4 != NULL;
	if (src4 == NULL)
		return;
	memcpy(mc->mc_own4, src4, 4);
	memcpy(mc->mc_own6, src6, IGMP_ADDR_LEN);
	(void)vlan_get(mc, 4, 0);
	(void)vlan_get(mc, 6, 0);
}

void
mcast_set_unknown(struct mcast *mc, bool flood)
{
	mc->mc_flood_unknown = flood;
}

/* Sets. */

static void
add_members(struct mcast_set *ms, const struct group *gr)
{
	const struct member *me;

	if (gr == NULL)
		return;
	LIST_FOREACH(me, &gr->gr_members, me_entry)
		mcast_set_add(ms, me->me_port);
}

/* Routers' ports and a group's; `open`: also those that it is not known of. */
static struct mcast_set *
make(const struct mcast *mc, const struct vlan *vl, const struct group *gr,
    bool open)
{
	struct mcast_key routers = mcast_key(vl->vl_family, vl->vl_vid, NULL);
	struct mcast_set *ms = mcast_set_new(mc->mc_nports);
	const struct port *po;
	uint32_t i;

	if (ms == NULL)
		return (NULL);
	for (i = 0; i < mc->mc_nports; i++) {
		po = &mc->mc_ports[i];
		if (po->po_up && (open ? is_open(vl, po) : po->po_always))
			mcast_set_add(ms, i);
	}
	add_members(ms, mcast_group_find(mc, &routers));
	add_members(ms, gr);
	return (ms);
}

/* Without memory a frame is flooded. */
static enum mcast_where
by_set(const struct mcast *mc, struct kept *ke, const struct vlan *vl,
    const struct group *gr, bool open, struct mcast_set **ms)
{
	if (ke->ke_set != NULL && ke->ke_change != mc->mc_change)
		mcast_kept_drop(ke);
	if (ke->ke_set == NULL) {
		ke->ke_set = make(mc, vl, gr, open);
		ke->ke_change = mc->mc_change;
	}
	*ms = ke->ke_set;
	return (*ms == NULL ? MCAST_ALL : MCAST_SET);
}

/* Messages. */

static const uint8_t *
own_addr(const struct mcast *mc, int family)
{
	return (family == 4 ? mc->mc_own4 : mc->mc_own6);
}

/* < 0: the query's source wins over our own; 0: it is our own. */
static int
election(const struct mcast *mc, const struct igmp *ig)
{
	static const uint8_t none[IGMP_ADDR_LEN];
	const uint8_t *own = own_addr(mc, ig->ig_family);
	size_t len = ig->ig_family == 4 ? 4 : IGMP_ADDR_LEN;

	if (!mc->mc_own)
		return (-1);
	if (memcmp(ig->ig_src, none, len) == 0)
		return (memcmp(own, none, len) == 0 ? 0 : 1);
	if (memcmp(own, none, len) == 0)
		return (-1);
	return (memcmp(ig->ig_src, own, len));
}

static void
hear_query(struct mcast *mc, const struct igmp *ig, uint16_t vid, uint32_t port,
    uint64_t now)
{
	struct mcast_key mk = mcast_key(ig->ig_family, vid, NULL);
	int won = election(mc, ig);
	struct vlan *vl;

	if (won == 0 || (vl = vlan_get(mc, ig->ig_family, vid)) == NULL)
		return;
	mc->mc_stats.mt_queries++;
	vlan_refresh(mc, vl, now);
	mcast_member_told(mc, &mk, port, now);
	if (ig->ig_response > MCAST_RESPONSE)
		return;
	if (won < 0)
		vl->vl_querier = now + MCAST_QUERIER;
	mk = mcast_key(ig->ig_family, vid, ig->ig_group);
	if (mcast_is_routers(&mk))	/* no group: a general query */
		asked(mc, vl, ig->ig_response, now);
}

/* Other hosts of the port are asked, by us if nobody else does. */
static void
leave(struct mcast *mc, const struct vlan *vl, const struct mcast_key *mk,
    uint32_t port, uint64_t now)
{
	struct group *gr = mcast_group_find(mc, mk);
	struct member *me = gr == NULL ? NULL : mcast_member_find(gr, port);

	if (me == NULL || me->me_until <= now + MCAST_LEAVE)
		return;
	if (now >= vl->vl_querier) {
		if (!bucket_take(&mc->mc_asks, ASKS, now))
			return;
		gr->gr_asks = ASKS;
		gr->gr_ask_at = now;
	}
	mc->mc_stats.mt_leaves++;
	me->me_until = now + MCAST_LEAVE;
}

static void
hear_report(struct mcast *mc, struct igmp *ig, const struct vlan *vl,
    uint32_t port, uint64_t now)
{
	struct port *po = &mc->mc_ports[port];
	uint8_t addr[IGMP_ADDR_LEN];
	struct mcast_key mk;
	bool leaves;

	while (igmp_next(ig, addr, &leaves)) {
		if (!bucket_take(&po->po_told, 1, now)) {
			mcast_port_full(mc, po, now);
			return;
		}
		if (!igmp_is_tracked(ig->ig_family, addr))
			continue;
		mk = mcast_key(ig->ig_family, vl->vl_vid, addr);
		if (leaves)
			leave(mc, vl, &mk, port, now);
		else
			mcast_member_told(mc, &mk, port, now);
	}
}

static enum mcast_where
report(struct mcast *mc, struct igmp *ig, uint16_t vid, uint32_t port,
    uint64_t now, struct mcast_set **ms)
{
	struct vlan *vl = mc->mc_own ? vlan_get(mc, ig->ig_family, vid) :
				       vlan_find(mc, ig->ig_family, vid);

	if (vl == NULL || !has_querier(mc, vl, now))
		return (MCAST_ALL);
	hear_report(mc, ig, vl, port, now);
	if (!vl->vl_known)
		return (MCAST_ALL);
	return (by_set(mc, &vl->vl_routers, vl, NULL, false, ms));
}

/* What is no message, to dst. */
static enum mcast_where
packet(struct mcast *mc, int family, uint16_t vid, const uint8_t *dst,
    uint64_t now, struct mcast_set **ms)
{
	struct mcast_key mk = mcast_key(family, vid, dst);
	struct group *gr;
	struct vlan *vl;

	if (!igmp_is_tracked(family, dst) ||
	    (vl = vlan_find(mc, family, vid)) == NULL || !vl->vl_known ||
	    !has_querier(mc, vl, now))
		return (MCAST_ALL);
	if ((gr = mcast_group_find(mc, &mk)) != NULL)
		return (by_set(mc, &gr->gr_ports, vl, gr, true, ms));
	/* What neighbour discovery asks by is wanted by whoever has it. */
	if (mc->mc_flood_unknown || (family == 6 && (dst[1] & 0x0f) == 2))
		return (MCAST_ALL);
	return (by_set(mc, &vl->vl_unknown, vl, NULL, true, ms));
}

enum mcast_where
mcast_frame(struct mcast *mc, struct igmp *ig, uint16_t vid, const uint8_t *dst,
    uint32_t port, uint64_t now, struct mcast_set **ms)
{
	struct mcast_key routers = mcast_key(ig->ig_family, vid, NULL);

	if (mc->mc_blind || mcast_port_find(mc, port) == NULL)
		return (MCAST_ALL);
	switch (ig->ig_kind) {
	case IGMP_NONE:
		return (packet(mc, ig->ig_family, vid, dst, now, ms));
	case IGMP_REPORT:
		return (report(mc, ig, vid, port, now, ms));
	case IGMP_QUERY:
		hear_query(mc, ig, vid, port, now);
		break;
	case IGMP_ROUTER:
		if (vlan_find(mc, ig->ig_family, vid) != NULL)
			mcast_member_told(mc, &routers, port, now);
		break;
	case IGMP_BAD:
		mc->mc_stats.mt_bad++;
		return (MCAST_NOWHERE);
	case IGMP_UNKNOWN:
		break;
	}
	return (MCAST_ALL);
}

/* Time. */

void
mcast_age(struct mcast *mc, uint64_t now)
{
	struct vlan *vl, *next;

	RB_FOREACH_SAFE(vl, vlan_tree, &mc->mc_vlans, next) {
		vlan_refresh(mc, vl, now);
		if (!has_querier(mc, vl, now))
			vlan_free(mc, vl);
	}
	mcast_ports_age(mc, now);
	mcast_members_end(mc, 0, now);
}

static void
fill(const struct mcast *mc, const struct mcast_key *mk, uint32_t response,
    struct igmp_query *iq)
{
	memset(iq, 0, sizeof(*iq));
	iq->iq_family = mk->mk_family;
	iq->iq_vid = mk->mk_vid;
	iq->iq_response = response;
	memcpy(iq->iq_src, own_addr(mc, mk->mk_family), IGMP_ADDR_LEN);
	memcpy(iq->iq_group, mk->mk_addr, IGMP_ADDR_LEN);
}

/* Soon again when a port has come since. */
static bool
is_due(const struct mcast *mc, const struct vlan *vl, uint64_t now)
{
	uint64_t wait = mc->mc_came >= vl->vl_own ? MCAST_SOON : MCAST_INTERVAL;

	return (now >= vl->vl_querier &&
	    (vl->vl_own == 0 || now >= vl->vl_own + wait));
}

static bool
ask_group(struct mcast *mc, uint64_t now, struct igmp_query *iq)
{
	struct group *gr = NULL;

	while ((gr = mcast_group_next(mc, gr)) != NULL)
		if (gr->gr_asks > 0 && now >= gr->gr_ask_at) {
			gr->gr_asks--;
			gr->gr_ask_at = now + ASK_EVERY;
			fill(mc, &gr->gr_key, ASK_EVERY, iq);
			return (true);
		}
	return (false);
}

bool
mcast_ask(struct mcast *mc, uint64_t now, struct igmp_query *iq)
{
	struct mcast_key mk;
	struct vlan *vl;

	if (!mc->mc_own)
		return (false);
	RB_FOREACH(vl, vlan_tree, &mc->mc_vlans)
		if (is_due(mc, vl, now)) {
			asked(mc, vl, RESPONSE, now);
			vl->vl_own = now;
			mk = mcast_key(vl->vl_family, vl->vl_vid, NULL);
			fill(mc, &mk, RESPONSE, iq);
			return (true);
		}
	return (ask_group(mc, now, iq));
}

const struct mcast_stats *
mcast_stats(const struct mcast *mc)
{
	return (&mc->mc_stats);
}

void
mcast_free(struct mcast *mc)
{
	struct vlan *vl;

	if (mc == NULL)
		return;
	mcast_members_end(mc, 0, UINT64_MAX);
	while ((vl = RB_MIN(vlan_tree, &mc->mc_vlans)) != NULL)
		vlan_free(mc, vl);
	free(mc->mc_ports);
	free(mc);
}
