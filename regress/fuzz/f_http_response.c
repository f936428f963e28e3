/* SPDX-License-Identifier: ISC */
/* What answers vnicd's request, a hub or not. */
#include "fuzz.h"
#include "tunnel/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *buf = (char *)fuzz_copy(data, size);
	struct http_response rp;
	const char *why = NULL;
	size_t used = 0;

	switch (http_parse_response(buf, size, &rp, &used, &why)) {
	case HTTP_TUNNEL:
		FUZZ_PROMISE(rp.hp_status == 101 && used <= size);
		break;
	case HTTP_OTHER:
		FUZZ_PROMISE(rp.hp_status >= 200 && used <= size);
		break;
	case HTTP_BAD:
		FUZZ_PROMISE(why != NULL);
		break;
	case HTTP_MORE:
		break;
	}
	free(buf);
	return (0);
}
