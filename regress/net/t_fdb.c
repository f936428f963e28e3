/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/fdb.h"

enum { AGE = 300000, MANY = 1 << 30 };

static struct fdb *
table(size_t max)
{
	struct fdb *fdb = fdb_new(max, AGE);

	ATF_REQUIRE(fdb != NULL);
	return (fdb);
}

/* The n-th test address. */
static const uint8_t *
mac(uint32_t n)
{
	static uint8_t m[6] = { 0x02, 0x10 };

	m[2] = (uint8_t)(n >> 24);
	m[3] = (uint8_t)(n >> 16);
	m[4] = (uint8_t)(n >> 8);
	m[5] = (uint8_t)n;
	return (m);
}

/* What hubd does, for one address. */
static enum fdb_result
learn(struct fdb *fdb, const uint8_t *addr, uint16_t vid, uint32_t port,
    size_t port_max, uint64_t now, uint32_t *from)
{
	struct fdb_key fk;

	fdb_prepare(fdb, addr, vid, NULL, &fk);
	return (fdb_learn_key(fdb, &fk, port, port_max, now, from));
}

ATF_TC_WITHOUT_HEAD(learn);
ATF_TC_BODY(learn, tc)
{
	struct fdb *fdb = table(10);
	uint32_t from = 77;

	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 0), FDB_NO_PORT);
	ATF_CHECK_EQ(learn(fdb, mac(1), 0, 3, MANY, 0, &from), FDB_NEW);
	ATF_CHECK_EQ(learn(fdb, mac(1), 0, 3, MANY, 5, &from), FDB_KNOWN);
	ATF_CHECK_EQ(from, 77);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 9), 3);
	ATF_CHECK_EQ(learn(fdb, mac(1), 0, 4, MANY, 9, &from), FDB_MOVED);
	ATF_CHECK_EQ(from, 3);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 9), 4);
	ATF_CHECK_EQ(fdb_port_count(fdb, 3), 0);
	ATF_CHECK_EQ(fdb_port_count(fdb, 4), 1);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_learned, 1);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_moved, 1);

	/* VLANs are apart. */
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 5, 9), FDB_NO_PORT);
	ATF_CHECK_EQ(learn(fdb, mac(1), 5, 9, MANY, 9, NULL), FDB_NEW);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 5, 9), 9);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 9), 4);
	ATF_CHECK_EQ(fdb_count(fdb), 2);
	fdb_free(fdb);
}

ATF_TC_WITHOUT_HEAD(ageing);
ATF_TC_BODY(ageing, tc)
{
	struct fdb *fdb = table(1000);
	uint32_t i;

	learn(fdb, mac(1), 0, 1, MANY, 1000, NULL);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 1000 + AGE - 1), 1);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 1000 + AGE), FDB_NO_PORT);
	/* A clock that seems to go back does not age anything. */
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(1), 0, 0), 1);
	/* Aged out, then seen elsewhere: new, not moved. */
	ATF_CHECK_EQ(learn(fdb, mac(1), 0, 2, MANY, 1000 + AGE, NULL), FDB_NEW);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_aged, 1);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_moved, 0);
	fdb_flush_port(fdb, 2);

	for (i = 0; i < 1000; i++)
		learn(fdb, mac(i), 0, 1 + i % 7, MANY, i % 2 ? 0 : AGE, NULL);
	fdb_age(fdb, AGE);
	ATF_CHECK_EQ(fdb_count(fdb), 500);
	for (i = 0; i < 1000; i++)
		ATF_CHECK_EQ(fdb_lookup(fdb, mac(i), 0, AGE),
		    i % 2 ? FDB_NO_PORT : 1 + i % 7);
	fdb_limits(fdb, 1000, 1);
	fdb_age(fdb, AGE + 1);
	ATF_CHECK_EQ(fdb_count(fdb), 0);
	fdb_free(fdb);
}

ATF_TC_WITHOUT_HEAD(caps);
ATF_TC_BODY(caps, tc)
{
	struct fdb *fdb = table(4);
	uint32_t i, from;

	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(learn(fdb, mac(i), 0, 1, 3, 0, NULL), FDB_NEW);
	ATF_CHECK_EQ(learn(fdb, mac(3), 0, 1, 3, 0, NULL), FDB_PORT_FULL);
	ATF_CHECK_EQ(learn(fdb, mac(2), 0, 1, 3, 0, NULL), FDB_KNOWN);
	ATF_CHECK_EQ(learn(fdb, mac(3), 0, 2, 3, 0, NULL), FDB_NEW);
	ATF_CHECK_EQ(learn(fdb, mac(4), 0, 2, 3, 0, NULL), FDB_FULL);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(4), 0, 0), FDB_NO_PORT);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_full, 2);
	/* A move needs no new room in the hub. */
	ATF_CHECK_EQ(learn(fdb, mac(0), 0, 2, 3, 0, &from), FDB_MOVED);
	/* Moved to a full port: known nowhere. */
	ATF_CHECK_EQ(learn(fdb, mac(3), 0, 3, 0, 0, NULL), FDB_PORT_FULL);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(3), 0, 0), FDB_NO_PORT);
	ATF_CHECK_EQ(fdb_count(fdb), 3);
	/* A full table makes room of what has aged by itself. */
	learn(fdb, mac(9), 0, 2, 9, AGE - 1, NULL);
	ATF_CHECK_EQ(learn(fdb, mac(10), 0, 2, 9, AGE, NULL), FDB_NEW);
	/* Not a port. */
	ATF_CHECK_EQ(learn(fdb, mac(11), 0, FDB_NO_PORT, 9, 0, NULL),
	    FDB_PORT_FULL);
	/* A lowered cap keeps what is there. */
	fdb_limits(fdb, 1, AGE);
	ATF_CHECK_EQ(fdb_lookup(fdb, mac(10), 0, AGE), 2);
	ATF_CHECK_EQ(learn(fdb, mac(12), 0, 2, 9, AGE, NULL), FDB_FULL);
	fdb_free(fdb);
}

ATF_TC_WITHOUT_HEAD(flush);
ATF_TC_BODY(flush, tc)
{
	struct fdb *fdb = table(5000);
	uint32_t i;

	for (i = 0; i < 5000; i++)
		learn(fdb, mac(i), 0, 1 + i % 3, MANY, 0, NULL);
	fdb_flush_port(fdb, 2);
	fdb_flush_port(fdb, 99);
	fdb_flush_port(fdb, FDB_NO_PORT);
	ATF_CHECK_EQ(fdb_port_count(fdb, 2), 0);
	for (i = 0; i < 5000; i++)
		ATF_CHECK_EQ(fdb_lookup(fdb, mac(i), 0, 0),
		    i % 3 == 1 ? FDB_NO_PORT : 1 + i % 3);
	fdb_free(fdb);
}

ATF_TC_WITHOUT_HEAD(walk);
ATF_TC_BODY(walk, tc)
{
	struct fdb *fdb = table(1000);
	struct fdb_entry out[7];
	bool seen[1000] = { false };
	size_t cursor = 0, n, k, total = 0;
	uint32_t i;

	for (i = 0; i < 1000; i++)
		learn(fdb, mac(i), (uint16_t)(i % 4096), i + 1, MANY,
		    i < 10 ? 0 : AGE, NULL);
	do {
		n = fdb_walk(fdb, AGE, &cursor, out, 7);
		for (k = 0; k < n; k++) {
			i = out[k].fe_port - 1;
			ATF_REQUIRE(i >= 10 && i < 1000 && !seen[i]);
			seen[i] = true;
			ATF_CHECK(memcmp(out[k].fe_mac, mac(i), 6) == 0);
			ATF_CHECK_EQ(out[k].fe_vid, i);
			ATF_CHECK_EQ(out[k].fe_seen, AGE);
		}
		total += n;
	} while (cursor != 0);
	ATF_CHECK_EQ(total, 990);
	fdb_free(fdb);
}

/*
 * Random operations against a plain array of the same meaning, with a table
 * that is nearly full all the time, and ports of any 32-bit number.
 */
ATF_TC_WITHOUT_HEAD(model);
ATF_TC_BODY(model, tc)
{
	enum { ADDRESSES = 400, PORTS = 50, CAP = 300, PORT_CAP = 20 };
	static uint32_t where[ADDRESSES];
	uint32_t count[PORTS] = { 0 }, port_no[PORTS], a, p, k, total = 0;
	struct fdb *fdb = table(CAP);
	enum fdb_result want, got;
	int i;

	for (p = 1; p < PORTS; p++)
		port_no[p] = p % 2 ? p : 0xffffffffU - p * 4096;
	for (i = 0; i < 300000; i++) {
		a = arc4random_uniform(ADDRESSES);
		p = 1 + arc4random_uniform(PORTS - 1);
		if (arc4random_uniform(1000) == 0) {
			fdb_flush_port(fdb, port_no[p]);
			for (k = 0; k < ADDRESSES; k++)
				if (where[k] == p)
					where[k] = 0;
			total -= count[p];
			count[p] = 0;
		}
		want = where[a] != 0 ? FDB_MOVED : FDB_NEW;
		if (where[a] == p)
			want = FDB_KNOWN;
		else {
			if (where[a] != 0) {
				count[where[a]]--;
				total--;
				where[a] = 0;
			}
			if (count[p] >= PORT_CAP)
				want = FDB_PORT_FULL;
			else if (total >= CAP)
				want = FDB_FULL;
			else {
				count[p]++;
				total++;
				where[a] = p;
			}
		}
		got = learn(fdb, mac(a), 1, port_no[p], PORT_CAP, 0, NULL);
		ATF_REQUIRE_EQ(got, want);
		ATF_REQUIRE_EQ(fdb_count(fdb), total);
		a = arc4random_uniform(ADDRESSES);
		ATF_REQUIRE_EQ(fdb_lookup(fdb, mac(a), 1, 0),
		    where[a] != 0 ? port_no[where[a]] : FDB_NO_PORT);
		ATF_REQUIRE_EQ(fdb_port_count(fdb, port_no[p]), count[p]);
	}
	fdb_free(fdb);
}

ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct fdb *fdb = table(65536);
	uint32_t i;

	for (i = 0; i < 65536; i++)
		ATF_REQUIRE_EQ(learn(fdb, mac(i), 0, i + 1, 1, i, NULL),
		    FDB_NEW);
	ATF_CHECK_EQ(learn(fdb, mac(i), 0, 1, MANY, i, NULL), FDB_FULL);
	for (i = 0; i < 65536; i++)
		ATF_REQUIRE_EQ(fdb_lookup(fdb, mac(i), 0, 65536), i + 1);
	/* All has aged at last: a bounded number of calls forgets it. */
	for (i = 0; i < 64 && fdb_count(fdb) > 0; i++)
		fdb_age(fdb, 65536 + AGE);
	ATF_CHECK_EQ(fdb_count(fdb), 0);
	ATF_CHECK_EQ(fdb_stats(fdb)->fs_aged, 65536);
	fdb_free(fdb);
}

/* Keys made before the table grew, alike and not, find what names find. */
ATF_TC_WITHOUT_HEAD(keys);
ATF_TC_BODY(keys, tc)
{
	enum { N = 3000 };
	static struct fdb_key fk[N];
	struct fdb *fdb = fdb_new(N, 1000);
	uint8_t mac[6] = { 2 };
	uint32_t i, from = 0;

	ATF_REQUIRE(fdb != NULL);
	for (i = 0; i < N; i++) {
		mac[4] = (uint8_t)(i / 2 >> 8);
		mac[5] = (uint8_t)(i / 2);
		fdb_prepare(fdb, mac, 7, i > 0 ? &fk[i - 1] : NULL, &fk[i]);
	}
	for (i = 0; i < N; i++)
		ATF_CHECK_EQ(fdb_learn_key(fdb, &fk[i], 1 + i / 2 % 5, N, 1,
				 &from),
		    i % 2 == 0 ? FDB_NEW : FDB_KNOWN);
	for (i = 0; i < N; i++) {
		mac[4] = (uint8_t)(i / 2 >> 8);
		mac[5] = (uint8_t)(i / 2);
		ATF_CHECK_EQ(fdb_lookup_key(fdb, &fk[i], 2), 1 + i / 2 % 5);
		ATF_CHECK_EQ(fdb_lookup(fdb, mac, 7, 2), 1 + i / 2 % 5);
		ATF_CHECK_EQ(fdb_lookup(fdb, mac, 8, 2), FDB_NO_PORT);
	}
	ATF_CHECK_EQ(fdb_learn_key(fdb, &fk[0], 9, N, 2, &from), FDB_MOVED);
	ATF_CHECK_EQ(from, 1);
	ATF_CHECK_EQ(fdb_lookup_key(fdb, &fk[1], 2000), FDB_NO_PORT);
	fdb_free(fdb);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, learn);
	ATF_TP_ADD_TC(tp, ageing);
	ATF_TP_ADD_TC(tp, caps);
	ATF_TP_ADD_TC(tp, flush);
	ATF_TP_ADD_TC(tp, walk);
	ATF_TP_ADD_TC(tp, model);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, keys);
	return (atf_no_error());
}
