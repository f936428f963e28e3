/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/ether.h"
#include "net/loop.h"

static const uint8_t key[LOOP_KEY_LEN] = { 1, 2, 3 };
static const uint8_t hub[LOOP_ID_LEN] = { 0xaa, 0xbb, 0xcc, 4 };
static const uint64_t port = 0x0102030405060708ULL;

ATF_TC_WITHOUT_HEAD(layout);
ATF_TC_BODY(layout, tc)
{
	static const uint8_t start[] = { 0x03, 0x00, 0x4c, 0x57, 0x00, 0x01,
		0x02, 0x4c, 0x57, 0xaa, 0xbb, 0xcc, 0x88, 0xb5, 'L', 'W', 'L',
		'P', 1, 0, 0, 0, 0xaa, 0xbb, 0xcc, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0x30, 0x39 };
	/* python3 hmac, of the 40 octets from the magic on, under `key`. */
	static const uint8_t mac[] = { 0xce, 0x7b, 0xa5, 0xa3, 0x09, 0xad, 0x02,
		0x60, 0x80, 0x6c, 0x61, 0xa8, 0x7e, 0x81, 0xd5, 0x2e };
	uint8_t f[LOOP_FRAME_LEN];
	struct ether_info ei;

	loop_build(f, key, hub, port, 12345);
	ATF_CHECK(memcmp(f, start, sizeof(start)) == 0);
	ATF_CHECK(memcmp(f + sizeof(start), mac, sizeof(mac)) == 0);
	ATF_CHECK(ether_parse(f, sizeof(f), &ei));
	ATF_CHECK_EQ(ei.ei_type, ETHER_LOOP_PROBE);
	ATF_CHECK(ether_is_group(ei.ei_dst) && !ether_is_link_local(ei.ei_dst));
}

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	uint8_t f[LOOP_FRAME_LEN];
	uint64_t p = 0;

	loop_build(f, key, hub, port, 100000);
	ATF_CHECK(loop_is_probe(f, sizeof(f)));
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 100000, &p),
	    LOOP_FOUND);
	ATF_CHECK_EQ(p, port);
	/* Padding may have been cut, or added. */
	ATF_CHECK_EQ(loop_check(f, 70, key, hub, 100000, &p), LOOP_FOUND);
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 100000 + LOOP_FRESH,
			 &p),
	    LOOP_FOUND);
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 100001 + LOOP_FRESH,
			 &p),
	    LOOP_STALE);
	/* Another thread's clock a little behind; a lie about the future. */
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 99500, &p), LOOP_FOUND);
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 50000, &p), LOOP_STALE);
}

ATF_TC_WITHOUT_HEAD(tagged);
ATF_TC_BODY(tagged, tc)
{
	static const uint8_t tag[4] = { 0x81, 0x00, 0x00, 0x0a };
	uint8_t f[LOOP_FRAME_LEN + 4];
	uint64_t p = 0;

	loop_build(f, key, hub, port, 7);
	memmove(f + 16, f + 12, LOOP_FRAME_LEN - 12);
	memcpy(f + 12, tag, sizeof(tag));
	ATF_CHECK(loop_is_probe(f, sizeof(f)));
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 7, &p), LOOP_FOUND);
	ATF_CHECK_EQ(p, port);
}

ATF_TC_WITHOUT_HEAD(not_ours);
ATF_TC_BODY(not_ours, tc)
{
	static const uint8_t other_hub[LOOP_ID_LEN] = { 9 };
	static const uint8_t other_key[LOOP_KEY_LEN] = { 9 };
	uint8_t f[LOOP_FRAME_LEN];
	uint64_t p = 42;

	loop_build(f, key, other_hub, port, 7);
	ATF_CHECK(loop_is_probe(f, sizeof(f)));
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 7, &p), LOOP_NONE);
	loop_build(f, other_key, hub, port, 7);
	ATF_CHECK_EQ(loop_check(f, sizeof(f), key, hub, 7, &p), LOOP_STALE);
	ATF_CHECK_EQ(p, 42);
}

/* Any bit changed, any octet missing: never accepted, never overread. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	uint8_t good[LOOP_FRAME_LEN], *f;
	uint64_t p = 42;
	size_t bit, len;

	loop_build(good, key, hub, port, 7);
	for (bit = 14 * 8; bit < 70 * 8; bit++) {
		good[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ATF_CHECK_MSG(loop_check(good, sizeof(good), key, hub, 7, &p) !=
			LOOP_FOUND,
		    "bit %zu", bit);
		good[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (len = 0; len < 70; len++) {
		ATF_REQUIRE((f = malloc(len > 0 ? len : 1)) != NULL);
		memcpy(f, good, len);
		ATF_CHECK(!loop_is_probe(f, len));
		ATF_CHECK_EQ(loop_check(f, len, key, hub, 7, &p), LOOP_NONE);
		free(f);
	}
	ATF_CHECK_EQ(p, 42);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, layout);
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, tagged);
	ATF_TP_ADD_TC(tp, not_ours);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
