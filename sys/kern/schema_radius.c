/* SPDX-License-Identifier: ISC */
/*
 * schema_radius: the settings of a RADIUS server in hubd.conf(5).
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

const struct schema schema_radius[] = {
	{
	    .sc_key = "address",
	    .sc_type = ST_ADDRESS,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Address",
	    .sc_label_ja = "アドレス",
	    .sc_help = "The server's IPv4 or IPv6 address; no name, so that "
		       "log-ins do not depend on name servers.",
	    .sc_help_ja = "サーバーの IPv4 または IPv6 アドレス。ログインが "
			  "DNS に左右されないよう、名前は書けません。",
	},
	{
	    .sc_key = "port",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 65535,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Port",
	    .sc_label_ja = "ポート",
	    .sc_help = "The port for log-ins; if absent 1812, over tls 2083, "
		       "which is for accounting too.",
	    .sc_help_ja = "ログイン用のポート。省略すると 1812、tls では "
			  "2083（アカウンティングも同じ）です。",
	},
	{
	    .sc_key = "accounting-port",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 65535,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Accounting port",
	    .sc_label_ja = "アカウンティング用ポート",
	    .sc_help = "The port for accounting; 1813 if absent.",
	    .sc_help_ja = "アカウンティング用のポート。省略すると 1813 です。",
	},
	{
	    .sc_key = "transport",
	    .sc_type = ST_ENUM,
	    .sc_default = "udp",
	    .sc_choices = "udp tls",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Transport",
	    .sc_label_ja = "トランスポート",
	    .sc_help = "How the server is reached: udp, or tls (RadSec), "
		       "which hides everything and proves who the server "
		       "is.",
	    .sc_help_ja = "サーバーとの通信方法。udp か、すべてを暗号化し"
			  "サーバーを確かめる tls（RadSec）です。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Pin",
	    .sc_label_ja = "ピン",
	    .sc_help = "For tls, the SHA-256 of the server's public key.",
	    .sc_help_ja = "tls で使う、サーバーの公開鍵の SHA-256。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "CA",
	    .sc_label_ja = "CA",
	    .sc_help = "For tls without pin, a file of the CA certificates "
		       "in PEM that the server's must come from.",
	    .sc_help_ja = "pin のない tls で使う、サーバーの証明書を発行する "
			  "CA の証明書（PEM）のファイル。",
	},
	{
	    .sc_key = "server-name",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 253,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name in the certificate",
	    .sc_label_ja = "証明書の名前",
	    .sc_help = "With ca, the name that the server's certificate must "
		       "have; by default its address.",
	    .sc_help_ja = "ca を使うとき、サーバーの証明書にあるべき名前。"
			  "省略するとアドレスです。",
	},
	{
	    .sc_key = "certificate",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Own certificate",
	    .sc_label_ja = "自分の証明書",
	    .sc_help = "For tls, a file of the certificate in PEM that is "
		       "shown to the server.",
	    .sc_help_ja = "tls でサーバーに示す証明書（PEM）のファイル。",
	},
	{
	    .sc_key = "key",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Its private key",
	    .sc_label_ja = "自分の秘密鍵",
	    .sc_help = "A file of its private key in PEM, without "
		       "passphrase.",
	    .sc_help_ja = "その秘密鍵（PEM、パスフレーズなし）のファイル。",
	},
	{
	    .sc_key = "secret",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET,
	    .sc_min = 1,
	    .sc_max = 128,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Shared secret",
	    .sc_label_ja = "共有シークレット",
	    .sc_help = "The secret that the server has for this hub; the "
		       "safety of everything over UDP rests on it, so take "
		       "at least 16 random characters; over tls it is "
		       "radsec if absent.",
	    .sc_help_ja = "サーバーがこのハブ用に持つ共有シークレット。UDP の安"
			  "全はこれだけに頼るので、16 文字以上の乱数にしてくだ"
			  "さい。tls で省略すると radsec です。",
	},
	{
	    .sc_key = "protocol",
	    .sc_type = ST_ENUM,
	    .sc_default = "mschapv2",
	    .sc_choices = "pap mschapv2",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Protocol",
	    .sc_label_ja = "認証プロトコル",
	    .sc_help = "How the password is shown to the server: mschapv2 "
		       "proves it both ways, without sending it; pap sends "
		       "it, hidden by the secret, for servers that keep no "
		       "hash that MS-CHAPv2 could use.",
	    .sc_help_ja = "サーバーにパスワードを示す方法。mschapv2 はパスワー"
			  "ドを送らず、双方が互いに証明します。pap は共有シーク"
			  "レットで隠して送ります。MS-CHAPv2 用のハッシュを持た"
			  "ないサーバーに使います。",
	},
	{
	    .sc_key = "message-authenticator",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Message-Authenticator",
	    .sc_label_ja = "Message-Authenticator",
	    .sc_help = "Whether answers to log-ins must have one; without, "
		       "who is between can forge them (CVE-2024-3596); "
		       "requests always have one.",
	    .sc_help_ja = "ログインへの応答に必須とするかどうか。必須にしないと"
			  "、通信経路の途中で応答を偽造されるおそれがあります（"
			  "CVE-2024-3596）。要求には常に付きます。",
	},
	{
	    .sc_key = "timeout",
	    .sc_type = ST_DURATION,
	    .sc_min = 1000,
	    .sc_max = 120000,
	    .sc_default = "60s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Time limit",
	    .sc_label_ja = "制限時間",
	    .sc_help = "How long the server may take to answer; a second "
		       "factor takes as long as a person does.",
	    .sc_help_ja = "サーバーの応答を待つ時間。二要素認証では人が操作"
			  "する時間がかかります。",
	},
	{
	    .sc_key = "fail-over",
	    .sc_type = ST_DURATION,
	    .sc_min = 500,
	    .sc_max = 120000,
	    .sc_default = "10s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Fail-over",
	    .sc_label_ja = "切り替え",
	    .sc_help = "How long to wait for a server that has not been "
		       "heard from before the next one is asked.",
	    .sc_help_ja = "まだ応答のないサーバーを待ち、次のサーバーに"
			  "切り替えるまでの時間。",
	},
	{
	    .sc_key = "nas-identifier",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 64,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "NAS identifier",
	    .sc_label_ja = "NAS 識別子",
	    .sc_help = "The name that this hub gives to the server; by "
		       "default the machine's.",
	    .sc_help_ja = "サーバーに伝えるこのハブの名前。省略するとマシン"
			  "の名前です。",
	},
	{ .sc_check = schema_check_radius },
};
