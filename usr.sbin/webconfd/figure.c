/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "http.h"

const char *
row_text(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return (text == NULL ? "" : text);
}

uint64_t
row_number(const json_t *row, const char *key)
{
	return ((uint64_t)json_integer_value(json_object_get(row, key)));
}

void
draw_duration(struct client *cl, uint64_t s)
{
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64,
	    s < 120	   ? s :
		s < 7200   ? s / 60 :
		s < 172800 ? s / 3600 :
			     s / 86400);
	html(cl, text);
	html(cl,
	    s < 120	   ? tr(cl, " s", " 秒") :
		s < 7200   ? tr(cl, " min", " 分") :
		s < 172800 ? tr(cl, " h", " 時間") :
			     tr(cl, " d", " 日"));
}

void
draw_ago(struct client *cl, uint64_t s)
{
	draw_duration(cl, s);
	html(cl, tr(cl, " ago", "前"));
}

void
draw_bits(struct client *cl, uint64_t bytes)
{
	static const char *const unit[] = { "bit/s", "kbit/s", "Mbit/s",
		"Gbit/s" };
	double d = (double)bytes * 8;
	char text[64];
	size_t i = 0;

	while (d >= 1000 && i < sizeof(unit) / sizeof(unit[0]) - 1) {
		d /= 1000;
		i++;
	}
	snprintf(text, sizeof(text), i == 0 || d >= 100 ? "%.0f %s" : "%.1f %s",
	    d, unit[i]);
	html(cl, text);
}

void
draw_milliseconds(struct client *cl, uint64_t us)
{
	char text[64];

	snprintf(text, sizeof(text), "%.1f ms", (double)us / 1000);
	html(cl, text);
}

void
draw_bytes(struct client *cl, uint64_t n)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	char text[64];
	double d = (double)n;
	size_t i = 0;

	while (d >= 1000 && i < sizeof(unit) / sizeof(unit[0]) - 1) {
		d /= 1000;
		i++;
	}
	snprintf(text, sizeof(text), i == 0 ? "%.0f %s" : "%.1f %s", d,
	    unit[i]);
	html(cl, text);
}

void
draw_traffic(struct client *cl, const json_t *row, const char *frames,
    const char *octets)
{
	char text[64];
	uint64_t n = row_number(row, frames);

	draw_bytes(cl, row_number(row, octets));
	snprintf(text, sizeof(text),
	    " <span class=\"soft\">%" PRIu64 " %s</span>", n,
	    tr(cl, n == 1 ? "frame" : "frames", "フレーム"));
	html(cl, text);
}

const char *
way_text(const struct client *cl, const char *way)
{
	if (strcmp(way, "direct") == 0)
		return (tr(cl, "direct", "直接"));
	return (strcmp(way, "auto") == 0 ? tr(cl, "auto", "自動") : way);
}

void
fact_begin(struct client *cl, const char *term)
{
	html(cl, "<div><dt>");
	html(cl, term);
	html(cl, "</dt><dd>");
}

void
fact_end(struct client *cl)
{
	html(cl, "</dd></div>\n");
}

void
fact(struct client *cl, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	fact_begin(cl, term);
	html_text(cl, text);
	fact_end(cl);
}

void
fact_said(struct client *cl, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	fact_begin(cl, term);
	html(cl, "<span lang=\"en\">");
	html_text(cl, text);
	html(cl, "</span>");
	fact_end(cl);
}

/* A word with a colour; kind is "good", "bad" or "", neither. */
void
badge(struct client *cl, const char *kind, const char *text)
{
	html(cl, "<span class=\"badge ");
	html(cl, kind);
	html(cl, "\">");
	html(cl, text);
	html(cl, "</span>");
}

/* A phone has no room for the heads: there each cell brings its own. */
void
cell_begin(struct client *cl, const char *head)
{
	html(cl, "<td data-head=\"");
	html(cl, head);
	html(cl, "\">");
}

void
cell(struct client *cl, const char *head, const char *text)
{
	cell_begin(cl, head);
	html_text(cl, text);
	html(cl, "</td>");
}

void
table_begin(struct client *cl, const struct column *co, size_t n)
{
	html(cl, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
	for (; n > 0; n--, co++) {
		html(cl, "<th scope=\"col\">");
		html(cl, tr(cl, co->co_en, co->co_ja));
		html(cl, "</th>");
	}
	html(cl, "</tr></thead><tbody>\n");
}

void
table_end(struct client *cl)
{
	html(cl, "</tbody></table></div>\n");
}

/* What hubd calls a state, in words. */
void
draw_session_state(struct client *cl, const char *state)
{
	if (strcmp(state, "up") == 0)
		badge(cl, "good", tr(cl, "connected", "接続中"));
	else if (strcmp(state, "local") == 0)
		badge(cl, "good", tr(cl, "this LAN", "この LAN"));
	else if (strcmp(state, "blocked") == 0)
		badge(cl, "bad", tr(cl, "blocked: loop", "遮断：ループ"));
	else
		badge(cl, "bad", tr(cl, "reconnecting", "再接続待ち"));
}

void
draw_silent(struct client *cl, const char *title)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, title);
	badge(cl, "bad", tr(cl, "not running", "停止中"));
	html(cl, "</h2><p class=\"help\">");
	html(cl,
	    tr(cl, "It is starting, or its log says why not.",
		"起動の途中か、停止した理由がログに記録されています。"));
	html(cl, "</p></section>\n");
}

void
draw_help_text(struct client *cl, const char *text)
{
	html(cl, "<p class=\"help\">");
	html(cl, text);
	html(cl, "</p>\n");
}

void
draw_search(struct client *cl, const char *sought, const char *label,
    void (*more)(struct client *))
{
	html(cl,
	    "<form method=\"get\" class=\"search\" role=\"search\">"
	    "<input type=\"text\" name=\"q\" maxlength=\"60\"");
	attr(cl, "value", sought);
	attr(cl, "aria-label", label);
	attr(cl, "placeholder", label);
	html(cl, ">");
	if (more != NULL)
		more(cl);
	html(cl, "<button>");
	html(cl, tr(cl, "Search", "検索"));
	html(cl, "</button></form>\n");
}
