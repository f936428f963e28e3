/* SPDX-License-Identifier: ISC */
/*
 * ticket: session tokens (tunnel/token.h) as this hub gives and takes them: a
 * session's age and grant are in them, so that it comes back as what it was.
 * Runs on the control thread.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "kern/bytes.h"
#include "kern/clock.h"
#include "kern/conf.h"

#include "control.h"

enum { SINCE_LEN = 8 };		/* before the grant */
_Static_assert(SINCE_LEN + (int)GRANT_PACKED <= (int)TOKEN_EXTRA_MAX &&
	(int)TOKEN_EXTRA_MAX <= UINT8_MAX,
    "room for a grant in a token");

/* What a session is, and since when, for its token. */
static void
token_describe(struct token *tk, const struct session *se)
{
	put64(tk->tk_extra, clock_unix() - session_age(se) / 1000);
	tk->tk_nextra = (uint8_t)(SINCE_LEN +
	    grant_pack(&se->se_grant, tk->tk_extra + SINCE_LEN));
}

/* The same read: the age in ms, and the grant. */
static int
token_recall(const struct token *tk, uint64_t *age, struct auth_grant *ag)
{
	uint64_t now = clock_unix(), since;

	if (tk->tk_nextra < SINCE_LEN ||
	    grant_unpack(tk->tk_extra + SINCE_LEN,
		(size_t)tk->tk_nextra - SINCE_LEN, ag) == -1)
		return (-1);
	since = get64(tk->tk_extra);
	*age = since < now ? (now - since) * 1000 : 0;
	return (0);
}

/* A token is good for no longer than the session; s. */
static uint64_t
token_life(const struct session *se)
{
	uint64_t life = (uint64_t)conf_int(data.dt_conf, "token-lifetime");
	uint64_t age = session_age(se), max;
	struct policing pg;

	user_policing(se->se_hub, se->se_user, &se->se_grant, &pg);
	max = pg.pg_max_time;
	if (max != 0 && life > (max > age ? max - age : 0))
		life = max > age ? max - age : 0;
	return (life / 1000);
}

void
ticket_give(const struct session *se, struct http_extensions *hx)
{
	uint64_t life = token_life(se);
	struct token tk = { .tk_expiry = clock_unix() + life };

	memcpy(tk.tk_id, se->se_id, TOKEN_ID_LEN);
	user_tag(se->se_hub, se->se_user, &se->se_grant, tk.tk_tag);
	strlcpy(tk.tk_hub, se->se_hub, sizeof(tk.tk_hub));
	strlcpy(tk.tk_user, se->se_user, sizeof(tk.tk_user));
	token_describe(&tk, se);
	if (token_format(data.dt_token_key, &tk, hx->hx_token) == -1)
		hx->hx_token[0] = '\0';
	else
		hx->hx_lifetime = (uint32_t)life;
}

bool
ticket_good(const struct http_request *rq, struct token *tk, uint64_t *age,
    struct auth_grant *ag)
{
	uint8_t tag[TOKEN_TAG_LEN];

	if (token_check(data.dt_token_key, rq->hr_ext.hx_token, clock_unix(),
		tk) == -1 ||
	    strcmp(tk->tk_hub, rq->hr_hub) != 0 ||
	    (*rq->hr_user != '\0' && strcmp(tk->tk_user, rq->hr_user) != 0) ||
	    token_recall(tk, age, ag) == -1 || coa_revoked(tk->tk_id) ||
	    user_refused(tk->tk_hub, tk->tk_user, ag) != NULL)
		return (false);
	user_tag(tk->tk_hub, tk->tk_user, ag, tag);
	return (CRYPTO_memcmp(tag, tk->tk_tag, TOKEN_TAG_LEN) == 0);
}
