/* SPDX-License-Identifier: ISC */
/*
 * One Access-Request, by PAP (RFC 2865) or MS-CHAPv2 (RFC 2548, 2759), and
 * what its answer says.
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <netdb.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/radius_login.h"
#include "kern/conf.h"

/* Values of attributes. */
enum { SERVICE_FRAMED = 2, PORT_VIRTUAL = 5 };

/* MS-CHAP-Challenge and MS-CHAP2-Response (RFC 2548, 2.1.2 and 2.3.2). */
static int
add_mschap(struct radius_packet *rp, struct radius_login *rl)
{
	const struct auth_request *ar = rl->rl_request;
	struct mschap *ms = &rl->rl_mschap;
	uint8_t value[2 + MSCHAP_CHALLENGE_LEN + 8 + MSCHAP_RESPONSE_LEN];

	if (RAND_bytes(ms->ms_challenge, MSCHAP_CHALLENGE_LEN) != 1 ||
	    RAND_bytes(ms->ms_peer, MSCHAP_CHALLENGE_LEN) != 1 ||
	    RAND_bytes(&rl->rl_ident, 1) != 1 ||
	    mschap_answer(ms, ar->ar_user, ar->ar_password) == -1)
		return (-1);
	memset(value, 0, sizeof(value));
	value[0] = rl->rl_ident;
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
	if (ar->ar_from != NULL &&
	    getnameinfo(ar->ar_from, sizeof(struct sockaddr_storage), host,
		sizeof(host), NULL, 0, NI_NUMERICHOST) == 0)
		radius_add_text(rp, RADIUS_CALLING_STATION, host);
}

int
radius_login_build(struct radius_packet *rp, const struct radius_server *rs,
    uint8_t id, struct radius_login *rl)
{
	const struct auth_request *ar = rl->rl_request;
	uint8_t random[RADIUS_AUTH_LEN];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return (-1);
	radius_begin(rp, RADIUS_ACCESS_REQUEST, id, random);
	radius_add_text(rp, RADIUS_USER_NAME, ar->ar_user);
	if (!rs->rs_mschap)
		radius_add_password(rp, rs->rs_secret, ar->ar_password);
	else if (add_mschap(rp, rl) == -1)
		return (-1);
	add_where(rp, rs, ar);
	return (radius_sign(rp, rs->rs_secret, NULL));
}

/* MS-CHAP2-Success: the server knows the password, too. */
static bool
success_right(const struct radius_login *rl, const struct radius_reply *rr)
{
	struct radius_attr at;

	return (radius_find_vendor(rr->rr_data, rr->rr_len, RADIUS_MICROSOFT,
		    RADIUS_MS_CHAP2_SUCCESS, &at) &&
	    at.at_len >= 1 + MSCHAP_SUCCESS_LEN &&
	    at.at_value[0] == rl->rl_ident &&
	    CRYPTO_memcmp(at.at_value + 1, rl->rl_mschap.ms_success,
		MSCHAP_SUCCESS_LEN) == 0);
}

static enum radius_said
accepted(const struct radius_login *rl, const struct radius_reply *rr,
    struct auth_grant *ag, char *text, size_t size)
{
	const char *fault;

	if (rr->rr_server->rs_mschap && !success_right(rl, rr)) {
		strlcpy(text, "MS-CHAP2-Success is missing or wrong", size);
		return (RADIUS_UNUSABLE);
	}
	fault =
	    radius_grant(rr->rr_data, rr->rr_len, rl->rl_request->ar_hub, ag);
	if (fault == NULL)
		return (RADIUS_ACCEPTED);
	strlcpy(text, fault, size);
	return (RADIUS_UNUSABLE);
}

enum radius_said
radius_login_answer(const struct radius_login *rl,
    const struct radius_reply *rr, struct auth_grant *ag, char *text,
    size_t size)
{
	struct radius_attr at;

	text[0] = '\0';
	if (radius_find(rr->rr_data, rr->rr_len, RADIUS_REPLY_MESSAGE, &at))
		radius_text(&at, text, size);
	switch (rr->rr_data[0]) {
	case RADIUS_ACCESS_ACCEPT:
		return (accepted(rl, rr, ag, text, size));
	case RADIUS_ACCESS_CHALLENGE:
		return (RADIUS_CHALLENGED);
	default:
		return (RADIUS_REFUSED);
	}
}
