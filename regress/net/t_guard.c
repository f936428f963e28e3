/* SPDX-License-Identifier: ISC */
/*
 * The guard in the real kernel, in a network namespace that ends with the
 * test's process. The test plays two routers of one address, one in the
 * office's LAN and one behind the virtual NIC:
 *
 *	near router: tap lan ---+
 *				br0 192.168.1.50/24, the box
 *	far router: tap lw-0 ---+
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/frame.h"
#include "net/if_bridge.h"
#include "net/if_guard.h"
#include "net/if_route.h"
#include "net/if_tap.h"
#include "net/stay_local.h"

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t near_mac[6] = { 0x02, 0, 0, 0, 0, 0xaa };
static const uint8_t far_mac[6] = { 0x02, 0, 0, 0, 0, 0xbb };
static const uint8_t gw4[4] = { 192, 168, 1, 1 };
static const uint8_t host4[4] = { 192, 168, 1, 7 };
static const uint8_t box4[4] = { 192, 168, 1, 50 };
static const uint8_t gw6[16] = { 0xfe, 0x80, [15] = 1 };
static const uint8_t host6[16] = { 0xfe, 0x80, [15] = 7 };

/* Name with a character that must be escaped in a table's name. */
static const char lw[] = "lw-0";

static struct stay_local office;
static uint8_t box_mac[6], box6[16];
static int lan_fd, lw_fd;

static void
ip(const char *args)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "ip %s", args);
	ATF_REQUIRE_EQ_MSG(system(cmd), 0, "%s", cmd);
}

static void
sysctl_off(const char *path)
{
	int fd;

	if ((fd = open(path, O_WRONLY)) == -1)
		return;
	ATF_REQUIRE_EQ(write(fd, "0", 1), 1);
	close(fd);
}

static int
port(const char *name)
{
	char actual[IF_NAMESIZE];
	int fd;

	fd = tap_open(name, actual, sizeof(actual));
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_REQUIRE_EQ(bridge_add("br0", name), 0);
	ATF_REQUIRE_EQ(tap_set_up(name, 1), 0);
	return (fd);
}

static void
topology(void)
{
	ATF_REQUIRE_EQ_MSG(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
	sysctl_off("/proc/sys/net/ipv6/conf/default/accept_dad");
	sysctl_off("/proc/sys/net/ipv6/conf/all/accept_dad");
	ATF_REQUIRE_EQ(bridge_create("br0"), 0);
	lan_fd = port("lan");
	lw_fd = port(lw);
	ip("addr add 192.168.1.50/24 dev br0");
	ip("-6 addr add fe80::50/64 dev br0 nodad");
	ATF_REQUIRE_EQ(if_get_mac("br0", box_mac), 0);
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "fe80::50", box6), 1);
	ATF_REQUIRE(stay_local_gateway(&office, 4, gw4));
	ATF_REQUIRE(stay_local_gateway(&office, 6, gw6));
}

static void
guard(void)
{
	char err[256] = "";

	ATF_REQUIRE_EQ_MSG(guard_set(lw, office.sl_gateways,
			       office.sl_ngateways, err, sizeof(err)),
	    0, "%s", err);
}

static struct frame *
begin(size_t len, const uint8_t *dst, const uint8_t *src, unsigned int type)
{
	struct frame *f = frame_alloc(len);

	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 0, len);
	memcpy(f->f_data, dst, 6);
	memcpy(f->f_data + 6, src, 6);
	f->f_data[12] = (uint8_t)(type >> 8);
	f->f_data[13] = (uint8_t)type;
	return (f);
}

static void
send_frame(int fd, struct frame *f)
{
	ATF_REQUIRE_EQ_MSG(tap_write(fd, f), 0, "%s", strerror(errno));
	frame_free(f);
}

static void
send_arp(int fd, const uint8_t *dst, const uint8_t *src, int op,
    const uint8_t *spa, const uint8_t *tpa)
{
	struct frame *f = begin(42, dst, src, 0x0806);

	memcpy(f->f_data + 14, "\0\1\10\0\6\4\0", 7);
	f->f_data[21] = (uint8_t)op;
	memcpy(f->f_data + 22, src, 6);
	memcpy(f->f_data + 28, spa, 4);
	memcpy(f->f_data + 32, dst, 6);
	memcpy(f->f_data + 38, tpa, 4);
	send_frame(fd, f);
}

static uint16_t
checksum(const uint8_t *p, size_t len, uint32_t acc)
{
	for (; len > 1; p += 2, len -= 2)
		acc += (uint32_t)p[0] << 8 | p[1];
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return ((uint16_t)~acc);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* UDP from a router to the box, 4 octets `data`, no UDP checksum. */
static void
send_udp(int fd, const uint8_t *src, uint16_t from, uint16_t to,
    const char *data)
{
	struct frame *f = begin(46, box_mac, src, 0x0800);
	uint8_t *p = f->f_data + 14;

	p[0] = 0x45;
	put16(p + 2, 32);
	p[8] = 64;
	p[9] = 17;
	memcpy(p + 12, host4, 4);
	memcpy(p + 16, box4, 4);
	put16(p + 10, checksum(p, 20, 0));
	put16(p + 20, from);
	put16(p + 22, to);
	put16(p + 24, 12);
	memcpy(p + 28, data, 4);
	send_frame(fd, f);
}

/* ICMPv6 of n octets to the box, hop limit 255. */
static void
send_icmp6(int fd, const uint8_t *src, const uint8_t *from, const uint8_t *data,
    size_t n)
{
	struct frame *f = begin(54 + n, box_mac, src, 0x86dd);
	uint8_t *p = f->f_data + 14;

	p[0] = 0x60;
	put16(p + 4, n);
	p[6] = 58;
	p[7] = 255;
	memcpy(p + 8, from, 16);
	memcpy(p + 24, box6, 16);
	memcpy(p + 40, data, n);
	put16(p + 42, checksum(p + 8, 32 + n, (uint32_t)(58 + n)));
	send_frame(fd, f);
}

/* A neighbour advertisement, solicited, overriding, for `from` itself. */
static void
send_na(int fd, const uint8_t *src, const uint8_t *from)
{
	uint8_t na[32] = { 136, 0, 0, 0, 0x60 };

	memcpy(na + 8, from, 16);
	na[24] = 2;
	na[25] = 1;
	memcpy(na + 26, src, 6);
	send_icmp6(fd, src, from, na, sizeof(na));
}

static void
send_ra(int fd, const uint8_t *src, const uint8_t *from)
{
	uint8_t ra[16] = { 134, 0, 0, 0, 64, 0, 0x07, 0x08 };

	send_icmp6(fd, src, from, ra, sizeof(ra));
}

/* Read what the box and the other side have sent; the last ARP or ND kind. */
enum seen { SEEN_ARP_REQUEST = 1, SEEN_NS = 2, SEEN_DHCP = 4, SEEN_DATA = 8 };

static unsigned int
classify(const struct frame *f)
{
	const uint8_t *p = f->f_data;

	if (f->f_len >= 42 && p[12] == 0x08 && p[13] == 0x06)
		return (p[21] == 1 ? SEEN_ARP_REQUEST : 0);
	if (f->f_len >= 78 && p[12] == 0x86 && p[20] == 58)
		return (p[54] == 135 ? SEEN_NS : 0);
	if (f->f_len >= 42 && p[12] == 0x08 && p[23] == 17)
		return (p[37] == 67 ? SEEN_DHCP : SEEN_DATA);
	return (0);
}

/* What is seen at fd until `want` is, or for `ms` milliseconds at most. */
static unsigned int
watch(int fd, unsigned int want, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct frame *f;
	unsigned int seen = 0;

	while ((seen & want) == 0 && poll(&pfd, 1, ms) == 1)
		while (tap_read(fd, FRAME_MAX, &f) == 1) {
			seen |= classify(f);
			frame_free(f);
		}
	return (seen);
}

static void
drain(void)
{
	watch(lan_fd, 0, 0);
	watch(lw_fd, 0, 0);
}

/* Make the box want to talk to addr. */
static void
box_sends(const char *addr, uint16_t to)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(to) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(to) };
	int fd, on = 1;
	ssize_t n;

	if (inet_pton(AF_INET, addr, &sin.sin_addr) == 1) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
		n = sendto(fd, "hello", 5, 0, (struct sockaddr *)&sin,
		    sizeof(sin));
	} else {
		ATF_REQUIRE_EQ(inet_pton(AF_INET6, addr, &sin6.sin6_addr), 1);
		sin6.sin6_scope_id = if_nametoindex("br0");
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		n = sendto(fd, "hello", 5, 0, (struct sockaddr *)&sin6,
		    sizeof(sin6));
	}
	ATF_REQUIRE_EQ_MSG(n, 5, "%s", strerror(errno));
	close(fd);
}

/*
 * What the box broadcasts to that port is seen at fd; it is sent again, as
 * the kernel of a busy machine may drop it.
 */
static bool
broadcast_seen(int fd, uint16_t to, unsigned int want)
{
	int i;

	for (i = 0; i < 60; i++) {
		box_sends("192.168.1.255", to);
		if (watch(fd, want, 1000) & want)
			return (true);
	}
	return (false);
}

/* Whether the box's neighbour table has `text` for addr. */
static bool
neighbour_is(const char *addr, const char *text)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd),
	    "ip neigh show %s dev br0 | grep -q 'lladdr %s'", addr, text);
	return (system(cmd) == 0);
}

#define ROOT_TC(name)                                          \
	ATF_TC(name);                                          \
	ATF_TC_HEAD(name, tc)                                  \
	{                                                      \
		atf_tc_set_md_var(tc, "require.user", "root"); \
		atf_tc_set_md_var(tc, "require.progs", "ip");  \
	}

/* Without the guard the far router wins: what the rest is about. */
ROOT_TC(unguarded)
ATF_TC_BODY(unguarded, tc)
{
	topology();
	box_sends("192.168.1.1", 9);
	ATF_CHECK(watch(lw_fd, SEEN_ARP_REQUEST, 60000) & SEEN_ARP_REQUEST);
	send_arp(lw_fd, box_mac, far_mac, 2, gw4, box4);
	ATF_CHECK(neighbour_is("192.168.1.1", "02:00:00:00:00:bb"));
}

ROOT_TC(arp)
ATF_TC_BODY(arp, tc)
{
	topology();
	guard();
	drain();
	box_sends("192.168.1.1", 9);
	ATF_CHECK(watch(lan_fd, SEEN_ARP_REQUEST, 60000) & SEEN_ARP_REQUEST);
	ATF_CHECK_EQ(watch(lw_fd, SEEN_ARP_REQUEST, 300), 0);

	/* Asked or not, broadcast or not, the far one is not believed. */
	send_arp(lw_fd, box_mac, far_mac, 2, gw4, box4);
	send_arp(lw_fd, everybody, far_mac, 1, gw4, gw4);
	send_arp(lw_fd, everybody, far_mac, 1, gw4, box4);
	ATF_CHECK(!neighbour_is("192.168.1.1", "02:00:00:00:00:bb"));
	send_arp(lan_fd, box_mac, near_mac, 2, gw4, box4);
	ATF_CHECK(neighbour_is("192.168.1.1", "02:00:00:00:00:aa"));
	ATF_CHECK(watch(lan_fd, SEEN_DATA, 60000) & SEEN_DATA);
	send_arp(lw_fd, everybody, far_mac, 2, gw4, box4);
	ATF_CHECK(neighbour_is("192.168.1.1", "02:00:00:00:00:aa"));

	/* Hosts over there are reached as ever. */
	drain();
	box_sends("192.168.1.7", 9);
	ATF_CHECK(watch(lw_fd, SEEN_ARP_REQUEST, 60000) & SEEN_ARP_REQUEST);
	send_arp(lw_fd, box_mac, far_mac, 2, host4, box4);
	ATF_CHECK(neighbour_is("192.168.1.7", "02:00:00:00:00:bb"));

	/* The LAN's hosts hear the far router: not the guard's business. */
	drain();
	send_arp(lw_fd, everybody, far_mac, 1, gw4, host4);
	ATF_CHECK(watch(lan_fd, SEEN_ARP_REQUEST, 60000) & SEEN_ARP_REQUEST);
}

ROOT_TC(dhcp)
ATF_TC_BODY(dhcp, tc)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(68) };
	struct pollfd pfd = { .events = POLLIN };
	char got[5] = "";

	topology();
	guard();
	pfd.fd = socket(AF_INET, SOCK_DGRAM, 0);
	ATF_REQUIRE_EQ(bind(pfd.fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	send_udp(lw_fd, far_mac, 67, 68, "far.");
	send_udp(lan_fd, near_mac, 67, 68, "near");
	ATF_REQUIRE_EQ(poll(&pfd, 1, 60000), 1);
	ATF_CHECK_EQ(recv(pfd.fd, got, 4, 0), 4);
	ATF_CHECK_STREQ(got, "near");
	ATF_CHECK_EQ(poll(&pfd, 1, 300), 0);
	close(pfd.fd);

	drain();
	ATF_CHECK(broadcast_seen(lan_fd, 67, SEEN_DHCP));
	ATF_CHECK_EQ(watch(lw_fd, SEEN_DHCP, 300), 0);
	ATF_CHECK(broadcast_seen(lw_fd, 9, SEEN_DATA));
}

static bool
has_ipv6(void)
{
	if (access("/proc/net/if_inet6", F_OK) == 0)
		return (true);
	atf_tc_skip("kernel without IPv6");
}

/* How many default gateways the box has, after ms at most if more than n. */
static int
gateways(int n, int ms)
{
	struct route_gateway rg[4];
	int r;

	for (; (r = route_gateways(rg, 4)) <= n && ms > 0; ms -= 20)
		usleep(20000);
	return (r);
}

ROOT_TC(nd)
ATF_TC_BODY(nd, tc)
{
	if (!has_ipv6())
		return;
	topology();
	guard();
	drain();
	send_ra(lw_fd, far_mac, gw6);
	ATF_CHECK_EQ(gateways(0, 300), 0);

	drain();
	box_sends("fe80::1", 9);
	ATF_CHECK(watch(lan_fd, SEEN_NS, 60000) & SEEN_NS);
	ATF_CHECK_EQ(watch(lw_fd, SEEN_NS, 300) & SEEN_NS, 0);
	send_na(lw_fd, far_mac, gw6);
	ATF_CHECK(!neighbour_is("fe80::1", "02:00:00:00:00:bb"));
	send_na(lan_fd, near_mac, gw6);
	ATF_CHECK(neighbour_is("fe80::1", "02:00:00:00:00:aa"));

	box_sends("fe80::7", 9);
	ATF_CHECK(watch(lw_fd, SEEN_NS, 60000) & SEEN_NS);
	send_na(lw_fd, far_mac, host6);
	ATF_CHECK(neighbour_is("fe80::7", "02:00:00:00:00:bb"));

	send_ra(lan_fd, near_mac, gw6);
	ATF_CHECK_EQ(gateways(0, 60000), 1);
}

/* Replaced, cleared, cleared again, and names that cannot be. */
ROOT_TC(set)
ATF_TC_BODY(set, tc)
{
	char err[256] = "";

	topology();
	guard();
	guard();
	ATF_CHECK_EQ(guard_set(lw, NULL, 0, err, sizeof(err)), 0);
	send_arp(lw_fd, box_mac, far_mac, 1, gw4, box4);
	ATF_CHECK(neighbour_is("192.168.1.1", "02:00:00:00:00:bb"));
	guard();
	guard_clear(lw);
	guard_clear(lw);
	drain();
	ATF_CHECK(broadcast_seen(lw_fd, 67, SEEN_DHCP));

	ATF_CHECK_EQ(guard_set("a\"b", NULL, 0, err, sizeof(err)), -1);
	ATF_CHECK_STREQ(err, "nftables cannot name interface a\"b");
	ATF_CHECK_EQ(guard_set("lw*", NULL, 0, err, sizeof(err)), -1);
	ATF_CHECK_EQ(guard_set("", NULL, 0, err, sizeof(err)), -1);
	ATF_CHECK_EQ(guard_set("$a", NULL, 0, err, sizeof(err)), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unguarded);
	ATF_TP_ADD_TC(tp, arp);
	ATF_TP_ADD_TC(tp, dhcp);
	ATF_TP_ADD_TC(tp, nd);
	ATF_TP_ADD_TC(tp, set);
	return (atf_no_error());
}
