/* SPDX-License-Identifier: ISC */
/*
 * hub_multicast: IGMP and MLD snooping of a hub (net/mcast.h): which frames it
 * concerns, what ports have to do with it, and the hub's own querier.
 */
#include <arpa/inet.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "net/mcast.h"

#include "data.h"

bool
multicast_concerns(const struct hub *h, const uint8_t *dst)
{
	if (!ether_is_group(dst) ||
	    !atomic_load_explicit(&h->h_snoops, memory_order_relaxed))
		return (false);
	return ((dst[0] == 1 && dst[1] == 0 && dst[2] == 0x5e) ||
	    (dst[0] == 0x33 && dst[1] == 0x33));
}

size_t
multicast_count(const struct hub *h, struct mcast_stats *mt)
{
	memset(mt, 0, sizeof(*mt));
	if (h->h_mcast == NULL)
		return (0);
	*mt = *mcast_stats(h->h_mcast);
	return (mcast_count(h->h_mcast));
}

/* Sent by Ethernet to the family that IP has it. */
static bool
is_multicast(const struct inspect *in)
{
	int family = in->in_ether.ei_dst[0] == 1 ? 4 : 6;

	return (in->in_ip.ii_dst != NULL && in->in_ip.ii_version == family);
}

enum mcast_where
multicast_where(struct port *pt, const struct batch_frame *bf, uint64_t now,
    struct mcast_set **ms)
{
	const struct inspect *in = &bf->bf_inspect;
	struct hub *h = pt->pt_hub;
	struct igmp ig;

	if (h->h_mcast == NULL || !bf->bf_inspected ||
	    !multicast_concerns(h, bf->bf_info.ei_dst) || !is_multicast(in))
		return (MCAST_ALL);
	/* Who asks and does not reach all has not asked all. */
	if (igmp_parse(in, &ig) == IGMP_QUERY &&
	    (pt->pt_policy.po_flags & POLICY_ISOLATED))
		ig.ig_kind = IGMP_UNKNOWN;
	return (mcast_frame(h->h_mcast, &ig, bf->bf_info.ei_vid,
	    in->in_ip.ii_dst, pt->pt_slot, now, ms));
}

void
multicast_moved(struct port *pt, uint64_t now)
{
	if (pt->pt_hub->h_mcast != NULL)
		mcast_port_up(pt->pt_hub->h_mcast, pt->pt_slot, now);
}

void
multicast_back(struct port *pt)
{
	pthread_mutex_lock(&pt->pt_hub->h_mutex);
	multicast_moved(pt, clock_ms());
	pthread_mutex_unlock(&pt->pt_hub->h_mutex);
}

void
multicast_police(struct port *pt)
{
	bool all =
	    pt->pt_policy.po_flags & (POLICY_MONITOR | POLICY_DISCOVERY_ONLY);
	struct hub *h = pt->pt_hub;

	pthread_mutex_lock(&h->h_mutex);
	h->h_slots[pt->pt_slot - 1].hs_all_groups = all;
	if (h->h_mcast != NULL)
		mcast_port_always(h->h_mcast, pt->pt_slot, all);
	pthread_mutex_unlock(&h->h_mutex);
}

/* Hub locked: begin with the ports that are there, or end. */
static void
turn(struct hub *h, bool on)
{
	const struct hub_slot *hs;
	uint32_t slot;

	if (!on) {
		mcast_free(h->h_mcast);
		h->h_mcast = NULL;
		return;
	}
	if (h->h_mcast != NULL || (h->h_mcast = mcast_new()) == NULL)
		return;
	for (slot = 1; slot <= h->h_nslots; slot++) {
		hs = &h->h_slots[slot - 1];
		if (hs->hs_port == 0)
			continue;
		mcast_port_up(h->h_mcast, slot, clock_ms());
		mcast_port_always(h->h_mcast, slot, hs->hs_all_groups);
	}
}

/* The hub's address of Ethernet, where it speaks itself. */
static void
own_mac(const struct hub *h, uint8_t *mac)
{
	static const uint8_t oui[3] = { 0x02, 0x4c, 0x57 };

	memcpy(mac, oui, sizeof(oui));
	memcpy(mac + sizeof(oui), h->h_probe_id, sizeof(oui));
}

/* Its link-local address (RFC 4291, appendix A). */
static void
own_addr6(const struct hub *h, uint8_t *addr)
{
	uint8_t mac[ETHER_ALEN];

	own_mac(h, mac);
	memset(addr, 0, IGMP_ADDR_LEN);
	addr[0] = 0xfe;
	addr[1] = 0x80;
	memcpy(addr + 8, mac, 3);
	addr[8] ^= 2;
	addr[11] = 0xff;
	addr[12] = 0xfe;
	memcpy(addr + 13, mac + 3, 3);
}

static void
set_querier(struct hub *h, const char *text)
{
	uint8_t src4[4], src6[IGMP_ADDR_LEN];

	own_addr6(h, src6);
	if (text != NULL && inet_pton(AF_INET, text, src4) == 1)
		mcast_set_querier(h->h_mcast, src4, src6);
	else
		mcast_set_querier(h->h_mcast, NULL, NULL);
}

void
multicast_set(struct hub *h, const struct conf *cf)
{
	bool on = conf_bool(cf, "multicast-snooping");

	pthread_mutex_lock(&h->h_mutex);
	turn(h, on);
	if (h->h_mcast != NULL) {
		set_querier(h, conf_str(cf, "multicast-querier"));
		mcast_set_unknown(h->h_mcast,
		    strcmp(conf_str(cf, "multicast-unknown"), "flood") == 0);
	}
	atomic_store(&h->h_snoops, h->h_mcast != NULL);
	if (on && h->h_mcast == NULL)
		log_warnx("hub %s: no memory for multicast-snooping",
		    h->h_name);
	pthread_mutex_unlock(&h->h_mutex);
}

static void
send_query(struct hub *h, struct igmp_query *iq)
{
	struct frame *f = frame_alloc(IGMP_QUERY_MAX);

	if (f == NULL)
		return;		/* there will be others */
	own_mac(h, iq->iq_mac);
	f->f_len = (uint32_t)igmp_build_query(f->f_data, iq);
	hub_send(h, f);
}

void
multicast_tick(struct hub *h, uint64_t now)
{
	struct igmp_query iq;
	bool more;

	do {
		pthread_mutex_lock(&h->h_mutex);
		if ((more = h->h_mcast != NULL)) {
			mcast_age(h->h_mcast, now);
			more = mcast_ask(h->h_mcast, now, &iq);
		}
		pthread_mutex_unlock(&h->h_mutex);
		if (more)
			send_query(h, &iq);
	} while (more);
}
