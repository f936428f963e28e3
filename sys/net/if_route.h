/* SPDX-License-Identifier: ISC */
/*
 * if_route: what the routing table says, for the rules of two real offices:
 * the tunnel's own connection leaves by a physical uplink, never by a virtual
 * NIC.  rtnetlink through libmnl in if_route_linux.c; reading needs no
 * privilege but is done by the parent.
 */
#ifndef NET_IF_ROUTE_H
#define NET_IF_ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A default gateway found in the main table. */
struct route_gateway {
	int rg_family;			/* AF_INET or AF_INET6 */
	uint8_t rg_addr[16];
	char rg_ifname[IF_NAMESIZE];
};

/*
 * Fill up to max; returns how many, -1 with errno.  The same address may
 * stand more than once.
 */
int route_gateways(struct route_gateway *out, int max);
/*
 * The interface by which `to` is best reached (longest prefix, then lowest
 * metric, in the main table), leaving out the interfaces named in the
 * NULL-terminated list `except` (may be NULL) and those that are down or
 * without carrier.  An address of this machine's own is reached by "lo".
 * 0 with ifname set; -1, errno ENETUNREACH, when there is none.
 */
int route_lookup(const struct sockaddr *to, const char *const *except,
    char ifname[IF_NAMESIZE]);

/*
 * A netlink socket that becomes readable when links, addresses or routes
 * change; route_monitor_read() empties it, true when anything was there.
 */
int route_monitor_open(void);
bool route_monitor_read(int fd);

#endif
