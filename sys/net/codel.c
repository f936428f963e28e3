/* SPDX-License-Identifier: ISC */
#include "net/codel.h"

enum { CODEL_AGAIN = 16 }; /* intervals after which the past is forgotten */

static uint64_t
isqrt(uint64_t v)
{
	uint64_t root = 0, bit = UINT64_C(1) << 62;

	while (bit > v)
		bit >>= 2;
	for (; bit != 0; bit >>= 2) {
		if (v >= root + bit) {
			v -= root + bit;
			root = (root >> 1) + bit;
		} else
			root >>= 1;
	}
	return (root);
}

/* RFC 8289, 5.5: t + interval / sqrt(count), by fixed point. */
static uint64_t
control_law(const struct codel_path *cp, uint64_t t, uint32_t count)
{
	return (t +
	    ((uint64_t)cp->cp_interval << 16) / isqrt((uint64_t)count << 32));
}

/* Whether the delay has been over the target for an interval. */
static bool
too_long(struct codel *cd, const struct codel_path *cp, uint64_t waited,
    bool low, uint64_t now)
{
	if (waited < cp->cp_target || low) {
		cd->cd_above = 0;
		return (false);
	}
	if (cd->cd_above == 0) {
		cd->cd_above = now + cp->cp_interval;
		return (false);
	}
	return (now >= cd->cd_above);
}

/* Soon after the last time, go on at the rate that was right then. */
static void
begin(struct codel *cd, const struct codel_path *cp, uint64_t now)
{
	uint32_t delta = cd->cd_count - cd->cd_last;
	uint64_t past = (uint64_t)CODEL_AGAIN * cp->cp_interval;

	cd->cd_count = delta > 1 && now < cd->cd_next + past ? delta : 1;
	cd->cd_last = cd->cd_count;
	cd->cd_next = control_law(cp, now, cd->cd_count);
	cd->cd_dropping = true;
}

bool
codel_judge(struct codel *cd, const struct codel_path *cp, uint64_t waited,
    bool low, uint64_t now)
{
	if (!too_long(cd, cp, waited, low, now)) {
		cd->cd_dropping = false;
		return (false);
	}
	if (!cd->cd_dropping) {
		begin(cd, cp, now);
		return (true);
	}
	if (now < cd->cd_next)
		return (false);
	if (cd->cd_count < UINT32_MAX)
		cd->cd_count++;
	cd->cd_next = control_law(cp, cd->cd_next, cd->cd_count);
	return (true);
}

void
codel_empty(struct codel *cd)
{
	cd->cd_above = 0;
	cd->cd_dropping = false;
}
