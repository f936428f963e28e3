/* SPDX-License-Identifier: ISC */
/*
 * What the types of a `proxy` block need and what they have no use for.
 */
#include <stdbool.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

/* "a b c" has b. */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == list || p[-1] == ' ') &&
		    (p[len] == ' ' || p[len] == '\0'))
			return (true);
		p += len;
	}
	return (false);
}

/* Keys that only some types know. */
static int
check_keys(const struct conf *cf, const char *type, const char *file,
    struct conf_error *ce)
{
	static const struct {
		const char *ky_key;
		const char *ky_types;
	} keys[] = {
		{ "header", "http" },
		{ "host-key", "ssh" },
		{ "key-file", "ssh" },
		{ "password", "http socks5 ssh" },
		{ "password-file", "http socks5 ssh" },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!conf_has(cf, keys[i].ky_key) ||
		    has_word(keys[i].ky_types, type))
			continue;
		conf_error_say(ce, file, conf_find(cf, keys[i].ky_key),
		    "%s: proxies of type %s have none",
		    "%s：種類が %s のプロキシでは使えません。", keys[i].ky_key,
		    type);
		return (-1);
	}
	return (0);
}

/* As ssh-keygen(1) -l prints it. */
static bool
is_fingerprint(const char *text)
{
	static const char prefix[] = "SHA256:";
	size_t len;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return (false);
	text += sizeof(prefix) - 1;
	len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/");
	return (len == 43 && text[len + strspn(text + len, "=")] == '\0');
}

/* "[HOSTS] TYPE AAAA..." */
static bool
is_key_line(const char *text)
{
	const char *key = strstr(text, " AAAA");
	const char *type = key;

	while (type != NULL && type > text && type[-1] != ' ')
		type--;
	return (type != NULL &&
	    (strncmp(type, "ssh-", 4) == 0 || strncmp(type, "ecdsa-", 6) == 0));
}

static int
check_host_keys(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *key = NULL;

	while ((key = conf_next(cf, "host-key", key)) != NULL) {
		if (is_fingerprint(key->cf_values[0]) ||
		    is_key_line(key->cf_values[0]))
			continue;
		conf_error_say(ce, file, key,
		    "host-key: this must be SHA256: and 43 characters, or a "
		    "line of a known_hosts or public key file",
		    "host-key：SHA256: と 43 文字、または known_hosts か公開鍵"
		    "ファイルの 1 行を書いてください。");
		return (-1);
	}
	return (0);
}

static int
missing(const struct conf *cf, const char *what, const char *file,
    struct conf_error *ce)
{
	conf_error_say(ce, file, cf, "proxy %s: %s is missing",
	    "proxy %s：%s がありません。", conf_name(cf), what);
	return (-1);
}

static int
check_ssh(const struct conf *cf, const char *file, struct conf_error *ce)
{
	if (!conf_has(cf, "host-key")) {
		conf_error_say(ce, file, cf,
		    "proxy %s: host-key is missing: the server must be "
		    "verified",
		    "proxy %s：サーバーを確かめるための host-key がありません。",
		    conf_name(cf));
		return (-1);
	}
	if (!conf_has(cf, "user"))
		return (missing(cf, "user", file, ce));
	if (!conf_has(cf, "password") && !conf_has(cf, "password-file") &&
	    !conf_has(cf, "key-file"))
		return (missing(cf, "password or key-file", file, ce));
	return (check_host_keys(cf, file, ce));
}

int
schema_check_hop(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const char *type = conf_str(cf, "type");

	if (check_keys(cf, type, file, ce) == -1)
		return (-1);
	return (strcmp(type, "ssh") == 0 ? check_ssh(cf, file, ce) : 0);
}
