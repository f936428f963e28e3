/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "crypto/base64.h"
#include "kern/bytes.h"
#include "tunnel/http_head.h"

static const char http_path[] = "/.well-known/masque/ethernet";

/* The path segment that names the hub, percent-decoded (RFC 3986, 2.1). */
static bool
http_hub(struct http_text t, char hub[HTTP_NAME_MAX])
{
	size_t i, n = 0;
	char c;

	for (i = 0; i < t.ht_len; i++) {
		c = t.ht_p[i];
		if (c == '%') {
			if (t.ht_len - i < 3 ||
			    hex_digit(t.ht_p[i + 1]) == -1 ||
			    hex_digit(t.ht_p[i + 2]) == -1)
				return (false);
			c = (char)(hex_digit(t.ht_p[i + 1]) << 4 |
			    hex_digit(t.ht_p[i + 2]));
			i += 2;
		}
		if (n == HTTP_NAME_MAX - 1)
			return (false);
		hub[n++] = c;
	}
	hub[n] = '\0';
	return (n == 0 || http_name_ok(hub, n));
}

/*
 * Host and port as RFC 3986 writes them, by their characters: it is not used
 * to decide anything, but shown.
 */
static bool
http_host(struct http_text t, char out[HTTP_HOST_MAX])
{
	size_t i;
	char c;

	if (t.ht_len == 0 || t.ht_len >= HTTP_HOST_MAX)
		return (false);
	for (i = 0; i < t.ht_len; i++) {
		c = t.ht_p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			strchr("-._~%:[]!$&'()*+,;=", c) != NULL))
			return (false);
	}
	memcpy(out, t.ht_p, t.ht_len);
	out[t.ht_len] = '\0';
	return (true);
}

/* Basic credentials (RFC 7617); what cannot be a user's is no credentials. */
static bool
http_basic(struct http_text t, struct http_request *rq)
{
	char buf[HTTP_NAME_MAX + HTTP_PASSWORD_MAX], *colon;
	ssize_t n;
	size_t i, len;

	if (!http_text_is(http_text_cut(&t, ' '), "Basic"))
		return (true);
	t = http_text_trim(t);
	if (t.ht_len / 4 * 3 >= sizeof(buf))
		return (true);
	n = base64_decode(BASE64, t.ht_p, t.ht_len, buf, sizeof(buf) - 1);
	if (n == -1)
		return (false);
	for (i = 0; i < (size_t)n; i++)
		if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f)
			return (false);
	buf[n] = '\0';
	if ((colon = strchr(buf, ':')) == NULL)
		return (false);
	*colon++ = '\0';
	len = strlen(buf);
	if (http_name_ok(buf, len) &&
	    strlcpy(rq->hr_password, colon, HTTP_PASSWORD_MAX) <
		HTTP_PASSWORD_MAX)
		memcpy(rq->hr_user, buf, len + 1);
	else
		memset(rq->hr_password, 0, HTTP_PASSWORD_MAX);
	explicit_bzero(buf, sizeof(buf));
	return (true);
}

static bool
http_target_chars(struct http_text t)
{
	size_t i;

	for (i = 0; i < t.ht_len; i++)
		if (t.ht_p[i] <= ' ' || t.ht_p[i] >= 0x7f || t.ht_p[i] == '#')
			return (false);
	return (t.ht_len > 0);
}

/*
 * Reduce an absolute-form target (RFC 9112, 3.2.2) to its path; its
 * authority takes the place of Host.  false when it is malformed.
 */
static bool
http_absolute(struct http_text *t, char host[HTTP_HOST_MAX])
{
	struct http_text auth;
	size_t n;

	if (t->ht_len > 8 && strncasecmp(t->ht_p, "https://", 8) == 0)
		n = 8;
	else if (t->ht_len > 7 && strncasecmp(t->ht_p, "http://", 7) == 0)
		n = 7;
	else
		return (false);
	auth = (struct http_text){ t->ht_p + n, t->ht_len - n };
	*t = auth;
	for (n = 0; n < auth.ht_len; n++)
		if (auth.ht_p[n] == '/' || auth.ht_p[n] == '?')
			break;
	auth.ht_len = n;
	t->ht_p += n;
	t->ht_len -= n;
	return (http_host(auth, host));
}

/* HTTP_TUNNEL when the target is ours, with the hub's name. */
static enum http_result
http_target(struct http_text t, bool get, struct http_request *rq)
{
	size_t n = sizeof(http_path) - 1;

	if (!http_target_chars(t))
		return (HTTP_BAD);
	if (t.ht_p[0] != '/') {
		/* Of the other forms only CONNECT's and OPTIONS's exist. */
		if (!http_absolute(&t, rq->hr_host))
			return (get ? HTTP_BAD : HTTP_OTHER);
	}
	t = http_text_cut(&t, '?');
	if (t.ht_len < n || memcmp(t.ht_p, http_path, n) != 0 ||
	    (t.ht_len > n && t.ht_p[n] != '/'))
		return (HTTP_OTHER);
	if (t.ht_len > n)
		n++;
	t.ht_p += n;
	t.ht_len -= n;
	return (http_hub(t, rq->hr_hub) ? HTTP_TUNNEL : HTTP_BAD);
}

/* What every request must fulfil (RFC 9112), tunnel or not. */
static const char *
http_check_common(const struct http_head *hh, struct http_request *rq)
{
	struct http_text t;

	if (http_head_find(hh, "Host", &t) != 1)
		return ("not exactly one Host");
	if (!http_host(t, rq->hr_host))
		return ("bad Host");
	if (http_head_find(hh, "Content-Length", &t) != 0 ||
	    http_head_find(hh, "Transfer-Encoding", &t) != 0)
		return ("content in a request");
	return (NULL);
}

/* What the draft asks of a request for a tunnel (section 4.2). */
static const char *
http_check_tunnel(const struct http_head *hh, struct http_request *rq)
{
	struct http_text t;
	unsigned int n;

	if (!http_head_lists(hh, "Connection", "upgrade"))
		return ("no Connection: Upgrade");
	if (http_head_find(hh, "Upgrade", &t) != 1 ||
	    !http_text_is(t, "connect-ethernet"))
		return ("not one Upgrade: connect-ethernet");
	n = http_head_find(hh, "Authorization", &t);
	if (n > 1 || (n == 1 && !http_basic(t, rq)))
		return ("bad Authorization");
	return (http_ext_parse(hh, true, &rq->hr_ext));
}

/* Of that length, and of characters as a password for Basic has them. */
static bool
http_new_password_ok(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return (false);
	return (len >= HTTP_NEW_PASSWORD_MIN && len < HTTP_PASSWORD_MAX);
}

/* A byte sequence (RFC 9651, 3.3.5). */
static bool
http_new_password(struct http_text t, struct http_request *rq)
{
	ssize_t n;

	if (t.ht_len < 2 || t.ht_p[0] != ':' || t.ht_p[t.ht_len - 1] != ':')
		return (false);
	n = base64_decode(BASE64, t.ht_p + 1, t.ht_len - 2, rq->hr_new_password,
	    HTTP_PASSWORD_MAX - 1);
	if (n == -1 || !http_new_password_ok(rq->hr_new_password, (size_t)n))
		return (false);
	rq->hr_new_password[n] = '\0';
	return (true);
}

/* A request to change the password: it cannot be one without the old. */
static const char *
http_check_change(const struct http_head *hh, struct http_request *rq)
{
	struct http_text t;

	if (http_head_find(hh, "Authorization", &t) != 1 || !http_basic(t, rq))
		return ("bad Authorization");
	if (http_head_find(hh, "Longwire-New-Password", &t) != 1 ||
	    !http_new_password(t, rq))
		return ("bad Longwire-New-Password");
	return (NULL);
}

static enum http_result
http_request(const struct http_head *hh, struct http_request *rq,
    const char **why)
{
	struct http_text line = hh->hh_start, method, target;
	enum http_result hr;
	bool get, post;

	method = http_text_cut(&line, ' ');
	target = http_text_cut(&line, ' ');
	get = method.ht_len == 3 && memcmp(method.ht_p, "GET", 3) == 0;
	post = method.ht_len == 4 && memcmp(method.ht_p, "POST", 4) == 0;
	if (!http_is_token(method) || line.ht_len != 8 ||
	    memcmp(line.ht_p, "HTTP/1.", 7) != 0 ||
	    (line.ht_p[7] != '0' && line.ht_p[7] != '1')) {
		*why = "bad request line";
		return (HTTP_BAD);
	}
	if ((*why = http_check_common(hh, rq)) != NULL)
		return (HTTP_BAD);
	*why = "bad target";
	if ((hr = http_target(target, get || post, rq)) != HTTP_TUNNEL)
		return (hr);
	*why = "not GET or POST of HTTP/1.1";
	if ((!get && !post) || line.ht_p[7] != '1')
		return (HTTP_BAD);
	*why = get ? http_check_tunnel(hh, rq) : http_check_change(hh, rq);
	return (*why == NULL ? HTTP_TUNNEL : HTTP_BAD);
}

enum http_result
http_parse_request(const char *buf, size_t len, struct http_request *rq,
    size_t *used, const char **why)
{
	struct http_head hh;
	enum http_result hr;

	memset(rq, 0, sizeof(*rq));
	*used = 0;
	if ((hr = http_head_parse(buf, len, &hh, why)) != HTTP_OTHER)
		return (hr);
	*used = hh.hh_used;
	hr = http_request(&hh, rq, why);
	if (hr == HTTP_BAD)
		explicit_bzero(rq, sizeof(*rq));
	return (hr);
}

/* "Authorization: Basic ...", or nothing without a user. */
static int
http_format_basic(const struct http_request *rq, char *out, size_t size)
{
	char plain[HTTP_NAME_MAX + HTTP_PASSWORD_MAX];
	char coded[(sizeof(plain) + 2) / 3 * 4 + 1];
	int n;

	out[0] = '\0';
	if (rq->hr_user[0] == '\0')
		return (0);
	if (!http_name_ok(rq->hr_user, strlen(rq->hr_user)))
		return (-1);
	n = snprintf(plain, sizeof(plain), "%s:%s", rq->hr_user,
	    rq->hr_password);
	base64_encode(BASE64, plain, (size_t)n, coded, sizeof(coded));
	n = snprintf(out, size, "Authorization: Basic %s\r\n", coded);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(coded, sizeof(coded));
	return (n < (int)size ? 0 : -1);
}

/* The field with the new password, or nothing without one. */
static int
http_format_new_password(const struct http_request *rq, char *out, size_t size)
{
	size_t len = strlen(rq->hr_new_password);
	char coded[(HTTP_PASSWORD_MAX + 2) / 3 * 4 + 1];
	int n;

	out[0] = '\0';
	if (len == 0)
		return (0);
	if (!http_new_password_ok(rq->hr_new_password, len))
		return (-1);
	base64_encode(BASE64, rq->hr_new_password, len, coded, sizeof(coded));
	n = snprintf(out, size, "Longwire-New-Password: :%s:\r\n", coded);
	explicit_bzero(coded, sizeof(coded));
	return (n < (int)size ? 0 : -1);
}

/* What any server answers, and no hub takes for a log-in. */
static int
http_format_look(const char *host, char *out, size_t size)
{
	int n = snprintf(out, size, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", host);

	return (n < (int)size ? n : -1);
}

int
http_format_request(const struct http_request *rq, char *out, size_t size)
{
	char auth[512], new[512], ext[1024], host[HTTP_HOST_MAX];
	bool change = rq->hr_new_password[0] != '\0';
	struct http_text t = { rq->hr_host, strlen(rq->hr_host) };
	int n;

	if (!http_host(t, host) ||
	    (rq->hr_hub[0] != '\0' &&
		!http_name_ok(rq->hr_hub, strlen(rq->hr_hub))) ||
	    http_format_basic(rq, auth, sizeof(auth)) == -1 ||
	    http_format_new_password(rq, new, sizeof(new)) == -1 ||
	    http_ext_format(&rq->hr_ext, true, ext, sizeof(ext)) == -1)
		return (-1);
	if (rq->hr_look)
		return (http_format_look(host, out, size));
	n = snprintf(out, size,
	    "%s %s/%s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "%s"
	    "%s%s\r\n",
	    change ? "POST" : "GET", http_path, rq->hr_hub, host,
	    change ? new :
		     "Connection: Upgrade\r\n"
		     "Upgrade: connect-ethernet\r\n"
		     "Capsule-Protocol: ?1\r\n",
	    auth, change ? "" : ext);
	explicit_bzero(auth, sizeof(auth));
	explicit_bzero(new, sizeof(new));
	return (n < (int)size ? n : -1);
}
