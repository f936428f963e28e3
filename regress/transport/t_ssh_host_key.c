/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "crypto/base64.h"
#include "transport/ssh_host_key.h"

#define ED25519 \
	"AAAAC3NzaC1lZDI1NTE5AAAAINaKivm3xoAB8dbvESnulrHdXt+pHg4zfW6W04mGLXMD"
#define ED25519_HASH "SHA256:LcejJFwmoqVFaa8sQeZo3hC3EEzzwfxU0jLxj6Y/Zz8"
#define ECDSA                                                     \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNi" \
	"RQu9LGHZLXD21qtWkusW2ys5gLrmGVafqH2v3AgyfQOgUl8TehtcOgP" \
	"nKLdZQ8vM2JmdmC0BJQNz6BmAFMZY="
#define ECDSA_HASH "SHA256:D1+tJO3OZyLkXjdWL758GbGsluYt+rFq5wH4LYI9oO0"

static size_t
raw(const char *base64, uint8_t key[600])
{
	ssize_t n = base64_decode(BASE64, base64, strlen(base64), key, 600);

	ATF_REQUIRE(n > 0);
	return ((size_t)n);
}

/* Each way to write a key, as ssh-keygen(1) has them. */
ATF_TC_WITHOUT_HEAD(forms);
ATF_TC_BODY(forms, tc)
{
	static const struct {
		const char *c_text, *c_type;
		bool c_ed25519;
	} cases[] = {
		{ ED25519_HASH, "", true },
		{ ED25519_HASH "=", "", true },
		{ "  " ED25519_HASH, "", true },
		{ "ssh-ed25519 " ED25519, "ssh-ed25519", true },
		{ "ssh-ed25519 " ED25519 " some comment here", "ssh-ed25519",
		    true },
		{ "[gate.example.com]:2222 ssh-ed25519 " ED25519, "ssh-ed25519",
		    true },
		{ "|1|abc=|def= ssh-ed25519\t" ED25519, "ssh-ed25519", true },
		{ ECDSA_HASH, "", false },
		{ "gate,10.0.0.1 ecdsa-sha2-nistp256 " ECDSA,
		    "ecdsa-sha2-nistp256", false },
	};
	uint8_t ed[600], ec[600];
	size_t ned = raw(ED25519, ed), nec = raw(ECDSA, ec), i;
	struct ssh_host_key hk;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ_MSG(0, ssh_host_key_parse(cases[i].c_text, &hk),
		    "%s", cases[i].c_text);
		ATF_CHECK_STREQ(cases[i].c_type, hk.hk_type);
		ATF_CHECK_EQ(cases[i].c_ed25519, ssh_host_key_is(&hk, ed, ned));
		ATF_CHECK_EQ(!cases[i].c_ed25519,
		    ssh_host_key_is(&hk, ec, nec));
		ATF_CHECK(!ssh_host_key_is(&hk, ed, ned - 1));
		ATF_CHECK(!ssh_host_key_is(&hk, ed, 0));
	}
}

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	static const char *const cases[] = { "", " ", "SHA256:", "SHA256:abc",
		"MD5:00:11", ED25519_HASH "AA", ED25519_HASH " x",
		"sha256:LcejJFwmoqVFaa8sQeZo3hC3EEzzwfxU0jLxj6Y/Zz8", ED25519,
		"ssh-ed25519", "ssh-ed25519 x", "ssh-rsa " ED25519,
		"gate ssh-rsa " ED25519, "ssh-ed25519 " ED25519_HASH,
		/* a key of one byte, of a type with no end */
		"a AA==", "a AAAAAf==", "a AAAA/2Fh" };
	struct ssh_host_key hk;
	char line[6000];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(-1, ssh_host_key_parse(cases[i], &hk), "%s",
		    cases[i]);
	memset(line, 'A', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	ATF_CHECK_EQ(-1, ssh_host_key_parse(line, &hk));
	memcpy(line, "ssh-rsa ", 8);
	line[4000] = '\0';
	ATF_CHECK_EQ(-1, ssh_host_key_parse(line, &hk));
}

/* What a server shows is named for the log, whatever it is. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	uint8_t key[600];
	char buf[200];
	size_t n = raw(ED25519, key), len;
	uint8_t *copy;

	ssh_host_key_name(key, n, buf, sizeof(buf));
	ATF_CHECK_STREQ("ssh-ed25519 " ED25519_HASH, buf);
	key[4] = '\n';
	ssh_host_key_name(key, n, buf, sizeof(buf));
	ATF_CHECK(strncmp(buf, " SHA256:", 8) == 0);
	for (len = 0; len < n; len++) {
		/* sanitizers see a byte too many */
		copy = malloc(len == 0 ? 1 : len);
		memcpy(copy, key, len);
		ssh_host_key_name(copy, len, buf, sizeof(buf));
		free(copy);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
