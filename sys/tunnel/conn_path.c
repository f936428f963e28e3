/* SPDX-License-Identifier: ISC */
/*
 * The congestion control of the outer socket, and how much may wait in front
 * of it.  Looked at twice a second while frames are sent, never by a timer.
 * What is no TCP socket (a test's, or a proxy's pump) and a kernel without the
 * algorithm stay as they are.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "kern/clock.h"
#include "kern/log.h"
#include "net/tcp.h"
#include "tunnel/conn_impl.h"

/* The kernel counts small segments as if they were full ones. */
static uint64_t
conn_path_rate(const struct conn *cn, const struct tcp_info *ti)
{
	uint32_t mean = cn->cn_ceiling.ce_mean;

	if (mean == 0 || mean >= ti->tcpi_snd_mss)
		return (ti->tcpi_delivery_rate);
	return (ti->tcpi_delivery_rate / ti->tcpi_snd_mss * mean);
}

/* Fresh figures for cn_stats; false without TCP. */
static bool
conn_path_info(struct conn *cn, struct path_sample *ps)
{
	struct conn_stats *cs = &cn->cn_stats;
	socklen_t namelen = sizeof(cs->cs_congestion) - 1;
	struct tcp_info ti;
	socklen_t len = sizeof(ti);

	memset(&ti, 0, sizeof(ti));
	if (getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1 ||
	    getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_CONGESTION,
		cs->cs_congestion, &namelen) == -1)
		return (false);
	cs->cs_tcp_rtt_us = ti.tcpi_rtt;
	cs->cs_retransmits = ti.tcpi_total_retrans;
	*ps = (struct path_sample){
		.ps_now = clock_ms(),
		.ps_segments = ti.tcpi_data_segs_out,
		.ps_bytes = ti.tcpi_bytes_sent,
		.ps_retransmits = ti.tcpi_total_retrans,
		.ps_rate = conn_path_rate(cn, &ti),
		.ps_min_rtt = ti.tcpi_min_rtt,
		.ps_rtt = ti.tcpi_rtt,
		.ps_limited = ti.tcpi_delivery_rate_app_limited,
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
	tcp_rto_max(cn->cn_fd, (int)ms);
}

/* cubic, or reno, which nobody is refused */
static int
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

/* Segments under way, as the kernel counts them (RFC 6675, "pipe"). */
static uint32_t
tcp_flight(const struct tcp_info *ti)
{
	uint32_t gone = ti->tcpi_sacked + ti->tcpi_lost;

	return ((ti->tcpi_unacked > gone ? ti->tcpi_unacked - gone : 0) +
	    ti->tcpi_retrans);
}

/*
 * BBR fills the line's queue, so it has a ceiling: see ceiling.h.  The kernel
 * would say how fast it paces, but not what of it waits.
 */
static void
conn_path_ceiling(struct conn *cn)
{
	struct tcp_info ti = { .tcpi_state = 0 };
	socklen_t len = sizeof(ti);
	struct ceiling_sample cs;
	uint64_t rate = 0;

	if (cn->cn_outage)
		return;
	if (conn_has_bbr(cn)) {
		if (getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_INFO, &ti, &len) ==
			-1 ||
		    ti.tcpi_min_rtt == 0 || ti.tcpi_min_rtt == UINT32_MAX)
			return;
		conn_outage_watch(cn, ti.tcpi_rtt, ti.tcpi_rto);
		cs = (struct ceiling_sample){ .cs_now = clock_us(),
			.cs_sent = ti.tcpi_bytes_sent,
			.cs_segments = ti.tcpi_data_segs_out,
			.cs_delivered = ti.tcpi_delivered,
			.cs_received = ti.tcpi_bytes_received,
			.cs_rtt = ti.tcpi_rtt,
			.cs_min_rtt = ti.tcpi_min_rtt,
			.cs_flight = tcp_flight(&ti),
			.cs_unsent = ti.tcpi_notsent_bytes,
			.cs_limited = !cn->cn_blocked,
			.cs_repairs = ti.tcpi_ca_state >= TCP_CA_Recovery };
		rate = ceiling_look(&cn->cn_ceiling, &cs);
		if (ceiling_anew(&cn->cn_ceiling))
			conn_path_anew(cn);
	} else
		memset(&cn->cn_ceiling, 0, sizeof(cn->cn_ceiling));
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
	struct tcp_info ti = { .tcpi_state = 0 };
	uint64_t wire = cn->cn_stats.cs_tx_wire;
	socklen_t len = sizeof(ti);

	if (cn->cn_path.pa_started || !cn->cn_path_auto ||
	    wire - cn->cn_start_wire < CONN_START_LOOK ||
	    getsockopt(cn->cn_fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1)
		return;
	cn->cn_start_wire = wire;
	if (path_look_start(&cn->cn_path,
		&(struct path_start){ .pt_window = ti.tcpi_snd_cwnd,
		    .pt_threshold = ti.tcpi_snd_ssthresh,
		    .pt_retransmits = ti.tcpi_total_retrans,
		    .pt_min_rtt = ti.tcpi_min_rtt }))
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
