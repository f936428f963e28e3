/* SPDX-License-Identifier: ISC */
/*
 * schema_uplink: the settings of an Internet connection that is not plain
 * Ethernet: blocks `vlan` and `pppoe` of a box's network.
 */
#include <stdbool.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

const struct schema schema_vlan[] = {
	{
	    .sc_key = "port",
	    .sc_type = ST_IFNAME,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Port",
	    .sc_label_ja = "ポート",
	    .sc_help = "The port or bridge whose frames have the tag.",
	    .sc_help_ja = "タグ付きフレームを通すポートまたはブリッジ。",
	},
	{
	    .sc_key = "tag",
	    .sc_type = ST_INT,
	    .sc_flags = SF_REQUIRED,
	    .sc_min = 1,
	    .sc_max = 4094,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "VLAN number",
	    .sc_label_ja = "VLAN 番号",
	    .sc_help = "The number in the tag, as the provider names it.",
	    .sc_help_ja = "タグの番号。プロバイダーが指定します。",
	},
	{ .sc_key = NULL },
};

const struct schema schema_pppoe[] = {
	{
	    .sc_key = "port",
	    .sc_type = ST_IFNAME,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Port to the provider",
	    .sc_label_ja = "プロバイダー側のポート",
	    .sc_help = "The port, bridge or VLAN that leads to the provider.",
	    .sc_help_ja = "プロバイダーにつながるポート、ブリッジまたは "
			  "VLAN。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_REQUIRED,
	    .sc_min = 1,
	    .sc_max = 128,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "User name at the provider",
	    .sc_label_ja = "プロバイダーのユーザー名",
	    .sc_help = "The name for PPPoE, which the provider has given.",
	    .sc_help_ja = "プロバイダーから通知された PPPoE のユーザー名。",
	},
	{
	    .sc_key = "password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_REQUIRED | SF_SECRET,
	    .sc_min = 1,
	    .sc_max = 128,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Password at the provider",
	    .sc_label_ja = "プロバイダーのパスワード",
	    .sc_help = "The password that goes with it.",
	    .sc_help_ja = "そのユーザーのパスワード。",
	},
	{
	    .sc_key = "service",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 64,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Service name",
	    .sc_label_ja = "サービス名",
	    .sc_help = "The service asked for; by default whichever the "
		       "provider offers.",
	    .sc_help_ja = "接続先のサービス名。省略するとプロバイダーに"
			  "任せます。",
	},
	{
	    .sc_key = "mtu",
	    .sc_type = ST_INT,
	    .sc_min = 1280,
	    .sc_max = 1492,
	    .sc_default = "1492",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Largest packet",
	    .sc_label_ja = "パケットの最大サイズ",
	    .sc_help = "The largest IP packet in bytes; PPPoE takes 8 of "
		       "Ethernet's 1500; TCP of the box keeps to it.",
	    .sc_help_ja = "IP パケットの最大サイズ（バイト）。PPPoE は "
			  "Ethernet の 1500 のうち 8 を使います。装置の TCP "
			  "はこれに従います。",
	},
	{
	    .sc_key = "ipv6",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "IPv6",
	    .sc_label_ja = "IPv6",
	    .sc_help = "Whether IPv6 is asked for, too; its address comes "
		       "from the provider's router advertisements.",
	    .sc_help_ja = "IPv6 も要求するかどうか。アドレスはプロバイダー"
			  "のルーター広告から作ります。",
	},
	{
	    .sc_key = "dns",
	    .sc_type = ST_ADDRESS,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name server",
	    .sc_label_ja = "DNS サーバー",
	    .sc_help = "A name server in place of the provider's.",
	    .sc_help_ja = "プロバイダーのものの代わりに使う DNS サーバー。",
	},
	{ .sc_key = NULL },
};

/* Whether that port is in the bridge. */
static bool
has_port(const struct conf *bridge, const char *port)
{
	const struct conf *c = NULL;

	while ((c = conf_next(bridge, "port", c)) != NULL)
		if (strcmp(c->cf_values[0], port) == 0)
			return (true);
	return (false);
}

/*
 * A VLAN is on a port or bridge, not on another VLAN or a bridge that it is a
 * port of, so that there is an order to make them in.
 */
static int
check_vlan(const struct conf *net, const struct conf *vlan, const char *file,
    struct conf_error *ce)
{
	const struct conf *port = conf_find(vlan, "port"), *bridge;
	const char *name = port->cf_values[0];

	bridge = conf_block(net, "bridge", name);
	if (conf_block(net, "vlan", name) == NULL &&
	    conf_block(net, "pppoe", name) == NULL &&
	    (bridge == NULL || !has_port(bridge, conf_name(vlan))))
		return (0);
	conf_error_say(ce, file, port,
	    "port: a VLAN cannot be on %s, which is made later",
	    "port：%s の上に VLAN は作れません。", name);
	return (-1);
}

/* A bridge takes all frames of its ports but those with a VLAN's tag. */
static int
check_pppoe(const struct conf *net, const struct conf *pppoe, const char *file,
    struct conf_error *ce)
{
	const struct conf *port = conf_find(pppoe, "port"), *bridge = NULL;
	const char *name = port->cf_values[0];

	if (conf_block(net, "pppoe", name) != NULL) {
		conf_error_say(ce, file, port, "port: %s is itself by PPPoE",
		    "port：%s 自体が PPPoE です。", name);
		return (-1);
	}
	while ((bridge = conf_next(net, "bridge", bridge)) != NULL) {
		if (!has_port(bridge, name))
			continue;
		conf_error_say(ce, file, port,
		    "port: %s is in the bridge %s: name that",
		    "port：%s はブリッジ %s に入っています。ブリッジの名前を"
		    "書いてください。",
		    name, conf_name(bridge));
		return (-1);
	}
	return (0);
}

int
schema_check_uplinks(const struct conf *net, const char *file,
    struct conf_error *ce)
{
	const struct conf *c = NULL;

	while ((c = conf_next(net, "vlan", c)) != NULL)
		if (check_vlan(net, c, file, ce) == -1)
			return (-1);
	while ((c = conf_next(net, "pppoe", c)) != NULL)
		if (check_pppoe(net, c, file, ce) == -1)
			return (-1);
	return (0);
}
