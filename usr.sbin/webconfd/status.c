/* SPDX-License-Identifier: ISC */
/*
 * status: what runs, as the daemons themselves say it.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http.h"

static const char *
text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return (text == NULL ? "" : text);
}

static uint64_t
number_of(const json_t *row, const char *key)
{
	return ((uint64_t)json_integer_value(json_object_get(row, key)));
}

static void
duration(struct client *cl, uint64_t s)
{
	char text[64];

	if (s < 120)
		snprintf(text, sizeof(text), "%" PRIu64 " s", s);
	else if (s < 7200)
		snprintf(text, sizeof(text), "%" PRIu64 " min", s / 60);
	else if (s < 172800)
		snprintf(text, sizeof(text), "%" PRIu64 " h", s / 3600);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " d", s / 86400);
	html(cl, text);
}

static void
milliseconds(struct client *cl, uint64_t us)
{
	char text[64];

	snprintf(text, sizeof(text), "%.1f ms", (double)us / 1000);
	html(cl, text);
}

static void
bytes(struct client *cl, uint64_t n)
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

static void
traffic(struct client *cl, const json_t *row, const char *frames,
    const char *octets)
{
	char text[64];
	uint64_t n = number_of(row, frames);

	bytes(cl, number_of(row, octets));
	snprintf(text, sizeof(text),
	    " <span class=\"soft\">%" PRIu64 " %s</span>", n,
	    tr(cl, n == 1 ? "frame" : "frames", "フレーム"));
	html(cl, text);
}

static void
fact_begin(struct client *cl, const char *term)
{
	html(cl, "<div><dt>");
	html(cl, term);
	html(cl, "</dt><dd>");
}

static void
fact_end(struct client *cl)
{
	html(cl, "</dd></div>\n");
}

static void
fact(struct client *cl, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	fact_begin(cl, term);
	html_text(cl, text);
	fact_end(cl);
}

/* A word with a colour; kind is "good", "bad" or "", neither. */
static void
badge(struct client *cl, const char *kind, const char *text)
{
	html(cl, "<span class=\"badge ");
	html(cl, kind);
	html(cl, "\">");
	html(cl, text);
	html(cl, "</span>");
}

/* Only one that has met a problem is bad: a new one takes its seconds. */
static void
vnic_state(struct client *cl, const json_t *row)
{
	if (strcmp(text_of(row, "state"), "open") == 0)
		badge(cl, "good", tr(cl, "connected", "接続中"));
	else if (*text_of(row, "problem") == '\0')
		badge(cl, "", tr(cl, "connecting", "接続しています"));
	else
		badge(cl, "bad", tr(cl, "not connected", "未接続"));
}

static void
draw_vnic(struct client *cl, const json_t *row)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Connection ", "接続 "));
	html_text(cl, text_of(row, "name"));
	vnic_state(cl, row);
	html(cl, "</h2>\n<dl>\n");
	fact_begin(cl, tr(cl, "For", "継続時間"));
	duration(cl, number_of(row, "since"));
	fact_end(cl);
	fact(cl, tr(cl, "Problem", "問題"), text_of(row, "problem"));
	fact(cl, tr(cl, "Hub", "ハブ"), text_of(row, "hub"));
	fact(cl, tr(cl, "Hub address", "ハブのアドレス"),
	    text_of(row, "server"));
	fact(cl, tr(cl, "User", "ユーザー"), text_of(row, "user"));
	fact(cl, tr(cl, "Way", "経路"), text_of(row, "way"));
	if (number_of(row, "rtt-us") > 0) {
		fact_begin(cl, tr(cl, "Round trip", "往復時間"));
		milliseconds(cl, number_of(row, "rtt-us"));
		fact_end(cl);
	}
	fact_begin(cl, tr(cl, "Received", "受信"));
	traffic(cl, row, "rx-frames", "rx-bytes");
	fact_end(cl);
	fact_begin(cl, tr(cl, "Sent", "送信"));
	traffic(cl, row, "tx-frames", "tx-bytes");
	fact_end(cl);
	fact(cl, tr(cl, "Found on this LAN", "この LAN で見つけたもの"),
	    text_of(row, "found"));
	html(cl, "</dl>\n<p><a href=\"/hub-password\">");
	html(cl,
	    tr(cl, "Change the password at the hub",
		"ハブへのログインパスワードを変更する"));
	html(cl, "</a></p></section>\n");
}

static void
draw_silent(struct client *cl, const char *title)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, title);
	badge(cl, "bad", tr(cl, "not running", "停止中"));
	html(cl, "</h2><p class=\"help\">");
	html(cl,
	    tr(cl, "It is starting, or its log says why not.",
		"起動中か、理由がログにあります。"));
	html(cl, "</p></section>\n");
}

void
draw_office(struct client *cl)
{
	json_t *rows = source_rows(cl, "vnics"), *row;
	size_t i;

	if (rows == NULL)
		draw_silent(cl, tr(cl, "Connection to a hub", "ハブへの接続"));
	json_array_foreach(rows, i, row) draw_vnic(cl, row);
	json_decref(rows);
}

/* The columns of the table of sessions. */
enum { SC_USER, SC_STATE, SC_HUB, SC_FROM, SC_FOR, SC_RECEIVED, SC_SENT };
static const struct {
	const char *en;
	const char *ja;
} heads[] = {
	[SC_USER] = { "User", "ユーザー" },
	[SC_STATE] = { "State", "状態" },
	[SC_HUB] = { "Hub", "ハブ" },
	[SC_FROM] = { "From", "接続元" },
	[SC_FOR] = { "For", "時間" },
	[SC_RECEIVED] = { "Received", "受信" },
	[SC_SENT] = { "Sent", "送信" },
};

/* A phone has no room for the heads: there each cell brings its own. */
static void
cell_begin(struct client *cl, int column)
{
	html(cl, "<td data-head=\"");
	html(cl, tr(cl, heads[column].en, heads[column].ja));
	html(cl, "\">");
}

static void
cell(struct client *cl, int column, const char *text)
{
	cell_begin(cl, column);
	html_text(cl, text);
	html(cl, "</td>");
}

static void
traffic_cell(struct client *cl, int column, const json_t *row,
    const char *frames, const char *octets)
{
	cell_begin(cl, column);
	traffic(cl, row, frames, octets);
	html(cl, "</td>");
}

/* What hubd calls a state, in words. */
static void
session_state(struct client *cl, const char *state)
{
	cell_begin(cl, SC_STATE);
	if (strcmp(state, "up") == 0)
		badge(cl, "good", tr(cl, "connected", "接続中"));
	else if (strcmp(state, "local") == 0)
		badge(cl, "good", tr(cl, "this LAN", "この LAN"));
	else if (strcmp(state, "blocked") == 0)
		badge(cl, "bad", tr(cl, "blocked: loop", "遮断：ループ"));
	else
		badge(cl, "bad", tr(cl, "reconnecting", "再接続待ち"));
	html(cl, "</td>");
}

static void
draw_session(struct client *cl, const json_t *row)
{
	html(cl, "<tr>");
	cell(cl, SC_USER, text_of(row, "user"));
	session_state(cl, text_of(row, "state"));
	cell(cl, SC_HUB, text_of(row, "hub"));
	cell(cl, SC_FROM, text_of(row, "from"));
	cell_begin(cl, SC_FOR);
	duration(cl, number_of(row, "seconds"));
	html(cl, "</td>");
	traffic_cell(cl, SC_RECEIVED, row, "in-frames", "in-bytes");
	traffic_cell(cl, SC_SENT, row, "out-frames", "out-bytes");
	html(cl, "</tr>\n");
}

static void
draw_sessions(struct client *cl, const json_t *rows)
{
	json_t *row;
	size_t i;

	if (json_array_size(rows) == 0) {
		html(cl, "<p class=\"help\">");
		html(cl,
		    tr(cl, "Nobody is connected yet.",
			"まだ誰も接続していません。"));
		html(cl, "</p>");
		return;
	}
	html(cl, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		html(cl, "<th scope=\"col\">");
		html(cl, tr(cl, heads[i].en, heads[i].ja));
		html(cl, "</th>");
	}
	html(cl, "</tr></thead><tbody>\n");
	json_array_foreach(rows, i, row) draw_session(cl, row);
	html(cl, "</tbody></table></div>\n");
}

static void
draw_hub(struct client *cl)
{
	json_t *rows = source_rows(cl, "sessions");
	json_t *pin = source_rows(cl, "pin");

	if (rows == NULL)
		draw_silent(cl, tr(cl, "Hub", "ハブ"));
	else {
		html(cl, "<section class=\"card\"><h2>");
		html(cl, tr(cl, "Hub", "ハブ"));
		badge(cl, "good", tr(cl, "running", "動作中"));
		html(cl, "</h2>\n<dl>\n");
		fact_begin(cl,
		    tr(cl, "Pin, for the offices", "ピン（各拠点に設定）"));
		html(cl, "<code>");
		html_text(cl, text_of(json_array_get(pin, 0), "pin"));
		html(cl, "</code>");
		fact_end(cl);
		html(cl, "</dl>\n<p><a href=\"/invite\">");
		html(cl, tr(cl, "Invite an office", "拠点を招待する"));
		html(cl, "</a></p>\n");
		draw_sessions(cl, rows);
		html(cl, "</section>\n");
	}
	json_decref(rows);
	json_decref(pin);
}

void
draw_generation(struct client *cl)
{
	const char *state = pairs_str(cl->cl_answer, "apply");
	const char *n = pairs_str(cl->cl_answer, "generation");
	char text[256];

	if (strcmp(n, "0") == 0)
		return;
	if (strcmp(state, "runs") == 0)
		snprintf(text, sizeof(text),
		    tr(cl,
			"Generation %.10s of the "
			"settings is being applied...",
			"設定の世代 %.10s を適用しています..."),
		    n);
	else if (strcmp(state, "failed") == 0)
		snprintf(text, sizeof(text),
		    tr(cl,
			"Generation %.10s of the "
			"settings could not be applied; see the log.",
			"設定の世代 %.10s を適用できませんでした。ログを見てくだ"
			"さい。"),
		    n);
	else
		snprintf(text, sizeof(text),
		    tr(cl,
			"Generation %.10s of the "
			"settings is in force.",
			"設定の世代 %.10s が有効です。"),
		    n);
	notice(cl, strcmp(state, "failed") == 0 ? "bad" : "", text);
}

void
draw_status(struct client *cl)
{
	bool hub = pairs_get(cl->cl_answer, "hubd") != NULL;
	bool office = pairs_get(cl->cl_answer, "vnicd") != NULL;

	page_begin(cl, tr(cl, "Status", "状態"), "/status", true);
	html(cl, "<p class=\"soft\">");
	html_text(cl, pairs_str(cl->cl_answer, "hostname"));
	html(cl, "</p>\n");
	draw_generation(cl);
	if (office)
		draw_office(cl);
	if (hub)
		draw_hub(cl);
	if (!office && !hub) {
		html(cl, "<section class=\"card\"><p>");
		html(cl,
		    tr(cl, "This box has no role yet.",
			"この装置の役割はまだ決まっていません。"));
		html(cl, " <a href=\"/settings\">");
		html(cl,
		    tr(cl, "Choose one in the settings",
			"設定で選んでください"));
		html(cl, "</a></p></section>\n");
	}
	html(cl, "<p><a href=\"/status\">");
	html(cl, tr(cl, "Refresh", "更新"));
	html(cl, "</a></p>\n");
	page_end(cl);
}
