/* SPDX-License-Identifier: ISC */
/*
 * verify: how a block's server is known in TLS: its `pin`, or `ca` and
 * `server-name`.  For blocks `vnic` and `proxy` of vnicd.conf.
 */
#ifndef TRANSPORT_VERIFY_H
#define TRANSPORT_VERIFY_H

#include <stddef.h>

struct conf;
struct crypto_ctx;
struct crypto_ops;

/*
 * For streams of co.  ca: the text of the file that `ca` names, or NULL; host:
 * the name in place of an absent server-name.  NULL with a sentence in err.
 */
struct crypto_ctx *verify_ctx(const struct crypto_ops *co,
    const struct conf *cf, const char *ca, const char *host, char *err,
    size_t size);
/* The name to ask for in TLS, which an address is not: NULL then. */
const char *verify_sni(const struct conf *cf, const char *host);

#endif
