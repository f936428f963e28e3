/* SPDX-License-Identifier: ISC */
/*
 * coa: what RADIUS servers want of sessions that are up (RFC 5176); the auth
 * process has checked who asks.  A server may touch sessions of hubs that ask
 * it.  Control thread.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/radius.h"
#include "auth/radius_acct.h"
#include "auth/radius_coa.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"

#include "control.h"

/* Sessions whose tokens are good no more; the oldest is forgotten first. */
enum { REVOKED_MAX = 4096 };
struct revoked {
	uint8_t rv_id[TOKEN_ID_LEN];
	uint64_t rv_until;		/* Unix time; 0: free */
};
static struct revoked revoked[REVOKED_MAX];
static unsigned int nrevoked;

/* A request, and by whom. */
struct wish {
	const char *w_server;
	const uint8_t *w_data;
	size_t w_len;
};

void
coa_revoke(const struct session *se)
{
	struct revoked *rv = &revoked[nrevoked++ % REVOKED_MAX];

	memcpy(rv->rv_id, se->se_id, TOKEN_ID_LEN);
	rv->rv_until = clock_unix() +
	    (uint64_t)conf_int(data.dt_conf, "token-lifetime") / 1000;
}

bool
coa_revoked(const uint8_t *id)
{
	uint64_t now = clock_unix();
	unsigned int i, n = nrevoked < REVOKED_MAX ? nrevoked : REVOKED_MAX;

	for (i = 0; i < n; i++)
		if (revoked[i].rv_until > now &&
		    memcmp(revoked[i].rv_id, id, TOKEN_ID_LEN) == 0)
			return (true);
	return (false);
}

/* True if the request has none of that type, or the value is text. */
static bool
says(const struct wish *w, uint8_t type, const char *text)
{
	struct radius_attr at;

	if (!radius_find(w->w_data, w->w_len, type, &at))
		return (true);
	return (at.at_len == strlen(text) &&
	    memcmp(at.at_value, text, at.at_len) == 0);
}

static bool
hub_asks(const struct session *se, const char *server)
{
	const struct conf *hub = hub_conf(se->se_hub), *cf = NULL;

	while (hub != NULL && (cf = conf_next(hub, "radius", cf)) != NULL)
		if (strcmp(cf->cf_values[0], server) == 0)
			return (true);
	return (false);
}

static bool
is_meant(const struct session *se, const struct wish *w)
{
	return (!se->se_local && hub_asks(se, w->w_server) &&
	    says(w, RADIUS_USER_NAME, se->se_user) &&
	    says(w, RADIUS_ACCT_SESSION, se->se_account) &&
	    says(w, RADIUS_CALLED_STATION, se->se_hub));
}

/* What the request as a whole asks for: COA_OK, or why not. */
static uint32_t
check(const struct wish *w)
{
	static const uint8_t changes[] = { RADIUS_FILTER_ID, RADIUS_CLASS,
		RADIUS_TUNNEL_GROUP, RADIUS_SESSION_TIMEOUT,
		RADIUS_IDLE_TIMEOUT, RADIUS_INTERIM };
	struct radius_attr at;
	size_t i;

	if (radius_find(w->w_data, w->w_len, RADIUS_SERVICE_TYPE, &at))
		return (COA_NO_SERVICE);	/* "Authorize Only" */
	if (!radius_find(w->w_data, w->w_len, RADIUS_USER_NAME, &at) &&
	    !radius_find(w->w_data, w->w_len, RADIUS_ACCT_SESSION, &at))
		return (COA_MISSING);
	if (w->w_data[0] == RADIUS_DISCONNECT_REQUEST)
		return (COA_OK);
	for (i = 0; i < sizeof(changes); i++)
		if (radius_find(w->w_data, w->w_len, changes[i], &at))
			return (COA_OK);
	return (COA_UNSUPPORTED);
}

/* Times of a request count from now, not from the log-in. */
static const char *
change(struct session *se, const struct wish *w)
{
	struct auth_grant ag = se->se_grant;
	const char *fault;
	struct radius_attr at;

	fault = radius_grant(w->w_data, w->w_len, hub_conf(se->se_hub), &ag);
	if (fault != NULL)
		return (fault);
	if (ag.ag_max_time != 0 &&
	    radius_find(w->w_data, w->w_len, RADIUS_SESSION_TIMEOUT, &at))
		ag.ag_max_time += (uint32_t)(session_age(se) / 1000);
	se->se_grant = ag;
	session_police(se);
	log_info("hub %s: session %llu of %s is changed by radius %s",
	    se->se_hub, (unsigned long long)se->se_number, se->se_user,
	    w->w_server);
	return (NULL);
}

static uint32_t
change_all(const struct wish *w)
{
	struct session *se;
	const char *fault;
	uint32_t result = COA_NOT_FOUND;

	LIST_FOREACH(se, &sessions, se_entry) {
		if (!is_meant(se, w))
			continue;
		if ((fault = change(se, w)) != NULL) {
			log_warnx("radius %s: session of %s: %s", w->w_server,
			    se->se_user, fault);
			return (COA_INVALID);
		}
		result = COA_OK;
	}
	return (result);
}

static uint32_t
disconnect_all(const struct wish *w)
{
	struct session *se, *next;
	uint32_t result = COA_NOT_FOUND;

	LIST_FOREACH_SAFE(se, &sessions, se_entry, next) {
		if (!is_meant(se, w))
			continue;
		coa_revoke(se);
		se->se_cause = CAUSE_ADMIN;
		session_end(se, "a RADIUS server ends it");
		result = COA_OK;
	}
	return (result);
}

uint32_t
coa_request(const struct msg_coa *mc, size_t len)
{
	const struct wish w = { .w_server = mc->mc_server,
		.w_data = mc->mc_packet,
		.w_len = len };
	uint32_t error = check(&w);

	if (error != COA_OK)
		return (error);
	return (mc->mc_packet[0] == RADIUS_DISCONNECT_REQUEST ?
		disconnect_all(&w) :
		change_all(&w));
}
