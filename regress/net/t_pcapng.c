/* SPDX-License-Identifier: ISC */
/* Blocks of capture files, byte for byte, and in too little room. */
#include <string.h>

#include <atf-c.h>

#include "net/pcapng.h"

/* As on a little-endian machine; elsewhere only the lengths are compared. */
static bool
little(void)
{
	const uint16_t one = 1;

	return (*(const uint8_t *)&one == 1);
}

ATF_TC_WITHOUT_HEAD(packet);
ATF_TC_BODY(packet, tc)
{
	static const uint8_t want[] = { 6, 0, 0, 0, 52, 0, 0, 0, 3, 0, 0, 0,
		0x04, 0x03, 0x02, 0x01, 0x08, 0x07, 0x06, 0x05, 5, 0, 0, 0, 9,
		0, 0, 0, 'a', 'b', 'c', 'd', 'e', 0, 0, 0, 2, 0, 4, 0, 2, 0, 0,
		0, 0, 0, 0, 0, 52, 0, 0, 0 };
	const struct pcapng_packet pp = { .pp_interface = 3,
		.pp_time = 0x0102030405060708,
		.pp_captured = 5,
		.pp_length = 9,
		.pp_direction = PCAPNG_OUT,
		.pp_data = (const uint8_t *)"abcde" };
	uint8_t buf[128];

	ATF_CHECK_EQ(pcapng_packet(buf, sizeof(buf), &pp), sizeof(want));
	if (little())
		ATF_CHECK(memcmp(buf, want, sizeof(want)) == 0);
}

ATF_TC_WITHOUT_HEAD(room);
ATF_TC_BODY(room, tc)
{
	const struct pcapng_packet pp = { .pp_captured = 60,
		.pp_length = 60,
		.pp_direction = PCAPNG_IN,
		.pp_data = (const uint8_t *)"0123456789012345678901234567890"
					    "12345678901234567890123456789" };
	uint8_t buf[PCAPNG_SMALL];
	size_t n, whole;

	whole = pcapng_packet(buf, sizeof(buf), &pp);
	ATF_CHECK_EQ(whole, 60 + 44);
	ATF_CHECK(whole <= 60 + PCAPNG_PACKET);
	for (n = 0; n <= whole; n++) {
		uint8_t exact[PCAPNG_SMALL];

		memset(exact, 0x55, sizeof(exact));
		ATF_CHECK_EQ(pcapng_packet(exact, n, &pp),
		    n == whole ? whole : 0);
		ATF_CHECK_EQ(exact[n], 0x55);
	}
	ATF_CHECK(pcapng_section(buf, sizeof(buf), "Longwire hubd") > 0);
	ATF_CHECK_EQ(pcapng_section(buf, 20, "Longwire hubd"), 0);
	ATF_CHECK(pcapng_interface(buf, sizeof(buf),
		      "user 12345678901234567890123456789012, session "
		      "18446744073709551615",
		      65535) > 0);
	ATF_CHECK_EQ(pcapng_interface(buf, 40, "user a, session 1", 65535), 0);
	ATF_CHECK(pcapng_statistics(buf, sizeof(buf), 1, 2, 3, 4) > 0);
	ATF_CHECK_EQ(pcapng_statistics(buf, 50, 1, 2, 3, 4), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, packet);
	ATF_TP_ADD_TC(tp, room);
	return (atf_no_error());
}
