/* SPDX-License-Identifier: ISC */
/*
 * schema_box: the settings of a whole box, longwire.txt(5).
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

enum { IFNAME_MAX = 15 };

static const struct schema system_table[] = {
	{
	    .sc_key = "hostname",
	    .sc_type = ST_NAME,
	    .sc_default = "longwire",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Host name",
	    .sc_label_ja = "ホスト名",
	    .sc_help = "The name of this box.",
	    .sc_help_ja = "この装置の名前。",
	},
	{
	    .sc_key = "admin-password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET | SF_CRYPT,
	    .sc_min = 8,
	    .sc_max = 128,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Administrator password",
	    .sc_label_ja = "管理者パスワード",
	    .sc_help = "The administrator's password, as it is or as a "
		       "crypt(5) hash that begins with $5$ or $6$; without "
		       "it nobody can log in; web form and console take new "
		       "ones of 10 characters or more only.",
	    .sc_help_ja = "管理者のパスワード、または $5$ か $6$ で始まる "
			  "crypt(5) のハッシュ。設定しないと誰もログインでき"
			  "ません。Web 画面とコンソールで新しく決めるときは "
			  "10 文字以上です。",
	},
	{
	    .sc_key = "admin-totp",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET,
	    .sc_min = 0,
	    .sc_max = 64,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Key of one-time codes",
	    .sc_label_ja = "ワンタイムコードのキー",
	    .sc_help = "The administrator's second factor: the key, in "
		       "base32, that the authenticator app has, too; the "
		       "page Second factor sets it.",
	    .sc_help_ja = "管理者の二要素認証。認証アプリと同じキー（base32）で"
			  "す。「二要素認証」の画面で設定します。",
	},
	{
	    .sc_key = "metrics-token",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET,
	    .sc_min = 20,
	    .sc_max = 128,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Token of metrics",
	    .sc_label_ja = "メトリクスのトークン",
	    .sc_help = "With it Prometheus gets counters at /metrics of the "
		       "web form, in Authorization: Bearer; without it there "
		       "are none.",
	    .sc_help_ja = "Prometheus が Web 画面の /metrics でカウンターを"
			  "読むためのトークン（Authorization: Bearer）。設定"
			  "しなければ提供しません。",
	},
	{
	    .sc_key = "timezone",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 64,
	    .sc_default = "UTC",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Time zone",
	    .sc_label_ja = "タイムゾーン",
	    .sc_help = "The time zone in which times are shown, as TZ has it, "
		       "such as JST-9.",
	    .sc_help_ja = "時刻を表示するタイムゾーン。環境変数 TZ の書き方"
			  "です。例：JST-9。",
	},
	{
	    .sc_key = "ntp",
	    .sc_type = ST_HOSTPORT,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Time server",
	    .sc_label_ja = "時刻サーバー",
	    .sc_help = "A time server.",
	    .sc_help_ja = "時計を合わせる NTP サーバー。",
	},
	{ .sc_check = schema_check_system },
};

static const struct schema bridge_table[] = {
	{
	    .sc_key = "port",
	    .sc_type = ST_IFNAME,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Port",
	    .sc_label_ja = "ポート",
	    .sc_help = "An interface that belongs to the bridge; virtual NICs "
		       "and local ports of hubs join by their own settings.",
	    .sc_help_ja = "ブリッジに入れるインターフェース。仮想 NIC とハブ"
			  "のローカルポートは、それぞれの設定で加わります。",
	},
	{
	    .sc_key = "mac",
	    .sc_type = ST_MAC,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "MAC address",
	    .sc_label_ja = "MAC アドレス",
	    .sc_help = "The bridge's MAC address; by default that of its "
		       "first port.",
	    .sc_help_ja = "ブリッジの MAC アドレス。省略すると最初のポートの"
			  "ものを使います。",
	},
	{ .sc_key = NULL },
};

static const struct schema interface_table[] = {
	{
	    .sc_key = "address",
	    .sc_type = ST_PREFIX,
	    .sc_flags = SF_LIST,
	    .sc_choices = "dhcp none",
	    .sc_default = "none",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Address",
	    .sc_label_ja = "アドレス",
	    .sc_help = "An address of the box with the length of its network; "
		       "dhcp asks the office's router for one.",
	    .sc_help_ja = "この装置のアドレスとネットワーク長。dhcp なら拠点"
			  "のルーターからもらいます。",
	},
	{
	    .sc_key = "gateway",
	    .sc_type = ST_ADDRESS,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Gateway",
	    .sc_label_ja = "ゲートウェイ",
	    .sc_help = "The router to the Internet, one for IPv4 and one for "
		       "IPv6.",
	    .sc_help_ja = "インターネットへのルーター。IPv4 と IPv6 で 1 つ"
			  "ずつ書けます。",
	},
	{
	    .sc_key = "dns",
	    .sc_type = ST_ADDRESS,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name server",
	    .sc_label_ja = "DNS サーバー",
	    .sc_help = "A name server.",
	    .sc_help_ja = "DNS サーバー。",
	},
	{
	    .sc_key = "accept-ra",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Accept router advertisements",
	    .sc_label_ja = "ルーター広告を受け取る",
	    .sc_help = "Whether the box takes IPv6 addresses and a router "
		       "from router advertisements.",
	    .sc_help_ja = "ルーター広告から IPv6 アドレスとルーターを受け"
			  "取るかどうか。",
	},
	{ .sc_check = schema_check_interface },
};

static const struct schema network_table[] = {
	{
	    .sc_key = "bridge",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_min = 1,
	    .sc_max = IFNAME_MAX,
	    .sc_children = bridge_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Bridge",
	    .sc_label_ja = "ブリッジ",
	    .sc_help = "A bridge of this box, named as its interface.",
	    .sc_help_ja = "この装置のブリッジ。名前がインターフェース名に"
			  "なります。",
	},
	{
	    .sc_key = "interface",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_min = 1,
	    .sc_max = IFNAME_MAX,
	    .sc_children = interface_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Interface",
	    .sc_label_ja = "インターフェース",
	    .sc_help = "The addresses of an interface or bridge.",
	    .sc_help_ja = "インターフェースまたはブリッジのアドレス。",
	},
	{
	    .sc_key = "vlan",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_min = 1,
	    .sc_max = IFNAME_MAX,
	    .sc_children = schema_vlan,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "VLAN",
	    .sc_label_ja = "VLAN",
	    .sc_help = "Frames with a VLAN's tag on a port, as an interface "
		       "of that name.",
	    .sc_help_ja = "ポート上のタグ付きフレーム。名前がインターフェース"
			  "名になります。",
	},
	{
	    .sc_key = "pppoe",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_min = 1,
	    .sc_max = IFNAME_MAX,
	    .sc_children = schema_pppoe,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "PPPoE",
	    .sc_label_ja = "PPPoE",
	    .sc_help = "An Internet connection by PPPoE, as an interface of "
		       "that name; while it is up it is the way to the "
		       "Internet.",
	    .sc_help_ja = "PPPoE のインターネット接続。名前がインターフェース"
			  "名になります。つながっている間、インターネットへは"
			  "これを通ります。",
	},
	{ .sc_check = schema_check_network },
};

/* Each key is a variable of rc.conf(5), whose defaults are the same. */
static const struct schema rc_table[] = {
	{
	    .sc_key = "hubd-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Run hubd",
	    .sc_label_ja = "hubd を動かす",
	    .sc_help = "Whether hubd runs if there is a block hubd.",
	    .sc_help_ja = "hubd ブロックがあるとき hubd を動かすかどうか。",
	},
	{
	    .sc_key = "vnicd-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Run vnicd",
	    .sc_label_ja = "vnicd を動かす",
	    .sc_help = "Whether vnicd runs if there is a block vnicd.",
	    .sc_help_ja = "vnicd ブロックがあるとき vnicd を動かすかどうか。",
	},
	{
	    .sc_key = "tunnel-priority",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 20,
	    .sc_default = "10",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Priority of the tunnel",
	    .sc_label_ja = "トンネルの優先度",
	    .sc_help = "By how many steps of priority hubd and vnicd come "
		       "before other programs when processor time is short.",
	    .sc_help_ja = "CPU が混んでいるとき hubd と vnicd をほかの"
			  "プログラムより優先する段階。",
	},
	{
	    .sc_key = "webconfd-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Web form",
	    .sc_label_ja = "Web 画面",
	    .sc_help = "Whether the box has a web form.",
	    .sc_help_ja = "Web 画面を動かすかどうか。",
	},
	{
	    .sc_key = "web-interface",
	    .sc_type = ST_IFNAME,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Interface of the web form",
	    .sc_label_ja = "Web 画面のインターフェース",
	    .sc_help = "An interface or bridge on which the web form is "
		       "reached; by default the bridges, on a box without "
		       "any the interfaces in network.",
	    .sc_help_ja = "Web 画面を開けるインターフェースまたはブリッジ。省略"
			  "するとすべてのブリッジ、ブリッジがなければ network "
			  "のインターフェースです。",
	},
	{
	    .sc_key = "acmed-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Get certificates",
	    .sc_label_ja = "証明書を取得する",
	    .sc_help = "Whether certificates are got if there is a block "
		       "acme; with no, those in place are shown further, also "
		       "after they have expired.",
	    .sc_help_ja = "acme ブロックがあるとき証明書を取得するかどうか。"
			  "no でも今の証明書は、期限が切れた後も使われ続け"
			  "ます。",
	},
	{
	    .sc_key = "firewall-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Packet filter",
	    .sc_label_ja = "パケットフィルター",
	    .sc_help = "Whether the box answers only where it has to.",
	    .sc_help_ja = "この装置宛ての通信を必要なものだけに限るかどうか。",
	},
	{
	    .sc_key = "dhcp-fallback",
	    .sc_type = ST_PREFIX,
	    .sc_choices = "none",
	    .sc_default = "192.168.77.1/24",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Address without DHCP",
	    .sc_label_ja = "DHCP がないときのアドレス",
	    .sc_help = "The address of an interface whose address is dhcp, "
		       "until a DHCP server answers; taken after 30 seconds "
		       "without an answer.",
	    .sc_help_ja = "DHCP サーバーが 30 秒答えないとき、答えるまで使う"
			  "アドレス。",
	},
	{
	    .sc_key = "ntpd-enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Time from the network",
	    .sc_label_ja = "ネットワークから時刻を取る",
	    .sc_help = "Whether the clock follows the time servers in system.",
	    .sc_help_ja = "system の時刻サーバーに時計を合わせるかどうか。",
	},
	{
	    .sc_key = "syslogd-size",
	    .sc_type = ST_INT,
	    .sc_min = 16,
	    .sc_max = 8192,
	    .sc_default = "256",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Log size",
	    .sc_label_ja = "ログの量",
	    .sc_help = "How much of the log is kept in memory, in KiB.",
	    .sc_help_ja = "メモリーに残すログの量（KiB）。",
	},
	{
	    .sc_key = "health-time",
	    .sc_type = ST_INT,
	    .sc_min = 60,
	    .sc_max = 3600,
	    .sc_default = "300",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Time to come up",
	    .sc_label_ja = "起動確認の制限時間",
	    .sc_help = "Seconds from its start in which a box must be healthy; "
		       "otherwise it goes back to the version in the other "
		       "slot.",
	    .sc_help_ja = "起動してから正常と確認できるまでの制限時間（秒）。過"
			  "ぎるともう一方のスロットのバージョンに戻ります。",
	},
	{ .sc_key = NULL },
};

const struct schema schema_box[] = {
	{
	    .sc_key = "system",
	    .sc_type = ST_BLOCK,
	    .sc_children = system_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "System",
	    .sc_label_ja = "システム",
	    .sc_help = "The box itself.",
	    .sc_help_ja = "装置そのもの。",
	},
	{
	    .sc_key = "network",
	    .sc_type = ST_BLOCK,
	    .sc_children = network_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Network",
	    .sc_label_ja = "ネットワーク",
	    .sc_help = "Its bridges and addresses.",
	    .sc_help_ja = "ブリッジとアドレス。",
	},
	{
	    .sc_key = "syslog",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_syslog,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Log server",
	    .sc_label_ja = "ログサーバー",
	    .sc_help = "Sends the log to a server as well (RFC 5424).",
	    .sc_help_ja = "ログをサーバーにも送ります（RFC 5424）。",
	},
	{
	    .sc_key = "ssh",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_ssh,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Console by ssh",
	    .sc_label_ja = "SSH でのコンソール",
	    .sc_help = "The console's menu over ssh, for who has a key.",
	    .sc_help_ja = "コンソールのメニューを SSH で使えるようにします。"
			  "鍵を持つ人だけが入れます。",
	},
	{
	    .sc_key = "hubd",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_hubd,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Hubs",
	    .sc_label_ja = "ハブ",
	    .sc_help = "Hosts hubs: what hubd.conf(5) says.",
	    .sc_help_ja = "ハブを動かします。内容は hubd.conf(5) と同じです。",
	},
	{
	    .sc_key = "vnicd",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_vnicd,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Virtual NICs",
	    .sc_label_ja = "仮想 NIC",
	    .sc_help = "Connects to hubs: what vnicd.conf(5) says.",
	    .sc_help_ja = "ハブにつなぎます。内容は vnicd.conf(5) と同じです。",
	},
	{
	    .sc_key = "acme",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_acme,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Certificate by ACME",
	    .sc_label_ja = "ACME 証明書",
	    .sc_help = "Gets a certificate that browsers know from an "
		       "authority, and renews it.",
	    .sc_help_ja = "ブラウザーが信頼する証明書を認証局から取得し、更新"
			  "します。",
	},
	{
	    .sc_key = "rc",
	    .sc_type = ST_BLOCK,
	    .sc_children = rc_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Services",
	    .sc_label_ja = "サービス",
	    .sc_help = "The services of the box: what rc.conf(5) says.",
	    .sc_help_ja = "装置のサービス。内容は rc.conf(5) と同じです。",
	},
	{ .sc_check = schema_check_box },
};
