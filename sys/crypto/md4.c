/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "crypto/md4.h"

enum { MD4_BLOCK = 64, MD4_ROUNDS = 3, MD4_STEPS = 16 };

static uint32_t
rotate(uint32_t v, unsigned int n)
{
	return (v << n | v >> (32 - n));
}

/* The functions F, G and H of the rounds (section 3.4). */
static uint32_t
mix(unsigned int round, uint32_t x, uint32_t y, uint32_t z)
{
	switch (round) {
	case 0:
		return ((x & y) | (~x & z));
	case 1:
		return ((x & y) | (x & z) | (y & z));
	}
	return (x ^ y ^ z);
}

static void
md4_block(uint32_t state[4], const uint8_t *p)
{
	static const uint32_t adds[MD4_ROUNDS] = { 0, 0x5a827999, 0x6ed9eba1 };
	static const uint8_t shifts[MD4_ROUNDS][4] = { { 3, 7, 11, 19 },
		{ 3, 5, 9, 13 }, { 3, 9, 11, 15 } };
	static const uint8_t words[MD4_ROUNDS][MD4_STEPS] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		{ 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
		{ 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 },
	};
	uint32_t x[16], s[4];
	unsigned int i, r;

	for (i = 0; i < 16; i++, p += 4)
		x[i] = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	memcpy(s, state, sizeof(s));
	/* of a, b, c, d each step changes the next, backwards */
	for (r = 0; r < MD4_ROUNDS; r++)
		for (i = 0; i < MD4_STEPS; i++) {
			uint32_t *a = &s[(16 - i) % 4];

			*a += mix(r, s[(17 - i) % 4], s[(18 - i) % 4],
				  s[(19 - i) % 4]) +
			    x[words[r][i]] + adds[r];
			*a = rotate(*a, shifts[r][i % 4]);
		}
	for (i = 0; i < 4; i++)
		state[i] += s[i];
	explicit_bzero(x, sizeof(x));
}

void
md4(const void *data, size_t len, uint8_t out[MD4_LEN])
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint8_t last[2 * MD4_BLOCK] = { 0 };
	const uint8_t *p = data;
	uint64_t bits = (uint64_t)len * 8;
	size_t n, i;

	for (n = len; n >= MD4_BLOCK; n -= MD4_BLOCK, p += MD4_BLOCK)
		md4_block(state, p);
	if (n > 0)
		memcpy(last, p, n);
	last[n] = 0x80;
	n = n < MD4_BLOCK - 8 ? MD4_BLOCK : 2 * MD4_BLOCK;
	for (i = 0; i < 8; i++)
		last[n - 8 + i] = (uint8_t)(bits >> (8 * i));
	for (i = 0; i < n; i += MD4_BLOCK)
		md4_block(state, last + i);
	for (i = 0; i < MD4_LEN; i++)
		out[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
	explicit_bzero(last, sizeof(last));
}
