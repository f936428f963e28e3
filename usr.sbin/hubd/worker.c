/* SPDX-License-Identifier: ISC */
/*
 * worker: a thread with an event loop, and the inbox by which others reach
 * it.  Everything that a round of events queued for sending is sent at the
 * round's end, never on a timer.
 *
 * A worker that is awake looks at its inbox between two rounds; only one that
 * sleeps has to be woken, which costs both sides a system call, and often the
 * sender an interrupt of another processor.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/log.h"

#include "data.h"

enum { TICK_MS = 100 };

static _Thread_local struct worker *self;

struct worker *
worker_self(void)
{
	return (self);
}

struct timeval
ms_timeval(uint64_t ms)
{
	return ((struct timeval){ .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000) });
}

static bool
deliveries_grow(struct deliveries *ds)
{
	uint32_t size = ds->ds_size == 0 ? BATCH : ds->ds_size * 2;
	struct delivery *list = reallocarray(ds->ds_list, size, sizeof(*list));

	if (list == NULL)
		return (false);
	ds->ds_list = list;
	ds->ds_size = size;
	return (true);
}

bool
deliveries_add(struct deliveries *ds, const struct delivery *dl)
{
	if (ds->ds_n == ds->ds_size && !deliveries_grow(ds))
		return (false);
	frame_ref(dl->dl_frame);
	if (dl->dl_ports != NULL)
		mcast_set_ref(dl->dl_ports);
	ds->ds_list[ds->ds_n++] = *dl;
	return (true);
}

void
delivery_free(const struct delivery *dl)
{
	frame_free(dl->dl_frame);
	mcast_set_unref(dl->dl_ports);
}

static void
inbox_wake(struct inbox *ib)
{
	uint64_t one = 1;

	if (ib->ib_awake)
		return;
	ib->ib_awake = true;
	(void)!write(ib->ib_event, &one, sizeof(one));
}

void
worker_post(struct worker *w, struct job *j)
{
	struct inbox *ib = &w->w_inbox;

	pthread_mutex_lock(&ib->ib_mutex);
	STAILQ_INSERT_TAIL(&ib->ib_jobs, j, j_entry);
	inbox_wake(ib);
	pthread_mutex_unlock(&ib->ib_mutex);
}

/* Frames that found no room are dropped; returns how many. */
static uint32_t
inbox_put(struct inbox *ib, struct deliveries *out)
{
	struct deliveries *in = &ib->ib_frames;
	uint32_t i, n = 0;

	pthread_mutex_lock(&ib->ib_mutex);
	while (n < out->ds_n && in->ds_n < INBOX_FRAMES &&
	    (in->ds_n < in->ds_size || deliveries_grow(in)))
		in->ds_list[in->ds_n++] = out->ds_list[n++];
	inbox_wake(ib);
	pthread_mutex_unlock(&ib->ib_mutex);
	for (i = n; i < out->ds_n; i++)
		delivery_free(&out->ds_list[i]);
	return (out->ds_n - n);
}

void
worker_deliver(struct worker *from)
{
	struct deliveries *out;
	unsigned int i;
	uint32_t n;

	for (i = 0; i < data.dt_nworkers; i++) {
		out = &from->w_out[i];
		if (out->ds_n == 0)
			continue;
		if (i != from->w_index)
			from->w_stats.ws_inbox_full +=
			    inbox_put(&data.dt_worker[i].w_inbox, out);
		else
			for (n = 0; n < out->ds_n; n++)
				forward_deliver(from, &out->ds_list[n]);
		out->ds_n = 0;
	}
}

/* Ends the sleep; what is in the inbox is looked at behind the round. */
static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	(void)arg;
	(void)!read(fd, &n, sizeof(n));
}

/* Do what is in the inbox; false if it is empty, and w may sleep. */
static bool
inbox_take(struct worker *w)
{
	struct inbox *ib = &w->w_inbox;
	struct deliveries frames;
	STAILQ_HEAD(, job) jobs = STAILQ_HEAD_INITIALIZER(jobs);
	struct job *j;
	bool any;
	uint32_t i;

	pthread_mutex_lock(&ib->ib_mutex);
	STAILQ_CONCAT(&jobs, &ib->ib_jobs);
	frames = ib->ib_frames;
	ib->ib_frames = w->w_taken;
	any = frames.ds_n > 0 || !STAILQ_EMPTY(&jobs);
	ib->ib_awake = any;
	pthread_mutex_unlock(&ib->ib_mutex);
	while ((j = STAILQ_FIRST(&jobs)) != NULL) {
		STAILQ_REMOVE_HEAD(&jobs, j_entry);
		j->j_run(w, j);
	}
	for (i = 0; i < frames.ds_n; i++) {
		polling_frame(&w->w_polling, frames.ds_list[i].dl_frame->f_len);
		forward_deliver(w, &frames.ds_list[i]);
	}
	frames.ds_n = 0;
	w->w_taken = frames;
	return (any);
}

/* One round of events, without sleep if frames or jobs were waiting. */
static int
worker_round(struct worker *w)
{
	int r;

	if (inbox_take(w))
		return (event_base_loop(w->w_base,
		    EVLOOP_ONCE | EVLOOP_NONBLOCK));
	r = polling_loop(&w->w_polling, w->w_base,
	    atomic_load_explicit(&data.dt_poll, memory_order_relaxed));
	pthread_mutex_lock(&w->w_inbox.ib_mutex);
	w->w_inbox.ib_awake = true;
	pthread_mutex_unlock(&w->w_inbox.ib_mutex);
	return (r);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	loop_tick(w, clock_ms());
}

void
worker_init(struct worker *w, unsigned int index)
{
	struct timeval tv = ms_timeval(TICK_MS);
	int i;

	w->w_index = index;
	for (i = 0; i < TABLE_SIZE; i++) {
		LIST_INIT(&w->w_ports[i]);
		LIST_INIT(&w->w_hubs[i]);
		LIST_INIT(&w->w_clients[i]);
	}
	TAILQ_INIT(&w->w_dirty);
	STAILQ_INIT(&w->w_inbox.ib_jobs);
	pthread_mutex_init(&w->w_inbox.ib_mutex, NULL);
	w->w_inbox.ib_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->w_base == NULL)
		w->w_base = event_base_new();
	if (w->w_base == NULL || w->w_inbox.ib_event == -1)
		fatal("no event loop");
	w->w_wake = event_new(w->w_base, w->w_inbox.ib_event,
	    EV_READ | EV_PERSIST, on_wake, w);
	w->w_tick = event_new(w->w_base, -1, EV_PERSIST, on_tick, w);
	if (w->w_wake == NULL || w->w_tick == NULL ||
	    event_add(w->w_wake, NULL) == -1 || event_add(w->w_tick, &tv) == -1)
		fatalx("no events");
}

/* End of a worker's life: good-byes, and what it owns goes with it. */
static void
worker_fini(struct worker *w)
{
	struct port *pt;
	int i;

	client_free_all(w);
	for (i = 0; i < TABLE_SIZE; i++)
		while ((pt = LIST_FIRST(&w->w_ports[i])) != NULL)
			port_free(pt);
	frame_pool_drain();
}

void
worker_run(struct worker *w)
{
	self = w;
	while (!w->w_stop) {
		if (worker_round(w) == -1)
			fatalx("event loop failed");
		port_flush_dirty(w);
	}
	worker_fini(w);
}

static void *
worker_thread(void *arg)
{
	worker_run(arg);
	return (NULL);
}

void
worker_start(struct worker *w)
{
	if (pthread_create(&w->w_thread, NULL, worker_thread, w) != 0)
		fatalx("no thread");
}
