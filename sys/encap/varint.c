/* SPDX-License-Identifier: ISC */
#include "encap/varint.h"

size_t
varint_size(uint64_t v)
{
	if (v < (UINT64_C(1) << 6))
		return (1);
	if (v < (UINT64_C(1) << 14))
		return (2);
	if (v < (UINT64_C(1) << 30))
		return (4);
	return (8);
}

size_t
varint_put(uint8_t *p, size_t room, uint64_t v)
{
	size_t i, n = varint_size(v);
	uint8_t log = n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 2 : 3;

	if (room < n || v > VARINT_MAX)
		return (0);
	for (i = n; i > 0; i--) {
		p[i - 1] = (uint8_t)v;
		v >>= 8;
	}
	p[0] = (uint8_t)(p[0] | (log << 6));
	return (n);
}

size_t
varint_get(const uint8_t *p, size_t len, uint64_t *v)
{
	size_t i, n;
	uint64_t x;

	if (len == 0)
		return (0);
	n = (size_t)1 << (p[0] >> 6);
	if (len < n)
		return (0);
	x = p[0] & 0x3f;
	for (i = 1; i < n; i++)
		x = x << 8 | p[i];
	*v = x;
	return (n);
}
