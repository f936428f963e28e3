/* SPDX-License-Identifier: ISC */
/*
 * A second authentication method beside the real ones: the table of sys/auth
 * with one more line, and nothing else changed.
 */
#include <atf-c.h>
#include <string.h>

#include "kern/schema.h"

#define AUTH_METHODS "toy/methods.def"
#include "../../sys/auth/auth.c"
#include "toy/toy.c"

static const char text[] =
    "listen *\n"
    "hub toys {\n"
    "	auth toy\n"
    "	auth password\n"
    "	user a {\n"
    "		password \"$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
    "sZ39eLH9WeFZSTfxE4j76Inh6xKkwiOI+zgHmuNjYPo\"\n"
    "	}\n"
    "}\n"
    "hub plain {\n}\n";

ATF_TC_WITHOUT_HEAD(toy);
ATF_TC_BODY(toy, tc)
{
	struct conf_error ce;
	struct conf *cf = conf_parse("test", text, strlen(text), &ce);
	const struct conf *toys, *plain;

	ATF_REQUIRE(cf != NULL);
	ATF_REQUIRE_EQ_MSG(0, conf_check(cf, schema_hubd, "test", &ce), "%s",
	    ce.ce_text);
	toys = conf_block(cf, "hub", "toys");
	plain = conf_block(cf, "hub", "plain");
	ATF_CHECK(auth_find("toy") == &auth_toy);
	ATF_CHECK(auth_find("password") != NULL);
	ATF_CHECK_EQ(AUTH_OK, auth_check(toys, "toybox", "xobyot"));
	ATF_CHECK_EQ(AUTH_DENY, auth_check(toys, "toybox", "toybox"));
	/* not the toy's: the next method is asked */
	ATF_CHECK_EQ(AUTH_OK, auth_check(toys, "a", "letmein"));
	/* a hub that does not name it does not ask it */
	ATF_CHECK_EQ(AUTH_DENY, auth_check(plain, "toybox", "xobyot"));
	conf_free(cf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, toy);
	return (atf_no_error());
}
