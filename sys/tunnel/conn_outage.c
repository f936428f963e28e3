/* SPDX-License-Identifier: ISC */
/*
 * TCP after an outage: what it does when the line comes back.
 *
 * Part of what was under way when the line went had arrived, only its
 * acknowledgement was lost.  So the first retransmission turns out to have
 * been in vain, TCP goes back to what it was, and takes all else for still
 * under way.  BBR, whose shortest round trip has become too old meanwhile, now
 * stops to measure it with four segments.  As more are under way it sends
 * nothing, so nothing is found to be lost, until a timer is over that the
 * outage has made long.  Others go back to the window that they had, send on,
 * and so find out at once.
 *
 * Therefore reno takes the place of BBR from the silence before TCP's first
 * timeout until the connection gets on.  Later would be worse than never: the
 * kernel forgets the window to go back to when one takes another's place.
 *
 * And TCP tries at intervals that double, so the line may be back for as long
 * as it was away before it is tried again.  Linux 6.15 and later can be told
 * the longest interval (cn_rto).  Others put no try off beyond the time at
 * which they would give up, TCP_USER_TIMEOUT: so that is set to cn_rto from
 * now, again and again, until something arrives or it is over at TCP_DEAD.
 */
#include <string.h>

#include "kern/clock.h"
#include "kern/log.h"
#include "net/tcp.h"
#include "net/tcp_path.h"
#include "tunnel/conn_impl.h"

/*
 * Silence is an outage half way between a round trip, within which there is
 * none on a long line either, and TCP's timeout.
 */
enum {
	OUTAGE_SEGMENTS = 4,	/* with no more under way BBR goes on */
	OUTAGE_PART = 6,	/* looks between a round trip and the timeout */
	OUTAGE_LOOK_MIN = 10,	/* ms between two */
	OUTAGE_LOOK_MAX = 500,
	OUTAGE_BACK_MIN = 20,	/* during one: a part of how long it lasts */
	OUTAGE_BACK_PART = 16,
	OUTAGE_STUCK_MIN = 250,	/* ms without progress, and a timeout */
	OUTAGE_STUCK_LOOK = 100	/* ms: far less than CONN_RTO */
};

bool
conn_has_bbr(const struct conn *cn)
{
	return (cn->cn_outage ||
	    strncmp(cn->cn_stats.cs_congestion, "bbr", 3) == 0);
}

static uint32_t
within(uint64_t ms, uint32_t least, uint32_t most)
{
	if (ms < least)
		return (least);
	return (ms > most ? most : (uint32_t)ms);
}

/* The next look; us of round trip and of TCP's timeout. */
static void
look_later(struct conn *cn, uint32_t rtt, uint32_t rto)
{
	uint32_t most = cn->cn_dies_soon ? OUTAGE_STUCK_LOOK : OUTAGE_LOOK_MAX;
	struct timeval tv = { 0, 0 };
	uint64_t ms;

	if (cn->cn_outage)
		ms = within((clock_us() - cn->cn_outage_since) / 1000 /
			OUTAGE_BACK_PART,
		    OUTAGE_BACK_MIN, most);
	else
		ms = within(rto > rtt ? (rto - rtt) / 1000 / OUTAGE_PART : 0,
		    OUTAGE_LOOK_MIN, most);
	tv.tv_usec = (suseconds_t)ms * 1000;
	event_add(&cn->cn_watch, &tv);
}

/* Since when data is under way and none of it arrives. */
static void
look_at_progress(struct conn *cn, const struct tcp_path *tp, uint64_t now)
{
	bool moved = tp->tp_acked != cn->cn_outage_acked;

	if (moved || tp->tp_unacked <= OUTAGE_SEGMENTS)
		cn->cn_outage_since = now;
	if (moved || tp->tp_unacked == 0)
		cn->cn_stuck_since = now;
	cn->cn_outage_acked = tp->tp_acked;
}

/* TCP is to try again within cn_rto, where the kernel does not see to it. */
static void
try_again_soon(struct conn *cn, const struct tcp_path *tp, uint64_t now)
{
	uint64_t ms = (now - cn->cn_stuck_since) / 1000;
	bool stuck = ms >= OUTAGE_STUCK_MIN && ms >= tp->tp_rto_us / 1000;

	if (cn->cn_rto_held || cn->cn_rto == 0 || (!stuck && !cn->cn_dies_soon))
		return;
	cn->cn_dies_soon = ms > 0 && ms < TCP_DEAD;
	tcp_user_timeout(cn->cn_fd,
	    cn->cn_dies_soon ? (int)(ms + cn->cn_rto) : TCP_DEAD);
}

static void
begin(struct conn *cn)
{
	if (tcp_congestion(cn->cn_fd, "reno") == -1)
		return;
	cn->cn_outage = true;
	log_debug("%s: nothing arrives, an outage", cn->cn_peer);
}

/* Where BBR is refused now, cubic is next to it. */
static void
go_back(struct conn *cn)
{
	cn->cn_outage = false;
	log_debug("%s: the outage is over", cn->cn_peer);
	if (tcp_congestion(cn->cn_fd, "bbr") == -1)
		(void)conn_path_mild(cn);
	cn->cn_ceiling.ce_anew = clock_us();
	conn_path_refresh(cn);
}

/* reno for BBR, while nothing arrives */
static void
look_for_outage(struct conn *cn, const struct tcp_path *tp, uint64_t now)
{
	uint64_t us = now - cn->cn_outage_since;
	uint64_t most = ((uint64_t)tp->tp_rtt_us + tp->tp_rto_us) / 2;

	if (!tp->tp_open || !conn_path_steers(cn))
		return;
	if (!cn->cn_outage && us > most)
		begin(cn);
	else if (cn->cn_outage && us == 0)
		go_back(cn);
}

void
conn_outage_watch(struct conn *cn, uint32_t rtt, uint32_t rto)
{
	if (cn->cn_base == NULL || evtimer_pending(&cn->cn_watch, NULL))
		return;
	cn->cn_outage_since = cn->cn_stuck_since = clock_us();
	look_later(cn, rtt, rto);
}

void
conn_outage_look(struct conn *cn)
{
	uint64_t now = clock_us();
	struct tcp_path tp;

	if (cn->cn_state != CONN_OPEN || !tcp_path(cn->cn_fd, &tp))
		return;
	look_at_progress(cn, &tp, now);
	look_for_outage(cn, &tp, now);
	try_again_soon(cn, &tp, now);
	if (cn->cn_outage || cn->cn_dies_soon ||
	    (tp.tp_unacked > 0 && (conn_path_steers(cn) || !cn->cn_rto_held)))
		look_later(cn, tp.tp_rtt_us, tp.tp_rto_us);
}
