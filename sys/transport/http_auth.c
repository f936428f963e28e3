/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "crypto/base64.h"
#include "transport/http_auth.h"
#include "transport/http_challenge.h"
#include "transport/http_digest.h"

enum { AUTH_PAIR_MAX = 255 + 1 + 256 };	/* user:password */

#define AUTH_1601 UINT64_C(11644473600)	/* seconds from 1601 to 1970 */

static const char *const auth_names[] = {
	[AUTH_NONE] = "none",
	[AUTH_BASIC] = "Basic",
	[AUTH_DIGEST_MD5] = "Digest with MD5",
	[AUTH_NTLM] = "NTLM",
	[AUTH_DIGEST_SHA256] = "Digest with SHA-256",
};

const char *
http_auth_name(enum auth_scheme scheme)
{
	return (auth_names[scheme]);
}

static enum auth_scheme
auth_scheme(struct http_text name)
{
	if (http_text_is(name, "Basic"))
		return (AUTH_BASIC);
	if (http_text_is(name, "NTLM"))
		return (AUTH_NTLM);
	/* RFC 7616, 3.3: MD5 where no algorithm is named */
	return (http_text_is(name, "Digest") ? AUTH_DIGEST_MD5 : AUTH_NONE);
}

/* Remember a name, once, for messages. */
static void
auth_note(struct auth_offers *aos, const char *name, size_t len)
{
	char text[48];

	snprintf(text, sizeof(text), "%.*s", (int)(len & 0xff), name);
	if (strcasestr(aos->aos_names, text) != NULL)
		return;
	if (aos->aos_names[0] != '\0')
		strlcat(aos->aos_names, ", ", sizeof(aos->aos_names));
	strlcat(aos->aos_names, text, sizeof(aos->aos_names));
}

static void
digest_algorithm(struct auth_offer *ao, const char *value)
{
	static const struct {
		const char *al_name;
		enum auth_scheme al_scheme;
		bool al_sess;
	} all[] = {
		{ "MD5", AUTH_DIGEST_MD5, false },
		{ "MD5-sess", AUTH_DIGEST_MD5, true },
		{ "SHA-256", AUTH_DIGEST_SHA256, false },
		{ "SHA-256-sess", AUTH_DIGEST_SHA256, true },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcasecmp(all[i].al_name, value) == 0) {
			ao->ao_scheme = all[i].al_scheme;
			ao->ao_sess = all[i].al_sess;
			return;
		}
	ao->ao_unfit = true;
}

/* A list; of what is not auth we can do nothing. */
static void
digest_qop(struct auth_offer *ao, const char *value)
{
	struct http_text list = { value, strlen(value) };

	while (list.ht_len > 0)
		if (http_text_is(http_text_trim(http_text_cut(&list, ',')),
			"auth"))
			ao->ao_qop = true;
	if (!ao->ao_qop)
		ao->ao_unfit = true;
}

static void
digest_text(struct auth_offer *ao, char *to, size_t size, const char *value)
{
	if (strlcpy(to, value, size) >= size)
		ao->ao_unfit = true;
}

static void
digest_param(struct auth_offer *ao, struct http_text name, const char *value)
{
	if (http_text_is(name, "realm"))
		digest_text(ao, ao->ao_realm, sizeof(ao->ao_realm), value);
	else if (http_text_is(name, "nonce"))
		digest_text(ao, ao->ao_nonce, sizeof(ao->ao_nonce), value);
	else if (http_text_is(name, "opaque"))
		digest_text(ao, ao->ao_opaque, sizeof(ao->ao_opaque), value);
	else if (http_text_is(name, "algorithm"))
		digest_algorithm(ao, value);
	else if (http_text_is(name, "qop"))
		digest_qop(ao, value);
	else if (http_text_is(name, "stale"))
		ao->ao_stale = strcasecmp(value, "true") == 0;
	else if (http_text_is(name, "userhash"))
		ao->ao_userhash = strcasecmp(value, "true") == 0;
	else if (http_text_is(name, "charset"))
		ao->ao_utf8 = strcasecmp(value, "UTF-8") == 0;
}

/* All of an offer is known. */
static void
auth_offered(struct auth_offers *aos, const struct auth_offer *ao)
{
	bool digest = ao->ao_scheme == AUTH_DIGEST_MD5 ||
	    ao->ao_scheme == AUTH_DIGEST_SHA256;

	if (ao->ao_scheme == AUTH_NONE)
		return;
	if (ao->ao_unfit || (digest && ao->ao_nonce[0] == '\0')) {
		auth_note(aos, "Digest of an unknown kind",
		    sizeof("Digest of an unknown kind") - 1);
		return;
	}
	auth_note(aos, auth_names[ao->ao_scheme],
	    strlen(auth_names[ao->ao_scheme]));
	if (aos->aos_count < AUTH_OFFERS)
		aos->aos_offer[aos->aos_count++] = *ao;
}

static void
auth_offers_field(struct auth_offers *aos, struct http_text field)
{
	struct auth_offer ao = { .ao_scheme = AUTH_NONE };
	struct challenge_piece cp;

	while (http_challenge_next(&field, &cp)) {
		if (cp.cp_kind == CHALLENGE_PARAM) {
			if (ao.ao_scheme == AUTH_DIGEST_MD5 ||
			    ao.ao_scheme == AUTH_DIGEST_SHA256)
				digest_param(&ao, cp.cp_name, cp.cp_value);
			continue;
		}
		auth_offered(aos, &ao);
		memset(&ao, 0, sizeof(ao));
		ao.ao_scheme = auth_scheme(cp.cp_name);
		ao.ao_token = cp.cp_token;
		if (ao.ao_scheme == AUTH_NONE)
			auth_note(aos, cp.cp_name.ht_p, cp.cp_name.ht_len);
	}
	auth_offered(aos, &ao);
}

void
http_auth_offers(const struct http_head *hh, struct auth_offers *aos)
{
	size_t i;

	memset(aos, 0, sizeof(*aos));
	for (i = 0; i < hh->hh_nfields; i++)
		if (http_text_is(hh->hh_fields[i].hf_name,
			"Proxy-Authenticate"))
			auth_offers_field(aos, hh->hh_fields[i].hf_value);
}

static const struct auth_offer *
auth_strongest(const struct auth_offers *aos)
{
	const struct auth_offer *best = NULL;
	unsigned int i;

	for (i = 0; i < aos->aos_count; i++)
		if (best == NULL ||
		    aos->aos_offer[i].ao_scheme > best->ao_scheme)
			best = &aos->aos_offer[i];
	return (best);
}

void
http_auth_denied(const struct http_auth *ha, char *why, size_t size)
{
	snprintf(why, size,
	    "refuses user \"%s\" (by %s): wrong user or password", ha->ha_user,
	    http_auth_name(ha->ha_offer.ao_scheme));
}

void
http_auth_anew(struct http_auth *ha)
{
	if (ha->ha_offer.ao_scheme == AUTH_NTLM && ha->ha_stage != AUTH_SENT)
		ha->ha_stage = AUTH_START;
}

/* The proxy's answer to NTLM's first message. */
static enum auth_step
auth_ntlm_challenge(struct http_auth *ha, const struct auth_offers *aos,
    char *why, size_t size)
{
	uint8_t raw[NTLM_MESSAGE_MAX];
	struct http_text token = { NULL, 0 };
	unsigned int i;
	ssize_t n = -1;

	for (i = 0; i < aos->aos_count; i++)
		if (aos->aos_offer[i].ao_scheme == AUTH_NTLM &&
		    aos->aos_offer[i].ao_token.ht_len > 0)
			token = aos->aos_offer[i].ao_token;
	if (token.ht_len > 0)
		n = base64_decode(BASE64, token.ht_p, token.ht_len, raw,
		    sizeof(raw));
	if (n == -1 ||
	    ntlm_parse_challenge(raw, (size_t)n, &ha->ha_ntlm) == -1) {
		snprintf(why, size, "%s",
		    token.ht_len == 0 ?
			"does not go on with NTLM" :
			"sends an NTLM challenge that is not NTLMv2's");
		return (AUTH_CANNOT);
	}
	ha->ha_stage = AUTH_CHALLENGED;
	return (AUTH_ASK);
}

/* Credentials were sent; that they were too old is no refusal. */
static enum auth_step
auth_refused(struct http_auth *ha, const struct auth_offers *aos, char *why,
    size_t size)
{
	unsigned int i;

	for (i = 0; i < aos->aos_count; i++)
		if (aos->aos_offer[i].ao_scheme == ha->ha_offer.ao_scheme &&
		    aos->aos_offer[i].ao_stale && ha->ha_stale++ < AUTH_STALE) {
			ha->ha_offer = aos->aos_offer[i];
			return (AUTH_ASK);
		}
	http_auth_denied(ha, why, size);
	return (AUTH_DENIED);
}

enum auth_step
http_auth_challenge(struct http_auth *ha, const struct http_head *hh, char *why,
    size_t size)
{
	struct auth_offers aos;
	const struct auth_offer *best;

	http_auth_offers(hh, &aos);
	if (ha->ha_user == NULL) {
		snprintf(why, size, "wants a user and password (%s)",
		    aos.aos_names);
		return (AUTH_CANNOT);
	}
	if (ha->ha_stage == AUTH_SENT)
		return (auth_refused(ha, &aos, why, size));
	if (ha->ha_stage == AUTH_NEGOTIATED)
		return (auth_ntlm_challenge(ha, &aos, why, size));
	if ((best = auth_strongest(&aos)) == NULL) {
		snprintf(why, size,
		    "wants a log-in by %s, none of which is known here",
		    aos.aos_names[0] == '\0' ? "nothing" : aos.aos_names);
		return (AUTH_CANNOT);
	}
	ha->ha_offer = *best;
	return (AUTH_ASK);
}

/* The field's beginning and these octets in base64; see http_auth_write(). */
static ssize_t
auth_write_token(const char *scheme, const void *data, size_t len, char *out,
    size_t size)
{
	int n = snprintf(out, size, "Proxy-Authorization: %s ", scheme);

	if (n < 0 || (size_t)n >= size ||
	    base64_encode(BASE64, data, len, out + n, size - (size_t)n) == -1 ||
	    strlcat(out, "\r\n", size) >= size)
		return (-1);
	return ((ssize_t)strlen(out));
}

/* RFC 7617, 2: a colon would end the user's name. */
static ssize_t
auth_write_basic(struct http_auth *ha, char *out, size_t size)
{
	char pair[AUTH_PAIR_MAX + 1];
	ssize_t n = -1;
	int len;

	len =
	    snprintf(pair, sizeof(pair), "%s:%s", ha->ha_user, ha->ha_password);
	if (strchr(ha->ha_user, ':') == NULL && len < (int)sizeof(pair))
		n = auth_write_token("Basic", pair, (size_t)len, out, size);
	explicit_bzero(pair, sizeof(pair));
	ha->ha_stage = AUTH_SENT;
	return (n);
}

static ssize_t
auth_write_ntlm(struct http_auth *ha, const struct auth_fresh *af, char *out,
    size_t size)
{
	uint8_t raw[NTLM_MESSAGE_MAX];
	struct ntlm_fresh nf;
	ssize_t n;

	if (ha->ha_stage != AUTH_CHALLENGED) {
		n = (ssize_t)ntlm_negotiate(raw, sizeof(raw));
		ha->ha_stage = AUTH_NEGOTIATED;
	} else {
		memcpy(nf.nf_nonce, af->af_random, sizeof(nf.nf_nonce));
		nf.nf_time = (af->af_unix + AUTH_1601) * 10000000;
		n = ntlm_authenticate(&ha->ha_ntlm, &nf, ha->ha_user,
		    ha->ha_password, raw, sizeof(raw));
		ha->ha_stage = AUTH_SENT;
	}
	if (n == -1)
		return (-1);
	return (auth_write_token("NTLM", raw, (size_t)n, out, size));
}

/* A quoted string (RFC 9110, 5.6.4) for a field; false without room. */
static bool
add_quoted(char *out, size_t size, const char *name, const char *value)
{
	size_t n = strlen(out);

	n += (size_t)snprintf(out + n, size - n, ", %s=\"", name);
	for (; n + 3 < size && *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			out[n++] = '\\';
		out[n++] = *value;
	}
	if (n + 2 >= size)
		return (false);
	memcpy(out + n, "\"", 2);
	return (true);
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return (false);
	return (true);
}

/* RFC 8187: username*=UTF-8''m%c3%bcller */
static bool
add_encoded_user(char *out, size_t size, const char *user)
{
	size_t n = strlen(out);

	n += (size_t)snprintf(out + n, size - n, ", username*=UTF-8''");
	for (; n + 4 < size && *user != '\0'; user++) {
		if ((*user >= 'a' && *user <= 'z') ||
		    (*user >= 'A' && *user <= 'Z') ||
		    (*user >= '0' && *user <= '9'))
			out[n++] = *user;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02x",
			    (unsigned int)(unsigned char)*user);
	}
	if (n + 4 >= size)
		return (false);
	out[n] = '\0';
	return (true);
}

/* How the proxy wants the user's name (RFC 7616, 3.4 and 3.4.4). */
static bool
add_user(const struct auth_offer *ao, const struct digest *dg, char *out,
    size_t size)
{
	char hash[DIGEST_STRLEN];

	if (ao->ao_userhash)
		return (digest_user(dg, hash) == 0 &&
		    add_quoted(out, size, "username", hash) &&
		    strlcat(out, ", userhash=true", size) < size);
	if (ao->ao_utf8 && !is_ascii(dg->dg_user))
		return (add_encoded_user(out, size, dg->dg_user));
	return (add_quoted(out, size, "username", dg->dg_user));
}

static ssize_t
auth_write_digest(struct http_auth *ha, const char *target,
    const struct auth_fresh *af, char *out, size_t size)
{
	const struct auth_offer *ao = &ha->ha_offer;
	char cnonce[2 * sizeof(af->af_random) + 1], response[DIGEST_STRLEN];
	struct digest dg = { .dg_sha256 = ao->ao_scheme == AUTH_DIGEST_SHA256,
		.dg_sess = ao->ao_sess,
		.dg_qop = ao->ao_qop,
		.dg_nc = 1,
		.dg_user = ha->ha_user,
		.dg_password = ha->ha_password,
		.dg_realm = ao->ao_realm,
		.dg_nonce = ao->ao_nonce,
		.dg_cnonce = cnonce,
		.dg_method = "CONNECT",
		.dg_uri = target };
	size_t i;

	ha->ha_stage = AUTH_SENT;
	for (i = 0; i < sizeof(af->af_random); i++)
		snprintf(cnonce + 2 * i, 3, "%02x", af->af_random[i]);
	if (digest_response(&dg, response) == -1 ||
	    (size_t)snprintf(out, size,
		"Proxy-Authorization: Digest algorithm=%s%s, "
		"response=\"%s\"%s%s",
		dg.dg_sha256 ? "SHA-256" : "MD5", dg.dg_sess ? "-sess" : "",
		response, dg.dg_qop ? ", qop=auth, nc=00000001" : "",
		dg.dg_qop || dg.dg_sess ? ", cnonce=\"" : "") >= size)
		return (-1);
	if ((dg.dg_qop || dg.dg_sess) &&
	    (strlcat(out, cnonce, size) >= size ||
		strlcat(out, "\"", size) >= size))
		return (-1);
	if (!add_quoted(out, size, "realm", ao->ao_realm) ||
	    !add_quoted(out, size, "nonce", ao->ao_nonce) ||
	    !add_quoted(out, size, "uri", target) ||
	    (ao->ao_opaque[0] != '\0' &&
		!add_quoted(out, size, "opaque", ao->ao_opaque)) ||
	    !add_user(ao, &dg, out, size) || strlcat(out, "\r\n", size) >= size)
		return (-1);
	return ((ssize_t)strlen(out));
}

ssize_t
http_auth_write(struct http_auth *ha, const char *target,
    const struct auth_fresh *af, char *out, size_t size)
{
	*out = '\0';
	switch (ha->ha_offer.ao_scheme) {
	case AUTH_NONE:
		break;
	case AUTH_BASIC:
		return (auth_write_basic(ha, out, size));
	case AUTH_NTLM:
		return (auth_write_ntlm(ha, af, out, size));
	case AUTH_DIGEST_MD5:
	case AUTH_DIGEST_SHA256:
		return (auth_write_digest(ha, target, af, out, size));
	}
	return (0);
}
