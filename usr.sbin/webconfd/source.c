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
	event_free(so->so_event);
	so->so_event = NULL;
	close(so->so_fd);
	so->so_end(so->so_arg);
}

static void
on_source(evutil_socket_t fd, short what, void *arg)
{
	struct source *so = arg;
	size_t len;
	int n;

	if (what & EV_TIMEOUT) {
		source_end(so);
		return;
	}
	n = evbuffer_read(so->so_text, fd, 65536);
	len = evbuffer_get_length(so->so_text);
	if (len > SOURCE_BYTES && strcmp(so->so_name, "log") == 0)
		/* its end is what matters */
		evbuffer_drain(so->so_text, len - SOURCE_BYTES);
	else
		so->so_cut = len > SOURCE_BYTES;
	if (n <= 0 || so->so_cut)
		source_end(so);
}

void
source_open(struct source *so, int fd, const char *name, unsigned int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000 };

	so->so_fd = fd;
	strlcpy(so->so_name, name, sizeof(so->so_name));
	so->so_text = evbuffer_new();
	so->so_event = event_new(base, fd, EV_READ | EV_PERSIST, on_source, so);
	if (so->so_text == NULL || so->so_event == NULL ||
	    event_add(so->so_event, &tv) == -1)
		fatalx("no memory");
}

void
source_close(struct source *so)
{
	if (so->so_event != NULL) {
		event_free(so->so_event);
		close(so->so_fd);
	}
	if (so->so_text != NULL)
		evbuffer_free(so->so_text);
	memset(so, 0, sizeof(*so));
}

static void
client_source_end(void *arg)
{
	struct client *cl = arg;

	if (--cl->cl_reading == 0 && cl->cl_answer != NULL)
		site_answer(cl);
}

void
source_add(struct client *cl, int fd, const char *name, unsigned int ms)
{
	struct source *so;

	if (cl->cl_nsources == SOURCES) {
		close(fd);
		return;
	}
	so = &cl->cl_source[cl->cl_nsources++];
	so->so_end = client_source_end;
	so->so_arg = cl;
	cl->cl_reading++;
	source_open(so, fd, name, ms);
}

void
sources_free(struct client *cl)
{
	struct source *so;

	for (so = cl->cl_source; so < cl->cl_source + cl->cl_nsources; so++)
		source_close(so);
	cl->cl_nsources = cl->cl_reading = 0;
}

/* Objects, a line each, up to "ok"; of a text that was cut, up to its end. */
static json_t *
rows_of(const char *text, size_t len, bool cut)
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
	if (cut)
		return (rows);
	json_decref(rows);
	return (NULL);
}

json_t *
source_json(const struct source *so)
{
	size_t len = evbuffer_get_length(so->so_text);
	const char *text = (const char *)evbuffer_pullup(so->so_text, -1);

	return (len == 0 ? NULL : rows_of(text, len, so->so_cut));
}

const struct source *
source_find(const struct client *cl, const char *name)
{
	const struct source *so = cl->cl_source;

	for (; so < cl->cl_source + cl->cl_nsources; so++)
		if (strcmp(so->so_name, name) == 0)
			return (so);
	return (NULL);
}

const char *
source_text(const struct client *cl, const char *name, size_t *len)
{
	const struct source *so = source_find(cl, name);

	if (so == NULL || (*len = evbuffer_get_length(so->so_text)) == 0)
		return (NULL);
	return ((const char *)evbuffer_pullup(so->so_text, -1));
}

json_t *
source_rows(const struct client *cl, const char *name)
{
	const struct source *so = source_find(cl, name);

	return (so == NULL ? NULL : source_json(so));
}

const char *
source_fault(const struct client *cl, const char *name)
{
	static const char error[] = "error ";
	static char text[512];
	const struct source *so = source_find(cl, name);
	ev_ssize_t n;

	if (so == NULL)
		return (tr(cl, "it does not run", "動いていません。"));
	n = evbuffer_copyout(so->so_text, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "ok") == 0)
		return (NULL);
	if (strncmp(text, error, sizeof(error) - 1) == 0)
		return (text + sizeof(error) - 1);
	return (tr(cl, "it did not answer", "応答がありませんでした。"));
}
