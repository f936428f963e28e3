/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "auth/guess.h"

static const struct guess_limits limits = { .gl_delay = 100,
	.gl_delay_max = 400,
	.gl_limit = 3,
	.gl_lockout = 10000 };

static const struct sockaddr *
address(const char *text)
{
	static struct sockaddr_storage ss[4];
	static int next;
	struct sockaddr_storage *a = &ss[next++ % 4];

	memset(a, 0, sizeof(*a));
	if (strchr(text, ':') != NULL) {
		a->ss_family = AF_INET6;
		ATF_REQUIRE_EQ(1,
		    inet_pton(AF_INET6, text,
			&((struct sockaddr_in6 *)a)->sin6_addr));
	} else {
		a->ss_family = AF_INET;
		ATF_REQUIRE_EQ(1,
		    inet_pton(AF_INET, text,
			&((struct sockaddr_in *)a)->sin_addr));
	}
	return ((const struct sockaddr *)a);
}

ATF_TC_WITHOUT_HEAD(delay);
ATF_TC_BODY(delay, tc)
{
	struct guess *g = guess_new(&limits);
	const struct sockaddr *a = address("192.0.2.1");

	ATF_CHECK_EQ(0, guess_wait(g, "u", a, 1000));
	ATF_CHECK_EQ(100, guess_failed(g, "u", a, 1000));
	ATF_CHECK_EQ(100, guess_wait(g, "u", a, 1000));
	ATF_CHECK_EQ(0, guess_wait(g, "u", a, 1100));
	ATF_CHECK_EQ(200, guess_failed(g, "u", a, 1100));
	ATF_CHECK_EQ(150, guess_wait(g, "u", a, 1150));
	/* another user of that address is not concerned */
	ATF_CHECK_EQ(0, guess_wait(g, "v", a, 1150));
	guess_passed(g, "u", a, 1300);
	ATF_CHECK_EQ(0, guess_wait(g, "u", a, 1300));
	ATF_CHECK_EQ(100, guess_failed(g, "u", a, 1400));
	guess_free(g);
}

ATF_TC_WITHOUT_HEAD(lockout);
ATF_TC_BODY(lockout, tc)
{
	struct guess *g = guess_new(&limits);
	const struct sockaddr *a = address("192.0.2.1");
	const struct sockaddr *b = address("192.0.2.2");
	int i;

	for (i = 0; i < 3; i++)
		(void)guess_failed(g, "u", a, 1000);
	ATF_CHECK_EQ(10000, guess_wait(g, "u", a, 1000));
	ATF_CHECK_EQ(1, guess_wait(g, "u", a, 10999));
	/* neither the user elsewhere nor others there are locked out */
	ATF_CHECK_EQ(0, guess_wait(g, "u", b, 1000));
	ATF_CHECK_EQ(0, guess_wait(g, "v", a, 1000));
	/* forgotten after it: the first delay again */
	ATF_CHECK_EQ(0, guess_wait(g, "u", a, 11000));
	ATF_CHECK_EQ(100, guess_failed(g, "u", a, 11000));
	guess_free(g);
}

ATF_TC_WITHOUT_HEAD(by_address);
ATF_TC_BODY(by_address, tc)
{
	struct guess *g = guess_new(&limits);
	const struct sockaddr *a = address("2001:db8::1");
	const struct sockaddr *same = address("2001:db8::ffff:2");
	const struct sockaddr *other = address("2001:db8:0:1::1");
	char user[16];
	int i;

	for (i = 0; i < 29; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		(void)guess_failed(g, user, a, 1000);
	}
	ATF_CHECK_EQ(0, guess_wait(g, "fresh", a, 1000));
	(void)guess_failed(g, "u29", a, 1000);
	ATF_CHECK_EQ(10000, guess_wait(g, "fresh", a, 1000));
	ATF_CHECK_EQ(10000, guess_wait(g, "fresh", same, 1000));
	ATF_CHECK_EQ(0, guess_wait(g, "fresh", other, 1000));
	guess_free(g);
}

/* The table is bounded: the least recently failed go first. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct guess *g = guess_new(&limits);
	const struct sockaddr *a = address("192.0.2.1");
	char user[16], from[32];
	int i;

	for (i = 0; i < 3; i++)
		(void)guess_failed(g, "old", a, 1000);
	for (i = 0; i < GUESS_MAX; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		snprintf(from, sizeof(from), "10.0.%d.%d", i >> 8, i & 255);
		(void)guess_failed(g, user, address(from), 1001);
	}
	ATF_CHECK_EQ(0, guess_wait(g, "old", a, 1001));
	ATF_CHECK(guess_wait(g, user, address(from), 1001) > 0);
	guess_free(g);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, delay);
	ATF_TP_ADD_TC(tp, lockout);
	ATF_TP_ADD_TC(tp, by_address);
	ATF_TP_ADD_TC(tp, bounded);
	return (atf_no_error());
}
