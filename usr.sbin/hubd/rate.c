/* SPDX-License-Identifier: ISC */
/*
 * rate: upload and download rates of a session.  Nothing is dropped for
 * them: what comes in too fast is not read, so that the sender's TCP waits,
 * and its own queue (net/aqm.h) with it; what goes out waits in the session's
 * queue.  The kernel's receive buffer would be one more queue, which at a low
 * rate takes long to empty, so the window is kept to what comes in WINDOW ms.
 */
#include <event2/event.h>

#include "kern/clock.h"
#include "kern/log.h"

#include "data.h"

enum { WINDOW = 200, WINDOW_MIN = 32 << 10, WINDOW_MAX = 16 << 20 };

static uint32_t
window(const struct port *pt)
{
	uint64_t rate = pt->pt_upload.pa_rate, bytes = rate * WINDOW / 1000;

	if (rate == 0 || bytes > WINDOW_MAX)
		return (WINDOW_MAX);
	return (bytes < WINDOW_MIN ? WINDOW_MIN : (uint32_t)bytes);
}

static void
pause_all(struct port *pt, bool on)
{
	struct client *cl;

	LIST_FOREACH(cl, &pt->pt_clients, cl_port_entry)
		conn_pause(cl->cl_conn, on);
}

static void
on_upload(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	worker_enter();
	pause_all(arg, false);
	worker_leave();
}

static void
on_download(evutil_socket_t fd, short what, void *arg)
{
	struct port *pt = arg;

	(void)fd;
	(void)what;
	worker_enter();
	session_conns_flush(&pt->pt_conns);
	worker_leave();
}

/* In so many us, made when first needed. */
static void
come_back(struct port *pt, struct event **ev, event_callback_fn run,
    uint64_t us)
{
	struct timeval tv = { .tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000) };

	if (*ev == NULL)
		*ev = evtimer_new(pt->pt_worker->w_base, run, pt);
	if (*ev == NULL || event_add(*ev, &tv) == -1)
		fatalx("no timer");
}

void
rate_set(struct port *pt, uint64_t upload, uint64_t download)
{
	bool changed = pt->pt_upload.pa_rate != upload;
	struct client *cl;

	session_conns_set_rate(&pt->pt_conns, download);
	pace_set(&pt->pt_upload, upload, clock_us());
	if (!changed)
		return;
	LIST_FOREACH(cl, &pt->pt_clients, cl_port_entry)
		conn_set_window(cl->cl_conn, window(pt));
	if (upload == 0)
		pause_all(pt, false);
}

void
rate_add(struct port *pt, struct client *cl)
{
	if (pt->pt_upload.pa_rate != 0)
		conn_set_window(cl->cl_conn, window(pt));
}

void
rate_round(struct port *pt)
{
	uint64_t us;

	if (pt->pt_upload.pa_rate == 0 ||
	    (us = pace_wait(&pt->pt_upload, clock_us())) == 0)
		return;
	pause_all(pt, true);
	come_back(pt, &pt->pt_upload_event, on_upload, us);
}

void
rate_pulled(struct port *pt)
{
	uint64_t us;

	if (pt->pt_conns.sc_pace.pa_rate == 0 ||
	    (us = session_conns_wait(&pt->pt_conns)) == 0 ||
	    (pt->pt_download_event != NULL &&
		evtimer_pending(pt->pt_download_event, NULL)))
		return;
	come_back(pt, &pt->pt_download_event, on_download, us);
}

void
rate_free(struct port *pt)
{
	if (pt->pt_upload_event != NULL)
		event_free(pt->pt_upload_event);
	if (pt->pt_download_event != NULL)
		event_free(pt->pt_download_event);
}
