/* SPDX-License-Identifier: ISC */
/*
 * Replies of SOCKS proxies: the first byte of the input chooses the version
 * and whether there is a user, the second how many bytes are read at a time;
 * the rest is what the proxy says.  Whatever it is, an exact number of bytes
 * is wanted, and an end comes.
 */
#include "fuzz.h"
#include "transport/socks_proto.h"

static void
say(struct socks *sk, const uint8_t *data, size_t size, size_t piece)
{
	enum socks_result r;
	size_t want, n;

	while ((want = socks_want(sk)) > 0) {
		FUZZ_PROMISE(want <= SOCKS_IN_MAX);
		FUZZ_PROMISE(sk->sk_out_len <= SOCKS_OUT_MAX);
		n = want < piece ? want : piece;
		if (n > size)
			return;
		r = socks_input(sk, data, n);
		data += n;
		size -= n;
		FUZZ_PROMISE((r == SOCKS_FAILED) == (sk->sk_error[0] != '\0'));
		FUZZ_PROMISE((r == SOCKS_DONE || r == SOCKS_FAILED) ==
		    (socks_want(sk) == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socks sk;

	if (size < 2)
		return (0);
	if (socks_init(&sk, (enum socks_version)(data[0] % 3), "10.0.0.1", 443,
		data[0] & 0x80 ? "user" : NULL, NULL) == -1)
		return (0);
	say(&sk, data + 2, size - 2, data[1] == 0 ? 1 : data[1]);
	return (0);
}
