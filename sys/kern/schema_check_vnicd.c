/* SPDX-License-Identifier: ISC */
/*
 * schema_check_vnicd: rules of vnicd.conf(5) that concern more than one entry.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

/* The proxies of a virtual NIC are there. */
static int
check_hops(const struct conf *cf, const struct conf *vnic, const char *file,
    struct conf_error *ce)
{
	const struct conf *proxy = NULL;
	int n = 0;

	while ((proxy = conf_next(vnic, "proxy", proxy)) != NULL) {
		if (++n > SCHEMA_HOPS) {
			conf_error_say(ce, file, proxy,
			    "proxy: more than %d in a row",
			    "proxy：%d 個を超えています。", SCHEMA_HOPS);
			return (-1);
		}
		if (conf_block(cf, "proxy", proxy->cf_values[0]) != NULL)
			continue;
		conf_error_say(ce, file, proxy,
		    "proxy: there is no block proxy %s",
		    "proxy：%s という proxy ブロックがありません。",
		    proxy->cf_values[0]);
		return (-1);
	}
	return (0);
}

int
schema_check_vnicd(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *vnic = NULL;
	struct schema_names *nm;
	int rv;

	while ((vnic = conf_next(cf, "vnic", vnic)) != NULL)
		if (check_hops(cf, vnic, file, ce) == -1)
			return (-1);
	if ((nm = schema_names_new(file, ce)) == NULL)
		return (-1);
	rv = schema_names_taps(nm, cf, "vnic", file, ce);
	free(nm);
	return (rv);
}

int
schema_check_pins(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *pin = NULL;
	int n = 0;

	while ((pin = conf_next(cf, "pin", pin)) != NULL)
		if (++n > SCHEMA_PINS) {
			conf_error_say(ce, file, pin,
			    "pin: more than %d of them",
			    "pin：%d 個を超えています。", SCHEMA_PINS);
			return (-1);
		}
	return (0);
}

/* How the server is verified: by pins or by a CA, never not at all. */
static int
check_verify(const struct conf *cf, const char *file, struct conf_error *ce)
{
	if (!conf_has(cf, "pin") && !conf_has(cf, "ca")) {
		conf_error_say(ce, file, cf,
		    "%s %s: pin is missing (or ca): the server must be "
		    "verified",
		    "%s %s：サーバーを確かめるための pin（または ca）が"
		    "ありません。",
		    cf->cf_key, conf_name(cf));
		return (-1);
	}
	if (conf_has(cf, "pin") && conf_has(cf, "ca")) {
		conf_error_say(ce, file, conf_find(cf, "ca"),
		    "ca: with a pin it has no effect; give one of the two",
		    "ca：pin があるときは使われません。どちらか一方にして"
		    "ください。");
		return (-1);
	}
	return (schema_check_pins(cf, file, ce));
}

/* `server` is one host. */
static int
check_server(const struct conf *cf, const char *file, struct conf_error *ce)
{
	if (*conf_str(cf, "server") != '*')
		return (0);
	conf_error_say(ce, file, conf_find(cf, "server"),
	    "server: * is no host to connect to",
	    "server：* は接続先にできません。");
	return (-1);
}

static int
check_wpad(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const char *url = conf_str(cf, "wpad");

	if (url == NULL || strncasecmp(url, "http://", 7) == 0)
		return (0);
	conf_error_say(ce, file, conf_find(cf, "wpad"),
	    "wpad: this must begin with http://",
	    "wpad：http:// で始まる必要があります。");
	return (-1);
}

/* What a virtual NIC logs in with. */
static int
check_login(const struct conf *cf, const char *file, struct conf_error *ce)
{
	bool password = conf_has(cf, "password");

	if (conf_has(cf, "certificate") != conf_has(cf, "key")) {
		conf_error_say(ce, file, cf,
		    "vnic %s: certificate and key belong together: give both "
		    "or neither",
		    "vnic %s：certificate と key は組で使います。両方書くか、"
		    "両方省いてください。",
		    conf_name(cf));
		return (-1);
	}
	if ((password && conf_has(cf, "password-file")) ||
	    (!password && !conf_has(cf, "password-file") &&
		!conf_has(cf, "certificate"))) {
		conf_error_say(ce, file, cf,
		    "vnic %s: give one of password and password-file, or "
		    "certificate and key",
		    "vnic %s：password と password-file のどちらか一方、"
		    "または certificate と key を書いてください。",
		    conf_name(cf));
		return (-1);
	}
	return (0);
}

static int
check_addresses(const struct conf *cf, const char *file, struct conf_error *ce)
{
	if (strcmp(conf_str(cf, "addresses-from"), "tunnel") != 0 ||
	    !conf_bool(cf, "stay-local"))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "addresses-from"),
	    "vnic %s: with stay-local yes no addresses come from the tunnel: "
	    "give stay-local no, too",
	    "vnic %s：stay-local が yes だとトンネルからアドレスは届きません。"
	    "stay-local no も書いてください。",
	    conf_name(cf));
	return (-1);
}

int
schema_check_vnic(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_name(cf);

	if (check_server(cf, file, ce) == -1 ||
	    check_verify(cf, file, ce) == -1 || check_wpad(cf, file, ce) == -1)
		return (-1);
	if (check_login(cf, file, ce) == -1 ||
	    check_addresses(cf, file, ce) == -1)
		return (-1);
	if (conf_int(cf, "connections-idle") > conf_int(cf, "connections")) {
		conf_error_say(ce, file, conf_find(cf, "connections-idle"),
		    "vnic %s: connections-idle is more than connections",
		    "vnic %s：connections-idle が connections より多くなって"
		    "います。",
		    name);
		return (-1);
	}
	if (conf_int(cf, "retry-min") > conf_int(cf, "retry-max")) {
		conf_error_say(ce, file, cf,
		    "vnic %s: retry-min is longer "
		    "than retry-max",
		    "vnic %s：retry-min が retry-max より長くなって"
		    "います。",
		    name);
		return (-1);
	}
	return (0);
}

/* Keys that have no effect without `tls yes` are a misunderstanding. */
static int
check_proxy_tls(const struct conf *cf, const char *file, struct conf_error *ce)
{
	static const char *const keys[] = { "pin", "ca", "server-name" };
	size_t i;

	if (conf_bool(cf, "tls"))
		return (check_verify(cf, file, ce));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!conf_has(cf, keys[i]))
			continue;
		conf_error_say(ce, file, conf_find(cf, keys[i]),
		    "%s: it has no effect without \"tls yes\"",
		    "%s：tls yes のときだけ使われます。", keys[i]);
		return (-1);
	}
	return (0);
}

static int
check_proxy_user(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const char *type = conf_str(cf, "type");
	bool password =
	    conf_has(cf, "password") || conf_has(cf, "password-file");

	if (conf_has(cf, "password") && conf_has(cf, "password-file")) {
		conf_error_say(ce, file, conf_find(cf, "password-file"),
		    "password-file: with password it has no effect; give one "
		    "of the two",
		    "password-file：password があるときは使われません。"
		    "どちらか一方にしてください。");
		return (-1);
	}
	if (password == conf_has(cf, "user") ||
	    (strcmp(type, "http") != 0 && strcmp(type, "socks5") != 0))
		return (0);
	conf_error_say(ce, file, cf,
	    "proxy %s: user and password belong together: give both or "
	    "neither",
	    "proxy %s：user と password は組で使います。両方書くか、両方"
	    "省いてください。",
	    conf_name(cf));
	return (-1);
}

/* "Name: value" (RFC 9110, 5), and none of those that we write ourselves. */
static bool
is_header(const char *text)
{
	static const char *const own[] = { "Host", "Proxy-Authorization",
		"Proxy-Connection", "Connection", "Content-Length",
		"Transfer-Encoding" };
	size_t i, len;

	len = strspn(text,
	    "!#$%&'*+-.^_`|~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (len == 0 || text[len] != ':' ||
	    text[len + 1 + strspn(text + len + 1, " \t")] == '\0')
		return (false);
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strlen(own[i]) == len &&
		    strncasecmp(own[i], text, len) == 0)
			return (false);
	return (true);
}

static int
check_headers(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *header = NULL;

	while ((header = conf_next(cf, "header", header)) != NULL) {
		if (is_header(header->cf_values[0]))
			continue;
		conf_error_say(ce, file, header,
		    "header: this must be \"Name: value\", and not a field "
		    "that vnicd writes itself",
		    "header：「名前: 値」の形で書いてください。vnicd が自分で"
		    "書くものは使えません。");
		return (-1);
	}
	return (0);
}

int
schema_check_proxy(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	if (check_server(cf, file, ce) == -1 ||
	    check_proxy_tls(cf, file, ce) == -1 ||
	    check_proxy_user(cf, file, ce) == -1 ||
	    schema_check_hop(cf, file, ce) == -1)
		return (-1);
	return (check_headers(cf, file, ce));
}
