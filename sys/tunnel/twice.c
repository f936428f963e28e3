/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tunnel/twice.h"

static uint64_t *
word(struct twice *tw, uint32_t number)
{
	return (&tw->tw_seen[number % TWICE_WINDOW / 64]);
}

static uint64_t
bit(uint32_t number)
{
	return (UINT64_C(1) << number % 64);
}

/* The window moves up to number: what it moves over has not come. */
static void
advance(struct twice *tw, uint32_t number)
{
	uint32_t n = number - tw->tw_high;

	if (n >= TWICE_WINDOW)
		memset(tw->tw_seen, 0, sizeof(tw->tw_seen));
	else
		while (n-- > 0)
			*word(tw, number - n) &= ~bit(number - n);
	tw->tw_high = number;
}

bool
twice_first(struct twice *tw, uint32_t number)
{
	uint32_t below;

	if (!tw->tw_any) {
		tw->tw_any = true;
		tw->tw_high = number;
	}
	below = tw->tw_high - number;
	if ((int32_t)below < 0)
		advance(tw, number);
	else if (below >= TWICE_WINDOW || (*word(tw, number) & bit(number)))
		return (false);
	*word(tw, number) |= bit(number);
	return (true);
}
