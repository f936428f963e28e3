/* SPDX-License-Identifier: ISC */
/*
 * What an HTTP proxy may answer: heads, challenges, bodies; as they come from
 * a socket, in pieces.
 */
#include "fuzz.h"
#include "transport/http_auth.h"
#include "transport/http_reply.h"

static void
look(const struct http_reply *hy)
{
	struct http_auth ha = { .ha_user = "CAMPUS\\karl",
		.ha_password = "secret" };
	struct auth_offers aos;
	static const struct auth_fresh fresh = { .af_random = { 1 } };
	char why[80], out[300];
	int i;

	http_auth_offers(&hy->hy_head, &aos);
	FUZZ_PROMISE(aos.aos_count <= AUTH_OFFERS);
	/* the proxy answers each request with the same head */
	for (i = 0; i < 8; i++) {
		if (http_auth_challenge(&ha, &hy->hy_head, why, sizeof(why)) !=
		    AUTH_ASK)
			return;
		FUZZ_PROMISE(ha.ha_offer.ao_scheme != AUTH_NONE);
		(void)http_auth_write(&ha, "a:1", &fresh, out,
		    i % 2 == 0 ? sizeof(out) : sizeof(out) / 3);
	}
	abort();		/* a log-in without end */
}

/* The body by pieces of `step` octets ends where it ends in one piece. */
static void
skip(const struct http_reply *hy, const char *p, size_t len, size_t step)
{
	struct http_body whole = hy->hy_body, pieces = hy->hy_body;
	enum http_result a, b = HTTP_MORE;
	size_t used, n, off = 0;

	a = http_body_skip(&whole, p, len, &used);
	FUZZ_PROMISE(used <= len);
	while (b == HTTP_MORE && off < len) {
		n = len - off < step ? len - off : step;
		b = http_body_skip(&pieces, p + off, n, &n);
		off += n;
	}
	FUZZ_PROMISE(a == b || len == 0);
	FUZZ_PROMISE(a != HTTP_OTHER || off == used || len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reply hy;
	const char *why = NULL;
	size_t used = 0, step;
	char *buf;

	if (size < 1)
		return (0);
	step = 1 + data[0] % 16;
	buf = (char *)fuzz_copy(data + 1, --size);
	switch (http_reply_parse(buf, size, &hy, &used, &why)) {
	case HTTP_OTHER:
		FUZZ_PROMISE(used <= size && hy.hy_status >= 100 &&
		    hy.hy_status <= 999);
		look(&hy);
		skip(&hy, buf + used, size - used, step);
		break;
	case HTTP_BAD:
		FUZZ_PROMISE(why != NULL);
		break;
	default:
		FUZZ_PROMISE(size < HTTP_HEAD_MAX);
	}
	free(buf);
	return (0);
}
