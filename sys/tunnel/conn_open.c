/* SPDX-License-Identifier: ISC */
/* From the first byte to an open tunnel, at both ends, or to a refusal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kern/clock.h"
#include "tunnel/conn_impl.h"

/* Leave a refusal time to be read: closing with bytes unread would reset. */
void
conn_linger(struct conn *cn)
{
	cn->cn_params.cp_crypto->co_shutdown(cn->cn_crypto);
	shutdown(cn->cn_fd, SHUT_WR);
	cn->cn_state = CONN_LINGER;
	conn_set_blocked(cn, false);
	conn_set_reading(cn, true);
	conn_set_timer(cn, CONN_LINGER_MS);
}

void
conn_linger_read(struct conn *cn)
{
	char buf[4096];
	ssize_t n;

	n = recv(cn->cn_fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0)
		cn->cn_lingered += (size_t)n;
	if (n == 0 || cn->cn_lingered > CONN_LINGER_MAX)
		conn_fail(cn, 0, "closed");
}

/* A refusal outside TLS, to somebody who speaks none. */
static void
conn_reject_plain(struct conn *cn)
{
	char buf[512];
	int n = http_format_response(400, NULL, clock_unix(), buf, sizeof(buf));

	snprintf(cn->cn_reason, sizeof(cn->cn_reason), "%s",
	    cn->cn_params.cp_crypto->co_error(cn->cn_crypto));
	cn->cn_status = 400;
	if (n > 0)
		(void)send(cn->cn_fd, buf, (size_t)n, MSG_NOSIGNAL);
	conn_linger(cn);
}

static void
conn_refuse(struct conn *cn, int status, const char *why)
{
	char buf[512];
	int n;

	if (cn->cn_state >= CONN_LAST)
		return;
	if (cn->cn_reason[0] == '\0')
		snprintf(cn->cn_reason, sizeof(cn->cn_reason),
		    "refused with %d%s%s", status, why != NULL ? ": " : "",
		    why != NULL ? why : "");
	cn->cn_status = status;
	n = http_format_response(status, NULL, clock_unix(), buf, sizeof(buf));
	if (n == -1) {
		conn_fail(cn, status, "cannot answer");
		return;
	}
	cn->cn_state = CONN_LAST;
	conn_set_reading(cn, false);
	conn_set_timer(cn, cn->cn_params.cp_handshake_ms);
	if (conn_write(cn, buf, (size_t)n) == CONN_SENT)
		conn_linger(cn);
}

void
conn_reject(struct conn *cn, int status)
{
	conn_refuse(cn, status, NULL);
}

/* TLS is up: the client asks, the server waits to be asked. */
static void
conn_begin_head(struct conn *cn)
{
	char buf[HTTP_HEAD_MAX];
	int n;

	cn->cn_state = CONN_HEAD;
	if ((cn->cn_head = malloc(HTTP_HEAD_MAX)) == NULL) {
		conn_fail(cn, 0, "out of memory");
		return;
	}
	if (cn->cn_server)
		return;
	cn->cn_has_pin =
	    cn->cn_params.cp_crypto->co_peer_pin(cn->cn_crypto, cn->cn_pin);
	n = http_format_request(cn->cn_request, buf, sizeof(buf));
	freezero(cn->cn_request, sizeof(*cn->cn_request));
	cn->cn_request = NULL;
	if (n == -1)
		conn_fail(cn, 0, "cannot write the request");
	else {
		if (cn->cn_params.cp_answer_ms != 0)
			conn_set_timer(cn, cn->cn_params.cp_answer_ms);
		cn->cn_asked_us = clock_us();
		cn->cn_stats.cs_asked = true;
		(void)conn_write(cn, buf, (size_t)n);
	}
	explicit_bzero(buf, sizeof(buf));
}

void
conn_handshake(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;

	switch (co->co_handshake(cn->cn_crypto)) {
	case CRYPTO_OK:
		conn_begin_head(cn);
		/* The request may have come with the handshake's end. */
		if (cn->cn_state == CONN_HEAD)
			conn_read_head(cn);
		break;
	case CRYPTO_WANT_READ:
		break;
	case CRYPTO_WANT_WRITE:
		conn_set_blocked(cn, true);
		break;
	case CRYPTO_EOF:
		conn_fail(cn, 0, "closed by the peer");
		break;
	case CRYPTO_ERROR:
		if (co->co_plain_http(cn->cn_crypto))
			conn_reject_plain(cn);
		else
			conn_fail(cn, 0, "TLS: %s",
			    co->co_error(cn->cn_crypto));
	}
}

/* The tunnel's parameters are known: from now on there are frames. */
static int
conn_open(struct conn *cn, uint64_t context, unsigned int can_send,
    unsigned int can_recv, uint32_t keepalive)
{
	struct encap_params ep = {
		.ep_max = cn->cn_params.cp_max_frame,
		.ep_fcs = cn->cn_params.cp_fcs,
		.ep_context = context,
		.ep_can_send = context != 0 ? can_send : 0,
		.ep_can_recv = context != 0 ? can_recv : 0,
		.ep_twice = cn->cn_twice,
		.ep_headers = context != 0 ? cn->cn_headers : 0,
	};

	cn->cn_encap = cn->cn_params.cp_encap->eo_new(&ep);
	if (cn->cn_encap == NULL) {
		conn_fail(cn, 0, "out of memory");
		return (-1);
	}
	cn->cn_can_send = ep.ep_can_send;
	cn->cn_state = CONN_OPEN;
	conn_set_timer(cn, 0);
	conn_alive_start(cn, keepalive);
	conn_set_reading(cn, true);
	conn_set_again(cn);
	return (0);
}

static uint32_t
conn_shorter(uint32_t a, uint32_t b)
{
	return (a < b ? a : b);
}

void
conn_accept(struct conn *cn, const struct http_extensions *ext)
{
	struct http_extensions hx = *ext, *asked = &cn->cn_asked;
	char buf[2048];
	int n;

	if (cn->cn_state != CONN_ASKED)
		return;
	hx.hx_can &= cn->cn_params.cp_can;
	if (hx.hx_context != 0)
		hx.hx_context = asked->hx_context;
	if (hx.hx_context == 0)
		hx.hx_can = 0;
	hx.hx_twice = cn->cn_twice;
	hx.hx_headers = hx.hx_context != 0 ? cn->cn_headers : 0;
	hx.hx_keepalive = conn_shorter(hx.hx_keepalive, asked->hx_keepalive);
	n = http_format_response(101, &hx, clock_unix(), buf, sizeof(buf));
	if (n == -1) {
		conn_fail(cn, 0, "cannot answer");
		return;
	}
	if (conn_open(cn, hx.hx_context, asked->hx_can, hx.hx_can,
		hx.hx_keepalive) == 0)
		(void)conn_write(cn, buf, (size_t)n);
}

/* A whole request is here. */
static void
conn_asked(struct conn *cn, struct http_request *rq, size_t used)
{
	bool gone = false;

	if (used != cn->cn_nhead) {
		conn_refuse(cn, 400, "data behind the request");
		return;
	}
	cn->cn_asked = rq->hr_ext;
	cn->cn_twice = rq->hr_ext.hx_twice;
	cn->cn_headers = rq->hr_ext.hx_headers;
	freezero(cn->cn_head, HTTP_HEAD_MAX);
	cn->cn_head = NULL;
	cn->cn_state = CONN_ASKED;
	conn_set_reading(cn, false);
	conn_set_timer(cn, 0);
	cn->cn_gone = &gone;
	cn->cn_ch->ch_request(cn, rq, cn->cn_arg);
	if (!gone)
		cn->cn_gone = NULL;
}

static void
conn_head_server(struct conn *cn)
{
	struct http_request rq;
	const char *why;
	size_t used;

	switch (http_parse_request(cn->cn_head, cn->cn_nhead, &rq, &used,
	    &why)) {
	case HTTP_MORE:
		break;
	case HTTP_TUNNEL:
		conn_asked(cn, &rq, used);
		break;
	case HTTP_OTHER:
		conn_refuse(cn, 404, NULL);
		break;
	case HTTP_BAD:
		conn_refuse(cn, cn->cn_nhead == HTTP_HEAD_MAX ? 431 : 400, why);
	}
	explicit_bzero(&rq, sizeof(rq));
}

/* Whether the hub's answer has a context that it was asked for, or none. */
static bool
conn_same_context(uint64_t asked, uint64_t context)
{
	return (context == 0 || context == asked);
}

/* The hub has answered 101; what follows the head are capsules. */
static void
conn_switched(struct conn *cn, const struct http_response *rp, size_t used)
{
	const struct http_extensions *hx = &rp->hp_ext;
	bool gone = false;
	char *head = cn->cn_head;
	size_t nhead = cn->cn_nhead;

	if (!conn_same_context(cn->cn_asked.hx_context, hx->hx_context) ||
	    !conn_same_context(cn->cn_asked.hx_twice, hx->hx_twice) ||
	    !conn_same_context(cn->cn_asked.hx_headers, hx->hx_headers)) {
		conn_fail(cn, 0, "the hub chose a context of its own");
		return;
	}
	cn->cn_twice = hx->hx_twice;
	cn->cn_headers = hx->hx_headers;
	if (conn_open(cn, hx->hx_context, hx->hx_can, cn->cn_asked.hx_can,
		conn_shorter(hx->hx_keepalive, cn->cn_asked.hx_keepalive)) ==
	    -1)
		return;
	cn->cn_head = NULL;
	cn->cn_gone = &gone;
	cn->cn_ch->ch_open(cn, rp, cn->cn_arg);
	if (!gone && cn->cn_state == CONN_OPEN)
		(void)conn_feed(cn, (uint8_t *)head + used, nhead - used);
	if (!gone)
		cn->cn_gone = NULL;
	free(head);
}

static const char *
conn_refusal(int status)
{
	switch (status) {
	case 401:
		return (": wrong user, password or hub name");
	case 404:
		return (": no hub is there");
	case 503:
		return (": the hub takes no more sessions");
	}
	return ("");
}

static void
conn_head_client(struct conn *cn)
{
	struct http_response rp;
	enum http_result hr;
	const char *why;
	size_t used;

	hr = http_parse_response(cn->cn_head, cn->cn_nhead, &rp, &used, &why);
	if (hr != HTTP_MORE)
		cn->cn_stats.cs_answer_us = clock_us() - cn->cn_asked_us + 1;
	switch (hr) {
	case HTTP_MORE:
		break;
	case HTTP_TUNNEL:
		conn_switched(cn, &rp, used);
		break;
	case HTTP_OTHER:
		conn_fail(cn, rp.hp_status, "refused with %d%s", rp.hp_status,
		    conn_refusal(rp.hp_status));
		break;
	case HTTP_BAD:
		conn_fail(cn, 0, "not a hub's answer: %s", why);
	}
}

/* Read on until the head is complete.  cn may be gone afterwards. */
void
conn_read_head(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	size_t n;

	if (cn->cn_head == NULL || cn->cn_nhead == HTTP_HEAD_MAX)
		return;
	switch (co->co_read(cn->cn_crypto,
	    (uint8_t *)cn->cn_head + cn->cn_nhead, HTTP_HEAD_MAX - cn->cn_nhead,
	    &n)) {
	case CRYPTO_OK:
		cn->cn_nhead += n;
		if (co->co_pending(cn->cn_crypto))
			conn_set_again(cn);
		if (cn->cn_server)
			conn_head_server(cn);
		else
			conn_head_client(cn);
		break;
	case CRYPTO_WANT_READ:
		break;
	case CRYPTO_WANT_WRITE:
		conn_set_blocked(cn, true);
		break;
	case CRYPTO_EOF:
		conn_fail(cn, 0, "closed by the peer");
		break;
	case CRYPTO_ERROR:
		conn_fail(cn, 0, "%s", co->co_error(cn->cn_crypto));
	}
}
