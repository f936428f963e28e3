/* SPDX-License-Identifier: ISC */
/*
 * site_history: the generations of the settings, what came with each, and
 * the way back to one.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "figure.h"
#include "http.h"

/* The number in /history/N; 0 for /history itself, -1 for neither. */
static int
number_of(const struct client *cl)
{
	const char *p = cl->cl_rq.rq_path + strlen("/history"), *errstr;
	int n;

	if (*p == '\0')
		return (0);
	if (p[1] < '1' || p[1] > '9')
		return (-1);
	n = (int)strtonum(p + 1, 1, INT_MAX - 1, &errstr);
	return (errstr == NULL ? n : -1);
}

static struct pairs *
question(const struct client *cl, const char *kind, int n)
{
	struct pairs *pr = site_question(cl, kind);

	(void)pairs_addf(pr, "number", "%d", n);
	return (pr);
}

void
history_ask(struct client *cl)
{
	int n = number_of(cl);

	if (n == -1)
		client_refuse(cl, 404);
	else
		http_ask(cl, question(cl, n == 0 ? "history" : "changes", n));
}

void
history_ask_restore(struct client *cl)
{
	int n = number_of(cl);

	if (n <= 0)
		client_refuse(cl, 404);
	else
		http_ask(cl, question(cl, "restore", n));
}

static void
draw_time(struct client *cl, const char *seconds)
{
	time_t when = (time_t)strtoll(seconds, NULL, 10);
	char text[64];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		return;
	html(cl, text);
}

/* What the parent calls those who are no address. */
static const char *
author(const struct client *cl, const char *text)
{
	if (strcmp(text, "console") == 0)
		return (tr(cl, "the console", "コンソール"));
	if (strcmp(text, "undone") == 0)
		return (tr(cl, "nobody had confirmed the change",
		    "確定されなかったため元に戻しました"));
	return (text);
}

/* "NUMBER SECONDS AUTHOR" as a row of the table. */
static void
draw_generation_row(struct client *cl, const char *text)
{
	char copy[160], *p = copy;
	const char *number, *seconds;

	strlcpy(copy, text, sizeof(copy));
	number = strsep(&p, " ");
	seconds = p == NULL ? "" : strsep(&p, " ");
	html(cl, "<tr>");
	cell_begin(cl, tr(cl, "Generation", "世代"));
	html(cl, "<a href=\"/history/");
	html_text(cl, number);
	html(cl, "\">");
	html_text(cl, number);
	html(cl, "</a></td>");
	cell_begin(cl, tr(cl, "Time", "日時"));
	draw_time(cl, seconds);
	html(cl, "</td>");
	cell_begin(cl, tr(cl, "By", "変更者"));
	html_text(cl, author(cl, p == NULL ? "" : p));
	html(cl, "</td></tr>\n");
}

static void
draw_history(struct client *cl)
{
	const char *k, *v;
	size_t pos = 0;

	page_begin(cl, tr(cl, "History", "履歴"), "/history", true);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"Each change of the settings makes a generation; the last 50 "
		"are kept, and each can be brought back.",
		"設定を変えるたびに世代ができます。最新の 50 世代を残し、どの世"
		"代にも戻せます。"));
	html(cl, "</p><section class=\"card\"><table><thead><tr><th>");
	html(cl, tr(cl, "Generation", "世代"));
	html(cl, "</th><th>");
	html(cl, tr(cl, "Time", "日時"));
	html(cl, "</th><th>");
	html(cl, tr(cl, "By", "変更者"));
	html(cl, "</th></tr></thead><tbody>\n");
	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "g") == 0)
			draw_generation_row(cl, v);
	html(cl, "</tbody></table></section>\n");
	page_end(cl);
}

static void
draw_line(struct client *cl, const char *line)
{
	html(cl,
	    *line == '+'     ? "<span class=\"plus\">+ " :
		*line == '-' ? "<span class=\"minus\">- " :
		*line == '@' ? "<span class=\"soft\">..." :
			       "<span>  ");
	html_text(cl, *line == '\0' ? "" : line + 1);
	html(cl, "</span>");
}

static void
draw_lines(struct client *cl)
{
	const char *k, *v;
	size_t pos = 0;
	unsigned int n = 0;

	html(cl,
	    "<section class=\"card\"><div class=\"lines\" tabindex=\"0\">");
	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "line") == 0) {
			draw_line(cl, v);
			n++;
		}
	html(cl, "</div>");
	if (n == 0) {
		html(cl, "<p>");
		html(cl,
		    tr(cl, "Nothing that is shown differs: secrets are not.",
			"表示できる違いはありません（パスワードなどは表示しません）。"));
		html(cl, "</p>");
	}
	if (pairs_get(cl->cl_answer, "more") != NULL)
		html(cl,
		    tr(cl, "<p>There is more than fits here.</p>",
			"<p>ここに収まらない違いがあります。</p>"));
	html(cl, "</section>\n");
}

static void
draw_changes(struct client *cl, int n)
{
	char text[128];

	snprintf(text, sizeof(text), tr(cl, "Generation %d", "世代 %d"), n);
	page_begin(cl, text, "/history", true);
	html(cl, "<p class=\"trail\"><a href=\"/history\">");
	html(cl, tr(cl, "History", "履歴"));
	html(cl, "</a></p><h2>");
	html(cl, tr(cl, "What came with it", "この世代での変更"));
	html(cl, "</h2>\n");
	draw_lines(cl);
	snprintf(text, sizeof(text), "%d", n);
	if (strcmp(text, pairs_str(cl->cl_answer, "generation")) != 0) {
		form_begin(cl, cl->cl_rq.rq_path, cl->cl_rq.rq_cookie);
		form_end(cl,
		    tr(cl, "Bring this generation back", "この世代に戻す"));
	}
	page_end(cl);
}

void
history_answer(struct client *cl)
{
	int n = number_of(cl);

	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "missing")) {
		client_refuse(cl, 404);
		return;
	}
	if (n == 0)
		draw_history(cl);
	else
		draw_changes(cl, n);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
history_answer_restore(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "missing"))
		client_refuse(cl, 404);
	else
		site_redirect(cl, "/status", NULL);
}
