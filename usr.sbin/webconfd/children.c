/* SPDX-License-Identifier: ISC */
/*
 * children: starts and ends webconfd's other processes.  They are one set,
 * since one asks the other for signatures: when one dies both start anew.
 * The listening socket and the sessions stay in the parent meanwhile.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

#include "parent.h"

enum {
	STOP_GRACE = 5000,	/* ms for a child to end by itself */
	STOP_POLL = 10		/* ms between looks */
};

static const char *const role_name[ROLES] = { "key", "http" };

static void
on_message(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	struct child *child = arg;

	if (msg == NULL) {
		/* SIGCHLD tells the rest */
		ipc_free(ch);
		child->ch_ipc = NULL;
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (child->ch_role == ROLE_HTTP && msg->im_type == WEB_ASK)
		ask(child->ch_parent, msg->im_id, msg->im_data, msg->im_len);
}

static int
child_start(struct child *child)
{
	struct parent *pa = child->ch_parent;
	int fd;

	child->ch_pid = proc_start(pa->pa_program, role_name[child->ch_role],
	    pa->pa_foreground, pa->pa_verbose, &fd);
	if (child->ch_pid == -1) {
		child->ch_pid = 0;
		return (-1);
	}
	child->ch_ipc = ipc_new(pa->pa_base, fd, on_message, child);
	if (child->ch_ipc == NULL)
		fatalx("no memory");
	return (0);
}

static void
wire(struct parent *pa)
{
	struct ipc *key = pa->pa_child[ROLE_KEY].ch_ipc;
	struct ipc *http = pa->pa_child[ROLE_HTTP].ch_ipc;
	struct keyproc_start ks = { .ks_user = "" };
	char path[PATH_MAX];
	int fds[2], fd;

	snprintf(path, sizeof(path), "%s/webconfd.key", pa->pa_state);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		fatal("%s", path);
	if (ipc_pair(fds) == -1)
		fatal("socketpair");
	strlcpy(ks.ks_user, pa->pa_user, sizeof(ks.ks_user));
	strlcpy(ks.ks_chroot, pa->pa_chroot, sizeof(ks.ks_chroot));
	(void)ipc_send(key, KEYPROC_FILE, 0, fd, NULL, 0);
	(void)ipc_send(key, KEYPROC_CHANNEL, 0, fds[0], NULL, 0);
	(void)ipc_send(key, KEYPROC_START, 0, -1, &ks, sizeof(ks));
	(void)ipc_send_text(http, WEB_CERT, pa->pa_cert);
	(void)ipc_send(http, WEB_KEY_CHANNEL, 0, fds[1], NULL, 0);
	(void)ipc_send(http, WEB_LISTEN, 0,
	    fcntl(pa->pa_listen, F_DUPFD_CLOEXEC, 0), NULL, 0);
	(void)ipc_send(http, WEB_START, 0, -1, &ks, sizeof(ks));
}

static void
start_later(struct parent *pa)
{
	unsigned int wait = proc_backoff_next(&pa->pa_backoff, clock_ms());
	struct timeval tv = { .tv_sec = wait };

	log_info("starting again in %u s", wait);
	if (event_add(pa->pa_restart, &tv) == -1)
		fatalx("no timer");
}

static void
on_restart(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	children_start(arg);
}

void
children_init(struct parent *pa)
{
	int i;

	for (i = 0; i < ROLES; i++) {
		pa->pa_child[i].ch_parent = pa;
		pa->pa_child[i].ch_role = (enum role)i;
	}
	pa->pa_restart = evtimer_new(pa->pa_base, on_restart, pa);
	if (pa->pa_restart == NULL)
		fatalx("no timer");
	/* the first start counts as a life, the next waits only if short */
	(void)proc_backoff_next(&pa->pa_backoff, clock_ms());
}

void
children_start(struct parent *pa)
{
	int i;

	for (i = 0; i < ROLES; i++)
		if (child_start(&pa->pa_child[i]) == -1) {
			log_warn("%s", role_name[i]);
			children_stop(pa);
			start_later(pa);
			return;
		}
	wire(pa);
}

/* Forget a child that has been waited for. */
static void
child_gone(struct child *child, int status)
{
	const char *name = role_name[child->ch_role];

	if (!WIFEXITED(status) &&
	    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM))
		log_warnx("%s process ended by signal %d", name,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		log_warnx("%s process failed with status %d", name,
		    WEXITSTATUS(status));
	child->ch_pid = 0;
	ipc_free(child->ch_ipc);
	child->ch_ipc = NULL;
}

/* How many still run. */
static int
collect(struct parent *pa)
{
	struct child *child;
	int i, left = 0, status;

	for (i = 0; i < ROLES; i++) {
		child = &pa->pa_child[i];
		if (child->ch_pid == 0)
			continue;
		if (waitpid(child->ch_pid, &status, WNOHANG) == child->ch_pid)
			child_gone(child, status);
		else
			left++;
	}
	return (left);
}

static void
kill_all(struct parent *pa)
{
	int i;

	for (i = 0; i < ROLES; i++)
		if (pa->pa_child[i].ch_pid != 0)
			(void)kill(pa->pa_child[i].ch_pid, SIGKILL);
}

void
children_stop(struct parent *pa)
{
	struct timespec ts = { .tv_nsec = STOP_POLL * 1000000L };
	uint64_t end = clock_ms() + STOP_GRACE;
	int i;

	/* a closed channel is the word to end */
	for (i = 0; i < ROLES; i++) {
		ipc_free(pa->pa_child[i].ch_ipc);
		pa->pa_child[i].ch_ipc = NULL;
	}
	while (collect(pa) > 0) {
		if (clock_ms() > end) {
			kill_all(pa);
			end += STOP_GRACE;
		}
		(void)nanosleep(&ts, NULL);
	}
}

void
children_reap(struct parent *pa)
{
	pid_t pid = pa->pa_apply.ap_pid;
	int status;

	if (pid != 0 && waitpid(pid, &status, WNOHANG) == pid)
		(void)apply_reap(pa, pid, status);
	if (collect(pa) == ROLES ||
	    event_pending(pa->pa_restart, EV_TIMEOUT, NULL) || pa->pa_stopping)
		return;
	children_stop(pa);
	start_later(pa);
}
