/* SPDX-License-Identifier: ISC */
/*
 * Invitations: there and back, and what is none.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../usr.sbin/webconfd/invite.c"
#include "../../usr.sbin/webconfd/pairs.c"

static struct pairs in, out;
static char text[INVITE_SIZE];

static void
fill(void)
{
	pairs_clear(&in);
	(void)pairs_add(&in, "pin", "sha256/AAAA");
	(void)pairs_add(&in, "user", "tokyo");
	(void)pairs_add(&in, "server", "hub.example.com:443");
	(void)pairs_add(&in, "hub", "main");
	(void)pairs_add(&in, "password", "s3cret \"& <x>");
	(void)pairs_add(&in, "other", "x");
}

ATF_TC_WITHOUT_HEAD(there_and_back);
ATF_TC_BODY(there_and_back, tc)
{
	char folded[2 * INVITE_SIZE], *p = folded;
	const char *const *key;
	size_t i;

	fill();
	ATF_REQUIRE(invite_format(&in, text));
	ATF_CHECK_EQ(strncmp(text, "longwire1.", 10), 0);
	ATF_REQUIRE(invite_parse(text, &out));
	for (key = invite_keys; *key != NULL; key++)
		ATF_CHECK_STREQ(pairs_str(&in, *key), pairs_str(&out, *key));
	ATF_CHECK(pairs_get(&out, "other") == NULL);
	/* folded by a mail program */
	for (i = 0; text[i] != '\0'; i++) {
		*p++ = text[i];
		if (i % 20 == 0)
			*p++ = "\r\n \t"[i / 20 % 4];
	}
	*p = '\0';
	ATF_REQUIRE(invite_parse(folded, &out));
	ATF_CHECK_STREQ("tokyo", pairs_str(&out, "user"));
}

ATF_TC_WITHOUT_HEAD(incomplete);
ATF_TC_BODY(incomplete, tc)
{
	char longer[900];

	pairs_clear(&in);
	ATF_CHECK(!invite_format(&in, text));
	fill();
	pairs_clear(&in);
	(void)pairs_add(&in, "server", "x");
	(void)pairs_add(&in, "hub", "");
	ATF_CHECK(!invite_format(&in, text));
	/* too long */
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	pairs_clear(&in);
	(void)pairs_add(&in, "server", longer);
	(void)pairs_add(&in, "hub", "main");
	(void)pairs_add(&in, "user", "tokyo");
	(void)pairs_add(&in, "password", "x");
	(void)pairs_add(&in, "pin", "x");
	ATF_CHECK(!invite_format(&in, text));
}

ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{
	static const char *const bad[] = { "", " ", "longwire1.", "longwire1.A",
		"longwire1.AAAA", "longwire1.AAAAAAAA", "longwire2.AAAA",
		"longwire1.====", "x" };
	char copy[INVITE_SIZE];
	size_t i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(!invite_parse(bad[i], &out), "%s", bad[i]);
	fill();
	ATF_REQUIRE(invite_format(&in, text));
	len = strlen(text);
	/* cut anywhere; each character changed */
	for (i = 0; i < len; i++) {
		memcpy(copy, text, len + 1);
		copy[i] = '\0';
		ATF_CHECK(!invite_parse(copy, &out));
		memcpy(copy, text, len + 1);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		ATF_CHECK(!invite_parse(copy, &out));
		ATF_CHECK_EQ(0, out.pr_len);
	}
}

/* Right digests over bytes that are no pairs, or strange ones. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	unsigned char sum[SHA256_DIGEST_LENGTH], bytes[BYTES_MAX];
	size_t len, i;
	int round;

	srandom(1);
	for (round = 0; round < 20000; round++) {
		len = (size_t)random() % (sizeof(bytes) - DIGEST);
		for (i = 0; i < len; i++)
			bytes[DIGEST + i] =
			    (unsigned char)"\0\0serverhubpinuserpassword\xff"
				[random() % 28];
		SHA256(bytes + DIGEST, len, sum);
		memcpy(bytes, sum, DIGEST);
		strlcpy(text, INVITE_BEGIN, sizeof(text));
		ATF_REQUIRE(base64_encode(BASE64_URL, bytes, DIGEST + len,
				text + strlen(text),
				sizeof(text) - strlen(text)) != -1);
		if (!invite_parse(text, &out))
			continue;
		for (i = 0; invite_keys[i] != NULL; i++)
			ATF_REQUIRE(pairs_get(&out, invite_keys[i]) != NULL);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, there_and_back);
	ATF_TP_ADD_TC(tp, incomplete);
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
