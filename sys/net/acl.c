/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "net/acl.h"
#include "net/acl_fact.h"

enum {
	WORD = 64,
	BUCKETS = 1024,
	/* Conditions on MAC addresses have a table for each mask. */
	TABLES = ACL_FIELDS - 2 + ACL_MASKS
};

/*
 * A set of rules has al_words words, where bit m of word n stands for rule n *
 * WORD + m, and a sum, whose bit n says whether word n is not 0.
 *
 * Of one field: interval i begins at its start and ends before the next one;
 * set i is its, and there are two more.  Where an interval is looked for is
 * narrowed by hints: bucket i is 1 << tb_shift values from tb_base on, and
 * begins in interval tb_hint[i].  IPv6 addresses have none.
 */
struct set {
	struct acl_number st_start;	/* of its interval */
	uint64_t st_sum;
};

struct table {
	enum acl_field tb_field;
	uint64_t tb_mask;
	size_t tb_n;
	struct set *tb_set;
	bool tb_hinted;
	unsigned int tb_shift;
	uint64_t tb_base;
	uint16_t tb_hint[BUCKETS + 1];
	uint64_t *tb_words;
	size_t tb_none;		/* set of frames without such a field, */
	size_t tb_unknown;	/* and of those where it cannot be seen */
};

struct acl {
	size_t al_rules;
	size_t al_words;	/* of a set */
	size_t al_ntables;
	struct table al_table[TABLES];
};

void
acl_set_range(struct acl_rule *ar, enum acl_field field, uint64_t from,
    uint64_t to)
{
	struct acl_cond *ac = &ar->ar_cond[field];

	ac->ac_set = true;
	ac->ac_mask = UINT64_MAX;
	ac->ac_from = (struct acl_number){ 0, from };
	ac->ac_to = (struct acl_number){ 0, to };
}

void
acl_set_mac(struct acl_rule *ar, enum acl_field field, const uint8_t *mac,
    const uint8_t *mask)
{
	uint64_t m = acl_mac_number(mask), value = acl_mac_number(mac) & m;

	if (m == 0)
		return;		/* any address */
	acl_set_range(ar, field, value, value);
	ar->ar_cond[field].ac_mask = m;
}

/* The low n bits. */
static uint64_t
low_bits(unsigned int n)
{
	return (n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1);
}

void
acl_set_prefix(struct acl_rule *ar, enum acl_field field, const uint8_t *addr,
    unsigned int len)
{
	struct acl_cond *ac = &ar->ar_cond[field];
	uint64_t host;

	ac->ac_set = true;
	ac->ac_mask = UINT64_MAX;
	if (field == ACL_SRC_IP4 || field == ACL_DST_IP4) {
		host = low_bits(32 - len);
		acl_set_range(ar, field, get32(addr) & ~host,
		    get32(addr) | host);
		return;
	}
	ac->ac_from = ac->ac_to = acl_ip6_number(addr);
	host = len < 64 ? low_bits(64 - len) : 0;
	ac->ac_from.an_high &= ~host;
	ac->ac_to.an_high |= host;
	host = low_bits(len < 64 ? 64 : 128 - len);
	ac->ac_from.an_low &= ~host;
	ac->ac_to.an_low |= host;
}

static bool
numbers_same(const struct acl_number *a, const struct acl_number *b)
{
	return (a->an_high == b->an_high && a->an_low == b->an_low);
}

bool
acl_rules_same(const struct acl_rule *a, const struct acl_rule *b)
{
	const struct acl_cond *x = a->ar_cond, *y = b->ar_cond;
	int i;

	for (i = 0; i < ACL_FIELDS; i++, x++, y++)
		if (x->ac_set != y->ac_set || x->ac_mask != y->ac_mask ||
		    !numbers_same(&x->ac_from, &y->ac_from) ||
		    !numbers_same(&x->ac_to, &y->ac_to))
			return (false);
	return (a->ar_drop == b->ar_drop);
}

static bool
is_before(const struct acl_number *a, const struct acl_number *b)
{
	return (a->an_high < b->an_high ||
	    (a->an_high == b->an_high && a->an_low < b->an_low));
}

static void
toggle(uint64_t *sum, uint64_t *words, size_t rule)
{
	uint64_t *word = &words[rule / WORD];
	uint64_t bit = UINT64_C(1) << rule / WORD;

	*word ^= UINT64_C(1) << rule % WORD;
	*sum = *word != 0 ? *sum | bit : *sum & ~bit;
}

/* Where the conditions of a rule begin to hold, and where they end. */
struct edge {
	struct acl_number eg_at;
	size_t eg_rule;
};

static int
edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (is_before(&y->eg_at, &x->eg_at) -
	    is_before(&x->eg_at, &y->eg_at));
}

/* Whether a rule has a condition that is this table's. */
static bool
concerns(const struct table *tb, const struct acl_rule *ar)
{
	const struct acl_cond *ac = &ar->ar_cond[tb->tb_field];

	return (ac->ac_set && ac->ac_mask == tb->tb_mask);
}

/* All edges of the table's conditions, in order; their number. */
static size_t
find_edges(const struct table *tb, const struct acl_rule *rules, size_t n,
    struct edge *edges)
{
	const struct acl_cond *ac;
	size_t i, m = 0;

	for (i = 0; i < n; i++) {
		ac = &rules[i].ar_cond[tb->tb_field];
		if (!concerns(tb, &rules[i]) ||
		    is_before(&ac->ac_to, &ac->ac_from))
			continue;
		edges[m++] = (struct edge){ ac->ac_from, i };
		edges[m] = (struct edge){ ac->ac_to, i };
		if (++edges[m].eg_at.an_low == 0 &&
		    ++edges[m].eg_at.an_high == 0)
			continue;	/* it holds to the last value */
		m++;
	}
	qsort(edges, m, sizeof(*edges), edge_cmp);
	return (m);
}

static void
toggle_set(const struct acl *acl, struct table *tb, size_t set, size_t rule)
{
	toggle(&tb->tb_set[set].st_sum, tb->tb_words + set * acl->al_words,
	    rule);
}

static void
copy_set(const struct acl *acl, struct table *tb, size_t to, size_t from)
{
	tb->tb_set[to].st_sum = tb->tb_set[from].st_sum;
	memcpy(tb->tb_words + to * acl->al_words,
	    tb->tb_words + from * acl->al_words,
	    acl->al_words * sizeof(*tb->tb_words));
}

/* Go through the edges: at each value the rules that hold are others. */
static void
sweep(const struct acl *acl, struct table *tb, const struct edge *edges,
    size_t m)
{
	size_t i, set = 0;

	copy_set(acl, tb, set, tb->tb_none);
	for (i = 0; i < m; i++) {
		if (is_before(&tb->tb_set[set].st_start, &edges[i].eg_at)) {
			copy_set(acl, tb, set + 1, set);
			tb->tb_set[++set].st_start = edges[i].eg_at;
		}
		toggle_set(acl, tb, set, edges[i].eg_rule);
	}
	tb->tb_n = set + 1;
}

/* Of n sets by their start the last that is not behind value, or the first. */
static size_t
find_low(const struct set *st, size_t n, uint64_t value)
{
	size_t at = 0, half;

	/* no branch that could go astray */
	for (; n > 1; n -= half) {
		half = n / 2;
		at += half * (size_t)(st[at + half].st_start.an_low <= value);
	}
	return (at);
}

static size_t
find_number(const struct set *st, size_t n, const struct acl_number *value)
{
	size_t at = 0, half;

	for (; n > 1; n -= half) {
		half = n / 2;
		at += half * (size_t)!is_before(value, &st[at + half].st_start);
	}
	return (at);
}

/* Buckets from the first edge to the last. */
static void
make_hints(struct table *tb)
{
	uint64_t last;
	size_t i;

	tb->tb_hinted = tb->tb_set[tb->tb_n - 1].st_start.an_high == 0;
	if (!tb->tb_hinted)
		return;
	last = tb->tb_set[tb->tb_n - 1].st_start.an_low;
	tb->tb_base = tb->tb_set[tb->tb_n > 1].st_start.an_low;
	while ((last - tb->tb_base) >> tb->tb_shift >= BUCKETS)
		tb->tb_shift++;
	for (i = 0; i < BUCKETS; i++)
		tb->tb_hint[i] = (uint16_t)find_low(tb->tb_set, tb->tb_n,
		    tb->tb_base + ((uint64_t)i << tb->tb_shift));
	tb->tb_hint[BUCKETS] = (uint16_t)(tb->tb_n - 1);
}

static int
table_alloc(const struct acl *acl, struct table *tb, size_t edges)
{
	size_t intervals = edges + 1, sets = intervals + 2;

	tb->tb_set = calloc(sets, sizeof(*tb->tb_set));
	tb->tb_words = calloc(sets * acl->al_words, sizeof(*tb->tb_words));
	tb->tb_none = intervals;
	tb->tb_unknown = intervals + 1;
	return (tb->tb_set == NULL || tb->tb_words == NULL ? -1 : 0);
}

static int
table_make(const struct acl *acl, struct table *tb,
    const struct acl_rule *rules, struct edge *edges)
{
	size_t i, m = find_edges(tb, rules, acl->al_rules, edges);

	if (table_alloc(acl, tb, m) == -1)
		return (-1);
	for (i = 0; i < acl->al_rules; i++) {
		if (!concerns(tb, &rules[i]))
			toggle_set(acl, tb, tb->tb_none, i);
		if (!concerns(tb, &rules[i]) || rules[i].ar_drop)
			toggle_set(acl, tb, tb->tb_unknown, i);
	}
	sweep(acl, tb, edges, m);
	make_hints(tb);
	return (0);
}

static bool
has_table(const struct acl *acl, enum acl_field field, uint64_t mask)
{
	size_t i;

	for (i = 0; i < acl->al_ntables; i++)
		if (acl->al_table[i].tb_field == field &&
		    acl->al_table[i].tb_mask == mask)
			return (true);
	return (false);
}

/* A table for each field, and each mask, that rules have conditions on. */
static int
make_tables(struct acl *acl, const struct acl_rule *rules, struct edge *edges)
{
	const struct acl_cond *ac;
	struct table *tb;
	size_t i;
	int field;

	for (i = 0; i < acl->al_rules; i++)
		for (field = 0; field < ACL_FIELDS; field++) {
			ac = &rules[i].ar_cond[field];
			if (!ac->ac_set ||
			    has_table(acl, (enum acl_field)field, ac->ac_mask))
				continue;
			tb = &acl->al_table[acl->al_ntables++];
			tb->tb_field = (enum acl_field)field;
			tb->tb_mask = ac->ac_mask;
			if (table_make(acl, tb, rules, edges) == -1)
				return (-1);
		}
	return (0);
}

static bool
masks_alike(const struct acl_rule *a, const struct acl_rule *b, int field)
{
	return (a->ar_cond[field].ac_set && b->ar_cond[field].ac_set &&
	    a->ar_cond[field].ac_mask == b->ar_cond[field].ac_mask);
}

size_t
acl_masks(const struct acl_rule *rules, size_t n)
{
	size_t i, j, masks = 0;
	int field;

	for (field = ACL_SRC_MAC; field <= ACL_DST_MAC; field++)
		for (i = 0; i < n; i++) {
			for (j = 0; j < i; j++)
				if (masks_alike(&rules[i], &rules[j], field))
					break;
			masks += j == i && rules[i].ar_cond[field].ac_set;
		}
	return (masks);
}

struct acl *
acl_new(const struct acl_rule *rules, size_t n)
{
	struct edge *edges;
	struct acl *acl;
	int error;

	if (n > ACL_RULES || acl_masks(rules, n) > ACL_MASKS)
		return (NULL);
	acl = calloc(1, sizeof(*acl));
	edges = calloc(2 * n + 1, sizeof(*edges));
	if (acl == NULL || edges == NULL) {
		free(acl);
		free(edges);
		return (NULL);
	}
	acl->al_rules = n;
	acl->al_words = n == 0 ? 1 : (n + WORD - 1) / WORD;
	error = make_tables(acl, rules, edges);
	free(edges);
	if (error == -1) {
		acl_free(acl);
		return (NULL);
	}
	return (acl);
}

void
acl_free(struct acl *acl)
{
	size_t i;

	for (i = 0; acl != NULL && i < acl->al_ntables; i++) {
		free(acl->al_table[i].tb_set);
		free(acl->al_table[i].tb_words);
	}
	free(acl);
}

/* A view is a set with its sum before it. */
uint64_t *
acl_view(const struct acl *acl, acl_applies applies, void *arg)
{
	uint64_t *view = calloc(1 + acl->al_words, sizeof(*view));
	size_t i;

	for (i = 0; view != NULL && i < acl->al_rules; i++)
		if (applies(i, arg))
			toggle(&view[0], &view[1], i);
	return (view);
}

bool
acl_view_empty(const uint64_t *view)
{
	return (view[0] == 0);
}

/* The interval that a value is in. */
static size_t
find(const struct table *tb, const struct acl_number *value)
{
	uint64_t low = value->an_low & tb->tb_mask, bucket;
	size_t from;

	if (!tb->tb_hinted)
		return (find_number(tb->tb_set, tb->tb_n, value));
	if (value->an_high != 0)
		return (tb->tb_n - 1);
	if (low < tb->tb_base)
		return (0);
	bucket = (low - tb->tb_base) >> tb->tb_shift;
	if (bucket >= BUCKETS)
		return (tb->tb_n - 1);
	from = tb->tb_hint[bucket];
	return (from +
	    find_low(tb->tb_set + from, tb->tb_hint[bucket + 1] - from + 1U,
		low));
}

static size_t
set_of(const struct table *tb, const struct inspect *in)
{
	struct acl_number value;

	switch (acl_see(in, tb->tb_field, &value)) {
	case SEEN_NONE:
		return (tb->tb_none);
	case SEEN_UNKNOWN:
		return (tb->tb_unknown);
	default:
		return (find(tb, &value));
	}
}

/* The first rule that is in the view and in each table's set. */
static int
first_in_all(const struct acl *acl, const uint64_t *view, uint64_t sum,
    const size_t *sets)
{
	size_t at, i;
	uint64_t word;

	for (; sum != 0; sum &= sum - 1) {
		at = (size_t)__builtin_ctzll(sum);
		word = view[1 + at];
		for (i = 0; i < acl->al_ntables && word != 0; i++)
			word &= acl->al_table[i]
				    .tb_words[sets[i] * acl->al_words + at];
		if (word != 0)
			return ((int)(at * WORD) + __builtin_ctzll(word));
	}
	return (ACL_NONE);
}

int
acl_match(const struct acl *acl, const uint64_t *view, const struct inspect *in)
{
	uint64_t sum = view[0];
	size_t sets[TABLES], i;

	for (i = 0; i < acl->al_ntables && sum != 0; i++) {
		sets[i] = set_of(&acl->al_table[i], in);
		sum &= acl->al_table[i].tb_set[sets[i]].st_sum;
	}
	return (sum == 0 ? ACL_NONE : first_in_all(acl, view, sum, sets));
}
