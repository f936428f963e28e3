/* SPDX-License-Identifier: ISC */
/* Addresses that connect and never make a request. */
#include <arpa/inet.h>
#include <sys/queue.h>

#include <atf-c.h>

#include "../../usr.sbin/webconfd/address.c"

static struct address *
from(const char *text)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct address *ad;

	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1)
		ad = address_take((struct sockaddr *)&sin);
	else {
		ATF_REQUIRE_EQ(inet_pton(AF_INET6, text, &sin6.sin6_addr), 1);
		ad = address_take((struct sockaddr *)&sin6);
	}
	ATF_REQUIRE(ad != NULL);
	return (ad);
}

ATF_TC_WITHOUT_HEAD(wasted);
ATF_TC_BODY(wasted, tc)
{
	const uint64_t now = 1000000, minute = WASTE_HALF_MS;
	struct address *ad = from("10.0.0.1");
	int i;

	ATF_CHECK_EQ(address_wasted(ad, now), 0);
	for (i = 0; i < 4; i++)
		address_waste(ad, now);
	ATF_CHECK_EQ(address_wasted(ad, now), 4);
	/* half as much a minute later, and then it is forgotten */
	ATF_CHECK_EQ(address_wasted(ad, now + minute - 1), 4);
	ATF_CHECK_EQ(address_wasted(ad, now + minute), 2);
	ATF_CHECK_EQ(address_wasted(ad, now + 3 * minute), 0);
	ATF_CHECK_EQ(address_wasted(ad, now + 1000 * minute), 0);
	address_waste(ad, now + minute);
	ATF_CHECK_EQ(address_wasted(ad, now + minute), 3);
	/* it does not depend on a connection that is still there */
	address_release(ad);
	ad = from("10.0.0.1");
	ATF_CHECK_EQ(address_wasted(ad, now + minute), 3);
	address_forgive(ad);
	ATF_CHECK_EQ(address_wasted(ad, now + minute), 0);
	/* no end of it */
	for (i = 0; i < 2 * WASTE_MAX; i++)
		address_waste(ad, now);
	ATF_CHECK_EQ(address_wasted(ad, now), WASTE_MAX);
	address_release(ad);
}

/* Who comes to a place that another has takes it, and answers for itself. */
ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	struct address *ad, *one = from("10.0.0.1"), *v6 = from("2001:db8::1");
	struct address *same = from("2001:db8::2");
	char text[INET_ADDRSTRLEN];
	unsigned int i, others;

	address_waste(one, 1);
	address_waste(v6, 1);
	/* of IPv6 the /64 */
	ATF_CHECK_EQ(address_wasted(same, 1), 1);
	others = one->ad_waste == v6->ad_waste;
	for (i = 0; i < 3 * WASTE_ADDRESSES; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i >> 8, i & 255);
		ad = from(text);
		ATF_REQUIRE_EQ(address_wasted(ad, 1), 0);
		address_waste(ad, 1);
		ATF_REQUIRE_EQ(address_wasted(ad, 1), 1);
		others += ad->ad_waste == one->ad_waste;
		address_release(ad);
	}
	ATF_CHECK_EQ(address_wasted(one, 1), others == 0);
	address_release(one);
	address_release(v6);
	address_release(same);
}

/* The machine itself, which looks whether the form answers, is no crowd. */
ATF_TC_WITHOUT_HEAD(own);
ATF_TC_BODY(own, tc)
{
	static const struct {
		const char *text;
		bool own;
	} cases[] = { { "127.0.0.1", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "127.0.0.2", false },
		{ "10.0.0.1", false }, { "::ffff:10.0.0.1", false },
		{ "2001:db8::1", false } };
	struct address *ad;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ad = from(cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].own, address_is_known(ad, 1), "%s",
		    cases[i].text);
		address_release(ad);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wasted);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, own);
	return (atf_no_error());
}
