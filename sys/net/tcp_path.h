/* SPDX-License-Identifier: ISC */
/*
 * tcp_path: what the kernel knows of the path of a TCP connection.
 */
#ifndef NET_TCP_PATH_H
#define NET_TCP_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_path {
	uint32_t tp_rtt_us;	/* least of the last minutes */
	uint32_t tp_waits_us;	/* by which it is longer now */
	uint64_t tp_rate;	/* delivered, bytes a second; 0 not known */
	uint32_t tp_lost;	/* segments that were sent again */
	bool tp_limited;	/* it could carry more than tp_rate */
	uint64_t tp_unacked;	/* bytes in the socket not acknowledged */
};

/* false for what is no TCP connection. */
bool tcp_path(int fd, struct tcp_path *tp);

#endif
