/* SPDX-License-Identifier: ISC */
/* The vectors of MS-NLMP 4.2.4, and challenges that lie. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "transport/ntlm.h"

static const uint8_t info[] = { 0x02, 0x00, 0x0c, 0x00, 'D', 0, 'o', 0, 'm', 0,
	'a', 0, 'i', 0, 'n', 0, 0x01, 0x00, 0x0c, 0x00, 'S', 0, 'e', 0, 'r', 0,
	'v', 0, 'e', 0, 'r', 0, 0x00, 0x00, 0x00, 0x00 };
static const uint8_t server_nonce[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
	0xcd, 0xef };
static const struct ntlm_fresh fresh = { .nf_nonce = { 0xaa, 0xaa, 0xaa, 0xaa,
					     0xaa, 0xaa, 0xaa, 0xaa } };

static void
put32le(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* A CHALLENGE with this target information; its length. */
static size_t
challenge(uint8_t *p, const uint8_t *av, size_t len)
{
	memset(p, 0, 56);
	memcpy(p, "NTLMSSP", 8);
	p[8] = 2;
	put32le(p + 20, 0xe28a8233);
	memcpy(p + 24, server_nonce, 8);
	p[40] = p[42] = (uint8_t)len;
	p[41] = p[43] = (uint8_t)(len >> 8);
	put32le(p + 44, 56);
	memcpy(p + 56, av, len);
	return (56 + len);
}

ATF_TC_WITHOUT_HEAD(key);
ATF_TC_BODY(key, tc)
{
	static const uint8_t want[] = { 0x0c, 0x86, 0x8a, 0x40, 0x3b, 0xfd,
		0x7a, 0x93, 0xa3, 0x00, 0x1e, 0xf2, 0x2e, 0xf0, 0x2e, 0x3f };
	uint8_t have[NTLM_KEY_LEN], small[NTLM_KEY_LEN];
	char longest[600];

	ATF_REQUIRE_EQ(0, ntlm_key("User", "Domain", "Password", have));
	ATF_CHECK(memcmp(want, have, sizeof(want)) == 0);
	/* users are compared without case, domains are not */
	ATF_REQUIRE_EQ(0, ntlm_key("uSER", "Domain", "Password", have));
	ATF_CHECK(memcmp(want, have, sizeof(want)) == 0);
	ATF_REQUIRE_EQ(0, ntlm_key("User", "DOMAIN", "Password", have));
	ATF_CHECK(memcmp(want, have, sizeof(want)) != 0);
	/* also beyond ASCII: Muller with diaeresis, Greek, Cyrillic, Czech */
	ATF_REQUIRE_EQ(0,
	    ntlm_key("m\xc3\xbcller \xce\xb1 \xd0\xb6 \xc5\x99", "", "p",
		small));
	ATF_REQUIRE_EQ(0,
	    ntlm_key("M\xc3\x9cLLER \xce\x91 \xd0\x96 \xc5\x98", "", "p",
		have));
	ATF_CHECK(memcmp(small, have, sizeof(have)) == 0);
	ATF_CHECK_EQ(0, ntlm_key("a", "", "\xf0\x9f\x94\x91", have));
	ATF_CHECK_EQ(-1, ntlm_key("a", "", "\xff", have));
	ATF_CHECK_EQ(-1, ntlm_key("\xed\xa0\x80", "", "p", have));
	ATF_CHECK_EQ(-1, ntlm_key("\xc3", "", "p", have));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ATF_CHECK_EQ(-1, ntlm_key("a", "", longest, have));
}

ATF_TC_WITHOUT_HEAD(response);
ATF_TC_BODY(response, tc)
{
	static const uint8_t proof[] = { 0x68, 0xcd, 0x0a, 0xb8, 0x51, 0xe5,
		0x1c, 0x96, 0xaa, 0xbc, 0x92, 0x7b, 0xeb, 0xef, 0x6a, 0x1c };
	static const uint8_t temp[] = { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0, 0,
		0, 0 };
	struct ntlm_challenge nc;
	uint8_t p[512], key[NTLM_KEY_LEN], out[512];
	size_t len = challenge(p, info, sizeof(info));

	ATF_REQUIRE_EQ(0, ntlm_parse_challenge(p, len, &nc));
	ATF_REQUIRE_EQ(0, ntlm_key("User", "Domain", "Password", key));
	ATF_REQUIRE_EQ((ssize_t)(16 + 28 + sizeof(info) + 4),
	    ntlm_response(key, &nc, &fresh, out, sizeof(out)));
	ATF_CHECK(memcmp(proof, out, sizeof(proof)) == 0);
	ATF_CHECK(memcmp(temp, out + 16, sizeof(temp)) == 0);
	ATF_CHECK(memcmp(info, out + 44, sizeof(info)) == 0);
	ATF_CHECK_EQ(-1, ntlm_response(key, &nc, &fresh, out, 50));
}

ATF_TC_WITHOUT_HEAD(authenticate);
ATF_TC_BODY(authenticate, tc)
{
	static const uint8_t lm[] = { 0x86, 0xc3, 0x50, 0x97, 0xac, 0x9c, 0xec,
		0x10, 0x25, 0x54, 0x76, 0x4a, 0x57, 0xcc, 0xcc, 0x19, 0xaa,
		0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa };
	struct ntlm_challenge nc;
	uint8_t p[512], out[NTLM_MESSAGE_MAX];
	size_t len = challenge(p, info, sizeof(info)), i;
	ssize_t n;

	ATF_REQUIRE_EQ(0, ntlm_parse_challenge(p, len, &nc));
	n = ntlm_authenticate(&nc, &fresh, "Domain\\User", "Password", out,
	    sizeof(out));
	ATF_REQUIRE_EQ(64 + 12 + 8 + 24 + 16 + 28 + 36 + 4, n);
	ATF_CHECK(memcmp("NTLMSSP\0\3\0\0\0", out, 12) == 0);
	ATF_CHECK(memcmp("D\0o\0m\0a\0i\0n\0U\0s\0e\0r\0", out + 64, 20) == 0);
	ATF_CHECK(memcmp(lm, out + 84, sizeof(lm)) == 0);
	/* places: domain, user, LM and NT responses */
	ATF_CHECK_EQ(12, out[28]);
	ATF_CHECK_EQ(64, out[32]);
	ATF_CHECK_EQ(8, out[36]);
	ATF_CHECK_EQ(76, out[40]);
	ATF_CHECK_EQ(24, out[12]);
	ATF_CHECK_EQ(84, out[16]);
	ATF_CHECK_EQ(84, out[20]);
	ATF_CHECK_EQ(108, out[24]);
	/* a name with its domain behind it is one name */
	n = ntlm_authenticate(&nc, &fresh, "u@d", "p", out, sizeof(out));
	ATF_REQUIRE(n > 0);
	ATF_CHECK_EQ(0, out[28]);
	ATF_CHECK_EQ(6, out[36]);
	for (i = 0; i < (size_t)n; i++)
		ATF_CHECK_EQ(-1,
		    ntlm_authenticate(&nc, &fresh, "u@d", "p", out, i));
}

/* With the server's time in it, that counts, and LM is left out. */
ATF_TC_WITHOUT_HEAD(timestamp);
ATF_TC_BODY(timestamp, tc)
{
	static const uint8_t av[] = { 7, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0,
		0, 0 };
	static const uint8_t none[24];
	struct ntlm_challenge nc;
	uint8_t p[512], out[NTLM_MESSAGE_MAX];
	size_t len = challenge(p, av, sizeof(av));

	ATF_REQUIRE_EQ(0, ntlm_parse_challenge(p, len, &nc));
	ATF_REQUIRE(ntlm_authenticate(&nc, &fresh, "u", "p", out, sizeof(out)) >
	    0);
	ATF_CHECK(memcmp(none, out + 66, 24) == 0);
	ATF_CHECK(memcmp(av + 4, out + 66 + 24 + 16 + 8, 8) == 0);
}

ATF_TC_WITHOUT_HEAD(lies);
ATF_TC_BODY(lies, tc)
{
	static const uint8_t endless[] = { 1, 0, 2, 0, 'a', 0 };
	static const uint8_t beyond[] = { 1, 0, 200, 0, 'a', 0, 0, 0, 0, 0 };
	struct ntlm_challenge nc;
	uint8_t p[4000], *copy;
	size_t len = challenge(p, info, sizeof(info)), i;

	for (i = 0; i < len; i++) {
		ATF_REQUIRE((copy = malloc(i + 1)) != NULL);
		memcpy(copy, p, i);
		ATF_CHECK_EQ(-1, ntlm_parse_challenge(copy, i, &nc));
		free(copy);
	}
	put32le(p + 44, 0xffffffff);
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
	challenge(p, info, sizeof(info));
	p[8] = 3;
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
	challenge(p, info, sizeof(info));
	p[20] &= 0xfe;			/* without Unicode */
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
	len = challenge(p, endless, sizeof(endless));
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
	len = challenge(p, beyond, sizeof(beyond));
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
	len = challenge(p, p + 2000, NTLM_INFO_MAX + 1);
	ATF_CHECK_EQ(-1, ntlm_parse_challenge(p, len, &nc));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, key);
	ATF_TP_ADD_TC(tp, response);
	ATF_TP_ADD_TC(tp, authenticate);
	ATF_TP_ADD_TC(tp, timestamp);
	ATF_TP_ADD_TC(tp, lies);
	return (atf_no_error());
}
