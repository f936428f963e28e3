/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <atf-c.h>

#include "tunnel/token.h"

static const uint8_t key[TOKEN_KEY_LEN] = { 1, 2, 3 };

static void
make(struct token *tk, char *text)
{
	memset(tk, 0, sizeof(*tk));
	tk->tk_expiry = 2000000000;
	memset(tk->tk_id, 0x11, sizeof(tk->tk_id));
	token_tag(key, "$scrypt$x", tk->tk_tag);
	strlcpy(tk->tk_hub, "default", sizeof(tk->tk_hub));
	strlcpy(tk->tk_user, "officea", sizeof(tk->tk_user));
	ATF_REQUIRE_EQ(0, token_format(key, tk, text));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct token tk, back = { 0 };
	char text[TOKEN_STRLEN];

	make(&tk, text);
	ATF_CHECK_EQ(0, token_check(key, text, 1999999999, &back));
	ATF_CHECK_EQ(tk.tk_expiry, back.tk_expiry);
	ATF_CHECK_EQ(0, memcmp(tk.tk_id, back.tk_id, TOKEN_ID_LEN));
	ATF_CHECK_EQ(0, memcmp(tk.tk_tag, back.tk_tag, TOKEN_TAG_LEN));
	ATF_CHECK_STREQ(tk.tk_hub, back.tk_hub);
	ATF_CHECK_STREQ(tk.tk_user, back.tk_user);
	ATF_CHECK_EQ(-1, token_check(key, text, 2000000000, &back));
	/* The longest names fit, longer ones cannot be. */
	memset(tk.tk_hub, 'h', 32);
	memset(tk.tk_user, 'u', 32);
	ATF_CHECK_EQ(0, token_format(key, &tk, text));
	ATF_CHECK_EQ(0, token_check(key, text, 0, &back));
	ATF_CHECK_STREQ(tk.tk_user, back.tk_user);
}

ATF_TC_WITHOUT_HEAD(forged);
ATF_TC_BODY(forged, tc)
{
	uint8_t other[TOKEN_KEY_LEN] = { 1, 2, 4 };
	char text[TOKEN_STRLEN], bad[TOKEN_STRLEN];
	struct token tk;
	size_t i, len;

	make(&tk, text);
	len = strlen(text);
	ATF_CHECK_EQ(-1, token_check(other, text, 0, &tk));
	for (i = 0; i < len; i++) {
		memcpy(bad, text, len + 1);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		ATF_CHECK_EQ(-1, token_check(key, bad, 0, &tk));
		memcpy(bad, text, i);
		bad[i] = '\0';
		ATF_CHECK_EQ(-1, token_check(key, bad, 0, &tk));
	}
	memset(bad, 'A', sizeof(bad) - 1);
	bad[sizeof(bad) - 1] = '\0';
	ATF_CHECK_EQ(-1, token_check(key, bad, 0, &tk));
	ATF_CHECK_EQ(-1, token_check(key, "", 0, &tk));
	ATF_CHECK_EQ(-1, token_check(key, "=.!", 0, &tk));
}

ATF_TC_WITHOUT_HEAD(tags);
ATF_TC_BODY(tags, tc)
{
	uint8_t a[TOKEN_TAG_LEN], b[TOKEN_TAG_LEN];

	token_tag(key, "one", a);
	token_tag(key, "one", b);
	ATF_CHECK_EQ(0, memcmp(a, b, sizeof(a)));
	token_tag(key, "two", b);
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, forged);
	ATF_TP_ADD_TC(tp, tags);
	return (atf_no_error());
}
