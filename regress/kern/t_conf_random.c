/* SPDX-License-Identifier: ISC */
/* What is printed parses back: shipped examples, random trees, mutations. */
#include <atf-c.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"

enum { MUTATIONS = 1500, TREES = 300 };

/* xorshift64: the same numbers everywhere. */
static uint64_t seed;

static size_t
pick(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((size_t)(seed >> 11) % n);
}

static const struct schema *
table_of(const char *name)
{
	if (strncmp(name, "hubd", 4) == 0)
		return (schema_hubd);
	if (strncmp(name, "vnicd", 5) == 0)
		return (schema_vnicd);
	if (strncmp(name, "longwire", 8) == 0)
		return (schema_box);
	return (NULL);
}

/* Calls f for each shipped example that is a settings file; how many. */
static int
each_example(void (*f)(const char *name, const struct schema *table,
    const char *text, size_t len))
{
	const char *top = getenv("LW_TOP");
	struct dirent *de;
	char path[1024], *text;
	size_t size;
	ssize_t len;
	FILE *file;
	DIR *d;
	int n = 0;

	if (top == NULL)
		atf_tc_skip("LW_TOP is not set");
	snprintf(path, sizeof(path), "%s/etc/examples", top);
	ATF_REQUIRE((d = opendir(path)) != NULL);
	while ((de = readdir(d)) != NULL) {
		if (table_of(de->d_name) == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/etc/examples/%s", top,
		    de->d_name);
		ATF_REQUIRE((file = fopen(path, "r")) != NULL);
		text = NULL;
		size = 0;
		ATF_REQUIRE((len = getdelim(&text, &size, '\0', file)) > 0);
		fclose(file);
		f(de->d_name, table_of(de->d_name), text, (size_t)len);
		free(text);
		n++;
	}
	closedir(d);
	return (n);
}

static void
same_text(const char *a, const char *b, const char *what)
{
	ATF_REQUIRE_MSG((a == NULL) == (b == NULL) &&
		(a == NULL || strcmp(a, b) == 0),
	    "%s: <%s> became <%s>", what, a == NULL ? "NULL" : a,
	    b == NULL ? "NULL" : b);
}

static void
same_tree(const struct conf *a, const struct conf *b)
{
	const struct conf *x, *y;
	int i;

	same_text(a->cf_key, b->cf_key, "key");
	same_text(a->cf_before, b->cf_before, "before");
	same_text(a->cf_after, b->cf_after, "after");
	same_text(a->cf_tail, b->cf_tail, "tail");
	same_text(a->cf_end, b->cf_end, "end");
	ATF_REQUIRE_EQ(a->cf_block, b->cf_block);
	ATF_REQUIRE_EQ(a->cf_nvalues, b->cf_nvalues);
	for (i = 0; i < a->cf_nvalues; i++)
		same_text(a->cf_values[i], b->cf_values[i], "value");
	x = TAILQ_FIRST(&a->cf_children);
	y = TAILQ_FIRST(&b->cf_children);
	for (; x != NULL && y != NULL;
	     x = TAILQ_NEXT(x, cf_entry), y = TAILQ_NEXT(y, cf_entry))
		same_tree(x, y);
	ATF_REQUIRE(x == NULL && y == NULL);
}

static struct conf *
must_parse(const char *text)
{
	struct conf_error ce;
	struct conf *cf;

	cf = conf_parse("f", text, strlen(text), &ce);
	ATF_REQUIRE_MSG(cf != NULL, "%d:%d: %s in:\n%s", ce.ce_line,
	    ce.ce_column, ce.ce_text, text);
	return (cf);
}

/* The tree survives being printed and read; gives back its text. */
static char *
round_trip(const struct conf *cf)
{
	char *text = conf_print(cf, CONF_PLAIN), *again;
	struct conf *copy;

	ATF_REQUIRE(text != NULL);
	copy = must_parse(text);
	same_tree(cf, copy);
	ATF_REQUIRE((again = conf_print(copy, CONF_PLAIN)) != NULL);
	same_text(text, again, "text");
	free(again);
	conf_free(copy);
	return (text);
}

static void
one_example(const char *name, const struct schema *table, const char *text,
    size_t len)
{
	struct conf_error ce;
	struct conf *cf;
	char *out;

	ATF_REQUIRE((cf = conf_parse(name, text, len, &ce)) != NULL);
	ATF_CHECK_MSG(conf_check(cf, table, name, &ce) == 0, "%s:%d:%d: %s",
	    name, ce.ce_line, ce.ce_column, ce.ce_text);
	out = round_trip(cf);
	same_text(text, out, name);
	free(out);
	/* masked, it is still a file of the same grammar, without secrets */
	ATF_REQUIRE((out = conf_print(cf, CONF_MASK)) != NULL);
	ATF_CHECK(strstr(out, "$scrypt$") == NULL);
	ATF_CHECK(strstr(out, "change me") == NULL);
	conf_free(must_parse(out));
	free(out);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(examples);
ATF_TC_BODY(examples, tc)
{
	ATF_CHECK(each_example(one_example) >= 5);
}

static char *
random_text(const char *prefix, const char *alphabet, size_t most)
{
	size_t len = pick(most + 1), i, n = strlen(prefix);
	char *text = malloc(n + len + 2);

	ATF_REQUIRE(text != NULL);
	memcpy(text, prefix, n);
	for (i = 0; i < len; i++)
		text[n + i] = alphabet[pick(strlen(alphabet))];
	text[n + len] = '\0';
	return (text);
}

/* Comment and empty lines, or NULL. */
static char *
random_lines(void)
{
	char *text;
	size_t len;

	switch (pick(4)) {
	case 0:
		text = random_text("# ", "ab \t#{}\"\\", 20);
		len = strlen(text);
		text[len] = '\n';	/* there is room for it */
		text[len + 1] = '\0';
		return (text);
	case 1:
		return (strdup("\n"));
	case 2:
		return (strdup("\n# one\n\n#two\n\n"));
	default:
		return (NULL);
	}
}

static char *
random_after(void)
{
	return (pick(4) == 0 ? random_text(" \t#", "ab \"#{}", 9) : NULL);
}

static void
random_children(struct conf *cf, int depth)
{
	size_t n = pick(6);
	struct conf *child;
	char *key, *value;

	cf->cf_tail = random_lines();
	while (n-- > 0) {
		key = random_text("k", "abc-9", 9);
		value = random_text("", "ab \"\\#{}/=$", 9);
		if (depth < CONF_DEPTH && pick(3) == 0) {
			child = conf_add_block(cf, key, value);
			ATF_REQUIRE(child != NULL);
			random_children(child, depth + 1);
			child->cf_end = random_after();
		} else {
			ATF_REQUIRE_EQ(conf_add(cf, key, value), 0);
			child = TAILQ_LAST(&cf->cf_children, conf_list);
		}
		child->cf_before = random_lines();
		child->cf_after = random_after();
		free(key);
		free(value);
	}
}

ATF_TC_WITHOUT_HEAD(trees);
ATF_TC_BODY(trees, tc)
{
	struct conf *cf;
	int i;

	for (i = 0; i < TREES; i++) {
		seed = 0x4c6f6e6777697265U + (uint64_t)i;
		cf = must_parse("");
		random_children(cf, 0);
		free(round_trip(cf));
		conf_free(cf);
	}
}

/* Change a few bytes; room for twice the text.  The new length. */
static size_t
mutate(char *text, size_t len)
{
	static const char special[] = "{}\"#\\\n\r\t \0\x80\xff\xe3z9-";
	size_t at = pick(len), n;

	switch (pick(5)) {
	case 0:		/* another byte */
		text[at] = (char)pick(256);
		return (len);
	case 1:
		text[at] = special[pick(sizeof(special) - 1)];
		return (len);
	case 2:		/* cut out */
		n = 1 + pick(len - at);
		memmove(text + at, text + at + n, len - at - n);
		return (len - n == 0 ? len : len - n);
	case 3:		/* say it twice */
		n = 1 + pick(len - at);
		memmove(text + at + n, text + at, len - at);
		return (len + n);
	default:	/* insert */
		memmove(text + at + 1, text + at, len - at);
		text[at] = special[pick(sizeof(special) - 1)];
		return (len + 1);
	}
}

static void
one_mutation(const struct schema *table, const char *text, size_t len)
{
	struct conf_error ce, again;
	struct conf *cf, *copy;
	char *out, *exact;
	int rv;

	/* a copy of exact size, so that ASan sees a step too far */
	ATF_REQUIRE((exact = malloc(len)) != NULL);
	memcpy(exact, text, len);
	cf = conf_parse("f", exact, len, &ce);
	free(exact);
	if (cf == NULL) {
		ATF_REQUIRE(ce.ce_text[0] != '\0');
		return;
	}
	rv = conf_check(cf, table, "f", &ce);
	out = round_trip(cf);
	copy = must_parse(out);
	ATF_REQUIRE_EQ(conf_check(copy, table, "f", &again), rv);
	free(out);
	conf_free(copy);
	ATF_REQUIRE((out = conf_print(cf, CONF_MASK)) != NULL);
	conf_free(must_parse(out));
	free(out);
	conf_free(cf);
}

static void
mutations(const char *name, const struct schema *table, const char *text,
    size_t len)
{
	char *copy = malloc(len * 32);
	size_t n, times;
	int i;

	(void)name;
	ATF_REQUIRE(copy != NULL);
	for (i = 0; i < MUTATIONS; i++) {
		memcpy(copy, text, len);
		for (n = len, times = 1 + pick(4); times > 0; times--)
			n = mutate(copy, n);
		one_mutation(table, copy, n);
	}
	free(copy);
}

ATF_TC_WITHOUT_HEAD(fuzz);
ATF_TC_BODY(fuzz, tc)
{
	seed = 0x6c6f6e6777697265U;
	ATF_CHECK(each_example(mutations) >= 5);
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	static const char alphabet[] = "ab{}{}\n\n\n\" \"#\\";
	char text[200];
	size_t i, j, len;

	seed = 0x67617262616765U;
	for (i = 0; i < 20000; i++) {
		len = 1 + pick(sizeof(text));
		for (j = 0; j < len; j++)
			text[j] = i % 4 == 0 ?
			    (char)pick(256) :
			    alphabet[pick(sizeof(alphabet) - 1)];
		one_mutation(schema_box, text, len);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, examples);
	ATF_TP_ADD_TC(tp, trees);
	ATF_TP_ADD_TC(tp, fuzz);
	ATF_TP_ADD_TC(tp, garbage);
	return (atf_no_error());
}
