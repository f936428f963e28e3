/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "transport/socks_proto.h"

/* Bytes as text, to be compared: "05 01 00". */
static const char *
hex(const void *data, size_t len)
{
	static char buf[4 * SOCKS_OUT_MAX];
	const uint8_t *p = data;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < len; i++)
		snprintf(buf + 3 * i, sizeof(buf) - 3 * i,
		    i + 1 < len ? "%02x " : "%02x", p[i]);
	return (buf);
}

static void
check_out(const struct socks *sk, const char *want)
{
	ATF_CHECK_STREQ(want, hex(sk->sk_out, sk->sk_out_len));
}

/*
 * What a proxy says, followed by bytes of the host: all that is wanted is
 * taken, in pieces of at most `piece`; *used is what was.
 */
static enum socks_result
hear(struct socks *sk, const char *data, size_t len, size_t piece, size_t *used)
{
	enum socks_result r = SOCKS_MORE;
	size_t n;

	*used = 0;
	while (r == SOCKS_MORE) {
		n = socks_want(sk);
		ATF_REQUIRE(n > 0);
		if (n > piece)
			n = piece;
		if (*used + n > len)
			return (r);
		r = socks_input(sk, data + *used, n);
		*used += n;
	}
	return (r);
}

#define HEAR(sk, text, used) hear(sk, text, sizeof(text) - 1, 1, used)

ATF_TC_WITHOUT_HEAD(version5);
ATF_TC_BODY(version5, tc)
{
	struct socks sk;
	size_t used;

	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_5, "hub.example", 443, NULL, NULL));
	check_out(&sk, "05 01 00");
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\5\0", &used));
	check_out(&sk, "05 01 00 03 0b 68 75 62 2e 65 78 61 6d 70 6c 65 01 bb");
	ATF_CHECK_EQ(SOCKS_DONE, HEAR(&sk, "\5\0\0\1\12\0\0\1\4\70hub", &used));
	ATF_CHECK_EQ(10, used);
	ATF_CHECK_EQ(0, socks_want(&sk));
}

ATF_TC_WITHOUT_HEAD(password5);
ATF_TC_BODY(password5, tc)
{
	struct socks sk;
	size_t used;

	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_5, "10.0.0.1", 443, "me", "pass"));
	check_out(&sk, "05 02 00 02");
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\5\2", &used));
	check_out(&sk, "01 02 6d 65 04 70 61 73 73");
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\1\0", &used));
	check_out(&sk, "05 01 00 01 0a 00 00 01 01 bb");
	socks_wipe(&sk);
	ATF_CHECK_STREQ("", sk.sk_password);

	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_5, "10.0.0.1", 443, "me", "pass"));
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\5\2", &used));
	ATF_CHECK_EQ(SOCKS_FAILED, HEAR(&sk, "\1\1", &used));
	ATF_CHECK_STREQ("refuses user \"me\": wrong user or password",
	    sk.sk_error);
	ATF_CHECK(sk.sk_denied);
}

/* Addresses of each type, and the replies' of each length. */
ATF_TC_WITHOUT_HEAD(address5);
ATF_TC_BODY(address5, tc)
{
	static const struct {
		const char *c_reply;
		size_t c_len;
	} replies[] = {
		{ "\5\0\0\1AAAAPP", 10 },
		{ "\5\0\0\4AAAAAAAAAAAAAAAAPP", 22 },
		{ "\5\0\0\3\3namPP", 10 },
		{ "\5\0\0\3\0PP", 7 },
	};
	struct socks sk;
	size_t i, piece, used;
	char buf[64];

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
		for (piece = 1; piece < 30; piece++) {
			socks_init(&sk, SOCKS_5, "2001:db8::1", 1, NULL, NULL);
			HEAR(&sk, "\5\0", &used);
			check_out(&sk,
			    "05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 "
			    "00 00 00 01 00 01");
			memset(buf, 'x', sizeof(buf));
			memcpy(buf, replies[i].c_reply, replies[i].c_len);
			ATF_CHECK_EQ(SOCKS_DONE,
			    hear(&sk, buf, sizeof(buf), piece, &used));
			ATF_CHECK_EQ(replies[i].c_len, used);
		}
}

ATF_TC_WITHOUT_HEAD(codes5);
ATF_TC_BODY(codes5, tc)
{
	static const char *const words[] = { NULL,
		"general failure of the SOCKS server",
		"connection not allowed by ruleset", "network unreachable",
		"host unreachable", "connection refused", "TTL expired",
		"command not supported", "address type not supported",
		"refused with the unknown code 9" };
	struct socks sk;
	size_t used;
	char code[2] = { 5, 0 };

	for (code[1] = 1; code[1] < 10; code[1]++) {
		socks_init(&sk, SOCKS_5, "a", 1, NULL, NULL);
		HEAR(&sk, "\5\0", &used);
		ATF_CHECK_EQ(SOCKS_FAILED, hear(&sk, code, 2, 1, &used));
		ATF_CHECK_STREQ(words[(int)code[1]], sk.sk_error);
		ATF_CHECK_EQ(0, socks_want(&sk));
	}
}

ATF_TC_WITHOUT_HEAD(bad5);
ATF_TC_BODY(bad5, tc)
{
	static const struct {
		const char *c_user, *c_said, *c_error;
		size_t c_len;
	} cases[] = {
		{ NULL, "HT", "what answers is not SOCKS 5", 2 },
		{ NULL, "\5\377",
		    "wants a user and a password, or another log-in that "
		    "vnicd does not know",
		    2 },
		{ "me", "\5\377",
		    "takes neither user and password nor no log-in at all", 2 },
		{ NULL, "\5\2", "chose log-in method 2, which was not offered",
		    2 },
		{ "me", "\5\1", "chose log-in method 1, which was not offered",
		    2 },
		{ "me", "\5\2\2\0", "the answer to the log-in is garbled", 4 },
		{ NULL, "\5\0\4\0", "what answers is not SOCKS 5", 4 },
		{ NULL, "\5\0\5\0\0\2\0",
		    "the reply has an address of unknown type 2", 7 },
	};
	enum socks_result r;
	struct socks sk;
	size_t i, used, more;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		socks_init(&sk, SOCKS_5, "a", 1, cases[i].c_user, "p");
		r = hear(&sk, cases[i].c_said, cases[i].c_len, 1, &used);
		if (r == SOCKS_SEND) {
			r = hear(&sk, cases[i].c_said + used,
			    cases[i].c_len - used, 9, &more);
			used += more;
		}
		ATF_CHECK_EQ(SOCKS_FAILED, r);
		ATF_CHECK_EQ(cases[i].c_len, used);
		ATF_CHECK_STREQ(cases[i].c_error, sk.sk_error);
		ATF_CHECK_EQ(SOCKS_FAILED, socks_input(&sk, "", 1));
		ATF_CHECK_EQ(SOCKS_FAILED, socks_input(&sk, "", 0));
	}
}

ATF_TC_WITHOUT_HEAD(version4);
ATF_TC_BODY(version4, tc)
{
	struct socks sk;
	size_t used;

	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_4, "10.1.2.3", 443, "me", NULL));
	check_out(&sk, "04 01 01 bb 0a 01 02 03 6d 65 00");
	ATF_CHECK_EQ(SOCKS_DONE, HEAR(&sk, "\0\132\0\0\0\0\0\0hub", &used));
	ATF_CHECK_EQ(8, used);

	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_4A, "hub.example", 80, NULL, NULL));
	check_out(&sk,
	    "04 01 00 50 00 00 00 01 00 "
	    "68 75 62 2e 65 78 61 6d 70 6c 65 00");
	ATF_REQUIRE_EQ(0,
	    socks_init(&sk, SOCKS_4A, "10.1.2.3", 80, NULL, NULL));
	check_out(&sk, "04 01 00 50 0a 01 02 03 00");
}

ATF_TC_WITHOUT_HEAD(codes4);
ATF_TC_BODY(codes4, tc)
{
	static const struct {
		const char *c_reply, *c_error;
	} cases[] = {
		{ "\0\133", "connection refused or failed" },
		{ "\0\134",
		    "the proxy gets no answer from this machine's identd" },
		{ "\0\135", "this machine's identd names another user" },
		{ "\0\136", "refused with the unknown code 94" },
		{ "\5\0", "what answers is not SOCKS 4" },
		{ "HT", "what answers is not SOCKS 4" },
	};
	struct socks sk;
	char buf[8] = { 0 };
	size_t i, used;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		socks_init(&sk, SOCKS_4, "10.1.2.3", 443, NULL, NULL);
		memcpy(buf, cases[i].c_reply, 2);
		ATF_CHECK_EQ(SOCKS_FAILED, hear(&sk, buf, 8, 3, &used));
		ATF_CHECK_STREQ(cases[i].c_error, sk.sk_error);
	}
}

ATF_TC_WITHOUT_HEAD(cannot);
ATF_TC_BODY(cannot, tc)
{
	char longest[SOCKS_TEXT_MAX + 1], over[SOCKS_TEXT_MAX + 2];
	struct socks sk;
	size_t used;

	memset(over, 'a', sizeof(over) - 1);
	over[sizeof(over) - 1] = '\0';
	strlcpy(longest, over, sizeof(longest));
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_4, "hub", 1, NULL, NULL));
	ATF_CHECK_STREQ("SOCKS 4 takes addresses only, not the name \"hub\"; "
			"socks4a and socks5 take names",
	    sk.sk_error);
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_4A, "::1", 1, NULL, NULL));
	ATF_CHECK_STREQ("SOCKS 4 cannot connect to the IPv6 address ::1; "
			"socks5 can",
	    sk.sk_error);
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_4A, "a", 1, "me", "pw"));
	ATF_CHECK_STREQ("SOCKS 4 has a user but no password; socks5 has both",
	    sk.sk_error);
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_5, over, 1, NULL, NULL));
	ATF_CHECK_STREQ("SOCKS takes at most 255 bytes of a host name",
	    sk.sk_error);
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_5, "a", 1, over, NULL));
	ATF_CHECK_EQ(-1, socks_init(&sk, SOCKS_5, "a", 1, "a", over));
	/* the longest texts fit */
	ATF_CHECK_EQ(0, socks_init(&sk, SOCKS_4A, longest, 1, longest, NULL));
	ATF_CHECK_EQ(0, socks_init(&sk, SOCKS_5, longest, 1, longest, longest));
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\5\2", &used));
	ATF_CHECK_EQ(3 + 2 * SOCKS_TEXT_MAX, sk.sk_out_len);
	ATF_CHECK_EQ(SOCKS_SEND, HEAR(&sk, "\1\0", &used));
	ATF_CHECK_EQ(7 + SOCKS_TEXT_MAX, sk.sk_out_len);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, version5);
	ATF_TP_ADD_TC(tp, password5);
	ATF_TP_ADD_TC(tp, address5);
	ATF_TP_ADD_TC(tp, codes5);
	ATF_TP_ADD_TC(tp, bad5);
	ATF_TP_ADD_TC(tp, version4);
	ATF_TP_ADD_TC(tp, codes4);
	ATF_TP_ADD_TC(tp, cannot);
	return (atf_no_error());
}
