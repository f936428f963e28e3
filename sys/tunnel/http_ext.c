/* SPDX-License-Identifier: ISC */
/* Our own fields, in the subset of RFC 9651 that http.h gives. */
#include <stdio.h>
#include <string.h>

#include "net/offload.h"
#include "tunnel/http_head.h"

static const struct {
	const char *hc_name;
	unsigned int hc_can;
} http_can[] = {
	{ "csum", OFFLOAD_CAN_CSUM },
	{ "tso4", OFFLOAD_CAN_TSO4 },
	{ "tso6", OFFLOAD_CAN_TSO6 },
	{ "uso", OFFLOAD_CAN_USO },
};

enum { HTTP_KEEPALIVE_MAX = 86400 };

/* A non-negative integer of at most 15 digits (RFC 9651, 3.3.1). */
static bool
http_ext_integer(struct http_text t, uint64_t *v)
{
	size_t i;

	if (t.ht_len == 0 || t.ht_len > 15)
		return (false);
	for (*v = 0, i = 0; i < t.ht_len; i++) {
		if (t.ht_p[i] < '0' || t.ht_p[i] > '9')
			return (false);
		*v = *v * 10 + (uint64_t)(t.ht_p[i] - '0');
	}
	return (true);
}

/* "TOKEN", with its quotes, of base64url characters. */
static bool
http_ext_token(struct http_text t, char out[TOKEN_STRLEN])
{
	size_t i;

	if (t.ht_len < 3 || t.ht_len > TOKEN_STRLEN + 1 || t.ht_p[0] != '"' ||
	    t.ht_p[t.ht_len - 1] != '"')
		return (false);
	t.ht_p++;
	t.ht_len -= 2;
	for (i = 0; i < t.ht_len; i++)
		if (!((t.ht_p[i] >= 'a' && t.ht_p[i] <= 'z') ||
			(t.ht_p[i] >= 'A' && t.ht_p[i] <= 'Z') ||
			(t.ht_p[i] >= '0' && t.ht_p[i] <= '9') ||
			t.ht_p[i] == '-' || t.ht_p[i] == '_'))
			return (false);
	memcpy(out, t.ht_p, t.ht_len);
	out[t.ht_len] = '\0';
	return (true);
}

/* A context that we may choose: even, not 0. */
static bool
http_ext_context(struct http_text t, uint64_t *context)
{
	return (http_ext_integer(http_text_trim(http_text_cut(&t, ';')),
		    context) &&
	    *context != 0 && *context % 2 == 0);
}

/* Of a field that names a context and nothing else; absent: 0. */
static bool
http_ext_named(const struct http_head *hh, const char *name, uint64_t *context)
{
	struct http_text t;
	unsigned int n = http_head_find(hh, name, &t);

	return (n == 0 || (n == 1 && http_ext_context(t, context)));
}

/* What is asked for has contexts of its own. */
static bool
http_ext_differ(const struct http_extensions *hx)
{
	return ((hx->hx_twice == 0 || hx->hx_twice != hx->hx_context) &&
	    (hx->hx_headers == 0 ||
		(hx->hx_headers != hx->hx_context &&
		    hx->hx_headers != hx->hx_twice)));
}

static bool
http_ext_offload(struct http_text t, struct http_extensions *hx)
{
	struct http_text param;
	size_t i;

	if (!http_ext_context(http_text_trim(http_text_cut(&t, ';')),
		&hx->hx_context))
		return (false);
	while (t.ht_len > 0) {
		/* Unknown ones are of later versions. */
		param = http_text_trim(http_text_cut(&t, ';'));
		for (i = 0; i < sizeof(http_can) / sizeof(http_can[0]); i++)
			if (http_text_is(param, http_can[i].hc_name))
				hx->hx_can |= http_can[i].hc_can;
	}
	return (true);
}

static bool
http_ext_keepalive(struct http_text t, struct http_extensions *hx)
{
	uint64_t v;

	if (!http_ext_integer(http_text_trim(http_text_cut(&t, ';')), &v) ||
	    v == 0 || v > HTTP_KEEPALIVE_MAX)
		return (false);
	hx->hx_keepalive = (uint32_t)v;
	return (true);
}

static bool
http_ext_session_request(struct http_text t, struct http_extensions *hx)
{
	struct http_text key;

	if (http_text_is(t, "new")) {
		hx->hx_session = HTTP_SESSION_NEW;
		return (true);
	}
	key = http_text_cut(&t, '=');
	if (http_text_is(key, "resume"))
		hx->hx_session = HTTP_SESSION_RESUME;
	else if (http_text_is(key, "join"))
		hx->hx_session = HTTP_SESSION_JOIN;
	else
		return (false);
	return (http_ext_token(t, hx->hx_token));
}

static bool
http_ext_session_response(struct http_text t, struct http_extensions *hx)
{
	struct http_text param, key;
	uint64_t v;

	if (!http_ext_token(http_text_trim(http_text_cut(&t, ';')),
		hx->hx_token))
		return (false);
	while (t.ht_len > 0) {
		param = http_text_trim(http_text_cut(&t, ';'));
		key = http_text_cut(&param, '=');
		if (http_text_is(key, "lifetime")) {
			if (!http_ext_integer(param, &v) || v > UINT32_MAX)
				return (false);
			hx->hx_lifetime = (uint32_t)v;
		} else if (http_text_is(key, "resumed")) {
			hx->hx_resumed = http_text_is(param, "?1");
		}
	}
	return (true);
}

const char *
http_ext_parse(const struct http_head *hh, bool request,
    struct http_extensions *hx)
{
	struct http_text t;
	unsigned int n;

	memset(hx, 0, sizeof(*hx));
	n = http_head_find(hh, "Longwire-Offload", &t);
	if (n > 1 || (n == 1 && !http_ext_offload(t, hx)))
		return ("bad Longwire-Offload");
	if (!http_ext_named(hh, "Longwire-Twice", &hx->hx_twice))
		return ("bad Longwire-Twice");
	if (!http_ext_named(hh, "Longwire-Headers", &hx->hx_headers))
		return ("bad Longwire-Headers");
	if (!http_ext_differ(hx))
		return ("one context for two uses");
	n = http_head_find(hh, "Longwire-Keepalive", &t);
	if (n > 1 || (n == 1 && !http_ext_keepalive(t, hx)))
		return ("bad Longwire-Keepalive");
	n = http_head_find(hh, "Longwire-Session", &t);
	if (n > 1 ||
	    (n == 1 &&
		!(request ? http_ext_session_request(t, hx) :
			    http_ext_session_response(t, hx))))
		return ("bad Longwire-Session");
	return (NULL);
}

static int
http_ext_format_offload(const struct http_extensions *hx, char *out,
    size_t size)
{
	char params[32] = "";
	size_t i;

	for (i = 0; i < sizeof(http_can) / sizeof(http_can[0]); i++) {
		if ((hx->hx_can & http_can[i].hc_can) == 0)
			continue;
		strlcat(params, ";", sizeof(params));
		strlcat(params, http_can[i].hc_name, sizeof(params));
	}
	return (snprintf(out, size, "Longwire-Offload: %llu%s\r\n",
	    (unsigned long long)hx->hx_context, params));
}

static size_t
http_ext_format_context(const char *name, uint64_t context, char *out,
    size_t size)
{
	if (context == 0)
		return (0);
	return ((size_t)snprintf(out, size, "%s: %llu\r\n", name,
	    (unsigned long long)context));
}

static int
http_ext_format_session(const struct http_extensions *hx, bool request,
    char *out, size_t size)
{
	if (!request)
		return (snprintf(out, size,
		    "Longwire-Session: \"%s\";lifetime=%u;resumed=?%d\r\n",
		    hx->hx_token, hx->hx_lifetime, hx->hx_resumed ? 1 : 0));
	if (hx->hx_session == HTTP_SESSION_NEW)
		return (snprintf(out, size, "Longwire-Session: new\r\n"));
	return (snprintf(out, size, "Longwire-Session: %s=\"%s\"\r\n",
	    hx->hx_session == HTTP_SESSION_RESUME ? "resume" : "join",
	    hx->hx_token));
}

int
http_ext_format(const struct http_extensions *hx, bool request, char *out,
    size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	if (hx->hx_context != 0)
		n += (size_t)http_ext_format_offload(hx, out, size);
	if (n < size)
		n += http_ext_format_context("Longwire-Twice", hx->hx_twice,
		    out + n, size - n);
	if (n < size)
		n += http_ext_format_context("Longwire-Headers", hx->hx_headers,
		    out + n, size - n);
	if (n < size && hx->hx_keepalive != 0)
		n += (size_t)snprintf(out + n, size - n,
		    "Longwire-Keepalive: %u\r\n", hx->hx_keepalive);
	if (n < size &&
	    (request ? hx->hx_session != HTTP_SESSION_NONE :
		       hx->hx_token[0] != '\0'))
		n += (size_t)http_ext_format_session(hx, request, out + n,
		    size - n);
	return (n < size ? (int)n : -1);
}
