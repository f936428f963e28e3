/* SPDX-License-Identifier: ISC */
/*
 * draw_plot: the last 24 hours as a picture that the server draws (SVG), with
 * the same as a table for who cannot see it.
 */
#include <stdio.h>

#include "kern/clock.h"

#include "figure.h"
#include "sample.h"
#include "shelf.h"

enum {
	WIDTH = 600,
	HEIGHT = 120,
	STEP = WIDTH / 300,		/* of a point, 288 of them */
	RIGHT = STEP * METER_POINTS,
	HOUR = METER_POINTS / 24	/* points */
};

/* What is drawn of a point. */
typedef uint64_t (*value_fn)(const struct point *);

static uint64_t
value_in(const struct point *po)
{
	return (po->po_rate.ra_in);
}

static uint64_t
value_out(const struct point *po)
{
	return (po->po_rate.ra_out);
}

static uint64_t
value_rtt(const struct point *po)
{
	return (po->po_rtt_us);
}

/* The highest of the day. */
static uint64_t
highest(struct meter *me, uint64_t now, value_fn value)
{
	const struct point *po;
	uint64_t max = 0;
	unsigned int i;

	for (i = 0; i < METER_POINTS; i++)
		if ((po = meter_point(me, now, i)) != NULL && value(po) > max)
			max = value(po);
	return (max);
}

/* One line, broken where nothing is known; max at its top. */
static void
draw_curve(struct client *cl, struct meter *me, uint64_t now, value_fn value,
    uint64_t max, const char *kind)
{
	const struct point *po;
	uint64_t divisor = max == 0 ? 1 : max;
	bool pen = false;
	unsigned int i;
	char text[32];

	html(cl, "<path class=\"");
	html(cl, kind);
	html(cl, "\" d=\"");
	for (i = METER_POINTS; i-- > 0;) {
		if ((po = meter_point(me, now, i)) == NULL) {
			pen = false;
			continue;
		}
		snprintf(text, sizeof(text), "%c%d %d", pen ? 'L' : 'M',
		    RIGHT - (int)i * STEP,
		    HEIGHT - (int)(value(po) * (HEIGHT - 4) / divisor));
		html(cl, text);
		/* a point by itself is a dot */
		if (!pen)
			html(cl, "h1");
		pen = true;
	}
	html(cl, "\"/>");
}

static void
draw_frame(struct client *cl, const char *label)
{
	char text[160];
	int hour;

	snprintf(text, sizeof(text),
	    "<svg class=\"plot\" role=\"img\" viewBox=\"0 0 %d %d\" "
	    "preserveAspectRatio=\"none\"",
	    RIGHT, HEIGHT);
	html(cl, text);
	attr(cl, "aria-label", label);
	html(cl, "><path class=\"grid\" d=\"");
	for (hour = 0; hour <= 24; hour += 6) {
		snprintf(text, sizeof(text), "M%d 0v%d", hour * HOUR * STEP,
		    HEIGHT);
		html(cl, text);
	}
	html(cl, "\"/>");
}

/* One series, from the oldest point to the latest, as plot.js reads it. */
static void
draw_values(struct client *cl, struct meter *me, uint64_t now, value_fn value,
    double factor)
{
	const struct point *po;
	unsigned int i;
	char text[32];

	for (i = METER_POINTS; i-- > 0;) {
		po = meter_point(me, now, i);
		if (po != NULL && (value != value_rtt || value(po) > 0)) {
			snprintf(text, sizeof(text), "%.8g",
			    (double)value(po) * factor);
			html(cl, text);
		}
		if (i > 0)
			html(cl, ",");
	}
}

/* Around a picture: what it shows, for plot.js; values and "> are to come. */
static void
chart_begin(struct client *cl, const char *unit, const char *labels)
{
	char step[16];

	snprintf(step, sizeof(step), "%d", METER_SPAN / 1000);
	html(cl, "<div class=\"chart\"");
	attr(cl, "data-step", step);
	attr(cl, "data-unit", unit);
	attr(cl, "data-labels", labels);
	attr(cl, "data-hint",
	    tr(cl, "Values: point at the plot, or use the arrow keys.",
		"グラフに触れるか矢印キーを使うと、値を表示できます。"));
	html(cl, " data-values=\"");
}

static void
draw_times(struct client *cl)
{
	html(cl, "</svg>\n<p class=\"times\" aria-hidden=\"true\"><span>");
	html(cl, tr(cl, "24 h ago", "24 時間前"));
	html(cl, "</span><span>18</span><span>12</span><span>6</span><span>");
	html(cl, tr(cl, "now", "現在"));
	html(cl, "</span></p>\n");
}

/* Of an hour: the mean of its points that are known. */
static bool
hour_of(struct meter *me, uint64_t now, unsigned int hour, struct point *out)
{
	const struct point *po;
	uint64_t n = 0, rtts = 0;
	unsigned int i;

	*out = (struct point){ .po_known = false };
	for (i = hour * HOUR; i < (hour + 1) * HOUR; i++) {
		if ((po = meter_point(me, now, i)) == NULL)
			continue;
		n++;
		out->po_rate.ra_in += po->po_rate.ra_in;
		out->po_rate.ra_out += po->po_rate.ra_out;
		out->po_again += po->po_again;
		out->po_rtt_us += po->po_rtt_us;
		rtts += po->po_rtt_us > 0;
	}
	if (n == 0)
		return (false);
	out->po_rate.ra_in /= n;
	out->po_rate.ra_out /= n;
	out->po_rtt_us /= rtts == 0 ? 1 : rtts;
	return (true);
}

static const struct column hour_heads[] = {
	{ "Hours ago", "何時間前" },
	{ "Received", "受信" },
	{ "Sent", "送信" },
	{ "Round trip", "往復時間" },
	{ "Sent again", "再送" },
};

static const char *
hour_head(const struct client *cl, int n)
{
	return (tr(cl, hour_heads[n].co_en, hour_heads[n].co_ja));
}

static void
draw_hour(struct client *cl, unsigned int hour, const struct point *po,
    bool tunnel)
{
	char text[32];

	snprintf(text, sizeof(text), "%u-%u", hour, hour + 1);
	html(cl, "<tr>");
	cell(cl, hour_head(cl, 0), text);
	cell_begin(cl, hour_head(cl, 1));
	draw_bits(cl, po->po_rate.ra_in);
	html(cl, "</td>");
	cell_begin(cl, hour_head(cl, 2));
	draw_bits(cl, po->po_rate.ra_out);
	html(cl, "</td>");
	if (tunnel) {
		cell_begin(cl, hour_head(cl, 3));
		draw_milliseconds(cl, po->po_rtt_us);
		html(cl, "</td>");
		snprintf(text, sizeof(text), "%llu",
		    (unsigned long long)po->po_again);
		cell(cl, hour_head(cl, 4), text);
	}
	html(cl, "</tr>\n");
}

static void
draw_hours(struct client *cl, struct meter *me, uint64_t now, bool tunnel)
{
	struct point po;
	unsigned int hour;

	html(cl, "<details><summary>");
	html(cl, tr(cl, "In numbers", "数値で見る"));
	html(cl, "</summary>\n");
	table_begin(cl, hour_heads, tunnel ? 5 : 3);
	for (hour = 0; hour < 24; hour++)
		if (hour_of(me, now, hour, &po))
			draw_hour(cl, hour, &po, tunnel);
	table_end(cl);
	html(cl, "</details>\n");
}

static void
draw_legend(struct client *cl, const struct rate *ra)
{
	html(cl, "<p class=\"legend\"><span class=\"in\">");
	html(cl, tr(cl, "Received now: ", "現在の受信："));
	draw_bits(cl, ra->ra_in);
	html(cl, "</span> <span class=\"out\">");
	html(cl, tr(cl, "Sent now: ", "現在の送信："));
	draw_bits(cl, ra->ra_out);
	html(cl, "</span></p>\n");
}

static void
draw_most(struct client *cl, const char *what, uint64_t value,
    void (*draw)(struct client *, uint64_t))
{
	html(cl, "<p class=\"soft most\">");
	html(cl, what);
	draw(cl, value);
	html(cl, "</p>\n");
}

/* Nothing if none is known. */
static void
draw_round_trip(struct client *cl, struct meter *me, uint64_t now)
{
	uint64_t max = highest(me, now, value_rtt);

	if (max == 0)
		return;
	draw_most(cl, tr(cl, "Longest round trip: ", "最長の往復時間："), max,
	    draw_milliseconds);
	chart_begin(cl, "ms", tr(cl, "Round trip", "往復時間"));
	draw_values(cl, me, now, value_rtt, 1e-3);
	html(cl, "\">");
	draw_frame(cl,
	    tr(cl, "Round trip of the last 24 hours", "24 時間の往復時間"));
	draw_curve(cl, me, now, value_rtt, max, "rtt");
	draw_times(cl);
	html(cl, "</div>\n");
}

void
draw_plots(struct client *cl)
{
	size_t len;

	cl->cl_plots = shelf_find(SHELF_PLOT_JS, &len) != NULL;
}

static void
draw_both_ways(struct client *cl, struct meter *me, uint64_t now, uint64_t max)
{
	chart_begin(cl, "bits", tr(cl, "Received|Sent", "受信|送信"));
	draw_values(cl, me, now, value_in, 8);
	html(cl, "|");
	draw_values(cl, me, now, value_out, 8);
	html(cl, "\">");
	draw_frame(cl,
	    tr(cl, "Throughput of the last 24 hours", "24 時間の通信量"));
	draw_curve(cl, me, now, value_in, max, "in");
	draw_curve(cl, me, now, value_out, max, "out");
	draw_times(cl);
	html(cl, "</div>\n");
}

void
draw_throughput(struct client *cl, enum sample which)
{
	struct meter *me = sample_meter(which);
	uint64_t now = clock_ms(), max = highest(me, now, value_in);
	bool tunnel = which == SAMPLE_OFFICE;

	if (me->me_now.ct_when == 0)
		return;
	if (highest(me, now, value_out) > max)
		max = highest(me, now, value_out);
	if (me->me_now.ct_known)
		draw_legend(cl, &me->me_now.ct_rate);
	draw_most(cl, tr(cl, "Most in 24 hours: ", "24 時間の最大："), max,
	    draw_bits);
	draw_both_ways(cl, me, now, max);
	if (tunnel)
		draw_round_trip(cl, me, now);
	draw_hours(cl, me, now, tunnel);
}
