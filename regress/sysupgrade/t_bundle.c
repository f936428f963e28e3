/* SPDX-License-Identifier: ISC */
/*
 * The header of a bundle and who signed it: hostile texts, each bit flipped,
 * keys that are unknown, revoked, changed.
 */
#include <atf-c.h>
#include <sys/stat.h>

#include "../../usr.sbin/sysupgrade/bundle.c"
#include "../../usr.sbin/sysupgrade/trust.c"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANIFEST                                   \
	"longwire-upgrade 1\n"                     \
	"version 0.20261125.192138+4d6c8de.test\n" \
	"target amd64\n"                           \
	"minimum 0.1\n"                            \
	"boot 15728640 " HASH "\n"                 \
	"root 11063296 " HASH "\n"

static char err[256];

/* A parse of a copy that has no byte too many. */
static int
parse(const char *text, size_t len, struct bundle *bu)
{
	char *copy = malloc(len + (len == 0));
	int rv;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	rv = bundle_parse(copy, len, bu, err, sizeof(err));
	free(copy);
	return (rv);
}

/* A new key, whose public half lies in keys/NAME.pub. */
static EVP_PKEY *
new_key(const char *name)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char path[64];
	FILE *f;

	ATF_REQUIRE(key != NULL);
	(void)mkdir("keys", 0700);
	snprintf(path, sizeof(path), "keys/%s.pub", name);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE_EQ(1, PEM_write_PUBKEY(f, key));
	fclose(f);
	return (key);
}

/* Append a signature of the manifest to a header. */
static void
sign(char *header, size_t size, EVP_PKEY *key)
{
	uint8_t id[BUNDLE_KEY_ID], sig[BUNDLE_SIGNATURE];
	char text[100], line[160];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(sig);

	ATF_REQUIRE_EQ(0, key_id(key, id));
	ATF_REQUIRE_EQ(1, EVP_DigestSignInit(ctx, NULL, NULL, NULL, key));
	ATF_REQUIRE_EQ(1,
	    EVP_DigestSign(ctx, sig, &len, (const uint8_t *)MANIFEST,
		sizeof(MANIFEST) - 1));
	EVP_MD_CTX_free(ctx);
	base64_encode(BASE64, sig, sizeof(sig), text, sizeof(text));
	snprintf(line, sizeof(line), "signature %016llx %s\n",
	    (unsigned long long)get64(id), text);
	strlcat(header, line, size);
}

/* The whole header of a box's key, "old" in keys. */
static void
make_header(char *header, size_t size)
{
	EVP_PKEY *key = new_key("old");

	strlcpy(header, MANIFEST, size);
	sign(header, size, key);
	strlcat(header, "\n", size);
	EVP_PKEY_free(key);
}

/* Who signed a header, or NULL with the reason in err. */
static const char *
signer(const char *header, size_t len)
{
	static char name[64];
	struct bundle bu;
	struct trust *tr;
	const char *who = NULL;

	if (parse(header, len, &bu) == -1)
		return (NULL);
	tr = trust_load("keys", err, sizeof(err));
	ATF_REQUIRE_MSG(tr != NULL, "%s", err);
	who = trust_verify(tr, &bu, header, err, sizeof(err));
	if (who != NULL)
		strlcpy(name, who, sizeof(name));
	trust_free(tr);
	return (who != NULL ? name : NULL);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ATF_REQUIRE(f != NULL);
	fputs(text, f);
	fclose(f);
}

ATF_TC_WITHOUT_HEAD(bundle_good);
ATF_TC_BODY(bundle_good, tc)
{
	char header[1024], more[1100];
	struct bundle bu;
	size_t len;

	make_header(header, sizeof(header));
	len = strlen(header);
	/* the payload follows */
	snprintf(more, sizeof(more), "%spayload", header);
	ATF_REQUIRE_EQ_MSG(0, parse(more, strlen(more), &bu), "%s", err);
	ATF_CHECK_EQ(len, bu.bu_header);
	ATF_CHECK_EQ(sizeof(MANIFEST) - 1, bu.bu_signed);
	ATF_CHECK_STREQ("0.20261125.192138+4d6c8de.test", bu.bu_version);
	ATF_CHECK_STREQ("amd64", bu.bu_target);
	ATF_CHECK_STREQ("0.1", bu.bu_minimum);
	ATF_CHECK_EQ(15728640, bu.bu_parts[BUNDLE_BOOT].bp_size);
	ATF_CHECK_EQ(0xef, bu.bu_parts[BUNDLE_ROOT].bp_hash[31]);
	ATF_CHECK_EQ(15728640 + 11063296, bundle_payload(&bu));
	ATF_REQUIRE(signer(header, len) != NULL);
	ATF_CHECK_STREQ("old", signer(header, len));
}

/* Not whole at any length. */
ATF_TC_WITHOUT_HEAD(bundle_truncated);
ATF_TC_BODY(bundle_truncated, tc)
{
	char header[1024];
	struct bundle bu;
	size_t i;

	make_header(header, sizeof(header));
	for (i = 0; i < strlen(header); i++) {
		*err = '\0';
		ATF_REQUIRE_EQ(-1, parse(header, i, &bu));
		ATF_REQUIRE(*err != '\0');
	}
}

/* Whichever bit is flipped: nobody signed that. */
ATF_TC_WITHOUT_HEAD(bundle_flipped);
ATF_TC_BODY(bundle_flipped, tc)
{
	char header[1024];
	size_t bit, len;

	make_header(header, sizeof(header));
	len = strlen(header);
	for (bit = 0; bit < 8 * len; bit++) {
		header[bit / 8] ^= (char)(1 << bit % 8);
		ATF_REQUIRE_MSG(signer(header, len) == NULL, "bit %zu", bit);
		header[bit / 8] ^= (char)(1 << bit % 8);
	}
	ATF_CHECK(signer(header, len) != NULL);
}

ATF_TC_WITHOUT_HEAD(bundle_hostile);
ATF_TC_BODY(bundle_hostile, tc)
{
#define SIGNATURE                                                          \
	"signature 0123456789abcdef "                                      \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAA==\n"
#define HEAD "longwire-upgrade 1\nversion 1\ntarget amd64\nminimum 0\n"
#define PARTS "boot 1 " HASH "\nroot 1 " HASH "\n"
	static const char *const bad[] = {
		"",
		"\n",
		"longwire-upgrade",
		"longwire-upgrade 2\n",
		"longwire-upgrade 1",
		"longwire-upgrade 1 \n",
		/* out of order, twice, missing, too much */
		"longwire-upgrade 1\ntarget amd64\nversion 1\n",
		HEAD "boot 1 " HASH "\n" SIGNATURE "\n",
		HEAD PARTS "\n",
		HEAD PARTS SIGNATURE "x\n\n",
		HEAD PARTS SIGNATURE SIGNATURE SIGNATURE SIGNATURE SIGNATURE
		"\n",
		HEAD "extra 1\n" PARTS SIGNATURE "\n",
		/* words */
		"longwire-upgrade 1\nversion\n",
		"longwire-upgrade 1\nversion \n",
		"longwire-upgrade 1\nversion 1 2\n",
		"longwire-upgrade 1\nversion  1\n",
		"longwire-upgrade 1\nversion 1\r\n",
		"longwire-upgrade 1\nversion v1\n",
		"longwire-upgrade 1\nversion 1\ntarget AMD\n",
		"longwire-upgrade 1\nversion 1\ntarget ../x\n",
		"longwire-upgrade 1\nversion 1\ntarget "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		/* numbers */
		HEAD "boot 0 " HASH "\n",
		HEAD "boot -1 " HASH "\n",
		HEAD "boot 01 " HASH "\n",
		HEAD "boot 1000000000000 " HASH "\n",
		HEAD "boot 18446744073709551617 " HASH "\n",
		HEAD "boot 0x10 " HASH "\n",
		HEAD "boot 1\n",
		HEAD "boot 1 0123\n",
		HEAD "boot 1 " HASH "0\n",
		HEAD "boot 1 " HASH " x\n",
		/* signatures */
		HEAD PARTS "signature 0123 AAAA\n\n",
		HEAD PARTS "signature 0123456789abcdef AAAA\n\n",
	};
	static const char begin[] = "longwire-upgrade 1\nversion ";
	char big[2 * BUNDLE_HEADER_MAX], text[sizeof(HEAD PARTS SIGNATURE) + 1];
	struct bundle bu;
	size_t i;

	ATF_CHECK_EQ_MSG(0,
	    parse(HEAD PARTS SIGNATURE "\n", sizeof(HEAD PARTS SIGNATURE), &bu),
	    "%s", err);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*err = '\0';
		ATF_CHECK_EQ_MSG(-1, parse(bad[i], strlen(bad[i]), &bu), "%s",
		    bad[i]);
		ATF_CHECK(*err != '\0');
	}
	/* a zero byte wherever it stands, and a line without an end */
	memcpy(text, HEAD PARTS SIGNATURE "\n", sizeof(text));
	for (i = 0; i < sizeof(text) - 1; i++) {
		memcpy(text, HEAD PARTS SIGNATURE "\n", sizeof(text));
		text[i] = '\0';
		ATF_CHECK_EQ_MSG(-1, parse(text, sizeof(text) - 1, &bu), "%zu",
		    i);
	}
	memset(big, 'a', sizeof(big));
	ATF_CHECK_EQ(-1, parse(big, sizeof(big), &bu));
	memcpy(big, begin, sizeof(begin) - 1);
	ATF_CHECK_EQ(-1, parse(big, sizeof(big), &bu));
}

/* During a change of keys both sign; then the old one is revoked. */
ATF_TC_WITHOUT_HEAD(trust_rotation);
ATF_TC_BODY(trust_rotation, tc)
{
	char both[1024], old[1024], revoked[64];
	EVP_PKEY *a, *b;
	uint8_t id[BUNDLE_KEY_ID];

	a = new_key("a");
	b = new_key("b");
	ATF_REQUIRE_EQ(0, unlink("keys/b.pub"));
	strlcpy(old, MANIFEST, sizeof(old));
	sign(old, sizeof(old), a);
	strlcpy(both, old, sizeof(both));
	sign(both, sizeof(both), b);
	strlcat(old, "\n", sizeof(old));
	strlcat(both, "\n", sizeof(both));
	/* a box that knows the old key takes both */
	ATF_CHECK(signer(old, strlen(old)) != NULL);
	ATF_CHECK_STREQ("a", signer(both, strlen(both)));
	/* one that knows neither */
	ATF_REQUIRE_EQ(0, unlink("keys/a.pub"));
	ATF_CHECK(signer(both, strlen(both)) == NULL);
	ATF_CHECK_MSG(strstr(err, "does not know") != NULL, "%s", err);
	/* one that has both files, and the old key on its list */
	EVP_PKEY_free(new_key("c"));
	ATF_REQUIRE_EQ(0, key_id(a, id));
	snprintf(revoked, sizeof(revoked), "# stolen\nkey %016llx # a\n",
	    (unsigned long long)get64(id));
	write_file("keys/revoked", revoked);
	ATF_CHECK(signer(old, strlen(old)) == NULL);
	ATF_CHECK_MSG(strstr(err, "revoked") != NULL, "%s", err);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

/* What lies among the keys and is none. */
ATF_TC_WITHOUT_HEAD(trust_wrong);
ATF_TC_BODY(trust_wrong, tc)
{
	static const char *const lists[] = { "key\n", "key 1234\n",
		"nonsense\n", "version\n", "version x\n",
		"key 0123456789abcdeg\n", "key 0123456789abcdef0\n",
		"key 0123456789abcdef x\n" };
	struct trust *tr;
	EVP_PKEY *key;
	size_t i;
	FILE *f;

	ATF_CHECK(trust_load("nosuch", err, sizeof(err)) == NULL);
	EVP_PKEY_free(new_key("a"));
	write_file("keys/README", "not a key");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		write_file("keys/revoked", lists[i]);
		ATF_CHECK_MSG(trust_load("keys", err, sizeof(err)) == NULL,
		    "%s", lists[i]);
		ATF_CHECK_MSG(strstr(err, "revoked:1: ") != NULL, "%s", err);
	}
	write_file("keys/revoked", "\n# a comment\nversion 1.2\n");
	ATF_REQUIRE((tr = trust_load("keys", err, sizeof(err))) != NULL);
	ATF_CHECK_STREQ("1.2", trust_lowest(tr));
	trust_free(tr);
	/* another algorithm */
	key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	ATF_REQUIRE((f = fopen("keys/x.pub", "w")) != NULL);
	PEM_write_PUBKEY(f, key);
	fclose(f);
	EVP_PKEY_free(key);
	ATF_CHECK(trust_load("keys", err, sizeof(err)) == NULL);
	ATF_CHECK_MSG(strstr(err, "x.pub") != NULL, "%s", err);
	write_file("keys/x.pub", "garbage");
	ATF_CHECK(trust_load("keys", err, sizeof(err)) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bundle_good);
	ATF_TP_ADD_TC(tp, bundle_truncated);
	ATF_TP_ADD_TC(tp, bundle_flipped);
	ATF_TP_ADD_TC(tp, bundle_hostile);
	ATF_TP_ADD_TC(tp, trust_rotation);
	ATF_TP_ADD_TC(tp, trust_wrong);
	return (atf_no_error());
}
