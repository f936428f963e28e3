/* SPDX-License-Identifier: ISC */
/*
 * site_invite: an office is invited: a user for it, and one line of text with
 * all that it needs.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http.h"
#include "invite.h"

static const struct schema row_server = { .sc_key = "server",
	.sc_type = ST_HOSTPORT,
	.sc_flags = SF_REQUIRED,
	.sc_label = "Address of this hub",
	.sc_label_ja = "このハブのアドレス",
	.sc_help = "As offices reach it over the Internet.",
	.sc_help_ja = "各拠点からインターネット経由で接続するアドレス。" };

static const struct schema row_name = { .sc_key = "name",
	.sc_type = ST_NAME,
	.sc_flags = SF_REQUIRED,
	.sc_label = "Name of the office",
	.sc_label_ja = "拠点の名前",
	.sc_help = "The office logs in as a user of this name.",
	.sc_help_ja = "拠点はこの名前のユーザーとしてログインします。" };

void
invite_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "inviting"));
}

void
invite_ask_new(struct client *cl)
{
	/* nothing is made for an address that cannot be used */
	if (schema_fault(&row_server, pairs_str(cl->cl_form, "server"), NULL) !=
	    NULL)
		invite_ask(cl);
	else
		site_ask_typed(cl, site_question(cl, "invite"));
}

static const char *
typed(const struct client *cl, const char *name)
{
	return (cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, name));
}

static void
draw_input_of(struct client *cl, const struct schema *sc, const char *error)
{
	struct input in = { .in_name = sc->sc_key,
		.in_value = typed(cl, sc->sc_key),
		.in_error = error,
		.in_needed = true };

	draw_row(cl, sc, &in);
}

static void
draw_form(struct client *cl)
{
	const struct message *ms = NULL;

	if (cl->cl_form != NULL)
		ms = schema_fault(&row_server, typed(cl, "server"), NULL);
	form_begin(cl, "/invite", cl->cl_rq.rq_cookie);
	html(cl, "<fieldset>\n");
	draw_choices(cl, "hub", tr(cl, "Hub", "ハブ"));
	draw_input_of(cl, &row_name, draw_error(cl, "name"));
	draw_input_of(cl, &row_server,
	    ms == NULL ? NULL : message_text(ms, cl->cl_rq.rq_ja));
	html(cl, "</fieldset>\n");
	form_end(cl, tr(cl, "Make an invitation", "招待を作る"));
}

/* The pin as hubd has said it just now; "" if it does not answer. */
static void
take_pin(const struct client *cl, char *out, size_t size)
{
	json_t *rows = source_rows(cl, "pin");
	const char *pin =
	    json_string_value(json_object_get(json_array_get(rows, 0), "pin"));

	strlcpy(out, pin == NULL ? "" : pin, size);
	json_decref(rows);
}

static void
begin(struct client *cl)
{
	page_begin(cl, tr(cl, "Invite an office", "拠点を招待する"), "/invite",
	    true);
}

void
invite_answer(struct client *cl)
{
	char pin[64];

	if (!site_admitted(cl))
		return;
	take_pin(cl, pin, sizeof(pin));
	begin(cl);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"An invitation is one line of text. Pasted into the settings "
		"of another box, it makes it an office of this hub.",
		"招待は 1 行の文字列です。別の装置の設定に貼り付けると、その装置が"
		"このハブの拠点になります。"));
	html(cl, "</p>\n");
	if (pairs_get(cl->cl_answer, "hub") == NULL || pin[0] == '\0')
		notice(cl, "bad",
		    tr(cl, "No hub is running on this box.",
			"この装置ではハブが動いていません。"));
	else
		draw_form(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

static void
draw_invitation(struct client *cl, const char *text)
{
	html(cl,
	    "<section class=\"card\"><div class=\"row\"><label "
	    "for=\"text\">");
	html(cl, tr(cl, "Invitation", "招待"));
	html(cl,
	    "</label><textarea id=\"text\" rows=\"6\" readonly "
	    "autofocus spellcheck=\"false\">");
	html_text(cl, text);
	html(cl, "</textarea><p class=\"help\">");
	html(cl,
	    tr(cl,
		"It is shown only once. Who has it can join: pass it on as "
		"you would a password. Removing the user takes it back.",
		"表示されるのはこの 1 回だけです。持っている人は誰でも参加できる"
		"ので、パスワードと同じように扱ってください。ユーザーを削除すれば"
		"無効になります。"));
	html(cl, "</p></div>\n");
	draw_qr(cl, text);
	html(cl, "</section>\n");
}

void
invite_answer_new(struct client *cl)
{
	struct pairs pr = { .pr_len = 0 };
	char pin[64], text[INVITE_SIZE];

	if (!site_result_is(cl, "ok") ||
	    pairs_get(cl->cl_answer, "password") == NULL) {
		invite_answer(cl);
		return;
	}
	take_pin(cl, pin, sizeof(pin));
	(void)pairs_add(&pr, "server", typed(cl, "server"));
	(void)pairs_add(&pr, "hub", typed(cl, "hub"));
	(void)pairs_add(&pr, "user", typed(cl, "name"));
	(void)pairs_add(&pr, "password", pairs_str(cl->cl_answer, "password"));
	(void)pairs_add(&pr, "pin", pin);
	begin(cl);
	if (invite_format(&pr, text))
		draw_invitation(cl, text);
	else
		notice(cl, "bad",
		    tr(cl,
			"The hub does not answer: remove the user, and try "
			"again.",
			"ハブが応答しません。ユーザーを削除してから、もう一度お"
			"試しください。"));
	page_end(cl);
	pairs_clear(&pr);
	explicit_bzero(text, sizeof(text));
	client_respond(cl, 200, "text/html", "", NULL);
}
