/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/ether.h"
#include "net/offload.h"
#include "net/vlan.h"

enum { ADDRESSES = 2 * ETHER_ALEN };

/* The offsets of an offload header that has a meaning for them. */
static void
shift(struct frame_offload *fo, int by)
{
	if (fo->fo_flags & OFFLOAD_F_CSUM)
		fo->fo_csum_start = (uint16_t)(fo->fo_csum_start + by);
	if (fo->fo_hdr_len != 0)
		fo->fo_hdr_len = (uint16_t)(fo->fo_hdr_len + by);
}

bool
vlan_push(struct frame *f, uint16_t vid)
{
	if (f->f_data - f->f_buf < VLAN_TAG_LEN || f->f_len < ETHER_HLEN)
		return (false);
	f->f_data -= VLAN_TAG_LEN;
	f->f_len += VLAN_TAG_LEN;
	memmove(f->f_data, f->f_data + VLAN_TAG_LEN, ADDRESSES);
	put16(f->f_data + ADDRESSES, ETHER_VLAN);
	put16(f->f_data + ADDRESSES + 2, vid);
	shift(&f->f_offload, VLAN_TAG_LEN);
	return (true);
}

static bool
is_tagged(const struct frame *f)
{
	uint16_t type;

	if (f->f_len < ETHER_HLEN + VLAN_TAG_LEN)
		return (false);
	type = get16(f->f_data + ADDRESSES);
	return (type == ETHER_VLAN || type == ETHER_QINQ);
}

struct frame *
vlan_pop(struct frame *f)
{
	if (!is_tagged(f)) {
		frame_free(f);
		return (NULL);
	}
	if ((f = frame_own(f)) == NULL)
		return (NULL);
	memmove(f->f_data + VLAN_TAG_LEN, f->f_data, ADDRESSES);
	f->f_data += VLAN_TAG_LEN;
	f->f_len -= VLAN_TAG_LEN;
	shift(&f->f_offload, -VLAN_TAG_LEN);
	return (f);
}
