/* SPDX-License-Identifier: ISC */
/*
 * site_upgrade: what is installed in the two slots, and how another version
 * gets there; see sysupgrade(8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

static const struct schema row_url = { .sc_key = "url",
	.sc_type = ST_STRING,
	.sc_label = "Address",
	.sc_label_ja = "アドレス",
	.sc_help = "The box fetches the upgrade from there.",
	.sc_help_ja = "この装置がこのアドレスからファイルを取得します。" };

/* A fact of "sysupgrade status": "KEY VALUE", a line each. */
static void
fact(const struct client *cl, const char *key, char *out, size_t size)
{
	size_t left, klen = strlen(key), n;
	const char *p = source_text(cl, "slots", &left), *end;

	*out = '\0';
	for (; p != NULL && (end = memchr(p, '\n', left)) != NULL;
	     left -= (size_t)(end - p) + 1, p = end + 1) {
		n = (size_t)(end - p);
		if (n <= klen || memcmp(p, key, klen) != 0 || p[klen] != ' ')
			continue;
		n -= klen + 1;
		if (n >= size)
			n = size - 1;
		memcpy(out, p + klen + 1, n);
		out[n] = '\0';
		return;
	}
}

/* In words; the text itself where we have none. */
static const char *
state_text(const struct client *cl, const char *state)
{
	static const struct {
		const char *state, *en, *ja;
	} states[] = {
		{ "confirmed", "came up well, and stays",
		    "正常に起動し、確定しています" },
		{ "starting", "is starting", "起動中です" },
		{ "trial", "is being tried", "試用中です" },
		{ "good", "can be gone back to", "このバージョンに戻せます" },
		{ "new", "will be tried at the next restart",
		    "次の再起動で試します" },
		{ "given-up", "did not come up", "起動できませんでした" },
		{ "empty", "holds nothing whole",
		    "使えるバージョンがありません" },
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, state) == 0)
			return (tr(cl, states[i].en, states[i].ja));
	return (state);
}

static void
draw_slot(struct client *cl, const char *title, const char *prefix)
{
	char key[32], slot[8], version[80], state[32], reason[256];

	snprintf(key, sizeof(key), "%sslot", prefix);
	fact(cl, key, slot, sizeof(slot));
	snprintf(key, sizeof(key), "%sversion", prefix);
	fact(cl, key, version, sizeof(version));
	snprintf(key, sizeof(key), "%sstate", prefix);
	fact(cl, key, state, sizeof(state));
	snprintf(key, sizeof(key), "%sreason", prefix);
	fact(cl, key, reason, sizeof(reason));
	html(cl, "<div><dt>");
	html(cl, title);
	html(cl, "</dt><dd><code>");
	html_text(cl, *version == '\0' ? "-" : version);
	html(cl, "</code><br>");
	html_text(cl, state_text(cl, state));
	html(cl, tr(cl, " (slot ", "（スロット "));
	html_text(cl, slot);
	html(cl, tr(cl, ")", "）"));
	if (*reason != '\0') {
		html(cl, "<br><span lang=\"en\">");
		html_text(cl, reason);
		html(cl, "</span>");
	}
	html(cl, "</dd></div>\n");
}

static void
draw_slots(struct client *cl)
{
	char slot[8];

	fact(cl, "slot", slot, sizeof(slot));
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Installed", "インストール済み"));
	html(cl, "</h2>\n");
	if (*slot == '\0') {
		html(cl, "<p>");
		html(cl,
		    tr(cl, "This system cannot be upgraded from here.",
			"このシステムは、この画面からはアップグレードできませ"
			"ん。"));
		html(cl, "</p>");
	} else {
		html(cl, "<dl>\n");
		draw_slot(cl, tr(cl, "Running", "動作中"), "");
		draw_slot(cl, tr(cl, "Other", "もう一方"), "other-");
		html(cl, "</dl>\n");
	}
	html(cl, "<p><a href=\"/parts\">");
	html(cl, tr(cl, "What is in it", "構成部品"));
	html(cl, "</a> &nbsp; <a href=\"/restart\">");
	html(cl, tr(cl, "Restart", "再起動"));
	html(cl, "</a></p></section>\n");
}

static const char *
phase_text(const struct client *cl)
{
	const char *phase = pairs_str(cl->cl_answer, "task.phase");

	if (strcmp(phase, "verifying") == 0)
		return (tr(cl, "Verifying", "検証しています"));
	if (strcmp(phase, "writing") == 0)
		return (tr(cl, "Writing", "書き込んでいます"));
	if (strcmp(phase, "reading-back") == 0)
		return (tr(cl, "Reading back",
		    "書き込んだ内容を確認しています"));
	return (tr(cl, "Waiting for the upgrade",
	    "データの受信を待っています"));
}

static void
draw_progress(struct client *cl)
{
	const char *percent = pairs_str(cl->cl_answer, "task.percent");

	html(cl, "<section class=\"card\" aria-live=\"polite\"><h2>");
	html(cl, tr(cl, "Upgrade", "アップグレード"));
	html(cl, "</h2><p><label for=\"progress\">");
	html(cl, phase_text(cl));
	html(cl, ": ");
	html_text(cl, percent);
	html(cl, " %</label></p><progress id=\"progress\" max=\"100\"");
	attr(cl, "value", percent);
	html(cl, "></progress></section>\n");
}

static void
draw_done(struct client *cl)
{
	html(cl, "<div class=\"notice\" role=\"status\"><p>");
	html(cl,
	    tr(cl,
		"The upgrade is installed and was read back. It is tried at "
		"the next restart; if it does not come up well the box goes "
		"back to the version that runs now.",
		"アップグレードをインストールし、書き込んだ内容を確認しました。"
		"新しいバージョンは次の再起動で試します。正常に起動しなければ、"
		"自動的に現在のバージョンに戻ります。"));
	html(cl, "</p>\n");
	form_begin(cl, "/restart", cl->cl_rq.rq_cookie);
	html(cl, "<button>");
	html(cl, tr(cl, "Restart now", "今すぐ再起動"));
	html(cl, "</button></form></div>\n");
}

/* Older versions are refused unless that is asked for. */
static void
draw_older(struct client *cl, const char *id)
{
	html(cl, "<div class=\"row tick\"><input type=\"checkbox\"");
	attr(cl, "id", id);
	html(cl, " name=\"older\" value=\"yes\"><label");
	attr(cl, "for", id);
	html(cl, ">");
	html(cl, tr(cl, "Also an older version", "古いバージョンも受け付ける"));
	html(cl, "</label></div>\n");
}

static void
draw_forms(struct client *cl, const char *error)
{
	const struct input in = { .in_name = "url",
		.in_value =
		    cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, "url"),
		.in_error = error,
		.in_needed = true };

	html(cl, "<section class=\"card\"><h2>");
	html(cl,
	    tr(cl, "Upload an upgrade", "アップグレードファイルを送信する"));
	html(cl, "</h2>\n");
	file_form(cl, "/upgrade/upload");
	draw_older(cl, "older-file");
	file_input(cl,
	    tr(cl, "Upgrade (a file NAME.bundle)",
		"アップグレードファイル（拡張子 .bundle）"),
	    ".bundle");
	form_end(cl, tr(cl, "Upload and install", "送信してインストール"));
	html(cl, "</section>\n<section class=\"card\"><h2>");
	html(cl,
	    tr(cl, "Fetch an upgrade", "アップグレードファイルを取得する"));
	html(cl, "</h2>\n");
	form_begin(cl, "/upgrade/fetch", cl->cl_rq.rq_cookie);
	draw_row(cl, &row_url, &in);
	draw_older(cl, "older-url");
	form_end(cl, tr(cl, "Fetch and install", "取得してインストール"));
	html(cl, "</section>\n");
}

static void
page_upgrade(struct client *cl, const char *error)
{
	bool runs = pairs_has(cl->cl_answer, "task", "runs");

	page_begin(cl, tr(cl, "Upgrade", "アップグレード"), "/upgrade", true);
	draw_notice(cl);
	draw_task_fault(cl);
	if (pairs_has(cl->cl_answer, "task", "done"))
		draw_done(cl);
	if (runs)
		draw_progress(cl);
	draw_slots(cl);
	if (!runs) {
		html(cl, "<p>");
		html(cl,
		    tr(cl,
			"An upgrade is signed; one that is not for this box "
			"is refused before anything is written. It goes to the "
			"other slot, while this one runs on.",
			"アップグレードファイルには署名が付いています。この装置"
			"向けでないものは、書き込む前に拒否します。インストール"
			"先はもう一方のスロットなので、その間も現在のバージョン"
			"が動き続けます。"));
		html(cl, "</p>\n");
		draw_forms(cl, error);
	}
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
upgrade_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "upgrade"));
}

void
upgrade_answer(struct client *cl)
{
	if (site_admitted(cl))
		page_upgrade(cl, NULL);
}

static void
ask_install(struct client *cl, const char *kind)
{
	struct pairs *pr = site_question(cl, kind);

	(void)pairs_add(pr, "older", pairs_str(cl->cl_form, "older"));
	(void)pairs_add(pr, "url", pairs_str(cl->cl_form, "url"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

void
upgrade_ask_upload(struct client *cl)
{
	ask_install(cl, "install");
}

static bool
url_ok(const struct client *cl)
{
	const char *url = pairs_str(cl->cl_form, "url");

	return ((strncmp(url, "http://", 7) == 0 ||
		    strncmp(url, "https://", 8) == 0) &&
	    strchr(url, ' ') == NULL);
}

/* With a fault, the page again. */
void
upgrade_ask_fetch(struct client *cl)
{
	if (url_ok(cl))
		ask_install(cl, "fetch");
	else
		upgrade_ask(cl);
}

void
upgrade_answer_begun(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if (strcmp(cl->cl_rq.rq_path, "/upgrade/fetch") == 0 && !url_ok(cl))
		page_upgrade(cl,
		    tr(cl, "an address that begins with https:// or http://",
			"https:// または http:// で始まるアドレスを入力してくだ"
			"さい。"));
	else if (site_result_is(cl, "busy"))
		page_upgrade(cl, NULL);
	else
		site_redirect(cl, "/upgrade", NULL);
}
