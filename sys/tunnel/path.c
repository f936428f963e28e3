/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tunnel/path.h"

enum {
	/*
	 * 1.5 * (1448 bytes / 125000000 bytes/s)^2 in us^2: with RTT^2 * p
	 * above this, cubic stays below 1 Gbit/s.
	 */
	PATH_MATHIS = 201,
	/* More would not fit the arithmetic, nor matter. */
	PATH_RTT_MAX = 2000000,
	PATH_WINDOW_MAX = 1000000
};

void
path_init(struct path *pa)
{
	memset(pa, 0, sizeof(*pa));
	pa->pa_clean_ms = PATH_CLEAN_MS;
}

static uint64_t
path_min(uint64_t a, uint64_t b)
{
	return (a < b ? a : b);
}

/* Whether so much is under way that cubic would take long to get there. */
static bool
path_is_fat(const struct path_sample *ps)
{
	uint64_t rtt = path_min(ps->ps_min_rtt, PATH_RTT_MAX);

	return (rtt >= PATH_LONG_US &&
	    path_min(ps->ps_rate, UINT64_MAX / PATH_RTT_MAX) * rtt / 1000000 >=
		PATH_FAT_BYTES);
}

/* Count losses from here on. */
static void
path_count(struct path *pa, const struct path_sample *ps)
{
	pa->pa_lost_since = ps->ps_now;
	pa->pa_lost_segments = ps->ps_segments;
	pa->pa_lost_retransmits = ps->ps_retransmits;
}

/* Whether there are losses, and so many that they matter here. */
static bool
path_loses(struct path *pa, const struct path_sample *ps)
{
	uint64_t rtt = path_min(ps->ps_min_rtt, PATH_RTT_MAX);
	uint64_t segments = ps->ps_segments - pa->pa_lost_segments;
	uint64_t lost = ps->ps_retransmits - pa->pa_lost_retransmits;

	if (lost >= PATH_LOST &&
	    rtt * rtt * path_min(lost, PATH_WINDOW_MAX) / segments >
		PATH_MATHIS) {
		path_count(pa, ps);
		return (true);
	}
	if (ps->ps_now - pa->pa_lost_since >= PATH_CLEAN_MS) {
		path_count(pa, ps);
		pa->pa_losses = 0;
	}
	return (false);
}

/* Whether what we send stands in the line's queue. */
static bool
path_is_full(const struct path_sample *ps, uint64_t segments, uint64_t bytes)
{
	return (!ps->ps_limited && bytes / segments >= PATH_SMALL &&
	    ps->ps_rate < PATH_FAST && ps->ps_min_rtt > 0 &&
	    ps->ps_rtt >= ps->ps_min_rtt &&
	    ps->ps_rtt - ps->ps_min_rtt >= PATH_FULL_US);
}

static bool
path_bad(struct path *pa)
{
	pa->pa_clean_since = 0;
	if (pa->pa_bbr ||
	    (pa->pa_filled < PATH_TWICE && pa->pa_losses < PATH_TWICE))
		return (false);
	pa->pa_bbr = true;
	return (true);
}

static bool
path_clean(struct path *pa, const struct path_sample *ps)
{
	if (!pa->pa_bbr)
		return (false);
	if (pa->pa_clean_since == 0)
		pa->pa_clean_since = ps->ps_now;
	if (ps->ps_now - pa->pa_clean_since < pa->pa_clean_ms)
		return (false);
	pa->pa_bbr = false;
	pa->pa_clean_ms = path_min(2 * pa->pa_clean_ms, PATH_CLEAN_MAX_MS);
	pa->pa_losses = 0;
	path_count(pa, ps);
	return (true);
}

bool
path_look_start(struct path *pa, const struct path_start *pt)
{
	bool lost = pt->pt_retransmits > 0;

	if (!lost && pt->pt_window < pt->pt_threshold)
		return (false);
	pa->pa_started = true;
	if (pa->pa_bbr || pt->pt_min_rtt < (lost ? PATH_NEAR_US : PATH_LONG_US))
		return (false);
	pa->pa_bbr = true;
	return (true);
}

bool
path_look(struct path *pa, const struct path_sample *ps)
{
	uint64_t segments = ps->ps_segments - pa->pa_segments;
	uint64_t lost = ps->ps_retransmits - pa->pa_retransmits;
	uint64_t bytes = ps->ps_bytes - pa->pa_bytes;
	bool loses;

	if (segments < PATH_WINDOW)
		return (false);
	pa->pa_rate = 0;
	if (ps->ps_now > pa->pa_then && lost < segments)
		pa->pa_rate = bytes / segments * (segments - lost) * 1000 /
		    (ps->ps_now - pa->pa_then);
	pa->pa_then = ps->ps_now;
	pa->pa_segments = ps->ps_segments;
	pa->pa_retransmits = ps->ps_retransmits;
	pa->pa_bytes = ps->ps_bytes;
	pa->pa_full = path_is_full(ps, segments, bytes);
	pa->pa_filled = pa->pa_full || path_is_fat(ps) ? pa->pa_filled + 1 : 0;
	if ((loses = path_loses(pa, ps)))
		pa->pa_losses++;
	if (loses || pa->pa_filled > 0)
		return (path_bad(pa));
	return (path_clean(pa, ps));
}
