/* SPDX-License-Identifier: ISC */
/*
 * schema_check_box: rules of longwire.txt(5) that concern more than one entry.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

/* A word among the addresses that does not fit the others. */
static void
fail_word(struct conf_error *ce, const char *file, const struct conf *cf,
    bool none)
{
	if (none)
		conf_error_say(ce, file, cf, "address: none stands alone",
		    "address：none はほかのアドレスと一緒に書けません。");
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
add_ports(struct schema_names *nm, const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *bridge = NULL, *port;

	while ((bridge = conf_next(cf, "bridge", bridge)) != NULL) {
		port = NULL;
		while ((port = conf_next(bridge, "port", port)) != NULL)
			if (schema_names_add(nm, port, port->cf_values[0], file,
				ce) == -1)
				return (-1);
	}
	return (0);
}

int
schema_check_network(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	struct schema_names *nm;
	int rv;

	if ((nm = schema_names_new(file, ce)) == NULL)
		return (-1);
	rv = add_ports(nm, cf, file, ce);
	free(nm);
	if (rv == 0)
		rv = schema_check_uplinks(cf, file, ce);
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

/* The interfaces that blocks `key` of the network are named as. */
static int
add_blocks(struct schema_names *nm, const struct conf *network, const char *key,
    const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL;

	while (network != NULL &&
	    (block = conf_next(network, key, block)) != NULL)
		if (schema_names_add(nm, block, conf_name(block), file, ce) ==
		    -1)
			return (-1);
	return (0);
}

/* What the box makes by itself has names of its own. */
static int
check_box_names(struct schema_names *nm, const struct conf *cf,
    const char *file, struct conf_error *ce)
{
	const struct conf *hubd = conf_find(cf, "hubd");
	const struct conf *vnicd = conf_find(cf, "vnicd");
	const struct conf *network = conf_find(cf, "network");

	if (add_blocks(nm, network, "bridge", file, ce) == -1 ||
	    add_blocks(nm, network, "vlan", file, ce) == -1 ||
	    add_blocks(nm, network, "pppoe", file, ce) == -1)
		return (-1);
	if (hubd != NULL && schema_names_hubs(nm, hubd, file, ce) == -1)
		return (-1);
	if (vnicd != NULL &&
	    schema_names_taps(nm, vnicd, "vnic", file, ce) == -1)
		return (-1);
	return (0);
}

/* Whether the block acme has a value of a key. */
static bool
acme_has(const struct conf *acme, const char *key, const char *value)
{
	const struct conf *one = NULL;

	while ((one = conf_next(acme, key, one)) != NULL)
		if (strcmp(one->cf_values[0], value) == 0)
			return (true);
	return (false);
}

/* What gets a certificate, and what answers for it, is there. */
static int
check_acme(const struct conf *acme, const struct conf *hubd, const char *file,
    struct conf_error *ce)
{
	bool hub = acme_has(acme, "use", "hub");

	if (hubd == NULL &&
	    (hub || acme_has(acme, "challenge", "tls-alpn-01"))) {
		conf_error_say(ce, file,
		    conf_find(acme, hub ? "use" : "challenge"),
		    "acme: %s needs a hub, and this box has none",
		    "acme：%s にはハブが必要ですが、この装置にはありません。",
		    hub ? "use hub" : "tls-alpn-01");
		return (-1);
	}
	if (!hub || !conf_has(hubd, "certificate"))
		return (0);
	conf_error_say(ce, file, conf_find(acme, "use"),
	    "acme: the hubs have a certificate of their own, in block hubd",
	    "acme：hubd ブロックでハブ独自の証明書が設定されています。");
	return (-1);
}

int
schema_check_box(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *hubd = conf_find(cf, "hubd"), *hub = NULL;
	const struct conf *vnicd = conf_find(cf, "vnicd");
	const struct conf *acme = conf_find(cf, "acme");
	struct schema_names *nm;
	int rv;

	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL)
		if (check_bridges(cf, hub, "local-port", file, ce) == -1)
			return (-1);
	if (vnicd != NULL && check_bridges(cf, vnicd, "vnic", file, ce) == -1)
		return (-1);
	if (acme != NULL && check_acme(acme, hubd, file, ce) == -1)
		return (-1);
	if (schema_check_ssh_port(cf, file, ce) == -1 ||
	    (nm = schema_names_new(file, ce)) == NULL)
		return (-1);
	rv = check_box_names(nm, cf, file, ce);
	free(nm);
	return (rv);
}

/* What crypt(5) or hubd.conf(5) calls a hash: $6$..., $2b$..., $scrypt$... */
static bool
is_hash(const char *text)
{
	size_t n;

	if (*text != '$')
		return (false);
	n = strcspn(text + 1, "$");
	return (text[n + 1] == '$' &&
	    (n == 1 || n == 2 || strncmp(text, "$scrypt$", 8) == 0));
}

int
schema_check_new(const struct conf *box, const char *file,
    struct conf_error *ce)
{
	const struct conf *sys = conf_find(box, "system");
	const char *text = sys == NULL ? NULL : conf_str(sys, "admin-password");

	if (text == NULL || !is_hash(text) || strncmp(text, "$5$", 3) == 0 ||
	    strncmp(text, "$6$", 3) == 0)
		return (0);
	conf_error_say(ce, file, conf_find(sys, "admin-password"),
	    "admin-password: of hashes only $5$ and $6$ (SHA-256, SHA-512) "
	    "are known",
	    "admin-password：ハッシュは $5$ と $6$（SHA-256、SHA-512）だけが"
	    "使えます。");
	return (-1);
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
