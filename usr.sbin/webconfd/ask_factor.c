/* SPDX-License-Identifier: ISC */
/*
 * ask_factor: questions about the administrator's second factor.
 */
#include <string.h>

#include "kern/conf.h"

#include "ask.h"

/* otpauth:// is what authenticator apps read. */
static void
describe(struct question *qu)
{
	const char *key;

	ask_add_factor(qu);
	if (factor_is_on(qu->qu_conf))
		return;
	key = factor_pending(qu->qu_parent);
	(void)pairs_add(&qu->qu_out, "key", key);
	(void)pairs_addf(&qu->qu_out, "uri",
	    "otpauth://totp/Longwire:%s?secret=%s&issuer=Longwire",
	    ask_hostname(qu), key);
}

void
ask_factor(struct question *qu)
{
	describe(qu);
	ask_answer(qu, "ok");
}

void
ask_turn_factor(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	const char *code = pairs_str(&qu->qu_in, "one-time-code");
	bool on = strcmp(pairs_str(&qu->qu_in, "turn"), "on") == 0;
	struct refusal re;

	describe(qu);
	/* somebody else has done it meanwhile */
	if (on == factor_is_on(qu->qu_conf)) {
		ask_answer(qu, "ok");
		return;
	}
	if (ask_locked(qu))
		return;
	if (on ? !factor_confirmed(pa, code) :
		 !factor_ok(pa, qu->qu_conf, code)) {
		ask_refuse(qu, "one-time code");
		return;
	}
	if (factor_set(pa, qu->qu_conf, on) == -1)
		ask_failed(qu, "the key cannot be stored");
	else if (!ask_commit(qu, &re))
		ask_failed(qu, re.re_en);
	else {
		ask_event(qu, on ? "admin-factor-on" : "admin-factor-off", NULL,
		    NULL);
		ask_answer(qu, "ok");
	}
}
