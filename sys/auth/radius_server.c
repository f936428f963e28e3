/* SPDX-License-Identifier: ISC */
/* The servers of hubd.conf(5) as the client uses them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/radius.h"
#include "kern/conf.h"
#include "kern/schema.h"

_Static_assert((int)RADIUS_SERVERS == SCHEMA_RADIUS_SERVERS,
    "room for the servers that the settings take");

enum { PORT_LOGIN = 1812, PORT_ACCOUNTING = 1813, PORT_TLS = 2083 };

/* RFC 6614, 2.3 */
static const char tls_secret[] = "radsec";

static radius_find_file find_file;

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

/* How a server of RadSec is known. */
static void
read_tls(const struct conf *cf, struct radius_server *rs)
{
	const char *name = conf_str(cf, "server-name");
	const struct conf *pin = NULL;

	rs->rs_tls = true;
	/* TLS proves who answers */
	rs->rs_need_auth = false;
	set_address(&rs->rs_addr, conf_str(cf, "address"),
	    port_of(cf, "port", PORT_TLS));
	rs->rs_acct = rs->rs_addr;
	strlcpy(rs->rs_tls_name, name != NULL ? name : conf_str(cf, "address"),
	    sizeof(rs->rs_tls_name));
	while ((pin = conf_next(cf, "pin", pin)) != NULL)
		if (rs->rs_npins < CRYPTO_PINS &&
		    crypto_pin_parse(pin->cf_values[0],
			rs->rs_pins[rs->rs_npins]) == 0)
			rs->rs_npins++;
}

static void
read_server(const struct conf *cf, struct radius_server *rs)
{
	const char *nas = conf_str(cf, "nas-identifier");
	const char *secret = conf_str(cf, "secret");

	memset(rs, 0, sizeof(*rs));
	strlcpy(rs->rs_name, conf_name(cf), sizeof(rs->rs_name));
	set_address(&rs->rs_addr, conf_str(cf, "address"),
	    port_of(cf, "port", PORT_LOGIN));
	set_address(&rs->rs_acct, conf_str(cf, "address"),
	    port_of(cf, "accounting-port", PORT_ACCOUNTING));
	strlcpy(rs->rs_secret, secret != NULL ? secret : tls_secret,
	    sizeof(rs->rs_secret));
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
	if (strcmp(conf_str(cf, "transport"), "tls") == 0)
		read_tls(cf, rs);
}

void
radius_files_by(radius_find_file find)
{
	find_file = find;
}

const char *
radius_file(const char *server, const char *key)
{
	return (find_file == NULL ? NULL : find_file(server, key));
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
