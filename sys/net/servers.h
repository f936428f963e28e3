/* SPDX-License-Identifier: ISC */
/*
 * servers: who gives addresses and ways out on either side of a virtual NIC:
 * DHCP servers, by their offers (RFC 2131), IPv6 routers, by their
 * advertisements (RFC 4861), and DHCPv6 servers, by what they answer (RFC
 * 8415).  Pure; takes hostile input.  Bounded for each side and kind, so that a
 * flood of one cannot hide who else there is.
 */
#ifndef NET_SERVERS_H
#define NET_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/inspect.h"

enum server_kind { SERVER_DHCP, SERVER_ROUTER6, SERVER_DHCP6, SERVER_KINDS };

/* Of a kind on one side, and in all. */
enum { SERVERS_EACH = 8, SERVERS_MAX = 2 * SERVER_KINDS * SERVERS_EACH };

struct server {
	bool se_far;			/* behind the tunnel, else on the LAN */
	enum server_kind se_kind;
	uint8_t se_addr[16];		/* its own; IPv4: the first 4 */
	uint8_t se_mac[6];
};

struct servers {
	unsigned int sv_n;
	struct server sv_list[SERVERS_MAX];
};

/* Whether it is an OFFER or ACK of a DHCP server. */
bool servers_is_dhcp(const struct inspect *in);
/*
 * Learn from a frame of that side who serves there.  True when that is new;
 * one that was known on the other side has moved, and a router that says that
 * it is none any more (lifetime 0) is not kept.  What hosts would not believe
 * (RFC 4861, 6.1.2; RFC 8415, 16.3, 16.10) is no find, and what has no room is
 * not kept.
 */
bool servers_learn(struct servers *sv, bool far, const struct inspect *in);
void servers_forget(struct servers *sv);
/* 4 or 6, of its address. */
int servers_family(enum server_kind kind);
/* The first, or the one behind se, of a side and kind; NULL: none. */
const struct server *servers_next(const struct servers *sv, bool far,
    enum server_kind kind, const struct server *se);
/* The one of a side that has this address; NULL: none. */
const struct server *servers_find(const struct servers *sv, bool far,
    enum server_kind kind, const uint8_t *addr);

#endif
