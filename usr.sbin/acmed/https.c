/* SPDX-License-Identifier: ISC */
/*
 * https: one request, one connection, with a limit to all of it.  The socket
 * comes connected from the order process.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/conf.h"

#include "acmed.h"

enum { REQUEST_MS = 30000 };

static const struct crypto_ops *const tls_ops = &crypto_openssl;

struct exchange {
	int ex_fd;
	struct crypto *ex_tls;
	uint64_t ex_end;		/* ms */
	char *ex_err;
	size_t ex_size;
};

static char answer[REPLY_MAX];

static int
fail(struct exchange *ex, const char *text)
{
	snprintf(ex->ex_err, ex->ex_size, "%s", text);
	return (-1);
}

/* Wait for what TLS wants; 0, or -1 when there is no use in it. */
static int
wait_for(struct exchange *ex, enum crypto_result cr)
{
	struct pollfd pf = { .fd = ex->ex_fd,
		.events = cr == CRYPTO_WANT_WRITE ? POLLOUT : POLLIN };
	uint64_t now = clock_ms();

	if (cr != CRYPTO_WANT_READ && cr != CRYPTO_WANT_WRITE)
		return (fail(ex,
		    cr == CRYPTO_EOF ? "it hangs up" :
				       tls_ops->co_error(ex->ex_tls)));
	if (now < ex->ex_end && poll(&pf, 1, (int)(ex->ex_end - now)) != 0)
		return (0);
	return (fail(ex, "it does not answer in time"));
}

static int
shake(struct exchange *ex)
{
	enum crypto_result cr;

	while ((cr = tls_ops->co_handshake(ex->ex_tls)) != CRYPTO_OK)
		if (wait_for(ex, cr) == -1)
			return (-1);
	return (0);
}

static int
send_all(struct exchange *ex, const char *text)
{
	enum crypto_result cr;
	size_t n;

	while ((cr = tls_ops->co_write(ex->ex_tls, (const uint8_t *)text,
		    strlen(text), &n)) != CRYPTO_OK)
		if (wait_for(ex, cr) == -1)
			return (-1);
	while ((cr = tls_ops->co_flush(ex->ex_tls)) != CRYPTO_OK)
		if (wait_for(ex, cr) == -1)
			return (-1);
	return (0);
}

/* An answer to its end. */
static int
receive(struct exchange *ex, bool head, struct reply *re)
{
	enum reply_result rr = REPLY_MORE;
	enum crypto_result cr;
	const char *why = "";
	size_t len = 0, n;

	while (rr == REPLY_MORE) {
		if (len == sizeof(answer))
			return (fail(ex, "its answer is too long"));
		cr = tls_ops->co_read(ex->ex_tls, (uint8_t *)answer + len,
		    sizeof(answer) - len, &n);
		if (cr == CRYPTO_WANT_READ || cr == CRYPTO_WANT_WRITE) {
			if (wait_for(ex, cr) == -1)
				return (-1);
			continue;
		}
		/* many servers end without a good-bye; lengths tell */
		if (cr != CRYPTO_OK && cr != CRYPTO_EOF && len == 0)
			return (wait_for(ex, cr));
		len += n;
		if (clock_ms() > ex->ex_end)
			return (fail(ex, "it does not answer in time"));
		rr = reply_parse(answer, len, cr != CRYPTO_OK, head, re, &why);
	}
	return (rr == REPLY_WHOLE ? 0 : fail(ex, why));
}

/* RFC 8555, 6.1: who we are, in which language errors are wanted. */
static char *
request_text(const char *method, const struct url *ur, const char *body)
{
	bool six = strchr(ur->ur_host, ':') != NULL;
	bool port = strcmp(ur->ur_port, "443") != 0;
	char length[128] = "", *text;

	if (body != NULL)
		snprintf(length, sizeof(length),
		    "Content-Type: application/jose+json\r\n"
		    "Content-Length: %zu\r\n",
		    strlen(body));
	if (asprintf(&text,
		"%s %s HTTP/1.1\r\nHost: %s%s%s%s%s\r\n"
		"User-Agent: Longwire-acmed\r\nAccept-Language: en\r\n"
		"Connection: close\r\n%s\r\n%s",
		method, ur->ur_path, six ? "[" : "", ur->ur_host,
		six ? "]" : "", port ? ":" : "", port ? ur->ur_port : "",
		length, body == NULL ? "" : body) == -1)
		return (NULL);
	return (text);
}

/* A connection to the server; -1 with err. */
static int
get_connected(int ch, const struct url *ur, char *err, size_t size)
{
	char ask[sizeof(ur->ur_host) + sizeof(ur->ur_port)];
	size_t n = strlen(ur->ur_host) + 1;
	enum msg_type type;
	ssize_t len;
	int fd;

	memcpy(ask, ur->ur_host, n);
	memcpy(ask + n, ur->ur_port, strlen(ur->ur_port) + 1);
	if (channel_send(ch, MSG_CONNECT, ask, n + strlen(ur->ur_port) + 1,
		-1) == -1 ||
	    (len = channel_recv(ch, &type, err, size - 1, &fd)) == -1)
		_exit(1);	/* the order has gone */
	err[len] = '\0';
	return (type == MSG_OK ? fd : -1);
}

/* How servers of that name are known; the last one's is kept. */
static struct crypto_ctx *
context(const struct job *jo, const char *host, char *err, size_t size)
{
	static char last[sizeof(((struct url *)0)->ur_host)];
	static struct crypto_ctx *cx;
	uint8_t pins[CRYPTO_PINS][CRYPTO_PIN_LEN];
	const struct conf *pin = NULL;
	unsigned int n = 0;

	if (cx != NULL && strcmp(last, host) == 0)
		return (cx);
	while (n < CRYPTO_PINS &&
	    (pin = conf_next(jo->jo_conf, "pin", pin)) != NULL)
		(void)crypto_pin_parse(pin->cf_values[0], pins[n++]);
	if (cx != NULL)
		tls_ops->co_ctx_free(cx);
	cx = tls_ops->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pins, n,
	    jo->jo_ca, host, err, size);
	if (cx != NULL)
		crypto_ctx_other(cx);
	strlcpy(last, host, sizeof(last));
	return (cx);
}

const struct reply *
https_request(int ch, const struct job *jo, const char *method,
    const struct url *ur, const char *body, char *err, size_t size)
{
	static struct reply re;
	struct exchange ex = { .ex_end = clock_ms() + REQUEST_MS,
		.ex_err = err,
		.ex_size = size };
	char *text = request_text(method, ur, body);
	struct crypto_ctx *tls = context(jo, ur->ur_host, err, size);
	int ok = -1;

	if (text == NULL || tls == NULL) {
		free(text);
		return (NULL);
	}
	if ((ex.ex_fd = get_connected(ch, ur, err, size)) != -1) {
		ex.ex_tls = tls_ops->co_new(tls, ex.ex_fd, ur->ur_host);
		if (ex.ex_tls == NULL)
			(void)fail(&ex, "no memory");
		else if (shake(&ex) == 0 && send_all(&ex, text) == 0)
			ok = receive(&ex, strcmp(method, "HEAD") == 0, &re);
		if (ex.ex_tls != NULL)
			tls_ops->co_free(ex.ex_tls);
		close(ex.ex_fd);
	}
	free(text);
	return (ok == 0 ? &re : NULL);
}
