/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "transport/http_challenge.h"

static const char token_chars[] = "!#$%&'*+-.^_`|~0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz";
static const char token68_chars[] = "-._~+/0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";

/* Octets at the beginning of t that are among `chars`. */
static size_t
text_span(struct http_text t, const char *chars)
{
	size_t n = 0;

	while (n < t.ht_len && t.ht_p[n] != '\0' &&
	    strchr(chars, t.ht_p[n]) != NULL)
		n++;
	return (n);
}

static struct http_text
text_take(struct http_text *t, size_t n)
{
	struct http_text taken = { t->ht_p, n };

	t->ht_p += n;
	t->ht_len -= n;
	return (taken);
}

static void
text_skip(struct http_text *t, const char *chars)
{
	text_take(t, text_span(*t, chars));
}

/*
 * A token68 behind a scheme, or nothing: then what follows are parameters.
 * Both may begin alike; a token68 ends its challenge.
 */
static struct http_text
take_token68(struct http_text *field)
{
	struct http_text rest = *field, none = { field->ht_p, 0 };
	size_t n;

	n = text_span(rest, token68_chars);
	text_take(&rest, n);
	n += text_span(rest, "=");
	text_skip(&rest, "=");
	text_skip(&rest, " \t");
	if (rest.ht_len > 0 && *rest.ht_p != ',')
		return (none);
	return (text_take(field, n));
}

/* RFC 9110, 5.6.4; the opening quote is gone. */
static bool
take_quoted(struct http_text *field, char value[CHALLENGE_VALUE_MAX])
{
	size_t n = 0;
	char c;

	while (field->ht_len > 0) {
		c = *text_take(field, 1).ht_p;
		if (c == '"') {
			value[n] = '\0';
			return (true);
		}
		if (c == '\\' && field->ht_len > 0)
			c = *text_take(field, 1).ht_p;
		if (n == CHALLENGE_VALUE_MAX - 1)
			return (false);
		value[n++] = c;
	}
	return (false);
}

static bool
take_value(struct http_text *field, char value[CHALLENGE_VALUE_MAX])
{
	struct http_text token;

	if (field->ht_len > 0 && *field->ht_p == '"') {
		text_take(field, 1);
		return (take_quoted(field, value));
	}
	/* some send what would have to be quoted; they are understood */
	token = text_take(field, text_span(*field, token_chars));
	while (field->ht_len > 0 && strchr(", \t", *field->ht_p) == NULL)
		token.ht_len += text_take(field, 1).ht_len;
	if (token.ht_len >= CHALLENGE_VALUE_MAX)
		return (false);
	memcpy(value, token.ht_p, token.ht_len);
	value[token.ht_len] = '\0';
	return (true);
}

bool
http_challenge_next(struct http_text *field, struct challenge_piece *cp)
{
	text_skip(field, ", \t");
	cp->cp_name = text_take(field, text_span(*field, token_chars));
	if (cp->cp_name.ht_len == 0)
		return (false);
	text_skip(field, " \t");
	if (field->ht_len > 0 && *field->ht_p == '=') {
		cp->cp_kind = CHALLENGE_PARAM;
		text_take(field, 1);
		text_skip(field, " \t");
		return (take_value(field, cp->cp_value));
	}
	cp->cp_kind = CHALLENGE_SCHEME;
	cp->cp_token = take_token68(field);
	return (true);
}
