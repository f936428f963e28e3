/* SPDX-License-Identifier: ISC */
/*
 * path: settings by name, for scripts.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"

#include "cfgctl.h"

enum { NONE = 1, NO_KEY = 2 };

/* Where a path has led: a row of the schema, and its place in the tree. */
struct place {
	const struct schema *pl_row;	/* NULL for the whole file */
	const struct conf *pl_parent;	/* the block around it, or NULL */
	const struct conf *pl_block;	/* the block itself, if it is one */
};

/* Whether the path begins with word and a dot, or is it. */
static bool
begins(const char *path, const char *word)
{
	size_t len = strlen(word);

	return (strncmp(path, word, len) == 0 &&
	    (path[len] == '.' || path[len] == '\0'));
}

/* Take n characters and the dot behind them off the path. */
static const char *
cut(const char *path, size_t n)
{
	return (path + n + (path[n] == '.'));
}

/* The block whose name begins the path; the longest, as names have dots. */
static const struct conf *
named_block(const struct conf *parent, const char *key, const char *path)
{
	const struct conf *best = NULL, *cf = NULL;

	while (parent != NULL && (cf = conf_next(parent, key, cf)) != NULL)
		if (begins(path, conf_name(cf)) &&
		    (best == NULL ||
			strlen(conf_name(cf)) > strlen(conf_name(best))))
			best = cf;
	return (best);
}

/* The row of a table that begins the path, or NULL. */
static const struct schema *
row_of(const struct schema *table, const char *path)
{
	while (table != NULL && table->sc_key != NULL &&
	    !begins(path, table->sc_key))
		table++;
	return (table == NULL || table->sc_key == NULL ? NULL : table);
}

/*
 * Follow the path from the top.  A named block at its end may lack its name:
 * then pl_block stays NULL.
 */
static int
follow(const struct conf *box, const char *path, struct place *pl)
{
	const struct schema *table = schema_box;
	const struct conf *cf = box;
	size_t n;

	memset(pl, 0, sizeof(*pl));
	while (*path != '\0') {
		if ((table = row_of(table, path)) == NULL) {
			n = strcspn(path, ".");
			warnx("%.*s: there is no such key", (int)n, path);
			return (NO_KEY);
		}
		path = cut(path, strlen(table->sc_key));
		*pl = (struct place){ .pl_row = table, .pl_parent = cf };
		if (table->sc_type == ST_BLOCK &&
		    (table->sc_flags & SF_NAMED) && *path != '\0') {
			cf = named_block(cf, table->sc_key, path);
			if (cf == NULL)
				return (NONE);
			path = cut(path, strlen(conf_name(cf)));
			pl->pl_block = cf;
		} else if (table->sc_type == ST_BLOCK) {
			if (cf != NULL)
				cf = conf_find(cf, table->sc_key);
			if ((table->sc_flags & SF_NAMED) == 0)
				pl->pl_block = cf;
		}
		table = table->sc_children;
	}
	return (0);
}

int
path_get(const struct conf *box, const char *path)
{
	const struct conf *cf = NULL;
	const struct schema *sc;
	struct place pl;
	int rv, found = 0;

	if ((rv = follow(box, path, &pl)) != 0)
		return (rv);
	if ((sc = pl.pl_row) == NULL || sc->sc_type == ST_BLOCK)
		return (pl.pl_block != NULL ? 0 : NONE);
	while (pl.pl_parent != NULL &&
	    (cf = conf_next(pl.pl_parent, sc->sc_key, cf)) != NULL) {
		puts(cf->cf_values[0]);
		found = 1;
	}
	if (!found && sc->sc_default != NULL) {
		puts(sc->sc_default);
		found = 1;
	}
	return (found ? 0 : NONE);
}

int
path_list(const struct conf *box, const char *path)
{
	const struct conf *cf = NULL;
	struct place pl;
	int rv;

	if ((rv = follow(box, path, &pl)) != 0)
		return (rv);
	if (pl.pl_row == NULL || (pl.pl_row->sc_flags & SF_NAMED) == 0 ||
	    pl.pl_block != NULL) {
		warnx("%s: these are no blocks with names", path);
		return (NO_KEY);
	}
	while (pl.pl_parent != NULL &&
	    (cf = conf_next(pl.pl_parent, pl.pl_row->sc_key, cf)) != NULL)
		puts(conf_name(cf));
	return (0);
}

/*
 * Make the blocks without names on the path that are missing: up to the dot
 * where there is no such block yet.
 */
static struct conf *
make_blocks(struct conf *box, const char *path)
{
	const struct schema *table = schema_box, *sc;
	const struct conf *found;
	struct conf *cf = box;

	while ((sc = row_of(table, path)) != NULL && sc->sc_type == ST_BLOCK) {
		path = cut(path, strlen(sc->sc_key));
		if (sc->sc_flags & SF_NAMED) {
			found = named_block(cf, sc->sc_key, path);
			if (found == NULL)
				return (NULL);
			path = cut(path, strlen(conf_name(found)));
		} else
			found = conf_find(cf, sc->sc_key);
		/* the tree is the caller's to change */
		cf = found != NULL ? (struct conf *)(uintptr_t)found :
				     conf_add_block(cf, sc->sc_key, "");
		if (cf == NULL)
			err(1, NULL);
		table = sc->sc_children;
	}
	return (cf);
}

int
path_set(struct conf *box, const char *path, const char *value)
{
	struct conf *block;
	struct place pl;
	int rv;

	if ((rv = follow(box, path, &pl)) == NO_KEY)
		return (rv);
	if (rv == 0 && (pl.pl_row == NULL || pl.pl_row->sc_type == ST_BLOCK)) {
		warnx("%s: this is not a key with a value", path);
		return (NO_KEY);
	}
	if (rv == NONE || (block = make_blocks(box, path)) == NULL) {
		warnx("%s: there is no block of that name", path);
		return (NONE);
	}
	if (conf_set(block, pl.pl_row->sc_key, value) == -1)
		err(1, NULL);
	return (0);
}
