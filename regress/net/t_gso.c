/* SPDX-License-Identifier: ISC */
/*
 * Software segmentation: numbered vectors, properties of random super-frames,
 * and the kernel's own segmentation of the same ones.
 */
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/gso.h"
#include "net/if_bridge.h"
#include "net/if_tap.h"

#include "super.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { RANDOM = 3000, SEGMENTS = 2000 };

/*
 * Numbered vectors: a super-frame, and its n-th segment's length, ID, TCP
 * flags, sequence number, and checksums of IPv4 and of TCP or UDP.  The
 * numbers are from a script over RFC 791, 1071, 9293 and 768.
 */
static const struct {
	struct super su;
	unsigned int count, n;
	size_t len;
	uint16_t id, ip_csum;
	uint8_t flags;
	uint32_t seq;
	uint16_t csum;
} vectors[] = {
#include "gso_vectors.h"
};

static struct frame *
nth(const struct super *su, unsigned int n, unsigned int *count)
{
	struct gso gs = { 0 };
	struct frame *f, *found = NULL;
	unsigned int i;

	ATF_REQUIRE(gso_start(&gs, super_make(su)));
	*count = gso_left(&gs);
	for (i = 0; (f = gso_next(&gs)) != NULL; i++) {
		if (i == n)
			found = f;
		else
			frame_free(f);
	}
	ATF_CHECK_EQ(i, *count);
	ATF_CHECK_EQ(gso_left(&gs), 0);
	return (found);
}

static void
check_vector(size_t i)
{
	const struct super *su = &vectors[i].su;
	unsigned int count;
	struct frame *f = nth(su, vectors[i].n, &count);
	const uint8_t *l3, *l4;

	ATF_REQUIRE_MSG(f != NULL, "vector %zu", i);
	l3 = f->f_data + super_l3(su);
	l4 = f->f_data + super_l4(su);
	ATF_CHECK_EQ_MSG(count, vectors[i].count, "vector %zu", i);
	ATF_CHECK_EQ_MSG(f->f_len, vectors[i].len, "vector %zu", i);
	if (!su->su_v6) {
		ATF_CHECK_EQ_MSG(get16(l3 + 4), vectors[i].id, "vector %zu", i);
		ATF_CHECK_EQ_MSG(get16(l3 + 10), vectors[i].ip_csum,
		    "vector %zu", i);
	}
	if (su->su_tcp) {
		ATF_CHECK_EQ_MSG(l4[13], vectors[i].flags, "vector %zu", i);
		ATF_CHECK_EQ_MSG(get32(l4 + 4), vectors[i].seq, "vector %zu",
		    i);
	}
	ATF_CHECK_EQ_MSG(get16(l4 + (su->su_tcp ? 16 : 6)), vectors[i].csum,
	    "vector %zu: %04x", i, get16(l4 + (su->su_tcp ? 16 : 6)));
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(vectors);
ATF_TC_BODY(vectors, tc)
{
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(i);
}

static size_t
below(size_t n)
{
	return ((size_t)rand() % n);
}

static struct super
random_super(void)
{
	struct super su = {
		.su_tcp = below(3) != 0,
		.su_v6 = below(2) != 0,
		.su_tags = (unsigned int)below(3),
		.su_extra = below(3) == 0 ? 8 * (1 + below(4)) : 0,
		.su_id = (uint16_t)rand(),
		.su_seq = (uint32_t)rand() * 3,
		.su_size = (uint16_t)(48 + below(1500)),
	};
	static const uint8_t flags[] = { 0x10, 0x18, 0x19, 0x90, 0xd9, 0x38 };

	su.su_flags = flags[below(sizeof(flags))];
	if (su.su_tcp)
		su.su_options = 4 * below(11);
	su.su_data = 1 + below(su.su_tcp ? 60000 : 128 * su.su_size);
	if (super_head(&su) + su.su_data > 65000)
		su.su_data = 65000 - super_head(&su);
	return (su);
}

/* One segment against the super-frame; the payload that it carries. */
static size_t
check_segment(const struct super *su, const struct frame *whole,
    const struct frame *f, unsigned int i, size_t done)
{
	size_t l3 = super_l3(su), l4 = super_l4(su), head = super_head(su);
	size_t n = f->f_len - head, room = f->f_len - l4;
	const uint8_t *p = f->f_data;
	bool last = done + n == su->su_data;
	uint8_t flags = su->su_flags;

	ATF_REQUIRE(f->f_len > head && n <= su->su_size);
	ATF_CHECK(last || n == su->su_size);
	ATF_CHECK_EQ(f->f_offload.fo_flags | f->f_offload.fo_gso, 0);
	ATF_CHECK(memcmp(p + head, whole->f_data + head + done, n) == 0);
	ATF_CHECK(memcmp(p, whole->f_data, l3 + 2) == 0);
	ATF_CHECK_EQ(super_sum(p + l4, room,
			 super_pseudo(p + l3, su->su_tcp ? 6 : 17, room)),
	    0xffff);
	if (su->su_v6)
		ATF_CHECK_EQ(get16(p + l3 + 4), f->f_len - l3 - 40);
	else {
		ATF_CHECK_EQ(get16(p + l3 + 2), f->f_len - l3);
		ATF_CHECK_EQ(get16(p + l3 + 4), (uint16_t)(su->su_id + i));
		ATF_CHECK_EQ(super_sum(p + l3, l4 - l3, 0), 0xffff);
	}
	if (!su->su_tcp) {
		ATF_CHECK_EQ(get16(p + l4 + 4), room);
		ATF_CHECK(get16(p + l4 + 6) != 0);
		return (n);
	}
	if (!last)
		flags &= 0xf6;
	if (i > 0)
		flags &= 0x7f;
	ATF_CHECK_EQ(p[l4 + 13], flags);
	ATF_CHECK_EQ(get32(p + l4 + 4), su->su_seq + (uint32_t)done);
	return (n);
}

ATF_TC_WITHOUT_HEAD(properties);
ATF_TC_BODY(properties, tc)
{
	struct frame *whole, *f;
	struct super su;
	struct gso gs;
	size_t done;
	unsigned int i, n;
	int r;

	srand(5);
	for (r = 0; r < RANDOM; r++) {
		su = random_super();
		whole = super_make(&su);
		ATF_REQUIRE(whole != NULL);
		memset(&gs, 0, sizeof(gs));
		ATF_REQUIRE(gso_start(&gs, frame_ref(whole)));
		n = gso_left(&gs);
		ATF_CHECK_EQ(n,
		    offload_segments(&whole->f_offload, whole->f_data,
			whole->f_len));
		for (i = 0, done = 0; (f = gso_next(&gs)) != NULL; i++) {
			done += check_segment(&su, whole, f, i, done);
			ATF_CHECK(f->f_len <= offload_longest(&whole->f_offload,
						  whole->f_data, whole->f_len));
			frame_free(f);
		}
		ATF_CHECK_EQ(i, n);
		ATF_CHECK_EQ(done, su.su_data);
		ATF_CHECK_EQ(atomic_load(&whole->f_refs), 1);
		frame_free(whole);
	}
	frame_pool_drain();
}

/* Whether what comes out next is f, octet for octet. */
static void
check_same(struct gso *gs, const struct frame *f)
{
	struct frame *want = gso_next(gs);

	ATF_REQUIRE(want != NULL);
	ATF_REQUIRE_EQ(want->f_len, f->f_len);
	ATF_CHECK(memcmp(want->f_data, f->f_data, f->f_len) == 0);
	frame_free(want);
}

/* Smaller super-frames give the segments of the whole. */
static void
check_part(struct gso *whole, struct frame *part, size_t len)
{
	struct gso gs = { 0 };
	struct frame *f;

	ATF_CHECK(part->f_offload.fo_gso == OFFLOAD_GSO_NONE ||
	    part->f_len <= len);
	if (part->f_offload.fo_gso == OFFLOAD_GSO_NONE) {
		check_same(whole, part);
		frame_free(part);
		return;
	}
	ATF_REQUIRE(gso_start(&gs, part));
	ATF_CHECK(gso_left(&gs) > 1);
	while ((f = gso_next(&gs)) != NULL) {
		check_same(whole, f);
		frame_free(f);
	}
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	struct frame *super, *f;
	struct gso whole, gs;
	struct super su;
	size_t len;
	int r;

	srand(8);
	for (r = 0; r < RANDOM / 4; r++) {
		su = random_super();
		super = super_make(&su);
		ATF_REQUIRE(super != NULL);
		ATF_REQUIRE(gso_start(&whole, frame_ref(super)));
		ATF_REQUIRE(gso_start(&gs, super));
		do {
			len = below(30000);
			if ((f = gso_next_part(&gs, len)) != NULL)
				check_part(&whole, f, len);
		} while (f != NULL);
		ATF_CHECK_EQ(gso_left(&whole), 0);
	}
	frame_pool_drain();
}

/* A UDP checksum that comes out as zero is sent as all ones. */
ATF_TC_WITHOUT_HEAD(udp_zero);
ATF_TC_BODY(udp_zero, tc)
{
	struct super su = { .su_data = 100, .su_size = 60 };
	struct frame *whole = super_make(&su), *f;
	unsigned int count;
	struct gso gs = { 0 };
	uint8_t *payload;

	ATF_REQUIRE(whole != NULL);
	f = nth(&su, 0, &count);
	ATF_REQUIRE(f != NULL);
	payload = whole->f_data + super_head(&su);
	/* what is missing to a sum of all ones */
	put16(payload,
	    super_sum(payload, 2, get16(f->f_data + super_l4(&su) + 6)));
	frame_free(f);
	ATF_REQUIRE(gso_start(&gs, whole));
	ATF_REQUIRE((f = gso_next(&gs)) != NULL);
	ATF_CHECK_EQ(get16(f->f_data + super_l4(&su) + 6), 0xffff);
	frame_free(f);
	gso_end(&gs);
	frame_pool_drain();
}

/* Whatever stands in header and frame, nothing is read beyond them. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct frame *f, *g;
	struct super su;
	struct gso gs;
	int r, i, taken = 0;

	srand(6);
	for (r = 0; r < 20 * RANDOM; r++) {
		su = random_super();
		su.su_data = 1 + su.su_data % 4000;
		f = super_make(&su);
		ATF_REQUIRE(f != NULL);
		for (i = (int)below(4); i >= 0; i--)
			if (below(2) == 0)
				f->f_data[12 + below(60)] = (uint8_t)rand();
			else
				((uint8_t *)&f->f_offload)[below(
				    sizeof(f->f_offload))] = (uint8_t)rand();
		if (below(4) == 0)
			f->f_len =
			    (uint32_t)(FRAME_MIN + below(f->f_len - FRAME_MIN));
		memset(&gs, 0, sizeof(gs));
		if (!gso_start(&gs, f))
			continue;
		taken++;
		for (i = 0; (g = gso_next(&gs)) != NULL; i++)
			frame_free(g);
		ATF_REQUIRE(i > 0 && i <= SEGMENTS);
	}
	/* Some harmless changes pass, most do not. */
	ATF_CHECK(taken > 0 && taken < 20 * RANDOM);
	frame_pool_drain();
}

/* Without memory nothing is lost track of; what is left can be given up. */
ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	struct super su = { .su_tcp = true, .su_data = 10000, .su_size = 1000 };
	struct gso gs = { 0 };
	struct frame *f, *g;

	ATF_REQUIRE(gso_start(&gs, super_make(&su)));
	ATF_REQUIRE((f = gso_next(&gs)) != NULL);
	frame_set_limit(1);
	ATF_CHECK(gso_next(&gs) == NULL);
	ATF_CHECK_EQ(gso_left(&gs), 9);
	frame_set_limit(64 << 20);
	ATF_REQUIRE((g = gso_next(&gs)) != NULL);
	ATF_CHECK_EQ(get32(g->f_data + 38), 1000);
	gso_end(&gs);
	ATF_CHECK_EQ(gso_left(&gs), 0);
	ATF_CHECK(gso_next(&gs) == NULL);
	frame_free(f);
	frame_free(g);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/*
 * The kernel as the judge: a super-frame is written to tap ta with its
 * virtio-net header, a bridge takes it to tap tb, which has no offload, and
 * the kernel segments it there.
 */
static int
kernel_tap(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags =
				 (short)(IFF_TAP | IFF_NO_PI | flags) };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	ATF_REQUIRE_MSG(fd != -1, "/dev/net/tun: %s", strerror(errno));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ATF_REQUIRE_EQ_MSG(ioctl(fd, TUNSETIFF, &ifr), 0, "%s",
	    strerror(errno));
	ATF_REQUIRE_EQ(tap_set_up(name, 1), 0);
	ATF_REQUIRE_EQ_MSG(bridge_add("br0", name), 0, "%s", strerror(errno));
	return (fd);
}

static void
kernel_write(int fd, const struct frame *f)
{
	const struct frame_offload *fo = &f->f_offload;
	struct virtio_net_hdr vh = { .flags = fo->fo_flags,
		.gso_type = fo->fo_gso,
		.hdr_len = fo->fo_hdr_len,
		.gso_size = fo->fo_gso_size,
		.csum_start = fo->fo_csum_start,
		.csum_offset = fo->fo_csum_offset };
	struct iovec iov[2] = { { &vh, sizeof(vh) }, { f->f_data, f->f_len } };

	ATF_REQUIRE_EQ_MSG(writev(fd, iov, 2), (ssize_t)(sizeof(vh) + f->f_len),
	    "%s", strerror(errno));
}

/* The next frame that tb got from us; the kernel's own are skipped. */
static size_t
kernel_read(int fd, uint8_t *buf, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		n = read(fd, buf, size);
		if (n > 12 && buf[6] == 2 && buf[11] == 0xa)
			return ((size_t)n);
		if (n == -1)
			ATF_REQUIRE_EQ_MSG(poll(&pfd, 1, 60000), 1,
			    "no frame in 20 s");
	}
}

static void
compare(int ta, int tb, const struct super *su, int r)
{
	struct gso gs = { 0 };
	struct frame *whole = super_make(su), *f;
	uint8_t buf[4096];
	size_t n;

	ATF_REQUIRE(whole != NULL);
	kernel_write(ta, whole);
	ATF_REQUIRE(gso_start(&gs, whole));
	while ((f = gso_next(&gs)) != NULL) {
		n = kernel_read(tb, buf, sizeof(buf));
		ATF_CHECK_EQ_MSG(n, f->f_len, "%d: %zu, ours %u", r, n,
		    f->f_len);
		ATF_REQUIRE_MSG(memcmp(buf, f->f_data, n) == 0,
		    "%d: segment %u differs: tcp %d v6 %d tags %u", r,
		    gs.gs_count - 1, su->su_tcp, su->su_v6, su->su_tags);
		frame_free(f);
	}
}

ATF_TC(kernel);
ATF_TC_HEAD(kernel, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "900");
}
ATF_TC_BODY(kernel, tc)
{
	struct super su;
	int ta, tb, r;

	ATF_REQUIRE_EQ_MSG(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
	ATF_REQUIRE_EQ_MSG(bridge_create("br0"), 0, "%s", strerror(errno));
	ATF_REQUIRE_EQ(tap_set_up("br0", 1), 0);
	ta = kernel_tap("ta", IFF_VNET_HDR);
	tb = kernel_tap("tb", 0);
	srand(7);
	for (r = 0; r < 400; r++) {
		su = random_super();
		/* the tap's queue takes some hundred frames */
		su.su_data %= (size_t)su.su_size * 120;
		su.su_data++;
		if (su.su_data <= su.su_size)
			su.su_data = su.su_size + 1;
		compare(ta, tb, &su, r);
	}
	close(ta);
	close(tb);
	frame_pool_drain();
}

struct counts {
	unsigned int n, supers;
	size_t bytes;
};

static void
count(struct frame *f, void *arg)
{
	struct counts *ct = arg;

	ct->n++;
	ct->supers += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	ct->bytes += f->f_len;
	frame_free(f);
}

/* Whole for those who take its kind, else segments; nothing is lost. */
ATF_TC_WITHOUT_HEAD(each);
ATF_TC_BODY(each, tc)
{
	struct super su = { .su_tcp = true, .su_data = 10000, .su_size = 1000 };
	struct frame *f;
	unsigned int can;

	for (can = 0; can <= OFFLOAD_CAN_ALL; can++) {
		bool takes = (can & 3) == 3;
		struct counts ct = { 0 };

		ATF_REQUIRE((f = super_make(&su)) != NULL);
		ATF_CHECK_EQ(gso_each(f, can, count, &ct), 0);
		ATF_CHECK_EQ(ct.n, takes ? 1 : 10);
		ATF_CHECK_EQ(ct.supers, takes ? 1 : 0);
		ATF_CHECK_EQ(ct.bytes, takes ? 10054 : 10540);
	}
	/* our own kernel's GRO joins tiny segments; nobody else takes them */
	su.su_size = 10;
	su.su_data = 95;
	for (can = 0; can < 2; can++) {
		struct counts ct = { 0 };

		ATF_REQUIRE((f = super_make(&su)) != NULL);
		ATF_CHECK(offload_check(&f->f_offload, f->f_data, f->f_len,
			      OFFLOAD_CAN_ALL) != NULL);
		ATF_CHECK(offload_check(&f->f_offload, f->f_data, f->f_len,
			      OFFLOAD_CAN_ALL | OFFLOAD_CAN_SMALL) == NULL);
		ATF_CHECK_EQ(gso_each(f, can * OFFLOAD_CAN_ALL, count, &ct), 0);
		ATF_CHECK_EQ(ct.n, 10);
	}
	/* no super-frame at all behind its header: nothing comes out */
	struct counts ct = { 0 };

	ATF_REQUIRE((f = super_make(&su)) != NULL);
	f->f_data[23] = 17;
	ATF_CHECK_EQ(gso_each(f, 0, count, &ct), 1);
	ATF_CHECK_EQ(ct.n, 0);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vectors);
	ATF_TP_ADD_TC(tp, properties);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, udp_zero);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, each);
	ATF_TP_ADD_TC(tp, kernel);
	return (atf_no_error());
}
