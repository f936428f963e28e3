/* SPDX-License-Identifier: ISC */
/*
 * schema_log: the settings of logs: hubd.conf(5)'s packet log, and the log
 * server of longwire.txt(5).
 */
#include <stdbool.h>
#include <string.h>

#include "kern/bytes.h"
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
	    .sc_key = "fingerprint",
	    .sc_type = ST_STRING,
	    .sc_min = 64,
	    .sc_max = 95,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Server's fingerprint",
	    .sc_label_ja = "サーバー証明書のフィンガープリント",
	    .sc_help = "With tls, in place of the certificate's name: its "
		       "SHA-256 fingerprint, 64 hexadecimal digits, colons "
		       "between or not.",
	    .sc_help_ja = "tls のとき、証明書の名前の代わりに確かめる "
			  "SHA-256 フィンガープリント。16 進 64 桁で、コロン"
			  "はあってもなくてもかまいません。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "CA certificates",
	    .sc_label_ja = "CA 証明書",
	    .sc_help = "With tls: a file of CA certificates in PEM that the "
		       "server's certificate must come from, or that "
		       "certificate itself if nobody else signed it; by "
		       "default the CAs of the Internet.",
	    .sc_help_ja = "tls のとき：サーバー証明書を検証する CA 証明書の"
			  "ファイル（PEM 形式）。自己署名ならその証明書そのも"
			  "の。省略するとインターネットの CA を使います。",
	},
	{
	    .sc_key = "server-name",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 253,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name in the certificate",
	    .sc_label_ja = "証明書の名前",
	    .sc_help = "With tls and without fingerprint: the name that the "
		       "server's certificate must have, if not its host "
		       "name.",
	    .sc_help_ja = "tls でフィンガープリントがないとき：サーバー証明"
			  "書にあるべき名前。ホスト名と異なる場合に書きます。",
	},
	{ .sc_check = schema_check_syslog },
};

/* 32 bytes in hexadecimal, with a colon between any two or without any. */
static bool
is_fingerprint(const char *text)
{
	bool colons = strlen(text) == 95;
	size_t n;

	for (n = 0; n < 32; n++, text += 2) {
		if (n > 0 && colons && *text++ != ':')
			return (false);
		if (hex_digit(text[0]) == -1 || hex_digit(text[1]) == -1)
			return (false);
	}
	return (*text == '\0');
}

int
schema_check_syslog(const struct conf *cf, const char *file,
    struct conf_error *ce)
{
	static const char *const keys[] = { "fingerprint", "ca",
		"server-name" };
	enum { BESIDE = 2 };	/* so many have a use beside fingerprint */
	bool tls = strcmp(conf_str(cf, "protocol"), "tls") == 0;
	const char *fingerprint = conf_str(cf, "fingerprint");
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct conf *entry = conf_find(cf, keys[i]);

		if (entry == NULL ||
		    (tls && (i < BESIDE || fingerprint == NULL)))
			continue;
		conf_error_say(ce, file, entry,
		    tls ? "%s: has no use beside fingerprint" :
			  "%s: has no use without protocol tls",
		    tls ? "%s：fingerprint があるときは使いません。" :
			  "%s：protocol が tls のときだけ使います。",
		    keys[i]);
		return (-1);
	}
	if (fingerprint == NULL || is_fingerprint(fingerprint))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "fingerprint"),
	    "fingerprint: 64 hexadecimal digits are wanted",
	    "fingerprint：16 進 64 桁を書いてください。");
	return (-1);
}
