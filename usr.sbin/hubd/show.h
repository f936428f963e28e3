/* SPDX-License-Identifier: ISC */
/*
 * show: what hubctl(8) shows of the data process.  Counters belong to the
 * workers, so each is asked for a copy, and the answer is written when all
 * have come back.  Control thread, but for what gather.c says.
 *
 * To show something more: a function with the signature of show_fn and a line
 * in the table of show.c.
 */
#ifndef HUBD_SHOW_H
#define HUBD_SHOW_H

#include "control.h"

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

/* name: what the command was given behind its own, or NULL. */
typedef void (*show_fn)(struct ctl_client *c, const char *name);

/* show.c: "show ARGV" */
void show(struct ctl_client *c, int argc, char **argv);

/* gather.c */
/* Ask all workers, then call answer, which has to end the client's answer. */
void gather(struct ctl_client *c, void (*answer)(struct gather *));
/* Of a session's port; NULL when it is gone or there was no memory. */
const struct view *view_find(const struct gather *ga, const struct session *se);

/* show_port.c: of ports, sessions and connections */
void show_sessions(struct ctl_client *c, const char *name);
void show_stats(struct ctl_client *c, const char *name);
void show_policy(struct ctl_client *c, const char *name);

/* show_hub.c: of hubs */
void show_hubs(struct ctl_client *c, const char *name);
void show_fdb(struct ctl_client *c, const char *name);
void show_bindings(struct ctl_client *c, const char *name);
void show_rules(struct ctl_client *c, const char *name);

/* show_multicast.c: who joined which group */
void show_multicast(struct ctl_client *c, const char *name);

#endif
