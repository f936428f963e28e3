/* SPDX-License-Identifier: ISC */
/*
 * A transport that needs no network: the stream ends in this process, in
 * toy_peer.  With a hop before, it hands that stream on as it is.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/transport.h"

struct transport {
	struct event *t_event;
	int t_fd;
	transport_done t_done;
	void *t_arg;
};

static int toy_peer = -1;

static void
toy_ready(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg, copy = *t;

	(void)fd;
	(void)what;
	event_free(t->t_event);
	free(t);
	copy.t_done(copy.t_fd, copy.t_fd == -1 ? "toy: no stream" : NULL,
	    copy.t_arg);
}

static struct transport *
toy_start(const struct transport_request *tr)
{
	struct transport *t = calloc(1, sizeof(*t));
	struct timeval soon = { 0, 0 };
	int fds[2] = { -1, -1 };

	if (t == NULL)
		return (NULL);
	t->t_done = tr->tr_done;
	t->t_arg = tr->tr_arg;
	t->t_fd = tr->tr_fd;
	if (tr->tr_fd == -1 &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0) {
		t->t_fd = fds[0];
		toy_peer = fds[1];
	}
	t->t_event = event_new(tr->tr_base, -1, 0, toy_ready, t);
	event_add(t->t_event, &soon);
	return (t);
}

static void
toy_cancel(struct transport *t)
{
	event_free(t->t_event);
	close(t->t_fd);
	free(t);
}

const struct transport_ops transport_toy = {
	.to_name = "toy",
	.to_start = toy_start,
	.to_cancel = toy_cancel,
};
