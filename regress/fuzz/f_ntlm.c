/* SPDX-License-Identifier: ISC */
/* The challenge of NTLM, from a proxy; names that are not UTF-8. */
#include "fuzz.h"
#include "transport/ntlm.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ntlm_fresh fresh = { .nf_time = 1 };
	struct ntlm_challenge nc;
	uint8_t out[NTLM_MESSAGE_MAX], *p;
	size_t half = size / 2, room;
	char *user;
	ssize_t n;

	user = fuzz_string(data, half);
	(void)ntlm_key(user, user, user, out);
	p = fuzz_copy(data + half, size - half);
	if (ntlm_parse_challenge(p, size - half, &nc) == 0) {
		FUZZ_PROMISE(nc.nc_ninfo <= NTLM_INFO_MAX);
		n = ntlm_authenticate(&nc, &fresh, user, user, out,
		    sizeof(out));
		room = half * 8 % sizeof(out);
		FUZZ_PROMISE(n == -1 || n >= 64);
		n = ntlm_authenticate(&nc, &fresh, "D\\u", "p", out, room);
		FUZZ_PROMISE(n == -1 || (size_t)n <= room);
	}
	free(p);
	free(user);
	return (0);
}
