/* SPDX-License-Identifier: ISC */
/*
 * guess: a bounded table of failures, keyed by user and address; the entry
 * of an address as a whole has the empty user.
 */
#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* libbsd's tree.h uses it and its overlay does not define it. */
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#include <sys/queue.h>
#include <sys/tree.h>

#include "auth/guess.h"

enum {
	GUESS_USER = 33,
	GUESS_ADDRESS_FACTOR = 10	/* an address may fail more often */
};

struct entry {
	RB_ENTRY(entry) ge_node;
	TAILQ_ENTRY(entry) ge_lru;
	uint8_t ge_addr[16];
	char ge_user[GUESS_USER];
	uint32_t ge_failures;
	uint64_t ge_last;		/* when it last failed */
	uint64_t ge_until;		/* refused until then */
};

RB_HEAD(entry_tree, entry);
TAILQ_HEAD(entry_list, entry);

struct guess {
	struct guess_limits gu_limits;
	struct entry_tree gu_tree;
	struct entry_list gu_lru;	/* least recently failed first */
	unsigned int gu_count;
	enum guess_lockout gu_began;
};

static int
entry_cmp(const struct entry *a, const struct entry *b)
{
	int diff = memcmp(a->ge_addr, b->ge_addr, sizeof(a->ge_addr));

	return (diff != 0 ? diff : strcmp(a->ge_user, b->ge_user));
}

RB_GENERATE_STATIC(entry_tree, entry, ge_node, entry_cmp)

/* IPv4 as mapped into IPv6; of IPv6 the /64. */
static void
set_key(struct entry *ge, const char *user, const struct sockaddr *from)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	memset(ge, 0, sizeof(*ge));
	strncpy(ge->ge_user, user, GUESS_USER - 1);
	if (from->sa_family == AF_INET) {
		memset(ge->ge_addr + 10, 0xff, 2);
		memcpy(ge->ge_addr + 12, &v4->sin_addr, 4);
	} else if (from->sa_family == AF_INET6)
		memcpy(ge->ge_addr, &v6->sin6_addr,
		    IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? 16 : 8);
}

static void
entry_free(struct guess *g, struct entry *ge)
{
	RB_REMOVE(entry_tree, &g->gu_tree, ge);
	TAILQ_REMOVE(&g->gu_lru, ge, ge_lru);
	g->gu_count--;
	free(ge);
}

/* The entry, unless its failures are forgotten by now. */
static struct entry *
entry_find(struct guess *g, const char *user, const struct sockaddr *from,
    uint64_t now)
{
	struct entry key, *ge;

	set_key(&key, user, from);
	ge = RB_FIND(entry_tree, &g->gu_tree, &key);
	if (ge != NULL && now >= ge->ge_until &&
	    now - ge->ge_last >= g->gu_limits.gl_lockout) {
		entry_free(g, ge);
		ge = NULL;
	}
	return (ge);
}

static struct entry *
entry_get(struct guess *g, const char *user, const struct sockaddr *from,
    uint64_t now)
{
	struct entry *ge = entry_find(g, user, from, now);

	if (ge != NULL) {
		TAILQ_REMOVE(&g->gu_lru, ge, ge_lru);
		TAILQ_INSERT_TAIL(&g->gu_lru, ge, ge_lru);
		return (ge);
	}
	if (g->gu_count == GUESS_MAX)
		entry_free(g, TAILQ_FIRST(&g->gu_lru));
	if ((ge = malloc(sizeof(*ge))) == NULL)
		return (NULL);
	set_key(ge, user, from);
	RB_INSERT(entry_tree, &g->gu_tree, ge);
	TAILQ_INSERT_TAIL(&g->gu_lru, ge, ge_lru);
	g->gu_count++;
	return (ge);
}

struct guess *
guess_new(const struct guess_limits *gl)
{
	struct guess *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return (NULL);
	g->gu_limits = *gl;
	RB_INIT(&g->gu_tree);
	TAILQ_INIT(&g->gu_lru);
	return (g);
}

void
guess_free(struct guess *g)
{
	struct entry *ge;

	if (g == NULL)
		return;
	while ((ge = TAILQ_FIRST(&g->gu_lru)) != NULL)
		entry_free(g, ge);
	free(g);
}

void
guess_set_limits(struct guess *g, const struct guess_limits *gl)
{
	g->gu_limits = *gl;
}

static uint64_t
entry_wait(const struct entry *ge, uint64_t now)
{
	return (ge == NULL || now >= ge->ge_until ? 0 : ge->ge_until - now);
}

uint64_t
guess_wait(struct guess *g, const char *user, const struct sockaddr *from,
    uint64_t now)
{
	uint64_t pair = entry_wait(entry_find(g, user, from, now), now);
	uint64_t addr = entry_wait(entry_find(g, "", from, now), now);

	return (pair > addr ? pair : addr);
}

/* gl_delay doubled for each failure after the first, up to gl_delay_max. */
static uint64_t
delay_of(const struct guess_limits *gl, uint32_t failures)
{
	unsigned int shift = failures > 32 ? 31 : failures - 1;
	uint64_t delay = (uint64_t)gl->gl_delay << shift;

	return (delay > gl->gl_delay_max ? gl->gl_delay_max : delay);
}

/* One more failure; a lock-out if that makes `limit`: whether it begins. */
static bool
entry_fail(struct entry *ge, const struct guess_limits *gl, uint64_t limit,
    uint64_t now)
{
	if (ge->ge_failures < UINT32_MAX)
		ge->ge_failures++;
	ge->ge_last = now;
	if (ge->ge_failures >= limit)
		ge->ge_until = now + gl->gl_lockout;
	return (ge->ge_failures == limit);
}

uint64_t
guess_failed(struct guess *g, const char *user, const struct sockaddr *from,
    uint64_t now)
{
	const struct guess_limits *gl = &g->gu_limits;
	struct entry *ge;
	uint64_t delay = gl->gl_delay;

	g->gu_began = GUESS_NONE;
	if ((ge = entry_get(g, "", from, now)) != NULL &&
	    entry_fail(ge, gl, (uint64_t)gl->gl_limit * GUESS_ADDRESS_FACTOR,
		now))
		g->gu_began = GUESS_ADDRESS;
	if (*user == '\0' || (ge = entry_get(g, user, from, now)) == NULL)
		return (delay);
	if (entry_fail(ge, gl, gl->gl_limit, now) && g->gu_began == GUESS_NONE)
		g->gu_began = GUESS_PAIR;
	delay = delay_of(gl, ge->ge_failures);
	if (ge->ge_until < now + delay)
		ge->ge_until = now + delay;
	return (delay);
}

enum guess_lockout
guess_began(const struct guess *g)
{
	return (g->gu_began);
}

void
guess_passed(struct guess *g, const char *user, const struct sockaddr *from,
    uint64_t now)
{
	struct entry *ge = entry_find(g, user, from, now);

	if (ge != NULL && *user != '\0')
		entry_free(g, ge);
}
