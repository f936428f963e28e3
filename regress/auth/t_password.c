/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"
#include "kern/schema.h"

/* Made with another implementation (Python's hashlib.scrypt). */
#define LETMEIN                                         \
	"$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" \
	"sZ39eLH9WeFZSTfxE4j76Inh6xKkwiOI+zgHmuNjYPo"

ATF_TC_WITHOUT_HEAD(known);
ATF_TC_BODY(known, tc)
{
	ATF_CHECK_EQ(1, password_verify(LETMEIN, "letmein"));
	ATF_CHECK_EQ(0, password_verify(LETMEIN, "letmeim"));
	ATF_CHECK_EQ(0, password_verify(LETMEIN, ""));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	char a[PASSWORD_STRLEN], b[PASSWORD_STRLEN];

	ATF_REQUIRE_EQ(0, password_make("p\xc3\xa4ss word", a));
	ATF_REQUIRE_EQ(0, password_make("p\xc3\xa4ss word", b));
	ATF_CHECK(strcmp(a, b) != 0);
	ATF_CHECK_EQ(1, password_verify(a, "p\xc3\xa4ss word"));
	ATF_CHECK_EQ(0, password_verify(a, "pass word"));
}

#define SALT "MDEyMzQ1Njc4OWFiY2RlZg"
#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const char *const bad[] = {
		"",
		"letmein",
		"$scrypt$",
		"$scrypt$ln=10,r=8,p=1$",
		"$scrypt$ln=10,r=8,p=1$" SALT,
		"$scrypt$ln=10,r=8,p=1$" SALT "$",
		"$scrypt$ln=10,r=8,p=1$$" HASH,
		"$scrypt$ln=9,r=8,p=1$" SALT "$" HASH,
		"$scrypt$ln=21,r=1,p=1$" SALT "$" HASH,
		"$scrypt$ln=18,r=8,p=1$" SALT "$" HASH,
		"$scrypt$ln=10,r=0,p=1$" SALT "$" HASH,
		"$scrypt$ln=10,r=17,p=1$" SALT "$" HASH,
		"$scrypt$ln=10,r=8,p=5$" SALT "$" HASH,
		"$scrypt$ln=10,r=8,p=1$" SALT "$" HASH "A",
		"$scrypt$ln=10,r=8,p=1$" SALT "=$" HASH,
		"$scrypt$ln=10,r=8,p=1$MDEy-zQ1Njc4OWFiY2RlZg$" HASH,
		"$2b$10$abcdefghijklmnopqrstuv",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, password_verify(bad[i], "x"), "%s",
		    bad[i]);
}

static struct conf *
settings(const char *text)
{
	struct conf_error ce;
	struct conf *cf = conf_parse("test", text, strlen(text), &ce);

	ATF_REQUIRE_MSG(cf != NULL, "%s", ce.ce_text);
	ATF_REQUIRE_EQ_MSG(0, conf_check(cf, schema_hubd, "test", &ce), "%s",
	    ce.ce_text);
	return (cf);
}

/* What the methods of a hub that compute say together. */
static enum auth_result
ask(const struct conf *hub, const char *user, const char *password)
{
	const struct auth_request ar = { .ar_hub = hub,
		.ar_user = user,
		.ar_password = password };
	enum auth_result sum = AUTH_UNKNOWN;
	const struct auth_ops *ops;
	struct auth_grant ag;
	unsigned int n;

	for (n = 0; (ops = auth_method(hub, n)) != NULL && sum != AUTH_OK &&
	     sum != AUTH_DENY;
	     n++)
		sum = auth_sum(sum, ops->ao_check(&ar, &ag));
	return (sum);
}

ATF_TC_WITHOUT_HEAD(method);
ATF_TC_BODY(method, tc)
{
	struct conf *cf =
	    settings("listen *\nhub default {\nuser a {\npassword \"" LETMEIN
		     "\"\n}\n}\n");
	const struct conf *hub = conf_block(cf, "hub", "default");

	ATF_CHECK(auth_find("password") != NULL);
	ATF_CHECK(auth_find("telepathy") == NULL);
	ATF_CHECK_EQ(AUTH_OK, ask(hub, "a", "letmein"));
	ATF_CHECK_EQ(AUTH_DENY, ask(hub, "a", "wrong"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, ask(hub, "b", "letmein"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, ask(hub, "", ""));
	ATF_CHECK_EQ(AUTH_UNKNOWN, ask(NULL, "a", "letmein"));
	ATF_CHECK(auth_uses(hub, "password"));
	ATF_CHECK(!auth_uses(hub, "radius"));
	conf_free(cf);
}

/* A hub that names a method nobody has lets nobody in. */
ATF_TC_WITHOUT_HEAD(other_method);
ATF_TC_BODY(other_method, tc)
{
	struct conf *cf =
	    settings("listen *\nhub default {\nauth telepathy\nuser a {\n"
		     "password \"" LETMEIN "\"\n}\n}\n");
	const struct conf *hub = conf_block(cf, "hub", "default");

	ATF_CHECK_EQ(AUTH_UNKNOWN, ask(hub, "a", "letmein"));
	conf_free(cf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, method);
	ATF_TP_ADD_TC(tp, other_method);
	return (atf_no_error());
}
