/* SPDX-License-Identifier: ISC */
/*
 * pump: what stands between a connected stream and a further one inside it,
 * such as TLS to a proxy or a channel of SSH.  It owns the outer stream and
 * the layer, gives the caller one end of a socket pair, and moves bytes with
 * bounded buffers until either side ends.  Half-closed is closed: a tunnel
 * has no use for half a stream.
 *
 *	caller fd ==pair== pump -- layer -- outer fd ---- proxy
 *
 * When the outer side ends, the caller reads what came before, then the end
 * of the stream; the pump stays until the caller has closed its end, so that
 * it can be asked why (pump_error).
 */
#ifndef TRANSPORT_PUMP_H
#define TRANSPORT_PUMP_H

#include <stddef.h>
#include <sys/types.h>

struct event_base;
struct pump;

enum {
	PUMP_BUFFER = 32 * 1024,	/* bytes held by the pump, each way */
	/*
	 * SO_SNDBUF of the pair: what the kernel holds.  With the outer
	 * socket's TCP_NOTSENT_LOWAT (net/tcp.h) that is all that can queue
	 * up beyond the owner's own queue.
	 */
	PUMP_SOCKET = 64 * 1024
};

struct pump_ops {
	/*
	 * Bytes moved, 0 when the outer stream must be waited for, -1 at the
	 * end or after an error, which po_error tells.  po_write may be given
	 * other bytes after a 0 only behind those that it was given.
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
 * freed.  `name` stands before what pump_error() tells; copied.  If fd is a
 * TCP socket it gets tcp_options().
 */
int pump_start(struct event_base *base, int fd, const struct pump_ops *ops,
    void *layer, const char *name);

/*
 * Why the pump behind the caller's descriptor has ended, "NAME: reason", by
 * the innermost one that knows; NULL: there is none, it still runs, or it
 * ended in order.  Valid until the event loop runs again.
 */
const char *pump_error(int fd);
/* The socket to the first hop that all pumps behind fd end at; fd if none. */
int pump_socket(int fd);

#endif
