/* SPDX-License-Identifier: ISC */
/*
 * schema_policy: the settings of a policy of hubd.conf(5): what frames a
 * session may send and receive.
 */
#include "kern/schema.h"
#include "kern/schema_check.h"

const struct schema schema_policy[] = {
	{
	    .sc_key = "access",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Access",
	    .sc_label_ja = "接続",
	    .sc_help = "Whether users may connect at all.",
	    .sc_help_ja = "接続を許可するかどうか。",
	},
	{
	    .sc_key = "change-password",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Change of password",
	    .sc_label_ja = "パスワードの変更",
	    .sc_help = "Whether users may change their own password, with "
		       "\"vnicctl password\".",
	    .sc_help_ja = "ユーザーが自分のパスワードを「vnicctl password」で"
			  "変更できるかどうか。",
	},
	{
	    .sc_key = "ipv4",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "IPv4",
	    .sc_label_ja = "IPv4",
	    .sc_help = "Whether IPv4 and ARP pass, either way.",
	    .sc_help_ja = "IPv4 と ARP を双方向で通すかどうか。",
	},
	{
	    .sc_key = "ipv6",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "IPv6",
	    .sc_label_ja = "IPv6",
	    .sc_help = "Whether IPv6 passes, either way.",
	    .sc_help_ja = "IPv6 を双方向で通すかどうか。",
	},
	{
	    .sc_key = "other-protocols",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Other protocols",
	    .sc_label_ja = "その他のプロトコル",
	    .sc_help = "Whether frames that are neither IP nor ARP pass, "
		       "either way.",
	    .sc_help_ja = "IP でも ARP でもないフレームを双方向で通すかどうか"
			  "。",
	},
	{
	    .sc_key = "bpdu",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Spanning tree",
	    .sc_label_ja = "スパニングツリー",
	    .sc_help =
		"Whether frames of spanning trees pass, either way, where the "
		"hub lets them pass.",
	    .sc_help_ja =
		"スパニングツリーのフレームを双方向で通すかどうか（ハブが通す"
		"場合）。",
	},
	{
	    .sc_key = "pppoe",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "PPPoE",
	    .sc_label_ja = "PPPoE",
	    .sc_help = "Whether PPPoE passes, either way.",
	    .sc_help_ja = "PPPoE を双方向で通すかどうか。",
	},
	{
	    .sc_key = "ospf",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "OSPF",
	    .sc_label_ja = "OSPF",
	    .sc_help = "Whether OSPF passes, either way, over IPv4 and IPv6.",
	    .sc_help_ja = "OSPF を双方向で通すかどうか（IPv4 と IPv6）。",
	},
	{
	    .sc_key = "dhcp",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "DHCP",
	    .sc_label_ja = "DHCP",
	    .sc_help = "Whether DHCP for IPv4 passes, either way.",
	    .sc_help_ja = "IPv4 の DHCP を双方向で通すかどうか。",
	},
	{
	    .sc_key = "dhcp6",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "DHCPv6",
	    .sc_label_ja = "DHCPv6",
	    .sc_help = "Whether DHCP for IPv6 passes, either way.",
	    .sc_help_ja = "IPv6 の DHCP を双方向で通すかどうか。",
	},
	{
	    .sc_key = "dhcp-server",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "DHCP server",
	    .sc_label_ja = "DHCP サーバー",
	    .sc_help = "Whether the session may be a DHCP server for IPv4.",
	    .sc_help_ja = "このセッションが IPv4 の DHCP サーバーになれるかど"
			  "うか。",
	},
	{
	    .sc_key = "dhcp6-server",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "DHCPv6 server",
	    .sc_label_ja = "DHCPv6 サーバー",
	    .sc_help = "Whether the session may be a DHCP server for IPv6.",
	    .sc_help_ja = "このセッションが IPv6 の DHCP サーバーになれるかど"
			  "うか。",
	},
	{
	    .sc_key = "router-solicitation",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Router solicitation",
	    .sc_label_ja = "ルーター要請",
	    .sc_help = "Whether IPv6 router solicitations pass, either way.",
	    .sc_help_ja = "IPv6 のルーター要請（RS）を双方向で通すかどうか。",
	},
	{
	    .sc_key = "router-advertisement",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Router advertisement",
	    .sc_label_ja = "ルーター広告",
	    .sc_help = "Whether IPv6 router advertisements and redirects "
		       "pass, either way.",
	    .sc_help_ja = "IPv6 のルーター広告（RA）とリダイレクトを双方向で"
			  "通すかどうか。",
	},
	{
	    .sc_key = "default-router",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Default router",
	    .sc_label_ja = "デフォルトルーター",
	    .sc_help = "Whether the router advertisements of the session may "
		       "offer a default router; if not they pass without "
		       "it.",
	    .sc_help_ja = "このセッションのルーター広告がデフォルトルーターを"
			  "名乗れるかどうか。no の場合はその部分だけを取り除"
			  "いて通します。",
	},
	{
	    .sc_key = "broadcast",
	    .sc_type = ST_ENUM,
	    .sc_default = "all",
	    .sc_choices = "all discovery",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Broadcasts",
	    .sc_label_ja = "ブロードキャスト",
	    .sc_help = "Which broadcasts and multicasts the session may "
		       "send: all, or discovery: ARP, DHCP and ICMPv6 "
		       "only.",
	    .sc_help_ja = "このセッションが送れるブロードキャストとマルチキャ"
			  "スト。all はすべて、discovery は ARP、DHCP、"
			  "ICMPv6 だけです。",
	},
	{
	    .sc_key = "incoming-tcp",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Incoming TCP",
	    .sc_label_ja = "TCP の着信",
	    .sc_help = "Whether others may open TCP connections over IPv4 to "
		       "the session.",
	    .sc_help_ja = "ほかの参加者から、このセッションへ IPv4 の TCP 接続"
			  "を開けるかどうか。",
	},
	{
	    .sc_key = "incoming-tcp6",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Incoming TCP over IPv6",
	    .sc_label_ja = "TCP の着信（IPv6）",
	    .sc_help = "Whether others may open TCP connections over IPv6 to "
		       "the session.",
	    .sc_help_ja = "ほかの参加者から、このセッションへ IPv6 の TCP 接続"
			  "を開けるかどうか。",
	},
	{
	    .sc_key = "isolated",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Isolated",
	    .sc_label_ja = "分離",
	    .sc_help = "Whether frames between the session and others that "
		       "are isolated too are dropped.",
	    .sc_help_ja = "同じく分離されたセッションとの間のフレームを捨てる"
			  "かどうか。",
	},
	{
	    .sc_key = "unique-mac",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Unique MAC address",
	    .sc_label_ja = "MAC アドレスの重複禁止",
	    .sc_help = "Whether a MAC address of another session is refused.",
	    .sc_help_ja = "ほかのセッションの MAC アドレスを名乗ることを禁じる"
			  "かどうか。",
	},
	{
	    .sc_key = "unique-ip",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Unique IPv4 address",
	    .sc_label_ja = "IPv4 アドレスの重複禁止",
	    .sc_help = "Whether an IPv4 address of another session is "
		       "refused, in packets and in ARP.",
	    .sc_help_ja = "ほかのセッションの IPv4 アドレスを、パケットと ARP "
			  "で使うことを禁じるかどうか。",
	},
	{
	    .sc_key = "unique-ip6",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Unique IPv6 address",
	    .sc_label_ja = "IPv6 アドレスの重複禁止",
	    .sc_help = "Whether an IPv6 address of another session is "
		       "refused, in packets and in neighbour discovery.",
	    .sc_help_ja = "ほかのセッションの IPv6 アドレスを、パケットと近隣探"
			  "索で使うことを禁じるかどうか。",
	},
	{
	    .sc_key = "leased-only",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Leased addresses only",
	    .sc_label_ja = "DHCP のアドレスだけ",
	    .sc_help = "Whether only IPv4 addresses that a DHCP server gave "
		       "the session may be used; after a restart of hubd "
		       "each has to be asked for anew.",
	    .sc_help_ja = "DHCP サーバーがこのセッションに割り当てた IPv4 ア"
			  "ドレスだけを許すかどうか。hubd の再起動後は取得し"
			  "直しが必要です。",
	},
	{
	    .sc_key = "leased-only6",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Leased IPv6 addresses only",
	    .sc_label_ja = "DHCPv6 のアドレスだけ",
	    .sc_help = "Whether only IPv6 addresses that a DHCPv6 server gave "
		       "the session may be used, and link-local ones; after a "
		       "restart of hubd each has to be asked for anew.",
	    .sc_help_ja = "DHCPv6 サーバーがこのセッションに割り当てた IPv6 "
			  "アドレスとリンクローカルアドレスだけを許すかどうか"
			  "。hubd の再起動後は取得し直しが必要です。",
	},
	{
	    .sc_key = "bridging",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Bridging",
	    .sc_label_ja = "ブリッジ接続",
	    .sc_help = "Whether the session may stand for more than one MAC "
		       "address.",
	    .sc_help_ja = "このセッションの先に複数の MAC アドレスがあってよ"
			  "いかどうか。",
	},
	{
	    .sc_key = "routing",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Routing",
	    .sc_label_ja = "ルーティング",
	    .sc_help = "Whether IPv4 packets may come from addresses that no "
		       "host of the session has told of by ARP or DHCP.",
	    .sc_help_ja = "ARP や DHCP で知らされていない送信元の IPv4 パケッ"
			  "トを許すかどうか。",
	},
	{
	    .sc_key = "routing6",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Routing of IPv6",
	    .sc_label_ja = "ルーティング（IPv6）",
	    .sc_help = "Whether IPv6 packets may come from addresses that no "
		       "host of the session has told of by neighbour "
		       "discovery.",
	    .sc_help_ja = "近隣探索で知らされていない送信元の IPv6 パケットを"
			  "許すかどうか。",
	},
	{
	    .sc_key = "storm-exempt",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Exempt from the storm limit",
	    .sc_label_ja = "ストーム制限の対象外",
	    .sc_help = "Whether the hub's limits on broadcasts do not count "
		       "for the session.",
	    .sc_help_ja = "ハブのブロードキャスト制限を、このセッションに適用"
			  "しないかどうか。",
	},
	{
	    .sc_key = "monitor",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Monitor",
	    .sc_label_ja = "モニター",
	    .sc_help = "Whether the session gets all frames of the hub.",
	    .sc_help_ja = "ハブを通るすべてのフレームを、このセッションにも送"
			  "るかどうか。",
	},
	{
	    .sc_key = "max-macs",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 65536,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most MAC addresses",
	    .sc_label_ja = "最大 MAC アドレス数",
	    .sc_help = "How many MAC addresses may be behind the session; "
		       "frames of more are dropped; 0 is no limit.",
	    .sc_help_ja = "このセッションの先に置ける MAC アドレスの数。超え"
			  "た分のフレームは捨てます。0 は無制限です。",
	},
	{
	    .sc_key = "max-ips",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 65536,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most IPv4 addresses",
	    .sc_label_ja = "最大 IPv4 アドレス数",
	    .sc_help = "How many IPv4 addresses the session may use; 0 is no "
		       "limit.",
	    .sc_help_ja = "このセッションが使える IPv4 アドレスの数。0 は無制"
			  "限です。",
	},
	{
	    .sc_key = "max-ips6",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 65536,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most IPv6 addresses",
	    .sc_label_ja = "最大 IPv6 アドレス数",
	    .sc_help = "How many IPv6 addresses the session may use; 0 is no "
		       "limit.",
	    .sc_help_ja = "このセッションが使える IPv6 アドレスの数。0 は無制"
			  "限です。",
	},
	{
	    .sc_key = "vlan",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 4094,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "VLAN",
	    .sc_label_ja = "VLAN",
	    .sc_help = "The VLAN of the session: its frames get the tag in "
		       "the hub, and only frames of that VLAN reach it, "
		       "without tag; frames that it tags itself are "
		       "dropped; 0 is none.",
	    .sc_help_ja = "このセッションの VLAN。送ったフレームにはハブの中"
			  "でタグが付き、その VLAN のフレームだけがタグなしで"
			  "届きます。自分でタグを付けたフレームは捨てます。0 "
			  "は指定なしです。",
	},
	{
	    .sc_key = "max-mss",
	    .sc_type = ST_INT,
	    .sc_min = 536,
	    .sc_max = 65535,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Largest TCP segment",
	    .sc_label_ja = "TCP セグメントの最大長",
	    .sc_help = "The most bytes a TCP segment to or from the session "
		       "may have: where a connection is opened with more, "
		       "that number is lowered; by default the hub's "
		       "max-mss alone counts.",
	    .sc_help_ja =
		"このセッションとの間の TCP セグメントの最大バイト数。"
		"接続の開始時にこれより大きい値が示されたら、この値"
		"に下げます。省略するとハブの max-mss だけに従います。",
	},
	{
	    .sc_key = "vlan-tags",
	    .sc_type = ST_BOOL,
	    .sc_default = "yes",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "VLAN tags",
	    .sc_label_ja = "VLAN タグ",
	    .sc_help = "Whether frames with VLAN tags pass, either way; those "
		       "of the session's own VLAN reach it without.",
	    .sc_help_ja = "VLAN タグの付いたフレームを双方向で通すかどうか。"
			  "セッション自身の VLAN のものはタグなしで届きます。",
	},
	{
	    .sc_key = "upload-rate",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 100000000,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Upload rate",
	    .sc_label_ja = "上りの速度",
	    .sc_help =
		"How many kilobits a second each session may send to the hub: "
		"what is more waits at the sender, and nothing is "
		"dropped; at least 64, 0 is no limit.",
	    .sc_help_ja =
		"各セッションがハブへ送れる速度（kbit/s）。超えた分は捨てずに送"
		"信側で待たせます。最小は 64、0 は無制限です。",
	},
	{
	    .sc_key = "download-rate",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 100000000,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Download rate",
	    .sc_label_ja = "下りの速度",
	    .sc_help =
		"How many kilobits a second each session gets from the hub: "
		"what is more waits in its queue; at least 64, 0 is "
		"no limit.",
	    .sc_help_ja =
		"各セッションがハブから受け取る速度（kbit/s）。超えた分は待ち行"
		"列で待たせます。最小は 64、0 は無制限です。",
	},
	{
	    .sc_key = "max-time",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 31536000000,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Longest session",
	    .sc_label_ja = "セッションの最長時間",
	    .sc_help = "How long a session may last before it has to log in "
		       "anew; 0 is no limit.",
	    .sc_help_ja = "ログインし直すまでセッションを続けられる時間。0 は"
			  "無制限です。",
	},
	{
	    .sc_key = "idle-time",
	    .sc_type = ST_DURATION,
	    .sc_min = 0,
	    .sc_max = 31536000000,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Longest silence",
	    .sc_label_ja = "無通信の最長時間",
	    .sc_help =
		"After how long without a frame from the session it is ended; "
		"0 is never.",
	    .sc_help_ja =
		"セッションからフレームが届かないとき、終了するまでの時間。0 は"
		"無制限です。",
	},
	{
	    .sc_key = "keepalive",
	    .sc_type = ST_DURATION,
	    .sc_min = 2000,
	    .sc_max = 600000,
	    .sc_reload = SR_SESSION,
	    .sc_label = "Keep-alive",
	    .sc_label_ja = "キープアライブ",
	    .sc_help =
		"The longest time after which a dead connection is noticed; if "
		"absent the hub's.",
	    .sc_help_ja =
		"切れた接続に気づくまでの最長時間。省略するとハブの値になりま"
		"す。",
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
	    .sc_help =
		"How many sessions each user may have at a time; 0 is no limit "
		"but the user's.",
	    .sc_help_ja =
		"各ユーザーが同時に持てるセッション数。0 はユーザーの設定だけに"
		"従います。",
	},
	{
	    .sc_key = "max-connections",
	    .sc_type = ST_INT,
	    .sc_min = 0,
	    .sc_max = 32,
	    .sc_default = "0",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Most connections",
	    .sc_label_ja = "最大接続数",
	    .sc_help =
		"How many TCP connections one session may use; 0 is no limit "
		"but the user's.",
	    .sc_help_ja =
		"1 つのセッションが使える TCP 接続の数。0 はユーザーの設定だけに"
		"従います。",
	},
	{ .sc_key = NULL },
};
