/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/frame.h"
#include "kern/header_text.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "net/acl.h"

#include "access.h"
#include "data.h"

_Static_assert((int)ACL_RULES == SCHEMA_RULES &&
	(int)ACL_MASKS == SCHEMA_RULE_MASKS,
    "what the settings take can be compiled");

enum direction { DIRECTION_ANY, DIRECTION_IN, DIRECTION_OUT };
static const char *const direction_name[] = { "any", "in", "out" };

/* Written by its worker only; a cache line of its own. */
struct tally {
	_Alignas(64) _Atomic uint64_t ta_frames;
	_Atomic uint64_t ta_bytes;
};

/* Of one rule, for as long as a list has it. */
struct count {
	atomic_uint co_refs;
	struct tally co_tally[];	/* of each worker */
};

struct rule {
	char ru_name[HTTP_NAME_MAX];
	char ru_user[HTTP_NAME_MAX];	/* "": any */
	char ru_group[HTTP_NAME_MAX];
	enum direction ru_direction;
	unsigned int ru_order;
	unsigned int ru_line;		/* in the file: the second order */
	struct acl_rule ru_acl;
};

struct access {
	atomic_uint as_refs;
	struct acl *as_acl;
	size_t as_n;
	struct rule *as_rules;
	struct count **as_counts;
};

struct access_view {
	struct access *av_access;
	uint64_t *av_sets[2];		/* in, out; NULL: no rule */
};

static void
set_prefix(const struct conf *cf, const char *key, struct acl_rule *ar,
    enum acl_field field4, enum acl_field field6)
{
	const char *text = conf_str(cf, key), *slash;
	char addr[INET6_ADDRSTRLEN];
	uint8_t octets[16];
	unsigned int len;
	bool v6;

	if (text == NULL || (slash = strchr(text, '/')) == NULL)
		return;
	strlcpy(addr, text, (size_t)(slash - text) + 1);
	len = (unsigned int)strtoul(slash + 1, NULL, 10);
	v6 = strchr(addr, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, addr, octets) == 1)
		acl_set_prefix(ar, v6 ? field6 : field4, octets, len);
}

static void
set_mac(const struct conf *cf, const char *key, struct acl_rule *ar,
    enum acl_field field)
{
	const char *text = conf_str(cf, key);
	uint8_t mac[6], mask[6];

	if (text != NULL && header_mac(text, mac, mask))
		acl_set_mac(ar, field, mac, mask);
}

static void
set_ports(const struct conf *cf, const char *key, struct acl_rule *ar,
    enum acl_field field)
{
	const char *text = conf_str(cf, key);
	uint16_t from, to;

	if (text != NULL && header_ports(text, &from, &to))
		acl_set_range(ar, field, from, to);
}

/* The conditions that are a number or a word. */
static void
set_numbers(const struct conf *cf, struct acl_rule *ar)
{
	const char *text;
	uint16_t type;
	uint8_t protocol;

	if ((text = conf_str(cf, "ethertype")) != NULL &&
	    header_ethertype(text, &type))
		acl_set_range(ar, ACL_TYPE, type, type);
	if ((text = conf_str(cf, "protocol")) != NULL &&
	    header_protocol(text, &protocol))
		acl_set_range(ar, ACL_PROTOCOL, protocol, protocol);
	if (conf_has(cf, "vlan"))
		acl_set_range(ar, ACL_VLAN, (uint64_t)conf_int(cf, "vlan"),
		    (uint64_t)conf_int(cf, "vlan"));
	text = conf_str(cf, "tcp-state");
	if (strcmp(text, "established") == 0)
		acl_set_range(ar, ACL_STATE, ACL_ESTABLISHED, ACL_ESTABLISHED);
	else if (strcmp(text, "new") == 0)
		acl_set_range(ar, ACL_STATE, ACL_NEW, ACL_NEW);
	if (conf_bool(cf, "fragment"))
		acl_set_range(ar, ACL_FRAGMENT, 1, 1);
}

static void
copy_name(char *to, const char *from)
{
	if (from != NULL)
		strlcpy(to, from, HTTP_NAME_MAX);
}

static enum direction
direction_of(const char *name)
{
	int i;

	for (i = DIRECTION_OUT; i > DIRECTION_ANY; i--)
		if (strcmp(direction_name[i], name) == 0)
			break;
	return ((enum direction)i);
}

static void
rule_from(const struct conf *cf, struct rule *ru)
{
	struct acl_rule *ar = &ru->ru_acl;

	copy_name(ru->ru_name, conf_name(cf));
	copy_name(ru->ru_user, conf_str(cf, "user"));
	copy_name(ru->ru_group, conf_str(cf, "group"));
	ru->ru_order = (unsigned int)conf_int(cf, "order");
	ru->ru_direction = direction_of(conf_str(cf, "direction"));
	ar->ar_drop = strcmp(conf_str(cf, "action"), "drop") == 0;
	set_mac(cf, "source-mac", ar, ACL_SRC_MAC);
	set_mac(cf, "destination-mac", ar, ACL_DST_MAC);
	set_prefix(cf, "source", ar, ACL_SRC_IP4, ACL_SRC_IP6);
	set_prefix(cf, "destination", ar, ACL_DST_IP4, ACL_DST_IP6);
	set_ports(cf, "source-port", ar, ACL_SRC_PORT);
	set_ports(cf, "destination-port", ar, ACL_DST_PORT);
	set_numbers(cf, ar);
}

static int
rule_cmp(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	if (x->ru_order != y->ru_order)
		return (x->ru_order < y->ru_order ? -1 : 1);
	return (x->ru_line < y->ru_line ? -1 : x->ru_line > y->ru_line);
}

static size_t
count_rules(const struct conf *hub)
{
	const struct conf *cf = NULL;
	size_t n = 0;

	while ((cf = conf_next(hub, "rule", cf)) != NULL)
		n++;
	return (n);
}

/* All rules of a hub in the order in which they are asked. */
static struct rule *
read_rules(const struct conf *hub, size_t n)
{
	struct rule *rules = calloc(n, sizeof(*rules));
	const struct conf *cf = NULL;
	unsigned int i = 0;

	if (rules == NULL)
		fatal("calloc");
	while ((cf = conf_next(hub, "rule", cf)) != NULL) {
		rule_from(cf, &rules[i]);
		rules[i].ru_line = i;
		i++;
	}
	qsort(rules, n, sizeof(*rules), rule_cmp);
	return (rules);
}

static struct count *
count_new(void)
{
	size_t size =
	    sizeof(struct count) + data.dt_nworkers * sizeof(struct tally);
	struct count *co = aligned_alloc(_Alignof(struct count), size);

	if (co == NULL)
		fatal("aligned_alloc");
	memset(co, 0, size);
	atomic_init(&co->co_refs, 1);
	return (co);
}

static void
count_unref(struct count *co)
{
	if (atomic_fetch_sub(&co->co_refs, 1) == 1)
		free(co);
}

static bool
rules_same(const struct rule *a, const struct rule *b)
{
	return (strcmp(a->ru_name, b->ru_name) == 0 &&
	    strcmp(a->ru_user, b->ru_user) == 0 &&
	    strcmp(a->ru_group, b->ru_group) == 0 &&
	    a->ru_direction == b->ru_direction && a->ru_order == b->ru_order &&
	    acl_rules_same(&a->ru_acl, &b->ru_acl));
}

static bool
is_rule(const struct access *as, size_t n, const struct rule *ru)
{
	return (n < as->as_n && rules_same(&as->as_rules[n], ru));
}

/* Of rule n, as it was before: there, or anywhere in the list. */
static struct count *
count_of(const struct access *old, size_t n, const struct rule *ru)
{
	size_t i = n;

	if (old == NULL)
		return (count_new());
	if (!is_rule(old, n, ru))
		for (i = 0; i < old->as_n && !is_rule(old, i, ru);)
			i++;
	if (i >= old->as_n)
		return (count_new());
	atomic_fetch_add(&old->as_counts[i]->co_refs, 1);
	return (old->as_counts[i]);
}

static struct acl *
compile(const struct rule *rules, size_t n)
{
	struct acl_rule *list = calloc(n, sizeof(*list));
	struct acl *acl = NULL;
	size_t i;

	for (i = 0; list != NULL && i < n; i++)
		list[i] = rules[i].ru_acl;
	if (list != NULL)
		acl = acl_new(list, n);
	free(list);
	if (acl == NULL)
		fatalx("no memory for an access list");
	return (acl);
}

static struct access *
access_new(struct rule *rules, size_t n, const struct access *old)
{
	struct access *as = calloc(1, sizeof(*as));
	size_t i;

	if (as == NULL || (as->as_counts = calloc(n, sizeof(void *))) == NULL)
		fatal("calloc");
	atomic_init(&as->as_refs, 1);
	as->as_n = n;
	as->as_rules = rules;
	for (i = 0; i < n; i++)
		as->as_counts[i] = count_of(old, i, &rules[i]);
	as->as_acl = compile(rules, n);
	return (as);
}

static bool
lists_same(const struct access *as, const struct rule *rules, size_t n)
{
	size_t i;

	if (as == NULL || as->as_n != n)
		return (false);
	for (i = 0; i < n && is_rule(as, i, &rules[i]);)
		i++;
	return (i == n);
}

struct access *
access_make(const struct conf *hub, struct access *old)
{
	size_t n = count_rules(hub);
	struct access *as = NULL;
	struct rule *rules;

	if (n > 0) {
		rules = read_rules(hub, n);
		if (lists_same(old, rules, n)) {
			free(rules);
			return (old);
		}
		as = access_new(rules, n, old);
	}
	access_unref(old);
	return (as);
}

void
access_unref(struct access *as)
{
	size_t i;

	if (as == NULL || atomic_fetch_sub(&as->as_refs, 1) != 1)
		return;
	for (i = 0; i < as->as_n; i++)
		count_unref(as->as_counts[i]);
	acl_free(as->as_acl);
	free(as->as_counts);
	free(as->as_rules);
	free(as);
}

/* Whose frames, and which way. */
struct whose {
	const struct access *wh_access;
	const char *wh_user, *wh_group;
	enum direction wh_direction;
};

static bool
fits(const char *wanted, const char *name)
{
	return (*wanted == '\0' || (name != NULL && strcmp(wanted, name) == 0));
}

static bool
applies(size_t n, void *arg)
{
	const struct whose *wh = arg;
	const struct rule *ru = &wh->wh_access->as_rules[n];

	return ((ru->ru_direction == DIRECTION_ANY ||
		    ru->ru_direction == wh->wh_direction) &&
	    fits(ru->ru_user, wh->wh_user) && fits(ru->ru_group, wh->wh_group));
}

/* NULL when no rule applies. */
static uint64_t *
view_set(const struct whose *wh)
{
	uint64_t *set = acl_view(wh->wh_access->as_acl, applies, (void *)wh);

	if (set == NULL)
		fatal("calloc");
	if (!acl_view_empty(set))
		return (set);
	free(set);
	return (NULL);
}

struct access_view *
access_view_new(struct access *as, const char *user, const char *group)
{
	struct whose wh = { as, user, group, DIRECTION_IN };
	struct access_view *av;

	if (as == NULL)
		return (NULL);
	if ((av = calloc(1, sizeof(*av))) == NULL)
		fatal("calloc");
	atomic_fetch_add(&as->as_refs, 1);
	av->av_access = as;
	av->av_sets[false] = view_set(&wh);
	wh.wh_direction = DIRECTION_OUT;
	av->av_sets[true] = view_set(&wh);
	return (av);
}

void
access_view_free(struct access_view *av)
{
	if (av == NULL)
		return;
	free(av->av_sets[false]);
	free(av->av_sets[true]);
	access_unref(av->av_access);
	free(av);
}

bool
access_judges(const struct access_view *av, bool out)
{
	return (av != NULL && av->av_sets[out] != NULL);
}

/* Nobody else writes it, so that no locked instruction is needed. */
static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

bool
access_passes(const struct access_view *av, bool out, unsigned int worker,
    const struct frame *f, const struct inspect *in)
{
	const struct access *as;
	struct tally *ta;
	int n;

	if (!access_judges(av, out))
		return (true);
	as = av->av_access;
	if ((n = acl_match(as->as_acl, av->av_sets[out], in)) == ACL_NONE)
		return (true);
	ta = &as->as_counts[n]->co_tally[worker];
	add(&ta->ta_frames, 1);
	add(&ta->ta_bytes, f->f_len);
	return (!as->as_rules[n].ru_acl.ar_drop);
}

bool
access_row(const struct access *as, size_t n, struct access_row *aw)
{
	const struct rule *ru;
	struct tally *ta;
	unsigned int i;

	if (as == NULL || n >= as->as_n)
		return (false);
	ru = &as->as_rules[n];
	*aw = (struct access_row){ .aw_name = ru->ru_name,
		.aw_order = ru->ru_order,
		.aw_drop = ru->ru_acl.ar_drop,
		.aw_direction = direction_name[ru->ru_direction] };
	for (i = 0; i < data.dt_nworkers; i++) {
		ta = &as->as_counts[n]->co_tally[i];
		aw->aw_frames +=
		    atomic_load_explicit(&ta->ta_frames, memory_order_relaxed);
		aw->aw_bytes +=
		    atomic_load_explicit(&ta->ta_bytes, memory_order_relaxed);
	}
	return (true);
}
