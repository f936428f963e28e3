/* SPDX-License-Identifier: ISC */
/*
 * draw: rows of the schema as inputs, and the settings form made of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

enum { NAME_SIZE = 64, KEY_SIZE = NAME_SIZE + 8, VALUE_SIZE = 2200 };

/* Words that the parent, the schema and this form use. */
static const struct {
	const char *en;
	const char *ja;
} words[] = {
	{ "this must be filled in", "入力してください。" },
	{ "choose at least one", "1 つ以上選んでください。" },
	{ "there is a user of this name", "同じ名前のユーザーがいます。" },
	{ "the two passwords differ", "2 つのパスワードが違います。" },
	{ "this port belongs to the web form",
	    "このポートは設定画面が使っています。" },
	{ "wrong set-up code", "設定コードが違います。" },
};

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
};

const char *
draw_error(const struct client *cl, const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].en, text) == 0)
			return (tr(cl, words[i].en, words[i].ja));
	return (text);
}

static void
attr(struct client *cl, const char *name, const char *value)
{
	html(cl, " ");
	html(cl, name);
	html(cl, "=\"");
	html_text(cl, value);
	html(cl, "\"");
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
	return (example(sc));
}

static void
common_attrs(struct client *cl, const struct input *in)
{
	char ids[2 * NAME_SIZE + 16];

	attr(cl, "name", in->in_name);
	attr(cl, "id", in->in_name);
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

static void
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
		snprintf(range, sizeof(range), " %" PRId64 "-%" PRId64 ".",
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
	html(cl, "-error\">");
	html_text(cl, draw_error(cl, in->in_error));
	html(cl, "</p>");
}

static const char *
label_of(const struct client *cl, const struct schema *sc,
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
	html_text(cl, label_of(cl, sc, in));
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
	html_text(cl, label_of(cl, sc, in));
	html(cl, "</span>");
	while ((word = strsep(&p, " ")) != NULL)
		draw_choice(cl, in, word);
	free(copy);
	draw_help(cl, sc, in);
	html(cl, "</div>\n");
}

static void
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
	html_text(cl, label_of(cl, sc, in));
	html(cl, "</label>");
	draw_input(cl, sc, in);
	draw_help(cl, sc, in);
	html(cl, "</div>\n");
}

/*
 * The settings form.  After a refusal it shows what was typed, but for
 * passwords, which never go into a page.
 */

static const char *
error_of(const struct client *cl, const char *name)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "e.%s", name);
	return (pairs_get(cl->cl_answer, key));
}

/* Several values of the same name with a blank between. */
static void
typed_value(const struct pairs *form, const char *name, char *out, size_t size)
{
	const char *k, *v;
	size_t pos = 0;

	out[0] = '\0';
	while (pairs_next(form, &pos, &k, &v)) {
		if (strcmp(k, name) != 0)
			continue;
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, v, size);
	}
}

static void
value_of(const struct client *cl, const char *name, char *out, size_t size)
{
	char key[KEY_SIZE];

	if (cl->cl_form != NULL) {
		typed_value(cl->cl_form, name, out, size);
		return;
	}
	snprintf(key, sizeof(key), "v.%s", name);
	strlcpy(out, pairs_str(cl->cl_answer, key), size);
}

static bool
has_secret(const struct client *cl, const char *name)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "has.%s", name);
	return (pairs_get(cl->cl_answer, key) != NULL);
}

static void
draw_nic(struct client *cl, const char *name, bool ticked, bool absent)
{
	html(cl,
	    "<label class=\"choice\"><input type=\"checkbox\" "
	    "name=\"port\"");
	attr(cl, "value", name);
	if (ticked)
		html(cl, " checked");
	html(cl, "> ");
	html_text(cl, name);
	if (absent)
		html(cl, tr(cl, " (not there)", "（ありません）"));
	html(cl, "</label>");
}

/* The box's own sockets for cables, of which some are in the bridge. */
static void
draw_ports(struct client *cl, const struct field *fd)
{
	const struct schema *sc = field_row(fd);
	struct input in = { .in_name = fd->fd_name,
		.in_error = error_of(cl, fd->fd_name),
		.in_label =
		    tr(cl, "Ports on this LAN", "この LAN につながるポート") };
	char value[VALUE_SIZE], padded[VALUE_SIZE + 2], word[NAME_SIZE];
	const char *k, *v;
	size_t pos = 0;

	value_of(cl, fd->fd_name, value, sizeof(value));
	snprintf(padded, sizeof(padded), " %s ", value);
	html(cl, "<div class=\"row\" role=\"group\" aria-label=\"");
	html_text(cl, in.in_label);
	html(cl, "\"><span class=\"label\">");
	html_text(cl, in.in_label);
	html(cl, "</span>");
	while (pairs_next(cl->cl_answer, &pos, &k, &v)) {
		if (strcmp(k, "nic") != 0 && strcmp(k, "nic-absent") != 0)
			continue;
		snprintf(word, sizeof(word), " %s ", v);
		draw_nic(cl, v, strstr(padded, word) != NULL,
		    strcmp(k, "nic-absent") == 0);
	}
	draw_help(cl, sc, &in);
	html(cl, "</div>\n");
}

static void
draw_field(struct client *cl, const struct field *fd)
{
	const struct schema *sc = field_row(fd);
	char value[VALUE_SIZE];
	struct input in = { .in_name = fd->fd_name,
		.in_value = value,
		.in_error = error_of(cl, fd->fd_name),
		.in_needed = (fd->fd_flags & FF_NEEDED) != 0,
		.in_has = has_secret(cl, fd->fd_name) };

	if (fd->fd_flags & FF_CHOSEN) {
		draw_ports(cl, fd);
		return;
	}
	value_of(cl, fd->fd_name, value, sizeof(value));
	if ((sc->sc_flags & SF_LIST) && fd->fd_slot != SLOT_INTERFACE)
		in.in_more = tr(cl, "Several are separated by blanks.",
		    "複数あるときは空白で区切ります。");
	draw_row(cl, sc, &in);
}

static void
draw_section(struct client *cl, enum section section, const char *class,
    const char *legend)
{
	const struct field *fd;

	html(cl, "<fieldset class=\"");
	html(cl, class);
	html(cl, "\"><legend>");
	html(cl, legend);
	html(cl, "</legend>\n");
	for (fd = fields; fd->fd_name != NULL; fd++)
		if (fd->fd_section == section)
			draw_field(cl, fd);
}

/* An input of a user's row. */
static void
user_input(struct client *cl, const struct schema *sc, const char *kind,
    unsigned int n, const char *what, bool has)
{
	char name[NAME_SIZE], value[VALUE_SIZE] = "";
	struct input in = { .in_name = name,
		.in_value = value,
		.in_has = has,
		.in_label =
		    !has ? NULL : tr(cl, "New password", "新しいパスワード") };

	snprintf(name, sizeof(name), "%s.%u.%s", kind, n, what);
	if (cl->cl_form != NULL && (sc->sc_flags & SF_SECRET) == 0)
		typed_value(cl->cl_form, name, value, sizeof(value));
	in.in_error = error_of(cl, name);
	draw_row(cl, sc, &in);
}

static void
draw_old_user(struct client *cl, unsigned int n, const char *name)
{
	char key[KEY_SIZE];

	html(cl,
	    "<div class=\"user\"><div class=\"row\">"
	    "<span class=\"label\">");
	html(cl, tr(cl, "User", "ユーザー"));
	html(cl, "</span><span class=\"name\">");
	html_text(cl, name);
	html(cl, "</span><input type=\"hidden\"");
	snprintf(key, sizeof(key), "user.%u.name", n);
	attr(cl, "name", key);
	attr(cl, "value", name);
	html(cl,
	    "><label class=\"choice\"><input type=\"checkbox\" "
	    "value=\"yes\"");
	snprintf(key, sizeof(key), "user.%u.remove", n);
	attr(cl, "name", key);
	if (cl->cl_form != NULL && pairs_has(cl->cl_form, key, "yes"))
		html(cl, " checked");
	html(cl, "> ");
	html(cl, tr(cl, "Remove", "削除する"));
	html(cl, "</label></div>");
	user_input(cl, &row_user_password, "user", n, "password", true);
	html(cl, "</div>\n");
}

static void
draw_users(struct client *cl)
{
	const char *k, *v;
	unsigned int n = 0;
	size_t pos = 0;

	html(cl, "<h2>");
	html(cl, tr(cl, "Users", "ユーザー"));
	html(cl, "</h2><p class=\"help\">");
	html(cl,
	    tr(cl, "Each office logs in as a user of its own.",
		"拠点ごとに 1 つのユーザーでログインします。"));
	html(cl, "</p>");
	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "user") == 0)
			draw_old_user(cl, n++, v);
	if (pairs_get(cl->cl_answer, "users-more") != NULL) {
		html(cl, "<p class=\"help\">+ ");
		html_text(cl, pairs_str(cl->cl_answer, "users-more"));
		html(cl, "</p>");
	}
	for (n = 0; n < WEB_USERS_NEW; n++) {
		html(cl, "<div class=\"user\">");
		user_input(cl, &row_user_name, "new", n, "name", false);
		user_input(cl, &row_user_password, "new", n, "password", false);
		html(cl, "</div>\n");
	}
}

static void
draw_hidden(struct client *cl, const char *name, const char *value)
{
	html(cl, "<input type=\"hidden\"");
	attr(cl, "name", name);
	attr(cl, "value", value);
	html(cl, ">");
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

static void
draw_notices(struct client *cl)
{
	const char *general = error_of(cl, "");

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
		notice(cl, "bad", draw_error(cl, general));
}

void
draw_settings(struct client *cl)
{
	page_begin(cl, tr(cl, "Settings", "設定"), "/settings", true);
	draw_notices(cl);
	form_begin(cl, "/settings", cl->cl_rq.rq_cookie);
	draw_hidden(cl, "generation", pairs_str(cl->cl_answer, "generation"));
	draw_section(cl, SECTION_ROLE, "role", tr(cl, "Role", "役割"));
	html(cl, "</fieldset>\n");
	draw_section(cl, SECTION_OFFICE, "office",
	    tr(cl, "Connection to a hub", "ハブへの接続"));
	html(cl, "</fieldset>\n");
	draw_section(cl, SECTION_HUB, "hub", tr(cl, "Hub", "ハブ"));
	draw_users(cl);
	html(cl, "</fieldset>\n");
	draw_section(cl, SECTION_BOX, "box",
	    tr(cl, "This box and its LAN", "この装置と LAN"));
	html(cl, "</fieldset>\n");
	form_end(cl, tr(cl, "Save and apply", "保存して適用"));
	page_end(cl);
}
