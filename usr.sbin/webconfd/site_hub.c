/* SPDX-License-Identifier: ISC */
/*
 * site_hub: a hub as it is now: /hub/NAME, its sessions and the addresses that
 * it knows; a session is ended when that has been confirmed.
 */
#include <stdio.h>
#include <string.h>

#include "http.h"

/* The NAME in /hub/NAME; "" for the first hub. */
static const char *
name_of(const struct client *cl)
{
	const char *p = cl->cl_rq.rq_path + strlen("/hub");

	return (*p == '/' ? p + 1 : p);
}

static struct pairs *
question(const struct client *cl, const char *kind)
{
	struct pairs *pr = site_question(cl, kind);

	(void)pairs_add(pr, "hub", name_of(cl));
	return (pr);
}

void
hub_ask(struct client *cl)
{
	http_ask(cl, question(cl, "hub"));
}

/* The first time one is asked whether it is meant. */
static bool
sure(const struct client *cl)
{
	return (pairs_has(cl->cl_form, "sure", "yes"));
}

void
hub_ask_kick(struct client *cl)
{
	struct pairs *pr = question(cl, sure(cl) ? "kick" : "hub");

	(void)pairs_add(pr, "number", pairs_str(cl->cl_form, "session"));
	http_ask(cl, pr);
}

/* Whether there is such a hub; else the answer is given. */
static bool
there(struct client *cl)
{
	if (!site_admitted(cl))
		return (false);
	if (!site_result_is(cl, "missing"))
		return (true);
	client_refuse(cl, 404);
	return (false);
}

void
hub_answer(struct client *cl)
{
	if (!there(cl))
		return;
	draw_hub_page(cl, NULL);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
hub_answer_kick(struct client *cl)
{
	const char *fault;

	if (!there(cl))
		return;
	if (!sure(cl))
		draw_kick(cl, pairs_str(cl->cl_form, "session"));
	else if ((fault = source_fault(cl, "kick")) != NULL)
		draw_hub_page(cl, fault);
	else {
		site_redirect(cl, cl->cl_rq.rq_path, NULL);
		return;
	}
	client_respond(cl, 200, "text/html", "", NULL);
}
