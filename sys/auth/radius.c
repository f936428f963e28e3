/* SPDX-License-Identifier: ISC */
/*
 * radius: the method: a user is who a RADIUS server says, by PAP (RFC 2865)
 * or MS-CHAPv2 (RFC 2548, 2759).
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/mschap.h"
#include "auth/radius.h"
#include "kern/conf.h"
#include "kern/log.h"

/* Values of attributes. */
enum { SERVICE_FRAMED = 2, PORT_VIRTUAL = 5 };

struct asking {
	const struct auth_request *as_request;
	struct mschap as_mschap;	/* of the server asked last */
	uint8_t as_ident;
	auth_done as_done;
	void *as_arg;
};

/* MS-CHAP-Challenge and MS-CHAP2-Response (RFC 2548, 2.1.2 and 2.3.2). */
static int
add_mschap(struct radius_packet *rp, struct asking *as)
{
	const struct auth_request *ar = as->as_request;
	struct mschap *ms = &as->as_mschap;
	uint8_t value[2 + MSCHAP_CHALLENGE_LEN + 8 + MSCHAP_RESPONSE_LEN];

	if (RAND_bytes(ms->ms_challenge, MSCHAP_CHALLENGE_LEN) != 1 ||
	    RAND_bytes(ms->ms_peer, MSCHAP_CHALLENGE_LEN) != 1 ||
	    RAND_bytes(&as->as_ident, 1) != 1 ||
	    mschap_answer(ms, ar->ar_user, ar->ar_password) == -1)
		return (-1);
	memset(value, 0, sizeof(value));
	value[0] = as->as_ident;
	memcpy(value + 2, ms->ms_peer, MSCHAP_CHALLENGE_LEN);
	memcpy(value + sizeof(value) - MSCHAP_RESPONSE_LEN, ms->ms_response,
	    MSCHAP_RESPONSE_LEN);
	radius_add_vendor(rp, RADIUS_MICROSOFT, RADIUS_MS_CHAP_CHALLENGE,
	    ms->ms_challenge, MSCHAP_CHALLENGE_LEN);
	radius_add_vendor(rp, RADIUS_MICROSOFT, RADIUS_MS_CHAP2_RESPONSE, value,
	    sizeof(value));
	return (0);
}

static void
add_where(struct radius_packet *rp, const struct radius_server *rs,
    const struct auth_request *ar)
{
	char host[64];

	radius_add_text(rp, RADIUS_NAS_IDENTIFIER, rs->rs_nas);
	radius_add_int(rp, RADIUS_SERVICE_TYPE, SERVICE_FRAMED);
	radius_add_int(rp, RADIUS_NAS_PORT_TYPE, PORT_VIRTUAL);
	radius_add_text(rp, RADIUS_CALLED_STATION, conf_name(ar->ar_hub));
	if (getnameinfo(ar->ar_from, sizeof(struct sockaddr_storage), host,
		sizeof(host), NULL, 0, NI_NUMERICHOST) == 0)
		radius_add_text(rp, RADIUS_CALLING_STATION, host);
}

static int
build(struct radius_packet *rp, const struct radius_server *rs, uint8_t id,
    void *arg)
{
	struct asking *as = arg;
	const struct auth_request *ar = as->as_request;
	uint8_t random[RADIUS_AUTH_LEN];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return (-1);
	radius_begin(rp, RADIUS_ACCESS_REQUEST, id, random);
	radius_add_text(rp, RADIUS_USER_NAME, ar->ar_user);
	if (!rs->rs_mschap)
		radius_add_password(rp, rs->rs_secret, ar->ar_password);
	else if (add_mschap(rp, as) == -1)
		return (-1);
	add_where(rp, rs, ar);
	return (radius_sign(rp, rs->rs_secret, NULL));
}

/* MS-CHAP2-Success: the server knows the password, too. */
static bool
success_right(const struct asking *as, const struct radius_reply *rr)
{
	struct radius_attr at;

	return (radius_find_vendor(rr->rr_data, rr->rr_len, RADIUS_MICROSOFT,
		    RADIUS_MS_CHAP2_SUCCESS, &at) &&
	    at.at_len >= 1 + MSCHAP_SUCCESS_LEN &&
	    at.at_value[0] == as->as_ident &&
	    CRYPTO_memcmp(at.at_value + 1, as->as_mschap.ms_success,
		MSCHAP_SUCCESS_LEN) == 0);
}

static enum auth_result
accepted(const struct asking *as, const struct radius_reply *rr,
    struct auth_grant *ag)
{
	const char *fault, *name = rr->rr_server->rs_name;

	if (rr->rr_server->rs_mschap && !success_right(as, rr)) {
		log_warnx("radius %s: MS-CHAP2-Success is missing or wrong",
		    name);
		return (AUTH_DENY);
	}
	fault =
	    radius_grant(rr->rr_data, rr->rr_len, as->as_request->ar_hub, ag);
	if (fault != NULL) {
		log_warnx("radius %s: user %s of hub %s is refused: %s", name,
		    as->as_request->ar_user, conf_name(as->as_request->ar_hub),
		    fault);
		return (AUTH_DENY);
	}
	return (AUTH_OK);
}

/* A user whom a server does not know may still be another method's. */
static enum auth_result
refused(const struct asking *as, const struct radius_reply *rr)
{
	struct radius_attr at;
	char text[128] = "";

	if (radius_find(rr->rr_data, rr->rr_len, RADIUS_REPLY_MESSAGE, &at))
		radius_text(&at, text, sizeof(text));
	log_info("radius %s: user %s %s%s%s", rr->rr_server->rs_name,
	    as->as_request->ar_user,
	    rr->rr_data[0] == RADIUS_ACCESS_CHALLENGE ?
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
		    conf_name(as->as_request->ar_hub));
		res = AUTH_UNREACHABLE;
	} else if (rr->rr_data[0] == RADIUS_ACCESS_ACCEPT)
		res = accepted(as, rr, &ag);
	else
		res = refused(as, rr);
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
		as->as_request = ar;
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
