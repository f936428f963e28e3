/* SPDX-License-Identifier: ISC */
/* Challenges and what answers them; the vectors of RFC 7616 and RFC 2617. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "crypto/base64.h"
#include "transport/http_auth.h"
#include "transport/http_digest.h"
#include "transport/http_reply.h"

static const struct auth_fresh fresh = { .af_random = { 0xab },
	.af_unix = 1700000000 };

static void
parse(struct http_reply *hy, char *buf, size_t size, const char *fields)
{
	const char *why = NULL;
	size_t used;
	int n;

	n = snprintf(buf, size,
	    "HTTP/1.1 407 Proxy Authentication Required\r\n%s"
	    "Content-Length: 0\r\n\r\n",
	    fields);
	ATF_REQUIRE(n > 0 && (size_t)n < size);
	ATF_REQUIRE_MSG(http_reply_parse(buf, (size_t)n, hy, &used, &why) ==
		HTTP_OTHER,
	    "%s", why);
}

ATF_TC_WITHOUT_HEAD(digest_vectors);
ATF_TC_BODY(digest_vectors, tc)
{
	struct digest dg = { .dg_qop = true,
		.dg_nc = 1,
		.dg_user = "Mufasa",
		.dg_password = "Circle of Life",
		.dg_realm = "http-auth@example.org",
		.dg_nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		.dg_cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		.dg_method = "GET",
		.dg_uri = "/dir/index.html" };
	char out[DIGEST_STRLEN];

	ATF_REQUIRE_EQ(0, digest_response(&dg, out));
	ATF_CHECK_STREQ("8ca523f5e9506fed4657c9700eebdbec", out);
	dg.dg_sha256 = true;
	ATF_REQUIRE_EQ(0, digest_response(&dg, out));
	ATF_CHECK_STREQ("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8d"
			"b5856cb6c1",
	    out);
	/* RFC 2617, 3.5 */
	dg.dg_sha256 = false;
	dg.dg_password = "Circle Of Life";
	dg.dg_realm = "testrealm@host.com";
	dg.dg_nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
	dg.dg_cnonce = "0a4f113b";
	ATF_REQUIRE_EQ(0, digest_response(&dg, out));
	ATF_CHECK_STREQ("6629fae49393a05397450978507c4ef1", out);
	/* without qop, as RFC 2069; reckoned with another program */
	dg.dg_qop = false;
	ATF_REQUIRE_EQ(0, digest_response(&dg, out));
	ATF_CHECK_STREQ("670fd8c2df070c60b045671b8b24ff02", out);
	dg.dg_qop = dg.dg_sess = true;
	ATF_REQUIRE_EQ(0, digest_response(&dg, out));
	ATF_CHECK_STREQ("8e3825c57e897f5a0dec6c2d4e5059d0", out);
}

static const struct {
	const char *fields;
	enum auth_scheme best;
	const char *names;
} offers[] = {
	{ "", AUTH_NONE, "" },
	{ "Proxy-Authenticate: Basic realm=\"a, b\\\" NTLM\"\r\n", AUTH_BASIC,
	    "Basic" },
	{ "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
	  "Proxy-Authenticate: Basic realm=\"x\"\r\n",
	    AUTH_NTLM, "Negotiate, NTLM, Basic" },
	{ "Proxy-Authenticate: Negotiate, NTLM, Basic realm=x\r\n", AUTH_NTLM,
	    "Negotiate, NTLM, Basic" },
	{ "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", "
	  "Basic realm=\"x\"\r\n",
	    AUTH_DIGEST_MD5, "Digest with MD5, Basic" },
	{ "Proxy-Authenticate: NTLM\r\n"
	  "Proxy-Authenticate: Digest nonce=\"n\", algorithm=SHA-256\r\n"
	  "Proxy-Authenticate: Digest nonce=\"n\", algorithm=\"MD5\"\r\n",
	    AUTH_DIGEST_SHA256, "NTLM, Digest with SHA-256, Digest with MD5" },
	{ "Proxy-Authenticate: Digest nonce=n, qop=auth-int\r\n", AUTH_NONE,
	    "Digest of an unknown kind" },
	{ "Proxy-Authenticate: Digest nonce=\"n\", qop=\"auth-int,auth\"\r\n",
	    AUTH_DIGEST_MD5, "Digest with MD5" },
	{ "Proxy-Authenticate: Digest nonce=n, algorithm=SHA-512-256\r\n",
	    AUTH_NONE, "Digest of an unknown kind" },
	{ "Proxy-Authenticate: Digest realm=\"no nonce\"\r\n", AUTH_NONE,
	    "Digest of an unknown kind" },
	{ "Proxy-Authenticate: Kerberos abc==, Bearer realm=\"x\"\r\n",
	    AUTH_NONE, "Kerberos, Bearer" },
	{ "Proxy-Authenticate: Basic realm=\"never ends\r\n", AUTH_BASIC,
	    "Basic" },
};

ATF_TC_WITHOUT_HEAD(strongest);
ATF_TC_BODY(strongest, tc)
{
	struct http_auth ha;
	struct http_reply hy;
	struct auth_offers aos;
	char buf[2048], why[300];
	enum auth_step step;
	size_t i;

	for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		parse(&hy, buf, sizeof(buf), offers[i].fields);
		http_auth_offers(&hy.hy_head, &aos);
		ATF_CHECK_STREQ(offers[i].names, aos.aos_names);
		memset(&ha, 0, sizeof(ha));
		ha.ha_user = "karl";
		ha.ha_password = "geheim";
		step = http_auth_challenge(&ha, &hy.hy_head, why, sizeof(why));
		ATF_CHECK_EQ(offers[i].best == AUTH_NONE ? AUTH_CANNOT :
							   AUTH_ASK,
		    step);
		ATF_CHECK_EQ_MSG(offers[i].best, ha.ha_offer.ao_scheme, "%s",
		    offers[i].fields);
		memset(&ha, 0, sizeof(ha));
		ATF_CHECK_EQ(AUTH_CANNOT,
		    http_auth_challenge(&ha, &hy.hy_head, why, sizeof(why)));
		ATF_CHECK(strncmp(why, "wants a user and password (", 27) == 0);
	}
}

/* Answers `fields` with one request more; its text. */
static void
answer(struct http_auth *ha, const char *fields, char *out, size_t size)
{
	struct http_reply hy;
	char buf[2048], why[300];

	parse(&hy, buf, sizeof(buf), fields);
	ATF_REQUIRE_EQ(AUTH_ASK,
	    http_auth_challenge(ha, &hy.hy_head, why, sizeof(why)));
	ATF_REQUIRE(http_auth_write(ha, "hub:443", &fresh, out, size) > 0);
}

static enum auth_step
refused(struct http_auth *ha, const char *fields)
{
	struct http_reply hy;
	char buf[2048], why[300];

	parse(&hy, buf, sizeof(buf), fields);
	return (http_auth_challenge(ha, &hy.hy_head, why, sizeof(why)));
}

ATF_TC_WITHOUT_HEAD(basic);
ATF_TC_BODY(basic, tc)
{
	static const char offer[] = "Proxy-Authenticate: Basic realm=x\r\n";
	/* RFC 7617, 2.1 has this user and password */
	struct http_auth ha = { .ha_user = "test",
		.ha_password = "123\xc2\xa3" };
	struct http_auth colon = { .ha_user = "a:b", .ha_password = "c" };
	struct http_reply hy;
	char out[200], buf[300], why[100];

	ATF_CHECK_EQ(0, http_auth_write(&ha, "h:1", &fresh, out, sizeof(out)));
	answer(&ha, offer, out, sizeof(out));
	ATF_CHECK_STREQ("Proxy-Authorization: Basic dGVzdDoxMjPCow==\r\n", out);
	ATF_CHECK_EQ(AUTH_DENIED, refused(&ha, offer));
	parse(&hy, buf, sizeof(buf), offer);
	ATF_REQUIRE_EQ(AUTH_ASK,
	    http_auth_challenge(&colon, &hy.hy_head, why, sizeof(why)));
	ATF_CHECK_EQ(-1,
	    http_auth_write(&colon, "h:1", &fresh, out, sizeof(out)));
}

ATF_TC_WITHOUT_HEAD(digest);
ATF_TC_BODY(digest, tc)
{
	static const char offer[] =
	    "Proxy-Authenticate: Digest realm=\"a\\\"b\", nonce=\"n1\", "
	    "qop=\"auth\", opaque=\"o\", algorithm=SHA-256, charset=UTF-8\r\n";
	static const char stale[] =
	    "Proxy-Authenticate: Digest realm=\"a\", nonce=\"n2\", "
	    "qop=\"auth\", algorithm=SHA-256, stale=true\r\n";
	struct http_auth ha = { .ha_user = "m\xc3\xbcller",
		.ha_password = "p" };
	struct http_auth hashed = { .ha_user = "Mufasa", .ha_password = "p" };
	char out[2000];

	answer(&ha, offer, out, sizeof(out));
	ATF_CHECK(strstr(out, "username*=UTF-8''m%c3%bcller") != NULL);
	ATF_CHECK(strstr(out,
		      "realm=\"a\\\"b\", nonce=\"n1\", "
		      "uri=\"hub:443\", opaque=\"o\"") != NULL);
	ATF_CHECK(strstr(out, "algorithm=SHA-256, ") != NULL);
	ATF_CHECK(strstr(out,
		      "qop=auth, nc=00000001, "
		      "cnonce=\"ab00") != NULL);
	/* a nonce may be too old, but not for ever */
	answer(&ha, stale, out, sizeof(out));
	ATF_CHECK(strstr(out, "nonce=\"n2\"") != NULL);
	answer(&ha, stale, out, sizeof(out));
	ATF_CHECK_EQ(AUTH_DENIED, refused(&ha, stale));
	/* H(user:realm) of RFC 7616's user and realm */
	answer(&hashed,
	    "Proxy-Authenticate: Digest realm=\"http-auth@example.org\", "
	    "nonce=n, userhash=true\r\n",
	    out, sizeof(out));
	ATF_CHECK(strstr(out,
		      "username=\"4238f3a16167373febb9bc4d43db9cc4\", "
		      "userhash=true") != NULL);
	ATF_CHECK(strstr(out, "cnonce") == NULL);
	ATF_CHECK_EQ(AUTH_DENIED, refused(&hashed, offer));
}

ATF_TC_WITHOUT_HEAD(ntlm);
ATF_TC_BODY(ntlm, tc)
{
	static const char offer[] = "Proxy-Authenticate: NTLM\r\n";
	static const uint8_t type2[] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P', 0,
		2, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0, 1, 2, 0, 0, 1, 2, 3, 4, 5,
		6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 48, 0, 0, 0, 0, 0,
		0, 0 };
	struct http_auth ha = { .ha_user = "CAMPUS\\karl",
		.ha_password = "geheim" };
	char out[2000], token[200], fields[300];

	ATF_REQUIRE(base64_encode(BASE64, type2, sizeof(type2), token,
			sizeof(token)) > 0);
	snprintf(fields, sizeof(fields), "Proxy-Authenticate: NTLM %s\r\n",
	    token);
	answer(&ha, offer, out, sizeof(out));
	ATF_CHECK(strncmp(out, "Proxy-Authorization: NTLM TlRMTVNTUAABAAAA",
		      42) == 0);
	answer(&ha, fields, out, sizeof(out));
	ATF_CHECK(strncmp(out, "Proxy-Authorization: NTLM TlRMTVNTUAADAAAA",
		      42) == 0);
	ATF_CHECK_EQ(AUTH_DENIED, refused(&ha, offer));
	/* a fresh stream begins from the first message */
	ha.ha_stage = AUTH_START;
	answer(&ha, offer, out, sizeof(out));
	ATF_CHECK_EQ(AUTH_CANNOT, refused(&ha, offer));
	answer(&ha, fields, out, sizeof(out));
	ha.ha_stage = AUTH_CHALLENGED;
	http_auth_anew(&ha);
	ATF_REQUIRE(http_auth_write(&ha, "h:1", &fresh, out, sizeof(out)) > 0);
	ATF_CHECK(strncmp(out, "Proxy-Authorization: NTLM TlRMTVNTUAABAAAA",
		      42) == 0);
	ATF_CHECK_EQ(AUTH_CANNOT,
	    refused(&ha, "Proxy-Authenticate: NTLM !!!!\r\n"));
	ATF_CHECK_EQ(AUTH_CANNOT,
	    refused(&ha, "Proxy-Authenticate: NTLM AAAA\r\n"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, digest_vectors);
	ATF_TP_ADD_TC(tp, strongest);
	ATF_TP_ADD_TC(tp, basic);
	ATF_TP_ADD_TC(tp, digest);
	ATF_TP_ADD_TC(tp, ntlm);
	return (atf_no_error());
}
