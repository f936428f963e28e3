/* SPDX-License-Identifier: ISC */
/*
 * worker: a thread with an event loop, and the inbox by which others reach
 * it.  Everything that a round of events queued for sending is sent at the
 * round's end, never on a timer.
 *
 * A worker that is awake looks at its inbox between two rounds; only one that
 * sleeps has to be woken, which costs both sides a system call, and often the
 * sender an interrupt of another processor.  So a few frames for one that does
 * not work just now are sent by who has them, under its lock: pings between
 * two workers' sessions took 0.83 of the time (9 interleaved rounds, ten a
 * second; 0.81 at one every 2 ms), looks at the paths after sending included.
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

enum {
	/*
	 * Between two looks at the ports' loop probes.  Each wakes a thread,
	 * so no more than it takes; the settings may change meanwhile.
	 */
	TICK_MS = 100,
	TICK_MAX_MS = 1000,
	/*
	 * Frames that are sent in another's place, at most.  A thread that is
	 * woken came 18 to 30 us later (traced); a record's worth of bytes is
	 * sealed and sent in less.
	 */
	LEND_FRAMES = 16,
	LEND_BYTES = 16384
};

static _Thread_local struct worker *self;

struct worker *
worker_self(void)
{
	return (self);
}

void
worker_enter(void)
{
	pthread_mutex_lock(&self->w_mutex);
}

void
worker_leave(void)
{
	pthread_mutex_unlock(&self->w_mutex);
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

/* To the ports of w, whose lock is held. */
static void
deliver(struct worker *w, struct deliveries *ds)
{
	uint32_t i;

	for (i = 0; i < ds->ds_n; i++)
		forward_deliver(w, &ds->ds_list[i]);
	ds->ds_n = 0;
}

static void
post_frames(struct worker *from, unsigned int to)
{
	struct deliveries *out = &from->w_out[to];

	from->w_stats.ws_inbox_full +=
	    inbox_put(&data.dt_worker[to].w_inbox, out);
	out->ds_n = 0;
}

static bool
are_few(const struct deliveries *ds)
{
	size_t bytes = 0;
	uint32_t i;

	if (ds->ds_n > LEND_FRAMES)
		return (false);
	for (i = 0; i < ds->ds_n; i++)
		bytes += ds->ds_list[i].dl_frame->f_len;
	return (bytes <= LEND_BYTES);
}

void
worker_deliver(struct worker *from)
{
	struct deliveries *out;
	unsigned int i;

	for (i = 0; i < data.dt_nworkers; i++) {
		out = &from->w_out[i];
		if (out->ds_n == 0)
			continue;
		if (i == from->w_index)
			deliver(from, out);
		else if (!are_few(out))
			post_frames(from, i);
	}
}

/* Frames that wait for w already go first. */
static bool
inbox_empty(struct inbox *ib)
{
	bool empty;

	pthread_mutex_lock(&ib->ib_mutex);
	empty = ib->ib_frames.ds_n == 0;
	pthread_mutex_unlock(&ib->ib_mutex);
	return (empty);
}

/* Send frames in the place of their worker; false when it is at work. */
static bool
lend(struct worker *to, struct deliveries *out)
{
	bool able;

	if (pthread_mutex_trylock(&to->w_mutex) != 0)
		return (false);
	if ((able = inbox_empty(&to->w_inbox))) {
		deliver(to, out);
		port_flush_dirty(to);
	}
	pthread_mutex_unlock(&to->w_mutex);
	return (able);
}

static void
end_round(struct worker *w)
{
	unsigned int i;

	worker_enter();
	port_flush_dirty(w);
	worker_leave();
	for (i = 0; i < data.dt_nworkers; i++)
		if (w->w_out[i].ds_n > 0 &&
		    !lend(&data.dt_worker[i], &w->w_out[i]))
			post_frames(w, i);
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

	worker_enter();
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
		moderate_frame(&w->w_moderate, frames.ds_list[i].dl_frame);
		forward_deliver(w, &frames.ds_list[i]);
	}
	frames.ds_n = 0;
	w->w_taken = frames;
	worker_leave();
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
	uint64_t now = clock_ms(), next;
	struct timeval tv;

	(void)fd;
	(void)what;
	worker_enter();
	next = loop_tick(w, now);
	worker_leave();
	next = next > now ? next - now : 0;
	tv = ms_timeval(next < TICK_MS ? TICK_MS :
		next > TICK_MAX_MS     ? TICK_MAX_MS :
					 next);
	if (event_add(w->w_tick, &tv) == -1)
		fatalx("no timer");
}

void
worker_tick(struct worker *w)
{
	struct timeval tv = { 0, 0 };

	if (event_add(w->w_tick, &tv) == -1)
		fatalx("no timer");
}

void
worker_init(struct worker *w, unsigned int index)
{
	int i;

	w->w_index = index;
	for (i = 0; i < TABLE_SIZE; i++) {
		LIST_INIT(&w->w_ports[i]);
		LIST_INIT(&w->w_hubs[i]);
		LIST_INIT(&w->w_clients[i]);
	}
	TAILQ_INIT(&w->w_dirty);
	STAILQ_INIT(&w->w_inbox.ib_jobs);
	pthread_mutex_init(&w->w_mutex, NULL);
	pthread_mutex_init(&w->w_inbox.ib_mutex, NULL);
	w->w_inbox.ib_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->w_base == NULL)
		w->w_base = event_base_new();
	if (w->w_base == NULL || w->w_inbox.ib_event == -1)
		fatal("no event loop");
	w->w_wake = event_new(w->w_base, w->w_inbox.ib_event,
	    EV_READ | EV_PERSIST, on_wake, w);
	w->w_tick = event_new(w->w_base, -1, 0, on_tick, w);
	if (w->w_wake == NULL || w->w_tick == NULL ||
	    event_add(w->w_wake, NULL) == -1)
		fatalx("no events");
	worker_tick(w);
}

/* End of a worker's life: good-byes, and what it owns goes with it. */
static void
worker_fini(struct worker *w)
{
	struct port *pt;
	int i;

	worker_enter();
	client_free_all(w);
	for (i = 0; i < TABLE_SIZE; i++)
		while ((pt = LIST_FIRST(&w->w_ports[i])) != NULL)
			port_free(pt);
	worker_leave();
	frame_pool_drain();
}

void
worker_run(struct worker *w)
{
	self = w;
	while (!w->w_stop) {
		if (worker_round(w) == -1)
			fatalx("event loop failed");
		end_round(w);
		moderate_pause(&w->w_moderate);
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
