/* SPDX-License-Identifier: ISC */
/*
 * chain: a list of hops to a server.  The first transport connects to the
 * first proxy, each proxy to the next, the last one to the server.  A proxy
 * whose block says `tls yes` is spoken to in TLS, whatever its type.
 *
 *	direct -> (TLS to a) -> proxy a -> proxy b -> server
 *
 * Without proxies it is the first transport alone.  Behaves as a transport
 * does: one call of tr_done, cancel before it only.
 */
#ifndef TRANSPORT_CHAIN_H
#define TRANSPORT_CHAIN_H

#include <stddef.h>

#include "transport/transport.h"

enum { CHAIN_PROXIES = 8, CHAIN_WAY_LEN = 512 };

struct chain;

/*
 * tr: as for the first transport, but that tr_host and tr_port are the
 * server's, and tr_timeout is the time of each hop.  proxies: blocks
 * `proxy` of vnicd.conf in the order they are passed through, at most
 * CHAIN_PROXIES, which must live until the end and be of a type that is in
 * the table.  NULL without memory;
 * tr_done is never called before it returns.
 */
struct chain *chain_start(const struct transport_ops *first,
    const struct transport_request *tr, const struct conf *const *proxies,
    unsigned int nproxies);
void chain_cancel(struct chain *ch);

/*
 * The way in words: "direct", or "direct, proxy 10.1.1.1:3128 (http in TLS),
 * proxy 10.2.2.2:1080 (socks5)".
 */
void chain_way(const struct transport_ops *first,
    const struct conf *const *proxies, unsigned int nproxies, char *buf,
    size_t size);

#endif
