/* SPDX-License-Identifier: ISC */
/*
 * resolver: names without files, from what the parent read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/dns.h>
#include <event2/event.h>

#include "kern/log.h"
#include "vnic.h"

enum { RESOLVER_LINE = 320, RESOLVER_URL = 1024 };

static char *resolver_text;

/*
 * Given anew each time: evdns gives up on a server that was silent for a
 * while, just when a link that was cut has come back.
 */
static void
set_servers(const char *text)
{
	char line[RESOLVER_LINE], address[64];

	evdns_base_clear_nameservers_and_suspend(session.sp_dns);
	for (; *text != '\0'; text += strcspn(text, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"),
		    text);
		if (sscanf(line, "nameserver %63s", address) == 1)
			evdns_base_nameserver_ip_add(session.sp_dns, address);
	}
	evdns_base_resume(session.sp_dns);
}

void
resolver_set(const char *text)
{
	free(resolver_text);
	if ((resolver_text = strdup(text)) == NULL)
		fatal("strdup");
	set_servers(resolver_text);
}

void
resolver_servers(char *buf, size_t size)
{
	char line[RESOLVER_LINE], address[64];
	const char *p = resolver_text;

	*buf = '\0';
	for (; p != NULL && *p != '\0'; p += strcspn(p, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		if (sscanf(line, "nameserver %63s", address) != 1)
			continue;
		if (*buf != '\0')
			strlcat(buf, ", ", size);
		strlcat(buf, address, size);
	}
}

const char *
resolver_wpad(void)
{
	static char url[RESOLVER_URL];
	const char *p = resolver_text;

	for (; p != NULL && *p != '\0'; p += strcspn(p, "\n") + 1) {
		if (strncmp(p, "wpad ", 5) != 0)
			continue;
		p += 5;
		snprintf(url, sizeof(url), "%.*s", (int)strcspn(p, "\n"), p);
		return (url);
	}
	return ("");
}

const char *
resolver_host(const char *name)
{
	static char address[64];
	char line[RESOLVER_LINE], host[256];
	const char *p = resolver_text;

	for (; p != NULL && *p != '\0'; p += strcspn(p, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		if (sscanf(line, "host %255s %63s", host, address) == 2 &&
		    strcasecmp(host, name) == 0)
			return (address);
	}
	return (NULL);
}
