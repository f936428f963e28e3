/* SPDX-License-Identifier: ISC */
/*
 * policing: from the settings to what a port is told of its user's rules.
 * Runs on the control thread.
 */
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

#include "access.h"
#include "control.h"

/* What a guest network wants; hubd.conf(5) lists it. */
static const struct policy guest = {
	.po_flags = POLICY_NO_OTHER | POLICY_NO_DHCP_SERVER |
	    POLICY_NO_DHCP6_SERVER | POLICY_NO_RA | POLICY_DISCOVERY_ONLY |
	    POLICY_NO_TCP_IN | POLICY_NO_TCP6_IN | POLICY_ISOLATED |
	    POLICY_UNIQUE_MAC | POLICY_UNIQUE_IP | POLICY_UNIQUE_IP6 |
	    POLICY_LEASED_ONLY | POLICY_NO_ROUTING | POLICY_NO_ROUTING6 |
	    POLICY_NO_BPDU | POLICY_NO_PPPOE | POLICY_NO_OSPF | POLICY_NO_TAGS,
	.po_max_macs = 1,
	.po_max_ips = 1,
	.po_max_ips6 = 16,
};

/* Keys of a policy block that are a flag each, set when they say so. */
static const struct {
	const char *key;
	bool when;
	uint32_t flag;
} keys[] = {
	{ "ipv4", false, POLICY_NO_IPV4 },
	{ "ipv6", false, POLICY_NO_IPV6 },
	{ "other-protocols", false, POLICY_NO_OTHER },
	{ "dhcp", false, POLICY_NO_DHCP },
	{ "dhcp6", false, POLICY_NO_DHCP6 },
	{ "dhcp-server", false, POLICY_NO_DHCP_SERVER },
	{ "dhcp6-server", false, POLICY_NO_DHCP6_SERVER },
	{ "router-solicitation", false, POLICY_NO_RS },
	{ "router-advertisement", false, POLICY_NO_RA },
	{ "default-router", false, POLICY_NO_DEFAULT_ROUTER },
	{ "incoming-tcp", false, POLICY_NO_TCP_IN },
	{ "incoming-tcp6", false, POLICY_NO_TCP6_IN },
	{ "isolated", true, POLICY_ISOLATED },
	{ "unique-mac", true, POLICY_UNIQUE_MAC },
	{ "unique-ip", true, POLICY_UNIQUE_IP },
	{ "unique-ip6", true, POLICY_UNIQUE_IP6 },
	{ "leased-only", true, POLICY_LEASED_ONLY },
	{ "leased-only6", true, POLICY_LEASED_ONLY6 },
	{ "routing", false, POLICY_NO_ROUTING },
	{ "routing6", false, POLICY_NO_ROUTING6 },
	{ "storm-exempt", true, POLICY_STORM_EXEMPT },
	{ "monitor", true, POLICY_MONITOR },
	{ "bpdu", false, POLICY_NO_BPDU },
	{ "pppoe", false, POLICY_NO_PPPOE },
	{ "ospf", false, POLICY_NO_OSPF },
	{ "vlan-tags", false, POLICY_NO_TAGS },
};

static void
from_block(const struct conf *cf, struct policy *po)
{
	size_t i;

	memset(po, 0, sizeof(*po));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (conf_bool(cf, keys[i].key) == keys[i].when)
			po->po_flags |= keys[i].flag;
	if (strcmp(conf_str(cf, "broadcast"), "discovery") == 0)
		po->po_flags |= POLICY_DISCOVERY_ONLY;
	po->po_max_macs = (uint32_t)conf_int(cf, "max-macs");
	if (!conf_bool(cf, "bridging"))
		po->po_max_macs = 1;
	po->po_max_ips = (uint32_t)conf_int(cf, "max-ips");
	po->po_max_ips6 = (uint32_t)conf_int(cf, "max-ips6");
	po->po_vlan = (uint16_t)conf_int(cf, "vlan");
	po->po_max_mss = (uint16_t)conf_int(cf, "max-mss");
}

const char *
group_name_of(const struct conf *user, const struct auth_grant *ag)
{
	if (*ag->ag_group != '\0')
		return (ag->ag_group);
	return (user == NULL ? NULL : conf_str(user, "group"));
}

const char *
policy_name_of(const struct conf *hub, const struct conf *user,
    const struct auth_grant *ag)
{
	const char *group = group_name_of(user, ag);
	const struct conf *cf;

	if (*ag->ag_policy != '\0')
		return (ag->ag_policy);
	if (*ag->ag_group == '\0' && user != NULL &&
	    conf_str(user, "policy") != NULL)
		return (conf_str(user, "policy"));
	if (group != NULL && (cf = conf_block(hub, "group", group)) != NULL)
		return (conf_str(cf, "policy"));
	return (conf_str(hub, "default-policy"));
}

/* A rate in kbit/s; below the least a ping would take seconds. */
static uint64_t
bytes_a_second(const struct conf *cf, const char *key)
{
	enum { LEAST = 64 };
	uint64_t rate = (uint64_t)conf_int(cf, key);

	return ((rate == 0 || rate > LEAST ? rate : LEAST) * 1000 / 8);
}

void
policing_by(const struct conf *hub, const char *policy, struct policing *pg)
{
	const struct conf *cf;

	memset(pg, 0, sizeof(*pg));
	if (policy == NULL)
		return;
	if ((cf = conf_block(hub, "policy", policy)) == NULL) {
		if (strcmp(policy, "guest") == 0) {
			pg->pg_policy = guest;
			pg->pg_password_fixed = true;
		}
		return;
	}
	from_block(cf, &pg->pg_policy);
	pg->pg_denied = !conf_bool(cf, "access");
	pg->pg_password_fixed = !conf_bool(cf, "change-password");
	pg->pg_max_time = (uint64_t)conf_int(cf, "max-time");
	pg->pg_idle_time = (uint64_t)conf_int(cf, "idle-time");
	pg->pg_upload = bytes_a_second(cf, "upload-rate");
	pg->pg_download = bytes_a_second(cf, "download-rate");
	if (conf_has(cf, "keepalive"))
		pg->pg_keepalive = (uint64_t)conf_int(cf, "keepalive");
	pg->pg_max_sessions = (uint64_t)conf_int(cf, "max-sessions");
	pg->pg_max_conns = (uint64_t)conf_int(cf, "max-connections");
}

void
policing_of(const struct session *se, struct policing *pg)
{
	const struct conf *user = NULL;
	const struct hub *h = hub_find(se->se_hub);
	const char *group = NULL;

	memset(pg, 0, sizeof(*pg));
	if (!se->se_local) {
		user_policing(se->se_hub, se->se_user, &se->se_grant, pg);
		user = conf_block(hub_conf(se->se_hub), "user", se->se_user);
		group = group_name_of(user, &se->se_grant);
	}
	if (h != NULL)
		pg->pg_access = access_view_new(h->h_access,
		    se->se_local ? NULL : se->se_user, group);
}

static bool
binds(const struct conf *hub, const char *policy)
{
	struct policing pg;

	policing_by(hub, policy, &pg);
	return (policy_needs_bindings(&pg.pg_policy));
}

bool
policies_bind(const struct conf *hub)
{
	static const struct auth_grant none;
	const struct conf *cf = NULL;

	while ((cf = conf_next(hub, "user", cf)) != NULL)
		if (binds(hub, policy_name_of(hub, cf, &none)))
			return (true);
	if (!auth_uses(hub, "radius"))
		return (false);
	/* others may turn out to have any of them */
	while ((cf = conf_next(hub, "policy", cf)) != NULL)
		if (binds(hub, conf_name(cf)))
			return (true);
	return (binds(hub, conf_str(hub, "default-policy")) ||
	    binds(hub, "guest"));
}
