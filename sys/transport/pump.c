/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tcp.h"
#include "transport/pump.h"
#include "transport/transport.h"

enum { PUMP_ROUNDS = 8 };	/* buffers moved, then others have a turn */

/* Bytes on their way in one direction. */
struct pump_bytes {
	size_t pb_off;
	size_t pb_len;
	uint8_t pb_buf[PUMP_BUFFER];
};

struct pump {
	TAILQ_ENTRY(pump) p_entry;
	const struct pump_ops *p_ops;
	void *p_layer;			/* NULL: the outer side has ended */
	int p_outer;			/* the layer's */
	int p_inner;			/* ours of the pair */
	int p_caller;			/* the other one's number */
	struct event p_outer_read, p_outer_write;
	struct event p_inner_read, p_inner_write;
	struct event p_again;
	struct pump_bytes p_in;		/* from the outer stream */
	struct pump_bytes p_out;
	char p_name[128];
	char p_error[TRANSPORT_ERROR_LEN];
};

/* How far one direction got. */
enum pump_moved { PUMP_WAITS, PUMP_MORE, PUMP_ENDED, PUMP_GONE };

static TAILQ_HEAD(, pump) pumps = TAILQ_HEAD_INITIALIZER(pumps);

static void
pump_free(struct pump *p)
{
	event_del(&p->p_outer_read);
	event_del(&p->p_outer_write);
	event_del(&p->p_inner_read);
	event_del(&p->p_inner_write);
	event_del(&p->p_again);
	if (p->p_layer != NULL)
		p->p_ops->po_free(p->p_layer);
	close(p->p_inner);
	TAILQ_REMOVE(&pumps, p, p_entry);
	freezero(p, sizeof(*p));
}

/* The outer side is over: remember why; the caller gets what is left. */
static void
pump_end(struct pump *p)
{
	const char *below = pump_error(p->p_outer);
	const char *error = p->p_ops->po_error(p->p_layer);

	if (below != NULL)
		strlcpy(p->p_error, below, sizeof(p->p_error));
	else if (error != NULL)
		snprintf(p->p_error, sizeof(p->p_error), "%s: %s", p->p_name,
		    error);
	event_del(&p->p_outer_read);
	event_del(&p->p_outer_write);
	p->p_ops->po_free(p->p_layer);
	p->p_layer = NULL;
}

static bool
pump_again(void)
{
	return (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Outer stream to caller. */
static enum pump_moved
pump_in(struct pump *p)
{
	struct pump_bytes *pb = &p->p_in;
	ssize_t n;

	if (pb->pb_len == 0) {
		if (p->p_layer == NULL)
			return (PUMP_WAITS);
		n = p->p_ops->po_read(p->p_layer, pb->pb_buf,
		    sizeof(pb->pb_buf));
		if (n <= 0)
			return (n == 0 ? PUMP_WAITS : PUMP_ENDED);
		pb->pb_off = 0;
		pb->pb_len = (size_t)n;
	}
	n = send(p->p_inner, pb->pb_buf + pb->pb_off, pb->pb_len, MSG_NOSIGNAL);
	if (n == -1)
		return (pump_again() ? PUMP_WAITS : PUMP_GONE);
	pb->pb_off += (size_t)n;
	pb->pb_len -= (size_t)n;
	return (PUMP_MORE);
}

/* Caller to outer stream, or to nowhere when that has ended. */
static enum pump_moved
pump_out(struct pump *p)
{
	struct pump_bytes *pb = &p->p_out;
	ssize_t n;

	if (pb->pb_len == 0) {
		n = recv(p->p_inner, pb->pb_buf, sizeof(pb->pb_buf), 0);
		if (n == 0 || (n == -1 && !pump_again()))
			return (PUMP_GONE);
		if (n == -1)
			return (PUMP_WAITS);
		pb->pb_off = 0;
		pb->pb_len = (size_t)n;
	}
	if (p->p_layer == NULL) {
		pb->pb_len = 0;
		return (PUMP_MORE);
	}
	n = p->p_ops->po_write(p->p_layer, pb->pb_buf + pb->pb_off, pb->pb_len);
	if (n <= 0)
		return (n == 0 ? PUMP_WAITS : PUMP_ENDED);
	pb->pb_off += (size_t)n;
	pb->pb_len -= (size_t)n;
	return (PUMP_MORE);
}

static void
pump_want(struct event *ev, bool wanted)
{
	if (wanted)
		event_add(ev, NULL);
	else
		event_del(ev);
}

/* What to wait for; a side that is full is not asked for more. */
static void
pump_wait(struct pump *p)
{
	bool full = p->p_in.pb_len > 0, stuck = p->p_out.pb_len > 0;
	short wants;

	pump_want(&p->p_inner_read, !stuck);
	pump_want(&p->p_inner_write, full);
	if (p->p_layer == NULL) {
		/* all is read: the caller sees the end of the stream */
		if (!full)
			shutdown(p->p_inner, SHUT_WR);
		return;
	}
	wants = p->p_ops->po_wants(p->p_layer);
	/* a layer may have to read before it can write */
	pump_want(&p->p_outer_read,
	    (wants & EV_READ) && (!full || (stuck && !(wants & EV_WRITE))));
	pump_want(&p->p_outer_write, (wants & EV_WRITE) != 0);
}

static void
pump_run(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = { 0, 0 };
	struct pump *p = arg;
	enum pump_moved in = PUMP_MORE, out = PUMP_MORE;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < PUMP_ROUNDS && (in == PUMP_MORE || out == PUMP_MORE);
	     i++) {
		in = pump_in(p);
		if (in == PUMP_ENDED)
			pump_end(p);
		out = in == PUMP_GONE ? PUMP_GONE : pump_out(p);
		if (out == PUMP_ENDED)
			pump_end(p);
		if (out == PUMP_GONE) {
			pump_free(p);
			return;
		}
	}
	/* a timer: other sockets are looked at first */
	if (i == PUMP_ROUNDS)
		event_add(&p->p_again, &now);
	pump_wait(p);
}

static int
pump_pair(int fds[2])
{
	const int size = PUMP_SOCKET;
	int i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		fds) == -1)
		return (-1);
	for (i = 0; i < 2; i++)
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	return (0);
}

int
pump_start(struct event_base *base, int fd, const struct pump_ops *ops,
    void *layer, const char *name)
{
	const struct timeval now = { 0, 0 };
	struct pump *p = calloc(1, sizeof(*p));
	int pair[2];

	if (p == NULL || pump_pair(pair) == -1) {
		free(p);
		ops->po_free(layer);
		return (-1);
	}
	tcp_options(fd);
	p->p_ops = ops;
	p->p_layer = layer;
	p->p_outer = fd;
	p->p_inner = pair[0];
	p->p_caller = pair[1];
	strlcpy(p->p_name, name, sizeof(p->p_name));
	event_assign(&p->p_outer_read, base, fd, EV_READ | EV_PERSIST, pump_run,
	    p);
	event_assign(&p->p_outer_write, base, fd, EV_WRITE | EV_PERSIST,
	    pump_run, p);
	event_assign(&p->p_inner_read, base, pair[0], EV_READ | EV_PERSIST,
	    pump_run, p);
	event_assign(&p->p_inner_write, base, pair[0], EV_WRITE | EV_PERSIST,
	    pump_run, p);
	event_assign(&p->p_again, base, -1, 0, pump_run, p);
	/* the layer may hold bytes already, of which no event tells */
	event_add(&p->p_again, &now);
	TAILQ_INSERT_HEAD(&pumps, p, p_entry);
	return (pair[1]);
}

/*
 * By the caller's end; but not one whose caller has closed it, so that the
 * number is another socket's now.
 */
static const struct pump *
pump_find(int fd)
{
	struct pollfd pfd = { .events = 0 };
	const struct pump *p;

	TAILQ_FOREACH(p, &pumps, p_entry) {
		pfd.fd = p->p_inner;
		if (p->p_caller == fd &&
		    (poll(&pfd, 1, 0) == 0 || !(pfd.revents & POLLHUP)))
			return (p);
	}
	return (NULL);
}

const char *
pump_error(int fd)
{
	const struct pump *p = pump_find(fd);

	return (p == NULL || p->p_error[0] == '\0' ? NULL : p->p_error);
}

int
pump_socket(int fd)
{
	const struct pump *p;

	while ((p = pump_find(fd)) != NULL && p->p_layer != NULL)
		fd = p->p_outer;
	return (fd);
}
