/* SPDX-License-Identifier: ISC */
/*
 * site_factor: the page of the administrator's second factor.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http.h"

const struct schema row_one_time_code = { .sc_key = "one-time-code",
	.sc_type = ST_STRING,
	.sc_label = "One-time code",
	.sc_label_ja = "ワンタイムコード",
	.sc_help = "6 digits from the authenticator app.",
	.sc_help_ja = "認証アプリに表示される 6 桁の数字。" };

void
factor_clock(struct client *cl)
{
	char text[64];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return;
	html(cl, "<p class=\"help\">");
	html(cl,
	    tr(cl, "Codes go by the time. The clock of this box says ",
		"コードは時刻で変わります。この装置の時計："));
	html_text(cl, text);
	html(cl, tr(cl, ".</p>", "</p>"));
}

static void
draw_offer(struct client *cl)
{
	const char *uri = pairs_str(cl->cl_answer, "uri");

	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"It is off: the password alone logs in. To switch it on, "
		"photograph the picture with an authenticator app, or type "
		"the key into it, and enter the code that it shows.",
		"オフです。パスワードだけでログインできます。オンにするには、"
		"認証アプリで画像を読み取るかキーを入力し、表示されたコードを"
		"入れてください。"));
	html(cl, "</p>\n");
	draw_qr(cl, uri);
	html(cl, "<p>");
	html(cl, tr(cl, "Key: ", "キー："));
	html(cl, "<code>");
	html_text(cl, pairs_str(cl->cl_answer, "key"));
	html(cl, "</code><br><code>");
	html_text(cl, uri);
	html(cl, "</code></p>\n");
}

static void
draw_state(struct client *cl)
{
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"It is on: a log-in needs the password and a code. To switch "
		"it off, enter a code. Without the app: item 3 of the box's "
		"console sets a password and switches it off.",
		"オンです。ログインにはパスワードとコードが必要です。オフにす"
		"るにはコードを入れてください。アプリがないときは、コンソール"
		"メニューの 3 でパスワードを設定するとオフになります。"));
	html(cl, "</p>\n");
}

void
draw_factor_code(struct client *cl, const char *error)
{
	const struct input in = { .in_name = "one-time-code",
		.in_value = "",
		.in_complete = "one-time-code",
		.in_error = error,
		.in_needed = true };

	draw_row(cl, &row_one_time_code, &in);
}

static void
page_factor(struct client *cl, int status, const char *error)
{
	bool on = pairs_has(cl->cl_answer, "factor", "on");

	page_begin(cl, tr(cl, "Second factor", "二要素認証"), "/factor", true);
	if (on)
		draw_state(cl);
	else
		draw_offer(cl);
	form_begin(cl, "/factor", cl->cl_rq.rq_cookie);
	draw_hidden(cl, "turn", on ? "off" : "on");
	html(cl, "<fieldset class=\"narrow\">");
	draw_factor_code(cl, error);
	factor_clock(cl);
	html(cl, "</fieldset>");
	form_end(cl,
	    on ? tr(cl, "Switch off", "オフにする") :
		 tr(cl, "Switch on", "オンにする"));
	page_end(cl);
	client_respond(cl, status, "text/html", "", NULL);
}

void
factor_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "factor"));
}

void
factor_ask_turn(struct client *cl)
{
	struct pairs *pr = site_question(cl, "turn-factor");

	(void)pairs_add(pr, "turn", pairs_str(cl->cl_form, "turn"));
	(void)pairs_add(pr, "one-time-code",
	    pairs_str(cl->cl_form, "one-time-code"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

void
factor_answer(struct client *cl)
{
	char text[256];

	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "locked")) {
		login_locked_text(cl, text, sizeof(text));
		page_factor(cl, 429, text);
	} else
		page_factor(cl, 200,
		    site_result_is(cl, "refused") ?
			tr(cl, "This code is wrong, or was used already.",
			    "コードが違うか、すでに使われています。") :
			NULL);
}

void
factor_answer_turn(struct client *cl)
{
	if (site_result_is(cl, "ok"))
		site_redirect(cl, "/factor", NULL);
	else
		factor_answer(cl);
}
