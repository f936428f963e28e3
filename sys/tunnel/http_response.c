/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "tunnel/http_head.h"

/* Section 4.3 of the draft; RFC 9297, 3.2 forbids content. */
static const char *
http_check_switch(const struct http_head *hh, struct http_response *rp)
{
	struct http_text t;

	if (!http_head_lists(hh, "Connection", "upgrade"))
		return ("101 without Connection: Upgrade");
	if (http_head_find(hh, "Upgrade", &t) != 1 ||
	    !http_text_is(t, "connect-ethernet"))
		return ("101 for another protocol");
	if (http_head_find(hh, "Content-Length", &t) != 0 ||
	    http_head_find(hh, "Content-Type", &t) != 0 ||
	    http_head_find(hh, "Transfer-Encoding", &t) != 0)
		return ("101 with content");
	return (http_ext_parse(hh, false, &rp->hp_ext));
}

enum http_result
http_parse_response(const char *buf, size_t len, struct http_response *rp,
    size_t *used, const char **why)
{
	struct http_head hh;
	struct http_text t;
	enum http_result hr;
	size_t off = 0;

	/* Interim responses (RFC 9110, 15.2) may come before the final one. */
	do {
		memset(rp, 0, sizeof(*rp));
		*used = 0;
		hr = http_head_parse(buf + off, len - off, &hh, why);
		if (hr != HTTP_OTHER)
			return (hr);
		off += hh.hh_used;
		rp->hp_status = http_head_status(&hh);
		if (rp->hp_status == -1) {
			*why = "bad status line";
			return (HTTP_BAD);
		}
	} while (rp->hp_status < 200 && rp->hp_status != 101);
	*used = off;
	if (http_head_find(&hh, "Date", &t) == 1)
		rp->hp_date = http_date_parse(t);
	if (rp->hp_status != 101)
		return (HTTP_OTHER);
	*why = http_check_switch(&hh, rp);
	return (*why == NULL ? HTTP_TUNNEL : HTTP_BAD);
}

static const char *
http_reason(int status)
{
	switch (status) {
	case 101:
		return ("Switching Protocols");
	case 204:
		return ("No Content");
	case 400:
		return ("Bad Request");
	case 401:
		return ("Unauthorized");
	case 403:
		return ("Forbidden");
	case 404:
		return ("Not Found");
	case 408:
		return ("Request Timeout");
	case 431:
		return ("Request Header Fields Too Large");
	case 503:
		return ("Service Unavailable");
	}
	return (NULL);
}

static int
http_format_switch(const struct http_extensions *hx, const char *date,
    char *out, size_t size)
{
	char ext[1024] = "";

	if (hx != NULL && http_ext_format(hx, false, ext, sizeof(ext)) == -1)
		return (-1);
	return (snprintf(out, size,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Date: %s\r\n"
	    "Connection: Upgrade\r\n"
	    "Upgrade: connect-ethernet\r\n"
	    "Capsule-Protocol: ?1\r\n"
	    "%s\r\n",
	    date, ext));
}

int
http_format_response(int status, const struct http_extensions *ext,
    uint64_t now, char *out, size_t size)
{
	const char *reason = http_reason(status);
	char date[HTTP_DATE_STRLEN];
	int n;

	if (reason == NULL)
		return (-1);
	http_date_format(now, date);
	if (status == 101)
		n = http_format_switch(ext, date, out, size);
	else if (status == 204)
		n = snprintf(out, size,
		    "HTTP/1.1 204 No Content\r\n"
		    "Date: %s\r\n"
		    "Connection: close\r\n"
		    "\r\n",
		    date);
	else
		n = snprintf(out, size,
		    "HTTP/1.1 %d %s\r\n"
		    "Date: %s\r\n"
		    "%s"
		    "Content-Type: text/plain\r\n"
		    "Content-Length: %zu\r\n"
		    "Connection: close\r\n"
		    "\r\n"
		    "%s\n",
		    status, reason, date,
		    status == 401 ? "WWW-Authenticate: Basic realm=\"hub\", "
				    "charset=\"UTF-8\"\r\n" :
				    "",
		    strlen(reason) + 1, reason);
	return (n >= 0 && n < (int)size ? n : -1);
}
