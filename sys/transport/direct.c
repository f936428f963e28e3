/* SPDX-License-Identifier: ISC */
/*
 * direct: TCP straight to HOST:PORT by Happy Eyeballs (RFC 8305).  IPv6 and
 * IPv4 addresses are asked for at once, AAAA first; connecting begins with
 * the first IPv6 address, or with IPv4 when those have not come soon after;
 * addresses of the two families are tried by turns at short distance until
 * one connects; what is answered late joins in.  Addresses without a way out
 * cost no time, which stands for the reachability part of RFC 6724; within a
 * family the name server's order counts.  No NAT64 synthesis (section 7).
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
	DIRECT_ADDRS = 8,		/* looked at, of each family */
	DIRECT_RESOLUTION_MS = 50,	/* "Resolution Delay" */
	DIRECT_STAGGER_MS = 250,	/* "Connection Attempt Delay" */
	DIRECT_ERROR_LEN = 512
};

/* The families in the order of preference. */
static const int families[] = { AF_INET6, AF_INET };

enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

struct attempt {
	struct transport *at_transport;
	struct sockaddr_storage at_addr;
	socklen_t at_len;
	int at_fd;			/* -1 before and after */
	struct event *at_event;
};

/* What is asked and known of one family. */
struct family {
	struct transport *fa_transport;
	struct evdns_getaddrinfo_request *fa_query;
	bool fa_asked;			/* and not answered yet */
	int fa_error;			/* EVUTIL_EAI_*, or 0 */
	unsigned int fa_naddrs;
	unsigned int fa_started;
	struct attempt fa_attempts[DIRECT_ADDRS];
};

struct transport {
	struct transport_request t_request;
	char t_host[256];
	char t_source[64];
	struct event *t_limit;		/* the whole attempt's time */
	struct event *t_next;		/* when the next address is tried */
	struct family t_families[FAMILIES];
	unsigned int t_turn;		/* the family that is next */
	unsigned int t_running;
	bool t_begun;			/* the first was tried */
	bool t_starting;		/* within to_start */
	bool t_cancelled;		/* evdns still has call-backs due */
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
family_end(struct family *fa)
{
	unsigned int i;

	for (i = 0; i < fa->fa_naddrs; i++)
		attempt_end(&fa->fa_attempts[i]);
	fa->fa_naddrs = 0;
	if (fa->fa_query != NULL)
		evdns_getaddrinfo_cancel(fa->fa_query);
}

/* What is asked still is answered later, and the last answer frees it. */
static void
direct_release(struct transport *t)
{
	unsigned int i;

	for (i = 0; i < FAMILIES; i++)
		if (t->t_families[i].fa_query != NULL)
			return;
	free(t);
}

static void
direct_free(struct transport *t)
{
	unsigned int i;

	event_free(t->t_limit);
	event_free(t->t_next);
	t->t_cancelled = true;
	for (i = 0; i < FAMILIES; i++)
		family_end(&t->t_families[i]);
	direct_release(t);
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

/* The address to try next: of the family whose turn it is, or any. */
static struct attempt *
direct_pick(struct transport *t)
{
	struct family *fa;
	unsigned int i;

	for (i = 0; i < FAMILIES; i++) {
		fa = &t->t_families[t->t_turn];
		t->t_turn = (t->t_turn + 1) % FAMILIES;
		if (fa->fa_started < fa->fa_naddrs)
			return (&fa->fa_attempts[fa->fa_started++]);
	}
	return (NULL);
}

static bool
direct_asking(const struct transport *t)
{
	unsigned int i;

	for (i = 0; i < FAMILIES; i++)
		if (t->t_families[i].fa_asked)
			return (true);
	return (false);
}

/* No address at all: the more common family's reason. */
static void
direct_unresolved(struct transport *t)
{
	unsigned int i;

	for (i = 0; i < FAMILIES; i++)
		if (t->t_families[i].fa_error != 0)
			direct_error(t, "%s: %s", t->t_host,
			    evutil_gai_strerror(t->t_families[i].fa_error));
}

static void
direct_later(struct transport *t, unsigned int ms)
{
	const struct timeval tv = { 0, (suseconds_t)ms * 1000 };

	event_add(t->t_next, &tv);
}

/*
 * Try addresses until one more is under way; the end when there is none and
 * none can come.
 */
static void
direct_next(struct transport *t)
{
	unsigned int running = t->t_running;
	struct attempt *at = NULL;

	t->t_begun = true;
	while (t->t_running == running && (at = direct_pick(t)) != NULL)
		attempt_start(at);
	if (at != NULL)
		direct_later(t, DIRECT_STAGGER_MS);
	else if (t->t_running == 0 && !direct_asking(t)) {
		if (t->t_error[0] == '\0')
			direct_unresolved(t);
		direct_done(t, -1);
	}
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
	char other[128];

	(void)fd;
	(void)what;
	strlcpy(other, t->t_error, sizeof(other));
	direct_error(t, "%s port %u: no answer within %u ms%s%s%s", t->t_host,
	    t->t_request.tr_port, t->t_request.tr_timeout,
	    other[0] == '\0' ? "" : " (another address: ", other,
	    other[0] == '\0' ? "" : ")");
	direct_done(t, -1);
}

static void
family_add(struct family *fa, const struct evutil_addrinfo *ai)
{
	struct attempt *at;

	if (fa->fa_naddrs == DIRECT_ADDRS ||
	    ai->ai_addrlen > sizeof(at->at_addr))
		return;
	at = &fa->fa_attempts[fa->fa_naddrs++];
	at->at_transport = fa->fa_transport;
	at->at_fd = -1;
	memcpy(&at->at_addr, ai->ai_addr, ai->ai_addrlen);
	at->at_len = (socklen_t)ai->ai_addrlen;
}

/*
 * There is news of addresses.  A first IPv6 address is tried at once, IPv4
 * when IPv6 is known or late; afterwards the timer that runs takes what is
 * new, unless there was nothing to wait for.
 */
static void
direct_news(struct transport *t)
{
	const struct family *v6 = &t->t_families[0], *v4 = &t->t_families[1];

	if (t->t_starting)
		direct_later(t, 0);	/* tr_done must wait */
	else if (t->t_begun) {
		if (!event_pending(t->t_next, EV_TIMEOUT, NULL))
			direct_next(t);
	} else if (v6->fa_naddrs > 0 || !direct_asking(t))
		direct_next(t);
	else if (v4->fa_naddrs > 0)
		direct_later(t, DIRECT_RESOLUTION_MS);
}

static void
direct_resolved(int error, struct evutil_addrinfo *res, void *arg)
{
	struct family *fa = arg;
	struct transport *t = fa->fa_transport;
	const struct evutil_addrinfo *ai;

	fa->fa_query = NULL;
	fa->fa_asked = false;
	fa->fa_error = error;
	if (error == 0 && !t->t_cancelled)
		for (ai = res; ai != NULL; ai = ai->ai_next)
			family_add(fa, ai);
	if (res != NULL)
		evutil_freeaddrinfo(res);
	if (t->t_cancelled) {
		direct_release(t);
		return;
	}
	direct_news(t);
}

/* The host, or its address if the caller knows it. */
static const char *
direct_known(const struct transport *t)
{
	const struct transport_request *tr = &t->t_request;
	const char *address = tr->tr_lookup == NULL ?
	    NULL :
	    tr->tr_lookup(t->t_host, tr->tr_lookup_arg);

	return (address == NULL ? t->t_host : address);
}

static void
family_ask(struct family *fa, int family, int flags)
{
	struct transport *t = fa->fa_transport;
	struct evutil_addrinfo hints = { 0 }, *res = NULL;
	char port[8];
	int error;

	snprintf(port, sizeof(port), "%u", t->t_request.tr_port);
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = IPPROTO_TCP;
	hints.ai_flags = flags;
	if (flags == 0) {
		fa->fa_query = evdns_getaddrinfo(t->t_request.tr_dns, t->t_host,
		    port, &hints, direct_resolved, fa);
		return;
	}
	error = evutil_getaddrinfo(direct_known(t), port, &hints, &res);
	direct_resolved(error, res, fa);
}

/* AF_INET, AF_INET6 for an address, AF_UNSPEC for a name. */
static int
literal_family(const char *text)
{
	struct sockaddr_storage ss;
	int len = sizeof(ss);

	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&ss, &len) ==
	    -1)
		return (AF_UNSPEC);
	return (ss.ss_family);
}

/* Addresses of the families that the source and the host can have. */
static void
direct_resolve(struct transport *t)
{
	int host = literal_family(direct_known(t));
	int source = literal_family(t->t_source);
	bool numeric = host != AF_UNSPEC || t->t_request.tr_dns == NULL;
	unsigned int i;

	for (i = 0; i < FAMILIES; i++) {
		t->t_families[i].fa_transport = t;
		t->t_families[i].fa_asked =
		    (host == AF_UNSPEC || host == families[i]) &&
		    (source == AF_UNSPEC || source == families[i]);
	}
	if (!direct_asking(t)) {
		direct_error(t, "%s cannot be reached from source address %s",
		    t->t_host, t->t_source);
		direct_later(t, 0);
		return;
	}
	for (i = 0; i < FAMILIES; i++)
		if (t->t_families[i].fa_asked)
			family_ask(&t->t_families[i], families[i],
			    numeric ? EVUTIL_AI_NUMERICHOST : 0);
}

static struct transport *
direct_new(const struct transport_request *tr)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->t_request = *tr;
	t->t_limit = event_new(tr->tr_base, -1, 0, direct_on_limit, t);
	t->t_next = event_new(tr->tr_base, -1, 0, direct_on_next, t);
	if (t->t_limit != NULL && t->t_next != NULL)
		return (t);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_next != NULL)
		event_free(t->t_next);
	free(t);
	return (NULL);
}

static struct transport *
direct_start(const struct transport_request *tr)
{
	struct timeval limit = { (time_t)(tr->tr_timeout / 1000),
		(suseconds_t)(tr->tr_timeout % 1000 * 1000) };
	struct transport *t = direct_new(tr);

	if (tr->tr_fd != -1)
		close(tr->tr_fd);
	if (t == NULL)
		return (NULL);
	event_add(t->t_limit, &limit);
	if (tr->tr_fd != -1) {
		direct_error(t, "direct must be the first hop");
		direct_later(t, 0);
		return (t);
	}
	if (strlcpy(t->t_host, tr->tr_host, sizeof(t->t_host)) >=
	    sizeof(t->t_host)) {
		direct_error(t, "host name too long");
		direct_later(t, 0);
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
