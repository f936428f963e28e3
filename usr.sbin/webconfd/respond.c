/* SPDX-License-Identifier: ISC */
/*
 * respond: the head of an answer, before what was drawn (RFC 9110, RFC 9112).
 */
#include <event2/buffer.h>
#include <string.h>

#include "kern/log.h"

#include "http.h"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = { { 200, "OK" }, { 303, "See Other" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
		{ 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" } };
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return (reasons[i].text);
	return ("Error");
}

void
client_respond(struct client *cl, int status, const char *type,
    const char *location, const char *cookie)
{
	struct evbuffer *out = cl->cl_out;

	if (!cl->cl_rq.rq_keep)
		cl->cl_last = true;
	evbuffer_add_printf(out,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Content-Security-Policy: default-src 'none'; style-src 'self'; "
	    "img-src 'self'; %s%sform-action 'self'; frame-ancestors 'none'; "
	    "base-uri 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "X-Frame-Options: DENY\r\n"
	    "Referrer-Policy: same-origin\r\n"
	    "Cross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\n",
	    status, reason(status),
	    cl->cl_page == NULL ? 0 : evbuffer_get_length(cl->cl_page),
	    cl->cl_live.lv_seconds > 0 || cl->cl_plots ? "script-src 'self'; " :
							 "",
	    cl->cl_live.lv_seconds > 0 ? "connect-src 'self'; " : "");
	evbuffer_add_printf(out, "Cache-Control: %s\r\n",
	    strcmp(type, "text/css") == 0 ||
		    strcmp(type, "text/javascript") == 0 ?
		"max-age=600" :
		"no-store");
	if (strncmp(type, "application/", 12) == 0)
		evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
	else if (*type != '\0')
		evbuffer_add_printf(out, "Content-Type: %s; charset=utf-8\r\n",
		    type);
	if (cl->cl_attachment[0] != '\0')
		evbuffer_add_printf(out,
		    "Content-Disposition: attachment; filename=\"%s\"\r\n",
		    cl->cl_attachment);
	if (cl->cl_header != NULL)
		evbuffer_add(out, cl->cl_header, strlen(cl->cl_header));
	if (*location != '\0')
		evbuffer_add_printf(out, "Location: %s\r\n", location);
	if (cookie != NULL)
		evbuffer_add_printf(out,
		    "Set-Cookie: __Host-longwire=%s; Path=/; Secure; "
		    "HttpOnly; SameSite=Strict%s\r\n",
		    cookie, *cookie == '\0' ? "; Max-Age=0" : "");
	if (cl->cl_language != NULL)
		evbuffer_add_printf(out,
		    "Set-Cookie: __Host-longwire-language=%s; Path=/; "
		    "Secure; HttpOnly; SameSite=Strict; Max-Age=31536000\r\n",
		    cl->cl_language);
	evbuffer_add_printf(out, "Connection: %s\r\n\r\n",
	    cl->cl_last ? "close" : "keep-alive");
	if (cl->cl_page != NULL && cl->cl_rq.rq_method != METHOD_HEAD)
		evbuffer_add_buffer(out, cl->cl_page);
	client_send(cl);
}

void
client_refuse(struct client *cl, int status)
{
	if (cl->cl_page != NULL)
		evbuffer_drain(cl->cl_page, evbuffer_get_length(cl->cl_page));
	else if ((cl->cl_page = evbuffer_new()) == NULL)
		fatalx("no memory");
	evbuffer_add_printf(cl->cl_page, "%d %s\n", status, reason(status));
	cl->cl_rq.rq_keep = false;
	client_respond(cl, status, "text/plain", "", NULL);
}
