/* SPDX-License-Identifier: ISC */
/* Capsules: the same frames however the stream is cut. */
#include "encap/encap.h"
#include "fuzz.h"
#include "net/offload.h"

enum { MAX_FRAME = 1518 };

static const struct encap_params params = {
	.ep_max = MAX_FRAME,
	.ep_context = 2,
	.ep_can_send = OFFLOAD_CAN_ALL,
	.ep_can_recv = OFFLOAD_CAN_ALL,
	.ep_twice = 4,
	.ep_headers = 6,
};

static uint64_t
mix(uint64_t sum, uint64_t v)
{
	return ((sum ^ v) * UINT64_C(0x100000001b3));
}

/* A sum over all results of the stream, fed in pieces of `step` octets. */
static uint64_t
run(const uint8_t *data, size_t size, size_t step)
{
	struct encap *en = encap_capsule.eo_new(&params);
	enum encap_result er = ENCAP_MORE;
	uint64_t sum = 0, cookie;
	struct frame *f;
	uint8_t *copy;
	const uint8_t *p;
	size_t n, i;

	FUZZ_PROMISE(en != NULL);
	for (; size > 0 && er != ENCAP_ERROR; data += n, size -= n) {
		n = size < step ? size : step;
		p = copy = fuzz_copy(data, n);
		i = n;
		cookie = 0;
		while ((er = encap_capsule.eo_input(en, &p, &i, &f, &cookie)) !=
			ENCAP_MORE &&
		    er != ENCAP_ERROR) {
			sum = mix(sum, er);
			if (er != ENCAP_FRAME) {
				sum = mix(sum, cookie);
				continue;
			}
			FUZZ_PROMISE(f->f_len >= FRAME_MIN);
			sum = mix(sum, f->f_twice);
			sum = mix(sum, f->f_offload.fo_flags);
			sum = mix(sum, f->f_offload.fo_gso);
			sum = mix(sum, f->f_offload.fo_gso_size);
			for (uint32_t k = 0; k < f->f_len; k++)
				sum = mix(sum, f->f_data[k]);
			frame_free(f);
		}
		free(copy);
	}
	sum = mix(sum, er == ENCAP_ERROR);
	encap_capsule.eo_free(en);
	return (sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step;

	if (size < 1)
		return (0);
	step = 1 + data[0];
	FUZZ_PROMISE(run(data + 1, size - 1, size) ==
	    run(data + 1, size - 1, step));
	return (0);
}
