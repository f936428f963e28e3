/* SPDX-License-Identifier: ISC */
/*
 * tcp_path: what the kernel knows of a TCP connection and of its path.
 */
#ifndef NET_TCP_PATH_H
#define NET_TCP_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_path {
	uint32_t tp_rtt_us;	/* smoothed, now */
	uint32_t tp_least_us;	/* least of the last minutes; 0 not known */
	uint32_t tp_rto_us;	/* to the next retransmission */
	uint64_t tp_rate;	/* delivered, bytes a second; 0 not known */
	bool tp_limited;	/* it could carry more than tp_rate */
	uint32_t tp_mss;	/* bytes */
	uint32_t tp_window;	/* segments: congestion window, */
	uint32_t tp_threshold;	/* of slow start */
	uint32_t tp_unacked;	/* segments sent and not acknowledged, */
	uint32_t tp_flight;	/* those of them under way (RFC 6675, "pipe") */
	uint32_t tp_unsent;	/* bytes that were never sent */
	/* since the connection began; what was sent again counts twice */
	uint64_t tp_sent;	/* bytes */
	uint64_t tp_segments;	/* with data */
	uint64_t tp_delivered;	/* segments */
	uint64_t tp_acked;	/* bytes */
	uint64_t tp_received;	/* bytes */
	uint64_t tp_busy_us;	/* with something to send or unacknowledged */
	uint32_t tp_retransmits; /* segments */
	bool tp_open;		/* nothing seems lost, no timeout ran out */
	bool tp_repairs;	/* what was lost */
};

/* false for what is no TCP connection. */
bool tcp_path(int fd, struct tcp_path *tp);
/* Bytes given to the socket that are not acknowledged; false likewise. */
bool tcp_unacked(int fd, uint64_t *bytes);

#endif
