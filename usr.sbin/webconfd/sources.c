/* SPDX-License-Identifier: ISC */
/*
 * sources: what the running daemons say of themselves.  The parent asks on
 * their control sockets and closes its side, so that the http process, which
 * reads the answers, can ask nothing else.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"

#include "parent.h"

/* The open socket with the question asked, or -1: it does not run. */
static int
question_open(const char *path, const char *question)
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

static bool
socket_send(const struct parent *pa, enum web_msg type, uint32_t id,
    const char *name, const char *path, const char *question)
{
	int fd = question_open(path, question);

	if (fd == -1)
		return (false);
	(void)ipc_send(procset_ipc(pa->pa_children, ROLE_HTTP), type, id, fd,
	    name, strlen(name));
	return (true);
}

static bool
source_send(const struct parent *pa, enum web_msg type, uint32_t id,
    const char *name, const struct conf *daemon, const char *question)
{
	return (daemon != NULL &&
	    socket_send(pa, type, id, name, conf_str(daemon, "socket"),
		question));
}

bool
source_acme(const struct parent *pa, uint32_t id, const char *line)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/acmed.sock", pa->pa_run);
	return (socket_send(pa, WEB_SOURCE, id, "acme", path, line));
}

bool
source_command(const struct parent *pa, uint32_t id, const char *name,
    const struct conf *daemon, const char *line)
{
	return (source_send(pa, WEB_OUTPUT, id, name, daemon, line));
}

static const struct {
	enum source_kind kind;
	const char *name;
	const char *daemon;
	const char *question; /* %s: what it is about */
} asked[] = {
	{ SOURCE_PIN, "pin", "hubd", "show pin\n" },
	{ SOURCE_SESSIONS, "sessions", "hubd", "show sessions\n" },
	{ SOURCE_VNICS, "vnics", "vnicd", "dump\n" },
	{ SOURCE_POLICY, "policy", "hubd", "show policy\n" },
	{ SOURCE_STATS, "stats", "hubd", "show stats\n" },
	{ SOURCE_ADDRESSES, "addresses", "hubd", "show fdb %s\n" },
	{ SOURCE_BINDINGS, "bindings", "hubd", "show bindings %s\n" },
	{ SOURCE_KICK, "kick", "hubd", "kick %s\n" },
	{ SOURCE_RECONNECT, "reconnect", "vnicd", "reconnect\n" },
	{ SOURCE_PROBE, "probe", "vnicd", "probe\n" },
};

void
sources_send(const struct parent *pa, const struct conf *cf, uint32_t id,
    unsigned int kinds, const char *about)
{
	char question[128];
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		if ((kinds & asked[i].kind) == 0)
			continue;
		snprintf(question, sizeof(question), asked[i].question, about);
		(void)source_send(pa, WEB_SOURCE, id, asked[i].name,
		    conf_find(cf, asked[i].daemon), question);
	}
}

static void
on_sample(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { .tv_sec = SAMPLE_SECONDS };
	struct parent *pa = arg;
	struct conf *cf = NULL;
	char err[512];
	int n;

	(void)fd;
	(void)what;
	(void)event_add(pa->pa_sample, &tv);
	if (procset_ipc(pa->pa_children, ROLE_HTTP) != NULL)
		cf = settings_load(pa, &n, err, sizeof(err));
	if (cf == NULL)
		return;
	sources_send(pa, cf, SAMPLE_ID,
	    SOURCE_STATS | SOURCE_SESSIONS | SOURCE_VNICS, "");
	conf_free(cf);
}

void
sources_sample(struct parent *pa)
{
	struct timeval tv = { .tv_sec = 1 };

	pa->pa_sample = evtimer_new(pa->pa_base, on_sample, pa);
	if (pa->pa_sample == NULL || event_add(pa->pa_sample, &tv) == -1)
		fatalx("no memory");
}
