/* SPDX-License-Identifier: ISC */
/*
 * The compiled form against an evaluator that asks one rule after the other,
 * on random rules and frames; then what filters are evaded by, one by one.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern/bytes.h"
#include "net/acl.h"
#include "net/inspect.h"

#define put16 own_put16
#include "packets.h"
#undef put16

enum { ROUNDS = 60, FRAMES = 400 };

static uint32_t state;

static uint32_t
rnd(uint32_t below)
{
	state = state * 1664525u + 1013904223u;
	return ((uint32_t)(((uint64_t)(state >> 1) * below) >> 31));
}

static bool
all(size_t n, void *arg)
{
	(void)n;
	(void)arg;
	return (true);
}

/* Addresses, ports and the like of a small world, so that rules meet them. */
static void
some_mac(uint8_t *mac, bool group)
{
	memcpy(mac, host, 6);
	mac[5] = (uint8_t)rnd(6);
	if (group && rnd(3) == 0)
		mac[0] |= 1;
}

static void
some_address(uint8_t *addr, int family)
{
	memset(addr, 0, 16);
	addr[0] = family == 4 ? 10 : 0xfd;
	addr[1] = (uint8_t)(rnd(2) * 128);
	addr[family == 4 ? 3 : 15] = (uint8_t)rnd(8);
	if (family == 6)
		addr[7] = addr[8] = (uint8_t)rnd(2);
}

static void
some_frame(void)
{
	static const size_t types[] = { 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd,
		0x0806, 0x88cc, 0x8100, 0x0026 };
	static const int protos[] = { 6, 6, 6, 17, 17, 1, 58, 44, 60, 89 };
	uint8_t dst[6], src[6], addr[16];
	size_t type = types[rnd(9)], at;
	int proto = protos[rnd(10)];

	some_mac(dst, true);
	some_mac(src, false);
	begin(dst, src, rnd(3), type);
	at = len;
	some_address(addr, type == 0x0800 ? 4 : 6);
	if (type == 0x0800) {
		ip4(addr, proto, rnd(3) * 4, 32);
		some_address(buf + at + 16, 4);
		if (rnd(4) == 0)
			own_put16(at + 6, rnd(3) * 0x1000 + rnd(4));
	} else if (type == 0x86dd) {
		ip6(addr, proto, 40);
		some_address(buf + at + 24, 6);
		if (proto == 44 || proto == 60) {
			buf[len] = (uint8_t)protos[rnd(10)];
			own_put16(len + 2, rnd(3) * 8 + rnd(2));
			len += 8;
		}
	}
	own_put16(len, rnd(5) * 10);
	own_put16(len + 2, rnd(5) * 10);
	buf[len + 13] = (uint8_t)rnd(32);
	len += 32;
	if (rnd(8) == 0)
		len -= rnd((uint32_t)len - 14);
	if (rnd(8) == 0)
		buf[12 + rnd(60)] = (uint8_t)rnd(256);
}

static void
some_mac_cond(struct acl_rule *ar, enum acl_field field)
{
	static const uint8_t masks[4][6] = { { 255, 255, 255, 255, 255, 255 },
		{ 1, 0, 0, 0, 0, 0 }, { 255, 255, 255, 0, 0, 0 },
		{ 0, 0, 0, 0, 0, 3 } };
	uint8_t mac[6];

	some_mac(mac, true);
	acl_set_mac(ar, field, mac, masks[rnd(4)]);
}

static void
some_prefix(struct acl_rule *ar, bool src)
{
	static const unsigned int lens4[] = { 0, 8, 9, 30, 31, 32 };
	static const unsigned int lens6[] = { 0, 1, 63, 64, 65, 127, 128 };
	uint8_t addr[16];

	if (rnd(2) == 0) {
		some_address(addr, 4);
		acl_set_prefix(ar, src ? ACL_SRC_IP4 : ACL_DST_IP4, addr,
		    lens4[rnd(6)]);
	} else {
		some_address(addr, 6);
		acl_set_prefix(ar, src ? ACL_SRC_IP6 : ACL_DST_IP6, addr,
		    lens6[rnd(7)]);
	}
}

static void
some_range(struct acl_rule *ar, enum acl_field field, uint32_t most)
{
	uint32_t from = rnd(most + 1);

	acl_set_range(ar, field, from, from + rnd(most + 1 - from));
}

static void
some_rule(struct acl_rule *ar)
{
	static const size_t types[] = { 0x0800, 0x86dd, 0x0806, 0x88cc };
	static const uint32_t protos[] = { 6, 17, 1, 58 };
	uint32_t x;

	memset(ar, 0, sizeof(*ar));
	ar->ar_drop = rnd(2) == 0;
	if (rnd(6) == 0)
		some_mac_cond(ar, ACL_SRC_MAC);
	if (rnd(6) == 0)
		some_mac_cond(ar, ACL_DST_MAC);
	x = (uint32_t)types[rnd(4)];
	if (rnd(8) == 0)
		acl_set_range(ar, ACL_TYPE, x, x);
	if (rnd(8) == 0)
		some_range(ar, ACL_VLAN, 10);
	if (rnd(2) == 0)
		some_prefix(ar, true);
	if (rnd(2) == 0)
		some_prefix(ar, false);
	x = protos[rnd(4)];
	if (rnd(3) == 0)
		acl_set_range(ar, ACL_PROTOCOL, x, x);
	if (rnd(4) == 0)
		some_range(ar, ACL_SRC_PORT, rnd(2) == 0 ? 50 : 65535);
	if (rnd(4) == 0)
		some_range(ar, ACL_DST_PORT, rnd(2) == 0 ? 50 : 65535);
	x = ACL_ESTABLISHED + rnd(2);
	if (rnd(6) == 0)
		acl_set_range(ar, ACL_STATE, x, x);
	if (rnd(10) == 0)
		acl_set_range(ar, ACL_FRAGMENT, 1, 1);
}

/*
 * The other evaluator.  What is not there is -1, what cannot be seen -2.
 */
enum { NOT = -1, HIDDEN = -2 };

static int64_t
field_mac(const uint8_t *mac)
{
	return ((int64_t)((uint64_t)get16(mac) << 32 | get32(mac + 2)));
}

static bool
hides_all(const struct inspect *in)
{
	return (in->in_ether.ei_type == ETHER_VLAN ||
	    in->in_ether.ei_type == ETHER_QINQ ||
	    ((in->in_what & (INSPECT_IP4 | INSPECT_IP6)) != 0 &&
		in->in_ip.ii_version == 0));
}

static int64_t
field_proto(const struct inspect *in)
{
	if (hides_all(in))
		return (HIDDEN);
	if (in->in_ip.ii_version == 0)
		return (NOT);
	if (in->in_ip.ii_version == 6 && (in->in_what & INSPECT_LATER))
		return (HIDDEN);
	return (in->in_ip.ii_proto);
}

static int64_t
field_transport(const struct inspect *in, enum acl_field field)
{
	int64_t proto = field_proto(in);
	uint8_t flags = in->in_tcp_flags;

	if (proto < 0)
		return (proto);
	if (proto != 6 && (proto != 17 || field == ACL_STATE))
		return (NOT);
	if (!(in->in_what & (INSPECT_TCP | INSPECT_UDP)))
		return (HIDDEN);
	if (field == ACL_SRC_PORT)
		return (in->in_sport);
	if (field == ACL_DST_PORT)
		return (in->in_dport);
	return ((flags & 0x10) != 0 || (flags & 0x06) == 0x04 ?
		ACL_ESTABLISHED :
		ACL_NEW);
}

static int64_t
field_number(const struct inspect *in, enum acl_field field)
{
	bool tags = in->in_ether.ei_type == ETHER_VLAN ||
	    in->in_ether.ei_type == ETHER_QINQ;

	switch (field) {
	case ACL_SRC_MAC:
		return (field_mac(in->in_ether.ei_src));
	case ACL_DST_MAC:
		return (field_mac(in->in_ether.ei_dst));
	case ACL_TYPE:
		return (tags ? HIDDEN : in->in_ether.ei_type);
	case ACL_VLAN:
		return (in->in_ether.ei_vid);
	case ACL_PROTOCOL:
		return (field_proto(in));
	case ACL_FRAGMENT:
		return (hides_all(in) ? HIDDEN :
			in->in_ip.ii_version == 0 ?
					NOT :
					(in->in_what & INSPECT_LATER) != 0);
	default:
		return (field_transport(in, field));
	}
}

/* 1 yes, 0 no, HIDDEN; addresses octet by octet. */
static int
holds_address(const struct acl_cond *ac, const struct inspect *in,
    enum acl_field field)
{
	int family = field == ACL_SRC_IP4 || field == ACL_DST_IP4 ? 4 : 6;
	bool src = field == ACL_SRC_IP4 || field == ACL_SRC_IP6;
	const uint8_t *addr = src ? in->in_ip.ii_src : in->in_ip.ii_dst;
	uint8_t from[16], to[16];
	size_t n = family == 4 ? 4 : 16;

	if (hides_all(in))
		return (HIDDEN);
	if (in->in_ip.ii_version != family)
		return (0);
	put64(from, ac->ac_from.an_high);
	put64(from + 8, ac->ac_from.an_low);
	put64(to, ac->ac_to.an_high);
	put64(to + 8, ac->ac_to.an_low);
	return (memcmp(addr, from + 16 - n, n) >= 0 &&
	    memcmp(addr, to + 16 - n, n) <= 0);
}

static int
holds(const struct acl_cond *ac, const struct inspect *in, enum acl_field field)
{
	int64_t value;

	if (!ac->ac_set)
		return (1);
	if (field >= ACL_SRC_IP4 && field <= ACL_DST_IP6)
		return (holds_address(ac, in, field));
	value = field_number(in, field);
	if (value < 0)
		return (value == HIDDEN ? HIDDEN : 0);
	value &= (int64_t)ac->ac_mask;
	return (value >= (int64_t)ac->ac_from.an_low &&
	    value <= (int64_t)ac->ac_to.an_low);
}

static int
naive(const struct acl_rule *rules, size_t n, const struct inspect *in)
{
	int field, is;
	size_t i;

	for (i = 0; i < n; i++) {
		for (field = 0; field < ACL_FIELDS; field++) {
			is = holds(&rules[i].ar_cond[field], in,
			    (enum acl_field)field);
			if (is == 0 || (is == HIDDEN && !rules[i].ar_drop))
				break;
		}
		if (field == ACL_FIELDS)
			return ((int)i);
	}
	return (ACL_NONE);
}

/* Every third rule is left out. */
static bool
some_apply(size_t n, void *arg)
{
	(void)arg;
	return (n % 3 != 0);
}

static void
compare(size_t n, uint32_t seed, unsigned int *hits)
{
	struct acl_rule *rules = calloc(n + 1, sizeof(*rules)), *odd;
	struct inspect in;
	struct acl *acl;
	uint64_t *view, *some;
	unsigned int i;
	int got, want;
	uint8_t *p;

	state = seed;
	for (i = 0; i < n; i++)
		some_rule(&rules[i]);
	acl = acl_new(rules, n);
	ATF_REQUIRE(acl != NULL);
	view = acl_view(acl, all, NULL);
	some = acl_view(acl, some_apply, NULL);
	ATF_CHECK_EQ(acl_view_empty(view), n == 0);
	/* for the naive one a rule that never holds */
	odd = calloc(n + 1, sizeof(*odd));
	for (i = 0; i < n; i++) {
		odd[i] = rules[i];
		if (!some_apply(i, NULL))
			acl_set_range(&odd[i], ACL_VLAN, 9999, 9999);
	}
	for (i = 0; i < FRAMES; i++) {
		some_frame();
		p = malloc(len);
		memcpy(p, buf, len);
		if (inspect_frame(p, len, &in)) {
			got = acl_match(acl, view, &in);
			want = naive(rules, n, &in);
			ATF_REQUIRE_EQ_MSG(got, want,
			    "seed %u frame %u: %d, not %d", seed, i, got, want);
			*hits += got != ACL_NONE;
			ATF_REQUIRE_EQ(acl_match(acl, some, &in),
			    naive(odd, n, &in));
		}
		free(p);
	}
	acl_free(acl);
	free(view);
	free(some);
	free(rules);
	free(odd);
}

ATF_TC_WITHOUT_HEAD(random_rules);
ATF_TC_BODY(random_rules, tc)
{
	static const size_t sizes[] = { 0, 1, 2, 5, 63, 64, 65, 200, 700 };
	unsigned int hits = 0;
	uint32_t seed;

	for (seed = 1; seed <= ROUNDS; seed++)
		compare(sizes[seed % 9], seed, &hits);
	/* it is not all one or the other */
	ATF_CHECK(hits > ROUNDS * FRAMES / 4);
	ATF_CHECK(hits < ROUNDS * FRAMES * 19 / 20);
}

/* What one rule says of the frame in buf: dropped, or not. */
static bool
drops(const struct acl_rule *ar)
{
	struct acl *acl = acl_new(ar, 1);
	uint64_t *view = acl_view(acl, all, NULL);
	struct inspect in;
	int n;

	ATF_REQUIRE(inspect_frame(buf, len, &in));
	n = acl_match(acl, view, &in);
	acl_free(acl);
	free(view);
	return (n == 0 && ar->ar_drop);
}

/* Whether "pass what is so, drop the rest" passes the frame in buf. */
static bool
passes_only(const struct acl_rule *ar)
{
	struct acl_rule rules[2] = { *ar, { .ar_drop = true } };
	struct acl *acl = acl_new(rules, 2);
	uint64_t *view = acl_view(acl, all, NULL);
	struct inspect in;
	int n;

	rules[0].ar_drop = false;
	ATF_REQUIRE(!ar->ar_drop);
	ATF_REQUIRE(inspect_frame(buf, len, &in));
	n = acl_match(acl, view, &in);
	acl_free(acl);
	free(view);
	return (n == 0);
}

static void
telnet(struct acl_rule *ar, bool drop)
{
	memset(ar, 0, sizeof(*ar));
	ar->ar_drop = drop;
	acl_set_range(ar, ACL_PROTOCOL, 6, 6);
	acl_set_range(ar, ACL_DST_PORT, 23, 23);
}

/* TCP to a port; flags of its header. */
static void
tcp_to(size_t port, uint8_t flags, unsigned int tags, bool v6)
{
	begin(router, host, tags, v6 ? 0x86dd : 0x0800);
	if (v6)
		ip6(other6, 6, 20);
	else
		ip4(other4, 6, 0, 20);
	own_put16(len, 40000);
	own_put16(len + 2, port);
	buf[len + 12] = 0x50;
	buf[len + 13] = flags;
	len += 20;
}

ATF_TC_WITHOUT_HEAD(evasions);
ATF_TC_BODY(evasions, tc)
{
	struct acl_rule drop, pass;
	unsigned int tags;
	size_t at;

	telnet(&drop, true);
	telnet(&pass, false);
	for (tags = 0; tags <= 2; tags++) {
		tcp_to(23, 2, tags, false);
		ATF_CHECK(drops(&drop));
		ATF_CHECK(passes_only(&pass));
		tcp_to(24, 2, tags, true);
		ATF_CHECK(!drops(&drop));
		ATF_CHECK(!passes_only(&pass));
	}
	/* a tag too many: it may be */
	tcp_to(23, 2, 3, false);
	ATF_CHECK(drops(&drop));
	ATF_CHECK(!passes_only(&pass));
	/* options, and destination options of IPv6 */
	begin(router, host, 0, 0x0800);
	ip4(other4, 6, 40, 20);
	own_put16(len + 2, 23);
	len += 20;
	ATF_CHECK(drops(&drop));
	begin(router, host, 0, 0x86dd);
	ip6(other6, 60, 28);
	buf[len] = 6;
	own_put16(len + 8 + 2, 23);
	len += 28;
	ATF_CHECK(drops(&drop));
	ATF_CHECK(passes_only(&pass));
	/* a later fragment has no ports */
	tcp_to(24, 2, 0, false);
	own_put16(14 + 6, 100);
	ATF_CHECK(drops(&drop));
	ATF_CHECK(!passes_only(&pass));
	buf[14 + 9] = 17;
	ATF_CHECK(!drops(&drop));
	/* of IPv6 not even a protocol, whatever it says */
	begin(router, host, 0, 0x86dd);
	ip6(other6, 44, 28);
	at = len;
	buf[at] = 17;
	own_put16(at + 2, 800);
	len += 28;
	ATF_CHECK(drops(&drop));
	ATF_CHECK(!passes_only(&pass));
	/* a first one that ends before its ports do, and a lie of length */
	begin(router, host, 0, 0x0800);
	ip4(other4, 6, 0, 2);
	own_put16(14 + 6, 0x2000);
	len += 2;
	ATF_CHECK(drops(&drop));
	ATF_CHECK(!passes_only(&pass));
	tcp_to(24, 2, 0, false);
	own_put16(14 + 2, 2000);
	ATF_CHECK(drops(&drop));
	ATF_CHECK(!passes_only(&pass));
	/* ARP is none of it */
	arp(everybody, host, 0, 1, other4, gw4);
	ATF_CHECK(!drops(&drop));
}

ATF_TC_WITHOUT_HEAD(tcp_states);
ATF_TC_BODY(tcp_states, tc)
{
	static const struct {
		uint8_t flags;
		bool established;
	} vectors[] = { { 0x02, false }, { 0x12, true }, { 0x10, true },
		{ 0x04, true }, { 0x14, true }, { 0x06, false },
		{ 0x01, false }, { 0x00, false }, { 0x29, false },
		{ 0x18, true } };
	struct acl_rule old = { .ar_drop = true }, new = { .ar_drop = true };
	size_t i;

	acl_set_range(&old, ACL_STATE, ACL_ESTABLISHED, ACL_ESTABLISHED);
	acl_set_range(&new, ACL_STATE, ACL_NEW, ACL_NEW);
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		tcp_to(80, vectors[i].flags, 0, i % 2 == 0);
		ATF_CHECK_EQ(drops(&old), vectors[i].established);
		ATF_CHECK_EQ(drops(&new), !vectors[i].established);
	}
	begin(router, host, 0, 0x0800);
	ip4(other4, 17, 0, 8);
	udp(5, 6, 0);
	ATF_CHECK(!drops(&old) && !drops(&new));
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct acl_rule *rules = calloc(ACL_RULES + 1, sizeof(*rules));
	struct acl *acl;
	uint8_t mask[6] = { 255, 255 };
	size_t i;

	ATF_CHECK(acl_new(rules, ACL_RULES + 1) == NULL);
	acl = acl_new(rules, ACL_RULES);
	ATF_CHECK(acl != NULL);
	acl_free(acl);
	acl_free(NULL);
	for (i = 0; i <= ACL_MASKS; i++) {
		mask[5] = (uint8_t)i;
		acl_set_mac(&rules[2 * i], ACL_SRC_MAC, host, mask);
		acl_set_mac(&rules[2 * i + 1], ACL_SRC_MAC, router, mask);
	}
	ATF_CHECK_EQ(acl_masks(rules, 2 * i), ACL_MASKS + 1);
	ATF_CHECK(acl_new(rules, 2 * i) == NULL);
	ATF_CHECK_EQ(acl_masks(rules, 2 * i - 2), ACL_MASKS);
	acl = acl_new(rules, 2 * i - 2);
	ATF_CHECK(acl != NULL);
	acl_free(acl);
	/* a mask of nothing is any address; all of a field is no overflow */
	memset(rules, 0, sizeof(*rules));
	memset(mask, 0, sizeof(mask));
	rules[0].ar_drop = true;
	acl_set_mac(&rules[0], ACL_SRC_MAC, router, mask);
	acl_set_prefix(&rules[0], ACL_SRC_IP6, other6, 0);
	tcp_to(23, 2, 0, true);
	ATF_CHECK(drops(&rules[0]));
	free(rules);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_rules);
	ATF_TP_ADD_TC(tp, evasions);
	ATF_TP_ADD_TC(tp, tcp_states);
	ATF_TP_ADD_TC(tp, limits);
	return (atf_no_error());
}
