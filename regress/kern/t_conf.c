/* SPDX-License-Identifier: ISC */
/* The grammar, errors and their places, look-ups, changes, printing. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/schema.h"

static const struct schema leaf[] = {
	{ .sc_key = "speed",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 9,
	    .sc_default = "5" },
	{ .sc_key = "secret", .sc_type = ST_STRING, .sc_flags = SF_SECRET },
	{ .sc_key = "note", .sc_type = ST_STRING, .sc_flags = SF_LIST },
	{ .sc_key = NULL },
};
static const struct schema toy[] = {
	{ .sc_key = "keepalive",
	    .sc_type = ST_DURATION,
	    .sc_min = 2000,
	    .sc_max = 600000,
	    .sc_default = "20s" },
	{ .sc_key = "on", .sc_type = ST_BOOL, .sc_default = "yes" },
	{ .sc_key = "name", .sc_type = ST_NAME },
	{ .sc_key = "leaf",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = leaf },
	{ .sc_key = "only", .sc_type = ST_BLOCK, .sc_children = leaf },
	{ .sc_key = NULL },
};

static struct conf *
parse(const char *text, struct conf_error *ce)
{
	return (conf_parse("f", text, strlen(text), ce));
}

/* Parse and check text that must be fine. */
static struct conf *
good(const char *text)
{
	struct conf_error ce;
	struct conf *cf;

	cf = parse(text, &ce);
	ATF_REQUIRE_MSG(cf != NULL, "%d:%d %s", ce.ce_line, ce.ce_column,
	    ce.ce_text);
	ATF_REQUIRE_MSG(conf_check(cf, toy, "f", &ce) == 0, "%d:%d %s",
	    ce.ce_line, ce.ce_column, ce.ce_text);
	return (cf);
}

/* The whole message for text that must not be fine. */
static const char *
bad(const char *text)
{
	static char buf[512];
	struct conf_error ce;
	struct conf *cf;

	if ((cf = parse(text, &ce)) != NULL)
		ATF_REQUIRE_MSG(conf_check(cf, toy, "f", &ce) == -1,
		    "accepted: %s", text);
	conf_free(cf);
	ATF_CHECK_MSG(strstr(ce.ce_ja, "。") != NULL ||
		strstr(ce.ce_ja, "：") != NULL,
	    "no Japanese: %s", ce.ce_text);
	conf_error_format(&ce, buf, sizeof(buf));
	return (buf);
}

static void
same(const char *text, const char *want)
{
	struct conf *cf = good(text);
	char *out = conf_print(cf, CONF_PLAIN);

	ATF_REQUIRE(out != NULL);
	ATF_CHECK_STREQ(out, want);
	free(out);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	struct conf *cf =
	    good("keepalive 5m\non no\n"
		 "leaf a {\n\tsecret \"a \\\"b\\\\ {#}\"\n\tnote x\\y\n"
		 "\tnote \"\"\n}\nleaf b.c { speed 7 }\n");
	const struct conf *a, *note = NULL;

	ATF_CHECK_EQ(conf_int(cf, "keepalive"), 300000);
	ATF_CHECK(!conf_bool(cf, "on"));
	ATF_CHECK(conf_has(cf, "on"));
	ATF_CHECK(!conf_has(cf, "name"));
	ATF_CHECK(conf_str(cf, "name") == NULL);
	ATF_CHECK_EQ(conf_int(cf, "name"), 0);
	ATF_REQUIRE((a = conf_block(cf, "leaf", "a")) != NULL);
	ATF_CHECK_STREQ(conf_name(a), "a");
	ATF_CHECK_EQ(conf_int(a, "speed"), 5);
	ATF_CHECK_STREQ(conf_str(a, "secret"), "a \"b\\ {#}");
	ATF_REQUIRE((note = conf_next(a, "note", note)) != NULL);
	ATF_CHECK_STREQ(note->cf_values[0], "x\\y");
	ATF_REQUIRE((note = conf_next(a, "note", note)) != NULL);
	ATF_CHECK_STREQ(note->cf_values[0], "");
	ATF_CHECK(conf_next(a, "note", note) == NULL);
	ATF_CHECK_EQ(conf_int(conf_block(cf, "leaf", "b.c"), "speed"), 7);
	ATF_CHECK(conf_block(cf, "leaf", "b") == NULL);
	ATF_CHECK(conf_find(cf, "only") == NULL);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(rewrite_keeps);
ATF_TC_BODY(rewrite_keeps, tc)
{
	const char *exact = "# head\n\n#\tindented  text \n"
			    "keepalive 20s\t# after\n\n\nleaf a {  # open\n"
			    "\t# before speed\n\tspeed 3\n\n\t# tail\n"
			    "} # end\nonly {\n\tnote \"quoted\"\n\tnote "
			    "bare\n}\n\n# last\n";

	same(exact, exact);
	same("", "");
	same("# only\n", "# only\n");
	/* what is put into form */
	same("  on   no", "on no\n");
	same("leaf a {}", "leaf a {\n}\n");
	same("only { note a }#x\n# y", "only {\n\tnote a\n}#x\n# y\n");
	same("\xef\xbb\xbfon no\r\n# c\r\n", "on no\n# c\n");
	same("leaf \"a\" {\n        speed 1\n    # c\n}\n",
	    "leaf \"a\" {\n\tspeed 1\n\t# c\n}\n");
}

ATF_TC_WITHOUT_HEAD(mask);
ATF_TC_BODY(mask, tc)
{
	struct conf *cf = good("only {\n\t# old Secret abc\n\t# other\n"
			       "\tsecret abc # secret abc\n\tnote abc\n}\n");
	struct conf_error ce;
	char *out = conf_print(cf, CONF_MASK);

	ATF_CHECK_STREQ(out,
	    "only {\n\t# ********\n\t# other\n\tsecret "
	    "\"********\" # ********\n\tnote abc\n}\n");
	free(out);
	out = conf_print(cf, CONF_NO_COMMENTS);
	ATF_CHECK_STREQ(out, "only {\n\tsecret abc\n\tnote abc\n}\n");
	free(out);
	conf_free(cf);
	/* nobody checked it, so nobody knows what is secret */
	ATF_REQUIRE((cf = parse("a b # c\n", &ce)) != NULL);
	out = conf_print(cf, CONF_MASK);
	ATF_CHECK_STREQ(out, "a \"********\" # ********\n");
	free(out);
	conf_free(cf);
	ATF_CHECK_STREQ(bad("only {\n\tsecret \"********\"\n}\n"),
	    "f:2:9: secret: ******** is a masked secret, not the secret");
}

/* Each text with the whole message it must give. */
static const struct {
	const char *text, *message;
} errors[] = {
	{ "\nkeepalive 1\n", "f:2:1: keepalive: 1 is out of range: 2s to 10m" },
	{ "keepalive 11m", "f:1:1: keepalive: 11m is out of range: 2s to 10m" },
	{ "only {\n\tspeed 0\n}", "f:2:9: speed: 0 is out of range: 1 to 9" },
	{ "only {\n  speed x\n}", "f:2:3: speed: x is not a whole number" },
	{ "keepalive 99999999999999999999s",
	    "f:1:1: keepalive: "
	    "99999999999999999999s is not a time such as 500ms, 20s, 5m, 2h "
	    "or 1d" },
	{ "keepalive 106751991168d",
	    "f:1:1: keepalive: 106751991168d is not "
	    "a time such as 500ms, 20s, 5m, 2h or 1d" },
	{ "on maybe", "f:1:1: on: maybe is neither yes nor no" },
	{ "keepalife 3",
	    "f:1:1: keepalife: unknown key; did you mean "
	    "keepalive?" },
	{ "banana 3",
	    "f:1:1: banana: unknown key; allowed here: keepalive "
	    "on name leaf only" },
	{ "on", "f:1:1: on: a value is missing" },
	{ "on yes no",
	    "f:1:1: on: only one value is allowed; quote one with "
	    "blanks" },
	{ "only {\nnote a b\n}",
	    "f:2:1: note: one value a line; repeat the "
	    "key for more" },
	{ "on {\n}", "f:1:1: on: this takes a value, not a block" },
	{ "only x", "f:1:1: only: this is a block: write { behind it" },
	{ "leaf x",
	    "f:1:1: leaf: this is a block: write a name and { behind "
	    "it" },
	{ "leaf {\n}", "f:1:1: leaf: this block needs a name before {" },
	{ "only x {\n}", "f:1:1: only: this block takes no name" },
	{ "leaf -x {\n}",
	    "f:1:1: leaf: -x is not a name: 1 to 32 of A-Z a-z "
	    "0-9 . _ -, not beginning with . or -" },
	{ "on no\non no",
	    "f:2:1: on stands here for the second time; the "
	    "first is in line 1" },
	{ "leaf a {\n}\nleaf b {\n}\nleaf a {\n}",
	    "f:5:1: leaf a stands here "
	    "for the second time; the first is in line 1" },
	{ "On no", "f:1:1: a key must stand here, a word of a-z, 0-9 and -" },
	{ "\"on\" no",
	    "f:1:1: a key must stand here, a word of a-z, 0-9 and "
	    "-" },
	{ "on no}",
	    "f:1:6: put double quotes around a value that contains "
	    "}" },
	{ "name a#b",
	    "f:1:7: put double quotes around a value that contains "
	    "#" },
	{ "name a\"b\"",
	    "f:1:7: put double quotes around a value that "
	    "contains \"" },
	{ "name \"ab",
	    "f:1:6: this string is not closed by \" on the same "
	    "line" },
	{ "name \"ab\\",
	    "f:1:6: this string is not closed by \" on the same "
	    "line" },
	{ "name \"ab\n\"",
	    "f:1:6: this string is not closed by \" on the "
	    "same line" },
	{ "name \"a\\n\"",
	    "f:1:9: in a string write \\\\ for a backslash and "
	    "\\\" for a quote" },
	{ "name \"a\tb\"", "f:1:8: a tab may not stand in a string" },
	{ "name \"a\"b", "f:1:9: a blank is missing behind the string" },
	{ "only {\n", "f:1:1: only: this block is not closed by }" },
	{ "on no\n }\n", "f:2:2: this } closes no block" },
	{ "only { } on no", "f:1:10: a new line must begin here" },
	{ "leaf a b {\n}", "f:1:1: leaf: a block has at most one name" },
	{ "# \xe3\x81\x82\x07", "f:1:4: control character 0x07" },
	{ "on \x7f", "f:1:4: control character 0x7f" },
	{ "on no\ron yes", "f:1:6: control character 0x0d" },
	{ "# \x83\x65", "f:1:3: this is not UTF-8 text" },
	{ "# \xc0\xaf", "f:1:3: this is not UTF-8 text" },
	{ "# \xed\xa0\x80", "f:1:3: this is not UTF-8 text" },
	{ "# \xf4\x90\x80\x80", "f:1:3: this is not UTF-8 text" },
	{ "# \xc2\x85", "f:1:3: this is not UTF-8 text" },
	{ "# \xe3\x81", "f:1:3: this is not UTF-8 text" },
	{ "\xff\xfeo", "f: this is UTF-16; save it as UTF-8" },
};

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		ATF_CHECK_STREQ(bad(errors[i].text), errors[i].message);
}

/* n times `unit`, then `end`. */
static char *
repeated(const char *unit, size_t n, const char *end, size_t *len)
{
	size_t size = strlen(unit), i;
	char *text;

	*len = size * n + strlen(end);
	ATF_REQUIRE((text = malloc(*len + 1)) != NULL);
	for (i = 0; i < size * n; i++)
		text[i] = unit[i % size];
	strlcpy(text + size * n, end, strlen(end) + 1);
	return (text);
}

static void
limit(const char *unit, size_t n, const char *end, const char *message)
{
	struct conf_error ce = { .ce_text = "" };
	struct conf *cf;
	size_t len;
	char *text = repeated(unit, n, end, &len);

	cf = conf_parse("f", text, len, &ce);
	free(text);
	ATF_CHECK_MSG((cf == NULL) == (message != NULL), "%s: %s", unit,
	    ce.ce_text);
	ATF_CHECK_STREQ(ce.ce_text, message == NULL ? "" : message);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	limit("a{", CONF_DEPTH, "}}}}}}}}", NULL);
	limit("a{", CONF_DEPTH + 1, "}}}}}}}}}",
	    "more than 8 blocks inside each other");
	limit("a{\n", 1000000, "", "more than 8 blocks inside each other");
	limit("a\n", CONF_NODES, "", NULL);
	limit("a\n", CONF_NODES + 1, "", "more than 100000 entries");
	limit(" a", CONF_VALUES + 1, "\n", NULL);
	limit(" a", CONF_VALUES + 2, "\n", "more than 16 values");
	limit("a", CONF_SIZE, "", NULL);
	limit("a", CONF_SIZE + 1, "", "larger than 4194304 bytes");
	limit("a", 100 << 20, "\n", "larger than 4194304 bytes");
	limit("#", CONF_SIZE, "", NULL);
	limit("\n", CONF_SIZE, "", NULL);
	limit("}", CONF_SIZE, "", "this } closes no block");
}

/* Many entries with one key must not take quadratic time. */
ATF_TC_WITHOUT_HEAD(many_names);
ATF_TC_BODY(many_names, tc)
{
	struct conf_error ce;
	struct conf *cf;
	char *text = malloc(CONF_NODES * 20);
	size_t len = 0;
	int i;

	ATF_REQUIRE(text != NULL);
	for (i = 0; i < CONF_NODES; i++)
		len += (size_t)sprintf(text + len, "leaf n%d {\n}\n",
		    i % (CONF_NODES - 1));
	ATF_REQUIRE((cf = conf_parse("f", text, len, &ce)) != NULL);
	ATF_CHECK_EQ(conf_check(cf, toy, "f", &ce), -1);
	ATF_CHECK_EQ(ce.ce_line, CONF_NODES * 2 - 1);
	conf_free(cf);
	free(text);
}

ATF_TC_WITHOUT_HEAD(nul);
ATF_TC_BODY(nul, tc)
{
	struct conf_error ce;

	ATF_CHECK(conf_parse("f", "on\0no", 5, &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "control character 0x00");
	ATF_CHECK_EQ(ce.ce_column, 3);
}

ATF_TC_WITHOUT_HEAD(change);
ATF_TC_BODY(change, tc)
{
	struct conf *cf = good("# c\non no # d\nonly {\n\tnote a\n\tspeed 1\n"
			       "\tnote b\n}\n"),
		    *leaf_a;
	struct conf *only = TAILQ_NEXT(TAILQ_FIRST(&cf->cf_children), cf_entry);
	struct conf_error ce;
	char *out;

	ATF_REQUIRE_EQ(conf_set(cf, "on", "yes"), 0);
	ATF_REQUIRE_EQ(conf_set(cf, "keepalive", "3s"), 0);
	ATF_REQUIRE_EQ(conf_set(only, "note", "a b"), 0);
	ATF_REQUIRE_EQ(conf_add(only, "note", "}"), 0);
	conf_remove(only, "speed");
	conf_remove(only, "secret");
	ATF_REQUIRE((leaf_a = conf_add_block(cf, "leaf", "x")) != NULL);
	ATF_REQUIRE_EQ(conf_set(leaf_a, "secret", "q\"\\"), 0);
	/* what was added can be looked up and masked before a new check */
	ATF_CHECK_STREQ(conf_str(leaf_a, "secret"), "q\"\\");
	ATF_CHECK_EQ(conf_int(leaf_a, "speed"), 5);
	ATF_REQUIRE_EQ(conf_check(cf, toy, "f", &ce), 0);
	out = conf_print(cf, CONF_PLAIN);
	ATF_CHECK_STREQ(out,
	    "# c\non yes # d\nonly {\n\tnote \"a b\"\n"
	    "\tnote \"}\"\n}\nkeepalive 3s\nleaf x {\n\tsecret \"q\\\"\\\\\"\n"
	    "}\n");
	free(out);
	out = conf_print(leaf_a, CONF_MASK);
	ATF_CHECK_STREQ(out, "secret \"********\"\n");
	free(out);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(load);
ATF_TC_BODY(load, tc)
{
	struct conf_error ce;
	struct conf *cf;
	FILE *f;

	ATF_CHECK(conf_load("absent", &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "No such file or directory");
	ATF_CHECK(conf_load("/", &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "not a regular file");
	ATF_CHECK(conf_load("/dev/zero", &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "not a regular file");
	ATF_REQUIRE_EQ(mkfifo("fifo", 0600), 0);
	ATF_CHECK(conf_load("fifo", &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "not a regular file");
	ATF_REQUIRE((f = fopen("file", "w")) != NULL);
	fputs("on no\n", f);
	fclose(f);
	ATF_REQUIRE((cf = conf_load("file", &ce)) != NULL);
	conf_free(cf);
	ATF_REQUIRE_EQ(truncate("file", 1LL << 30), 0);
	ATF_CHECK(conf_load("file", &ce) == NULL);
	ATF_CHECK_STREQ(ce.ce_text, "larger than 4194304 bytes");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, rewrite_keeps);
	ATF_TP_ADD_TC(tp, mask);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, many_names);
	ATF_TP_ADD_TC(tp, nul);
	ATF_TP_ADD_TC(tp, change);
	ATF_TP_ADD_TC(tp, load);
	return (atf_no_error());
}
