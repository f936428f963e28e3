/* SPDX-License-Identifier: ISC */
/* Bytes and frames of an open connection. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "kern/clock.h"
#include "tunnel/conn_impl.h"

enum {
	/* What is sent in one go, and the longest frame behind it. */
	CONN_TX = CONN_GATHER + FRAME_MAX + ENCAP_OVERHEAD + 2 * ENCAP_CONTROL,
	/*
	 * A longer frame is encrypted from where it is; to copy a shorter one
	 * to its neighbours is less work.
	 */
	CONN_COPIED = 4096,
	CONN_WHOLE = CONN_GATHER / CONN_COPIED + 1,
	CONN_PARTS = 2 * CONN_WHOLE + 1
};

/* One of each is enough for all connections of a thread. */
static _Thread_local uint8_t conn_rx[CONN_RX];
static _Thread_local uint8_t conn_tx[CONN_TX];
static _Thread_local bool conn_tx_busy;
/* What is sent: parts of conn_tx, and of frames that are held till then. */
static _Thread_local struct {
	struct iovec cb_part[CONN_PARTS];
	unsigned int cb_nparts;
	struct frame *cb_held[CONN_WHOLE];
	unsigned int cb_nheld;
	size_t cb_used; /* of conn_tx */
	size_t cb_len;
} conn_batch;

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

static enum conn_sent
conn_wrote(struct conn *cn, enum crypto_result cr, size_t n)
{
	if (cr == CRYPTO_WANT_WRITE) {
		conn_fail(cn, 0, "the socket took nothing yet");
		return (CONN_BROKEN);
	}
	cn->cn_stats.cs_tx_wire += n;
	return (conn_sent(cn, cr));
}

enum conn_sent
conn_write(struct conn *cn, const void *p, size_t len)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	enum crypto_result cr;
	size_t n;

	cr = co->co_write(cn->cn_crypto, p, len, &n);
	return (conn_wrote(cn, cr, n));
}

enum conn_sent
conn_flush(struct conn *cn)
{
	return (conn_sent(cn,
	    cn->cn_params.cp_crypto->co_flush(cn->cn_crypto)));
}

/* The next n bytes to send are at p. */
static void
conn_batch_add(uint8_t *p, size_t n)
{
	struct iovec *last = &conn_batch.cb_part[conn_batch.cb_nparts];

	if (n == 0)
		return;
	conn_batch.cb_len += n;
	if (conn_batch.cb_nparts > 0 &&
	    (uint8_t *)last[-1].iov_base + last[-1].iov_len == p) {
		last[-1].iov_len += n;
		return;
	}
	*last = (struct iovec){ .iov_base = p, .iov_len = n };
	conn_batch.cb_nparts++;
}

/* n bytes were put where conn_tx has room. */
static void
conn_batch_used(size_t n)
{
	conn_batch_add(conn_tx + conn_batch.cb_used, n);
	conn_batch.cb_used += n;
}

static void
conn_fill_control(struct conn *cn)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;

	if (cn->cn_pong_due) {
		cn->cn_pong_due = false;
		conn_batch_used(eo->eo_control(cn->cn_encap, false,
		    cn->cn_pong_cookie, conn_tx + conn_batch.cb_used,
		    CONN_TX - conn_batch.cb_used));
	}
	if (cn->cn_ping_due) {
		cn->cn_ping_due = false;
		cn->cn_ping_sent = clock_us();
		conn_batch_used(eo->eo_control(cn->cn_encap, true,
		    cn->cn_ping_sent, conn_tx + conn_batch.cb_used,
		    CONN_TX - conn_batch.cb_used));
	}
}

/* Encode a frame; true if it is to be held. */
static bool
conn_fill_frame(struct conn *cn, struct frame *f)
{
	const struct encap_ops *eo = cn->cn_params.cp_encap;
	uint8_t *out = conn_tx + conn_batch.cb_used;
	size_t n = 0, skip = 0, room = CONN_TX - conn_batch.cb_used;
	bool whole = f->f_len > CONN_COPIED &&
	    cn->cn_params.cp_crypto->co_writev != NULL &&
	    (n = eo->eo_head(cn->cn_encap, f, out, room, &skip)) > 0;

	if (!whole)
		n = eo->eo_output(cn->cn_encap, f, out, room);
	if (n == ENCAP_UNSENDABLE)
		return (false);
	conn_batch_used(n);
	if (whole)
		conn_batch_add(f->f_data + skip, f->f_len - skip);
	cn->cn_stats.cs_tx_frames++;
	cn->cn_stats.cs_tx_bytes += f->f_len;
	return (whole);
}

/* Encode frames until there is enough for a write; false: there is nothing. */
static bool
conn_fill(struct conn *cn)
{
	struct frame *f;

	conn_batch.cb_nparts = conn_batch.cb_nheld = 0;
	conn_batch.cb_used = conn_batch.cb_len = 0;
	conn_fill_control(cn);
	while (conn_batch.cb_len < cn->cn_gather &&
	    (f = cn->cn_ch->ch_pull(cn, cn->cn_arg)) != NULL)
		if (conn_fill_frame(cn, f))
			conn_batch.cb_held[conn_batch.cb_nheld++] = f;
		else
			frame_free(f);
	return (conn_batch.cb_len > 0);
}

/* Send what was encoded, if the tunnel is still there, and let it go. */
static bool
conn_send_batch(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	const struct iovec *part = conn_batch.cb_part;
	enum conn_sent sent = CONN_BROKEN;
	enum crypto_result cr;
	size_t n;
	unsigned int i;

	if (cn->cn_state == CONN_OPEN && conn_batch.cb_nparts == 1)
		sent = conn_write(cn, part->iov_base, part->iov_len);
	else if (cn->cn_state == CONN_OPEN) {
		cr = co->co_writev(cn->cn_crypto, part, conn_batch.cb_len, &n);
		sent = conn_wrote(cn, cr, n);
	}
	for (i = 0; i < conn_batch.cb_nheld; i++)
		frame_free(conn_batch.cb_held[i]);
	return (sent == CONN_SENT);
}

/* Send until there is nothing more, no room, or others must have a turn. */
static void
conn_push_round(struct conn *cn)
{
	size_t total = 0;

	while (conn_fill(cn) && conn_send_batch(cn))
		if ((total += conn_batch.cb_len) >= CONN_PUSH_ROUND) {
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
	return (cn->cn_state == CONN_OPEN && !cn->cn_paused &&
	    total < CONN_READ_ROUND &&
	    (n >= CONN_RECORD ||
		cn->cn_params.cp_crypto->co_pending(cn->cn_crypto)));
}

bool
conn_receive(struct conn *cn)
{
	const struct crypto_ops *co = cn->cn_params.cp_crypto;
	enum crypto_result cr;
	size_t n, total = 0;

	if (cn->cn_paused)
		return (true);
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
