/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <string.h>

#include "../../usr.sbin/vnicd/resolv.c"

static const char settings[] = "vnic a {\n"
			       "	server hub.example.com:443\n"
			       "	user u\n"
			       "	password p\n"
			       "	ca /ca.pem\n"
			       "}\n";

static void
check(const char *resolv, const char *hosts, const char *want)
{
	struct conf_error ce;
	struct conf *cf;
	char *text;

	atf_utils_create_file("resolv", "%s", resolv);
	atf_utils_create_file("hosts", "%s", hosts);
	cf = conf_parse("test", settings, strlen(settings), &ce);
	ATF_REQUIRE(cf != NULL);
	ATF_REQUIRE_EQ(0, conf_check(cf, schema_vnicd, "test", &ce));
	text = resolv_read(cf, "resolv", "hosts");
	ATF_CHECK_STREQ(want, text);
	free(text);
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, resolv_servers);
	ATF_TP_ADD_TC(tp, resolv_none);
	ATF_TP_ADD_TC(tp, resolv_hosts);
	return (atf_no_error());
}
