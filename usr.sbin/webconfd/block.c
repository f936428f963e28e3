/* SPDX-License-Identifier: ISC */
/*
 * block: any block of the settings to the form and back, by the schema alone.
 * Only what was changed in the form is touched, so that what was set by file,
 * comments included, stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

#include "field.h"
#include "parent.h"
#include "request.h"

enum {
	NAMES_MAX = 400,	/* of blocks, on one page */
	VALUES_MAX = 100,	/* of a list */
	KEY_SIZE = 72,
	HASH_SIZE = 256
};

bool
block_reachable(struct conf *root, const struct place *pl)
{
	struct place up = *pl;

	for (; up.pl_depth > 0; up.pl_depth--) {
		if (up.pl_new) {
			up.pl_new = false;
			continue;
		}
		if (place_row(&up)->sc_flags & SF_NAMED)
			return (place_find(root, &up) != NULL);
	}
	return (true);
}

static void
describe_blocks(const struct conf *cf, const struct schema *sc,
    unsigned int *names, struct pairs *out)
{
	const struct conf *c = NULL;
	unsigned int more = 0;
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "b.%s", sc->sc_key);
	while ((c = conf_next(cf, sc->sc_key, c)) != NULL) {
		if (*names == NAMES_MAX)
			more++;
		else {
			(void)pairs_add(out, key, conf_name(c));
			(*names)++;
		}
	}
	snprintf(key, sizeof(key), "more.%s", sc->sc_key);
	if (more > 0)
		(void)pairs_addf(out, key, "%u", more);
}

static void
describe_values(const struct conf *cf, const struct schema *sc,
    struct pairs *out)
{
	const struct conf *c = NULL;
	char key[KEY_SIZE];

	if (sc->sc_flags & SF_SECRET) {
		snprintf(key, sizeof(key), "has.%s", sc->sc_key);
		if (conf_has(cf, sc->sc_key))
			(void)pairs_add(out, key, "yes");
		return;
	}
	snprintf(key, sizeof(key), "v.%s", sc->sc_key);
	while ((c = conf_next(cf, sc->sc_key, c)) != NULL)
		(void)pairs_add(out, key, c->cf_values[0]);
}

void
block_describe(struct conf *root, const struct place *pl, struct pairs *out)
{
	const struct conf *cf = place_find(root, pl);
	const struct schema *sc;
	unsigned int names = 0;

	if (cf == NULL)
		return;
	(void)pairs_add(out, "there", "yes");
	for (sc = place_table(pl); sc->sc_key != NULL; sc++) {
		if (sc->sc_type == ST_BLOCK)
			describe_blocks(cf, sc, &names, out);
		else
			describe_values(cf, sc, out);
	}
}

/*
 * From the form to the tree.
 */

struct edit {
	struct conf *ed_conf;		/* the block */
	const struct pairs *ed_in;
	struct pairs *ed_out;
	bool ed_failed;
};

static void
fault(struct edit *ed, const char *key, const struct message *ms)
{
	field_say(ed->ed_out, key, ms);
	ed->ed_failed = true;
}

static void
no_memory(struct edit *ed)
{
	static const struct message text = { "out of memory", NULL };

	fault(ed, "", &text);
}

/*
 * The next value of "f.KEY" that is not empty, without the blanks around it;
 * start with *pos 0.  NULL at the end.
 */
static const char *
typed(const struct edit *ed, const char *key, size_t *pos, char *buf,
    size_t size)
{
	const char *k, *v;
	size_t len;

	while (pairs_next(ed->ed_in, pos, &k, &v)) {
		if (strncmp(k, "f.", 2) != 0 || strcmp(k + 2, key) != 0)
			continue;
		v += strspn(v, " ");
		if (*v == '\0' || strlcpy(buf, v, size) >= size)
			continue;
		for (len = strlen(buf); buf[len - 1] == ' '; len--)
			buf[len - 1] = '\0';
		return (buf);
	}
	return (NULL);
}

static bool
ticked(const struct edit *ed, const char *kind, const char *key)
{
	char name[KEY_SIZE];

	snprintf(name, sizeof(name), "f.%s%s", kind, key);
	return (strcmp(pairs_str(ed->ed_in, name), "yes") == 0);
}

static bool
fits(struct edit *ed, const struct schema *sc, const char *value)
{
	const struct message *ms = schema_fault(sc, value, NULL);

	if (ms != NULL)
		fault(ed, sc->sc_key, ms);
	return (ms == NULL);
}

static void
set(struct edit *ed, const struct schema *sc, const char *value)
{
	const struct conf *old = conf_find(ed->ed_conf, sc->sc_key);

	if (old != NULL && strcmp(old->cf_values[0], value) == 0)
		return;
	if (conf_set(ed->ed_conf, sc->sc_key, value) == -1)
		no_memory(ed);
}

/* Written only where it says something else than the default. */
static void
take_bool(struct edit *ed, const struct schema *sc)
{
	const char *value = ticked(ed, "", sc->sc_key) ? "yes" : "no";

	if (conf_has(ed->ed_conf, sc->sc_key) || sc->sc_default == NULL ||
	    strcmp(sc->sc_default, value) != 0)
		set(ed, sc, value);
}

static void
take_one(struct edit *ed, const struct schema *sc)
{
	static const struct message needed = { "this must be filled in",
		"入力してください。" };
	char value[REQUEST_FIELD_MAX + 1];
	size_t pos = 0;

	if (typed(ed, sc->sc_key, &pos, value, sizeof(value)) == NULL) {
		if (sc->sc_flags & SF_REQUIRED)
			fault(ed, sc->sc_key, &needed);
		else
			conf_remove(ed->ed_conf, sc->sc_key);
		return;
	}
	if (sc->sc_type == ST_ENUM && sc->sc_default != NULL &&
	    !conf_has(ed->ed_conf, sc->sc_key) &&
	    strcmp(sc->sc_default, value) == 0)
		return;
	if (fits(ed, sc, value))
		set(ed, sc, value);
}

/* Whether the form has the values of this list as they are. */
static bool
same_list(const struct edit *ed, const struct schema *sc)
{
	char value[REQUEST_FIELD_MAX + 1];
	const struct conf *c = NULL;
	const char *v;
	size_t pos = 0;

	do {
		c = conf_next(ed->ed_conf, sc->sc_key, c);
		v = typed(ed, sc->sc_key, &pos, value, sizeof(value));
	} while (c != NULL && v != NULL && strcmp(c->cf_values[0], v) == 0);
	return (c == NULL && v == NULL);
}

static void
take_list(struct edit *ed, const struct schema *sc)
{
	char value[REQUEST_FIELD_MAX + 1];
	unsigned int n = 0;
	size_t pos = 0;

	if (same_list(ed, sc))
		return;
	while (n < VALUES_MAX &&
	    typed(ed, sc->sc_key, &pos, value, sizeof(value)) != NULL) {
		if (!fits(ed, sc, value))
			continue;
		if ((n == 0 ? conf_set(ed->ed_conf, sc->sc_key, value) :
			      conf_add(ed->ed_conf, sc->sc_key, value)) == -1)
			no_memory(ed);
		n++;
	}
	if (n == 0)
		conf_remove(ed->ed_conf, sc->sc_key);
}

/* A password as it is kept. */
static int
hash(const struct schema *sc, const char *text, char out[HASH_SIZE])
{
	if (sc->sc_flags & SF_SCRYPT)
		return (password_make(text, out));
	if (sc->sc_flags & SF_CRYPT)
		return (admin_hash(text, out, HASH_SIZE));
	return (strlcpy(out, text, HASH_SIZE) < HASH_SIZE ? 0 : -1);
}

/* Nothing typed leaves it as it is, unless it is to go. */
static void
take_secret(struct edit *ed, const struct schema *sc)
{
	const char *text = "";
	char key[KEY_SIZE], kept[HASH_SIZE];

	snprintf(key, sizeof(key), "f.%s", sc->sc_key);
	text = pairs_str(ed->ed_in, key);
	if (*text == '\0') {
		if (ticked(ed, "clear.", sc->sc_key))
			conf_remove(ed->ed_conf, sc->sc_key);
		return;
	}
	if (!fits(ed, field_secret(sc), text))
		return;
	if (hash(sc, text, kept) == -1 ||
	    conf_set(ed->ed_conf, sc->sc_key, kept) == -1)
		no_memory(ed);
	explicit_bzero(kept, sizeof(kept));
}

static void
take_row(struct edit *ed, const struct schema *sc)
{
	if (sc->sc_type == ST_BLOCK)
		return;
	if (sc->sc_flags & SF_SECRET)
		take_secret(ed, sc);
	else if (sc->sc_flags & SF_LIST)
		take_list(ed, sc);
	else if (sc->sc_type == ST_BOOL)
		take_bool(ed, sc);
	else
		take_one(ed, sc);
}

/* The typed name of a new block, into the place. */
static bool
take_name(struct edit *ed, struct conf *root, struct place *pl)
{
	static const struct message there = { "there is one of this name",
		"同じ名前のものがあります。" };
	struct step *sp = &pl->pl_step[pl->pl_depth - 1];
	const char *name = pairs_str(ed->ed_in, "f..name");
	const struct message *ms = schema_fault(sp->sp_row, name, NULL);

	if (ms == NULL &&
	    strlcpy(sp->sp_name, name, sizeof(sp->sp_name)) >=
		sizeof(sp->sp_name))
		return (false);
	pl->pl_new = false;
	if (ms == NULL && place_find(root, pl) != NULL)
		ms = &there;
	if (ms == NULL)
		return (true);
	sp->sp_name[0] = '\0';
	pl->pl_new = true;
	fault(ed, ".name", ms);
	return (false);
}

/* The block, and those above it that have no name, made if missing. */
static struct conf *
make(struct conf *root, const struct place *pl)
{
	struct place up = *pl;
	struct conf *above, *cf = place_find(root, pl);

	if (cf != NULL)
		return (cf);
	up.pl_depth--;
	if ((above = make(root, &up)) == NULL)
		return (NULL);
	return (conf_add_block(above, place_row(pl)->sc_key, place_name(pl)));
}

int
block_change(struct conf *root, struct place *pl, const struct pairs *in,
    struct pairs *out)
{
	struct edit ed = { .ed_in = in, .ed_out = out };
	struct place typed_name = *pl;
	const struct schema *sc;

	if (pl->pl_new && !take_name(&ed, root, &typed_name)) {
		/* the other faults show with this one */
		strlcpy(typed_name.pl_step[pl->pl_depth - 1].sp_name, "+",
		    PLACE_NAME_SIZE);
		typed_name.pl_new = false;
	}
	if ((ed.ed_conf = make(root, &typed_name)) == NULL) {
		no_memory(&ed);
		return (-1);
	}
	for (sc = place_table(pl); sc->sc_key != NULL; sc++)
		take_row(&ed, sc);
	if (ed.ed_failed)
		return (-1);
	*pl = typed_name;
	return (0);
}

void
block_remove(struct conf *root, const struct place *pl)
{
	struct conf *cf = place_find(root, pl);

	if (cf != NULL && cf != root)
		conf_free(cf);
}

void
block_refused(const struct refusal *re, const struct place *pl,
    struct pairs *out)
{
	char at[PLACE_SIZE];

	place_print(pl, pl->pl_depth, at, sizeof(at));
	if (strcmp(at, re->re_place) == 0) {
		field_say(out, re->re_key, &re->re_message);
		return;
	}
	field_say(out, "", &re->re_message);
	if (re->re_place[0] != '\0')
		(void)pairs_add(out, "fault-at", re->re_place);
}
