/* SPDX-License-Identifier: ISC */
/* RFC 6238, appendix B; RFC 4226, appendix D; hostile codes and keys. */
#include <string.h>

#include <atf-c.h>

#include "auth/totp.h"

static const uint8_t rfc_key[] = "12345678901234567890";
enum { RFC_LEN = 20 };

ATF_TC_WITHOUT_HEAD(vectors);
ATF_TC_BODY(vectors, tc)
{
	static const struct {
		uint64_t time;
		uint32_t code;
	} totp[] = {
		{ 59, 94287082 },
		{ 1111111109, 7081804 },
		{ 1111111111, 14050471 },
		{ 1234567890, 89005924 },
		{ 2000000000, 69279037 },
		{ 20000000000, 65353130 },
	};
	static const uint32_t hotp[] = { 755224, 287082, 359152, 969429, 338314,
		254676, 287922, 162583, 399871, 520489 };
	size_t i;

	for (i = 0; i < sizeof(totp) / sizeof(totp[0]); i++)
		ATF_CHECK_EQ(totp_code(rfc_key, RFC_LEN,
				 totp[i].time / TOTP_STEP, 8),
		    totp[i].code);
	for (i = 0; i < sizeof(hotp) / sizeof(hotp[0]); i++)
		ATF_CHECK_EQ(totp_code(rfc_key, RFC_LEN, i, 6), hotp[i]);
}

ATF_TC_WITHOUT_HEAD(check);
ATF_TC_BODY(check, tc)
{
	/* 7081804 is of step 37037036 */
	const uint64_t now = 1111111109, step = now / TOTP_STEP;
	/* the last but one begins with a digit of another script */
	static const char *const bad[] = { "", " ", "81804", "0818041",
		"08180x", "-81804", "+081804", "0x1804", "081804\n",
		"\357\274\22081804", "081805" };
	size_t i;

	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now, 0), step);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, " 081 804 ", now, 0), step);
	/* a step early and late, not two */
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now + 30, 0), step);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now - 30, 0), step);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now + 60, 0), 0);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now - 60, 0), 0);
	/* once */
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now, step), 0);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", now, step - 1),
	    step);
	ATF_CHECK_EQ(totp_check(rfc_key, RFC_LEN, "081804", 0, 0), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(totp_check(rfc_key, RFC_LEN, bad[i], now, 0),
		    0, "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(keys);
ATF_TC_BODY(keys, tc)
{
	static const char text[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
	static const char too_long[] =
	    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "AAAAAAAA";
	static const char *const bad[] = { "", "A", "GEZDGNBVGY3TQOJ",
		"GEZDGNBVGY3TQOJ0GEZDGNBVGY3TQOJQ",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ=",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\xc3\x84", too_long };
	uint8_t key[TOTP_KEY_MAX];
	char out[TOTP_TEXT_LEN + 1];
	size_t i;

	ATF_CHECK_EQ(totp_key(text, key), RFC_LEN);
	ATF_CHECK(memcmp(key, rfc_key, RFC_LEN) == 0);
	ATF_CHECK_EQ(totp_key("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", key),
	    RFC_LEN);
	ATF_CHECK(memcmp(key, rfc_key, RFC_LEN) == 0);
	totp_text(rfc_key, out);
	ATF_CHECK_STREQ(out, text);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(totp_key(bad[i], key), -1, "%s", bad[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vectors);
	ATF_TP_ADD_TC(tp, check);
	ATF_TP_ADD_TC(tp, keys);
	return (atf_no_error());
}
