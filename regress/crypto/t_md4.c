/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "crypto/md4.h"

/* RFC 1320, A.5 */
static const struct {
	const char *text;
	const char *digest;
} vectors[] = {
	{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
	{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
	{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
	{ "message digest", "d9130a8164549fe818874806e1c7014b" },
	{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	    "043f8582f241db351ce627e153e7f0e4" },
	{ "1234567890123456789012345678901234567890"
	  "1234567890123456789012345678901234567890",
	    "e33b4ddc9c38f2199c3e7b164fcc0536" },
};

ATF_TC_WITHOUT_HEAD(md4_vectors);
ATF_TC_BODY(md4_vectors, tc)
{
	uint8_t raw[MD4_LEN];
	char text[2 * MD4_LEN + 1];
	size_t i, k;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		md4(vectors[i].text, strlen(vectors[i].text), raw);
		for (k = 0; k < MD4_LEN; k++)
			snprintf(text + 2 * k, 3, "%02x", raw[k]);
		ATF_CHECK_STREQ(vectors[i].digest, text);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, md4_vectors);
	return (atf_no_error());
}
