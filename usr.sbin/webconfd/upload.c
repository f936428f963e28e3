/* SPDX-License-Identifier: ISC */
/*
 * upload: a form with a file.  Its fields come first, the token among them.
 * When the file's first byte is there, and neither before nor without the
 * token, the parent is asked in the name of the browser's session; it answers
 * with the descriptor of a program, to which the file goes as it comes.
 *
 * The file is kept nowhere: what the program does not take yet is not read
 * from the browser.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/log.h"

#include "http.h"
#include "multipart.h"

enum upload_state {
	UPLOAD_FIELDS,		/* before the file's first byte */
	UPLOAD_FILE,		/* its bytes go to up_sink */
	UPLOAD_REST,		/* behind it; what comes is dropped */
	UPLOAD_SENT
};

struct upload {
	enum upload_state up_state;
	struct multipart up_parser;
	size_t up_left;			/* bytes of the body to be read yet */
	int up_sink;			/* -1: none, or it takes no more */
	struct event *up_writable;
	size_t up_field;		/* bytes of the field so far */
	char up_value[REQUEST_FIELD_MAX + 1];
};

void
upload_free(struct client *cl)
{
	struct upload *up = cl->cl_upload;
	struct pairs *pr;

	if (up == NULL)
		return;
	if (up->up_state == UPLOAD_FILE || up->up_state == UPLOAD_REST) {
		/* not all of it came: the program must not think so */
		pr = site_question(cl, "lost");
		http_tell(cl, pr);
		pairs_clear(pr);
	}
	if (up->up_writable != NULL)
		event_free(up->up_writable);
	if (up->up_sink != -1)
		close(up->up_sink);
	freezero(up, sizeof(*up));
	cl->cl_upload = NULL;
}

void
upload_begin(struct client *cl)
{
	const struct request *rq = &cl->cl_rq;
	size_t max = site_upload_max(rq);
	struct upload *up;

	if ((cl->cl_page = evbuffer_new()) == NULL)
		fatalx("no memory");
	/* what is behind the form would be looked for in the wrong place */
	cl->cl_last = true;
	if (max == 0)
		client_refuse(cl, 415);
	else if (rq->rq_body > max)
		client_refuse(cl, 413);
	else if (!rq->rq_same_origin || rq->rq_cookie[0] == '\0')
		site_forbidden(cl);
	else if ((up = calloc(1, sizeof(*up))) == NULL ||
	    (cl->cl_form = calloc(1, sizeof(*cl->cl_form))) == NULL) {
		free(up);
		client_refuse(cl, 503);
	} else {
		multipart_init(&up->up_parser, rq->rq_boundary);
		/* some of it may have come with the head, but nothing else */
		if (cl->cl_len > rq->rq_body)
			cl->cl_len = rq->rq_body;
		up->up_left = rq->rq_body - cl->cl_len;
		up->up_sink = -1;
		cl->cl_upload = up;
		client_upload(cl, REQUEST_MS);
	}
}

void
upload_sink(struct client *cl, int fd)
{
	if (cl->cl_upload == NULL || cl->cl_upload->up_sink != -1)
		close(fd);
	else
		cl->cl_upload->up_sink = fd;
}

bool
upload_goes_on(struct client *cl)
{
	struct upload *up = cl->cl_upload;

	if (up == NULL || up->up_state != UPLOAD_FIELDS || up->up_sink == -1 ||
	    !site_result_is(cl, "ok"))
		return (false);
	up->up_state = UPLOAD_FILE;
	client_upload(cl, UPLOAD_MS);
	return (true);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	/* it may have been refused meanwhile */
	if (cl->cl_state == CLIENT_UPLOAD)
		client_upload(cl, UPLOAD_MS);
}

static enum upload_next
wait_sink(struct client *cl)
{
	struct upload *up = cl->cl_upload;

	if (up->up_writable == NULL)
		up->up_writable =
		    event_new(base, up->up_sink, EV_WRITE, on_writable, cl);
	if (up->up_writable == NULL || event_add(up->up_writable, NULL) == -1)
		fatalx("no memory");
	return (UPLOAD_WAIT);
}

/* The program has ended before its input: it has said why. */
static void
sink_gone(struct upload *up)
{
	if (up->up_writable != NULL)
		event_free(up->up_writable);
	up->up_writable = NULL;
	close(up->up_sink);
	up->up_sink = -1;
}

static enum upload_next
refuse(struct client *cl, int status)
{
	client_refuse(cl, status);
	return (UPLOAD_WAIT);
}

/* Bytes of the file, at the beginning of the input. */
static enum upload_next
take_file(struct client *cl, size_t len)
{
	struct upload *up = cl->cl_upload;
	ssize_t n = (ssize_t)len;

	if (up->up_state == UPLOAD_FIELDS) {
		if (!http_csrf_ok(cl->cl_rq.rq_cookie,
			pairs_str(cl->cl_form, "token")))
			site_forbidden(cl);
		else
			site_upload_ask(cl);
		return (UPLOAD_WAIT);
	}
	if (up->up_state == UPLOAD_REST)
		return (refuse(cl, 400));
	if (up->up_sink != -1)
		n = write(up->up_sink, cl->cl_in, len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (wait_sink(cl));
	if (n == -1) {
		sink_gone(up);
		n = (ssize_t)len;
	}
	client_consume(cl, (size_t)n);
	return (UPLOAD_MORE);
}

static enum upload_next
take_field(struct client *cl, size_t len)
{
	struct upload *up = cl->cl_upload;

	if (len > sizeof(up->up_value) - 1 - up->up_field)
		return (refuse(cl, 413));
	memcpy(up->up_value + up->up_field, cl->cl_in, len);
	up->up_field += len;
	client_consume(cl, len);
	return (UPLOAD_MORE);
}

static enum upload_next
end_part(struct client *cl)
{
	struct upload *up = cl->cl_upload;
	int status;

	if (up->up_parser.mp_file) {
		if (up->up_state == UPLOAD_FILE)
			up->up_state = UPLOAD_REST;
		return (UPLOAD_MORE);
	}
	status = request_field(cl->cl_form, up->up_parser.mp_name, up->up_value,
	    up->up_field);
	explicit_bzero(up->up_value, up->up_field);
	up->up_field = 0;
	return (status == 0 ? UPLOAD_MORE : refuse(cl, status));
}

/* The form is whole. */
static enum upload_next
end_form(struct client *cl)
{
	struct upload *up = cl->cl_upload;

	if (cl->cl_len + up->up_left > 0) {
		/* CR LF is what browsers write behind it */
		client_consume(cl, cl->cl_len);
		if (up->up_left > 0)
			return (UPLOAD_MORE);
	}
	if (up->up_state == UPLOAD_REST) {
		up->up_state = UPLOAD_SENT;
		site_upload_sent(cl);
	} else if (!http_csrf_ok(cl->cl_rq.rq_cookie,
		       pairs_str(cl->cl_form, "token")))
		site_forbidden(cl);
	else
		site_upload_empty(cl);
	return (UPLOAD_WAIT);
}

/* One step of the parser; *used: it got on. */
static enum upload_next
step(struct client *cl, bool *got_on)
{
	struct upload *up = cl->cl_upload;
	size_t used;

	*got_on = true;
	switch (multipart_next(&up->up_parser, cl->cl_in, cl->cl_len, &used)) {
	case MULTIPART_DATA:
		return (up->up_parser.mp_file ? take_file(cl, used) :
						take_field(cl, used));
	case MULTIPART_PART:
		client_consume(cl, used);
		return (UPLOAD_MORE);
	case MULTIPART_PART_END:
		client_consume(cl, used);
		return (end_part(cl));
	case MULTIPART_END:
		return (end_form(cl));
	case MULTIPART_MORE:
		client_consume(cl, used);
		*got_on = used > 0;
		if (used == 0 && up->up_left == 0)
			return (refuse(cl, 400));
		return (UPLOAD_MORE);
	default:
		return (refuse(cl, 400));
	}
}

enum upload_next
upload_take(struct client *cl)
{
	enum upload_next next;
	bool got_on;

	do
		next = step(cl, &got_on);
	while (next == UPLOAD_MORE && got_on &&
	    (cl->cl_len > 0 || cl->cl_upload->up_left == 0));
	return (next);
}

size_t
upload_room(const struct client *cl)
{
	return (cl->cl_upload->up_left);
}

void
upload_came(struct client *cl, size_t len)
{
	cl->cl_upload->up_left -= len;
	/* an administrator's, by now: as long as something comes */
	if (cl->cl_upload->up_state != UPLOAD_FIELDS)
		client_upload_time(cl, UPLOAD_MS);
}
