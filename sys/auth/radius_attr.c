/* SPDX-License-Identifier: ISC */
/* Attributes that say what a session may do. */
#include <stdlib.h>
#include <string.h>

#include "auth/radius.h"
#include "kern/conf.h"

enum { TUNNEL_TYPE_VLAN = 13, TAG_MAX = 0x1f };

static bool
is_policy(const struct conf *hub, const char *name)
{
	return (conf_block(hub, "policy", name) != NULL ||
	    strcmp(name, "guest") == 0);
}

/* A policy or, if there is none of that name, a group; false for neither. */
static bool
take_name(const struct conf *hub, const char *name, struct auth_grant *ag)
{
	bool policy = is_policy(hub, name);

	if (!policy && conf_block(hub, "group", name) == NULL)
		return (false);
	ag->ag_policy[0] = ag->ag_group[0] = '\0';
	strlcpy(policy ? ag->ag_policy : ag->ag_group, name, GRANT_NAME);
	return (true);
}

/* Class is the server's own affair unless it happens to be a name of ours. */
static void
take_class(const struct radius_attr *at, const struct conf *hub, bool named,
    struct auth_grant *ag)
{
	char name[RADIUS_VALUE_MAX + 1];
	size_t len = at->at_len + 2u;

	radius_text(at, name, sizeof(name));
	if (!named)
		(void)take_name(hub, name, ag);
	if (ag->ag_nclass + len > GRANT_CLASS)
		return;
	memcpy(ag->ag_class + ag->ag_nclass, at->at_value - 2, len);
	ag->ag_nclass = (uint16_t)(ag->ag_nclass + len);
}

/* Decimal text, a tag in front or not (RFC 2868, 3.6). */
static const char *
take_vlan(const struct radius_attr *at, struct auth_grant *ag)
{
	struct radius_attr text = *at;
	char digits[16], *end;
	unsigned long vlan;

	if (text.at_len > 0 && text.at_value[0] <= TAG_MAX) {
		text.at_value++;
		text.at_len--;
	}
	radius_text(&text, digits, sizeof(digits));
	vlan = strtoul(digits, &end, 10);
	if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || vlan < 1 ||
	    vlan > 4094)
		return ("Tunnel-Private-Group-ID is no VLAN of 1 to 4094");
	ag->ag_vlan = (uint16_t)vlan;
	return (NULL);
}

/* Whether Tunnel-Private-Group-ID speaks of something else than a VLAN. */
static bool
other_tunnel(const uint8_t *buf, size_t len)
{
	struct radius_attr at;
	uint32_t type;

	/* the first octet is a tag */
	return (radius_find(buf, len, RADIUS_TUNNEL_TYPE, &at) &&
	    radius_int(&at, &type) && (type & 0xffffff) != TUNNEL_TYPE_VLAN);
}

static const char *
take_filter(const struct radius_attr *at, const struct conf *hub,
    struct auth_grant *ag)
{
	char name[RADIUS_VALUE_MAX + 1];

	radius_text(at, name, sizeof(name));
	return (take_name(hub, name, ag) ?
		NULL :
		"Filter-Id names no policy and no group of the hub");
}

/* One attribute; those that are not ours are passed over. */
static const char *
take(const struct radius_attr *at, const struct conf *hub, bool named,
    bool vlan, struct auth_grant *ag)
{
	switch (at->at_type) {
	case RADIUS_FILTER_ID:
		return (take_filter(at, hub, ag));
	case RADIUS_CLASS:
		take_class(at, hub, named, ag);
		break;
	case RADIUS_TUNNEL_GROUP:
		return (vlan ? take_vlan(at, ag) : NULL);
	case RADIUS_SESSION_TIMEOUT:
		if (!radius_int(at, &ag->ag_max_time))
			return ("Session-Timeout is malformed");
		break;
	case RADIUS_IDLE_TIMEOUT:
		if (!radius_int(at, &ag->ag_idle))
			return ("Idle-Timeout is malformed");
		break;
	case RADIUS_INTERIM:
		if (!radius_int(at, &ag->ag_interim))
			return ("Acct-Interim-Interval is malformed");
	}
	return (NULL);
}

const char *
radius_grant(const uint8_t *buf, size_t len, const struct conf *hub,
    struct auth_grant *ag)
{
	bool vlan = !other_tunnel(buf, len), named;
	struct radius_attr at;
	const char *fault = NULL;
	size_t off = 0;

	named = radius_find(buf, len, RADIUS_FILTER_ID, &at);
	if (radius_find(buf, len, RADIUS_CLASS, &at))
		ag->ag_nclass = 0;
	while (fault == NULL && radius_next(buf, len, &off, &at))
		fault = take(&at, hub, named, vlan, ag);
	return (fault);
}
