/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "kern/conf.h"

#include "place.h"

/* One step below the table; false if it is none. */
static bool
take_step(struct place *pl, const struct schema *table, char *text)
{
	struct step *sp = &pl->pl_step[pl->pl_depth];
	char *name = text, *key = strsep(&name, ":");

	if (pl->pl_new || pl->pl_depth == PLACE_DEPTH)
		return (false);
	sp->sp_row = schema_row(table, key);
	if (sp->sp_row == NULL || sp->sp_row->sc_type != ST_BLOCK ||
	    (name != NULL) != ((sp->sp_row->sc_flags & SF_NAMED) != 0))
		return (false);
	if (name == NULL)
		name = "";
	else if (strcmp(name, "+") == 0) {
		pl->pl_new = true;
		name = "";
	} else if (schema_fault(sp->sp_row, name, NULL) != NULL)
		return (false);
	pl->pl_depth++;
	return (strlcpy(sp->sp_name, name, sizeof(sp->sp_name)) <
	    sizeof(sp->sp_name));
}

bool
place_parse(const char *text, struct place *pl)
{
	char copy[PLACE_SIZE], *p = copy, *word;

	memset(pl, 0, sizeof(*pl));
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return (false);
	if (copy[0] == '\0')
		return (true);
	while ((word = strsep(&p, "/")) != NULL)
		if (!take_step(pl, place_table(pl), word))
			return (false);
	return (true);
}

void
place_print(const struct place *pl, unsigned int depth, char *out, size_t size)
{
	const struct step *sp = pl->pl_step;

	out[0] = '\0';
	for (; sp < pl->pl_step + depth; sp++) {
		if (out[0] != '\0')
			strlcat(out, "/", size);
		strlcat(out, sp->sp_row->sc_key, size);
		if ((sp->sp_row->sc_flags & SF_NAMED) == 0)
			continue;
		strlcat(out, ":", size);
		strlcat(out, sp->sp_name[0] != '\0' ? sp->sp_name : "+", size);
	}
}

const struct schema *
place_row(const struct place *pl)
{
	return (pl->pl_depth == 0 ? NULL :
				    pl->pl_step[pl->pl_depth - 1].sp_row);
}

const struct schema *
place_table(const struct place *pl)
{
	const struct schema *row = place_row(pl);

	return (row == NULL ? schema_box : row->sc_children);
}

const char *
place_name(const struct place *pl)
{
	return (pl->pl_depth == 0 ? "" : pl->pl_step[pl->pl_depth - 1].sp_name);
}

struct conf *
place_find(struct conf *root, const struct place *pl)
{
	const struct step *sp = pl->pl_step;
	struct conf *cf = root, *c;

	if (pl->pl_new)
		return (NULL);
	for (; sp < pl->pl_step + pl->pl_depth; sp++) {
		TAILQ_FOREACH(c, &cf->cf_children, cf_entry)
			if (c->cf_block &&
			    strcmp(c->cf_key, sp->sp_row->sc_key) == 0 &&
			    strcmp(conf_name(c), sp->sp_name) == 0)
				break;
		if ((cf = c) == NULL)
			return (NULL);
	}
	return (cf);
}

void
place_of(const struct conf *cf, char *out, size_t size)
{
	if (cf->cf_parent == NULL) {
		out[0] = '\0';
		return;
	}
	place_of(cf->cf_parent, out, size);
	if (out[0] != '\0')
		strlcat(out, "/", size);
	strlcat(out, cf->cf_key, size);
	if (cf->cf_nvalues == 0)
		return;
	strlcat(out, ":", size);
	strlcat(out, conf_name(cf), size);
}
