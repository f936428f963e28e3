/* SPDX-License-Identifier: ISC */
/*
 * acl: an ordered list of rules on frames, compiled: the first rule whose
 * conditions all hold decides; a frame that no rule is about passes.  Pure;
 * frames have gone through inspect_frame(), so tags, IP options, extension
 * headers and fragments do not hide anything.
 *
 * What of a frame cannot be seen counts against it: a rule that drops holds
 * if it may hold, one that passes only if it surely does.  So it is with the
 * ports and the TCP state of fragments but the first, with the protocol of
 * such fragments of IPv6 (RFC 8200, 4.5: only the first one's counts), and
 * with all that is behind what is INSPECT_HIDDEN.
 *
 * Compiled form: for each field that rules have conditions on, what values
 * there are is cut into intervals at the bounds of the conditions, and each
 * interval has a set of the rules that it fits (as bits, one a rule), so that
 * the rules that hold are the sets' intersection (Lakshman and Stiliadis,
 * 1998), of which a word says where it is not empty (Baboescu and Varghese,
 * 2001).  It is never changed once made, so any number of threads may use it.
 */
#ifndef NET_ACL_H
#define NET_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acl;
struct inspect;

enum {
	ACL_RULES = 2048,
	ACL_MASKS = 16,		/* of MAC addresses, source and destination */
	ACL_NONE = -1		/* no rule is about it */
};

enum acl_field {
	ACL_SRC_MAC,
	ACL_DST_MAC,
	ACL_TYPE,		/* EtherType, behind tags and LLC/SNAP */
	ACL_VLAN,		/* of the outermost tag; 0: without tag */
	ACL_SRC_IP4,
	ACL_SRC_IP6,
	ACL_DST_IP4,
	ACL_DST_IP6,
	ACL_PROTOCOL,		/* behind extension headers */
	ACL_SRC_PORT,		/* of TCP and UDP */
	ACL_DST_PORT,
	ACL_STATE,		/* enum acl_state */
	ACL_FRAGMENT,		/* 1: a fragment, but not the first */
	ACL_FIELDS
};

/* Of a TCP segment: RST or ACK is set, or it would open a connection. */
enum acl_state { ACL_ESTABLISHED = 1, ACL_NEW };

struct acl_number {
	uint64_t an_high;	/* of IPv6 addresses; else 0 */
	uint64_t an_low;
};

/* The value, masked, is one of from..to; where it is not set, all are. */
struct acl_cond {
	bool ac_set;
	uint64_t ac_mask;	/* of MAC addresses, else all ones */
	struct acl_number ac_from, ac_to;
};

/* All zero: passes every frame. */
struct acl_rule {
	bool ar_drop;
	struct acl_cond ar_cond[ACL_FIELDS];
};

/* Conditions; numbers are inclusive.  A mask of zero is no condition. */
void acl_set_range(struct acl_rule *ar, enum acl_field field, uint64_t from,
    uint64_t to);
void acl_set_mac(struct acl_rule *ar, enum acl_field field, const uint8_t *mac,
    const uint8_t *mask);
/* field: ACL_SRC_IP4 or ACL_DST_IP4 of 4 octets, or an _IP6 of 16. */
void acl_set_prefix(struct acl_rule *ar, enum acl_field field,
    const uint8_t *addr, unsigned int len);

bool acl_rules_same(const struct acl_rule *a, const struct acl_rule *b);

/* How many masks they have, those of sources and destinations apart. */
size_t acl_masks(const struct acl_rule *rules, size_t n);
/* NULL without memory, and for more than ACL_RULES or ACL_MASKS. */
struct acl *acl_new(const struct acl_rule *rules, size_t n);
void acl_free(struct acl *acl);

/* Whether rule n is asked at all, for the owner to say. */
typedef bool (*acl_applies)(size_t n, void *arg);
/* The rules that are, for acl_match(); free() it.  NULL without memory. */
uint64_t *acl_view(const struct acl *acl, acl_applies applies, void *arg);
bool acl_view_empty(const uint64_t *view);
/* The rule of the view that decides, or ACL_NONE. */
int acl_match(const struct acl *acl, const uint64_t *view,
    const struct inspect *in);

#endif
