/* SPDX-License-Identifier: ISC */
/*
 * resource: listeners and taps of the parent.  They are opened when the
 * settings first name them, handed to each new data process, and closed when
 * the settings no longer name them.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"
#include "kern/schema.h"
#include "net/if_bridge.h"
#include "net/if_tap.h"
#include "net/tcp.h"

#include "parent.h"

enum { BACKLOG = 1024 };

/* Log a failure, errno's if `error`, and keep the first. */
static int
fault(struct parent *pa, int error, const char *fmt, ...)
{
	char text[sizeof(pa->pa_fault) - 64], *to = pa->pa_fault;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (error != 0)
		log_warnx("%s: %s", text, strerror(error));
	else
		log_warnx("%s", text);
	if (*to == '\0')
		snprintf(to, sizeof(pa->pa_fault), "%s%s%.60s", text,
		    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	return (-1);
}

static struct resource *
resource_find(struct parent *pa, const char *text)
{
	struct resource *rs;

	TAILQ_FOREACH(rs, &pa->pa_resources, rs_entry)
		if (strcmp(rs->rs_text, text) == 0)
			return (rs);
	return (NULL);
}

static void
resource_send(struct parent *pa, const struct resource *rs)
{
	struct ipc *ch = procset_ipc(pa->pa_children, ROLE_DATA);
	int fd;

	if (ch == NULL)
		return;
	if ((fd = fcntl(rs->rs_fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("%s", rs->rs_text);
		return;
	}
	if (rs->rs_is_tap)
		(void)ipc_send(ch, MSG_TAP, rs->rs_id, fd, &rs->rs_tap,
		    sizeof(rs->rs_tap));
	else
		(void)ipc_send(ch, MSG_LISTEN, rs->rs_id, fd, NULL, 0);
}

static void
resource_add(struct parent *pa, const struct resource *want, int fd)
{
	struct resource *rs = malloc(sizeof(*rs));

	if (rs == NULL)
		fatal("malloc");
	*rs = *want;
	rs->rs_fd = fd;
	rs->rs_id = ++pa->pa_next_id;
	rs->rs_wanted = true;
	TAILQ_INSERT_TAIL(&pa->pa_resources, rs, rs_entry);
	resource_send(pa, rs);
}

static void
resource_close(struct parent *pa, struct resource *rs)
{
	struct ipc *ch = procset_ipc(pa->pa_children, ROLE_DATA);

	if (ch != NULL)
		(void)ipc_send(ch, rs->rs_is_tap ? MSG_UNTAP : MSG_UNLISTEN,
		    rs->rs_id, -1, NULL, 0);
	log_info("%s closed", rs->rs_text);
	TAILQ_REMOVE(&pa->pa_resources, rs, rs_entry);
	close(rs->rs_fd);
	free(rs);
}

/* A listening socket at one address; -1 with errno. */
static int
listen_at(const struct addrinfo *ai)
{
	int fd, one = 1, error;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    IPPROTO_TCP);
	if (fd == -1)
		return (-1);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
		    sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/*
 * What connections begin with; by root, as the data process may not choose all
 * that there are.  A listener that is open may have another from before.
 */
static void
set_congestion(const struct parent *pa, int fd)
{
	const char *setting = conf_str(pa->pa_conf, "congestion");
	char name[16] = "";
	socklen_t len = sizeof(name) - 1;
	int fresh;

	if (strcmp(setting, "system") != 0) {
		(void)tcp_congestion(fd, setting);
		return;
	}
	/* that of new sockets */
	fresh = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fresh == -1)
		return;
	if (getsockopt(fresh, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0)
		(void)tcp_congestion(fd, name);
	close(fresh);
}

/* One address of a "listen" line. */
static int
listener_open(struct parent *pa, const char *text, const struct addrinfo *ai)
{
	struct resource want = { .rs_is_tap = false }, *rs;
	char host[64];
	int fd;

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), NULL,
		0, NI_NUMERICHOST) != 0)
		return (fault(pa, 0, "listen %s: no address", text));
	snprintf(want.rs_text, sizeof(want.rs_text), "listen %s (%s)", text,
	    host);
	if ((rs = resource_find(pa, want.rs_text)) != NULL) {
		rs->rs_wanted = true;
		set_congestion(pa, rs->rs_fd);
		return (0);
	}
	if ((fd = listen_at(ai)) == -1) {
		if ((errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) &&
		    *text == '*')
			return (0);
		return (fault(pa, errno, "%s", want.rs_text));
	}
	set_congestion(pa, fd);
	log_info("%s", want.rs_text);
	resource_add(pa, &want, fd);
	return (0);
}

static int
listeners_open(struct parent *pa, const char *text)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV },
			*res, *ai;
	char host[256], port[8];
	int error, failed = 0;

	if (schema_hostport(text, host, sizeof(host), port, sizeof(port)) == -1)
		return (fault(pa, 0, "listen %s: no address", text));
	error = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host,
	    *port == '\0' ? "443" : port, &hints, &res);
	if (error != 0)
		return (fault(pa, 0, "listen %s: %s", text,
		    gai_strerror(error)));
	for (ai = res; ai != NULL; ai = ai->ai_next)
		failed |= listener_open(pa, text, ai);
	freeaddrinfo(res);
	return (failed);
}

/* Configure and join a tap; -1 with the fault logged. */
static int
tap_setup(struct parent *pa, const struct resource *rs)
{
	const struct msg_tap *mt = &rs->rs_tap;

	if (tap_set_mtu(mt->mt_ifname, mt->mt_mtu) == -1 ||
	    tap_set_up(mt->mt_ifname, 1) == -1)
		return (fault(pa, errno, "%s", mt->mt_ifname));
	if (*rs->rs_bridge != '\0' &&
	    (bridge_create(rs->rs_bridge) == -1 ||
		bridge_add(rs->rs_bridge, mt->mt_ifname) == -1))
		return (fault(pa, errno, "bridge %s", rs->rs_bridge));
	return (0);
}

static void
tap_describe(struct resource *want, const struct conf *hub,
    const struct conf *cf)
{
	struct msg_tap *mt = &want->rs_tap;
	const char *bridge = conf_str(cf, "bridge");

	memset(want, 0, sizeof(*want));
	want->rs_is_tap = true;
	strlcpy(mt->mt_hub, conf_name(hub), sizeof(mt->mt_hub));
	strlcpy(mt->mt_name, conf_name(cf), sizeof(mt->mt_name));
	mt->mt_mtu = (uint32_t)conf_int(cf, "mtu");
	if (conf_has(cf, "interface"))
		strlcpy(mt->mt_ifname, conf_str(cf, "interface"),
		    sizeof(mt->mt_ifname));
	else
		snprintf(mt->mt_ifname, sizeof(mt->mt_ifname), "lw%.13s",
		    conf_name(cf));
	if (bridge != NULL)
		strlcpy(want->rs_bridge, bridge, sizeof(want->rs_bridge));
	snprintf(want->rs_text, sizeof(want->rs_text),
	    "hub %s local-port %s interface %s bridge %s mtu %u", mt->mt_hub,
	    mt->mt_name, mt->mt_ifname, bridge == NULL ? "-" : bridge,
	    mt->mt_mtu);
}

static int
local_port_open(struct parent *pa, const struct conf *hub,
    const struct conf *cf)
{
	struct resource want, *rs;
	char actual[IF_NAMESIZE];
	int fd;

	tap_describe(&want, hub, cf);
	if ((rs = resource_find(pa, want.rs_text)) != NULL) {
		rs->rs_wanted = true;
		return (0);
	}
	fd = tap_open(want.rs_tap.mt_ifname, actual, sizeof(actual));
	if (fd == -1)
		return (fault(pa, errno, "tap %s", want.rs_tap.mt_ifname));
	if (tap_setup(pa, &want) == -1) {
		close(fd);
		return (-1);
	}
	log_info("%s", want.rs_text);
	resource_add(pa, &want, fd);
	return (0);
}

static int
local_ports_open(struct parent *pa)
{
	const struct conf *hub = NULL, *cf;
	int failed = 0;

	while ((hub = conf_next(pa->pa_conf, "hub", hub)) != NULL)
		for (cf = NULL;
		     (cf = conf_next(hub, "local-port", cf)) != NULL;)
			failed |= local_port_open(pa, hub, cf);
	return (failed);
}

/*
 * What is no longer wanted is closed before anything is opened, since a new
 * entry may want the same interface or port; so wanted ones are found first.
 */
static void
close_unwanted(struct parent *pa)
{
	struct resource *rs, *next, want;
	const struct conf *hub = NULL, *cf = NULL;
	char prefix[300];

	TAILQ_FOREACH(rs, &pa->pa_resources, rs_entry)
		rs->rs_wanted = false;
	while ((cf = conf_next(pa->pa_conf, "listen", cf)) != NULL) {
		snprintf(prefix, sizeof(prefix), "listen %s (",
		    cf->cf_values[0]);
		TAILQ_FOREACH(rs, &pa->pa_resources, rs_entry)
			if (strncmp(rs->rs_text, prefix, strlen(prefix)) == 0)
				rs->rs_wanted = true;
	}
	while ((hub = conf_next(pa->pa_conf, "hub", hub)) != NULL)
		for (cf = NULL;
		     (cf = conf_next(hub, "local-port", cf)) != NULL;) {
			tap_describe(&want, hub, cf);
			if ((rs = resource_find(pa, want.rs_text)) != NULL)
				rs->rs_wanted = true;
		}
	TAILQ_FOREACH_SAFE(rs, &pa->pa_resources, rs_entry, next)
		if (!rs->rs_wanted)
			resource_close(pa, rs);
}

int
resource_update(struct parent *pa, char *text, size_t size)
{
	const struct conf *cf = NULL;
	int failed = 0;

	*pa->pa_fault = '\0';
	close_unwanted(pa);
	while ((cf = conf_next(pa->pa_conf, "listen", cf)) != NULL)
		failed |= listeners_open(pa, cf->cf_values[0]);
	failed |= local_ports_open(pa);
	if (failed)
		snprintf(text, size, "taken over, but for %s", pa->pa_fault);
	return (failed ? -1 : 0);
}

void
resource_send_all(struct parent *pa)
{
	const struct resource *rs;

	TAILQ_FOREACH(rs, &pa->pa_resources, rs_entry)
		resource_send(pa, rs);
}
