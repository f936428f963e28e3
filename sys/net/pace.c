/* SPDX-License-Identifier: ISC */
#include "net/pace.h"

/* A rate of bytes a second is as many millionths of a byte a microsecond. */
enum { MILLION = 1000000, CATCH_UP = 10 * MILLION };

static int64_t
most(const struct pace *pa)
{
	int64_t burst = (int64_t)(pa->pa_rate * PACE_BURST);
	int64_t least = (int64_t)PACE_LEAST * MILLION;

	return (burst > least ? burst : least);
}

static void
fill(struct pace *pa, uint64_t now)
{
	uint64_t since = now > pa->pa_last ? now - pa->pa_last : 0;

	if (since > CATCH_UP)
		since = CATCH_UP;
	pa->pa_last = now;
	pa->pa_credit += (int64_t)(pa->pa_rate * since);
	if (pa->pa_credit > most(pa))
		pa->pa_credit = most(pa);
}

void
pace_set(struct pace *pa, uint64_t rate, uint64_t now)
{
	if (pa->pa_rate == rate)
		return;
	if (pa->pa_rate != 0)
		fill(pa, now);
	else
		pa->pa_credit = 0;
	pa->pa_rate = rate;
	pa->pa_last = now;
}

uint64_t
pace_wait(struct pace *pa, uint64_t now)
{
	if (pa->pa_rate == 0)
		return (0);
	fill(pa, now);
	if (pa->pa_credit >= 0)
		return (0);
	return ((uint64_t)-pa->pa_credit / pa->pa_rate + 1);
}

void
pace_take(struct pace *pa, uint64_t bytes)
{
	if (pa->pa_rate != 0)
		pa->pa_credit -= (int64_t)(bytes * MILLION);
}
