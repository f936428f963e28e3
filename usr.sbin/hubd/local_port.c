/* SPDX-License-Identifier: ISC */
/*
 * local_port: a tap of this machine as a port of a hub.  The parent opens
 * the tap and joins it to its bridge; a worker reads and writes it.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/frame.h"
#include "kern/log.h"
#include "net/gro.h"
#include "net/if_tap.h"
#include "net/offload.h"

#include "control.h"

enum {
	TAP_ROUND = 128,	/* frames read before others get a turn, */
	TAP_BYTES = 512 << 10	/* or bytes: far less than a queue takes */
};

struct tap_job {
	struct job tp_job;
	struct hub *tp_hub;
	uint64_t tp_port;
	int tp_fd;
	char tp_name[PORT_NAME_LEN];
};

static void
from_tap(struct frame *f, void *arg)
{
	forward_frame(arg, f);
}

/*
 * Frames of one flow go on as one super-frame; ports that take none of its
 * kind get it in segments.
 */
static void
on_tap(evutil_socket_t fd, short what, void *arg)
{
	struct port *pt = arg;
	struct frame *f;
	size_t bytes = 0;
	int i, n = 1, error;

	(void)what;
	worker_enter();
	for (i = 0; i < TAP_ROUND && bytes < TAP_BYTES && n == 1; i++)
		if ((n = tap_read(fd, FRAME_LONGEST, &f)) == 1) {
			bytes += f->f_len;
			gro_put(pt->pt_tap_in, f, OFFLOAD_CAN_ALL, from_tap,
			    pt);
		}
	error = errno;
	gro_flush(pt->pt_tap_in, from_tap, pt);
	forward_round(pt->pt_worker);
	if (n == -1) {
		errno = error;
		log_warn("%s", pt->pt_name);
		event_del(pt->pt_tap_event);
		session_tell(pt->pt_number, 0, REPORT_FAILED, "");
	}
	worker_leave();
}

int
local_port_start(struct port *pt, int fd)
{
	if (port_set_tap(pt, fd) == -1)
		return (-1);
	pt->pt_tap_event = event_new(pt->pt_worker->w_base, fd,
	    EV_READ | EV_PERSIST, on_tap, pt);
	if (pt->pt_tap_event == NULL || event_add(pt->pt_tap_event, NULL) == -1)
		return (-1);
	return (0);
}

/* On the worker that will own it. */
static void
on_start(struct worker *w, struct job *j)
{
	struct tap_job *tp = (struct tap_job *)j;
	struct port *pt =
	    port_new(w, tp->tp_hub, tp->tp_port, tp->tp_name, 0, 0, false);

	if (pt == NULL) {
		hub_unref(tp->tp_hub);
		close(tp->tp_fd);
	}
	if (pt == NULL || local_port_start(pt, tp->tp_fd) == -1)
		session_tell(tp->tp_port, 0, REPORT_FAILED, "");
	else
		session_tell(tp->tp_port, 1, REPORT_CONNS, "");
	free(tp);
}

static unsigned int
hash(const char *s)
{
	unsigned int h = 5381;

	while (*s != '\0')
		h = h * 33 + (unsigned char)*s++;
	return (h);
}

void
local_port_add(uint32_t id, int fd, const struct msg_tap *mt)
{
	struct hub *h = hub_find(mt->mt_hub);
	struct tap_job *tp = calloc(1, sizeof(*tp));
	struct worker *w;
	struct session *se = NULL;

	w = &data.dt_worker[hash(mt->mt_name) % data.dt_nworkers];
	if (h != NULL && tp != NULL)
		se = session_new(mt->mt_hub, mt->mt_name, w);
	if (se == NULL) {
		log_warnx("hub %s: no local port %s", mt->mt_hub, mt->mt_name);
		free(tp);
		close(fd);
		return;
	}
	se->se_local = true;
	se->se_tap_id = id;
	strlcpy(se->se_peer, mt->mt_ifname, sizeof(se->se_peer));
	tp->tp_job.j_run = on_start;
	tp->tp_hub = hub_ref(h);
	tp->tp_port = se->se_number;
	tp->tp_fd = fd;
	snprintf(tp->tp_name, sizeof(tp->tp_name), "local %s", mt->mt_name);
	worker_post(w, &tp->tp_job);
	session_police(se);
}

void
local_port_remove(uint32_t id)
{
	struct session *se;

	LIST_FOREACH(se, &sessions, se_entry)
		if (se->se_local && se->se_tap_id == id) {
			session_end(se, "no longer in the settings");
			return;
		}
}
