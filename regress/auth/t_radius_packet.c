/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <atf-c.h>

#include "auth/mschap.h"
#include "auth/radius_packet.h"
#include "kern/bytes.h"

/* RFC 2759, 9.2 */
ATF_TC_WITHOUT_HEAD(mschap);
ATF_TC_BODY(mschap, tc)
{
	static const uint8_t response[MSCHAP_RESPONSE_LEN] = { 0x82, 0x30, 0x9e,
		0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39, 0x81,
		0xcd, 0x83, 0x54, 0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6,
		0xdf };
	struct mschap ms = {
		.ms_challenge = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f,
		    0x3e, 0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 },
		.ms_peer = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
		    0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e },
	};

	ATF_REQUIRE_EQ(0, mschap_answer(&ms, "User", "clientPass"));
	ATF_CHECK_EQ(0, memcmp(response, ms.ms_response, sizeof(response)));
	ATF_CHECK_STREQ("S=407A5589115FD0D6209F510FE9C04566932CDA56",
	    ms.ms_success);
	ATF_CHECK_EQ(-1, mschap_answer(&ms, "User", "\xff"));
}

/* RFC 2865, 7.1: what is hidden depends on secret and authenticator. */
ATF_TC_WITHOUT_HEAD(password);
ATF_TC_BODY(password, tc)
{
	static const uint8_t random[] = { 0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97,
		0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22, 0x7a };
	static const uint8_t hidden[] = { 0x0d, 0xbe, 0x70, 0x8d, 0x93, 0xd4,
		0x13, 0xce, 0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a, 0x0a, 0xee };
	char longest[RADIUS_PASSWORD_MAX + 2];
	struct radius_packet rp;
	struct radius_attr at;

	radius_begin(&rp, RADIUS_ACCESS_REQUEST, 0, random);
	radius_add_password(&rp, "xyzzy5461", "arctangent");
	ATF_REQUIRE_EQ(0, radius_sign(&rp, "xyzzy5461", NULL));
	ATF_REQUIRE(radius_find(rp.rp_data, rp.rp_len, RADIUS_USER_PASSWORD,
	    &at));
	ATF_REQUIRE_EQ(sizeof(hidden), at.at_len);
	ATF_CHECK_EQ(0, memcmp(hidden, at.at_value, sizeof(hidden)));
	/* Message-Authenticator comes first */
	ATF_CHECK_EQ(RADIUS_MESSAGE_AUTH, rp.rp_data[RADIUS_MIN]);
	/* the longest, and one too long */
	memset(longest, 'x', sizeof(longest));
	longest[RADIUS_PASSWORD_MAX] = '\0';
	radius_begin(&rp, RADIUS_ACCESS_REQUEST, 0, random);
	radius_add_password(&rp, "s", longest);
	ATF_CHECK_EQ(0, radius_sign(&rp, "s", NULL));
	longest[RADIUS_PASSWORD_MAX] = 'x';
	longest[RADIUS_PASSWORD_MAX + 1] = '\0';
	radius_add_password(&rp, "s", longest);
	ATF_CHECK_EQ(-1, radius_sign(&rp, "s", NULL));
}

/* RFC 2866-like: a reply of FreeRADIUS 3.2 to a request of ours. */
static void
reply_to(struct radius_packet *rp, const uint8_t *request, uint8_t code,
    const char *secret)
{
	radius_begin(rp, code, request[1], NULL);
	radius_add_text(rp, RADIUS_FILTER_ID, "staff");
	radius_add_int(rp, RADIUS_SESSION_TIMEOUT, 60);
	radius_add_vendor(rp, RADIUS_MICROSOFT, RADIUS_MS_CHAP2_SUCCESS,
	    "\1S=", 3);
	ATF_REQUIRE_EQ(0, radius_sign(rp, secret, request + 4));
}

ATF_TC_WITHOUT_HEAD(reply);
ATF_TC_BODY(reply, tc)
{
	static const uint8_t random[RADIUS_AUTH_LEN] = { 1, 2, 3 };
	struct radius_packet rq, rp, bad;
	struct radius_attr at;
	uint32_t n;
	size_t i;

	radius_begin(&rq, RADIUS_ACCESS_REQUEST, 77, random);
	radius_add_text(&rq, RADIUS_USER_NAME, "anna");
	ATF_REQUIRE_EQ(0, radius_sign(&rq, "secret", NULL));
	reply_to(&rp, rq.rp_data, RADIUS_ACCESS_ACCEPT, "secret");
	ATF_CHECK(radius_check_reply(rp.rp_data, rp.rp_len, random, "secret",
		      true) == NULL);
	ATF_CHECK(radius_check_reply(rp.rp_data, rp.rp_len, random, "other",
		      true) != NULL);
	ATF_REQUIRE(radius_find(rp.rp_data, rp.rp_len, RADIUS_SESSION_TIMEOUT,
	    &at));
	ATF_CHECK(radius_int(&at, &n) && n == 60);
	ATF_REQUIRE(radius_find_vendor(rp.rp_data, rp.rp_len, RADIUS_MICROSOFT,
	    RADIUS_MS_CHAP2_SUCCESS, &at));
	ATF_CHECK_EQ(3, at.at_len);
	ATF_CHECK(!radius_find_vendor(rp.rp_data, rp.rp_len, 9, 26, &at));
	/* no octet may be another, none may be missing or too many */
	for (i = 0; i < rp.rp_len; i++) {
		bad = rp;
		bad.rp_data[i] ^= 0x10;
		ATF_CHECK_MSG(radius_check_reply(bad.rp_data, bad.rp_len,
				  random, "secret", true) != NULL,
		    "octet %zu", i);
		ATF_CHECK_MSG(radius_check_reply(rp.rp_data, i, random,
				  "secret", false) != NULL,
		    "%zu octets", i);
	}
}

/* A request to us, and what of one is none. */
ATF_TC_WITHOUT_HEAD(request);
ATF_TC_BODY(request, tc)
{
	struct radius_packet rp;

	radius_begin(&rp, RADIUS_DISCONNECT_REQUEST, 1, NULL);
	radius_add_text(&rp, RADIUS_USER_NAME, "anna");
	ATF_REQUIRE_EQ(0, radius_sign(&rp, "secret", NULL));
	ATF_CHECK(radius_check_request(rp.rp_data, rp.rp_len, "secret") ==
	    NULL);
	ATF_CHECK(radius_check_request(rp.rp_data, rp.rp_len, "Secret") !=
	    NULL);
	/* accounting has no Message-Authenticator, which is needed here */
	radius_begin(&rp, RADIUS_ACCOUNTING_REQUEST, 1, NULL);
	ATF_REQUIRE_EQ(0, radius_sign(&rp, "secret", NULL));
	ATF_CHECK_STREQ("it has no Message-Authenticator",
	    radius_check_request(rp.rp_data, rp.rp_len, "secret"));
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	uint8_t buf[RADIUS_MAX] = { 2, 1 };
	struct radius_packet rp;
	char text[300];
	int i;

	ATF_CHECK_EQ(0, radius_length(buf, 3));
	put16(buf + 2, 19);
	ATF_CHECK_EQ(-1, radius_length(buf, sizeof(buf)));
	put16(buf + 2, 20);
	ATF_CHECK_EQ(20, radius_length(buf, sizeof(buf)));
	ATF_CHECK_EQ(0, radius_length(buf, 19));
	put16(buf + 2, 4097);
	ATF_CHECK_EQ(-1, radius_length(buf, sizeof(buf)));
	/* too long for an attribute, too many for a packet */
	radius_begin(&rp, RADIUS_ACCESS_REQUEST, 1, buf);
	memset(text, 'x', sizeof(text));
	text[254] = '\0';
	radius_add_text(&rp, RADIUS_USER_NAME, text);
	ATF_CHECK(rp.rp_full);
	radius_begin(&rp, RADIUS_ACCESS_REQUEST, 1, buf);
	text[253] = '\0';
	for (i = 0; i < 15; i++)
		radius_add_text(&rp, RADIUS_USER_NAME, text);
	ATF_CHECK(!rp.rp_full);
	radius_add_text(&rp, RADIUS_USER_NAME, text);
	ATF_CHECK(rp.rp_full);
	ATF_CHECK_EQ(-1, radius_sign(&rp, "secret", NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mschap);
	ATF_TP_ADD_TC(tp, password);
	ATF_TP_ADD_TC(tp, reply);
	ATF_TP_ADD_TC(tp, request);
	ATF_TP_ADD_TC(tp, lengths);
	return (atf_no_error());
}
