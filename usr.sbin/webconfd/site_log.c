/* SPDX-License-Identifier: ISC */
/*
 * site_log: what the box has logged, newest first: searched, and followed.  A
 * page has a bounded number of lines, each made fit for it.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/utf8.h"

#include "figure.h"
#include "http.h"

enum {
	LOG_LINES = 300,
	LOG_PAGE = 70000, /* bytes of a page */
	LOG_LINE = 800, /* bytes of a line, the rest is cut */
	SOUGHT_SIZE = 64,
	FOLLOW_SECONDS = 5,
	FOLLOW_TIMES = 360 /* then it ends: half an hour */
};

/* What is to be seen. */
struct view {
	char vi_sought[SOUGHT_SIZE];
	bool vi_bad; /* only warnings and worse */
	bool vi_follow;
	int vi_times; /* that it was refreshed */
};

void
log_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "log"));
}

static void
view_of(const struct client *cl, struct view *vi)
{
	const struct pairs *query = site_query(cl);
	const char *why;

	strlcpy(vi->vi_sought, pairs_str(query, "q"), sizeof(vi->vi_sought));
	vi->vi_bad = pairs_has(query, "level", "bad");
	vi->vi_follow = pairs_has(query, "follow", "yes");
	vi->vi_times =
	    (int)strtonum(pairs_str(query, "n"), 0, FOLLOW_TIMES, &why);
}

/* Anybody may have had it logged: what is no text becomes a '?'. */
static void
plain(const char *text, size_t len, char out[LOG_LINE])
{
	char line[LOG_LINE];
	const char *p = line, *next;
	size_t n = 0;
	int32_t c;

	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = '\0';
	while (*p != '\0') {
		next = p;
		c = utf8_next(&next);
		if (c < ' ' || (c >= 0x7f && c < 0xa0)) {
			out[n++] = '?';
			p++;
			continue;
		}
		while (p < next)
			out[n++] = *p++;
	}
	out[n] = '\0';
}

/* "... FACILITY.LEVEL TAG: ...": as syslogd(8) writes it. */
static bool
is_bad(const char *line)
{
	static const char *const levels[] = { ".emerg ", ".alert ", ".crit ",
		".err ", ".warn " };
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strstr(line, levels[i]) != NULL)
			return (true);
	return (false);
}

static bool
draw_line(struct client *cl, const struct view *vi, const char *text,
    size_t len)
{
	char line[LOG_LINE];
	bool bad;

	plain(text, len, line);
	bad = is_bad(line);
	if (line[0] == '\0' || (vi->vi_bad && !bad) ||
	    (vi->vi_sought[0] != '\0' &&
		strcasestr(line, vi->vi_sought) == NULL))
		return (false);
	html(cl, bad ? "<span class=\"minus\">" : "<span>");
	html_text(cl, line);
	html(cl, "</span>");
	return (true);
}

/* The last lines of a text, backwards. */
static unsigned int
draw_lines(struct client *cl, const struct view *vi, const char *text,
    size_t len)
{
	unsigned int n = 0;
	const char *begin;

	while (len > 0 && n < LOG_LINES &&
	    evbuffer_get_length(cl->cl_page) < LOG_PAGE) {
		if (text[len - 1] == '\n')
			len--;
		begin = memrchr(text, '\n', len);
		begin = begin == NULL ? text : begin + 1;
		n += draw_line(cl, vi, begin, (size_t)(text + len - begin));
		len = (size_t)(begin - text);
	}
	return (n);
}

static void
draw_found(struct client *cl, const struct view *vi)
{
	const struct source *so = source_find(cl, "log");
	size_t len = so == NULL ? 0 : evbuffer_get_length(so->so_text);
	unsigned int n = 0;

	if (pairs_has(cl->cl_answer, "busy", "yes")) {
		notice(cl, "bad",
		    tr(cl, "Too much runs at once; try again in a moment.",
			"処理が混み合っています。少し待ってからもう一度"
			"お試しください。"));
		return;
	}
	html(cl,
	    "<section class=\"card\"><div class=\"lines log\" lang=\"en\" "
	    "tabindex=\"0\">");
	if (len > 0)
		n = draw_lines(cl, vi,
		    (const char *)evbuffer_pullup(so->so_text, -1), len);
	html(cl, "</div>");
	if (n == 0)
		draw_help_text(cl,
		    len == 0 ? tr(cl, "There is no log yet.",
				   "ログはまだありません。") :
			       tr(cl, "No line has that.",
				   "一致する行はありません。"));
	html(cl, "</section>\n");
}

static void
draw_tick(struct client *cl, const char *name, const char *value,
    const char *text, bool on)
{
	html(cl, "<label class=\"choice\"><input type=\"checkbox\"");
	attr(cl, "name", name);
	attr(cl, "value", value);
	html(cl, on ? " checked> " : "> ");
	html(cl, text);
	html(cl, "</label>");
}

static void
draw_more(struct client *cl)
{
	struct view vi;

	view_of(cl, &vi);
	draw_tick(cl, "level", "bad",
	    tr(cl, "Only warnings and errors", "警告とエラーのみ"), vi.vi_bad);
	draw_tick(cl, "follow", "yes", tr(cl, "Follow", "自動更新"),
	    vi.vi_follow);
}

/* Without JavaScript the page is loaded again, and again half an hour long. */
static void
follow(struct client *cl, const struct view *vi)
{
	struct live *lv = &cl->cl_live;
	const char *p = vi->vi_sought;
	size_t n;

	if (!vi->vi_follow || vi->vi_times >= FOLLOW_TIMES)
		return;
	lv->lv_seconds = FOLLOW_SECONDS;
	n = (size_t)snprintf(lv->lv_path, sizeof(lv->lv_path),
	    "/log?follow=yes&amp;n=%d%s&amp;q=", vi->vi_times + 1,
	    vi->vi_bad ? "&amp;level=bad" : "");
	for (; *p != '\0' && n + 4 < sizeof(lv->lv_path); p++)
		n += (size_t)snprintf(lv->lv_path + n, sizeof(lv->lv_path) - n,
		    "%%%02X", (unsigned char)*p);
}

void
log_answer(struct client *cl)
{
	struct view vi;

	if (!site_admitted(cl))
		return;
	view_of(cl, &vi);
	follow(cl, &vi);
	page_begin(cl, tr(cl, "Log", "ログ"), "/log", true);
	draw_search(cl, vi.vi_sought, tr(cl, "Search the log", "ログを検索"),
	    draw_more);
	html(cl, "<div id=\"live\">\n");
	draw_found(cl, &vi);
	html(cl, "</div>\n");
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}
