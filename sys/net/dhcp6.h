/* SPDX-License-Identifier: ISC */
/*
 * dhcp6: the addresses that a DHCPv6 message (RFC 8415) is about, of IA_NA
 * and IA_TA, also where relays have wrapped it.  Pure; takes hostile input.
 */
#ifndef NET_DHCP6_H
#define NET_DHCP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DHCP6_SOLICIT = 1,
	DHCP6_ADVERTISE = 2,
	DHCP6_REQUEST = 3,
	DHCP6_CONFIRM = 4,
	DHCP6_RENEW = 5,
	DHCP6_REBIND = 6,
	DHCP6_REPLY = 7,
	DHCP6_RELEASE = 8,
	DHCP6_DECLINE = 9,
	DHCP6_INFORMATION = 11,
	DHCP6_RELAY_FORW = 12,
	DHCP6_RELAY_REPL = 13
};

/* Pointers go into the message. */
struct dhcp6 {
	uint8_t dh_type;		/* of the innermost message */
	const uint8_t *dh_peer;		/* its client's address, where a
					   relay says it; or NULL */
	const uint8_t *dh_options;
	size_t dh_len;
};

/* Whether it is what a client or a relay sends to servers. */
bool dhcp6_to_server(uint8_t type);
/* False when it is cut short, or wrapped more often than relays may. */
bool dhcp6_parse(const uint8_t *p, size_t len, struct dhcp6 *dh);
/* Whether it names the server that it is of (21.3). */
bool dhcp6_has_server(const struct dhcp6 *dh);
/*
 * The next address, and for how many seconds it is given; begin with zeroes.
 * False behind the last, or where an option is longer than what it is in.
 */
struct dhcp6_walk {
	size_t dw_at;			/* of dh_options */
	size_t dw_end;			/* of the IA that it is in, or 0 */
};
bool dhcp6_next(const struct dhcp6 *dh, struct dhcp6_walk *dw,
    const uint8_t **addr, uint32_t *seconds);

#endif
