/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/csum.h"
#include "net/inspect.h"
#include "net/mss.h"

/* packets.h has a put16 of its own, into its buffer */
#define put16 put_at
#include "packets.h"

enum { SYN = 0x02, SYN_ACK = 0x12, ACK = 0x10 };

static size_t l3, tcp;		/* offsets in the frame */

/* The sum over the segment with its pseudo header: 0xffff when it is right. */
static uint16_t
segment_sum(void)
{
	bool v6 = buf[l3] >> 4 == 6;
	uint64_t acc = csum_add(0, buf + l3 + (v6 ? 8 : 12), v6 ? 32 : 8);

	acc = csum_add16(acc, 6);
	acc = csum_add16(acc, (uint16_t)(len - tcp));
	return (csum_fold(csum_add(acc, buf + tcp, len - tcp)));
}

/* A segment with these options, by IPv4 or IPv6 with `ext` octets between. */
static void
segment(bool v6, unsigned int tags, size_t ext, int flags, const uint8_t *opt,
    size_t n)
{
	begin(router, host, tags, v6 ? 0x86dd : 0x0800);
	l3 = len;
	if (v6)
		ip6(other6, ext > 0 ? 60 : 6, ext + 20 + n);
	else
		ip4(other4, 6, ext, 20 + n);
	if (v6 && ext > 0) {
		buf[len] = 6;
		buf[len + 1] = (uint8_t)(ext / 8 - 1);
		len += ext;
	}
	tcp = len;
	put_at(len, 1025);
	put_at(len + 2, 80);
	buf[len + 12] = (uint8_t)((20 + n) / 4 << 4);
	buf[len + 13] = (uint8_t)flags;
	memcpy(buf + len + 20, opt, n);
	len += 20 + n;
	put_at(tcp + 16, 0);
	put_at(tcp + 16, (uint16_t)~segment_sum());
}

/* Clamp a copy of exactly the frame's length, back into buf. */
static bool
clamp(uint16_t max, bool open)
{
	uint8_t *p = malloc(len);
	struct inspect in;
	bool over, changed;

	ATF_REQUIRE(p != NULL);
	memcpy(p, buf, len);
	ATF_REQUIRE(inspect_frame(p, len, &in));
	over = mss_over(&in, max);
	changed = mss_clamp(p, &in, max, open);
	ATF_CHECK_EQ(over, changed);
	ATF_CHECK(!mss_over(&in, max));
	memcpy(buf, p, len);
	free(p);
	return (changed);
}

static unsigned int
said(size_t at)
{
	return (get16(buf + tcp + at));
}

ATF_TC_WITHOUT_HEAD(lowered);
ATF_TC_BODY(lowered, tc)
{
	static const uint8_t opt[] = { 2, 4, 0x05, 0xb4, 4, 2, 1, 1 };
	static const size_t ext[] = { 0, 8, 24 };
	unsigned int tags;
	size_t i;
	int v6;

	for (v6 = 0; v6 < 2; v6++)
		for (tags = 0; tags <= 2; tags++)
			for (i = 0; i < 3; i++) {
				segment(v6, tags, ext[i], SYN, opt, 8);
				ATF_CHECK_EQ(segment_sum(), 0xffff);
				ATF_CHECK(clamp(1200, false));
				ATF_CHECK_EQ(said(22), 1200);
				ATF_CHECK_EQ(segment_sum(), 0xffff);
				segment(v6, tags, ext[i], SYN_ACK, opt, 8);
				ATF_CHECK(clamp(1459, false));
				ATF_CHECK_EQ(said(22), 1459);
				ATF_CHECK_EQ(segment_sum(), 0xffff);
			}
}

/* Every place and value: the sum stays right, wherever the octets fall. */
ATF_TC_WITHOUT_HEAD(any_place);
ATF_TC_BODY(any_place, tc)
{
	uint8_t opt[40];
	unsigned int mss, max;
	size_t nops;

	for (nops = 0; nops <= 36; nops++)
		for (mss = 537; mss <= 0xffff; mss += 1021)
			for (max = 536; max < mss; max += 1999) {
				memset(opt, 1, sizeof(opt));
				opt[nops] = 2;
				opt[nops + 1] = 4;
				opt[nops + 2] = (uint8_t)(mss >> 8);
				opt[nops + 3] = (uint8_t)mss;
				segment(false, 0, 0, SYN, opt, 40);
				ATF_REQUIRE(clamp((uint16_t)max, false));
				ATF_REQUIRE_EQ(said(20 + nops + 2), max);
				ATF_REQUIRE_EQ(segment_sum(), 0xffff);
			}
}

ATF_TC_WITHOUT_HEAD(left_alone);
ATF_TC_BODY(left_alone, tc)
{
	static const uint8_t opt[] = { 2, 4, 0x05, 0xb4 };
	static const uint8_t none[] = { 1, 3, 3, 7 };

	segment(false, 0, 0, SYN, opt, 4);
	ATF_CHECK(!clamp(1460, false));
	segment(false, 0, 0, SYN, none, 4);	/* announces none */
	ATF_CHECK(!clamp(536, false));
	segment(false, 0, 0, SYN, none, 0);
	ATF_CHECK(!clamp(536, false));
	segment(false, 0, 0, ACK, opt, 4);	/* no SYN */
	ATF_CHECK(!clamp(536, false));
	segment(false, 0, 0, SYN, opt, 4);
	put_at(l3 + 6, 0x2000);			/* a first fragment */
	ATF_CHECK(!clamp(536, false));
	put_at(l3 + 6, 4);			/* a later one */
	ATF_CHECK(!clamp(536, false));
	segment(false, 0, 0, SYN, opt, 4);
	buf[l3 + 9] = 17;			/* UDP */
	ATF_CHECK(!clamp(536, false));
	segment(false, 3, 0, SYN, opt, 4);	/* too many tags */
	ATF_CHECK(!clamp(536, false));
}

/* An open checksum covers the pseudo header only; a wrong one stays wrong. */
ATF_TC_WITHOUT_HEAD(checksums);
ATF_TC_BODY(checksums, tc)
{
	static const uint8_t opt[] = { 2, 4, 0x05, 0xb4 };

	segment(true, 1, 8, SYN, opt, 4);
	put_at(tcp + 16, 0x1234);
	ATF_CHECK(clamp(1000, true));
	ATF_CHECK_EQ(said(16), 0x1234);
	ATF_CHECK_EQ(said(22), 1000);
	segment(true, 1, 8, SYN, opt, 4);
	put_at(tcp + 16, said(16) ^ 0x0100);
	ATF_CHECK(clamp(1000, false));
	ATF_CHECK(segment_sum() != 0xffff);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const struct {
		uint8_t opt[12];
		bool lowered;
	} v[] = {
		{ { 3, 0, 2, 4, 0xff, 0xff }, false },	/* no length */
		{ { 3, 1, 2, 4, 0xff, 0xff }, false },
		{ { 3, 99, 2, 4, 0xff, 0xff }, false },	/* over the end */
		{ { 0, 2, 4, 0xff, 0xff }, false },	/* behind the end */
		{ { 2, 3, 0xff, 1, 2, 4, 0xff, 0xff }, true },
		{ { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4 }, false },
		{ { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2 }, false },
		/* whichever of two a host takes */
		{ { 2, 4, 0xff, 0xff, 2, 4, 0xff, 0xff }, true },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		segment(false, 0, 0, SYN, v[i].opt, 12);
		ATF_CHECK_EQ_MSG(clamp(1000, false), v[i].lowered, "%zu", i);
		ATF_CHECK_EQ(segment_sum(), 0xffff);
	}
	ATF_CHECK_EQ(said(22), 1000);
	ATF_CHECK_EQ(said(26), 1000);
	segment(false, 0, 0, SYN, v[7].opt, 12);
	buf[tcp + 12] = 0xf0;		/* a header longer than the packet */
	ATF_CHECK(!clamp(1000, false));
	buf[tcp + 12] = 0x40;		/* and one too short */
	ATF_CHECK(!clamp(1000, false));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lowered);
	ATF_TP_ADD_TC(tp, any_place);
	ATF_TP_ADD_TC(tp, left_alone);
	ATF_TP_ADD_TC(tp, checksums);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
