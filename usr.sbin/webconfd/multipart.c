/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "multipart.h"
#include "tunnel/http_head.h"

enum { FIRST, HEAD, BODY, DELIMITED, END, BAD };

void
multipart_init(struct multipart *mp, const char *boundary)
{
	memset(mp, 0, sizeof(*mp));
	snprintf(mp->mp_delimiter, sizeof(mp->mp_delimiter), "\r\n--%s",
	    boundary);
	mp->mp_state = FIRST;
}

static enum multipart_event
bad(struct multipart *mp)
{
	mp->mp_state = BAD;
	return (MULTIPART_BAD);
}

/* Bytes at the end of buf that may be the beginning of the delimiter. */
static size_t
held(const struct multipart *mp, const char *buf, size_t len)
{
	size_t n = strlen(mp->mp_delimiter) - 1;

	if (n > len)
		n = len;
	while (n > 0 && memcmp(buf + len - n, mp->mp_delimiter, n) != 0)
		n--;
	return (n);
}

/*
 * A value in quotes, or a token; *t is what follows it.  Within quotes a
 * backslash takes the special meaning of what follows (curl writes that;
 * browsers write %22).  False if it is neither.
 */
static bool
take_value(struct http_text *t, struct http_text *value)
{
	size_t i = 1;

	if (t->ht_len == 0 || *t->ht_p != '"') {
		*value = *t;
		for (i = 0; i < t->ht_len && t->ht_p[i] != ';'; i++)
			;
		value->ht_len = i;
		*value = http_text_trim(*value);
		t->ht_p += i;
		t->ht_len -= i;
		return (http_is_token(*value));
	}
	while (i < t->ht_len && t->ht_p[i] != '"')
		i += t->ht_p[i] == '\\' ? 2 : 1;
	if (i >= t->ht_len)
		return (false);
	value->ht_p = t->ht_p + 1;
	value->ht_len = i - 1;
	t->ht_p += i + 1;
	t->ht_len -= i + 1;
	return (true);
}

/* Names of our fields are words. */
static bool
take_name(struct multipart *mp, struct http_text value)
{
	size_t i;

	if (value.ht_len == 0 || value.ht_len >= sizeof(mp->mp_name) ||
	    mp->mp_name[0] != '\0')
		return (false);
	for (i = 0; i < value.ht_len; i++)
		if (value.ht_p[i] <= ' ' || value.ht_p[i] >= 0x7f ||
		    strchr("\"\\;", value.ht_p[i]) != NULL)
			return (false);
	memcpy(mp->mp_name, value.ht_p, value.ht_len);
	mp->mp_name[value.ht_len] = '\0';
	return (true);
}

/* form-data; name="..."; filename="..." */
static bool
take_disposition(struct multipart *mp, struct http_text t)
{
	struct http_text key, value;

	key = http_text_trim(http_text_cut(&t, ';'));
	if (!http_text_is(key, "form-data"))
		return (false);
	for (t = http_text_trim(t); t.ht_len > 0; t = http_text_trim(t)) {
		key = http_text_trim(http_text_cut(&t, '='));
		t = http_text_trim(t);
		if (!http_is_token(key) || !take_value(&t, &value))
			return (false);
		if (http_text_is(key, "name") && !take_name(mp, value))
			return (false);
		if (http_text_is(key, "filename") ||
		    http_text_is(key, "filename*"))
			mp->mp_file = true;
		t = http_text_trim(t);
		if (t.ht_len > 0 && *t.ht_p != ';')
			return (false);
		(void)http_text_cut(&t, ';');
	}
	return (mp->mp_name[0] != '\0');
}

/* One line of the head; *seen: that of the disposition was there. */
static bool
take_line(struct multipart *mp, struct http_text line, bool *seen)
{
	struct http_text key;
	size_t i;

	for (i = 0; i < line.ht_len; i++)
		if ((unsigned char)line.ht_p[i] < ' ' && line.ht_p[i] != '\t')
			return (false);
	key = http_text_cut(&line, ':');
	if (!http_is_token(key))
		return (false);
	/* as it is, as all browsers send it (RFC 7578, 4.7) */
	if (http_text_is(key, "Content-Transfer-Encoding"))
		return (false);
	if (!http_text_is(key, "Content-Disposition"))
		return (true);
	if (*seen)
		return (false);
	*seen = true;
	return (take_disposition(mp, http_text_trim(line)));
}

/* The head of a part, up to its empty line. */
static enum multipart_event
take_head(struct multipart *mp, const char *buf, size_t len, size_t *used)
{
	const char *end = memmem(buf, len, "\r\n\r\n", 4), *eol;
	struct http_text line;
	bool seen = false;

	if (len >= 2 && memcmp(buf, "\r\n", 2) == 0)
		return (bad(mp));
	if (end == NULL)
		return (len < MULTIPART_HEAD_MAX ? MULTIPART_MORE : bad(mp));
	if ((size_t)(end - buf) > MULTIPART_HEAD_MAX ||
	    ++mp->mp_parts > MULTIPART_PARTS_MAX)
		return (bad(mp));
	*used = (size_t)(end - buf) + 4;
	mp->mp_name[0] = '\0';
	mp->mp_file = false;
	for (; buf < end; buf = eol + 2) {
		eol = memmem(buf, (size_t)(end - buf) + 2, "\r\n", 2);
		line.ht_p = buf;
		line.ht_len = (size_t)(eol - buf);
		if (!take_line(mp, line, &seen))
			return (bad(mp));
	}
	if (!seen)
		return (bad(mp));
	mp->mp_state = BODY;
	return (MULTIPART_PART);
}

static enum multipart_event
take_body(struct multipart *mp, const char *buf, size_t len, size_t *used)
{
	size_t n = strlen(mp->mp_delimiter);
	const char *at = memmem(buf, len, mp->mp_delimiter, n);

	if (at == buf && at != NULL) {
		*used = n;
		mp->mp_state = DELIMITED;
		return (MULTIPART_PART_END);
	}
	mp->mp_data = buf;
	mp->mp_len = at != NULL ? (size_t)(at - buf) : len - held(mp, buf, len);
	*used = mp->mp_len;
	return (mp->mp_len == 0 ? MULTIPART_MORE : MULTIPART_DATA);
}

/* Behind a delimiter: another part, or the end. */
static enum multipart_event
take_delimited(struct multipart *mp, const char *buf, size_t len, size_t *used)
{
	if (len < 2)
		return (MULTIPART_MORE);
	*used = 2;
	if (memcmp(buf, "\r\n", 2) == 0) {
		mp->mp_state = HEAD;
		return (MULTIPART_MORE);
	}
	if (memcmp(buf, "--", 2) != 0)
		return (bad(mp));
	mp->mp_state = END;
	return (MULTIPART_END);
}

/* The first delimiter is the beginning; nothing of ours sends a preamble. */
static enum multipart_event
take_first(struct multipart *mp, const char *buf, size_t len, size_t *used)
{
	const char *dashes = mp->mp_delimiter + 2;
	size_t n = strlen(dashes);

	if (memcmp(buf, dashes, len < n ? len : n) != 0)
		return (bad(mp));
	if (len < n)
		return (MULTIPART_MORE);
	mp->mp_state = DELIMITED;
	*used = n;
	return (MULTIPART_MORE);
}

enum multipart_event
multipart_next(struct multipart *mp, const char *buf, size_t len, size_t *used)
{
	*used = 0;
	switch (mp->mp_state) {
	case FIRST:
		return (take_first(mp, buf, len, used));
	case DELIMITED:
		return (take_delimited(mp, buf, len, used));
	case HEAD:
		return (take_head(mp, buf, len, used));
	case BODY:
		return (take_body(mp, buf, len, used));
	case END:
		return (MULTIPART_END);
	default:
		return (MULTIPART_BAD);
	}
}
