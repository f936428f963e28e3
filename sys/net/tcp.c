/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "net/tcp.h"

void
tcp_options(int fd)
{
	static const struct {
		int to_level, to_name, to_value;
	} opts[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP_LOWAT },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 30 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 10 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, TCP_DEAD },
	};
	size_t i;

	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
		(void)setsockopt(fd, opts[i].to_level, opts[i].to_name,
		    &opts[i].to_value, sizeof(opts[i].to_value));
}

void
tcp_lowat(int fd, int bytes)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes,
	    sizeof(bytes));
}

bool
tcp_rto_max(int fd, int ms)
{
	/* Linux 6.15; older headers have no name for it */
	enum { RTO_MAX_MS = 44 };

	return (setsockopt(fd, IPPROTO_TCP, RTO_MAX_MS, &ms, sizeof(ms)) == 0);
}

void
tcp_user_timeout(int fd, int ms)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

int
tcp_congestion(int fd, const char *setting)
{
	if (setting[0] == '\0' || strcmp(setting, "system") == 0)
		return (0);
	if (strcmp(setting, "auto") == 0)
		setting = "cubic";
	return (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, setting,
	    (socklen_t)strlen(setting)));
}

void
tcp_most(int fd, uint64_t rate)
{
	unsigned long most = rate == 0 ? ~0UL : (unsigned long)rate;

	(void)setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &most,
	    sizeof(most));
}

void
tcp_window(int fd, uint32_t bytes)
{
	int n = (int)bytes;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &n, sizeof(n));
}
