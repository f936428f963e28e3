/* SPDX-License-Identifier: ISC */
/*
 * control: what hubctl(8) asks.  Counters belong to the workers, so each is
 * asked for a copy, and the answer is written when all have come back.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "net/binding.h"

#include "data.h"

enum { FDB_CHUNK = 256 };

/* A port's counters as its worker saw them. */
struct view {
	uint64_t vw_port;
	struct port_stats vw_stats;
	struct encap_stats vw_encap;
	uint64_t vw_blocked;
	struct conn_stats vw_conn;	/* of one of its connections */
	struct session_live vw_live;
};

struct gather;

/* One worker's part; posted to it, filled, posted back. */
struct part {
	struct job pa_job;
	struct gather *pa_gather;
	struct view *pa_views;
	size_t pa_n;
	struct worker_stats pa_stats;
	unsigned int pa_connections;
};

struct gather {
	struct ctl_client *ga_client;
	void (*ga_answer)(struct gather *);
	unsigned int ga_left;
	struct part ga_part[THREADS_MAX];
};

/* A client that waits for the parent to reload. */
struct reload {
	LIST_ENTRY(reload) rl_entry;
	uint32_t rl_id;
	struct ctl_client *rl_client;
};
static LIST_HEAD(, reload) reloads = LIST_HEAD_INITIALIZER(reloads);
static struct ctl_server *server;
static uint32_t last_reload;

static void
on_part_done(struct worker *w, struct job *j)
{
	struct part *pa = (struct part *)j;
	struct gather *ga = pa->pa_gather;
	unsigned int i;

	(void)w;
	if (--ga->ga_left > 0)
		return;
	ga->ga_answer(ga);
	for (i = 0; i < data.dt_nworkers; i++)
		free(ga->ga_part[i].pa_views);
	free(ga);
}

static void
view_port(struct view *vw, const struct port *pt)
{
	const struct client *cl;

	vw->vw_port = pt->pt_number;
	vw->vw_blocked = pt->pt_blocked;
	port_totals(pt, &vw->vw_stats, &vw->vw_encap);
	session_conns_live(&pt->pt_conns, &vw->vw_live);
	LIST_FOREACH(cl, &pt->pt_clients, cl_port_entry) {
		conn_path_refresh(cl->cl_conn);
		vw->vw_conn = *conn_stats(cl->cl_conn);
	}
}

static int
view_cmp(const void *a, const void *b)
{
	uint64_t x = ((const struct view *)a)->vw_port;
	uint64_t y = ((const struct view *)b)->vw_port;

	return (x < y ? -1 : x > y);
}

static size_t
count_ports(const struct worker *w)
{
	const struct port *pt;
	size_t n = 0;
	int i;

	for (i = 0; i < TABLE_SIZE; i++)
		LIST_FOREACH(pt, &w->w_ports[i], pt_entry)
			n++;
	return (n);
}

static void
on_part(struct worker *w, struct job *j)
{
	struct part *pa = (struct part *)j;
	const struct port *pt;
	size_t n = count_ports(w);
	int i;

	pa->pa_stats = w->w_stats;
	pa->pa_connections = atomic_load(&w->w_nclients);
	pa->pa_views = calloc(n == 0 ? 1 : n, sizeof(*pa->pa_views));
	for (i = 0; pa->pa_views != NULL && i < TABLE_SIZE; i++)
		LIST_FOREACH(pt, &w->w_ports[i], pt_entry)
			view_port(&pa->pa_views[pa->pa_n++], pt);
	if (pa->pa_views != NULL)
		qsort(pa->pa_views, pa->pa_n, sizeof(*pa->pa_views), view_cmp);
	pa->pa_job.j_run = on_part_done;
	worker_post(&data.dt_worker[0], &pa->pa_job);
}

static void
gather(struct ctl_client *c, void (*answer)(struct gather *))
{
	struct gather *ga = calloc(1, sizeof(*ga));
	unsigned int i;

	if (ga == NULL) {
		ctl_error(c, "out of memory");
		return;
	}
	ga->ga_client = c;
	ga->ga_answer = answer;
	ga->ga_left = data.dt_nworkers;
	for (i = 0; i < data.dt_nworkers; i++) {
		ga->ga_part[i].pa_gather = ga;
		ga->ga_part[i].pa_job.j_run = on_part;
		worker_post(&data.dt_worker[i], &ga->ga_part[i].pa_job);
	}
}

static const struct view *
view_find(const struct gather *ga, const struct session *se)
{
	const struct part *pa = &ga->ga_part[se->se_worker->w_index];
	struct view key = { .vw_port = se->se_number };

	return (pa->pa_n == 0 ?
		NULL :
		bsearch(&key, pa->pa_views, pa->pa_n, sizeof(key), view_cmp));
}

static uint64_t
rx_dropped(const struct port_stats *ps)
{
	uint64_t n = 0;
	int i;

	for (i = RX_INVALID; i < RX_ENDS; i++)
		if (i != RX_SAME_PORT)
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
	const struct conf *hub = hub_conf(se->se_hub), *user;
	const char *name = NULL;

	if (hub != NULL &&
	    (user = conf_block(hub, "user", se->se_user)) != NULL)
		name = policy_name_of(hub, user);
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
	ctl_number(c, "out-marked", ps->ps_tx_marked);
	ctl_number(c, "out-tcp-suppressed", ps->ps_tx_again);
	ctl_number(c, "out-tcp-thinned", ps->ps_tx_acks);
	ctl_number(c, "queue-frames", sv->sv_frames);
	ctl_number(c, "queue-bytes", sv->sv_bytes);
	ctl_number(c, "queue-age-us", sv->sv_age_us);
	ctl_number(c, "path-rtt-us", sv->sv_rtt_us);
	ctl_number(c, "path-rate", sv->sv_rate);
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
		[RX_PROBE] = "in-loop-probes",
		[RX_INVALID] = "in-dropped-invalid",
		[RX_LINK_LOCAL] = "in-dropped-link-local",
		[RX_BLOCKED] = "in-dropped-blocked",
		[RX_STORM] = "in-dropped-storm",
		[RX_SAME_PORT] = "in-filtered-same-port",
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
	counter(c, "out-marked", ps->ps_tx_marked);
	counter(c, "out-dropped-queue-full", ps->ps_tx_full);
	counter(c, "out-dropped-delay", ps->ps_tx_delay);
	counter(c, "out-dropped-old", ps->ps_tx_old);
	counter(c, "out-tcp-suppressed", ps->ps_tx_again);
	counter(c, "out-tcp-thinned", ps->ps_tx_acks);
	counter(c, "out-dropped-memory", ps->ps_tx_memory);
	counter(c, "out-dropped-no-connection", ps->ps_tx_down);
	counter(c, "out-dropped-blocked", ps->ps_tx_blocked);
	counter(c, "out-dropped-tap", ps->ps_tx_error);
	counter(c, "out-dropped-policy", tx_policy(ps));
	counter(c, "fdb-full", ps->ps_fdb_full);
	counter(c, "fdb-moves", ps->ps_moved);
	counter(c, "loops", ps->ps_loops);
}

static void
show_encap_sums(struct ctl_client *c, const struct encap_stats *es)
{
	counter(c, "capsule-frames", es->es_frames);
	counter(c, "capsule-oversized", es->es_oversized);
	counter(c, "capsule-short", es->es_short);
	counter(c, "capsule-bad-context", es->es_context);
	counter(c, "capsule-bad-offload", es->es_offload);
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

static void
show_hubs(struct ctl_client *c)
{
	struct fdb_stats fs;
	struct hub *h;
	size_t known;
	uint32_t ports;

	LIST_FOREACH(h, &data.dt_hubs, h_entry) {
		pthread_mutex_lock(&h->h_mutex);
		known = fdb_count(h->h_fdb);
		fs = *fdb_stats(h->h_fdb);
		ports = h->h_ports;
		pthread_mutex_unlock(&h->h_mutex);
		ctl_object(c);
		ctl_string(c, "hub", h->h_name);
		ctl_number(c, "ports", ports);
		ctl_number(c, "addresses", known);
		ctl_number(c, "learned", fs.fs_learned);
		ctl_number(c, "moved", fs.fs_moved);
		ctl_number(c, "aged", fs.fs_aged);
		ctl_number(c, "full", fs.fs_full);
		ctl_object_end(c);
	}
	ctl_ok(c);
}

/* An address and whose it is; the names were copied under the lock. */
struct fdb_row {
	struct fdb_entry fr_entry;
	uint64_t fr_port;
	char fr_name[PORT_NAME_LEN];
};

static size_t
fdb_rows(struct hub *h, size_t *cursor, struct fdb_row *rows, uint64_t now)
{
	struct fdb_entry fe[FDB_CHUNK];
	const struct hub_slot *hs;
	size_t i, n;

	pthread_mutex_lock(&h->h_mutex);
	n = fdb_walk(h->h_fdb, now, cursor, fe, FDB_CHUNK);
	for (i = 0; i < n; i++) {
		rows[i].fr_entry = fe[i];
		if (fe[i].fe_port == 0 || fe[i].fe_port > h->h_nslots)
			continue;
		hs = &h->h_slots[fe[i].fe_port - 1];
		rows[i].fr_port = hs->hs_port;
		memcpy(rows[i].fr_name, hs->hs_name, PORT_NAME_LEN);
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (n);
}

static void
show_fdb_row(struct ctl_client *c, const struct hub *h,
    const struct fdb_row *fr, uint64_t now)
{
	const struct fdb_entry *fe = &fr->fr_entry;
	char mac[ETHER_STRLEN];

	ctl_object(c);
	ctl_string(c, "hub", h->h_name);
	ctl_string(c, "address", ether_format(fe->fe_mac, mac));
	ctl_number(c, "vlan", fe->fe_vid);
	ctl_number(c, "session", fr->fr_port);
	ctl_string(c, "port", fr->fr_name);
	ctl_number(c, "age",
	    now > fe->fe_seen ? (now - fe->fe_seen) / 1000 : 0);
	ctl_object_end(c);
}

static void
show_hub_fdb(struct ctl_client *c, struct hub *h)
{
	static struct fdb_row rows[FDB_CHUNK];
	uint64_t now = clock_ms();
	size_t cursor = 0, i, n;

	do {
		memset(rows, 0, sizeof(rows));
		n = fdb_rows(h, &cursor, rows, now);
		for (i = 0; i < n; i++)
			show_fdb_row(c, h, &rows[i], now);
	} while (cursor != 0);
}

static void
show_fdb(struct ctl_client *c, const char *name)
{
	struct hub *h;

	if (name != NULL && hub_find(name) == NULL) {
		ctl_error(c, "no hub is called %s", name);
		return;
	}
	LIST_FOREACH(h, &data.dt_hubs, h_entry)
		if (name == NULL || strcmp(h->h_name, name) == 0)
			show_hub_fdb(c, h);
	ctl_ok(c);
}

static void
show_pin(struct ctl_client *c)
{
	ctl_object(c);
	ctl_string(c, "pin", data.dt_pin);
	ctl_object_end(c);
	ctl_ok(c);
}

/* By session number, or all of a user. */
static void
kick(struct ctl_client *c, const char *what)
{
	struct session *se, *next;
	unsigned int n = 0;
	char number[24];

	LIST_FOREACH_SAFE(se, &sessions, se_entry, next) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)se->se_number);
		if (se->se_local ||
		    (strcmp(number, what) != 0 &&
			strcmp(se->se_user, what) != 0))
			continue;
		session_end(se, "kicked");
		n++;
	}
	if (n == 0)
		ctl_error(c, "no session or user is called %s", what);
	else
		ctl_ok(c);
}

static void
ask_reload(struct ctl_client *c)
{
	struct reload *rl = calloc(1, sizeof(*rl));

	if (rl == NULL || data.dt_parent == NULL ||
	    ipc_send(data.dt_parent, MSG_RELOAD, ++last_reload, -1, NULL, 0) ==
		-1) {
		free(rl);
		ctl_error(c, "the parent process cannot be asked");
		return;
	}
	rl->rl_id = last_reload;
	rl->rl_client = c;
	LIST_INSERT_HEAD(&reloads, rl, rl_entry);
}

void
control_reloaded(uint32_t id, const char *error)
{
	struct reload *rl;

	LIST_FOREACH(rl, &reloads, rl_entry)
		if (rl->rl_id == id)
			break;
	if (rl == NULL)
		return;
	if (*error == '\0')
		ctl_ok(rl->rl_client);
	else
		ctl_error(rl->rl_client, "%s", error);
	LIST_REMOVE(rl, rl_entry);
	free(rl);
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

/* A binding and whose it is, copied under the lock. */
struct binding_row {
	struct binding br_binding;
	uint64_t br_port;
	char br_name[PORT_NAME_LEN];
};

static void
show_binding_row(struct ctl_client *c, const struct hub *h,
    const struct binding_row *br, uint64_t now)
{
	const struct binding *bi = &br->br_binding;
	char mac[ETHER_STRLEN], addr[INET6_ADDRSTRLEN];

	inet_ntop(bi->bi_key.bk_family == 4 ? AF_INET : AF_INET6,
	    bi->bi_key.bk_addr, addr, sizeof(addr));
	ctl_object(c);
	ctl_string(c, "hub", h->h_name);
	ctl_string(c, "ip", addr);
	ctl_string(c, "address", ether_format(bi->bi_mac, mac));
	ctl_number(c, "vlan", bi->bi_key.bk_vid);
	ctl_number(c, "session", br->br_port);
	ctl_string(c, "port", br->br_name);
	ctl_bool(c, "leased", bi->bi_lease != 0);
	ctl_number(c, "age",
	    now > bi->bi_seen ? (now - bi->bi_seen) / 1000 : 0);
	ctl_object_end(c);
}

/* All of a hub, *n of them; NULL when there are none, or without memory. */
static struct binding_row *
binding_rows(struct hub *h, size_t *n)
{
	const struct binding *bi = NULL;
	const struct hub_slot *hs;
	struct binding_row *rows;

	*n = 0;
	pthread_mutex_lock(&h->h_mutex);
	rows = calloc(bindings_total(h->h_bindings) + 1, sizeof(*rows));
	while (rows != NULL &&
	    (bi = bindings_next(h->h_bindings, bi)) != NULL) {
		rows[*n].br_binding = *bi;
		hs = &h->h_slots[bi->bi_port - 1];
		rows[*n].br_port = hs->hs_port;
		memcpy(rows[(*n)++].br_name, hs->hs_name, PORT_NAME_LEN);
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (rows);
}

/* Who has which IP address, as far as the hub keeps it. */
static void
show_hub_bindings(struct ctl_client *c, struct hub *h)
{
	struct binding_row *rows;
	uint64_t now = clock_ms();
	size_t i, n;

	if (h->h_bindings == NULL)
		return;
	rows = binding_rows(h, &n);
	for (i = 0; i < n; i++)
		show_binding_row(c, h, &rows[i], now);
	free(rows);
}

static void
show_bindings(struct ctl_client *c)
{
	struct hub *h;

	LIST_FOREACH(h, &data.dt_hubs, h_entry)
		show_hub_bindings(c, h);
	ctl_ok(c);
}

static void
show(struct ctl_client *c, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "hubs") == 0)
		show_hubs(c);
	else if (argc == 1 && strcmp(argv[0], "sessions") == 0)
		gather(c, answer_sessions);
	else if (argc == 1 && strcmp(argv[0], "stats") == 0)
		gather(c, answer_stats);
	else if (argc == 1 && strcmp(argv[0], "policy") == 0)
		gather(c, answer_policy);
	else if (argc == 1 && strcmp(argv[0], "bindings") == 0)
		show_bindings(c);
	else if (argc == 1 && strcmp(argv[0], "pin") == 0)
		show_pin(c);
	else if ((argc == 1 || argc == 2) && strcmp(argv[0], "fdb") == 0)
		show_fdb(c, argc == 2 ? argv[1] : NULL);
	else
		ctl_error(c,
		    "show what? hubs, sessions, fdb, bindings, policy, "
		    "stats or pin");
}

static void
on_request(struct ctl_client *c, int argc, char **argv, void *arg)
{
	(void)arg;
	if (argc >= 1 && strcmp(argv[0], "show") == 0)
		show(c, argc - 1, argv + 1);
	else if (argc == 2 && strcmp(argv[0], "kick") == 0)
		kick(c, argv[1]);
	else if (argc == 1 && strcmp(argv[0], "reload") == 0)
		ask_reload(c);
	else
		ctl_error(c, "unknown command");
}

void
control_start(int fd)
{
	server = ctl_server_new(data.dt_worker[0].w_base, fd, on_request, NULL);
	if (server == NULL)
		fatalx("no control socket");
}
