/* SPDX-License-Identifier: ISC */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "net/tcp_path.h"

static uint32_t
flight(const struct tcp_info *ti)
{
	uint32_t gone = ti->tcpi_sacked + ti->tcpi_lost;

	return ((ti->tcpi_unacked > gone ? ti->tcpi_unacked - gone : 0) +
	    ti->tcpi_retrans);
}

bool
tcp_path(int fd, struct tcp_path *tp)
{
	struct tcp_info ti = { .tcpi_state = 0 };
	socklen_t len = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1 ||
	    len < offsetof(struct tcp_info, tcpi_bytes_sent) +
		    sizeof(ti.tcpi_bytes_sent))
		return (false);
	*tp = (struct tcp_path){ .tp_rtt_us = ti.tcpi_rtt,
		.tp_least_us =
		    ti.tcpi_min_rtt == UINT32_MAX ? 0 : ti.tcpi_min_rtt,
		.tp_rto_us = ti.tcpi_rto,
		.tp_rate = ti.tcpi_delivery_rate,
		.tp_limited = ti.tcpi_delivery_rate_app_limited != 0,
		.tp_mss = ti.tcpi_snd_mss,
		.tp_window = ti.tcpi_snd_cwnd,
		.tp_threshold = ti.tcpi_snd_ssthresh,
		.tp_unacked = ti.tcpi_unacked,
		.tp_flight = flight(&ti),
		.tp_unsent = ti.tcpi_notsent_bytes,
		.tp_sent = ti.tcpi_bytes_sent,
		.tp_segments = ti.tcpi_data_segs_out,
		.tp_delivered = ti.tcpi_delivered,
		.tp_acked = ti.tcpi_bytes_acked,
		.tp_received = ti.tcpi_bytes_received,
		.tp_busy_us = ti.tcpi_busy_time,
		.tp_retransmits = ti.tcpi_total_retrans,
		.tp_open =
		    ti.tcpi_ca_state == TCP_CA_Open && ti.tcpi_retransmits == 0,
		.tp_repairs = ti.tcpi_ca_state >= TCP_CA_Recovery };
	return (true);
}

bool
tcp_unacked(int fd, uint64_t *bytes)
{
	int n;

	if (ioctl(fd, SIOCOUTQ, &n) == -1 || n < 0)
		return (false);
	*bytes = (uint64_t)n;
	return (true);
}
