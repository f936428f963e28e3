/* SPDX-License-Identifier: ISC */
/*
 * conf_check: a tree against a schema.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"

enum { NEAR = 2, KEY_MAX = 32 };

/* What all steps of one check share. */
struct check {
	const char *ck_file;
	struct conf_error *ck_error;
};

static size_t
least(size_t a, size_t b)
{
	return (a < b ? a : b);
}

/* How many letters must be changed, added or taken away. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[KEY_MAX + 1], i, j, diagonal, up;
	size_t lena = strlen(a), lenb = strlen(b);

	if (lena > KEY_MAX || lenb > KEY_MAX)
		return (KEY_MAX);
	for (j = 0; j <= lenb; j++)
		row[j] = j;
	for (i = 1; i <= lena; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= lenb; j++) {
			up = row[j];
			row[j] = least(diagonal + (a[i - 1] != b[j - 1]),
			    least(up, row[j - 1]) + 1);
			diagonal = up;
		}
	}
	return (row[lenb]);
}

/* The known key most like this one, NULL if none is close. */
static const char *
nearest(const struct schema *table, const char *key)
{
	const char *best = NULL;
	size_t d, found = least(NEAR + 1, strlen(key));

	for (; table->sc_key != NULL; table++) {
		if ((d = distance(table->sc_key, key)) < found) {
			found = d;
			best = table->sc_key;
		}
	}
	return (best);
}

static int
fail_unknown(const struct check *ck, const struct conf *cf,
    const struct schema *table)
{
	const char *best = nearest(table, cf->cf_key);
	char list[sizeof(ck->ck_error->ce_text)] = "";

	if (best != NULL) {
		conf_error_say(ck->ck_error, ck->ck_file, cf,
		    "%.32s: unknown key; did you mean %s?",
		    "%.32s：そのようなキーはありません。%s のことですか。",
		    cf->cf_key, best);
		return (-1);
	}
	for (; table->sc_key != NULL; table++) {
		strlcat(list, " ", sizeof(list));
		strlcat(list, table->sc_key, sizeof(list));
	}
	conf_error_say(ck->ck_error, ck->ck_file, cf,
	    "%.32s: unknown key; allowed here:%s",
	    "%.32s：そのようなキーはありません。ここで使えるもの：%s",
	    cf->cf_key, list);
	return (-1);
}

static int
fail_text(const struct check *ck, const struct conf *cf,
    const struct message *ms)
{
	conf_error_set(ck->ck_error, ck->ck_file, cf, "%s: %s", cf->cf_key,
	    ms->ms_en);
	snprintf(ck->ck_error->ce_ja, sizeof(ck->ck_error->ce_ja), "%s：%s",
	    cf->cf_key, ms->ms_ja);
	return (-1);
}

/* How an entry is written that is not written as its row says. */
enum shape {
	SHAPE_BLOCK,
	SHAPE_NAMED,
	SHAPE_NAMELESS,
	SHAPE_NO_NAME,
	SHAPE_VALUE,
	SHAPE_EMPTY,
	SHAPE_LIST,
	SHAPE_ONE
};

static const struct message shapes[] = {
	[SHAPE_BLOCK] = { "this is a block: write { behind it",
	    "これはブロックです。後ろに { を書いてください。" },
	[SHAPE_NAMED] = { "this is a block: write a name and { behind it",
	    "これはブロックです。後ろに名前と { を書いてください。" },
	[SHAPE_NAMELESS] = { "this block needs a name before {",
	    "このブロックには { の前に名前が必要です。" },
	[SHAPE_NO_NAME] = { "this block takes no name",
	    "このブロックには名前を付けられません。" },
	[SHAPE_VALUE] = { "this takes a value, not a block",
	    "ここにはブロックではなく値を書いてください。" },
	[SHAPE_EMPTY] = { "a value is missing", "値がありません。" },
	[SHAPE_LIST] = { "one value a line; repeat the key for more",
	    "値は 1 行に 1 つです。複数あるときはキーを繰り返してください。" },
	[SHAPE_ONE] = { "only one value is allowed; quote one with blanks",
	    "値は 1 つだけです。空白を含む値は \" で囲んでください。" },
};

static int
fail_shape(const struct check *ck, const struct conf *cf, enum shape shape)
{
	return (fail_text(ck, cf, &shapes[shape]));
}

static int check_children(const struct check *ck, struct conf *cf,
    const struct schema *table);

static int
check_block(const struct check *ck, struct conf *cf, const struct schema *sc)
{
	bool named = (sc->sc_flags & SF_NAMED) != 0;
	const struct message *ms;

	if (!cf->cf_block)
		return (fail_shape(ck, cf, named ? SHAPE_NAMED : SHAPE_BLOCK));
	if (named && cf->cf_nvalues != 1)
		return (fail_shape(ck, cf, SHAPE_NAMELESS));
	if (!named && cf->cf_nvalues != 0)
		return (fail_shape(ck, cf, SHAPE_NO_NAME));
	if (named && (ms = schema_fault(sc, conf_name(cf), NULL)) != NULL)
		return (fail_text(ck, cf, ms));
	return (check_children(ck, cf, sc->sc_children));
}

static int
check_entry(const struct check *ck, struct conf *cf, const struct schema *table)
{
	const struct message *ms;
	const struct schema *sc;

	if ((sc = schema_row(table, cf->cf_key)) == NULL)
		return (fail_unknown(ck, cf, table));
	cf->cf_schema = sc;
	if (sc->sc_type == ST_BLOCK)
		return (check_block(ck, cf, sc));
	if (cf->cf_block)
		return (fail_shape(ck, cf, SHAPE_VALUE));
	if (cf->cf_nvalues == 0)
		return (fail_shape(ck, cf, SHAPE_EMPTY));
	if (cf->cf_nvalues > 1)
		return (fail_shape(ck, cf,
		    sc->sc_flags & SF_LIST ? SHAPE_LIST : SHAPE_ONE));
	if ((ms = schema_fault(sc, cf->cf_values[0], NULL)) != NULL)
		return (fail_text(ck, cf, ms));
	return (0);
}

/* By row, by name, by place; so that equals are neighbours in order. */
static int
compare_entries(const void *left, const void *right)
{
	const struct conf *a = *(const struct conf *const *)left;
	const struct conf *b = *(const struct conf *const *)right;
	int d;

	if (a->cf_schema != b->cf_schema)
		return (a->cf_schema < b->cf_schema ? -1 : 1);
	if (a->cf_block && (d = strcmp(conf_name(a), conf_name(b))) != 0)
		return (d);
	if (a->cf_line != b->cf_line)
		return (a->cf_line < b->cf_line ? -1 : 1);
	return (a->cf_column - b->cf_column);
}

static bool
same_entry(const struct conf *a, const struct conf *b)
{
	if (a->cf_schema != b->cf_schema)
		return (false);
	if (a->cf_schema->sc_flags & SF_NAMED)
		return (strcmp(conf_name(a), conf_name(b)) == 0);
	return ((a->cf_schema->sc_flags & SF_LIST) == 0);
}

/* What may stand once stands once. */
static int
check_twice(const struct check *ck, const struct conf *cf)
{
	const struct conf **all, *child, *twice = NULL;
	size_t i = 0, n = 0;
	int line = 0;

	TAILQ_FOREACH(child, &cf->cf_children, cf_entry)
		n++;
	if ((all = calloc(n + 1, sizeof(struct conf *))) == NULL) {
		conf_error_say(ck->ck_error, ck->ck_file, NULL, "out of memory",
		    "メモリーが足りません。");
		return (-1);
	}
	TAILQ_FOREACH(child, &cf->cf_children, cf_entry)
		all[i++] = child;
	qsort(all, n, sizeof(struct conf *), compare_entries);
	for (i = 1; i < n && twice == NULL; i++) {
		if (same_entry(all[i - 1], all[i])) {
			line = all[i - 1]->cf_line;
			twice = all[i];
		}
	}
	free(all);
	if (twice == NULL)
		return (0);
	conf_error_say(ck->ck_error, ck->ck_file, twice,
	    "%s%s%s stands here for the second time; the first is in line %d",
	    "%s%s%s が重複しています。最初のものは %d 行目にあります。",
	    twice->cf_key, twice->cf_block ? " " : "",
	    twice->cf_block ? conf_name(twice) : "", line);
	return (-1);
}

static int
check_required(const struct check *ck, const struct conf *cf,
    const struct schema *table)
{
	for (; table->sc_key != NULL; table++) {
		if ((table->sc_flags & SF_REQUIRED) == 0 ||
		    conf_has(cf, table->sc_key))
			continue;
		conf_error_say(ck->ck_error, ck->ck_file,
		    cf->cf_parent == NULL ? NULL : cf, "%s%s%s%s%s is missing",
		    "%s%s%s%s%s がありません。", cf->cf_key,
		    cf->cf_nvalues > 0 ? " " : "", conf_name(cf),
		    cf->cf_parent != NULL ? ": " : "", table->sc_key);
		return (-1);
	}
	return (0);
}

static int
check_children(const struct check *ck, struct conf *cf,
    const struct schema *table)
{
	const struct schema *last = table;
	struct conf *child;

	cf->cf_table = table;
	TAILQ_FOREACH(child, &cf->cf_children, cf_entry)
		if (check_entry(ck, child, table) == -1)
			return (-1);
	if (check_twice(ck, cf) == -1 || check_required(ck, cf, table) == -1)
		return (-1);
	while (last->sc_key != NULL)
		last++;
	if (last->sc_check == NULL)
		return (0);
	return (last->sc_check(cf, ck->ck_file, ck->ck_error));
}

int
conf_check(struct conf *cf, const struct schema *table, const char *file,
    struct conf_error *ce)
{
	const struct check ck = { .ck_file = file, .ck_error = ce };

	return (check_children(&ck, cf, table));
}
