/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "transport/http_reply.h"

enum {
	CHUNK_SIZE,		/* hexadecimal digits */
	CHUNK_REST,		/* of the line with the size */
	CHUNK_DATA,
	CHUNK_END,		/* the CRLF behind the data */
	CHUNK_TRAILER,		/* at the beginning of a line */
	CHUNK_TRAILER_LINE
};

/* What is not printable ASCII could play tricks with a terminal. */
static void
reply_copy(char to[HTTP_TEXT_MAX], struct http_text t)
{
	size_t i;

	for (i = 0; i < t.ht_len && i < HTTP_TEXT_MAX - 1; i++)
		to[i] = t.ht_p[i] >= ' ' && t.ht_p[i] <= '~' ? t.ht_p[i] : '?';
	to[i] = '\0';
}

/* Digits only; -1 for anything else and what is absurd. */
static int
reply_length(struct http_text t, uint64_t *length)
{
	size_t i;

	if (t.ht_len == 0 || t.ht_len > 15)
		return (-1);
	*length = 0;
	for (i = 0; i < t.ht_len; i++) {
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (-1);
		*length = *length * 10 + (uint64_t)(t.ht_p[i] - '0');
	}
	return (0);
}

/* RFC 9112, 6.3; NULL, or what is wrong. */
static const char *
reply_body(const struct http_head *hh, int status, struct http_body *hb)
{
	struct http_text t;

	if (status < 300 || status == 304)
		return (NULL);	/* 2xx to CONNECT: the tunnel follows */
	if (http_head_find(hh, "Transfer-Encoding", &t) != 0) {
		hb->hb_kind =
		    http_head_lists(hh, "Transfer-Encoding", "chunked") ?
		    HTTP_BODY_CHUNKED :
		    HTTP_BODY_CLOSE;
		return (NULL);
	}
	switch (http_head_find(hh, "Content-Length", &t)) {
	case 0:
		hb->hb_kind = HTTP_BODY_CLOSE;
		return (NULL);
	case 1:
		hb->hb_kind = HTTP_BODY_LENGTH;
		if (reply_length(t, &hb->hb_left) == 0)
			return (NULL);
	}
	return ("bad Content-Length");
}

/* RFC 9112, 9.3, and what proxies of HTTP/1.0 say. */
static bool
reply_closes(const struct http_head *hh)
{
	if (http_head_lists(hh, "Connection", "close") ||
	    http_head_lists(hh, "Proxy-Connection", "close"))
		return (true);
	return (hh->hh_start.ht_p[7] == '0' &&
	    !http_head_lists(hh, "Connection", "keep-alive") &&
	    !http_head_lists(hh, "Proxy-Connection", "keep-alive"));
}

enum http_result
http_reply_parse(const char *buf, size_t len, struct http_reply *hy,
    size_t *used, const char **why)
{
	struct http_text t;
	enum http_result hr;

	memset(hy, 0, sizeof(*hy));
	hr = http_head_parse(buf, len, &hy->hy_head, why);
	if (hr != HTTP_OTHER)
		return (hr);
	*used = hy->hy_head.hh_used;
	hy->hy_status = http_head_status(&hy->hy_head);
	if (hy->hy_status == -1) {
		*why = "bad status line";
		return (HTTP_BAD);
	}
	t = hy->hy_head.hh_start;
	if (t.ht_len > 13)
		reply_copy(hy->hy_reason,
		    (struct http_text){ t.ht_p + 13, t.ht_len - 13 });
	if (hy->hy_status / 100 == 3 &&
	    http_head_find(&hy->hy_head, "Location", &t) == 1)
		reply_copy(hy->hy_location, t);
	hy->hy_close = reply_closes(&hy->hy_head);
	*why = reply_body(&hy->hy_head, hy->hy_status, &hy->hy_body);
	return (*why == NULL ? HTTP_OTHER : HTTP_BAD);
}

/* A chunk's size line has ended. */
static enum http_result
chunk_begin(struct http_body *hb)
{
	if (hb->hb_left > HTTP_BODY_MAX)
		return (HTTP_BAD);
	hb->hb_state = hb->hb_left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
	return (HTTP_MORE);
}

static enum http_result
chunk_size(struct http_body *hb, char c)
{
	int digit = hex_digit(c);

	if (digit != -1) {
		hb->hb_left = hb->hb_left << 4 | (uint64_t)digit;
		return (hb->hb_left > HTTP_BODY_MAX ? HTTP_BAD : HTTP_MORE);
	}
	if (c == '\n')
		return (chunk_begin(hb));
	if (c != '\r' && c != ';' && c != ' ' && c != '\t')
		return (HTTP_BAD);
	hb->hb_state = CHUNK_REST;
	return (HTTP_MORE);
}

/* One octet of a chunked body that is not data. */
static enum http_result
chunk_octet(struct http_body *hb, char c)
{
	switch (hb->hb_state) {
	case CHUNK_SIZE:
		return (chunk_size(hb, c));
	case CHUNK_REST:
		return (c == '\n' ? chunk_begin(hb) : HTTP_MORE);
	case CHUNK_END:
		if (c == '\n')
			hb->hb_state = CHUNK_SIZE;
		else if (c != '\r')
			return (HTTP_BAD);
		return (HTTP_MORE);
	case CHUNK_TRAILER:
		if (c == '\n')
			return (HTTP_OTHER);
		if (c != '\r')
			hb->hb_state = CHUNK_TRAILER_LINE;
		return (HTTP_MORE);
	default:
		if (c == '\n')
			hb->hb_state = CHUNK_TRAILER;
		return (HTTP_MORE);
	}
}

/* Octets of the data that are here. */
static size_t
body_data(struct http_body *hb, size_t len)
{
	if (len > hb->hb_left)
		len = (size_t)hb->hb_left;
	hb->hb_left -= len;
	return (len);
}

static enum http_result
chunks_skip(struct http_body *hb, const char *p, size_t len, size_t *used)
{
	enum http_result hr = HTTP_MORE;

	*used = 0;
	while (hr == HTTP_MORE && *used < len) {
		if (hb->hb_state != CHUNK_DATA) {
			hr = chunk_octet(hb, p[(*used)++]);
			continue;
		}
		*used += body_data(hb, len - *used);
		if (hb->hb_left == 0)
			hb->hb_state = CHUNK_END;
	}
	return (hr);
}

enum http_result
http_body_skip(struct http_body *hb, const char *p, size_t len, size_t *used)
{
	enum http_result hr = HTTP_MORE;

	*used = len;
	switch (hb->hb_kind) {
	case HTTP_BODY_NONE:
		*used = 0;
		return (HTTP_OTHER);
	case HTTP_BODY_LENGTH:
		*used = body_data(hb, len);
		hr = hb->hb_left == 0 ? HTTP_OTHER : HTTP_MORE;
		break;
	case HTTP_BODY_CHUNKED:
		hr = chunks_skip(hb, p, len, used);
		break;
	case HTTP_BODY_CLOSE:
		break;
	}
	hb->hb_total += *used;
	return (hb->hb_total > HTTP_BODY_MAX ? HTTP_BAD : hr);
}
