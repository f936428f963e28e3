/* SPDX-License-Identifier: ISC */
/*
 * children: starts and ends hubd's other processes.  They are one set: each
 * holds channels to the others, so when one dies all are started anew.
 * Listeners and taps stay open in the parent meanwhile, and clients resume
 * their sessions by token.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keyproc.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

#include "parent.h"

enum {
	STOP_GRACE = 5000,	/* ms for a child to end by itself */
	STOP_POLL = 10		/* ms between looks */
};

static const char *const role_name[ROLES] = { "key", "auth", "data" };

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
	if (child->ch_role == ROLE_DATA && msg->im_type == MSG_RELOAD)
		parent_reload_request(child->ch_parent, msg->im_id);
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

/* The data process has at most this many threads; 0 in settings is a core's
 * each. */
static unsigned int
threads(const struct parent *pa)
{
	long n = (long)conf_int(pa->pa_conf, "threads");

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return (n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned int)n);
}

/* A channel between two children, one end to each. */
static void
join(struct parent *pa, enum role a, uint32_t atype, enum role b,
    uint32_t btype, uint32_t id)
{
	int fds[2];

	if (ipc_pair(fds) == -1)
		fatal("socketpair");
	if (ipc_send(pa->pa_child[a].ch_ipc, atype, id, fds[0], NULL, 0) ==
		-1 ||
	    ipc_send(pa->pa_child[b].ch_ipc, btype, id, fds[1], NULL, 0) == -1)
		log_warnx("no channel from %s to %s", role_name[a],
		    role_name[b]);
}

void
children_settings(struct parent *pa)
{
	char *data = settings_for_data(pa->pa_conf, pa->pa_token_key);
	char *auth = conf_print(pa->pa_conf, CONF_NO_COMMENTS);

	if (data == NULL || auth == NULL)
		fatalx("no memory for settings");
	if (pa->pa_child[ROLE_DATA].ch_ipc != NULL)
		(void)ipc_send_text(pa->pa_child[ROLE_DATA].ch_ipc,
		    MSG_SETTINGS, data);
	if (pa->pa_child[ROLE_AUTH].ch_ipc != NULL)
		(void)ipc_send_text(pa->pa_child[ROLE_AUTH].ch_ipc,
		    MSG_SETTINGS, auth);
	explicit_bzero(auth, strlen(auth));
	free(auth);
	free(data);
}

static void
wire(struct parent *pa)
{
	struct child *ch = pa->pa_child;
	struct keyproc_start ks = { .ks_user = "" };
	int key = keyfile_open_key(pa->pa_conf);
	uint32_t i;

	if (key == -1)
		fatalx("no key");
	children_settings(pa);
	(void)ipc_send(ch[ROLE_KEY].ch_ipc, KEYPROC_FILE, 0, key, NULL, 0);
	for (i = 0; i < threads(pa); i++)
		join(pa, ROLE_KEY, KEYPROC_CHANNEL, ROLE_DATA, MSG_KEY_CHANNEL,
		    i);
	join(pa, ROLE_AUTH, MSG_AUTH_CHANNEL, ROLE_DATA, MSG_AUTH_CHANNEL, 0);
	strlcpy(ks.ks_user, conf_str(pa->pa_conf, "user"), sizeof(ks.ks_user));
	strlcpy(ks.ks_chroot, conf_str(pa->pa_conf, "chroot"),
	    sizeof(ks.ks_chroot));
	(void)ipc_send(ch[ROLE_KEY].ch_ipc, KEYPROC_START, 0, -1, &ks,
	    sizeof(ks));
	(void)ipc_send(ch[ROLE_AUTH].ch_ipc, MSG_START, 0, -1, NULL, 0);
	(void)ipc_send_text(ch[ROLE_DATA].ch_ipc, MSG_CERT, pa->pa_cert);
	(void)ipc_send(ch[ROLE_DATA].ch_ipc, MSG_TOKEN_KEY, 0, -1,
	    pa->pa_token_key, TOKEN_KEY_LEN);
	(void)ipc_send(ch[ROLE_DATA].ch_ipc, MSG_CONTROL, 0,
	    fcntl(pa->pa_control, F_DUPFD_CLOEXEC, 0), NULL, 0);
	resource_send_all(pa);
	(void)ipc_send(ch[ROLE_DATA].ch_ipc, MSG_START, 0, -1, NULL, 0);
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
signal_all(struct parent *pa, int sig)
{
	int i;

	for (i = 0; i < ROLES; i++)
		if (pa->pa_child[i].ch_pid != 0)
			(void)kill(pa->pa_child[i].ch_pid, sig);
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
			signal_all(pa, SIGKILL);
			end += STOP_GRACE;
		}
		(void)nanosleep(&ts, NULL);
	}
}

void
children_reap(struct parent *pa)
{
	if (collect(pa) == ROLES ||
	    event_pending(pa->pa_restart, EV_TIMEOUT, NULL))
		return;
	if (pa->pa_child[0].ch_pid == 0 && pa->pa_child[1].ch_pid == 0 &&
	    pa->pa_child[2].ch_pid == 0 && pa->pa_stopping)
		return;
	children_stop(pa);
	start_later(pa);
}
