/* SPDX-License-Identifier: ISC */
/*
 * ask_watch: hubs and the log as they are now.
 */
#include <string.h>

#include "kern/conf.h"

#include "ask.h"

enum { LOG_SECONDS = 5, HUBS_NAMED = 100 };

/* The hubs' names; the one asked for, the first without a name, or NULL. */
static const struct conf *
find_hub(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd"), *hub = NULL;
	const struct conf *found = NULL;
	const char *name = pairs_str(&qu->qu_in, "hub");
	unsigned int n = 0;

	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL) {
		if (n++ < HUBS_NAMED)
			(void)pairs_add(&qu->qu_out, "hub", conf_name(hub));
		if (found == NULL &&
		    (*name == '\0' || strcmp(conf_name(hub), name) == 0))
			found = hub;
	}
	if (n > 1)
		(void)pairs_add(&qu->qu_out, "hubs", "many");
	return (found);
}

void
ask_hub(struct question *qu)
{
	const struct conf *hub = find_hub(qu);

	if (hub == NULL) {
		ask_answer(qu, "missing");
		return;
	}
	(void)pairs_add(&qu->qu_out, "this", conf_name(hub));
	if (conf_has(hub, "radius"))
		(void)pairs_add(&qu->qu_out, "radius", "yes");
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id,
	    SOURCE_SESSIONS | SOURCE_ADDRESSES | SOURCE_BINDINGS,
	    conf_name(hub));
	ask_answer(qu, "ok");
}

void
ask_kick(struct question *qu)
{
	const char *number = pairs_str(&qu->qu_in, "number");
	size_t len = strlen(number);

	if (find_hub(qu) == NULL || len == 0 || len > 20 ||
	    strspn(number, "0123456789") != len) {
		ask_answer(qu, "missing");
		return;
	}
	ask_event(qu, "session-kicked", "session", number);
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id, SOURCE_KICK,
	    number);
	ask_answer(qu, "ok");
}

/* Its lines come from logread(8), which knows where they are kept. */
void
ask_log(struct question *qu)
{
	static char *const argv[] = { "logread", NULL };

	if (!job_start(qu->qu_parent, qu->qu_id, "log", argv, LOG_SECONDS))
		(void)pairs_add(&qu->qu_out, "busy", "yes");
	ask_answer(qu, "ok");
}

void
ask_why(struct question *qu)
{
	(void)pairs_add(&qu->qu_out, "hostname", ask_hostname(qu));
	ask_add_daemons(qu);
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id,
	    SOURCE_SESSIONS | SOURCE_VNICS | SOURCE_POLICY, "");
	ask_answer(qu, "ok");
}

void
ask_metrics(struct question *qu)
{
	const struct conf *sys = conf_find(qu->qu_conf, "system");
	const char *token = sys == NULL ? NULL : conf_str(sys, "metrics-token");

	if (token == NULL || *token == '\0') {
		ask_answer(qu, "missing");
		return;
	}
	if (!admin_same(token, pairs_str(&qu->qu_in, "bearer"))) {
		ask_answer(qu, "refused");
		return;
	}
	ask_add_daemons(qu);
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id,
	    SOURCE_STATS | SOURCE_SESSIONS | SOURCE_VNICS, "");
	ask_answer(qu, "ok");
}
