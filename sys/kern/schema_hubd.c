/* SPDX-License-Identifier: ISC */
/*
 * schema_hubd: the settings of hubd.conf(5).
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

static const struct schema user_table[] = {
	{
	    .sc_key = "password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET | SF_SCRYPT,
	    .sc_min = 1,
	    .sc_max = 512,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Password",
	    .sc_label_ja = "パスワード",
	    .sc_help = "The password as \"hubctl passwd\" prints it, never "
		       "the password itself; a user without one is known by "
		       "the hub's other methods alone.",
	    .sc_help_ja = "「hubctl passwd」が出力したパスワード文字列です。パ"
			  "スワードそのものは書きません。省略したユーザーは、ハ"
			  "ブのほかの認証方式だけで確認します。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Pin",
	    .sc_label_ja = "ピン",
	    .sc_help = "For auth certificate, the SHA-256 of the public key "
		       "of the user's certificate, as \"hubctl pin\" prints "
		       "it.",
	    .sc_help_ja = "auth certificate で使う、ユーザーの証明書の公開鍵の"
			  " SHA-256。「hubctl pin」が出力します。",
	},
	{
	    .sc_key = "enabled",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Enabled",
	    .sc_label_ja = "有効",
	    .sc_help = "Whether this user may connect.",
	    .sc_help_ja = "このユーザーの接続を許可するかどうか。",
	},
	{
	    .sc_key = "max-sessions",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 100000,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most sessions",
	    .sc_label_ja = "最大セッション数",
	    .sc_help = "How many sessions the user may have at a time; 0 is "
		       "no limit.",
	    .sc_help_ja = "このユーザーが同時に持てるセッション数。"
			  "0 は無制限です。",
	},
	{
	    .sc_key = "max-connections",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 32,
	    .sc_default = "8",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most connections",
	    .sc_label_ja = "最大接続数",
	    .sc_help = "How many TCP connections one session may use.",
	    .sc_help_ja = "1 つのセッションが使える TCP 接続の数。",
	},
	{
	    .sc_key = "group",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Group",
	    .sc_label_ja = "グループ",
	    .sc_help = "The group that the user belongs to.",
	    .sc_help_ja = "ユーザーが属するグループ。",
	},
	{
	    .sc_key = "policy",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Policy",
	    .sc_label_ja = "ポリシー",
	    .sc_help = "The policy of the user's sessions; if absent the "
		       "group's, else the hub's default.",
	    .sc_help_ja = "ユーザーのセッションに適用するポリシー。省略すると"
			  "グループのもの、それもなければハブの既定のものに"
			  "なります。",
	},
	{ .sc_check = schema_check_user },
};

static const struct schema group_table[] = {
	{
	    .sc_key = "policy",
	    .sc_type = ST_NAME,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Policy",
	    .sc_label_ja = "ポリシー",
	    .sc_help = "The policy of the group's users.",
	    .sc_help_ja = "このグループのユーザーに適用するポリシー。",
	},
	{ .sc_key = NULL },
};

static const struct schema local_port_table[] = {
	{
	    .sc_key = "bridge",
	    .sc_type = ST_IFNAME,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Bridge",
	    .sc_label_ja = "ブリッジ",
	    .sc_help = "The bridge of this machine that the port joins; "
		       "without it the interface stands alone.",
	    .sc_help_ja = "このポートをつなぐ、このマシンのブリッジ。"
			  "省略するとインターフェースは単独になります。",
	},
	{
	    .sc_key = "interface",
	    .sc_type = ST_IFNAME,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Interface",
	    .sc_label_ja = "インターフェース",
	    .sc_help = "The name of the tap interface; by default lw and the "
		       "port's name, cut to 15 characters.",
	    .sc_help_ja = "tap インターフェースの名前。省略すると lw に"
			  "ポート名を続け、15 文字までで切ったものになります。",
	},
	{
	    .sc_key = "mtu",
	    .sc_type = ST_INT,
	    .sc_min = 576,
	    .sc_max = 9216,
	    .sc_default = "1500",
	    .sc_reload = SR_SESSION,
	    .sc_label = "MTU",
	    .sc_label_ja = "MTU",
	    .sc_help = "The largest packet in bytes, without the Ethernet "
		       "header.",
	    .sc_help_ja = "最大パケット長（バイト）。Ethernet ヘッダーは"
			  "含みません。",
	},
	{ .sc_key = NULL },
};

static const struct schema hub_table[] = {
	{
	    .sc_key = "auth",
	    .sc_type = ST_NAME,
	    .sc_flags = SF_LIST,
	    .sc_default = "password",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Authentication",
	    .sc_label_ja = "認証方式",
	    .sc_help = "A method that is asked who a user is, in the order of "
		       "the lines: password, certificate or radius.",
	    .sc_help_ja = "ユーザーを認証する方式。password、certificate、"
			  "radius を、書いた順に試します。",
	},
	{
	    .sc_key = "client-ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "CA of users",
	    .sc_label_ja = "ユーザーの CA",
	    .sc_help = "For auth certificate, a file of the CA certificates "
		       "in PEM that users' certificates must come from.",
	    .sc_help_ja = "auth certificate で使う、ユーザーの証明書を発行する "
			  "CA の証明書（PEM）のファイル。",
	},
	{
	    .sc_key = "client-crl",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Revoked certificates",
	    .sc_label_ja = "失効した証明書",
	    .sc_help = "A file of that CA's revocation list in PEM, without "
		       "which, or after whose time, nobody is let in.",
	    .sc_help_ja = "その CA の失効リスト（PEM）のファイル。書いた場合、"
			  "リストがないか期限切れなら誰も許可しません。",
	},
	{
	    .sc_key = "certificate-name",
	    .sc_type = ST_ENUM,
	    .sc_default = "cn",
	    .sc_choices = "cn dns email",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name in certificates",
	    .sc_label_ja = "証明書の中の名前",
	    .sc_help = "Where in a certificate of client-ca the user's name "
		       "is: cn is the subject's common name, dns the first "
		       "alternative name of that kind, email what comes "
		       "before the @ of the first e-mail address.",
	    .sc_help_ja = "client-ca の証明書のどこにユーザー名があるか。cn は"
			  "サブジェクトの CN、dns は最初の DNS の別名、email "
			  "は最初のメールアドレスの @ の前です。",
	},
	{
	    .sc_key = "radius",
	    .sc_type = ST_NAME,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "RADIUS server",
	    .sc_label_ja = "RADIUS サーバー",
	    .sc_help = "A block radius, for auth radius: the first of them "
		       "that answers decides; at most 4.",
	    .sc_help_ja = "auth radius で使う radius ブロックの名前。書いた順"
			  "に、最初に応答したサーバーが決めます。4 つまで"
			  "です。",
	},
	{
	    .sc_key = "accounting",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Accounting",
	    .sc_label_ja = "アカウンティング",
	    .sc_help = "Whether the RADIUS servers are told when sessions "
		       "begin and end, and what they carried.",
	    .sc_help_ja = "セッションの開始と終了、運んだ量を RADIUS サーバー"
			  "に知らせるかどうか。",
	},
	{
	    .sc_key = "accounting-interval",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 86400000,
	    .sc_default = "10m",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Accounting interval",
	    .sc_label_ja = "アカウンティングの間隔",
	    .sc_help = "How often they are told in between, where the server "
		       "does not say; 0 never.",
	    .sc_help_ja = "途中経過を知らせる間隔。サーバーの指定があればそちら"
			  "を使います。0 では知らせません。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = user_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "A user who may connect to this hub.",
	    .sc_help_ja = "このハブに接続できるユーザー。",
	},
	{
	    .sc_key = "group",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = group_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Group",
	    .sc_label_ja = "グループ",
	    .sc_help = "Users with something in common.",
	    .sc_help_ja = "同じ扱いにするユーザーのまとまり。",
	},
	{
	    .sc_key = "policy",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = schema_policy,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Policy",
	    .sc_label_ja = "ポリシー",
	    .sc_help = "What frames sessions may send and receive.",
	    .sc_help_ja = "セッションが送受信できるフレームの決まり。",
	},
	{
	    .sc_key = "default-policy",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Default policy",
	    .sc_label_ja = "既定のポリシー",
	    .sc_help = "The policy of users that have none, by themselves or "
		       "by their group; if absent they may do everything.",
	    .sc_help_ja = "ユーザー自身にもグループにもポリシーがない場合に適用"
			  "するポリシー。省略すると何も制限しません。",
	},
	{
	    .sc_key = "rule",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = schema_rule,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Rule",
	    .sc_label_ja = "規則",
	    .sc_help = "A rule of the hub's access list: the first rule "
		       "whose conditions all hold decides about a frame, and "
		       "a frame that no rule is about passes.",
	    .sc_help_ja = "ハブのアクセスリストの規則。すべての条件に合う最初"
			  "の規則でフレームの扱いが決まります。どの規則にも合"
			  "わないフレームは通します。",
	},
	{
	    .sc_key = "local-port",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = local_port_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Local port",
	    .sc_label_ja = "ローカルポート",
	    .sc_help = "A port of the hub on this machine: a tap interface, "
		       "joined to a bridge.",
	    .sc_help_ja = "このマシン上のハブのポート。tap インターフェース"
			  "を作り、ブリッジにつなぎます。",
	},
	{
	    .sc_key = "fdb-age",
	    .sc_type = ST_DURATION,
	    .sc_min = 1000,
	    .sc_max = 86400000,
	    .sc_default = "300s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Address age",
	    .sc_label_ja = "アドレスの保持時間",
	    .sc_help = "How long the hub remembers a MAC address that is not "
		       "heard from.",
	    .sc_help_ja = "通信のない MAC アドレスをハブが覚えておく時間。",
	},
	{
	    .sc_key = "fdb-max",
	    .sc_type = ST_INT,
	    .sc_min = 16,
	    .sc_max = 1048576,
	    .sc_default = "65536",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most addresses",
	    .sc_label_ja = "最大アドレス数",
	    .sc_help = "How many MAC addresses the hub remembers.",
	    .sc_help_ja = "ハブが覚える MAC アドレスの最大数。",
	},
	{
	    .sc_key = "fdb-max-session",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 1048576,
	    .sc_default = "4096",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most addresses a session",
	    .sc_label_ja = "セッションごとの最大アドレス数",
	    .sc_help = "How many MAC addresses the hub remembers for one "
		       "session.",
	    .sc_help_ja = "1 つのセッションについてハブが覚える MAC アドレス"
			  "の最大数。",
	},
	{
	    .sc_key = "storm-broadcast",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 10000000,
	    .sc_default = "1000",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Broadcast limit",
	    .sc_label_ja = "ブロードキャストの上限",
	    .sc_help = "How many broadcasts a second a port may send; a "
		       "super-frame counts as many as it stands for; 0 is "
		       "no limit.",
	    .sc_help_ja = "1 つのポートが 1 秒間に送れるブロードキャストの数"
			  "。スーパーフレームはそれが表すフレームの数として数"
			  "えます。0 は無制限です。",
	},
	{
	    .sc_key = "storm-multicast",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 10000000,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Multicast limit",
	    .sc_label_ja = "マルチキャストの上限",
	    .sc_help =
		"The same of multicasts; if absent as many as broadcasts.",
	    .sc_help_ja =
		"1 つのポートが 1 秒間に送れるマルチキャストの数。省略するとブ"
		"ロードキャストと同じです。",
	},
	{
	    .sc_key = "storm-unknown",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 10000000,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Limit of unknown destinations",
	    .sc_label_ja = "宛先不明フレームの上限",
	    .sc_help =
		"The same of frames to addresses that the hub does not know; "
		"if absent as many as broadcasts.",
	    .sc_help_ja =
		"1 つのポートが 1 秒間に送れる、ハブの知らない宛先へのフレーム"
		"の数。省略するとブロードキャストと同じです。",
	},
	{
	    .sc_key = "storm-burst",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 10000000,
	    .sc_default = "2000",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Broadcast burst",
	    .sc_label_ja = "一度に送れるブロードキャスト",
	    .sc_help = "How many frames of each such kind a port may send at "
		       "once.",
	    .sc_help_ja = "1 つのポートが、上の 3 種類のフレームをそれぞれ一度"
			  "にまとめて送れる数。",
	},
	{
	    .sc_key = "bpdu",
	    .sc_type = ST_ENUM,
	    .sc_default = "filter",
	    .sc_choices = "filter pass",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Spanning tree",
	    .sc_label_ja = "スパニングツリー",
	    .sc_help = "Whether frames of spanning trees are kept from "
		       "crossing the hub, so that each office's tree is its "
		       "own, or pass, so that they are one.",
	    .sc_help_ja = "スパニングツリーのフレームを filter は通さず、拠点"
			  "ごとに独立したツリーにします。pass は通して 1 つの"
			  "ツリーにします。",
	},
	{
	    .sc_key = "multicast-snooping",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Multicast snooping",
	    .sc_label_ja = "マルチキャストスヌーピング",
	    .sc_help = "Whether multicast goes only where hosts have joined "
		       "its group by IGMP or MLD and where routers are, while "
		       "a querier of the network asks for that; without a "
		       "querier all of it goes everywhere.",
	    .sc_help_ja = "IGMP や MLD でグループに参加した端末とルーターがあ"
			  "るポートにだけマルチキャストを送るかどうか。ネット"
			  "ワークにクエリアがある間だけ働き、ないときはすべて"
			  "のポートに送ります。",
	},
	{
	    .sc_key = "multicast-querier",
	    .sc_type = ST_ADDRESS,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Multicast querier",
	    .sc_label_ja = "マルチキャストクエリア",
	    .sc_help = "An IPv4 address of the network that nobody else has: "
		       "the hub is a querier by it for IGMP, and by an "
		       "address of its own for MLD, unless another has a "
		       "lower one; by default it is none.",
	    .sc_help_ja = "ほかで使っていないネットワーク内の IPv4 アドレス。"
			  "指定すると、ハブがこのアドレスで IGMP の、自分のアド"
			  "レスで MLD のクエリアになります。より小さいアドレス"
			  "のクエリアがあれば譲ります。省略すると働きません。",
	},
	{
	    .sc_key = "multicast-unknown",
	    .sc_type = ST_ENUM,
	    .sc_default = "routers",
	    .sc_choices = "routers flood",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Unknown multicast groups",
	    .sc_label_ja = "参加者のないグループ",
	    .sc_help = "Where multicast goes whose group nobody has joined: to "
		       "the ports of routers, or everywhere.",
	    .sc_help_ja = "参加者のないグループ宛てのマルチキャストの送り先。"
			  "routers はルーターのあるポートだけ、flood はすべての"
			  "ポートです。",
	},
	{
	    .sc_key = "neighbour-requests",
	    .sc_type = ST_ENUM,
	    .sc_default = "all",
	    .sc_choices = "all owner",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "ARP and neighbour requests",
	    .sc_label_ja = "ARP と近隣要請の送り先",
	    .sc_help = "Where ARP requests and IPv6 neighbour solicitations "
		       "go: to all ports, or to the one that has the address "
		       "as far as the hub knows, so that they need not cross "
		       "every slow line.",
	    .sc_help_ja = "ARP 要求と IPv6 の近隣要請の送り先。all はすべての"
			  "ポート、owner はそのアドレスがあるとハブが知ってい"
			  "るポートだけです。遅い回線に流れるブロードキャスト"
			  "を減らせます。",
	},
	{
	    .sc_key = "max-mss",
	    .sc_type = ST_INT,
	    .sc_min = 536,
	    .sc_max = 65535,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Largest TCP segment",
	    .sc_label_ja = "TCP セグメントの最大長",
	    .sc_help = "The most bytes a TCP segment that crosses the hub may "
		       "have, for lines behind it that carry less than "
		       "hosts think: where a connection is opened with "
		       "more, that number is lowered; by default it is "
		       "left alone.",
	    .sc_help_ja =
		"ハブを通る TCP セグメントの最大バイト数。先の回線が端"
		"末の想定より小さいパケットしか運べないときに使いま"
		"す。接続の開始時にこれより大きい値が示されたら、こ"
		"の値に下げます。省略すると変えません。",
	},
	{
	    .sc_key = "queue-frames",
	    .sc_type = ST_INT,
	    .sc_min = 16,
	    .sc_max = 65536,
	    .sc_default = "8192",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Queue in frames",
	    .sc_label_ja = "待ち行列（フレーム）",
	    .sc_help = "How many frames may wait for one session; over that "
		       "the flow with most bytes loses its oldest.",
	    .sc_help_ja = "1 つのセッションへの送信待ちフレームの最大数。"
			  "あふれると最も多い通信の古いものから捨てます。",
	},
	{
	    .sc_key = "queue-bytes",
	    .sc_type = ST_SIZE,
	    .sc_min = 65536,
	    .sc_max = 1 << 30,
	    .sc_default = "8M",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Queue in bytes",
	    .sc_label_ja = "待ち行列（バイト）",
	    .sc_help = "How many bytes may wait for one session.",
	    .sc_help_ja = "1 つのセッションへの送信待ちバイト数の上限。",
	},
	{
	    .sc_key = "analyse-tcp",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Analyse TCP",
	    .sc_label_ja = "TCP の解析",
	    .sc_help = "Whether TCP retransmissions that the tunnel will "
		       "deliver anyway, and acknowledgements that say no "
		       "more than the next one, are left out.",
	    .sc_help_ja = "トンネルがいずれ届ける TCP の再送と、次の確認応答"
			  "に含まれる確認応答を省くかどうか。",
	},
	{
	    .sc_key = "packet-log",
	    .sc_type = ST_BLOCK,
	    .sc_children = schema_packet_log,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Packet log",
	    .sc_label_ja = "パケットログ",
	    .sc_help = "Which frames that come in are logged: none, their "
		       "headers, or headers and bytes.",
	    .sc_help_ja = "受け取ったフレームのうち記録するもの。none は記録"
			  "せず、header は見出し、full は内容も記録します。",
	},
	{
	    .sc_key = "loop-probe",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 3600000,
	    .sc_default = "2s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Loop probe",
	    .sc_label_ja = "ループ検査の間隔",
	    .sc_help = "How often the hub sends a signed frame to find loops; "
		       "0s never.",
	    .sc_help_ja = "ループを見つけるための署名付きフレームを送る間隔。"
			  "0s では送りません。",
	},
	{
	    .sc_key = "loop-block",
	    .sc_type = ST_DURATION,
	    .sc_min = 1000,
	    .sc_max = 86400000,
	    .sc_default = "10s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Loop block",
	    .sc_label_ja = "ループ時の遮断時間",
	    .sc_help = "How long a port stays blocked after its last probe "
		       "came back.",
	    .sc_help_ja = "最後に自分の検査フレームが戻ってから、ポートを"
			  "遮断しておく時間。",
	},
	{
	    .sc_key = "fcs",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Send FCS",
	    .sc_label_ja = "FCS を送る",
	    .sc_help = "Whether plain frames are sent with their check "
		       "sequence, for peers of draft-ietf-masque-"
		       "connect-ethernet-14 and older; newer ones leave "
		       "it out, and both are accepted.",
	    .sc_help_ja = "通常のフレームに FCS を付けて送るかどうか。"
			  "draft-ietf-masque-connect-ethernet-14 以前の相手の"
			  "ための設定です。受信はどちらも受け付けます。",
	},
	{
	    .sc_key = "offload",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Offload",
	    .sc_label_ja = "オフロード",
	    .sc_help = "Whether super-frames and compressed headers are "
		       "offered to the other end.",
	    .sc_help_ja = "大きなフレームをまとめて送る機能とヘッダー圧縮を"
			  "相手に提案するかどうか。",
	},
	{
	    .sc_key = "keepalive",
	    .sc_type = ST_DURATION,
	    .sc_min = 2000,
	    .sc_max = 600000,
	    .sc_default = "20s",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Keep-alive",
	    .sc_label_ja = "キープアライブ",
	    .sc_help = "The longest time after which a dead connection is "
		       "noticed; a client may ask for less.",
	    .sc_help_ja = "切れた接続に気づくまでの最長時間。クライアントは"
			  "より短い時間を求めることができます。",
	},
	{
	    .sc_key = "resume-wait",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 3600000,
	    .sc_default = "60s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Wait for resume",
	    .sc_label_ja = "再開を待つ時間",
	    .sc_help = "How long a session without connection is kept for its "
		       "client to come back.",
	    .sc_help_ja = "接続の切れたセッションを、クライアントの再接続を"
			  "待って残しておく時間。",
	},
	{ .sc_check = schema_check_hub },
};

const struct schema schema_hubd[] = {
	{
	    .sc_key = "listen",
	    .sc_type = ST_HOSTPORT,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Listen",
	    .sc_label_ja = "待ち受け",
	    .sc_help = "An address and port to accept connections at, such as "
		       "0.0.0.0:443 or [::]:443; * is every address, and the "
		       "port is 443 if absent.",
	    .sc_help_ja = "接続を受け付けるアドレスとポート。例："
			  "0.0.0.0:443、[::]:443。* はすべてのアドレス、"
			  "ポートを省略すると 443 です。",
	},
	{
	    .sc_key = "default-hub",
	    .sc_type = ST_NAME,
	    .sc_default = "default",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Hub name",
	    .sc_label_ja = "ハブ名",
	    .sc_help = "The hub for clients that name none.",
	    .sc_help_ja = "ハブ名を指定しないクライアントがつながるハブ。",
	},
	{
	    .sc_key = "hub",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = hub_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Hub",
	    .sc_label_ja = "ハブ",
	    .sc_help = "A virtual hub: one Ethernet segment.",
	    .sc_help_ja = "仮想ハブ。1 つの Ethernet セグメントになります。",
	},
	{
	    .sc_key = "radius",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = schema_radius,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "RADIUS server",
	    .sc_label_ja = "RADIUS サーバー",
	    .sc_help = "A server that hubs ask who a user is.",
	    .sc_help_ja = "ハブがユーザーを確認するために問い合わせる"
			  "サーバー。",
	},
	{
	    .sc_key = "radius-listen",
	    .sc_type = ST_HOSTPORT,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "RADIUS requests",
	    .sc_label_ja = "RADIUS 要求の待ち受け",
	    .sc_help = "An address (* is every one) and UDP port, 1024 or "
		       "more, for requests of the RADIUS servers to change "
		       "or end sessions, which nobody may without this "
		       "line; the port is 3799 if absent.",
	    .sc_help_ja = "RADIUS サーバーからのセッション変更・切断要求を受け"
			  "付けるアドレス（* はすべて）と UDP ポート（1024 以"
			  "上）。ポートを省略すると 3799 です。この行がなけれ"
			  "ば受け付けません。",
	},
	{
	    .sc_key = "state-dir",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/db/hubd",
	    .sc_reload = SR_RESTART,
	    .sc_label = "State directory",
	    .sc_label_ja = "状態ディレクトリー",
	    .sc_help = "Where the key, the certificate and the token key are "
		       "kept.",
	    .sc_help_ja = "秘密鍵、証明書、トークン鍵を置くディレクトリー。",
	},
	{
	    .sc_key = "socket",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/run/hubd.sock",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Control socket",
	    .sc_label_ja = "制御ソケット",
	    .sc_help = "The control socket for hubctl(8).",
	    .sc_help_ja = "hubctl(8) が使う制御ソケット。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_NAME,
	    .sc_default = "_hubd",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "The system user that the unprivileged processes run "
		       "as.",
	    .sc_help_ja = "非特権プロセスを動かすシステムユーザー。",
	},
	{
	    .sc_key = "chroot",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/empty",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "Chroot",
	    .sc_label_ja = "chroot",
	    .sc_help = "The directory that the unprivileged processes are "
		       "confined to, made if it is missing.",
	    .sc_help_ja = "非特権プロセスを閉じ込めるディレクトリー。なければ"
			  "作ります。",
	},
	{
	    .sc_key = "certificate",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Certificate",
	    .sc_label_ja = "証明書",
	    .sc_help = "The certificate chain in PEM; by default a "
		       "self-signed one is made in the state directory.",
	    .sc_help_ja = "PEM 形式の証明書チェーン。省略すると自己署名証明書"
			  "を state-dir に作ります。",
	},
	{
	    .sc_key = "key",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Private key",
	    .sc_label_ja = "秘密鍵",
	    .sc_help = "The private key of the certificate in PEM; by default "
		       "one is made in the state directory.",
	    .sc_help_ja = "証明書の秘密鍵（PEM 形式）。省略すると state-dir に"
			  "作ります。",
	},
	{
	    .sc_key = "threads",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 64,
	    .sc_default = "0",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "Threads",
	    .sc_label_ja = "スレッド数",
	    .sc_help = "How many threads carry frames; 0 is one for each "
		       "core that hubd may run on; on a single core there is "
		       "one.",
	    .sc_help_ja = "フレームを運ぶスレッドの数。0 は hubd が使える CPU "
			  "コアごとに 1 つです。コアが 1 つなら常に 1 つです。",
	},
	{
	    .sc_key = "poll",
	    .sc_type = ST_ENUM,
	    .sc_default = "auto",
	    .sc_choices = "auto no idle yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Poll",
	    .sc_label_ja = "ポーリング",
	    .sc_help = "How to wait for the next frame while frames come at "
		       "short intervals, which makes round trips shorter: "
		       "idle keeps processors that have nothing to do from "
		       "sleeping, which costs power and, in a virtual machine, "
		       "time of its host, but none of other programs; yes "
		       "looks for frames again and again, in processor time "
		       "that nobody else wants; auto is idle where the kernel "
		       "has a cpuidle driver, and yes where it has none, as in "
		       "many virtual machines.",
	    .sc_help_ja =
		"フレームが短い間隔で届く間の待ち方。往復時間が"
		"短くなります。idle は空いている CPU をスリープさせ"
		"ません（消費電力と、仮想マシンではホストの CPU 時間"
		"が増えますが、ほかのプログラムの時間は減りません）。"
		"yes は空いている CPU 時間で次のフレームを調べ続け"
		"ます。auto は、カーネルに cpuidle ドライバーがあれば "
		"idle、なければ（多くの仮想マシン）yes です。",
	},
	{
	    .sc_key = "token-lifetime",
	    .sc_type = ST_DURATION,
	    .sc_min = 60000,
	    .sc_max = 2592000000,
	    .sc_default = "24h",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Token lifetime",
	    .sc_label_ja = "トークンの有効期間",
	    .sc_help = "How long a session can be resumed without logging in "
		       "anew.",
	    .sc_help_ja = "ログインし直さずにセッションを再開できる期間。",
	},
	{
	    .sc_key = "frame-memory",
	    .sc_type = ST_SIZE,
	    .sc_min = 1 << 20,
	    .sc_max = 1LL << 40,
	    .sc_default = "64M",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "Frame memory",
	    .sc_label_ja = "フレーム用メモリー",
	    .sc_help = "The most memory that frames may take, of all hubs "
		       "together.",
	    .sc_help_ja = "フレームに使うメモリーの上限。すべてのハブの合計"
			  "です。",
	},
	{
	    .sc_key = "congestion",
	    .sc_type = ST_ENUM,
	    .sc_default = "auto",
	    .sc_choices = "auto cubic bbr system",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Congestion control",
	    .sc_label_ja = "輻輳制御",
	    .sc_help = "The TCP congestion control of connections; auto is "
		       "cubic on short and clean paths and bbr on long or "
		       "lossy ones, system is what the kernel has set; a "
		       "change counts for connections made from then on.",
	    .sc_help_ja = "接続の TCP 輻輳制御。auto は短く損失のない経路で "
			  "cubic、長い経路や損失のある経路で bbr を使い、"
			  "system はカーネルの設定に従います。変更はその後の"
			  "接続に適用されます。",
	},
	{
	    .sc_key = "tls",
	    .sc_type = ST_ENUM,
	    .sc_default = "record",
	    .sc_choices = "openssl record kernel",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "TLS records",
	    .sc_label_ja = "TLS レコード",
	    .sc_help = "Who encrypts after the handshake: record is a record "
		       "layer of our own over OpenSSL's ciphers, openssl is "
		       "OpenSSL's, kernel is the kernel's where it has one, "
		       "else as record.",
	    .sc_help_ja = "ハンドシェイク後の暗号化の方式。record は OpenSSL "
			  "の暗号を使う独自のレコード層、openssl は OpenSSL "
			  "自身のもの、kernel はカーネルの機能で、使えない"
			  "場合は record と同じです。",
	},
	{
	    .sc_key = "handshake-timeout",
	    .sc_type = ST_DURATION,
	    .sc_min = 1000,
	    .sc_max = 600000,
	    .sc_default = "10s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Handshake time limit",
	    .sc_label_ja = "接続開始の制限時間",
	    .sc_help = "How long a new connection may take to log in.",
	    .sc_help_ja = "新しい接続がログインを終えるまでの制限時間。",
	},
	{
	    .sc_key = "guess-delay",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 60000,
	    .sc_default = "1s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Guess delay",
	    .sc_label_ja = "パスワード間違い時の遅延",
	    .sc_help = "How long the answer to a wrong password is held back.",
	    .sc_help_ja = "パスワードが違うときに応答を遅らせる時間。",
	},
	{
	    .sc_key = "guess-limit",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 1000000,
	    .sc_default = "10",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Guess limit",
	    .sc_label_ja = "パスワード間違いの上限",
	    .sc_help = "After how many wrong passwords log-in is locked.",
	    .sc_help_ja = "ログインを止めるまでのパスワード間違いの回数。",
	},
	{
	    .sc_key = "guess-lockout",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 86400000,
	    .sc_default = "15m",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Lock-out",
	    .sc_label_ja = "ログイン停止時間",
	    .sc_help = "How long log-in stays locked.",
	    .sc_help_ja = "ログインを止めておく時間。",
	},
	{
	    .sc_key = "scrypt-jobs",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 8,
	    .sc_default = "2",
	    .sc_reload = SR_PROCESSES,
	    .sc_label = "Password checks at once",
	    .sc_label_ja = "同時パスワード検査数",
	    .sc_help = "How many passwords are checked at the same time.",
	    .sc_help_ja = "同時に検査するパスワードの数。",
	},
	{
	    .sc_key = "max-connections",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 1000000,
	    .sc_default = "10000",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most connections",
	    .sc_label_ja = "最大接続数",
	    .sc_help = "How many TCP connections are accepted at a time.",
	    .sc_help_ja = "同時に受け付ける TCP 接続の数。",
	},
	{ .sc_check = schema_check_hubd },
};
