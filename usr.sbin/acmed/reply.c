/* SPDX-License-Identifier: ISC */
/* reply: an answer of an HTTP server, whom nobody trusts. */
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "tunnel/http_head.h"

#include "acmed.h"

enum { WAIT_MAX = 86400 };

/* A field that stands once; "" if it does not, or has no room. */
static void
take_field(const struct http_head *hh, const char *name, char *out, size_t size)
{
	struct http_text t;
	size_t i;

	*out = '\0';
	if (http_head_find(hh, name, &t) != 1 || t.ht_len >= size)
		return;
	for (i = 0; i < t.ht_len; i++)
		if (t.ht_p[i] <= ' ' || t.ht_p[i] > '~')
			return;
	memcpy(out, t.ht_p, t.ht_len);
	out[t.ht_len] = '\0';
}

/* Digits only; -1 for anything else. */
static long
number(struct http_text t)
{
	long n = 0;
	size_t i;

	if (t.ht_len == 0 || t.ht_len > 9)
		return (-1);
	for (i = 0; i < t.ht_len; i++) {
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (-1);
		n = n * 10 + (t.ht_p[i] - '0');
	}
	return (n);
}

/* Seconds; a date means one minute. */
static uint32_t
take_wait(const struct http_head *hh)
{
	struct http_text t;
	long n;

	if (http_head_find(hh, "Retry-After", &t) == 0)
		return (0);
	if ((n = number(t)) == -1)
		return (60);
	return (n > WAIT_MAX ? WAIT_MAX : (uint32_t)n);
}

static void
take_head(const struct http_head *hh, struct reply *re)
{
	struct http_text t;

	re->re_status = http_head_status(hh);
	take_field(hh, "Replay-Nonce", re->re_nonce, sizeof(re->re_nonce));
	take_field(hh, "Location", re->re_location, sizeof(re->re_location));
	re->re_wait = take_wait(hh);
	re->re_type[0] = '\0';
	if (http_head_find(hh, "Content-Type", &t) != 1)
		return;
	t = http_text_trim(http_text_cut(&t, ';'));
	if (t.ht_len < sizeof(re->re_type)) {
		memcpy(re->re_type, t.ht_p, t.ht_len);
		re->re_type[t.ht_len] = '\0';
	}
}

/* A chunk's length; *at goes behind its line.  -1: bad, -2: not all there. */
static long
chunk_length(const char *p, size_t len, size_t *at)
{
	const char *nl = memchr(p + *at, '\n', len - *at);
	long n = 0;
	int digit;
	size_t i;

	if (nl == NULL)
		return (len - *at > 1024 ? -1 : -2);
	for (i = *at; (digit = hex_digit(p[i])) != -1; i++)
		if ((n = n << 4 | digit) > REPLY_MAX)
			return (-1);
	if (i == *at || strchr("\r\n; \t", p[i]) == NULL)
		return (-1);
	*at = (size_t)(nl - p) + 1;
	return (n);
}

/*
 * Walk over the chunks at p, and with `join` move their data together there;
 * trailers do not matter.
 */
static enum reply_result
chunks(char *p, size_t len, bool join, size_t *total)
{
	size_t at = 0;
	long n;

	for (*total = 0; (n = chunk_length(p, len, &at)) > 0;
	     *total += (size_t)n) {
		if (len - at < (size_t)n + 2)
			return (REPLY_MORE);
		if (p[at + (size_t)n] != '\r' || p[at + (size_t)n + 1] != '\n')
			return (REPLY_BAD);
		if (join)
			memmove(p + *total, p + at, (size_t)n);
		at += (size_t)n + 2;
	}
	return (n == 0 ? REPLY_WHOLE : n == -1 ? REPLY_BAD : REPLY_MORE);
}

static enum reply_result
body(char *p, size_t len, bool eof, const struct http_head *hh,
    struct reply *re, const char **why)
{
	enum reply_result rr;
	struct http_text t;
	long n;

	re->re_body = p;
	re->re_len = len;
	if (http_head_find(hh, "Transfer-Encoding", &t) != 0) {
		*why = "bad chunks";
		if (!http_head_lists(hh, "Transfer-Encoding", "chunked"))
			return (REPLY_BAD);
		rr = chunks(p, len, false, &re->re_len);
		if (rr == REPLY_WHOLE)
			(void)chunks(p, len, true, &re->re_len);
		return (rr);
	}
	if (http_head_find(hh, "Content-Length", &t) == 0)
		return (eof ? REPLY_WHOLE : REPLY_MORE);
	*why = "bad Content-Length";
	if (http_head_find(hh, "Content-Length", &t) != 1 ||
	    (n = number(t)) == -1)
		return (REPLY_BAD);
	if (len < (size_t)n)
		return (REPLY_MORE);
	re->re_len = (size_t)n;
	return (REPLY_WHOLE);
}

enum reply_result
reply_parse(char *buf, size_t len, bool eof, bool head, struct reply *re,
    const char **why)
{
	struct http_head hh;
	enum http_result hr;
	enum reply_result rr = REPLY_WHOLE;

	memset(re, 0, sizeof(*re));
	*why = "bad head";
	if ((hr = http_head_parse(buf, len, &hh, why)) == HTTP_BAD)
		return (REPLY_BAD);
	if (hr == HTTP_OTHER) {
		take_head(&hh, re);
		if (re->re_status < 200) {
			*why = "bad status";
			return (REPLY_BAD);
		}
		if (!head && re->re_status != 204)
			rr = body(buf + hh.hh_used, len - hh.hh_used, eof, &hh,
			    re, why);
	} else
		rr = REPLY_MORE;
	if (rr != REPLY_MORE || !eof)
		return (rr);
	*why = "the answer is cut off";
	return (REPLY_BAD);
}
