/* SPDX-License-Identifier: ISC */
/*
 * site_side: two offices are one network, and both hand out addresses or have
 * a router of the same address: what that means, and from where they shall
 * come.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "http.h"

/* What is set: apart from the names of the settings, as people ask. */
enum choice { CHOICE_NONE, CHOICE_LOCAL, CHOICE_LAN, CHOICE_TUNNEL };

static enum choice
choice_of(const json_t *row)
{
	const char *from = row_text(row, "addresses-from");

	if (strcmp(row_text(row, "stay-local"), "yes") == 0)
		return (CHOICE_LOCAL);
	if (strcmp(from, "lan") == 0)
		return (CHOICE_LAN);
	return (strcmp(from, "tunnel") == 0 ? CHOICE_TUNNEL : CHOICE_NONE);
}

static bool
has(const json_t *row, const char *key)
{
	return (*row_text(row, key) != '\0');
}

/* Both sides serve, so that somebody has to say which is to. */
static bool
collides(const json_t *row)
{
	return ((has(row, "dhcp-lan") && has(row, "dhcp-tunnel")) ||
	    (has(row, "routers6-lan") && has(row, "routers6-tunnel")) ||
	    (has(row, "dhcp6-lan") && has(row, "dhcp6-tunnel")) ||
	    has(row, "same-router"));
}

static bool
own_still_serves(const json_t *row)
{
	return (has(row, "dhcp-lan") || has(row, "routers6-lan") ||
	    has(row, "dhcp6-lan"));
}

static const char *
words(const struct client *cl, enum choice choice)
{
	switch (choice) {
	case CHOICE_LOCAL:
		return (tr(cl,
		    "The other office has a router or a DHCP server, too. "
		    "That does no harm: each office uses its own.",
		    "相手の拠点にもルーターまたは DHCP サーバーがあります。"
		    "各拠点が自分のものを使う設定なので、問題ありません。"));
	case CHOICE_LAN:
		return (tr(cl,
		    "The other office has a router or a DHCP server, too. "
		    "This office does not use it.",
		    "相手の拠点にもルーターまたは DHCP サーバーがありますが、"
		    "この拠点では使いません。"));
	case CHOICE_TUNNEL:
		return (tr(cl,
		    "Addresses and Internet are to come from the other "
		    "office, but this office's own router still hands them "
		    "out. This box cannot stop that: turn the DHCP and DHCPv6 "
		    "servers and IPv6 router advertisements off in the "
		    "settings of that router, then look again.",
		    "アドレスとインターネットは相手の拠点から受け取る設定ですが、"
		    "この拠点のルーターもまだアドレスを配っています。この装置"
		    "からは止められません。ルーターの設定で DHCP・DHCPv6 "
		    "サーバーと IPv6 のルーター広告を止めてから、もう一度調べてください。"));
	default:
		return (tr(cl,
		    "Both offices hand out addresses or have a router of the "
		    "same address, and they are one network now. Computers "
		    "take whichever answers first, and may lose the Internet.",
		    "2 つの拠点が 1 つのネットワークになり、両方のルーターがア"
		    "ドレスを配っているか、同じアドレスを持っています。パソコン"
		    "は先に応答したほうを使うため、インターネットにつながらなく"
		    "なることがあります。"));
	}
}

static void
draw_found(struct client *cl, const json_t *row)
{
	html(cl, "<dl>\n");
	fact(cl, tr(cl, "DHCP server here", "この拠点の DHCP サーバー"),
	    row_text(row, "dhcp-lan"));
	fact(cl, tr(cl, "DHCP server over there", "相手の拠点の DHCP サーバー"),
	    row_text(row, "dhcp-tunnel"));
	fact(cl, tr(cl, "IPv6 router here", "この拠点の IPv6 ルーター"),
	    row_text(row, "routers6-lan"));
	fact(cl, tr(cl, "IPv6 router over there", "相手の拠点の IPv6 ルーター"),
	    row_text(row, "routers6-tunnel"));
	fact(cl, tr(cl, "DHCPv6 server here", "この拠点の DHCPv6 サーバー"),
	    row_text(row, "dhcp6-lan"));
	fact(cl,
	    tr(cl, "DHCPv6 server over there", "相手の拠点の DHCPv6 サーバー"),
	    row_text(row, "dhcp6-tunnel"));
	fact(cl,
	    tr(cl, "Router address in both offices",
		"両拠点で重複するルーターのアドレス"),
	    row_text(row, "same-router"));
	html(cl, "</dl>\n");
}

static void
draw_button(struct client *cl, const char *from, bool chosen, const char *text)
{
	html(cl, "<button name=\"from\"");
	attr(cl, "value", from);
	if (chosen)
		html(cl, " aria-pressed=\"true\" disabled");
	html(cl, ">");
	html(cl, text);
	html(cl, "</button> ");
}

static void
draw_question(struct client *cl, const json_t *row, enum choice choice)
{
	form_begin(cl, "/side", cl->cl_rq.rq_cookie);
	draw_hidden(cl, "vnic", row_text(row, "name"));
	html(cl, "<p><strong>");
	html(cl,
	    tr(cl,
		"From where shall this office's computers get their addresses "
		"and the Internet?",
		"この拠点のパソコンは、アドレスとインターネット接続をどちらの"
		"拠点から受け取りますか。"));
	html(cl, "</strong></p>\n<p class=\"submit\">");
	draw_button(cl, "local", choice == CHOICE_LOCAL,
	    tr(cl, "Each office from its own router",
		"各拠点が自分のルーターから"));
	draw_button(cl, "lan", choice == CHOICE_LAN,
	    tr(cl, "From this office, which may serve both",
		"この拠点から（相手の拠点にも提供可）"));
	draw_button(cl, "tunnel", choice == CHOICE_TUNNEL,
	    tr(cl, "From the other office", "相手の拠点から"));
	draw_button(cl, "", false, tr(cl, "Look again", "もう一度調べる"));
	html(cl, "</p>\n");
	draw_help_text(cl,
	    tr(cl,
		"When one office is to serve both, choose \"from this office\" "
		"at its box and \"from the other office\" at the other one, "
		"and turn the DHCP server of the other one's router off. To "
		"look again takes some seconds.",
		"一方の拠点から両方に提供するには、その拠点の装置で「この拠点"
		"から」、もう一方の装置で「相手の拠点から」を選び、そちらの"
		"ルーターの DHCP サーバーを止めてください。調べ直しには数秒"
		"かかります。"));
	html(cl, "</form>\n");
}

void
draw_side(struct client *cl, const json_t *row)
{
	enum choice choice = choice_of(row);
	bool bad = choice == CHOICE_NONE || choice == CHOICE_TUNNEL;

	if (choice == CHOICE_TUNNEL ? !own_still_serves(row) : !collides(row))
		return;
	html(cl, "<section class=\"card\"><h2>");
	html(cl,
	    tr(cl, "Two sources of addresses",
		"アドレスの配布元が 2 つあります"));
	html(cl, "</h2>\n");
	notice(cl, bad ? "bad" : "", words(cl, choice));
	draw_found(cl, row);
	draw_question(cl, row, choice);
	html(cl, "</section>\n");
}

void
side_ask(struct client *cl)
{
	site_ask_typed(cl, site_question(cl, "side"));
}

void
side_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "missing"))
		client_refuse(cl, 404);
	else
		site_redirect(cl, "/status", NULL);
}
