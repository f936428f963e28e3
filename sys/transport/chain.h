/* SPDX-License-Identifier: ISC */
/*
 * chain: a list of hops to a server.  The first transport connects to the
 * first proxy, each proxy to the next, the last one to the server.
 *
 *	direct -> proxy a -> (TLS in it) -> proxy b -> server
 *
 * Without proxies it is the first transport alone.  Behaves as a transport
 * does: one call of tr_done, cancel before it only.
 */
#ifndef TRANSPORT_CHAIN_H
#define TRANSPORT_CHAIN_H

#include "transport/transport.h"

enum { CHAIN_HOPS = 8 };

struct chain;

/*
 * tr: as for the first transport, but that tr_host and tr_port are the
 * server's, and tr_timeout is the time of each hop.  proxies: blocks
 * `proxy` of vnicd.conf in the order they are passed through, which must
 * live until the end.  NULL without memory; tr_done is never called before
 * it returns.
 */
struct chain *chain_start(const struct transport_ops *first,
    const struct transport_request *tr, const struct conf *const *proxies,
    unsigned int nproxies);
void chain_cancel(struct chain *ch);

#endif
