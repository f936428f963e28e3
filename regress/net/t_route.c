/* SPDX-License-Identifier: ISC */
/*
 * Routes of the real kernel, in a network namespace that ends with the
 * test's process:
 *
 *	up0	192.0.2.2/24, default by 192.0.2.1, metric 100
 *	up1	198.51.100.2/24, default by 198.51.100.1, metric 200
 *	lw0	10.0.0.2/24, default by 10.0.0.1, metric 50
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/if_route.h"
#include "net/if_tap.h"

static void
ip(const char *args)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "ip %s", args);
	ATF_REQUIRE_EQ_MSG(system(cmd), 0, "%s", cmd);
}

static int
interface(const char *name)
{
	char actual[IF_NAMESIZE];
	int fd;

	fd = tap_open(name, actual, sizeof(actual));
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_REQUIRE_EQ(tap_set_up(name, 1), 0);
	return (fd);
}

static void
topology(void)
{
	ATF_REQUIRE_EQ_MSG(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
	interface("up0");
	interface("up1");
	interface("lw0");
	ip("link set lo up");
	ip("addr add 192.0.2.2/24 dev up0");
	ip("addr add 198.51.100.2/24 dev up1");
	ip("addr add 10.0.0.2/24 dev lw0");
	ip("route add default via 192.0.2.1 metric 100");
	ip("route add default via 198.51.100.1 metric 200");
	ip("route add default via 10.0.0.1 metric 50");
}

/* The interface by which addr is reached, "none", or another error. */
static const char *
by(const char *addr, const char *const *except)
{
	static char ifname[IF_NAMESIZE];
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *to;

	if (inet_pton(AF_INET, addr, &sin.sin_addr) == 1)
		to = (const struct sockaddr *)&sin;
	else {
		ATF_REQUIRE_EQ(inet_pton(AF_INET6, addr, &sin6.sin6_addr), 1);
		to = (const struct sockaddr *)&sin6;
	}
	if (route_lookup(to, except, ifname) == 0)
		return (ifname);
	return (errno == ENETUNREACH ? "none" : strerror(errno));
}

static const char *const no_lw[] = { "lw0", NULL };
static const char *const no_lw_up0[] = { "lw0", "up0", NULL };
static const char *const no_all[] = { "lw0", "up0", "up1", NULL };

ATF_TC(lookup);
ATF_TC_HEAD(lookup, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "ip");
}
ATF_TC_BODY(lookup, tc)
{
	struct sockaddr_un {
		sa_family_t family;
	} sun = { AF_UNIX };
	char ifname[IF_NAMESIZE];

	topology();
	ATF_CHECK_STREQ(by("203.0.113.5", NULL), "lw0");
	ATF_CHECK_STREQ(by("203.0.113.5", no_lw), "up0");
	ATF_CHECK_STREQ(by("203.0.113.5", no_lw_up0), "up1");
	ATF_CHECK_STREQ(by("203.0.113.5", no_all), "none");
	ATF_CHECK_STREQ(by("::ffff:203.0.113.5", no_lw), "up0");
	ATF_CHECK_STREQ(by("198.51.100.9", no_lw), "up1");
	ATF_CHECK_STREQ(by("10.0.0.9", no_lw), "up0");

	/* Longer prefixes, odd lengths. */
	ip("route add 203.0.112.0/23 dev up1");
	ip("route add 203.0.113.4/31 dev lw0");
	ATF_CHECK_STREQ(by("203.0.113.3", no_lw), "up1");
	ATF_CHECK_STREQ(by("203.0.113.5", NULL), "lw0");
	ATF_CHECK_STREQ(by("203.0.113.5", no_lw), "up1");
	ATF_CHECK_STREQ(by("203.0.114.5", no_lw), "up0");
	ip("route add unreachable 203.0.113.128/25");
	ATF_CHECK_STREQ(by("203.0.113.129", no_lw), "none");
	ip("route add 203.0.115.0/24 nexthop via 10.0.0.1 "
	   "nexthop via 198.51.100.1");
	ATF_CHECK_STREQ(by("203.0.115.1", no_lw), "up1");
	/* Not the main table. */
	ip("route add 203.0.116.0/24 dev up1 table 100");
	ATF_CHECK_STREQ(by("203.0.116.1", no_lw), "up0");

	/* The machine itself. */
	ATF_CHECK_STREQ(by("127.0.0.1", no_lw), "lo");
	ATF_CHECK_STREQ(by("192.0.2.2", no_lw), "lo");
	ATF_CHECK(route_lookup((const struct sockaddr *)&sun, no_lw, ifname) ==
		-1 &&
	    errno == EAFNOSUPPORT);

	/* An uplink that is down is none. */
	ATF_REQUIRE_EQ(tap_set_up("up0", 0), 0);
	ATF_CHECK_STREQ(by("203.0.1.1", no_lw), "up1");
}

ATF_TC(lookup6);
ATF_TC_HEAD(lookup6, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "ip");
}
ATF_TC_BODY(lookup6, tc)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	char ifname[IF_NAMESIZE];

	topology();
	ip("-6 addr add 2001:db8:1::2/64 dev up0 nodad");
	ip("-6 addr add 2001:db8:2::2/64 dev lw0 nodad");
	ip("-6 route add default via 2001:db8:1::1");
	ip("-6 route add default via 2001:db8:2::1 metric 1");
	ATF_CHECK_STREQ(by("2001:db8:9::1", NULL), "lw0");
	ATF_CHECK_STREQ(by("2001:db8:9::1", no_lw), "up0");
	ATF_CHECK_STREQ(by("2001:db8:1::9", no_lw), "up0");
	ATF_CHECK_STREQ(by("2001:db8:1::2", no_lw), "lo");
	ATF_CHECK_STREQ(by("::1", no_lw), "lo");

	/* A link-local address says its interface. */
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "fe80::9", &sin6.sin6_addr), 1);
	sin6.sin6_scope_id = if_nametoindex("up1");
	ATF_CHECK_EQ(route_lookup((const struct sockaddr *)&sin6, no_lw,
			 ifname),
	    0);
	ATF_CHECK_STREQ(ifname, "up1");
	sin6.sin6_scope_id = if_nametoindex("lw0");
	ATF_CHECK_EQ(route_lookup((const struct sockaddr *)&sin6, no_lw,
			 ifname),
	    -1);
}

ATF_TC(gateways);
ATF_TC_HEAD(gateways, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "ip");
}
ATF_TC_BODY(gateways, tc)
{
	struct route_gateway rg[8];
	char text[INET6_ADDRSTRLEN], all[512] = "";
	int i, n;

	topology();
	ip("route del default via 10.0.0.1");
	ip("route add default metric 300 nexthop via 192.0.2.7 "
	   "nexthop via 198.51.100.7");
	ip("route add default via inet6 fe80::5 dev up0 metric 400");
	ip("-6 addr add 2001:db8:1::2/64 dev up0 nodad");
	ip("-6 route add default via fe80::1 dev up0");
	ip("route add 10.9.0.0/16 via 10.0.0.9");
	n = route_gateways(rg, 8);
	ATF_REQUIRE_EQ(n, 6);
	for (i = 0; i < n; i++) {
		inet_ntop(rg[i].rg_family, rg[i].rg_addr, text, sizeof(text));
		strlcat(all, text, sizeof(all));
		strlcat(all, "%", sizeof(all));
		strlcat(all, rg[i].rg_ifname, sizeof(all));
		strlcat(all, " ", sizeof(all));
	}
	ATF_CHECK_STREQ(all,
	    "192.0.2.1%up0 198.51.100.1%up1 192.0.2.7%up0 "
	    "198.51.100.7%up1 fe80::5%up0 fe80::1%up0 ");
	ATF_CHECK_EQ(route_gateways(rg, 2), 2);
	ATF_CHECK_EQ(route_gateways(rg, 0), 0);
}

ATF_TC(monitor);
ATF_TC_HEAD(monitor, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "ip");
}
ATF_TC_BODY(monitor, tc)
{
	struct pollfd pfd = { .events = POLLIN };

	topology();
	pfd.fd = route_monitor_open();
	ATF_REQUIRE(pfd.fd != -1);
	/* Late news of the interfaces (IPv6 addresses) may come. */
	while (poll(&pfd, 1, 0) == 1)
		route_monitor_read(pfd.fd);
	ATF_CHECK(!route_monitor_read(pfd.fd));
	ip("route add 10.8.0.0/16 dev up0");
	ATF_CHECK_EQ(poll(&pfd, 1, 60000), 1);
	ATF_CHECK(route_monitor_read(pfd.fd));
	ip("addr add 10.7.0.1/16 dev up0");
	ATF_CHECK_EQ(poll(&pfd, 1, 60000), 1);
	ATF_CHECK(route_monitor_read(pfd.fd));
	close(pfd.fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lookup);
	ATF_TP_ADD_TC(tp, lookup6);
	ATF_TP_ADD_TC(tp, gateways);
	ATF_TP_ADD_TC(tp, monitor);
	return (atf_no_error());
}
