/* SPDX-License-Identifier: ISC */
/*
 * acl_fact: what a frame has in the fields that rules are about; for acl.c.
 */
#ifndef NET_ACL_FACT_H
#define NET_ACL_FACT_H

#include "kern/bytes.h"
#include "net/acl.h"

enum acl_seen {
	SEEN_NONE,	/* it has no such field */
	SEEN_UNKNOWN,	/* it may have; that cannot be seen */
	SEEN_VALUE
};

/* What of in, by inspect_frame(), is in a field: *value with SEEN_VALUE. */
enum acl_seen acl_see(const struct inspect *in, enum acl_field field,
    struct acl_number *value);

static inline uint64_t
acl_mac_number(const uint8_t *mac)
{
	return ((uint64_t)get16(mac) << 32 | get32(mac + 2));
}

static inline struct acl_number
acl_ip6_number(const uint8_t *addr)
{
	return ((struct acl_number){ get64(addr), get64(addr + 8) });
}

#endif
