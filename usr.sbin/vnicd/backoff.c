/* SPDX-License-Identifier: ISC */
#include "vnicd.h"

enum { BACKOFF_FLOOR = 50 };	/* ms: never a busy loop */

/*
 * Full jitter: many boxes that lost one hub must not come back at once, and
 * a random part of the whole wait spreads them best.
 */
uint32_t
backoff_delay(uint32_t min, uint32_t max, unsigned int n, uint32_t r)
{
	uint64_t ceiling = min;

	while (n-- > 0 && ceiling < max)
		ceiling *= 2;
	if (ceiling > max)
		ceiling = max;
	if (ceiling < BACKOFF_FLOOR)
		ceiling = BACKOFF_FLOOR;
	return (BACKOFF_FLOOR + (uint32_t)(r % (ceiling - BACKOFF_FLOOR + 1)));
}
