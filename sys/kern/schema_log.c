/* SPDX-License-Identifier: ISC */
/*
 * schema_log: the settings of logs: hubd.conf(5)'s packet log, and the log
 * server of longwire.txt(5).
 */
#include <stdbool.h>
#include <string.h>

#include "kern/conf.h"
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
	    .sc_help_ja = "接続の開始と終了の TCP セグメントを記録します。",
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
	    .sc_help_ja = "DHCP メッセージを記録します。",
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
	    .sc_help_ja = "ARP メッセージを記録します。",
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
	    .sc_help_ja = "ICMP と ICMPv6 のメッセージを記録します。",
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
		"TCP のデータを含む、その他のすべての IP パケットを記録します。",
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
	    .sc_help_ja = "その他のすべてのフレームを記録します。",
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
		       "udp, 601 for tcp, 6514 for tls.",
	    .sc_help_ja = "ログの送り先。ポートを省略すると udp は 514、tcp "
			  "は 601、tls は 6514 です。",
	},
	{
	    .sc_key = "protocol",
	    .sc_type = ST_ENUM,
	    .sc_choices = "udp tcp tls",
	    .sc_default = "tls",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Protocol",
	    .sc_label_ja = "プロトコル",
	    .sc_help = "How it is sent; only tls keeps it from being read "
		       "and forged on its way.",
	    .sc_help_ja = "送り方。途中での盗み見と改ざんを防げるのは tls "
			  "だけです。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Server's pin",
	    .sc_label_ja = "サーバーのピン",
	    .sc_help = "With tls, in place of ca and server-name: the "
		       "SHA-256 of the server's public key, as \"hubctl "
		       "pin\" prints it of its certificate; at most four.",
	    .sc_help_ja = "tls のとき、ca と server-name の代わりに確かめる"
			  "サーバーの公開鍵の SHA-256。証明書から「hubctl "
			  "pin」で求めます。4 つまで書けます。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "CA certificates",
	    .sc_label_ja = "CA 証明書",
	    .sc_help = "With tls: a file of CA certificates in PEM, one of "
		       "which must have signed the server's; by default the "
		       "CAs of the Internet.",
	    .sc_help_ja = "tls のとき：サーバー証明書を検証する CA 証明書の"
			  "ファイル（PEM 形式）。省略するとインターネットの "
			  "CA を使います。",
	},
	{
	    .sc_key = "server-name",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 253,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name in the certificate",
	    .sc_label_ja = "証明書の名前",
	    .sc_help = "With tls and without pin: the name that the server's "
		       "certificate must have, if not that of server.",
	    .sc_help_ja = "tls でピンがないとき：サーバー証明書にあるべき名"
			  "前。server の名前と異なる場合に書きます。",
	},
	{ .sc_check = schema_check_syslog },
};

int
schema_check_syslog(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	static const char *const keys[] = { "pin", "ca", "server-name" };
	bool tls = strcmp(conf_str(cf, "protocol"), "tls") == 0;
	const struct conf *entry;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		entry = conf_find(cf, keys[i]);
		if (entry == NULL || (tls && (i == 0 || !conf_has(cf, "pin"))))
			continue;
		conf_error_say(ce, file, entry,
		    tls ? "%s: has no use beside pin" :
			  "%s: has no use without protocol tls",
		    tls ? "%s：pin があるときは使いません。" :
			  "%s：protocol が tls のときだけ使います。",
		    keys[i]);
		return (-1);
	}
	return (schema_check_pins(cf, file, ce));
}
