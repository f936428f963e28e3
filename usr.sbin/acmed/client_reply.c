/* SPDX-License-Identifier: ISC */
/* client_reply: what a directory says went wrong, for an administrator. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "acmed.h"

static const char prefix[] = "urn:ietf:params:acme:error:";

static json_t *
document(const struct reply *re)
{
	if (strcmp(re->re_type, "application/problem+json") != 0 &&
	    strcmp(re->re_type, "application/json") != 0)
		return (NULL);
	return (json_loadb(re->re_body, re->re_len, 0, NULL));
}

const char *
reply_member(const json_t *doc, const char *key)
{
	const char *text = json_string_value(json_object_get(doc, key));

	return (text == NULL ? "" : text);
}

static const char *
short_type(const json_t *doc)
{
	const char *type = reply_member(doc, "type");

	return (strncmp(type, prefix, sizeof(prefix) - 1) == 0 ?
		type + sizeof(prefix) - 1 :
		type);
}

/* What is no printable ASCII could play tricks; cut to size. */
static void
add_printable(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	for (; *text != '\0' && n + 1 < size; text++)
		out[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
	out[n] = '\0';
}

static void
add_problem(char *out, size_t size, const json_t *doc)
{
	const char *name =
	    reply_member(json_object_get(doc, "identifier"), "value");

	if (*name != '\0') {
		add_printable(out, size, name);
		add_printable(out, size, ": ");
	}
	add_printable(out, size, short_type(doc));
	if (*reply_member(doc, "detail") != '\0') {
		add_printable(out, size, *short_type(doc) != '\0' ? ": " : "");
		add_printable(out, size, reply_member(doc, "detail"));
	}
}

void
problem_text(const struct reply *re, char *out, size_t size)
{
	json_t *doc = document(re);
	const json_t *sub;
	size_t i;

	*out = '\0';
	if (json_is_object(doc))
		add_problem(out, size, doc);
	json_array_foreach(json_object_get(doc, "subproblems"), i, sub)
	{
		add_printable(out, size, "; ");
		add_problem(out, size, sub);
	}
	json_decref(doc);
	if (*out == '\0')
		snprintf(out, size, "status %d", re->re_status);
}

void
problem_type(const struct reply *re, char *out, size_t size)
{
	json_t *doc = document(re);

	strlcpy(out, short_type(doc), size);
	json_decref(doc);
}
