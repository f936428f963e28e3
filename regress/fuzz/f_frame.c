/* SPDX-License-Identifier: ISC */
/*
 * Frames from a peer: Ethernet, IP, the offload header before them, the rules
 * of stay_local, and segmentation of what passes.
 */
#include "fuzz.h"
#include "net/ether.h"
#include "net/flowkey.h"
#include "net/gso.h"
#include "net/ip.h"
#include "net/offload.h"
#include "net/stay_local.h"

static void
parse(const uint8_t *p, size_t len)
{
	struct ether_info ei;
	struct flowkey fk;
	struct ip_info ii;

	(void)flowkey_parse(p, len, &fk, &ii);
	if (!ether_parse(p, len, &ei))
		return;
	FUZZ_PROMISE(ei.ei_payload <= len);
	if (!ip_parse(p, len, &ei, &ii))
		return;
	FUZZ_PROMISE(ii.ii_l3 < ii.ii_l4 && ii.ii_l4 <= ii.ii_end &&
	    ii.ii_end <= len);
}

static void
cross(const uint8_t *p, size_t len)
{
	struct stay_local sl = { .sl_on = true };

	(void)stay_local_pass(&sl, STAY_OUT, p, len);
	(void)stay_local_pass(&sl, STAY_IN, p, len);
	FUZZ_PROMISE(sl.sl_ngateways <= STAY_GATEWAYS);
}

static void
segment(struct frame *f, void *arg)
{
	size_t *longest = arg;

	FUZZ_PROMISE(f->f_len <= *longest);
	frame_free(f);
}

static void
offload(const uint8_t *header, const uint8_t *p, size_t len)
{
	struct frame_offload fo;
	struct frame *f;
	size_t longest;

	offload_decode(header, &fo);
	if (offload_check(&fo, p, len, OFFLOAD_CAN_ALL) != NULL)
		return;
	FUZZ_PROMISE(len <= FRAME_MAX);
	longest = offload_longest(&fo, p, len);
	FUZZ_PROMISE((f = frame_alloc(len)) != NULL);
	memcpy(f->f_data, p, len);
	f->f_offload = fo;
	if (fo.fo_gso == OFFLOAD_GSO_NONE) {
		offload_finish_csum(&f->f_offload, f->f_data, len);
		frame_free(f);
	} else
		(void)gso_each(f, 0, segment, &longest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p;

	if (size < OFFLOAD_HDR_LEN)
		return (0);
	p = fuzz_copy(data + OFFLOAD_HDR_LEN, size - OFFLOAD_HDR_LEN);
	parse(p, size - OFFLOAD_HDR_LEN);
	cross(p, size - OFFLOAD_HDR_LEN);
	if (size > OFFLOAD_HDR_LEN)
		offload(data, p, size - OFFLOAD_HDR_LEN);
	free(p);
	return (0);
}
