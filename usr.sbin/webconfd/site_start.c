/* SPDX-License-Identifier: ISC */
/*
 * site_start: the first settings of a box, step by step, and whether they
 * work.  What was typed in other steps than the one shown goes along in hidden
 * inputs; secrets belong to the last step alone, so that none is in a page.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/log.h"

#include "http.h"

enum { STEP_FIELDS = 8, VALUE_SIZE = 2200, KEY_SIZE = 80 };

struct stage {
	const char *st_title;
	const char *st_title_ja;
	const char *st_text;
	const char *st_text_ja;
	unsigned int st_roles;	/* FF_HUB, FF_OFFICE; 0: always */
	const char *st_fields[STEP_FIELDS];
};

static const struct stage stages[] = {
	{ "Role", "役割",
	    "One box is the hub, where all offices meet. Every other office "
	    "has a box that connects to it.",
	    "1 台がハブになり、各拠点が集まります。ほかの拠点には、ハブに接続する"
	    "装置を 1 台ずつ置きます。",
	    0, { "role", "hostname" } },
	{ "Network", "ネットワーク",
	    "Which sockets lead to the office's LAN, and the address of this "
	    "box there. With dhcp the office's router gives it one. The last "
	    "three are only for a box that has a line to the Internet of its "
	    "own, by PPPoE or with a VLAN number.",
	    "拠点の LAN につながるポートと、そこでのこの装置のアドレスです。dhcp "
	    "なら拠点のルーターからもらいます。最後の 3 つは、PPPoE または "
	    "VLAN 番号でこの装置を直接インターネットにつなぐ場合だけ入力します"
	    "。",
	    0,
	    { "port", "address", "gateway", "dns", "uplink-port", "uplink-vlan",
		"pppoe-user" } },
	{ "Time", "時刻",
	    "The clock is set from the network. Without a time server it "
	    "follows the hub.",
	    "時計はネットワークから合わせます。時刻サーバーがなければハブに合わせ"
	    "ます。",
	    0, { "timezone", "ntp" } },
	{ "Hub", "ハブ",
	    "The place where offices meet. They are invited afterwards, each "
	    "by one line of text.",
	    "各拠点が集まる場所です。拠点は、設定の後で 1 行の文字列を渡して招待"
	    "します。",
	    FF_HUB, { "hub-name", "listen", "hub-lan" } },
	{ "Connection to the hub", "ハブへの接続",
	    "Paste the invitation that the hub's page has made. The fields "
	    "below it are for a hub that makes none.",
	    "ハブの画面で作った招待を貼り付けてください。その下の欄は、招待がない"
	    "場合に使います。",
	    FF_OFFICE,
	    { "invitation", "server", "vnic-hub", "vnic-user", "vnic-password",
		"pin", "stay-local" } },
};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

/* Whether a box of this role has the step. */
static bool
has_stage(const struct client *cl, unsigned int n)
{
	unsigned int roles = stages[n].st_roles;
	const char *role = pairs_str(cl->cl_form, "role");

	return (roles == 0 || strcmp(role, "both") == 0 ||
	    (roles == FF_HUB) == (strcmp(role, "hub") == 0));
}

/* The next step from n in that direction, STAGES at the end, 0 at the first. */
static unsigned int
beside(const struct client *cl, unsigned int n, int direction)
{
	do
		n += (unsigned int)direction;
	while (n > 0 && n < STAGES && !has_stage(cl, n));
	return (n);
}

/* The role, which the first step asks for, says which step is the last. */
static bool
is_last(const struct client *cl, unsigned int n)
{
	return (n > 0 && beside(cl, n, 1) == STAGES);
}

/* The step that was filled in; the first one if it is none. */
static unsigned int
form_step(const struct client *cl)
{
	const char *why;

	return ((unsigned int)strtonum(pairs_str(cl->cl_form, "step"), 0,
	    STAGES - 1, &why));
}

/* The form that a browser would send of what is set. */
static void
fill(struct client *cl)
{
	const char *const *name;
	char key[KEY_SIZE];
	unsigned int n;

	for (n = 0; n < STAGES; n++)
		for (name = stages[n].st_fields; *name != NULL; name++) {
			snprintf(key, sizeof(key), "v.%s", *name);
			(void)pairs_add(cl->cl_form, *name,
			    pairs_str(cl->cl_answer, key));
		}
	(void)pairs_add(cl->cl_form, "generation",
	    pairs_str(cl->cl_answer, "generation"));
}

/* What is wrong with the fields of a step, into the answer. */
static bool
check(struct client *cl, unsigned int n)
{
	const char *const *name;
	const struct message *ms;
	const struct field *fd;
	char value[VALUE_SIZE];
	bool ok = true;

	for (name = stages[n].st_fields; *name != NULL; name++) {
		fd = field_find(*name);
		field_typed(fd, cl->cl_form, *name, value, sizeof(value));
		if ((ms = field_fault(fd, value)) == NULL)
			continue;
		field_say(cl->cl_answer, *name, ms);
		ok = false;
	}
	return (ok);
}

/* The first step that the parent found a fault in; else the last one. */
static unsigned int
faulty(const struct client *cl, unsigned int last)
{
	const char *const *name;
	unsigned int n;

	for (n = 0; n < last; n++)
		for (name = stages[n].st_fields; *name != NULL; name++)
			if (has_stage(cl, n) && draw_error(cl, *name) != NULL)
				return (n);
	return (last);
}

static void
draw_others(struct client *cl, unsigned int shown)
{
	const char *const *name;
	const struct field *fd;
	char value[VALUE_SIZE];
	unsigned int n;

	for (n = 0; n < STAGES; n++)
		for (name = stages[n].st_fields; *name != NULL; name++) {
			fd = field_find(*name);
			if (n == shown ||
			    (field_row(fd)->sc_flags & SF_SECRET) != 0)
				continue;
			pairs_joined(cl->cl_form, *name, value, sizeof(value));
			draw_hidden(cl, *name, value);
		}
}

/* Where one is, in words and for a screen reader. */
static void
draw_way(struct client *cl, unsigned int shown)
{
	unsigned int n, at = 0, all = 0;
	char text[64];

	for (n = 0; n < STAGES; n++) {
		all += has_stage(cl, n);
		at += n <= shown && has_stage(cl, n);
	}
	/* the role says how many there are */
	if (shown == 0)
		snprintf(text, sizeof(text), tr(cl, "Step %u", "手順 %u"), at);
	else
		snprintf(text, sizeof(text),
		    tr(cl, "Step %u of %u", "手順 %u / %u"), at, all);
	html(cl, "<p class=\"soft\">");
	html(cl, text);
	html(cl, "</p>\n");
}

static void
draw_buttons(struct client *cl, unsigned int shown)
{
	bool last = is_last(cl, shown);

	html(cl, "<p class=\"submit\"><button name=\"go\" value=\"on\">");
	html(cl,
	    last ? tr(cl, "Apply and test", "適用してテスト") :
		   tr(cl, "Next", "次へ"));
	html(cl, "</button>");
	if (shown > 0) {
		html(cl,
		    " <button class=\"plain\" name=\"go\" value=\"back\">");
		html(cl, tr(cl, "Back", "戻る"));
		html(cl, "</button>");
	}
	html(cl, "</p>\n</form>\n");
}

static void
draw_stage(struct client *cl, unsigned int shown)
{
	const struct stage *st = &stages[shown];
	const char *const *name, *title = tr(cl, st->st_title, st->st_title_ja);
	char number[16];

	page_begin(cl, tr(cl, "First steps", "はじめての設定"), "/start", true);
	draw_refusal(cl);
	draw_way(cl, shown);
	form_begin(cl, "/start", cl->cl_rq.rq_cookie);
	/* that of the first step: others may change the settings meanwhile */
	draw_hidden(cl, "generation",
	    pairs_str(pairs_has(cl->cl_answer, "changed", "yes") ?
		    cl->cl_answer :
		    cl->cl_form,
		"generation"));
	snprintf(number, sizeof(number), "%u", shown);
	draw_hidden(cl, "step", number);
	draw_others(cl, shown);
	html(cl, "<fieldset><legend>");
	html(cl, title);
	html(cl, "</legend>\n<p class=\"help\">");
	html(cl, tr(cl, st->st_text, st->st_text_ja));
	html(cl, "</p>\n");
	for (name = st->st_fields; *name != NULL; name++)
		draw_field(cl, field_find(*name));
	/* a secret of an earlier step */
	if (is_last(cl, shown) && *pairs_str(cl->cl_form, "pppoe-user") != '\0')
		draw_field(cl, field_find("pppoe-password"));
	html(cl, "</fieldset>\n");
	draw_buttons(cl, shown);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
start_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "settings"));
}

void
start_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if ((cl->cl_form = calloc(1, sizeof(*cl->cl_form))) == NULL)
		fatalx("no memory");
	fill(cl);
	draw_stage(cl, 0);
}

/* Whether all steps have been made, so that they are to count. */
static bool
at_end(const struct client *cl)
{
	return (is_last(cl, form_step(cl)) &&
	    pairs_has(cl->cl_form, "go", "on"));
}

void
start_ask_step(struct client *cl)
{
	if (at_end(cl))
		site_ask_typed(cl, site_question(cl, "save"));
	else
		http_ask(cl, site_question(cl, "settings"));
}

void
start_answer_step(struct client *cl)
{
	unsigned int n = form_step(cl);

	if (!site_admitted(cl))
		return;
	if (at_end(cl) && site_result_is(cl, "ok")) {
		site_redirect(cl, "/start/test", NULL);
		return;
	}
	if (at_end(cl))
		n = faulty(cl, n);
	else if (pairs_has(cl->cl_form, "go", "back"))
		n = beside(cl, n, -1);
	else if (check(cl, n))
		n = beside(cl, n, 1);
	draw_stage(cl, n < STAGES ? n : STAGES - 1);
}

/* Whether there is nothing more to wait for. */
static bool
settled(const struct client *cl)
{
	json_t *rows = source_rows(cl, "vnics"), *row;
	const char *state;
	bool done = pairs_has(cl->cl_answer, "apply", "done");
	size_t i;

	if (pairs_get(cl->cl_answer, "vnicd") != NULL && rows == NULL)
		done = false;
	json_array_foreach(rows, i, row)
	{
		state = json_string_value(json_object_get(row, "state"));
		if (state == NULL || strcmp(state, "open") != 0)
			done = false;
	}
	json_decref(rows);
	return (done);
}

static void
draw_next(struct client *cl)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "What now?", "次にすること"));
	html(cl, "</h2>\n<ul>");
	if (pairs_get(cl->cl_answer, "hubd") != NULL) {
		html(cl, "<li><a href=\"/invite\">");
		html(cl, tr(cl, "Invite an office", "拠点を招待する"));
		html(cl, "</a></li>");
	}
	html(cl, "<li><a href=\"/start\">");
	html(cl, tr(cl, "Change these settings", "この設定を直す"));
	html(cl, "</a></li><li><a href=\"/status\">");
	html(cl, tr(cl, "To the status", "状態を見る"));
	html(cl, "</a></li></ul></section>\n");
}

void
start_answer_test(struct client *cl)
{
	bool done;

	if (!site_admitted(cl))
		return;
	done = settled(cl);
	if (!done && !pairs_has(cl->cl_answer, "apply", "failed"))
		(void)pairs_add(cl->cl_answer, "refresh", "yes");
	page_begin(cl, tr(cl, "Does it work?", "動作の確認"), "/start/test",
	    true);
	draw_generation(cl);
	if (done)
		notice(cl, "good",
		    tr(cl, "Everything works.", "すべて動いています。"));
	if (pairs_get(cl->cl_answer, "vnicd") != NULL)
		draw_office(cl);
	draw_next(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}
