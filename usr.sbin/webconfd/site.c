/* SPDX-License-Identifier: ISC */
/*
 * site: the pages, by path and method.  A page asks the parent first and is
 * drawn when it has answered.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "kern/log.h"

#include "http.h"
#include "shelf.h"

static const char icon_svg[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">"
    "<rect width=\"32\" height=\"32\" rx=\"7\" fill=\"#1f5f8b\"/>"
    "<path d=\"M7 21h6l6-10h6\" fill=\"none\" stroke=\"#fff\" "
    "stroke-width=\"2.6\" stroke-linecap=\"round\" "
    "stroke-linejoin=\"round\"/>"
    "<circle cx=\"7\" cy=\"21\" r=\"3\" fill=\"#fff\"/>"
    "<circle cx=\"25\" cy=\"11\" r=\"3\" fill=\"#fff\"/></svg>\n";

enum { SITE_RESTORE_MAX = 8 << 20 };

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

void
site_forbidden(struct client *cl)
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

const struct pairs *
site_query(const struct client *cl)
{
	static struct pairs pr;
	const char *query = cl->cl_rq.rq_query;

	(void)request_form(query, strlen(query), &pr);
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

void
site_root(struct client *cl)
{
	if (site_result_is(cl, "ok"))
		site_redirect(cl, "/status", NULL);
	else
		site_redirect(cl,
		    site_result_is(cl, "setup") ? "/setup" : "/login", NULL);
}

/* Pages for the administrator only. */
bool
site_admitted(struct client *cl)
{
	if (site_result_is(cl, "login") || site_result_is(cl, "setup")) {
		site_root(cl);
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
	{ METHOD_GET, "/", ask_state, site_root },
	{ METHOD_GET, "/setup", ask_state, setup_answer_page },
	{ METHOD_POST, "/setup", setup_ask, setup_answer },
	{ METHOD_GET, "/login", ask_state, login_answer_page },
	{ METHOD_POST, "/login", login_ask, login_answer },
	{ METHOD_POST, "/logout", logout_ask, logout_answer },
	{ METHOD_GET, "/status", ask_status, on_status },
	{ METHOD_GET, "/start", start_ask, start_answer },
	{ METHOD_POST, "/start", start_ask_step, start_answer_step },
	{ METHOD_GET, "/start/test", ask_status, start_answer_test },
	{ METHOD_GET, "/settings", ask_settings, on_settings },
	{ METHOD_POST, "/settings", ask_save, on_save },
	{ METHOD_POST, "/keep", ask_keep, on_keep },
	{ METHOD_GET, "/hub", hub_ask, hub_answer },
	{ METHOD_POST, "/hub", hub_ask_kick, hub_answer_kick },
	{ METHOD_GET, "/log", log_ask, log_answer },
	{ METHOD_POST, "/side", side_ask, side_answer },
	{ METHOD_GET, "/tools", tools_ask, tools_answer },
	{ METHOD_POST, "/tools", tools_ask_run, tools_answer_run },
	{ METHOD_GET, "/why", why_ask, why_answer },
	{ METHOD_GET, "/metrics", metrics_ask, metrics_answer },
	{ METHOD_GET, "/invite", invite_ask, invite_answer },
	{ METHOD_POST, "/invite", invite_ask_new, invite_answer_new },
	{ METHOD_GET, "/hub-password", password_ask, password_answer },
	{ METHOD_POST, "/hub-password", password_ask_new, password_answer_new },
	{ METHOD_GET, "/radius-test", radius_ask, radius_answer },
	{ METHOD_POST, "/radius-test", radius_ask_test, radius_answer_test },
	{ METHOD_GET, "/certificates", certificate_ask, certificate_answer },
	{ METHOD_POST, "/certificates", certificate_ask_now,
	    certificate_answer_now },
	{ METHOD_GET, "/history", history_ask, history_answer },
	{ METHOD_POST, "/history", history_ask_restore,
	    history_answer_restore },
	{ METHOD_GET, "/factor", factor_ask, factor_answer },
	{ METHOD_POST, "/factor", factor_ask_turn, factor_answer_turn },
	{ METHOD_GET, "/backup", backup_ask, backup_answer },
	{ METHOD_POST, "/backup/download", backup_ask_download,
	    backup_answer_download },
	{ METHOD_POST, "/backup/restore", backup_ask_restore,
	    backup_answer_restore },
	{ METHOD_GET, "/upgrade", upgrade_ask, upgrade_answer },
	{ METHOD_POST, "/upgrade/upload", upgrade_ask_upload,
	    upgrade_answer_begun },
	{ METHOD_POST, "/upgrade/fetch", upgrade_ask_fetch,
	    upgrade_answer_begun },
	{ METHOD_GET, "/parts", parts_ask, parts_answer },
	{ METHOD_GET, "/parts/sbom.json", parts_ask, parts_answer },
	{ METHOD_GET, "/restart", restart_ask, restart_answer },
	{ METHOD_POST, "/restart", restart_ask_now, restart_answer_now },
	{ METHOD_GET, "/all", block_ask, block_answer },
	{ METHOD_POST, "/all", block_ask_save, block_answer_save },
};

/* The pages of blocks, of generations, and of hubs: all below one path. */
static bool
path_is(const char *path, const char *route)
{
	size_t len = strlen(route);

	if (strcmp(route, "/all") == 0 || strcmp(route, "/history") == 0 ||
	    strcmp(route, "/hub") == 0)
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

/* A file that ships, packed as it is. */
static void
respond_shelf(struct client *cl, enum shelf_file file, const char *type)
{
	size_t len;
	const void *data = shelf_find(file, &len);

	if (data == NULL || !cl->cl_rq.rq_gzip) {
		client_refuse(cl, data == NULL ? 404 : 406);
		return;
	}
	html_raw(cl, data, len);
	cl->cl_header = "Content-Encoding: gzip\r\n"
			"Vary: Accept-Encoding\r\n";
	client_respond(cl, 200, type, "", NULL);
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
	} else if (strcmp(path, "/live.js") == 0) {
		html(cl, live_js);
		client_respond(cl, 200, "text/javascript", "", NULL);
	} else if (strcmp(path, "/plot.js") == 0)
		respond_shelf(cl, SHELF_PLOT_JS, "text/javascript");
	else if (strcmp(path, "/plot.css") == 0)
		respond_shelf(cl, SHELF_PLOT_CSS, "text/css");
	else if (strcmp(path, "/icon.svg") == 0) {
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

/* Forms with a file, and how long they may be. */
static const struct {
	const char *path;
	size_t max;
} uploads[] = {
	{ "/backup/restore", SITE_RESTORE_MAX },
	{ "/upgrade/upload", REQUEST_UPLOAD_MAX },
};

size_t
site_upload_max(const struct request *rq)
{
	size_t i;

	for (i = 0; i < sizeof(uploads) / sizeof(uploads[0]); i++)
		if (strcmp(uploads[i].path, rq->rq_path) == 0)
			return (uploads[i].max);
	return (0);
}

void
site_upload_ask(struct client *cl)
{
	bool known;

	route_of(&cl->cl_rq, &known)->rt_ask(cl);
}

void
site_upload_sent(struct client *cl)
{
	http_ask(cl, site_question(cl, "sent"));
}

/* The page of the form, again. */
void
site_upload_empty(struct client *cl)
{
	site_redirect(cl,
	    strncmp(cl->cl_rq.rq_path, "/backup", 7) == 0 ? "/backup" :
							    "/upgrade",
	    NULL);
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
	else if (rq->rq_method == METHOD_POST && site_upload_max(rq) > 0)
		client_refuse(cl, 415);
	else if (rq->rq_method == METHOD_POST &&
	    (!rq->rq_same_origin ||
		!http_csrf_ok(rq->rq_cookie, pairs_str(cl->cl_form, "token"))))
		site_forbidden(cl);
	else
		rt->rt_ask(cl);
}

void
site_answer(struct client *cl)
{
	const struct route *rt;
	bool known;

	if (upload_goes_on(cl))
		return;
	if (site_result_is(cl, "failed"))
		page_failed(cl);
	else if ((rt = route_of(&cl->cl_rq, &known)) != NULL)
		rt->rt_answer(cl);
}
