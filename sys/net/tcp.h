/* SPDX-License-Identifier: ISC */
/*
 * tcp: the options of a TCP socket that carries a tunnel, whoever holds it:
 * a connection itself, or the pump of a proxy's TLS or SSH that stands
 * before it.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TCP_LOWAT = 128 << 10,	/* TCP_NOTSENT_LOWAT */
	TCP_DEAD = 60000	/* ms, TCP_USER_TIMEOUT */
};

/*
 * No delay, little that waits unsent, and a dead path noticed within a
 * minute.  What is no TCP socket stays as it is.
 */
void tcp_options(int fd);

/* TCP_NOTSENT_LOWAT in bytes, by itself. */
void tcp_lowat(int fd, int bytes);

/*
 * The longest time between two retransmissions; false where the kernel does
 * not know such a thing (Linux before 6.15).
 */
bool tcp_rto_max(int fd, int ms);

/*
 * The connection dies if so long after the first retransmission nothing was
 * acknowledged (RFC 5482).  A retransmission is never put off beyond that.
 */
void tcp_user_timeout(int fd, int ms);

/*
 * Begin with the congestion control of a setting: "auto" begins with cubic,
 * "system" and "" leave the socket alone, else the kernel's name for one.  Of
 * a listening socket its connections inherit it.  0, or -1 with errno: EPERM
 * where the kernel lets only root have it.
 */
int tcp_congestion(int fd, const char *setting);

/* Send no faster than so many bytes a second; 0: no limit. */
void tcp_most(int fd, uint64_t rate);

/* Bytes that the other side may have under way to the socket, at most. */
void tcp_window(int fd, uint32_t bytes);

#endif
