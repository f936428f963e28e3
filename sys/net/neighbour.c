/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/binding.h"
#include "net/inspect.h"
#include "net/neighbour.h"

enum { ARP_REQUEST = 1 };

static bool
is_unspecified(const uint8_t *addr, size_t len)
{
	static const uint8_t none[16];

	return (memcmp(addr, none, len) == 0);
}

/* Others may know the sender elsewhere, and learn from what it asks. */
static bool
is_new(const struct bindings *bs, const struct inspect *in, uint64_t now)
{
	struct binding_key bk =
	    binding_key(4, in->in_arp + INSPECT_ARP_SPA, in->in_ether.ei_vid);
	const struct binding *bi = bindings_find(bs, &bk, now);

	return (bi == NULL || now < bi->bi_changed + NEIGHBOUR_NEW ||
	    memcmp(bi->bi_mac, in->in_arp + INSPECT_ARP_SHA,
		sizeof(bi->bi_mac)) != 0);
}

/* A request between two hosts: the address that is asked for. */
static bool
asks_arp(const struct bindings *bs, const struct inspect *in, uint64_t now,
    struct binding_key *bk)
{
	const uint8_t *spa = in->in_arp + INSPECT_ARP_SPA;
	const uint8_t *tpa = in->in_arp + INSPECT_ARP_TPA;

	if (get16(in->in_arp + INSPECT_ARP_OP) != ARP_REQUEST ||
	    is_unspecified(spa, 4) || memcmp(spa, tpa, 4) == 0 ||
	    is_new(bs, in, now))
		return (false);
	*bk = binding_key(4, tpa, in->in_ether.ei_vid);
	return (true);
}

static bool
asks_nd(const struct inspect *in, struct binding_key *bk)
{
	if (is_unspecified(in->in_ip.ii_src, 16) ||
	    in->in_l4_len < INSPECT_ND_LEN)
		return (false);
	*bk =
	    binding_key(6, in->in_l4 + INSPECT_ND_TARGET, in->in_ether.ei_vid);
	return (true);
}

uint32_t
neighbour_owner(struct bindings *bs, const struct inspect *in, uint64_t now)
{
	const struct binding *bi;
	struct binding_key bk;

	if (!ether_is_group(in->in_ether.ei_dst) ||
	    (in->in_what & INSPECT_HIDDEN))
		return (0);
	if (in->in_what & INSPECT_ARP) {
		if (!asks_arp(bs, in, now, &bk))
			return (0);
	} else if (!(in->in_what & INSPECT_NS) || !asks_nd(in, &bk))
		return (0);
	if ((bi = bindings_find(bs, &bk, now)) == NULL ||
	    (bi->bi_asked != 0 && now >= bi->bi_asked + NEIGHBOUR_WAIT))
		return (0);
	bindings_asked(bs, &bk, now);
	return (bi->bi_port);
}

void
neighbour_heard(struct bindings *bs, const struct inspect *in, uint32_t port)
{
	struct binding_key bk;

	if (in->in_what & INSPECT_ARP)
		bk = binding_key(4, in->in_arp + INSPECT_ARP_SPA,
		    in->in_ether.ei_vid);
	else if ((in->in_what & INSPECT_NA) && in->in_l4_len >= INSPECT_ND_LEN)
		bk = binding_key(6, in->in_l4 + INSPECT_ND_TARGET,
		    in->in_ether.ei_vid);
	else
		return;
	bindings_answered(bs, &bk, port);
}
