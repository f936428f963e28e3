/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/dhcp6.h"

enum {
	HEAD = 4,			/* type and transaction (8415, 8) */
	RELAY_HEAD = 34,		/* type, hops, link, peer (9) */
	RELAY_PEER = 18,
	RELAYS_MAX = 9,			/* HOP_COUNT_LIMIT, and the first */
	OPTION_HEAD = 4,		/* code and length (21.1) */
	SERVERID = 2,
	IA_NA = 3,
	IA_NA_FIXED = 12, /* IAID, T1, T2 (21.4) */
	IA_TA = 4,
	IA_TA_FIXED = 4,
	IAADDR = 5,
	IAADDR_FIXED = 24, /* address, lifetimes (21.6) */
	IAADDR_VALID = 20,
	RELAY_MSG = 9,
	STATUS = 13
};

struct option {
	uint16_t op_code;
	size_t op_len;
	const uint8_t *op_value;
};

/* The one at *at, which goes on behind it; false if there is none. */
static bool
option_at(const uint8_t *p, size_t end, size_t *at, struct option *op)
{
	if (end - *at < OPTION_HEAD)
		return (false);
	op->op_code = get16(p + *at);
	op->op_len = get16(p + *at + 2);
	if (end - *at - OPTION_HEAD < op->op_len)
		return (false);
	op->op_value = p + *at + OPTION_HEAD;
	*at += OPTION_HEAD + op->op_len;
	return (true);
}

static bool
find_option(const uint8_t *p, size_t len, uint16_t code, struct option *op)
{
	size_t at = 0;

	while (option_at(p, len, &at, op))
		if (op->op_code == code)
			return (true);
	return (false);
}

bool
dhcp6_to_server(uint8_t type)
{
	switch (type) {
	case DHCP6_SOLICIT:
	case DHCP6_REQUEST:
	case DHCP6_CONFIRM:
	case DHCP6_RENEW:
	case DHCP6_REBIND:
	case DHCP6_RELEASE:
	case DHCP6_DECLINE:
	case DHCP6_INFORMATION:
	case DHCP6_RELAY_FORW:
		return (true);
	}
	return (false);
}

bool
dhcp6_parse(const uint8_t *p, size_t len, struct dhcp6 *dh)
{
	struct option op;
	int relays;

	memset(dh, 0, sizeof(*dh));
	for (relays = 0; relays <= RELAYS_MAX; relays++) {
		if (len < HEAD)
			return (false);
		dh->dh_type = p[0];
		if (p[0] != DHCP6_RELAY_FORW && p[0] != DHCP6_RELAY_REPL) {
			dh->dh_options = p + HEAD;
			dh->dh_len = len - HEAD;
			return (true);
		}
		if (len < RELAY_HEAD ||
		    !find_option(p + RELAY_HEAD, len - RELAY_HEAD, RELAY_MSG,
			&op))
			return (false);
		dh->dh_peer = p + RELAY_PEER;
		p = op.op_value;
		len = op.op_len;
	}
	return (false);
}

bool
dhcp6_has_server(const struct dhcp6 *dh)
{
	struct option op;

	return (find_option(dh->dh_options, dh->dh_len, SERVERID, &op) &&
	    op.op_len > 0);
}

/* The address of an IAADDR without a failure in it. */
static bool
address_of(const struct option *op, const uint8_t **addr, uint32_t *seconds)
{
	struct option status;

	if (op->op_code != IAADDR || op->op_len < IAADDR_FIXED)
		return (false);
	if (find_option(op->op_value + IAADDR_FIXED, op->op_len - IAADDR_FIXED,
		STATUS, &status) &&
	    (status.op_len < 2 || get16(status.op_value) != 0))
		return (false);
	*addr = op->op_value;
	*seconds = get32(op->op_value + IAADDR_VALID);
	return (true);
}

/* Into the next IA; false when there is none. */
static bool
enter_ia(const struct dhcp6 *dh, struct dhcp6_walk *dw)
{
	struct option op;
	size_t fixed, at;

	while (option_at(dh->dh_options, dh->dh_len, &dw->dw_at, &op)) {
		fixed = op.op_code == IA_NA ? IA_NA_FIXED : IA_TA_FIXED;
		if ((op.op_code != IA_NA && op.op_code != IA_TA) ||
		    op.op_len < fixed)
			continue;
		at = (size_t)(op.op_value - dh->dh_options);
		dw->dw_end = at + op.op_len;
		dw->dw_at = at + fixed;
		return (true);
	}
	return (false);
}

bool
dhcp6_next(const struct dhcp6 *dh, struct dhcp6_walk *dw, const uint8_t **addr,
    uint32_t *seconds)
{
	struct option op;

	while (dw->dw_end != 0 || enter_ia(dh, dw)) {
		while (option_at(dh->dh_options, dw->dw_end, &dw->dw_at, &op))
			if (address_of(&op, addr, seconds))
				return (true);
		dw->dw_at = dw->dw_end;
		dw->dw_end = 0;
	}
	return (false);
}
