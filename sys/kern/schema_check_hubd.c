/* SPDX-License-Identifier: ISC */
/*
 * schema_check_hubd: rules of hubd.conf(5) that concern more than one entry.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

enum {
	SCRYPT_MEMORY = 128 << 20,
	SALT_MIN = 11,		/* characters of base64: 8 to 64 bytes */
	SALT_MAX = 86,
	HASH_LEN = 43		/* 32 bytes */
};

int
schema_check_hubd(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_str(cf, "default-hub");
	struct schema_names *nm;
	size_t taps;
	int rv;

	if (conf_has(cf, "default-hub") &&
	    conf_block(cf, "hub", name) == NULL) {
		conf_error_say(ce, file, conf_find(cf, "default-hub"),
		    "default-hub: there is no hub %s",
		    "default-hub：%s というハブがありません。", name);
		return (-1);
	}
	if (conf_has(cf, "certificate") != conf_has(cf, "key")) {
		conf_error_say(ce, file, cf,
		    "certificate and key belong "
		    "together: give both or neither",
		    "certificate と key は組で使います。両方書くか、"
		    "両方省いてください。");
		return (-1);
	}
	if ((nm = schema_names_new(file, ce)) == NULL)
		return (-1);
	rv = schema_names_hubs(nm, cf, file, ce);
	taps = schema_names_count(nm);
	free(nm);
	if (rv == 0 && taps == 0 && !conf_has(cf, "listen")) {
		conf_error_say(ce, file, cf,
		    "listen is missing, and no hub "
		    "has a local-port: nothing could connect",
		    "listen がなく、local-port のあるハブもありません。これ"
		    "では何もつながりません。");
		return (-1);
	}
	return (rv);
}

/* What `key` of cf names is a block of the hub, or built in. */
static int
check_name(const struct conf *hub, const struct conf *cf, const char *key,
    const char *block, const char *file, struct conf_error *ce)
{
	const char *name = conf_str(cf, key);

	if (name == NULL || conf_block(hub, block, name) != NULL ||
	    (strcmp(block, "policy") == 0 && strcmp(name, "guest") == 0))
		return (0);
	conf_error_say(ce, file, conf_find(cf, key),
	    "%s: there is no %s %s in this hub",
	    "%s：このハブに %s %s がありません。", key, block, name);
	return (-1);
}

/* Whether the hub asks a method. */
static bool
asks(const struct conf *hub, const char *method)
{
	const struct conf *cf = NULL;

	if (!conf_has(hub, "auth"))
		return (strcmp(conf_str(hub, "auth"), method) == 0);
	while ((cf = conf_next(hub, "auth", cf)) != NULL)
		if (strcmp(cf->cf_values[0], method) == 0)
			return (true);
	return (false);
}

/* A user whom the hub's methods could know. */
static int
check_credentials(const struct conf *hub, const struct conf *user,
    const char *file, struct conf_error *ce)
{
	if (conf_has(user, "password") || asks(hub, "radius") ||
	    asks(hub, "certificate"))
		return (0);
	conf_error_say(ce, file, user,
	    "user %s: password is missing, and the hub asks no other method",
	    "user %s：password がなく、ハブにほかの認証方式もありません。",
	    conf_name(user));
	return (-1);
}

int
schema_check_radius(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	bool tls = strcmp(conf_str(cf, "transport"), "tls") == 0;

	if (!tls && !conf_has(cf, "secret")) {
		conf_error_say(ce, file, cf, "radius %s: secret is missing",
		    "radius %s：secret がありません。", conf_name(cf));
		return (-1);
	}
	if (tls != (conf_has(cf, "pin") || conf_has(cf, "ca"))) {
		conf_error_say(ce, file, cf,
		    "radius %s: transport tls needs pin or ca, and udp has no "
		    "use for them",
		    "radius %s：transport tls には pin か ca が必要で、udp で"
		    "は使いません。",
		    conf_name(cf));
		return (-1);
	}
	if (conf_has(cf, "certificate") == conf_has(cf, "key"))
		return (0);
	conf_error_say(ce, file, cf,
	    "radius %s: certificate and key belong together: give both or "
	    "neither",
	    "radius %s：certificate と key は組で使います。両方書くか、"
	    "両方省いてください。",
	    conf_name(cf));
	return (-1);
}

/* The servers of `auth radius` are there. */
static int
check_radius(const struct conf *hub, const char *file, struct conf_error *ce)
{
	const struct conf *cf = NULL;
	int n = 0;

	while ((cf = conf_next(hub, "radius", cf)) != NULL) {
		if (++n > SCHEMA_RADIUS_SERVERS) {
			conf_error_say(ce, file, cf, "radius: more than %d",
			    "radius：%d 個を超えています。",
			    SCHEMA_RADIUS_SERVERS);
			return (-1);
		}
		if (conf_block(hub->cf_parent, "radius", cf->cf_values[0]) !=
		    NULL)
			continue;
		conf_error_say(ce, file, cf,
		    "radius: there is no block radius %s",
		    "radius：%s という radius ブロックがありません。",
		    cf->cf_values[0]);
		return (-1);
	}
	if (n > 0 || (!asks(hub, "radius") && !conf_bool(hub, "accounting")))
		return (0);
	conf_error_say(ce, file, hub,
	    "hub %s: auth radius and accounting need a server: a line radius",
	    "hub %s：auth radius と accounting にはサーバーが必要です。"
	    "radius を書いてください。",
	    conf_name(hub));
	return (-1);
}

/* Something to know users' certificates by. */
static int
check_certificates(const struct conf *hub, const char *file,
    struct conf_error *ce)
{
	const struct conf *user = NULL;

	if (conf_has(hub, "client-crl") && !conf_has(hub, "client-ca")) {
		conf_error_say(ce, file, conf_find(hub, "client-crl"),
		    "client-crl: without client-ca it has no effect",
		    "client-crl：client-ca がないと使われません。");
		return (-1);
	}
	if (!asks(hub, "certificate") || conf_has(hub, "client-ca"))
		return (0);
	while ((user = conf_next(hub, "user", user)) != NULL)
		if (conf_has(user, "pin"))
			return (0);
	conf_error_say(ce, file, hub,
	    "hub %s: auth certificate needs client-ca, or a user with pin",
	    "hub %s：auth certificate には client-ca か、pin のあるユーザーが"
	    "必要です。",
	    conf_name(hub));
	return (-1);
}

/* A querier of IGMP has an IPv4 address that a host can have, or 0.0.0.0. */
static int
check_querier(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const char *text = conf_str(cf, "multicast-querier");
	uint8_t addr[4];

	if (text == NULL ||
	    (inet_pton(AF_INET, text, addr) == 1 && addr[0] < 224 &&
		addr[0] != 127))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "multicast-querier"),
	    "multicast-querier: %s is no IPv4 address of a host",
	    "multicast-querier：%s は端末の IPv4 アドレスではありません。",
	    text);
	return (-1);
}

int
schema_check_hub(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL;

	if (check_radius(cf, file, ce) == -1 ||
	    check_certificates(cf, file, ce) == -1)
		return (-1);
	if (check_name(cf, cf, "default-policy", "policy", file, ce) == -1)
		return (-1);
	while ((block = conf_next(cf, "group", block)) != NULL)
		if (check_name(cf, block, "policy", "policy", file, ce) == -1)
			return (-1);
	while ((block = conf_next(cf, "user", block)) != NULL)
		if (check_name(cf, block, "policy", "policy", file, ce) == -1 ||
		    check_name(cf, block, "group", "group", file, ce) == -1 ||
		    check_credentials(cf, block, file, ce) == -1)
			return (-1);
	while ((block = conf_next(cf, "rule", block)) != NULL)
		if (check_name(cf, block, "group", "group", file, ce) == -1)
			return (-1);
	if (schema_check_rules(cf, file, ce) == -1)
		return (-1);
	return (check_querier(cf, file, ce));
}

/* A field of base64 without padding, as crypt strings have it. */
static size_t
base64_span(const char *text)
{
	return (strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/"));
}

/* Costs that auth/password.c takes. */
static bool
costs_fit(unsigned int ln, unsigned int r, unsigned int p)
{
	return (ln >= 10 && ln <= 20 && r >= 1 && r <= 16 && p >= 1 && p <= 4 &&
	    (UINT64_C(128) * r << ln) <= SCRYPT_MEMORY);
}

static bool
is_scrypt(const char *text)
{
	unsigned int ln, r, p;
	size_t len;
	int end = 0;

	if (sscanf(text, "$scrypt$ln=%2u,r=%2u,p=%2u$%n", &ln, &r, &p, &end) !=
		3 ||
	    end == 0 || !costs_fit(ln, r, p))
		return (false);
	text += end;
	len = base64_span(text);
	if (len < SALT_MIN || len > SALT_MAX || text[len] != '$')
		return (false);
	text += len + 1;
	return (base64_span(text) == HASH_LEN && text[HASH_LEN] == '\0');
}

int
schema_check_user(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	if (!conf_has(cf, "password") || is_scrypt(conf_str(cf, "password")))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "password"),
	    "password: this "
	    "must be what \"hubctl passwd\" prints, $scrypt$ln=...",
	    "password：hubctl passwd が出力する文字列（$scrypt$ln=...）を"
	    "書いてください。");
	return (-1);
}
