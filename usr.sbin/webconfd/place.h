/* SPDX-License-Identifier: ISC */
/*
 * place: a block of the settings named by the way to it, as the addresses of
 * pages have it:
 *
 *	place = "" | step { "/" step }
 *	step  = key | key ":" name | key ":+"
 *
 * A block that has a name is given with it, such as hubd/hub:main/user:tokyo;
 * "+", which is no name, stands for one that is to be added, at the end only.
 * Both processes walk the same schema by it.  Pure; input is hostile.
 */
#ifndef WEBCONFD_PLACE_H
#define WEBCONFD_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/schema.h"

enum { PLACE_DEPTH = 6, PLACE_NAME_SIZE = 33, PLACE_SIZE = 192 };

struct step {
	const struct schema *sp_row;
	char sp_name[PLACE_NAME_SIZE];	/* "" for a block without one */
};

struct place {
	unsigned int pl_depth;		/* 0: all settings */
	bool pl_new;			/* the last one is to be added */
	struct step pl_step[PLACE_DEPTH];
};

struct conf;

/* False if there can be no such block. */
bool place_parse(const char *text, struct place *pl);
/* Its text, or that of the first `depth` steps. */
void place_print(const struct place *pl, unsigned int depth, char *out,
    size_t size);
/* The rows that the block may have, and its own; NULL for all settings. */
const struct schema *place_table(const struct place *pl);
const struct schema *place_row(const struct place *pl);
/* Name of the block, "" if it has none. */
const char *place_name(const struct place *pl);
/* The block in a tree of longwire.txt(5), or NULL. */
struct conf *place_find(struct conf *root, const struct place *pl);
/* The place of a block of such a tree, as text. */
void place_of(const struct conf *cf, char *out, size_t size);

#endif
