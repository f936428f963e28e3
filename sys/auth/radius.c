/* SPDX-License-Identifier: ISC */
/* radius: the method: a user is who a RADIUS server says. */
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/radius_login.h"
#include "kern/conf.h"
#include "kern/log.h"

struct asking {
	struct radius_login as_login;
	auth_done as_done;
	void *as_arg;
};

static int
build(struct radius_packet *rp, const struct radius_server *rs, uint8_t id,
    void *arg)
{
	struct asking *as = arg;

	return (radius_login_build(rp, rs, id, &as->as_login));
}

/* A user whom a server does not know may still be another method's. */
static enum auth_result
result_of(const struct asking *as, const struct radius_reply *rr,
    struct auth_grant *ag)
{
	const struct auth_request *ar = as->as_login.rl_request;
	const char *name = rr->rr_server->rs_name;
	enum radius_said said;
	char text[128];

	said = radius_login_answer(&as->as_login, rr, ag, text, sizeof(text));
	if (said == RADIUS_ACCEPTED)
		return (AUTH_OK);
	if (said == RADIUS_UNUSABLE) {
		log_warnx("radius %s: user %s of hub %s is refused: %s", name,
		    ar->ar_user, conf_name(ar->ar_hub), text);
		return (AUTH_DENY);
	}
	log_info("radius %s: user %s %s%s%s", name, ar->ar_user,
	    said == RADIUS_CHALLENGED ?
		"is asked for more than a password, which nobody can give" :
		"is refused",
	    *text != '\0' ? ": " : "", text);
	return (AUTH_UNKNOWN);
}

static void
done(const struct radius_reply *rr, void *arg)
{
	struct asking *as = arg;
	struct auth_grant ag = { .ag_vlan = 0 };
	enum auth_result res;

	if (rr == NULL) {
		log_warnx("hub %s: no RADIUS server has answered",
		    conf_name(as->as_login.rl_request->ar_hub));
		res = AUTH_UNREACHABLE;
	} else
		res = result_of(as, rr, &ag);
	as->as_done(res, &ag, as->as_arg);
	freezero(as, sizeof(*as));
}

static enum auth_result
radius_check(struct event_base *base, const struct auth_request *ar,
    struct auth_grant *ag, auth_done tell, void *arg)
{
	struct radius_server rs[RADIUS_SERVERS];
	struct radius_query rq = { .rq_kind = RADIUS_LOGIN,
		.rq_build = build,
		.rq_done = done };
	struct asking *as = calloc(1, sizeof(*as));
	unsigned int n = radius_servers(ar->ar_conf, ar->ar_hub, rs);
	int asked = -1;

	(void)ag;
	if (as != NULL) {
		as->as_login.rl_request = ar;
		as->as_done = tell;
		as->as_arg = arg;
		rq.rq_arg = as;
		asked = radius_ask(base, rs, n, &rq);
	}
	explicit_bzero(rs, sizeof(rs));
	if (asked == -1)
		free(as);
	return (asked == -1 ? AUTH_UNREACHABLE : AUTH_LATER);
}

const struct auth_ops auth_radius = {
	.ao_name = "radius",
	.ao_ask = radius_check,
};
