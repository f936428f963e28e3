/* SPDX-License-Identifier: ISC */
/*
 * site_radius: the page that tests a log-in at a hub's RADIUS servers, and
 * says in words what each of them has answered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "http.h"

enum { RADIUS_ROWS = 4 };	/* a hub has no more servers */

static const struct schema row_user = { .sc_key = "user",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED,
	.sc_label = "User",
	.sc_label_ja = "ユーザー",
	.sc_help = "A user whom the RADIUS servers know.",
	.sc_help_ja = "RADIUS サーバーに登録されているユーザー。" };

static const struct schema row_password = { .sc_key = "password",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED | SF_SECRET,
	.sc_label = "Password",
	.sc_label_ja = "パスワード",
	.sc_help = "It is sent to the servers, and kept nowhere.",
	.sc_help_ja = "サーバーに送るだけで、保存しません。" };

void
radius_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "radius"));
}

void
radius_ask_test(struct client *cl)
{
	site_ask_typed(cl, site_question(cl, "test-radius"));
}

void
draw_radius_link(struct client *cl)
{
	html(cl, "<p><a href=\"/radius-test\">");
	html(cl,
	    tr(cl, "Test a log-in at the RADIUS servers",
		"RADIUS サーバーへのログインを試す"));
	html(cl, "</a></p>\n");
}

/* What a server did, in one sentence; %1$s its name, %2$s seconds. */
static const struct {
	const char *result;
	bool good;
	const char *en;
	const char *ja;
} sentences[] = {
	{ "accepted", true, "Server %1$s has accepted the log-in, in %2$s s.",
	    "サーバー %1$s はログインを許可しました（%2$s 秒）。" },
	{ "refused", false,
	    "Server %1$s has refused the log-in, in %2$s s: it does not know "
	    "this user with this password.",
	    "サーバー %1$s はログインを拒否しました（%2$s 秒）。ユーザーかパス"
	    "ワードが違います。" },
	{ "challenged", false,
	    "Server %1$s asks for more than a password, after %2$s s. An "
	    "office cannot answer that.",
	    "サーバー %1$s はパスワード以外の情報を求めています（%2$s 秒）。拠"
	    "点は答えられません。" },
	{ "unusable", false,
	    "Server %1$s has accepted the log-in, in %2$s s, but asks for "
	    "something that this hub cannot do, so the user is kept out.",
	    "サーバー %1$s はログインを許可しましたが（%2$s 秒）、このハブでは"
	    "できないことを求めているため、接続できません。" },
	{ "silent", false,
	    "No answer of server %1$s within %2$s s. Its address, port or "
	    "secret may be wrong, or it does not know this hub.",
	    "サーバー %1$s は %2$s 秒以内に応答しませんでした。アドレス、ポー"
	    "ト、共有シークレットの間違いか、このハブが登録されていない可能性が"
	    "あります。" },
	{ "unreachable", false,
	    "Server %1$s cannot be reached; that was known after %2$s s.",
	    "サーバー %1$s に接続できません（%2$s 秒で判明）。" },
	{ "bad-reply", false,
	    "Server %1$s has answered, but its answer does not prove the "
	    "secret, so it was dropped; no good one came within %2$s s. The "
	    "secrets differ, or somebody else answers.",
	    "サーバー %1$s の応答は、共有シークレットを確認できないため破棄しま"
	    "した。%2$s 秒以内に正しい応答はありませんでした。シークレットが違"
	    "うか、別の機器が応答しています。" },
};

static void
draw_sentence(struct client *cl, const json_t *row)
{
	uint64_t ms = row_number(row, "ms");
	char text[768], seconds[32], server[64];
	size_t i, n = sizeof(sentences) / sizeof(sentences[0]);

	for (i = 0; i < n; i++)
		if (strcmp(row_text(row, "result"), sentences[i].result) == 0)
			break;
	if (i == n)
		return;
	snprintf(seconds, sizeof(seconds), "%.*f", ms < 1000 ? 2 : 1,
	    (double)ms / 1000);
	snprintf(server, sizeof(server), "%.60s", row_text(row, "server"));
	/* both are ours */
	snprintf(text, sizeof(text), tr(cl, sentences[i].en, sentences[i].ja),
	    server, seconds);
	notice(cl, sentences[i].good ? "good" : "bad", text);
}

static void
number_fact(struct client *cl, const json_t *row, const char *key,
    const char *term)
{
	char text[32];

	if (row_number(row, key) == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, row_number(row, key));
	fact(cl, term, text);
}

static void
time_fact(struct client *cl, const json_t *row, const char *key,
    const char *term)
{
	if (row_number(row, key) == 0)
		return;
	fact_begin(cl, term);
	draw_duration(cl, row_number(row, key));
	fact_end(cl);
}

/* What the attributes mean for a session. */
static void
draw_grant(struct client *cl, const json_t *row)
{
	static const char *const keys[] = { "vlan", "max-time", "idle-time",
		"accounting-interval" };
	bool any =
	    *row_text(row, "policy") != '\0' || *row_text(row, "group") != '\0';
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		any |= row_number(row, keys[i]) != 0;
	if (!any)
		draw_help_text(cl,
		    tr(cl, "No attribute of the answer counts for the session.",
			"セッションに影響する属性はありません。"));
	fact(cl, tr(cl, "Policy", "ポリシー"), row_text(row, "policy"));
	fact(cl, tr(cl, "Group", "グループ"), row_text(row, "group"));
	number_fact(cl, row, "vlan", "VLAN");
	time_fact(cl, row, "max-time", tr(cl, "Ends after", "最長接続時間"));
	time_fact(cl, row, "idle-time",
	    tr(cl, "Ends when idle for", "無通信で切断するまで"));
	time_fact(cl, row, "accounting-interval",
	    tr(cl, "Accounts every", "アカウンティングの送信間隔"));
}

static void
draw_verdict(struct client *cl, const json_t *row)
{
	bool accepted = strcmp(row_text(row, "result"), "accepted") == 0;

	draw_sentence(cl, row);
	html(cl, "<dl>\n");
	if (accepted)
		draw_grant(cl, row);
	fact(cl, tr(cl, "In its words", "メッセージ"), row_text(row, "text"));
	html(cl, "</dl>\n");
}

static void
draw_verdicts(struct client *cl)
{
	json_t *rows = source_rows(cl, "radius"), *row;
	const char *fault;
	size_t i;

	if (cl->cl_form == NULL || !site_result_is(cl, "ok"))
		return;
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Answer", "結果"));
	html(cl, "</h2>\n");
	if (rows == NULL) {
		fault = source_fault(cl, "radius");
		notice(cl, "bad",
		    fault != NULL ? fault : tr(cl, "No answer.", "応答なし。"));
	}
	json_array_foreach(rows, i, row) if (i < RADIUS_ROWS)
	    draw_verdict(cl, row);
	html(cl, "</section>\n");
	json_decref(rows);
}

static void
draw_typed(struct client *cl, const struct schema *sc, const char *value,
    const char *complete)
{
	const struct input in = { .in_name = sc->sc_key,
		.in_value = value,
		.in_complete = complete,
		.in_error = draw_error(cl, sc->sc_key),
		.in_needed = true };

	draw_row(cl, sc, &in);
}

static void
draw_form(struct client *cl)
{
	form_begin(cl, "/radius-test", cl->cl_rq.rq_cookie);
	html(cl, "<fieldset>\n");
	draw_choices(cl, "hub", tr(cl, "Hub", "ハブ"));
	draw_typed(cl, &row_user,
	    cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, "user"), "off");
	/* never what was typed */
	draw_typed(cl, &row_password, "", "off");
	html(cl, "</fieldset>\n");
	form_end(cl, tr(cl, "Test the log-in", "ログインを試す"));
}

void
radius_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	page_begin(cl, tr(cl, "RADIUS: test log-in", "RADIUS ログインのテスト"),
	    "/radius-test", true);
	draw_refusal(cl);
	draw_help_text(cl,
	    tr(cl,
		"The hub asks its RADIUS servers once, with the settings that "
		"are in force. Nobody is connected by that. It takes 24 "
		"seconds at most.",
		"有効な設定を使い、ハブが RADIUS サーバーに一度だけ問い合わせま"
		"す。接続はしません。最長で 24 秒かかります。"));
	draw_verdicts(cl);
	if (pairs_get(cl->cl_answer, "hub") == NULL)
		notice(cl, "bad",
		    tr(cl, "No hub of this box asks a RADIUS server.",
			"RADIUS サーバーを使うハブはありません。"));
	else
		draw_form(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
radius_answer_test(struct client *cl)
{
	if (site_result_is(cl, "missing"))
		client_refuse(cl, 404);
	else
		radius_answer(cl);
}
