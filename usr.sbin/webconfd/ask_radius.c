/* SPDX-License-Identifier: ISC */
/*
 * ask_radius: a log-in that only tests a hub's RADIUS servers, by the running
 * hubd, as hubctl(8) has it do.  The password goes from the browser into
 * hubd's control socket, and nowhere else.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/base64.h"
#include "kern/conf.h"
#include "tunnel/http.h"

#include "ask.h"
#include "field.h"

enum { WORD = 4 * HTTP_PASSWORD_MAX / 3 + 4, HUBS_NAMED = 100 };

/* The hubs that ask RADIUS servers; the one that the form names, or NULL. */
static const struct conf *
find_hub(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd"), *hub = NULL;
	const struct conf *found = NULL;
	const char *name = pairs_str(&qu->qu_in, "f.hub");
	unsigned int n = 0;

	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL) {
		if (!conf_has(hub, "radius"))
			continue;
		if (n++ < HUBS_NAMED)
			(void)pairs_add(&qu->qu_out, "hub", conf_name(hub));
		if (strcmp(conf_name(hub), name) == 0)
			found = hub;
	}
	return (found);
}

void
ask_radius(struct question *qu)
{
	(void)find_hub(qu);
	ask_answer(qu, "ok");
}

/* One word of the control socket's language. */
static bool
user_ok(const char *user)
{
	const char *p = user;

	while ((unsigned char)*p > ' ' && *p != 0x7f)
		p++;
	return (p > user && *p == '\0' && p - user < HTTP_NAME_MAX);
}

static bool
send_test(struct question *qu, const struct conf *hub)
{
	const char *password = pairs_str(&qu->qu_in, "f.password");
	char word[WORD], line[WORD + 2 * HTTP_NAME_MAX + 32];
	bool sent = false;

	if (base64_encode(BASE64_URL, password, strlen(password), word,
		sizeof(word)) != -1) {
		snprintf(line, sizeof(line), "radius test %s %s %s\n",
		    conf_name(hub), pairs_str(&qu->qu_in, "f.user"), word);
		sent = source_command(qu->qu_parent, qu->qu_id, "radius",
		    conf_find(qu->qu_conf, "hubd"), line);
	}
	explicit_bzero(word, sizeof(word));
	explicit_bzero(line, sizeof(line));
	return (sent);
}

static void
refuse(struct question *qu, const char *name, const struct message *ms)
{
	field_say(&qu->qu_out, name, ms);
	ask_answer(qu, "invalid");
}

void
ask_test_radius(struct question *qu)
{
	static const struct message user = {
		"this must be a name of at most 32 bytes without spaces",
		"空白を含まない 32 バイト以内の名前を入力してください。"
	};
	static const struct message password = {
		"this must have 1 to 256 bytes",
		"1～256 バイトで入力してください。"
	};
	static const struct message down = { "hubd does not run",
		"hubd が動いていません。" };
	const struct conf *hub = find_hub(qu);
	size_t len = strlen(pairs_str(&qu->qu_in, "f.password"));

	if (hub == NULL)
		ask_answer(qu, "missing");
	else if (!user_ok(pairs_str(&qu->qu_in, "f.user")))
		refuse(qu, "user", &user);
	else if (len == 0 || len >= HTTP_PASSWORD_MAX)
		refuse(qu, "password", &password);
	else if (!send_test(qu, hub))
		refuse(qu, "", &down);
	else
		ask_answer(qu, "ok");
}
