/* SPDX-License-Identifier: ISC */
/*
 * site_password: the page where this box gets a new password at its hub.
 */
#include <string.h>

#include "http.h"

static const struct schema row_old = { .sc_key = "old",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED | SF_SECRET,
	.sc_label = "Old password",
	.sc_label_ja = "現在のパスワード",
	.sc_help = "The one that this box logs in to its hub with.",
	.sc_help_ja = "この装置がハブへのログインに使っているパスワード。" };

static const struct schema row_new = { .sc_key = "new",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED | SF_SECRET,
	.sc_label = "New password",
	.sc_label_ja = "新しいパスワード",
	.sc_help = "8 to 256 bytes.",
	.sc_help_ja = "8～256 バイト。" };

static const struct schema row_again = { .sc_key = "again",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED | SF_SECRET,
	.sc_label = "New password again",
	.sc_label_ja = "新しいパスワード（確認）",
	.sc_help = "The same once more.",
	.sc_help_ja = "もう一度入力してください。" };

static bool
differ(const struct client *cl)
{
	return (cl->cl_form != NULL &&
	    strcmp(pairs_str(cl->cl_form, "new"),
		pairs_str(cl->cl_form, "again")) != 0);
}

void
password_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "passwords"));
}

void
password_ask_new(struct client *cl)
{
	if (differ(cl))
		password_ask(cl);
	else
		site_ask_typed(cl, site_question(cl, "new-password"));
}

static void
draw_secret(struct client *cl, const struct schema *sc, const char *error)
{
	const struct input in = { .in_name = sc->sc_key,
		.in_value = "",
		.in_complete = sc == &row_old ? "off" : "new-password",
		.in_error = error,
		.in_needed = true };

	draw_row(cl, sc, &in);
}

static void
draw_form(struct client *cl)
{
	form_begin(cl, "/hub-password", cl->cl_rq.rq_cookie);
	html(cl, "<fieldset>\n");
	draw_choices(cl, "vnic", tr(cl, "Connection", "接続"));
	draw_secret(cl, &row_old, draw_error(cl, "old"));
	draw_secret(cl, &row_new, draw_error(cl, "new"));
	draw_secret(cl, &row_again,
	    differ(cl) ? tr(cl, "The two differ.", "一致しません。") : NULL);
	html(cl, "</fieldset>\n");
	form_end(cl, tr(cl, "Change it", "変更する"));
}

void
password_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	page_begin(cl,
	    tr(cl, "Password at the hub", "ハブへのログインパスワード"),
	    "/hub-password", true);
	draw_refusal(cl);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"The hub gets the new password first, if it lets this box "
		"choose one, and then the settings of this box; it logs in "
		"with it at once.",
		"まずハブに新しいパスワードを登録し（ハブが許す場合）、続いてこの"
		"装置の設定に保存して、すぐにログインし直します。"));
	html(cl, "</p>\n");
	if (pairs_get(cl->cl_answer, "vnic") == NULL)
		notice(cl, "bad",
		    tr(cl, "This box logs in to no hub with a password.",
			"この装置はパスワードでハブにログインしていません。"));
	else
		draw_form(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
password_answer_new(struct client *cl)
{
	if (!differ(cl) && site_result_is(cl, "ok"))
		site_redirect(cl, "/status", NULL);
	else
		password_answer(cl);
}
