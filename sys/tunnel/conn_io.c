/* SPDX-License-Identifier: ISC */
/* Bytes and frames of an open connection. */
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "tunnel/conn_impl.h"

enum {
	/* What is sent in one go, and the longest frame behind it. */
	CONN_TX = CONN_GATHER + FRAME_MAX + ENCAP_OVERHEAD + 2 * ENCAP_CONTROL
};

/* One of each is enough for all connections of a thread. */
static _Thread_local uint8_t conn_rx[CONN_RX];
static _Thread_local uint8_t conn_tx[CONN_TX];
static _Thread_local bool conn_tx_busy;

static enum conn_sent
conn_sent(struct conn *cn, enum crypto_result cr)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;

	if (cr == CRYPTO_OK && !co->co_unsent(cn->cn_crypto))
		return (CONN_SENT);
	if (cr == CRYPTO_ERROR) {
		conn_fail(cn, 0, "%s", co->co_error(cn->cn_crypto));
		return (CONN_BROKEN);
	}
	conn_set_blocked(cn, true);
	return (CONN_BLOCKED);
}

enum conn_sent
conn_write(struct conn *cn, const void *p, size_t len)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	enum crypto_result cr;
	size_t n;

	cr = co->co_write(cn->cn_crypto, p, len, &n);
	if (cr == CRYPTO_WANT_WRITE) {
		conn_fail(cn, 0, "the socket took nothing yet");
		return (CONN_BROKEN);
	}
	cn->cn_stats.cs_tx_wire += n;
	return (conn_sent(cn, cr));
}

enum conn_sent
conn_flush(struct conn *cn)
{
	return (conn_sent(cn,
	    cn->cn_params.cp_crypto->co_flush(cn->cn_crypto)));
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

/* Encode frames until there is enough for a write; bytes. */
static size_t
conn_fill(struct conn *cn)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;
	struct frame *f;
	size_t n, len;

	len = conn_fill_control(cn, 0);
	while (len < cn->cn_gather &&
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

/* Send until there is nothing more, no room, or others must have a turn. */
static void
conn_push_round(struct conn *cn)
{
	size_t len, total = 0;

	while ((len = conn_fill(cn)) > 0 && cn->cn_state == CONN_OPEN &&
	    conn_write(cn, conn_tx, len) == CONN_SENT)
		if ((total += len) >= CONN_PUSH_ROUND) {
			conn_set_blocked(cn, true);
			return;
		}
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
	conn_path_sent(cn);
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

/*
 * What one look at the socket brought is little: so there is no more, and if
 * there is, an event tells.
 */
static bool
conn_read_on(struct conn *cn, size_t n, size_t total)
{
	return (cn->cn_state == CONN_OPEN && total < CONN_READ_ROUND &&
	    (n >= CONN_RECORD ||
		cn->cn_params.cp_crypto->co_pending(cn->cn_crypto)));
}

bool
conn_receive(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	enum crypto_result cr;
	size_t n, total = 0;

	do {
		cr = co->co_read(cn->cn_crypto, conn_rx, sizeof(conn_rx), &n);
		if (cr != CRYPTO_OK)
			break;
		total += n;
		if (!conn_feed(cn, conn_rx, n))
			return (false);
	} while (conn_read_on(cn, n, total));
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
	if (co->co_unsent(cn->cn_crypto))
		conn_set_blocked(cn, true);
	if (cr == CRYPTO_OK && co->co_pending(cn->cn_crypto))
		conn_set_again(cn);
	if (cn->cn_pong_due)
		conn_push(cn);
	return (true);
}
