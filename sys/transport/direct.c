/* SPDX-License-Identifier: ISC */
/*
 * direct: TCP straight to HOST:PORT.  The name's addresses, IPv6 and IPv4 by
 * turns, are tried at short distance until one connects (a plain form of
 * Happy Eyeballs, RFC 8305).
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/transport.h"

enum {
	DIRECT_ADDRS = 16,	/* looked at of a name's */
	DIRECT_STAGGER_MS = 250,
	DIRECT_ERROR_LEN = 256
};

struct attempt {
	struct transport *at_transport;
	struct sockaddr_storage at_addr;
	socklen_t at_len;
	int at_fd;			/* -1 before and after */
	struct event *at_event;
};

struct transport {
	struct transport_request t_request;
	char t_host[256];
	char t_source[64];
	struct evdns_getaddrinfo_request *t_query;
	struct event *t_limit;		/* the whole attempt's time */
	struct event *t_next;		/* when the next address is tried */
	unsigned int t_naddrs;
	unsigned int t_started;
	unsigned int t_running;
	struct attempt t_attempts[DIRECT_ADDRS];
	bool t_starting;		/* within to_start */
	bool t_cancelled;		/* evdns still has a call-back due */
	char t_error[DIRECT_ERROR_LEN];
};

static void direct_next(struct transport *);

static void
attempt_end(struct attempt *at)
{
	if (at->at_event != NULL)
		event_free(at->at_event);
	at->at_event = NULL;
	if (at->at_fd != -1)
		close(at->at_fd);
	at->at_fd = -1;
}

static void
direct_free(struct transport *t)
{
	unsigned int i;

	for (i = 0; i < t->t_naddrs; i++)
		attempt_end(&t->t_attempts[i]);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_next != NULL)
		event_free(t->t_next);
	t->t_limit = t->t_next = NULL;
	if (t->t_query != NULL) {
		/* Its call-back comes later and frees the rest. */
		t->t_cancelled = true;
		evdns_getaddrinfo_cancel(t->t_query);
		return;
	}
	free(t);
}

static void
direct_cancel(struct transport *t)
{
	if (t != NULL)
		direct_free(t);
}

static void
direct_done(struct transport *t, int fd)
{
	transport_done done = t->t_request.tr_done;
	void *arg = t->t_request.tr_arg;
	char error[DIRECT_ERROR_LEN];

	strlcpy(error, t->t_error, sizeof(error));
	direct_free(t);
	done(fd, fd == -1 ? error : NULL, arg);
}

static void direct_error(struct transport *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
direct_error(struct transport *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->t_error, sizeof(t->t_error), fmt, ap);
	va_end(ap);
}

/* " (address)" for an error's text, if the host was given by name. */
static const char *
attempt_name(const struct attempt *at, char *buf, size_t size)
{
	char addr[64];

	if (getnameinfo((const struct sockaddr *)&at->at_addr, at->at_len, addr,
		sizeof(addr), NULL, 0, NI_NUMERICHOST) != 0 ||
	    strcmp(addr, at->at_transport->t_host) == 0)
		addr[0] = '\0';
	snprintf(buf, size, addr[0] != '\0' ? " (%s)" : "%s", addr);
	return (buf);
}

static void
attempt_failed(struct attempt *at, const char *what, int error)
{
	char name[72];

	attempt_end(at);
	direct_error(at->at_transport, "%s%s port %u: %s: %s",
	    at->at_transport->t_host, attempt_name(at, name, sizeof(name)),
	    at->at_transport->t_request.tr_port, what, strerror(error));
}

static void
attempt_ready(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *at = arg;
	struct transport *t = at->at_transport;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0) {
		at->at_fd = -1;
		direct_done(t, fd);
		return;
	}
	t->t_running--;
	attempt_failed(at, "connect", error);
	direct_next(t);
}

/* Leave by the uplink that the parent names; never by a virtual NIC. */
static int
attempt_bind_device(struct attempt *at)
{
	struct transport *t = at->at_transport;
	char ifname[IF_NAMESIZE] = "";

	if (t->t_request.tr_uplink == NULL)
		return (0);
	if (t->t_request.tr_uplink((struct sockaddr *)&at->at_addr, ifname,
		t->t_request.tr_uplink_arg) == -1) {
		errno = ENETUNREACH;
		return (-1);
	}
	if (ifname[0] == '\0')
		return (0);
	return (setsockopt(at->at_fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
	    (socklen_t)strlen(ifname)));
}

static int
attempt_bind_source(struct attempt *at)
{
	struct transport *t = at->at_transport;
	struct sockaddr_storage ss;
	int len = sizeof(ss);

	if (t->t_source[0] == '\0')
		return (0);
	if (evutil_parse_sockaddr_port(t->t_source, (struct sockaddr *)&ss,
		&len) == -1) {
		errno = EINVAL;
		return (-1);
	}
	return (bind(at->at_fd, (struct sockaddr *)&ss, (socklen_t)len));
}

static void
attempt_start(struct attempt *at)
{
	struct transport *t = at->at_transport;

	at->at_fd = socket(at->at_addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (at->at_fd == -1) {
		attempt_failed(at, "socket", errno);
		return;
	}
	if (attempt_bind_device(at) == -1) {
		attempt_failed(at, "uplink", errno);
		return;
	}
	if (attempt_bind_source(at) == -1) {
		attempt_failed(at, "source address", errno);
		return;
	}
	if (connect(at->at_fd, (struct sockaddr *)&at->at_addr, at->at_len) ==
		-1 &&
	    errno != EINPROGRESS) {
		attempt_failed(at, "connect", errno);
		return;
	}
	at->at_event = event_new(t->t_request.tr_base, at->at_fd, EV_WRITE,
	    attempt_ready, at);
	if (at->at_event == NULL || event_add(at->at_event, NULL) == -1) {
		attempt_failed(at, "event", ENOMEM);
		return;
	}
	t->t_running++;
}

/* Try addresses until one is under way; the end when none is left. */
static void
direct_next(struct transport *t)
{
	struct timeval tv = { 0, DIRECT_STAGGER_MS * 1000 };
	unsigned int running = t->t_running;

	while (t->t_started < t->t_naddrs && t->t_running == running)
		attempt_start(&t->t_attempts[t->t_started++]);
	if (t->t_started < t->t_naddrs)
		event_add(t->t_next, &tv);
	else if (t->t_running == 0)
		direct_done(t, -1);
}

static void
direct_on_next(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	direct_next(arg);
}

static void
direct_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	/* An earlier address's error says more than "no answer". */
	if (t->t_error[0] == '\0')
		direct_error(t, "%s port %u: no answer within %u ms", t->t_host,
		    t->t_request.tr_port, t->t_request.tr_timeout);
	direct_done(t, -1);
}

static void
direct_add(struct transport *t, const struct evutil_addrinfo *ai)
{
	struct attempt *at;

	if (t->t_naddrs == DIRECT_ADDRS || ai->ai_addrlen > sizeof(at->at_addr))
		return;
	at = &t->t_attempts[t->t_naddrs++];
	at->at_transport = t;
	at->at_fd = -1;
	memcpy(&at->at_addr, ai->ai_addr, ai->ai_addrlen);
	at->at_len = (socklen_t)ai->ai_addrlen;
}

/* The next address of a family from ai on. */
static const struct evutil_addrinfo *
direct_family(const struct evutil_addrinfo *ai, int family)
{
	while (ai != NULL && ai->ai_family != family)
		ai = ai->ai_next;
	return (ai);
}

/* IPv6 and IPv4 by turns, so that a broken one costs little. */
static void
direct_sort(struct transport *t, const struct evutil_addrinfo *res)
{
	const struct evutil_addrinfo *v6 = direct_family(res, AF_INET6);
	const struct evutil_addrinfo *v4 = direct_family(res, AF_INET);

	while (v6 != NULL || v4 != NULL) {
		if (v6 != NULL) {
			direct_add(t, v6);
			v6 = direct_family(v6->ai_next, AF_INET6);
		}
		if (v4 != NULL) {
			direct_add(t, v4);
			v4 = direct_family(v4->ai_next, AF_INET);
		}
	}
}

static void
direct_resolved(int error, struct evutil_addrinfo *res, void *arg)
{
	struct transport *t = arg;
	struct timeval soon = { 0, 0 };

	t->t_query = NULL;
	if (t->t_cancelled) {
		if (res != NULL)
			evutil_freeaddrinfo(res);
		free(t);
		return;
	}
	if (error != 0)
		direct_error(t, "%s: %s", t->t_host,
		    evutil_gai_strerror(error));
	else
		direct_sort(t, res);
	if (res != NULL)
		evutil_freeaddrinfo(res);
	/* Literals are answered at once, and tr_done must wait. */
	if (t->t_starting)
		event_add(t->t_next, &soon);
	else
		direct_next(t);
}

static void
direct_resolve(struct transport *t)
{
	struct evutil_addrinfo hints = { 0 }, *res = NULL;
	char port[8];
	int error;

	snprintf(port, sizeof(port), "%u", t->t_request.tr_port);
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = IPPROTO_TCP;
	hints.ai_flags = EVUTIL_AI_NUMERICHOST;
	error = evutil_getaddrinfo(t->t_host, port, &hints, &res);
	if (error == 0 || t->t_request.tr_dns == NULL) {
		direct_resolved(error, res, t);
		return;
	}
	hints.ai_flags = 0;
	t->t_query = evdns_getaddrinfo(t->t_request.tr_dns, t->t_host, port,
	    &hints, direct_resolved, t);
}

static struct transport *
direct_start(const struct transport_request *tr)
{
	struct timeval tv = { (time_t)(tr->tr_timeout / 1000),
		(suseconds_t)(tr->tr_timeout % 1000 * 1000) };
	struct timeval soon = { 0, 0 };
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->t_request = *tr;
	t->t_limit = event_new(tr->tr_base, -1, 0, direct_on_limit, t);
	t->t_next = event_new(tr->tr_base, -1, 0, direct_on_next, t);
	if (t->t_limit == NULL || t->t_next == NULL) {
		direct_free(t);
		return (NULL);
	}
	event_add(t->t_limit, &tv);
	if (strlcpy(t->t_host, tr->tr_host, sizeof(t->t_host)) >=
		sizeof(t->t_host) ||
	    tr->tr_fd != -1) {
		direct_error(t,
		    tr->tr_fd != -1 ? "direct must be the first hop" :
				      "host name too long");
		if (tr->tr_fd != -1)
			close(tr->tr_fd);
		event_add(t->t_next, &soon);
		return (t);
	}
	if (tr->tr_source != NULL)
		strlcpy(t->t_source, tr->tr_source, sizeof(t->t_source));
	t->t_starting = true;
	direct_resolve(t);
	t->t_starting = false;
	return (t);
}

const struct transport_ops transport_direct = {
	.to_name = "direct",
	.to_start = direct_start,
	.to_cancel = direct_cancel,
};
