/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/binding.h"
#include "net/inspect.h"
#include "net/neighbour.h"

#include "packets.h"

enum { SEC = 1000, ASKER = 1, OWNER = 2, NOBODY = 0 };

static struct bindings *bs;
static uint64_t now;

/* Both known for long, as the hub has learned them. */
static void
known(void)
{
	struct binding_key bk;

	now = 1000 * SEC;
	ATF_REQUIRE((bs = bindings_new(100, 3600 * SEC)) != NULL);
	bk = binding_key(4, other4, 0);
	bindings_claim(bs, &bk, host, ASKER, true, 0, now);
	bk = binding_key(4, gw4, 0);
	bindings_claim(bs, &bk, router, OWNER, true, 0, now);
	bk = binding_key(6, gw6, 0);
	bindings_claim(bs, &bk, router, OWNER, true, 0, now);
	now += NEIGHBOUR_NEW;
}

/* To which port the frame in buf goes alone. */
static uint32_t
goes(void)
{
	uint8_t *p = malloc(len);
	struct inspect in;
	uint32_t port;

	ATF_REQUIRE(p != NULL);
	memcpy(p, buf, len);
	ATF_REQUIRE(inspect_frame(p, len, &in));
	port = neighbour_owner(bs, &in, now);
	free(p);
	return (port);
}

static void
heard(uint32_t port)
{
	struct inspect in;

	ATF_REQUIRE(inspect_frame(buf, len, &in));
	neighbour_heard(bs, &in, port);
}

static uint32_t
ask4(const uint8_t *from, const uint8_t *target)
{
	arp(everybody, host, 0, 1, from, target);
	return (goes());
}

static uint32_t
ask6(const uint8_t *from)
{
	static const uint8_t mac[6] = { 0x33, 0x33, 0xff, 0, 0, 1 };

	icmp6(mac, host, 135, from, gw6);
	return (goes());
}

ATF_TC_WITHOUT_HEAD(to_owner);
ATF_TC_BODY(to_owner, tc)
{
	known();
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	ATF_CHECK_EQ(ask6(other6), OWNER);
	arp(router, host, 0, 1, other4, gw4);	/* not to a group */
	ATF_CHECK_EQ(goes(), NOBODY);
	arp(everybody, host, 1, 1, other4, gw4);	/* another VLAN */
	ATF_CHECK_EQ(goes(), NOBODY);
	arp(everybody, host, 0, 2, other4, gw4);	/* a reply */
	ATF_CHECK_EQ(goes(), NOBODY);
	bindings_free(bs);
}

/* RFC 5227: probes and announcements; RFC 4862: of nobody's address. */
ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	static const uint8_t none[16];

	known();
	ATF_CHECK_EQ(ask4(nil4, gw4), NOBODY);
	ATF_CHECK_EQ(ask4(other4, other4), NOBODY);
	ATF_CHECK_EQ(ask4(gw4, gw4), NOBODY);
	ATF_CHECK_EQ(ask6(none), NOBODY);
	bindings_free(bs);
}

/* No answer: to all until it is heard, on the port that it is known on. */
ATF_TC_WITHOUT_HEAD(no_answer);
ATF_TC_BODY(no_answer, tc)
{
	known();
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	now += NEIGHBOUR_WAIT - 1;
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	now++;
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	arp(host, router, 0, 2, gw4, other4);
	heard(3);
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	arp(host, router, 0, 2, gw4, other4);
	heard(OWNER);
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	ATF_CHECK_EQ(ask6(other6), OWNER);
	now += NEIGHBOUR_WAIT;
	ATF_CHECK_EQ(ask6(other6), NOBODY);
	icmp6(host, router, 136, gw6, gw6);
	heard(OWNER);
	ATF_CHECK_EQ(ask6(other6), OWNER);
	bindings_free(bs);
}

/* Who is new, or has moved, is to be seen by all. */
ATF_TC_WITHOUT_HEAD(new_hosts);
ATF_TC_BODY(new_hosts, tc)
{
	struct binding_key bk = binding_key(4, other4, 0);

	known();
	bindings_claim(bs, &bk, host, 5, true, 0, now);
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	now += NEIGHBOUR_NEW;
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	bindings_claim(bs, &bk, own, 5, true, 0, now);
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	now += NEIGHBOUR_NEW;
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);	/* another's MAC */
	bindings_flush_port(bs, 5);
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	bindings_free(bs);
}

/* The owner moves, goes, or is forgotten. */
ATF_TC_WITHOUT_HEAD(moves);
ATF_TC_BODY(moves, tc)
{
	struct binding_key bk = binding_key(4, gw4, 0);

	known();
	ATF_CHECK_EQ(ask4(other4, gw4), OWNER);
	bindings_claim(bs, &bk, router, 7, true, 0, now);
	ATF_CHECK_EQ(ask4(other4, gw4), 7);
	bindings_lease(bs, &bk, router, 7, now + 5 * SEC, now);
	now += SEC / 4;
	ATF_CHECK_EQ(ask4(other4, gw4), 7);
	now += 5 * SEC;
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	bindings_flush_port(bs, 7);
	ATF_CHECK_EQ(ask4(other4, gw4), NOBODY);
	bindings_free(bs);
}

/* Octets at random, cut anywhere. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct inspect in;
	uint8_t *p;
	size_t n;
	int i;

	known();
	srandom(7);
	for (i = 0; i < 100000; i++) {
		if (i % 2 == 0)
			(void)ask4(other4, gw4);
		else
			(void)ask6(other6);
		for (n = 0; n < 3; n++)
			buf[(size_t)random() % len] = (uint8_t)random();
		n = (size_t)random() % (len + 1);
		ATF_REQUIRE((p = malloc(n + 1)) != NULL);
		memcpy(p + 1, buf, n);
		if (inspect_frame(p + 1, n, &in)) {
			(void)neighbour_owner(bs, &in, now);
			neighbour_heard(bs, &in, OWNER);
		}
		free(p);
	}
	bindings_free(bs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, to_owner);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, no_answer);
	ATF_TP_ADD_TC(tp, new_hosts);
	ATF_TP_ADD_TC(tp, moves);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
