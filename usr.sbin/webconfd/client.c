/* SPDX-License-Identifier: ISC */
/*
 * client: one connection of a browser, from its handshake to its last answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "crypto/keyproc.h"
#include "kern/clock.h"
#include "kern/log.h"
#include "tunnel/http.h"

#include "http.h"

enum {
	LINGER_MS = 1000,
	IN_FIRST = 2048,	/* bytes of input, grows */
	IN_UPLOAD = 16384,	/* of a form with a file; its parser needs
				   MULTIPART_ROOM */
	IN_MAX = HTTP_HEAD_MAX + REQUEST_BODY_MAX,
	WRITE_CHUNK = 16384
};

static const struct crypto_ops *ops = &crypto_openssl;
static struct crypto_ctx *ctx;
static uint32_t last_number;
static int key_channel;
static uint32_t sign_id;

static void
arm(struct client *cl, unsigned int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	if (event_add(cl->cl_timer, &tv) == -1)
		fatalx("no timer");
}

static void
enter(struct client *cl, enum client_state state, unsigned int ms)
{
	cl->cl_state = state;
	cl->cl_since = clock_ms();
	arm(cl, ms);
}

static void
wait_for(struct client *cl, enum crypto_result result)
{
	struct event *ev;

	ev = result == CRYPTO_WANT_WRITE ? cl->cl_write : cl->cl_read;
	if (event_add(ev, NULL) == -1)
		fatalx("no event");
}

static void
pairs_drop(struct pairs **pr)
{
	if (*pr == NULL)
		return;
	pairs_clear(*pr);
	free(*pr);
	*pr = NULL;
}

/* What belongs to one request. */
static void
request_drop(struct client *cl)
{
	sources_free(cl);
	upload_free(cl);
	pairs_drop(&cl->cl_form);
	pairs_drop(&cl->cl_answer);
	if (cl->cl_page != NULL)
		evbuffer_free(cl->cl_page);
	cl->cl_page = NULL;
	cl->cl_language = NULL;
	cl->cl_live.lv_seconds = 0;
	cl->cl_plots = false;
	cl->cl_attachment[0] = '\0';
	cl->cl_header = NULL;
	explicit_bzero(&cl->cl_rq, sizeof(cl->cl_rq));
}

/* By a reset: one packet, and nothing of it is left in the kernel. */
void
client_abort(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

void
client_free(struct client *cl)
{
	crowd_leave(cl);
	request_drop(cl);
	if (cl->cl_crypto != NULL) {
		ops->co_shutdown(cl->cl_crypto);
		ops->co_free(cl->cl_crypto);
		close(cl->cl_fd);
	} else
		client_abort(cl->cl_fd);
	event_free(cl->cl_read);
	event_free(cl->cl_write);
	event_free(cl->cl_timer);
	evbuffer_free(cl->cl_out);
	address_release(cl->cl_address);
	if (cl->cl_in != NULL)
		freezero(cl->cl_in, cl->cl_size);
	free(cl);
}

/*
 * A refusal would be lost if the socket were closed with bytes unread: wait a
 * moment for the browser to close.
 */
static void
linger(struct client *cl)
{
	ops->co_shutdown(cl->cl_crypto);
	(void)shutdown(cl->cl_fd, SHUT_WR);
	enter(cl, CLIENT_LINGER, LINGER_MS);
	wait_for(cl, CRYPTO_WANT_READ);
}

static void
do_linger(struct client *cl)
{
	char drain[4096];
	ssize_t n = recv(cl->cl_fd, drain, sizeof(drain), 0);

	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		wait_for(cl, CRYPTO_WANT_READ);
	else
		client_free(cl);
}

/* The next request may be in already: look from the loop, not from here. */
static void
finished(struct client *cl)
{
	if (cl->cl_last) {
		linger(cl);
		return;
	}
	request_drop(cl);
	enter(cl, CLIENT_READ, REQUEST_MS);
	event_active(cl->cl_read, EV_READ, 0);
}

static void
do_write(struct client *cl)
{
	enum crypto_result result;
	const uint8_t *p;
	size_t len, n;

	while ((len = evbuffer_get_length(cl->cl_out)) > 0) {
		if (len > WRITE_CHUNK)
			len = WRITE_CHUNK;
		if ((p = evbuffer_pullup(cl->cl_out, (ev_ssize_t)len)) == NULL)
			fatalx("no memory");
		result = ops->co_write(cl->cl_crypto, p, len, &n);
		if (result == CRYPTO_OK) {
			evbuffer_drain(cl->cl_out, n);
			continue;
		}
		if (result == CRYPTO_WANT_READ || result == CRYPTO_WANT_WRITE)
			wait_for(cl, result);
		else
			client_free(cl);
		return;
	}
	result = ops->co_flush(cl->cl_crypto);
	if (result == CRYPTO_OK)
		finished(cl);
	else if (result == CRYPTO_WANT_WRITE)
		wait_for(cl, result);
	else
		client_free(cl);
}

void
client_send(struct client *cl)
{
	enter(cl, CLIENT_WRITE, WRITE_MS);
	do_write(cl);
}

static bool
resize(struct client *cl, size_t size)
{
	char *p = malloc(size);

	if (p == NULL)
		return (false);
	if (cl->cl_in != NULL) {
		memcpy(p, cl->cl_in, cl->cl_len);
		freezero(cl->cl_in, cl->cl_size);
	}
	cl->cl_in = p;
	cl->cl_size = size;
	return (true);
}

/* Room for more input; false at the limit. */
static bool
grow(struct client *cl)
{
	size_t size = cl->cl_size == 0 ? IN_FIRST : cl->cl_size * 2;

	if (cl->cl_len < cl->cl_size)
		return (true);
	if (size > IN_MAX)
		size = IN_MAX;
	return (size != cl->cl_size && resize(cl, size));
}

void
client_consume(struct client *cl, size_t len)
{
	cl->cl_len -= len;
	memmove(cl->cl_in, cl->cl_in + len, cl->cl_len);
	explicit_bzero(cl->cl_in + cl->cl_len, len);
}

static int
take_form(struct client *cl)
{
	const struct request *rq = &cl->cl_rq;

	if (rq->rq_method != METHOD_POST)
		return (0);
	if (!rq->rq_form)
		return (415);
	if ((cl->cl_form = calloc(1, sizeof(*cl->cl_form))) == NULL)
		return (503);
	return (request_form(cl->cl_in + rq->rq_head, rq->rq_body,
	    cl->cl_form));
}

/* Whether a request was there, or an end was made. */
static bool
try_request(struct client *cl)
{
	int status = request_parse(cl->cl_in, cl->cl_len, &cl->cl_rq);

	if (status == 0 && cl->cl_rq.rq_boundary[0] != '\0') {
		client_consume(cl, cl->cl_rq.rq_head);
		upload_begin(cl);
		return (true);
	}
	if (status == 1 ||
	    (status == 0 && cl->cl_len - cl->cl_rq.rq_head < cl->cl_rq.rq_body))
		return (false);
	if (status == 0 && (status = take_form(cl)) == 0) {
		client_consume(cl, cl->cl_rq.rq_head + cl->cl_rq.rq_body);
		if (++cl->cl_requests >= CLIENT_REQUESTS)
			cl->cl_last = true;
		address_forgive(cl->cl_address);
		site_request(cl);
	} else
		client_refuse(cl, status);
	return (true);
}

static void
do_read(struct client *cl)
{
	enum crypto_result result;
	size_t n;

	for (;;) {
		if (cl->cl_len > 0 && try_request(cl))
			return;
		if (!grow(cl)) {
			client_refuse(cl, 413);
			return;
		}
		result = ops->co_read(cl->cl_crypto,
		    (uint8_t *)cl->cl_in + cl->cl_len, cl->cl_size - cl->cl_len,
		    &n);
		if (result != CRYPTO_OK)
			break;
		cl->cl_len += n;
	}
	if (result == CRYPTO_WANT_READ || result == CRYPTO_WANT_WRITE)
		wait_for(cl, result);
	else
		client_free(cl);
}

/*
 * More of a form with a file: no more than its bytes, and no more than there
 * is room for, which is enough for its parser to get on.
 */
static void
do_upload(struct client *cl)
{
	enum crypto_result result;
	size_t n, room;

	for (;;) {
		if (upload_take(cl) == UPLOAD_WAIT)
			return;
		if (cl->cl_size < IN_UPLOAD && !resize(cl, IN_UPLOAD)) {
			client_refuse(cl, 503);
			return;
		}
		room = cl->cl_size - cl->cl_len;
		if (room > upload_room(cl))
			room = upload_room(cl);
		result = ops->co_read(cl->cl_crypto,
		    (uint8_t *)cl->cl_in + cl->cl_len, room, &n);
		if (result != CRYPTO_OK)
			break;
		cl->cl_len += n;
		upload_came(cl, n);
	}
	if (result == CRYPTO_WANT_READ || result == CRYPTO_WANT_WRITE)
		wait_for(cl, result);
	else
		client_free(cl);
}

void
client_upload_time(struct client *cl, unsigned int ms)
{
	arm(cl, ms);
}

/* From the loop: the caller may be in the middle of something. */
void
client_upload(struct client *cl, unsigned int ms)
{
	pairs_drop(&cl->cl_answer);
	enter(cl, CLIENT_UPLOAD, ms);
	event_active(cl->cl_read, EV_READ, 0);
}

/* Somebody typed http://: say how it is done. */
static void
plain_answer(const struct client *cl)
{
	static const char text[] =
	    "HTTP/1.1 400 Bad Request\r\n"
	    "Content-Type: text/plain\r\n"
	    "Connection: close\r\n"
	    "\r\n"
	    "This port speaks HTTPS: write https:// before the address.\n";
	char drain[4096];

	(void)send(cl->cl_fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	(void)shutdown(cl->cl_fd, SHUT_WR);
	(void)!recv(cl->cl_fd, drain, sizeof(drain), 0);
}

/* The time that a client has waited for us is none of its own. */
static void
extend(struct client *cl, uint64_t waited)
{
	uint64_t used;

	cl->cl_since += waited;
	used = clock_ms() - cl->cl_since;
	arm(cl, used < HANDSHAKE_MS ? HANDSHAKE_MS - (unsigned int)used : 0);
}

void
client_handshake(struct client *cl, uint64_t waited)
{
	enum crypto_result result;

	extend(cl, waited);
	if (cl->cl_crypto == NULL &&
	    (cl->cl_crypto = ops->co_new(ctx, cl->cl_fd, NULL)) == NULL)
		fatalx("no memory");
	result = ops->co_handshake(cl->cl_crypto);
	switch (result) {
	case CRYPTO_OK:
		enter(cl, CLIENT_READ, REQUEST_MS);
		do_read(cl);
		break;
	case CRYPTO_WANT_READ:
	case CRYPTO_WANT_WRITE:
		wait_for(cl, result);
		break;
	default:
		if (ops->co_plain_http(cl->cl_crypto))
			plain_answer(cl);
		client_free(cl);
	}
}

static void
client_advance(struct client *cl)
{
	switch (cl->cl_state) {
	case CLIENT_HANDSHAKE:
		crowd_wait_turn(cl);
		break;
	case CLIENT_READ:
		do_read(cl);
		break;
	case CLIENT_UPLOAD:
		do_upload(cl);
		break;
	case CLIENT_WRITE:
		do_write(cl);
		break;
	case CLIENT_LINGER:
		do_linger(cl);
		break;
	default:
		break;
	}
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_advance(arg);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	if (cl->cl_waiting)
		return;		/* for us: its turn extends its time */
	if (cl->cl_state == CLIENT_UPLOAD ||
	    (cl->cl_state == CLIENT_READ && cl->cl_len > 0))
		client_refuse(cl, 408);
	else if (cl->cl_state == CLIENT_ASK)
		client_refuse(cl, 503);
	else
		client_free(cl);
}

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	(void)arg;
	return (keyproc_sign(key_channel, &sign_id, digest, len, sig, size));
}

static void
name_of(const struct sockaddr_storage *ss, char *out, socklen_t size)
{
	const struct sockaddr_in6 *v6 = (const void *)ss;
	const struct sockaddr_in *v4 = (const void *)ss;

	out[0] = '\0';
	if (ss->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &v4->sin_addr, out, size);
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		(void)inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, out, size);
	else
		(void)inet_ntop(AF_INET6, &v6->sin6_addr, out, size);
}

struct client *
client_new(int fd, struct address *ad, const struct sockaddr_storage *ss)
{
	struct client *cl = calloc(1, sizeof(*cl));

	if (cl == NULL)
		return (NULL);
	if (++last_number == SAMPLE_ID)
		last_number++;
	cl->cl_number = last_number;
	cl->cl_fd = fd;
	cl->cl_address = ad;
	name_of(ss, cl->cl_from, sizeof(cl->cl_from));
	cl->cl_read = event_new(base, fd, EV_READ, on_ready, cl);
	cl->cl_write = event_new(base, fd, EV_WRITE, on_ready, cl);
	cl->cl_timer = evtimer_new(base, on_timeout, cl);
	cl->cl_out = evbuffer_new();
	if (cl->cl_read == NULL || cl->cl_write == NULL ||
	    cl->cl_timer == NULL || cl->cl_out == NULL)
		fatalx("no memory");
	enter(cl, CLIENT_HANDSHAKE, HANDSHAKE_MS);
	wait_for(cl, CRYPTO_WANT_READ);
	return (cl);
}

void
clients_init(const char *cert, int key_fd)
{
	char err[256];

	key_channel = key_fd;
	/* an answer to a process that has died must not meet another client */
	if (RAND_bytes((unsigned char *)&last_number, sizeof(last_number)) != 1)
		fatalx("no random numbers");
	ctx = ops->co_server_ctx(cert, strlen(cert), sign, NULL, err,
	    sizeof(err));
	if (ctx == NULL)
		fatalx("%s", err);
}

void
clients_renew(const char *cert)
{
	char err[256];

	if (crypto_ctx_renew(ctx, cert, strlen(cert), err, sizeof(err)) == -1)
		log_warnx("certificate: %s; keeping the old one", err);
	else
		log_info("a new certificate is shown");
}
