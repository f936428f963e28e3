/* SPDX-License-Identifier: ISC */
/*
 * schema_vnicd: the settings of vnicd.conf(5).
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

static const struct schema vnic_table[] = {
	{
	    .sc_key = "server",
	    .sc_type = ST_HOSTPORT,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Hub address",
	    .sc_label_ja = "ハブのアドレス",
	    .sc_help = "The host and port of the hub's server; the port is "
		       "443 if absent.",
	    .sc_help_ja = "ハブのあるサーバーのホスト名とポート。ポートを"
			  "省略すると 443 です。",
	},
	{
	    .sc_key = "hub",
	    .sc_type = ST_NAME,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Hub",
	    .sc_label_ja = "ハブ",
	    .sc_help = "The hub to join; by default the server's default hub.",
	    .sc_help_ja = "参加するハブ。省略するとサーバーの既定のハブに"
			  "つながります。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_NAME,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_SESSION,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "The name to log in with.",
	    .sc_help_ja = "ログインするユーザー名。",
	},
	{
	    .sc_key = "password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET,
	    .sc_min = 1,
	    .sc_max = 256,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Password",
	    .sc_label_ja = "パスワード",
	    .sc_help = "The password to log in with.",
	    .sc_help_ja = "ログインするパスワード。",
	},
	{
	    .sc_key = "password-file",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Password file",
	    .sc_label_ja = "パスワードファイル",
	    .sc_help = "A file whose first line is the password.",
	    .sc_help_ja = "1 行目にパスワードを書いたファイル。",
	},
	{
	    .sc_key = "certificate",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Certificate",
	    .sc_label_ja = "証明書",
	    .sc_help = "A file of the certificate in PEM to log in with, "
		       "beside a password or instead; CA certificates "
		       "between it and the hub's may follow.",
	    .sc_help_ja = "ログインに使う証明書（PEM）のファイル。パスワードの"
			  "代わりにも、併用もできます。中間 CA の証明書を続け"
			  "て書けます。",
	},
	{
	    .sc_key = "key",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Private key",
	    .sc_label_ja = "秘密鍵",
	    .sc_help = "A file of its private key in PEM, without "
		       "passphrase.",
	    .sc_help_ja = "その秘密鍵（PEM、パスフレーズなし）のファイル。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Pin",
	    .sc_label_ja = "ピン",
	    .sc_help = "The SHA-256 of the server's public key; a second line "
		       "names the next key.",
	    .sc_help_ja = "サーバーの公開鍵の SHA-256。2 行目には次に使う鍵の"
			  "ものを書けます。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "CA certificates",
	    .sc_label_ja = "CA 証明書",
	    .sc_help = "A file of CA certificates in PEM that the server's "
		       "certificate must come from.",
	    .sc_help_ja = "サーバー証明書を検証する CA 証明書のファイル"
			  "（PEM 形式）。",
	},
	{
	    .sc_key = "server-name",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 253,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Server name",
	    .sc_label_ja = "サーバー名",
	    .sc_help = "The name asked for in TLS and looked for in the "
		       "certificate; by default the host of server.",
	    .sc_help_ja = "TLS で要求し、証明書で確かめる名前。省略すると "
			  "server のホスト名です。",
	},
	{
	    .sc_key = "transport",
	    .sc_type = ST_NAME,
	    .sc_default = "direct",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Transport",
	    .sc_label_ja = "接続方法",
	    .sc_help = "How the server is reached: direct is a TCP connection "
		       "to it or to the first proxy; auto finds a way by "
		       "itself, directly to several ports, by each proxy or "
		       "by those that DHCP names.",
	    .sc_help_ja = "サーバーへの到達方法。direct はサーバーまたは最初"
			  "のプロキシへ TCP で直接つなぎます。auto はいくつかの"
			  "ポートへの直接接続、各プロキシ、DHCP が知らせる"
			  "プロキシから、使える経路を自動で見つけます。",
	},
	{
	    .sc_key = "proxy",
	    .sc_type = ST_NAME,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Proxy",
	    .sc_label_ja = "プロキシ",
	    .sc_help = "The name of a block proxy to go through; several are "
		       "passed through in this order, but with transport auto "
		       "each is another way.",
	    .sc_help_ja = "経由するプロキシ（proxy ブロックの名前）。複数"
			  "書くと、書いた順に通ります。transport auto では、"
			  "それぞれが別の経路になります。",
	},
	{
	    .sc_key = "wpad",
	    .sc_type = ST_STRING,
	    .sc_min = 8,
	    .sc_max = 1023,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Proxy file URL",
	    .sc_label_ja = "プロキシ設定ファイルの URL",
	    .sc_help = "With transport auto, the http:// URL of a proxy "
		       "auto-configuration file whose literal proxies are "
		       "tried; by default the one in wpad-file.",
	    .sc_help_ja = "transport auto で使うプロキシ自動設定ファイルの "
			  "URL（http://）。中に直接書かれたプロキシを試します。"
			  "省略すると wpad-file のものを使います。",
	},
	{
	    .sc_key = "uplink",
	    .sc_type = ST_IFNAME,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Uplink",
	    .sc_label_ja = "アップリンク",
	    .sc_help = "The interface that the route to the server is held "
		       "to; by default the one it has at start.",
	    .sc_help_ja = "サーバーへの経路を固定するインターフェース。"
			  "省略すると起動時のものを使います。",
	},
	{
	    .sc_key = "source",
	    .sc_type = ST_ADDRESS,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Source address",
	    .sc_label_ja = "接続元アドレス",
	    .sc_help = "The own address to connect from.",
	    .sc_help_ja = "接続元に使う自分のアドレス。",
	},
	{
	    .sc_key = "connections",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 8,
	    .sc_default = "8",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Connections",
	    .sc_label_ja = "接続数",
	    .sc_help = "How many TCP connections the session may use while "
		       "it carries much, about 3 Mbit/s, or 0.3 Mbit/s or all "
		       "that the line does for a second, and for five "
		       "minutes from then: four, and more only on a line that "
		       "bbr would suit better than what congestion says.",
	    .sc_help_ja =
		"おおむね 3 Mbit/s の通信があるか、0.3 Mbit/s 程度"
		"または回線いっぱいの通信が 1 秒続いている間と、その"
		"後 5 分間に、セッションが使える TCP 接続の数。普段は "
		"4 本で、congestion に bbr 以外を選び、bbr のほうが"
		"回線に適しているときだけ、それより多く使います。",
	},
	{
	    .sc_key = "connections-idle",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 8,
	    .sc_default = "1",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Connections when idle",
	    .sc_label_ja = "普段の接続数",
	    .sc_help = "How many TCP connections the session uses while it "
		       "carries little; not more than connections.",
	    .sc_help_ja = "通信が少ないときにセッションが使う TCP 接続の数。"
			  "connections 以下でなければなりません。",
	},
	{
	    .sc_key = "congestion",
	    .sc_type = ST_ENUM,
	    .sc_default = "auto",
	    .sc_choices = "auto cubic bbr system",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Congestion control",
	    .sc_label_ja = "輻輳制御",
	    .sc_help = "The TCP congestion control of connections; auto is "
		       "cubic on short and clean paths and bbr on long or "
		       "lossy ones, system is what the kernel has set.",
	    .sc_help_ja = "接続の TCP 輻輳制御。auto は短く損失のない経路で "
			  "cubic、長い経路や損失のある経路で bbr を使い、"
			  "system はカーネルの設定に従います。",
	},
	{
	    .sc_key = "tls",
	    .sc_type = ST_ENUM,
	    .sc_default = "record",
	    .sc_choices = "openssl record kernel",
	    .sc_reload = SR_SESSION,
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
	    .sc_key = "keepalive",
	    .sc_type = ST_DURATION,
	    .sc_min = 2000,
	    .sc_max = 600000,
	    .sc_default = "20s",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Keep-alive",
	    .sc_label_ja = "キープアライブ",
	    .sc_help = "The time after which a dead connection is noticed; "
		       "after a third of it in silence, less a random part, "
		       "a ping is sent, which also keeps a NAT from "
		       "forgetting the connection.",
	    .sc_help_ja = "切れた接続に気づくまでの時間。その約 3 分の 1 の間"
			  "何も届かなければ ping を送ります。NAT が接続を"
			  "忘れるのも防ぎます。",
	},
	{
	    .sc_key = "retry-min",
	    .sc_type = ST_DURATION,
	    .sc_min = 50,
	    .sc_max = 3600000,
	    .sc_default = "500ms",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "First retry",
	    .sc_label_ja = "最初の再接続",
	    .sc_help = "The wait before the first new attempt to connect.",
	    .sc_help_ja = "最初の再接続までの待ち時間。",
	},
	{
	    .sc_key = "retry-max",
	    .sc_type = ST_DURATION,
	    .sc_min = 50,
	    .sc_max = 3600000,
	    .sc_default = "30s",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Longest retry",
	    .sc_label_ja = "再接続の最長間隔",
	    .sc_help = "The longest wait between attempts to connect; at "
		       "most 2s in the first ten minutes after a loss.",
	    .sc_help_ja = "再接続の間隔の上限。切れてから 10 分間は長くても "
			  "2 秒です。",
	},
	{
	    .sc_key = "interface",
	    .sc_type = ST_IFNAME,
	    .sc_reload = SR_RESTART,
	    .sc_label = "Interface",
	    .sc_label_ja = "インターフェース",
	    .sc_help = "The name of the tap interface; by default lw and the "
		       "NIC's name, cut to 15 characters.",
	    .sc_help_ja = "tap インターフェースの名前。省略すると lw に仮想 "
			  "NIC の名前を続け、15 文字までで切ったものに"
			  "なります。",
	},
	{
	    .sc_key = "mac",
	    .sc_type = ST_MAC,
	    .sc_reload = SR_SESSION,
	    .sc_label = "MAC address",
	    .sc_label_ja = "MAC アドレス",
	    .sc_help = "The MAC address; by default one that is derived from "
		       "this machine's seed and stays the same.",
	    .sc_help_ja = "MAC アドレス。省略するとこのマシン固有の値から"
			  "作られ、再起動しても変わりません。",
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
	{
	    .sc_key = "bridge",
	    .sc_type = ST_IFNAME,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Bridge",
	    .sc_label_ja = "ブリッジ",
	    .sc_help = "The bridge that the interface joins; without it the "
		       "interface serves this machine alone.",
	    .sc_help_ja = "インターフェースをつなぐブリッジ。省略すると"
			  "このマシンだけで使います。",
	},
	{
	    .sc_key = "stay-local",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Internet and addresses stay local",
	    .sc_label_ja = "インターネットとアドレスは拠点のまま",
	    .sc_help = "Internet and addresses stay local: DHCP, router "
		       "advertisements and ARP for the gateway do not cross "
		       "the tunnel.",
	    .sc_help_ja = "インターネット接続とアドレスは各拠点のものを使い"
			  "ます。DHCP、ルーター広告、ゲートウェイの ARP は"
			  "トンネルを通りません。",
	},
	{
	    .sc_key = "addresses-from",
	    .sc_type = ST_ENUM,
	    .sc_default = "both",
	    .sc_choices = "both lan tunnel",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Addresses come from",
	    .sc_label_ja = "アドレスの配布元",
	    .sc_help = "Whose DHCP servers and routers serve this office where "
		       "stay-local is no: lan, those of this LAN alone, which "
		       "serve the far side, too, if that takes it; tunnel, "
		       "those of the far side alone, and then the DHCP server "
		       "of this office's own router has to be turned off "
		       "there, since its answers to this LAN never pass this "
		       "machine; both, any of them.",
	    .sc_help_ja = "stay-local が no のとき、この拠点にどちらの DHCP "
			  "サーバーとルーターを使うか。lan はこの LAN のもの"
			  "だけ（相手側が受け入れれば相手側にも使われます）。"
			  "tunnel は相手側のものだけです。この場合、この拠点の"
			  "ルーターの DHCP サーバーは、ルーター側で止めてくださ"
			  "い（その応答はこの装置を通らないので、ここでは止め"
			  "られません）。both は両方です。",
	},
	{
	    .sc_key = "gateway",
	    .sc_type = ST_ADDRESS,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Gateway",
	    .sc_label_ja = "ゲートウェイ",
	    .sc_help = "An address of this office's own router; found by "
		       "itself if absent.",
	    .sc_help_ja = "この拠点のルーターのアドレス。省略すると自動で"
			  "見つけます。",
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
	    .sc_key = "queue-frames",
	    .sc_type = ST_INT,
	    .sc_min = 16,
	    .sc_max = 65536,
	    .sc_default = "8192",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Queue in frames",
	    .sc_label_ja = "待ち行列（フレーム）",
	    .sc_help = "How many frames may wait to be sent; over that the "
		       "flow with most bytes loses its oldest.",
	    .sc_help_ja = "送信待ちフレームの最大数。あふれると最も多い通信の"
			  "古いものから捨てます。",
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
	    .sc_help = "How many bytes may wait to be sent.",
	    .sc_help_ja = "送信待ちバイト数の上限。",
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
	{ .sc_check = schema_check_vnic },
};

/*
 * One kind of proxy each has keys of its own; schema_check_proxy() says
 * which belong to which.
 */
static const struct schema proxy_table[] = {
	{
	    .sc_key = "type",
	    .sc_type = ST_ENUM,
	    .sc_flags = SF_REQUIRED,
	    .sc_choices = "http socks4 socks4a socks5 ssh",
	    .sc_reload = SR_SESSION,
	    .sc_label = "Type",
	    .sc_label_ja = "種類",
	    .sc_help = "What the proxy speaks: http is an HTTP proxy that "
		       "does CONNECT; socks4a and socks5 are told names of "
		       "hosts, socks4 addresses only; ssh is an SSH server "
		       "that forwards TCP.",
	    .sc_help_ja = "プロキシの方式。http は CONNECT が使える HTTP "
			  "プロキシ、socks4a と socks5 はホスト名も渡せる "
			  "SOCKS、socks4 はアドレスだけの SOCKS、ssh は TCP "
			  "を転送する SSH サーバーです。",
	},
	{
	    .sc_key = "server",
	    .sc_type = ST_HOSTPORT,
	    .sc_flags = SF_REQUIRED,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Proxy address",
	    .sc_label_ja = "プロキシのアドレス",
	    .sc_help = "The host and port of the proxy; if absent the port "
		       "is 3128 for http, 1080 for SOCKS and 22 for ssh.",
	    .sc_help_ja = "プロキシのホスト名とポート。ポートを省略すると "
			  "http では 3128、SOCKS では 1080、ssh では 22 "
			  "です。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 255,
	    .sc_reload = SR_SESSION,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "The name to log in to the proxy with; for NTLM also "
		       "DOMAIN\\user or user@domain.",
	    .sc_help_ja = "プロキシにログインするユーザー名。NTLM では "
			  "DOMAIN\\user や user@domain とも書けます。",
	},
	{
	    .sc_key = "password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET,
	    .sc_min = 1,
	    .sc_max = 256,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Password",
	    .sc_label_ja = "パスワード",
	    .sc_help = "The password to log in to the proxy with, or with "
		       "key-file its passphrase.",
	    .sc_help_ja = "プロキシにログインするパスワード。key-file が"
			  "あるときは、その鍵のパスフレーズ。",
	},
	{
	    .sc_key = "password-file",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Password file",
	    .sc_label_ja = "パスワードファイル",
	    .sc_help = "A file whose first line is the password.",
	    .sc_help_ja = "1 行目にパスワードを書いたファイル。",
	},
	{
	    .sc_key = "key-file",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Private key file",
	    .sc_label_ja = "秘密鍵ファイル",
	    .sc_help = "A file with the private key to log in to an SSH "
		       "server with.",
	    .sc_help_ja = "SSH サーバーにログインする秘密鍵のファイル。",
	},
	{
	    .sc_key = "host-key",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_LIST,
	    .sc_min = 1,
	    .sc_max = 3000,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Host key",
	    .sc_label_ja = "ホスト鍵",
	    .sc_help = "A key that the SSH server may show: its fingerprint "
		       "SHA256:..., or a line of a known_hosts or public key "
		       "file.",
	    .sc_help_ja = "SSH サーバーが示してよい鍵。SHA256: で始まる指紋、"
			  "または known_hosts か公開鍵ファイルの 1 行。",
	},
	{
	    .sc_key = "tls",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_SESSION,
	    .sc_label = "TLS to the proxy",
	    .sc_label_ja = "プロキシまで TLS を使う",
	    .sc_help = "Whether the connection to the proxy itself is TLS; "
		       "the proxy is then verified, by pin or ca.",
	    .sc_help_ja = "プロキシまでの接続に TLS を使うかどうか。使うとき"
			  "は pin または ca でプロキシを確かめます。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Pin",
	    .sc_label_ja = "ピン",
	    .sc_help = "The SHA-256 of the proxy's public key.",
	    .sc_help_ja = "プロキシの公開鍵の SHA-256。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_SESSION,
	    .sc_label = "CA certificates",
	    .sc_label_ja = "CA 証明書",
	    .sc_help = "A file of CA certificates in PEM that the proxy's "
		       "certificate must come from.",
	    .sc_help_ja = "プロキシの証明書を検証する CA 証明書のファイル"
			  "（PEM 形式）。",
	},
	{
	    .sc_key = "server-name",
	    .sc_type = ST_STRING,
	    .sc_min = 1,
	    .sc_max = 253,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Server name",
	    .sc_label_ja = "サーバー名",
	    .sc_help = "The name asked for in TLS and looked for in the "
		       "proxy's certificate; by default the host of server.",
	    .sc_help_ja = "TLS で要求し、プロキシの証明書で確かめる名前。"
			  "省略すると server のホスト名です。",
	},
	{
	    .sc_key = "header",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_LIST,
	    .sc_min = 3,
	    .sc_max = 1024,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Header",
	    .sc_label_ja = "ヘッダー",
	    .sc_help = "A line for the head of the request to an HTTP proxy, "
		       "such as \"X-Office: Kyoto\".",
	    .sc_help_ja = "HTTP プロキシへの要求に加えるヘッダー行"
			  "（例：\"X-Office: Kyoto\"）。",
	},
	{ .sc_check = schema_check_proxy },
};

const struct schema schema_vnicd[] = {
	{
	    .sc_key = "vnic",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = vnic_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Virtual NIC",
	    .sc_label_ja = "仮想 NIC",
	    .sc_help = "A virtual NIC, kept connected to a hub.",
	    .sc_help_ja = "仮想 NIC。ハブへの接続を保ち続けます。",
	},
	{
	    .sc_key = "proxy",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = proxy_table,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Proxy",
	    .sc_label_ja = "プロキシ",
	    .sc_help = "A proxy on the way to a hub, for proxy of virtual "
		       "NICs to name.",
	    .sc_help_ja = "ハブへの途中にあるプロキシ。仮想 NIC の proxy に"
			  "その名前を書きます。",
	},
	{
	    .sc_key = "wpad-file",
	    .sc_type = ST_PATH,
	    .sc_default = "/run/wpad",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "File of the proxy file's URL",
	    .sc_label_ja = "プロキシ設定ファイルの URL の置き場所",
	    .sc_help = "Where the DHCP client leaves the URL that option 252 "
		       "gave.",
	    .sc_help_ja = "DHCP クライアントがオプション 252 の URL を置く"
			  "ファイル。",
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
	    .sc_key = "state-dir",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/db/vnicd",
	    .sc_reload = SR_RESTART,
	    .sc_label = "State directory",
	    .sc_label_ja = "状態ディレクトリー",
	    .sc_help = "Where the seed of the MAC addresses is kept.",
	    .sc_help_ja = "MAC アドレスの元になる値を置くディレクトリー。",
	},
	{
	    .sc_key = "socket",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/run/vnicd.sock",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Control socket",
	    .sc_label_ja = "制御ソケット",
	    .sc_help = "The control socket for vnicctl(8).",
	    .sc_help_ja = "vnicctl(8) が使う制御ソケット。",
	},
	{
	    .sc_key = "user",
	    .sc_type = ST_NAME,
	    .sc_default = "_vnicd",
	    .sc_reload = SR_RESTART,
	    .sc_label = "User",
	    .sc_label_ja = "ユーザー",
	    .sc_help = "The system user that the unprivileged process runs "
		       "as.",
	    .sc_help_ja = "非特権プロセスを動かすシステムユーザー。",
	},
	{
	    .sc_key = "chroot",
	    .sc_type = ST_PATH,
	    .sc_default = "/var/empty",
	    .sc_reload = SR_RESTART,
	    .sc_label = "Chroot",
	    .sc_label_ja = "chroot",
	    .sc_help = "The directory that the unprivileged process is "
		       "confined to, made if it is missing.",
	    .sc_help_ja = "非特権プロセスを閉じ込めるディレクトリー。なければ"
			  "作ります。",
	},
	{ .sc_check = schema_check_vnicd },
};
