/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/dhcp6.h"
#include "net/servers.h"

enum {
	OPT_SERVER_ID = 54, /* of DHCP (RFC 2132) */
	RA_LEN = 16, /* without options (RFC 4861, 4.2) */
	RA_CODE = 1
};

int
servers_family(enum server_kind kind)
{
	return (kind == SERVER_DHCP ? 4 : 6);
}

static size_t
addr_len(enum server_kind kind)
{
	return (servers_family(kind) == 4 ? 4 : 16);
}

bool
servers_is_dhcp(const struct inspect *in)
{
	uint8_t type;

	if (in->in_dhcp == NULL || !inspect_dhcp_is_reply(in))
		return (false);
	type = inspect_dhcp_type(in);
	return (type == INSPECT_DHCP_OFFER || type == INSPECT_DHCP_ACK);
}

/* An advertisement that hosts take: of this link, whole. */
static bool
is_router(const struct inspect *in)
{
	const uint8_t *src = in->in_ip.ii_src;

	return ((in->in_what & INSPECT_RA) && !(in->in_what & INSPECT_HIDDEN) &&
	    in->in_l4_len >= RA_LEN && in->in_l4[RA_CODE] == 0 &&
	    src[0] == 0xfe && (src[1] & 0xc0) == 0x80);
}

static bool
is_dhcp6(const struct inspect *in)
{
	struct dhcp6 dh;

	return ((in->in_what & INSPECT_DHCP6_SERVER) &&
	    (in->in_what & INSPECT_UDP) &&
	    dhcp6_parse(in->in_l4 + IP_UDP_HLEN, in->in_l4_len - IP_UDP_HLEN,
		&dh) &&
	    (dh.dh_type == DHCP6_ADVERTISE || dh.dh_type == DHCP6_REPLY) &&
	    dhcp6_has_server(&dh));
}

/* Who speaks in it; false when it is nobody who serves. */
static bool
server_of(const struct inspect *in, struct server *se)
{
	const uint8_t *addr = NULL;
	size_t len;

	memset(se, 0, sizeof(*se));
	memcpy(se->se_mac, in->in_ether.ei_src, sizeof(se->se_mac));
	if (servers_is_dhcp(in)) {
		se->se_kind = SERVER_DHCP;
		addr = inspect_dhcp_option(in, OPT_SERVER_ID, &len);
		if (addr != NULL && len != 4)
			addr = NULL;
	} else if (is_router(in))
		se->se_kind = SERVER_ROUTER6;
	else if (is_dhcp6(in))
		se->se_kind = SERVER_DHCP6;
	else
		return (false);
	memcpy(se->se_addr, addr != NULL ? addr : in->in_ip.ii_src,
	    addr_len(se->se_kind));
	return (true);
}

/* It says itself that it is none any more. */
static bool
has_resigned(const struct server *se, const struct inspect *in)
{
	return (se->se_kind == SERVER_ROUTER6 &&
	    get16(in->in_l4 + INSPECT_RA_LIFETIME) == 0);
}

static bool
is_same(const struct server *a, const struct server *b)
{
	return (a->se_kind == b->se_kind &&
	    memcmp(a->se_mac, b->se_mac, sizeof(a->se_mac)) == 0 &&
	    memcmp(a->se_addr, b->se_addr, sizeof(a->se_addr)) == 0);
}

static struct server *
find_same(struct servers *sv, const struct server *se)
{
	unsigned int i;

	for (i = 0; i < sv->sv_n; i++)
		if (is_same(&sv->sv_list[i], se))
			return (&sv->sv_list[i]);
	return (NULL);
}

static bool
has_room(const struct servers *sv, const struct server *se)
{
	unsigned int i, n = 0;

	for (i = 0; i < sv->sv_n; i++)
		n += sv->sv_list[i].se_far == se->se_far &&
		    sv->sv_list[i].se_kind == se->se_kind;
	return (n < SERVERS_EACH && sv->sv_n < SERVERS_MAX);
}

bool
servers_learn(struct servers *sv, bool far, const struct inspect *in)
{
	struct server se, *old;
	bool moved;

	if (!server_of(in, &se))
		return (false);
	se.se_far = far;
	old = find_same(sv, &se);
	if (has_resigned(&se, in)) {
		if (old == NULL || old->se_far != far)
			return (false);
		*old = sv->sv_list[--sv->sv_n];
		return (true);
	}
	if (old != NULL) {
		moved = old->se_far != far;
		if (moved && !has_room(sv, &se))
			return (false);
		old->se_far = far;
		return (moved);
	}
	if (!has_room(sv, &se))
		return (false);
	sv->sv_list[sv->sv_n++] = se;
	return (true);
}

void
servers_forget(struct servers *sv)
{
	sv->sv_n = 0;
}

const struct server *
servers_next(const struct servers *sv, bool far, enum server_kind kind,
    const struct server *se)
{
	const struct server *end = sv->sv_list + sv->sv_n;

	for (se = se == NULL ? sv->sv_list : se + 1; se < end; se++)
		if (se->se_far == far && se->se_kind == kind)
			return (se);
	return (NULL);
}

const struct server *
servers_find(const struct servers *sv, bool far, enum server_kind kind,
    const uint8_t *addr)
{
	const struct server *se = NULL;

	while ((se = servers_next(sv, far, kind, se)) != NULL)
		if (memcmp(se->se_addr, addr, addr_len(kind)) == 0)
			break;
	return (se);
}
