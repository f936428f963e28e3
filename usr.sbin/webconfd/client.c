/* SPDX-License-Identifier: ISC */
/*
 * client: connections of browsers.  Who connects and says little must neither
 * take much memory nor keep others out: there are at most CLIENTS_MAX, of one
 * address CLIENTS_ADDRESS, and for one more another goes: of the address that
 * has most, the oldest; of an address from where an administrator has logged
 * in only when there is no other.
 *
 * Handshakes are what costs most.  So connections are accepted as they come,
 * for those behind them to be seen, and take turns, one a round of the loop:
 * first the addresses of administrators, then those with fewest connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <stdio.h>
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
	ACCEPT_ROUND = 16,
	LINGER_MS = 1000,
	PAUSE_MS = 200,		/* without descriptors or memory */
	IN_FIRST = 2048,	/* bytes of input, grows */
	IN_MAX = HTTP_HEAD_MAX + REQUEST_BODY_MAX,
	WRITE_CHUNK = 16384
};

static const struct crypto_ops *ops = &crypto_openssl;
static struct crypto_ctx *ctx;
static LIST_HEAD(client_list, client) clients = LIST_HEAD_INITIALIZER(clients);
static unsigned int nclients;
static uint32_t last_number;
static int key_channel;
static uint32_t sign_id;
static struct event *accept_event, *accept_again, *turn_event;
static TAILQ_HEAD(, client) waiting = TAILQ_HEAD_INITIALIZER(waiting);

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

struct client *
http_client(uint32_t number)
{
	struct client *cl;

	LIST_FOREACH(cl, &clients, cl_entry)
		if (cl->cl_number == number)
			break;
	return (cl);
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
	pairs_drop(&cl->cl_form);
	pairs_drop(&cl->cl_answer);
	if (cl->cl_page != NULL)
		evbuffer_free(cl->cl_page);
	cl->cl_page = NULL;
	cl->cl_language = NULL;
	explicit_bzero(&cl->cl_rq, sizeof(cl->cl_rq));
}

void
client_free(struct client *cl)
{
	LIST_REMOVE(cl, cl_entry);
	nclients--;
	if (cl->cl_waiting)
		TAILQ_REMOVE(&waiting, cl, cl_turn);
	request_drop(cl);
	if (cl->cl_crypto != NULL) {
		ops->co_shutdown(cl->cl_crypto);
		ops->co_free(cl->cl_crypto);
	}
	close(cl->cl_fd);
	event_free(cl->cl_read);
	event_free(cl->cl_write);
	event_free(cl->cl_timer);
	evbuffer_free(cl->cl_out);
	address_release(cl->cl_address);
	if (cl->cl_in != NULL)
		freezero(cl->cl_in, cl->cl_size);
	free(cl);
}

/* Whether a should go rather than b. */
static bool
worse(const struct client *a, const struct client *b, uint64_t now)
{
	bool ka = address_is_known(a->cl_address, now);
	bool kb = address_is_known(b->cl_address, now);
	unsigned int na = address_count(a->cl_address);
	unsigned int nb = address_count(b->cl_address);

	if (ka != kb)
		return (kb);
	return (na != nb ? na > nb : a->cl_since < b->cl_since);
}

/* Between its requests, or not yet through with the first. */
static bool
idle(const struct client *cl)
{
	return (cl->cl_state == CLIENT_READ && cl->cl_len == 0);
}

/* Of one address the oldest that does nothing, else the oldest. */
static void
evict_of(const struct address *ad)
{
	struct client *cl, *best = NULL;

	LIST_FOREACH(cl, &clients, cl_entry) {
		if (cl->cl_address != ad)
			continue;
		if (best == NULL || idle(cl) > idle(best) ||
		    (idle(cl) == idle(best) && cl->cl_since < best->cl_since))
			best = cl;
	}
	if (best != NULL)
		client_free(best);
}

/* The clock is read once: it may be slow, and a crowd brings us here often. */
static void
evict_any(void)
{
	struct client *cl, *best = NULL;
	uint64_t now = clock_ms();

	LIST_FOREACH(cl, &clients, cl_entry)
		if (best == NULL || worse(cl, best, now))
			best = cl;
	if (best != NULL)
		client_free(best);
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

/* Room for more input; false at the limit. */
static bool
grow(struct client *cl)
{
	size_t size = cl->cl_size == 0 ? IN_FIRST : cl->cl_size * 2;
	char *p;

	if (cl->cl_len < cl->cl_size)
		return (true);
	if (size > IN_MAX)
		size = IN_MAX;
	if (size == cl->cl_size || (p = malloc(size)) == NULL)
		return (false);
	if (cl->cl_in != NULL) {
		memcpy(p, cl->cl_in, cl->cl_len);
		freezero(cl->cl_in, cl->cl_size);
	}
	cl->cl_in = p;
	cl->cl_size = size;
	return (true);
}

/* Take the request's bytes out of the input. */
static void
consume(struct client *cl, size_t len)
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

	if (status == 1 ||
	    (status == 0 && cl->cl_len - cl->cl_rq.rq_head < cl->cl_rq.rq_body))
		return (false);
	if (status == 0 && (status = take_form(cl)) == 0) {
		consume(cl, cl->cl_rq.rq_head + cl->cl_rq.rq_body);
		if (++cl->cl_requests >= CLIENT_REQUESTS)
			cl->cl_last = true;
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

static void
do_handshake(struct client *cl)
{
	enum crypto_result result;

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

/* By timer: what is made active in a round belongs to the same round. */
static void
turn_soon(void)
{
	static const struct timeval now;

	if (!TAILQ_EMPTY(&waiting) && event_add(turn_event, &now) == -1)
		fatalx("no timer");
}

/* Something came of it: its turn will come, see on_turn. */
static void
wait_turn(struct client *cl)
{
	if (cl->cl_waiting)
		return;
	cl->cl_waiting = true;
	TAILQ_INSERT_TAIL(&waiting, cl, cl_turn);
	turn_soon();
}

/* Whether it is a's turn before that of b, who has waited longer. */
static bool
sooner(const struct client *a, const struct client *b, uint64_t now)
{
	bool ka = address_is_known(a->cl_address, now);
	bool kb = address_is_known(b->cl_address, now);

	if (ka != kb)
		return (ka);
	return (address_count(a->cl_address) < address_count(b->cl_address));
}

static struct client *
next_turn(void)
{
	struct client *cl, *best = NULL;
	uint64_t now = clock_ms();

	TAILQ_FOREACH(cl, &waiting, cl_turn)
		if (best == NULL || sooner(cl, best, now))
			best = cl;
	return (best);
}

/* The others are for later rounds: the loop gets to all else between. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = next_turn();

	(void)fd;
	(void)what;
	(void)arg;
	if (cl == NULL)
		return;
	TAILQ_REMOVE(&waiting, cl, cl_turn);
	cl->cl_waiting = false;
	turn_soon();
	do_handshake(cl);
}

static void
client_advance(struct client *cl)
{
	switch (cl->cl_state) {
	case CLIENT_HANDSHAKE:
		wait_turn(cl);
		break;
	case CLIENT_READ:
		do_read(cl);
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
	if (cl->cl_state == CLIENT_READ && cl->cl_len > 0)
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

static struct client *
client_new(int fd, struct address *ad, const struct sockaddr_storage *ss)
{
	struct client *cl = calloc(1, sizeof(*cl));

	if (cl == NULL)
		return (NULL);
	cl->cl_number = ++last_number;
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
	LIST_INSERT_HEAD(&clients, cl, cl_entry);
	nclients++;
	return (cl);
}

static void
take(int fd, const struct sockaddr_storage *ss)
{
	struct address *ad = address_take((const struct sockaddr *)ss);
	struct client *cl;
	int on = 1;

	if (ad == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (address_count(ad) > CLIENTS_ADDRESS)
		evict_of(ad);
	else if (nclients >= CLIENTS_MAX)
		evict_any();
	if ((cl = client_new(fd, ad, ss)) == NULL) {
		address_release(ad);
		close(fd);
		return;
	}
	enter(cl, CLIENT_HANDSHAKE, HANDSHAKE_MS);
	wait_for(cl, CRYPTO_WANT_READ);
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, i;

	(void)what;
	(void)arg;
	for (i = 0; i < ACCEPT_ROUND; i++) {
		memset(&ss, 0, sizeof(ss));
		len = sizeof(ss);
		fd = accept4(lfd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			take(fd, &ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			/* a readable listener would spin */
			event_del(accept_event);
			(void)event_add(accept_again, &tv);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)event_add(accept_event, NULL);
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
clients_listen(int fd)
{
	accept_event =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_accept, NULL);
	accept_again = evtimer_new(base, on_again, NULL);
	turn_event = evtimer_new(base, on_turn, NULL);
	if (accept_event == NULL || accept_again == NULL ||
	    turn_event == NULL || event_add(accept_event, NULL) == -1)
		fatalx("no memory for a listener");
}

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = { { 200, "OK" }, { 303, "See Other" },
		{ 400, "Bad Request" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" } };
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return (reasons[i].text);
	return ("Error");
}

void
client_respond(struct client *cl, int status, const char *type,
    const char *location, const char *cookie)
{
	struct evbuffer *out = cl->cl_out;

	if (!cl->cl_rq.rq_keep)
		cl->cl_last = true;
	evbuffer_add_printf(out,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Content-Security-Policy: default-src 'none'; style-src 'self'; "
	    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
	    "base-uri 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "X-Frame-Options: DENY\r\n"
	    "Referrer-Policy: same-origin\r\n"
	    "Cross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\n",
	    status, reason(status),
	    cl->cl_page == NULL ? 0 : evbuffer_get_length(cl->cl_page));
	evbuffer_add_printf(out, "Cache-Control: %s\r\n",
	    strcmp(type, "text/css") == 0 ? "max-age=600" : "no-store");
	if (*type != '\0')
		evbuffer_add_printf(out, "Content-Type: %s; charset=utf-8\r\n",
		    type);
	if (*location != '\0')
		evbuffer_add_printf(out, "Location: %s\r\n", location);
	if (cookie != NULL)
		evbuffer_add_printf(out,
		    "Set-Cookie: __Host-longwire=%s; Path=/; Secure; "
		    "HttpOnly; SameSite=Strict%s\r\n",
		    cookie, *cookie == '\0' ? "; Max-Age=0" : "");
	if (cl->cl_language != NULL)
		evbuffer_add_printf(out,
		    "Set-Cookie: __Host-longwire-language=%s; Path=/; "
		    "Secure; HttpOnly; SameSite=Strict; Max-Age=31536000\r\n",
		    cl->cl_language);
	evbuffer_add_printf(out, "Connection: %s\r\n\r\n",
	    cl->cl_last ? "close" : "keep-alive");
	if (cl->cl_page != NULL && cl->cl_rq.rq_method != METHOD_HEAD)
		evbuffer_add_buffer(out, cl->cl_page);
	enter(cl, CLIENT_WRITE, WRITE_MS);
	do_write(cl);
}

void
client_refuse(struct client *cl, int status)
{
	if (cl->cl_page != NULL)
		evbuffer_drain(cl->cl_page, evbuffer_get_length(cl->cl_page));
	else if ((cl->cl_page = evbuffer_new()) == NULL)
		fatalx("no memory");
	evbuffer_add_printf(cl->cl_page, "%d %s\n", status, reason(status));
	cl->cl_rq.rq_keep = false;
	client_respond(cl, status, "text/plain", "", NULL);
}
