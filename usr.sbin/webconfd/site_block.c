/* SPDX-License-Identifier: ISC */
/*
 * site_block: the pages of the blocks of the settings.
 */
#include <stdio.h>
#include <string.h>

#include "http.h"

/* The place in the request's path; false if there can be none. */
static bool
take_place(const struct client *cl, struct place *pl)
{
	const char *at = cl->cl_rq.rq_path + strlen("/all");

	if (strcmp(at, "/") == 0)
		return (false);
	return (place_parse(*at == '/' ? at + 1 : at, pl));
}

static struct pairs *
question(const struct client *cl, const char *kind, const struct place *pl)
{
	struct pairs *pr = site_question(cl, kind);
	char at[PLACE_SIZE];

	place_print(pl, pl->pl_depth, at, sizeof(at));
	(void)pairs_add(pr, "at", at);
	return (pr);
}

void
block_ask(struct client *cl)
{
	struct place pl;

	if (take_place(cl, &pl))
		http_ask(cl, question(cl, "block", &pl));
	else
		client_refuse(cl, 404);
}

void
block_ask_save(struct client *cl)
{
	bool gone = pairs_has(cl->cl_form, ".remove", "yes");
	struct place pl;

	if (take_place(cl, &pl))
		site_ask_typed(cl,
		    question(cl, gone ? "remove-block" : "save-block", &pl));
	else
		client_refuse(cl, 404);
}

void
block_answer(struct client *cl)
{
	struct place pl;

	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "missing") || !take_place(cl, &pl)) {
		client_refuse(cl, 404);
		return;
	}
	draw_block(cl, &pl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
block_answer_save(struct client *cl)
{
	char path[PLACE_SIZE + sizeof("/all/")];
	const char *at;

	if (!site_result_is(cl, "ok")) {
		block_answer(cl);
		return;
	}
	/* what is on trial has to be confirmed there */
	if (pairs_get(cl->cl_answer, "begun") != NULL) {
		site_redirect(cl, "/status", NULL);
		return;
	}
	at = pairs_str(cl->cl_answer, "at");
	snprintf(path, sizeof(path), "/all%s%s", *at == '\0' ? "" : "/", at);
	site_redirect(cl, path, NULL);
}
