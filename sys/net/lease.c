/* SPDX-License-Identifier: ISC */
/*
 * lease: what DHCP says about who has which address, into the bindings that
 * policies ask (policy.h).
 */
#include <string.h>

#include "kern/bytes.h"
#include "net/binding.h"
#include "net/dhcp6.h"
#include "net/inspect.h"
#include "net/policy.h"

enum {
	OPT_LEASE = 51,			/* of DHCP (RFC 2132) */
	LEASE_MAX = 7 * 24 * 3600	/* seconds; infinite ones too */
};

void
policy_lease(struct bindings *bs, const struct inspect *in, uint32_t port,
    uint64_t now)
{
	static const uint8_t none[4];
	struct binding_key bk;
	const uint8_t *o;
	uint64_t seconds = LEASE_MAX;
	size_t len;

	if (!(in->in_what & INSPECT_DHCP_SERVER) ||
	    inspect_dhcp_type(in) != INSPECT_DHCP_ACK ||
	    memcmp(inspect_dhcp_yiaddr(in), none, sizeof(none)) == 0)
		return;
	o = inspect_dhcp_option(in, OPT_LEASE, &len);
	if (o != NULL && len == 4 && get32(o) < LEASE_MAX)
		seconds = get32(o);
	bk = binding_key(4, inspect_dhcp_yiaddr(in), in->in_ether.ei_vid);
	(void)bindings_lease(bs, &bk, inspect_dhcp_chaddr(in), port,
	    now + seconds * 1000, now);
}

/* The whole message of a frame, as far as relays let it be seen. */
static bool
message_of(const struct inspect *in, unsigned int kind, struct dhcp6 *dh)
{
	return ((in->in_what & kind) != 0 &&
	    (in->in_what & INSPECT_FRAGMENT) == 0 &&
	    dhcp6_parse(in->in_l4 + IP_UDP_HLEN, in->in_l4_len - IP_UDP_HLEN,
		dh));
}

/*
 * Who asks is known to a server by a DUID, which anybody may write: so an
 * address that is leased to one host does not go to another before that is
 * over.
 */
static void
lease6(struct bindings *bs, const struct binding_key *bk, const uint8_t *mac,
    uint32_t port, uint32_t seconds, uint64_t now)
{
	const struct binding *bi = bindings_find(bs, bk, now);

	if (bi != NULL && bi->bi_lease > now && bi->bi_port != port &&
	    memcmp(bi->bi_mac, mac, sizeof(bi->bi_mac)) != 0)
		return;
	if (seconds == 0)
		bindings_release(bs, bk, port);
	else
		(void)bindings_lease(bs, bk, mac, port,
		    now +
			UINT64_C(1000) *
			    (seconds < LEASE_MAX ? seconds : LEASE_MAX),
		    now);
}

void
policy_lease6(struct bindings *bs, const struct inspect *in, uint32_t port,
    uint64_t now)
{
	const uint8_t *mac = in->in_ether.ei_dst, *addr;
	struct dhcp6_walk dw = { 0 };
	const struct binding *peer;
	struct binding_key bk;
	struct dhcp6 dh;
	uint32_t seconds;
	uint8_t copy[6];

	if (!message_of(in, INSPECT_DHCP6_SERVER, &dh) ||
	    dh.dh_type != DHCP6_REPLY)
		return;
	if (dh.dh_peer != NULL) {
		bk = binding_key(6, dh.dh_peer, in->in_ether.ei_vid);
		if ((peer = bindings_find(bs, &bk, now)) == NULL)
			return;
		/* the tree changes below */
		memcpy(copy, peer->bi_mac, sizeof(copy));
		mac = copy;
		port = peer->bi_port;
	}
	while (port != 0 && dhcp6_next(&dh, &dw, &addr, &seconds)) {
		bk = binding_key(6, addr, in->in_ether.ei_vid);
		lease6(bs, &bk, mac, port, seconds, now);
	}
}

/* The same for a host that gives its lease back, itself and by no relay. */
static void
released6(struct bindings *bs, const struct inspect *in, uint32_t port)
{
	struct dhcp6_walk dw = { 0 };
	struct binding_key bk;
	const uint8_t *addr;
	struct dhcp6 dh;
	uint32_t seconds;

	if (!message_of(in, INSPECT_DHCP6_CLIENT, &dh) || dh.dh_peer != NULL ||
	    (dh.dh_type != DHCP6_RELEASE && dh.dh_type != DHCP6_DECLINE))
		return;
	while (dhcp6_next(&dh, &dw, &addr, &seconds)) {
		bk = binding_key(6, addr, in->in_ether.ei_vid);
		bindings_release(bs, &bk, port);
	}
}

void
policy_released(struct bindings *bs, const struct inspect *in, uint32_t port)
{
	struct binding_key bk;

	if ((in->in_what & INSPECT_DHCP_CLIENT) &&
	    inspect_dhcp_type(in) == INSPECT_DHCP_RELEASE) {
		bk = binding_key(4, inspect_dhcp_ciaddr(in),
		    in->in_ether.ei_vid);
		bindings_release(bs, &bk, port);
	}
	released6(bs, in, port);
}
