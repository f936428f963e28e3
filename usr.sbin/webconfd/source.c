/* SPDX-License-Identifier: ISC */
/*
 * source: reads what the running daemons answer on the sockets that the
 * parent has opened.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "kern/log.h"

#include "http.h"

static void
source_end(struct source *so)
{
	struct client *cl = so->so_client;

	event_free(so->so_event);
	so->so_event = NULL;
	close(so->so_fd);
	if (--cl->cl_reading == 0 && cl->cl_answer != NULL)
		site_answer(cl);
}

static void
on_source(evutil_socket_t fd, short what, void *arg)
{
	struct source *so = arg;
	int n;

	if (what & EV_TIMEOUT) {
		source_end(so);
		return;
	}
	n = evbuffer_read(so->so_text, fd, 65536);
	if (n <= 0 || evbuffer_get_length(so->so_text) > SOURCE_BYTES)
		source_end(so);
}

void
source_add(struct client *cl, int fd, const char *name)
{
	struct timeval tv = { .tv_sec = SOURCE_MS / 1000 };
	struct source *so;

	if (cl->cl_nsources == SOURCES) {
		close(fd);
		return;
	}
	so = &cl->cl_source[cl->cl_nsources++];
	so->so_client = cl;
	so->so_fd = fd;
	strlcpy(so->so_name, name, sizeof(so->so_name));
	so->so_text = evbuffer_new();
	so->so_event = event_new(base, fd, EV_READ | EV_PERSIST, on_source, so);
	if (so->so_text == NULL || so->so_event == NULL ||
	    event_add(so->so_event, &tv) == -1)
		fatalx("no memory");
	cl->cl_reading++;
}

void
sources_free(struct client *cl)
{
	struct source *so;

	for (so = cl->cl_source; so < cl->cl_source + cl->cl_nsources; so++) {
		if (so->so_event != NULL) {
			event_free(so->so_event);
			close(so->so_fd);
		}
		evbuffer_free(so->so_text);
	}
	memset(cl->cl_source, 0, sizeof(cl->cl_source));
	cl->cl_nsources = cl->cl_reading = 0;
}

static json_t *
rows_of(const char *text, size_t len)
{
	json_t *rows = json_array(), *row;
	const char *end;
	size_t n;

	while (rows != NULL && len > 0 &&
	    (end = memchr(text, '\n', len)) != NULL) {
		n = (size_t)(end - text);
		if (n == 2 && memcmp(text, "ok", 2) == 0)
			return (rows);
		row = json_loadb(text, n, 0, NULL);
		if (json_is_object(row))
			(void)json_array_append_new(rows, row);
		else
			json_decref(row);
		text = end + 1;
		len -= n + 1;
	}
	json_decref(rows);
	return (NULL);
}

json_t *
source_rows(const struct client *cl, const char *name)
{
	const struct source *so = cl->cl_source;
	const char *text;
	size_t len;

	for (; so < cl->cl_source + cl->cl_nsources; so++) {
		if (strcmp(so->so_name, name) != 0)
			continue;
		len = evbuffer_get_length(so->so_text);
		text = (const char *)evbuffer_pullup(so->so_text, -1);
		return (len == 0 ? NULL : rows_of(text, len));
	}
	return (NULL);
}
