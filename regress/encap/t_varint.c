/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <atf-c.h>

#include "encap/varint.h"

/* The examples of RFC 9000, A.1, and the edges of each length. */
static const struct {
	uint64_t v_value;
	size_t v_len;
	uint8_t v_bytes[8];
} vectors[] = {
	{ UINT64_C(151288809941952652), 8,
	    { 0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c } },
	{ 494878333, 4, { 0x9d, 0x7f, 0x3e, 0x7d } },
	{ 15293, 2, { 0x7b, 0xbd } },
	{ 37, 1, { 0x25 } },
	{ 0, 1, { 0 } },
	{ 63, 1, { 0x3f } },
	{ 64, 2, { 0x40, 0x40 } },
	{ 16383, 2, { 0x7f, 0xff } },
	{ 16384, 4, { 0x80, 0, 0x40, 0 } },
	{ 1073741823, 4, { 0xbf, 0xff, 0xff, 0xff } },
	{ 1073741824, 8, { 0xc0, 0, 0, 0, 0x40, 0, 0, 0 } },
	{ VARINT_MAX, 8, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
};

ATF_TC_WITHOUT_HEAD(examples);
ATF_TC_BODY(examples, tc)
{
	uint8_t buf[8];
	uint64_t v;
	size_t i, n;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		ATF_CHECK_EQ(vectors[i].v_len, varint_size(vectors[i].v_value));
		ATF_CHECK_EQ(vectors[i].v_len,
		    varint_put(buf, sizeof(buf), vectors[i].v_value));
		ATF_CHECK_EQ(0,
		    memcmp(buf, vectors[i].v_bytes, vectors[i].v_len));
		ATF_CHECK_EQ(0,
		    varint_put(buf, vectors[i].v_len - 1, vectors[i].v_value));
		for (n = 0; n < vectors[i].v_len; n++)
			ATF_CHECK_EQ(0, varint_get(buf, n, &v));
		ATF_CHECK_EQ(vectors[i].v_len, varint_get(buf, n, &v));
		ATF_CHECK(v == vectors[i].v_value);
	}
}

ATF_TC_WITHOUT_HEAD(not_shortest);
ATF_TC_BODY(not_shortest, tc)
{
	static const uint8_t two[] = { 0x40, 0x25 };
	uint64_t v;

	ATF_CHECK_EQ(2, varint_get(two, 2, &v));
	ATF_CHECK(v == 37);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, examples);
	ATF_TP_ADD_TC(tp, not_shortest);
	return (atf_no_error());
}
