/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "vnicd.h"

/*
 * A port of a bridge has no addresses of its own, but Linux gives it a
 * link-local one all the same and sends MLD and router solicitations from it,
 * which would go through the tunnel.  Absent IPv6 is no error.
 */
void
quiet_port(const char *ifname)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
	    ifname);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return;
	if (write(fd, "1\n", 2) == -1) {
		/* read-only /proc/sys: a little noise, nothing else */
	}
	close(fd);
}
