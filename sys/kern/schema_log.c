/* SPDX-License-Identifier: ISC */
/*
 * schema_log: the settings of logs: hubd.conf(5)'s packet log, and the log
 * server of longwire.txt(5).
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

const struct schema schema_packet_log[] = {
	{
	    .sc_key = "tcp",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "TCP connections",
	    .sc_label_ja = "TCP 接続",
	    .sc_help = "Log TCP segments that begin or end a connection.",
	    .sc_help_ja = "接続の開始と終了の TCP セグメントを記録する。",
	},
	{
	    .sc_key = "dhcp",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "DHCP",
	    .sc_label_ja = "DHCP",
	    .sc_help = "Log DHCP messages.",
	    .sc_help_ja = "DHCP メッセージを記録する。",
	},
	{
	    .sc_key = "arp",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "ARP",
	    .sc_label_ja = "ARP",
	    .sc_help = "Log ARP messages.",
	    .sc_help_ja = "ARP メッセージを記録する。",
	},
	{
	    .sc_key = "icmp",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "ICMP",
	    .sc_label_ja = "ICMP",
	    .sc_help = "Log ICMP and ICMPv6 messages.",
	    .sc_help_ja = "ICMP と ICMPv6 のメッセージを記録する。",
	},
	{
	    .sc_key = "ip",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Other IP packets",
	    .sc_label_ja = "その他の IP パケット",
	    .sc_help = "Log all other IP packets, data of TCP among them.",
	    .sc_help_ja =
		"TCP のデータを含む、その他のすべての IP パケットを記録する。",
	},
	{
	    .sc_key = "other",
	    .sc_type = ST_ENUM,
	    .sc_choices = "none header full",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Other frames",
	    .sc_label_ja = "その他のフレーム",
	    .sc_help = "Log all other frames.",
	    .sc_help_ja = "その他のすべてのフレームを記録する。",
	},
	{
	    .sc_key = "rate",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 10000,
	    .sc_default = "100",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Frames a second",
	    .sc_label_ja = "1 秒あたりのフレーム数",
	    .sc_help = "How many frames a second are logged; the rest are "
		       "counted.",
	    .sc_help_ja = "1 秒間に記録するフレーム数。残りは数だけ記録し"
			  "ます。",
	},
	{ .sc_key = NULL },
};

const struct schema schema_syslog[] = {
	{
	    .sc_key = "server",
	    .sc_type = ST_HOSTPORT,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Log server",
	    .sc_label_ja = "ログサーバー",
	    .sc_help = "The server that gets the log; without a port 514 for "
		       "udp, 601 for tcp.",
	    .sc_help_ja = "ログの送り先。ポートを省略すると udp は 514、tcp "
			  "は 601 です。",
	},
	{
	    .sc_key = "protocol",
	    .sc_type = ST_ENUM,
	    .sc_choices = "udp tcp",
	    .sc_default = "tcp",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Protocol",
	    .sc_label_ja = "プロトコル",
	    .sc_help = "How it is sent. Neither keeps it from being read and "
		       "forged on its way.",
	    .sc_help_ja = "送り方。どちらも途中での盗み見や改ざんは防げませ"
			  "ん。",
	},
	{ .sc_key = NULL },
};
