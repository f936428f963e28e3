/* SPDX-License-Identifier: ISC */
/*
 * if_tap: virtual Ethernet interfaces.  One header; the operating system's
 * way is in if_tap_linux.c.  Opening and configuring is done by a privileged
 * parent; reading and writing the descriptor by a confined process.
 */
#ifndef NET_IF_TAP_H
#define NET_IF_TAP_H

#include <stddef.h>
#include <stdint.h>

struct frame;

/*
 * Create (or take over) the tap `name`, non-persistent, with a Virtio header
 * before each frame, which stays between tap_read and tap_write.  `actual`
 * (size bytes) gets the name.  Returns a non-blocking close-on-exec
 * descriptor, or -1 with errno.
 */
int tap_open(const char *name, char *actual, size_t size);
/*
 * From now on the kernel may hand over super-frames and frames with open
 * checksums, as far as it can.  Returns the kinds that tap_write takes, of
 * OFFLOAD_CAN_*.
 */
unsigned int tap_offload(int fd);
/* Set address, MTU (68..65535), and bring it up or down; -1 with errno. */
int tap_set_mac(const char *name, const uint8_t *mac);
int tap_set_mtu(const char *name, unsigned int mtu);
int tap_set_up(const char *name, int up);

/*
 * Read one frame of at most max bytes, or a super-frame of such segments; its
 * offload header agrees with it by offload_check(), but for OFFLOAD_CAN_SMALL.
 * 1 with *out set, 0 when none was got: errno is EAGAIN when none waits,
 * ENOMEM when one was dropped for want of a buffer, EMSGSIZE when one was
 * dropped because it was longer than max or no frame at all, EBADMSG because
 * of its offload header.  -1 with errno when the interface is gone.
 */
int tap_read(int fd, size_t max, struct frame **out);
/*
 * Write one frame or super-frame that passed offload_check(); does not
 * consume it.  0, or -1 with errno: EAGAIN and EIO (the interface is down)
 * pass, the frame is lost; EBADFD: it is gone.
 */
int tap_write(int fd, const struct frame *f);

#endif
