/* SPDX-License-Identifier: ISC */
/*
 * http: the heads of the HTTP/1.1 upgrade that opens a tunnel, parsed and
 * written (draft-ietf-masque-connect-ethernet, 3; RFC 9110, 7.8; RFC 9112).
 * Pure; input is hostile.
 *
 * Our own fields, all optional (absent: plain draft):
 *	Longwire-Offload: CONTEXT[;csum][;tso4][;tso6][;uso]
 *		what the sender of the field can receive in that context; the
 *		hub repeats the context to accept it.
 *	Longwire-Twice: CONTEXT
 *		its sender takes frames that come more than once, in that
 *		context, and drops all but the first of each (twice.h); the
 *		hub repeats the context to accept it.
 *	Longwire-Keepalive: SECONDS
 *		pings are answered; nothing heard for that long: dead.  The
 *		hub answers with the smaller of both wishes.
 *	Longwire-Session: new | resume="TOKEN" | join="TOKEN"   (request)
 *	Longwire-Session: "TOKEN";lifetime=SECONDS;resumed=?0   (response)
 *
 * A user changes the password with a POST to the same target, of no content:
 * the old one in Authorization, the new one, 8 to 256 octets of UTF-8, in
 *	Longwire-New-Password: :BASE64:
 * It asks for no tunnel.  204: from now on the new one counts; 401 as for a
 * log-in; 403: credentials are right, but this password is not the user's to
 * change; 503: not now.
 */
#ifndef TUNNEL_HTTP_H
#define TUNNEL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tunnel/token.h"

enum {
	HTTP_HEAD_MAX = 8192,	/* bytes of a request or response head */
	HTTP_FIELDS_MAX = 64,
	HTTP_NAME_MAX = 33,	/* hub and user names, with NUL */
	HTTP_PASSWORD_MAX = 257,
	HTTP_NEW_PASSWORD_MIN = 8,
	HTTP_HOST_MAX = 256
};

enum http_session {
	HTTP_SESSION_NONE,
	HTTP_SESSION_NEW,
	HTTP_SESSION_RESUME,
	HTTP_SESSION_JOIN
};

/* The extensions of one head, in either direction. */
struct http_extensions {
	uint64_t hx_context;		/* 0: no offload */
	unsigned int hx_can;		/* OFFLOAD_CAN_* the sender takes */
	uint64_t hx_twice;		/* context of numbered frames, or 0 */
	uint64_t hx_headers;		/* of compressed headers, or 0 */
	uint32_t hx_keepalive;		/* seconds, 0 absent */
	enum http_session hx_session;	/* request */
	char hx_token[TOKEN_STRLEN];	/* "" absent */
	uint32_t hx_lifetime;		/* response: seconds */
	bool hx_resumed;		/* response */
};

struct http_request {
	char hr_host[HTTP_HOST_MAX];
	char hr_hub[HTTP_NAME_MAX];	/* "" the default hub */
	char hr_user[HTTP_NAME_MAX];	/* "" no credentials */
	char hr_password[HTTP_PASSWORD_MAX];
	char hr_new_password[HTTP_PASSWORD_MAX]; /* "": asks for a tunnel */
	struct http_extensions hr_ext;
	bool hr_look;	/* client: ask for nothing but an answer, of any kind */
};

enum http_result {
	HTTP_MORE,	/* the head is not complete yet */
	HTTP_TUNNEL,	/* a well-formed request to a hub */
	HTTP_OTHER,	/* well-formed HTTP for something else: 404 */
	HTTP_BAD	/* malformed: 400 */
};

/*
 * Look at buf; *used is the head's length, with its empty line, once it is
 * complete.  A head over HTTP_HEAD_MAX is HTTP_BAD.  Credentials are Basic
 * (RFC 7617), UTF-8.  Bytes with no credentials at all are HTTP_TUNNEL with
 * an empty user (the caller answers 401).  *why, a static text, says what is
 * wrong with HTTP_BAD.
 */
enum http_result http_parse_request(const char *buf, size_t len,
    struct http_request *rq, size_t *used, const char **why);
/*
 * Write a request; bytes, or -1 when it does not fit, has bad names or a new
 * password that is none.
 */
int http_format_request(const struct http_request *rq, char *out, size_t size);

struct http_response {
	int hp_status;
	struct http_extensions hp_ext;
	uint64_t hp_date;		/* Date, Unix time, or 0 */
};

/* HTTP_TUNNEL for a correct 101, HTTP_OTHER for another status. */
enum http_result http_parse_response(const char *buf, size_t len,
    struct http_response *rp, size_t *used, const char **why);
/*
 * A whole response: 101 with ext, or 204 or an error status (400, 401, 403,
 * 404, 408, 431, 503), errors with a short plain-text body, and "Connection:
 * close"; now is Unix time for Date.  Bytes, or -1.
 */
int http_format_response(int status, const struct http_extensions *ext,
    uint64_t now, char *out, size_t size);

#endif
