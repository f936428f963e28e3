/* SPDX-License-Identifier: ISC */
/*
 * site: the pages, by path and method.  A page asks the parent first and is
 * drawn when it has answered.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/log.h"

#include "http.h"

static const char icon_svg[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">"
    "<rect width=\"32\" height=\"32\" rx=\"7\" fill=\"#1f5f8b\"/>"
    "<path d=\"M7 21h6l6-10h6\" fill=\"none\" stroke=\"#fff\" "
    "stroke-width=\"2.6\" stroke-linecap=\"round\" "
    "stroke-linejoin=\"round\"/>"
    "<circle cx=\"7\" cy=\"21\" r=\"3\" fill=\"#fff\"/>"
    "<circle cx=\"25\" cy=\"11\" r=\"3\" fill=\"#fff\"/></svg>\n";

/* The cookie that forms of a page without log-in belong to. */
struct visitor {
	char vi_cookie[REQUEST_TOKEN_LEN + 1];
	const char *vi_new;		/* to be set, or NULL */
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

static void
respond(struct client *cl, int status, const char *cookie)
{
	client_respond(cl, status, "text/html", "", cookie);
}

void
site_redirect(struct client *cl, const char *path, const char *cookie)
{
	client_respond(cl, 303, "", path, cookie);
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

void
site_locked_text(const struct client *cl, char *out, size_t size)
{
	int wait =
	    cl->cl_answer == NULL ? 0 : atoi(pairs_str(cl->cl_answer, "wait"));

	if (wait < 60)
		snprintf(out, size,
		    tr(cl,
			"Too many wrong attempts. Try "
			"again in %d s.",
			"間違いが続きました。%d 秒後にもう一度"
			"試してください。"),
		    wait);
	else
		snprintf(out, size,
		    tr(cl,
			"Too many wrong attempts. Try "
			"again in %d minutes.",
			"間違いが続きました。%d 分後に"
			"もう一度試してください。"),
		    (wait + 59) / 60);
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
	respond(cl, status, vi.vi_new);
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
	page_begin(cl, tr(cl, "Set up this box", "この装置の設定"), "/setup",
	    false);
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
	respond(cl, status, vi.vi_new);
}

static void
page_forbidden(struct client *cl)
{
	page_begin(cl, tr(cl, "Please try again", "もう一度お試しください"), "",
	    false);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"This form was too old, or it came from another "
		"site. Nothing was changed.",
		"このフォームは古いか、別のサイトから送られました。変更は"
		"していません。"));
	html(cl, "</p><p><a href=\"/\">");
	html(cl, tr(cl, "Back to the start", "最初に戻る"));
	html(cl, "</a></p>");
	page_end(cl);
	respond(cl, 403, NULL);
}

static void
page_failed(struct client *cl)
{
	page_begin(cl, tr(cl, "This did not work", "できませんでした"), "",
	    false);
	notice(cl, "bad", pairs_str(cl->cl_answer, "e."));
	html(cl, "<p><a href=\"/\">");
	html(cl, tr(cl, "Back to the start", "最初に戻る"));
	html(cl, "</a></p>");
	page_end(cl);
	respond(cl, 503, NULL);
}

/* Questions; each path has its own. */

struct pairs *
site_question(const struct client *cl, const char *kind)
{
	static struct pairs pr;

	pairs_clear(&pr);
	(void)pairs_add(&pr, "ask", kind);
	(void)pairs_add(&pr, "session", cl->cl_rq.rq_cookie);
	return (&pr);
}

static void
ask_kind(struct client *cl, const char *kind)
{
	http_ask(cl, site_question(cl, kind));
}

static void
ask_state(struct client *cl)
{
	ask_kind(cl, "state");
}

static void
ask_status(struct client *cl)
{
	ask_kind(cl, "status");
}

static void
ask_settings(struct client *cl)
{
	ask_kind(cl, "settings");
}

static void
ask_keep(struct client *cl)
{
	ask_kind(cl, "keep");
}

static void
ask_logout(struct client *cl)
{
	ask_kind(cl, "logout");
}

static void
ask_login(struct client *cl)
{
	struct pairs *pr = site_question(cl, "login");

	(void)pairs_add(pr, "password", pairs_str(cl->cl_form, "password"));
	(void)pairs_add(pr, "one-time-code",
	    pairs_str(cl->cl_form, "one-time-code"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

static void
ask_setup(struct client *cl)
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

/* Add all that was typed, as "f.NAME". */
static void
add_typed(const struct client *cl, struct pairs *question)
{
	char key[80];
	const char *k, *v;
	size_t pos = 0;

	while (pairs_next(cl->cl_form, &pos, &k, &v)) {
		snprintf(key, sizeof(key), "f.%s", k);
		(void)pairs_add(question, key, v);
	}
}

void
site_ask_typed(struct client *cl, struct pairs *question)
{
	add_typed(cl, question);
	http_ask(cl, question);
	pairs_clear(question);
}

static void
ask_save(struct client *cl)
{
	site_ask_typed(cl, site_question(cl, "save"));
}

/* Answers. */

static const char *
result_of(const struct client *cl)
{
	return (pairs_str(cl->cl_answer, "result"));
}

bool
site_result_is(const struct client *cl, const char *what)
{
	return (strcmp(result_of(cl), what) == 0);
}

static void
on_root(struct client *cl)
{
	if (site_result_is(cl, "ok"))
		site_redirect(cl, "/status", NULL);
	else
		site_redirect(cl,
		    site_result_is(cl, "setup") ? "/setup" : "/login", NULL);
}

static void
on_login_page(struct client *cl)
{
	if (site_result_is(cl, "login"))
		page_login(cl, 200, NULL);
	else
		on_root(cl);
}

static void
on_setup_page(struct client *cl)
{
	static const struct setup_errors none;

	if (site_result_is(cl, "setup"))
		page_setup(cl, 200, &none);
	else
		on_root(cl);
}

static void
on_login(struct client *cl)
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
		site_locked_text(cl, text, sizeof(text));
		page_login(cl, 429, text);
	} else
		on_root(cl);
}

static void
on_setup(struct client *cl)
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
		site_locked_text(cl, text, sizeof(text));
		se.general = text;
		page_setup(cl, 429, &se);
	} else
		on_root(cl);
}

static void
on_logout(struct client *cl)
{
	site_redirect(cl, "/login", "");
}

/* Pages for the administrator only. */
bool
site_admitted(struct client *cl)
{
	if (site_result_is(cl, "login") || site_result_is(cl, "setup")) {
		on_root(cl);
		return (false);
	}
	address_known(cl->cl_address);
	return (true);
}

static void
on_status(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	draw_status(cl);
	respond(cl, 200, NULL);
}

static void
on_settings(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	draw_settings(cl);
	respond(cl, 200, NULL);
}

static void
on_save(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "ok")) {
		site_redirect(cl, "/status", NULL);
		return;
	}
	draw_settings(cl);
	respond(cl, 200, NULL);
}

static void
on_keep(struct client *cl)
{
	if (site_admitted(cl))
		site_redirect(cl, "/status", NULL);
}

static const struct route {
	enum request_method rt_method;
	const char *rt_path;
	void (*rt_ask)(struct client *);
	void (*rt_answer)(struct client *);
} routes[] = {
	{ METHOD_GET, "/", ask_state, on_root },
	{ METHOD_GET, "/setup", ask_state, on_setup_page },
	{ METHOD_POST, "/setup", ask_setup, on_setup },
	{ METHOD_GET, "/login", ask_state, on_login_page },
	{ METHOD_POST, "/login", ask_login, on_login },
	{ METHOD_POST, "/logout", ask_logout, on_logout },
	{ METHOD_GET, "/status", ask_status, on_status },
	{ METHOD_GET, "/start", start_ask, start_answer },
	{ METHOD_POST, "/start", start_ask_step, start_answer_step },
	{ METHOD_GET, "/start/test", ask_status, start_answer_test },
	{ METHOD_GET, "/settings", ask_settings, on_settings },
	{ METHOD_POST, "/settings", ask_save, on_save },
	{ METHOD_POST, "/keep", ask_keep, on_keep },
	{ METHOD_GET, "/invite", invite_ask, invite_answer },
	{ METHOD_POST, "/invite", invite_ask_new, invite_answer_new },
	{ METHOD_GET, "/hub-password", password_ask, password_answer },
	{ METHOD_POST, "/hub-password", password_ask_new, password_answer_new },
	{ METHOD_GET, "/history", history_ask, history_answer },
	{ METHOD_POST, "/history", history_ask_restore,
	    history_answer_restore },
	{ METHOD_GET, "/factor", factor_ask, factor_answer },
	{ METHOD_POST, "/factor", factor_ask_turn, factor_answer_turn },
	{ METHOD_GET, "/all", block_ask, block_answer },
	{ METHOD_POST, "/all", block_ask_save, block_answer_save },
};

/* The pages of blocks, and of generations, are all below one path. */
static bool
path_is(const char *path, const char *route)
{
	size_t len = strlen(route);

	if (strcmp(route, "/all") == 0 || strcmp(route, "/history") == 0)
		return (strncmp(path, route, len) == 0 &&
		    (path[len] == '\0' || path[len] == '/'));
	return (strcmp(path, route) == 0);
}

/* The route of a request; *known: the path has one of another method. */
static const struct route *
route_of(const struct request *rq, bool *known)
{
	enum request_method method =
	    rq->rq_method == METHOD_HEAD ? METHOD_GET : rq->rq_method;
	size_t i;

	*known = false;
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!path_is(rq->rq_path, routes[i].rt_path))
			continue;
		if (routes[i].rt_method == method)
			return (&routes[i]);
		*known = true;
	}
	return (NULL);
}

/* What needs no answer of anybody. */
static bool
fixed(struct client *cl)
{
	const char *path = cl->cl_rq.rq_path;

	if (cl->cl_rq.rq_method == METHOD_POST)
		return (false);
	if (strcmp(path, "/style.css") == 0) {
		html(cl, style_css);
		client_respond(cl, 200, "text/css", "", NULL);
	} else if (strcmp(path, "/icon.svg") == 0) {
		html(cl, icon_svg);
		client_respond(cl, 200, "image/svg+xml", "", NULL);
	} else if (strcmp(path, "/language/en") == 0 ||
	    strcmp(path, "/language/ja") == 0) {
		cl->cl_language =
		    strcmp(path, "/language/en") == 0 ? "en" : "ja";
		site_redirect(cl, "/", NULL);
	} else
		return (false);
	return (true);
}

void
site_request(struct client *cl)
{
	const struct request *rq = &cl->cl_rq;
	const struct route *rt;
	bool known;

	if ((cl->cl_page = evbuffer_new()) == NULL)
		fatalx("no memory");
	if (fixed(cl))
		return;
	if ((rt = route_of(rq, &known)) == NULL)
		client_refuse(cl, known ? 405 : 404);
	else if (rq->rq_method == METHOD_POST &&
	    (!rq->rq_same_origin ||
		!http_csrf_ok(rq->rq_cookie, pairs_str(cl->cl_form, "token"))))
		page_forbidden(cl);
	else
		rt->rt_ask(cl);
}

void
site_answer(struct client *cl)
{
	const struct route *rt;
	bool known;

	if (site_result_is(cl, "failed"))
		page_failed(cl);
	else if ((rt = route_of(&cl->cl_rq, &known)) != NULL)
		rt->rt_answer(cl);
}
