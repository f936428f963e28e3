/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "crypto/base64.h"
#include "transport/http_auth.h"
#include "transport/http_challenge.h"

enum { AUTH_PAIR_MAX = 255 + 1 + 256 };	/* user:password */

static const char *const auth_names[] = {
	[AUTH_NONE] = "none",
	[AUTH_BASIC] = "Basic",
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
	return (AUTH_NONE);
}

/* Remember the names of all, each once, for messages. */
static void
auth_note_name(struct auth_offers *aos, struct http_text name)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)(name.ht_len & 0xff),
	    name.ht_p);
	if (strcasestr(aos->aos_names, text) != NULL)
		return;
	if (aos->aos_names[0] != '\0')
		strlcat(aos->aos_names, ", ", sizeof(aos->aos_names));
	strlcat(aos->aos_names, text, sizeof(aos->aos_names));
}

static void
auth_offers_field(struct auth_offers *aos, struct http_text field)
{
	struct challenge_piece cp;
	struct auth_offer *ao = NULL;

	while (http_challenge_next(&field, &cp)) {
		if (cp.cp_kind != CHALLENGE_SCHEME)
			continue;
		ao = NULL;
		auth_note_name(aos, cp.cp_name);
		if (auth_scheme(cp.cp_name) == AUTH_NONE ||
		    aos->aos_count == AUTH_OFFERS)
			continue;
		ao = &aos->aos_offer[aos->aos_count++];
		ao->ao_scheme = auth_scheme(cp.cp_name);
	}
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
	if (ha->ha_sent) {
		http_auth_denied(ha, why, size);
		return (AUTH_DENIED);
	}
	if ((best = auth_strongest(&aos)) == NULL) {
		snprintf(why, size,
		    "wants a log-in by %s, none of which is known here",
		    aos.aos_names[0] == '\0' ? "nothing" : aos.aos_names);
		return (AUTH_CANNOT);
	}
	ha->ha_offer = *best;
	return (AUTH_ASK);
}

/* RFC 7617, 2: a colon would end the user's name. */
static ssize_t
auth_write_basic(struct http_auth *ha, char *out, size_t size)
{
	static const char field[] = "Proxy-Authorization: Basic ";
	char pair[AUTH_PAIR_MAX + 1];
	ssize_t n = -1;
	int len;

	len =
	    snprintf(pair, sizeof(pair), "%s:%s", ha->ha_user, ha->ha_password);
	if (strchr(ha->ha_user, ':') == NULL && len < (int)sizeof(pair) &&
	    size > sizeof(field)) {
		strlcpy(out, field, size);
		n = base64_encode(BASE64, pair, (size_t)len,
		    out + sizeof(field) - 1, size - sizeof(field) + 1);
	}
	explicit_bzero(pair, sizeof(pair));
	if (n == -1 || strlcat(out, "\r\n", size) >= size)
		return (-1);
	return ((ssize_t)strlen(out));
}

ssize_t
http_auth_write(struct http_auth *ha, char *out, size_t size)
{
	*out = '\0';
	if (ha->ha_offer.ao_scheme == AUTH_NONE)
		return (0);
	ha->ha_sent = true;
	return (auth_write_basic(ha, out, size));
}
