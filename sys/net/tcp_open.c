/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/tcp_open.h"

/* A connection to one address; -1 with errno. */
static int
try_address(const struct addrinfo *ai, int ms)
{
	struct pollfd pf = { .events = POLLOUT };
	int s = socket(ai->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t len = sizeof(error);

	if ((pf.fd = s) == -1)
		return (-1);
	if (connect(s, ai->ai_addr, ai->ai_addrlen) == -1) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (poll(&pf, 1, ms) != 1)
			error = ETIMEDOUT;
		else
			(void)getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &len);
	}
	if (error == 0)
		return (s);
	close(s);
	errno = error;
	return (-1);
}

int
tcp_connect(const char *host, const char *port, int ms, char *err, size_t size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all, *ai;
	int fd = -1, error = getaddrinfo(host, port, &hints, &all);

	if (error != 0) {
		snprintf(err, size, "%s: %s", host, gai_strerror(error));
		return (-1);
	}
	for (ai = all; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = try_address(ai, ms);
	if (fd == -1)
		snprintf(err, size, "%s port %s: %s", host, port,
		    strerror(errno));
	freeaddrinfo(all);
	return (fd);
}

static int
listen_at(int family, const void *addr, socklen_t len, int backlog)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, off = 0, error;

	if (fd == -1)
		return (-1);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof(off));
	if (bind(fd, addr, len) == 0 && listen(fd, backlog) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

int
tcp_listen(uint16_t port, int backlog)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = listen_at(AF_INET6, &v6, sizeof(v6), backlog);

	if (fd != -1 || (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT))
		return (fd);
	return (listen_at(AF_INET, &v4, sizeof(v4), backlog));
}
