/* SPDX-License-Identifier: ISC */
/*
 * http: an HTTP proxy that does CONNECT (RFC 9110, 9.3.6).
 *
 *	asking -> reading -> connected
 *	  ^          |
 *	  +-- 407 ---+  on the same stream behind the answer's body, or on a
 *			fresh one where the proxy closes
 *
 * Answers are peeked at and taken out of the socket up to their end, since
 * what follows a 200 is the next hop's.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "transport/http_auth.h"
#include "transport/http_reply.h"
#include "transport/transport.h"

enum {
	HTTP_PORT = 3128,
	HTTP_STREAMS = 4,	/* fresh streams asked for */
	HTTP_REQUESTS = 8,
	HTTP_INTERIMS = 8,	/* 1xx answers to one request */
	HTTP_REQUEST_MAX = 32 * 1024
};

struct transport {
	struct transport_request t_request;
	char t_name[160];
	char t_target[272];		/* HOST:PORT */
	int t_fd;			/* -1 while a fresh one is awaited */
	struct event *t_read, *t_write, *t_limit;
	struct http_auth t_auth;
	unsigned int t_streams, t_requests, t_interims;
	bool t_reused;			/* not the stream's first request */
	char *t_out;			/* what is left of the request */
	size_t t_nout, t_off;
	char t_head[HTTP_HEAD_MAX];
	size_t t_nhead;
	struct http_body t_body;	/* of a 407, being skipped */
	bool t_skipping;
	char t_error[TRANSPORT_ERROR_LEN];
};

static void
http_drop_request(struct transport *t)
{
	if (t->t_out != NULL)
		freezero(t->t_out, HTTP_REQUEST_MAX);
	t->t_out = NULL;
}

static void
http_drop_events(struct transport *t)
{
	if (t->t_read != NULL)
		event_free(t->t_read);
	if (t->t_write != NULL)
		event_free(t->t_write);
	t->t_read = t->t_write = NULL;
}

static void
http_cancel(struct transport *t)
{
	if (t == NULL)
		return;
	http_drop_events(t);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_fd != -1)
		close(t->t_fd);
	http_drop_request(t);
	freezero(t, sizeof(*t));
}

static void
http_done(struct transport *t, int fd)
{
	transport_done done = t->t_request.tr_done;
	void *arg = t->t_request.tr_arg;
	char error[TRANSPORT_ERROR_LEN];

	if (fd >= 0)
		t->t_fd = -1;
	strlcpy(error, t->t_error, sizeof(error));
	http_cancel(t);
	done(fd, fd < 0 ? error : NULL, arg);
}

static void http_failed(struct transport *t, int why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The end: the text follows the proxy's name. */
static void
http_failed(struct transport *t, int why, const char *fmt, ...)
{
	int n = snprintf(t->t_error, sizeof(t->t_error), "%s ", t->t_name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->t_error + n, sizeof(t->t_error) - (size_t)n, fmt, ap);
	va_end(ap);
	http_done(t, why);
}

/* Put the request on a stream of its own. */
static void
http_anew(struct transport *t)
{
	if (t->t_request.tr_again == NULL || ++t->t_streams > HTTP_STREAMS) {
		http_failed(t, TRANSPORT_FAILED,
		    "closes the connection again and again%s",
		    t->t_auth.ha_offer.ao_scheme == AUTH_NTLM ?
			", which NTLM needs to stay" :
			"");
		return;
	}
	http_drop_events(t);
	http_drop_request(t);
	http_auth_anew(&t->t_auth);
	close(t->t_fd);
	t->t_fd = -1;
	event_del(t->t_limit);
	t->t_request.tr_again(t->t_request.tr_again_arg);
}

/*
 * Answers.
 */

/* What a status means to whoever has to do something about it. */
static const char *
http_meaning(int status)
{
	switch (status) {
	case 400:
		return ("it does not understand the request");
	case 403:
		return ("by policy");
	case 404:
	case 405:
	case 501:
		return ("it is no proxy that does CONNECT");
	case 429:
		return ("too many requests");
	case 502:
	case 503:
	case 504:
		return ("it cannot reach that server");
	}
	return (status / 100 == 3 ? "it wants a log-in page to be visited" :
				    NULL);
}

/* "refused CONNECT to HOST:PORT: 403 by policy (Forbidden)" */
static void
http_refused(struct transport *t, const struct http_reply *hy)
{
	const char *meaning = http_meaning(hy->hy_status);
	char note[2 * HTTP_TEXT_MAX + 8] = "";

	if (hy->hy_reason[0] != '\0' || hy->hy_location[0] != '\0')
		snprintf(note, sizeof(note), " (%s%s%s)", hy->hy_reason,
		    hy->hy_location[0] != '\0' ? " " : "", hy->hy_location);
	http_failed(t, TRANSPORT_FAILED, "refused CONNECT to %s: %d%s%s%s",
	    t->t_target, hy->hy_status, meaning == NULL ? "" : " ",
	    meaning == NULL ? "" : meaning, note);
}

/* The 407 and its body are behind us. */
static void
http_challenged(struct transport *t, bool closes)
{
	if (closes)
		http_anew(t);
	else {
		t->t_reused = true;
		event_add(t->t_write, NULL);
	}
}

static void
http_on_407(struct transport *t, const struct http_reply *hy)
{
	char why[200];
	size_t used;

	if (t->t_requests >= HTTP_REQUESTS) {
		http_failed(t, TRANSPORT_FAILED, "asks for a log-in for ever");
		return;
	}
	if (http_auth_challenge(&t->t_auth, &hy->hy_head, why, sizeof(why)) !=
	    AUTH_ASK) {
		http_failed(t, TRANSPORT_DENIED, "%s", why);
		return;
	}
	t->t_body = hy->hy_body;
	if (hy->hy_close || t->t_body.hb_kind == HTTP_BODY_CLOSE)
		http_challenged(t, true);
	else if (http_body_skip(&t->t_body, NULL, 0, &used) == HTTP_OTHER)
		http_challenged(t, false);
	else
		t->t_skipping = true;
}

/* tinyproxy, of a user that it does not know. */
static void
http_on_401(struct transport *t)
{
	char why[200];

	http_auth_denied(&t->t_auth, why, sizeof(why));
	http_failed(t, TRANSPORT_DENIED, "%s", why);
}

static void
http_answered(struct transport *t, const struct http_reply *hy)
{
	t->t_nhead = 0;
	if (hy->hy_status / 100 == 1 && hy->hy_status != 101) {
		if (++t->t_interims > HTTP_INTERIMS)
			http_failed(t, TRANSPORT_FAILED,
			    "sends interim answers without end");
		return;
	}
	if (hy->hy_status / 100 == 2)
		http_done(t, t->t_fd);
	else if (hy->hy_status == 407)
		http_on_407(t, hy);
	else if (hy->hy_status == 401 && t->t_auth.ha_stage == AUTH_SENT)
		http_on_401(t);
	else
		http_refused(t, hy);
}

/*
 * Reading.
 */

/* Octets that were peeked at leave the socket. */
static bool
http_take(struct transport *t, size_t len)
{
	char buf[HTTP_HEAD_MAX];
	ssize_t n;

	while (len > 0) {
		n = recv(t->t_fd, buf, len < sizeof(buf) ? len : sizeof(buf),
		    0);
		if (n <= 0) {
			http_failed(t, TRANSPORT_FAILED, "%s",
			    n == 0 ? "closed the connection" : strerror(errno));
			return (false);
		}
		len -= (size_t)n;
	}
	return (true);
}

/* n new octets of a head behind t_nhead old ones, still in the socket. */
static void
http_read_head(struct transport *t, size_t n)
{
	struct http_reply hy;
	const char *why;
	size_t used;

	switch (http_reply_parse(t->t_head, t->t_nhead + n, &hy, &used, &why)) {
	case HTTP_MORE:
		if (http_take(t, n))
			t->t_nhead += n;
		break;
	case HTTP_BAD:
		http_failed(t, TRANSPORT_FAILED,
		    "does not answer as an HTTP proxy does: %s", why);
		break;
	default:
		if (http_take(t, used - t->t_nhead))
			http_answered(t, &hy);
	}
}

static void
http_read_body(struct transport *t, const char *p, size_t n)
{
	enum http_result hr;
	size_t used;

	hr = http_body_skip(&t->t_body, p, n, &used);
	if (!http_take(t, used) || hr == HTTP_MORE)
		return;
	t->t_skipping = false;
	http_challenged(t, hr == HTTP_BAD);
}

/* The end of the stream, or an error, where an answer should be. */
static void
http_gone(struct transport *t, int error)
{
	/* a stream that was kept alive may end just when it is used again */
	if (t->t_skipping || (t->t_reused && t->t_nhead == 0)) {
		t->t_skipping = false;
		http_anew(t);
		return;
	}
	if (error != 0)
		http_failed(t, TRANSPORT_FAILED, "breaks the connection: %s",
		    strerror(error));
	else
		http_failed(t, TRANSPORT_FAILED,
		    "closed the connection %s an answer to CONNECT",
		    t->t_nhead == 0 ? "without" : "in the middle of");
}

static void
http_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	char buf[HTTP_HEAD_MAX], *to = buf;
	size_t size = sizeof(buf);
	ssize_t n;

	(void)what;
	if (!t->t_skipping) {
		to = t->t_head + t->t_nhead;
		size = sizeof(t->t_head) - t->t_nhead;
	}
	n = recv(fd, to, size, MSG_PEEK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		http_gone(t, n == 0 ? 0 : errno);
	else if (t->t_skipping)
		http_read_body(t, buf, (size_t)n);
	else
		http_read_head(t, (size_t)n);
}

/*
 * Asking.
 */

/* Add a line to a head; its new length, or `size` when there is no room. */
static size_t http_add(char *out, size_t len, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static size_t
http_add(char *out, size_t len, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out + len, size - len, fmt, ap);
	va_end(ap);
	return (n < 0 || (size_t)n >= size - len ? size : len + (size_t)n);
}

/* The head of a request; its length, 0 if that cannot be. */
static size_t
http_format(struct transport *t, char *out, size_t size)
{
	const struct conf *header = NULL;
	struct auth_fresh af = { .af_unix = clock_unix() };
	size_t len;
	ssize_t n;

	arc4random_buf(af.af_random, sizeof(af.af_random));
	len = http_add(out, 0, size,
	    "CONNECT %s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "Proxy-Connection: keep-alive\r\n",
	    t->t_target, t->t_target);
	while ((header = conf_next(t->t_request.tr_conf, "header", header)) !=
	    NULL)
		len = http_add(out, len, size, "%s\r\n", header->cf_values[0]);
	if (len == size ||
	    (n = http_auth_write(&t->t_auth, t->t_target, &af, out + len,
		 size - len)) == -1)
		return (0);
	len = http_add(out, len + (size_t)n, size, "\r\n");
	return (len == size ? 0 : len);
}

/* A password that anyone on the way can read is worth a word, once. */
static void
http_warn(const struct transport *t)
{
	static char warned[sizeof(t->t_name)];

	if (t->t_auth.ha_offer.ao_scheme != AUTH_BASIC ||
	    conf_bool(t->t_request.tr_conf, "tls") ||
	    strcmp(warned, t->t_name) == 0)
		return;
	log_warnx("%s wants the password by Basic and without TLS: it "
		  "crosses the network readable",
	    t->t_name);
	strlcpy(warned, t->t_name, sizeof(warned));
}

/* False when t is gone. */
static bool
http_ask(struct transport *t)
{
	t->t_requests++;
	t->t_interims = 0;
	t->t_nhead = t->t_off = 0;
	if ((t->t_out = malloc(HTTP_REQUEST_MAX)) == NULL) {
		http_failed(t, TRANSPORT_FAILED, "cannot be asked: no memory");
		return (false);
	}
	t->t_nout = http_format(t, t->t_out, HTTP_REQUEST_MAX);
	if (t->t_nout == 0) {
		http_failed(t, TRANSPORT_DENIED,
		    "cannot be told this user, password (%s) and header",
		    http_auth_name(t->t_auth.ha_offer.ao_scheme));
		return (false);
	}
	http_warn(t);
	return (true);
}

static void
http_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	ssize_t n;

	(void)what;
	if (t->t_out == NULL && !http_ask(t))
		return;
	n = send(fd, t->t_out + t->t_off, t->t_nout - t->t_off, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		http_gone(t, errno);
		return;
	}
	t->t_off += n == -1 ? 0 : (size_t)n;
	if (t->t_off < t->t_nout)
		event_add(t->t_write, NULL);
	else
		http_drop_request(t);
}

static void
http_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	if (t->t_read == NULL)
		http_failed(t, TRANSPORT_FAILED, "cannot be asked: no memory");
	else
		http_failed(t, TRANSPORT_FAILED,
		    "has not answered CONNECT within %u ms",
		    t->t_request.tr_timeout);
}

/* Begin on a stream (to_stream); all else happens in the event loop. */
static void
http_stream(struct transport *t, int fd)
{
	struct timeval tv = { (time_t)(t->t_request.tr_timeout / 1000),
		(suseconds_t)(t->t_request.tr_timeout % 1000 * 1000) };

	t->t_fd = fd;
	t->t_reused = false;
	t->t_read = event_new(t->t_request.tr_base, fd, EV_READ | EV_PERSIST,
	    http_on_read, t);
	t->t_write =
	    event_new(t->t_request.tr_base, fd, EV_WRITE, http_on_write, t);
	if (t->t_read == NULL || t->t_write == NULL ||
	    event_add(t->t_read, NULL) == -1 ||
	    event_add(t->t_write, NULL) == -1) {
		http_drop_events(t);
		timerclear(&tv);
	}
	event_add(t->t_limit, &tv);
}

static struct transport *
http_start(const struct transport_request *tr)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL ||
	    (t->t_limit = event_new(tr->tr_base, -1, 0, http_on_limit, t)) ==
		NULL) {
		close(tr->tr_fd);
		free(t);
		return (NULL);
	}
	t->t_request = *tr;
	strlcpy(t->t_name, tr->tr_name, sizeof(t->t_name));
	snprintf(t->t_target, sizeof(t->t_target),
	    strchr(tr->tr_host, ':') != NULL ? "[%.255s]:%u" : "%.255s:%u",
	    tr->tr_host, tr->tr_port);
	t->t_request.tr_host = NULL;
	t->t_auth.ha_user = conf_str(tr->tr_conf, "user");
	t->t_auth.ha_password = conf_str(tr->tr_conf, "password");
	http_stream(t, tr->tr_fd);
	return (t);
}

const struct transport_ops transport_http = {
	.to_name = "http",
	.to_port = HTTP_PORT,
	.to_start = http_start,
	.to_stream = http_stream,
	.to_cancel = http_cancel,
};
