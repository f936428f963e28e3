/* SPDX-License-Identifier: ISC */
/*
 * What a directory of ACME answers: HTTP, and a problem in JSON; and URLs.
 */
#include "../../usr.sbin/acmed/client_reply.c"
#include "../../usr.sbin/acmed/reply.c"
#include "../../usr.sbin/acmed/url.c"
#include "fuzz.h"

static void
look_url(const char *text)
{
	struct url ur;

	if (url_parse(text, &ur) == -1)
		return;
	FUZZ_PROMISE(ur.ur_host[0] != '\0' && ur.ur_path[0] == '/');
	FUZZ_PROMISE(strpbrk(ur.ur_host, " \r\n") == NULL);
	FUZZ_PROMISE(strpbrk(ur.ur_path, " \r\n") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = (char *)fuzz_copy(data, size), text[ACME_FAULT_MAX];
	bool eof = size > 0 && data[size - 1] % 2 == 0;
	const char *why = NULL;
	struct reply re;
	size_t i;

	switch (reply_parse(p, size, eof, false, &re, &why)) {
	case REPLY_WHOLE:
		FUZZ_PROMISE(re.re_status >= 200 && re.re_wait <= 86400);
		FUZZ_PROMISE(re.re_len <= size);
		FUZZ_PROMISE(re.re_len == 0 ||
		    (re.re_body >= p && re.re_body + re.re_len <= p + size));
		problem_text(&re, text, sizeof(text));
		for (i = 0; text[i] != '\0'; i++)
			FUZZ_PROMISE(text[i] >= ' ' && text[i] <= '~');
		problem_type(&re, text, 64);
		look_url(re.re_location);
		break;
	case REPLY_BAD:
		FUZZ_PROMISE(why != NULL);
		break;
	case REPLY_MORE:
		FUZZ_PROMISE(!eof);
	}
	free(p);
	return (0);
}
