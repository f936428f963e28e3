/* SPDX-License-Identifier: ISC */
/*
 * Taps and bridges of the real kernel, in a network namespace that ends with
 * the test's process.
 *
 *	tap ta --- br0 --- tap tb
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/frame.h"
#include "net/if_bridge.h"
#include "net/if_tap.h"

static const uint8_t mac_a[6] = { 0x06, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 0x02, 0, 0, 0, 0, 0xb };

static void
new_namespace(void)
{
	ATF_REQUIRE_EQ_MSG(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
}

static int
open_tap(const char *name, const uint8_t *mac)
{
	char actual[IF_NAMESIZE];
	int fd;

	fd = tap_open(name, actual, sizeof(actual));
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", name, strerror(errno));
	ATF_CHECK_STREQ(actual, name);
	ATF_REQUIRE_EQ(tap_set_mac(name, mac), 0);
	return (fd);
}

/* A test frame of len bytes: EtherType 0x88b6, then a pattern. */
static struct frame *
test_frame(size_t len, const uint8_t *src)
{
	struct frame *f = frame_alloc(len);
	size_t i;

	ATF_REQUIRE(f != NULL);
	for (i = 0; i < len; i++)
		f->f_data[i] = (uint8_t)(i * 7);
	memset(f->f_data, 0xff, 6);
	memcpy(f->f_data + 6, src, 6);
	f->f_data[12] = 0x88;
	f->f_data[13] = 0xb6;
	return (f);
}

/* The next test frame from fd; others (IPv6 of the kernel's) are skipped. */
static struct frame *
next_frame(int fd, size_t max)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct frame *f;
	int r;

	for (;;) {
		if ((r = tap_read(fd, max, &f)) == 1 && f->f_data[12] == 0x88)
			return (f);
		ATF_REQUIRE_MSG(r != -1, "%s", strerror(errno));
		if (r == 1)
			frame_free(f);
		else if (errno != EAGAIN)
			return (NULL);
		else
			ATF_REQUIRE_EQ_MSG(poll(&pfd, 1, 60000), 1,
			    "no frame in 5 s");
	}
}

static void
pass(int from, int to, size_t len)
{
	static const uint8_t src[6] = { 0x02, 1, 2, 3, 4, 5 };
	struct frame *out = test_frame(len, src), *in;

	ATF_REQUIRE_EQ_MSG(tap_write(from, out), 0, "%s", strerror(errno));
	in = next_frame(to, FRAME_MAX);
	ATF_REQUIRE(in != NULL);
	ATF_CHECK_EQ(in->f_len, len);
	ATF_CHECK(memcmp(in->f_data, out->f_data, len) == 0);
	frame_free(out);
	frame_free(in);
}

ATF_TC(tap);
ATF_TC_HEAD(tap, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(tap, tc)
{
	char name[IF_NAMESIZE];
	struct frame *f;
	uint8_t mac[6];
	int fd;

	new_namespace();
	fd = open_tap("ta", mac_a);
	ATF_CHECK_EQ(if_get_mac("ta", mac), 0);
	ATF_CHECK(memcmp(mac, mac_a, 6) == 0);
	ATF_CHECK_EQ(tap_set_mtu("ta", 9000), 0);
	ATF_CHECK(tap_set_mtu("ta", 67) == -1 && errno == EINVAL);
	ATF_CHECK_EQ(tap_read(fd, FRAME_MAX, &f), 0);
	ATF_CHECK_EQ(errno, EAGAIN);

	/* Down, a write fails with EIO; up, it is taken. */
	f = test_frame(60, mac_b);
	ATF_CHECK(tap_write(fd, f) == -1 && errno == EIO);
	ATF_CHECK_EQ(tap_set_up("ta", 1), 0);
	ATF_CHECK_EQ(tap_write(fd, f), 0);
	frame_free(f);

	/* Names: chosen by the kernel, too long, empty, in use, unknown. */
	ATF_CHECK(tap_open("lw%d", name, sizeof(name)) != -1);
	ATF_CHECK_STREQ(name, "lw0");
	ATF_CHECK(tap_open("abcdefghijklmnop", name, sizeof(name)) == -1);
	ATF_CHECK(tap_open("", name, sizeof(name)) == -1);
	ATF_CHECK(tap_open("ta", name, sizeof(name)) == -1 && errno == EBUSY);
	ATF_CHECK(tap_set_up("none", 1) == -1);
	ATF_CHECK(if_get_mac("none", mac) == -1);

	/* It goes with its descriptor. */
	close(fd);
	ATF_CHECK_EQ(if_nametoindex("ta"), 0);
}

ATF_TC(bridge);
ATF_TC_HEAD(bridge, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(bridge, tc)
{
	char name[IF_NAMESIZE];
	uint8_t mac[6];

	new_namespace();
	open_tap("ta", mac_a);
	open_tap("tb", mac_b);
	ATF_CHECK(!bridge_exists("br0"));
	ATF_CHECK(bridge_add("br0", "ta") == -1 && errno == ENODEV);
	ATF_REQUIRE_EQ_MSG(bridge_create("br0"), 0, "%s", strerror(errno));
	ATF_REQUIRE_EQ(bridge_create("br0"), 0);
	ATF_CHECK(bridge_exists("br0") && !bridge_exists("ta"));
	ATF_CHECK(bridge_create("ta") == -1 && errno == EEXIST);
	ATF_CHECK(bridge_create("") == -1);
	ATF_CHECK(bridge_create("abcdefghijklmnop") == -1);

	ATF_CHECK_EQ(bridge_of("ta", name), 0);
	ATF_CHECK_STREQ(name, "");
	ATF_CHECK_EQ(bridge_add("br0", "ta"), 0);
	ATF_CHECK_EQ(bridge_add("br0", "ta"), 0);
	ATF_CHECK_EQ(bridge_of("ta", name), 0);
	ATF_CHECK_STREQ(name, "br0");
	ATF_CHECK(bridge_add("ta", "tb") == -1 && errno == EINVAL);
	ATF_CHECK(bridge_of("none", name) == -1);

	/* The bridge keeps its first port's address; tb's is lower. */
	ATF_CHECK_EQ(if_get_mac("br0", mac), 0);
	ATF_CHECK(memcmp(mac, mac_a, 6) == 0);
	ATF_CHECK_EQ(bridge_add("br0", "tb"), 0);
	ATF_CHECK_EQ(if_get_mac("br0", mac), 0);
	ATF_CHECK(memcmp(mac, mac_a, 6) == 0);

	/* A port moves from bridge to bridge. */
	ATF_REQUIRE_EQ(bridge_create("br1"), 0);
	ATF_CHECK_EQ(bridge_add("br1", "tb"), 0);
	ATF_CHECK_EQ(bridge_of("tb", name), 0);
	ATF_CHECK_STREQ(name, "br1");
	ATF_CHECK_EQ(bridge_remove("tb"), 0);
	ATF_CHECK_EQ(bridge_remove("tb"), 0);
	ATF_CHECK_EQ(bridge_of("tb", name), 0);
	ATF_CHECK_STREQ(name, "");
}

ATF_TC(frames);
ATF_TC_HEAD(frames, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(frames, tc)
{
	static const size_t lens[] = { 14, 60, 1514, FRAME_SMALL_MAX,
		FRAME_SMALL_MAX + 1, 9018, 65535 };
	struct frame *f;
	size_t i;
	int a, b;

	new_namespace();
	a = open_tap("ta", mac_a);
	b = open_tap("tb", mac_b);
	ATF_REQUIRE_EQ(bridge_create("br0"), 0);
	ATF_REQUIRE_EQ(tap_set_mtu("ta", 65521), 0);
	ATF_REQUIRE_EQ(tap_set_mtu("tb", 65521), 0);
	ATF_REQUIRE_EQ(bridge_add("br0", "ta"), 0);
	ATF_REQUIRE_EQ(bridge_add("br0", "tb"), 0);
	ATF_REQUIRE_EQ(tap_set_up("ta", 1), 0);
	ATF_REQUIRE_EQ(tap_set_up("tb", 1), 0);
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		pass(a, b, lens[i]);
		pass(b, a, lens[i]);
	}

	/* Longer than asked for: dropped, and the next one is whole. */
	f = test_frame(1514, mac_a);
	ATF_CHECK_EQ(tap_write(a, f), 0);
	ATF_CHECK(next_frame(b, 1513) == NULL);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	pass(a, b, 61);

	/* No buffer: likewise. */
	ATF_CHECK_EQ(tap_write(a, f), 0);
	frame_free(f);
	f = test_frame(61, mac_a);
	frame_pool_drain();
	frame_set_limit(1);
	ATF_CHECK(next_frame(b, FRAME_MAX) == NULL);
	ATF_CHECK_EQ(errno, ENOMEM);
	frame_set_limit(64 << 20);
	frame_free(f);
	pass(a, b, 62);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tap);
	ATF_TP_ADD_TC(tp, bridge);
	ATF_TP_ADD_TC(tp, frames);
	return (atf_no_error());
}
