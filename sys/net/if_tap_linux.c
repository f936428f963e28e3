/* SPDX-License-Identifier: ISC */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <string.h>
#include <unistd.h>

#include "kern/frame.h"
#include "net/if_tap.h"

/* What does not fit a small buffer is read here, then copied to a large one. */
static __thread uint8_t tap_overflow[FRAME_MAX + 1];

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

int
tap_open(const char *name, char *actual, size_t size)
{
	struct ifreq ifr;
	int fd;

	if (set_name(&ifr, name) == -1)
		return (-1);
	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1)
		return (-1);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &ifr) == -1) {
		close_keep_errno(fd);
		return (-1);
	}
	if (strlcpy(actual, ifr.ifr_name, size) >= size) {
		errno = ENAMETOOLONG;
		close_keep_errno(fd);
		return (-1);
	}
	return (fd);
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

/* Read into f, if there is one, and on into tap_overflow. */
static ssize_t
read_parts(int fd, struct frame *f)
{
	struct iovec iov[2];
	ssize_t n;
	int parts = 0;

	if (f != NULL) {
		iov[parts].iov_base = f->f_data;
		iov[parts++].iov_len = f->f_cap;
	}
	iov[parts].iov_base = tap_overflow;
	iov[parts++].iov_len = sizeof(tap_overflow);
	do
		n = readv(fd, iov, parts);
	while (n == -1 && errno == EINTR);
	return (n);
}

/* Move a frame that filled f and went on in tap_overflow; frees f. */
static struct frame *
enlarge(struct frame *f, size_t len)
{
	struct frame *big;

	if ((big = frame_alloc(len)) != NULL) {
		memcpy(big->f_data, f->f_data, f->f_cap);
		memcpy(big->f_data + f->f_cap, tap_overflow, len - f->f_cap);
	}
	frame_free(f);
	return (big);
}

static int
no_frame(struct frame *f, int error)
{
	if (f != NULL)
		frame_free(f);
	errno = error;
	return (0);
}

int
tap_read(int fd, size_t max, struct frame **out)
{
	struct frame *f;
	ssize_t n;
	size_t len;

	f = frame_alloc(FRAME_SMALL_MAX);
	if ((n = read_parts(fd, f)) == -1) {
		no_frame(f, errno);
		return (errno == EAGAIN ? 0 : -1);
	}
	len = (size_t)n;
	if (len < FRAME_MIN || len > max || len > FRAME_MAX)
		return (no_frame(f, EMSGSIZE));
	if (f != NULL && len > f->f_cap)
		f = enlarge(f, len);
	if (f == NULL)
		return (no_frame(f, ENOMEM));
	f->f_len = (uint32_t)len;
	*out = f;
	return (1);
}

int
tap_write(int fd, const struct frame *f)
{
	ssize_t n;

	do
		n = write(fd, f->f_data, f->f_len);
	while (n == -1 && errno == EINTR);
	return (n == -1 ? -1 : 0);
}
