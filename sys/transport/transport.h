/* SPDX-License-Identifier: ISC */
/*
 * transport: how bytes get there.  A transport is "given a connected stream,
 * or none, give me a connected stream to HOST:PORT".  One of the five modules
 * of the tunnel: an implementation is an ops table in a file or folder of its
 * own and one line in transports.def.  Runs in vnicd's session process;
 * nothing blocks.
 *
 * Some make the first connection (direct); the others are proxies, which are
 * given the stream to their server, ask it for HOST:PORT, and hand over the
 * stream that is HOST:PORT from its next byte on: not one byte more is read
 * than the proxy's reply has, since what follows is the next hop's.  A list
 * of hops is a chain of them (chain.h).  A stream is always a descriptor:
 * what wraps bytes (TLS, SSH) hands over one end of a socket pair and pumps
 * between it and its own (pump.h), so that each hop looks like any other.
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

enum { TRANSPORT_ERROR_LEN = 320 };	/* most bytes of a sentence, with NUL */

/* Instead of a descriptor. */
enum {
	TRANSPORT_FAILED = -1,
	/*
	 * A proxy refuses the user: the same again soon would be refused too,
	 * and may lock the account.
	 */
	TRANSPORT_DENIED = -2
};

/*
 * Called once: with a connected non-blocking socket that is now the
 * callee's, or with TRANSPORT_* and a sentence that names the hop and the
 * reason.
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
/*
 * The address of a name that the caller knows by itself, as text that lives
 * until the next call; NULL: ask the name servers.
 */
typedef const char *(*transport_lookup)(const char *host, void *arg);

struct transport_request {
	struct event_base *tr_base;
	struct evdns_base *tr_dns;	/* or NULL: addresses only, no names */
	const char *tr_host;		/* copied */
	uint16_t tr_port;
	/*
	 * A proxy: the stream to its server, the transport's from now on,
	 * non-blocking.  -1 for one that makes the first connection.
	 */
	int tr_fd;
	/*
	 * A proxy: how errors and the log call it, such as
	 * "proxy 10.1.1.1:3128"; copied.  Errors begin with it.
	 */
	const char *tr_name;
	/*
	 * A proxy: asks for a fresh stream to its server, after one that the
	 * server closed before all was said; to_stream gets it, or the whole
	 * attempt fails elsewhere.  Not from within to_start.  How often is
	 * the transport's to bound.  NULL: there is no other stream.
	 */
	void (*tr_again)(void *arg);
	void *tr_again_arg;
	uint32_t tr_timeout;		/* ms for the whole attempt */
	const char *tr_source;		/* source address, or NULL */
	transport_uplink tr_uplink;	/* or NULL */
	void *tr_uplink_arg;
	transport_lookup tr_lookup;	/* or NULL */
	void *tr_lookup_arg;
	/* The proxy's block, or the vnic's for the first connection. */
	const struct conf *tr_conf;
	/*
	 * The text of the file that key `key` of tr_conf names, read by the
	 * parent: valid until the settings change; NULL if there is none.
	 */
	const char *(*tr_file)(const struct conf *cf, const char *key,
	    void *arg);
	void *tr_file_arg;
	transport_done tr_done;
	void *tr_arg;
};

struct transport_ops {
	const char *to_name;
	/* A proxy: its server's port where the settings name none. */
	uint16_t to_port;
	/* NULL without memory; tr_done is never called before it returns. */
	struct transport *(*to_start)(const struct transport_request *tr);
	/*
	 * The stream that tr_again asked for; NULL where that is never
	 * called.  tr_done may be called before it returns.
	 */
	void (*to_stream)(struct transport *t, int fd);
	/* Before tr_done was called only; tr_done will not be called. */
	void (*to_cancel)(struct transport *t);
};

/* The transport of that name, or NULL. */
const struct transport_ops *transport_find(const char *name);

#endif
