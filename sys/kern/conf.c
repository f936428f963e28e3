/* SPDX-License-Identifier: ISC */
/*
 * conf: the tree of a settings file, its look-ups and changes.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/conf_node.h"
#include "kern/schema.h"

void
conf_error_format(const struct conf_error *ce, char *buf, size_t size)
{
	if (ce->ce_line == 0)
		snprintf(buf, size, "%s: %s", ce->ce_file, ce->ce_text);
	else
		snprintf(buf, size, "%s:%d:%d: %s", ce->ce_file, ce->ce_line,
		    ce->ce_column, ce->ce_text);
}

static void
set_place(struct conf_error *ce, const char *file, const struct conf *cf)
{
	strlcpy(ce->ce_file, file, sizeof(ce->ce_file));
	ce->ce_line = cf == NULL ? 0 : cf->cf_line;
	ce->ce_column = cf == NULL ? 0 : cf->cf_column;
}

void
conf_error_set(struct conf_error *ce, const char *file, const struct conf *cf,
    const char *fmt, ...)
{
	va_list ap;

	set_place(ce, file, cf);
	va_start(ap, fmt);
	message_vprint(ce->ce_text, sizeof(ce->ce_text), fmt, ap);
	va_end(ap);
	ce->ce_ja[0] = '\0';
}

void
conf_error_say(struct conf_error *ce, const char *file, const struct conf *cf,
    const char *en, const char *ja, ...)
{
	va_list ap;

	set_place(ce, file, cf);
	va_start(ap, ja);
	message_vprint(ce->ce_text, sizeof(ce->ce_text), en, ap);
	va_end(ap);
	va_start(ap, ja);
	message_vprint(ce->ce_ja, sizeof(ce->ce_ja), ja, ap);
	va_end(ap);
}

struct conf *
conf_node_new(struct conf *parent, const char *key, size_t len)
{
	struct conf *cf;

	if ((cf = calloc(1, sizeof(*cf))) == NULL)
		return (NULL);
	TAILQ_INIT(&cf->cf_children);
	if ((cf->cf_key = strndup(key, len)) == NULL) {
		free(cf);
		return (NULL);
	}
	cf->cf_parent = parent;
	if (parent != NULL)
		TAILQ_INSERT_TAIL(&parent->cf_children, cf, cf_entry);
	return (cf);
}

int
conf_node_value(struct conf *cf, char *word, bool quoted)
{
	char **values;

	values = reallocarray(cf->cf_values, (size_t)cf->cf_nvalues + 1,
	    sizeof(*values));
	if (values == NULL) {
		free(word);
		return (-1);
	}
	cf->cf_values = values;
	if (quoted)
		cf->cf_quoted |= 1U << cf->cf_nvalues;
	values[cf->cf_nvalues++] = word;
	return (0);
}

/* Values may be secrets: they do not stay in freed memory. */
static void
free_values(struct conf *cf)
{
	int i;

	for (i = 0; i < cf->cf_nvalues; i++)
		freezero(cf->cf_values[i], strlen(cf->cf_values[i]) + 1);
	free(cf->cf_values);
	cf->cf_values = NULL;
	cf->cf_nvalues = 0;
	cf->cf_quoted = 0;
}

/* Frees cf and what is below it; takes it out of its parent. */
void
conf_free(struct conf *cf)
{
	struct conf *child;

	if (cf == NULL)
		return;
	while ((child = TAILQ_FIRST(&cf->cf_children)) != NULL)
		conf_free(child);
	if (cf->cf_parent != NULL)
		TAILQ_REMOVE(&cf->cf_parent->cf_children, cf, cf_entry);
	free_values(cf);
	free(cf->cf_key);
	free(cf->cf_before);
	free(cf->cf_after);
	free(cf->cf_tail);
	free(cf->cf_end);
	free(cf);
}

/* The schema's row of a key below cf; the key must exist. */
static const struct schema *
row_of(const struct conf *cf, const char *key)
{
	const struct schema *sc;

	sc = cf->cf_table == NULL ? NULL : schema_row(cf->cf_table, key);
	if (sc == NULL)
		abort();
	return (sc);
}

const struct conf *
conf_next(const struct conf *cf, const char *key, const struct conf *prev)
{
	const struct conf *child;

	row_of(cf, key);
	child = prev == NULL ? TAILQ_FIRST(&cf->cf_children) :
			       TAILQ_NEXT(prev, cf_entry);
	while (child != NULL && strcmp(child->cf_key, key) != 0)
		child = TAILQ_NEXT(child, cf_entry);
	return (child);
}

const struct conf *
conf_find(const struct conf *cf, const char *key)
{
	return (conf_next(cf, key, NULL));
}

const struct conf *
conf_block(const struct conf *cf, const char *key, const char *name)
{
	const struct conf *child = NULL;

	while ((child = conf_next(cf, key, child)) != NULL)
		if (strcmp(conf_name(child), name) == 0)
			break;
	return (child);
}

const char *
conf_name(const struct conf *cf)
{
	return (cf->cf_nvalues > 0 ? cf->cf_values[0] : "");
}

const char *
conf_str(const struct conf *cf, const char *key)
{
	const struct conf *child;

	if ((child = conf_find(cf, key)) != NULL && child->cf_nvalues > 0)
		return (child->cf_values[0]);
	return (row_of(cf, key)->sc_default);
}

int64_t
conf_int(const struct conf *cf, const char *key)
{
	const struct schema *sc = row_of(cf, key);
	const char *text = conf_str(cf, key);
	int64_t n = 0;

	if (text == NULL)
		return (0);
	(void)schema_value(sc, text, &n);
	return (n);
}

bool
conf_bool(const struct conf *cf, const char *key)
{
	return (conf_int(cf, key) != 0);
}

bool
conf_has(const struct conf *cf, const char *key)
{
	return (conf_find(cf, key) != NULL);
}

/* The first child with this key, of any tree. */
static struct conf *
child_of(struct conf *cf, const char *key)
{
	struct conf *child;

	TAILQ_FOREACH(child, &cf->cf_children, cf_entry)
		if (strcmp(child->cf_key, key) == 0)
			break;
	return (child);
}

static struct conf *
add_node(struct conf *cf, const char *key)
{
	struct conf *child;

	if ((child = conf_node_new(cf, key, strlen(key))) == NULL)
		return (NULL);
	if (cf->cf_table != NULL)
		child->cf_schema = schema_row(cf->cf_table, key);
	return (child);
}

static int
set_value(struct conf *cf, const char *value)
{
	char *word;

	if ((word = strdup(value)) == NULL)
		return (-1);
	free_values(cf);
	return (conf_node_value(cf, word, false));
}

int
conf_add(struct conf *cf, const char *key, const char *value)
{
	struct conf *child;

	if ((child = add_node(cf, key)) == NULL)
		return (-1);
	if (set_value(child, value) == -1) {
		conf_free(child);
		return (-1);
	}
	return (0);
}

int
conf_set(struct conf *cf, const char *key, const char *value)
{
	struct conf *child, *other;

	if ((child = child_of(cf, key)) == NULL)
		return (conf_add(cf, key, value));
	if (set_value(child, value) == -1)
		return (-1);
	while ((other = TAILQ_NEXT(child, cf_entry)) != NULL) {
		if (strcmp(other->cf_key, key) == 0)
			conf_free(other);
		else
			child = other;
	}
	return (0);
}

struct conf *
conf_add_block(struct conf *cf, const char *key, const char *name)
{
	struct conf *child;

	if ((child = add_node(cf, key)) == NULL)
		return (NULL);
	child->cf_block = true;
	if (child->cf_schema != NULL)
		child->cf_table = child->cf_schema->sc_children;
	if (name != NULL && *name != '\0' && set_value(child, name) == -1) {
		conf_free(child);
		return (NULL);
	}
	return (child);
}

void
conf_remove(struct conf *cf, const char *key)
{
	struct conf *child;

	while ((child = child_of(cf, key)) != NULL)
		conf_free(child);
}
