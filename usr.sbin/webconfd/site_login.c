/* SPDX-License-Identifier: ISC */
/*
 * site_login: the pages before one is logged in, /login and /setup, and the
 * way out, /logout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

/* The cookie that forms of a page without log-in belong to. */
struct visitor {
	char vi_cookie[REQUEST_TOKEN_LEN + 1];
	const char *vi_new; /* to be set, or NULL */
};

static void
visitor(const struct client *cl, struct visitor *vi)
{
	vi->vi_new = NULL;
	if (cl->cl_rq.rq_cookie[0] != '\0')
		memcpy(vi->vi_cookie, cl->cl_rq.rq_cookie,
		    sizeof(vi->vi_cookie));
	else {
		http_random_token(vi->vi_cookie);
		vi->vi_new = vi->vi_cookie;
	}
}

void
login_locked_text(const struct client *cl, char *out, size_t size)
{
	int wait =
	    cl->cl_answer == NULL ? 0 : atoi(pairs_str(cl->cl_answer, "wait"));

	if (wait < 60)
		snprintf(out, size,
		    tr(cl,
			"Too many wrong attempts. Try "
			"again in %d s.",
			"入力の間違いが続いています。%d 秒後にもう一度お試しく"
			"ださい。"),
		    wait);
	else
		snprintf(out, size,
		    tr(cl,
			"Too many wrong attempts. Try "
			"again in %d minutes.",
			"入力の間違いが続いています。%d 分後にもう一度お試しく"
			"ださい。"),
		    (wait + 59) / 60);
}

/* An input of the set-up and log-in forms; nothing typed comes back. */
static void
draw_plain(struct client *cl, const struct schema *sc, const char *name,
    const char *label, const char *complete, const char *error)
{
	struct input in = { .in_name = name,
		.in_value = "",
		.in_label = label,
		.in_complete = complete,
		.in_error = error,
		.in_needed = true,
		.in_focus = strcmp(complete, "new-password") != 0 };

	draw_row(cl, sc, &in);
}

static void
page_login(struct client *cl, int status, const char *error)
{
	static const struct schema row = { .sc_key = "password",
		.sc_type = ST_STRING,
		.sc_flags = SF_SECRET,
		.sc_label = "Password",
		.sc_label_ja = "パスワード" };
	struct visitor vi;

	visitor(cl, &vi);
	page_begin(cl, tr(cl, "Log in", "ログイン"), "/login", false);
	if (error != NULL)
		notice(cl, "bad", error);
	form_begin(cl, "/login", vi.vi_cookie);
	html(cl,
	    "<fieldset class=\"narrow\"><input type=\"text\" "
	    "name=\"user\" value=\"admin\" autocomplete=\"username\" "
	    "hidden>");
	draw_plain(cl, &row, "password",
	    tr(cl, "Administrator's password", "管理者のパスワード"),
	    "current-password", NULL);
	if (pairs_has(cl->cl_answer, "factor", "on")) {
		draw_factor_code(cl, NULL);
		factor_clock(cl);
	}
	html(cl, "</fieldset>");
	form_end(cl, tr(cl, "Log in", "ログイン"));
	page_end(cl);
	client_respond(cl, status, "text/html", "", vi.vi_new);
}

/* What is wrong with each of the three inputs; NULL for nothing. */
struct setup_errors {
	const char *code;
	const char *password;
	const char *again;
	const char *general;
};

static const struct schema row_again = { .sc_key = "again",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET };

static void
page_setup(struct client *cl, int status, const struct setup_errors *se)
{
	struct visitor vi;

	visitor(cl, &vi);
	page_begin(cl, tr(cl, "Set up this box", "この装置の初期設定"),
	    "/setup", false);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"Welcome. The set-up code shows that you stand in "
		"front of the box. Choose a password for its administrator.",
		"ようこそ。設定コードは、装置のそばにいることを確かめるための"
		"ものです。管理者のパスワードを決めてください。"));
	html(cl, "</p>");
	if (se->general != NULL)
		notice(cl, "bad", se->general);
	form_begin(cl, "/setup", vi.vi_cookie);
	html(cl,
	    "<fieldset class=\"narrow\"><input type=\"text\" "
	    "name=\"user\" value=\"admin\" autocomplete=\"username\" "
	    "hidden>");
	draw_plain(cl, &row_code, "code", NULL, "off", se->code);
	draw_plain(cl, &row_admin_password, "password", NULL, "new-password",
	    se->password);
	draw_plain(cl, &row_again, "again",
	    tr(cl, "Password again", "パスワード（確認）"), "new-password",
	    se->again);
	html(cl, "</fieldset>");
	form_end(cl, tr(cl, "Set password", "パスワードを設定"));
	page_end(cl);
	client_respond(cl, status, "text/html", "", vi.vi_new);
}

void
logout_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "logout"));
}

void
login_ask(struct client *cl)
{
	struct pairs *pr = site_question(cl, "login");

	(void)pairs_add(pr, "password", pairs_str(cl->cl_form, "password"));
	(void)pairs_add(pr, "one-time-code",
	    pairs_str(cl->cl_form, "one-time-code"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

void
setup_ask(struct client *cl)
{
	struct pairs *pr = site_question(cl, "setup");
	struct setup_errors se = { .code = NULL };
	const struct message *ms;
	const char *password = pairs_str(cl->cl_form, "password");

	ms = schema_fault(&row_admin_password, password, NULL);
	if (ms != NULL)
		se.password = message_text(ms, cl->cl_rq.rq_ja);
	if (strcmp(password, pairs_str(cl->cl_form, "again")) != 0)
		se.again = tr(cl, "the two passwords differ",
		    "2 つのパスワードが違います。");
	if (se.password != NULL || se.again != NULL) {
		page_setup(cl, 200, &se);
		return;
	}
	(void)pairs_add(pr, "code", pairs_str(cl->cl_form, "code"));
	(void)pairs_add(pr, "password", password);
	http_ask(cl, pr);
	pairs_clear(pr);
}

void
login_answer_page(struct client *cl)
{
	if (site_result_is(cl, "login"))
		page_login(cl, 200, NULL);
	else
		site_root(cl);
}

void
setup_answer_page(struct client *cl)
{
	static const struct setup_errors none;

	if (site_result_is(cl, "setup"))
		page_setup(cl, 200, &none);
	else
		site_root(cl);
}

void
login_answer(struct client *cl)
{
	char text[256];

	if (site_result_is(cl, "ok")) {
		address_known(cl->cl_address);
		site_redirect(cl, "/status",
		    pairs_str(cl->cl_answer, "session"));
	} else if (site_result_is(cl, "refused"))
		page_login(cl, 200,
		    pairs_has(cl->cl_answer, "factor", "on") ?
			tr(cl, "Wrong password or code.",
			    "パスワードかコードが違います。") :
			tr(cl, "Wrong password.", "パスワードが違います。"));
	else if (site_result_is(cl, "locked")) {
		login_locked_text(cl, text, sizeof(text));
		page_login(cl, 429, text);
	} else
		site_root(cl);
}

void
setup_answer(struct client *cl)
{
	struct setup_errors se = { .code = NULL };
	char text[256];

	if (site_result_is(cl, "ok")) {
		address_known(cl->cl_address);
		site_redirect(cl, "/start",
		    pairs_str(cl->cl_answer, "session"));
	} else if (site_result_is(cl, "refused")) {
		se.code = tr(cl, "wrong set-up code", "設定コードが違います。");
		page_setup(cl, 200, &se);
	} else if (site_result_is(cl, "locked")) {
		login_locked_text(cl, text, sizeof(text));
		se.general = text;
		page_setup(cl, 429, &se);
	} else
		site_root(cl);
}

void
logout_answer(struct client *cl)
{
	site_redirect(cl, "/login", "");
}
