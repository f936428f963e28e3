/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "kern/version.h"

ATF_TC_WITHOUT_HEAD(version_valid);
ATF_TC_BODY(version_valid, tc)
{
	static const char too_long[] =
	    "1.2+01234567890123456789012345678901234567890123456789012345678"
	    "9";
	static const char *const good[] = { "0", "1", "1.0",
		"0.20261125.192138", "1.2.3.4", "1.2+4d6c8de-dirty.development",
		"999999999" };
	static const char *const bad[] = { "", ".", "1.", ".1", "1..2", "a",
		"1.2a", "1.2 ", "1.2+", "1.2+a b", "1.2+a\n", "-1", "1.-2",
		"1.2.3.4.5", "1000000000", "1.2+\xc3\xa4", "1/2", too_long };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_CHECK_MSG(version_valid(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(!version_valid(bad[i]), "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(version_order);
ATF_TC_BODY(version_order, tc)
{
	/* each is older than the next */
	static const char *const order[] = { "0", "0.20261125.192138",
		"0.20261125.192139", "0.20261126.0+a", "1.2", "1.2.0.1", "1.10",
		"2", "999999999.1" };
	size_t i, k, n = sizeof(order) / sizeof(order[0]);
	int c;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			c = version_compare(order[i], order[k]);
			ATF_CHECK_MSG((i < k && c < 0) || (i == k && c == 0) ||
				(i > k && c > 0),
			    "%s and %s: %d", order[i], order[k], c);
		}
	ATF_CHECK_EQ(0, version_compare("1.2", "1.2.0.0"));
	ATF_CHECK_EQ(0, version_compare("1.2+a", "1.2+b"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, version_valid);
	ATF_TP_ADD_TC(tp, version_order);
	return (atf_no_error());
}
