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
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "kern/clock.h"
#include "kern/log.h"
#include "net/tcp.h"
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
	OUTAGE_BACK_PART = 16
};

bool
conn_has_bbr(const struct conn *cn)
{
	return (cn->cn_outage ||
	    strncmp(cn->cn_stats.cs_congestion, "bbr", 3) == 0);
}

static uint32_t
within(uint64_t ms, uint32_t least)
{
	if (ms < least)
		return (least);
	return (ms > OUTAGE_LOOK_MAX ? OUTAGE_LOOK_MAX : (uint32_t)ms);
}

/* The next look; us of round trip and of TCP's timeout. */
static void
look_later(struct conn *cn, uint32_t rtt, uint32_t rto)
{
	struct timeval tv = { 0, 0 };
	uint64_t ms;

	if (cn->cn_outage)
		ms = within((clock_us() - cn->cn_outage_since) / 1000 /
			OUTAGE_BACK_PART,
		    OUTAGE_BACK_MIN);
	else
		ms = within(rto > rtt ? (rto - rtt) / 1000 / OUTAGE_PART : 0,
		    OUTAGE_LOOK_MIN);
	tv.tv_usec = (suseconds_t)ms * 1000;
	event_add(&cn->cn_watch, &tv);
}

/* us that data is under way and none of it arrives; 0: it does */
static uint64_t
quiet(struct conn *cn, const struct tcp_info *ti)
{
	uint64_t now = clock_us();

	if (ti->tcpi_bytes_acked != cn->cn_outage_acked ||
	    ti->tcpi_unacked <= OUTAGE_SEGMENTS)
		cn->cn_outage_since = now;
	cn->cn_outage_acked = ti->tcpi_bytes_acked;
	return (now - cn->cn_outage_since);
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
		(void)tcp_congestion(cn->cn_fd, "cubic");
	cn->cn_ceiling.ce_anew = clock_us();
	conn_path_refresh(cn);
}

void
conn_outage_watch(struct conn *cn, uint32_t rtt, uint32_t rto)
{
	if (cn->cn_base == NULL || !conn_has_bbr(cn) ||
	    evtimer_pending(&cn->cn_watch, NULL))
		return;
	cn->cn_outage_since = clock_us();
	look_later(cn, rtt, rto);
}

void
conn_outage_look(struct conn *cn)
{
	struct tcp_info ti = { .tcpi_state = 0 };
	socklen_t len = sizeof(ti);
	uint64_t us;
	bool open;

	if (cn->cn_state != CONN_OPEN || !conn_has_bbr(cn) ||
	    getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1)
		return;
	us = quiet(cn, &ti);
	open = ti.tcpi_ca_state == TCP_CA_Open && ti.tcpi_retransmits == 0;
	if (open && !cn->cn_outage &&
	    us > ((uint64_t)ti.tcpi_rtt + ti.tcpi_rto) / 2)
		begin(cn);
	else if (open && cn->cn_outage && us == 0)
		go_back(cn);
	if (cn->cn_outage || ti.tcpi_unacked > 0)
		look_later(cn, ti.tcpi_rtt, ti.tcpi_rto);
}
