/* SPDX-License-Identifier: ISC */
/*
 * draw_basic: the short settings form.  After a refusal it shows what was
 * typed, but for passwords, which never go into a page.
 */
#include <stdio.h>
#include <string.h>

#include "http.h"

enum { NAME_SIZE = 64, KEY_SIZE = NAME_SIZE + 8, VALUE_SIZE = 2200 };

static void
value_of(const struct client *cl, const char *name, char *out, size_t size)
{
	char key[KEY_SIZE];

	if (cl->cl_form != NULL) {
		pairs_joined(cl->cl_form, name, out, size);
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
		.in_error = draw_error(cl, fd->fd_name),
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

void
draw_field(struct client *cl, const struct field *fd)
{
	const struct schema *sc = field_row(fd);
	char value[VALUE_SIZE];
	struct input in = { .in_name = fd->fd_name,
		.in_value = value,
		.in_error = draw_error(cl, fd->fd_name),
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
		pairs_joined(cl->cl_form, name, value, sizeof(value));
	in.in_error = draw_error(cl, name);
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

void
draw_settings(struct client *cl)
{
	page_begin(cl, tr(cl, "Settings", "設定"), "/settings", true);
	draw_refusal(cl);
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
