/* SPDX-License-Identifier: ISC */
/*
 * schema_check: rules that concern more than one entry.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

enum {
	TAPS = 256,		/* taps of one file, for the check of names */
	SCRYPT_LN = 20,		/* 1 GiB with r=8 */
	SCRYPT_R = 32,
	SCRYPT_P = 16
};

/* The taps of a file, to find two of the same name. */
struct taps {
	const struct conf *ts_block[TAPS];
	char ts_name[TAPS][16];
	size_t ts_count;
};

void
schema_tap_name(const struct conf *cf, char *buf, size_t size)
{
	const char *name = conf_str(cf, "interface");

	if (name != NULL)
		strlcpy(buf, name, size);
	else
		snprintf(buf, size, "lw%s", conf_name(cf));
}

/* Add the blocks `key` below cf; -1 if a name is taken. */
static int
add_taps(struct taps *ts, const struct conf *cf, const char *key,
    const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL;
	char *name;
	size_t i;

	while ((block = conf_next(cf, key, block)) != NULL) {
		if (ts->ts_count == TAPS) {
			conf_error_set(ce, file, block,
			    "%s: more than %d of these", key, TAPS);
			return (-1);
		}
		name = ts->ts_name[ts->ts_count];
		schema_tap_name(block, name, sizeof(ts->ts_name[0]));
		for (i = 0; i < ts->ts_count; i++) {
			if (strcmp(ts->ts_name[i], name) != 0)
				continue;
			conf_error_set(ce, file, block, "%s %s: interface %s "
			    "is that of %s %s in line %d already", key,
			    conf_name(block), name, ts->ts_block[i]->cf_key,
			    conf_name(ts->ts_block[i]),
			    ts->ts_block[i]->cf_line);
			return (-1);
		}
		ts->ts_block[ts->ts_count++] = block;
	}
	return (0);
}

/* The local ports of all hubs. */
static int
add_hubs_taps(struct taps *ts, const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		if (add_taps(ts, hub, "local-port", file, ce) == -1)
			return (-1);
	return (0);
}

int
schema_check_hubd(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_str(cf, "default-hub");
	struct taps *ts;
	size_t taps;
	int rv;

	if (conf_has(cf, "default-hub") && conf_block(cf, "hub", name) == NULL) {
		conf_error_set(ce, file, conf_find(cf, "default-hub"),
		    "default-hub: there is no hub %s", name);
		return (-1);
	}
	if (conf_has(cf, "certificate") != conf_has(cf, "key")) {
		conf_error_set(ce, file, cf, "certificate and key belong "
		    "together: give both or neither");
		return (-1);
	}
	if ((ts = calloc(1, sizeof(*ts))) == NULL) {
		conf_error_set(ce, file, NULL, "out of memory");
		return (-1);
	}
	rv = add_hubs_taps(ts, cf, file, ce);
	taps = ts->ts_count;
	free(ts);
	if (rv == 0 && taps == 0 && !conf_has(cf, "listen")) {
		conf_error_set(ce, file, cf, "listen is missing, and no hub "
		    "has a local-port: nothing could connect");
		return (-1);
	}
	return (rv);
}

/* A field of base64 without padding, as crypt strings have it. */
static size_t
base64_span(const char *text)
{
	return (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/="));
}

static bool
is_scrypt(const char *text)
{
	unsigned int ln, r, p;
	size_t len;
	int end = 0;

	if (sscanf(text, "$scrypt$ln=%2u,r=%2u,p=%2u$%n", &ln, &r, &p,
	    &end) != 3 || end == 0)
		return (false);
	if (ln < 1 || ln > SCRYPT_LN || r < 1 || r > SCRYPT_R || p < 1 ||
	    p > SCRYPT_P)
		return (false);
	text += end;
	if ((len = base64_span(text)) < 8 || text[len] != '$')
		return (false);
	text += len + 1;
	len = base64_span(text);
	return (len >= 20 && text[len] == '\0');
}

int
schema_check_user(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	if (is_scrypt(conf_str(cf, "password")))
		return (0);
	conf_error_set(ce, file, conf_find(cf, "password"), "password: this "
	    "must be what \"hubctl passwd\" prints, $scrypt$ln=...");
	return (-1);
}

int
schema_check_vnicd(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	struct taps *ts;
	int rv;

	if ((ts = calloc(1, sizeof(*ts))) == NULL) {
		conf_error_set(ce, file, NULL, "out of memory");
		return (-1);
	}
	rv = add_taps(ts, cf, "vnic", file, ce);
	free(ts);
	return (rv);
}

int
schema_check_vnic(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_name(cf);

	if (*conf_str(cf, "server") == '*') {
		conf_error_set(ce, file, conf_find(cf, "server"),
		    "server: * is no host to connect to");
		return (-1);
	}
	if (!conf_has(cf, "pin") && !conf_has(cf, "ca")) {
		conf_error_set(ce, file, cf, "vnic %s: pin is missing (or "
		    "ca): the server must be verified", name);
		return (-1);
	}
	if (conf_has(cf, "password") == conf_has(cf, "password-file")) {
		conf_error_set(ce, file, cf, "vnic %s: give one of password "
		    "and password-file", name);
		return (-1);
	}
	if (conf_int(cf, "retry-min") > conf_int(cf, "retry-max")) {
		conf_error_set(ce, file, cf, "vnic %s: retry-min is longer "
		    "than retry-max", name);
		return (-1);
	}
	return (0);
}
