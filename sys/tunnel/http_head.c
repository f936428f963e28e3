/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "tunnel/http_head.h"

static bool
http_is_alnum(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

/* RFC 9110, 5.6.2 */
static bool
http_is_tchar(char c)
{
	return (http_is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

bool
http_is_token(struct http_text t)
{
	size_t i;

	for (i = 0; i < t.ht_len; i++)
		if (!http_is_tchar(t.ht_p[i]))
			return (false);
	return (t.ht_len > 0);
}

bool
http_name_ok(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || len >= HTTP_NAME_MAX || s[0] == '.' || s[0] == '-')
		return (false);
	for (i = 0; i < len; i++)
		if (!http_is_alnum(s[i]) && s[i] != '.' && s[i] != '_' &&
		    s[i] != '-')
			return (false);
	return (true);
}

bool
http_text_is(struct http_text t, const char *s)
{
	return (t.ht_len == strlen(s) && strncasecmp(t.ht_p, s, t.ht_len) == 0);
}

struct http_text
http_text_cut(struct http_text *t, char c)
{
	struct http_text before = *t;
	const char *p;

	p = t->ht_len > 0 ? memchr(t->ht_p, c, t->ht_len) : NULL;
	if (p == NULL) {
		t->ht_p += t->ht_len;
		t->ht_len = 0;
		return (before);
	}
	before.ht_len = (size_t)(p - t->ht_p);
	t->ht_p += before.ht_len + 1;
	t->ht_len -= before.ht_len + 1;
	return (before);
}

struct http_text
http_text_trim(struct http_text t)
{
	while (t.ht_len > 0 && (*t.ht_p == ' ' || *t.ht_p == '\t')) {
		t.ht_p++;
		t.ht_len--;
	}
	while (t.ht_len > 0 &&
	    (t.ht_p[t.ht_len - 1] == ' ' || t.ht_p[t.ht_len - 1] == '\t'))
		t.ht_len--;
	return (t);
}

static const char *
http_field_parse(struct http_text line, struct http_field *hf)
{
	size_t i;

	if (*line.ht_p == ' ' || *line.ht_p == '\t')
		return ("folded field");
	if (memchr(line.ht_p, ':', line.ht_len) == NULL)
		return ("field without a colon");
	hf->hf_name = http_text_cut(&line, ':');
	if (!http_is_token(hf->hf_name))
		return ("bad field name");
	hf->hf_value = http_text_trim(line);
	for (i = 0; i < line.ht_len; i++)
		if (((unsigned char)line.ht_p[i] < ' ' &&
			line.ht_p[i] != '\t') ||
		    line.ht_p[i] == 0x7f)
			return ("control character in a field");
	return (NULL);
}

/* One line, without its CRLF; the first is the start line. */
static const char *
http_line_parse(struct http_text line, struct http_head *hh)
{
	if (hh->hh_start.ht_p == NULL) {
		if (line.ht_len == 0)
			return ("empty start line");
		hh->hh_start = line;
		return (NULL);
	}
	if (hh->hh_nfields == HTTP_FIELDS_MAX)
		return ("too many fields");
	return (http_field_parse(line, &hh->hh_fields[hh->hh_nfields++]));
}

/*
 * The next line's length without CRLF into *n.  CR and LF are valid only
 * together, NUL never: what a proxy could read otherwise is refused.
 */
static enum http_result
http_line_find(const char *p, size_t len, size_t *n, const char **why)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] == '\0' || p[i] == '\n') {
			*why = p[i] == '\0' ? "NUL" : "bare LF";
			return (HTTP_BAD);
		}
		if (p[i] != '\r')
			continue;
		if (i + 1 == len)
			return (HTTP_MORE);
		if (p[i + 1] != '\n') {
			*why = "bare CR";
			return (HTTP_BAD);
		}
		*n = i;
		return (HTTP_OTHER);
	}
	return (HTTP_MORE);
}

enum http_result
http_head_parse(const char *buf, size_t len, struct http_head *hh,
    const char **why)
{
	enum http_result hr;
	size_t n = 0, off = 0, max = len;

	memset(hh, 0, sizeof(*hh));
	if (max > HTTP_HEAD_MAX)
		max = HTTP_HEAD_MAX;
	for (;;) {
		hr = http_line_find(buf + off, max - off, &n, why);
		if (hr == HTTP_MORE && max == HTTP_HEAD_MAX) {
			*why = "head too long";
			return (HTTP_BAD);
		}
		if (hr != HTTP_OTHER)
			return (hr);
		if (n == 0 && hh->hh_start.ht_p != NULL)
			break;
		*why = http_line_parse((struct http_text){ buf + off, n }, hh);
		if (*why != NULL)
			return (HTTP_BAD);
		off += n + 2;
	}
	hh->hh_used = off + 2;
	return (HTTP_OTHER);
}

unsigned int
http_head_find(const struct http_head *hh, const char *name,
    struct http_text *value)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < hh->hh_nfields; i++) {
		if (!http_text_is(hh->hh_fields[i].hf_name, name))
			continue;
		if (n++ == 0)
			*value = hh->hh_fields[i].hf_value;
	}
	return (n);
}

bool
http_head_lists(const struct http_head *hh, const char *name, const char *token)
{
	struct http_text list;
	size_t i;

	for (i = 0; i < hh->hh_nfields; i++) {
		if (!http_text_is(hh->hh_fields[i].hf_name, name))
			continue;
		list = hh->hh_fields[i].hf_value;
		while (list.ht_len > 0)
			if (http_text_is(http_text_trim(http_text_cut(&list,
					     ',')),
				token))
				return (true);
	}
	return (false);
}

int
http_head_status(const struct http_head *hh)
{
	struct http_text t = hh->hh_start;
	int i, v = 0;

	if (t.ht_len < 12 || memcmp(t.ht_p, "HTTP/1.", 7) != 0 ||
	    (t.ht_p[7] != '0' && t.ht_p[7] != '1') || t.ht_p[8] != ' ' ||
	    (t.ht_len > 12 && t.ht_p[12] != ' '))
		return (-1);
	for (i = 9; i < 12; i++) {
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (-1);
		v = v * 10 + (t.ht_p[i] - '0');
	}
	return (v >= 100 ? v : -1);
}
