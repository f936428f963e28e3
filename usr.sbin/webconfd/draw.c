/* SPDX-License-Identifier: ISC */
/*
 * draw: rows of the schema as inputs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

enum { NAME_SIZE = 64, KEY_SIZE = NAME_SIZE + 8 };

/* Choices of an ST_ENUM that deserve more than their word. */
static const struct {
	const char *word;
	const char *en;
	const char *ja;
} choices[] = {
	{ "hub", "Hub: offices connect to this box",
	    "ハブ：各拠点がこの装置に接続します" },
	{ "office", "Office: this box connects to a hub",
	    "拠点：この装置がハブに接続します" },
	{ "both", "Both", "両方" },
	{ "", "Not set", "設定しない" },
};

const char *
draw_error(const struct client *cl, const char *name)
{
	char key[KEY_SIZE];
	const char *text = NULL;

	if (cl->cl_rq.rq_ja) {
		snprintf(key, sizeof(key), "j.%s", name);
		text = pairs_get(cl->cl_answer, key);
	}
	if (text != NULL)
		return (text);
	snprintf(key, sizeof(key), "e.%s", name);
	return (pairs_get(cl->cl_answer, key));
}

/* What can be written, as an example where words do not help. */
static const char *
example(const struct schema *sc)
{
	switch (sc->sc_type) {
	case ST_HOSTPORT:
		return ((sc->sc_flags & SF_LIST) ? "" : "hub.example.com:443");
	case ST_PREFIX:
		return ("192.168.1.2/24");
	case ST_PIN:
		return ("sha256/...");
	case ST_ADDRESS:
		return ("192.168.1.1");
	case ST_MAC:
	case ST_MAC_MASK:
		return ("02:00:5e:10:00:01");
	default:
		return ("");
	}
}

static const char *
placeholder(const struct client *cl, const struct schema *sc,
    const struct input *in)
{
	if (sc->sc_flags & SF_SECRET)
		return (in->in_has ? tr(cl, "unchanged", "変更なし") : "");
	return (sc->sc_default != NULL ? sc->sc_default : example(sc));
}

static void
common_attrs(struct client *cl, const struct input *in)
{
	char ids[2 * NAME_SIZE + 16];

	attr(cl, "name", in->in_name);
	attr(cl, "id", in->in_id != NULL ? in->in_id : in->in_name);
	if (in->in_id != NULL)
		attr(cl, "aria-label", in->in_label);
	snprintf(ids, sizeof(ids), "%s-help%s%s%s", in->in_name,
	    in->in_error == NULL ? "" : " ",
	    in->in_error == NULL ? "" : in->in_name,
	    in->in_error == NULL ? "" : "-error");
	attr(cl, "aria-describedby", ids);
	if (in->in_error != NULL)
		html(cl, " aria-invalid=\"true\"");
	if (in->in_focus)
		html(cl, " autofocus");
}

void
draw_help(struct client *cl, const struct schema *sc, const struct input *in)
{
	char range[64];
	const char *help = tr(cl, sc->sc_help, sc->sc_help_ja);

	html(cl, "<p class=\"help\" id=\"");
	html_text(cl, in->in_name);
	html(cl, "-help\">");
	if (help != NULL)
		html_text(cl, help);
	if (sc->sc_type == ST_INT && (sc->sc_min != 0 || sc->sc_max != 0)) {
		snprintf(range, sizeof(range),
		    tr(cl, " %" PRId64 "-%" PRId64 ".",
			"%" PRId64 "～%" PRId64 " です。"),
		    sc->sc_min, sc->sc_max);
		html(cl, range);
	}
	if (in->in_more != NULL) {
		html(cl, " ");
		html_text(cl, in->in_more);
	}
	html(cl, "</p>");
	if (in->in_error == NULL)
		return;
	html(cl, "<p class=\"error\" id=\"");
	html_text(cl, in->in_name);
	html(cl, "-error\"");
	attr_said(cl, in->in_error);
	html(cl, ">");
	html_text(cl, in->in_error);
	html(cl, "</p>");
}

const char *
draw_label(const struct client *cl, const struct schema *sc,
    const struct input *in)
{
	const char *text = in->in_label;

	if (text == NULL)
		text = tr(cl, sc->sc_label, sc->sc_label_ja);
	return (text != NULL ? text : sc->sc_key);
}

static void
draw_bool(struct client *cl, const struct schema *sc, const struct input *in)
{
	html(cl,
	    "<div class=\"row tick\"><input type=\"checkbox\" "
	    "value=\"yes\"");
	common_attrs(cl, in);
	if (strcmp(in->in_value, "yes") == 0)
		html(cl, " checked");
	html(cl, "><div><label for=\"");
	html_text(cl, in->in_name);
	html(cl, "\">");
	html_text(cl, draw_label(cl, sc, in));
	html(cl, "</label>");
	draw_help(cl, sc, in);
	html(cl, "</div></div>\n");
}

static void
draw_choice(struct client *cl, const struct input *in, const char *word)
{
	const char *text = word;
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(choices[i].word, word) == 0)
			text = tr(cl, choices[i].en, choices[i].ja);
	html(cl, "<label class=\"choice\"><input type=\"radio\"");
	attr(cl, "name", in->in_name);
	attr(cl, "value", word);
	html(cl, " id=\"");
	html_text(cl, in->in_name);
	html(cl, "-");
	html_text(cl, word);
	html(cl, "\"");
	if (strcmp(in->in_value, word) == 0)
		html(cl, " checked");
	html(cl, "> ");
	html_text(cl, text);
	html(cl, "</label>");
}

static void
draw_enum(struct client *cl, const struct schema *sc, const struct input *in)
{
	char *copy = strdup(sc->sc_choices), *p = copy, *word;

	html(cl,
	    "<div class=\"row\" role=\"radiogroup\" "
	    "aria-labelledby=\"");
	html_text(cl, in->in_name);
	html(cl, "-label\"><span class=\"label\" id=\"");
	html_text(cl, in->in_name);
	html(cl, "-label\">");
	html_text(cl, draw_label(cl, sc, in));
	html(cl, "</span>");
	if (sc->sc_default == NULL && !in->in_needed)
		draw_choice(cl, in, "");
	while ((word = strsep(&p, " ")) != NULL)
		draw_choice(cl, in, word);
	free(copy);
	draw_help(cl, sc, in);
	html(cl, "</div>\n");
}

void
draw_input(struct client *cl, const struct schema *sc, const struct input *in)
{
	bool secret = (sc->sc_flags & SF_SECRET) != 0;

	html(cl, secret ? "<input type=\"password\"" : "<input type=\"text\"");
	common_attrs(cl, in);
	if (!secret)
		attr(cl, "value", in->in_value);
	if (*placeholder(cl, sc, in) != '\0')
		attr(cl, "placeholder", placeholder(cl, sc, in));
	if (sc->sc_type == ST_INT)
		html(cl, " inputmode=\"numeric\"");
	attr(cl, "autocomplete",
	    in->in_complete != NULL ? in->in_complete :
		secret		    ? "new-password" :
				      "off");
	html(cl,
	    " autocapitalize=\"off\" spellcheck=\"false\" "
	    "maxlength=\"1024\"");
	if (in->in_needed)
		html(cl, " aria-required=\"true\"");
	html(cl, ">");
}

void
draw_row(struct client *cl, const struct schema *sc, const struct input *in)
{
	if (sc->sc_type == ST_BOOL) {
		draw_bool(cl, sc, in);
		return;
	}
	if (sc->sc_type == ST_ENUM) {
		draw_enum(cl, sc, in);
		return;
	}
	html(cl, "<div class=\"row\"><label for=\"");
	html_text(cl, in->in_name);
	html(cl, "\">");
	html_text(cl, draw_label(cl, sc, in));
	html(cl, "</label>");
	draw_input(cl, sc, in);
	draw_help(cl, sc, in);
	html(cl, "</div>\n");
}

void
draw_hidden(struct client *cl, const char *name, const char *value)
{
	html(cl, "<input type=\"hidden\"");
	attr(cl, "name", name);
	attr(cl, "value", value);
	html(cl, ">");
}

void
draw_choices(struct client *cl, const char *key, const char *label)
{
	const char *k, *v;
	const char *chosen =
	    cl->cl_form == NULL ? "" : pairs_str(cl->cl_form, key);
	unsigned int n = 0;
	size_t pos = 0;

	html(cl, "<div class=\"row\" role=\"radiogroup\" aria-label=\"");
	html(cl, label);
	html(cl, "\"><span class=\"label\">");
	html(cl, label);
	html(cl, "</span>");
	while (pairs_next(cl->cl_answer, &pos, &k, &v)) {
		if (strcmp(k, key) != 0)
			continue;
		html(cl, "<label class=\"choice\"><input type=\"radio\"");
		attr(cl, "name", key);
		attr(cl, "value", v);
		if (*chosen == '\0' ? n == 0 : strcmp(chosen, v) == 0)
			html(cl, " checked");
		html(cl, "> ");
		html_text(cl, v);
		html(cl, "</label>");
		n++;
	}
	html(cl, "</div>\n");
}

static bool
any_error(const struct client *cl)
{
	const char *k, *v;
	size_t pos = 0;

	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strncmp(k, "e.", 2) == 0)
			return (true);
	return (false);
}

void
draw_refusal(struct client *cl)
{
	const char *general = draw_error(cl, "");

	if (pairs_get(cl->cl_answer, "changed") != NULL)
		notice(cl, "bad",
		    tr(cl,
			"The settings have changed meanwhile. "
			"Look through your values and save again.",
			"その間に設定が変わりました。値を確かめて、もう一度保存"
			"してください。"));
	else if (any_error(cl))
		notice(cl, "bad",
		    tr(cl,
			"Nothing was changed: please correct "
			"the values that are marked.",
			"変更していません。印の付いた値を直してください。"));
	if (general != NULL)
		notice(cl, "bad", general);
}
