/* SPDX-License-Identifier: ISC */
/*
 * if_bridge: the kernel's bridge, interfaces and routes; rtnetlink through
 * libmnl in if_bridge_linux.c and if_route_linux.c.  Privileged parents only.
 * All functions return 0, or -1 with errno, unless they say otherwise.
 */
#ifndef NET_IF_BRIDGE_H
#define NET_IF_BRIDGE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Create the bridge unless it exists (no STP, no multicast snooping: every
 * frame passes as on one wire), and bring it up.  EEXIST when something else
 * has that name.
 */
int bridge_create(const char *bridge);
bool bridge_exists(const char *bridge);
/*
 * Make `port` a member of `bridge` (moving it if need be).  A bridge that has
 * ports already is made to keep its MAC address, which would otherwise become
 * the lowest of its ports'.  The port will make no IPv6 address of its own;
 * call this before bringing a tap up.
 */
int bridge_add(const char *bridge, const char *port);
/* Take `port` out of whatever bridge it is in. */
int bridge_remove(const char *port);
/* The bridge that `port` is in; empty string when in none. */
int bridge_of(const char *port, char bridge[IF_NAMESIZE]);

int if_get_mac(const char *name, uint8_t mac[6]);

#endif
