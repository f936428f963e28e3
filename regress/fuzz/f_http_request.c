/* SPDX-License-Identifier: ISC */
/* The request that opens a tunnel, as hubd gets it from anybody. */
#include "fuzz.h"
#include "tunnel/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *buf = (char *)fuzz_copy(data, size), out[HTTP_HEAD_MAX];
	struct http_request rq;
	const char *why = NULL;
	size_t used = 0;

	switch (http_parse_request(buf, size, &rq, &used, &why)) {
	case HTTP_TUNNEL:
		FUZZ_PROMISE(used <= size && used <= HTTP_HEAD_MAX);
		/* what was taken can be said again, if there is a user */
		if (rq.hr_user[0] != '\0')
			(void)http_format_request(&rq, out, sizeof(out));
		break;
	case HTTP_BAD:
		FUZZ_PROMISE(why != NULL);
		break;
	case HTTP_MORE:
		FUZZ_PROMISE(size < HTTP_HEAD_MAX);
		break;
	case HTTP_OTHER:
		break;
	}
	free(buf);
	return (0);
}
