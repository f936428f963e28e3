/* SPDX-License-Identifier: ISC */
#include "link.h"

#include <string.h>

#define SECOND 1e9

/* What a random number is drawn for: each purpose has numbers of its own. */
enum purpose { FOR_LOSS, FOR_JITTER, FOR_REORDER };

void
link_init(struct link *ln, uint64_t seed)
{
	memset(ln, 0, sizeof(*ln));
	ln->ln_seed = seed;
}

/* The mixing function of splitmix64. */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31));
}

/* Evenly spread over [0, 1): the same for the same seed, purpose and frame. */
static double
chance(const struct link *ln, enum purpose what)
{
	uint64_t x = mix(mix(ln->ln_seed + what) + ln->ln_frames);

	return ((double)(x >> 11) * 0x1p-53);
}

/*
 * Gilbert's model: runs of loss of lc_burst frames in the mean, between them
 * runs without loss that make the share right.
 */
static bool
burst_lost(struct link *ln, double u)
{
	double end = 1 / ln->ln_conf.lc_burst;
	double begin = end * ln->ln_conf.lc_loss / (1 - ln->ln_conf.lc_loss);

	ln->ln_bad = ln->ln_bad ? u >= end : u < begin;
	return (ln->ln_bad);
}

static bool
lost(struct link *ln)
{
	double loss = ln->ln_conf.lc_loss;
	double u = chance(ln, FOR_LOSS);

	if (loss > 0 && loss < 1 && ln->ln_conf.lc_burst >= 1)
		return (burst_lost(ln, u));
	return (u < loss);
}

uint64_t
link_queued(const struct link *ln, uint64_t now)
{
	double ahead = ln->ln_busy - (double)now;

	if (ahead <= 0)
		return (0);
	return ((uint64_t)(ahead / SECOND * ln->ln_conf.lc_rate + 0.5));
}

/* An idle sender takes any frame. */
static bool
queue_full(const struct link *ln, uint64_t queued, size_t len)
{
	const struct link_conf *lc = &ln->ln_conf;
	double limit = (double)lc->lc_queue_bytes;

	if (lc->lc_queue_time != 0)
		limit = (double)lc->lc_queue_time / SECOND * lc->lc_rate;
	return (limit > 0 && queued > 0 && (double)(queued + len) > limit);
}

/* When the sender, if it has a rate, has sent this frame too. */
static uint64_t
leave(struct link *ln, uint64_t now, size_t len)
{
	if (ln->ln_busy < (double)now)
		ln->ln_busy = (double)now;
	if (ln->ln_conf.lc_rate > 0)
		ln->ln_busy += (double)len / ln->ln_conf.lc_rate * SECOND;
	return ((uint64_t)ln->ln_busy);
}

static uint64_t
arrive(struct link *ln, uint64_t sent)
{
	const struct link_conf *lc = &ln->ln_conf;
	uint64_t due = sent + lc->lc_delay;

	due += (uint64_t)(chance(ln, FOR_JITTER) * (double)lc->lc_jitter);
	if (!lc->lc_unordered && due < ln->ln_last_due)
		due = ln->ln_last_due;
	if (chance(ln, FOR_REORDER) < lc->lc_reorder) {
		ln->ln_stats.ls_overtaken++;
		return (due + lc->lc_gap);
	}
	ln->ln_last_due = due;
	return (due);
}

enum link_fate
link_take(struct link *ln, uint64_t now, size_t len, struct link_times *lt)
{
	struct link_stats *ls = &ln->ln_stats;
	uint64_t queued = link_queued(ln, now);
	bool gone;

	ls->ls_in++;
	ls->ls_in_bytes += len;
	if (queue_full(ln, queued, len)) {
		ls->ls_queue_full++;
		return (LINK_QUEUE_FULL);
	}
	lt->lt_sent = leave(ln, now, len);
	if (ln->ln_conf.lc_rate > 0 && queued + len > ls->ls_queue_max)
		ls->ls_queue_max = queued + len;
	ln->ln_frames++;
	gone = lost(ln);
	if (gone) {
		ls->ls_lost++;
		return (LINK_LOST);
	}
	lt->lt_due = arrive(ln, lt->lt_sent);
	return (LINK_PASSED);
}

bool
link_is_out(const struct link *ln, uint64_t sent)
{
	const struct link_outage *lo;
	int i;

	for (i = 0; i < LINK_OUTAGES; i++) {
		lo = &ln->ln_conf.lc_outage[i];
		if (sent >= lo->lo_from && sent < lo->lo_until)
			return (true);
	}
	return (false);
}

/*
 * An outage that has ended still counts for frames that are on their way, so
 * the place of the one that ended first is used again.
 */
bool
link_add_outage(struct link *ln, uint64_t now, uint64_t from, uint64_t until)
{
	struct link_outage *lo = ln->ln_conf.lc_outage, *oldest = lo;
	int i;

	for (i = 1; i < LINK_OUTAGES; i++)
		if (lo[i].lo_until < oldest->lo_until)
			oldest = &lo[i];
	if (oldest->lo_until > now)
		return (false);
	oldest->lo_from = from;
	oldest->lo_until = until;
	return (true);
}
