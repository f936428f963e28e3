/* SPDX-License-Identifier: ISC */
/*
 * sources: what the running daemons say of themselves.  The parent asks on
 * their control sockets and closes its side, so that the http process, which
 * reads the answers, can ask nothing else.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/procset.h"

#include "parent.h"

/* The open socket with the question asked, or -1: it does not run. */
static int
source_open(const char *path, const char *question)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	ssize_t len = (ssize_t)strlen(question);
	int fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return (-1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    send(fd, question, (size_t)len, MSG_NOSIGNAL) != len ||
	    shutdown(fd, SHUT_WR) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

static void
source_send(const struct parent *pa, uint32_t id, const char *name,
    const struct conf *daemon, const char *question)
{
	int fd;

	if (daemon == NULL)
		return;
	fd = source_open(conf_str(daemon, "socket"), question);
	if (fd != -1)
		(void)ipc_send(procset_ipc(pa->pa_children, ROLE_HTTP),
		    WEB_SOURCE, id, fd, name, strlen(name));
}

void
sources_send(const struct parent *pa, const struct conf *cf, uint32_t id)
{
	const struct conf *hubd = conf_find(cf, "hubd");
	const struct conf *vnicd = conf_find(cf, "vnicd");

	source_send(pa, id, "pin", hubd, "show pin\n");
	source_send(pa, id, "sessions", hubd, "show sessions\n");
	source_send(pa, id, "vnics", vnicd, "dump\n");
}

void
sources_send_pin(const struct parent *pa, const struct conf *cf, uint32_t id)
{
	source_send(pa, id, "pin", conf_find(cf, "hubd"), "show pin\n");
}
