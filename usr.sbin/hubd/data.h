/* SPDX-License-Identifier: ISC */
/*
 * data: the process that talks to the network.  One event loop a thread
 * ("worker"); worker 0 is also the control thread: it accepts connections,
 * decides log-ins, keeps the list of sessions, answers hubctl.
 *
 * Who may touch what:
 * - A port (a session's or a tap's end in its hub), its connections and its
 *   queue belong to one worker for life.  Others name it by its number only,
 *   which is never used again; the owner looks the number up in a table of
 *   its own, and what finds none is dropped and counted.  So no port needs a
 *   reference count.  The control thread alone orders a port made and ended.
 * - A hub's FDB and its list of slots are covered by h_mutex, taken once for
 *   a batch of frames.  Hubs are reference-counted; ports hold references.
 * - What crosses threads goes through the inbox: jobs (control) and frames.
 *   But a few frames for a worker that is not at work are sent by who has
 *   them, in its place: to wake it would take longer.  So all that a worker
 *   does with ports and connections it does under its w_mutex, which nobody
 *   waits for but itself (worker_enter).
 * - Settings (dt_conf) and everything named session belong to the control
 *   thread.
 */
#ifndef HUBD_DATA_H
#define HUBD_DATA_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/grant.h"
#include "kern/bucket.h"
#include "kern/frame.h"
#include "kern/moderate.h"
#include "kern/polling.h"
#include "net/ether.h"
#include "net/fdb.h"
#include "net/inspect.h"
#include "net/loop.h"
#include "net/mcast.h"
#include "net/pace.h"
#include "net/policy.h"
#include "tunnel/conn.h"
#include "tunnel/session.h"
#include "tunnel/token.h"

#include "hubd.h"

struct access;
struct access_view;
struct bindings;
struct conf;
struct ctl_client;
struct event;
struct event_base;
struct gro_batch;
struct ipc;
struct ipc_msg;
struct session;
struct worker;

enum {
	BATCH = 256,		/* frames forwarded under one lock */
	INBOX_FRAMES = 16384,	/* waiting for one worker; more are dropped */
	TABLE_SIZE = 1024,	/* buckets of a worker's tables */
	PEER_LEN = 64,
	PORT_NAME_LEN = 40,
	FRAME_LONGEST = 9238,	/* jumbo with two VLAN tags, or a segment */
	HANDSHAKES_ADDRESS = 64	/* unfinished ones of one address */
};

/* Work for a worker; embedded in what it works on, freed by j_run. */
struct job {
	STAILQ_ENTRY(job) j_entry;
	void (*j_run)(struct worker *w, struct job *j);
};

/* A frame on its way to a port, or to all ports of a hub but one. */
struct delivery {
	struct frame *dl_frame;
	uint64_t dl_port;	/* the one, or the one left out */
	uint64_t dl_target;	/* of monitors: left out, too */
	uint32_t dl_hub;	/* a flood within this hub, or 0 */
	bool dl_monitors;	/* that only monitors get */
	bool dl_isolated;	/* by an isolated session (net/policy.h) */
	struct mcast_set *dl_ports;	/* of a flood: these only; or NULL */
};

struct deliveries {
	struct delivery *ds_list;
	uint32_t ds_n;
	uint32_t ds_size;
};

struct inbox {
	pthread_mutex_t ib_mutex;
	STAILQ_HEAD(, job) ib_jobs;
	struct deliveries ib_frames;
	bool ib_awake;			/* it will look by itself */
	int ib_event;
};

/*
 * Where a frame that came in ended; each in exactly one.  A copy that goes
 * out is counted by its own port: queue, tap, blocked.
 */
enum rx_end {
	RX_UNICAST,		/* handed to one port */
	RX_FLOODED,		/* to all others */
	RX_MULTICAST,		/* to those that joined its group */
	RX_ASKED,		/* to the one whose address it asks for */
	RX_PROBE,		/* a loop probe of ours */
	RX_INVALID,		/* no Ethernet frame, or a bad source */
	RX_LINK_LOCAL,		/* 01:80:C2:00:00:0X */
	RX_BLOCKED,		/* the port is blocked */
	RX_STORM,		/* over the storm limit */
	RX_SAME_PORT,		/* its destination is where it came from */
	RX_UNWANTED,		/* multicast that nobody joined */
	RX_POLICY,		/* by a rule of ps_policy_in */
	RX_MEMORY,		/* no room to hand it on */
	RX_ENDS
};

/*
 * A super-frame that comes in or goes out whole is one frame, also of the
 * counters of super-frames; one that goes out in segments is as many frames.
 */
struct port_stats {
	uint64_t ps_rx_frames, ps_rx_bytes, ps_rx_super;
	uint64_t ps_rx[RX_ENDS];
	uint64_t ps_policy_in[POLICY_HITS];
	uint64_t ps_policy_out[POLICY_HITS];
	uint64_t ps_tx_frames, ps_tx_bytes, ps_tx_super;
	uint64_t ps_tx_marked;	/* by ECN, of ps_tx_frames */
	uint64_t ps_tx_joined;	/* with the frame before */
	uint64_t ps_tx_full;	/* queue full */
	uint64_t ps_tx_delay;	/* dropped by CoDel */
	uint64_t ps_tx_old;	/* dropped after an outage */
	uint64_t ps_tx_again;	/* inner retransmissions in vain */
	uint64_t ps_tx_acks;	/* inner ACKs that say no more */
	uint64_t ps_tx_twice;	/* copies sent besides, */
	uint64_t ps_rx_twice;	/* and that came in vain */
	uint64_t ps_tx_memory;	/* no buffer for a segment */
	uint64_t ps_tx_down;	/* no connection */
	uint64_t ps_tx_blocked;
	uint64_t ps_tx_error;	/* the tap refused it */
	uint64_t ps_fdb_full;
	uint64_t ps_moved;
	uint64_t ps_loops;
	uint64_t ps_clamped;	/* SYNs that announced too much */
};

/* A hub's list entry for a port; under h_mutex. */
struct hub_slot {
	uint64_t hs_port;	/* 0: free */
	unsigned int hs_worker;
	char hs_name[PORT_NAME_LEN];
	bool hs_all_groups;		/* whatever it joins */
};

/* Kinds of floods, each with a limit of its own. */
enum storm { STORM_BROADCAST, STORM_MULTICAST, STORM_UNKNOWN, STORMS };

/* What a port is told of its user's rules. */
struct policing {
	struct policy pg_policy;
	struct access_view *pg_access;	/* owned; NULL: no list */
	uint64_t pg_idle_time;		/* ms; 0: no limit */
	uint64_t pg_upload, pg_download; /* bytes a second; 0: no limit */
	/* Of the control thread; 0: none, or no limit. */
	bool pg_denied;
	bool pg_password_fixed;
	uint64_t pg_max_time;		/* ms */
	uint64_t pg_keepalive;		/* ms */
	uint64_t pg_max_sessions;
	uint64_t pg_max_conns;
};

struct hub {
	LIST_ENTRY(hub) h_entry;	/* control thread */
	char h_name[HTTP_NAME_MAX];
	uint32_t h_id;			/* never used again */
	atomic_uint h_refs;
	bool h_wanted;			/* control thread, at a reload */
	struct access *h_access;	/* control thread; NULL: no rules */
	uint8_t h_probe_key[LOOP_KEY_LEN];
	uint8_t h_probe_id[LOOP_ID_LEN];
	/* Settings that ports read. */
	atomic_uint h_probe_ms, h_block_ms;
	atomic_uint h_storm_rate[STORMS], h_storm_burst, h_fdb_session;
	atomic_bool h_bpdu;		/* they pass */
	atomic_bool h_ask_owner;	/* neighbour-requests owner */
	atomic_uint h_max_mss;		/* 0: no limit */
	pthread_mutex_t h_mutex;
	struct fdb *h_fdb;
	/* NULL until a policy needs it, then there until the end. */
	struct bindings *_Atomic h_bindings;
	struct mcast *h_mcast;		/* under h_mutex; NULL: no snooping */
	atomic_bool h_snoops;		/* whether it is there */
	atomic_int h_monitors;		/* ports with POLICY_MONITOR */
	struct hub_slot *h_slots;	/* the FDB's port n is slot n - 1 */
	uint32_t h_nslots;
	uint32_t h_ports;
	uint32_t h_on_worker[THREADS_MAX];
	struct bucket h_move_log;
	atomic_uint h_packet_log;	/* levels by kind (packet_log.c) */
	atomic_int h_packet_room;	/* lines left of this second */
	int h_packet_rate;		/* control thread */
};

struct client;
LIST_HEAD(client_list, client);

/* What a policy has dropped of a port's frames since the last log line. */
struct policy_news {
	uint64_t pn_count;
	uint64_t pn_next;		/* ms, when there may be another */
	enum policy_hit pn_hit;		/* the last */
	uint8_t pn_mac[ETHER_ALEN];
};

struct port {
	LIST_ENTRY(port) pt_entry;	/* worker's table by number */
	LIST_ENTRY(port) pt_hub_entry;	/* worker's table by hub */
	TAILQ_ENTRY(port) pt_dirty_entry;
	bool pt_dirty;			/* got frames in this round */
	struct worker *pt_worker;
	struct hub *pt_hub;
	uint64_t pt_number;		/* unique in this process */
	uint32_t pt_slot;		/* its number in the FDB */
	char pt_name[PORT_NAME_LEN];
	struct session_conns pt_conns;
	struct client_list pt_clients;
	int pt_tap;			/* -1: a session */
	unsigned int pt_tap_can;	/* OFFLOAD_CAN_*, what the tap takes */
	struct gro_batch *pt_tap_in;	/* of this round, from the tap */
	struct gro_batch *pt_tap_out;	/* and to it */
	struct event *pt_tap_event;
	struct policy pt_policy;
	struct access_view *pt_access;
	bool pt_judged_in, pt_judged_out; /* anything to look at */
	struct policy_news pt_news;
	struct pace pt_upload;		/* of what it sends to the hub */
	struct event *pt_upload_event;	/* then it is read again */
	struct event *pt_download_event; /* then it is sent more */
	struct bucket pt_storm[STORMS];
	uint64_t pt_idle_time;		/* ms; 0: no limit */
	uint64_t pt_heard;		/* ms, when a frame last came in */
	uint64_t pt_probe_at;		/* ms */
	uint64_t pt_blocked;		/* until then; 0: not */
	struct port_stats pt_stats;
	struct encap_stats pt_encap;	/* of connections that are gone */
};
LIST_HEAD(port_list, port);
TAILQ_HEAD(port_queue, port);

/* One TCP connection, from accept to close. */
struct client {
	LIST_ENTRY(client) cl_entry;	/* worker's table by number */
	LIST_ENTRY(client) cl_port_entry;
	struct worker *cl_worker;
	struct conn *cl_conn;
	struct port *cl_port;		/* NULL until logged in */
	uint64_t cl_number;
	bool cl_pending;		/* counted as an unfinished handshake */
	struct sockaddr_storage cl_from;
};

struct batch_frame {
	struct frame *bf_frame;
	struct ether_info bf_info;
	bool bf_inspected;
	struct inspect bf_inspect;	/* then only */
	struct fdb_key bf_src, bf_dst;
};

struct worker_stats {
	uint64_t ws_connections;	/* accepted so far */
	uint64_t ws_gone;		/* frames for a port that has ended */
	uint64_t ws_inbox_full;		/* frames for a worker too busy */
	struct port_stats ws_ended;	/* of ports that have ended */
	struct encap_stats ws_encap;	/* the same of their connections */
};

struct worker {
	unsigned int w_index;
	pthread_t w_thread;
	pthread_mutex_t w_mutex;
	struct event_base *w_base;
	struct event *w_wake, *w_tick;
	struct polling w_polling;
	struct moderate w_moderate;
	struct inbox w_inbox;
	struct deliveries w_taken;	/* the inbox's frames, being worked */
	struct deliveries w_out[THREADS_MAX];
	struct batch_frame w_batch[BATCH];
	unsigned int w_nbatch;
	struct port *w_batch_port;
	struct port_list w_ports[TABLE_SIZE];
	struct port_list w_hubs[TABLE_SIZE];
	struct client_list w_clients[TABLE_SIZE];
	struct port_queue w_dirty;
	int w_key;			/* channel to the key process */
	uint32_t w_sign_id;
	atomic_uint w_nclients;
	bool w_stop;
	struct worker_stats w_stats;
};

struct data {
	unsigned int dt_nworkers;
	struct worker *dt_worker;
	struct crypto_ctx *dt_ctx;
	struct conn_params dt_params;	/* control thread; copied into jobs */
	char dt_pin[64];
	_Atomic(enum polling_how) dt_poll; /* of the settings, for workers */
	atomic_uint dt_watched;		/* captures and hubs with a log */
	uint8_t dt_token_key[TOKEN_KEY_LEN];
	/* Control thread only. */
	struct conf *dt_conf;
	struct ipc *dt_parent;
	struct ipc *dt_auth;
	LIST_HEAD(, hub) dt_hubs;
	uint64_t dt_next;		/* numbers of ports and clients */
	uint64_t dt_started;		/* ms */
};
extern struct data data;

/* Whether somebody looks at frames (capture.h): all that it costs if not. */
static inline bool
is_watched(void)
{
	return (atomic_load_explicit(&data.dt_watched, memory_order_relaxed) !=
	    0);
}

/* worker.c */
void worker_init(struct worker *w, unsigned int index);
void worker_start(struct worker *w);
/* The loop; returns when w_stop is set. */
void worker_run(struct worker *w);
/* Hand a job to w; from any thread.  Jobs of one sender keep their order. */
void worker_post(struct worker *w, struct job *j);
/*
 * Hand over what w_out[] of `from` holds: own frames at once, a few for
 * another worker at the end of the round.
 */
void worker_deliver(struct worker *from);
/* A port is new: its worker looks at it at once. */
void worker_tick(struct worker *w);
/* Around what the calling thread does with its worker's ports. */
void worker_enter(void);
void worker_leave(void);
/* The calling thread's worker. */
struct worker *worker_self(void);
/* ms -> struct timeval for timers */
struct timeval ms_timeval(uint64_t ms);
/* Add one while forwarding; takes a reference to its frame. */
bool deliveries_add(struct deliveries *ds, const struct delivery *dl);
/* Give up what one refers to. */
void delivery_free(const struct delivery *dl);

/* signer.c: crypto_sign by the key process, on the calling thread's channel */
ssize_t signer_sign(const uint8_t *digest, size_t len, uint8_t *sig,
    size_t size, void *arg);

/* hub.c: control thread, but for _ref, _unref, _join, _leave, _flush, _name */
/* Make, change and drop hubs as dt_conf says; users and hubs that went. */
void hubs_update(void);
struct hub *hub_find(const char *name);
struct hub *hub_ref(struct hub *h);
void hub_unref(struct hub *h);
/* A slot for a port: its number in the FDB, 0 when full or out of memory. */
uint32_t hub_join(struct hub *h, uint64_t port, unsigned int worker,
    const char *name);
void hub_leave(struct hub *h, uint32_t slot);
/* Forget all addresses, after a change of the topology. */
void hub_flush(struct hub *h);
/* Whose port that is, and on which worker; false when it is none of h. */
bool hub_port_name(struct hub *h, uint64_t port, char *name,
    unsigned int *worker);
/* Send a frame of the hub's own to all its ports; consumes f. */
void hub_send(struct hub *h, struct frame *f);
/* Forget aged addresses of all hubs; once a second. */
void hubs_age(void);
/* Settings block of a hub, NULL when it went. */
const struct conf *hub_conf(const char *name);

/* hub_multicast.c: multicast snooping */
/* Control thread: as a hub's settings say. */
void multicast_set(struct hub *h, const struct conf *cf);
/* Control thread, once a second: what is over, and queries of the hub's own. */
void multicast_tick(struct hub *h, uint64_t now);
/* Hub locked: how many memberships it knows, and what was counted. */
size_t multicast_count(const struct hub *h, struct mcast_stats *mt);
/* Whether a frame to dst has to be inspected for it. */
bool multicast_concerns(const struct hub *h, const uint8_t *dst);
/* Port's worker, hub locked: learn from a frame, and where it goes. */
enum mcast_where multicast_where(struct port *pt, const struct batch_frame *bf,
    uint64_t now, struct mcast_set **ms);
/* The same: a host has moved to pt, with all that it joined elsewhere. */
void multicast_moved(struct port *pt, uint64_t now);
/* Port's worker: connected anew, queries may have been missed meanwhile. */
void multicast_back(struct port *pt);
/* Port's worker: its policy keeps it from saying what it wants. */
void multicast_police(struct port *pt);

/* forward.c: the frame path, on the port's worker */
/* A frame has come in by pt; consumes f. */
void forward_frame(struct port *pt, struct frame *f);
/* Forward what forward_frame has gathered. */
void forward_round(struct worker *w);
/* Frames that other workers, or this one's rounds, have for ports here. */
void forward_deliver(struct worker *w, const struct delivery *dl);

/* policing.c: control thread */
/* The rules for a session or local port, those of the hub's list included. */
void policing_of(const struct session *se, struct policing *pg);
/* By a policy of the hub (NULL: none) alone. */
void policing_by(const struct conf *hub, const char *policy,
    struct policing *pg);
/*
 * Names of a user's policy and group, NULL for none; user NULL: one without a
 * block.
 */
const char *policy_name_of(const struct conf *hub, const struct conf *user,
    const struct auth_grant *ag);
const char *group_name_of(const struct conf *user, const struct auth_grant *ag);
/* Whether a policy of the hub needs bindings. */
bool policies_bind(const struct conf *hub);

/* police.c: what a user's rules let pass; the port's worker */
/* From now on; takes over what *pg owns. */
void police_set(struct port *pt, const struct policing *pg);
/* A frame that came in, by itself; false: counted, to be freed. */
bool police_in(struct port *pt, struct batch_frame *bf);
/* The same by who has which address.  Hub locked. */
bool police_bind(struct port *pt, struct batch_frame *bf, uint64_t now);
/* The frame as the port may have it; consumes f.  NULL: counted. */
struct frame *police_out(struct port *pt, struct frame *f, bool isolated);
/* A flood over the port's limit: counted, kept for the log. */
void police_storm(struct port *pt, const struct ether_info *ei,
    enum storm kind);
/* Now and then: log what was dropped; end a session that is silent. */
void police_tick(struct port *pt, uint64_t now);

/* port.c: the port's worker */
struct port *port_find(struct worker *w, uint64_t number);
/* NULL without memory or slot; takes over the hub reference when it works. */
struct port *port_new(struct worker *w, struct hub *h, uint64_t number,
    const char *name, uint32_t frames, uint32_t bytes, bool inner);
/* Leave the hub, close the connections, free. */
void port_free(struct port *pt);
/* Queue or write a frame; consumes it. */
void port_send(struct port *pt, struct frame *f);
/* The same for one from another port, if the port's policy lets it pass. */
void port_forward(struct port *pt, struct frame *f, bool isolated);
/* Send what this round has queued. */
void port_flush_dirty(struct worker *w);
/* Take over the tap `fd`, also when it fails for want of memory: -1. */
int port_set_tap(struct port *pt, int fd);
void port_sum(struct port_stats *to, const struct port_stats *from);
/* Stats with those of the queue and of the connections added. */
void port_totals(const struct port *pt, struct port_stats *ps,
    struct encap_stats *es);
void encap_sum(struct encap_stats *to, const struct encap_stats *from);

/* rate.c: the rates of a port's user; the port's worker */
void rate_set(struct port *pt, uint64_t upload, uint64_t download);
/* A connection has been added. */
void rate_add(struct port *pt, struct client *cl);
/* All that was read is forwarded: wait with the next read if need be. */
void rate_round(struct port *pt);
/* Nothing was to be sent: come back if that was for the rate. */
void rate_pulled(struct port *pt);
void rate_free(struct port *pt);

/* hub_loop.c: the port's worker */
/*
 * Send what probes are due, end blocks that are over.  Returns when (ms) the
 * next of them will be, UINT64_MAX for none.
 */
uint64_t loop_tick(struct worker *w, uint64_t now);
/* Whether f was a probe of this hub (then it is consumed and counted). */
bool loop_input(struct port *pt, struct frame *f, uint64_t now);

/* local_port.c: control thread orders, worker does */
void local_port_add(uint32_t id, int fd, const struct msg_tap *mt);
void local_port_remove(uint32_t id);
/* Worker: begin to read the tap; -1 without memory. */
int local_port_start(struct port *pt, int fd);

/* client.c: the client's worker */
struct accept_job {
	struct job ac_job;
	int ac_fd;
	uint64_t ac_number;
	struct sockaddr_storage ac_from;
	struct conn_params ac_params;
};
void client_accept(struct worker *w, struct job *j);
void client_free_all(struct worker *w);
/* Off its port; the connection stays. */
void client_leave_port(struct client *cl);
/* Free a client and its connection, without a word to its port. */
void client_free(struct client *cl);

/* The control thread's answer to a request. */
struct verdict {
	struct job vd_job;
	uint64_t vd_client;
	struct client *vd_moved;	/* on its way to vd_owner */
	int vd_status;			/* 0: admitted */
	uint64_t vd_port;
	struct worker *vd_owner;
	bool vd_create;			/* make the port */
	bool vd_takeover;		/* close its other connections */
	struct hub *vd_hub;		/* with vd_create: a reference */
	char vd_name[PORT_NAME_LEN];
	uint32_t vd_frames, vd_bytes;
	bool vd_inner;
	unsigned int vd_max_conns;
	bool vd_fcs;
	struct policing vd_policing;	/* with vd_create */
	struct http_extensions vd_ext;
};
void client_verdict(struct worker *w, struct job *j);

#endif
