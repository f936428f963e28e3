/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <jansson.h>

#include "kern/ctl.h"
#include "kern/log.h"

enum { CTL_TIMEOUT = 5 };	/* seconds for a request line, or a reader */

struct ctl_client {
	LIST_ENTRY(ctl_client) cc_entry;
	struct ctl_server *cc_server;
	int cc_fd;
	struct event *cc_read;
	struct event *cc_write;
	size_t cc_len;
	char cc_line[CTL_LINE];
	json_t *cc_object;
	struct evbuffer *cc_out;
	size_t cc_size;		/* of the whole answer so far */
	bool cc_stream;		/* until its end is asked for */
	void (*cc_room)(void *);
	void (*cc_over)(void *);
	void *cc_arg;
};

struct ctl_server {
	int cs_fd;
	unsigned int cs_clients;
	struct event_base *cs_base;
	struct event *cs_accept;
	ctl_handler cs_handler;
	void *cs_arg;
	LIST_HEAD(, ctl_client) cs_list;
};

int
ctl_listen(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, bound;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	unlink(path);
	mask = umask(0177);
	bound = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (bound == -1 || listen(fd, CTL_CLIENTS) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

static void
client_free(struct ctl_client *c)
{
	LIST_REMOVE(c, cc_entry);
	c->cc_server->cs_clients--;
	event_free(c->cc_read);
	event_free(c->cc_write);
	evbuffer_free(c->cc_out);
	json_decref(c->cc_object);
	close(c->cc_fd);
	free(c);
}

/* Of a stream: the reader may take its time, frames are dropped meanwhile. */
static void
stream_write(struct ctl_client *c, int fd)
{
	bool full = !ctl_stream_room(c);

	if (evbuffer_get_length(c->cc_out) > 0 &&
	    evbuffer_write(c->cc_out, fd) <= 0 && errno != EAGAIN) {
		/* nothing can be sent any more */
		evbuffer_drain(c->cc_out, evbuffer_get_length(c->cc_out));
		c->cc_over(c->cc_arg);
		return;
	}
	if (evbuffer_get_length(c->cc_out) > 0)
		event_add(c->cc_write, NULL);
	if (full && ctl_stream_room(c))
		c->cc_room(c->cc_arg);
}

static void
client_writable(int fd, short what, void *arg)
{
	const struct timeval limit = { .tv_sec = CTL_TIMEOUT };
	struct ctl_client *c = arg;

	if (c->cc_stream) {
		stream_write(c, fd);
		return;
	}
	if ((what & EV_TIMEOUT) ||
	    (evbuffer_get_length(c->cc_out) > 0 &&
		evbuffer_write(c->cc_out, fd) <= 0 && errno != EAGAIN))
		client_free(c);
	else if (evbuffer_get_length(c->cc_out) == 0)
		client_free(c);
	else
		event_add(c->cc_write, &limit);
}

/* The line is complete: split it and call the handler. */
static void
client_request(struct ctl_client *c)
{
	char *words[CTL_WORDS], *p = c->cc_line, *word;
	int n = 0;

	event_del(c->cc_read);
	while ((word = strsep(&p, " ")) != NULL) {
		if (*word == '\0')
			continue;
		if (n == CTL_WORDS) {
			ctl_error(c, "too many words");
			return;
		}
		words[n++] = word;
	}
	if (n == 0)
		ctl_error(c, "empty request");
	else
		c->cc_server->cs_handler(c, n, words, c->cc_server->cs_arg);
}

/* The reader of a stream has nothing to say but its end. */
static void
stream_read(struct ctl_client *c, int fd)
{
	char drain[256];
	ssize_t n = read(fd, drain, sizeof(drain));

	if (n > 0 || (n == -1 && errno == EAGAIN))
		return;
	event_del(c->cc_read);
	c->cc_over(c->cc_arg);
}

static void
client_readable(int fd, short what, void *arg)
{
	struct ctl_client *c = arg;
	char *end;
	ssize_t n;

	if (c->cc_stream) {
		stream_read(c, fd);
		return;
	}
	if (what & EV_TIMEOUT) {
		client_free(c);
		return;
	}
	n = read(fd, c->cc_line + c->cc_len,
	    sizeof(c->cc_line) - 1 - c->cc_len);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {		/* also when the line is too long */
		client_free(c);
		return;
	}
	end = memchr(c->cc_line + c->cc_len, '\n', (size_t)n);
	c->cc_len += (size_t)n;
	c->cc_line[c->cc_len] = '\0';
	if (end != NULL) {
		*end = '\0';
		client_request(c);
	}
}

static struct ctl_client *
client_new(struct ctl_server *s, int fd)
{
	const struct timeval limit = { .tv_sec = CTL_TIMEOUT };
	struct ctl_client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return (NULL);
	}
	c->cc_server = s;
	c->cc_fd = fd;
	c->cc_out = evbuffer_new();
	c->cc_read =
	    event_new(s->cs_base, fd, EV_READ | EV_PERSIST, client_readable, c);
	c->cc_write = event_new(s->cs_base, fd, EV_WRITE, client_writable, c);
	LIST_INSERT_HEAD(&s->cs_list, c, cc_entry);
	s->cs_clients++;
	if (c->cc_out == NULL || c->cc_read == NULL || c->cc_write == NULL)
		fatalx("control: out of memory");
	event_add(c->cc_read, &limit);
	return (c);
}

static void
server_accept(int fd, short what, void *arg)
{
	struct ctl_server *s = arg;
	int client;

	(void)what;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client == -1)
		return;
	if (s->cs_clients >= CTL_CLIENTS)
		close(client);
	else
		client_new(s, client);
}

struct ctl_server *
ctl_server_new(struct event_base *base, int fd, ctl_handler handler, void *arg)
{
	struct ctl_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (NULL);
	s->cs_fd = fd;
	s->cs_base = base;
	s->cs_handler = handler;
	s->cs_arg = arg;
	LIST_INIT(&s->cs_list);
	s->cs_accept =
	    event_new(base, fd, EV_READ | EV_PERSIST, server_accept, s);
	if (s->cs_accept == NULL) {
		free(s);
		return (NULL);
	}
	event_add(s->cs_accept, NULL);
	return (s);
}

void
ctl_server_free(struct ctl_server *s)
{
	struct ctl_client *c;

	if (s == NULL)
		return;
	while ((c = LIST_FIRST(&s->cs_list)) != NULL)
		client_free(c);
	event_free(s->cs_accept);
	close(s->cs_fd);
	free(s);
}

void
ctl_object(struct ctl_client *c)
{
	json_decref(c->cc_object);
	c->cc_object = json_object();
}

void
ctl_string(struct ctl_client *c, const char *key, const char *val)
{
	/* a peer's bytes may not be UTF-8: then say so rather than nothing */
	json_t *text = json_string(val);

	if (text == NULL)
		text = json_string("(not UTF-8)");
	json_object_set_new(c->cc_object, key, text);
}

void
ctl_number(struct ctl_client *c, const char *key, uint64_t val)
{
	json_object_set_new(c->cc_object, key, json_integer((json_int_t)val));
}

void
ctl_bool(struct ctl_client *c, const char *key, bool val)
{
	json_object_set_new(c->cc_object, key, json_boolean(val));
}

void
ctl_object_end(struct ctl_client *c)
{
	char *text = json_dumps(c->cc_object, JSON_COMPACT);
	size_t len;

	if (text == NULL)
		return;
	len = strlen(text) + 1;
	if (c->cc_size + len <= CTL_REPLY) {
		evbuffer_add_printf(c->cc_out, "%s\n", text);
		c->cc_size += len;
	}
	free(text);
}

static void
client_finish(struct ctl_client *c)
{
	const struct timeval limit = { .tv_sec = CTL_TIMEOUT };

	event_add(c->cc_write, &limit);
}

void
ctl_ok(struct ctl_client *c)
{
	if (c->cc_size + CTL_LINE > CTL_REPLY)
		evbuffer_add_printf(c->cc_out,
		    "error the answer is too long\n");
	else
		evbuffer_add_printf(c->cc_out, "ok\n");
	client_finish(c);
}

void
ctl_error(struct ctl_client *c, const char *fmt, ...)
{
	char text[CTL_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	evbuffer_add_printf(c->cc_out, "error %s\n", text);
	client_finish(c);
}

void
ctl_stream(struct ctl_client *c, void (*room)(void *), void (*over)(void *),
    void *arg)
{
	c->cc_stream = true;
	c->cc_room = room;
	c->cc_over = over;
	c->cc_arg = arg;
	event_add(c->cc_read, NULL);
	ctl_stream_add(c, "ok\n", 3);
}

bool
ctl_stream_room(const struct ctl_client *c)
{
	return (evbuffer_get_length(c->cc_out) < CTL_STREAM);
}

void
ctl_stream_add(struct ctl_client *c, const void *data, size_t len)
{
	if (evbuffer_add(c->cc_out, data, len) == -1)
		log_warnx("control: out of memory");
	event_add(c->cc_write, NULL);
}

void
ctl_stream_end(struct ctl_client *c)
{
	c->cc_stream = false;
	event_del(c->cc_read);
	client_finish(c);
}
