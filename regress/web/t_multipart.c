/* SPDX-License-Identifier: ISC */
/*
 * Forms with files: what is taken and what is not, in pieces of every size.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../usr.sbin/webconfd/multipart.c"

#define CD "Content-Disposition: form-data; "
#define FILE_HEAD "\r\n--B\r\n" CD "name=\"f\"; filename=\"x\"\r\n\r\n"

/* What the parser said of a body: "part f(file) data... end", as one text. */
struct story {
	char text[4096];
};

static void
tell(struct story *st, const char *text, size_t len)
{
	size_t have = strlen(st->text);

	ATF_REQUIRE(have + len < sizeof(st->text));
	memcpy(st->text + have, text, len);
	st->text[have + len] = '\0';
}

static void
tell_event(struct story *st, const struct multipart *mp,
    enum multipart_event event)
{
	switch (event) {
	case MULTIPART_PART:
		tell(st, mp->mp_file ? "<file " : "<", mp->mp_file ? 6 : 1);
		tell(st, mp->mp_name, strlen(mp->mp_name));
		tell(st, ":", 1);
		break;
	case MULTIPART_DATA:
		ATF_REQUIRE(mp->mp_len > 0);
		tell(st, mp->mp_data, mp->mp_len);
		break;
	case MULTIPART_PART_END:
		tell(st, ">", 1);
		break;
	case MULTIPART_END:
		tell(st, ".", 1);
		break;
	case MULTIPART_BAD:
		tell(st, "!", 1);
		break;
	default:
		break;
	}
}

/* The body, `step` bytes at a time, each time in a block of its own size. */
static void
feed(const char *boundary, const char *body, size_t len, size_t step,
    struct story *st)
{
	struct multipart mp;
	enum multipart_event event = MULTIPART_MORE;
	size_t at = 0, have = 0, used;
	char *copy;

	memset(st, 0, sizeof(*st));
	multipart_init(&mp, boundary);
	while (event != MULTIPART_END && event != MULTIPART_BAD) {
		if (at + have == len && event == MULTIPART_MORE && have == 0)
			break;
		copy = calloc(1, have == 0 ? 1 : have);
		ATF_REQUIRE(copy != NULL);
		memcpy(copy, body + at, have);
		event = multipart_next(&mp, copy, have, &used);
		ATF_REQUIRE(used <= have);
		tell_event(st, &mp, event);
		free(copy);
		at += used;
		have -= used;
		if (event == MULTIPART_MORE && used == 0) {
			if (at + have == len)
				break;
			have += step < len - at - have ? step : len - at - have;
		}
	}
}

static void
expect(const char *boundary, const char *body, size_t len, const char *want)
{
	struct story st;
	size_t step;

	for (step = 1; step <= len; step++) {
		feed(boundary, body, len, step, &st);
		if (strcmp(st.text, want) != 0)
			atf_tc_fail("in steps of %zu: %s, not %s", step,
			    st.text, want);
	}
}

ATF_TC_WITHOUT_HEAD(bodies);
ATF_TC_BODY(bodies, tc)
{
	static const struct {
		const char *body;
		const char *want;
	} cases[] = {
		{ "--B\r\n" CD "name=\"token\"\r\n\r\nabc" FILE_HEAD
		  "data\r\n--B--\r\n",
		    "<token:abc><file f:data>." },
		/* empty parts, an empty file */
		{ "--B\r\n" CD "name=\"a\"\r\n\r\n\r\n--B\r\n" CD
		  "name=\"f\"; filename=\"\"\r\n\r\n\r\n--B--\r\n",
		    "<a:><file f:>." },
		/* what only begins like a delimiter */
		{ "--B\r\n" CD
		  "name=\"a\"\r\n\r\n\r\n-\r\n--\r\r\n--A\r\n--B--",
		    "<a:\r\n-\r\n--\r\r\n--A>." },
		/* other heads; what is not quoted */
		{ "--B\r\nContent-Type: text/plain; charset=x\r\n"
		  "content-disposition: FORM-DATA;name=a ; x=y\r\nX:\r\n\r\n1"
		  "\r\n--B--",
		    "<a:1>." },
		/* tricks with the file's name: nobody reads it */
		{ "--B\r\n" CD "name=\"f\"; filename=\"../../etc/passwd\""
		  "\r\n\r\n1\r\n--B--",
		    "<file f:1>." },
		{ "--B\r\n" CD "name=\"f\"; filename=\"a\\\"; name=\\\"b\""
		  "\r\n\r\n1\r\n--B--",
		    "<file f:1>." },
		{ "--B\r\n" CD
		  "filename*=utf-8''x; name=\"f\"\r\n\r\n1\r\n--B--",
		    "<file f:1>." },
		/* truncated */
		{ "--B\r\n" CD "name=\"a\"\r\n\r\nabc\r\n--", "<a:abc" },
		{ "--B\r\n" CD "name=\"a\"\r\n\r\nabc\r\n--B", "<a:abc>" },
		{ "--", "" },
		/* another boundary, a preamble, none at all */
		{ "--C\r\n" CD "name=\"a\"\r\n\r\n1\r\n--C--", "!" },
		{ "x\r\n--B\r\n" CD "name=\"a\"\r\n\r\n1\r\n--B--", "!" },
		{ "token=abc", "!" },
		{ "--Bx\r\n" CD "name=\"a\"\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"a\"\r\n\r\n1\r\n--BB--", "<a:1>!" },
		/* heads that are none */
		{ "--B\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\nContent-Type: a/b\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"\"\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "filename=\"x\"\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"a\"; name=\"b\"\r\n\r\n1\r\n--B--",
		    "!" },
		{ "--B\r\n" CD "name=\"a\"\r\n" CD "name=\"b\"\r\n\r\n1\r\n"
		  "--B--",
		    "!" },
		{ "--B\r\n" CD "name=\"a\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"a\\\"\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"a\"x\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\n" CD "name=\"a\xc3\xa4\"\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\nContent-Disposition: attachment; name=\"a\""
		  "\r\n\r\n1\r\n--B--",
		    "!" },
		{ "--B\r\nno colon\r\n" CD "name=\"a\"\r\n\r\n1\r\n--B--",
		    "!" },
		{ "--B\r\n" CD "name=\"a\"\n\r\n\r\n1\r\n--B--", "!" },
		{ "--B\r\nContent-Transfer-Encoding: base64\r\n" CD
		  "name=\"a\"\r\n\r\n1\r\n--B--",
		    "!" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect("B", cases[i].body, strlen(cases[i].body),
		    cases[i].want);
}

/* Bytes of any value go through as they are. */
ATF_TC_WITHOUT_HEAD(binary);
ATF_TC_BODY(binary, tc)
{
	char body[2048], want[2048];
	size_t len, head, i;
	struct story st;
	size_t step;

	head = (size_t)snprintf(body, sizeof(body), "--B%s", FILE_HEAD + 5);
	len = head;
	for (i = 0; i < 1024; i++)
		body[len++] = (char)(i * 7 % 255 + 1);
	len += strlcpy(body + len, "\r\n--B--", sizeof(body) - len);
	snprintf(want, sizeof(want), "<file f:%.1024s>.", body + head);
	for (step = 1; step < 90; step++) {
		feed("B", body, len, step, &st);
		ATF_CHECK(strcmp(st.text, want) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct multipart mp;
	char body[MULTIPART_ROOM];
	size_t used, len, i;
	enum multipart_event event;

	/* a head without end */
	multipart_init(&mp, "B");
	(void)strlcpy(body, "--B\r\n", sizeof(body));
	memset(body + 5, 'a', sizeof(body) - 5);
	ATF_CHECK_EQ(MULTIPART_MORE, multipart_next(&mp, body, 5, &used));
	ATF_CHECK_EQ(MULTIPART_MORE, multipart_next(&mp, body + 3, 2, &used));
	ATF_CHECK_EQ(MULTIPART_BAD,
	    multipart_next(&mp, body + 5, MULTIPART_HEAD_MAX, &used));
	ATF_CHECK_EQ(MULTIPART_BAD, multipart_next(&mp, "--B", 3, &used));
	/* parts without end */
	multipart_init(&mp, "B");
	(void)multipart_next(&mp, "--B", 3, &used);
	len = (size_t)snprintf(body, sizeof(body),
	    "\r\n" CD "name=a\r\n\r\n\r\n--B");
	for (i = 0; i <= MULTIPART_PARTS_MAX; i++) {
		size_t at = 0;

		do {
			event = multipart_next(&mp, body + at, len - at, &used);
			at += used;
		} while (event != MULTIPART_BAD && at < len);
		ATF_CHECK_EQ(i == MULTIPART_PARTS_MAX, event == MULTIPART_BAD);
	}
	/* a name without end */
	multipart_init(&mp, "B");
	(void)multipart_next(&mp, "--B", 3, &used);
	(void)multipart_next(&mp, "\r\n", 2, &used);
	len = (size_t)snprintf(body, sizeof(body), CD "name=%0*d\r\n\r\n",
	    MULTIPART_NAME_MAX, 1);
	ATF_CHECK_EQ(MULTIPART_BAD, multipart_next(&mp, body, len, &used));
}

ATF_TC_WITHOUT_HEAD(boundary);
ATF_TC_BODY(boundary, tc)
{
	char text[80], body[512], want[128];
	int len;

	/* the longest, and what differs from it at its end */
	snprintf(text, sizeof(text), "%070d", 0);
	len = snprintf(body, sizeof(body),
	    "--%s\r\n" CD "name=a\r\n\r\n\r\n--%069d1\r\n--%s--", text, 0,
	    text);
	snprintf(want, sizeof(want), "<a:\r\n--%069d1>.", 0);
	expect(text, body, (size_t)len, want);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bodies);
	ATF_TP_ADD_TC(tp, binary);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, boundary);
	return (atf_no_error());
}
