/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <string.h>
#include <unistd.h>

#include "../../usr.sbin/vnicd/resolv.c"

static const char settings[] = "wpad-file %s/wpad\n"
			       "vnic a {\n"
			       "	server hub.example.com:443\n"
			       "	user u\n"
			       "	password p\n"
			       "	ca /ca.pem\n"
			       "}\n";

static void
check(const char *resolv, const char *hosts, const char *want)
{
	struct conf_error ce;
	char *text, *own, *dir = getcwd(NULL, 0);
	struct conf *cf;

	atf_utils_create_file("resolv", "%s", resolv);
	atf_utils_create_file("hosts", "%s", hosts);
	ATF_REQUIRE(dir != NULL && asprintf(&own, settings, dir) != -1);
	cf = conf_parse("test", own, strlen(own), &ce);
	ATF_REQUIRE(cf != NULL);
	ATF_REQUIRE_EQ(0, conf_check(cf, schema_vnicd, "test", &ce));
	text = resolv_read(cf, "resolv", "hosts");
	ATF_CHECK_STREQ(want, text);
	free(text);
	free(own);
	free(dir);
	conf_free(cf);
}

ATF_TC_WITHOUT_HEAD(resolv_servers);
ATF_TC_BODY(resolv_servers, tc)
{
	check("# by DHCP\nsearch lan\nnameserver 192.0.2.1\n"
	      "nameserver\t2001:db8::1 ; second\nnameserver fe80::1%%eth0\n"
	      "nameserver 1.2.3\nnameserver 192.0.2.3\n"
	      "nameserver 192.0.2.4\n",
	    "",
	    "nameserver 192.0.2.1\nnameserver 2001:db8::1\n"
	    "nameserver 192.0.2.3\n");
}

ATF_TC_WITHOUT_HEAD(resolv_none);
ATF_TC_BODY(resolv_none, tc)
{
	check("", "", "nameserver 127.0.0.1\n");
}

ATF_TC_WITHOUT_HEAD(resolv_hosts);
ATF_TC_BODY(resolv_hosts, tc)
{
	check("nameserver 192.0.2.1\n",
	    "127.0.0.1 localhost\n#192.0.2.8 hub.example.com\n"
	    "192.0.2.9 other HUB.example.com # ours\nx hub.example.com\n",
	    "nameserver 192.0.2.1\nhost HUB.example.com 192.0.2.9\n");
}

/* What DHCP said is a URL, or is not passed on. */
ATF_TC_WITHOUT_HEAD(resolv_wpad);
ATF_TC_BODY(resolv_wpad, tc)
{
	static const struct {
		const char *c_file;
		const char *c_want;
	} cases[] = {
		{ "http://wpad/wpad.dat\n",
		    "nameserver 192.0.2.1\nwpad http://wpad/wpad.dat\n" },
		{ "http://a/\nhttp://b/\n",
		    "nameserver 192.0.2.1\nwpad http://a/\n" },
		{ "http://a/ nameserver 1.2.3.4\n", "nameserver 192.0.2.1\n" },
		{ "http://a/\x01\n", "nameserver 192.0.2.1\n" },
		{ "\nhttp://a/\n", "nameserver 192.0.2.1\n" },
		{ "", "nameserver 192.0.2.1\n" },
	};
	char longest[1100];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		atf_utils_create_file("wpad", "%s", cases[i].c_file);
		check("nameserver 192.0.2.1\n", "", cases[i].c_want);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	atf_utils_create_file("wpad", "%s", longest);
	check("nameserver 192.0.2.1\n", "", "nameserver 192.0.2.1\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, resolv_servers);
	ATF_TP_ADD_TC(tp, resolv_none);
	ATF_TP_ADD_TC(tp, resolv_hosts);
	ATF_TP_ADD_TC(tp, resolv_wpad);
	return (atf_no_error());
}
