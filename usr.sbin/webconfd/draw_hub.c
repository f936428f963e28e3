/* SPDX-License-Identifier: ISC */
/*
 * draw_hub: a hub's sessions, and its addresses with what was seen of them.
 * Both are shown in parts, so that a page stays small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ether.h"

#include "figure.h"
#include "http.h"
#include "sample.h"
#include "shelf.h"

enum {
	SESSION_ROWS = 50,
	ADDRESS_ROWS = 100,
	IPS_SHOWN = 3, /* of one address */
	SOUGHT_SIZE = 64
};

/* Which rows of a table are on the page. */
struct part {
	const char *pt_key; /* in the query: number of the part */
	size_t pt_size;
	size_t pt_number; /* from 0 */
	size_t pt_rows; /* in all */
};

static void
part_of_query(const struct client *cl, struct part *pt)
{
	const char *why;

	pt->pt_number = (size_t)strtonum(pairs_str(site_query(cl), pt->pt_key),
	    0, 99999, &why);
}

static bool
part_has(const struct part *pt, size_t row)
{
	return (row / pt->pt_size == pt->pt_number);
}

static void
part_link(struct client *cl, const struct part *pt, size_t number,
    const char *sought, const char *text)
{
	char query[SOUGHT_SIZE * 3 + 64];

	snprintf(query, sizeof(query), "?%s=%zu", pt->pt_key, number);
	html(cl, " <a href=\"");
	html(cl, query);
	if (*sought != '\0') {
		html(cl, "&amp;q=");
		html_query(cl, sought);
	}
	html(cl, "\">");
	html(cl, text);
	html(cl, "</a>");
}

static void
draw_parts(struct client *cl, const struct part *pt, const char *sought)
{
	size_t first = pt->pt_number * pt->pt_size;
	size_t last = first + pt->pt_size;
	char text[96];

	if (pt->pt_rows <= pt->pt_size && pt->pt_number == 0)
		return;
	snprintf(text, sizeof(text),
	    tr(cl, "%zu to %zu of %zu", "%zu～%zu 件目（全 %zu 件）"),
	    first < pt->pt_rows ? first + 1 : pt->pt_rows,
	    last < pt->pt_rows ? last : pt->pt_rows, pt->pt_rows);
	html(cl, "<p>");
	html(cl, text);
	if (pt->pt_number > 0)
		part_link(cl, pt, pt->pt_number - 1, sought,
		    tr(cl, "Previous", "前へ"));
	if (last < pt->pt_rows)
		part_link(cl, pt, pt->pt_number + 1, sought,
		    tr(cl, "Next", "次へ"));
	html(cl, "</p>\n");
}

static const struct column session_heads[] = {
	{ "User", "ユーザー" },
	{ "State", "状態" },
	{ "From", "接続元" },
	{ "For", "接続時間" },
	{ "Now", "現在の速度" },
	{ "Round trip", "往復時間" },
	{ "Sent again", "再送" },
	{ "Action", "操作" },
};
enum { SESSION_HEADS = sizeof(session_heads) / sizeof(session_heads[0]) };

static const char *
session_head(const struct client *cl, int n)
{
	return (tr(cl, session_heads[n].co_en, session_heads[n].co_ja));
}

static void
draw_rate(struct client *cl, const struct rate *ra)
{
	if (ra == NULL) {
		html(cl, "-");
		return;
	}
	html(cl, tr(cl, "in ", "受信 "));
	draw_bits(cl, ra->ra_in);
	html(cl, "<span class=\"soft\">");
	html(cl, tr(cl, "out ", "送信 "));
	draw_bits(cl, ra->ra_out);
	html(cl, "</span>");
}

/* A local port has no connection that could be measured, nor be ended. */
static void
draw_path_cells(struct client *cl, const json_t *row, bool local)
{
	char text[32];

	cell_begin(cl, session_head(cl, 5));
	if (row_number(row, "rtt-us") > 0)
		draw_milliseconds(cl, row_number(row, "rtt-us"));
	else
		html(cl, "-");
	html(cl, "</td>");
	snprintf(text, sizeof(text), "%llu",
	    (unsigned long long)row_number(row, "retransmits"));
	cell(cl, session_head(cl, 6), local ? "-" : text);
}

static void
draw_kick_cell(struct client *cl, const json_t *row)
{
	char label[128], number[24];

	snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)row_number(row, "session"));
	snprintf(label, sizeof(label),
	    tr(cl, "End the session of %.40s", "%.40s のセッションを切断"),
	    row_text(row, "user"));
	cell_begin(cl, session_head(cl, 7));
	html(cl, "<button class=\"small\" name=\"session\"");
	attr(cl, "value", number);
	attr(cl, "aria-label", label);
	html(cl, ">");
	html(cl, tr(cl, "End", "切断"));
	html(cl, "</button></td>");
}

static void
draw_session(struct client *cl, const json_t *row)
{
	bool local = strcmp(row_text(row, "state"), "local") == 0;

	html(cl, "<tr>");
	cell(cl, session_head(cl, 0), row_text(row, "user"));
	cell_begin(cl, session_head(cl, 1));
	draw_session_state(cl, row_text(row, "state"));
	html(cl, "</td>");
	cell(cl, session_head(cl, 2), row_text(row, "from"));
	cell_begin(cl, session_head(cl, 3));
	draw_duration(cl, row_number(row, "seconds"));
	html(cl, "</td>");
	cell_begin(cl, session_head(cl, 4));
	draw_rate(cl, sample_rate("session", row, "session"));
	html(cl, "</td>");
	draw_path_cells(cl, row, local);
	if (local)
		html(cl, "<td></td>");
	else
		draw_kick_cell(cl, row);
	html(cl, "</tr>\n");
}

static bool
of_hub(const struct client *cl, const json_t *row)
{
	return (strcmp(row_text(row, "hub"),
		    pairs_str(cl->cl_answer, "this")) == 0);
}

static void
draw_sessions_of(struct client *cl, const json_t *rows)
{
	struct part pt = { .pt_key = "s", .pt_size = SESSION_ROWS };
	json_t *row;
	size_t i;

	part_of_query(cl, &pt);
	form_begin(cl, cl->cl_rq.rq_path, cl->cl_rq.rq_cookie);
	table_begin(cl, session_heads, SESSION_HEADS);
	json_array_foreach(rows, i, row) if (of_hub(cl, row) &&
	    part_has(&pt, pt.pt_rows++)) draw_session(cl, row);
	table_end(cl);
	html(cl, "</form>\n");
	draw_parts(cl, &pt, "");
	if (pt.pt_rows == 0)
		draw_help_text(cl,
		    tr(cl, "Nobody is connected yet.",
			"まだ誰も接続していません。"));
}

static void
draw_hub_sessions(struct client *cl)
{
	json_t *rows = source_rows(cl, "sessions");

	if (rows == NULL) {
		draw_silent(cl, tr(cl, "Sessions", "セッション"));
		return;
	}
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Sessions", "セッション"));
	html(cl, "</h2>\n");
	draw_sessions_of(cl, rows);
	html(cl, "</section>\n");
	json_decref(rows);
}

static const struct column address_heads[] = {
	{ "Address", "MAC アドレス" },
	{ "IP seen", "IP アドレス" },
	{ "Behind", "ポート" },
	{ "VLAN", "VLAN" },
	{ "Last seen", "最終通信" },
};
enum { ADDRESS_HEADS = sizeof(address_heads) / sizeof(address_heads[0]) };

static const char *
address_head(const struct client *cl, int n)
{
	return (tr(cl, address_heads[n].co_en, address_heads[n].co_ja));
}

/* The IP addresses that a MAC address has used, as far as the hub knows. */
static void
ips_of(const json_t *bindings, const json_t *row, char *out, size_t size)
{
	unsigned int n = 0;
	json_t *bi;
	size_t i;

	out[0] = '\0';
	json_array_foreach(bindings, i, bi)
	{
		if (strcmp(row_text(bi, "address"), row_text(row, "address")) !=
			0 ||
		    row_number(bi, "vlan") != row_number(row, "vlan"))
			continue;
		if (n++ > 0)
			strlcat(out, ", ", size);
		strlcat(out, n > IPS_SHOWN ? "..." : row_text(bi, "ip"), size);
		if (n > IPS_SHOWN)
			return;
	}
}

/* Whose it is, in words; "" if that is not known. */
static const char *
vendor_of(const struct client *cl, const json_t *row)
{
	const char *name;
	uint8_t mac[ETHER_ALEN];

	if (!ether_scan(row_text(row, "address"), mac) || ether_is_group(mac))
		return ("");
	if (ether_is_local(mac))
		return (tr(cl, "random, made up by the device",
		    "ランダム（機器が自動生成）"));
	name = shelf_vendor(mac);
	return (name == NULL ? "" : name);
}

static void
draw_address(struct client *cl, const json_t *row, const char *ips)
{
	const char *mac = row_text(row, "address"), *vendor;
	char vlan[24];

	snprintf(vlan, sizeof(vlan), "%llu",
	    (unsigned long long)row_number(row, "vlan"));
	html(cl, "<tr>");
	cell_begin(cl, address_head(cl, 0));
	html_text(cl, mac);
	if (*(vendor = vendor_of(cl, row)) != '\0') {
		html(cl, "<span class=\"soft\">");
		html_text(cl, vendor);
		html(cl, "</span>");
	}
	html(cl, "</td>");
	cell(cl, address_head(cl, 1), *ips == '\0' ? "-" : ips);
	cell(cl, address_head(cl, 2), row_text(row, "port"));
	cell(cl, address_head(cl, 3),
	    row_number(row, "vlan") == 0 ? "-" : vlan);
	cell_begin(cl, address_head(cl, 4));
	draw_ago(cl, row_number(row, "age"));
	html(cl, "</td></tr>\n");
}

static bool
sought_in(const struct client *cl, const json_t *row, const char *ips,
    const char *sought)
{
	return (*sought == '\0' ||
	    strcasestr(row_text(row, "address"), sought) != NULL ||
	    strcasestr(row_text(row, "port"), sought) != NULL ||
	    strcasestr(ips, sought) != NULL ||
	    strcasestr(vendor_of(cl, row), sought) != NULL);
}

static void
draw_addresses_of(struct client *cl, const json_t *rows, const json_t *bindings,
    const char *sought)
{
	struct part pt = { .pt_key = "a", .pt_size = ADDRESS_ROWS };
	char ips[256];
	json_t *row;
	size_t i;

	part_of_query(cl, &pt);
	table_begin(cl, address_heads, ADDRESS_HEADS);
	json_array_foreach(rows, i, row)
	{
		/* only a search has to look at what is not shown */
		if (*sought == '\0' && !part_has(&pt, pt.pt_rows)) {
			pt.pt_rows++;
			continue;
		}
		ips_of(bindings, row, ips, sizeof(ips));
		if (sought_in(cl, row, ips, sought) &&
		    part_has(&pt, pt.pt_rows++))
			draw_address(cl, row, ips);
	}
	table_end(cl);
	draw_parts(cl, &pt, sought);
	if (pt.pt_rows == 0)
		draw_help_text(cl,
		    tr(cl, "No address.", "該当するアドレスはありません。"));
}

static void
draw_hub_addresses(struct client *cl)
{
	json_t *rows = source_rows(cl, "addresses");
	json_t *bindings = source_rows(cl, "bindings");
	char sought[SOUGHT_SIZE];

	if (rows != NULL) {
		strlcpy(sought, pairs_str(site_query(cl), "q"), sizeof(sought));
		html(cl, "<section class=\"card\"><h2>");
		html(cl, tr(cl, "Addresses", "アドレス"));
		html(cl, "</h2>\n");
		draw_help_text(cl,
		    tr(cl,
			"The hosts that the hub has heard, and behind which "
			"session. It knows IP addresses only where a policy "
			"needs them.",
			"ハブが通信を確認した機器と、その機器がつながっているポ"
			"ート（セッション）です。IP アドレスは、ポリシーに必要"
			"な場合だけ調べます。"));
		draw_search(cl, sought,
		    tr(cl, "Search by address, vendor or user",
			"アドレス、メーカー、ユーザーで検索"),
		    NULL);
		draw_addresses_of(cl, rows, bindings, sought);
		html(cl, "</section>\n");
	}
	json_decref(rows);
	json_decref(bindings);
}

/* The other hubs of this box. */
static void
draw_hubs(struct client *cl)
{
	const char *k, *v, *this = pairs_str(cl->cl_answer, "this");
	size_t pos = 0;

	if (pairs_get(cl->cl_answer, "hubs") == NULL)
		return;
	html(cl, "<ul class=\"names\">");
	while (pairs_next(cl->cl_answer, &pos, &k, &v)) {
		if (strcmp(k, "hub") != 0)
			continue;
		html(cl, "<li><a href=\"/hub/");
		html_text(cl, v);
		html(cl,
		    strcmp(v, this) == 0 ? "\" aria-current=\"page\">" : "\">");
		html_text(cl, v);
		html(cl, "</a></li>");
	}
	html(cl, "</ul>\n");
}

static void
begin(struct client *cl)
{
	char text[96];

	snprintf(text, sizeof(text), tr(cl, "Hub %s", "ハブ %s"),
	    pairs_str(cl->cl_answer, "this"));
	page_begin(cl, text, "/hub", true);
}

void
draw_hub_page(struct client *cl, const char *fault)
{
	begin(cl);
	if (fault != NULL)
		notice(cl, "bad", fault);
	draw_hubs(cl);
	draw_hub_sessions(cl);
	draw_hub_addresses(cl);
	if (pairs_get(cl->cl_answer, "radius") != NULL)
		draw_radius_link(cl);
	page_end(cl);
}

/* The session that is to end, once more. */
static void
draw_kicked(struct client *cl, const char *number)
{
	json_t *rows = source_rows(cl, "sessions"), *row;
	char text[24];
	size_t i;

	html(cl, "<dl>\n");
	json_array_foreach(rows, i, row)
	{
		snprintf(text, sizeof(text), "%llu",
		    (unsigned long long)row_number(row, "session"));
		if (strcmp(text, number) != 0)
			continue;
		fact(cl, tr(cl, "User", "ユーザー"), row_text(row, "user"));
		fact(cl, tr(cl, "From", "接続元"), row_text(row, "from"));
		fact_begin(cl, tr(cl, "For", "接続時間"));
		draw_duration(cl, row_number(row, "seconds"));
		fact_end(cl);
	}
	html(cl, "</dl>\n");
	json_decref(rows);
}

void
draw_kick(struct client *cl, const char *number)
{
	page_begin(cl,
	    tr(cl, "End this session?", "このセッションを切断しますか？"),
	    "/hub", true);
	form_begin(cl, cl->cl_rq.rq_path, cl->cl_rq.rq_cookie);
	draw_hidden(cl, "session", number);
	draw_hidden(cl, "sure", "yes");
	html(cl, "<section class=\"card\">");
	draw_kicked(cl, number);
	draw_help_text(cl,
	    tr(cl,
		"The office may connect again at once; to keep it out, disable "
		"its user first.",
		"切断しても、拠点はすぐに再接続できます。接続させないようにする"
		"には、先にユーザーを無効にしてください。"));
	html(cl, "</section>\n");
	form_end(cl, tr(cl, "End the session", "切断する"));
	html(cl, "<p><a href=\"");
	html_text(cl, cl->cl_rq.rq_path);
	html(cl, "\">");
	html(cl, tr(cl, "Back", "戻る"));
	html(cl, "</a></p>\n");
	page_end(cl);
}
