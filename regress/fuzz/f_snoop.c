/* SPDX-License-Identifier: ISC */
/*
 * Frames of several ports to what a hub learns and changes: memberships of
 * IGMP and MLD, leases of DHCP, the segment size of TCP.  Each is a byte for
 * port and kind, one for its length, and the frame; of most the checksums are
 * put right, so that what is behind them is reached.
 */
#include "fuzz.h"
#include "kern/bytes.h"
#include "net/binding.h"
#include "net/csum.h"
#include "net/inspect.h"
#include "net/mcast.h"
#include "net/mss.h"
#include "net/policy.h"

enum { PORTS = 7, RIGHT = 0x80, LATER = 0x40, LEASES = 4 };

/* The checksums of IP and of a message of IGMP or ICMPv6 in it. */
static void
mend(uint8_t *p, const struct inspect *in)
{
	const struct ip_info *ii = &in->in_ip;
	uint8_t *ip = p + ii->ii_l3, *l4 = p + ii->ii_l4;
	uint64_t acc = 0;

	if (in->in_l4 == NULL || in->in_l4_len < 4)
		return;
	if (ii->ii_version == 4) {
		put16(ip + 10, 0);
		put16(ip + 10,
		    csum_finish(csum_add(0, ip, ii->ii_l4 - ii->ii_l3)));
	} else {
		acc = csum_add16(csum_add(0, ip + 8, 32), IP_ICMPV6);
		acc = csum_add16(acc, (uint16_t)in->in_l4_len);
	}
	put16(l4 + 2, 0);
	put16(l4 + 2, csum_finish(csum_add(acc, l4, in->in_l4_len)));
}

static void
membership(struct mcast *mc, const struct inspect *in, uint32_t port,
    uint64_t now)
{
	struct mcast_set *ms = NULL;
	struct igmp ig;

	(void)igmp_parse(in, &ig);
	if (in->in_ip.ii_dst == NULL)
		return;
	if (mcast_frame(mc, &ig, in->in_ether.ei_vid, in->in_ip.ii_dst, port,
		now, &ms) == MCAST_SET)
		(void)mcast_set_has_other(ms, port);
	FUZZ_PROMISE(mcast_count(mc) <= MCAST_MEMBERS);
}

/* What servers say in it, and clients take back. */
static void
leases(const struct inspect *in, uint32_t port, uint64_t now)
{
	struct bindings *bs = bindings_new(LEASES, 1000);

	FUZZ_PROMISE(bs != NULL);
	if (in->in_dhcp != NULL)
		policy_lease(bs, in, port, now);
	policy_lease6(bs, in, port, now);
	FUZZ_PROMISE(bindings_total(bs) <= LEASES);
	policy_released(bs, in, port);
	bindings_free(bs);
}

static void
segment(uint8_t *p, const struct inspect *in)
{
	bool over = mss_over(in, MSS_LEAST);

	FUZZ_PROMISE(mss_clamp(p, in, MSS_LEAST, false) == over);
	FUZZ_PROMISE(!mss_over(in, MSS_LEAST));
}

static void
one(struct mcast *mc, const uint8_t *data, size_t len, uint8_t how,
    uint64_t now)
{
	uint8_t *p = fuzz_copy(data, len);
	struct inspect in;

	if (inspect_frame(p, len, &in)) {
		if (how & RIGHT)
			mend(p, &in);
		membership(mc, &in, 1 + how % PORTS, now);
		leases(&in, 1 + how % PORTS, now);
		segment(p, &in);
	}
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcast *mc = mcast_new();
	struct igmp_query iq;
	uint64_t now = 1000;
	uint32_t port;
	size_t len;

	FUZZ_PROMISE(mc != NULL);
	for (port = 1; port <= PORTS; port++)
		mcast_port_up(mc, port, now);
	for (; size >= 2; data += len, size -= len) {
		len = data[1];
		if (len > size - 2)
			len = size - 2;
		if (data[0] & LATER)
			now += 13000;
		mcast_age(mc, now);
		one(mc, data + 2, len, data[0], now);
		len += 2;
	}
	mcast_set_querier(mc, (const uint8_t[4]){ 9, 9, 9, 9 },
	    (const uint8_t[16]){ 0xfe, 0x80 });
	while (mcast_ask(mc, now, &iq))
		;
	mcast_free(mc);
	return (0);
}
