/* SPDX-License-Identifier: ISC */
/*
 * tcp_open: connections and listening sockets for processes that may wait.
 */
#ifndef NET_TCP_OPEN_H
#define NET_TCP_OPEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Look the host up and connect to the first of its addresses that lets us,
 * within ms each.  The socket, non-blocking, or -1 with a sentence in err
 * that names the host.
 */
int tcp_connect(const char *host, const char *port, int ms, char *err,
    size_t size);
/*
 * Listen at a port on all addresses, IPv6 and IPv4, or IPv4 alone on a
 * machine without IPv6.  The socket, non-blocking, or -1 with errno.
 */
int tcp_listen(uint16_t port, int backlog);

#endif
