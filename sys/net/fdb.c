/* SPDX-License-Identifier: ISC */
/*
 * Two open-addressing hash tables with linear probing and backward-shift
 * deletion (no tombstones, so that churn never slows look-ups): one of
 * addresses, hashed by SipHash-1-3 with a random key so that nobody can
 * choose colliding addresses; one of entries per port.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "net/fdb.h"

enum {
	FDB_SLOTS_MIN = 64,
	FDB_HUGE = 2 << 20,	/* octets of a huge page */
	FDB_PORTS_MIN = 16,
	FDB_AGE_SLOTS = 4096,	/* slots looked at in one fdb_age() */
	FDB_FULL_SLOTS = 64,	/* and for each refusal by the hub's cap */
	FDB_SEEN_STEPS = 1024	/* of an age, in which it is renewed */
};

/*
 * Four to a cache line: with many addresses the time goes into memory.  Of the
 * time the low half is kept; an entry is gone long before that comes round.
 */
struct slot {
	uint64_t s_key;		/* MAC << 16 | VLAN id */
	uint32_t s_seen;
	uint32_t s_port;	/* FDB_NO_PORT: the slot is free */
};

struct port_count {
	uint32_t pc_port;	/* FDB_NO_PORT: the slot is free */
	uint32_t pc_count;
};

struct fdb {
	struct slot *fd_slots;
	size_t fd_mask;			/* number of slots - 1 */
	size_t fd_count;
	size_t fd_max;
	uint64_t fd_age;
	size_t fd_hand;			/* where ageing goes on */
	struct port_count *fd_ports;
	size_t fd_pmask;
	size_t fd_pcount;
	uint64_t fd_seed[2];
	struct fdb_stats fd_stats;
};

static uint64_t
rotl(uint64_t x, int n)
{
	return (x << n | x >> (64 - n));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}

/* SipHash-1-3 of the eight octets of key, as a number. */
static size_t
hash(const struct fdb *fdb, uint64_t key)
{
	const uint64_t tail = (uint64_t)8 << 56;
	uint64_t v[4];

	v[0] = fdb->fd_seed[0] ^ 0x736f6d6570736575ULL;
	v[1] = fdb->fd_seed[1] ^ 0x646f72616e646f6dULL;
	v[2] = fdb->fd_seed[0] ^ 0x6c7967656e657261ULL;
	v[3] = fdb->fd_seed[1] ^ 0x7465646279746573ULL;
	v[3] ^= key;
	sip_round(v);
	v[0] ^= key;
	v[3] ^= tail;
	sip_round(v);
	v[0] ^= tail;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return ((size_t)(v[0] ^ v[1] ^ v[2] ^ v[3]));
}

static uint64_t
make_key(const uint8_t *mac, uint16_t vid)
{
	uint64_t key = 0;
	int i;

	for (i = 0; i < 6; i++)
		key = key << 8 | mac[i];
	return (key << 16 | vid);
}

/* For how long; 0 when `now` is before. */
static uint32_t
unseen(const struct slot *s, uint64_t now)
{
	uint32_t ms = (uint32_t)now - s->s_seen;

	return (ms > INT32_MAX ? 0 : ms);
}

static bool
has_aged(const struct fdb *fdb, const struct slot *s, uint64_t now)
{
	return (unseen(s, now) >= fdb->fd_age);
}

/* The slot of key, or the free one where it would go. */
static size_t
find_hashed(const struct fdb *fdb, uint64_t key, size_t h)
{
	size_t i = h & fdb->fd_mask;

	while (fdb->fd_slots[i].s_port != FDB_NO_PORT &&
	    fdb->fd_slots[i].s_key != key)
		i = (i + 1) & fdb->fd_mask;
	return (i);
}

static size_t
find(const struct fdb *fdb, uint64_t key)
{
	return (find_hashed(fdb, key, hash(fdb, key)));
}

void
fdb_prepare(const struct fdb *fdb, const uint8_t *mac, uint16_t vid,
    const struct fdb_key *last, struct fdb_key *fk)
{
	fk->fk_key = make_key(mac, vid);
	if (last != NULL && last->fk_key == fk->fk_key) {
		fk->fk_hash = last->fk_hash;
		return;
	}
	fk->fk_hash = hash(fdb, fk->fk_key);
	__builtin_prefetch(&fdb->fd_slots[fk->fk_hash & fdb->fd_mask]);
}

/* Ports are numbered by the hub itself: a fixed hash does. */
static size_t
port_hash(const struct fdb *fdb, uint32_t port)
{
	return ((size_t)(port * 0x9e3779b1U >> 7) & fdb->fd_pmask);
}

static size_t
port_find(const struct fdb *fdb, uint32_t port)
{
	size_t i = port_hash(fdb, port);

	while (fdb->fd_ports[i].pc_port != FDB_NO_PORT &&
	    fdb->fd_ports[i].pc_port != port)
		i = (i + 1) & fdb->fd_pmask;
	return (i);
}

/*
 * Whether the entry at j, whose place is `home`, may move to the hole i:
 * only if i lies between home and j, in probing order.
 */
static bool
may_shift(size_t home, size_t i, size_t j, size_t mask)
{
	return (((j - home) & mask) >= ((j - i) & mask));
}

static void
port_remove(struct fdb *fdb, size_t i)
{
	size_t j = i;

	fdb->fd_ports[i].pc_port = FDB_NO_PORT;
	fdb->fd_pcount--;
	for (;;) {
		j = (j + 1) & fdb->fd_pmask;
		if (fdb->fd_ports[j].pc_port == FDB_NO_PORT)
			return;
		if (!may_shift(port_hash(fdb, fdb->fd_ports[j].pc_port), i, j,
			fdb->fd_pmask))
			continue;
		fdb->fd_ports[i] = fdb->fd_ports[j];
		fdb->fd_ports[j].pc_port = FDB_NO_PORT;
		i = j;
	}
}

static int
port_grow(struct fdb *fdb)
{
	struct port_count *old = fdb->fd_ports;
	size_t i, n = fdb->fd_pmask + 1;
	struct port_count *ports;

	if (fdb->fd_pcount < n / 2)
		return (0);
	if ((ports = calloc(n * 2, sizeof(*ports))) == NULL)
		return (-1);
	fdb->fd_ports = ports;
	fdb->fd_pmask = n * 2 - 1;
	for (i = 0; i < n; i++)
		if (old[i].pc_port != FDB_NO_PORT)
			ports[port_find(fdb, old[i].pc_port)] = old[i];
	free(old);
	return (0);
}

/* The caller has made sure of room by port_grow(). */
static void
port_more(struct fdb *fdb, uint32_t port)
{
	struct port_count *pc = &fdb->fd_ports[port_find(fdb, port)];

	if (pc->pc_port == FDB_NO_PORT) {
		pc->pc_port = port;
		pc->pc_count = 0;
		fdb->fd_pcount++;
	}
	pc->pc_count++;
}

static void
port_less(struct fdb *fdb, uint32_t port)
{
	size_t i = port_find(fdb, port);

	if (--fdb->fd_ports[i].pc_count == 0)
		port_remove(fdb, i);
}

/* Slot i is free afterwards, or holds an entry that stood behind it. */
static void
slot_remove(struct fdb *fdb, size_t i)
{
	size_t j = i;

	port_less(fdb, fdb->fd_slots[i].s_port);
	fdb->fd_slots[i].s_port = FDB_NO_PORT;
	fdb->fd_count--;
	for (;;) {
		j = (j + 1) & fdb->fd_mask;
		if (fdb->fd_slots[j].s_port == FDB_NO_PORT)
			return;
		if (!may_shift(hash(fdb, fdb->fd_slots[j].s_key), i, j,
			fdb->fd_mask))
			continue;
		fdb->fd_slots[i] = fdb->fd_slots[j];
		fdb->fd_slots[j].s_port = FDB_NO_PORT;
		i = j;
	}
}

/*
 * n free slots.  A large table asks for huge pages: with small ones a look-up
 * waits for the page's address as long as for the entry.  With 65,536 addresses
 * a hub forwards 0.91 of the frames a second that it does with 16, and 0.885
 * with small pages (medians of 12 interleaved runs).  That probing begins at a
 * cache line, or looks at all four slots of it at once, made no difference.
 */
static struct slot *
slots_new(size_t n)
{
	size_t size = n * sizeof(struct slot);
	struct slot *slots;

	if (size < FDB_HUGE)
		return (calloc(n, sizeof(*slots)));
	if ((slots = aligned_alloc(FDB_HUGE, size)) == NULL)
		return (NULL);
#ifdef MADV_HUGEPAGE
	(void)madvise(slots, size, MADV_HUGEPAGE);
#endif
	return (memset(slots, 0, size));
}

/* Room for one more entry at a load of at most three quarters. */
static int
slot_grow(struct fdb *fdb)
{
	struct slot *old = fdb->fd_slots, *slots;
	size_t i, n = fdb->fd_mask + 1;

	if (fdb->fd_count < n - n / 4)
		return (0);
	if ((slots = slots_new(n * 2)) == NULL)
		return (-1);
	fdb->fd_slots = slots;
	fdb->fd_mask = n * 2 - 1;
	for (i = 0; i < n; i++)
		if (old[i].s_port != FDB_NO_PORT)
			slots[find(fdb, old[i].s_key)] = old[i];
	free(old);
	return (0);
}

/* Go on by n slots and forget what has aged in them. */
static void
age_slots(struct fdb *fdb, uint64_t now, size_t n)
{
	struct slot *s;

	if (n > fdb->fd_mask + 1)
		n = fdb->fd_mask + 1;
	while (n > 0 && fdb->fd_count > 0) {
		fdb->fd_hand &= fdb->fd_mask;
		s = &fdb->fd_slots[fdb->fd_hand];
		if (s->s_port != FDB_NO_PORT && has_aged(fdb, s, now)) {
			slot_remove(fdb, fdb->fd_hand);
			fdb->fd_stats.fs_aged++;
			continue;
		}
		fdb->fd_hand++;
		n--;
	}
}

struct fdb *
fdb_new(size_t max, uint64_t age)
{
	struct fdb *fdb;

	if ((fdb = calloc(1, sizeof(*fdb))) == NULL)
		return (NULL);
	fdb->fd_slots = slots_new(FDB_SLOTS_MIN);
	fdb->fd_ports = calloc(FDB_PORTS_MIN, sizeof(*fdb->fd_ports));
	if (fdb->fd_slots == NULL || fdb->fd_ports == NULL) {
		fdb_free(fdb);
		return (NULL);
	}
	fdb->fd_mask = FDB_SLOTS_MIN - 1;
	fdb->fd_pmask = FDB_PORTS_MIN - 1;
	arc4random_buf(fdb->fd_seed, sizeof(fdb->fd_seed));
	fdb_limits(fdb, max, age);
	return (fdb);
}

void
fdb_free(struct fdb *fdb)
{
	if (fdb == NULL)
		return;
	free(fdb->fd_slots);
	free(fdb->fd_ports);
	free(fdb);
}

void
fdb_limits(struct fdb *fdb, size_t max, uint64_t age)
{
	if (max < 1)
		max = 1;
	fdb->fd_max = max < FDB_MAX ? max : FDB_MAX;
	fdb->fd_age = age < FDB_AGE_MAX ? age : FDB_AGE_MAX;
}

/* Take a new entry, if both caps and memory allow. */
static enum fdb_result
insert(struct fdb *fdb, uint64_t key, uint32_t port, size_t port_max,
    uint64_t now)
{
	struct slot *s;

	if (port == FDB_NO_PORT || fdb_port_count(fdb, port) >= port_max) {
		fdb->fd_stats.fs_full++;
		return (FDB_PORT_FULL);
	}
	if (fdb->fd_count >= fdb->fd_max)
		age_slots(fdb, now, FDB_FULL_SLOTS);
	if (fdb->fd_count >= fdb->fd_max || slot_grow(fdb) == -1 ||
	    port_grow(fdb) == -1) {
		fdb->fd_stats.fs_full++;
		return (FDB_FULL);
	}
	s = &fdb->fd_slots[find(fdb, key)];
	s->s_key = key;
	s->s_seen = (uint32_t)now;
	s->s_port = port;
	fdb->fd_count++;
	port_more(fdb, port);
	return (FDB_NEW);
}

enum fdb_result
fdb_learn_key(struct fdb *fdb, const struct fdb_key *fk, uint32_t port,
    size_t port_max, uint64_t now, uint32_t *from)
{
	uint64_t key = fk->fk_key;
	size_t i = find_hashed(fdb, key, fk->fk_hash);
	struct slot *s = &fdb->fd_slots[i];
	uint32_t was = s->s_port;
	enum fdb_result res;

	if (was != FDB_NO_PORT && has_aged(fdb, s, now)) {
		slot_remove(fdb, i);
		fdb->fd_stats.fs_aged++;
		was = FDB_NO_PORT;
	}
	if (was == port && was != FDB_NO_PORT) {
		/* a line that is not written need not be written back */
		if (unseen(s, now) > fdb->fd_age / FDB_SEEN_STEPS)
			s->s_seen = (uint32_t)now;
		return (FDB_KNOWN);
	}
	/*
	 * An address that shows up elsewhere is no longer where it was, also
	 * when its new port is full: then traffic to it floods.
	 */
	if (was != FDB_NO_PORT)
		slot_remove(fdb, i);
	res = insert(fdb, key, port, port_max, now);
	if (res == FDB_NEW && was != FDB_NO_PORT) {
		fdb->fd_stats.fs_moved++;
		if (from != NULL)
			*from = was;
		return (FDB_MOVED);
	}
	if (res == FDB_NEW)
		fdb->fd_stats.fs_learned++;
	return (res);
}

uint32_t
fdb_lookup(const struct fdb *fdb, const uint8_t *mac, uint16_t vid,
    uint64_t now)
{
	struct fdb_key fk = { .fk_key = make_key(mac, vid) };

	fk.fk_hash = hash(fdb, fk.fk_key);
	return (fdb_lookup_key(fdb, &fk, now));
}

uint32_t
fdb_lookup_key(const struct fdb *fdb, const struct fdb_key *fk, uint64_t now)
{
	const struct slot *s =
	    &fdb->fd_slots[find_hashed(fdb, fk->fk_key, fk->fk_hash)];

	if (s->s_port == FDB_NO_PORT || has_aged(fdb, s, now))
		return (FDB_NO_PORT);
	return (s->s_port);
}

void
fdb_age(struct fdb *fdb, uint64_t now)
{
	age_slots(fdb, now, FDB_AGE_SLOTS);
}

void
fdb_flush_port(struct fdb *fdb, uint32_t port)
{
	size_t i = 0, left = fdb_port_count(fdb, port);

	/* A removal may bring another entry to slot i: look again. */
	while (left > 0) {
		if (fdb->fd_slots[i].s_port == port) {
			slot_remove(fdb, i);
			left--;
		} else
			i++;
	}
}

size_t
fdb_count(const struct fdb *fdb)
{
	return (fdb->fd_count);
}

size_t
fdb_port_count(const struct fdb *fdb, uint32_t port)
{
	const struct port_count *pc;

	if (port == FDB_NO_PORT)
		return (0);
	pc = &fdb->fd_ports[port_find(fdb, port)];
	return (pc->pc_port == port ? pc->pc_count : 0);
}

const struct fdb_stats *
fdb_stats(const struct fdb *fdb)
{
	return (&fdb->fd_stats);
}

size_t
fdb_walk(const struct fdb *fdb, uint64_t now, size_t *cursor,
    struct fdb_entry *out, size_t max)
{
	const struct slot *s;
	size_t n = 0;
	int i;

	for (; *cursor <= fdb->fd_mask && n < max; (*cursor)++) {
		s = &fdb->fd_slots[*cursor];
		if (s->s_port == FDB_NO_PORT || has_aged(fdb, s, now))
			continue;
		for (i = 0; i < 6; i++)
			out[n].fe_mac[i] = (uint8_t)(s->s_key >> (56 - 8 * i));
		out[n].fe_vid = (uint16_t)s->s_key;
		out[n].fe_port = s->s_port;
		out[n].fe_seen = now - unseen(s, now);
		n++;
	}
	if (*cursor > fdb->fd_mask)
		*cursor = 0;
	return (n);
}
