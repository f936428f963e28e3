/* SPDX-License-Identifier: ISC */
/*
 * fdb: the MAC table of one hub, as of IEEE 802.1Q's filtering database with
 * shared learning per VLAN id.  Pure: time (ms) is an argument; ports are
 * small integers.  No locking; the hub's lock covers it.
 *
 * Memory grows on demand and is bounded by fdb_new()'s cap; a port holds at
 * most its own cap.  Over a cap a new address is not learned, and counted;
 * traffic to it floods.  That includes one that moves to a full port.
 */
#ifndef NET_FDB_H
#define NET_FDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FDB_NO_PORT = 0,	/* ports are numbered from 1 */
	FDB_MAX = 1048576,	/* highest cap on entries */
	FDB_AGE_MAX = 1 << 30	/* ms, the highest age: 12 days */
};

struct fdb;

enum fdb_result {
	FDB_KNOWN,	/* was there; its age is renewed */
	FDB_NEW,	/* learned now */
	FDB_MOVED,	/* was on another port, is on this one now */
	FDB_FULL,	/* the hub's cap is reached; not learned */
	FDB_PORT_FULL	/* the port's cap is reached; not learned */
};

struct fdb_stats {
	uint64_t fs_learned;
	uint64_t fs_moved;
	uint64_t fs_aged;
	uint64_t fs_full;	/* refusals by either cap */
};

/*
 * max entries (1..FDB_MAX), age in ms (up to FDB_AGE_MAX; it is kept to a
 * thousandth).  fdb_age() is to be called every day at least.  NULL without
 * memory.
 */
struct fdb *fdb_new(size_t max, uint64_t age);
void fdb_free(struct fdb *fdb);
/* New limits; entries over a lowered cap stay until they age. */
void fdb_limits(struct fdb *fdb, size_t max, uint64_t age);

/*
 * An address and where it belongs, for many at a time: fdb_prepare() asks the
 * memory for each, so that what comes afterwards need not wait for one after
 * the other.  `last`, or NULL, is one that may be the same.  A key of one FDB
 * holds as long as that does.
 */
struct fdb_key {
	uint64_t fk_key;
	size_t fk_hash;
};
void fdb_prepare(const struct fdb *fdb, const uint8_t *mac, uint16_t vid,
    const struct fdb_key *last, struct fdb_key *fk);

/*
 * Learn that a unicast address is behind `port`, which may hold port_max
 * entries.  *from, if not NULL, gets the port it was on (FDB_MOVED).
 */
enum fdb_result fdb_learn_key(struct fdb *fdb, const struct fdb_key *fk,
    uint32_t port, size_t port_max, uint64_t now, uint32_t *from);
/* The port of mac on vid, FDB_NO_PORT when unknown or aged out. */
uint32_t fdb_lookup(const struct fdb *fdb, const uint8_t *mac, uint16_t vid,
    uint64_t now);
uint32_t fdb_lookup_key(const struct fdb *fdb, const struct fdb_key *fk,
    uint64_t now);
/* Forget what has aged, a bounded number of entries a call. */
void fdb_age(struct fdb *fdb, uint64_t now);
/* Forget a port's entries. */
void fdb_flush_port(struct fdb *fdb, uint32_t port);
size_t fdb_count(const struct fdb *fdb);
size_t fdb_port_count(const struct fdb *fdb, uint32_t port);
const struct fdb_stats *fdb_stats(const struct fdb *fdb);

struct fdb_entry {
	uint8_t fe_mac[6];
	uint16_t fe_vid;
	uint32_t fe_port;
	uint64_t fe_seen;	/* ms */
};
/*
 * Copy up to max live entries into out, starting at *cursor (0 at first);
 * *cursor is advanced, and is 0 again when all have been seen.  Returns how
 * many were copied.  Changes between calls may show an entry twice or not.
 */
size_t fdb_walk(const struct fdb *fdb, uint64_t now, size_t *cursor,
    struct fdb_entry *out, size_t max);

#endif
