/* SPDX-License-Identifier: ISC */
/*
 * task: a backup that is restored, or an upgrade that is installed: one program
 * at a time, whose lines say how far it is.
 *
 * What a browser uploads goes from the http process right into the program's
 * standard input.  That its end comes to the program is the parent's to say,
 * once the http process has seen all of it: what was cut off must not be taken
 * for a whole file.
 */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "kern/generation.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"
#include "kern/security.h"

#include "parent.h"

static const char *const kind_name[] = { "none", "restore", "upgrade" };

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
task_init(struct parent *pa)
{
	pa->pa_task.tk_out = pa->pa_task.tk_feed = -1;
}

bool
task_runs(const struct parent *pa)
{
	return (pa->pa_task.tk_pid != 0);
}

/* "cfgctl: sentence" is what is wrong; see cfgctl(8) and sysupgrade(8). */
static void
take_line(struct task *tk, const char *line)
{
	const char *program =
	    tk->tk_kind == TASK_RESTORE ? "cfgctl: " : "sysupgrade: ";
	size_t len = strlen(program);

	if (strncmp(line, program, len) == 0)
		strlcpy(tk->tk_text, line + len, sizeof(tk->tk_text));
	else if (strncmp(line, "ja ", 3) == 0)
		strlcpy(tk->tk_ja, line + 3, sizeof(tk->tk_ja));
	else if (sscanf(line, "progress %15s %d", tk->tk_phase,
		     &tk->tk_percent) != 2)
		strlcpy(tk->tk_result, line, sizeof(tk->tk_result));
}

static void
take_bytes(struct task *tk, const char *buf, size_t len)
{
	for (; len > 0; buf++, len--) {
		if (*buf != '\n') {
			if (tk->tk_len < sizeof(tk->tk_line) - 1)
				tk->tk_line[tk->tk_len++] = *buf;
			continue;
		}
		tk->tk_line[tk->tk_len] = '\0';
		tk->tk_len = 0;
		take_line(tk, tk->tk_line);
	}
}

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	struct task *tk = arg;
	char buf[1024];
	ssize_t n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		take_bytes(tk, buf, (size_t)n);
	if (n == 0)
		event_del(tk->tk_event);
}

/* The program's output to the parent; its input, if it is fed, from a pipe. */
static int
open_pipes(struct task *tk, bool fed, int *in, int *out)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	tk->tk_out = fds[0];
	*out = fds[1];
	if (fcntl(tk->tk_out, F_SETFL, O_NONBLOCK) == -1)
		return (-1);
	if (!fed)
		return (0);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	*in = fds[0];
	tk->tk_feed = fds[1];
	return (fcntl(tk->tk_feed, F_SETFL, O_NONBLOCK));
}

static int
launch(struct parent *pa, struct task *tk, char *const *argv, bool fed)
{
	struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = -1,
		.cm_out = -1,
		.cm_both = true,
		.cm_seconds = TASK_SECONDS };
	pid_t pid = -1;

	if (open_pipes(tk, fed, &cm.cm_in, &cm.cm_out) == 0 &&
	    (tk->tk_event = event_new(pa->pa_base, tk->tk_out,
		 EV_READ | EV_PERSIST, on_output, tk)) != NULL &&
	    event_add(tk->tk_event, NULL) == 0)
		pid = command_start(&cm);
	close_fd(&cm.cm_in);
	close_fd(&cm.cm_out);
	tk->tk_pid = pid == -1 ? 0 : pid;
	return (pid == -1 ? -1 : 0);
}

static void
drop(struct task *tk)
{
	if (tk->tk_event != NULL)
		event_free(tk->tk_event);
	tk->tk_event = NULL;
	close_fd(&tk->tk_out);
	close_fd(&tk->tk_feed);
	tk->tk_pid = 0;
}

int
task_start(struct parent *pa, enum task_kind kind, char *const *argv, bool fed,
    uint32_t owner, const char *from)
{
	struct task *tk = &pa->pa_task;

	memset(tk, 0, sizeof(*tk));
	task_init(pa);
	tk->tk_kind = kind;
	tk->tk_owner = owner;
	strlcpy(tk->tk_from, from, sizeof(tk->tk_from));
	if (launch(pa, tk, argv, fed) == 0)
		return (0);
	log_warn("%s", argv[0]);
	drop(tk);
	tk->tk_kind = TASK_NONE;
	return (-1);
}

int
task_feed(struct parent *pa, const char *line, uint32_t id)
{
	struct task *tk = &pa->pa_task;
	struct ipc *ch = procset_ipc(pa->pa_children, ROLE_HTTP);
	size_t len = strlen(line);
	int fd;

	if (write(tk->tk_feed, line, len) != (ssize_t)len ||
	    (fd = fcntl(tk->tk_feed, F_DUPFD_CLOEXEC, 0)) == -1)
		return (-1);
	return (ch == NULL ? -1 : ipc_send(ch, WEB_SINK, id, fd, NULL, 0));
}

bool
task_sent(struct parent *pa, uint32_t owner)
{
	struct task *tk = &pa->pa_task;

	if (tk->tk_feed == -1 || tk->tk_owner != owner)
		return (false);
	close_fd(&tk->tk_feed);
	return (true);
}

/* It has not read the end of its input yet, so it has decided nothing. */
static void
cut_off(struct task *tk)
{
	if (tk->tk_feed == -1 || tk->tk_pid == 0)
		return;
	(void)kill(tk->tk_pid, SIGKILL);
	tk->tk_cut = true;
}

void
task_lost(struct parent *pa, uint32_t owner)
{
	if (pa->pa_task.tk_owner == owner)
		cut_off(&pa->pa_task);
}

void
task_http_gone(struct parent *pa)
{
	cut_off(&pa->pa_task);
}

/* Restored settings are on trial; see generation.h. */
static void
restored(struct parent *pa)
{
	struct security sy;
	const char *errstr;
	int n;

	n = (int)strtonum(pa->pa_task.tk_result, 1, INT32_MAX - 1, &errstr);
	if (errstr != NULL)
		return;
	security_begin(&sy, "settings-restored");
	security_add(&sy, "from", pa->pa_task.tk_from);
	security_add_number(&sy, "generation", (uint64_t)n);
	security_log(&sy, LOG_NOTICE,
	    "administrator at %s: a backup, as generation %d",
	    pa->pa_task.tk_from, n);
	trial_begin(pa);
	admin_update(pa);
	apply_start(pa, n);
}

static void
upgraded(struct parent *pa)
{
	struct security sy;

	security_begin(&sy, "upgrade-installed");
	security_add(&sy, "from", pa->pa_task.tk_from);
	security_add(&sy, "what", pa->pa_task.tk_result);
	security_log(&sy, LOG_NOTICE, "administrator at %s: %s",
	    pa->pa_task.tk_from, pa->pa_task.tk_result);
}

static void
say_fault(struct task *tk, int status)
{
	if (tk->tk_cut) {
		strlcpy(tk->tk_text, "the upload was cut off",
		    sizeof(tk->tk_text));
		strlcpy(tk->tk_ja, "アップロードが途中で切れました。",
		    sizeof(tk->tk_ja));
	} else if (tk->tk_text[0] == '\0')
		snprintf(tk->tk_text, sizeof(tk->tk_text), "%s %d",
		    WIFSIGNALED(status) ? "ended by signal" : "exit status",
		    WIFSIGNALED(status) ? WTERMSIG(status) :
					  WEXITSTATUS(status));
	log_warnx("%s: %s", kind_name[tk->tk_kind], tk->tk_text);
}

void
task_reap(struct parent *pa)
{
	struct task *tk = &pa->pa_task;
	int status;

	if (tk->tk_pid == 0 ||
	    waitpid(tk->tk_pid, &status, WNOHANG) != tk->tk_pid)
		return;
	on_output(tk->tk_out, EV_READ, tk);
	drop(tk);
	tk->tk_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	if (tk->tk_failed)
		say_fault(tk, status);
	else if (tk->tk_kind == TASK_RESTORE)
		restored(pa);
	else
		upgraded(pa);
}

void
task_describe(const struct parent *pa, enum task_kind kind, struct pairs *out)
{
	const struct task *tk = &pa->pa_task;

	if (tk->tk_kind != kind)
		return;
	(void)pairs_add(out, "task",
	    tk->tk_pid != 0   ? "runs" :
		tk->tk_failed ? "failed" :
				"done");
	if (tk->tk_pid != 0)
		(void)pairs_add(out, "refresh", "yes");
	(void)pairs_add(out, "task.phase", tk->tk_phase);
	(void)pairs_addf(out, "task.percent", "%d", tk->tk_percent);
	(void)pairs_add(out, "task.text", tk->tk_text);
	(void)pairs_add(out, "task.ja", tk->tk_ja);
	(void)pairs_add(out, "task.result", tk->tk_result);
}
