/* SPDX-License-Identifier: ISC */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "net/tcp_path.h"

bool
tcp_path(int fd, struct tcp_path *tp)
{
	struct tcp_info ti = { .tcpi_state = 0 };
	socklen_t len = sizeof(ti);
	int unacked;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1 ||
	    len < offsetof(struct tcp_info, tcpi_delivery_rate) +
		    sizeof(ti.tcpi_delivery_rate) ||
	    ioctl(fd, SIOCOUTQ, &unacked) == -1 || unacked < 0)
		return (false);
	tp->tp_rtt_us = ti.tcpi_min_rtt != 0 && ti.tcpi_min_rtt != UINT32_MAX ?
	    ti.tcpi_min_rtt :
	    ti.tcpi_rtt;
	tp->tp_waits_us =
	    ti.tcpi_rtt > tp->tp_rtt_us ? ti.tcpi_rtt - tp->tp_rtt_us : 0;
	tp->tp_rate = ti.tcpi_delivery_rate;
	tp->tp_lost = ti.tcpi_total_retrans;
	tp->tp_limited = ti.tcpi_delivery_rate_app_limited != 0;
	tp->tp_unacked = (uint64_t)unacked;
	return (true);
}
