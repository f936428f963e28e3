/* SPDX-License-Identifier: ISC */
/*
 * status: what runs, as the daemons themselves say it.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "http.h"
#include "sample.h"

/* Only one that has met a problem is bad: a new one takes its seconds. */
static void
vnic_state(struct client *cl, const json_t *row)
{
	if (strcmp(row_text(row, "state"), "open") == 0)
		badge(cl, "good", tr(cl, "connected", "接続中"));
	else if (*row_text(row, "problem") == '\0')
		badge(cl, "", tr(cl, "connecting", "接続を試行中"));
	else
		badge(cl, "bad", tr(cl, "not connected", "未接続"));
}

/* Which members of a row count what queue and TCP did; ended by NULL. */
struct counters {
	const char *cn_marked;
	const char *cn_dropped[5];
	const char *cn_suppressed;
	const char *cn_thinned;
};

static const struct counters vnic_counters = { "tx-marked",
	{ "drop-queue-full", "drop-delay", "drop-old", "drop-no-memory" },
	"tx-tcp-suppressed", "tx-tcp-thinned" };
static const struct counters session_counters = { "out-marked",
	{ "out-dropped" }, "out-tcp-suppressed", "out-tcp-thinned" };

static void
count_fact(struct client *cl, const char *term, uint64_t n)
{
	char text[32];

	if (n == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, n);
	fact(cl, term, text);
}

/* Congestion in words; what never happened is not there. */
static void
draw_queueing(struct client *cl, const json_t *row, const struct counters *cn)
{
	const char *const *name;
	uint64_t dropped = 0;

	for (name = cn->cn_dropped; *name != NULL; name++)
		dropped += row_number(row, *name);
	count_fact(cl, tr(cl, "Sent again by TCP", "TCP の再送"),
	    row_number(row, "retransmits"));
	count_fact(cl, tr(cl, "Asked to slow down", "減速の通知"),
	    row_number(row, cn->cn_marked));
	count_fact(cl,
	    tr(cl, "Dropped for a short queue", "遅延を抑えるため破棄"),
	    dropped);
	count_fact(cl, tr(cl, "Needless repeats held back", "不要な再送を抑止"),
	    row_number(row, cn->cn_suppressed));
	count_fact(cl, tr(cl, "Acknowledgements spared", "確認応答を節約"),
	    row_number(row, cn->cn_thinned));
	if (row_number(row, "queue-bytes") > 0) {
		fact_begin(cl, tr(cl, "Waiting now", "送信待ち"));
		draw_bytes(cl, row_number(row, "queue-bytes"));
		html(cl, ", ");
		draw_milliseconds(cl, row_number(row, "queue-age-us"));
		fact_end(cl);
	}
}

static void
draw_vnic(struct client *cl, const json_t *row)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Connection ", "接続 "));
	html_text(cl, row_text(row, "name"));
	vnic_state(cl, row);
	html(cl, "</h2>\n<dl>\n");
	fact_begin(cl, tr(cl, "For", "継続時間"));
	draw_duration(cl, row_number(row, "since"));
	fact_end(cl);
	fact_said(cl, tr(cl, "Problem", "問題"), row_text(row, "problem"));
	fact(cl, tr(cl, "Hub", "ハブ"), row_text(row, "hub"));
	fact(cl, tr(cl, "Hub address", "ハブのアドレス"),
	    row_text(row, "server"));
	fact(cl, tr(cl, "User", "ユーザー"), row_text(row, "user"));
	fact(cl, tr(cl, "Way", "経路"), way_text(cl, row_text(row, "way")));
	if (row_number(row, "rtt-us") > 0) {
		fact_begin(cl, tr(cl, "Round trip", "往復時間"));
		draw_milliseconds(cl, row_number(row, "rtt-us"));
		fact_end(cl);
	}
	fact_begin(cl, tr(cl, "Received", "受信"));
	draw_traffic(cl, row, "rx-frames", "rx-bytes");
	fact_end(cl);
	fact_begin(cl, tr(cl, "Sent", "送信"));
	draw_traffic(cl, row, "tx-frames", "tx-bytes");
	fact_end(cl);
	draw_queueing(cl, row, &vnic_counters);
	fact_said(cl, tr(cl, "Found on this LAN", "この LAN で見つけたもの"),
	    row_text(row, "found"));
	html(cl, "</dl>\n<p><a href=\"/hub-password\">");
	html(cl,
	    tr(cl, "Change the password at the hub",
		"ハブへのログインパスワードを変更する"));
	html(cl, "</a></p></section>\n");
}

void
draw_office(struct client *cl)
{
	json_t *rows = source_rows(cl, "vnics"), *row;
	size_t i;

	if (rows == NULL)
		draw_silent(cl, tr(cl, "Connection to a hub", "ハブへの接続"));
	json_array_foreach(rows, i, row)
	{
		draw_side(cl, row);
		draw_vnic(cl, row);
	}
	json_decref(rows);
}

enum { SESSION_ROWS = 50 };	/* the hub's page has the rest */

/* The columns of the table of sessions. */
enum { SC_USER, SC_STATE, SC_HUB, SC_FROM, SC_FOR, SC_RECEIVED, SC_SENT };
static const struct column heads[] = {
	[SC_USER] = { "User", "ユーザー" },
	[SC_STATE] = { "State", "状態" },
	[SC_HUB] = { "Hub", "ハブ" },
	[SC_FROM] = { "From", "接続元" },
	[SC_FOR] = { "For", "接続時間" },
	[SC_RECEIVED] = { "Received", "受信" },
	[SC_SENT] = { "Sent", "送信" },
};

static const char *
head(const struct client *cl, int column)
{
	return (tr(cl, heads[column].co_en, heads[column].co_ja));
}

static void
traffic_cell(struct client *cl, int column, const json_t *row,
    const char *frames, const char *octets)
{
	cell_begin(cl, head(cl, column));
	draw_traffic(cl, row, frames, octets);
	html(cl, "</td>");
}

static void
draw_session(struct client *cl, const json_t *row)
{
	html(cl, "<tr>");
	cell(cl, head(cl, SC_USER), row_text(row, "user"));
	cell_begin(cl, head(cl, SC_STATE));
	draw_session_state(cl, row_text(row, "state"));
	html(cl, "</td>");
	cell(cl, head(cl, SC_HUB), row_text(row, "hub"));
	cell(cl, head(cl, SC_FROM), row_text(row, "from"));
	cell_begin(cl, head(cl, SC_FOR));
	draw_duration(cl, row_number(row, "seconds"));
	html(cl, "</td>");
	traffic_cell(cl, SC_RECEIVED, row, "in-frames", "in-bytes");
	traffic_cell(cl, SC_SENT, row, "out-frames", "out-bytes");
	html(cl, "</tr>\n");
}

/* Where the others are. */
static void
draw_left_out(struct client *cl, size_t n)
{
	char text[128];

	if (n <= SESSION_ROWS)
		return;
	snprintf(text, sizeof(text),
	    tr(cl, "The first %d of %zu. ", "%d / %zu 件を表示。"),
	    (int)SESSION_ROWS, n);
	html(cl, "<p>");
	html(cl, text);
	html(cl, "<a href=\"/hub\">");
	html(cl, tr(cl, "All sessions", "すべてのセッション"));
	html(cl, "</a></p>\n");
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
	table_begin(cl, heads, sizeof(heads) / sizeof(heads[0]));
	json_array_foreach(rows, i, row) if (i < SESSION_ROWS)
	    draw_session(cl, row);
	table_end(cl);
	draw_left_out(cl, json_array_size(rows));
}

/* The same of all sessions of the box together. */
static void
draw_sum(struct client *cl, const json_t *rows)
{
	const struct counters *cn = &session_counters;
	const char *const names[] = { "retransmits", cn->cn_marked,
		cn->cn_dropped[0], cn->cn_suppressed, cn->cn_thinned,
		"queue-bytes" };
	json_t *sum = json_object(), *row;
	uint64_t n, age = 0;
	size_t i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		n = 0;
		json_array_foreach(rows, i, row) n += row_number(row, names[k]);
		(void)json_object_set_new(sum, names[k],
		    json_integer((json_int_t)n));
	}
	json_array_foreach(rows, i, row) if (row_number(row, "queue-age-us") >
	    age) age = row_number(row, "queue-age-us");
	(void)json_object_set_new(sum, "queue-age-us",
	    json_integer((json_int_t)age));
	draw_queueing(cl, sum, cn);
	json_decref(sum);
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
		html_text(cl, row_text(json_array_get(pin, 0), "pin"));
		html(cl, "</code>");
		fact_end(cl);
		draw_sum(cl, rows);
		html(cl, "</dl>\n");
		draw_throughput(cl, SAMPLE_HUB);
		html(cl, "<p><a href=\"/invite\">");
		html(cl, tr(cl, "Invite an office", "拠点を招待する"));
		html(cl, "</a> &middot; <a href=\"/hub\">");
		html(cl,
		    tr(cl, "Sessions and addresses", "セッションとアドレス"));
		html(cl, "</a></p>\n");
		draw_sessions(cl, rows);
		html(cl, "</section>\n");
	}
	json_decref(rows);
	json_decref(pin);
}

/* All connections of the office together. */
static void
draw_office_plot(struct client *cl)
{
	if (sample_meter(SAMPLE_OFFICE)->me_now.ct_when == 0)
		return;
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Throughput", "通信量"));
	html(cl, "</h2>\n");
	draw_throughput(cl, SAMPLE_OFFICE);
	html(cl, "</section>\n");
}

/* What the supervisor runs: "NAME STATE SECONDS RESTARTS". */
static void
draw_service(struct client *cl, const char *text)
{
	char copy[96], *p = copy, *word[4];
	int i;

	strlcpy(copy, text, sizeof(copy));
	for (i = 0; i < 4; i++)
		if ((word[i] = strsep(&p, " ")) == NULL)
			return;
	html(cl, "<div><dt>");
	html_text(cl, word[0]);
	html(cl, "</dt><dd>");
	if (strcmp(word[1], "up") == 0)
		badge(cl, "good", tr(cl, "running", "動作中"));
	else
		badge(cl, "bad", tr(cl, "not running", "停止中"));
	html(cl, " ");
	draw_duration(cl, strtoull(word[2], NULL, 10));
	if (strcmp(word[3], "0") != 0) {
		html(cl, tr(cl, ", started again: ", "、再起動："));
		html_text(cl, word[3]);
	}
	fact_end(cl);
}

static void
draw_services(struct client *cl)
{
	const char *k, *v;
	size_t pos = 0;

	if (pairs_get(cl->cl_answer, "service") == NULL)
		return;
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Services", "サービス"));
	html(cl, "</h2>\n<dl>\n");
	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "service") == 0)
			draw_service(cl, v);
	html(cl, "</dl></section>\n");
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

	if (pairs_has(cl->cl_answer, "apply", "runs"))
		(void)pairs_add(cl->cl_answer, "refresh", "yes");
	draw_plots(cl);
	page_begin(cl, tr(cl, "Status", "状態"), "/status", true);
	html(cl, "<p class=\"soft\">");
	html_text(cl, pairs_str(cl->cl_answer, "hostname"));
	html(cl, "</p>\n");
	draw_generation(cl);
	draw_notice(cl);
	draw_uplinks(cl);
	if (office) {
		draw_office(cl);
		draw_office_plot(cl);
	}
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
	draw_services(cl);
	html(cl, "<p><a href=\"/status\">");
	html(cl, tr(cl, "Refresh", "更新"));
	html(cl, "</a> &middot; <a href=\"/why\">");
	html(cl,
	    tr(cl, "Why is it slow or blocked?", "遅い・つながらないとき"));
	html(cl, "</a> &middot; <a href=\"/tools\">");
	html(cl, tr(cl, "Tools", "ツール"));
	html(cl, "</a></p>\n");
	page_end(cl);
}
