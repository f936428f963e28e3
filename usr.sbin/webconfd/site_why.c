/* SPDX-License-Identifier: ISC */
/*
 * site_why: "why is it slow or blocked": all that is known of it on one page,
 * as text to be pasted into a mail.  Neither passwords nor keys are part of
 * what the daemons say.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "figure.h"
#include "http.h"

enum {
	WHY_SESSIONS = 40,
	WHY_RULES = 40,
	SLOW_RTT = 200000,		/* us: people notice */
	SLOW_QUEUE = 100000		/* us */
};

void
why_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "why"));
}

static void __attribute__((format(printf, 2, 3)))
line(struct client *cl, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	html_text(cl, text);
	html(cl, "\n");
}

static double
ms(const json_t *row, const char *key)
{
	return ((double)row_number(row, key) / 1000);
}

static unsigned long long
count(const json_t *row, const char *key)
{
	return (row_number(row, key));
}

/* What the figures mean; the first that explains most comes first. */
static void
verdict(struct client *cl, const json_t *row)
{
	uint64_t sent =
	    row_number(row, "tx-frames") + row_number(row, "out-frames");

	if (*row_text(row, "problem") != '\0')
		line(cl, tr(cl, "  => blocked: %s", "  => つながりません：%s"),
		    row_text(row, "problem"));
	if (strcmp(row_text(row, "state"), "blocked") == 0)
		line(cl, "%s",
		    tr(cl, "  => blocked: a loop was found",
			"  => ループを検出したため遮断しています"));
	if (row_number(row, "queue-age-us") > SLOW_QUEUE)
		line(cl, "%s",
		    tr(cl, "  => the line is full: frames wait for it",
			"  => 回線が混み合い、フレームが送信待ちになっています"));
	if (row_number(row, "rtt-us") > SLOW_RTT)
		line(cl, "%s",
		    tr(cl, "  => the way is long: each answer takes its time",
			"  => 経路の遅延が大きく、応答に時間がかかっています"));
	if (row_number(row, "retransmits") > 100 &&
	    row_number(row, "retransmits") * 50 > sent)
		line(cl, "%s",
		    tr(cl, "  => the line loses much",
			"  => 回線でのパケット損失が多発しています"));
}

static void
queue(struct client *cl, const json_t *row)
{
	line(cl,
	    tr(cl, "  waiting %llu bytes, the oldest for %.1f ms",
		"  送信待ち %llu バイト、最長 %.1f ms"),
	    count(row, "queue-bytes"), ms(row, "queue-age-us"));
}

/* Hop by hop, as it went when the connection was made. */
static void
hops(struct client *cl, const json_t *row)
{
	line(cl, tr(cl, "  way: %s", "  経路：%s"),
	    way_text(cl, row_text(row, "way")));
	if (json_object_get(row, "dns-us") != NULL)
		line(cl,
		    tr(cl,
			"  name %.1f ms, TCP and proxies %.1f ms, TLS and "
			"log-in %.1f ms",
			"  名前解決 %.1f ms、TCP とプロキシ %.1f ms、TLS とログ"
			"イン %.1f ms"),
		    ms(row, "dns-us"), ms(row, "connect-us"),
		    ms(row, "login-us"));
	line(cl,
	    tr(cl, "  round trip: TCP %.1f ms, tunnel %.1f ms",
		"  往復時間：TCP %.1f ms、トンネル %.1f ms"),
	    ms(row, "tcp-rtt-us"), ms(row, "rtt-us"));
}

static void
why_vnic(struct client *cl, const json_t *row)
{
	line(cl, tr(cl, "Connection %s: %s for %llu s", "接続 %s：%s、%llu 秒"),
	    row_text(row, "name"), row_text(row, "state"), count(row, "since"));
	hops(cl, row);
	line(cl,
	    tr(cl, "  segments sent again: %llu, by %s",
		"  再送セグメント：%llu（%s）"),
	    count(row, "retransmits"), row_text(row, "congestion"));
	queue(cl, row);
	line(cl,
	    tr(cl,
		"  dropped: queue full %llu, too late %llu, too old %llu; "
		"asked to slow down %llu",
		"  破棄：待ち行列の満杯 %llu、遅延超過 %llu、期限切れ %llu。減"
		"速の通知：%llu"),
	    count(row, "drop-queue-full"), count(row, "drop-delay"),
	    count(row, "drop-old"), count(row, "tx-marked"));
	if (*row_text(row, "last-error") != '\0')
		line(cl, tr(cl, "  last problem: %s", "  直近の問題：%s"),
		    row_text(row, "last-error"));
	if (*row_text(row, "found") != '\0')
		line(cl,
		    tr(cl, "  found on this LAN: %s", "  この LAN で検出：%s"),
		    row_text(row, "found"));
	verdict(cl, row);
}

static void
why_session(struct client *cl, const json_t *row)
{
	line(cl,
	    tr(cl, "Session of %s at hub %s: %s for %llu s, from %s",
		"%s のセッション（ハブ %s）：%s、%llu 秒、接続元 %s"),
	    row_text(row, "user"), row_text(row, "hub"), row_text(row, "state"),
	    count(row, "seconds"), row_text(row, "from"));
	line(cl,
	    tr(cl,
		"  round trip: TCP %.1f ms, tunnel %.1f ms; segments sent "
		"again: %llu",
		"  往復時間：TCP %.1f ms、トンネル %.1f ms、再送セグメント："
		"%llu"),
	    ms(row, "tcp-rtt-us"), ms(row, "rtt-us"),
	    count(row, "retransmits"));
	queue(cl, row);
	line(cl,
	    tr(cl, "  dropped: in %llu, out %llu",
		"  破棄：受信 %llu、送信 %llu"),
	    count(row, "in-dropped"), count(row, "out-dropped"));
	verdict(cl, row);
}

static void
why_rule(struct client *cl, const json_t *row)
{
	line(cl,
	    strcmp(row_text(row, "direction"), "in") == 0 ?
		tr(cl, "Policy: of what %s sent, rule %s dropped %llu frames",
		    "ポリシー：%s の送信フレームを、規則 %s が %llu 個破棄") :
		tr(cl,
		    "Policy: of what %s was sent, rule %s dropped %llu "
		    "frames",
		    "ポリシー：%s 宛てのフレームを、規則 %s が %llu 個破棄"),
	    row_text(row, "user"), row_text(row, "rule"), count(row, "frames"));
}

/* All rows of a source, at most max; silent: it does not answer. */
static void
why_each(struct client *cl, const char *source, size_t max, const char *silent,
    void (*each)(struct client *, const json_t *))
{
	json_t *rows = source_rows(cl, source), *row;
	size_t i;

	if (rows == NULL)
		line(cl, "%s", silent);
	json_array_foreach(rows, i, row) if (i < max) each(cl, row);
	if (json_array_size(rows) > max)
		line(cl, tr(cl, "... and %zu more", "ほか %zu 件"),
		    json_array_size(rows) - max);
	json_decref(rows);
}

static void
why_text(struct client *cl)
{
	time_t now = time(NULL);
	char when[64] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC",
		    &tm);
	line(cl, "Longwire %s, %s", pairs_str(cl->cl_answer, "hostname"), when);
	if (pairs_get(cl->cl_answer, "vnicd") != NULL)
		why_each(cl, "vnics", WHY_SESSIONS,
		    tr(cl, "vnicd does not answer", "vnicd が応答しません"),
		    why_vnic);
	if (pairs_get(cl->cl_answer, "hubd") == NULL)
		return;
	why_each(cl, "sessions", WHY_SESSIONS,
	    tr(cl, "hubd does not answer", "hubd が応答しません"), why_session);
	why_each(cl, "policy", WHY_RULES, "", why_rule);
}

void
why_answer(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	page_begin(cl,
	    tr(cl, "Why is it slow or blocked?", "遅い・つながらないとき"),
	    "/why", true);
	html(cl, "<p>");
	html(cl,
	    tr(cl,
		"What this box knows of it, as text to be sent to somebody "
		"who can help. There are no passwords in it.",
		"この装置から見た状況をまとめたものです。詳しい人に相談するとき"
		"は、コピーして送ってください。パスワードは含まれません。"));
	html(cl,
	    "</p>\n<section class=\"card\"><textarea class=\"pasted\" "
	    "readonly");
	attr(cl, "aria-label", tr(cl, "Report", "レポート"));
	html(cl, ">\n");
	why_text(cl);
	html(cl, "</textarea></section>\n<p><a href=\"/why\">");
	html(cl, tr(cl, "Refresh", "更新"));
	html(cl, "</a></p>\n");
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}
