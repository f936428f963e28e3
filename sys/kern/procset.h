/* SPDX-License-Identifier: ISC */
/*
 * procset: the children of a daemon's privileged parent, which live and die
 * together, since each holds channels to the others: when one dies all are
 * started anew, after proc_backoff_next()'s time.  What must not go meanwhile
 * (listeners, taps, sessions) stays in the parent.
 *
 * A child's word to end is that its channel closes; it gets SIGKILL when it
 * has not ended PROCSET_GRACE ms later.
 *
 * procset_run() is the parent's life: it starts the set, and what SIGCHLD,
 * SIGHUP, SIGTERM and SIGINT mean is the same for every daemon.
 */
#ifndef KERN_PROCSET_H
#define KERN_PROCSET_H

#include <stdbool.h>
#include <sys/types.h>

struct event_base;
struct ipc;
struct ipc_msg;
struct procset;

enum {
	PROCSET_MAX = 4,	/* children of one set */
	PROCSET_GRACE = 5000
};

struct procset_params {
	struct event_base *pp_base;
	const char *pp_program;		/* argv[0], for proc_start() */
	bool pp_foreground;		/* children log to standard error */
	bool pp_verbose;
	const char *const *pp_roles;	/* names, also in log lines */
	unsigned int pp_n;		/* at most PROCSET_MAX */
	/* All have been started: send them what they need. */
	void (*pp_wire)(void *arg);
	/* A message of a child; its descriptor has been closed. */
	void (*pp_message)(unsigned int role, const struct ipc_msg *msg,
	    void *arg);
	/* SIGHUP: read the settings again. */
	void (*pp_reload)(void *arg);
	/* SIGCHLD, before the set looks for its own; or NULL. */
	void (*pp_reap)(void *arg);
	void *pp_arg;
};

/* Copies the parameters; calls fatal() without memory.  Starts nothing. */
struct procset *procset_new(const struct procset_params *pp);
/*
 * Start the set and serve the event base until SIGTERM or SIGINT; then end
 * the set.  SIGPIPE is ignored.
 */
void procset_run(struct procset *ps);
/* Start all and wire them; if one cannot be started, all again later. */
void procset_start(struct procset *ps);
/* End all, and wait for that. */
void procset_stop(struct procset *ps);
/* The channel to a child; NULL while it does not run. */
struct ipc *procset_ipc(const struct procset *ps, unsigned int role);
/* Counts the starts: tells whether a set is still the one it was. */
unsigned int procset_generation(const struct procset *ps);

#endif
