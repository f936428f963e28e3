/* SPDX-License-Identifier: ISC */
#include "tunnel/ceiling.h"

enum {
	CEILING_FRAME = 1514,
	CEILING_SEGMENTS = 16,		/* that say something */
	CEILING_DRAIN = 6,		/* percent less */
	CEILING_PAUSE = 3 * CEILING_SAMPLE,
	CEILING_OLD = 1000000,		/* us, of a window with fewer */
	CEILING_RATE_MAX = 1 << 30	/* a faster line needs none */
};

uint32_t
ceiling_shortest(const struct ceiling *ce, uint32_t min_rtt)
{
	return (ce->ce_floor > min_rtt ? ce->ce_floor : min_rtt);
}

uint32_t
ceiling_target(const struct ceiling *ce, uint32_t min_rtt)
{
	uint64_t frames = ce->ce_rate == 0 ?
	    0 :
	    UINT64_C(4000000) * CEILING_FRAME / ce->ce_rate;
	uint32_t us = 2000 + min_rtt / 32;

	return (us + (uint32_t)(frames < 200000 ? frames : 200000));
}

static uint64_t
waits(const struct ceiling_sample *cs)
{
	return (cs->cs_rtt > cs->cs_min_rtt ? cs->cs_rtt - cs->cs_min_rtt : 0);
}

/*
 * Percent above the rate: that it was too much is seen a round trip later, when
 * CEILING_EXCESS more of it waits.
 */
static uint64_t
most_above(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t rtt = cs->cs_min_rtt;
	uint64_t percent = CEILING_EXCESS * 100 / (rtt + 1);

	if (ce->ce_proof != CEILING_PROVED)
		return (CEILING_SEEK);
	if (percent < CEILING_MORE_LEAST)
		return (CEILING_MORE_LEAST);
	return (percent < CEILING_MORE ? percent : CEILING_MORE);
}

static void
begin_window(struct ceiling *ce, const struct ceiling_sample *cs)
{
	ce->ce_begin = cs->cs_now;
	ce->ce_sent = cs->cs_sent;
	ce->ce_segments = cs->cs_segments;
	ce->ce_delivered = cs->cs_delivered;
	ce->ce_received = cs->cs_received;
	ce->ce_waited = waits(cs);
	ce->ce_most = 0;
	ce->ce_shortest = cs->cs_rtt;
	ce->ce_limited = ce->ce_little = ce->ce_low = false;
	ce->ce_busy = ce->ce_idle = 0;
}

/*
 * Bytes of a segment of what arrived in the window: for a round trip of it that
 * was sent in the one before, maybe in other segments.
 */
static uint32_t
mean_arrived(const struct ceiling *ce, const struct ceiling_sample *cs,
    uint64_t bytes, uint64_t segments)
{
	uint64_t us = cs->cs_now - ce->ce_begin;
	uint64_t before = cs->cs_min_rtt < us ? cs->cs_min_rtt : us;

	if (ce->ce_before_segments == 0)
		return ((uint32_t)(bytes / segments));
	bytes = ce->ce_before_bytes * before + bytes * (us - before);
	segments = ce->ce_before_segments * before + segments * (us - before);
	return ((uint32_t)(bytes / segments));
}

static void
forget_segments(struct ceiling *ce)
{
	ce->ce_before_bytes = ce->ce_before_segments = 0;
}

/* What arrived in the window, bytes a second; 0: it says nothing. */
static uint64_t
arrived(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_begin;
	uint64_t segments = cs->cs_segments - ce->ce_segments;
	uint64_t bytes = cs->cs_sent - ce->ce_sent;
	uint64_t n = cs->cs_delivered - ce->ce_delivered;
	uint64_t mean;

	if (us == 0 || segments < CEILING_SEGMENTS || n > UINT32_MAX ||
	    segments > UINT32_MAX || bytes / segments > CEILING_FRAME) {
		forget_segments(ce);
		return (0);
	}
	mean = ce->ce_mean = mean_arrived(ce, cs, bytes, segments);
	ce->ce_before_bytes = bytes;
	ce->ce_before_segments = segments;
	if (mean < CEILING_SMALL)
		return (0);
	return (n * mean * 1000000 / us);
}

/*
 * Whether the window says no more than what the line carries at least.  BBR
 * itself sends next to nothing now and then.
 */
static bool
is_limited(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_begin;

	return (ce->ce_little ||
	    (ce->ce_low &&
		(cs->cs_sent - ce->ce_sent) * 1000000 <
		    ce->ce_now / 10 * 9 * us));
}

/* It is somebody else's that waits, or the line is longer than it was. */
static void
go_away(struct ceiling *ce, uint64_t now)
{
	ce->ce_floor = ce->ce_shortest;
	ce->ce_away = ce->ce_away == 0 ? CEILING_AWAY : 2 * ce->ce_away;
	if (ce->ce_away > CEILING_AWAY_MAX)
		ce->ce_away = CEILING_AWAY_MAX;
	ce->ce_until = now + ce->ce_away;
	ce->ce_rate = ce->ce_now = 0;
	ce->ce_vain = 0;
}

/*
 * Whether more arrives from window to window, although something waits: then it
 * is jitter, unless that is much.
 */
static bool
is_growing(const struct ceiling *ce, const struct ceiling_sample *cs,
    uint64_t rate)
{
	return (rate > ce->ce_arrived / 4 * 5 &&
	    waits(cs) < cs->cs_min_rtt / 2 +
		    2 * (uint64_t)ceiling_target(ce, cs->cs_min_rtt));
}

/*
 * Data stood in the line's queue for a while: that is what it carries.  Who had
 * little to send has seen no queue but, say, late acknowledgements.
 */
static void
set_ceiling(struct ceiling *ce, const struct ceiling_sample *cs, uint64_t rate)
{
	if (!ce->ce_low && 4 * ce->ce_busy > ce->ce_idle &&
	    cs->cs_now >= ce->ce_until && !is_growing(ce, cs, rate))
		ceiling_begin(ce, rate);
}

/* What BBR should come near to; 0 not known. */
static uint64_t
expected(const struct ceiling *ce)
{
	return (ce->ce_now != 0 ? ce->ce_now : ce->ce_before);
}

/* Whether it crawls, at each look for a while: see the header. */
static void
look_for_crawl(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_last, since;
	bool slow = expected(ce) != 0 && us <= CEILING_PAUSE &&
	    (!cs->cs_limited || cs->cs_unsent > 0) && !cs->cs_repairs &&
	    waits(cs) <= ceiling_target(ce, cs->cs_min_rtt) &&
	    (cs->cs_sent - ce->ce_last_sent) * 1000000 <
		expected(ce) / CEILING_CRAWL * us;

	ce->ce_last_sent = cs->cs_sent;
	if (!slow)
		ce->ce_crawls_since = cs->cs_now;
	since = cs->cs_now - ce->ce_crawls_since;
	ce->ce_crawls = since >= CEILING_CRAWL_US &&
	    since >= 3 * (uint64_t)cs->cs_min_rtt &&
	    cs->cs_now - ce->ce_anew >= CEILING_CRAWL_AGAIN;
}

/* Whether BBR is about to forget what the line carries: see the header. */
static void
look_for_quiet(struct ceiling *ce, const struct ceiling_sample *cs, bool little)
{
	uint64_t since;

	if (!little || ce->ce_now == 0)
		ce->ce_quiet_since = cs->cs_now;
	since = cs->cs_now - ce->ce_quiet_since;
	ce->ce_quiet = ce->ce_anew < ce->ce_quiet_since && !cs->cs_repairs &&
	    since >= CEILING_QUIET_US &&
	    since >= CEILING_QUIET * (uint64_t)cs->cs_min_rtt;
}

/* Whether more than the line carries has been sent since the first ceiling. */
static void
look_for_proof(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t target = ceiling_target(ce, cs->cs_min_rtt);

	if (ce->ce_proof == CEILING_BEGUN && waits(cs) <= target / 2)
		ce->ce_proof = CEILING_EMPTY_SEEN;
	else if (ce->ce_proof == CEILING_EMPTY_SEEN && waits(cs) > target)
		ce->ce_proof = CEILING_PROVED;
}

/* Whether as much waits as before, although we send no more than arrives. */
static bool
is_vain(const struct ceiling *ce, const struct ceiling_sample *cs,
    uint64_t rate)
{
	uint64_t us = cs->cs_now - ce->ce_begin;
	uint64_t sent = (cs->cs_sent - ce->ce_sent) * 1000000 / us;

	return (sent <= rate + rate / 16 &&
	    waits(cs) >= ce->ce_waited / 16 * 15);
}

/* Of the peer's queue, which it empties itself, a little more may wait. */
static void
count_vain(struct ceiling *ce, const struct ceiling_sample *cs, uint64_t rate)
{
	uint64_t target = ceiling_target(ce, cs->cs_min_rtt);

	if (ce->ce_low || waits(cs) < (ce->ce_peer ? 2 * target : target))
		ce->ce_vain = 0;
	else if (is_vain(ce, cs, rate) && ce->ce_vain++ == 0)
		ce->ce_first = ce->ce_rate;
	if (ce->ce_vain >= CEILING_VAIN && ce->ce_rate < ce->ce_first / 4 * 3)
		go_away(ce, cs->cs_now);
}

/* Whether the line carried all that the ceiling lets pass with ease. */
static bool
is_easy(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	return (ce->ce_rate != 0 && !is_limited(ce, cs) &&
	    ce->ce_most <= ceiling_target(ce, cs->cs_min_rtt) / 2);
}

/* Whether little was sent although there was more, and nothing waits. */
static bool
is_stuck(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_begin;

	return (expected(ce) != 0 && !ce->ce_limited &&
	    ce->ce_most <= ceiling_target(ce, cs->cs_min_rtt) &&
	    (cs->cs_sent - ce->ce_sent) * 1000000 < expected(ce) / 2 * us);
}

static void
learn_rate(struct ceiling *ce, const struct ceiling_sample *cs, uint64_t rate)
{
	bool limited = is_limited(ce, cs);

	if (ce->ce_low && !limited && ce->ce_floor == 0)
		ce->ce_away = 0;
	if ((ce->ce_low || limited) && rate > ce->ce_rate)
		ce->ce_rate = rate;
	else if (!limited)
		ce->ce_rate = (3 * ce->ce_rate + rate) / 4;
	count_vain(ce, cs, rate);
}

/* A window is over: what it says of the line. */
static void
learn(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t rate = arrived(ce, cs);

	ce->ce_peer = (cs->cs_received - ce->ce_received) * CEILING_PEER >=
	    cs->cs_sent - ce->ce_sent;
	ce->ce_turn++;
	ce->ce_steady = 2 * rate >= ce->ce_rate;
	ce->ce_stuck = is_stuck(ce, cs) ? ce->ce_stuck + 1 : 0;
	ce->ce_easy = is_easy(ce, cs) ? ce->ce_easy + 1 : 0;
	if (ce->ce_rate == 0 && rate != 0)
		set_ceiling(ce, cs, rate);
	else if (rate != 0)
		learn_rate(ce, cs, rate);
	ce->ce_arrived = rate;
	/* who sends just what the line carries looks the same on a long one */
	if (ce->ce_easy > CEILING_EASY)
		ce->ce_rate += ce->ce_rate / 50 * most_above(ce, cs);
}

/* What waits does not get less by what we do, and the peer sends much. */
static bool
is_peers(const struct ceiling *ce)
{
	return (ce->ce_peer && ce->ce_vain >= CEILING_PEERS);
}

static bool
is_turn(const struct ceiling *ce)
{
	return (ce->ce_peer && ce->ce_turn % CEILING_TURNS == 0);
}

/* See the header: around the rate, by what waits. */
static uint64_t
steer(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	int64_t target = ceiling_target(ce, cs->cs_min_rtt);
	int64_t over = (int64_t)waits(cs) - target, percent;
	int64_t most = (int64_t)most_above(ce, cs);
	uint64_t rate = ce->ce_rate, now;

	if (over < 0)
		percent = -over * 2 * most / target;
	else if (is_peers(ce)) {
		rate = ce->ce_first;
		percent = -CEILING_YIELD;
	} else
		percent = -over * 50 / (cs->cs_min_rtt + 2 * target);
	if (percent > most)
		percent = most;
	if (percent < -CEILING_LESS)
		percent = -CEILING_LESS;
	if (is_turn(ce) && over < target && percent < CEILING_TRY)
		percent = CEILING_TRY;
	if (cs->cs_now % CEILING_EMPTY < CEILING_WINDOW + cs->cs_min_rtt &&
	    percent > -CEILING_DRAIN)
		percent = -CEILING_DRAIN;
	now = rate * (uint64_t)(100 + percent) / 100;
	return (now > CEILING_LEAST ? now : CEILING_LEAST);
}

/*
 * Whether there was nothing to send for a while.  A slow line takes long for
 * what it was given at once, and nobody looks meanwhile.
 */
static bool
is_pause(const struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_last;

	return (us > CEILING_PAUSE &&
	    cs->cs_busy - ce->ce_busy_us < us / 4 * 3);
}

/* What was not made use of for long has become old. */
static void
look_for_use(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t us = cs->cs_now - ce->ce_last;
	uint64_t bytes = cs->cs_sent - ce->ce_last_sent;

	if (ce->ce_rate == 0 || bytes * 1000000 >= ce->ce_now / 2 * us)
		ce->ce_used = cs->cs_now;
	if (cs->cs_now - ce->ce_used < CEILING_FORGET)
		return;
	ce->ce_before = ce->ce_now;
	ce->ce_rate = ce->ce_now = 0;
}

void
ceiling_begin(struct ceiling *ce, uint64_t rate)
{
	if (rate < CEILING_LEAST || rate >= CEILING_RATE_MAX)
		return;
	ce->ce_rate = rate;
	ce->ce_before = 0;
	ce->ce_proof = CEILING_BEGUN;
}

bool
ceiling_anew(struct ceiling *ce)
{
	if (ce->ce_floor != 0 ||
	    (ce->ce_stuck < CEILING_STUCK && !ce->ce_fresh && !ce->ce_crawls &&
		!ce->ce_quiet && !ce->ce_longer))
		return (false);
	ce->ce_stuck = 0;
	ce->ce_began = 0;
	ce->ce_fresh = ce->ce_crawls = ce->ce_quiet = ce->ce_longer = false;
	ce->ce_anew = ce->ce_last;
	if (ce->ce_before != 0)
		ceiling_begin(ce, ce->ce_before);
	return (true);
}

/*
 * Whether what BBR is about to measure can be told: not while it hardly sends,
 * from which it would learn a rate far too low.
 */
static bool
is_fresh(const struct ceiling *ce, const struct ceiling_sample *cs, bool little)
{
	return (ce->ce_now != 0 && ce->ce_steady && !little &&
	    cs->cs_now - ce->ce_anew >= CEILING_FRESH &&
	    waits(cs) <= ceiling_target(ce, cs->cs_min_rtt));
}

/* What BBR takes for the shortest round trip, and what it is. */
static void
look_for_length(struct ceiling *ce, const struct ceiling_sample *cs)
{
	if (ce->ce_began == 0 || cs->cs_min_rtt < ce->ce_began)
		ce->ce_began = cs->cs_min_rtt;
	ce->ce_longer = cs->cs_min_rtt / 2 > ce->ce_began &&
	    cs->cs_min_rtt - 2 * ce->ce_began > CEILING_LONGER;
	if (cs->cs_rtt < ce->ce_floor)
		ce->ce_floor = cs->cs_rtt;
	/* it is of smoothed ones, so never quite as short */
	if (ce->ce_floor / 5 * 4 <= cs->cs_min_rtt ||
	    cs->cs_now >= ce->ce_until + 2 * ce->ce_away)
		ce->ce_floor = 0;
}

static uint64_t
look(struct ceiling *ce, const struct ceiling_sample *cs)
{
	uint64_t window = (uint64_t)cs->cs_min_rtt * 3 / 2, since;
	bool little;

	if (window < CEILING_WINDOW)
		window = CEILING_WINDOW;
	if (is_pause(ce, cs)) {
		begin_window(ce, cs);
		forget_segments(ce);
		ce->ce_steady = false;
	}
	look_for_use(ce, cs);
	look_for_crawl(ce, cs);
	ce->ce_last = cs->cs_now;
	ce->ce_busy_us = cs->cs_busy;
	little = cs->cs_limited && cs->cs_flight < CEILING_LITTLE;
	look_for_quiet(ce, cs, little);
	ce->ce_limited |= cs->cs_limited;
	ce->ce_little |= little;
	ce->ce_busy += !little;
	ce->ce_idle += little;
	if (waits(cs) > ce->ce_most)
		ce->ce_most = waits(cs);
	if (cs->cs_rtt < ce->ce_shortest)
		ce->ce_shortest = cs->cs_rtt;
	look_for_proof(ce, cs);
	ce->ce_low |= waits(cs) <= ceiling_target(ce, cs->cs_min_rtt);
	since = cs->cs_now - ce->ce_begin;
	if (since >= window &&
	    (since >= CEILING_OLD ||
		cs->cs_segments - ce->ce_segments >= CEILING_SEGMENTS)) {
		learn(ce, cs);
		begin_window(ce, cs);
	}
	ce->ce_now = ce->ce_rate == 0 ? 0 : steer(ce, cs);
	if (ce->ce_anew == 0)
		ce->ce_anew = cs->cs_now;
	ce->ce_fresh = is_fresh(ce, cs, little);
	return (ce->ce_now);
}

uint64_t
ceiling_look(struct ceiling *ce, const struct ceiling_sample *cs)
{
	struct ceiling_sample now = *cs;

	look_for_length(ce, cs);
	now.cs_min_rtt = ceiling_shortest(ce, cs->cs_min_rtt);
	return (look(ce, &now));
}
