/* SPDX-License-Identifier: ISC */
/*
 * draw_block: the form of any block of the settings: the blocks in it, and
 * its rows, all from the schema.  After a refusal it shows what was typed,
 * but for passwords, which never go into a page.
 */
#include <stdio.h>
#include <string.h>

#include "kern/conf.h"

#include "figure.h"
#include "http.h"

enum {
	KEY_SIZE = 72,
	BLANKS = 2		/* empty inputs at the end of a list */
};

static void
link_to(struct client *cl, const struct place *pl, unsigned int depth,
    const char *text)
{
	char at[PLACE_SIZE];

	place_print(pl, depth, at, sizeof(at));
	html(cl, depth == 0 ? "<a href=\"/all" : "<a href=\"/all/");
	html_text(cl, at);
	html(cl, "\">");
	html_text(cl, text);
	html(cl, "</a>");
}

/* To a block below: `name` as place.h has it, "" for one without. */
static void
link_below(struct client *cl, const struct place *pl, const struct schema *sc,
    const char *name, const char *text)
{
	struct place below = *pl;
	struct step *sp = &below.pl_step[below.pl_depth++];

	sp->sp_row = sc;
	strlcpy(sp->sp_name, name, sizeof(sp->sp_name));
	link_to(cl, &below, below.pl_depth, text);
}

/* Of a step: the row's label and the block's name. */
static void
step_title(const struct client *cl, const struct step *sp, bool new, char *out,
    size_t size)
{
	const char *label =
	    tr(cl, sp->sp_row->sc_label, sp->sp_row->sc_label_ja);

	if (new)
		snprintf(out, size, tr(cl, "%s: new", "%s（新規）"), label);
	else if (sp->sp_name[0] == '\0')
		strlcpy(out, label, size);
	else
		snprintf(out, size, "%s %s", label, sp->sp_name);
}

static void
title(const struct client *cl, const struct place *pl, unsigned int depth,
    char *out, size_t size)
{
	if (depth == 0)
		strlcpy(out, tr(cl, "All settings", "すべての設定"), size);
	else
		step_title(cl, &pl->pl_step[depth - 1],
		    pl->pl_new && depth == pl->pl_depth, out, size);
}

/* The blocks around this one. */
static void
draw_trail(struct client *cl, const struct place *pl)
{
	char text[160];
	unsigned int n;

	if (pl->pl_depth == 0)
		return;
	html(cl, "<p class=\"trail\">");
	for (n = 0; n < pl->pl_depth; n++) {
		title(cl, pl, n, text, sizeof(text));
		html(cl, n == 0 ? "" : " / ");
		link_to(cl, pl, n, text);
	}
	html(cl, "</p>\n");
}

static void
draw_row_help(struct client *cl, const struct schema *sc)
{
	const char *text = tr(cl, sc->sc_help, sc->sc_help_ja);

	if (text == NULL)
		return;
	html(cl, "<p class=\"help\">");
	html_text(cl, text);
	html(cl, "</p>");
}

static void
draw_names(struct client *cl, const struct place *pl, const struct schema *sc)
{
	const char *k, *v, *more;
	char key[KEY_SIZE];
	size_t pos = 0;

	snprintf(key, sizeof(key), "b.%s", sc->sc_key);
	html(cl, "<ul class=\"names\">");
	while (pairs_next(cl->cl_answer, &pos, &k, &v)) {
		if (strcmp(k, key) != 0)
			continue;
		html(cl, "<li>");
		link_below(cl, pl, sc, v, v);
		html(cl, "</li>");
	}
	snprintf(key, sizeof(key), "more.%s", sc->sc_key);
	if ((more = pairs_get(cl->cl_answer, key)) != NULL) {
		html(cl, "<li>+ ");
		html_text(cl, more);
		html(cl, "</li>");
	}
	html(cl, "<li class=\"add\">");
	link_below(cl, pl, sc, "+", tr(cl, "Add", "追加"));
	html(cl, "</li></ul>");
}

static void
draw_blocks(struct client *cl, const struct place *pl)
{
	const struct schema *sc;

	for (sc = place_table(pl); sc->sc_key != NULL; sc++) {
		if (sc->sc_type != ST_BLOCK)
			continue;
		html(cl, "<section class=\"card\"><h2>");
		if (sc->sc_flags & SF_NAMED)
			html_text(cl, tr(cl, sc->sc_label, sc->sc_label_ja));
		else
			link_below(cl, pl, sc, "",
			    tr(cl, sc->sc_label, sc->sc_label_ja));
		html(cl, "</h2>");
		draw_row_help(cl, sc);
		if (sc->sc_flags & SF_NAMED)
			draw_names(cl, pl, sc);
		html(cl, "</section>\n");
	}
}

/* The next value of KEY: what was typed, else what is set. */
static const char *
next_value(const struct client *cl, const char *sckey, size_t *pos)
{
	const struct pairs *from =
	    cl->cl_form != NULL ? cl->cl_form : cl->cl_answer;
	char key[KEY_SIZE];
	const char *k, *v;

	snprintf(key, sizeof(key), "%s%s", cl->cl_form != NULL ? "" : "v.",
	    sckey);
	while (pairs_next(from, pos, &k, &v))
		if (strcmp(k, key) == 0 && *v != '\0')
			return (v);
	return (NULL);
}

static void
draw_list_input(struct client *cl, const struct schema *sc,
    const struct input *row, unsigned int n, const char *value)
{
	struct input in = *row;
	char id[KEY_SIZE], label[200];

	snprintf(id, sizeof(id), "%s-%u", sc->sc_key, n);
	snprintf(label, sizeof(label), "%s %u", draw_label(cl, sc, row), n);
	in.in_id = id;
	in.in_label = label;
	in.in_value = value;
	draw_input(cl, sc, &in);
}

/* One input a value, and some more. */
static void
draw_list(struct client *cl, const struct schema *sc, const struct input *in)
{
	unsigned int n = 0, blank;
	const char *v;
	size_t pos = 0;

	html(cl, "<div class=\"row list\" role=\"group\" aria-label=\"");
	html_text(cl, draw_label(cl, sc, in));
	html(cl, "\"><span class=\"label\">");
	html_text(cl, draw_label(cl, sc, in));
	html(cl, "</span>");
	while ((v = next_value(cl, sc->sc_key, &pos)) != NULL)
		draw_list_input(cl, sc, in, ++n, v);
	for (blank = 0; blank < BLANKS; blank++)
		draw_list_input(cl, sc, in, ++n, "");
	draw_help(cl, sc, in);
	html(cl, "</div>\n");
}

/* A secret that may be absent can be taken away. */
static void
draw_clear(struct client *cl, const struct schema *sc)
{
	char name[KEY_SIZE];

	snprintf(name, sizeof(name), "clear.%s", sc->sc_key);
	html(cl,
	    "<label class=\"choice\"><input type=\"checkbox\" "
	    "value=\"yes\"");
	attr(cl, "name", name);
	html(cl, "> ");
	html(cl, tr(cl, "Remove", "削除する"));
	html(cl, ": ");
	html_text(cl, tr(cl, sc->sc_label, sc->sc_label_ja));
	html(cl, "</label>");
}

static void
draw_secret(struct client *cl, const struct schema *sc, struct input *in)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "has.%s", sc->sc_key);
	in->in_has = pairs_get(cl->cl_answer, key) != NULL;
	in->in_label = tr(cl, sc->sc_label, sc->sc_label_ja);
	draw_row(cl, field_secret(sc), in);
	if (in->in_has && (sc->sc_flags & SF_REQUIRED) == 0)
		draw_clear(cl, sc);
}

/* Words and ticks show what counts; of others only what is set. */
static const char *
one_value(const struct client *cl, const struct schema *sc)
{
	size_t pos = 0;
	const char *v = next_value(cl, sc->sc_key, &pos);

	if (v != NULL)
		return (v);
	if (sc->sc_type == ST_BOOL)
		return (cl->cl_form == NULL && sc->sc_default != NULL ?
			sc->sc_default :
			"no");
	return (sc->sc_type == ST_ENUM && sc->sc_default != NULL ?
		sc->sc_default :
		"");
}

static void
draw_one(struct client *cl, const struct schema *sc)
{
	struct input in = { .in_name = sc->sc_key,
		.in_value = "",
		.in_error = draw_error(cl, sc->sc_key),
		.in_needed = (sc->sc_flags & SF_REQUIRED) != 0 };

	if (sc->sc_flags & SF_SECRET)
		draw_secret(cl, sc, &in);
	else if (sc->sc_flags & SF_LIST)
		draw_list(cl, sc, &in);
	else {
		in.in_value = one_value(cl, sc);
		draw_row(cl, sc, &in);
	}
}

static bool
restarts(const struct schema *sc)
{
	return (sc->sc_reload == SR_PROCESSES || sc->sc_reload == SR_RESTART);
}

/* Rows of one kind: those that restart the daemon, or the others. */
static unsigned int
draw_rows(struct client *cl, const struct place *pl, bool restart, bool draw)
{
	const struct schema *sc;
	unsigned int n = 0;

	for (sc = place_table(pl); sc->sc_key != NULL; sc++) {
		if (sc->sc_type == ST_BLOCK || restarts(sc) != restart)
			continue;
		n++;
		if (draw)
			draw_one(cl, sc);
	}
	return (n);
}

/* Any fault in there must be seen. */
static bool
fault_in_rare(const struct client *cl, const struct place *pl)
{
	const struct schema *sc;

	for (sc = place_table(pl); sc->sc_key != NULL; sc++)
		if (restarts(sc) && draw_error(cl, sc->sc_key) != NULL)
			return (true);
	return (false);
}

static void
draw_rare(struct client *cl, const struct place *pl)
{
	if (draw_rows(cl, pl, true, false) == 0)
		return;
	html(cl,
	    fault_in_rare(cl, pl) ? "<details open><summary>" :
				    "<details><summary>");
	html(cl,
	    tr(cl, "Rarely changed: these restart the service",
		"あまり変えない設定（変更するとサービスが再起動します）"));
	html(cl, "</summary>\n");
	(void)draw_rows(cl, pl, true, true);
	html(cl, "</details>\n");
}

static void
draw_name(struct client *cl, const struct place *pl)
{
	const struct schema row = { .sc_key = ".name",
		.sc_type = ST_NAME,
		.sc_label = "Name",
		.sc_label_ja = "名前" };
	struct input in = { .in_name = ".name",
		.in_value =
		    cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, ".name"),
		.in_error = draw_error(cl, ".name"),
		.in_needed = true,
		.in_focus = true };

	if (pl->pl_new)
		draw_row(cl, &row, &in);
}

static void
begin_form(struct client *cl, const struct place *pl)
{
	char path[PLACE_SIZE + sizeof("/all/")], at[PLACE_SIZE];

	place_print(pl, pl->pl_depth, at, sizeof(at));
	snprintf(path, sizeof(path), "/all%s%s", pl->pl_depth == 0 ? "" : "/",
	    at);
	form_begin(cl, path, cl->cl_rq.rq_cookie);
	draw_hidden(cl, "generation", pairs_str(cl->cl_answer, "generation"));
}

static void
draw_form(struct client *cl, const struct place *pl)
{
	if (!pl->pl_new && draw_rows(cl, pl, false, false) == 0 &&
	    draw_rows(cl, pl, true, false) == 0)
		return;
	begin_form(cl, pl);
	html(cl, "<fieldset>\n");
	draw_name(cl, pl);
	(void)draw_rows(cl, pl, false, true);
	draw_rare(cl, pl);
	html(cl, "</fieldset>\n");
	form_end(cl,
	    pl->pl_new ? tr(cl, "Add and apply", "追加して適用") :
			 tr(cl, "Save and apply", "保存して適用"));
}

static void
draw_remove(struct client *cl, const struct place *pl)
{
	if (pl->pl_depth == 0 || pl->pl_new ||
	    pairs_get(cl->cl_answer, "there") == NULL)
		return;
	begin_form(cl, pl);
	html(cl,
	    "<fieldset><label class=\"choice\"><input type=\"checkbox\" "
	    "name=\".remove\" value=\"yes\" required> ");
	html(cl,
	    tr(cl, "Remove this block with all that is in it",
		"このブロックを、中の設定ごと削除する"));
	html(cl, "</label><p class=\"submit\"><button class=\"remove\">");
	html(cl, tr(cl, "Remove and apply", "削除して適用"));
	html(cl, "</button></p></fieldset></form>\n");
}

/* Where the fault is, when it is not here. */
static void
draw_elsewhere(struct client *cl)
{
	const char *at = pairs_get(cl->cl_answer, "fault-at");
	struct place pl;
	char text[160];

	if (at == NULL || !place_parse(at, &pl))
		return;
	title(cl, &pl, pl.pl_depth, text, sizeof(text));
	html(cl, "<p>");
	link_to(cl, &pl, pl.pl_depth, text);
	html(cl, "</p>\n");
}

/* Where it is tried out. */
static void
draw_test_link(struct client *cl, const struct place *pl)
{
	const char *key =
	    pl->pl_depth == 0 || pl->pl_new ? "" : place_row(pl)->sc_key;

	if (strcmp(key, "radius") == 0)
		draw_radius_link(cl);
	if (strcmp(key, "proxy") != 0 && strcmp(key, "vnic") != 0)
		return;
	html(cl, "<p><a href=\"/tools\">");
	html(cl, tr(cl, "Test this path", "この経路をテスト"));
	html(cl, "</a></p>\n");
}

/* What a client shows at its first log-in. */
static void
draw_fingerprint(struct client *cl)
{
	const char *text = pairs_get(cl->cl_answer, "ssh-fingerprint");

	if (text == NULL)
		return;
	html(cl, "<dl>\n");
	fact_begin(cl, tr(cl, "Host key", "ホスト鍵"));
	html(cl, "<code>");
	html_text(cl, text);
	html(cl, "</code>");
	fact_end(cl);
	html(cl, "</dl>\n");
}

void
draw_block(struct client *cl, const struct place *pl)
{
	char text[160];

	title(cl, pl, pl->pl_depth, text, sizeof(text));
	page_begin(cl, text, "/all", true);
	draw_trail(cl, pl);
	if (pl->pl_depth > 0)
		draw_row_help(cl, place_row(pl));
	if (cl->cl_form == NULL)
		draw_generation(cl);
	draw_fingerprint(cl);
	draw_refusal(cl);
	draw_elsewhere(cl);
	if (!pl->pl_new)
		draw_blocks(cl, pl);
	draw_form(cl, pl);
	draw_test_link(cl, pl);
	draw_remove(cl, pl);
	page_end(cl);
}
