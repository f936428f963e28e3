/* SPDX-License-Identifier: ISC */
/*
 * police: the policy of a port on the frame path (net/policy.h).  Runs on the
 * port's worker; a port without policy in a hub without bindings costs two
 * comparisons a frame.
 */
#include <string.h>
#include <syslog.h>

#include "kern/log.h"
#include "kern/security.h"
#include "net/binding.h"
#include "net/fdb.h"
#include "net/mss.h"
#include "net/offload.h"
#include "net/vlan.h"

#include "access.h"
#include "control.h"

enum { NEWS_EVERY = 10000 };	/* ms between two log lines of a port */

void
police_set(struct port *pt, const struct policing *pg)
{
	struct hub *h = pt->pt_hub;
	const struct policy *po = &pg->pg_policy;
	bool monitor = po->po_flags & POLICY_MONITOR;

	if (monitor != ((pt->pt_policy.po_flags & POLICY_MONITOR) != 0))
		atomic_fetch_add(&h->h_monitors, monitor ? 1 : -1);
	pt->pt_policy = *po;
	pt->pt_idle_time = pg->pg_idle_time;
	rate_set(pt, pg->pg_upload, pg->pg_download);
	access_view_free(pt->pt_access);
	pt->pt_access = pg->pg_access;
	pt->pt_judged_in =
	    policy_judges_in(po) || access_judges(pg->pg_access, false);
	pt->pt_judged_out =
	    policy_judges_out(po) || access_judges(pg->pg_access, true);
	multicast_police(pt);
}

static void
note(struct port *pt, const struct ether_info *ei, enum policy_hit hit)
{
	pt->pt_stats.ps_policy_in[hit]++;
	pt->pt_news.pn_count++;
	pt->pt_news.pn_hit = hit;
	memcpy(pt->pt_news.pn_mac, ei->ei_src, ETHER_ALEN);
}

/* Counted, kept for the log; the frame is the caller's to free. */
static void
hit_in(struct port *pt, const struct ether_info *ei, enum policy_hit hit)
{
	pt->pt_stats.ps_rx[RX_POLICY]++;
	note(pt, ei, hit);
}

void
police_storm(struct port *pt, const struct ether_info *ei, enum storm kind)
{
	static const enum policy_hit hits[STORMS] = {
		[STORM_BROADCAST] = POLICY_HIT_STORM_BROADCAST,
		[STORM_MULTICAST] = POLICY_HIT_STORM_MULTICAST,
		[STORM_UNKNOWN] = POLICY_HIT_STORM_UNKNOWN,
	};

	note(pt, ei, hits[kind]);
}

/* An RA may not offer a default router: mended, not dropped. */
static void
strip_router(struct frame *f, const struct inspect *in)
{
	if (f->f_offload.fo_flags & OFFLOAD_F_CSUM)
		offload_finish_csum(&f->f_offload, f->f_data, f->f_len);
	(void)policy_strip_router(f->f_data, in);
}

/* The hub's limit, or the port's own where that is lower. */
static void
clamp_in(struct port *pt, struct frame *f, const struct inspect *in)
{
	unsigned int max =
	    atomic_load_explicit(&pt->pt_hub->h_max_mss, memory_order_relaxed);
	uint16_t own = pt->pt_policy.po_max_mss;

	if (max == 0 || (own != 0 && own < max))
		max = own;
	if (max != 0)
		pt->pt_stats.ps_clamped += mss_clamp(f->f_data, in,
		    (uint16_t)max, f->f_offload.fo_flags & OFFLOAD_F_CSUM);
}

/* Whether a frame that comes in has to be looked into. */
static bool
must_look(const struct port *pt, const struct batch_frame *bf)
{
	const struct hub *h = pt->pt_hub;

	return (pt->pt_judged_in || h->h_bindings != NULL ||
	    atomic_load_explicit(&h->h_max_mss, memory_order_relaxed) != 0 ||
	    multicast_concerns(h, bf->bf_info.ei_dst));
}

/* Into the VLAN of the port. */
static bool
tag(struct port *pt, struct batch_frame *bf)
{
	struct frame *f = bf->bf_frame;

	if (!vlan_push(f, pt->pt_policy.po_vlan)) {
		hit_in(pt, &bf->bf_info, POLICY_HIT_VLAN);
		return (false);
	}
	(void)ether_parse(f->f_data, f->f_len, &bf->bf_info);
	(void)inspect_frame(f->f_data, f->f_len, &bf->bf_inspect);
	return (true);
}

bool
police_in(struct port *pt, struct batch_frame *bf)
{
	const struct policy *po = &pt->pt_policy;
	struct frame *f = bf->bf_frame;
	struct inspect *in = &bf->bf_inspect;
	enum policy_hit hit;

	bf->bf_inspected = must_look(pt, bf);
	if (!bf->bf_inspected)
		return (true);
	(void)inspect_frame(f->f_data, f->f_len, in);
	if ((hit = policy_in(po, in)) != POLICY_PASS) {
		hit_in(pt, &bf->bf_info, hit);
		return (false);
	}
	if ((po->po_flags & POLICY_NO_DEFAULT_ROUTER) &&
	    (in->in_what & INSPECT_RA))
		strip_router(f, in);
	clamp_in(pt, f, in);
	if (po->po_vlan != 0 && !tag(pt, bf))
		return (false);
	if (!access_passes(pt->pt_access, false, pt->pt_worker->w_index, f,
		in)) {
		hit_in(pt, &bf->bf_info, POLICY_HIT_RULE);
		return (false);
	}
	return (true);
}

/* Hub locked.  Whose address is it that the frame comes from? */
static enum policy_hit
check_mac(const struct port *pt, const struct ether_info *ei, uint64_t now)
{
	const struct fdb *fdb = pt->pt_hub->h_fdb;
	uint32_t max = pt->pt_policy.po_max_macs;
	uint32_t slot;

	if (!(pt->pt_policy.po_flags & POLICY_UNIQUE_MAC) && max == 0)
		return (POLICY_PASS);
	slot = fdb_lookup(fdb, ei->ei_src, ei->ei_vid, now);
	if (slot == pt->pt_slot)
		return (POLICY_PASS);
	if (slot != FDB_NO_PORT && (pt->pt_policy.po_flags & POLICY_UNIQUE_MAC))
		return (POLICY_HIT_MAC);
	if (max != 0 && fdb_port_count(fdb, pt->pt_slot) >= max)
		return (POLICY_HIT_MACS);
	return (POLICY_PASS);
}

/* Hub locked.  A server's message, which was let through: what it gives. */
static void
learn_leases(struct hub *h, const struct inspect *in, uint64_t now)
{
	const struct ether_info *ei = &in->in_ether;
	uint32_t client;

	if (in->in_dhcp != NULL && (in->in_what & INSPECT_DHCP_SERVER)) {
		client = fdb_lookup(h->h_fdb, inspect_dhcp_chaddr(in),
		    ei->ei_vid, now);
		if (client != FDB_NO_PORT)
			policy_lease(h->h_bindings, in, client, now);
	}
	if (in->in_what & INSPECT_DHCP6_SERVER)
		policy_lease6(h->h_bindings, in,
		    fdb_lookup(h->h_fdb, ei->ei_dst, ei->ei_vid, now), now);
}

bool
police_bind(struct port *pt, struct batch_frame *bf, uint64_t now)
{
	const struct ether_info *ei = &bf->bf_info;
	struct inspect *in = &bf->bf_inspect;
	struct hub *h = pt->pt_hub;
	enum policy_hit hit = check_mac(pt, ei, now);

	if (hit == POLICY_PASS && bf->bf_inspected && h->h_bindings != NULL) {
		hit = policy_bind(&pt->pt_policy, h->h_bindings, in,
		    pt->pt_slot, now);
		if (hit == POLICY_PASS)
			learn_leases(h, in, now);
	}
	if (hit != POLICY_PASS)
		hit_in(pt, ei, hit);
	return (hit == POLICY_PASS);
}

/* A SYN that tells the port's hosts to send too much; consumes f. */
static struct frame *
clamp_out(struct port *pt, struct frame *f, struct inspect *in)
{
	uint16_t max = pt->pt_policy.po_max_mss;

	if (max == 0 || !mss_over(in, max))
		return (f);
	if ((f = frame_own(f)) == NULL)
		return (NULL);
	(void)inspect_frame(f->f_data, f->f_len, in);
	pt->pt_stats.ps_clamped += mss_clamp(f->f_data, in, max,
	    f->f_offload.fo_flags & OFFLOAD_F_CSUM);
	return (f);
}

struct frame *
police_out(struct port *pt, struct frame *f, bool isolated)
{
	const struct policy *po = &pt->pt_policy;
	struct inspect in;
	enum policy_hit hit;

	if (!pt->pt_judged_out)
		return (f);
	(void)inspect_frame(f->f_data, f->f_len, &in);
	hit = policy_out(po, &in, isolated);
	if (hit == POLICY_PASS &&
	    !access_passes(pt->pt_access, true, pt->pt_worker->w_index, f, &in))
		hit = POLICY_HIT_RULE;
	if (hit != POLICY_PASS) {
		pt->pt_stats.ps_policy_out[hit]++;
		frame_free(f);
		return (NULL);
	}
	f = clamp_out(pt, f, &in);
	if (f != NULL && po->po_vlan != 0)
		f = vlan_pop(f);
	pt->pt_stats.ps_tx_memory += f == NULL;
	return (f);
}

static void
tell_news(struct port *pt, uint64_t now)
{
	struct policy_news *pn = &pt->pt_news;
	const char *rule = policy_hit_name(pn->pn_hit);
	char mac[ETHER_STRLEN];
	struct security sy;

	if (pn->pn_count == 0 || now < pn->pn_next)
		return;
	pn->pn_next = now + NEWS_EVERY;
	(void)ether_format(pn->pn_mac, mac);
	security_begin(&sy, "policy");
	security_add(&sy, "hub", pt->pt_hub->h_name);
	security_add(&sy, "port", pt->pt_name);
	security_add_number(&sy, "session", pt->pt_number);
	security_add(&sy, "rule", rule);
	security_add(&sy, "mac", mac);
	security_add_number(&sy, "frames", pn->pn_count);
	security_log(&sy, LOG_WARNING,
	    "hub %s: %s: %llu frames dropped by policy, the last by %s, "
	    "from %s",
	    pt->pt_hub->h_name, pt->pt_name, (unsigned long long)pn->pn_count,
	    rule, mac);
	pn->pn_count = 0;
}

void
police_tick(struct port *pt, uint64_t now)
{
	tell_news(pt, now);
	if (pt->pt_idle_time == 0 || now < pt->pt_heard + pt->pt_idle_time)
		return;
	pt->pt_idle_time = 0;
	session_tell(pt->pt_number, 0, REPORT_IDLE, "");
}
