/* SPDX-License-Identifier: ISC */
/*
 * frame: whether frames pass from one interface to another, such as from a
 * virtual cable into a bridge to the bridge itself.  As its address is the
 * frame's destination, nobody else on the bridge gets it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/bytes.h"

#include "probe.h"

enum {
	ETHERTYPE_LOCAL = 0x88b5,	/* IEEE 802: for local experiments */
	NONCE = 16,
	PACKET = ETH_ZLEN,
	TRIES = 10,
	WAIT_MS = 300
};

/* A socket for frames of our type on an interface, and its address. */
static int
open_interface(const char *name, uint8_t mac[ETH_ALEN])
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	struct ifreq ifr = { 0 };
	int fd;

	sll.sll_protocol = htons(ETHERTYPE_LOCAL);
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    htons(ETHERTYPE_LOCAL));
	if (fd == -1)
		return (-1);
	sll.sll_ifindex = (int)if_nametoindex(name);
	if (sll.sll_ifindex == 0 || ioctl(fd, SIOCGIFHWADDR, &ifr) == -1 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1) {
		close(fd);
		return (-1);
	}
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return (fd);
}

/* Whether that very frame comes before it takes too long. */
static bool
arrives(int fd, const uint8_t *packet)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t buf[2048];
	ssize_t n;

	while (poll(&pfd, 1, WAIT_MS) == 1) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n >= PACKET && memcmp(buf, packet, PACKET) == 0)
			return (true);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return (false);
	}
	return (false);
}

static bool
exchange(int out, int in, const uint8_t *packet)
{
	int i;

	/* a cable that was just plugged in may take a moment */
	for (i = 0; i < TRIES; i++) {
		if (send(out, packet, PACKET, 0) == PACKET &&
		    arrives(in, packet))
			return (true);
		(void)poll(NULL, 0, 50);
	}
	return (false);
}

int
probe_frame(const char *from, const char *to, char *err, size_t size)
{
	uint8_t packet[PACKET] = { 0 };
	int in, out = -1, rv = -1;

	if ((in = open_interface(to, packet)) == -1)
		snprintf(err, size, "%s: %s", to, strerror(errno));
	else if ((out = open_interface(from, packet + ETH_ALEN)) == -1)
		snprintf(err, size, "%s: %s", from, strerror(errno));
	else {
		put16(packet + 2 * ETH_ALEN, ETHERTYPE_LOCAL);
		arc4random_buf(packet + ETH_HLEN, NONCE);
		if (exchange(out, in, packet))
			rv = 0;
		else
			snprintf(err, size, "no frame passes from %s to %s",
			    from, to);
	}
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	return (rv);
}
