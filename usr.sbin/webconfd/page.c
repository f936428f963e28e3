/* SPDX-License-Identifier: ISC */
/*
 * page: the frame of all pages, and the pieces that they are made of.  Text
 * that is not ours goes through html_text().
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/log.h"

#include "http.h"

const char *
tr(const struct client *cl, const char *en, const char *ja)
{
	return (cl->cl_rq.rq_ja && ja != NULL ? ja : en);
}

void
html(struct client *cl, const char *raw)
{
	if (evbuffer_add(cl->cl_page, raw, strlen(raw)) == -1)
		fatalx("no memory");
}

void
html_text(struct client *cl, const char *text)
{
	char small[1024], *out = small;
	size_t need = request_escape(text, small, sizeof(small));

	if (need >= sizeof(small)) {
		if ((out = malloc(need + 1)) == NULL)
			fatalx("no memory");
		(void)request_escape(text, out, need + 1);
	}
	html(cl, out);
	if (out != small)
		free(out);
}

void
attr(struct client *cl, const char *name, const char *value)
{
	html(cl, " ");
	html(cl, name);
	html(cl, "=\"");
	html_text(cl, value);
	html(cl, "\"");
}

static void
nav_link(struct client *cl, const char *path, const char *text,
    const char *where)
{
	html(cl, "<a href=\"");
	html(cl, path);
	html(cl,
	    strcmp(path, where) == 0 ? "\" aria-current=\"page\">" : "\">");
	html(cl, text);
	html(cl, "</a>");
}

static void
nav(struct client *cl, const char *where)
{
	html(cl, "<nav>");
	nav_link(cl, "/status", tr(cl, "Status", "状態"), where);
	nav_link(cl, "/settings", tr(cl, "Settings", "設定"), where);
	nav_link(cl, "/all", tr(cl, "All settings", "すべての設定"), where);
	nav_link(cl, "/history", tr(cl, "History", "履歴"), where);
	nav_link(cl, "/factor", tr(cl, "Second factor", "二要素認証"), where);
	form_begin(cl, "/logout", cl->cl_rq.rq_cookie);
	html(cl, "<button class=\"plain\">");
	html(cl, tr(cl, "Log out", "ログアウト"));
	html(cl, "</button></form></nav>");
}

/* Settings that are undone unless the administrator confirms them. */
static void
trial(struct client *cl)
{
	const char *left = pairs_get(cl->cl_answer, "trial");
	char text[512];

	if (left == NULL)
		return;
	snprintf(text, sizeof(text),
	    tr(cl,
		"These settings could cut you off, so they are undone in %.5s "
		"seconds unless you keep them. If this page stops answering, "
		"the console of the box shows its address: log in there and "
		"keep them.",
		"この設定で接続できなくなるおそれがあるため、%.5s 秒以内に確定"
		"しないと元に戻ります。この画面が応答しなくなったときは、装置の"
		"コンソールに表示されるアドレスでログインし、そこで確定してくだ"
		"さい。"),
	    left);
	form_begin(cl, "/keep", cl->cl_rq.rq_cookie);
	html(cl, "<div class=\"notice\" role=\"status\"><p>");
	html_text(cl, text);
	html(cl, "</p>");
	if (pairs_get(cl->cl_answer, "applying") == NULL) {
		html(cl, "<p><button>");
		html(cl, tr(cl, "Keep these settings", "この設定を確定する"));
		html(cl, "</button></p>");
	}
	html(cl, "</div></form>\n");
}

void
page_begin(struct client *cl, const char *title, const char *where, bool user)
{
	html(cl, "<!DOCTYPE html>\n<html lang=\"");
	html(cl, tr(cl, "en", "ja"));
	html(cl,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
	    "<link rel=\"stylesheet\" href=\"/style.css\">\n");
	if (cl->cl_answer != NULL &&
	    ((strcmp(where, "/status") == 0 &&
		 pairs_has(cl->cl_answer, "apply", "runs")) ||
		pairs_has(cl->cl_answer, "refresh", "yes")))
		html(cl, "<meta http-equiv=\"refresh\" content=\"2\">\n");
	html(cl, "<title>");
	html_text(cl, title);
	html(cl,
	    " - Longwire</title>\n</head>\n<body>\n<header>"
	    "<div class=\"bar\"><span class=\"brand\"><img src=\"/icon.svg\" "
	    "alt=\"\" width=\"28\" height=\"28\">Longwire</span>");
	if (user)
		nav(cl, where);
	html(cl, "</div></header>\n<main>\n<h1>");
	html_text(cl, title);
	html(cl, "</h1>\n");
	if (user)
		trial(cl);
}

void
page_end(struct client *cl)
{
	html(cl, "</main>\n<footer class=\"bar\">");
	html(cl,
	    tr(cl,
		"<a href=\"/language/ja\" lang=\"ja\" hreflang=\"ja\">"
		"日本語</a>",
		"<a href=\"/language/en\" lang=\"en\" hreflang=\"en\">"
		"English</a>"));
	html(cl, "</footer>\n</body>\n</html>\n");
}

void
form_begin(struct client *cl, const char *action, const char *cookie)
{
	char token[REQUEST_TOKEN_LEN + 1];

	http_csrf(cookie, token);
	html(cl, "<form method=\"post\" action=\"");
	html(cl, action);
	html(cl,
	    "\" accept-charset=\"utf-8\">"
	    "<input type=\"hidden\" name=\"token\" value=\"");
	html(cl, token);
	html(cl, "\">");
}

void
form_end(struct client *cl, const char *submit)
{
	html(cl, "<p class=\"submit\"><button>");
	html(cl, submit);
	html(cl, "</button></p>\n</form>\n");
}

void
notice(struct client *cl, const char *kind, const char *text)
{
	html(cl, "<p class=\"notice ");
	html(cl, kind);
	html(cl, "\" role=\"");
	html(cl, strcmp(kind, "bad") == 0 ? "alert" : "status");
	html(cl, "\">");
	html_text(cl, text);
	html(cl, "</p>\n");
}
