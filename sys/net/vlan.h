/* SPDX-License-Identifier: ISC */
/*
 * vlan: put an IEEE 802.1Q tag into a frame and take it out.  Pure.
 */
#ifndef NET_VLAN_H
#define NET_VLAN_H

#include <stdbool.h>
#include <stdint.h>

struct frame;

enum { VLAN_TAG_LEN = 4 };

/*
 * Tag f, which must have one reference, with vid (1..4094) and priority 0; it
 * grows into its headroom, and its offload header moves along.  False
 * without headroom: it is as it was.
 */
bool vlan_push(struct frame *f, uint16_t vid);
/*
 * f without its outermost tag: f itself if it has one reference, else a copy.
 * Consumes f; NULL without memory or when there is no tag.
 */
struct frame *vlan_pop(struct frame *f);

#endif
