/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "kern/utf8.h"
#include "net/ether.h"
#include "net/vendor.h"

enum {
	MAGIC_LEN = 8,
	FIRSTS = 256,
	HEAD_LEN = MAGIC_LEN + 3 * 4 + FIRSTS * 4,
	PREFIXES_MAX = 1 << 22 /* of globally administered unicast */
};

/* Of an octet, or of -1: where the next one's begin. */
static uint32_t
up_to(const struct vendors *vs, int first)
{
	return (first < 0 ? 0 : get32(vs->vs_first + 4 * first));
}

/* Second and third octet of a prefix. */
static unsigned int
rest_of(const struct vendors *vs, uint32_t i)
{
	return ((unsigned int)vs->vs_second[i] << 8 | vs->vs_third[i]);
}

static unsigned int
vendor_of(const struct vendors *vs, uint32_t i)
{
	return ((unsigned int)vs->vs_high[i] << 8 | vs->vs_low[i]);
}

static bool
firsts_ascend(const struct vendors *vs)
{
	int i;

	for (i = 0; i < FIRSTS; i++)
		if (up_to(vs, i) < up_to(vs, i - 1))
			return (false);
	return (up_to(vs, FIRSTS - 1) == vs->vs_prefixes);
}

/* Those of one first octet. */
static bool
rest_ascends(const struct vendors *vs, int first)
{
	uint32_t i;

	for (i = up_to(vs, first - 1) + 1; i < up_to(vs, first); i++)
		if (rest_of(vs, i) <= rest_of(vs, i - 1))
			return (false);
	return (true);
}

static bool
prefixes_are_good(const struct vendors *vs, uint32_t vendors)
{
	uint32_t i;
	int first;

	if (!firsts_ascend(vs))
		return (false);
	for (first = 0; first < FIRSTS; first++)
		if (!rest_ascends(vs, first))
			return (false);
	for (i = 0; i < vs->vs_prefixes; i++)
		if (vendor_of(vs, i) >= vendors)
			return (false);
	return (true);
}

/* So many, each of printable characters and not empty. */
static bool
names_are_good(const char *names, size_t len, uint32_t vendors)
{
	const char *p = names, *end = names + len, *name = names;
	int32_t c;

	if (len == 0 || end[-1] != '\0')
		return (vendors == 0 && len == 0);
	while (p < end)
		if (*p == '\0') {
			if (p == name || vendors-- == 0)
				return (false);
			name = ++p;
		} else if ((c = utf8_next(&p)) < ' ' || (c >= 0x7f && c < 0xa0))
			return (false);
	return (vendors == 0);
}

static void
mark_names(struct vendors *vs, uint32_t vendors)
{
	const char *name = vs->vs_names;
	uint32_t i;

	for (i = 0; i < vendors; i++, name += strlen(name) + 1)
		if (i % VENDORS_STEP == 0)
			vs->vs_mark[i / VENDORS_STEP] =
			    (uint32_t)(name - vs->vs_names);
}

bool
vendors_read(struct vendors *vs, const void *table, size_t len)
{
	const uint8_t *p = table;
	uint32_t vendors, names;
	uint64_t n;

	if (len < HEAD_LEN || memcmp(p, "LWvendor", MAGIC_LEN) != 0)
		return (false);
	n = get32(p + MAGIC_LEN);
	vendors = get32(p + MAGIC_LEN + 4);
	names = get32(p + MAGIC_LEN + 8);
	if (n > PREFIXES_MAX || vendors > VENDORS_MAX ||
	    HEAD_LEN + 4 * n + names != len)
		return (false);
	vs->vs_prefixes = (uint32_t)n;
	vs->vs_first = p + MAGIC_LEN + 12;
	vs->vs_second = p + HEAD_LEN;
	vs->vs_third = vs->vs_second + n;
	vs->vs_high = vs->vs_third + n;
	vs->vs_low = vs->vs_high + n;
	vs->vs_names = (const char *)(vs->vs_low + n);
	if (!names_are_good(vs->vs_names, names, vendors) ||
	    !prefixes_are_good(vs, vendors))
		return (false);
	mark_names(vs, vendors);
	return (true);
}

static const char *
name_of(const struct vendors *vs, unsigned int vendor)
{
	const char *name = vs->vs_names + vs->vs_mark[vendor / VENDORS_STEP];

	for (vendor %= VENDORS_STEP; vendor > 0; vendor--)
		name += strlen(name) + 1;
	return (name);
}

const char *
vendors_find(const struct vendors *vs, const uint8_t *mac)
{
	unsigned int want = get16(mac + 1);
	uint32_t low = up_to(vs, mac[0] - 1), high = up_to(vs, mac[0]), middle;

	if (ether_is_group(mac) || ether_is_local(mac))
		return (NULL);
	while (low < high) {
		middle = low + (high - low) / 2;
		if (rest_of(vs, middle) == want)
			return (name_of(vs, vendor_of(vs, middle)));
		if (rest_of(vs, middle) < want)
			low = middle + 1;
		else
			high = middle;
	}
	return (NULL);
}
