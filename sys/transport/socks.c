/* SPDX-License-Identifier: ISC */
/*
 * socks: a SOCKS proxy as a hop: socks4, socks4a, socks5.  What is said
 * stands in socks_proto.c.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "transport/socks_proto.h"
#include "transport/transport.h"

enum { SOCKS_PORT = 1080 };

struct transport {
	struct transport_request t_request;
	char t_name[128];
	int t_fd;			/* -1 once it is handed over */
	struct event *t_read;
	struct event *t_write;
	struct event *t_limit;		/* the time of this hop */
	struct socks t_socks;
	size_t t_sent;			/* of sk_out */
	char t_error[TRANSPORT_ERROR_LEN];
};

static void
socks_free(struct transport *t)
{
	if (t == NULL)
		return;
	if (t->t_read != NULL)
		event_free(t->t_read);
	if (t->t_write != NULL)
		event_free(t->t_write);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_fd != -1)
		close(t->t_fd);
	socks_wipe(&t->t_socks);
	free(t);
}

/* The end, well or by t_error. */
static void
socks_done(struct transport *t, bool well)
{
	transport_done done = t->t_request.tr_done;
	void *arg = t->t_request.tr_arg;
	char error[TRANSPORT_ERROR_LEN];
	int fd = t->t_socks.sk_denied ? TRANSPORT_DENIED : TRANSPORT_FAILED;

	memcpy(error, t->t_error, sizeof(error));
	if (well) {
		fd = t->t_fd;
		t->t_fd = -1;
	}
	socks_free(t);
	done(fd, well ? NULL : error, arg);
}

static void
socks_failed(struct transport *t, const char *reason)
{
	snprintf(t->t_error, sizeof(t->t_error), "%s: %s", t->t_name, reason);
	socks_done(t, false);
}

/* What has been heard when nothing more comes. */
static const char *
socks_where(const struct transport *t)
{
	if (t->t_socks.sk_in_len > 0)
		return ("in the middle of its answer");
	switch (t->t_socks.sk_state) {
	case SOCKS_METHOD:
		return ("instead of a greeting");
	case SOCKS_AUTH:
		return ("instead of an answer to the log-in");
	default:
		return ("instead of an answer to CONNECT");
	}
}

static void
socks_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	const struct socks *sk = &t->t_socks;
	ssize_t n;

	(void)what;
	n = send(fd, sk->sk_out + t->t_sent, sk->sk_out_len - t->t_sent,
	    MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		socks_failed(t, strerror(errno));
		return;
	}
	if (n > 0)
		t->t_sent += (size_t)n;
	event_add(t->t_sent < sk->sk_out_len ? t->t_write : t->t_read, NULL);
}

static void
socks_took(struct transport *t, const void *data, size_t len)
{
	switch (socks_input(&t->t_socks, data, len)) {
	case SOCKS_MORE:
		event_add(t->t_read, NULL);
		break;
	case SOCKS_SEND:
		t->t_sent = 0;
		event_add(t->t_write, NULL);
		break;
	case SOCKS_DONE:
		socks_done(t, true);
		break;
	case SOCKS_FAILED:
		socks_failed(t, t->t_socks.sk_error);
		break;
	}
}

static void
socks_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	char buf[SOCKS_IN_MAX], reason[96];
	ssize_t n;

	(void)what;
	n = recv(fd, buf, socks_want(&t->t_socks), 0);
	if (n > 0) {
		socks_took(t, buf, (size_t)n);
		return;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		event_add(t->t_read, NULL);
		return;
	}
	if (n == -1)
		snprintf(reason, sizeof(reason), "%s %s", strerror(errno),
		    socks_where(t));
	else
		snprintf(reason, sizeof(reason), "closed the connection %s",
		    socks_where(t));
	socks_failed(t, reason);
}

/* The time is over, or there was an error before anything was said. */
static void
socks_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	char reason[96];

	(void)fd;
	(void)what;
	if (t->t_socks.sk_error[0] != '\0') {
		socks_failed(t, t->t_socks.sk_error);
		return;
	}
	snprintf(reason, sizeof(reason), "silent for %u ms %s",
	    t->t_request.tr_timeout, socks_where(t));
	socks_failed(t, reason);
}

static int
socks_events(struct transport *t)
{
	struct event_base *base = t->t_request.tr_base;

	t->t_read = event_new(base, t->t_fd, EV_READ, socks_on_read, t);
	t->t_write = event_new(base, t->t_fd, EV_WRITE, socks_on_write, t);
	t->t_limit = event_new(base, -1, 0, socks_on_limit, t);
	return (t->t_read == NULL || t->t_write == NULL || t->t_limit == NULL ?
		-1 :
		0);
}

static struct transport *
socks_start(const struct transport_request *tr, enum socks_version version)
{
	struct timeval limit = { (time_t)(tr->tr_timeout / 1000),
		(suseconds_t)(tr->tr_timeout % 1000 * 1000) };
	struct timeval now = { 0, 0 };
	struct transport *t = calloc(1, sizeof(*t));
	int r;

	if (t == NULL) {
		close(tr->tr_fd);
		return (NULL);
	}
	t->t_request = *tr;
	t->t_fd = tr->tr_fd;
	strlcpy(t->t_name, tr->tr_name, sizeof(t->t_name));
	if (socks_events(t) == -1) {
		socks_free(t);
		return (NULL);
	}
	r = socks_init(&t->t_socks, version, tr->tr_host, tr->tr_port,
	    conf_str(tr->tr_conf, "user"), conf_str(tr->tr_conf, "password"));
	event_add(t->t_limit, r == -1 ? &now : &limit);
	if (r == 0)
		event_add(t->t_write, NULL);
	return (t);
}

static struct transport *
socks4_start(const struct transport_request *tr)
{
	return (socks_start(tr, SOCKS_4));
}

static struct transport *
socks4a_start(const struct transport_request *tr)
{
	return (socks_start(tr, SOCKS_4A));
}

static struct transport *
socks5_start(const struct transport_request *tr)
{
	return (socks_start(tr, SOCKS_5));
}

const struct transport_ops transport_socks4 = {
	.to_name = "socks4",
	.to_port = SOCKS_PORT,
	.to_start = socks4_start,
	.to_cancel = socks_free,
};

const struct transport_ops transport_socks4a = {
	.to_name = "socks4a",
	.to_port = SOCKS_PORT,
	.to_start = socks4a_start,
	.to_cancel = socks_free,
};

const struct transport_ops transport_socks5 = {
	.to_name = "socks5",
	.to_port = SOCKS_PORT,
	.to_start = socks5_start,
	.to_cancel = socks_free,
};
