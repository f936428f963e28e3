/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/utf8.h"

int32_t
utf8_next(const char **text)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)*text;
	int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3, i;
	int32_t c = *p;

	if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4)
		return (-1);
	if (more > 0)
		c &= 0x3f >> more;
	for (i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (-1);
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (-1);
	*text += more + 1;
	return (c);
}

static void
put_unit(int32_t unit, uint8_t *out)
{
	out[0] = (uint8_t)unit;
	out[1] = (uint8_t)(unit >> 8);
}

size_t
utf16le_put(int32_t c, uint8_t out[4])
{
	if (c < 0x10000) {
		put_unit(c, out);
		return (2);
	}
	c -= 0x10000;
	put_unit(0xd800 | c >> 10, out);
	put_unit(0xdc00 | (c & 0x3ff), out + 2);
	return (4);
}

ssize_t
utf8_to_utf16le(const char *text, uint8_t *out, size_t size)
{
	uint8_t units[4];
	size_t len = 0, n;
	int32_t c;

	while (*text != '\0') {
		if ((c = utf8_next(&text)) == -1 ||
		    (n = utf16le_put(c, units)) > size - len)
			return (-1);
		memcpy(out + len, units, n);
		len += n;
	}
	return ((ssize_t)len);
}
