/* SPDX-License-Identifier: ISC */
/*
 * schema_rule: the settings of a rule of a hub's access list, hubd.conf(5).
 */
#include <stdbool.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/header_text.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

/* 4 or 6, of a prefix; 0 without. */
static int
family_of(const struct conf *cf, const char *key)
{
	const char *text = conf_str(cf, key);

	if (text == NULL)
		return (0);
	return (strchr(text, ':') != NULL ? 6 : 4);
}

/* A protocol that is not one of these two, if a protocol is named. */
static bool
has_other_protocol(const struct conf *cf, uint8_t one, uint8_t two)
{
	const char *text = conf_str(cf, "protocol");
	uint8_t protocol;

	return (text != NULL && header_protocol(text, &protocol) &&
	    protocol != one && protocol != two);
}

static bool
has_ports(const struct conf *cf)
{
	return (conf_has(cf, "source-port") ||
	    conf_has(cf, "destination-port"));
}

/* Conditions that no frame could fulfil together. */
static int
check_rule(const struct conf *cf, const char *file, struct conf_error *ce)
{
	enum { TCP = 6, UDP = 17 };
	int src = family_of(cf, "source"), dst = family_of(cf, "destination");
	bool state = strcmp(conf_str(cf, "tcp-state"), "any") != 0;

	if (src != 0 && dst != 0 && src != dst) {
		conf_error_say(ce, file, conf_find(cf, "destination"),
		    "destination: source and destination are not both IPv4, "
		    "nor both IPv6",
		    "destination：source と destination は IPv4 か IPv6 のどち"
		    "らかに揃えてください。");
		return (-1);
	}
	if (has_ports(cf) && has_other_protocol(cf, TCP, UDP)) {
		conf_error_say(ce, file, conf_find(cf, "protocol"),
		    "protocol: only tcp and udp have ports",
		    "protocol：ポート番号があるのは tcp と udp だけです。");
		return (-1);
	}
	if (state && has_other_protocol(cf, TCP, TCP)) {
		conf_error_say(ce, file, conf_find(cf, "protocol"),
		    "protocol: only tcp has a tcp-state",
		    "protocol：tcp-state があるのは tcp だけです。");
		return (-1);
	}
	if (conf_bool(cf, "fragment") && (has_ports(cf) || state)) {
		conf_error_say(ce, file, conf_find(cf, "fragment"),
		    "fragment: what is behind the first fragment has neither "
		    "ports nor a tcp-state",
		    "fragment：2 番目以降のフラグメントにはポート番号も "
		    "tcp-state もありません。");
		return (-1);
	}
	return (0);
}

const struct schema schema_rule[] = {
	{
	    .sc_key = "order",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 65535,
	    .sc_default = "100",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Order",
	    .sc_label_ja = "順番",
	    .sc_help = "When the rule is asked: those with lower numbers come "
		       "before it; equal ones are asked as they stand in the "
		       "file.",
	    .sc_help_ja = "規則を調べる順番。番号の小さいものが先です。同じ番"
			  "号ならファイルに書かれた順になります。",
	},
	{
	    .sc_key = "action",
	    .sc_type = ST_ENUM,
	    .sc_flags = SF_REQUIRED,
	    .sc_choices = "pass drop",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Action",
	    .sc_label_ja = "動作",
	    .sc_help = "What becomes of frames that fulfil all of the rule's "
		       "conditions; later rules are not asked.",
	    .sc_help_ja = "すべての条件に合うフレームをどうするか。後の規則は"
			  "調べません。",
	},
	{
	    .sc_key = "direction",
	    .sc_type = ST_ENUM,
	    .sc_default = "any",
	    .sc_choices = "any in out",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Direction",
	    .sc_label_ja = "方向",
	    .sc_help = "Whether the rule is about what a session sends to the "
		       "hub, in, or what it would get, out.",
	    .sc_help_ja = "規則の対象。in はセッションがハブへ送るもの、out "
			  "はセッションが受け取るものです。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "Only sessions of this user.",
	    .sc_help_ja = "このユーザーのセッションだけ。",
	},
	{
	    .sc_key = "group",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Group",
	    .sc_label_ja = "グループ",
	    .sc_help = "Only sessions of this group's users.",
	    .sc_help_ja = "このグループのユーザーのセッションだけ。",
	},
	{
	    .sc_key = "source-mac",
	    .sc_type = ST_MAC_MASK,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Source MAC address",
	    .sc_label_ja = "送信元 MAC アドレス",
	    .sc_help = "Only frames from this address; of a mask, such as in "
		       "00:00:5e:00:00:00/ff:ff:ff:00:00:00, the bits count "
		       "that are set.",
	    .sc_help_ja = "この送信元のフレームだけ。マスク（例："
			  "00:00:5e:00:00:00/ff:ff:ff:00:00:00）では 1 のビッ"
			  "トだけを比べます。",
	},
	{
	    .sc_key = "destination-mac",
	    .sc_type = ST_MAC_MASK,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Destination MAC address",
	    .sc_label_ja = "宛先 MAC アドレス",
	    .sc_help = "Only frames to this address, which may have a mask.",
	    .sc_help_ja = "この宛先のフレームだけ。マスクも付けられます。",
	},
	{
	    .sc_key = "ethertype",
	    .sc_type = ST_ETHERTYPE,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "EtherType",
	    .sc_label_ja = "EtherType",
	    .sc_help = "Only frames of this type, behind VLAN tags: ipv4, "
		       "ipv6, arp, pppoe-discovery, pppoe, 802.1x, lldp, or "
		       "a number such as 0x88cc.",
	    .sc_help_ja = "VLAN タグを除いてこの種類のフレームだけ。ipv4、"
			  "ipv6、arp、pppoe-discovery、pppoe、802.1x、lldp、"
			  "または 0x88cc のような番号です。",
	},
	{
	    .sc_key = "vlan",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 4094,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "VLAN",
	    .sc_label_ja = "VLAN",
	    .sc_help = "Only frames of this VLAN, as they are in the hub; 0 "
		       "is those without tag.",
	    .sc_help_ja = "ハブの中でこの VLAN に属するフレームだけ。0 はタグ"
			  "なしのフレームです。",
	},
	{
	    .sc_key = "source",
	    .sc_type = ST_PREFIX,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Source address",
	    .sc_label_ja = "送信元アドレス",
	    .sc_help = "Only IPv4 or IPv6 packets from this network.",
	    .sc_help_ja = "このネットワークからの IPv4 または IPv6 パケットだ"
			  "け。",
	},
	{
	    .sc_key = "destination",
	    .sc_type = ST_PREFIX,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Destination address",
	    .sc_label_ja = "宛先アドレス",
	    .sc_help = "Only IPv4 or IPv6 packets to this network.",
	    .sc_help_ja = "このネットワークへの IPv4 または IPv6 パケットだけ"
			  "。",
	},
	{
	    .sc_key = "protocol",
	    .sc_type = ST_PROTOCOL,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Protocol",
	    .sc_label_ja = "プロトコル",
	    .sc_help = "Only packets of this protocol, behind the options and "
		       "extension headers of IP: tcp, udp, icmp, icmp6, "
		       "igmp, gre, esp, ah, ospf, vrrp, sctp, or a number.",
	    .sc_help_ja = "IP のオプションや拡張ヘッダーを除いてこのプロトコ"
			  "ルのパケットだけ。tcp、udp、icmp、icmp6、igmp、"
			  "gre、esp、ah、ospf、vrrp、sctp、または番号です。",
	},
	{
	    .sc_key = "source-port",
	    .sc_type = ST_PORTS,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Source port",
	    .sc_label_ja = "送信元ポート",
	    .sc_help = "Only TCP and UDP from this port, or from a range such "
		       "as 6000-6063.",
	    .sc_help_ja = "このポート、または範囲（例：6000-6063）からの TCP "
			  "と UDP だけ。",
	},
	{
	    .sc_key = "destination-port",
	    .sc_type = ST_PORTS,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Destination port",
	    .sc_label_ja = "宛先ポート",
	    .sc_help = "Only TCP and UDP to this port, or to a range.",
	    .sc_help_ja = "このポート、または範囲への TCP と UDP だけ。",
	},
	{
	    .sc_key = "tcp-state",
	    .sc_type = ST_ENUM,
	    .sc_default = "any",
	    .sc_choices = "any established new",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "TCP state",
	    .sc_label_ja = "TCP の状態",
	    .sc_help = "Only TCP segments of a connection that is there, "
		       "established, or all others, new: by their flags, as "
		       "the hub keeps no connections.",
	    .sc_help_ja = "開いている接続の TCP セグメント（established）だけ"
			  "、またはそれ以外（new）だけ。ハブは接続を記憶しな"
			  "いので、フラグで判断します。",
	},
	{
	    .sc_key = "fragment",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Fragments",
	    .sc_label_ja = "フラグメント",
	    .sc_help = "Only fragments of packets, but for the first, which "
		       "has what rules are about.",
	    .sc_help_ja = "パケットの 2 番目以降のフラグメントだけ。最初のフ"
			  "ラグメントは通常の規則で判断できます。",
	},
	{ .sc_check = check_rule },
};

/* The mask of an address, all zero without one. */
static void
mask_of(const struct conf *cf, const char *key, uint8_t *mask)
{
	uint8_t mac[6];

	memset(mask, 0, 6);
	if (conf_has(cf, key))
		(void)header_mac(conf_str(cf, key), mac, mask);
}

/* Add the rule's mask to the n that there are; false for one too many. */
static bool
add_mask(const struct conf *rule, const char *key, uint8_t (*masks)[6], int *n)
{
	static const uint8_t none[6];
	uint8_t mask[6];
	int i;

	mask_of(rule, key, mask);
	if (memcmp(mask, none, 6) == 0)
		return (true);
	for (i = 0; i < *n; i++)
		if (memcmp(masks[i], mask, 6) == 0)
			return (true);
	if (*n == SCHEMA_RULE_MASKS)
		return (false);
	memcpy(masks[(*n)++], mask, 6);
	return (true);
}

int
schema_check_rules(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	const struct conf *rule = NULL;
	uint8_t masks[2][SCHEMA_RULE_MASKS][6];
	int nmasks[2] = { 0, 0 }, n = 0;

	while ((rule = conf_next(cf, "rule", rule)) != NULL) {
		if (++n > SCHEMA_RULES) {
			conf_error_say(ce, file, rule,
			    "rule: more than %d in one hub",
			    "rule：1 つのハブに %d 個を超えています。",
			    SCHEMA_RULES);
			return (-1);
		}
		if (!add_mask(rule, "source-mac", masks[0], &nmasks[0]) ||
		    !add_mask(rule, "destination-mac", masks[1], &nmasks[1]) ||
		    nmasks[0] + nmasks[1] > SCHEMA_RULE_MASKS) {
			conf_error_say(ce, file, rule,
			    "rule: more than %d different masks of MAC "
			    "addresses in one hub",
			    "rule：1 つのハブの MAC アドレスのマスクが %d 種類"
			    "を超えています。",
			    SCHEMA_RULE_MASKS);
			return (-1);
		}
	}
	return (0);
}
