/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "meter.h"

static uint64_t
grown(uint64_t before, uint64_t now)
{
	return (now >= before ? now - before : now);
}

struct reading
counter_take(struct counter *ct, uint64_t now, const struct reading *rd)
{
	struct reading diff = { .rd_rtt_us = rd->rd_rtt_us };
	uint64_t ms = now - ct->ct_when;

	if (ct->ct_when != 0 && now > ct->ct_when) {
		diff.rd_in = grown(ct->ct_last.rd_in, rd->rd_in);
		diff.rd_out = grown(ct->ct_last.rd_out, rd->rd_out);
		diff.rd_again = grown(ct->ct_last.rd_again, rd->rd_again);
		ct->ct_rate.ra_in = diff.rd_in * 1000 / ms;
		ct->ct_rate.ra_out = diff.rd_out * 1000 / ms;
		ct->ct_known = ms < METER_STALE;
	}
	ct->ct_last = *rd;
	ct->ct_when = now;
	return (diff);
}

/* What the running span has had so far. */
static struct point
point_of(const struct meter *me)
{
	struct point po = { .po_known = me->me_ms > 0,
		.po_again = me->me_again };

	if (me->me_ms > 0) {
		po.po_rate.ra_in = me->me_in * 1000 / me->me_ms;
		po.po_rate.ra_out = me->me_out * 1000 / me->me_ms;
	}
	if (me->me_rtts > 0)
		po.po_rtt_us = me->me_rtt / me->me_rtts;
	return (po);
}

/* Up to the span of now; those in which nobody looked are not known. */
static void
advance(struct meter *me, uint64_t now)
{
	uint64_t span = now / METER_SPAN, n;

	if (span == me->me_span)
		return;
	me->me_point[me->me_span % METER_POINTS] = point_of(me);
	for (n = me->me_span + 1; n < span && n <= me->me_span + METER_POINTS;
	     n++)
		memset(&me->me_point[n % METER_POINTS], 0,
		    sizeof(me->me_point[0]));
	me->me_span = span;
	me->me_in = me->me_out = me->me_again = me->me_ms = 0;
	me->me_rtt = me->me_rtts = 0;
}

void
meter_take(struct meter *me, uint64_t now, const struct reading *rd)
{
	uint64_t before = me->me_now.ct_when;
	struct reading diff = counter_take(&me->me_now, now, rd);

	advance(me, now);
	if (me->me_now.ct_known) {
		me->me_in += diff.rd_in;
		me->me_out += diff.rd_out;
		me->me_again += diff.rd_again;
		me->me_ms += now - before;
	}
	if (rd->rd_rtt_us > 0) {
		me->me_rtt += rd->rd_rtt_us;
		me->me_rtts++;
	}
}

const struct point *
meter_point(struct meter *me, uint64_t now, unsigned int back)
{
	static struct point running;
	const struct point *po;

	advance(me, now);
	if (back == 0) {
		running = point_of(me);
		return (running.po_known ? &running : NULL);
	}
	if (back >= METER_POINTS || back > me->me_span)
		return (NULL);
	po = &me->me_point[(me->me_span - back) % METER_POINTS];
	return (po->po_known ? po : NULL);
}

static struct track *
track_find(const struct tracks *ts, const char *name)
{
	const struct track *tk = ts->ts_track;

	for (; tk < ts->ts_track + METER_TRACKS; tk++)
		if (strcmp(tk->tk_name, name) == 0)
			return ((struct track *)tk);
	return (NULL);
}

static struct track *
track_oldest(struct tracks *ts)
{
	struct track *tk = ts->ts_track, *best = tk;

	for (; tk < ts->ts_track + METER_TRACKS; tk++)
		if (tk->tk_counter.ct_when < best->tk_counter.ct_when)
			best = tk;
	return (best);
}

void
tracks_take(struct tracks *ts, const char *name, uint64_t now,
    const struct reading *rd)
{
	struct track *tk = track_find(ts, name);

	if (*name == '\0' || strlen(name) >= sizeof(tk->tk_name))
		return;
	if (tk == NULL) {
		tk = track_oldest(ts);
		/* one round has more names than there is room */
		if (tk->tk_counter.ct_when == now)
			return;
		memset(tk, 0, sizeof(*tk));
		memcpy(tk->tk_name, name, strlen(name) + 1);
	}
	(void)counter_take(&tk->tk_counter, now, rd);
}

const struct rate *
tracks_rate(const struct tracks *ts, const char *name, uint64_t now)
{
	const struct track *tk = *name == '\0' ? NULL : track_find(ts, name);

	if (tk == NULL || !tk->tk_counter.ct_known ||
	    now - tk->tk_counter.ct_when >= METER_STALE)
		return (NULL);
	return (&tk->tk_counter.ct_rate);
}
