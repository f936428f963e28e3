/* SPDX-License-Identifier: ISC */
/*
 * forward: from the port that a frame came in by to the ports that it goes
 * to.  The frames of one read are looked at one by one without a lock, then
 * forwarded together under the hub's.  No allocation, log line or lock for a
 * single frame; a frame is stored once and a flood takes references.
 *
 * What a sender with offload has left open stays so: a frame that more than
 * one port waits for cannot be changed.  Each port does what its far end
 * needs when the frame leaves: encap fills in a checksum on its way to the
 * record, session_conns_pull() and port_send() segment.
 */
#include <string.h>

#include "kern/clock.h"
#include "kern/log.h"
#include "net/ether.h"
#include "net/neighbour.h"
#include "net/offload.h"

#include "capture.h"
#include "data.h"
#include "packet_log.h"

/* The last move of a batch, logged after the lock is let go. */
struct move {
	uint64_t mv_count;
	uint8_t mv_mac[ETHER_ALEN];
	uint16_t mv_vid;
	char mv_from[PORT_NAME_LEN];
};

static void
drop(struct port *pt, struct frame *f, enum rx_end end)
{
	pt->pt_stats.ps_rx[end]++;
	frame_free(f);
}

/* What no bridge forwards; those of spanning trees as the hub is told. */
static bool
is_link_local(const struct hub *h, const uint8_t *dst)
{
	if (!ether_is_group(dst))
		return (false);
	if (ether_is_bpdu(dst))
		return (!atomic_load_explicit(&h->h_bpdu,
		    memory_order_relaxed));
	return (ether_is_link_local(dst));
}

void
forward_frame(struct port *pt, struct frame *f)
{
	struct worker *w = pt->pt_worker;
	struct batch_frame *bf;

	if (w->w_batch_port != pt || w->w_nbatch == BATCH)
		forward_round(w);
	w->w_batch_port = pt;
	bf = &w->w_batch[w->w_nbatch];
	polling_frame(&w->w_polling, f->f_len);
	moderate_frame(&w->w_moderate, f);
	pt->pt_stats.ps_rx_frames++;
	pt->pt_stats.ps_rx_bytes += f->f_len;
	pt->pt_stats.ps_rx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	if (!ether_parse(f->f_data, f->f_len, &bf->bf_info)) {
		drop(pt, f, RX_INVALID);
		return;
	}
	if (is_watched()) {
		capture_frame(pt, f, true);
		packet_log_frame(pt, f);
	}
	if (loop_is_probe(f->f_data, f->f_len) && loop_input(pt, f, clock_ms()))
		return;
	else if (pt->pt_blocked != 0)
		drop(pt, f, RX_BLOCKED);
	else if (is_link_local(pt->pt_hub, bf->bf_info.ei_dst))
		drop(pt, f, RX_LINK_LOCAL);
	else {
		bf->bf_frame = f;
		if (police_in(pt, bf))
			w->w_nbatch++;
		else
			frame_free(f);
	}
}

/*
 * What a flood takes from the storm limit: a super-frame is as many frames as
 * a port without offload sends.  One that is more than all that may pass at
 * once passes when nothing else does.
 */
static uint64_t
storm_cost(const struct bucket *bk, const struct frame *f)
{
	uint64_t n = offload_segments(&f->f_offload, f->f_data, f->f_len);

	return (n < bk->bk_burst ? n : bk->bk_burst);
}

/* Whether a flood is within the port's limit of its kind. */
static bool
storm_take(struct port *pt, const struct batch_frame *bf, uint64_t now)
{
	const struct ether_info *ei = &bf->bf_info;
	enum storm kind = !ether_is_group(ei->ei_dst) ? STORM_UNKNOWN :
	    ether_is_broadcast(ei->ei_dst)	      ? STORM_BROADCAST :
							STORM_MULTICAST;
	struct bucket *bk = &pt->pt_storm[kind];

	if ((pt->pt_policy.po_flags & POLICY_STORM_EXEMPT) ||
	    bucket_take(bk, storm_cost(bk, bf->bf_frame), now))
		return (true);
	police_storm(pt, ei, kind);
	return (false);
}

static bool
is_isolated(const struct port *pt)
{
	return (pt->pt_policy.po_flags & POLICY_ISOLATED);
}

/* To the ports of the hub but pt: one entry a worker.  Hub locked. */
static bool
spread(struct port *pt, const struct delivery *dl)
{
	struct worker *w = pt->pt_worker;
	unsigned int i, others;

	for (i = 0; i < data.dt_nworkers; i++) {
		others = pt->pt_hub->h_on_worker[i] - (i == w->w_index);
		if (others > 0 && !deliveries_add(&w->w_out[i], dl))
			return (false);
	}
	return (true);
}

/* ports: to these only; NULL: to all. */
static enum rx_end
flood(struct port *pt, const struct batch_frame *bf, struct mcast_set *ports,
    uint64_t now)
{
	const struct delivery dl = { .dl_frame = bf->bf_frame,
		.dl_port = pt->pt_number,
		.dl_hub = pt->pt_hub->h_id,
		.dl_isolated = is_isolated(pt),
		.dl_ports = ports };

	if (!storm_take(pt, bf, now))
		return (RX_STORM);
	if (!spread(pt, &dl))
		return (RX_MEMORY);
	return (ports == NULL ? RX_FLOODED : RX_MULTICAST);
}

/* What monitors would not see otherwise; without room they miss it. */
static void
mirror(struct port *pt, struct frame *f, uint64_t target)
{
	const struct delivery dl = { .dl_frame = f,
		.dl_port = pt->pt_number,
		.dl_target = target,
		.dl_hub = pt->pt_hub->h_id,
		.dl_monitors = true,
		.dl_isolated = is_isolated(pt) };

	if (atomic_load_explicit(&pt->pt_hub->h_monitors,
		memory_order_relaxed) > 0)
		(void)spread(pt, &dl);
}

/* To the one port that has the address.  Hub locked. */
static enum rx_end
unicast(struct port *pt, struct frame *f, const struct hub_slot *hs)
{
	const struct delivery dl = { .dl_frame = f,
		.dl_port = hs->hs_port,
		.dl_isolated = is_isolated(pt) };

	mirror(pt, f, hs->hs_port);
	if (!deliveries_add(&pt->pt_worker->w_out[hs->hs_worker], &dl))
		return (RX_MEMORY);
	return (RX_UNICAST);
}

/* The slot that alone gets a request for an address, or FDB_NO_PORT. */
static uint32_t
asked_owner(struct port *pt, const struct batch_frame *bf, uint64_t now)
{
	struct hub *h = pt->pt_hub;
	uint32_t slot;

	if (h->h_bindings == NULL || !bf->bf_inspected ||
	    !atomic_load_explicit(&h->h_ask_owner, memory_order_relaxed))
		return (FDB_NO_PORT);
	neighbour_heard(h->h_bindings, &bf->bf_inspect, pt->pt_slot);
	slot = neighbour_owner(h->h_bindings, &bf->bf_inspect, now);
	return (slot <= h->h_nslots ? slot : FDB_NO_PORT);
}

/* A request for the address of a host behind `slot`.  Hub locked. */
static enum rx_end
ask_owner(struct port *pt, const struct batch_frame *bf, uint32_t slot,
    uint64_t now)
{
	enum rx_end end;

	if (slot == pt->pt_slot)
		return (RX_SAME_PORT);
	if (!storm_take(pt, bf, now))
		return (RX_STORM);
	end = unicast(pt, bf->bf_frame, &pt->pt_hub->h_slots[slot - 1]);
	return (end == RX_UNICAST ? RX_ASKED : end);
}

/* To a group of hosts, or all of them.  Hub locked. */
static enum rx_end
group(struct port *pt, const struct batch_frame *bf, uint64_t now)
{
	struct mcast_set *ports = NULL;

	switch (multicast_where(pt, bf, now, &ports)) {
	case MCAST_NOWHERE:
		return (RX_INVALID);
	case MCAST_SET:
		if (!mcast_set_has_other(ports, pt->pt_slot))
			return (RX_UNWANTED);
		break;
	case MCAST_ALL:
		ports = NULL;
		break;
	}
	return (flood(pt, bf, ports, now));
}

static void
learn(struct port *pt, const struct batch_frame *bf, uint64_t now,
    struct move *mv)
{
	const struct ether_info *ei = &bf->bf_info;
	struct hub *h = pt->pt_hub;
	uint32_t from;

	switch (fdb_learn_key(h->h_fdb, &bf->bf_src, pt->pt_slot,
	    atomic_load_explicit(&h->h_fdb_session, memory_order_relaxed), now,
	    &from)) {
	case FDB_MOVED:
		multicast_moved(pt, now);
		pt->pt_stats.ps_moved++;
		mv->mv_count++;
		memcpy(mv->mv_mac, ei->ei_src, ETHER_ALEN);
		mv->mv_vid = ei->ei_vid;
		if (from >= 1 && from <= h->h_nslots)
			memcpy(mv->mv_from, h->h_slots[from - 1].hs_name,
			    PORT_NAME_LEN);
		break;
	case FDB_FULL:
	case FDB_PORT_FULL:
		pt->pt_stats.ps_fdb_full++;
		break;
	default:
		break;
	}
}

/* Hub locked. */
static enum rx_end
forward_one(struct port *pt, struct batch_frame *bf, uint64_t now,
    struct move *mv)
{
	struct hub *h = pt->pt_hub;
	const struct ether_info *ei = &bf->bf_info;
	uint32_t slot;

	learn(pt, bf, now, mv);
	if ((slot = asked_owner(pt, bf, now)) != FDB_NO_PORT)
		return (ask_owner(pt, bf, slot, now));
	if (ether_is_group(ei->ei_dst))
		return (group(pt, bf, now));
	slot = fdb_lookup_key(h->h_fdb, &bf->bf_dst, now);
	if (slot == FDB_NO_PORT || slot > h->h_nslots)
		return (flood(pt, bf, NULL, now));
	if (slot == pt->pt_slot)
		return (RX_SAME_PORT);
	return (unicast(pt, bf->bf_frame, &h->h_slots[slot - 1]));
}

/* A storm limit that was changed by a reload counts from now on. */
static void
storm_refresh(struct port *pt, uint64_t now)
{
	struct hub *h = pt->pt_hub;
	unsigned int burst = atomic_load(&h->h_storm_burst), rate;
	struct bucket *bk;
	int i;

	for (i = 0; i < STORMS; i++) {
		bk = &pt->pt_storm[i];
		rate = atomic_load(&h->h_storm_rate[i]);
		if (bk->bk_rate != rate || bk->bk_burst != burst)
			bucket_init(bk, rate, burst, now);
	}
}

/* In a table of many addresses finding one is waiting for memory. */
static void
prepare(const struct fdb *fdb, struct batch_frame *bf, unsigned int n)
{
	const struct fdb_key *src = NULL, *dst = NULL;
	unsigned int i;

	for (i = 0; i < n; i++, bf++) {
		const struct ether_info *ei = &bf->bf_info;

		fdb_prepare(fdb, ei->ei_src, ei->ei_vid, src, &bf->bf_src);
		fdb_prepare(fdb, ei->ei_dst, ei->ei_vid, dst, &bf->bf_dst);
		src = &bf->bf_src;
		dst = &bf->bf_dst;
	}
}

static void
log_move(const struct port *pt, const struct move *mv)
{
	char mac[ETHER_STRLEN];

	log_info("hub %s: %s moved from %s to %s (VLAN %u)", pt->pt_hub->h_name,
	    ether_format(mv->mv_mac, mac), mv->mv_from, pt->pt_name,
	    mv->mv_vid);
}

void
forward_round(struct worker *w)
{
	struct port *pt = w->w_batch_port;
	struct move mv = { .mv_count = 0 };
	bool tell = false;
	uint64_t now;
	unsigned int i;

	if (w->w_nbatch == 0)
		return;
	now = clock_ms();
	pt->pt_heard = now;
	storm_refresh(pt, now);
	pthread_mutex_lock(&pt->pt_hub->h_mutex);
	prepare(pt->pt_hub->h_fdb, w->w_batch, w->w_nbatch);
	for (i = 0; i < w->w_nbatch; i++)
		if (police_bind(pt, &w->w_batch[i], now))
			pt->pt_stats
			    .ps_rx[forward_one(pt, &w->w_batch[i], now, &mv)]++;
	if (mv.mv_count > 0)
		tell = bucket_take(&pt->pt_hub->h_move_log, 1, now);
	pthread_mutex_unlock(&pt->pt_hub->h_mutex);
	for (i = 0; i < w->w_nbatch; i++)
		frame_free(w->w_batch[i].bf_frame);
	w->w_nbatch = 0;
	worker_deliver(w);
	police_tick(pt, now);
	if (tell)
		log_move(pt, &mv);
}

static bool
is_for(const struct port *pt, const struct delivery *dl)
{
	if (pt->pt_hub->h_id != dl->dl_hub || pt->pt_number == dl->dl_port)
		return (false);
	if (dl->dl_ports != NULL && !mcast_set_has(dl->dl_ports, pt->pt_slot))
		return (false);
	return (!dl->dl_monitors ||
	    ((pt->pt_policy.po_flags & POLICY_MONITOR) &&
		pt->pt_number != dl->dl_target));
}

static void
deliver_flood(struct worker *w, const struct delivery *dl)
{
	struct port_list *list = &w->w_hubs[dl->dl_hub % TABLE_SIZE];
	struct port *pt;

	LIST_FOREACH(pt, list, pt_hub_entry)
		if (is_for(pt, dl))
			port_forward(pt, frame_ref(dl->dl_frame),
			    dl->dl_isolated);
	delivery_free(dl);
}

void
forward_deliver(struct worker *w, const struct delivery *dl)
{
	struct port *pt;

	if (dl->dl_hub != 0)
		deliver_flood(w, dl);
	else if ((pt = port_find(w, dl->dl_port)) != NULL)
		port_forward(pt, dl->dl_frame, dl->dl_isolated);
	else {
		w->w_stats.ws_gone++;
		delivery_free(dl);
	}
}
