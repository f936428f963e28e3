/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/procset.h"

enum {
	PROCSET_POLL = 10,	/* ms between looks at who still runs */
	PROCSET_SIGNALS = 4,
	PROCSET_LINES = 2048	/* of a child's log that are taken at once */
};

struct child {
	struct procset *ch_set;
	unsigned int ch_role;
	pid_t ch_pid;		/* 0: not running */
	struct ipc *ch_ipc;
	struct event *ch_log;	/* its lines for the log, or NULL */
};

struct procset {
	struct procset_params ps_params;
	struct child ps_child[PROCSET_MAX];
	struct proc_backoff ps_backoff;
	struct event *ps_restart;
	struct event *ps_signal[PROCSET_SIGNALS];
	unsigned int ps_generation;
};

static const char *
name(const struct child *child)
{
	return (child->ch_set->ps_params.pp_roles[child->ch_role]);
}

static void
on_message(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	struct child *child = arg;
	const struct procset_params *pp = &child->ch_set->ps_params;

	if (msg == NULL) {
		/* SIGCHLD tells the rest */
		ipc_free(ch);
		child->ch_ipc = NULL;
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	pp->pp_message(child->ch_role, msg, pp->pp_arg);
}

static void
log_close(struct child *child)
{
	int fd;

	if (child->ch_log == NULL)
		return;
	fd = event_get_fd(child->ch_log);
	event_free(child->ch_log);
	child->ch_log = NULL;
	close(fd);
}

/* What a child has said so far; also after it has ended. */
static void
log_drain(struct child *child)
{
	char record[LOG_RECORD_MAX];
	ssize_t n;
	int i;

	/* so many at once: the parent has other things to do */
	for (i = 0; child->ch_log != NULL && i < PROCSET_LINES; i++) {
		n = recv(event_get_fd(child->ch_log), record, sizeof(record),
		    MSG_DONTWAIT);
		if (n > 0)
			log_relay(name(child), record, (size_t)n);
		else if (n == 0)
			log_close(child);
		else
			return;
	}
}

static void
on_log(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_drain(arg);
}

static void
log_open(struct child *child, int fd)
{
	log_close(child);
	if (fd == -1)
		return;
	child->ch_log = event_new(child->ch_set->ps_params.pp_base, fd,
	    EV_READ | EV_PERSIST, on_log, child);
	if (child->ch_log == NULL || event_add(child->ch_log, NULL) == -1)
		fatalx("no memory");
}

static int
child_start(struct child *child)
{
	const struct procset_params *pp = &child->ch_set->ps_params;
	int fd, log;

	child->ch_pid = proc_start(pp->pp_program, name(child),
	    pp->pp_foreground, pp->pp_verbose, &fd, &log);
	if (child->ch_pid == -1) {
		child->ch_pid = 0;
		return (-1);
	}
	log_open(child, log);
	child->ch_ipc = ipc_new(pp->pp_base, fd, on_message, child);
	if (child->ch_ipc == NULL)
		fatalx("no memory");
	return (0);
}

static void
start_later(struct procset *ps)
{
	unsigned int wait = proc_backoff_next(&ps->ps_backoff, clock_ms());
	struct timeval tv = { .tv_sec = (time_t)wait };

	log_info("starting again in %u s", wait);
	if (event_add(ps->ps_restart, &tv) == -1)
		fatalx("no timer");
}

static void
on_restart(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	procset_start(arg);
}

struct procset *
procset_new(const struct procset_params *pp)
{
	struct procset *ps = calloc(1, sizeof(*ps));
	unsigned int i;

	if (ps == NULL || pp->pp_n > PROCSET_MAX)
		fatalx("no set of processes");
	ps->ps_params = *pp;
	for (i = 0; i < pp->pp_n; i++) {
		ps->ps_child[i].ch_set = ps;
		ps->ps_child[i].ch_role = i;
	}
	ps->ps_restart = evtimer_new(pp->pp_base, on_restart, ps);
	if (ps->ps_restart == NULL)
		fatalx("no timer");
	return (ps);
}

void
procset_start(struct procset *ps)
{
	unsigned int i;

	ps->ps_generation++;
	for (i = 0; i < ps->ps_params.pp_n; i++)
		if (child_start(&ps->ps_child[i]) == -1) {
			log_warn("%s", name(&ps->ps_child[i]));
			procset_stop(ps);
			start_later(ps);
			return;
		}
	ps->ps_params.pp_wire(ps->ps_params.pp_arg);
}

/* Forget a child that has been waited for. */
static void
child_gone(struct child *child, int status)
{
	log_drain(child);
	log_close(child);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		log_warnx("%s process ended by signal %d", name(child),
		    WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		log_warnx("%s process failed with status %d", name(child),
		    WEXITSTATUS(status));
	child->ch_pid = 0;
	ipc_free(child->ch_ipc);
	child->ch_ipc = NULL;
}

/* How many still run. */
static unsigned int
collect(struct procset *ps)
{
	struct child *child;
	unsigned int i, left = 0;
	int status;

	for (i = 0; i < ps->ps_params.pp_n; i++) {
		child = &ps->ps_child[i];
		if (child->ch_pid == 0)
			continue;
		if (waitpid(child->ch_pid, &status, WNOHANG) == child->ch_pid)
			child_gone(child, status);
		else {
			log_drain(child);
			left++;
		}
	}
	return (left);
}

static void
kill_all(struct procset *ps)
{
	unsigned int i;

	for (i = 0; i < ps->ps_params.pp_n; i++)
		if (ps->ps_child[i].ch_pid != 0)
			(void)kill(ps->ps_child[i].ch_pid, SIGKILL);
}

void
procset_stop(struct procset *ps)
{
	const struct timespec poll = { .tv_nsec = PROCSET_POLL * 1000000L };
	uint64_t end = clock_ms() + PROCSET_GRACE;
	unsigned int i;

	for (i = 0; i < ps->ps_params.pp_n; i++) {
		ipc_free(ps->ps_child[i].ch_ipc);
		ps->ps_child[i].ch_ipc = NULL;
	}
	while (collect(ps) > 0) {
		if (clock_ms() > end) {
			kill_all(ps);
			end += PROCSET_GRACE;
		}
		(void)nanosleep(&poll, NULL);
	}
}

/* If one has died, end the rest and start all again later. */
static void
reap(struct procset *ps)
{
	if (event_pending(ps->ps_restart, EV_TIMEOUT, NULL) ||
	    collect(ps) == ps->ps_params.pp_n)
		return;
	procset_stop(ps);
	start_later(ps);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct procset *ps = arg;
	const struct procset_params *pp = &ps->ps_params;

	(void)what;
	switch (sig) {
	case SIGHUP:
		pp->pp_reload(pp->pp_arg);
		break;
	case SIGCHLD:
		if (pp->pp_reap != NULL)
			pp->pp_reap(pp->pp_arg);
		reap(ps);
		break;
	default:
		event_base_loopbreak(pp->pp_base);
	}
}

static void
catch_signals(struct procset *ps)
{
	static const int signals[PROCSET_SIGNALS] = { SIGHUP, SIGCHLD, SIGTERM,
		SIGINT };
	struct event **ev = ps->ps_signal;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < PROCSET_SIGNALS; i++) {
		ev[i] = evsignal_new(ps->ps_params.pp_base, signals[i],
		    on_signal, ps);
		if (ev[i] == NULL || event_add(ev[i], NULL) == -1)
			fatalx("no memory for signals");
	}
}

void
procset_run(struct procset *ps)
{
	catch_signals(ps);
	procset_start(ps);
	event_base_dispatch(ps->ps_params.pp_base);
	log_info("stopping");
	procset_stop(ps);
}

struct ipc *
procset_ipc(const struct procset *ps, unsigned int role)
{
	return (ps->ps_child[role].ch_ipc);
}

unsigned int
procset_generation(const struct procset *ps)
{
	return (ps->ps_generation);
}
