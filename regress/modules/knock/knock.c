/* SPDX-License-Identifier: ISC */
/*
 * knock: a toy transport, to prove that one more is a folder and a line.  It
 * connects as "direct" does, says "knock\n", and hands over the stream when
 * the other side has said "come\n".
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "transport/transport.h"

struct transport {
	struct transport_request kn_request;
	const struct transport_ops *kn_below;
	struct transport *kn_hop;	/* until it is connected */
	struct event *kn_event;
	int kn_fd;
	char kn_answer[5];
	size_t kn_len;
};

static void
knock_free(struct transport *t)
{
	if (t->kn_event != NULL)
		event_free(t->kn_event);
	free(t);
}

static void
knock_finish(struct transport *t, const char *error)
{
	transport_done done = t->kn_request.tr_done;
	void *arg = t->kn_request.tr_arg;
	int fd = t->kn_fd;

	knock_free(t);
	if (error != NULL) {
		close(fd);
		fd = -1;
	}
	done(fd, error, arg);
}

static void
knock_answer(int fd, short what, void *arg)
{
	struct transport *t = arg;
	ssize_t n;

	if (what & EV_TIMEOUT) {
		knock_finish(t, "knock: nobody answers the door");
		return;
	}
	n = recv(fd, t->kn_answer + t->kn_len, sizeof(t->kn_answer) - t->kn_len,
	    0);
	if (n <= 0) {
		knock_finish(t, "knock: the door was shut");
		return;
	}
	t->kn_len += (size_t)n;
	if (t->kn_len == sizeof(t->kn_answer))
		knock_finish(t,
		    memcmp(t->kn_answer, "come\n", 5) == 0 ?
			NULL :
			"knock: not a door");
}

static void
knock_connected(int fd, const char *error, void *arg)
{
	const struct timeval limit = { .tv_sec = 5 };
	struct transport *t = arg;

	t->kn_hop = NULL;
	if (fd == -1) {
		t->kn_request.tr_done(-1, error, t->kn_request.tr_arg);
		knock_free(t);
		return;
	}
	t->kn_fd = fd;
	t->kn_event = event_new(t->kn_request.tr_base, fd, EV_READ | EV_PERSIST,
	    knock_answer, t);
	if (t->kn_event == NULL || event_add(t->kn_event, &limit) == -1 ||
	    send(fd, "knock\n", 6, MSG_NOSIGNAL) != 6)
		knock_finish(t, "knock: cannot knock");
}

static struct transport *
knock_start(const struct transport_request *tr)
{
	struct transport_request below = *tr;
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->kn_request = *tr;
	t->kn_below = transport_find("direct");
	below.tr_done = knock_connected;
	below.tr_arg = t;
	if ((t->kn_hop = t->kn_below->to_start(&below)) == NULL) {
		free(t);
		return (NULL);
	}
	return (t);
}

static void
knock_cancel(struct transport *t)
{
	if (t->kn_hop != NULL)
		t->kn_below->to_cancel(t->kn_hop);
	else
		close(t->kn_fd);
	knock_free(t);
}

extern const struct transport_ops transport_knock;
const struct transport_ops transport_knock = { .to_name = "knock",
	.to_start = knock_start,
	.to_cancel = knock_cancel };
