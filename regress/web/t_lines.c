/* SPDX-License-Identifier: ISC */
/*
 * What differs between two texts.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../usr.sbin/webconfd/lines.c"

static char got[1 << 16];

static void
take(char kind, const char *text, size_t len, void *arg)
{
	size_t n = strlen(got);

	(void)arg;
	snprintf(got + n, sizeof(got) - n, "%c%.*s\n", kind, (int)len, text);
}

static void
check(const char *old, const char *new, const char *want)
{
	got[0] = '\0';
	lines_compare(old, new, take, NULL);
	ATF_CHECK_STREQ(want, got);
}

ATF_TC_WITHOUT_HEAD(cases);
ATF_TC_BODY(cases, tc)
{
	check("", "", "");
	check("a\n", "a\n", "");
	check("", "a\nb\n", "+a\n+b\n");
	check("a\nb", "", "-a\n-b\n");
	check("a\nb\nc\n", "a\nc\n", " a\n-b\n c\n");
	check("a\nc\n", "a\nb\nc\n", " a\n+b\n c\n");
	check("a\nx\nc\n", "a\ny\nc\n", " a\n-x\n+y\n c\n");
	check("a\n\nb\n", "a\nb\n", " a\n-\n b\n");
	/* what is far from a change is left out */
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
	    "@\n 6\n 7\n 8\n-9\n+x\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\n",
	    "-1\n+x\n 2\n 3\n 4\n");
	check("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	    "-a\n+A\n 1\n 2\n 3\n@\n 5\n 6\n 7\n-b\n+B\n");
	check("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	    "-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

static char *
text_of(unsigned int lines, unsigned int words)
{
	char *text = calloc(lines + 1, 4);
	unsigned int i, n;

	ATF_REQUIRE(text != NULL);
	for (i = 0; i < lines; i++) {
		n = (unsigned int)random() % words;
		text[3 * i] = (char)('0' + n / 10);
		text[3 * i + 1] = (char)('0' + n % 10);
		text[3 * i + 2] = '\n';
	}
	return (text);
}

struct both {
	char bo_old[8192];
	char bo_new[8192];
};

/* Without what is left out: kinds ' ' and '-' are the old text, ' ' and '+'. */
static void
rebuild(char kind, const char *text, size_t len, void *arg)
{
	struct both *bo = arg;
	size_t n = strlen(bo->bo_old), m = strlen(bo->bo_new);

	ATF_REQUIRE(kind == ' ' || kind == '-' || kind == '+');
	if (kind != '+')
		snprintf(bo->bo_old + n, sizeof(bo->bo_old) - n, "%.*s\n",
		    (int)len, text);
	if (kind != '-')
		snprintf(bo->bo_new + m, sizeof(bo->bo_new) - m, "%.*s\n",
		    (int)len, text);
}

/* Texts of few lines come out whole, since no two changes are far apart. */
ATF_TC_WITHOUT_HEAD(random_texts);
ATF_TC_BODY(random_texts, tc)
{
	static struct both both;
	char *old, *new, from[32], to[32];
	unsigned int i;

	srandom(1);
	for (i = 0; i < 2000; i++) {
		old = text_of((unsigned int)random() % 6, 3);
		new = text_of((unsigned int)random() % 6, 3);
		/* a change at both ends keeps all in sight */
		snprintf(from, sizeof(from), "x\n%sx\n", old);
		snprintf(to, sizeof(to), "y\n%sy\n", new);
		memset(&both, 0, sizeof(both));
		lines_compare(from, to, rebuild, &both);
		ATF_CHECK_STREQ(from, both.bo_old);
		ATF_CHECK_STREQ(to, both.bo_new);
		free(old);
		free(new);
	}
}

/* Beyond the table's size: replaced as a whole, in little time and memory. */
ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	char *old = text_of(3000, 90), *new = text_of(3000, 80);
	const char *p;
	unsigned int minus = 0, plus = 0;

	got[0] = '\0';
	lines_compare(old, new, take, NULL);
	for (p = got; *p != '\0'; p += strcspn(p, "\n") + 1) {
		minus += *p == '-';
		plus += *p == '+';
	}
	ATF_CHECK(minus > 2900 && minus <= 3000);
	ATF_CHECK(plus > 2900 && plus <= 3000);
	free(old);
	free(new);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cases);
	ATF_TP_ADD_TC(tp, random_texts);
	ATF_TP_ADD_TC(tp, large);
	return (atf_no_error());
}
