/* SPDX-License-Identifier: ISC */
/*
 * rtnl: one rtnetlink request and its answers, for the files of this folder
 * that configure or read the network on Linux.  Blocking: privileged parents
 * only.
 */
#ifndef NET_RTNL_LINUX_H
#define NET_RTNL_LINUX_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

enum { RTNL_BUF = 4096 };	/* room for a request */

/* Begin a request in buf (RTNL_BUF bytes). */
struct nlmsghdr *rtnl_begin(char *buf, uint16_t type, uint16_t flags);
/*
 * Send it and call cb (or NULL) with each answer until the kernel's
 * acknowledgement or the end of a dump.  0, or -1 with errno; EINTR when a
 * dump was disturbed by a change and should be asked for again.
 */
int rtnl_run(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);
/* Attribute `type` behind the `offset` bytes of nlh's own header, or NULL. */
const struct nlattr *rtnl_attr(const struct nlmsghdr *nlh, size_t offset,
    uint16_t type);
/* Attribute `type` inside a nested one, or NULL. */
const struct nlattr *rtnl_nested(const struct nlattr *nest, uint16_t type);

#endif
