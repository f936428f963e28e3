/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "net/mcast_impl.h"

static int
group_cmp(const struct group *a, const struct group *b)
{
	const struct mcast_key *x = &a->gr_key, *y = &b->gr_key;

	if (x->mk_vid != y->mk_vid)
		return (x->mk_vid < y->mk_vid ? -1 : 1);
	if (x->mk_family != y->mk_family)
		return (x->mk_family < y->mk_family ? -1 : 1);
	return (memcmp(x->mk_addr, y->mk_addr, IGMP_ADDR_LEN));
}

/* RB_GENERATE_STATIC of some libbsd wants a word that it does not define. */
#define UNUSED static __attribute__((unused))
RB_GENERATE_INTERNAL(group_tree, group, gr_entry, group_cmp, UNUSED)

struct mcast_key
mcast_key(int family, uint16_t vid, const uint8_t *addr)
{
	struct mcast_key mk = { .mk_family = (uint8_t)family, .mk_vid = vid };

	if (addr != NULL)
		memcpy(mk.mk_addr, addr, family == 4 ? 4 : IGMP_ADDR_LEN);
	return (mk);
}

bool
mcast_is_routers(const struct mcast_key *mk)
{
	static const uint8_t none[IGMP_ADDR_LEN];

	return (memcmp(mk->mk_addr, none, sizeof(none)) == 0);
}

struct group *
mcast_group_find(const struct mcast *mc, const struct mcast_key *mk)
{
	struct group key;

	key.gr_key = *mk;
	return (RB_FIND(group_tree,
	    (struct group_tree *)(uintptr_t)&mc->mc_groups, &key));
}

/* Its ports have changed; where routers are concerns all groups. */
static void
group_changed(struct mcast *mc, struct group *gr)
{
	mcast_kept_drop(&gr->gr_ports);
	if (mcast_is_routers(&gr->gr_key))
		mc->mc_change++;
}

static void
group_free(struct mcast *mc, struct group *gr)
{
	mcast_kept_drop(&gr->gr_ports);
	RB_REMOVE(group_tree, &mc->mc_groups, gr);
	free(gr);
}

static void
member_free(struct mcast *mc, struct group *gr, struct member *me)
{
	LIST_REMOVE(me, me_entry);
	mc->mc_ports[me->me_port].po_members--;
	mc->mc_members--;
	group_changed(mc, gr);
	free(me);
}

/* Those of a port (0: of all) that have ended by `now`. */
void
mcast_members_end(struct mcast *mc, uint32_t port, uint64_t now)
{
	struct group *gr, *next;
	struct member *me, *after;

	RB_FOREACH_SAFE(gr, group_tree, &mc->mc_groups, next) {
		LIST_FOREACH_SAFE(me, &gr->gr_members, me_entry, after)
			if ((port == 0 || me->me_port == port) &&
			    me->me_until <= now)
				member_free(mc, gr, me);
		if (LIST_EMPTY(&gr->gr_members))
			group_free(mc, gr);
	}
}

struct member *
mcast_member_find(const struct group *gr, uint32_t port)
{
	struct member *me;

	LIST_FOREACH(me, &gr->gr_members, me_entry)
		if (me->me_port == port)
			return (me);
	return (NULL);
}

static struct group *
group_get(struct mcast *mc, const struct mcast_key *mk)
{
	struct group *gr = mcast_group_find(mc, mk);

	if (gr != NULL || (gr = calloc(1, sizeof(*gr))) == NULL)
		return (gr);
	gr->gr_key = *mk;
	LIST_INIT(&gr->gr_members);
	RB_INSERT(group_tree, &mc->mc_groups, gr);
	return (gr);
}

/* False without room or memory. */
static bool
member_add(struct mcast *mc, const struct mcast_key *mk, uint32_t port,
    uint64_t now)
{
	struct port *po = &mc->mc_ports[port];
	struct member *me;
	struct group *gr;

	if (mc->mc_members >= MCAST_MEMBERS || po->po_members >= MCAST_PORT ||
	    (me = calloc(1, sizeof(*me))) == NULL)
		return (false);
	if ((gr = group_get(mc, mk)) == NULL) {
		free(me);
		return (false);
	}
	me->me_port = port;
	me->me_until = now + MCAST_MEMBER;
	LIST_INSERT_HEAD(&gr->gr_members, me, me_entry);
	po->po_members++;
	mc->mc_members++;
	mc->mc_stats.mt_joins++;
	group_changed(mc, gr);
	return (true);
}

/* Ports. */

struct port *
mcast_port_find(struct mcast *mc, uint32_t port)
{
	return (port < mc->mc_nports && mc->mc_ports[port].po_up ?
		&mc->mc_ports[port] :
		NULL);
}

static bool
ports_grow(struct mcast *mc, uint32_t port)
{
	uint32_t n = mc->mc_nports == 0 ? 16 : mc->mc_nports;
	struct port *ports;

	while (n <= port)
		n *= 2;
	if (n == mc->mc_nports)
		return (true);
	if ((ports = reallocarray(mc->mc_ports, n, sizeof(*ports))) == NULL)
		return (false);
	memset(ports + mc->mc_nports, 0, (n - mc->mc_nports) * sizeof(*ports));
	mc->mc_ports = ports;
	mc->mc_nports = n;
	return (true);
}

void
mcast_port_up(struct mcast *mc, uint32_t port, uint64_t now)
{
	struct port *po;

	mc->mc_change++;
	if (!ports_grow(mc, port)) {
		mc->mc_blind = true;
		return;
	}
	po = &mc->mc_ports[port];
	if (!po->po_up)
		bucket_init(&po->po_told, MCAST_RATE, MCAST_BURST, now);
	po->po_up = true;
	po->po_since = now;
	mc->mc_came = now;
}

void
mcast_port_down(struct mcast *mc, uint32_t port)
{
	if (mcast_port_find(mc, port) == NULL)
		return;
	mcast_members_end(mc, port, UINT64_MAX);
	memset(&mc->mc_ports[port], 0, sizeof(mc->mc_ports[port]));
	mc->mc_change++;
}

void
mcast_port_always(struct mcast *mc, uint32_t port, bool always)
{
	struct port *po = mcast_port_find(mc, port);

	if (po == NULL || po->po_always == always)
		return;
	po->po_always = always;
	mc->mc_change++;
}

void
mcast_all_up(struct mcast *mc, uint64_t now)
{
	uint32_t i;

	for (i = 0; i < mc->mc_nports; i++)
		if (mc->mc_ports[i].po_up)
			mcast_port_up(mc, i, now);
}

/* The port has more to say than we keep. */
void
mcast_port_full(struct mcast *mc, struct port *po, uint64_t now)
{
	mc->mc_stats.mt_full++;
	mc->mc_change += !po->po_all;
	po->po_all = true;
	po->po_all_until = now + MCAST_MEMBER;
}

void
mcast_member_told(struct mcast *mc, const struct mcast_key *mk, uint32_t port,
    uint64_t now)
{
	struct group *gr = mcast_group_find(mc, mk);
	struct member *me = gr == NULL ? NULL : mcast_member_find(gr, port);

	if (me != NULL)
		me->me_until = now + MCAST_MEMBER;
	else if (!member_add(mc, mk, port, now))
		mcast_port_full(mc, &mc->mc_ports[port], now);
}

void
mcast_ports_age(struct mcast *mc, uint64_t now)
{
	struct port *po;

	for (po = mc->mc_ports; po < mc->mc_ports + mc->mc_nports; po++)
		if (po->po_all && now >= po->po_all_until) {
			po->po_all = false;
			mc->mc_change++;
		}
}

struct group *
mcast_group_next(const struct mcast *mc, struct group *gr)
{
	return (gr == NULL ?
		RB_MIN(group_tree,
		    (struct group_tree *)(uintptr_t)&mc->mc_groups) :
		RB_NEXT(group_tree, &mc->mc_groups, gr));
}

size_t
mcast_count(const struct mcast *mc)
{
	return (mc->mc_members);
}

void
mcast_each(const struct mcast *mc,
    void (*each)(const struct mcast_member *mm, void *arg), void *arg)
{
	struct mcast_member mm;
	const struct member *me;
	struct group *gr = NULL;

	while ((gr = mcast_group_next(mc, gr)) != NULL)
		LIST_FOREACH(me, &gr->gr_members, me_entry) {
			mm.mm_key = gr->gr_key;
			mm.mm_port = me->me_port;
			mm.mm_until = me->me_until;
			each(&mm, arg);
		}
}
