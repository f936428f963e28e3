/* SPDX-License-Identifier: ISC */
/* Bytes and frames of an open connection. */
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "tunnel/conn_impl.h"

enum {
	/* A record that is not quite full, and the longest frame behind it. */
	CONN_TX = CONN_RECORD + FRAME_MAX + ENCAP_OVERHEAD + 2 * ENCAP_CONTROL
};

/* One of each is enough for all connections of a thread. */
static _Thread_local uint8_t conn_rx[CONN_RECORD];
static _Thread_local uint8_t conn_tx[CONN_TX];
static _Thread_local bool conn_tx_busy;

int
conn_queue(struct conn *cn, const void *p, size_t len)
{
	uint8_t *rest = malloc(cn->cn_nrest + len);

	if (rest == NULL)
		return (-1);
	if (cn->cn_nrest > 0)
		memcpy(rest, cn->cn_rest, cn->cn_nrest);
	memcpy(rest + cn->cn_nrest, p, len);
	if (cn->cn_rest != NULL)
		freezero(cn->cn_rest, cn->cn_nrest);
	cn->cn_rest = rest;
	cn->cn_nrest += len;
	return (0);
}

/*
 * Write as much of p as the socket takes, in full records; *off moves on.
 * TLS wants a record that was refused again, and not shorter.
 */
static enum conn_sent
conn_write(struct conn *cn, const uint8_t *p, size_t len, size_t *off)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	size_t n, want;

	while (*off < len) {
		want = len - *off > CONN_RECORD ? CONN_RECORD : len - *off;
		switch (co->co_write(cn->cn_crypto, p + *off, want, &n)) {
		case CRYPTO_OK:
			*off += n;
			cn->cn_stats.cs_tx_wire += n;
			break;
		case CRYPTO_WANT_READ:
		case CRYPTO_WANT_WRITE:
			conn_set_blocked(cn, true);
			return (CONN_BLOCKED);
		case CRYPTO_EOF:
			conn_fail(cn, 0, "closed by the peer");
			return (CONN_BROKEN);
		case CRYPTO_ERROR:
			conn_fail(cn, 0, "%s", co->co_error(cn->cn_crypto));
			return (CONN_BROKEN);
		}
	}
	return (CONN_SENT);
}

/* Send what is left of earlier writes. */
enum conn_sent
conn_flush(struct conn *cn)
{
	enum conn_sent sent;
	size_t off = 0;

	if (cn->cn_nrest == 0)
		return (CONN_SENT);
	sent = conn_write(cn, cn->cn_rest, cn->cn_nrest, &off);
	if (sent == CONN_BLOCKED) {
		memmove(cn->cn_rest, cn->cn_rest + off, cn->cn_nrest - off);
		cn->cn_nrest -= off;
		return (sent);
	}
	freezero(cn->cn_rest, cn->cn_nrest);
	cn->cn_rest = NULL;
	cn->cn_nrest = 0;
	return (sent);
}

static size_t
conn_fill_control(struct conn *cn, size_t len)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;

	if (cn->cn_pong_due) {
		cn->cn_pong_due = false;
		len += eo->eo_control(cn->cn_encap, false, cn->cn_pong_cookie,
		    conn_tx + len, CONN_TX - len);
	}
	if (cn->cn_ping_due) {
		cn->cn_ping_due = false;
		cn->cn_ping_sent = clock_us();
		len += eo->eo_control(cn->cn_encap, true, cn->cn_ping_sent,
		    conn_tx + len, CONN_TX - len);
	}
	return (len);
}

/* Encode frames behind the first len bytes until a record is full. */
static size_t
conn_fill(struct conn *cn, size_t len)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;
	struct frame *f;
	size_t n;

	len = conn_fill_control(cn, len);
	while (len < CONN_RECORD &&
	    (f = cn->cn_ch->ch_pull(cn, cn->cn_arg)) != NULL) {
		n = eo->eo_output(cn->cn_encap, f, conn_tx + len,
		    CONN_TX - len);
		if (n != ENCAP_UNSENDABLE) {
			cn->cn_stats.cs_tx_frames++;
			cn->cn_stats.cs_tx_bytes += f->f_len;
			len += n;
		}
		frame_free(f);
	}
	return (len);
}

/* Fill and send records until there is nothing more, or no room. */
static void
conn_push_round(struct conn *cn)
{
	enum conn_sent sent = CONN_SENT;
	size_t len = 0, off, total = 0;

	while (sent == CONN_SENT && cn->cn_state == CONN_OPEN &&
	    (len = conn_fill(cn, len)) > 0 && cn->cn_state == CONN_OPEN) {
		/* What is behind the last full record waits for company. */
		size_t now = len < CONN_RECORD ? len : len - len % CONN_RECORD;

		off = 0;
		sent = conn_write(cn, conn_tx, now, &off);
		memmove(conn_tx, conn_tx + off, len - off);
		len -= off;
		if ((total += off) >= CONN_PUSH_ROUND && sent == CONN_SENT) {
			conn_set_blocked(cn, true);
			break;
		}
	}
	if (len > 0 && cn->cn_state == CONN_OPEN &&
	    conn_queue(cn, conn_tx, len) == -1)
		conn_fail(cn, 0, "out of memory");
}

void
conn_push(struct conn *cn)
{
	if (cn->cn_state != CONN_OPEN || cn->cn_blocked)
		return;
	if (conn_tx_busy) {
		/* Called from some connection's ch_pull. */
		conn_set_again(cn);
		return;
	}
	if (conn_flush(cn) != CONN_SENT)
		return;
	conn_tx_busy = true;
	conn_push_round(cn);
	conn_tx_busy = false;
}

/* A frame for the owner; false when cn may be touched no more. */
static bool
conn_deliver(struct conn *cn, struct frame *f)
{
	bool gone = false, *outer = cn->cn_gone;

	cn->cn_stats.cs_rx_frames++;
	cn->cn_stats.cs_rx_bytes += f->f_len;
	cn->cn_gone = &gone;
	cn->cn_ch->ch_frame(cn, f, cn->cn_arg);
	if (!gone)
		cn->cn_gone = outer;
	else if (outer != NULL)
		*outer = true;
	return (!gone);
}

static bool
conn_round(struct conn *cn)
{
	bool gone = false, *outer = cn->cn_gone;

	cn->cn_gone = &gone;
	cn->cn_ch->ch_round(cn, cn->cn_arg);
	if (!gone)
		cn->cn_gone = outer;
	else if (outer != NULL)
		*outer = true;
	return (!gone);
}

bool
conn_feed(struct conn *cn, const uint8_t *p, size_t len)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;
	enum encap_result er;
	struct frame *f;
	uint64_t cookie;

	cn->cn_stats.cs_rx_wire += len;
	while (cn->cn_state == CONN_OPEN &&
	    (er = eo->eo_input(cn->cn_encap, &p, &len, &f, &cookie)) !=
		ENCAP_MORE) {
		switch (er) {
		case ENCAP_FRAME:
			if (!conn_deliver(cn, f))
				return (false);
			break;
		case ENCAP_PING:
			/* Of many pings the last is answered. */
			cn->cn_pong_due = cn->cn_keepalive != 0;
			cn->cn_pong_cookie = cookie;
			break;
		case ENCAP_PONG:
			conn_alive_pong(cn, cookie);
			break;
		default:
			conn_fail(cn, 0, "oversized capsule");
		}
	}
	return (true);
}

static void
conn_receive_end(struct conn *cn, enum crypto_result cr)
{
	const struct conn_params *cp = &cn->cn_params;

	if (cr == CRYPTO_ERROR)
		conn_fail(cn, 0, "%s", cp->cp_crypto->co_error(cn->cn_crypto));
	else if (cp->cp_encap->eo_partial(cn->cn_encap))
		conn_fail(cn, 0, "closed by the peer within a capsule");
	else {
		cn->cn_said_bye = true;
		conn_fail(cn, 0, "closed by the peer");
	}
}

bool
conn_receive(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	enum crypto_result cr = CRYPTO_OK;
	size_t n, total = 0;

	cn->cn_read_blocked = false;
	while (total < CONN_READ_ROUND && cn->cn_state == CONN_OPEN &&
	    (cr = co->co_read(cn->cn_crypto, conn_rx, sizeof(conn_rx), &n)) ==
		CRYPTO_OK) {
		total += n;
		if (!conn_feed(cn, conn_rx, n))
			return (false);
	}
	if (total > 0) {
		cn->cn_stats.cs_heard = clock_ms();
		cn->cn_probe_ms = 0;
		if (!conn_round(cn))
			return (false);
	}
	if (cn->cn_state != CONN_OPEN)
		return (true);
	if (cr == CRYPTO_EOF || cr == CRYPTO_ERROR) {
		conn_receive_end(cn, cr);
		return (true);
	}
	if (cr == CRYPTO_WANT_WRITE) {
		cn->cn_read_blocked = true;
		conn_set_blocked(cn, true);
	}
	if (cr == CRYPTO_OK && co->co_pending(cn->cn_crypto))
		conn_set_again(cn);
	if (cn->cn_pong_due)
		conn_push(cn);
	return (true);
}
