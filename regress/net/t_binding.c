/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/binding.h"

static const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
static const uint8_t a6[16] = { 0xfe, 0x80, [15] = 1 };
static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac2[6] = { 2, 0, 0, 0, 0, 2 };

enum { AGE = 1000, ONE = 1, TWO = 2 };

static enum binding_result
claim(struct bindings *bs, const uint8_t *addr, uint32_t port, bool take,
    size_t most, uint64_t now)
{
	struct binding_key bk = binding_key(addr == a6 ? 6 : 4, addr, 0);

	return (bindings_claim(bs, &bk, port == ONE ? mac : mac2, port, take,
	    most, now));
}

static uint32_t
owner(struct bindings *bs, const uint8_t *addr, uint64_t now)
{
	struct binding_key bk = binding_key(addr == a6 ? 6 : 4, addr, 0);
	const struct binding *bi = bindings_find(bs, &bk, now);

	return (bi == NULL ? 0 : bi->bi_port);
}

ATF_TC_WITHOUT_HEAD(claims);
ATF_TC_BODY(claims, tc)
{
	struct bindings *bs = bindings_new(10, AGE);
	struct binding_key other = binding_key(4, a, 7);

	ATF_CHECK_EQ(claim(bs, a, ONE, false, 0, 0), BINDING_NEW);
	ATF_CHECK_EQ(claim(bs, a, ONE, false, 1, 10), BINDING_OWN);
	ATF_CHECK_EQ(claim(bs, a, TWO, false, 0, 20), BINDING_TAKEN);
	ATF_CHECK_EQ(owner(bs, a, 20), ONE);
	ATF_CHECK_EQ(claim(bs, a, TWO, true, 0, 30), BINDING_MOVED);
	ATF_CHECK_EQ(owner(bs, a, 30), TWO);
	ATF_CHECK_EQ(bindings_count(bs, ONE, 4), 0);
	ATF_CHECK_EQ(bindings_count(bs, TWO, 4), 1);
	ATF_CHECK(bindings_find(bs, &other, 30) == NULL);
	ATF_CHECK_EQ(claim(bs, a6, TWO, false, 1, 30), BINDING_NEW);
	ATF_CHECK_EQ(bindings_count(bs, TWO, 6), 1);
	bindings_flush_port(bs, TWO);
	ATF_CHECK_EQ(bindings_total(bs), 0);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(ages);
ATF_TC_BODY(ages, tc)
{
	struct bindings *bs = bindings_new(10, AGE);

	claim(bs, a, ONE, false, 0, 0);
	claim(bs, b, ONE, false, 0, 500);
	ATF_CHECK_EQ(owner(bs, a, AGE - 1), ONE);
	ATF_CHECK_EQ(owner(bs, a, AGE), 0);
	bindings_age(bs, AGE);
	ATF_CHECK_EQ(bindings_total(bs), 1);
	ATF_CHECK_EQ(bindings_count(bs, ONE, 4), 1);
	/* who has gone does not keep another out */
	ATF_CHECK_EQ(claim(bs, b, TWO, false, 0, 1400), BINDING_TAKEN);
	ATF_CHECK_EQ(claim(bs, b, TWO, false, 0, 1500), BINDING_NEW);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(leases);
ATF_TC_BODY(leases, tc)
{
	struct bindings *bs = bindings_new(10, AGE);
	struct binding_key bk = binding_key(4, a, 0);

	claim(bs, a, TWO, false, 0, 0);
	ATF_CHECK_EQ(bindings_lease(bs, &bk, mac, ONE, 5000, 10),
	    BINDING_MOVED);
	ATF_CHECK_EQ(claim(bs, a, TWO, true, 0, 20), BINDING_TAKEN);
	ATF_CHECK_EQ(owner(bs, a, 4999), ONE);	/* though not seen for long */
	ATF_CHECK_EQ(bindings_lease(bs, &bk, mac, ONE, 9000, 4000),
	    BINDING_OWN);
	ATF_CHECK_EQ(owner(bs, a, 8999), ONE);
	ATF_CHECK_EQ(owner(bs, a, 9000), 0);
	bindings_lease(bs, &bk, mac, ONE, 20000, 9000);
	bindings_release(bs, &bk, TWO);
	ATF_CHECK_EQ(owner(bs, a, 9001), ONE);
	bindings_release(bs, &bk, ONE);
	ATF_CHECK_EQ(owner(bs, a, 9001), 0);
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(caps);
ATF_TC_BODY(caps, tc)
{
	struct bindings *bs = bindings_new(3, AGE);
	struct binding_key bk = binding_key(4, b, 0);
	uint8_t addr[4] = { 10, 1, 0, 0 };

	ATF_CHECK_EQ(claim(bs, a, ONE, false, 1, 0), BINDING_NEW);
	ATF_CHECK_EQ(claim(bs, b, ONE, false, 1, 0), BINDING_PORT_FULL);
	ATF_CHECK_EQ(claim(bs, a6, ONE, false, 1, 0), BINDING_NEW);
	/* a server's lease is more than the cap of a port, not of all */
	ATF_CHECK_EQ(bindings_lease(bs, &bk, mac, ONE, 5000, 0), BINDING_NEW);
	ATF_CHECK_EQ(claim(bs, addr, TWO, true, 0, 0), BINDING_FULL);
	ATF_CHECK_EQ(bindings_total(bs), 3);
	bindings_free(bs);
}

/* Whatever is asked, the counts agree with what a walk finds. */
ATF_TC_WITHOUT_HEAD(random_churn);
ATF_TC_BODY(random_churn, tc)
{
	struct bindings *bs = bindings_new(100, AGE);
	const struct binding *bi;
	uint8_t addr[4] = { 10, 0, 0, 0 };
	size_t n, count[8];
	uint32_t port;
	uint64_t now = 0;
	int i;

	for (i = 0; i < 50000; i++) {
		struct binding_key bk;

		now += arc4random_uniform(30);
		addr[3] = (uint8_t)arc4random_uniform(200);
		port = 1 + arc4random_uniform(7);
		bk = binding_key(4, addr, 0);
		switch (arc4random_uniform(8)) {
		case 0:
			bindings_lease(bs, &bk, mac, port, now + 300, now);
			break;
		case 1:
			bindings_release(bs, &bk, port);
			break;
		case 2:
			bindings_age(bs, now);
			break;
		case 3:
			if (i % 100 == 0)
				bindings_flush_port(bs, port);
			break;
		default:
			claim(bs, addr, port, arc4random_uniform(2), 20, now);
		}
		if (i % 500 != 0)
			continue;
		memset(count, 0, sizeof(count));
		for (n = 0, bi = NULL; (bi = bindings_next(bs, bi)) != NULL;
		     n++)
			count[bi->bi_port]++;
		ATF_REQUIRE_EQ(n, bindings_total(bs));
		ATF_REQUIRE(n <= 100);
		for (port = 1; port < 8; port++)
			ATF_REQUIRE_EQ(count[port],
			    bindings_count(bs, port, 4));
	}
	bindings_free(bs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, claims);
	ATF_TP_ADD_TC(tp, ages);
	ATF_TP_ADD_TC(tp, leases);
	ATF_TP_ADD_TC(tp, caps);
	ATF_TP_ADD_TC(tp, random_churn);
	return (atf_no_error());
}
