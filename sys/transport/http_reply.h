/* SPDX-License-Identifier: ISC */
/*
 * http_reply: what a proxy answers to CONNECT (RFC 9110, 9.3.6; RFC 9112).
 * Pure; input is hostile.
 */
#ifndef TRANSPORT_HTTP_REPLY_H
#define TRANSPORT_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tunnel/http_head.h"

enum {
	HTTP_BODY_MAX = 256 * 1024,	/* bytes of a body that are skipped */
	HTTP_TEXT_MAX = 80
};

enum http_body_kind {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
	HTTP_BODY_CLOSE		/* until the end of the stream */
};

/* Where in a body (RFC 9112, 6 and 7) the next octet is. */
struct http_body {
	enum http_body_kind hb_kind;
	int hb_state;
	uint64_t hb_left;		/* of the body, or of a chunk */
	size_t hb_total;
};

struct http_reply {
	int hy_status;
	char hy_reason[HTTP_TEXT_MAX];	/* the phrase, printable */
	char hy_location[HTTP_TEXT_MAX]; /* of a redirection, or "" */
	bool hy_close;			/* no further request on this stream */
	struct http_body hy_body;	/* at its beginning */
	struct http_head hy_head;	/* points into buf */
};

/*
 * Look at one head, interim (1xx) ones alike: HTTP_MORE, HTTP_OTHER when it
 * is complete, with its length in *used, or HTTP_BAD with *why, a static
 * text.
 */
enum http_result http_reply_parse(const char *buf, size_t len,
    struct http_reply *hy, size_t *used, const char **why);

/*
 * Pass over octets of a body; *used of them belong to it.  HTTP_MORE,
 * HTTP_OTHER at its end, HTTP_BAD when it is malformed or over HTTP_BODY_MAX
 * octets.  A body until the end of the stream never ends here.
 */
enum http_result http_body_skip(struct http_body *hb, const char *p, size_t len,
    size_t *used);

#endif
