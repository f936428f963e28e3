/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "net/vendor.h"

/* What a table is made of; prefixes in ascending order. */
struct prefix {
	uint8_t pf_octets[3];
	uint16_t pf_vendor;
};

static const struct prefix prefixes[] = {
	{ { 0x00, 0x00, 0x0c }, 0 },
	{ { 0x00, 0x1b, 0x21 }, 1 },
	{ { 0x00, 0x1b, 0x22 }, 0 },
	{ { 0x00, 0xff, 0xff }, 1 },
	{ { 0x02, 0x00, 0x01 }, 1 },
	{ { 0xfc, 0x00, 0x00 }, 299 },
};
enum {
	PREFIXES = sizeof(prefixes) / sizeof(prefixes[0]),
	VENDORS = 300,
	HEAD = 20 + 1024,
	NAMES = HEAD + 4 * PREFIXES,
	SIZE = 4096
};

/* The names are "vendor 000" and so on, the first one in another script. */
static size_t
names(char *out)
{
	char *p = out;
	int i;

	for (i = 0; i < VENDORS; i++)
		p += snprintf(p, 16, i == 0 ? "\345\220\215" : "v%03d", i) + 1;
	return ((size_t)(p - out));
}

static size_t
table(uint8_t t[SIZE])
{
	uint32_t i, n[256] = { 0 }, sum = 0;
	size_t len;

	memset(t, 0, SIZE);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(t, "LWvendor", 8);
	put32(t + 8, PREFIXES);
	put32(t + 12, VENDORS);
	for (i = 0; i < PREFIXES; i++) {
		n[prefixes[i].pf_octets[0]]++;
		t[HEAD + i] = prefixes[i].pf_octets[1];
		t[HEAD + PREFIXES + i] = prefixes[i].pf_octets[2];
		t[HEAD + 2 * PREFIXES + i] =
		    (uint8_t)(prefixes[i].pf_vendor >> 8);
		t[HEAD + 3 * PREFIXES + i] = (uint8_t)prefixes[i].pf_vendor;
	}
	for (i = 0; i < 256; i++)
		put32(t + 20 + 4 * i, sum += n[i]);
	len = names((char *)t + NAMES);
	put32(t + 16, (uint32_t)len);
	return (NAMES + len);
}

/* Exactly so long, that a sanitizer sees what is read behind it. */
static bool
reads(const uint8_t *t, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len), mac[6] = { 0 };
	struct vendors vs;
	bool ok;
	const char *name;
	unsigned int i;

	memcpy(copy, t, len);
	if ((ok = vendors_read(&vs, copy, len)))
		for (i = 0; i < 1 << 16; i++) {
			mac[0] = (uint8_t)((i >> 8) & 0xfc);
			mac[1] = (uint8_t)i;
			name = vendors_find(&vs, mac);
			ATF_CHECK(name == NULL || *name != '\0');
		}
	free(copy);
	return (ok);
}

static const char *
find(const struct vendors *vs, uint8_t a, uint8_t b, uint8_t c)
{
	const uint8_t mac[6] = { a, b, c, 0xfe, 0xff, 0 };
	const char *name = vendors_find(vs, mac);

	return (name == NULL ? "" : name);
}

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	uint8_t t[SIZE];
	struct vendors vs;

	ATF_REQUIRE(vendors_read(&vs, t, table(t)));
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x00, 0x0c), "\345\220\215");
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x1b, 0x21), "v001");
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x1b, 0x22), "\345\220\215");
	ATF_CHECK_STREQ(find(&vs, 0x00, 0xff, 0xff), "v001");
	ATF_CHECK_STREQ(find(&vs, 0xfc, 0x00, 0x00), "v299");
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x00, 0x0b), "");
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x1b, 0x23), "");
	ATF_CHECK_STREQ(find(&vs, 0xfc, 0x00, 0x01), "");
	ATF_CHECK_STREQ(find(&vs, 0x04, 0x00, 0x0c), "");
	/* multicast, and what no maker has given, though it is listed */
	ATF_CHECK_STREQ(find(&vs, 0x01, 0x00, 0x0c), "");
	ATF_CHECK_STREQ(find(&vs, 0x02, 0x00, 0x01), "");
	ATF_CHECK_STREQ(find(&vs, 0xff, 0xff, 0xff), "");
}

ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	uint8_t t[HEAD] = "LWvendor";
	struct vendors vs;

	ATF_REQUIRE(vendors_read(&vs, t, HEAD));
	ATF_CHECK_STREQ(find(&vs, 0x00, 0x00, 0x0c), "");
}

ATF_TC_WITHOUT_HEAD(cut_off);
ATF_TC_BODY(cut_off, tc)
{
	uint8_t t[SIZE];
	size_t len = table(t), i;

	ATF_CHECK(reads(t, len));
	ATF_CHECK(!reads(t, len + 1));
	for (i = 0; i < len; i++)
		ATF_CHECK(!reads(t, i));
}

/* One octet at a time is something else: refused, or all lookups end well. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static const uint8_t values[] = { 0, 1, '\n', 0x7f, 0x80, 0xc2, 0xff };
	uint8_t t[SIZE];
	size_t len = table(t), i, k;

	for (i = 0; i < len; i++)
		for (k = 0; k < sizeof(values); k++) {
			uint8_t old = t[i];

			t[i] = values[k];
			(void)reads(t, len);
			t[i] = old;
		}
}

/* table() with one 32-bit number or one octet changed: refused */
static void
refused(size_t at, uint32_t number)
{
	uint8_t t[SIZE];
	size_t len = table(t);

	put32(t + at, number);
	ATF_CHECK_MSG(!reads(t, len), "%zu: %u", at, number);
}

static void
refused_octet(size_t at, uint8_t octet)
{
	uint8_t t[SIZE];
	size_t len = table(t);

	t[at] = octet;
	ATF_CHECK_MSG(!reads(t, len), "%zu: %u", at, octet);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const uint32_t numbers[] = { 0, 1, 0x40000001, 0x7fffffff,
		0x80000000, 0xffffffff };
	size_t i, k;

	/* how many there are */
	for (i = 8; i < 20; i += 4)
		for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
			refused(i, numbers[k]);
	/* where those of a first octet end */
	refused(20, 0xffffffff);
	refused(20, PREFIXES + 1);
	refused(20 + 4 * 0xfc, 4);
	refused(20 + 4 * 255, PREFIXES - 1);
	/* not in order, or twice */
	refused_octet(HEAD + 3, 0x1a);
	refused_octet(HEAD + PREFIXES + 2, 0x21);
	/* a vendor that there is not */
	refused_octet(HEAD + 3 * PREFIXES + 5, 300 & 0xff);
	refused_octet(HEAD + 2 * PREFIXES, 0xff);
	/* names: without end, empty, with control characters, no UTF-8 */
	refused_octet(NAMES + 3, 'x');
	refused_octet(NAMES + 4, '\0');
	refused_octet(NAMES + 5, '\n');
	refused_octet(NAMES + 5, 0x80);
	refused_octet(NAMES + 2, '\0');
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, cut_off);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
