/* SPDX-License-Identifier: ISC */
/*
 * The congestion control of the outer socket, and how much may wait in front
 * of it.  While frames are sent the path is looked at twice a second, a first
 * slow start and the ceiling of BBR every CEILING_SAMPLE; who sends nothing
 * has no timer of this.  What is no TCP socket (a test's, or a proxy's pump)
 * and a kernel without the algorithm stay as they are.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "kern/clock.h"
#include "kern/log.h"
#include "net/tcp.h"
#include "net/tcp_path.h"
#include "tunnel/conn_impl.h"

/* The kernel counts small segments as if they were full ones. */
static uint64_t
conn_path_rate(const struct conn *cn, const struct tcp_path *tp)
{
	uint32_t mean = cn->cn_ceiling.ce_mean;

	if (mean == 0 || mean >= tp->tp_mss)
		return (tp->tp_rate);
	return (tp->tp_rate / tp->tp_mss * mean);
}

/*
 * Of n bytes of the kernel's at least a fifth is the stream's: a record of one
 * frame without data, its headers compressed, is the worst, six of 28 bytes.
 * What TLS itself has not passed on yet blocks the connection, so nothing is
 * sure then.
 */
bool
conn_path(const struct conn *cn, struct conn_path *cp)
{
	uint64_t wire = cn->cn_stats.cs_tx_wire, n;
	struct tcp_path tp;
	uint32_t least;

	if (!tcp_path(cn->cn_fd, &tp) || !tcp_unacked(cn->cn_fd, &n))
		return (false);
	if (n > wire)
		n = wire;
	least = tp.tp_least_us != 0 ?
	    ceiling_shortest(&cn->cn_ceiling, tp.tp_least_us) :
	    tp.tp_rtt_us;
	*cp = (struct conn_path){ .cp_rtt_us = least,
		.cp_waits_us = tp.tp_rtt_us > least ? tp.tp_rtt_us - least : 0,
		.cp_rate = conn_path_rate(cn, &tp),
		.cp_lost = tp.tp_retransmits,
		.cp_limited = tp.tp_limited,
		.cp_bbr = conn_has_bbr(cn),
		.cp_wants_bbr = cn->cn_path.pa_bbr,
		.cp_idle = n == 0 && !cn->cn_blocked,
		.cp_acked_least = cn->cn_blocked ? 0 : wire - n,
		.cp_acked_most = wire - n / 5 };
	return (true);
}

/* Fresh figures for cn_stats; false without TCP. */
static bool
conn_path_info(struct conn *cn, struct path_sample *ps)
{
	struct conn_stats *cs = &cn->cn_stats;
	socklen_t namelen = sizeof(cs->cs_congestion) - 1;
	struct tcp_path tp;

	if (!tcp_path(cn->cn_fd, &tp) ||
	    getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_CONGESTION,
		cs->cs_congestion, &namelen) == -1)
		return (false);
	cs->cs_tcp_rtt_us = tp.tp_rtt_us;
	cs->cs_retransmits = tp.tp_retransmits;
	*ps = (struct path_sample){
		.ps_now = clock_ms(),
		.ps_segments = tp.tp_segments,
		.ps_bytes = tp.tp_sent,
		.ps_retransmits = tp.tp_retransmits,
		.ps_rate = conn_path_rate(cn, &tp),
		.ps_min_rtt = ceiling_shortest(&cn->cn_ceiling, tp.tp_least_us),
		.ps_rtt = tp.tp_rtt_us,
		.ps_limited = tp.tp_limited,
	};
	return (true);
}

/*
 * Unsent bytes in the socket, and those gathered for one write, wait where
 * nobody can let a voice packet pass: no more of either than the line sends
 * in CONN_AHEAD.  A rate that was limited by us may only raise it.
 */
static void
conn_path_ahead(struct conn *cn, const struct path_sample *ps)
{
	uint64_t ahead = ps->ps_rate * CONN_AHEAD / 1000;

	if (ahead < CONN_GATHER_MIN)
		ahead = CONN_GATHER_MIN;
	if (ahead > CONN_GATHER)
		ahead = CONN_GATHER;
	if (ahead == cn->cn_gather || ps->ps_rate == 0 ||
	    (ps->ps_limited && ahead < cn->cn_gather))
		return;
	cn->cn_gather = ahead;
	tcp_lowat(cn->cn_fd, (int)ahead);
}

/*
 * Headers are compressed where that makes more room than work: beyond the LAN,
 * on what is no faster than one.
 */
static void
conn_path_compress(struct conn *cn, const struct path_sample *ps)
{
	cn->cn_params.cp_encap->eo_compress(cn->cn_encap,
	    ps->ps_min_rtt >= CONN_COMPRESS_RTT && ps->ps_rate < PATH_FAST);
}

/*
 * After an outage nothing is sent until a timer is over that doubled all the
 * time: no longer than CONN_RTO, but where round trips are long.
 */
static void
conn_path_rto(struct conn *cn)
{
	uint32_t ms = 4 * (cn->cn_stats.cs_tcp_rtt_us / 1000);

	if (ms < CONN_RTO)
		ms = CONN_RTO;
	if (ms > CONN_RTO_MAX)
		ms = CONN_RTO_MAX;
	if (cn->cn_rto >= ms && cn->cn_rto <= 2 * ms)
		return;
	cn->cn_rto = ms;
	cn->cn_rto_held = tcp_rto_max(cn->cn_fd, (int)ms);
}

bool
conn_path_steers(const struct conn *cn)
{
	const char *name = cn->cn_params.cp_congestion;

	return (conn_has_bbr(cn) && name[0] != '\0' &&
	    strcmp(name, "system") != 0);
}

int
conn_path_mild(struct conn *cn)
{
	if (tcp_congestion(cn->cn_fd, "cubic") == 0)
		return (0);
	return (tcp_congestion(cn->cn_fd, "reno"));
}

/* BBR begins anew where it takes the place of another. */
static void
conn_path_anew(struct conn *cn)
{
	const char *name = cn->cn_params.cp_congestion;

	if ((!cn->cn_path_auto && strcmp(name, "bbr") != 0) ||
	    tcp_congestion(cn->cn_fd, "reno") == -1 ||
	    tcp_congestion(cn->cn_fd, "bbr") == 0)
		return;
	/* it may be kept, but not chosen */
	cn->cn_path_auto = false;
	(void)conn_path_mild(cn);
	conn_path_refresh(cn);
}

/*
 * BBR fills the line's queue, so it has a ceiling: see ceiling.h.  The kernel
 * would say how fast it paces, but not what of it waits.
 */
static uint64_t
conn_path_look_ceiling(struct conn *cn, const struct tcp_path *tp)
{
	const struct ceiling_sample cs = { .cs_now = clock_us(),
		.cs_sent = tp->tp_sent,
		.cs_segments = tp->tp_segments,
		.cs_delivered = tp->tp_delivered,
		.cs_received = tp->tp_received,
		.cs_busy = tp->tp_busy_us,
		.cs_rtt = tp->tp_rtt_us,
		.cs_min_rtt = tp->tp_least_us,
		.cs_flight = tp->tp_flight,
		.cs_unsent = tp->tp_unsent,
		.cs_limited = !cn->cn_blocked,
		.cs_repairs = tp->tp_repairs };
	uint64_t rate = ceiling_look(&cn->cn_ceiling, &cs);

	if (ceiling_anew(&cn->cn_ceiling))
		conn_path_anew(cn);
	return (rate);
}

static void
conn_path_ceiling(struct conn *cn)
{
	struct tcp_path tp;
	uint64_t rate = 0;

	if (cn->cn_outage)
		return;
	if (conn_path_steers(cn)) {
		if (!tcp_path(cn->cn_fd, &tp) || tp.tp_least_us == 0)
			return;
		conn_outage_watch(cn, tp.tp_rtt_us, tp.tp_rto_us);
		rate = conn_path_look_ceiling(cn, &tp);
	} else {
		memset(&cn->cn_ceiling, 0, sizeof(cn->cn_ceiling));
		if (!cn->cn_rto_held)
			conn_outage_watch(cn, 0, CONN_RTO * 1000);
	}
	if (rate != cn->cn_most) {
		tcp_most(cn->cn_fd, rate);
		cn->cn_most = rate;
	}
}

/*
 * Change to what suits the path, through which `rate` bytes a second came;
 * without the kernel's leave never again.
 */
static void
conn_path_choose(struct conn *cn, uint64_t rate)
{
	const struct path *pa = &cn->cn_path;
	bool anew = !conn_has_bbr(cn);

	if ((pa->pa_bbr ? tcp_congestion(cn->cn_fd, "bbr") :
			  conn_path_mild(cn)) == -1) {
		cn->cn_path_auto = false;
		return;
	}
	conn_path_refresh(cn);
	log_debug("%s: congestion control %s", cn->cn_peer,
	    cn->cn_stats.cs_congestion);
	if (!pa->pa_full || !anew)
		return;
	ceiling_begin(&cn->cn_ceiling, rate > pa->pa_rate ? rate : pa->pa_rate);
	conn_path_ceiling(cn);
}

/*
 * Looked at often, as it ends within some round trips, but not while next to
 * nothing is sent.
 */
static void
conn_path_look_start(struct conn *cn)
{
	uint64_t wire = cn->cn_stats.cs_tx_wire;
	struct tcp_path tp;

	if (cn->cn_path.pa_started || !cn->cn_path_auto ||
	    wire - cn->cn_start_wire < CONN_START_LOOK ||
	    !tcp_path(cn->cn_fd, &tp))
		return;
	cn->cn_start_wire = wire;
	if (path_look_start(&cn->cn_path,
		&(struct path_start){ .pt_window = tp.tp_window,
		    .pt_threshold = tp.tp_threshold,
		    .pt_retransmits = tp.tp_retransmits,
		    .pt_min_rtt = tp.tp_least_us }))
		conn_path_choose(cn, 0);
}

void
conn_path_start(struct conn *cn)
{
	const char *name = cn->cn_params.cp_congestion;

	path_init(&cn->cn_path);
	cn->cn_path_tcp = true;
	cn->cn_path_auto = strcmp(name, "auto") == 0;
	if (cn->cn_path_auto)
		(void)conn_path_mild(cn);
	else if (tcp_congestion(cn->cn_fd, name) == -1 &&
	    (errno == EPERM || errno == ENOENT))
		log_warn("%s: congestion control %s", cn->cn_peer, name);
}

void
conn_path_sent(struct conn *cn)
{
	uint64_t now = clock_ms();
	struct path_sample ps;

	if (!cn->cn_path_tcp)
		return;
	if (now - cn->cn_ceiling_last >= CEILING_SAMPLE / 1000) {
		cn->cn_ceiling_last = now;
		conn_path_look_start(cn);
		conn_path_ceiling(cn);
	}
	if (now - cn->cn_path_last < PATH_SAMPLE_MS)
		return;
	cn->cn_path_last = now;
	if (!conn_path_info(cn, &ps)) {
		cn->cn_path_tcp = false;
		return;
	}
	conn_path_ahead(cn, &ps);
	conn_path_compress(cn, &ps);
	conn_path_rto(cn);
	if (!cn->cn_outage && path_look(&cn->cn_path, &ps) && cn->cn_path_auto)
		conn_path_choose(cn, ps.ps_rate);
}

void
conn_path_refresh(struct conn *cn)
{
	struct path_sample ps;

	(void)conn_path_info(cn, &ps);
}
