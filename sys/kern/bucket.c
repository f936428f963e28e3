/* SPDX-License-Identifier: ISC */
#include "kern/bucket.h"

void
bucket_init(struct bucket *bk, uint64_t rate, uint64_t burst, uint64_t now)
{
	bk->bk_rate = rate;
	bk->bk_burst = burst;
	bk->bk_milli = burst * 1000;
	bk->bk_last = now;
}

static void
bucket_fill(struct bucket *bk, uint64_t now)
{
	uint64_t full = bk->bk_burst * 1000, elapsed;

	if (now <= bk->bk_last)
		return;
	elapsed = now - bk->bk_last;
	bk->bk_last = now;
	/* rate tokens a second are rate thousandths a millisecond */
	if (elapsed > (full - bk->bk_milli) / bk->bk_rate)
		bk->bk_milli = full;
	else
		bk->bk_milli += elapsed * bk->bk_rate;
}

bool
bucket_take(struct bucket *bk, uint64_t n, uint64_t now)
{
	if (bk->bk_rate == 0)
		return (true);
	bucket_fill(bk, now);
	if (bk->bk_milli < n * 1000)
		return (false);
	bk->bk_milli -= n * 1000;
	return (true);
}
