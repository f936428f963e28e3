/* SPDX-License-Identifier: ISC */
/*
 * if_guard: keeps the box's own IP stack from taking addresses or routes
 * from a virtual NIC that shares its bridge: DHCP replies, router
 * advertisements, and ARP or neighbour advertisements for the gateway that
 * come in by the virtual NIC do not reach the box itself (the LAN's hosts
 * they may reach; that is stay_local's business).  On Linux an nftables
 * table of the bridge family, "longwire_NAME", hook input.
 */
#ifndef NET_IF_GUARD_H
#define NET_IF_GUARD_H

#include <stddef.h>

struct stay_gateway;

/*
 * Install or replace the rules for virtual NIC `ifname` with `n` gateways.
 * 0, or -1 with a sentence in err.
 */
int guard_set(const char *ifname, const struct stay_gateway *gw, unsigned int n,
    char *err, size_t size);
/* Remove them; nothing to remove is no error. */
void guard_clear(const char *ifname);

#endif
