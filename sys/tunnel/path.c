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

static bool
path_is_bad(const struct path_sample *ps, uint64_t segments, uint64_t lost)
{
	uint64_t rtt = path_min(ps->ps_min_rtt, PATH_RTT_MAX);

	if (rtt >= PATH_LONG_US &&
	    path_min(ps->ps_rate, UINT64_MAX / PATH_RTT_MAX) * rtt / 1000000 >=
		PATH_FAT_BYTES)
		return (true);
	if (lost < PATH_LOST)
		return (false);
	return (rtt * rtt * path_min(lost, PATH_WINDOW_MAX) / segments >
	    PATH_MATHIS);
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
	if (++pa->pa_bad < PATH_BAD_WINDOWS || pa->pa_bbr)
		return (false);
	pa->pa_bbr = true;
	return (true);
}

static bool
path_clean(struct path *pa, uint64_t now)
{
	pa->pa_bad = 0;
	if (!pa->pa_bbr)
		return (false);
	if (pa->pa_clean_since == 0)
		pa->pa_clean_since = now;
	if (now - pa->pa_clean_since < pa->pa_clean_ms)
		return (false);
	pa->pa_bbr = false;
	pa->pa_clean_ms = path_min(2 * pa->pa_clean_ms, PATH_CLEAN_MAX_MS);
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
	if (pa->pa_full || path_is_bad(ps, segments, lost))
		return (path_bad(pa));
	return (path_clean(pa, ps->ps_now));
}
