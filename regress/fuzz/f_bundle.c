/* SPDX-License-Identifier: ISC */
/* The header of an upgrade, before anybody is known to have signed it. */
#include "../../usr.sbin/sysupgrade/bundle.c"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = fuzz_copy(data, size);
	struct bundle bu;
	char why[64] = "";

	if (bundle_parse((char *)p, size, &bu, why, sizeof(why)) == -1)
		FUZZ_PROMISE(*why != '\0');
	else {
		FUZZ_PROMISE(bu.bu_header <= size);
		FUZZ_PROMISE(bu.bu_header <= BUNDLE_HEADER_MAX);
		FUZZ_PROMISE(bu.bu_signed < bu.bu_header);
		FUZZ_PROMISE(bu.bu_nsignatures >= 1 &&
		    bu.bu_nsignatures <= BUNDLE_SIGNATURES);
		FUZZ_PROMISE(version_valid(bu.bu_version));
		FUZZ_PROMISE(bu.bu_parts[BUNDLE_BOOT].bp_size > 0);
		FUZZ_PROMISE(bundle_payload(&bu) < (uint64_t)1 << 48);
	}
	free(p);
	return (0);
}
