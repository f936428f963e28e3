/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/csum.h"
#include "net/igmp.h"
#include "net/inspect.h"

enum {
	PROTO_IGMP = 2,
	PROTO_PIM = 103,

	/* IGMP's types */
	V4_QUERY = 0x11,
	V4_REPORT1 = 0x12,
	V4_REPORT2 = 0x16,
	V4_LEAVE = 0x17,
	V4_REPORT3 = 0x22,
	V4_ADVERTISEMENT = 0x30,	/* of a router, RFC 4286 */
	/* ICMPv6's */
	V6_QUERY = 130,
	V6_REPORT1 = 131,
	V6_DONE = 132,
	V6_REPORT2 = 143,
	V6_ADVERTISEMENT = 151,

	V4_LEN = 8,			/* of all messages, at least */
	V6_LEN = 24,
	V4_QUERY3 = 12,			/* a query of IGMPv3 is longer */
	V6_QUERY2 = 28,			/* one of MLDv2 */
	REPORT_HEAD = 8,		/* before the records, of either */
	RECORD_HEAD = 4,		/* before a record's group */
	DEFAULT_RESPONSE = 10000	/* ms, of IGMPv1 */
};

/* Types of a record (RFC 3376, 4.2.12). */
enum { IS_INCLUDE = 1, TO_INCLUDE = 3, BLOCK = 6 };

static size_t
addr_len(int family)
{
	return (family == 4 ? 4 : 16);
}

static bool
sums_hold(const struct inspect *in)
{
	const struct ip_info *ii = &in->in_ip;
	const uint8_t *ip = in->in_ether.ei_dst + ii->ii_l3;
	uint64_t acc = 0;

	if (ii->ii_version == 4) {
		if (csum_finish(csum_add(0, ip, ii->ii_l4 - ii->ii_l3)) != 0)
			return (false);
	} else
		acc = csum_pseudo(ii->ii_src, 32, IP_ICMPV6, in->in_l4_len);
	return (csum_finish(csum_add(acc, in->in_l4, in->in_l4_len)) == 0);
}

/* Codes of 8 bits (RFC 3376, 4.1.1) and 16 (RFC 3810, 5.1.3). */
static uint32_t
response_of(const struct igmp *ig, const uint8_t *p, size_t len)
{
	uint32_t code;

	if (ig->ig_family == 4) {
		code = p[1];
		if (code == 0)
			return (DEFAULT_RESPONSE);
		if (len >= V4_QUERY3 && code >= 128)
			code = ((code & 0x0f) | 0x10) << ((code >> 4 & 7) + 3);
		return (code * 100);
	}
	code = get16(p + 4);
	if (len >= V6_QUERY2 && code >= 32768)
		code = ((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
	return (code);
}

static size_t
record_len(int family, const uint8_t *rec)
{
	size_t alen = addr_len(family);

	return (RECORD_HEAD + alen + get16(rec + 2) * alen +
	    (size_t)rec[1] * 4);
}

/* Whether the records are as long as they say they are. */
static bool
records_fit(const struct igmp *ig, const uint8_t *p, size_t len)
{
	size_t at = REPORT_HEAD, n = ig->ig_records;

	for (; n > 0; n--) {
		if (len - at < RECORD_HEAD + addr_len(ig->ig_family))
			return (false);
		if (record_len(ig->ig_family, p + at) > len - at)
			return (false);
		at += record_len(ig->ig_family, p + at);
	}
	return (true);
}

static enum igmp_kind
list(struct igmp *ig, const uint8_t *p, size_t len)
{
	ig->ig_records = get16(p + 6);
	ig->ig_record = p + REPORT_HEAD;
	return (records_fit(ig, p, len) ? IGMP_REPORT : IGMP_BAD);
}

static enum igmp_kind
single(struct igmp *ig, const uint8_t *group, bool leave)
{
	memcpy(ig->ig_group, group, addr_len(ig->ig_family));
	ig->ig_records = 1;
	ig->ig_single = true;
	ig->ig_leave = leave;
	return (IGMP_REPORT);
}

static enum igmp_kind
query(struct igmp *ig, const uint8_t *p, size_t len, const uint8_t *group)
{
	memcpy(ig->ig_group, group, addr_len(ig->ig_family));
	ig->ig_response = response_of(ig, p, len);
	return (IGMP_QUERY);
}

static enum igmp_kind
parse4(const struct inspect *in, struct igmp *ig)
{
	const uint8_t *p = in->in_l4;
	size_t len = in->in_l4_len;

	if (len < V4_LEN || !sums_hold(in))
		return (IGMP_BAD);
	switch (p[0]) {
	case V4_QUERY:
		return (query(ig, p, len, p + 4));
	case V4_REPORT1:
	case V4_REPORT2:
		return (single(ig, p + 4, false));
	case V4_LEAVE:
		return (single(ig, p + 4, true));
	case V4_REPORT3:
		return (list(ig, p, len));
	case V4_ADVERTISEMENT:
		return (IGMP_ROUTER);
	default:
		return (IGMP_UNKNOWN);
	}
}

/* RFC 3810, 5.1.14 and 5.2.13; a report may come before an address does. */
static bool
is_of_link(const struct inspect *in, uint8_t type)
{
	static const uint8_t none[IGMP_ADDR_LEN];
	const uint8_t *src = in->in_ip.ii_src;
	const uint8_t *ip = in->in_ether.ei_dst + in->in_ip.ii_l3;

	if (ip[7] != 1)			/* hop limit */
		return (false);
	if (src[0] == 0xfe && (src[1] & 0xc0) == 0x80)
		return (true);
	return (type != V6_QUERY && memcmp(src, none, sizeof(none)) == 0);
}

static enum igmp_kind
parse6(const struct inspect *in, struct igmp *ig)
{
	const uint8_t *p = in->in_l4;
	size_t len = in->in_l4_len;
	bool report2 = p[0] == V6_REPORT2;

	if (p[0] == V6_ADVERTISEMENT)
		return (IGMP_ROUTER);
	if (!(in->in_what & INSPECT_MULTICAST))
		return (IGMP_NONE);
	if (len < (report2 ? REPORT_HEAD : V6_LEN) || !sums_hold(in))
		return (IGMP_BAD);
	if (!is_of_link(in, p[0]))
		return (IGMP_UNKNOWN);
	if (report2)
		return (list(ig, p, len));
	if (p[0] == V6_QUERY)
		return (query(ig, p, len, p + 8));
	return (single(ig, p + 8, p[0] == V6_DONE));
}

/* A hello (RFC 7761, 4.9). */
static bool
is_pim_hello(const struct inspect *in)
{
	return (in->in_ip.ii_proto == PROTO_PIM && in->in_l4_len >= 4 &&
	    in->in_l4[0] == 0x20);
}

static enum igmp_kind
parse(const struct inspect *in, struct igmp *ig)
{
	if (is_pim_hello(in))
		return (IGMP_ROUTER);
	if (ig->ig_family == 4 && in->in_ip.ii_proto == PROTO_IGMP)
		return (parse4(in, ig));
	if (ig->ig_family == 6 && in->in_ip.ii_proto == IP_ICMPV6)
		return (parse6(in, ig));
	return (IGMP_NONE);
}

enum igmp_kind
igmp_parse(const struct inspect *in, struct igmp *ig)
{
	memset(ig, 0, sizeof(*ig));
	ig->ig_family = in->in_ip.ii_version;
	ig->ig_src = in->in_ip.ii_src;
	if (in->in_l4 == NULL ||
	    (in->in_what & (INSPECT_FRAGMENT | INSPECT_HIDDEN)))
		return (IGMP_NONE);
	ig->ig_kind = parse(in, ig);
	return (ig->ig_kind);
}

/* What a record is about; false: it changes nothing. */
static bool
record_says(const uint8_t *rec, bool *leave)
{
	*leave = rec[0] == TO_INCLUDE && get16(rec + 2) == 0;
	if (rec[0] == IS_INCLUDE && get16(rec + 2) == 0)
		return (false);
	return (rec[0] >= IS_INCLUDE && rec[0] < BLOCK);
}

bool
igmp_next(struct igmp *ig, uint8_t *group, bool *leave)
{
	const uint8_t *rec;

	while (ig->ig_records > 0) {
		ig->ig_records--;
		memset(group, 0, IGMP_ADDR_LEN);
		if (ig->ig_single) {
			memcpy(group, ig->ig_group, IGMP_ADDR_LEN);
			*leave = ig->ig_leave;
			return (true);
		}
		rec = ig->ig_record;
		ig->ig_record += record_len(ig->ig_family, rec);
		if (!record_says(rec, leave))
			continue;
		memcpy(group, rec + RECORD_HEAD, addr_len(ig->ig_family));
		return (true);
	}
	return (false);
}

bool
igmp_is_tracked(int family, const uint8_t *group)
{
	static const uint8_t solicited[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 1, 0xff };

	if (family == 4)
		return (group[0] >> 4 == 14 &&
		    (group[0] != 224 || group[1] != 0 || group[2] != 0));
	if (group[0] != 0xff)
		return (false);
	return ((group[1] & 0x0f) > 2 ||
	    memcmp(group, solicited, sizeof(solicited)) == 0);
}

static bool
is_general(const struct igmp_query *iq)
{
	static const uint8_t none[IGMP_ADDR_LEN];

	return (memcmp(iq->iq_group, none, sizeof(none)) == 0);
}

/* Ethernet's header to the group, or to all hosts. */
static size_t
build_ether(uint8_t *out, const struct igmp_query *iq, const uint8_t *dst)
{
	size_t at = 12;

	if (iq->iq_family == 4) {
		memcpy(out, (const uint8_t[]){ 1, 0, 0x5e }, 3);
		memcpy(out + 3, dst + 1, 3);
		out[3] &= 0x7f;
	} else {
		out[0] = out[1] = 0x33;
		memcpy(out + 2, dst + 12, 4);
	}
	memcpy(out + 6, iq->iq_mac, 6);
	if (iq->iq_vid != 0) {
		put16(out + at, ETHER_VLAN);
		put16(out + at + 2, iq->iq_vid);
		at += 4;
	}
	put16(out + at, iq->iq_family == 4 ? ETHER_IPV4 : ETHER_IPV6);
	return (at + 2);
}

enum {
	ROBUSTNESS = 2,
	INTERVAL = 125,		/* s, between two general queries */
	IP4_HEAD = 24,		/* with the router alert option */
	IP6_HEAD = 48
};

static size_t
build4(uint8_t *out, const struct igmp_query *iq)
{
	static const uint8_t all[4] = { 224, 0, 0, 1 };
	/* TOS of network control, TTL 1, router alert (RFC 2113) */
	static const uint8_t head[IP4_HEAD] = { 0x46, 0xc0, 0,
		IP4_HEAD + V4_QUERY3, 0, 0, 0, 0, 1, PROTO_IGMP, [20] = 0x94,
		4 };
	const uint8_t *dst = is_general(iq) ? all : iq->iq_group;
	size_t l3 = build_ether(out, iq, dst);
	uint8_t *ip = out + l3, *p = ip + IP4_HEAD;

	memcpy(ip, head, sizeof(head));
	memcpy(ip + 12, iq->iq_src, 4);
	memcpy(ip + 16, dst, 4);
	put16(ip + 10, csum_finish(csum_add(0, ip, IP4_HEAD)));
	memset(p, 0, V4_QUERY3);
	p[0] = V4_QUERY;
	p[1] = (uint8_t)(iq->iq_response / 100);
	memcpy(p + 4, iq->iq_group, 4);
	p[8] = ROBUSTNESS;
	p[9] = INTERVAL;
	put16(p + 2, csum_finish(csum_add(0, p, V4_QUERY3)));
	return (l3 + IP4_HEAD + V4_QUERY3);
}

static size_t
build6(uint8_t *out, const struct igmp_query *iq)
{
	static const uint8_t all[16] = { 0xff, 2, [15] = 1 };
	/* hop limit 1, router alert (RFC 2711) and a pad */
	static const uint8_t head[IP6_HEAD] = {
		0x60, [5] = 8 + V6_QUERY2, [7] = 1, [40] = IP_ICMPV6, 0, 5, 2,
		0, 0, 1, 0
	};
	const uint8_t *dst = is_general(iq) ? all : iq->iq_group;
	size_t l3 = build_ether(out, iq, dst);
	uint8_t *ip = out + l3, *p = ip + IP6_HEAD;
	uint64_t acc;

	memcpy(ip, head, sizeof(head));
	memcpy(ip + 8, iq->iq_src, 16);
	memcpy(ip + 24, dst, 16);
	memset(p, 0, V6_QUERY2);
	p[0] = V6_QUERY;
	put16(p + 4, (uint16_t)iq->iq_response);
	memcpy(p + 8, iq->iq_group, 16);
	p[24] = ROBUSTNESS;
	p[25] = INTERVAL;
	acc = csum_add16(csum_add(0, ip + 8, 32), V6_QUERY2 + IP_ICMPV6);
	put16(p + 2, csum_finish(csum_add(acc, p, V6_QUERY2)));
	return (l3 + IP6_HEAD + V6_QUERY2);
}

size_t
igmp_build_query(uint8_t *out, const struct igmp_query *iq)
{
	return (iq->iq_family == 4 ? build4(out, iq) : build6(out, iq));
}
