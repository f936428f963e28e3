/* SPDX-License-Identifier: ISC */
/*
 * A tree by address, and one of how many each port has.  New addresses are
 * rare, so that a node of its own for each does no harm.
 */
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "net/binding.h"

struct node {
	RB_ENTRY(node) nd_entry;
	struct binding nd_binding;
};
RB_HEAD(node_tree, node);

struct holder {
	RB_ENTRY(holder) ho_entry;
	uint32_t ho_port;
	size_t ho_count[2];		/* IPv4, IPv6 */
};
RB_HEAD(holder_tree, holder);

struct bindings {
	struct node_tree bs_nodes;
	struct holder_tree bs_holders;
	size_t bs_count;
	size_t bs_max;
	uint64_t bs_age;
};

static int
node_cmp(const struct node *a, const struct node *b)
{
	const struct binding_key *x = &a->nd_binding.bi_key;
	const struct binding_key *y = &b->nd_binding.bi_key;
	int r;

	if (x->bk_vid != y->bk_vid)
		return (x->bk_vid < y->bk_vid ? -1 : 1);
	if (x->bk_family != y->bk_family)
		return (x->bk_family < y->bk_family ? -1 : 1);
	r = memcmp(x->bk_addr, y->bk_addr, sizeof(x->bk_addr));
	return (r);
}

static int
holder_cmp(const struct holder *a, const struct holder *b)
{
	if (a->ho_port == b->ho_port)
		return (0);
	return (a->ho_port < b->ho_port ? -1 : 1);
}

/* RB_GENERATE_STATIC of some libbsd wants a word that it does not define. */
#define UNUSED static __attribute__((unused))
RB_GENERATE_INTERNAL(node_tree, node, nd_entry, node_cmp, UNUSED)
RB_GENERATE_INTERNAL(holder_tree, holder, ho_entry, holder_cmp, UNUSED)

struct binding_key
binding_key(int family, const uint8_t *addr, uint16_t vid)
{
	struct binding_key bk;

	memset(&bk, 0, sizeof(bk));
	bk.bk_family = (uint8_t)family;
	bk.bk_vid = vid;
	memcpy(bk.bk_addr, addr, family == 4 ? 4 : 16);
	return (bk);
}

struct bindings *
bindings_new(size_t max, uint64_t age)
{
	struct bindings *bs = calloc(1, sizeof(*bs));

	if (bs == NULL)
		return (NULL);
	RB_INIT(&bs->bs_nodes);
	RB_INIT(&bs->bs_holders);
	bs->bs_max = max;
	bs->bs_age = age;
	return (bs);
}

static struct holder *
holder_find(const struct bindings *bs, uint32_t port)
{
	struct holder key = { .ho_port = port };

	return (RB_FIND(holder_tree,
	    (struct holder_tree *)(uintptr_t)&bs->bs_holders, &key));
}

/* Count one more of a family for the port; false without memory. */
static bool
hold(struct bindings *bs, uint32_t port, int family)
{
	struct holder *ho = holder_find(bs, port);

	if (ho == NULL) {
		if ((ho = calloc(1, sizeof(*ho))) == NULL)
			return (false);
		ho->ho_port = port;
		RB_INSERT(holder_tree, &bs->bs_holders, ho);
	}
	ho->ho_count[family == 6]++;
	return (true);
}

static void
let_go(struct bindings *bs, uint32_t port, int family)
{
	struct holder *ho = holder_find(bs, port);

	if (ho == NULL)
		return;
	ho->ho_count[family == 6]--;
	if (ho->ho_count[0] + ho->ho_count[1] > 0)
		return;
	RB_REMOVE(holder_tree, &bs->bs_holders, ho);
	free(ho);
}

static void
drop(struct bindings *bs, struct node *nd)
{
	const struct binding *bi = &nd->nd_binding;

	let_go(bs, bi->bi_port, bi->bi_key.bk_family);
	RB_REMOVE(node_tree, &bs->bs_nodes, nd);
	bs->bs_count--;
	free(nd);
}

void
bindings_free(struct bindings *bs)
{
	struct node *nd;

	if (bs == NULL)
		return;
	while ((nd = RB_MIN(node_tree, &bs->bs_nodes)) != NULL)
		drop(bs, nd);
	free(bs);
}

static struct node *
find(const struct bindings *bs, const struct binding_key *bk)
{
	struct node key;

	key.nd_binding.bi_key = *bk;
	return (RB_FIND(node_tree, (struct node_tree *)(uintptr_t)&bs->bs_nodes,
	    &key));
}

static bool
has_aged(const struct bindings *bs, const struct binding *bi, uint64_t now)
{
	if (bi->bi_lease != 0)
		return (now >= bi->bi_lease);
	return (now > bi->bi_seen && now - bi->bi_seen >= bs->bs_age);
}

/* The address's node, but for one that has aged. */
static struct node *
find_live(struct bindings *bs, const struct binding_key *bk, uint64_t now)
{
	struct node *nd = find(bs, bk);

	if (nd != NULL && has_aged(bs, &nd->nd_binding, now)) {
		drop(bs, nd);
		nd = NULL;
	}
	return (nd);
}

static enum binding_result
add(struct bindings *bs, const struct binding *bi)
{
	struct node *nd;

	if (bs->bs_count >= bs->bs_max)
		return (BINDING_FULL);
	if ((nd = malloc(sizeof(*nd))) == NULL)
		return (BINDING_FULL);
	nd->nd_binding = *bi;
	if (!hold(bs, bi->bi_port, bi->bi_key.bk_family)) {
		free(nd);
		return (BINDING_FULL);
	}
	RB_INSERT(node_tree, &bs->bs_nodes, nd);
	bs->bs_count++;
	return (BINDING_NEW);
}

/* From one port to another, with all the new one says. */
static enum binding_result
move(struct bindings *bs, struct node *nd, const struct binding *bi)
{
	if (!hold(bs, bi->bi_port, bi->bi_key.bk_family))
		return (BINDING_FULL);
	let_go(bs, nd->nd_binding.bi_port, bi->bi_key.bk_family);
	nd->nd_binding = *bi;
	return (BINDING_MOVED);
}

static struct binding
make(const struct binding_key *bk, const uint8_t *mac, uint32_t port,
    uint64_t until, uint64_t now)
{
	struct binding bi = { .bi_key = *bk,
		.bi_port = port,
		.bi_seen = now,
		.bi_lease = until,
		.bi_changed = now };

	memcpy(bi.bi_mac, mac, sizeof(bi.bi_mac));
	return (bi);
}

enum binding_result
bindings_claim(struct bindings *bs, const struct binding_key *bk,
    const uint8_t *mac, uint32_t port, bool take, size_t most, uint64_t now)
{
	struct node *nd = find_live(bs, bk, now);
	struct binding bi = make(bk, mac, port, 0, now);

	if (nd != NULL && nd->nd_binding.bi_port == port) {
		nd->nd_binding.bi_seen = now;
		if (memcmp(nd->nd_binding.bi_mac, mac, 6) != 0)
			nd->nd_binding.bi_changed = now;
		memcpy(nd->nd_binding.bi_mac, mac, 6);
		return (BINDING_OWN);
	}
	if (nd != NULL && (!take || nd->nd_binding.bi_lease != 0))
		return (BINDING_TAKEN);
	if (most != 0 && bindings_count(bs, port, bk->bk_family) >= most)
		return (BINDING_PORT_FULL);
	return (nd == NULL ? add(bs, &bi) : move(bs, nd, &bi));
}

enum binding_result
bindings_lease(struct bindings *bs, const struct binding_key *bk,
    const uint8_t *mac, uint32_t port, uint64_t until, uint64_t now)
{
	struct node *nd = find_live(bs, bk, now);
	struct binding bi = make(bk, mac, port, until, now);

	if (nd == NULL)
		return (add(bs, &bi));
	if (nd->nd_binding.bi_port != port)
		return (move(bs, nd, &bi));
	if (memcmp(nd->nd_binding.bi_mac, mac, 6) == 0)
		bi.bi_changed = nd->nd_binding.bi_changed;
	nd->nd_binding = bi;
	return (BINDING_OWN);
}

void
bindings_release(struct bindings *bs, const struct binding_key *bk,
    uint32_t port)
{
	struct node *nd = find(bs, bk);

	if (nd != NULL && nd->nd_binding.bi_port == port)
		drop(bs, nd);
}

void
bindings_asked(struct bindings *bs, const struct binding_key *bk, uint64_t now)
{
	struct node *nd = find(bs, bk);

	if (nd != NULL && nd->nd_binding.bi_asked == 0)
		nd->nd_binding.bi_asked = now;
}

void
bindings_answered(struct bindings *bs, const struct binding_key *bk,
    uint32_t port)
{
	struct node *nd = find(bs, bk);

	if (nd != NULL && nd->nd_binding.bi_port == port)
		nd->nd_binding.bi_asked = 0;
}

const struct binding *
bindings_find(const struct bindings *bs, const struct binding_key *bk,
    uint64_t now)
{
	struct node *nd = find(bs, bk);

	if (nd == NULL || has_aged(bs, &nd->nd_binding, now))
		return (NULL);
	return (&nd->nd_binding);
}

size_t
bindings_count(const struct bindings *bs, uint32_t port, int family)
{
	const struct holder *ho = holder_find(bs, port);

	return (ho == NULL ? 0 : ho->ho_count[family == 6]);
}

size_t
bindings_total(const struct bindings *bs)
{
	return (bs->bs_count);
}

void
bindings_age(struct bindings *bs, uint64_t now)
{
	struct node *nd, *next;

	RB_FOREACH_SAFE(nd, node_tree, &bs->bs_nodes, next)
		if (has_aged(bs, &nd->nd_binding, now))
			drop(bs, nd);
}

void
bindings_flush_port(struct bindings *bs, uint32_t port)
{
	struct node *nd, *next;

	if (holder_find(bs, port) == NULL)
		return;
	RB_FOREACH_SAFE(nd, node_tree, &bs->bs_nodes, next)
		if (nd->nd_binding.bi_port == port)
			drop(bs, nd);
}

const struct binding *
bindings_next(const struct bindings *bs, const struct binding *bi)
{
	struct node *nd;

	if (bi == NULL)
		nd = RB_MIN(node_tree,
		    (struct node_tree *)(uintptr_t)&bs->bs_nodes);
	else
		nd = RB_NEXT(node_tree, &bs->bs_nodes,
		    (struct node *)((uintptr_t)bi -
			offsetof(struct node, nd_binding)));
	return (nd == NULL ? NULL : &nd->nd_binding);
}
