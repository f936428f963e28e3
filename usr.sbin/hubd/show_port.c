/* SPDX-License-Identifier: ISC */
/*
 * show_port: sessions, sums of counters, what policies have dropped.
 */
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "net/policy.h"

#include "show.h"

static uint64_t
rx_dropped(const struct port_stats *ps)
{
	uint64_t n = 0;
	int i;

	for (i = RX_INVALID; i < RX_ENDS; i++)
		if (i != RX_SAME_PORT && i != RX_UNWANTED)
			n += ps->ps_rx[i];
	return (n);
}

static uint64_t
tx_policy(const struct port_stats *ps)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < POLICY_HITS; i++)
		n += ps->ps_policy_out[i];
	return (n);
}

static uint64_t
tx_dropped(const struct port_stats *ps)
{
	return (ps->ps_tx_full + ps->ps_tx_delay + ps->ps_tx_old +
	    ps->ps_tx_memory + ps->ps_tx_down + ps->ps_tx_blocked +
	    ps->ps_tx_error + tx_policy(ps));
}

static const char *
state_name(const struct session *se, const struct view *vw)
{
	if (vw->vw_blocked != 0)
		return ("blocked");
	if (se->se_local)
		return ("local");
	return (se->se_state == SESSION_WAIT ? "resume-wait" : "up");
}

/* Of a user; "-" is none. */
static const char *
policy_name(const struct session *se)
{
	const struct conf *hub = hub_conf(se->se_hub);
	const char *name = NULL;

	if (hub != NULL)
		name = policy_name_of(hub, conf_block(hub, "user", se->se_user),
		    &se->se_grant);
	return (name == NULL ? "-" : name);
}

static void
show_session(struct ctl_client *c, const struct session *se,
    const struct view *vw)
{
	const struct port_stats *ps = &vw->vw_stats;
	const struct conn_stats *cs = &vw->vw_conn;
	const struct session_live *sv = &vw->vw_live;

	ctl_object(c);
	ctl_number(c, "session", se->se_number);
	ctl_string(c, "hub", se->se_hub);
	ctl_string(c, "user", se->se_user);
	ctl_string(c, "state", state_name(se, vw));
	ctl_string(c, "from", se->se_peer);
	ctl_string(c, "policy", se->se_local ? "-" : policy_name(se));
	ctl_string(c, "auth", se->se_local ? "-" : se->se_grant.ag_method);
	ctl_string(c, "account", se->se_local ? "-" : se->se_account);
	ctl_number(c, "connections", se->se_local ? 0 : se->se_conns);
	ctl_number(c, "thread", se->se_worker->w_index);
	ctl_number(c, "seconds", (clock_ms() - se->se_since) / 1000);
	ctl_number(c, "rtt-us", cs->cs_rtt_us);
	ctl_string(c, "congestion", cs->cs_congestion);
	ctl_number(c, "tcp-rtt-us", cs->cs_tcp_rtt_us);
	ctl_number(c, "retransmits", cs->cs_retransmits);
	ctl_number(c, "in-frames", ps->ps_rx_frames);
	ctl_number(c, "in-bytes", ps->ps_rx_bytes);
	ctl_number(c, "in-dropped", rx_dropped(ps));
	ctl_number(c, "out-frames", ps->ps_tx_frames);
	ctl_number(c, "out-bytes", ps->ps_tx_bytes);
	ctl_number(c, "out-dropped", tx_dropped(ps));
	ctl_number(c, "out-joined", ps->ps_tx_joined);
	ctl_number(c, "out-marked", ps->ps_tx_marked);
	ctl_number(c, "out-tcp-suppressed", ps->ps_tx_again);
	ctl_number(c, "out-tcp-thinned", ps->ps_tx_acks);
	ctl_number(c, "out-twice", ps->ps_tx_twice);
	ctl_number(c, "in-twice", ps->ps_rx_twice);
	ctl_number(c, "queue-frames", sv->sv_frames);
	ctl_number(c, "queue-bytes", sv->sv_bytes);
	ctl_number(c, "queue-age-us", sv->sv_age_us);
	ctl_number(c, "path-rtt-us", sv->sv_rtt_us);
	ctl_number(c, "path-rate", sv->sv_rate);
	ctl_number(c, "acks-held-us", sv->sv_hold_us);
	ctl_object_end(c);
}

static void
answer_sessions(struct gather *ga)
{
	static const struct view none;
	const struct session *se;
	const struct view *vw;

	LIST_FOREACH(se, &sessions, se_entry) {
		vw = view_find(ga, se);
		show_session(ga->ga_client, se, vw == NULL ? &none : vw);
	}
	ctl_ok(ga->ga_client);
}

void
show_sessions(struct ctl_client *c, const char *name)
{
	(void)name;
	gather(c, answer_sessions);
}

static void
counter(struct ctl_client *c, const char *name, uint64_t value)
{
	ctl_object(c);
	ctl_string(c, "counter", name);
	ctl_number(c, "value", value);
	ctl_object_end(c);
}

static void
show_port_sums(struct ctl_client *c, const struct port_stats *ps)
{
	static const char *const rx_name[RX_ENDS] = {
		[RX_UNICAST] = "in-unicast",
		[RX_FLOODED] = "in-flooded",
		[RX_MULTICAST] = "in-multicast",
		[RX_ASKED] = "in-asked-owner",
		[RX_PROBE] = "in-loop-probes",
		[RX_INVALID] = "in-dropped-invalid",
		[RX_LINK_LOCAL] = "in-dropped-link-local",
		[RX_BLOCKED] = "in-dropped-blocked",
		[RX_STORM] = "in-dropped-storm",
		[RX_SAME_PORT] = "in-filtered-same-port",
		[RX_UNWANTED] = "in-filtered-unwanted",
		[RX_POLICY] = "in-dropped-policy",
		[RX_MEMORY] = "in-dropped-memory",
	};
	int i;

	counter(c, "in-frames", ps->ps_rx_frames);
	counter(c, "in-bytes", ps->ps_rx_bytes);
	counter(c, "in-super-frames", ps->ps_rx_super);
	for (i = 0; i < RX_ENDS; i++)
		counter(c, rx_name[i], ps->ps_rx[i]);
	counter(c, "out-frames", ps->ps_tx_frames);
	counter(c, "out-bytes", ps->ps_tx_bytes);
	counter(c, "out-super-frames", ps->ps_tx_super);
	counter(c, "out-joined", ps->ps_tx_joined);
	counter(c, "out-marked", ps->ps_tx_marked);
	counter(c, "out-dropped-queue-full", ps->ps_tx_full);
	counter(c, "out-dropped-delay", ps->ps_tx_delay);
	counter(c, "out-dropped-old", ps->ps_tx_old);
	counter(c, "out-tcp-suppressed", ps->ps_tx_again);
	counter(c, "out-tcp-thinned", ps->ps_tx_acks);
	counter(c, "out-twice", ps->ps_tx_twice);
	counter(c, "in-twice", ps->ps_rx_twice);
	counter(c, "out-dropped-memory", ps->ps_tx_memory);
	counter(c, "out-dropped-no-connection", ps->ps_tx_down);
	counter(c, "out-dropped-blocked", ps->ps_tx_blocked);
	counter(c, "out-dropped-tap", ps->ps_tx_error);
	counter(c, "out-dropped-policy", tx_policy(ps));
	counter(c, "fdb-full", ps->ps_fdb_full);
	counter(c, "fdb-moves", ps->ps_moved);
	counter(c, "loops", ps->ps_loops);
	counter(c, "mss-clamped", ps->ps_clamped);
}

static void
show_encap_sums(struct ctl_client *c, const struct encap_stats *es)
{
	counter(c, "capsule-frames", es->es_frames);
	counter(c, "capsule-oversized", es->es_oversized);
	counter(c, "capsule-short", es->es_short);
	counter(c, "capsule-bad-context", es->es_context);
	counter(c, "capsule-bad-offload", es->es_offload);
	counter(c, "capsule-bad-headers", es->es_headers);
	counter(c, "capsule-compressed", es->es_compressed);
	counter(c, "capsule-unknown", es->es_unknown);
	counter(c, "capsule-no-memory", es->es_memory);
	counter(c, "capsule-control", es->es_control);
	counter(c, "capsule-unsendable", es->es_unsendable);
}

static void
answer_stats(struct gather *ga)
{
	struct ctl_client *c = ga->ga_client;
	struct worker_stats ws = { .ws_connections = 0 };
	const struct part *pa;
	uint64_t connections = 0;
	size_t n;

	for (pa = ga->ga_part; pa < ga->ga_part + data.dt_nworkers; pa++) {
		connections += pa->pa_connections;
		ws.ws_connections += pa->pa_stats.ws_connections;
		ws.ws_gone += pa->pa_stats.ws_gone;
		ws.ws_inbox_full += pa->pa_stats.ws_inbox_full;
		port_sum(&ws.ws_ended, &pa->pa_stats.ws_ended);
		encap_sum(&ws.ws_encap, &pa->pa_stats.ws_encap);
		for (n = 0; n < pa->pa_n; n++) {
			port_sum(&ws.ws_ended, &pa->pa_views[n].vw_stats);
			encap_sum(&ws.ws_encap, &pa->pa_views[n].vw_encap);
		}
	}
	counter(c, "seconds", (clock_ms() - data.dt_started) / 1000);
	counter(c, "threads", data.dt_nworkers);
	counter(c, "connections", connections);
	counter(c, "connections-accepted", ws.ws_connections);
	counter(c, "connections-refused", listener_refused());
	counter(c, "logins-passed", login_stats.ls_passed);
	counter(c, "logins-refused", login_stats.ls_refused);
	counter(c, "logins-busy", login_stats.ls_busy);
	counter(c, "sessions-resumed", login_stats.ls_resumed);
	counter(c, "connections-joined", login_stats.ls_joined);
	counter(c, "frame-memory", frame_memory());
	show_port_sums(c, &ws.ws_ended);
	counter(c, "dropped-port-gone", ws.ws_gone);
	counter(c, "dropped-thread-busy", ws.ws_inbox_full);
	show_encap_sums(c, &ws.ws_encap);
	ctl_ok(c);
}

void
show_stats(struct ctl_client *c, const char *name)
{
	(void)name;
	gather(c, answer_stats);
}

static void
show_hits(struct ctl_client *c, const struct session *se, const char *way,
    const uint64_t *hits)
{
	int i;

	for (i = POLICY_PASS + 1; i < POLICY_HITS; i++) {
		if (hits[i] == 0)
			continue;
		ctl_object(c);
		ctl_number(c, "session", se->se_number);
		ctl_string(c, "hub", se->se_hub);
		ctl_string(c, "user", se->se_user);
		ctl_string(c, "direction", way);
		ctl_string(c, "rule", policy_hit_name((enum policy_hit)i));
		ctl_number(c, "frames", hits[i]);
		ctl_object_end(c);
	}
}

/* Which rules of policies have dropped how much of whom. */
static void
answer_policy(struct gather *ga)
{
	const struct session *se;
	const struct view *vw;

	LIST_FOREACH(se, &sessions, se_entry) {
		if ((vw = view_find(ga, se)) == NULL)
			continue;
		show_hits(ga->ga_client, se, "in", vw->vw_stats.ps_policy_in);
		show_hits(ga->ga_client, se, "out", vw->vw_stats.ps_policy_out);
	}
	ctl_ok(ga->ga_client);
}

void
show_policy(struct ctl_client *c, const char *name)
{
	(void)name;
	gather(c, answer_policy);
}
