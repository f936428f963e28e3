/* SPDX-License-Identifier: ISC */
/*
 * Keep-alive: after a third of the negotiated time without a byte from the
 * peer a ping goes out, and another after the second third; a peer that let
 * the whole time pass is dead.  Nothing is done per frame but noting the
 * time of each read.  A time in which this process itself stood still, as
 * where its machine was paused, is nobody's silence: the peer is asked anew.
 */
#include <stdlib.h>

#include "kern/clock.h"
#include "tunnel/conn_impl.h"

#define STILL_MS 200		/* so much later than it should a timer runs */

/* A third, less up to a tenth of it, so that sessions don't ping at once. */
static uint32_t
conn_alive_silence(const struct conn *cn)
{
	uint32_t third = cn->cn_keepalive / 3;

	return (third - arc4random_uniform(third / 10 + 1));
}

void
conn_alive_start(struct conn *cn, uint32_t seconds)
{
	cn->cn_stats.cs_heard = clock_ms();
	cn->cn_keepalive = seconds * 1000;
	if (seconds == 0)
		return;
	/* The first one measures the round trip. */
	cn->cn_ping_due = true;
	cn->cn_ping_last = cn->cn_stats.cs_heard;
	cn->cn_silence = conn_alive_silence(cn);
	conn_set_timer(cn, cn->cn_silence);
}

void
conn_probe(struct conn *cn, uint32_t ms)
{
	if (cn->cn_state != CONN_OPEN || cn->cn_keepalive == 0 ||
	    cn->cn_probe_ms != 0)
		return;
	cn->cn_probe_ms = ms;
	cn->cn_probe_end = clock_ms() + ms;
	cn->cn_ping_due = true;
	conn_set_timer(cn, ms);
	conn_push(cn);
}

/* Since when the peer has been silent. */
static uint64_t
silent_since(const struct conn *cn)
{
	return (cn->cn_stats.cs_heard > cn->cn_excused ? cn->cn_stats.cs_heard :
							 cn->cn_excused);
}

/* This process stood still for so many ms; what waited may be read already. */
static void
excuse(struct conn *cn, uint64_t ms)
{
	uint64_t now = clock_ms(), since = silent_since(cn) + ms;

	cn->cn_excused = since < now ? since : now;
	cn->cn_probe_end += ms;
	cn->cn_ping_due = true;
	cn->cn_ping_last = now;
}

void
conn_alive_timer(struct conn *cn, uint64_t late)
{
	uint64_t now = clock_ms(), dead, ping, next;

	if (late >= STILL_MS)
		excuse(cn, late);
	if (cn->cn_probe_ms != 0 && now >= cn->cn_probe_end) {
		conn_fail(cn, 0, "no sign of life within %u ms",
		    cn->cn_probe_ms);
		return;
	}
	dead = silent_since(cn) + cn->cn_keepalive;
	if (now >= dead) {
		conn_fail(cn, 0, "nothing heard for %u s",
		    cn->cn_keepalive / 1000);
		return;
	}
	ping = cn->cn_stats.cs_heard > cn->cn_ping_last ?
	    cn->cn_stats.cs_heard :
	    cn->cn_ping_last;
	ping += cn->cn_silence;
	if (now >= ping) {
		cn->cn_ping_due = true;
		cn->cn_ping_last = now;
		cn->cn_silence = conn_alive_silence(cn);
		ping = now + cn->cn_silence;
	}
	next = ping < dead ? ping : dead;
	if (cn->cn_probe_ms != 0 && cn->cn_probe_end < next)
		next = cn->cn_probe_end;
	conn_set_timer(cn, next - now);
	if (cn->cn_ping_due)
		conn_push(cn);
}

void
conn_alive_pong(struct conn *cn, uint64_t cookie)
{
	uint64_t rtt;

	if (cn->cn_ping_sent == 0 || cookie != cn->cn_ping_sent)
		return;
	rtt = clock_us() - cn->cn_ping_sent;
	cn->cn_ping_sent = 0;
	cn->cn_stats.cs_rtt_us = rtt > UINT32_MAX ? UINT32_MAX : (uint32_t)rtt;
}
