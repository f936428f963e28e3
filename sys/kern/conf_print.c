/* SPDX-License-Identifier: ISC */
/*
 * conf_print: a tree as text.  A file that is indented by tabs, with one
 * blank between words, comes back byte by byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"

struct printer {
	FILE *pr_out;
	unsigned int pr_flags;
	const struct schema *pr_table;	/* of the root, for secrets' keys */
};

static void
indent(const struct printer *pr, int depth)
{
	while (depth-- > 0)
		putc('\t', pr->pr_out);
}

/* Whether a word of the text is the key of a secret. */
static bool
names_secret(const struct schema *table, const char *text, size_t len)
{
	const char *p;
	size_t n;

	for (; table->sc_key != NULL; table++) {
		if (table->sc_children != NULL &&
		    names_secret(table->sc_children, text, len))
			return (true);
		if ((table->sc_flags & SF_SECRET) == 0)
			continue;
		n = strlen(table->sc_key);
		for (p = text; p + n <= text + len; p++)
			if (strncasecmp(p, table->sc_key, n) == 0)
				return (true);
	}
	return (false);
}

/* One comment up to its line's end. */
static void
print_comment(const struct printer *pr, const char *text, size_t len)
{
	size_t lead = strspn(text, " \t");

	if ((pr->pr_flags & CONF_MASK) &&
	    (pr->pr_table == NULL || names_secret(pr->pr_table, text, len)))
		fprintf(pr->pr_out, "%.*s# " CONF_MASKED, (int)lead, text);
	else
		fwrite(text, 1, len, pr->pr_out);
}

static void
print_lines(const struct printer *pr, const char *lines, int depth)
{
	size_t len;

	if (lines == NULL || (pr->pr_flags & CONF_NO_COMMENTS))
		return;
	for (; *lines != '\0'; lines += len + 1) {
		len = strcspn(lines, "\n");
		if (len > 0) {
			indent(pr, depth);
			print_comment(pr, lines, len);
		}
		putc('\n', pr->pr_out);
	}
}

static void
print_after(const struct printer *pr, const char *text)
{
	if (text != NULL && (pr->pr_flags & CONF_NO_COMMENTS) == 0)
		print_comment(pr, text, strlen(text));
}

static bool
needs_quotes(const char *text)
{
	return (*text == '\0' || text[strcspn(text, " #{}\"")] != '\0');
}

static void
print_value(const struct printer *pr, const struct conf *cf, int i)
{
	const char *p = cf->cf_values[i];
	bool quoted = (cf->cf_quoted & 1U << i) != 0;
	bool secret =
	    cf->cf_schema == NULL || (cf->cf_schema->sc_flags & SF_SECRET);

	putc(' ', pr->pr_out);
	if ((pr->pr_flags & CONF_MASK) && secret) {
		fputs("\"" CONF_MASKED "\"", pr->pr_out);
		return;
	}
	if (!quoted && !needs_quotes(p)) {
		fputs(p, pr->pr_out);
		return;
	}
	putc('"', pr->pr_out);
	for (; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', pr->pr_out);
		putc(*p, pr->pr_out);
	}
	putc('"', pr->pr_out);
}

static void
print_children(const struct printer *pr, const struct conf *cf, int depth)
{
	const struct conf *child;
	int i;

	TAILQ_FOREACH(child, &cf->cf_children, cf_entry) {
		print_lines(pr, child->cf_before, depth);
		indent(pr, depth);
		fputs(child->cf_key, pr->pr_out);
		for (i = 0; i < child->cf_nvalues; i++)
			print_value(pr, child, i);
		if (child->cf_block)
			fputs(" {", pr->pr_out);
		print_after(pr, child->cf_after);
		putc('\n', pr->pr_out);
		if (!child->cf_block)
			continue;
		print_children(pr, child, depth + 1);
		indent(pr, depth);
		putc('}', pr->pr_out);
		print_after(pr, child->cf_end);
		putc('\n', pr->pr_out);
	}
	print_lines(pr, cf->cf_tail, depth);
}

char *
conf_print(const struct conf *cf, unsigned int flags)
{
	struct printer pr = { .pr_flags = flags, .pr_table = cf->cf_table };
	char *text = NULL;
	size_t size;
	bool bad;

	if ((pr.pr_out = open_memstream(&text, &size)) == NULL)
		return (NULL);
	print_children(&pr, cf, 0);
	bad = ferror(pr.pr_out) != 0;
	if (fclose(pr.pr_out) != 0 || bad) {
		free(text);
		return (NULL);
	}
	return (text);
}
