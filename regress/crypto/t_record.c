/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "crypto/record.h"

/* RFC 8448, 3: the secrets of a simple handshake, and what was sent. */
static const uint8_t server_secret[32] = { 0xa1, 0x1a, 0xf9, 0xf0, 0x55, 0x31,
	0xf8, 0x56, 0xad, 0x47, 0x11, 0x6b, 0x45, 0xa9, 0x50, 0x32, 0x82, 0x04,
	0xb4, 0xf4, 0x4b, 0xfb, 0x6b, 0x3a, 0x4b, 0x4f, 0x1f, 0x3f, 0xcb, 0x63,
	0x16, 0x43 };
static const uint8_t client_secret[32] = { 0x9e, 0x40, 0x64, 0x6c, 0xe7, 0x9a,
	0x7f, 0x9d, 0xc0, 0x5a, 0xf8, 0x88, 0x9b, 0xce, 0x65, 0x52, 0x87, 0x5a,
	0xfa, 0x0b, 0x06, 0xdf, 0x00, 0x87, 0xf7, 0x92, 0xeb, 0xb7, 0xc1, 0x75,
	0x04, 0xa5 };
static const uint8_t client_data[] = { 0x17, 0x03, 0x03, 0x00, 0x43, 0xa2, 0x3f,
	0x70, 0x54, 0xb6, 0x2c, 0x94, 0xd0, 0xaf, 0xfa, 0xfe, 0x82, 0x28, 0xba,
	0x55, 0xcb, 0xef, 0xac, 0xea, 0x42, 0xf9, 0x14, 0xaa, 0x66, 0xbc, 0xab,
	0x3f, 0x2b, 0x98, 0x19, 0xa8, 0xa5, 0xb4, 0x6b, 0x39, 0x5b, 0xd5, 0x4a,
	0x9a, 0x20, 0x44, 0x1e, 0x2b, 0x62, 0x97, 0x4e, 0x1f, 0x5a, 0x62, 0x92,
	0xa2, 0x97, 0x70, 0x14, 0xbd, 0x1e, 0x3d, 0xea, 0xe6, 0x3a, 0xee, 0xbb,
	0x21, 0x69, 0x49, 0x15, 0xe4 };
static const uint8_t client_bye[] = { 0x17, 0x03, 0x03, 0x00, 0x13, 0xc9, 0x87,
	0x27, 0x60, 0x65, 0x56, 0x66, 0xb7, 0x4d, 0x7f, 0xf1, 0x15, 0x3e, 0xfd,
	0x6d, 0xb6, 0xd0, 0xb0, 0xe3 };

enum { SUITES = 3, ROOM = RECORD_PLAIN_MAX + RECORD_OVERHEAD + 512 };
static uint8_t plain[ROOM], sealed[ROOM], opened[ROOM];

static void
both(unsigned int suite, struct record *out, struct record *in)
{
	uint8_t secret[RECORD_SECRET_MAX];
	size_t i, len = suite == 0x1302 ? 48 : 32;

	for (i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)(i * 7);
	ATF_REQUIRE_EQ(0, record_init(out, (uint16_t)suite, secret, len, 1));
	ATF_REQUIRE_EQ(0, record_init(in, (uint16_t)suite, secret, len, 0));
	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 31 >> 3);
}

static void
both_fini(struct record *out, struct record *in)
{
	record_fini(out);
	record_fini(in);
}

ATF_TC_WITHOUT_HEAD(rfc8448);
ATF_TC_BODY(rfc8448, tc)
{
	static const uint8_t key[] = { 0x9f, 0x02, 0x28, 0x3b, 0x6c, 0x9c, 0x07,
		0xef, 0xc2, 0x6b, 0xb9, 0xf2, 0xac, 0x92, 0xe3, 0x56 };
	static const uint8_t iv[] = { 0xcf, 0x78, 0x2b, 0x88, 0xdd, 0x83, 0x54,
		0x9a, 0xad, 0xf1, 0xe9, 0x84 };
	uint8_t out[32], type = 0;
	struct record seal, open;
	ssize_t n;
	size_t i;

	ATF_CHECK_EQ(0,
	    record_expand(EVP_sha256(), server_secret, "key", out,
		sizeof(key)));
	ATF_CHECK_EQ(0, memcmp(out, key, sizeof(key)));
	ATF_CHECK_EQ(0,
	    record_expand(EVP_sha256(), server_secret, "iv", out, sizeof(iv)));
	ATF_CHECK_EQ(0, memcmp(out, iv, sizeof(iv)));
	ATF_CHECK_EQ(-1,
	    record_expand(EVP_sha256(), server_secret, "key", out, 33));

	ATF_REQUIRE_EQ(0, record_init(&open, 0x1301, client_secret, 32, 0));
	ATF_REQUIRE_EQ(0, record_init(&seal, 0x1301, client_secret, 32, 1));
	n = record_open(&open, client_data, sizeof(client_data), opened, &type);
	ATF_REQUIRE_EQ(50, n);
	ATF_CHECK_EQ(RECORD_DATA, type);
	for (i = 0; i < 50; i++)
		ATF_CHECK_EQ(i, opened[i]);
	ATF_CHECK_EQ(sizeof(client_data),
	    record_seal(&seal, RECORD_DATA, opened, 50, sealed));
	ATF_CHECK_EQ(0, memcmp(sealed, client_data, sizeof(client_data)));
	n = record_open(&open, client_bye, sizeof(client_bye), opened, &type);
	ATF_REQUIRE_EQ(2, n);
	ATF_CHECK_EQ(RECORD_ALERT, type);
	ATF_CHECK_EQ(1, opened[0]);
	ATF_CHECK_EQ(ALERT_CLOSE_NOTIFY, opened[1]);
	both_fini(&seal, &open);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const size_t lens[] = { 0, 1, 15, 16, 17, 1000, 2048, 2049,
		16383, 16384 };
	struct record out, in;
	unsigned int suite;
	uint8_t type;
	size_t i, n;

	for (suite = 0x1301; suite < 0x1301 + SUITES; suite++) {
		both(suite, &out, &in);
		for (i = 0; i < 3 * sizeof(lens) / sizeof(lens[0]); i++) {
			size_t len = lens[i % (sizeof(lens) / sizeof(*lens))];

			n = record_seal(&out, RECORD_DATA, plain, len, sealed);
			ATF_REQUIRE_EQ(len + RECORD_OVERHEAD, n);
			ATF_REQUIRE_EQ((ssize_t)len,
			    record_open(&in, sealed, n, opened, &type));
			ATF_REQUIRE_EQ(RECORD_DATA, type);
			ATF_REQUIRE_EQ(0, memcmp(plain, opened, len));
			if (i % 5 == 4) {
				ATF_REQUIRE_EQ(0, record_update(&out, 1));
				ATF_REQUIRE_EQ(0, record_update(&in, 0));
			}
		}
		both_fini(&out, &in);
	}
	ATF_CHECK_EQ(-1, record_init(&in, 0x1304, client_secret, 32, 0));
	ATF_CHECK_EQ(-1, record_init(&in, 0x1301, client_secret, 48, 0));
}

/* No bit may differ, none be missing, none come twice. */
ATF_TC_WITHOUT_HEAD(forged);
ATF_TC_BODY(forged, tc)
{
	struct record out, in;
	unsigned int suite;
	uint8_t type;
	size_t i, n;

	for (suite = 0x1301; suite < 0x1301 + SUITES; suite++) {
		both(suite, &out, &in);
		n = record_seal(&out, RECORD_DATA, plain, 40, sealed);
		for (i = 0; i < n * 8; i++) {
			in.rc_seq = 0;
			sealed[i / 8] ^= (uint8_t)(1 << i % 8);
			ATF_CHECK(record_open(&in, sealed, n, opened, &type) <
			    0);
			sealed[i / 8] ^= (uint8_t)(1 << i % 8);
		}
		for (i = 0; i < n; i++) {
			in.rc_seq = 0;
			ATF_CHECK(record_open(&in, sealed, i, opened, &type) <
			    0);
		}
		in.rc_seq = 0;
		ATF_CHECK_EQ(40, record_open(&in, sealed, n, opened, &type));
		ATF_CHECK_EQ(-ALERT_BAD_RECORD_MAC,
		    record_open(&in, sealed, n, opened, &type));
		both_fini(&out, &in);
	}
}

/* Padding, a record of nothing but padding, one that is too long. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct record out, in;
	uint8_t type;
	size_t n;

	both(0x1301, &out, &in);
	memset(plain, 0, sizeof(plain));
	memcpy(plain, "hello\x17", 6);
	n = record_seal(&out, 0, plain, 100, sealed);
	ATF_CHECK_EQ(5, record_open(&in, sealed, n, opened, &type));
	ATF_CHECK_EQ(RECORD_DATA, type);
	plain[5] = 0x63;
	n = record_seal(&out, 0, plain, 6, sealed);
	ATF_CHECK_EQ(5, record_open(&in, sealed, n, opened, &type));
	ATF_CHECK_EQ(0x63, type);
	memset(plain, 0, 6);
	n = record_seal(&out, 0, plain, 100, sealed);
	ATF_CHECK_EQ(-ALERT_UNEXPECTED_MESSAGE,
	    record_open(&in, sealed, n, opened, &type));
	n = record_seal(&out, RECORD_DATA, plain, 16385, sealed);
	ATF_CHECK_EQ(-ALERT_RECORD_OVERFLOW,
	    record_open(&in, sealed, n, opened, &type));
	n = record_seal(&out, RECORD_DATA, plain, 16384 + 256, sealed);
	ATF_CHECK_EQ(-ALERT_RECORD_OVERFLOW,
	    record_open(&in, sealed, n, opened, &type));
	/* The last number is never used. */
	out.rc_seq = UINT64_MAX - 1;
	ATF_CHECK(record_seal(&out, RECORD_DATA, plain, 1, sealed) > 0);
	ATF_CHECK_EQ(0, record_seal(&out, RECORD_DATA, plain, 1, sealed));
	both_fini(&out, &in);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rfc8448);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, forged);
	ATF_TP_ADD_TC(tp, limits);
	return (atf_no_error());
}
