/* SPDX-License-Identifier: ISC */
/*
 * user: what the settings, and the grant of the method that let a user in,
 * say of the user.  A user whom RADIUS or a certificate names needs no block
 * of its own; where there is one, it counts.  Control thread.
 */
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

#include "control.h"

/* What a user without a block has: the schema's defaults. */
enum { CONNECTIONS = 8, SESSIONS = 0 };

/* Policy and group that the grant names are there, as when it was given. */
static bool
grant_stands(const struct conf *hub, const struct auth_grant *ag)
{
	return ((*ag->ag_policy == '\0' ||
		    conf_block(hub, "policy", ag->ag_policy) != NULL ||
		    strcmp(ag->ag_policy, "guest") == 0) &&
	    (*ag->ag_group == '\0' ||
		conf_block(hub, "group", ag->ag_group) != NULL));
}

const char *
user_refused(const char *hub, const char *name, const struct auth_grant *ag)
{
	const struct conf *cf = hub_conf(hub), *user;
	struct policing pg;

	if (cf == NULL)
		return ("its hub is gone");
	user = conf_block(cf, "user", name);
	if (user == NULL && strcmp(ag->ag_method, "password") == 0)
		return ("its user is gone");
	if (user != NULL && !conf_bool(user, "enabled"))
		return ("its user is disabled");
	if (!auth_uses(cf, ag->ag_method))
		return ("its hub asks another way who users are");
	if (!grant_stands(cf, ag))
		return ("its policy is gone");
	user_policing(hub, name, ag, &pg);
	return (pg.pg_denied ? "its policy gives no access" : NULL);
}

void
user_tag(const char *hub, const char *name, const struct auth_grant *ag,
    uint8_t *tag)
{
	const struct conf *user = conf_block(hub_conf(hub), "user", name);
	const char *text = NULL;

	if (user != NULL && strcmp(ag->ag_method, "password") == 0)
		text = conf_str(user, "password");
	token_tag(data.dt_token_key, text != NULL ? text : ag->ag_method, tag);
}

/* The lower of two limits, 0 being none. */
static uint64_t
lower(uint64_t a, uint64_t b)
{
	return (a == 0 || (b != 0 && b < a) ? b : a);
}

void
user_policing(const char *hub, const char *name, const struct auth_grant *ag,
    struct policing *pg)
{
	const struct conf *cf = hub_conf(hub);

	policing_by(cf, policy_name_of(cf, conf_block(cf, "user", name), ag),
	    pg);
	if (ag->ag_vlan != 0)
		pg->pg_policy.po_vlan = ag->ag_vlan;
	pg->pg_max_time =
	    lower(pg->pg_max_time, UINT64_C(1000) * ag->ag_max_time);
	pg->pg_idle_time =
	    lower(pg->pg_idle_time, UINT64_C(1000) * ag->ag_idle);
}

int64_t
user_connections(const char *hub, const char *name, const struct auth_grant *ag)
{
	const struct conf *user = conf_block(hub_conf(hub), "user", name);
	int64_t most =
	    user == NULL ? CONNECTIONS : conf_int(user, "max-connections");
	struct policing pg;

	user_policing(hub, name, ag, &pg);
	return ((int64_t)lower((uint64_t)most, pg.pg_max_conns));
}

int64_t
user_sessions(const char *hub, const char *name, const struct auth_grant *ag)
{
	const struct conf *user = conf_block(hub_conf(hub), "user", name);
	int64_t most = user == NULL ? SESSIONS : conf_int(user, "max-sessions");
	struct policing pg;

	user_policing(hub, name, ag, &pg);
	return ((int64_t)lower((uint64_t)most, pg.pg_max_sessions));
}
