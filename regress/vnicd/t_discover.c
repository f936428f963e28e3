/* SPDX-License-Identifier: ISC */
#include <atf-c.h>

#include "../../usr.sbin/vnicd/discover.c"
#include "net/stay_local.h"

static const uint8_t nic[6] = { 0xfe, 1, 2, 3, 4, 5 };

ATF_TC_WITHOUT_HEAD(discover_frame);
ATF_TC_BODY(discover_frame, tc)
{
	static const uint8_t start[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xfa, 1, 2, 3, 4, 5, 0x08, 0x00, 0x45, 0, 0x01, 0x48, 0, 0, 0,
		0, 16, 17, 0xa9, 0xa6, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0,
		68, 0, 67, 0x01, 0x34, 0, 0, 1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78,
		0, 0, 0x80, 0 };
	uint8_t out[DISCOVER_LEN];

	discover_build(out, nic, 0x12345678);
	ATF_CHECK_EQ(0, memcmp(out, start, sizeof(start)));
	/* a sum over a header with its checksum is zero */
	ATF_CHECK_EQ(0, checksum(out + 14, 20));
	ATF_CHECK_EQ(0, memcmp(out + 14 + 20 + 8 + 28, out + 6, 6));
	ATF_CHECK_EQ(255, out[14 + 20 + 8 + 236 + 11]);
}

/* It must never cross a tunnel, wherever it comes by. */
ATF_TC_WITHOUT_HEAD(discover_stays_local);
ATF_TC_BODY(discover_stays_local, tc)
{
	struct stay_local sl = { .sl_on = true };
	uint8_t out[DISCOVER_LEN];

	discover_build(out, nic, 1);
	ATF_CHECK(!stay_local_pass(&sl, STAY_OUT, out, sizeof(out)));
	ATF_CHECK(!stay_local_pass(&sl, STAY_IN, out, sizeof(out)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, discover_frame);
	ATF_TP_ADD_TC(tp, discover_stays_local);
	return (atf_no_error());
}
