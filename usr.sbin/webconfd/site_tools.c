/* SPDX-License-Identifier: ISC */
/*
 * site_tools: ping, traceroute, a new connection to the hub, and captures.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "kern/utf8.h"

#include "figure.h"
#include "http.h"

enum { OUTPUT_MAX = 16384 };

static const struct schema row_host = { .sc_key = "host",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED,
	.sc_label = "Host",
	.sc_label_ja = "ホスト",
	.sc_help = "An address or a name; this box looks from where it is.",
	.sc_help_ja =
	    "アドレスまたは名前。この装置から届くかどうかを調べます。" };

static const struct schema row_filter = { .sc_key = "filter",
	.sc_type = ST_STRING,
	.sc_label = "Filter",
	.sc_label_ja = "フィルター",
	.sc_help = "As tcpdump has it, such as: arp or udp port 67. Empty: all "
		   "frames.",
	.sc_help_ja =
	    "書き方は tcpdump と同じです（例：arp or udp port 67）。空欄なら、"
	    "すべてのフレームが対象です。" };

void
tools_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "tools"));
}

void
tools_ask_run(struct client *cl)
{
	site_ask_typed(cl, site_question(cl, "run"));
}

static const char *
typed(const struct client *cl, const char *name)
{
	return (cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, name));
}

static void
draw_typed(struct client *cl, const struct schema *sc)
{
	struct input in = { .in_name = sc->sc_key,
		.in_value = typed(cl, sc->sc_key),
		.in_error = draw_error(cl, sc->sc_key),
		.in_needed = (sc->sc_flags & SF_REQUIRED) != 0 };

	draw_row(cl, sc, &in);
}

static void
draw_button(struct client *cl, const char *tool, const char *text)
{
	html(cl, "<button name=\"tool\"");
	attr(cl, "value", tool);
	html(cl, ">");
	html(cl, text);
	html(cl, "</button> ");
}

static void
begin(struct client *cl, const char *title)
{
	form_begin(cl, "/tools", cl->cl_rq.rq_cookie);
	html(cl, "<fieldset><legend>");
	html(cl, title);
	html(cl, "</legend>\n");
}

static void
draw_reach(struct client *cl)
{
	begin(cl, tr(cl, "Who answers?", "応答の確認"));
	draw_typed(cl, &row_host);
	html(cl, "<p class=\"submit\">");
	draw_button(cl, "ping", "Ping");
	draw_button(cl, "traceroute", "Traceroute");
	html(cl, "</p></fieldset></form>\n");
}

static void
draw_option(struct client *cl, const char *value, const char *text)
{
	html(cl, "<option");
	attr(cl, "value", value);
	if (strcmp(typed(cl, "way"), value) == 0)
		html(cl, " selected");
	html(cl, ">");
	html_text(cl, text);
	html(cl, "</option>");
}

static void
draw_ways(struct client *cl)
{
	const char *k, *v;
	char value[80];
	size_t pos = 0;

	html(cl, "<div class=\"row\"><label for=\"way\">");
	html(cl, tr(cl, "Way", "経路"));
	html(cl, "</label><select id=\"way\" name=\"way\">");
	draw_option(cl, "", tr(cl, "As in the settings", "設定どおり"));
	draw_option(cl, "direct", tr(cl, "Direct", "直接"));
	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "proxy") == 0) {
			snprintf(value, sizeof(value), "proxy:%s", v);
			draw_option(cl, value, v);
		}
	html(cl, "</select></div>\n");
}

/* The codes of vnicctl(8) for why there is no connection. */
static const struct {
	const char *code;
	const char *ja;
} reasons[] = {
	{ "name",
	    "ハブまたはプロキシの名前から IP アドレスを調べられませんでした。" },
	{ "unreached", "ハブまたは途中のプロキシに接続できませんでした。" },
	{ "denied", "プロキシがログインを拒否しました。" },
	{ "proxy", "プロキシが接続を切断しました。" },
	{ "tls",
	    "ハブと安全な接続（TLS）を確立できませんでした。ハブのピンや証明書が"
	    "設定と一致しないか、途中で通信が傍受されている可能性があります。" },
	{ "no-answer", "接続できましたが、ハブが応答しませんでした。" },
	{ "no-hub",
	    "接続できましたが、応答したのはハブではありませんでした。" },
	{ "memory", "装置のメモリーが足りません。" },
	{ "settings", "テスト中に設定が変更されました。" },
};

/* In the reader's language, as far as the code is known; and as it was said. */
static void
draw_reason(struct client *cl, const json_t *row)
{
	const char *ja = NULL;
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(row_text(row, "code"), reasons[i].code) == 0)
			ja = reasons[i].ja;
	if (cl->cl_rq.rq_ja && ja != NULL) {
		fact(cl, "理由", ja);
		fact_said(cl, "詳細", row_text(row, "text"));
	} else
		fact_said(cl, tr(cl, "Reason", "理由"), row_text(row, "text"));
}

/* One sentence, and what is at fault. */
static void
draw_tested(struct client *cl, const json_t *row)
{
	bool ok = strcmp(row_text(row, "result"), "ok") == 0;
	char text[768];

	snprintf(text, sizeof(text),
	    ok ? tr(cl, "Connected in %.2f s: %.500s. Round trip: %.1f ms.",
		     "%.2f 秒で接続しました（%.500s）。往復時間：%.1f ms。") :
		 tr(cl, "No connection after %.2f s: %.500s.",
		     "%.2f 秒で接続に失敗しました（%.500s）。"),
	    (double)row_number(row, "total-us") / 1e6,
	    way_text(cl, row_text(row, "way")),
	    (double)row_number(row, "rtt-us") / 1e3);
	notice(cl, ok ? "good" : "bad", text);
	if (ok)
		return;
	html(cl, "<dl>\n");
	draw_reason(cl, row);
	html(cl, "</dl>\n");
}

static void
draw_path_result(struct client *cl)
{
	json_t *rows;
	const char *fault;

	if (source_find(cl, "path") == NULL)
		return;
	rows = source_rows(cl, "path");
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Test of the path", "経路テストの結果"));
	html(cl, "</h2>\n");
	if (json_array_size(rows) > 0)
		draw_tested(cl, json_array_get(rows, 0));
	else {
		fault = source_fault(cl, "path");
		notice(cl, "bad",
		    fault != NULL ? fault : tr(cl, "No answer.", "応答なし。"));
	}
	html(cl, "</section>\n");
	json_decref(rows);
}

static void
draw_path(struct client *cl)
{
	if (pairs_get(cl->cl_answer, "vnic") == NULL)
		return;
	begin(cl, tr(cl, "The way to the hub", "ハブへの経路"));
	draw_help_text(cl,
	    tr(cl,
		"Tries one way to the hub, as far as the hub's answer. Nobody "
		"logs in, and the connection that is open stays.",
		"ハブへの経路を 1 つだけ試し、ハブの応答を確かめます。ログイン"
		"はせず、現在の接続もそのままです。"));
	draw_choices(cl, "vnic", tr(cl, "Connection", "接続"));
	draw_ways(cl);
	html(cl, "<p class=\"submit\">");
	draw_button(cl, "test", tr(cl, "Test this path", "この経路をテスト"));
	html(cl, "</p></fieldset></form>\n");
}

static void
draw_reconnect(struct client *cl)
{
	if (pairs_get(cl->cl_answer, "vnicd") == NULL)
		return;
	begin(cl, tr(cl, "Connect anew", "再接続"));
	draw_help_text(cl,
	    tr(cl,
		"Gives the connection up, makes it anew and shows how that "
		"went. Nobody reaches the other offices meanwhile.",
		"接続をいったん切り、つなぎ直して結果を表示します。その間、ほかの"
		"拠点とは通信できません。"));
	html(cl, "<p class=\"submit\">");
	draw_button(cl, "reconnect", tr(cl, "Connect anew", "つなぎ直す"));
	html(cl, "</p></fieldset></form>\n");
}

static void
draw_seconds(struct client *cl)
{
	static const char *const choices[] = { "5", "10", "20" };
	size_t i;

	html(cl, "<div class=\"row\"><label for=\"seconds\">");
	html(cl, tr(cl, "Seconds", "時間（秒）"));
	html(cl, "</label><select id=\"seconds\" name=\"seconds\">");
	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		html(cl, "<option>");
		html(cl, choices[i]);
		html(cl, "</option>");
	}
	html(cl, "</select></div>\n");
}

static void
draw_capture(struct client *cl)
{
	if (pairs_get(cl->cl_answer, "hub") == NULL)
		return;
	begin(cl, tr(cl, "Capture of a hub", "ハブのパケットキャプチャ"));
	draw_help_text(cl,
	    tr(cl,
		"The frames that come into the hub, at most 1 MB, as a file "
		"that Wireshark reads. It has what people send: keep it safe.",
		"ハブが受け取るフレームを、Wireshark で読めるファイルに記録しま"
		"す（最大 1 MB）。通信の内容がそのまま含まれるので、取り扱いに"
		"は注意してください。"));
	draw_choices(cl, "hub", tr(cl, "Hub", "ハブ"));
	draw_typed(cl, &row_filter);
	draw_seconds(cl);
	html(cl, "<p class=\"submit\">");
	draw_button(cl, "capture", tr(cl, "Capture", "キャプチャ開始"));
	html(cl, "</p></fieldset></form>\n");
}

/* What a program wrote, its end cut off; none of it is ours. */
static void
draw_output(struct client *cl, const struct source *so)
{
	char text[OUTPUT_MAX + 1];
	ev_ssize_t n = evbuffer_copyout(so->so_text, text, OUTPUT_MAX);
	const char *p = text, *next;
	int32_t c;

	text[n < 0 ? 0 : n] = '\0';
	html(cl,
	    "<section class=\"card\" role=\"status\">"
	    "<div class=\"lines log\" lang=\"en\" tabindex=\"0\"><span>");
	for (; *p != '\0'; p = next) {
		char one[8] = "?";

		next = p;
		c = utf8_next(&next);
		if (c == -1)
			next = p + 1;
		else if (c == '\n' || (c >= ' ' && (c < 0x7f || c >= 0xa0)))
			strlcpy(one, p, (size_t)(next - p) + 1);
		html_text(cl, one);
	}
	html(cl, "</span></div></section>\n");
}

static void
draw_tools(struct client *cl, const struct source *output)
{
	page_begin(cl, tr(cl, "Tools", "ツール"), "/tools", true);
	draw_refusal(cl);
	if (output != NULL)
		draw_output(cl, output);
	draw_path_result(cl);
	draw_reach(cl);
	draw_path(cl);
	draw_reconnect(cl);
	draw_capture(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
tools_answer(struct client *cl)
{
	if (site_admitted(cl))
		draw_tools(cl, NULL);
}

/* Whether it begins as pcapng does, rather than with a complaint. */
static bool
is_capture(const struct source *so)
{
	static const char magic[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	char begin_of[4];

	return (evbuffer_copyout(so->so_text, begin_of, 4) == 4 &&
	    memcmp(begin_of, magic, 4) == 0);
}

void
tools_answer_run(struct client *cl)
{
	const struct source *so = source_find(cl, "output");
	const char *fault;

	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "missing")) {
		client_refuse(cl, 404);
		return;
	}
	if (pairs_has(cl->cl_form, "tool", "reconnect")) {
		if ((fault = source_fault(cl, "reconnect")) == NULL) {
			site_redirect(cl, "/start/test", NULL);
			return;
		}
		(void)pairs_add(cl->cl_answer, "e.", fault);
	}
	if (so == NULL || !pairs_has(cl->cl_form, "tool", "capture") ||
	    !is_capture(so)) {
		draw_tools(cl, so);
		return;
	}
	strlcpy(cl->cl_attachment, "hub.pcapng", sizeof(cl->cl_attachment));
	(void)evbuffer_add_buffer(cl->cl_page, so->so_text);
	client_respond(cl, 200, "application/octet-stream", "", NULL);
}
