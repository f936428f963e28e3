/* SPDX-License-Identifier: ISC */
/*
 * Over any time the rate is kept, whatever the sizes and the waits.
 */
#include <atf-c.h>

#include "net/pace.h"

enum { SECOND = 1000000 };

/* Bytes that pass in `seconds` when more always waits, n bytes at a time. */
static uint64_t
run(struct pace *pa, uint64_t *now, uint64_t n, unsigned int seconds)
{
	uint64_t end = *now + (uint64_t)seconds * SECOND, passed = 0, wait;

	while (*now < end) {
		if ((wait = pace_wait(pa, *now)) > 0) {
			/* timers are late */
			*now += wait + 700;
			continue;
		}
		pace_take(pa, n);
		passed += n;
	}
	return (passed);
}

ATF_TC_WITHOUT_HEAD(rates);
ATF_TC_BODY(rates, tc)
{
	static const uint64_t rates[] = { 8000, 125000, 1250000, 125000000,
		1250000000 };
	static const uint64_t sizes[] = { 600, 1514, 65550 };
	uint64_t now = 77 * SECOND, passed, want;
	unsigned int i, k;

	for (i = 0; i < 5; i++)
		for (k = 0; k < 3; k++) {
			struct pace pa = { .pa_rate = 0 };

			pace_set(&pa, rates[i], now);
			passed = run(&pa, &now, sizes[k], i == 4 ? 1 : 20);
			want = rates[i] * (i == 4 ? 1 : 20);
			ATF_CHECK_MSG(passed <= want + 2 * 65550 + want / 100,
			    "%u %u: %llu of %llu", i, k,
			    (unsigned long long)passed,
			    (unsigned long long)want);
			ATF_CHECK_MSG(passed + 2 * 65550 >= want - want / 20,
			    "%u %u: %llu of %llu", i, k,
			    (unsigned long long)passed,
			    (unsigned long long)want);
		}
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct pace pa = { .pa_rate = 0 };
	uint64_t now = 5, passed = 0;

	/* no limit */
	pace_take(&pa, UINT64_C(1) << 40);
	ATF_CHECK_EQ(pace_wait(&pa, now), 0);
	/* an hour of silence saves up no more than a burst */
	pace_set(&pa, 125000, now);
	now += UINT64_C(3600) * SECOND;
	while (pace_wait(&pa, now) == 0) {
		pace_take(&pa, 1514);
		passed += 1514;
	}
	ATF_CHECK(passed <= PACE_LEAST + 1514);
	/* what is owed stays so; the clock may stand still or go back */
	pace_take(&pa, 125000);
	ATF_CHECK(pace_wait(&pa, now - 1000) >= SECOND);
	pace_set(&pa, 250000, now);
	ATF_CHECK(pace_wait(&pa, now) >= SECOND / 2);
	ATF_CHECK_EQ(pace_wait(&pa, now + SECOND), 0);
	pace_set(&pa, 0, now);
	ATF_CHECK_EQ(pace_wait(&pa, now), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rates);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
