/* SPDX-License-Identifier: ISC */
/*
 * lines: what differs between two texts, by the longest common subsequence of
 * their lines.  Where the table for that would grow beyond CELLS, what is
 * between the first and the last difference counts as replaced.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

enum { CELLS = 4 << 20 };	/* of 2 bytes */

struct line {
	const char *ln_text;
	size_t ln_len;
};

struct lines {
	struct line *ls_line;
	size_t ls_count;
};

struct compare {
	struct lines cm_old;
	struct lines cm_new;
	void (*cm_line)(char, const char *, size_t, void *);
	void *cm_arg;
	size_t cm_at;		/* lines of the new text that are dealt with */
	size_t cm_shown;	/* lines of it that were shown or passed over */
	size_t cm_after;	/* that are still to be shown after a change */
};

static bool
split(const char *text, struct lines *ls)
{
	const char *p;
	size_t n = 1;
	struct line *ln;

	for (p = text; *p != '\0'; p++)
		n += *p == '\n';
	if ((ls->ls_line = calloc(n, sizeof(*ls->ls_line))) == NULL)
		return (false);
	while (*text != '\0') {
		ln = &ls->ls_line[ls->ls_count++];
		ln->ln_text = text;
		ln->ln_len = strcspn(text, "\n");
		text += ln->ln_len + (text[ln->ln_len] == '\n');
	}
	return (true);
}

static bool
same(const struct compare *cm, size_t i, size_t j)
{
	const struct line *a = &cm->cm_old.ls_line[i];
	const struct line *b = &cm->cm_new.ls_line[j];

	return (a->ln_len == b->ln_len &&
	    memcmp(a->ln_text, b->ln_text, a->ln_len) == 0);
}

static void
show(struct compare *cm, char kind, const struct line *ln)
{
	cm->cm_line(kind, ln->ln_text, ln->ln_len, cm->cm_arg);
}

/* A line of both: shown now if it follows a change, else maybe later. */
static void
common(struct compare *cm)
{
	if (cm->cm_after > 0) {
		show(cm, ' ', &cm->cm_new.ls_line[cm->cm_at]);
		cm->cm_after--;
		cm->cm_shown = cm->cm_at + 1;
	}
	cm->cm_at++;
}

/* A change: what was held back before it. */
static void
change(struct compare *cm, char kind, const struct line *ln)
{
	if (cm->cm_at - cm->cm_shown > LINES_AROUND) {
		cm->cm_line('@', "", 0, cm->cm_arg);
		cm->cm_shown = cm->cm_at - LINES_AROUND;
	}
	for (; cm->cm_shown < cm->cm_at; cm->cm_shown++)
		show(cm, ' ', &cm->cm_new.ls_line[cm->cm_shown]);
	show(cm, kind, ln);
	if (kind == '+')
		cm->cm_shown = ++cm->cm_at;
	cm->cm_after = LINES_AROUND;
}

/*
 * Length of the longest common subsequence from (i, j) to (rows, cols) on, of
 * the lines behind the first `from`.
 */
static uint16_t *
table(const struct compare *cm, size_t from, size_t rows, size_t cols)
{
	uint16_t *t, *here;
	size_t i, j;

	if (rows >= UINT16_MAX || cols >= UINT16_MAX ||
	    (rows + 1) * (cols + 1) > CELLS)
		return (NULL);
	if ((t = calloc((rows + 1) * (cols + 1), sizeof(*t))) == NULL)
		return (NULL);
	for (i = rows; i-- > 0;)
		for (j = cols; j-- > 0;) {
			here = &t[i * (cols + 1) + j];
			if (same(cm, from + i, from + j))
				*here = (uint16_t)(here[cols + 2] + 1);
			else
				*here = here[1] > here[cols + 1] ?
				    here[1] :
				    here[cols + 1];
		}
	return (t);
}

/* The part in which the texts differ. */
static void
walk(struct compare *cm, size_t from, size_t rows, size_t cols)
{
	uint16_t *t = table(cm, from, rows, cols);
	size_t i = 0, j = 0, at;

	while (i < rows || j < cols) {
		at = i * (cols + 1) + j;
		if (t != NULL && i < rows && j < cols &&
		    same(cm, from + i, from + j)) {
			common(cm);
			i++;
			j++;
		} else if (j == cols ||
		    (i < rows && (t == NULL || t[at + cols + 1] >= t[at + 1])))
			change(cm, '-', &cm->cm_old.ls_line[from + i++]);
		else
			change(cm, '+', &cm->cm_new.ls_line[from + j++]);
	}
	free(t);
}

void
lines_compare(const char *old, const char *new,
    void (*line)(char kind, const char *text, size_t len, void *arg), void *arg)
{
	struct compare cm = { .cm_line = line, .cm_arg = arg };
	size_t a, b, from = 0, end;

	if (split(old, &cm.cm_old) && split(new, &cm.cm_new)) {
		a = cm.cm_old.ls_count;
		b = cm.cm_new.ls_count;
		while (from < a && from < b && same(&cm, from, from)) {
			common(&cm);
			from++;
		}
		for (end = 0; a - end > from && b - end > from &&
		     same(&cm, a - end - 1, b - end - 1);)
			end++;
		walk(&cm, from, a - end - from, b - end - from);
		while (end-- > 0)
			common(&cm);
	}
	free(cm.cm_old.ls_line);
	free(cm.cm_new.ls_line);
}
