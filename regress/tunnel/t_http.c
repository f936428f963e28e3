/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "crypto/base64.h"
#include "tunnel/http.h"
#include "tunnel/http_head.h"

#define PATH "/.well-known/masque/ethernet"
#define HOST "Host: hub.example.com\r\n"
#define UP "Connection: Upgrade\r\nUpgrade: connect-ethernet\r\n"
#define GET "GET " PATH "/ HTTP/1.1\r\n"
#define END "\r\n"

/* A copy of exact size, so that ASan sees a read too far. */
static enum http_result
parse(const char *text, size_t len, struct http_request *rq)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum http_result hr;
	const char *why = NULL;
	size_t used;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	hr = http_parse_request(copy, len, rq, &used, &why);
	if (hr == HTTP_BAD)
		ATF_CHECK(why != NULL);
	if (hr == HTTP_TUNNEL || hr == HTTP_OTHER)
		ATF_CHECK(used <= len && used > 0);
	free(copy);
	return (hr);
}

/* Figure 1 of the draft, section 4.2, to the letter. */
ATF_TC_WITHOUT_HEAD(draft_example);
ATF_TC_BODY(draft_example, tc)
{
	static const char text[] =
	    "GET https://example.org/.well-known/masque/ethernet/ HTTP/1.1\r\n"
	    "Host: example.org\r\n"
	    "Connection: Upgrade\r\n"
	    "Upgrade: connect-ethernet\r\n"
	    "Capsule-Protocol: ?1\r\n"
	    "\r\n";
	struct http_request rq;
	size_t n;

	ATF_CHECK_EQ(HTTP_TUNNEL, parse(text, strlen(text), &rq));
	ATF_CHECK_STREQ("example.org", rq.hr_host);
	ATF_CHECK_STREQ("", rq.hr_hub);
	ATF_CHECK_STREQ("", rq.hr_user);
	ATF_CHECK_EQ(0, rq.hr_ext.hx_context);
	for (n = 0; n < strlen(text); n++)
		ATF_CHECK_EQ(HTTP_MORE, parse(text, n, &rq));
}

ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	static const struct {
		const char *c_text;
		enum http_result c_result;
		const char *c_hub, *c_user, *c_password;
	} cases[] = {
		{ GET HOST UP END, HTTP_TUNNEL, "", "", "" },
		{ "GET " PATH " HTTP/1.1\r\n" HOST UP END, HTTP_TUNNEL, "", "",
		    "" },
		{ "GET " PATH "/?x=/../ HTTP/1.1\r\n" HOST UP END, HTTP_TUNNEL,
		    "", "", "" },
		{ "GET " PATH "/a.B-9_ HTTP/1.1\r\n" HOST UP END, HTTP_TUNNEL,
		    "a.B-9_", "", "" },
		{ "GET " PATH "/%6fffice%2DA HTTP/1.1\r\n" HOST UP END,
		    HTTP_TUNNEL, "office-A", "", "" },
		{ "GET HTTPS://h:8443" PATH "/x HTTP/1.1\r\n" HOST UP END,
		    HTTP_TUNNEL, "x", "", "" },
		{ GET "hOST:\thub\t \r\n"
		      "connection: keep-alive ,\tUPGRADE\r\n"
		      "UPGRADE: Connect-Ethernet\r\n" END,
		    HTTP_TUNNEL, "", "", "" },
		{ GET HOST "Connection: close\r\n" UP END, HTTP_TUNNEL, "", "",
		    "" },
		{ GET HOST UP "Authorization: Basic YTpi\r\n" END, HTTP_TUNNEL,
		    "", "a", "b" },
		{ GET HOST UP "Authorization: basic  YTpiOmM=\r\n" END,
		    HTTP_TUNNEL, "", "a", "b:c" },
		/* Not a user's name; other schemes: as if there was none. */
		{ GET HOST UP "Authorization: Basic L2E6Yg==\r\n" END,
		    HTTP_TUNNEL, "", "", "" },
		{ GET HOST UP "Authorization: Bearer abc\r\n" END, HTTP_TUNNEL,
		    "", "", "" },
		/* Something else. */
		{ "GET / HTTP/1.1\r\n" HOST END, HTTP_OTHER, NULL, NULL, NULL },
		{ "GET / HTTP/1.0\r\n" HOST END, HTTP_OTHER, NULL, NULL, NULL },
		{ "GET " PATH "x HTTP/1.1\r\n" HOST UP END, HTTP_OTHER, NULL,
		    NULL, NULL },
		{ "GET /.WELL-known/masque/ethernet/ HTTP/1.1\r\n" HOST UP END,
		    HTTP_OTHER, NULL, NULL, NULL },
		{ "HEAD / HTTP/1.1\r\n" HOST END, HTTP_OTHER, NULL, NULL,
		    NULL },
		{ "OPTIONS * HTTP/1.1\r\n" HOST END, HTTP_OTHER, NULL, NULL,
		    NULL },
		{ "CONNECT a:443 HTTP/1.1\r\n" HOST END, HTTP_OTHER, NULL, NULL,
		    NULL },
		{ "GET http://h HTTP/1.1\r\n" HOST END, HTTP_OTHER, NULL, NULL,
		    NULL },
	};
	struct http_request rq;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].c_result,
		    parse(cases[i].c_text, strlen(cases[i].c_text), &rq),
		    "case %zu: %s", i, cases[i].c_text);
		if (cases[i].c_result != HTTP_TUNNEL)
			continue;
		ATF_CHECK_STREQ(cases[i].c_hub, rq.hr_hub);
		ATF_CHECK_STREQ(cases[i].c_user, rq.hr_user);
		ATF_CHECK_STREQ(cases[i].c_password, rq.hr_password);
	}
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const char *const cases[] = {
		GET UP END,					/* no Host */
		GET HOST HOST UP END,
		GET "Host:\r\n" UP END,
		GET "Host: a b\r\n" UP END,
		GET "Host: a/b\r\n" UP END,
		GET HOST "Connection: Upgrade\r\n" END,
		GET HOST "Upgrade: connect-ethernet\r\n" END,
		GET HOST "Connection: Upgrades\r\n"
			 "Upgrade: connect-ethernet\r\n" END,
		GET HOST UP "Upgrade: connect-ethernet\r\n" END,
		GET HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n" END,
		GET HOST UP "Content-Length: 0\r\n" END,
		GET HOST UP "Transfer-Encoding: chunked\r\n" END,
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END,
		"POST " PATH "/ HTTP/1.1\r\n" HOST UP END,
		"get " PATH "/ HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/ HTTP/1.0\r\n" HOST UP END,
		"GET " PATH "/ HTTP/2.0\r\n" HOST UP END,
		"GET " PATH "/ http/1.1\r\n" HOST UP END,
		"GET " PATH "/ HTTP/1.1 \r\n" HOST UP END,
		"GET  " PATH "/ HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/\r\n" HOST UP END,
		" GET " PATH "/ HTTP/1.1\r\n" HOST UP END,
		"\r\n" GET HOST UP END,
		"GET /#a HTTP/1.1\r\n" HOST END,
		"GET ftp://h/ HTTP/1.1\r\n" HOST END,
		"GET relative HTTP/1.1\r\n" HOST END,
		"GET http:///x HTTP/1.1\r\n" HOST END,
		"GET " PATH "/a/b HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "//a HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/%2e%2e HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/a%00 HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/a%2 HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/a%zz HTTP/1.1\r\n" HOST UP END,
		"GET " PATH "/a%2fb HTTP/1.1\r\n" HOST UP END,
		"GET " PATH
		"/abcdefghijklmnopqrstuvwxyz0123456 HTTP/1.1\r\n" HOST UP END,
		GET HOST UP "Name : x\r\n" END,
		GET HOST UP "Name\r\n" END,
		GET HOST UP ": x\r\n" END,
		GET HOST UP " folded\r\n" END,
		GET HOST UP "A: b\r\n\tfolded\r\n" END,
		GET HOST UP "A: \x01\r\n" END,
		GET HOST UP "A: \x7f\r\n" END,
		GET HOST UP "A: b\rc\r\n" END,
		"GET " PATH "/ HTTP/1.1\n" HOST UP END,
		GET HOST UP "Authorization: Basic YTpi\r\n"
			    "Authorization: Basic YTpi\r\n" END,
		GET HOST UP "Authorization: Basic YTp\r\n" END,
		GET HOST UP "Authorization: Basic YWI=\r\n" END,
		GET HOST UP "Authorization: Basic YQpiOmM=\r\n" END,
		GET HOST UP "Longwire-Offload: 3\r\n" END,
		GET HOST UP "Longwire-Offload: 0\r\n" END,
		GET HOST UP "Longwire-Offload: -2\r\n" END,
		GET HOST UP "Longwire-Offload: 2222222222222222\r\n" END,
		GET HOST UP
		"Longwire-Offload: 2\r\nLongwire-Offload: 2\r\n" END,
		GET HOST UP "Longwire-Twice: 0\r\n" END,
		GET HOST UP "Longwire-Twice: 5\r\n" END,
		GET HOST UP "Longwire-Twice: \r\n" END,
		GET HOST UP "Longwire-Twice: -4\r\n" END,
		GET HOST UP "Longwire-Twice: 4444444444444444\r\n" END,
		GET HOST UP "Longwire-Twice: 4\r\nLongwire-Twice: 6\r\n" END,
		GET HOST UP "Longwire-Offload: 4\r\nLongwire-Twice: 4\r\n" END,
		GET HOST UP "Longwire-Headers: 0\r\n" END,
		GET HOST UP "Longwire-Headers: 7\r\n" END,
		GET HOST UP "Longwire-Headers: x\r\n" END,
		GET HOST UP
		"Longwire-Headers: 6\r\nLongwire-Headers: 6\r\n" END,
		GET HOST UP
		"Longwire-Offload: 6\r\nLongwire-Headers: 6\r\n" END,
		GET HOST UP "Longwire-Twice: 6\r\nLongwire-Headers: 6\r\n" END,
		GET HOST UP "Longwire-Keepalive: 0\r\n" END,
		GET HOST UP "Longwire-Keepalive: 86401\r\n" END,
		GET HOST UP "Longwire-Keepalive: 20s\r\n" END,
		GET HOST UP "Longwire-Session: old\r\n" END,
		GET HOST UP "Longwire-Session: join\r\n" END,
		GET HOST UP "Longwire-Session: join=\"\"\r\n" END,
		GET HOST UP "Longwire-Session: join=abc\r\n" END,
		GET HOST UP "Longwire-Session: join=\"a\\\"b\"\r\n" END,
	};
	static const char nul[] = GET HOST UP "A: \0\r\n" END;
	struct http_request rq;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(HTTP_BAD,
		    parse(cases[i], strlen(cases[i]), &rq), "case %zu: %s", i,
		    cases[i]);
	ATF_CHECK_EQ(HTTP_BAD, parse(nul, sizeof(nul) - 1, &rq));
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct http_request rq;
	char buf[HTTP_HEAD_MAX + 100];
	size_t n;
	int i;

	static const char head[sizeof(GET HOST UP) - 1 + 3] = GET HOST UP "A: ";

	/* Three fields are there already. */
	for (i = HTTP_FIELDS_MAX - 3; i <= HTTP_FIELDS_MAX - 2; i++) {
		int k;

		n = strlcpy(buf, GET HOST UP, sizeof(buf));
		for (k = 0; k < i; k++)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n,
			    "F%d: x\r\n", k);
		n = strlcat(buf, END, sizeof(buf));
		ATF_CHECK_EQ(i == HTTP_FIELDS_MAX - 3 ? HTTP_TUNNEL : HTTP_BAD,
		    parse(buf, n, &rq));
	}
	/* A head of just the limit, and one octet more. */
	for (i = 0; i < 2; i++) {
		size_t total = HTTP_HEAD_MAX + (size_t)i;

		memset(buf, 'x', sizeof(buf));
		memcpy(buf, head, sizeof(head));
		buf[total - 4] = buf[total - 2] = '\r';
		buf[total - 3] = buf[total - 1] = '\n';
		ATF_CHECK_EQ(i == 0 ? HTTP_TUNNEL : HTTP_BAD,
		    parse(buf, total, &rq));
	}
	memset(buf, 'x', sizeof(buf));
	ATF_CHECK_EQ(HTTP_MORE, parse(buf, HTTP_HEAD_MAX - 1, &rq));
	ATF_CHECK_EQ(HTTP_BAD, parse(buf, HTTP_HEAD_MAX, &rq));
}

static void
fill_request(struct http_request *rq)
{
	memset(rq, 0, sizeof(*rq));
	strlcpy(rq->hr_host, "[2001:db8::1]:8443", sizeof(rq->hr_host));
	strlcpy(rq->hr_hub, "tokyo", sizeof(rq->hr_hub));
	strlcpy(rq->hr_user, "officea", sizeof(rq->hr_user));
	memset(rq->hr_password, 0xc3, sizeof(rq->hr_password) - 1);
	rq->hr_ext.hx_context = 2;
	rq->hr_ext.hx_can = 0xf;
	rq->hr_ext.hx_twice = 4;
	rq->hr_ext.hx_headers = 6;
	rq->hr_ext.hx_keepalive = 20;
	rq->hr_ext.hx_session = HTTP_SESSION_JOIN;
	memset(rq->hr_ext.hx_token, 'A', TOKEN_STRLEN - 1);
}

static bool
same(const struct http_extensions *a, const struct http_extensions *b)
{
	return (a->hx_context == b->hx_context && a->hx_can == b->hx_can &&
	    a->hx_twice == b->hx_twice && a->hx_headers == b->hx_headers &&
	    a->hx_keepalive == b->hx_keepalive &&
	    a->hx_session == b->hx_session &&
	    a->hx_lifetime == b->hx_lifetime &&
	    a->hx_resumed == b->hx_resumed &&
	    strcmp(a->hx_token, b->hx_token) == 0);
}

ATF_TC_WITHOUT_HEAD(request_round_trip);
ATF_TC_BODY(request_round_trip, tc)
{
	struct http_request rq, back;
	char buf[HTTP_HEAD_MAX];
	int n, s;

	for (s = HTTP_SESSION_NONE; s <= HTTP_SESSION_JOIN; s++) {
		fill_request(&rq);
		rq.hr_ext.hx_session = (enum http_session)s;
		if (s <= HTTP_SESSION_NEW)
			memset(rq.hr_ext.hx_token, 0, TOKEN_STRLEN);
		n = http_format_request(&rq, buf, sizeof(buf));
		ATF_REQUIRE(n > 0);
		ATF_CHECK_EQ(-1, http_format_request(&rq, buf, (size_t)n));
		n = http_format_request(&rq, buf, (size_t)n + 1);
		ATF_CHECK_EQ_MSG(HTTP_TUNNEL, parse(buf, (size_t)n, &back),
		    "%s", buf);
		ATF_CHECK_STREQ(rq.hr_host, back.hr_host);
		ATF_CHECK_STREQ(rq.hr_hub, back.hr_hub);
		ATF_CHECK_STREQ(rq.hr_user, back.hr_user);
		ATF_CHECK_STREQ(rq.hr_password, back.hr_password);
		ATF_CHECK(same(&rq.hr_ext, &back.hr_ext));
	}
	strlcpy(rq.hr_hub, "a/b", sizeof(rq.hr_hub));
	ATF_CHECK_EQ(-1, http_format_request(&rq, buf, sizeof(buf)));
	strlcpy(rq.hr_hub, "a", sizeof(rq.hr_hub));
	strlcpy(rq.hr_host, "a\r\nb", sizeof(rq.hr_host));
	ATF_CHECK_EQ(-1, http_format_request(&rq, buf, sizeof(buf)));
}

#define POST "POST " PATH "/a HTTP/1.1\r\n"
#define BASIC "Authorization: Basic YTpi\r\n"
#define NEW(text) "Longwire-New-Password: " text "\r\n"
#define EIGHT ":MTIzNDU2Nzg=:"

/* Longer by one than a password may be. */
static void
too_long(char *out, size_t size)
{
	char plain[HTTP_PASSWORD_MAX], coded[512];

	memset(plain, 'x', sizeof(plain));
	base64_encode(BASE64, plain, sizeof(plain), coded, sizeof(coded));
	snprintf(out, size, "%s%s%sLongwire-New-Password: :%s:\r\n\r\n", POST,
	    HOST, BASIC, coded);
}

ATF_TC_WITHOUT_HEAD(new_password);
ATF_TC_BODY(new_password, tc)
{
	static const char *const bad[] = {
		POST HOST BASIC END,			/* no new one */
		POST HOST NEW(EIGHT) END,		/* no old one */
		POST HOST BASIC BASIC NEW(EIGHT) END,
		POST HOST BASIC NEW(EIGHT) NEW(EIGHT) END,
		POST HOST BASIC NEW("MTIzNDU2Nzg=") END,
		POST HOST BASIC NEW(":") END,
		POST HOST BASIC NEW("::") END,
		POST HOST BASIC NEW("") END,
		POST HOST BASIC NEW(":MTIzNDU2Nzg:") END,	/* padding */
		POST HOST BASIC NEW(":MTIzNDU2Nw==:") END,	/* seven */
		POST HOST BASIC NEW(":MTIzNDU2Nzg5AA==:") END,	/* NUL */
		POST HOST BASIC NEW(":MTIzNDU2Nzg5Cg==:") END,	/* newline */
		POST HOST BASIC NEW(EIGHT) "Content-Length: 0\r\n" END,
		POST BASIC NEW(EIGHT) END,
		"POST " PATH "/a HTTP/1.0\r\n" HOST BASIC NEW(EIGHT) END,
		"PUT " PATH "/a HTTP/1.1\r\n" HOST BASIC NEW(EIGHT) END,
	};
	static const char good[] = POST HOST BASIC NEW(EIGHT) END;
	/* of a request for a tunnel it is no part */
	static const char tunnel[] = GET HOST UP BASIC NEW(EIGHT) END;
	struct http_request rq;
	char buf[1024];
	size_t i;

	ATF_CHECK_EQ(HTTP_TUNNEL, parse(good, strlen(good), &rq));
	ATF_CHECK_STREQ("a", rq.hr_hub);
	ATF_CHECK_STREQ("a", rq.hr_user);
	ATF_CHECK_STREQ("b", rq.hr_password);
	ATF_CHECK_STREQ("12345678", rq.hr_new_password);
	ATF_CHECK_EQ(HTTP_TUNNEL, parse(tunnel, strlen(tunnel), &rq));
	ATF_CHECK_STREQ("", rq.hr_new_password);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(HTTP_BAD, parse(bad[i], strlen(bad[i]), &rq),
		    "case %zu: %s", i, bad[i]);
		ATF_CHECK_STREQ("", rq.hr_new_password);
	}
	too_long(buf, sizeof(buf));
	ATF_CHECK_EQ(HTTP_BAD, parse(buf, strlen(buf), &rq));
}

ATF_TC_WITHOUT_HEAD(new_password_round_trip);
ATF_TC_BODY(new_password_round_trip, tc)
{
	struct http_request rq, back;
	char buf[HTTP_HEAD_MAX];
	int n;

	fill_request(&rq);
	memset(rq.hr_new_password, 0xe3, HTTP_PASSWORD_MAX - 1);
	n = http_format_request(&rq, buf, sizeof(buf));
	ATF_REQUIRE(n > 0);
	ATF_CHECK_EQ(-1, http_format_request(&rq, buf, (size_t)n));
	n = http_format_request(&rq, buf, (size_t)n + 1);
	ATF_CHECK_EQ(HTTP_TUNNEL, parse(buf, (size_t)n, &back));
	ATF_CHECK_STREQ(rq.hr_new_password, back.hr_new_password);
	ATF_CHECK_STREQ(rq.hr_password, back.hr_password);
	ATF_CHECK_EQ(0, back.hr_ext.hx_context);
	strlcpy(rq.hr_new_password, "short", HTTP_PASSWORD_MAX);
	ATF_CHECK_EQ(-1, http_format_request(&rq, buf, sizeof(buf)));
}

ATF_TC_WITHOUT_HEAD(extension_forms);
ATF_TC_BODY(extension_forms, tc)
{
	static const char text[] =
	    GET HOST UP "Longwire-Offload: 4 ; csum;later=1; uso\r\n"
			"Longwire-Twice: 6 ;later\r\n"
			"Longwire-Headers: 8;more\r\n"
			"Longwire-Keepalive: 5;x\r\n"
			"Longwire-Session: resume=\"a-_9\"\r\n" END;
	struct http_request rq;

	ATF_CHECK_EQ(HTTP_TUNNEL, parse(text, strlen(text), &rq));
	ATF_CHECK_EQ(4, rq.hr_ext.hx_context);
	ATF_CHECK_EQ(0x1 | 0x8, rq.hr_ext.hx_can);
	ATF_CHECK_EQ(6, rq.hr_ext.hx_twice);
	ATF_CHECK_EQ(8, rq.hr_ext.hx_headers);
	ATF_CHECK_EQ(5, rq.hr_ext.hx_keepalive);
	ATF_CHECK_EQ(HTTP_SESSION_RESUME, rq.hr_ext.hx_session);
	ATF_CHECK_STREQ("a-_9", rq.hr_ext.hx_token);
}

#define R101 "HTTP/1.1 101 Switching Protocols\r\n"

ATF_TC_WITHOUT_HEAD(responses);
ATF_TC_BODY(responses, tc)
{
	static const struct {
		const char *c_text;
		enum http_result c_result;
		int c_status;
	} cases[] = {
		/* Figure 2 of the draft */
		{ R101 UP "Capsule-Protocol: ?1\r\n" END, HTTP_TUNNEL, 101 },
		{ "HTTP/1.1 101\r\n" UP END, HTTP_TUNNEL, 101 },
		{ "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" R101 UP END,
		    HTTP_TUNNEL, 101 },
		{ "HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nabc",
		    HTTP_OTHER, 401 },
		{ "HTTP/1.1 200 OK\r\n" END, HTTP_OTHER, 200 },
		{ "HTTP/1.0 302 Found\r\n" END, HTTP_OTHER, 302 },
		{ R101 END, HTTP_BAD, 101 },
		{ R101 "Upgrade: connect-ethernet\r\n" END, HTTP_BAD, 101 },
		{ R101 UP UP END, HTTP_BAD, 101 },
		{ R101 "Connection: upgrade\r\nUpgrade: h2c\r\n" END, HTTP_BAD,
		    101 },
		{ R101 UP "Content-Length: 0\r\n" END, HTTP_BAD, 101 },
		{ R101 UP "Transfer-Encoding: chunked\r\n" END, HTTP_BAD, 101 },
		{ R101 UP "Longwire-Keepalive: x\r\n" END, HTTP_BAD, 101 },
		{ R101 UP "Longwire-Twice: 3\r\n" END, HTTP_BAD, 101 },
		{ R101 UP "Longwire-Headers: 3\r\n" END, HTTP_BAD, 101 },
		{ "HTTP/1.1 099 X\r\n" END, HTTP_BAD, 0 },
		{ "HTTP/1.1 1O1 X\r\n" END, HTTP_BAD, 0 },
		{ "HTTP/1.1 1011\r\n" END, HTTP_BAD, 0 },
		{ "HTTP/1.1  101\r\n" END, HTTP_BAD, 0 },
		{ "SSH-2.0-OpenSSH_9.2\r\n", HTTP_MORE, 0 },
		{ "SSH-2.0-OpenSSH_9.2\r\n\r\n", HTTP_BAD, 0 },
		{ "HTTP/1.1 103 a\r\n\r\n", HTTP_MORE, 0 },
		{ R101 UP, HTTP_MORE, 0 },
	};
	struct http_response rp;
	const char *why;
	size_t i, used;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].c_result,
		    http_parse_response(cases[i].c_text,
			strlen(cases[i].c_text), &rp, &used, &why),
		    "case %zu: %s", i, cases[i].c_text);
		if (cases[i].c_status != 0)
			ATF_CHECK_EQ(cases[i].c_status, rp.hp_status);
	}
}

ATF_TC_WITHOUT_HEAD(response_round_trip);
ATF_TC_BODY(response_round_trip, tc)
{
	static const int statuses[] = { 204, 400, 401, 403, 404, 408, 431,
		503 };
	struct http_extensions hx = { .hx_context = 2,
		.hx_can = 0x3,
		.hx_keepalive = 20,
		.hx_lifetime = 86400,
		.hx_resumed = true };
	struct http_response rp;
	const char *why;
	char buf[2048];
	size_t i, used;
	int n;

	memset(hx.hx_token, 'z', TOKEN_STRLEN - 1);
	n = http_format_response(101, &hx, 784111777, buf, sizeof(buf) - 5);
	ATF_REQUIRE(n > 0);
	/* What follows is not the head's. */
	memset(buf + n, 0, 5);
	ATF_CHECK_EQ(HTTP_TUNNEL,
	    http_parse_response(buf, (size_t)n + 5, &rp, &used, &why));
	ATF_CHECK_EQ((size_t)n, used);
	ATF_CHECK_EQ(784111777, rp.hp_date);
	ATF_CHECK(same(&hx, &rp.hp_ext));
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		n = http_format_response(statuses[i], NULL, 0, buf,
		    sizeof(buf));
		ATF_REQUIRE(n > 0);
		ATF_CHECK_EQ(HTTP_OTHER,
		    http_parse_response(buf, (size_t)n, &rp, &used, &why));
		ATF_CHECK_EQ(statuses[i], rp.hp_status);
		ATF_CHECK(strstr(buf, "Connection: close\r\n") != NULL);
		ATF_CHECK_EQ(statuses[i] == 401,
		    strstr(buf, "WWW-Authenticate: Basic ") != NULL);
	}
	ATF_CHECK_EQ(-1, http_format_response(418, NULL, 0, buf, sizeof(buf)));
	ATF_CHECK_EQ(-1, http_format_response(400, NULL, 0, buf, 20));
}

ATF_TC_WITHOUT_HEAD(dates);
ATF_TC_BODY(dates, tc)
{
	static const char *const bad[] = { "", "Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 36 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nix 1994 08:49:37 GMT",
		"Sun, 06 Nov 1944 08:49:37 GMT",
		"Sun, 06 Nov 1994 28:49:37 GMT" };
	char text[HTTP_DATE_STRLEN];
	struct http_text t = { text, HTTP_DATE_STRLEN - 1 };
	size_t i;

	/* RFC 9110, 5.6.7 */
	http_date_format(784111777, text);
	ATF_CHECK_STREQ("Sun, 06 Nov 1994 08:49:37 GMT", text);
	ATF_CHECK_EQ(784111777, http_date_parse(t));
	http_date_format(UINT64_MAX, text);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ(0,
		    http_date_parse((struct http_text){ bad[i],
			strlen(bad[i]) }));
}

/* Every prefix, and a good head with octets changed, put in or left out. */
static void
mutate(bool change)
{
	struct http_request rq;
	struct http_response rp;
	char good[HTTP_HEAD_MAX], buf[HTTP_HEAD_MAX];
	uint32_t seed = 4711;
	const char *why;
	size_t len, n, used;
	int i, k;

	fill_request(&rq);
	strlcpy(rq.hr_new_password, change ? "secret and new" : "",
	    HTTP_PASSWORD_MAX);
	len = (size_t)http_format_request(&rq, good, sizeof(good));
	for (n = 0; n < len; n++)
		ATF_REQUIRE_EQ(HTTP_MORE, parse(good, n, &rq));
	for (i = 0; i < 50000; i++) {
		memcpy(buf, good, n = len);
		for (k = 0; k <= (int)(seed % 4); k++) {
			seed = seed * 1664525 + 1013904223;
			size_t at = (seed >> 8) % n;

			if (seed % 3 == 0) {
				memmove(buf + at, buf + at + 1, n - at - 1);
				n--;
			} else if (seed % 3 == 1) {
				memmove(buf + at + 1, buf + at, n - at);
				n++;
			}
			buf[at] = (char)(seed >> 24);
		}
		(void)parse(buf, n, &rq);
		(void)http_parse_response(buf, n, &rp, &used, &why);
		/* Whatever it was, what came out are names. */
		ATF_REQUIRE(strlen(rq.hr_hub) < HTTP_NAME_MAX);
		ATF_REQUIRE(strchr(rq.hr_hub, '/') == NULL);
		ATF_REQUIRE(strchr(rq.hr_host, '\n') == NULL);
		ATF_REQUIRE(strlen(rq.hr_new_password) < HTTP_PASSWORD_MAX);
	}
}

ATF_TC_WITHOUT_HEAD(mutations);
ATF_TC_BODY(mutations, tc)
{
	mutate(false);
	mutate(true);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, draft_example);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, request_round_trip);
	ATF_TP_ADD_TC(tp, new_password);
	ATF_TP_ADD_TC(tp, new_password_round_trip);
	ATF_TP_ADD_TC(tp, extension_forms);
	ATF_TP_ADD_TC(tp, responses);
	ATF_TP_ADD_TC(tp, response_round_trip);
	ATF_TP_ADD_TC(tp, dates);
	ATF_TP_ADD_TC(tp, mutations);
	return (atf_no_error());
}
