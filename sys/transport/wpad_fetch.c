/* SPDX-License-Identifier: ISC */
/*
 * One request of HTTP/1.0, whose answer ends with the stream, over a stream of
 * `direct`: a client of libevent's connects by itself, and not by the uplink
 * that a tunnel has to leave by.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "transport/wpad.h"

enum { WPAD_ERROR_LEN = 320 };

struct wpad {
	struct wpad_url wp_url;
	void (*wp_done)(int n, const struct wpad_proxy *found,
	    const char *error, void *arg);
	void *wp_arg;
	struct event_base *wp_base;
	struct transport *wp_direct;	/* while it connects */
	int wp_fd;			/* from then on */
	struct event *wp_io;
	struct event *wp_limit;
	size_t wp_sent;
	size_t wp_len;
	char wp_out[WPAD_URL_MAX + 400];
	char wp_in[WPAD_SIZE_MAX + 1];	/* with NUL */
};

void
wpad_cancel(struct wpad *wp)
{
	if (wp == NULL)
		return;
	if (wp->wp_direct != NULL)
		transport_find("direct")->to_cancel(wp->wp_direct);
	if (wp->wp_io != NULL)
		event_free(wp->wp_io);
	if (wp->wp_limit != NULL)
		event_free(wp->wp_limit);
	if (wp->wp_fd != -1)
		close(wp->wp_fd);
	free(wp);
}

static void
wpad_failed(struct wpad *wp, const char *reason)
{
	void (*done)(int, const struct wpad_proxy *, const char *, void *) =
	    wp->wp_done;
	char error[WPAD_ERROR_LEN];
	void *arg = wp->wp_arg;

	snprintf(error, sizeof(error), "wpad http://%.100s:%u: %.160s",
	    wp->wp_url.wu_host, wp->wp_url.wu_port, reason);
	wpad_cancel(wp);
	done(-1, NULL, error, arg);
}

/* "HTTP/1.1 200 OK", head and all, is there: what was found in the body. */
static void
wpad_answered(struct wpad *wp)
{
	void (*done)(int, const struct wpad_proxy *, const char *, void *) =
	    wp->wp_done;
	struct wpad_proxy found[WPAD_PROXIES];
	void *arg = wp->wp_arg;
	char reason[64];
	char *body;
	unsigned int n;

	if (wp->wp_len < 12 || strncmp(wp->wp_in, "HTTP/1.", 7) != 0 ||
	    (body = memmem(wp->wp_in, wp->wp_len, "\r\n\r\n", 4)) == NULL) {
		wpad_failed(wp, "what answers does not speak HTTP");
		return;
	}
	if (strncmp(wp->wp_in + 8, " 200", 4) != 0) {
		snprintf(reason, sizeof(reason), "HTTP status %.3s",
		    strspn(wp->wp_in + 9, "0123456789") >= 3 ? wp->wp_in + 9 :
							       "?");
		wpad_failed(wp, reason);
		return;
	}
	n = wpad_proxies(body, wp->wp_len - (size_t)(body - wp->wp_in), found);
	wpad_cancel(wp);
	done((int)n, found, NULL, arg);
}

static void
wpad_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct wpad *wp = arg;
	ssize_t n;

	(void)what;
	n = recv(fd, wp->wp_in + wp->wp_len, WPAD_SIZE_MAX - wp->wp_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		wpad_failed(wp, strerror(errno));
		return;
	}
	wp->wp_len += (size_t)n;
	if (n == 0)
		wpad_answered(wp);
	else if (wp->wp_len == WPAD_SIZE_MAX)
		wpad_failed(wp, "more than 64 KB");
}

static void
wpad_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct wpad *wp = arg;
	size_t len = strlen(wp->wp_out);
	ssize_t n;

	(void)what;
	n = send(fd, wp->wp_out + wp->wp_sent, len - wp->wp_sent, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		wpad_failed(wp, strerror(errno));
		return;
	}
	if (n > 0)
		wp->wp_sent += (size_t)n;
	if (wp->wp_sent < len)
		return;
	event_del(wp->wp_io);
	event_assign(wp->wp_io, wp->wp_base, fd, EV_READ | EV_PERSIST,
	    wpad_on_read, wp);
	event_add(wp->wp_io, NULL);
}

/* transport_done */
static void
wpad_connected(int fd, const char *error, void *arg)
{
	struct wpad *wp = arg;

	wp->wp_direct = NULL;
	if (fd < 0) {
		wpad_failed(wp, error);
		return;
	}
	wp->wp_fd = fd;
	wp->wp_io = event_new(wp->wp_base, fd, EV_WRITE | EV_PERSIST,
	    wpad_on_write, wp);
	if (wp->wp_io == NULL || event_add(wp->wp_io, NULL) == -1)
		wpad_failed(wp, "out of memory");
}

static void
wpad_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct wpad *wp = arg;

	(void)fd;
	(void)what;
	wpad_failed(wp,
	    wp->wp_url.wu_host[0] == '\0' ? "it must be http://HOST/PATH" :
					    "no whole answer within 5 s");
}

static void
wpad_request(struct wpad *wp)
{
	const struct wpad_url *wu = &wp->wp_url;
	bool v6 = strchr(wu->wu_host, ':') != NULL;

	snprintf(wp->wp_out, sizeof(wp->wp_out),
	    "GET %s HTTP/1.0\r\nHost: %s%s%s:%u\r\n"
	    "Accept: application/x-ns-proxy-autoconfig, */*\r\n\r\n",
	    wu->wu_path, v6 ? "[" : "", wu->wu_host, v6 ? "]" : "",
	    wu->wu_port);
}

static int
wpad_connect(struct wpad *wp, const struct transport_request *tr)
{
	struct transport_request to = *tr;

	to.tr_host = wp->wp_url.wu_host;
	to.tr_port = wp->wp_url.wu_port;
	to.tr_fd = -1;
	to.tr_timeout = WPAD_TIME_MAX;
	to.tr_done = wpad_connected;
	to.tr_arg = wp;
	wp->wp_direct = transport_find("direct")->to_start(&to);
	return (wp->wp_direct == NULL ? -1 : 0);
}

struct wpad *
wpad_start(const struct transport_request *tr, const char *url,
    void (*done)(int n, const struct wpad_proxy *found, const char *error,
	void *arg),
    void *arg)
{
	const struct timeval limit = { WPAD_TIME_MAX / 1000, 0 };
	const struct timeval now = { 0, 0 };
	struct wpad *wp = calloc(1, sizeof(*wp));

	if (wp == NULL)
		return (NULL);
	wp->wp_fd = -1;
	wp->wp_done = done;
	wp->wp_arg = arg;
	wp->wp_base = tr->tr_base;
	wp->wp_limit = event_new(tr->tr_base, -1, 0, wpad_on_limit, wp);
	if (wp->wp_limit == NULL) {
		wpad_cancel(wp);
		return (NULL);
	}
	if (wpad_url(url, &wp->wp_url) == -1) {
		wp->wp_url.wu_host[0] = '\0';
		event_add(wp->wp_limit, &now);
		return (wp);
	}
	event_add(wp->wp_limit, &limit);
	wpad_request(wp);
	if (wpad_connect(wp, tr) == 0)
		return (wp);
	wpad_cancel(wp);
	return (NULL);
}
