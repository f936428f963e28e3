/* SPDX-License-Identifier: ISC */
/*
 * Programs that are none are refused; those that are taken end and read
 * nothing beyond the frame, whatever they are.  Frames end at a page that
 * cannot be read, for libpcap's interpreter is not compiled with a sanitizer.
 */
#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "net/frame_filter.h"

static uint8_t *page_end;	/* behind what can be read */

static void
guard(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	ATF_REQUIRE(mprotect(p + page, page, PROT_NONE) == 0);
	page_end = p + page;
}

static bool
match(const char *hex, const void *frame, size_t len)
{
	struct frame_filter *ff = frame_filter_parse(hex);
	bool rv;

	ATF_REQUIRE(ff != NULL);
	memcpy(page_end - len, frame, len);
	rv = frame_filter_match(ff, page_end - len, len);
	frame_filter_free(ff);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(arp);
ATF_TC_BODY(arp, tc)
{
	/* "arp", as tcpdump -ddd prints it */
	static const char hex[] = "002800000000000c"
				  "0015000100000806"
				  "0006000000040000"
				  "0006000000000000";
	uint8_t frame[60] = { 0 };

	guard();
	frame[12] = 8;
	ATF_CHECK(!match(hex, frame, sizeof(frame)));
	frame[13] = 6;
	ATF_CHECK(match(hex, frame, sizeof(frame)));
	ATF_CHECK(match(hex, frame, 14));
	/* what it asks for is not there */
	ATF_CHECK(!match(hex, frame, 13));
	ATF_CHECK(!match(hex, frame, 0));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	static const char *const bad[] = { "", "0", "0006000000000001x",
		"000600000000000", "00060000000000012", "g006000000000001",
		"002800000000000c",			/* does not return */
		"00050000ffffffff"
		"0006000000000001", /* backwards */
		"0005000000000001"
		"0006000000000001", /* out of it */
		"00150200000000010006000000000001",
		"00150002000000010006000000000001",
		"00600000000000100006000000000001",	/* no such cell */
		"0002000000000010"
		"0006000000000001",
		"0003000080000000"
		"0006000000000001",
		"0034000000000000"
		"0006000000000001", /* by nought */
		"0094000000000000"
		"0006000000000001",
		"0064000000000020"
		"0006000000000001", /* shifts too far */
		"0074000000000020"
		"0006000000000001",
		"ffff000000000000"
		"0006000000000001", /* none */
		"0018000000000000"
		"0006000000000001",
		"00d4000000000000"
		"0006000000000001",
		"1006000000000001" };
	char *longest =
	    malloc(FRAME_FILTER_DIGITS * (FRAME_FILTER_INSNS + 1) + 1);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(frame_filter_parse(bad[i]) == NULL, "%s", bad[i]);
	ATF_REQUIRE(longest != NULL);
	for (i = 0; i <= FRAME_FILTER_INSNS; i++)
		memcpy(longest + i * FRAME_FILTER_DIGITS, "0006000000000001",
		    FRAME_FILTER_DIGITS + 1);
	ATF_CHECK(frame_filter_parse(longest) == NULL);
	longest[FRAME_FILTER_DIGITS * FRAME_FILTER_INSNS] = '\0';
	frame_filter_free(frame_filter_parse(longest));
	free(longest);
}

static uint32_t
pick(const uint32_t *from, size_t n)
{
	return (from[(size_t)random() % n]);
}
#define PICK(a) pick(a, sizeof(a) / sizeof((a)[0]))

ATF_TC_WITHOUT_HEAD(random_programs);
ATF_TC_BODY(random_programs, tc)
{
	static const uint32_t ks[] = { 0, 1, 2, 13, 14, 15, 16, 31, 32, 58, 59,
		60, 61, 64, 0x7fffffff, 0x80000000, 0xfffff000, 0xfffff02c,
		0xffffffff };
	char hex[12 * FRAME_FILTER_DIGITS + 1];
	struct frame_filter *ff;
	int turn, i, n, taken = 0;

	guard();
	memset(page_end - 60, 0x2a, 60);
	srandom(1);
	for (turn = 0; turn < 400000; turn++) {
		n = 1 + (int)(random() % 10);
		for (i = 0; i < n; i++)
			snprintf(hex + i * FRAME_FILTER_DIGITS,
			    FRAME_FILTER_DIGITS + 1, "%04x%02x%02x%08x",
			    (unsigned int)(random() % 0xb8),
			    (unsigned int)(random() % 3),
			    (unsigned int)(random() % 3), PICK(ks));
		strlcat(hex, "00060000000000010006000000000001", sizeof(hex));
		if ((ff = frame_filter_parse(hex)) == NULL)
			continue;
		taken++;
		for (i = 0; i <= 60; i += 15)
			(void)frame_filter_match(ff, page_end - i, (size_t)i);
		frame_filter_free(ff);
	}
	ATF_CHECK_MSG(taken > 5000, "only %d", taken);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, arp);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, random_programs);
	return (atf_no_error());
}
