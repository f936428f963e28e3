/* SPDX-License-Identifier: ISC */
/*
 * client: an order at a directory (RFC 8555, 7), step by step, each a request
 * that waits for its answer.  A step that fails ends the process by way of
 * fault().
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/base64.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "acmed.h"

enum {
	REQUESTS_MAX = 200,	/* of an order, retries included */
	NONCE_RETRIES = 20,	/* of one request (6.5) */
	POLL_MS = 240000,	/* for an answer to come */
	POLL_LAST = 15		/* s between two looks */
};

struct client {
	int cl_ch;
	const struct job *cl_job;
	unsigned int cl_requests;
	json_t *cl_directory;
	char cl_nonce[ACME_TOKEN_MAX];	/* "": none left */
	char cl_kid[ACME_URL_MAX];	/* the account's URL */
	const char *cl_step;		/* for what goes wrong */
	char cl_host[256];
};

/* Tell what is wrong and end. */
static void __attribute__((noreturn, format(printf, 3, 4)))
fault(struct client *cl, uint32_t wait, const char *fmt, ...)
{
	struct msg_fault mf = { .mf_wait = wait };
	char text[ACME_FAULT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(mf.mf_text, sizeof(mf.mf_text), "%s at %.100s: %.350s",
	    cl->cl_step, cl->cl_host, text);
	(void)channel_send(cl->cl_ch, MSG_FAULT, &mf, sizeof(mf), -1);
	_exit(0);
}

/* A request as it is; what went wrong below HTTP ends. */
static const struct reply *
ask(struct client *cl, const char *method, const char *where, const char *body)
{
	const struct reply *re;
	char err[256];
	struct url ur;

	if (url_parse(where, &ur) == -1)
		fault(cl, 0, "not an https URL: %.200s", where);
	strlcpy(cl->cl_host, ur.ur_host, sizeof(cl->cl_host));
	if (++cl->cl_requests > REQUESTS_MAX)
		fault(cl, 0, "more than %d requests", REQUESTS_MAX);
	re = https_request(cl->cl_ch, cl->cl_job, method, &ur, body, err,
	    sizeof(err));
	if (re == NULL)
		fault(cl, 0, "%s", err);
	if (re->re_nonce[0] != '\0')
		strlcpy(cl->cl_nonce, re->re_nonce, sizeof(cl->cl_nonce));
	return (re);
}

/* An answer that is no success ends. */
static void
expect(struct client *cl, const struct reply *re)
{
	char text[ACME_FAULT_MAX];

	if (re->re_status / 100 == 2)
		return;
	if (re->re_status / 100 == 3)
		fault(cl, 0,
		    "it sends to another place, %s, which is not followed",
		    re->re_location[0] == '\0' ? "nowhere" : re->re_location);
	problem_text(re, text, sizeof(text));
	fault(cl, re->re_wait, "%s", text);
}

/* The URL of a resource of the directory (7.1.1). */
static const char *
resource(struct client *cl, const char *name)
{
	const char *url = reply_member(cl->cl_directory, name);

	if (*url == '\0')
		fault(cl, 0, "the directory has no %s; is it one of ACME?",
		    name);
	return (url);
}

static json_t *
object(struct client *cl, const struct reply *re)
{
	json_error_t je;
	json_t *doc = json_loadb(re->re_body, re->re_len, 0, &je);

	if (!json_is_object(doc))
		fault(cl, 0, "no JSON object came (%.80s)", je.text);
	return (doc);
}

static void
fetch_nonce(struct client *cl)
{
	expect(cl, ask(cl, "HEAD", resource(cl, "newNonce"), NULL));
	if (cl->cl_nonce[0] == '\0')
		fault(cl, 0, "no nonce came");
}

static const struct reply *
post_once(struct client *cl, const char *url, const char *payload)
{
	const struct reply *re;
	char *body;

	if (cl->cl_nonce[0] == '\0')
		fetch_nonce(cl);
	body = jws_sign(cl->cl_job->jo_account,
	    cl->cl_kid[0] == '\0' ? NULL : cl->cl_kid, cl->cl_nonce, url,
	    payload);
	if (body == NULL)
		fault(cl, 0, "the request cannot be signed");
	cl->cl_nonce[0] = '\0';
	re = ask(cl, "POST", url, body);
	free(body);
	return (re);
}

/* A signed request (6.2); "" asks for a resource. */
static const struct reply *
post(struct client *cl, const char *url, const char *payload)
{
	const struct reply *re;
	char type[64];
	int i;

	for (i = 0; i < NONCE_RETRIES; i++) {
		re = post_once(cl, url, payload);
		if (re->re_status != 400)
			break;
		problem_type(re, type, sizeof(type));
		if (strcmp(type, "badNonce") != 0)
			break;
	}
	expect(cl, re);
	return (re);
}

static json_t *
post_json(struct client *cl, const char *url, const char *payload)
{
	return (object(cl, post(cl, url, payload)));
}

/* 7.1.1 */
static void
read_directory(struct client *cl)
{
	const struct reply *re;

	cl->cl_step = "directory";
	re = ask(cl, "GET", conf_str(cl->cl_job->jo_conf, "directory"), NULL);
	expect(cl, re);
	cl->cl_directory = object(cl, re);
}

/* {"contact": [...]}, and at the first time that the terms are accepted */
static char *
account_payload(const struct conf *cf, bool new)
{
	json_t *doc = json_object(), *list = json_array();
	const struct conf *contact = NULL;
	char *text;

	while ((contact = conf_next(cf, "contact", contact)) != NULL)
		json_array_append_new(list,
		    json_sprintf("mailto:%s", contact->cf_values[0]));
	json_object_set_new(doc, "contact", list);
	if (new)
		json_object_set_new(doc, "termsOfServiceAgreed", json_true());
	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	return (text);
}

/* 7.3: the account of this key, new or not; its contacts are as set. */
static void
log_in(struct client *cl)
{
	const struct conf *cf = cl->cl_job->jo_conf;
	const struct reply *re;
	char *payload;
	bool known;

	cl->cl_step = "account";
	if ((payload = account_payload(cf, true)) == NULL)
		fault(cl, 0, "no memory");
	re = post(cl, resource(cl, "newAccount"), payload);
	free(payload);
	if (re->re_location[0] == '\0')
		fault(cl, 0, "no account came");
	known = re->re_status == 200;
	strlcpy(cl->cl_kid, re->re_location, sizeof(cl->cl_kid));
	if (!known || (payload = account_payload(cf, false)) == NULL)
		return;
	(void)post(cl, cl->cl_kid, payload);
	free(payload);
}

/* 7.4: *url is the order's. */
static json_t *
new_order(struct client *cl, char url[ACME_URL_MAX])
{
	json_t *list = json_array();
	const struct conf *name = NULL;
	const struct reply *re;
	char *payload;
	json_t *doc;

	cl->cl_step = "order";
	while ((name = conf_next(cl->cl_job->jo_conf, "name", name)) != NULL)
		json_array_append_new(list,
		    json_pack("{s:s,s:s}", "type", "dns", "value",
			name->cf_values[0]));
	doc = json_pack("{s:o}", "identifiers", list);
	payload = doc == NULL ? NULL : json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	if (payload == NULL)
		fault(cl, 0, "no memory");
	re = post(cl, resource(cl, "newOrder"), payload);
	free(payload);
	if (re->re_location[0] == '\0')
		fault(cl, 0, "no order came");
	strlcpy(url, re->re_location, ACME_URL_MAX);
	return (object(cl, re));
}

/* The part of an authorization or order that says why it failed. */
static void
tell_error(struct client *cl, const json_t *doc)
{
	json_t *error = json_object_get(doc, "error");
	char text[ACME_FAULT_MAX], *json = json_dumps(error, JSON_COMPACT);
	struct reply re = { .re_type = "application/json" };

	re.re_body = json == NULL ? "" : json;
	re.re_len = strlen(re.re_body);
	problem_text(&re, text, sizeof(text));
	free(json);
	if (error == NULL)
		fault(cl, 0, "refused without a reason");
	fault(cl, 0, "%s", text);
}

/* Look again until a status is there, which ends the waiting. */
static json_t *
poll_until(struct client *cl, const char *url, const char *wanted)
{
	uint64_t end = clock_ms() + POLL_MS;
	unsigned int wait = 1;
	const struct reply *re;
	uint32_t asked;
	json_t *doc;

	for (;;) {
		re = post(cl, url, "");
		asked = re->re_wait;
		doc = object(cl, re);
		if (strcmp(reply_member(doc, "status"), wanted) == 0 ||
		    strcmp(reply_member(doc, "status"), "valid") == 0)
			return (doc);
		if (strcmp(reply_member(doc, "status"), "pending") != 0 &&
		    strcmp(reply_member(doc, "status"), "processing") != 0)
			return (doc);
		json_decref(doc);
		if (clock_ms() > end)
			fault(cl, 0, "no decision within %d s", POLL_MS / 1000);
		if (asked > wait)
			wait = asked;
		sleep(wait < POLL_LAST ? wait : POLL_LAST);
		wait++;
	}
}

/* The challenge of the kind that is set; NULL if there is none. */
static const json_t *
find_challenge(const json_t *authz, const char *kind)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(authz, "challenges"), i, one)
	{
		if (strcmp(reply_member(one, "type"), kind) == 0)
			return (one);
	}
	return (NULL);
}

/* Have the order process do something; what is wrong ends. */
static void
tell_order(struct client *cl, enum msg_type what, const void *data, size_t len)
{
	enum msg_type type;
	char err[256];
	ssize_t n;
	int fd;

	if (channel_send(cl->cl_ch, what, data, len, -1) == -1 ||
	    (n = channel_recv(cl->cl_ch, &type, err, sizeof(err) - 1, &fd)) ==
		-1)
		_exit(1);
	err[n] = '\0';
	if (type != MSG_OK)
		fault(cl, 0, "%s", err);
}

/* 8.1; a token is of base64url, so that it can be part of a path. */
static void
answer_challenge(struct client *cl, const json_t *authz, const json_t *one)
{
	struct msg_challenge mc = { .mc_name = "" };
	const char *token = reply_member(one, "token");
	char print[64];
	size_t len = strlen(token);

	if (len < 16 || len >= sizeof(mc.mc_token) ||
	    strspn(token,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_") != len)
		fault(cl, 0, "a malformed token");
	if (jws_thumbprint(cl->cl_job->jo_account, print, sizeof(print)) == -1)
		fault(cl, 0, "the account's key has no thumbprint");
	strlcpy(mc.mc_name,
	    reply_member(json_object_get(authz, "identifier"), "value"),
	    sizeof(mc.mc_name));
	strlcpy(mc.mc_token, token, sizeof(mc.mc_token));
	snprintf(mc.mc_keyauth, sizeof(mc.mc_keyauth), "%s.%s", token, print);
	tell_order(cl, MSG_CHALLENGE, &mc, sizeof(mc));
}

/* 7.5 */
static void
authorize(struct client *cl, const char *url)
{
	const char *kind = conf_str(cl->cl_job->jo_conf, "challenge");
	json_t *authz, *done;
	const json_t *one;

	cl->cl_step = "authorization";
	authz = post_json(cl, url, "");
	if (strcmp(reply_member(authz, "status"), "valid") == 0) {
		json_decref(authz);
		return;
	}
	if ((one = find_challenge(authz, kind)) == NULL)
		fault(cl, 0, "it offers no challenge %s for %.200s", kind,
		    reply_member(json_object_get(authz, "identifier"),
			"value"));
	answer_challenge(cl, authz, one);
	(void)post(cl, reply_member(one, "url"), "{}");
	done = poll_until(cl, url, "valid");
	tell_order(cl, MSG_CLEAR, NULL, 0);
	if (strcmp(reply_member(done, "status"), "valid") != 0) {
		cl->cl_step = kind;
		one = find_challenge(done, kind);
		tell_error(cl, one != NULL ? one : done);
	}
	json_decref(authz);
	json_decref(done);
}

static void
authorize_all(struct client *cl, const json_t *order)
{
	const json_t *list = json_object_get(order, "authorizations"), *one;
	size_t i;

	if (json_array_size(list) == 0 || json_array_size(list) > ACME_NAMES)
		fault(cl, 0, "an order with %zu authorizations",
		    json_array_size(list));
	json_array_foreach(list, i, one)
	{
		if (!json_is_string(one))
			fault(cl, 0, "an authorization without URL");
		authorize(cl, json_string_value(one));
	}
}

/* 7.4: the request goes to an order that is ready. */
static json_t *
finalize(struct client *cl, const char *url)
{
	char csr[ACME_CSR_MAX / 3 * 4 + 8], *payload;
	json_t *order;

	cl->cl_step = "order";
	order = poll_until(cl, url, "ready");
	if (strcmp(reply_member(order, "status"), "ready") == 0) {
		if (base64_encode(BASE64_URL, cl->cl_job->jo_csr,
			cl->cl_job->jo_ncsr, csr, sizeof(csr)) == -1 ||
		    asprintf(&payload, "{\"csr\":\"%s\"}", csr) == -1)
			fault(cl, 0, "no memory");
		json_decref(post_json(cl, reply_member(order, "finalize"),
		    payload));
		free(payload);
		json_decref(order);
		order = poll_until(cl, url, "valid");
	}
	if (strcmp(reply_member(order, "status"), "valid") != 0)
		tell_error(cl, order);
	return (order);
}

void
client_run(int ch, const struct job *jo)
{
	struct client cl = { .cl_ch = ch,
		.cl_job = jo,
		.cl_step = "directory" };
	char url[ACME_URL_MAX];
	const struct reply *re;
	json_t *order;

	read_directory(&cl);
	log_in(&cl);
	order = new_order(&cl, url);
	authorize_all(&cl, order);
	json_decref(order);
	order = finalize(&cl, url);
	cl.cl_step = "certificate";
	re = post(&cl, reply_member(order, "certificate"), "");
	if (re->re_len == 0 || re->re_len >= ACME_CHAIN_MAX ||
	    memchr(re->re_body, '\0', re->re_len) != NULL)
		fault(&cl, 0, "no certificate came");
	(void)channel_send(ch, MSG_CHAIN, re->re_body, re->re_len, -1);
	json_decref(order);
	json_decref(cl.cl_directory);
}
