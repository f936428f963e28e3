/* SPDX-License-Identifier: ISC */
/*
 * http_head: the parts of a message head (RFC 9112) and of our fields that
 * requests and responses share.  Used by http_*.c, here and in transport/
 * for the answers of proxies.  Pure.
 */
#ifndef TUNNEL_HTTP_HEAD_H
#define TUNNEL_HTTP_HEAD_H

#include "tunnel/http.h"

/* A piece of the head, not terminated. */
struct http_text {
	const char *ht_p;
	size_t ht_len;
};

struct http_field {
	struct http_text hf_name;
	struct http_text hf_value;	/* without white space around it */
};

struct http_head {
	struct http_text hh_start;	/* the request or status line */
	struct http_field hh_fields[HTTP_FIELDS_MAX];
	size_t hh_nfields;
	size_t hh_used;			/* bytes, with the empty line */
};

/* Split a head.  HTTP_MORE, HTTP_BAD, or HTTP_OTHER when it is complete. */
enum http_result http_head_parse(const char *buf, size_t len,
    struct http_head *hh, const char **why);
/* How often a field occurs; *value is that of the first. */
unsigned int http_head_find(const struct http_head *hh, const char *name,
    struct http_text *value);
/* Whether the comma-separated lists of all fields `name` hold `token`. */
bool http_head_lists(const struct http_head *hh, const char *name,
    const char *token);
/* The status code of a response's head, -1 when its line is malformed. */
int http_head_status(const struct http_head *hh);
/* Equal but for case. */
bool http_text_is(struct http_text t, const char *s);
/* Cut t at the first c: the part before it is returned, t is the rest. */
struct http_text http_text_cut(struct http_text *t, char c);
/* Without spaces and tabs around it. */
struct http_text http_text_trim(struct http_text t);
/* A name of a hub or user as the settings have them (ST_NAME). */
bool http_name_ok(const char *s, size_t len);
bool http_is_token(struct http_text t);

/* http_ext.c: our fields of a head into hx.  NULL, or what is wrong. */
const char *http_ext_parse(const struct http_head *hh, bool request,
    struct http_extensions *hx);
/* Writes them, each with CRLF; bytes, or -1 without room. */
int http_ext_format(const struct http_extensions *hx, bool request, char *out,
    size_t size);

/* http_date.c: IMF-fixdate (RFC 9110, 5.6.7).  parse: 0 when malformed. */
enum { HTTP_DATE_STRLEN = 30 };
void http_date_format(uint64_t unix_time, char out[HTTP_DATE_STRLEN]);
uint64_t http_date_parse(struct http_text t);

#endif
