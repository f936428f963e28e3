/* SPDX-License-Identifier: ISC */
/*
 * pump: what stands between a connected stream and a further one inside it,
 * such as TLS to a proxy or a channel of SSH.  It owns the outer stream and
 * the layer, gives the caller one end of a socket pair, and moves bytes with
 * bounded buffers until either side ends.  Half-closed is closed: a tunnel
 * has no use for half a stream.
 */
#ifndef TRANSPORT_PUMP_H
#define TRANSPORT_PUMP_H

#include <stddef.h>
#include <sys/types.h>

struct event_base;
struct pump;

enum { PUMP_BUFFER = 128 * 1024 };	/* bytes held, each way */

struct pump_ops {
	/*
	 * Bytes moved, 0 when the outer stream must be waited for, -1 at the
	 * end or after an error, which po_error tells.
	 */
	ssize_t (*po_read)(void *layer, void *buf, size_t size);
	ssize_t (*po_write)(void *layer, const void *buf, size_t len);
	/* EV_READ, EV_WRITE: what the layer waits for on the outer stream. */
	short (*po_wants)(void *layer);
	/* Why it ended, or NULL: in order. */
	const char *(*po_error)(void *layer);
	/* Says good-bye if that does not block; closes the outer stream. */
	void (*po_free)(void *layer);
};

/*
 * The non-blocking descriptor of the further stream, the caller's; the layer
 * over `fd` is the pump's.  -1 without memory or descriptors: the layer is
 * freed.  `name` stands before what is logged when it ends by an error.
 */
int pump_start(struct event_base *base, int fd, const struct pump_ops *ops,
    void *layer, const char *name);

#endif
