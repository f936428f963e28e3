/* SPDX-License-Identifier: ISC */
/*
 * site_system: what the image is made of, the restart, and pieces that the
 * pages of backup and upgrade share.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "http.h"

void
file_form(struct client *cl, const char *action)
{
	char token[REQUEST_TOKEN_LEN + 1];

	http_csrf(cl->cl_rq.rq_cookie, token);
	html(cl, "<form method=\"post\" enctype=\"multipart/form-data\"");
	attr(cl, "action", action);
	html(cl, " accept-charset=\"utf-8\">");
	/* before the file: see upload.c */
	draw_hidden(cl, "token", token);
}

void
file_input(struct client *cl, const char *label, const char *accept)
{
	html(cl, "<div class=\"row\"><label for=\"file\">");
	html(cl, label);
	html(cl, "</label><input type=\"file\" id=\"file\" name=\"file\"");
	attr(cl, "accept", accept);
	html(cl, " required></div>\n");
}

void
draw_task_fault(struct client *cl)
{
	const char *ja = pairs_str(cl->cl_answer, "task.ja");
	const char *en = pairs_str(cl->cl_answer, "task.text");

	if (site_result_is(cl, "busy")) {
		notice(cl, "bad",
		    tr(cl,
			"Nothing was done: a restore or an upgrade is still "
			"running.",
			"復元またはアップグレードの処理が終わっていないため、何"
			"も行いませんでした。"));
		return;
	}
	if (!pairs_has(cl->cl_answer, "task", "failed"))
		return;
	html(cl, "<div class=\"notice bad\" role=\"alert\"><p>");
	html(cl,
	    tr(cl, "This was refused, and nothing is different now:",
		"次の理由で受け付けませんでした。何も変更していません。"));
	html(cl, "</p><p");
	if (cl->cl_rq.rq_ja && *ja == '\0')
		html(cl, " lang=\"en\"");
	html(cl, ">");
	html_text(cl, tr(cl, en, *ja == '\0' ? NULL : ja));
	html(cl, "</p></div>\n");
}

void
draw_notice(struct client *cl)
{
	const char *text = pairs_get(cl->cl_answer, "notice");

	if (text == NULL)
		return;
	html(cl, "<div class=\"notice\" role=\"status\"><p>");
	html(cl,
	    tr(cl,
		"About the last upgrade: ", "前回のアップグレードについて："));
	html(cl, "<span lang=\"en\">");
	html_text(cl, text);
	html(cl, ".</span></p></div>\n");
}

/* What the image is made of. */

void
parts_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "parts"));
}

/* The list of a CycloneDX document, in JSON, or NULL. */
static json_t *
parts_of(const struct client *cl)
{
	size_t len;
	const char *text = source_text(cl, "parts", &len);

	return (text == NULL ? NULL : json_loadb(text, len, 0, NULL));
}

/* "licenses": [ { "expression": ... } or { "license": { "id", "name" } } ] */
static const char *
licence_of(const json_t *row)
{
	const json_t *one = json_array_get(json_object_get(row, "licenses"), 0);
	const char *text = row_text(one, "expression");

	one = json_object_get(one, "license");
	if (*text == '\0')
		text = row_text(one, "id");
	return (*text == '\0' ? row_text(one, "name") : text);
}

static void
draw_part(struct client *cl, const json_t *row)
{
	html(cl, "<tr>");
	cell(cl, tr(cl, "Name", "名前"), row_text(row, "name"));
	cell(cl, tr(cl, "Version", "バージョン"), row_text(row, "version"));
	cell(cl, tr(cl, "Licence", "ライセンス"), licence_of(row));
	html(cl, "</tr>\n");
}

static void
draw_parts(struct client *cl, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "components"), *row;
	const json_t *whole =
	    json_object_get(json_object_get(doc, "metadata"), "component");
	size_t i;

	html(cl, "<p>");
	html_text(cl, row_text(whole, "name"));
	html(cl, " ");
	html_text(cl, row_text(whole, "version"));
	html(cl, "</p><p><a href=\"/parts/sbom.json\">");
	html(cl,
	    tr(cl, "All of it as a file (CycloneDX, with hashes)",
		"全体をファイルでダウンロード（CycloneDX 形式、ハッシュ付き）"));
	html(cl,
	    "</a></p>\n<section class=\"card\"><div class=\"scroll wrap\" "
	    "tabindex=\"0\"><table><thead><tr>");
	html(cl,
	    tr(cl,
		"<th scope=\"col\">Name</th><th scope=\"col\">Version</th>"
		"<th scope=\"col\">Licence</th>",
		"<th scope=\"col\">名前</th><th scope=\"col\">バージョン</th>"
		"<th scope=\"col\">ライセンス</th>"));
	html(cl, "</tr></thead><tbody>\n");
	json_array_foreach(list, i, row) draw_part(cl, row);
	html(cl, "</tbody></table></div></section>\n");
}

static void
page_parts(struct client *cl, const json_t *doc)
{
	page_begin(cl, tr(cl, "What is in it", "構成部品"), "/upgrade", true);
	html(cl, "<p class=\"trail\"><a href=\"/upgrade\">");
	html(cl, tr(cl, "Upgrade", "アップグレード"));
	html(cl, "</a></p>");
	if (doc == NULL)
		notice(cl, "bad",
		    tr(cl, "This system has no list of its parts.",
			"このシステムには構成部品の一覧がありません。"));
	else
		draw_parts(cl, doc);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
parts_answer(struct client *cl)
{
	const char *text;
	json_t *doc;
	size_t len;

	if (!site_admitted(cl))
		return;
	if (strcmp(cl->cl_rq.rq_path, "/parts") == 0) {
		doc = parts_of(cl);
		page_parts(cl, doc);
		json_decref(doc);
	} else if ((text = source_text(cl, "parts", &len)) == NULL)
		client_refuse(cl, 404);
	else {
		html_raw(cl, text, len);
		strlcpy(cl->cl_attachment, "sbom.json",
		    sizeof(cl->cl_attachment));
		client_respond(cl, 200, "application/json", "", NULL);
	}
}

/* The restart. */

void
restart_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "state"));
}

void
restart_ask_now(struct client *cl)
{
	http_ask(cl, site_question(cl, "restart"));
}

void
restart_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	page_begin(cl, tr(cl, "Restart", "再起動"), "/upgrade", true);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"The connections of this box are interrupted for about a "
		"minute. An upgrade that was installed is tried. Settings that "
		"were not kept yet are undone.",
		"再起動すると、この装置の接続が 1 分ほど途切れます。インストー"
		"ル済みのアップグレードがあれば、それを試します。まだ確定してい"
		"ない設定は元に戻ります。"));
	html(cl, "</p>\n");
	form_begin(cl, "/restart", cl->cl_rq.rq_cookie);
	form_end(cl, tr(cl, "Restart now", "今すぐ再起動"));
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
restart_answer_now(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	page_begin(cl, tr(cl, "Restart", "再起動"), "/upgrade", true);
	if (site_result_is(cl, "busy"))
		draw_task_fault(cl);
	else
		notice(cl, "",
		    tr(cl,
			"The box restarts. In about a minute it can be "
			"reached again.",
			"再起動しています。1 分ほどで再び接続できます。"));
	html(cl, "<p><a href=\"/upgrade\">");
	html(cl, tr(cl, "Log in again", "もう一度ログインする"));
	html(cl, "</a></p>\n");
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}
