/* SPDX-License-Identifier: ISC */
/*
 * transport: how bytes get there.  A transport is "given a connected stream,
 * or none, give me a connected stream to HOST:PORT"; a list of hops is a
 * chain of them.  One of the five modules of the tunnel: an implementation
 * is an ops table in a file or folder of its own and one line in
 * transports.def.  Runs in vnicd's session process; nothing blocks.
 */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <net/if.h>
#include <stdint.h>
#include <sys/socket.h>

struct conf;
struct event_base;
struct evdns_base;
struct transport;

/*
 * Called once: with a connected non-blocking socket that is now the
 * callee's, or with -1 and a sentence that names the hop and the reason.
 */
typedef void (*transport_done)(int fd, const char *error, void *arg);
/*
 * Asks the privileged parent by which interface to leave for `to`; ifname
 * empty means no restriction.  0, or -1 when there is no way but through a
 * virtual NIC.  arg is tr_uplink_arg, which a transport that starts the next
 * hop by another one passes on as it got it.
 */
typedef int (*transport_uplink)(const struct sockaddr *to,
    char ifname[IF_NAMESIZE], void *arg);

struct transport_request {
	struct event_base *tr_base;
	struct evdns_base *tr_dns;	/* or NULL: addresses only, no names */
	const char *tr_host;		/* copied */
	uint16_t tr_port;
	/* Stream of the hop before, the transport's from now on; or -1. */
	int tr_fd;
	uint32_t tr_timeout;		/* ms for the whole attempt */
	const char *tr_source;		/* source address, or NULL */
	transport_uplink tr_uplink;	/* or NULL */
	void *tr_uplink_arg;
	const struct conf *tr_conf;	/* the vnic's block */
	transport_done tr_done;
	void *tr_arg;
};

struct transport_ops {
	const char *to_name;
	/* NULL without memory; tr_done is never called before it returns. */
	struct transport *(*to_start)(const struct transport_request *tr);
	/* Before tr_done was called only; tr_done will not be called. */
	void (*to_cancel)(struct transport *t);
};

/* The transport of that name, or NULL; "direct" is the default. */
const struct transport_ops *transport_find(const char *name);

#endif
