/* SPDX-License-Identifier: ISC */
/*
 * ask_invite: a new user of a hub, with a password of our own, for an office
 * to join as.  The hub's pin comes from hubd itself, see sources.c.
 */
#include <openssl/rand.h>
#include <string.h>

#include "auth/auth.h"
#include "crypto/base64.h"
#include "kern/conf.h"

#include "ask.h"
#include "field.h"

enum { SECRET_BYTES = 18, SECRET_STRLEN = 32 };

static void
add_hubs(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd"), *hub = NULL;

	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL)
		(void)pairs_add(&qu->qu_out, "hub", conf_name(hub));
}

void
ask_inviting(struct question *qu)
{
	add_hubs(qu);
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id, SOURCE_PIN, "");
	ask_answer(qu, "ok");
}

static bool
make_secret(char out[SECRET_STRLEN])
{
	unsigned char raw[SECRET_BYTES];
	bool ok;

	ok = RAND_bytes(raw, sizeof(raw)) == 1 &&
	    base64_encode(BASE64_URL, raw, sizeof(raw), out, SECRET_STRLEN) !=
		-1;
	explicit_bzero(raw, sizeof(raw));
	return (ok);
}

/* What is wrong with the name, or the hub; NULL. */
static const struct message *
fault(const struct conf *hub, const char *name)
{
	static const struct message none = { "there is no such hub",
		"そのハブはありません。" };
	static const struct message there = { "there is a user of this name",
		"同じ名前のユーザーがいます。" };
	const struct message *ms;

	if (hub == NULL)
		return (&none);
	if ((ms = schema_fault(&row_user_name, name, NULL)) != NULL)
		return (ms);
	return (conf_block(hub, "user", name) != NULL ? &there : NULL);
}

static bool
add_user(struct conf *hub, const char *name, const char *secret)
{
	char string[PASSWORD_STRLEN];
	struct conf *user = conf_add_block(hub, "user", name);
	bool ok;

	ok = user != NULL && password_make(secret, string) == 0 &&
	    conf_set(user, "password", string) == 0;
	explicit_bzero(string, sizeof(string));
	return (ok);
}

void
ask_invite(struct question *qu)
{
	const char *name = pairs_str(&qu->qu_in, "f.name");
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd");
	/* of our own tree */
	struct conf *hub = hubd == NULL ? NULL :
					  (struct conf *)conf_block(hubd, "hub",
					      pairs_str(&qu->qu_in, "f.hub"));
	const struct message *ms = fault(hub, name);
	char secret[SECRET_STRLEN];
	struct refusal re;

	add_hubs(qu);
	if (ms != NULL) {
		field_say(&qu->qu_out, "name", ms);
		sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id, SOURCE_PIN,
		    "");
		ask_answer(qu, "invalid");
		return;
	}
	if (!make_secret(secret) || !add_user(hub, name, secret))
		ask_failed(qu, "the user cannot be made");
	else if (!ask_commit(qu, &re))
		ask_failed(qu, re.re_en);
	else {
		(void)pairs_add(&qu->qu_out, "password", secret);
		sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id, SOURCE_PIN,
		    "");
		ask_answer(qu, "ok");
	}
	explicit_bzero(secret, sizeof(secret));
}
