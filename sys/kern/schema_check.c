/* SPDX-License-Identifier: ISC */
/*
 * schema_check: rules that concern more than one entry.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

enum {
	NAMES = 1024,		/* interfaces of one file */
	PINS = 4,		/* CRYPTO_PINS of crypto/crypto.h */
	HOPS = 8,		/* CHAIN_PROXIES of transport/chain.h */
	RADIUS_SERVERS = 4,	/* of one hub, auth/radius.h */
	SCRYPT_MEMORY = 128 << 20,
	SALT_MIN = 11,		/* characters of base64: 8 to 64 bytes */
	SALT_MAX = 86,
	HASH_LEN = 43		/* 32 bytes */
};

/* Interfaces and who uses them, to find two of the same name. */
struct names {
	const struct conf *nm_user[NAMES];
	char nm_name[NAMES][16];
	size_t nm_count;
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

static struct names *
names_new(const char *file, struct conf_error *ce)
{
	struct names *nm;

	if ((nm = calloc(1, sizeof(*nm))) == NULL)
		conf_error_say(ce, file, NULL, "out of memory",
		    "メモリーが足りません。");
	return (nm);
}

/* The block at `user` takes an interface; -1 if that is taken. */
static int
add_name(struct names *nm, const struct conf *user, const char *name,
    const char *file, struct conf_error *ce)
{
	const struct conf *other;
	size_t i;

	if (nm->nm_count == NAMES) {
		conf_error_say(ce, file, user, "more than %d interfaces",
		    "インターフェースが %d 個を超えています。", NAMES);
		return (-1);
	}
	for (i = 0; i < nm->nm_count; i++) {
		if (strcmp(nm->nm_name[i], name) != 0)
			continue;
		other = nm->nm_user[i];
		conf_error_say(ce, file, user,
		    "%s: interface %s is used in line %d already, by %s %s",
		    "%s：インターフェース %s は %d 行目の %s %s がすでに"
		    "使っています。",
		    user->cf_key, name, other->cf_line, other->cf_key,
		    conf_name(other));
		return (-1);
	}
	strlcpy(nm->nm_name[nm->nm_count], name, sizeof(nm->nm_name[0]));
	nm->nm_user[nm->nm_count++] = user;
	return (0);
}

/* Add the taps of the blocks `key` below cf. */
static int
add_taps(struct names *nm, const struct conf *cf, const char *key,
    const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL;
	char name[16];

	while ((block = conf_next(cf, key, block)) != NULL) {
		schema_tap_name(block, name, sizeof(name));
		if (add_name(nm, block, name, file, ce) == -1)
			return (-1);
	}
	return (0);
}

/* The local ports of all hubs. */
static int
add_hubs_taps(struct names *nm, const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		if (add_taps(nm, hub, "local-port", file, ce) == -1)
			return (-1);
	return (0);
}

int
schema_check_hubd(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_str(cf, "default-hub");
	struct names *nm;
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
	if ((nm = names_new(file, ce)) == NULL)
		return (-1);
	rv = add_hubs_taps(nm, cf, file, ce);
	taps = nm->nm_count;
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
	    "user %s：password がなく、ハブに他の認証方式もありません。",
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
		if (++n > RADIUS_SERVERS) {
			conf_error_say(ce, file, cf, "radius: more than %d",
			    "radius：%d 個を超えています。", RADIUS_SERVERS);
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

/* The proxies of a virtual NIC are there. */
static int
check_hops(const struct conf *cf, const struct conf *vnic, const char *file,
    struct conf_error *ce)
{
	const struct conf *proxy = NULL;
	int n = 0;

	while ((proxy = conf_next(vnic, "proxy", proxy)) != NULL) {
		if (++n > HOPS) {
			conf_error_say(ce, file, proxy,
			    "proxy: more than %d in a row",
			    "proxy：%d 個を超えています。", HOPS);
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
	struct names *nm;
	int rv;

	while ((vnic = conf_next(cf, "vnic", vnic)) != NULL)
		if (check_hops(cf, vnic, file, ce) == -1)
			return (-1);
	if ((nm = names_new(file, ce)) == NULL)
		return (-1);
	rv = add_taps(nm, cf, "vnic", file, ce);
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
		if (++n > PINS) {
			conf_error_say(ce, file, pin,
			    "pin: more than %d of them",
			    "pin：%d 個を超えています。", PINS);
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

int
schema_check_vnic(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *name = conf_name(cf);

	if (check_server(cf, file, ce) == -1 ||
	    check_verify(cf, file, ce) == -1 || check_wpad(cf, file, ce) == -1)
		return (-1);
	if (check_login(cf, file, ce) == -1)
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

/* A word among the addresses that does not fit the others. */
static void
fail_word(struct conf_error *ce, const char *file, const struct conf *cf,
    bool none)
{
	if (none)
		conf_error_say(ce, file, cf, "address: none stands alone",
		    "address：none は他のアドレスと一緒に書けません。");
	else
		conf_error_say(ce, file, cf, "address: dhcp may stand once",
		    "address：dhcp は 1 つだけ書けます。");
}

int
schema_check_interface(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *address = NULL;
	int all = 0, dhcp = 0, none = 0;

	while ((address = conf_next(cf, "address", address)) != NULL) {
		all++;
		dhcp += strcmp(address->cf_values[0], "dhcp") == 0;
		none += strcmp(address->cf_values[0], "none") == 0;
		if (dhcp > 1 || (none > 0 && all > 1)) {
			fail_word(ce, file, address, none > 0);
			return (-1);
		}
	}
	return (0);
}

/* The ports of all bridges. */
static int
add_ports(struct names *nm, const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *bridge = NULL, *port;

	while ((bridge = conf_next(cf, "bridge", bridge)) != NULL) {
		port = NULL;
		while ((port = conf_next(bridge, "port", port)) != NULL)
			if (add_name(nm, port, port->cf_values[0], file, ce) ==
			    -1)
				return (-1);
	}
	return (0);
}

int
schema_check_network(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	struct names *nm;
	int rv;

	if ((nm = names_new(file, ce)) == NULL)
		return (-1);
	rv = add_ports(nm, cf, file, ce);
	free(nm);
	return (rv);
}

/* The blocks `key` below cf name bridges that the box has. */
static int
check_bridges(const struct conf *box, const struct conf *cf, const char *key,
    const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL, *network = conf_find(box, "network");
	const char *name;

	while ((block = conf_next(cf, key, block)) != NULL) {
		name = conf_str(block, "bridge");
		if (name == NULL ||
		    (network != NULL &&
			conf_block(network, "bridge", name) != NULL))
			continue;
		conf_error_say(ce, file, conf_find(block, "bridge"),
		    "bridge: there is no bridge %s in network",
		    "bridge：network に %s というブリッジがありません。", name);
		return (-1);
	}
	return (0);
}

/* Bridges, taps of hubs and virtual NICs have names of their own. */
static int
check_box_names(struct names *nm, const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *hubd = conf_find(cf, "hubd");
	const struct conf *vnicd = conf_find(cf, "vnicd");
	const struct conf *network = conf_find(cf, "network"), *br = NULL;

	while (network != NULL &&
	    (br = conf_next(network, "bridge", br)) != NULL)
		if (add_name(nm, br, conf_name(br), file, ce) == -1)
			return (-1);
	if (hubd != NULL && add_hubs_taps(nm, hubd, file, ce) == -1)
		return (-1);
	if (vnicd != NULL && add_taps(nm, vnicd, "vnic", file, ce) == -1)
		return (-1);
	return (0);
}

int
schema_check_box(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *hubd = conf_find(cf, "hubd"), *hub = NULL;
	const struct conf *vnicd = conf_find(cf, "vnicd");
	struct names *nm;
	int rv;

	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL)
		if (check_bridges(cf, hub, "local-port", file, ce) == -1)
			return (-1);
	if (vnicd != NULL && check_bridges(cf, vnicd, "vnic", file, ce) == -1)
		return (-1);
	if ((nm = names_new(file, ce)) == NULL)
		return (-1);
	rv = check_box_names(nm, cf, file, ce);
	free(nm);
	return (rv);
}

int
schema_check_system(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const char *key = conf_str(cf, "admin-totp");

	/* empty: none; 16 digits of base32 are 10 bytes */
	if (key == NULL || *key == '\0' ||
	    (strlen(key) >= 16 &&
		strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == strlen(key)))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "admin-totp"),
	    "admin-totp: 16 to 64 of A-Z and 2-7 are wanted",
	    "admin-totp：A-Z と 2-7 を 16 から 64 文字書いてください。");
	return (-1);
}
