/* SPDX-License-Identifier: ISC */
/* The servers of hubd.conf(5) as the client uses them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/radius.h"
#include "kern/conf.h"

enum { PORT_LOGIN = 1812, PORT_ACCOUNTING = 1813 };

/* The checked text of an address, and a port. */
static void
set_address(struct sockaddr_storage *ss, const char *text, int64_t port)
{
	struct sockaddr_in *v4 = (void *)ss;
	struct sockaddr_in6 *v6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return;
	}
	memset(ss, 0, sizeof(*ss));
	(void)inet_pton(AF_INET6, text, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
}

static int64_t
port_of(const struct conf *cf, const char *key, int64_t usual)
{
	return (conf_has(cf, key) ? conf_int(cf, key) : usual);
}

static void
read_server(const struct conf *cf, struct radius_server *rs)
{
	const char *nas = conf_str(cf, "nas-identifier");

	memset(rs, 0, sizeof(*rs));
	strlcpy(rs->rs_name, conf_name(cf), sizeof(rs->rs_name));
	set_address(&rs->rs_addr, conf_str(cf, "address"),
	    port_of(cf, "port", PORT_LOGIN));
	set_address(&rs->rs_acct, conf_str(cf, "address"),
	    port_of(cf, "accounting-port", PORT_ACCOUNTING));
	strlcpy(rs->rs_secret, conf_str(cf, "secret"), sizeof(rs->rs_secret));
	if (nas != NULL)
		strlcpy(rs->rs_nas, nas, sizeof(rs->rs_nas));
	else if (gethostname(rs->rs_nas, sizeof(rs->rs_nas) - 1) == -1)
		strlcpy(rs->rs_nas, "longwire", sizeof(rs->rs_nas));
	rs->rs_mschap = strcmp(conf_str(cf, "protocol"), "mschapv2") == 0;
	rs->rs_need_auth = conf_bool(cf, "message-authenticator");
	rs->rs_timeout = (uint32_t)conf_int(cf, "timeout");
	rs->rs_failover = (uint32_t)conf_int(cf, "fail-over");
	if (rs->rs_failover > rs->rs_timeout)
		rs->rs_failover = rs->rs_timeout;
}

unsigned int
radius_servers(const struct conf *settings, const struct conf *hub,
    struct radius_server rs[RADIUS_SERVERS])
{
	const struct conf *name = NULL, *cf;
	unsigned int n = 0;

	while (n < RADIUS_SERVERS &&
	    (name = conf_next(hub, "radius", name)) != NULL)
		if ((cf = conf_block(settings, "radius", name->cf_values[0])) !=
		    NULL)
			read_server(cf, &rs[n++]);
	return (n);
}
