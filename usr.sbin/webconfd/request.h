/* SPDX-License-Identifier: ISC */
/*
 * request: a browser's request (RFC 9112), its form and cookie, and text made
 * fit for a page.  Run by the http process.  Pure; input is hostile.
 */
#ifndef WEBCONFD_REQUEST_H
#define WEBCONFD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pairs.h"

enum {
	REQUEST_BODY_MAX = 65536,
	REQUEST_PATH_MAX = 256,
	REQUEST_HOST_MAX = 256,
	REQUEST_QUERY_MAX = 512,
	REQUEST_BEARER_MAX = 129,
	REQUEST_TOKEN_LEN = 43,		/* 256 bits in base64url */
	REQUEST_FIELD_MAX = 1024,	/* bytes of one value of a form */
	REQUEST_UPLOAD_MAX = 1 << 30,	/* bytes of a form with a file */
	REQUEST_BOUNDARY_MAX = 70
};

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_POST };

struct request {
	enum request_method rq_method;
	char rq_path[REQUEST_PATH_MAX];	/* without query; "" if it is none
					   that could exist */
	char rq_query[REQUEST_QUERY_MAX]; /* behind the '?', as sent;
					   "" if it is longer */
	char rq_cookie[REQUEST_TOKEN_LEN + 1];	/* ours, or "" */
	char rq_bearer[REQUEST_BEARER_MAX];	/* of Authorization, or "" */
	bool rq_same_origin;		/* Origin is absent or our own */
	bool rq_ja;			/* Japanese is chosen or preferred */
	bool rq_gzip;			/* the answer may be packed */
	bool rq_keep;			/* the connection may stay */
	bool rq_form;			/* the body is a form */
	char rq_boundary[REQUEST_BOUNDARY_MAX + 1]; /* of one with files, for
					   multipart.h; or "" */
	size_t rq_head;			/* bytes of the head */
	size_t rq_body;			/* bytes that follow it */
};

/*
 * Look at buf.  0: complete as far as the head goes; 1: more is needed; else
 * the status to refuse it with: 400, 405, 413, 431, 501, 505.
 */
int request_parse(const char *buf, size_t len, struct request *rq);
/*
 * The fields of a form (application/x-www-form-urlencoded).  0, 400 when it
 * is malformed, not UTF-8 or holds control characters, 413 when it is too
 * long.
 */
int request_form(const char *body, size_t len, struct pairs *out);
/*
 * One field of a form: the same checks of a value that is no longer encoded.
 */
int request_field(struct pairs *out, const char *name, const char *value,
    size_t len);
/* 32 bytes as a token, of REQUEST_TOKEN_LEN characters. */
void request_token(const uint8_t raw[32], char out[REQUEST_TOKEN_LEN + 1]);
/* Whether s is a token as we make them. */
bool request_token_ok(const char *s, size_t len);

/*
 * Append text with the characters that HTML gives a meaning written as
 * references.  Returns the bytes it takes, like snprintf; out is terminated.
 */
size_t request_escape(const char *text, char *out, size_t size);

#endif
