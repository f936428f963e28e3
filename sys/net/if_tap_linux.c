/* SPDX-License-Identifier: ISC */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <unistd.h>

#include "kern/frame.h"
#include "net/if_tap.h"
#include "net/offload.h"

/*
 * One queue.  More of them spread flows over threads, and one thread serves a
 * virtual NIC: its work is the records' too, whose order is the stream's.  Nor
 * would io_uring save much, as a call carries a super-frame: entering the
 * kernel was 0.4 % of a site's time, and the copy to or from the kernel's own
 * buffers, which stays, 18 %.
 */

/*
 * Frames that may wait to be read: what comes while another program has the
 * processor.  They are read whenever there is one, so it is no standing queue.
 */
enum { TAP_QUEUE = 4000 };

/* Not in the headers of older systems. */
enum { TAP_F_USO4 = 0x20, TAP_F_USO6 = 0x40 };

static int
set_name(struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	if (*name == '\0' ||
	    strlcpy(ifr->ifr_name, name, sizeof(ifr->ifr_name)) >=
		sizeof(ifr->ifr_name)) {
		errno = EINVAL;
		return (-1);
	}
	return (0);
}

static void
close_keep_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* One interface ioctl on a socket of its own. */
static int
if_ioctl(unsigned long request, struct ifreq *ifr)
{
	int fd, r;

	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	r = ioctl(fd, request, ifr);
	close_keep_errno(fd);
	return (r);
}

int
tap_open(const char *name, char *actual, size_t size)
{
	const int header = (int)sizeof(struct virtio_net_hdr);
	struct ifreq ifr;
	int fd;

	if (set_name(&ifr, name) == -1)
		return (-1);
	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1)
		return (-1);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    ioctl(fd, TUNSETVNETHDRSZ, &header) == -1)
		goto fail;
	if (strlcpy(actual, ifr.ifr_name, size) >= size) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	ifr.ifr_qlen = TAP_QUEUE;
	if (if_ioctl(SIOCSIFTXQLEN, &ifr) == -1)
		goto fail;
	return (fd);
fail:
	close_keep_errno(fd);
	return (-1);
}

int
tap_set_mac(const char *name, const uint8_t *mac)
{
	struct ifreq ifr;

	if (set_name(&ifr, name) == -1)
		return (-1);
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return (if_ioctl(SIOCSIFHWADDR, &ifr));
}

int
tap_set_mtu(const char *name, unsigned int mtu)
{
	struct ifreq ifr;

	if (set_name(&ifr, name) == -1)
		return (-1);
	if (mtu < 68 || mtu > 65535) {
		errno = EINVAL;
		return (-1);
	}
	ifr.ifr_mtu = (int)mtu;
	return (if_ioctl(SIOCSIFMTU, &ifr));
}

int
tap_set_up(const char *name, int up)
{
	struct ifreq ifr;

	if (set_name(&ifr, name) == -1 || if_ioctl(SIOCGIFFLAGS, &ifr) == -1)
		return (-1);
	if (up)
		ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
	else
		ifr.ifr_flags = (short)(ifr.ifr_flags & ~IFF_UP);
	return (if_ioctl(SIOCSIFFLAGS, &ifr));
}

unsigned int
tap_offload(int fd)
{
	static const struct {
		unsigned long flags;
		unsigned int can;
	} steps[] = {
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
			TAP_F_USO4 | TAP_F_USO6,
		    OFFLOAD_CAN_ALL },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
		    OFFLOAD_CAN_ALL & ~OFFLOAD_CAN_USO },
		{ TUN_F_CSUM, OFFLOAD_CAN_CSUM },
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (ioctl(fd, TUNSETOFFLOAD, steps[i].flags) == 0)
			return (steps[i].can);
	return (0);
}

/*
 * A frame's length is not known before it is read: what does not fit the
 * small buffer goes on in the large one, at the place where it belongs, so
 * that only the small part of a super-frame has to be moved.
 */
struct tap_buffers {
	struct virtio_net_hdr tb_header;
	struct frame *tb_small;	/* either may be NULL */
	struct frame *tb_large;
};

/* Bytes of frame, one more than fits when it is too long; -1 with errno. */
static ssize_t
read_parts(int fd, struct tap_buffers *tb)
{
	struct frame *small = tb->tb_small, *large = tb->tb_large;
	struct iovec iov[3] = { { .iov_base = &tb->tb_header,
	    .iov_len = sizeof(tb->tb_header) } };
	uint8_t none;
	ssize_t n;
	int parts = 1;

	if (small != NULL) {
		iov[parts].iov_base = small->f_data;
		iov[parts++].iov_len = small->f_cap;
	}
	if (small != NULL && large != NULL) {
		iov[parts].iov_base = large->f_data + small->f_cap;
		iov[parts++].iov_len = large->f_cap + 1 - small->f_cap;
	} else {
		iov[parts].iov_base = &none;
		iov[parts++].iov_len = sizeof(none);
	}
	do
		n = readv(fd, iov, parts);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	return (n < (ssize_t)sizeof(tb->tb_header) ?
		0 :
		n - (ssize_t)sizeof(tb->tb_header));
}

/*
 * A frame that went on in the large buffer.  Half-empty large buffers would
 * fill up queues and memory, so what fits a smaller one moves there, if there
 * is one.  Uses both up.
 */
static struct frame *
take_large(struct tap_buffers *tb, size_t len)
{
	struct frame *small = tb->tb_small, *large = tb->tb_large, *f = large;

	if (len <= FRAME_LARGE_MAX && (f = frame_alloc(len)) == NULL)
		f = large;
	memcpy(f->f_data, small->f_data, small->f_cap);
	if (f != large) {
		memcpy(f->f_data + small->f_cap, large->f_data + small->f_cap,
		    len - small->f_cap);
		frame_free(large);
	}
	frame_free(small);
	return (f);
}

/* The frame of len bytes that was read, or NULL; the buffers are used up. */
static struct frame *
take_buffer(struct tap_buffers *tb, size_t len)
{
	struct frame *small = tb->tb_small, *large = tb->tb_large, *f;

	if (small == NULL || (len > small->f_cap && large == NULL)) {
		frame_free(small);
		frame_free(large);
		return (NULL);
	}
	if (len <= small->f_cap) {
		frame_free(large);
		f = small;
	} else
		f = take_large(tb, len);
	f->f_len = (uint32_t)len;
	return (f);
}

/* The kernel's header, without what its flags and type give no meaning. */
static void
take_header(const struct virtio_net_hdr *vh, struct frame_offload *fo)
{
	fo->fo_flags = vh->flags & (OFFLOAD_F_CSUM | OFFLOAD_F_VALID);
	fo->fo_gso = vh->gso_type;
	if ((fo->fo_flags & OFFLOAD_F_CSUM) != 0) {
		fo->fo_csum_start = vh->csum_start;
		fo->fo_csum_offset = vh->csum_offset;
	}
	if (fo->fo_gso != OFFLOAD_GSO_NONE) {
		fo->fo_hdr_len = vh->hdr_len;
		fo->fo_gso_size = vh->gso_size;
	}
}

/* 0, or why the frame is not taken. */
static int
check_frame(struct frame *f, const struct virtio_net_hdr *vh, size_t max)
{
	struct frame_offload *fo = &f->f_offload;

	if (f->f_len < FRAME_MIN || f->f_len > FRAME_MAX)
		return (EMSGSIZE);
	take_header(vh, fo);
	if (offload_check(fo, f->f_data, f->f_len,
		OFFLOAD_CAN_ALL | OFFLOAD_CAN_SMALL) != NULL &&
	    !offload_fill_csum(fo, f->f_data, f->f_len))
		return (EBADMSG);
	if (offload_longest(fo, f->f_data, f->f_len) > max)
		return (EMSGSIZE);
	return (0);
}

int
tap_read(int fd, size_t max, struct frame **out)
{
	struct tap_buffers tb = { .tb_small = frame_alloc(FRAME_SMALL_MAX),
		.tb_large = frame_alloc(FRAME_MAX) };
	ssize_t n = read_parts(fd, &tb);
	int error = n == -1 ? errno : 0;
	struct frame *f = take_buffer(&tb, n == -1 ? 0 : (size_t)n);

	if (error == 0)
		error = f == NULL ? ENOMEM : check_frame(f, &tb.tb_header, max);
	if (error == 0) {
		*out = f;
		return (1);
	}
	frame_free(f);
	errno = error;
	return (n == -1 && error != EAGAIN ? -1 : 0);
}

/* What the kernel wants to know of the frame. */
static void
make_header(const struct frame *f, struct virtio_net_hdr *vh)
{
	const struct frame_offload *fo = &f->f_offload;
	struct offload_packet op;

	memset(vh, 0, sizeof(*vh));
	vh->flags = fo->fo_flags;
	vh->csum_start = fo->fo_csum_start;
	vh->csum_offset = fo->fo_csum_offset;
	vh->gso_type = fo->fo_gso;
	vh->gso_size = fo->fo_gso_size;
	/* so much is put in one piece of memory: what is true, not a hint */
	if (fo->fo_gso != OFFLOAD_GSO_NONE &&
	    offload_find(f->f_data, f->f_len, &op) == NULL)
		vh->hdr_len = (uint16_t)op.op_payload;
}

int
tap_write(int fd, const struct frame *f)
{
	struct virtio_net_hdr vh;
	struct iovec iov[2] = { { .iov_base = &vh, .iov_len = sizeof(vh) },
		{ .iov_base = f->f_data, .iov_len = f->f_len } };
	ssize_t n;

	make_header(f, &vh);
	do
		n = writev(fd, iov, 2);
	while (n == -1 && errno == EINTR);
	return (n == -1 ? -1 : 0);
}
