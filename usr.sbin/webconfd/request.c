/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/base64.h"
#include "request.h"
#include "tunnel/http_head.h"

#define COOKIE_NAME "__Host-longwire"
#define LANGUAGE_NAME "__Host-longwire-language"

static bool
is_alnum(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

static bool
text_equal(struct http_text t, const char *s)
{
	return (t.ht_len == strlen(s) && memcmp(t.ht_p, s, t.ht_len) == 0);
}

void
request_token(const uint8_t raw[32], char out[REQUEST_TOKEN_LEN + 1])
{
	char padded[48];

	if (base64_encode(BASE64_URL, raw, 32, padded, sizeof(padded)) !=
	    REQUEST_TOKEN_LEN)
		abort();
	memcpy(out, padded, REQUEST_TOKEN_LEN + 1);
	explicit_bzero(padded, sizeof(padded));
}

bool
request_token_ok(const char *s, size_t len)
{
	size_t i;

	if (len != REQUEST_TOKEN_LEN)
		return (false);
	for (i = 0; i < len; i++)
		if (!is_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return (false);
	return (true);
}

/* Our pages have plain names; anything else is none of them. */
static void
take_path(struct http_text query, struct request *rq)
{
	struct http_text t = http_text_cut(&query, '?');
	size_t i;

	if (query.ht_len > 0 && query.ht_len < sizeof(rq->rq_query))
		memcpy(rq->rq_query, query.ht_p, query.ht_len);
	if (t.ht_len == 0 || t.ht_len >= sizeof(rq->rq_path))
		return;
	for (i = 0; i < t.ht_len; i++)
		if (!is_alnum(t.ht_p[i]) && strchr("/.-_:+", t.ht_p[i]) == NULL)
			return;
	memcpy(rq->rq_path, t.ht_p, t.ht_len);
	rq->rq_path[t.ht_len] = '\0';
}

static bool
target_ok(struct http_text t)
{
	size_t i;

	for (i = 0; i < t.ht_len; i++)
		if (t.ht_p[i] <= ' ' || t.ht_p[i] >= 0x7f || t.ht_p[i] == '#')
			return (false);
	return (t.ht_len > 0 && t.ht_p[0] == '/');
}

static int
take_method(struct http_text t, struct request *rq)
{
	if (text_equal(t, "GET"))
		rq->rq_method = METHOD_GET;
	else if (text_equal(t, "HEAD"))
		rq->rq_method = METHOD_HEAD;
	else if (text_equal(t, "POST"))
		rq->rq_method = METHOD_POST;
	else
		return (http_is_token(t) ? 405 : 400);
	return (0);
}

static int
take_start(const struct http_head *hh, struct request *rq)
{
	struct http_text line = hh->hh_start, method, target;
	int status;

	method = http_text_cut(&line, ' ');
	target = http_text_cut(&line, ' ');
	if (line.ht_len != 8 || memcmp(line.ht_p, "HTTP/", 5) != 0 ||
	    line.ht_p[6] != '.')
		return (400);
	if (line.ht_p[5] != '1')
		return (505);
	if (line.ht_p[7] != '0' && line.ht_p[7] != '1')
		return (400);
	if ((status = take_method(method, rq)) != 0)
		return (status);
	if (!target_ok(target))
		return (400);
	take_path(target, rq);
	rq->rq_keep =
	    line.ht_p[7] == '1' && !http_head_lists(hh, "Connection", "close");
	return (0);
}

/* Host and port as RFC 3986 writes them. */
static bool
host_ok(struct http_text t)
{
	size_t i;

	if (t.ht_len == 0 || t.ht_len >= REQUEST_HOST_MAX)
		return (false);
	for (i = 0; i < t.ht_len; i++)
		if (!is_alnum(t.ht_p[i]) &&
		    strchr("-._:[]%~", t.ht_p[i]) == NULL)
			return (false);
	return (true);
}

/*
 * One Host, and if the browser says where the request comes from, it must be
 * the same place.
 */
static int
take_host(const struct http_head *hh, struct request *rq)
{
	static const char scheme[] = "https://";
	struct http_text host, origin, site;
	unsigned int n;

	if (http_head_find(hh, "Host", &host) != 1 || !host_ok(host))
		return (400);
	rq->rq_same_origin = true;
	if ((n = http_head_find(hh, "Origin", &origin)) > 1)
		return (400);
	if (n == 1)
		rq->rq_same_origin =
		    origin.ht_len == host.ht_len + sizeof(scheme) - 1 &&
		    memcmp(origin.ht_p, scheme, sizeof(scheme) - 1) == 0 &&
		    strncasecmp(origin.ht_p + sizeof(scheme) - 1, host.ht_p,
			host.ht_len) == 0;
	if (http_head_find(hh, "Sec-Fetch-Site", &site) > 0 &&
	    !http_text_is(site, "same-origin") && !http_text_is(site, "none"))
		rq->rq_same_origin = false;
	return (0);
}

/* Decimal digits only; 413 above what is taken of anything. */
static int
take_length(struct http_text t, size_t *out)
{
	size_t i, n = 0;

	if (t.ht_len == 0 || t.ht_len > 18)
		return (400);
	for (i = 0; i < t.ht_len; i++) {
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (400);
		n = n * 10 + (size_t)(t.ht_p[i] - '0');
	}
	*out = n;
	return (n > REQUEST_UPLOAD_MAX ? 413 : 0);
}

static bool
boundary_char(char c)
{
	return (is_alnum(c) ||
	    (c != '\0' && strchr("'()+_,-./:=?", c) != NULL));
}

/* RFC 2046, 5.1.1, without the blank. */
static bool
boundary_ok(const char *text, size_t len)
{
	size_t i;

	if (len == 0 || len > REQUEST_BOUNDARY_MAX)
		return (false);
	for (i = 0; i < len; i++)
		if (!boundary_char(text[i]))
			return (false);
	return (true);
}

/* Of multipart/form-data: its boundary, maybe in quotes. */
static int
take_boundary(struct http_text t, struct request *rq)
{
	struct http_text key;

	while (t.ht_len > 0) {
		struct http_text value = http_text_cut(&t, ';');

		key = http_text_trim(http_text_cut(&value, '='));
		if (!http_text_is(key, "boundary"))
			continue;
		value = http_text_trim(value);
		if (value.ht_len >= 2 && value.ht_p[0] == '"' &&
		    value.ht_p[value.ht_len - 1] == '"') {
			value.ht_p++;
			value.ht_len -= 2;
		}
		if (rq->rq_boundary[0] != '\0' ||
		    !boundary_ok(value.ht_p, value.ht_len))
			return (400);
		memcpy(rq->rq_boundary, value.ht_p, value.ht_len);
	}
	return (rq->rq_boundary[0] == '\0' ? 400 : 0);
}

/* What the body is, and whether it may be as long as it is. */
static int
take_type(const struct http_head *hh, struct request *rq)
{
	struct http_text t, type;
	unsigned int n = http_head_find(hh, "Content-Type", &t);

	if (n == 1) {
		type = http_text_trim(http_text_cut(&t, ';'));
		if (http_text_is(type, "multipart/form-data"))
			return (take_boundary(t, rq));
		rq->rq_form =
		    http_text_is(type, "application/x-www-form-urlencoded");
	}
	return (rq->rq_body > REQUEST_BODY_MAX ? 413 : 0);
}

static int
take_body(const struct http_head *hh, struct request *rq)
{
	struct http_text t;
	unsigned int n;
	int status;

	if (http_head_find(hh, "Transfer-Encoding", &t) != 0)
		return (501);
	if ((n = http_head_find(hh, "Content-Length", &t)) > 1)
		return (400);
	if (n == 1 && (status = take_length(t, &rq->rq_body)) != 0)
		return (status);
	if (rq->rq_method != METHOD_POST)
		return (rq->rq_body > 0 ? 400 : 0);
	if (n == 0)
		return (400);
	return (take_type(hh, rq));
}

/* Two cookies of our name are no cookie: one of them was planted. */
static struct http_text
find_cookie(const struct http_head *hh, const char *name)
{
	static const struct http_text none;
	struct http_text list, one, key, found = none;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < hh->hh_nfields; i++) {
		if (!http_text_is(hh->hh_fields[i].hf_name, "Cookie"))
			continue;
		list = hh->hh_fields[i].hf_value;
		while (list.ht_len > 0) {
			one = http_text_trim(http_text_cut(&list, ';'));
			key = http_text_cut(&one, '=');
			if (text_equal(key, name) && n++ == 0)
				found = one;
		}
	}
	return (n > 1 ? none : found);
}

static void
take_cookie(const struct http_head *hh, struct request *rq)
{
	struct http_text token = find_cookie(hh, COOKIE_NAME);

	if (request_token_ok(token.ht_p, token.ht_len))
		memcpy(rq->rq_cookie, token.ht_p, token.ht_len);
}

/* RFC 6750: one field, and no other way to bring it. */
static void
take_bearer(const struct http_head *hh, struct request *rq)
{
	struct http_text t, scheme;

	if (http_head_find(hh, "Authorization", &t) != 1)
		return;
	scheme = http_text_cut(&t, ' ');
	t = http_text_trim(t);
	if (!http_text_is(scheme, "Bearer") ||
	    t.ht_len >= sizeof(rq->rq_bearer))
		return;
	memcpy(rq->rq_bearer, t.ht_p, t.ht_len);
	rq->rq_bearer[t.ht_len] = '\0';
}

/* "q=0.8" in thousandths; 1000 without, 0 if malformed. */
static int
quality(struct http_text t)
{
	int q = 0, unit = 1000;
	size_t i;

	t = http_text_trim(t);
	if (t.ht_len == 0)
		return (1000);
	if (t.ht_len < 3 || t.ht_len > 7 || (*t.ht_p | 0x20) != 'q' ||
	    t.ht_p[1] != '=')
		return (0);
	for (i = 2; i < t.ht_len; i++) {
		if (i == 3) {
			if (t.ht_p[i] != '.')
				return (0);
			continue;
		}
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (0);
		q += (t.ht_p[i] - '0') * unit;
		unit /= 10;
	}
	return (q);
}

/* Whether Japanese comes before English (RFC 9110, 12.5.4). */
static void
take_preferred(const struct http_head *hh, struct request *rq)
{
	struct http_text list, one, tag;
	int q, best = 0;

	if (http_head_find(hh, "Accept-Language", &list) == 0)
		return;
	while (list.ht_len > 0) {
		one = http_text_cut(&list, ',');
		tag = http_text_trim(http_text_cut(&one, ';'));
		tag = http_text_cut(&tag, '-');
		q = quality(one);
		if (q <= best)
			continue;
		if (http_text_is(tag, "ja") || http_text_is(tag, "en")) {
			best = q;
			rq->rq_ja = http_text_is(tag, "ja");
		}
	}
}

/* Only a browser that says so is given it (RFC 9110, 12.5.3). */
static void
take_encoding(const struct http_head *hh, struct request *rq)
{
	struct http_text list, one, coding;

	if (http_head_find(hh, "Accept-Encoding", &list) == 0)
		return;
	while (list.ht_len > 0) {
		one = http_text_cut(&list, ',');
		coding = http_text_trim(http_text_cut(&one, ';'));
		if (http_text_is(coding, "gzip") && quality(one) > 0)
			rq->rq_gzip = true;
	}
}

/* What was chosen on a page counts; else what the browser prefers. */
static void
take_language(const struct http_head *hh, struct request *rq)
{
	struct http_text chosen = find_cookie(hh, LANGUAGE_NAME);

	if (text_equal(chosen, "ja"))
		rq->rq_ja = true;
	else if (!text_equal(chosen, "en"))
		take_preferred(hh, rq);
}

int
request_parse(const char *buf, size_t len, struct request *rq)
{
	struct http_head hh;
	const char *why = NULL;
	int status;

	memset(rq, 0, sizeof(*rq));
	switch (http_head_parse(buf, len, &hh, &why)) {
	case HTTP_MORE:
		return (1);
	case HTTP_BAD:
		return (len >= HTTP_HEAD_MAX ? 431 : 400);
	default:
		break;
	}
	rq->rq_head = hh.hh_used;
	if ((status = take_start(&hh, rq)) != 0 ||
	    (status = take_host(&hh, rq)) != 0 ||
	    (status = take_body(&hh, rq)) != 0)
		return (status);
	take_cookie(&hh, rq);
	take_bearer(&hh, rq);
	take_language(&hh, rq);
	take_encoding(&hh, rq);
	return (0);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return ((c | 0x20) - 'a' + 10);
	return (-1);
}

/* Percent and plus; 0, 400 or 413. */
static int
decode(struct http_text t, char *out, size_t size)
{
	size_t i, n = 0;
	int c;

	for (i = 0; i < t.ht_len; i++) {
		c = (unsigned char)t.ht_p[i];
		if (c == '+')
			c = ' ';
		else if (c == '%') {
			if (t.ht_len - i < 3 || hex(t.ht_p[i + 1]) == -1 ||
			    hex(t.ht_p[i + 2]) == -1)
				return (400);
			c = hex(t.ht_p[i + 1]) << 4 | hex(t.ht_p[i + 2]);
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			return (400);
		if (n == size - 1)
			return (413);
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return (0);
}

/* Bytes of the UTF-8 character at s (RFC 3629); 0 if it is none. */
static size_t
utf8_len(const unsigned char *s)
{
	size_t i, n;

	if (s[0] < 0x80)
		return (1);
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return (0);
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return (0);
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return (0);
	/* C1 controls */
	return (s[0] == 0xc2 && s[1] < 0xa0 ? 0 : n);
}

static bool
utf8_ok(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (; *s != '\0'; s += n)
		if ((n = utf8_len(s)) == 0)
			return (false);
	return (true);
}

int
request_field(struct pairs *out, const char *name, const char *value,
    size_t len)
{
	char v[REQUEST_FIELD_MAX + 1];
	int status = 0;
	size_t i;

	if (len >= sizeof(v))
		return (413);
	for (i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return (400);
	memcpy(v, value, len);
	v[len] = '\0';
	if (!utf8_ok(name) || !utf8_ok(v))
		status = 400;
	else if (!pairs_add(out, name, v))
		status = 413;
	explicit_bzero(v, sizeof(v));
	return (status);
}

int
request_form(const char *body, size_t len, struct pairs *out)
{
	struct http_text rest = { body, len }, value, name;
	char k[64], v[REQUEST_FIELD_MAX + 1];
	int status = 0;

	pairs_clear(out);
	if (len > 0 && memchr(body, '\0', len) != NULL)
		return (400);
	while (status == 0 && rest.ht_len > 0) {
		value = http_text_cut(&rest, '&');
		if (value.ht_len == 0)
			continue;
		name = http_text_cut(&value, '=');
		if ((status = decode(name, k, sizeof(k))) != 0 ||
		    (status = decode(value, v, sizeof(v))) != 0)
			break;
		if (!utf8_ok(k) || !utf8_ok(v))
			status = 400;
		else if (!pairs_add(out, k, v))
			status = 413;
	}
	explicit_bzero(v, sizeof(v));
	if (status != 0)
		pairs_clear(out);
	return (status);
}

size_t
request_escape(const char *text, char *out, size_t size)
{
	const char *ref;
	size_t n = 0, len;

	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			ref = "&amp;";
			break;
		case '<':
			ref = "&lt;";
			break;
		case '>':
			ref = "&gt;";
			break;
		case '"':
			ref = "&quot;";
			break;
		case '\'':
			ref = "&#39;";
			break;
		default:
			ref = NULL;
		}
		len = ref == NULL ? 1 : strlen(ref);
		if (n + len < size)
			memcpy(out + n, ref == NULL ? text : ref, len);
		else if (n < size)
			out[n] = '\0';
		n += len;
	}
	if (size > 0)
		out[n < size ? n : size - 1] = '\0';
	return (n);
}
