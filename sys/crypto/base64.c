/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "crypto/base64.h"

static const char base64_std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

ssize_t
base64_encode(enum base64 kind, const void *data, size_t len, char *out,
    size_t size)
{
	const char *abc = kind == BASE64 ? base64_std : base64_url;
	const uint8_t *p = data;
	size_t i, n = 0;
	uint32_t acc = 0;
	int bits = 0;

	if (len > (SIZE_MAX >> 2) || size < (len + 2) / 3 * 4 + 1)
		return (-1);
	for (i = 0; i < len; i++) {
		acc = acc << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			out[n++] = abc[(acc >> (bits - 6)) & 0x3f];
	}
	if (bits > 0)
		out[n++] = abc[(acc << (6 - bits)) & 0x3f];
	while (kind == BASE64 && n % 4 != 0)
		out[n++] = '=';
	out[n] = '\0';
	return ((ssize_t)n);
}

static int
base64_value(const char *abc, char c)
{
	const char *p;

	if (c == '\0' || (p = strchr(abc, c)) == NULL)
		return (-1);
	return ((int)(p - abc));
}

ssize_t
base64_decode(enum base64 kind, const char *text, size_t len, void *out,
    size_t size)
{
	const char *abc = kind == BASE64 ? base64_std : base64_url;
	uint8_t *q = out;
	size_t i, n = 0;
	uint32_t acc = 0;
	int v, bits = 0;

	if (kind == BASE64) {
		if (len % 4 != 0)
			return (-1);
		for (i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
			len--;
	}
	if (len % 4 == 1)
		return (-1);
	for (i = 0; i < len; i++) {
		if ((v = base64_value(abc, text[i])) == -1)
			return (-1);
		acc = (acc << 6 | (uint32_t)v) & 0xffff;
		if ((bits += 6) < 8)
			continue;
		bits -= 8;
		if (n == size)
			return (-1);
		q[n++] = (uint8_t)(acc >> bits);
	}
	if ((acc & ((UINT32_C(1) << bits) - 1)) != 0)
		return (-1);
	return ((ssize_t)n);
}
