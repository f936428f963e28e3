/* SPDX-License-Identifier: ISC */
/* What comes from a directory, before it is JSON; URLs; when to try. */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "../../usr.sbin/acmed/client_reply.c"
#include "../../usr.sbin/acmed/reply.c"
#include "../../usr.sbin/acmed/schedule.c"
#include "../../usr.sbin/acmed/url.c"

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static struct reply re;
static const char *why;

static enum reply_result
parse(const char *text, bool eof)
{
	size_t len = strlen(text);
	char *buf = malloc(len);		/* of just that length */
	static char kept[4096];
	enum reply_result rr;

	/* NOLINTNEXTLINE(bugprone-*): no NUL behind it, by intent */
	memmove(buf, text, len);
	rr = reply_parse(buf, len, eof, false, &re, &why);
	if (rr == REPLY_WHOLE && re.re_body != NULL) {
		ATF_REQUIRE(re.re_len < sizeof(kept));
		memcpy(kept, re.re_body, re.re_len);
		kept[re.re_len] = '\0';
		re.re_body = kept;
	}
	free(buf);
	return (rr);
}

ATF_TC_WITHOUT_HEAD(framing);
ATF_TC_BODY(framing, tc)
{
	ATF_CHECK_EQ(REPLY_WHOLE,
	    parse(OK "Content-Length: 5\r\nReplay-Nonce: abc_-\r\n"
		     "Content-Type: application/json; charset=utf-8\r\n"
		     "Location: https://a/b\r\nRetry-After: 7\r\n\r\nhello!",
		false));
	ATF_CHECK_STREQ("hello", re.re_body);
	ATF_CHECK_STREQ("abc_-", re.re_nonce);
	ATF_CHECK_STREQ("application/json", re.re_type);
	ATF_CHECK_STREQ("https://a/b", re.re_location);
	ATF_CHECK_EQ(7, re.re_wait);
	ATF_CHECK_EQ(REPLY_MORE,
	    parse(OK "Content-Length: 5\r\n\r\nhell", false));
	ATF_CHECK_EQ(REPLY_BAD,
	    parse(OK "Content-Length: 5\r\n\r\nhell", true));
	ATF_CHECK_STREQ("the answer is cut off", why);
	ATF_CHECK_EQ(REPLY_MORE, parse(OK "\r\nabc", false));
	ATF_CHECK_EQ(REPLY_WHOLE, parse(OK "\r\nabc", true));
	ATF_CHECK_STREQ("abc", re.re_body);
	ATF_CHECK_EQ(REPLY_WHOLE,
	    parse("HTTP/1.1 204 No Content\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_MORE, parse("HTTP/1.1 2", false));
	ATF_CHECK_EQ(REPLY_BAD, parse("", true));
}

ATF_TC_WITHOUT_HEAD(chunked);
ATF_TC_BODY(chunked, tc)
{
	static const char *const bad[] = { "x\r\nab\r\n0\r\n\r\n", "\r\n",
		"-1\r\n", "2\r\nabc\r\n0\r\n\r\n", "fffffffff\r\n",
		"7fffffffffffffff\r\nab", "2z\r\nab\r\n0\r\n\r\n" };
	char text[256];
	size_t i;

	ATF_CHECK_EQ(REPLY_WHOLE,
	    parse(CHUNKED "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
		false));
	ATF_CHECK_STREQ("abc0123456789", re.re_body);
	ATF_CHECK_EQ(REPLY_MORE, parse(CHUNKED "3\r\nabc\r\n", false));
	ATF_CHECK_EQ(REPLY_MORE, parse(CHUNKED "3\r\nab", false));
	ATF_CHECK_EQ(REPLY_MORE, parse(CHUNKED "3", false));
	ATF_CHECK_EQ(REPLY_BAD, parse(CHUNKED "3\r\nabc\r\n", true));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), CHUNKED "%s", bad[i]);
		ATF_CHECK_EQ_MSG(REPLY_BAD, parse(text, false), "%s", bad[i]);
	}
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	char text[2048], name[600];

	ATF_CHECK_EQ(REPLY_BAD, parse("SSH-2.0-x\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_BAD, parse("HTTP/1.1 100 Continue\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_BAD, parse(OK "Content-Length: -1\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_BAD,
	    parse(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_BAD,
	    parse(OK "Content-Length: 99999999999\r\n\r\n", false));
	ATF_CHECK_EQ(REPLY_BAD,
	    parse(OK "Transfer-Encoding: gzip\r\n\r\n", false));
	/* what cannot be a nonce is none; nor is one that stands twice */
	ATF_CHECK_EQ(REPLY_WHOLE,
	    parse(OK "Replay-Nonce: a b\r\nRetry-After: tomorrow\r\n\r\n",
		true));
	ATF_CHECK_STREQ("", re.re_nonce);
	ATF_CHECK_EQ(60, re.re_wait);
	ATF_CHECK_EQ(REPLY_WHOLE,
	    parse(OK "Replay-Nonce: a\r\nReplay-Nonce: b\r\n"
		     "Retry-After: 999999999\r\n\r\n",
		true));
	ATF_CHECK_STREQ("", re.re_nonce);
	ATF_CHECK_EQ(86400, re.re_wait);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), OK "Location: https://%s\r\n\r\n", name);
	ATF_CHECK_EQ(REPLY_WHOLE, parse(text, true));
	ATF_CHECK_STREQ("", re.re_location);
}

static const char *
said(const char *type, const char *body)
{
	static char out[ACME_FAULT_MAX];
	struct reply r = { .re_status = 403,
		.re_body = body,
		.re_len = strlen(body) };

	strlcpy(r.re_type, type, sizeof(r.re_type));
	problem_text(&r, out, sizeof(out));
	return (out);
}

ATF_TC_WITHOUT_HEAD(problems);
ATF_TC_BODY(problems, tc)
{
	static const char json[] = "application/problem+json";
	char type[64], big[3000];
	struct reply r = { .re_status = 400 };

	ATF_CHECK_STREQ("unauthorized: no [31m way?",
	    said(json,
		"{\"type\":\"urn:ietf:params:acme:error:unauthorized\","
		"\"detail\":\"no [31m way\\n\"}"));
	ATF_CHECK_STREQ("malformed; a.example: dns: no ????",
	    said(json,
		"{\"type\":\"urn:ietf:params:acme:error:malformed\","
		"\"subproblems\":[{\"type\":\"dns\","
		"\"detail\":\"no \u3042?\","
		"\"identifier\":{\"value\":\"a.example\"}}]}"));
	ATF_CHECK_STREQ("status 403", said("text/html", "<html>"));
	ATF_CHECK_STREQ("status 403", said(json, "{"));
	ATF_CHECK_STREQ("status 403", said(json, "[1,2]"));
	ATF_CHECK_STREQ("status 403", said(json, "{\"type\":7,\"detail\":[]}"));
	memset(big, '[', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ATF_CHECK_STREQ("status 403", said(json, big));
	snprintf(big, sizeof(big), "{\"detail\":\"%02000d\"}", 7);
	ATF_CHECK_EQ(ACME_FAULT_MAX - 1, strlen(said(json, big)));
	r.re_body = "{\"type\":\"urn:ietf:params:acme:error:badNonce\"}";
	r.re_len = strlen(r.re_body);
	strlcpy(r.re_type, json, sizeof(r.re_type));
	problem_type(&r, type, sizeof(type));
	ATF_CHECK_STREQ("badNonce", type);
}

ATF_TC_WITHOUT_HEAD(urls);
ATF_TC_BODY(urls, tc)
{
	static const char *const bad[] = { "", "http://a/", "https://",
		"https:///x", "https://a:/x", "https://a:x/",
		"https://a:123456/", "https://[::1/", "https://[::1]x/",
		"https://a b/", "https://a/\r\nHost: b", "https://u@a/",
		"https://a/#x", "https://a/\"", "ftp://a/" };
	char longest[ACME_URL_MAX + 10] = "https://a/";
	struct url ur;
	size_t i;

	ATF_CHECK_EQ(0, url_parse("https://ca.example.com/dir?x=1", &ur));
	ATF_CHECK_STREQ("ca.example.com", ur.ur_host);
	ATF_CHECK_STREQ("443", ur.ur_port);
	ATF_CHECK_STREQ("/dir?x=1", ur.ur_path);
	ATF_CHECK_EQ(0, url_parse("HTTPS://10.0.0.2:14000", &ur));
	ATF_CHECK_STREQ("14000", ur.ur_port);
	ATF_CHECK_STREQ("/", ur.ur_path);
	ATF_CHECK_EQ(0, url_parse("https://[fd00::1]:8443?q", &ur));
	ATF_CHECK_STREQ("fd00::1", ur.ur_host);
	ATF_CHECK_STREQ("8443", ur.ur_port);
	ATF_CHECK_STREQ("/?q", ur.ur_path);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, url_parse(bad[i], &ur), "%s", bad[i]);
	memset(longest + 10, 'x', ACME_URL_MAX - 11);
	ATF_CHECK_EQ(0, url_parse(longest, &ur));
	ATF_CHECK_EQ(ACME_URL_MAX - 1 - 9, strlen(ur.ur_path));
	longest[ACME_URL_MAX - 1] = 'x';
	ATF_CHECK_EQ(-1, url_parse(longest, &ur));
}

ATF_TC_WITHOUT_HEAD(schedule);
ATF_TC_BODY(schedule, tc)
{
	static const time_t waits[] = { 60, 120, 240, 480, 960, 1920, 3840,
		7680, 15360, 30720, 61440, 86400, 86400 };
	struct schedule sd = { .sd_have = false };
	size_t i;

	ATF_CHECK_EQ(0, schedule_next(&sd));
	sd.sd_have = true;
	sd.sd_from = 1000;
	sd.sd_until = 1000 + 90 * 86400;
	ATF_CHECK_EQ(1000 + 60 * 86400, schedule_next(&sd));
	sd.sd_have = false;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		schedule_failed(&sd, 5000, 0);
		ATF_CHECK_EQ_MSG(5000 + waits[i], schedule_next(&sd), "%zu", i);
	}
	for (i = 0; i < 1000; i++)
		schedule_failed(&sd, 5000, 0);
	ATF_CHECK_EQ(5000 + 86400, schedule_next(&sd));
	/* the clock was ahead when it failed */
	schedule_clock(&sd, 6000);
	ATF_CHECK_EQ(5000 + 86400, schedule_next(&sd));
	schedule_clock(&sd, 2000);
	ATF_CHECK_EQ(2000 + 86400, schedule_next(&sd));
	sd.sd_fails = 0;
	schedule_failed(&sd, 5000, 3600);
	ATF_CHECK_EQ(5000 + 3600, schedule_next(&sd));
	schedule_failed(&sd, 5000, 9999999);
	ATF_CHECK_EQ(5000 + 86400, schedule_next(&sd));
	/* a renewal that failed: not before its time, nor at once */
	sd.sd_have = true;
	sd.sd_fails = 0;
	schedule_failed(&sd, 1000 + 60 * 86400, 0);
	ATF_CHECK_EQ(1000 + 60 * 86400 + 60, schedule_next(&sd));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, framing);
	ATF_TP_ADD_TC(tp, chunked);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, problems);
	ATF_TP_ADD_TC(tp, urls);
	ATF_TP_ADD_TC(tp, schedule);
	return (atf_no_error());
}
