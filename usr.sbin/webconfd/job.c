/* SPDX-License-Identifier: ISC */
/*
 * job: programs (command.c) that run for an administrator: what they write
 * goes to the http process by a pipe.  Words come from outside, and are only
 * ever words of argv.  A program that takes too long is told to end, then made
 * to; one whose output is not read to its end gets SIGPIPE.
 */
#include <sys/wait.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "kern/ipc.h"
#include "kern/procset.h"

#include "parent.h"

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { .tv_sec = JOB_GRACE };
	struct job *jb = arg;

	(void)fd;
	(void)what;
	(void)kill(-jb->jb_pid, jb->jb_told ? SIGKILL : SIGTERM);
	jb->jb_told = true;
	(void)event_add(jb->jb_timer, &tv);
}

static struct job *
job_free(struct parent *pa)
{
	struct job *jb = pa->pa_jobs;

	for (; jb < pa->pa_jobs + JOBS; jb++)
		if (jb->jb_pid == 0)
			return (jb);
	return (NULL);
}

static bool
watch(struct parent *pa, struct job *jb, unsigned int seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	jb->jb_told = false;
	if (jb->jb_timer == NULL)
		jb->jb_timer = evtimer_new(pa->pa_base, on_time, jb);
	return (jb->jb_timer != NULL && event_add(jb->jb_timer, &tv) == 0);
}

bool
job_start(struct parent *pa, uint32_t id, const char *name, char *const argv[],
    unsigned int seconds)
{
	struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = -1,
		.cm_both = true,
		.cm_seconds = seconds + JOB_GRACE };
	struct job *jb = job_free(pa);
	int fds[2];

	if (jb == NULL || pipe2(fds, O_CLOEXEC) == -1)
		return (false);
	cm.cm_out = fds[1];
	if (!watch(pa, jb, seconds) ||
	    (jb->jb_pid = command_start(&cm)) == -1) {
		jb->jb_pid = 0;
		if (jb->jb_timer != NULL)
			(void)event_del(jb->jb_timer);
		close(fds[0]);
		close(fds[1]);
		return (false);
	}
	close(fds[1]);
	/* only the reader's side: a program must be able to wait */
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	(void)ipc_send(procset_ipc(pa->pa_children, ROLE_HTTP), WEB_OUTPUT, id,
	    fds[0], name, strlen(name));
	return (true);
}

void
jobs_reap(struct parent *pa)
{
	struct job *jb = pa->pa_jobs;

	for (; jb < pa->pa_jobs + JOBS; jb++) {
		if (jb->jb_pid == 0 ||
		    waitpid(jb->jb_pid, NULL, WNOHANG) != jb->jb_pid)
			continue;
		jb->jb_pid = 0;
		(void)event_del(jb->jb_timer);
	}
}
