/* SPDX-License-Identifier: ISC */
/*
 * The frame check sequence: CRC-32 by tables, eight octets a step, or where
 * the processor multiplies without carry by folding 64 octets a step.  The
 * hub looks at every frame that a plain peer sends.
 */
#include "net/ether.h"

enum { SLICES = 8 };

static uint32_t table[SLICES][256];

/*
 * Tables for eight octets a step: table[k][b] is what octet b adds to the CRC
 * when k more octets follow it.
 */
static void __attribute__((constructor)) fcs_init(void)
{
	uint32_t c;
	unsigned int b, k;

	for (b = 0; b < 256; b++) {
		for (c = b, k = 0; k < 8; k++)
			c = (c & 1) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
		table[0][b] = c;
	}
	for (b = 0; b < 256; b++)
		for (k = 1; k < SLICES; k++) {
			c = table[k - 1][b];
			table[k][b] = table[0][c & 0xff] ^ (c >> 8);
		}
}

static uint32_t
le32(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24);
}

/* Go on with a remainder, not complemented. */
static uint32_t
by_table(uint32_t c, const uint8_t *p, size_t len)
{
	uint32_t d;

	for (; len >= 8; p += 8, len -= 8) {
		c ^= le32(p);
		d = le32(p + 4);
		c = table[7][c & 0xff] ^ table[6][c >> 8 & 0xff] ^
		    table[5][c >> 16 & 0xff] ^ table[4][c >> 24] ^
		    table[3][d & 0xff] ^ table[2][d >> 8 & 0xff] ^
		    table[1][d >> 16 & 0xff] ^ table[0][d >> 24];
	}
	for (; len > 0; p++, len--)
		c = table[0][(c ^ *p) & 0xff] ^ (c >> 8);
	return (c);
}

#ifdef __x86_64__
#include <immintrin.h>

#define FOLD __attribute__((target("pclmul,sse2")))

enum { LANES = 4, LANE = 16, FOLD_MIN = LANES * LANE };

static inline FOLD __m128i
load(const uint8_t *p)
{
	return (_mm_loadu_si128((const void *)p));
}

/* x times a power of two, modulo the polynomial, plus next. */
static inline FOLD __m128i
fold(__m128i x, __m128i by, __m128i next)
{
	return (_mm_xor_si128(next,
	    _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00),
		_mm_clmulepi64_si128(x, by, 0x11))));
}

/*
 * Octets are a polynomial over two elements, the first bit its highest power;
 * what is left of it modulo CRC-32's does not change when 16 octets are
 * replaced by themselves times x^512 (or x^128) 64 (or 16) octets behind.
 * The factors are those powers, 32 more and less for the two halves,
 * bit-reversed.  The last 16 octets and the rest go by the table.
 */
static FOLD uint32_t
by_folding(uint32_t c, const uint8_t *p, size_t len)
{
	const __m128i by64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x[LANES];
	uint8_t last[LANE];
	int i;

	for (i = 0; i < LANES; i++)
		x[i] = load(p + i * LANE);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)c));
	p += LANES * LANE;
	len -= LANES * LANE;
	for (; len >= LANES * LANE; p += LANES * LANE, len -= LANES * LANE)
		for (i = 0; i < LANES; i++)
			x[i] = fold(x[i], by64, load(p + i * LANE));
	for (i = 1; i < LANES; i++)
		x[0] = fold(x[0], by16, x[i]);
	for (; len >= LANE; p += LANE, len -= LANE)
		x[0] = fold(x[0], by16, load(p));
	_mm_storeu_si128((void *)last, x[0]);
	return (by_table(by_table(0, last, LANE), p, len));
}

static bool
can_fold(size_t len)
{
	return (len >= FOLD_MIN && __builtin_cpu_supports("pclmul"));
}
#else
static uint32_t
by_folding(uint32_t c, const uint8_t *p, size_t len)
{
	return (by_table(c, p, len));
}

static bool
can_fold(size_t len)
{
	(void)len;
	return (false);
}
#endif

uint32_t
ether_fcs(const uint8_t *p, size_t len)
{
	return (~(can_fold(len) ? by_folding(0xffffffffU, p, len) :
				  by_table(0xffffffffU, p, len)));
}

uint32_t
ether_fcs_portable(const uint8_t *p, size_t len)
{
	return (~by_table(0xffffffffU, p, len));
}

void
ether_fcs_append(uint8_t *p, size_t len)
{
	uint32_t fcs = ether_fcs(p, len);
	int i;

	for (i = 0; i < ETHER_FCS_LEN; i++)
		p[len + (size_t)i] = (uint8_t)(fcs >> (8 * i));
}

size_t
ether_fcs_strip(const uint8_t *p, size_t len)
{
	if (len < ETHER_HLEN + ETHER_FCS_LEN)
		return (len);
	if (ether_fcs(p, len - ETHER_FCS_LEN) != le32(p + len - ETHER_FCS_LEN))
		return (len);
	return (len - ETHER_FCS_LEN);
}
