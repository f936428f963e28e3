/* SPDX-License-Identifier: ISC */
/* The life of a connection: made, moved between threads, ended. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/clock.h"
#include "net/tcp.h"
#include "tunnel/conn_impl.h"

/*
 * Events are deleted without waiting for their handlers: another thread may
 * do it, by conn_push, while the handler waits for the lock of ch_enter.
 */

void
conn_set_timer(struct conn *cn, uint64_t ms)
{
	struct timeval tv = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };

	if (ms == 0) {
		cn->cn_deadline = 0;
		event_del_noblock(&cn->cn_timer);
		return;
	}
	cn->cn_deadline = clock_ms() + ms;
	event_add(&cn->cn_timer, &tv);
}

void
conn_set_reading(struct conn *cn, bool on)
{
	if (cn->cn_reading == on)
		return;
	cn->cn_reading = on;
	if (on)
		event_add(&cn->cn_read, NULL);
	else
		event_del_noblock(&cn->cn_read);
}

void
conn_set_blocked(struct conn *cn, bool on)
{
	if (cn->cn_blocked == on)
		return;
	cn->cn_blocked = on;
	if (on)
		event_add(&cn->cn_write, NULL);
	else
		event_del_noblock(&cn->cn_write);
}

/*
 * A timer, not event_active(): libevent runs what handlers activate before
 * it looks at other sockets.
 */
void
conn_set_again(struct conn *cn)
{
	struct timeval tv = { 0, 0 };

	if (cn->cn_base != NULL)
		event_add(&cn->cn_again, &tv);
}

void
conn_push_later(struct conn *cn, uint64_t us)
{
	struct timeval tv = { .tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000) };

	if (cn->cn_base != NULL && !evtimer_pending(&cn->cn_again, NULL))
		event_add(&cn->cn_again, &tv);
}

static void
conn_destroy(struct conn *cn)
{
	if (cn->cn_gone != NULL)
		*cn->cn_gone = true;
	if (cn->cn_base != NULL) {
		event_del(&cn->cn_read);
		event_del(&cn->cn_write);
		event_del(&cn->cn_timer);
		event_del(&cn->cn_again);
		event_del(&cn->cn_watch);
	}
	if (cn->cn_encap != NULL)
		cn->cn_params.cp_encap->eo_free(cn->cn_encap);
	if (cn->cn_crypto != NULL)
		cn->cn_params.cp_crypto->co_free(cn->cn_crypto);
	if (cn->cn_fd != -1)
		close(cn->cn_fd);
	if (cn->cn_head != NULL)
		freezero(cn->cn_head, HTTP_HEAD_MAX);
	if (cn->cn_request != NULL)
		freezero(cn->cn_request, sizeof(*cn->cn_request));
	free(cn->cn_peer);
	free(cn);
}

void
conn_free(struct conn *cn)
{
	/* Within ch_close: its caller will. */
	if (cn != NULL && cn->cn_state != CONN_CLOSED)
		conn_destroy(cn);
}

static void
conn_end(struct conn *cn, int status)
{
	cn->cn_state = CONN_DEAD;
	if (cn->cn_status == 0)
		cn->cn_status = status;
	if (cn->cn_base == NULL)
		return;
	conn_set_reading(cn, false);
	conn_set_blocked(cn, false);
	conn_set_timer(cn, 0);
	conn_set_again(cn);
}

void
conn_fail(struct conn *cn, int status, const char *fmt, ...)
{
	va_list ap;

	if (cn->cn_state >= CONN_DEAD)
		return;
	if (cn->cn_reason[0] == '\0') {
		va_start(ap, fmt);
		vsnprintf(cn->cn_reason, sizeof(cn->cn_reason), fmt, ap);
		va_end(ap);
	}
	conn_end(cn, status);
}

void
conn_close(struct conn *cn, const char *reason)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;

	if (cn->cn_state == CONN_OPEN && cn->cn_base != NULL &&
	    !co->co_unsent(cn->cn_crypto))
		co->co_shutdown(cn->cn_crypto);
	conn_fail(cn, 0, "%s", reason);
}

void
conn_cut(struct conn *cn, const char *reason)
{
	conn_fail(cn, 0, "%s", reason);
}

void
conn_pause(struct conn *cn, bool on)
{
	if (cn->cn_state != CONN_OPEN || cn->cn_paused == on)
		return;
	cn->cn_paused = on;
	conn_set_reading(cn, !on);
	/* TLS may hold bytes that no event tells of. */
	if (!on)
		conn_set_again(cn);
}

void
conn_set_window(struct conn *cn, uint32_t bytes)
{
	tcp_window(cn->cn_fd, bytes);
}

bool
conn_said_bye(const struct conn *cn)
{
	return (cn->cn_said_bye);
}

/* An event has come; whose handlers are to be told when it is over. */
static const struct conn_handlers *
conn_enter(const struct conn *cn)
{
	const struct conn_handlers *ch = cn->cn_ch;

	if (ch->ch_enter != NULL)
		ch->ch_enter();
	return (ch);
}

static void
conn_leave(const struct conn_handlers *ch)
{
	if (ch->ch_leave != NULL)
		ch->ch_leave();
}

static void
conn_readable(struct conn *cn)
{
	switch (cn->cn_state) {
	case CONN_TLS:
		conn_handshake(cn);
		break;
	case CONN_HEAD:
		conn_read_head(cn);
		break;
	case CONN_OPEN:
		conn_receive(cn);
		break;
	case CONN_LINGER:
		conn_linger_read(cn);
		break;
	default:
		break;
	}
}

static void
conn_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *cn = arg;
	const struct conn_handlers *ch = conn_enter(cn);

	(void)fd;
	(void)what;
	conn_readable(cn);
	conn_leave(ch);
}

static void
conn_on_write(evutil_socket_t fd, short what, void *arg)
{
	struct conn *cn = arg;
	const struct conn_handlers *ch = conn_enter(cn);

	(void)fd;
	(void)what;
	cn->cn_blocked = false;
	switch (cn->cn_state) {
	case CONN_TLS:
		conn_handshake(cn);
		break;
	case CONN_HEAD:
		if (conn_flush(cn) != CONN_BROKEN)
			conn_read_head(cn);
		break;
	case CONN_OPEN:
		conn_push(cn);
		break;
	case CONN_LAST:
		if (conn_flush(cn) == CONN_SENT)
			conn_linger(cn);
		break;
	default:
		break;
	}
	conn_leave(ch);
}

static void
conn_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *cn = arg;
	const struct conn_handlers *ch = conn_enter(cn);
	uint64_t due = cn->cn_deadline, now = clock_ms();

	(void)fd;
	(void)what;
	cn->cn_deadline = 0;
	switch (cn->cn_state) {
	case CONN_TLS:
		conn_fail(cn, 0, "TLS handshake not finished in time");
		break;
	case CONN_HEAD:
		if (cn->cn_server)
			conn_reject(cn, 408);
		else
			conn_fail(cn, 0, "no answer from the hub in time");
		break;
	case CONN_OPEN:
		conn_alive_timer(cn, due != 0 && now > due ? now - due : 0);
		break;
	default:
		conn_fail(cn, 0, "closed");
	}
	conn_leave(ch);
}

static void
conn_on_again(evutil_socket_t fd, short what, void *arg)
{
	struct conn *cn = arg;
	const struct conn_handlers *ch = conn_enter(cn);

	(void)fd;
	(void)what;
	switch (cn->cn_state) {
	case CONN_DEAD:
		cn->cn_state = CONN_CLOSED;
		cn->cn_ch->ch_close(cn, cn->cn_reason, cn->cn_status,
		    cn->cn_arg);
		conn_destroy(cn);
		break;
	case CONN_OPEN:
		if (conn_receive(cn))
			conn_push(cn);
		break;
	default:
		conn_readable(cn);
	}
	conn_leave(ch);
}

static void
conn_on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct conn *cn = arg;
	const struct conn_handlers *ch = conn_enter(cn);

	(void)fd;
	(void)what;
	conn_outage_look(cn);
	conn_leave(ch);
}

void
conn_attach(struct conn *cn, struct event_base *base,
    const struct conn_handlers *ch, void *arg)
{
	uint64_t now = clock_ms();

	cn->cn_base = base;
	cn->cn_ch = ch;
	cn->cn_arg = arg;
	event_assign(&cn->cn_read, base, cn->cn_fd, EV_READ | EV_PERSIST,
	    conn_on_read, cn);
	event_assign(&cn->cn_write, base, cn->cn_fd, EV_WRITE, conn_on_write,
	    cn);
	event_assign(&cn->cn_timer, base, -1, 0, conn_on_timer, cn);
	event_assign(&cn->cn_again, base, -1, 0, conn_on_again, cn);
	event_assign(&cn->cn_watch, base, -1, 0, conn_on_watch, cn);
	if (cn->cn_reading)
		event_add(&cn->cn_read, NULL);
	if (cn->cn_blocked)
		event_add(&cn->cn_write, NULL);
	if (cn->cn_deadline != 0)
		conn_set_timer(cn,
		    cn->cn_deadline > now ? cn->cn_deadline - now : 1);
	/* TLS may hold bytes that no event tells of. */
	if (cn->cn_state != CONN_ASKED)
		conn_set_again(cn);
}

void
conn_detach(struct conn *cn)
{
	if (cn->cn_gone != NULL) {
		*cn->cn_gone = true;
		cn->cn_gone = NULL;
	}
	event_del(&cn->cn_read);
	event_del(&cn->cn_write);
	event_del(&cn->cn_timer);
	event_del(&cn->cn_again);
	event_del(&cn->cn_watch);
	cn->cn_base = NULL;
}

static struct conn *
conn_new(int fd, const char *peer, const struct conn_params *cp, bool server)
{
	struct conn *cn = calloc(1, sizeof(*cn));

	if (cn == NULL) {
		close(fd);
		return (NULL);
	}
	cn->cn_fd = fd;
	cn->cn_gather = CONN_GATHER;
	cn->cn_server = server;
	cn->cn_params = *cp;
	cn->cn_params.cp_sni = NULL;
	/* Without pings it is TCP that notices a dead path. */
	tcp_options(fd);
	conn_path_start(cn);
	cn->cn_peer = strdup(peer);
	cn->cn_crypto = cp->cp_crypto->co_new(cp->cp_ctx, fd, cp->cp_sni);
	if (cn->cn_peer == NULL || cn->cn_crypto == NULL) {
		conn_destroy(cn);
		return (NULL);
	}
	if (server && cp->cp_ask_peer)
		crypto_ask_peer(cn->cn_crypto);
	cn->cn_stats.cs_heard = clock_ms();
	return (cn);
}

static void
conn_start(struct conn *cn, struct event_base *base,
    const struct conn_handlers *ch, void *arg)
{
	conn_attach(cn, base, ch, arg);
	conn_set_reading(cn, true);
	conn_set_timer(cn, cn->cn_params.cp_handshake_ms);
}

struct conn *
conn_new_server(struct event_base *base, int fd, const char *peer,
    const struct conn_params *cp, const struct conn_handlers *ch, void *arg)
{
	struct conn *cn = conn_new(fd, peer, cp, true);

	if (cn != NULL)
		conn_start(cn, base, ch, arg);
	return (cn);
}

struct conn *
conn_new_client(struct event_base *base, int fd, const char *peer,
    const struct conn_params *cp, const struct http_request *rq,
    const struct conn_handlers *ch, void *arg)
{
	struct conn *cn = conn_new(fd, peer, cp, false);

	if (cn == NULL)
		return (NULL);
	if ((cn->cn_request = malloc(sizeof(*rq))) == NULL) {
		conn_destroy(cn);
		return (NULL);
	}
	*cn->cn_request = *rq;
	cn->cn_request->hr_ext.hx_can &= cp->cp_can;
	cn->cn_asked = cn->cn_request->hr_ext;
	conn_start(cn, base, ch, arg);
	return (cn);
}

void
conn_set_fcs(struct conn *cn, bool on)
{
	cn->cn_params.cp_fcs = on;
}

const char *
conn_peer(const struct conn *cn)
{
	return (cn->cn_peer);
}

const struct conn_stats *
conn_stats(const struct conn *cn)
{
	return (&cn->cn_stats);
}

const struct encap_stats *
conn_encap_stats(const struct conn *cn)
{
	static const struct encap_stats none;

	return (cn->cn_encap == NULL ?
		&none :
		cn->cn_params.cp_encap->eo_stats(cn->cn_encap));
}

unsigned int
conn_can_send(const struct conn *cn)
{
	return (cn->cn_can_send);
}

bool
conn_can_twice(const struct conn *cn)
{
	return (cn->cn_twice != 0);
}

const char *
conn_cipher(const struct conn *cn)
{
	return (cn->cn_params.cp_crypto->co_cipher(cn->cn_crypto));
}

const uint8_t *
conn_peer_chain(const struct conn *cn, size_t *len)
{
	return (crypto_peer_chain(cn->cn_crypto, len));
}

const uint8_t *
conn_peer_pin(const struct conn *cn)
{
	return (cn->cn_has_pin ? cn->cn_pin : NULL);
}
