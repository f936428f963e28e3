/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "kern/bytes.h"
#include "net/binding.h"
#include "net/dhcp6.h"
#include "net/inspect.h"
#include "net/policy.h"

enum {
	NOW = 1000000,
	SERVER = 1,			/* ports */
	ME = 2,
	OTHER = 3,
	NA = 3,				/* options */
	TA = 4,
	ADDR = 5,
	STATUS = 13
};

static const uint8_t mine[6] = { 2, 0, 0, 0, 0, 2 },
		     others[6] = { 2, 0, 0, 0, 0, 3 },
		     servers[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t a1[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 },
		     a2[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 },
		     ll[16] = { 0xfe, 0x80, [15] = 2 };

static uint8_t msg[2048];
static size_t len;

static void
put(const void *p, size_t n)
{
	memcpy(msg + len, p, n);
	len += n;
}

static void
begin(uint8_t type)
{
	const uint8_t head[4] = { type, 1, 2, 3 };

	len = 0;
	put(head, sizeof(head));
}

/* Its place, for option_end(). */
static size_t
option(uint16_t code)
{
	uint8_t head[4];

	put16(head, code);
	put(head, sizeof(head));
	return (len);
}

static void
option_end(size_t at)
{
	put16(msg + at - 2, (uint16_t)(len - at));
}

static void
address(const uint8_t *addr, uint32_t seconds, int status)
{
	uint8_t times[8] = { 0 }, code[2];
	size_t at = option(ADDR), in;

	put32(times + 4, seconds);
	put(addr, 16);
	put(times, sizeof(times));
	if (status >= 0) {
		in = option(STATUS);
		put16(code, (uint16_t)status);
		put(code, sizeof(code));
		option_end(in);
	}
	option_end(at);
}

/* An IA of one address. */
static void
ia(uint16_t kind, const uint8_t *addr, uint32_t seconds)
{
	static const uint8_t fixed[12];
	size_t at = option(kind);

	put(fixed, kind == NA ? 12 : 4);
	address(addr, seconds, -1);
	option_end(at);
}

/* What is there becomes the message that a relay carries. */
static void
relay(uint8_t type, const uint8_t *peer)
{
	uint8_t inner[sizeof(msg)], head[18] = { type, 0 };
	size_t n = len, at;

	memcpy(inner, msg, n);
	len = 0;
	put(head, sizeof(head));
	put(peer, 16);
	at = option(9);
	put(inner, n);
	option_end(at);
}

/* The message in a frame, looked at. */
static struct inspect
frame(const uint8_t *dst, uint16_t sport, uint16_t dport)
{
	static uint8_t buf[sizeof(msg) + 100];
	struct inspect in;
	uint8_t *ip = buf + 14, *udp = ip + 40;

	memset(buf, 0, sizeof(buf));
	memcpy(buf, dst, 6);
	memcpy(buf + 6, dport == 547 && sport == 546 ? mine : servers, 6);
	put16(buf + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, (uint16_t)(8 + len));
	ip[6] = 17;
	memcpy(ip + 8, ll, 16);
	memcpy(ip + 24, ll, 16);
	put16(udp, sport);
	put16(udp + 2, dport);
	put16(udp + 4, (uint16_t)(8 + len));
	memcpy(udp + 8, msg, len);
	ATF_REQUIRE(inspect_frame(buf, 62 + len, &in));
	return (in);
}

static struct inspect
reply_to(const uint8_t *mac)
{
	return (frame(mac, 547, 546));
}

static const struct binding *
who(struct bindings *bs, const uint8_t *addr, uint64_t now)
{
	struct binding_key bk = binding_key(6, addr, 0);

	return (bindings_find(bs, &bk, now));
}

static uint32_t
port_of(struct bindings *bs, const uint8_t *addr, uint64_t now)
{
	const struct binding *bi = who(bs, addr, now);

	return (bi == NULL || bi->bi_lease == 0 ? 0 : bi->bi_port);
}

ATF_TC_WITHOUT_HEAD(walk);
ATF_TC_BODY(walk, tc)
{
	struct dhcp6_walk dw = { 0 };
	struct dhcp6 dh;
	const uint8_t *addr;
	uint32_t seconds;
	size_t at;

	begin(DHCP6_REPLY);
	option_end(option(1));			/* a DUID of no length */
	ia(NA, a1, 100);
	at = option(NA);			/* refused as a whole */
	put("0123456789ab", 12);
	option_end(at);
	at = option(NA);			/* one of two */
	put("0123456789ab", 12);
	address(a1, 7, 2);
	address(a2, 8, 0);
	option_end(at);
	ia(TA, ll, 200);
	relay(DHCP6_RELAY_REPL, ll);
	relay(DHCP6_RELAY_REPL, a1);
	ATF_REQUIRE(dhcp6_parse(msg, len, &dh));
	ATF_CHECK_EQ(DHCP6_REPLY, dh.dh_type);
	ATF_CHECK_EQ(0, memcmp(dh.dh_peer, ll, 16));	/* the innermost */
	ATF_REQUIRE(dhcp6_next(&dh, &dw, &addr, &seconds));
	ATF_CHECK(memcmp(addr, a1, 16) == 0 && seconds == 100);
	ATF_REQUIRE(dhcp6_next(&dh, &dw, &addr, &seconds));
	ATF_CHECK(memcmp(addr, a2, 16) == 0 && seconds == 8);
	ATF_REQUIRE(dhcp6_next(&dh, &dw, &addr, &seconds));
	ATF_CHECK(memcmp(addr, ll, 16) == 0 && seconds == 200);
	ATF_CHECK(!dhcp6_next(&dh, &dw, &addr, &seconds));
	ATF_CHECK(!dhcp6_next(&dh, &dw, &addr, &seconds));
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	struct dhcp6_walk dw = { 0 };
	struct dhcp6 dh;
	const uint8_t *addr;
	uint32_t seconds;
	int i;

	begin(DHCP6_REPLY);
	ATF_CHECK(!dhcp6_parse(msg, 3, &dh));
	ia(NA, a1, 100);
	put16(msg + 4 + 2, 41);		/* an IA that is longer than all */
	ATF_REQUIRE(dhcp6_parse(msg, len, &dh));
	ATF_CHECK(!dhcp6_next(&dh, &dw, &addr, &seconds));
	begin(DHCP6_REPLY);
	ia(NA, a1, 100);
	put16(msg + 4 + 4 + 12 + 2, 25); /* an address longer than its IA */
	memset(&dw, 0, sizeof(dw));
	ATF_REQUIRE(dhcp6_parse(msg, len, &dh));
	ATF_CHECK(!dhcp6_next(&dh, &dw, &addr, &seconds));
	begin(DHCP6_REPLY);
	for (i = 0; i < 9; i++)
		relay(DHCP6_RELAY_REPL, ll);
	ATF_CHECK(dhcp6_parse(msg, len, &dh));
	relay(DHCP6_RELAY_REPL, ll);
	ATF_CHECK(!dhcp6_parse(msg, len, &dh));
	begin(DHCP6_RELAY_REPL);
	ATF_CHECK(!dhcp6_parse(msg, len, &dh));
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	/* requests and answers, also between relays and servers */
	begin(DHCP6_SOLICIT);
	ATF_CHECK(frame(servers, 546, 547).in_what & INSPECT_DHCP6_CLIENT);
	ATF_CHECK(frame(servers, 547, 546).in_what & INSPECT_DHCP6_SERVER);
	ATF_CHECK(frame(servers, 547, 547).in_what & INSPECT_DHCP6_CLIENT);
	begin(DHCP6_REPLY);
	ATF_CHECK(frame(mine, 547, 546).in_what & INSPECT_DHCP6_SERVER);
	ATF_CHECK(frame(mine, 547, 547).in_what & INSPECT_DHCP6_SERVER);
	ATF_CHECK(frame(mine, 547, 9).in_what & INSPECT_DHCP6_SERVER);
	relay(DHCP6_RELAY_REPL, ll);
	ATF_CHECK(frame(mine, 547, 547).in_what & INSPECT_DHCP6_SERVER);
	begin(DHCP6_REQUEST);
	relay(DHCP6_RELAY_FORW, ll);
	ATF_CHECK(frame(servers, 547, 547).in_what & INSPECT_DHCP6_CLIENT);
}

ATF_TC_WITHOUT_HEAD(leases);
ATF_TC_BODY(leases, tc)
{
	struct bindings *bs = bindings_new(100, 1000000);
	struct inspect in;

	begin(2);				/* ADVERTISE: an offer only */
	ia(NA, a1, 100);
	in = reply_to(mine);
	policy_lease6(bs, &in, ME, NOW);
	ATF_CHECK_EQ(0, port_of(bs, a1, NOW));
	begin(DHCP6_REPLY);			/* also by rapid commit */
	ia(NA, a1, 100);
	ia(TA, a2, UINT32_MAX);
	in = reply_to(mine);
	policy_lease6(bs, &in, 0, NOW);		/* to nobody known */
	ATF_CHECK_EQ(0, port_of(bs, a1, NOW));
	policy_lease6(bs, &in, ME, NOW);
	ATF_CHECK_EQ(ME, port_of(bs, a1, NOW));
	ATF_CHECK_EQ(ME, port_of(bs, a2, NOW));
	/* not to another who says to be the same client */
	in = reply_to(others);
	policy_lease6(bs, &in, OTHER, NOW + 1);
	ATF_CHECK_EQ(ME, port_of(bs, a1, NOW + 1));
	/* but where the host itself has gone, or when its time is over */
	in = reply_to(mine);
	policy_lease6(bs, &in, OTHER, NOW + 2);
	ATF_CHECK_EQ(OTHER, port_of(bs, a1, NOW + 2));
	policy_lease6(bs, &in, ME, NOW + 3);
	in = reply_to(others);
	policy_lease6(bs, &in, OTHER, NOW + 3 + 100001);
	ATF_CHECK_EQ(OTHER, port_of(bs, a1, NOW + 3 + 100001));
	ATF_CHECK_EQ(ME, port_of(bs, a2, NOW + 3 + 100001));
	/* taken back by the server */
	begin(DHCP6_REPLY);
	ia(NA, a2, 0);
	in = reply_to(mine);
	policy_lease6(bs, &in, ME, NOW + 4);
	ATF_CHECK_EQ(0, port_of(bs, a2, NOW + 4));
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(relays);
ATF_TC_BODY(relays, tc)
{
	struct bindings *bs = bindings_new(100, 1000000);
	struct binding_key bk = binding_key(6, ll, 0);
	struct inspect in;

	begin(DHCP6_REPLY);
	ia(NA, a1, 100);
	relay(DHCP6_RELAY_REPL, ll);
	in = frame(others, 547, 547);
	/* the relay's port is not the client's */
	policy_lease6(bs, &in, OTHER, NOW);
	ATF_CHECK_EQ(0, port_of(bs, a1, NOW));
	ATF_CHECK_EQ(BINDING_NEW,
	    bindings_claim(bs, &bk, mine, ME, false, 0, NOW));
	policy_lease6(bs, &in, OTHER, NOW);
	ATF_CHECK_EQ(ME, port_of(bs, a1, NOW));
	ATF_CHECK_EQ(0, memcmp(who(bs, a1, NOW)->bi_mac, mine, 6));
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(given_back);
ATF_TC_BODY(given_back, tc)
{
	static const uint8_t kinds[] = { DHCP6_RELEASE, DHCP6_DECLINE };
	struct bindings *bs = bindings_new(100, 1000000);
	struct inspect in;
	size_t i;

	for (i = 0; i < 2; i++) {
		begin(DHCP6_REPLY);
		ia(NA, a1, 100);
		in = reply_to(mine);
		policy_lease6(bs, &in, ME, NOW);
		begin(kinds[i]);
		ia(NA, a1, 0);
		in = frame(servers, 546, 547);
		policy_released(bs, &in, OTHER);	/* not its own */
		ATF_CHECK_EQ(ME, port_of(bs, a1, NOW));
		policy_released(bs, &in, ME);
		ATF_CHECK_EQ(0, port_of(bs, a1, NOW));
	}
	begin(DHCP6_REPLY);
	ia(NA, a1, 100);
	in = reply_to(mine);
	policy_lease6(bs, &in, ME, NOW);
	begin(DHCP6_RELEASE);
	ia(NA, a1, 0);
	relay(DHCP6_RELAY_FORW, ll);
	in = frame(servers, 547, 547);
	policy_released(bs, &in, ME);
	ATF_CHECK_EQ(ME, port_of(bs, a1, NOW));
	bindings_free(bs);
}

/* A packet from an address, judged. */
static enum policy_hit
from(struct bindings *bs, const uint8_t *addr, uint64_t now)
{
	static const struct policy po = { .po_flags = POLICY_LEASED_ONLY6 };
	struct inspect in;

	begin(DHCP6_INFORMATION);
	in = frame(servers, 5000, 53);
	memcpy((uint8_t *)(uintptr_t)in.in_ip.ii_src, addr, 16);
	ATF_CHECK(policy_needs_bindings(&po) && policy_judges_in(&po));
	return (policy_bind(&po, bs, &in, ME, now));
}

ATF_TC_WITHOUT_HEAD(leased_only6);
ATF_TC_BODY(leased_only6, tc)
{
	struct bindings *bs = bindings_new(100, 1000000);
	struct inspect in;

	ATF_CHECK_EQ(POLICY_HIT_LEASE, from(bs, a1, NOW));
	ATF_CHECK_EQ(POLICY_PASS, from(bs, ll, NOW));
	begin(DHCP6_REPLY);
	ia(NA, a1, 100);
	in = reply_to(mine);
	policy_lease6(bs, &in, ME, NOW);
	ATF_CHECK_EQ(POLICY_PASS, from(bs, a1, NOW));
	ATF_CHECK_EQ(POLICY_HIT_LEASE, from(bs, a2, NOW));
	ATF_CHECK_EQ(POLICY_PASS, from(bs, a1, NOW + 99000));
	ATF_CHECK_EQ(POLICY_HIT_LEASE, from(bs, a1, NOW + 2000000));
	in = reply_to(others);
	begin(DHCP6_REPLY);
	ia(NA, a2, 100);
	in = reply_to(others);
	policy_lease6(bs, &in, OTHER, NOW);
	ATF_CHECK_EQ(POLICY_HIT_IP, from(bs, a2, NOW));
	bindings_free(bs);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct bindings *bs = bindings_new(50, 1000);
	uint8_t good[sizeof(msg)], *copy;
	struct dhcp6_walk dw;
	struct dhcp6 dh;
	struct inspect in;
	const uint8_t *addr;
	uint32_t seconds;
	size_t n, full;
	int i, found;

	begin(DHCP6_REPLY);
	ia(NA, a1, 100);
	ia(TA, a2, 7);
	relay(DHCP6_RELAY_REPL, ll);
	memcpy(good, msg, full = len);
	for (i = 0; i < 100000; i++) {
		memcpy(msg, good, full);
		for (n = arc4random_uniform(5); n-- > 0;)
			msg[arc4random_uniform((uint32_t)full)] =
			    (uint8_t)arc4random();
		len = full - arc4random_uniform((uint32_t)full / 2);
		/* of exact size, so that ASan sees a read too far */
		ATF_REQUIRE((copy = malloc(len)) != NULL);
		memcpy(copy, msg, len);
		memset(&dw, 0, sizeof(dw));
		found = 0;
		if (dhcp6_parse(copy, len, &dh))
			while (dhcp6_next(&dh, &dw, &addr, &seconds)) {
				ATF_REQUIRE(addr >= copy &&
				    addr + 24 <= copy + len);
				ATF_REQUIRE(++found < 100);
			}
		free(copy);
		in = i % 2 ? reply_to(mine) : frame(servers, 546, 547);
		policy_lease6(bs, &in, ME, NOW);
		policy_released(bs, &in, ME);
		ATF_REQUIRE(bindings_total(bs) <= 50);
	}
	bindings_free(bs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, walk);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, leases);
	ATF_TP_ADD_TC(tp, relays);
	ATF_TP_ADD_TC(tp, given_back);
	ATF_TP_ADD_TC(tp, leased_only6);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
