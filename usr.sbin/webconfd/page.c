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
html_raw(struct client *cl, const void *data, size_t len)
{
	if (evbuffer_add(cl->cl_page, data, len) == -1)
		fatalx("no memory");
}

void
html(struct client *cl, const char *raw)
{
	html_raw(cl, raw, strlen(raw));
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
html_query(struct client *cl, const char *text)
{
	char ref[4];

	for (; *text != '\0'; text++) {
		snprintf(ref, sizeof(ref), "%%%02X", (unsigned char)*text);
		html(cl, ref);
	}
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
	nav_link(cl, "/log", tr(cl, "Log", "ログ"), where);
	nav_link(cl, "/history", tr(cl, "History", "履歴"), where);
	nav_link(cl, "/backup", tr(cl, "Backup", "バックアップ"), where);
	nav_link(cl, "/upgrade", tr(cl, "Upgrade", "アップグレード"), where);
	nav_link(cl, "/certificates", tr(cl, "Certificates", "証明書"), where);
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

/* What the box has to say on every page. */
static void
notices(struct client *cl)
{
	const char *want = tr(cl, "notice.en", "notice.ja"), *k, *v;
	size_t pos = 0;

	while (cl->cl_answer != NULL && pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, want) == 0)
			notice(cl, "bad", v);
}

/*
 * For half an hour: what asks for ever would keep a log-in alive.  A page that
 * does not follow any more, or needs a log-in by now, is loaded once again.
 */
const char live_js[] =
    "\"use strict\";\n"
    "const end = Date.now() + 30 * 60 * 1000;\n"
    "async function look()\n"
    "{\n"
    "	const here = document.getElementById(\"live\");\n"
    "	try {\n"
    "		const r = document.hidden ? null :\n"
    "		    await fetch(location.href, { redirect: \"manual\" });\n"
    "		const gone = r && r.type === \"opaqueredirect\";\n"
    "		const page = r && r.ok && new DOMParser()\n"
    "		    .parseFromString(await r.text(), \"text/html\");\n"
    "		const news = page && page.getElementById(\"live\");\n"
    "		if (news)\n"
    "			here.replaceChildren(...news.childNodes);\n"
    "		else if (page || gone)\n"
    "			location.reload();\n"
    "	} catch {\n"
    "		/* the next time */\n"
    "	}\n"
    "	if (Date.now() < end)\n"
    "		setTimeout(look, 3000);\n"
    "}\n"
    "setTimeout(look, 3000);\n";

static void
head_live(struct client *cl)
{
	char text[16];

	if (cl->cl_live.lv_seconds == 0)
		return;
	snprintf(text, sizeof(text), "%u", cl->cl_live.lv_seconds);
	html(cl,
	    "<script src=\"/live.js\" defer></script>\n"
	    "<noscript><meta http-equiv=\"refresh\" content=\"");
	html(cl, text);
	html(cl, "; url=");
	html(cl, cl->cl_live.lv_path);
	html(cl, "\"></noscript>\n");
}

static void
head_plots(struct client *cl)
{
	if (cl->cl_plots)
		html(cl,
		    "<link rel=\"stylesheet\" href=\"/plot.css\">\n"
		    "<script src=\"/plot.js\" defer></script>\n");
}

/* Whether all of the page follows something, as its answer says. */
static bool
follows(struct client *cl, const char *where)
{
	struct live *lv = &cl->cl_live;

	if (cl->cl_answer == NULL ||
	    !pairs_has(cl->cl_answer, "refresh", "yes"))
		return (false);
	lv->lv_seconds = 2;
	strlcpy(lv->lv_path, where, sizeof(lv->lv_path));
	return (true);
}

void
page_begin(struct client *cl, const char *title, const char *where, bool user)
{
	bool all = follows(cl, where);

	html(cl, "<!DOCTYPE html>\n<html lang=\"");
	html(cl, tr(cl, "en", "ja"));
	html(cl,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
	    "<link rel=\"stylesheet\" href=\"/style.css\">\n");
	head_live(cl);
	head_plots(cl);
	html(cl, "<title>");
	html_text(cl, title);
	html(cl,
	    " - Longwire</title>\n</head>\n<body>\n<header>"
	    "<div class=\"bar\"><span class=\"brand\"><img src=\"/icon.svg\" "
	    "alt=\"\" width=\"28\" height=\"28\">Longwire</span>");
	if (user)
		nav(cl, where);
	html(cl, "</div></header>\n<main");
	html(cl, all ? " id=\"live\">\n<h1>" : ">\n<h1>");
	html_text(cl, title);
	html(cl, "</h1>\n");
	if (user) {
		notices(cl);
		trial(cl);
	}
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
attr_said(struct client *cl, const char *text)
{
	const char *p = text;

	while (*p != '\0' && (unsigned char)*p < 0x80)
		p++;
	if (cl->cl_rq.rq_ja && *p == '\0')
		html(cl, " lang=\"en\"");
}

void
notice(struct client *cl, const char *kind, const char *text)
{
	html(cl, "<p class=\"notice ");
	html(cl, kind);
	html(cl, "\" role=\"");
	html(cl, strcmp(kind, "bad") == 0 ? "alert" : "status");
	html(cl, "\"");
	attr_said(cl, text);
	html(cl, ">");
	html_text(cl, text);
	html(cl, "</p>\n");
}
