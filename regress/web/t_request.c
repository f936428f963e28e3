/* SPDX-License-Identifier: ISC */
/*
 * What webconfd reads from browsers: requests, forms, tokens, and text made
 * fit for a page.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../usr.sbin/webconfd/pairs.c"
#include "../../usr.sbin/webconfd/request.c"

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_0"
#define GET "GET /setup HTTP/1.1\r\nHost: box:8443\r\n"
#define POST "POST /settings HTTP/1.1\r\nHost: box:8443\r\n"

/* In a block of its own size, so that ASan sees what is read beyond. */
static int
parse(const char *text, size_t len, struct request *rq)
{
	char *copy = malloc(len == 0 ? 1 : len);
	int status;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	status = request_parse(copy, len, rq);
	free(copy);
	return (status);
}

static int
form(const char *text, size_t len, struct pairs *pr)
{
	char *copy = malloc(len == 0 ? 1 : len);
	int status;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	status = request_form(copy, len, pr);
	free(copy);
	return (status);
}

ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ GET "\r\n", 0 },
		{ GET, 1 },
		{ "", 1 },
		{ "GET /setup?a=b HTTP/1.0\r\nHost: x\r\n\r\n", 0 },
		{ "HEAD / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", 0 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
		{ "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET /#x HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
		{ "GET / HTTP/1.1\nHost: x\n\n", 400 },
		{ "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 405 },
		{ "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ POST "\r\n", 400 },
		{ POST "Content-Length: 0\r\n\r\n", 0 },
		{ POST "Content-Length: 65536\r\n\r\n", 0 },
		{ POST "Content-Length: 65537\r\n\r\n", 413 },
		{ POST "Content-Length: 99999999999999999999\r\n\r\n", 400 },
		{ POST "Content-Length: +1\r\n\r\n", 400 },
		{ POST "Content-Length: 1, 1\r\n\r\n", 400 },
		{ POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
		{ POST "Transfer-Encoding: chunked\r\n\r\n", 501 },
		{ GET "Content-Length: 1\r\n\r\n", 400 },
		{ GET "Origin: a\r\nOrigin: b\r\n\r\n", 400 },
	};
	struct request rq;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].status,
		    parse(cases[i].text, strlen(cases[i].text), &rq), "%s",
		    cases[i].text);
}

ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	static const char *const cases[][2] = {
		{ "/setup", "/setup" },
		{ "/setup?x=../y", "/setup" },
		{ "/..", "/.." },
		{ "/%2e%2e/x", "" },
		{ "/all/hubd/hub:a_b/user:+", "/all/hubd/hub:a_b/user:+" },
		{ "/a;b", "" },
		{ "/a\\b", "" },
	};
	struct request rq;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
		    "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i][0]);
		ATF_CHECK_EQ(0, parse(text, strlen(text), &rq));
		ATF_CHECK_STREQ(cases[i][1], rq.rq_path);
	}
	snprintf(text, sizeof(text), "GET /%0300d HTTP/1.1\r\nHost: x\r\n\r\n",
	    1);
	ATF_CHECK_EQ(0, parse(text, strlen(text), &rq));
	ATF_CHECK_STREQ("", rq.rq_path);
}

static struct request
request_with(const char *fields)
{
	struct request rq;
	char text[1024];

	snprintf(text, sizeof(text), GET "%s\r\n", fields);
	ATF_REQUIRE_EQ_MSG(0, parse(text, strlen(text), &rq), "%s", fields);
	return (rq);
}

ATF_TC_WITHOUT_HEAD(cookies);
ATF_TC_BODY(cookies, tc)
{
#define OURS "__Host-longwire=" TOKEN
	ATF_CHECK_STREQ(TOKEN, request_with("Cookie: " OURS "\r\n").rq_cookie);
	ATF_CHECK_STREQ(TOKEN,
	    request_with("Cookie: a=b; " OURS "; c\r\n").rq_cookie);
	ATF_CHECK_STREQ(TOKEN,
	    request_with("Cookie: a=b\r\nCookie: " OURS "\r\n").rq_cookie);
	ATF_CHECK_STREQ("",
	    request_with("Cookie: " OURS "; " OURS "\r\n").rq_cookie);
	ATF_CHECK_STREQ("",
	    request_with("Cookie: " OURS "\r\nCookie: " OURS "\r\n").rq_cookie);
	ATF_CHECK_STREQ("", request_with("Cookie: " OURS "x\r\n").rq_cookie);
	ATF_CHECK_STREQ("",
	    request_with("Cookie: __host-longwire=" TOKEN "\r\n").rq_cookie);
	ATF_CHECK_STREQ("", request_with("").rq_cookie);
}

ATF_TC_WITHOUT_HEAD(origins);
ATF_TC_BODY(origins, tc)
{
	ATF_CHECK(request_with("").rq_same_origin);
	ATF_CHECK(request_with("Origin: https://box:8443\r\n").rq_same_origin);
	ATF_CHECK(request_with("Origin: https://BOX:8443\r\n").rq_same_origin);
	ATF_CHECK(!request_with("Origin: http://box:8443\r\n").rq_same_origin);
	ATF_CHECK(!request_with("Origin: https://box\r\n").rq_same_origin);
	ATF_CHECK(!request_with("Origin: null\r\n").rq_same_origin);
	ATF_CHECK(!request_with("Origin:\r\n").rq_same_origin);
	ATF_CHECK(!request_with("Sec-Fetch-Site: same-site\r\n")
		       .rq_same_origin);
	ATF_CHECK(request_with("Sec-Fetch-Site: same-origin\r\n")
		      .rq_same_origin);
}

ATF_TC_WITHOUT_HEAD(languages);
ATF_TC_BODY(languages, tc)
{
#define LANGUAGE(s) request_with("Accept-Language: " s "\r\n").rq_ja
	ATF_CHECK(LANGUAGE("ja"));
	ATF_CHECK(LANGUAGE("ja-JP,ja;q=0.9,en;q=0.8"));
	ATF_CHECK(LANGUAGE("en;q=0.5, ja"));
	ATF_CHECK(LANGUAGE("fr, ja;q=0.1"));
	ATF_CHECK(!LANGUAGE("en, ja"));
	ATF_CHECK(!LANGUAGE("ja;q=0"));
	ATF_CHECK(!LANGUAGE("ja;q=x, ja;;q=1, ,;"));
	ATF_CHECK(!LANGUAGE("jav"));
	ATF_CHECK(!request_with("").rq_ja);
}

ATF_TC_WITHOUT_HEAD(encodings);
ATF_TC_BODY(encodings, tc)
{
#define GZIP(s) request_with("Accept-Encoding: " s "\r\n").rq_gzip
	ATF_CHECK(GZIP("gzip"));
	ATF_CHECK(GZIP("br, GZIP;q=0.1"));
	ATF_CHECK(!GZIP("gzip;q=0"));
	ATF_CHECK(!GZIP("gzip;q=x, xgzip, ,;"));
	ATF_CHECK(!GZIP("*"));
	ATF_CHECK(!request_with("").rq_gzip);
}

ATF_TC_WITHOUT_HEAD(forms);
ATF_TC_BODY(forms, tc)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "", 0 },
		{ "&&a=b&&", 0 },
		{ "a", 0 },
		{ "a=%", 400 },
		{ "a=%4", 400 },
		{ "a=%4g", 400 },
		{ "a=%00", 400 },
		{ "a=%0A", 400 },
		{ "a=%0d%0a", 400 },
		{ "a=\n", 400 },
		{ "a=%7f", 400 },
		{ "a=%c2%85", 400 },
		{ "a=%c0%af", 400 },
		{ "a=%ed%a0%80", 400 },
		{ "a=%f5%80%80%80", 400 },
		{ "a=%e3%81", 400 },
		{ "%0a=b", 400 },
		{ "a=%e3%81%82", 0 },
	};
	struct pairs pr = { .pr_len = 0 };
	const char *text = "a=1&b=x+y%2Bz&a=2&c==&=d&e=%26%3D%22%3c";
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].status,
		    form(cases[i].text, strlen(cases[i].text), &pr), "%s",
		    cases[i].text);
	ATF_CHECK_STREQ("\xe3\x81\x82", pairs_str(&pr, "a"));
	ATF_CHECK_EQ(400, form("a=\0", 3, &pr));
	ATF_REQUIRE_EQ(0, form(text, strlen(text), &pr));
	ATF_CHECK_STREQ("1", pairs_str(&pr, "a"));
	ATF_CHECK(pairs_has(&pr, "a", "2"));
	ATF_CHECK(!pairs_has(&pr, "a", "3"));
	ATF_CHECK_STREQ("x y+z", pairs_str(&pr, "b"));
	ATF_CHECK_STREQ("=", pairs_str(&pr, "c"));
	ATF_CHECK_STREQ("d", pairs_str(&pr, ""));
	ATF_CHECK_STREQ("&=\"<", pairs_str(&pr, "e"));
	ATF_CHECK(pairs_get(&pr, "f") == NULL);
}

ATF_TC_WITHOUT_HEAD(form_limits);
ATF_TC_BODY(form_limits, tc)
{
	static char text[REQUEST_BODY_MAX];
	struct pairs pr = { .pr_len = 0 };
	size_t i;

	memset(text, 'a', sizeof(text));
	text[1] = '=';
	ATF_CHECK_EQ(0, form(text, REQUEST_FIELD_MAX + 2, &pr));
	ATF_CHECK_EQ(413, form(text, REQUEST_FIELD_MAX + 3, &pr));
	/* a long name, many fields, many long fields */
	ATF_CHECK_EQ(413, form(text + 2, 100, &pr));
	for (i = 1; i < sizeof(text); i += 2)
		text[i] = '&';
	ATF_CHECK_EQ(0, form(text, (size_t)PAIRS_MAX * 2, &pr));
	ATF_CHECK_EQ(413, form(text, (size_t)PAIRS_MAX * 2 + 2, &pr));
	memset(text, 'a', sizeof(text));
	for (i = 0; i + 1000 < sizeof(text); i += 1000) {
		text[i] = '&';
		text[i + 2] = '=';
	}
	ATF_CHECK_EQ(413, form(text, sizeof(text), &pr));
	ATF_CHECK_EQ(0, pr.pr_len);
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	struct pairs pr = { .pr_len = 0 };
	const char *k = NULL, *v = NULL;
	size_t pos = 0;

	ATF_CHECK(pairs_take(&pr, "", 0));
	ATF_CHECK(!pairs_take(&pr, "a", 1));
	ATF_CHECK(!pairs_take(&pr, "a\0", 2));
	ATF_CHECK(!pairs_take(&pr, "a\0b", 3));
	ATF_CHECK(!pairs_take(&pr, "a\0b\0c\0", 6));
	ATF_REQUIRE(pairs_take(&pr, "a\0b\0\0\0", 6));
	ATF_REQUIRE(pairs_next(&pr, &pos, &k, &v));
	ATF_CHECK_STREQ("b", v);
	ATF_REQUIRE(pairs_next(&pr, &pos, &k, &v));
	ATF_CHECK_STREQ("", k);
	ATF_CHECK(!pairs_next(&pr, &pos, &k, &v));
	ATF_CHECK(pairs_addf(&pr, "n", "%d", 7));
	ATF_CHECK_STREQ("7", pairs_str(&pr, "n"));
	while (pairs_add(&pr, "k", TOKEN))
		;
	ATF_CHECK(pr.pr_full);
	ATF_CHECK(pr.pr_len <= PAIRS_SIZE);
}

ATF_TC_WITHOUT_HEAD(escape);
ATF_TC_BODY(escape, tc)
{
	static const char hostile[] = "<b a='x' c=\"y\">&amp;\xe3\x81\x82";
	static const char safe[] = "&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;"
				   "&amp;amp;\xe3\x81\x82";
	char out[256], *small;
	size_t i, n = request_escape(hostile, out, sizeof(out));

	ATF_CHECK_STREQ(safe, out);
	ATF_CHECK_EQ(sizeof(safe) - 1, n);
	for (i = 0; i < sizeof(safe) + 3; i++) {
		small = malloc(i == 0 ? 1 : i);
		ATF_REQUIRE(small != NULL);
		ATF_CHECK_EQ(n, request_escape(hostile, small, i));
		if (i > 0) {
			ATF_CHECK(strlen(small) < i);
			ATF_CHECK(strpbrk(small, "<>\"'") == NULL);
		}
		free(small);
	}
}

ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	uint8_t raw[32];
	char token[REQUEST_TOKEN_LEN + 1];

	memset(raw, 0xfb, sizeof(raw));
	request_token(raw, token);
	ATF_CHECK_EQ(REQUEST_TOKEN_LEN, strlen(token));
	ATF_CHECK(request_token_ok(token, strlen(token)));
	ATF_CHECK(!request_token_ok(token, REQUEST_TOKEN_LEN - 1));
	token[5] = '\n';
	ATF_CHECK(!request_token_ok(token, REQUEST_TOKEN_LEN));
}

/* Good requests with some bytes changed: nothing is read beyond, and what is
 * taken keeps its promises. */
ATF_TC_WITHOUT_HEAD(mutations);
ATF_TC_BODY(mutations, tc)
{
	static const char seed[] =
	    POST "Cookie: a=b; __Host-longwire=" TOKEN "\r\n"
		 "Origin: https://box:8443\r\nAccept-Language: ja;q=0.9,en\r\n"
		 "Content-Type: application/x-www-form-urlencoded\r\n"
		 "Content-Length: 24\r\n\r\n"
		 "a=%e3%81%82&b=x+y&c=%41x";
	static const char bytes[] = "\r\n\0 :;,=%&+/?#-\x7f\xff"
				    "aZ09";
	char text[sizeof(seed)];
	struct pairs pr = { .pr_len = 0 };
	struct request rq;
	unsigned int i, j, good = 0;
	size_t len;

	srandom(1);
	for (i = 0; i < 50000; i++) {
		memcpy(text, seed, sizeof(seed));
		for (j = (unsigned int)random() % 4; j > 0; j--)
			text[(size_t)random() % (sizeof(seed) - 1)] =
			    bytes[(size_t)random() % (sizeof(bytes) - 1)];
		len = i % 3 == 0 ? (size_t)random() % sizeof(seed) :
				   sizeof(seed) - 1;
		if (parse(text, len, &rq) != 0)
			continue;
		ATF_REQUIRE(rq.rq_head <= len);
		ATF_REQUIRE(rq.rq_body <= REQUEST_BODY_MAX);
		ATF_REQUIRE(strspn(rq.rq_path,
				"/.-_:+abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789") == strlen(rq.rq_path));
		ATF_REQUIRE(rq.rq_cookie[0] == '\0' ||
		    request_token_ok(rq.rq_cookie, strlen(rq.rq_cookie)));
		if (form(text + rq.rq_head, len - rq.rq_head, &pr) == 0)
			good++;
	}
	ATF_CHECK(good > 1000);
}

/* What a form with files says of itself. */
ATF_TC_WITHOUT_HEAD(uploads);
ATF_TC_BODY(uploads, tc)
{
	static const struct {
		const char *type;
		int status;
		const char *boundary;
	} cases[] = {
		{ "multipart/form-data; boundary=abc", 0, "abc" },
		{ "Multipart/Form-Data;charset=x;BOUNDARY=\"a'b\"", 0, "a'b" },
		{ "multipart/form-data", 400, "" },
		{ "multipart/form-data; boundary=", 400, "" },
		{ "multipart/form-data; boundary=\"\"", 400, "" },
		{ "multipart/form-data; boundary=a; boundary=a", 400, "" },
		{ "multipart/form-data; boundary=a b", 400, "" },
		{ "multipart/form-data; boundary=a\"b", 400, "" },
		{ "multipart/form-data; boundary=\x80", 400, "" },
		{ "multipart/mixed; boundary=abc", 413, "" },
		{ "text/plain; boundary=abc", 413, "" },
	};
	char text[512];
	struct request rq;
	size_t i;
	int len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = snprintf(text, sizeof(text),
		    POST "Content-Length: %d\r\nContent-Type: %s\r\n\r\n",
		    REQUEST_UPLOAD_MAX, cases[i].type);
		ATF_CHECK_EQ_MSG(cases[i].status, parse(text, (size_t)len, &rq),
		    "%s", cases[i].type);
		if (cases[i].status == 0)
			ATF_CHECK_STREQ(cases[i].boundary, rq.rq_boundary);
	}
	for (i = REQUEST_BOUNDARY_MAX; i <= REQUEST_BOUNDARY_MAX + 1; i++) {
		len = snprintf(text, sizeof(text),
		    POST "Content-Length: 9\r\nContent-Type: "
			 "multipart/form-data; boundary=%0*zu\r\n\r\n",
		    (int)i, i);
		ATF_CHECK_EQ(i == REQUEST_BOUNDARY_MAX ? 0 : 400,
		    parse(text, (size_t)len, &rq));
	}
	len = snprintf(text, sizeof(text),
	    POST "Content-Length: %d\r\nContent-Type: "
		 "multipart/form-data; boundary=a\r\n\r\n",
	    REQUEST_UPLOAD_MAX + 1);
	ATF_CHECK_EQ(413, parse(text, (size_t)len, &rq));
}

/* A value that came as it is: what cannot be one. */
ATF_TC_WITHOUT_HEAD(plain_fields);
ATF_TC_BODY(plain_fields, tc)
{
	static char big[REQUEST_FIELD_MAX + 1];
	static struct pairs pr;

	ATF_CHECK_EQ(0, request_field(&pr, "a", "b c%41+", 7));
	ATF_CHECK_STREQ("b c%41+", pairs_str(&pr, "a"));
	ATF_CHECK_EQ(0, request_field(&pr, "b", "\xe6\x9d\xb1", 3));
	ATF_CHECK_EQ(0, request_field(&pr, "c", "", 0));
	ATF_CHECK_EQ(400, request_field(&pr, "d", "a\0b", 3));
	ATF_CHECK_EQ(400, request_field(&pr, "d", "a\r\nb", 4));
	ATF_CHECK_EQ(400, request_field(&pr, "d", "\xff", 1));
	ATF_CHECK_EQ(400, request_field(&pr, "d", "\xc2\x85", 2));
	ATF_CHECK(pairs_get(&pr, "d") == NULL);
	memset(big, 'a', sizeof(big));
	ATF_CHECK_EQ(0, request_field(&pr, "e", big, REQUEST_FIELD_MAX));
	ATF_CHECK_EQ(413, request_field(&pr, "f", big, REQUEST_FIELD_MAX + 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, uploads);
	ATF_TP_ADD_TC(tp, plain_fields);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, paths);
	ATF_TP_ADD_TC(tp, cookies);
	ATF_TP_ADD_TC(tp, origins);
	ATF_TP_ADD_TC(tp, languages);
	ATF_TP_ADD_TC(tp, encodings);
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, form_limits);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, escape);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, mutations);
	return (atf_no_error());
}
