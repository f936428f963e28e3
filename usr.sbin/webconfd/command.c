/* SPDX-License-Identifier: ISC */
/*
 * command: programs that the parent runs.  Each is in a session of its own, so
 * that nothing that ends webconfd ends it, and has an alarm, so that what
 * hangs is ended.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "kern/log.h"

#include "parent.h"

/* Descriptor `from`, or /dev/null, as `to`. */
static void
put(int from, int to)
{
	if (from == -1)
		from = open("/dev/null", O_RDWR);
	if (from == -1 || dup2(from, to) == -1)
		_exit(126);
}

static void __attribute__((noreturn)) run(const struct command *cm)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	if (setsid() == -1 || chdir("/") == -1 || clearenv() != 0 ||
	    setenv("PATH", cm->cm_path, 1) == -1)
		_exit(126);
	put(cm->cm_in, STDIN_FILENO);
	if (cm->cm_out != -1) {
		put(cm->cm_out, STDOUT_FILENO);
		if (cm->cm_both)
			put(cm->cm_out, STDERR_FILENO);
	}
	/* survives exec */
	alarm(cm->cm_seconds);
	execvp(cm->cm_argv[0], cm->cm_argv);
	_exit(127);
}

pid_t
command_start(const struct command *cm)
{
	pid_t pid = fork();

	if (pid == 0)
		run(cm);
	if (pid == -1)
		log_warn("fork");
	return (pid);
}

int
command_forget(const struct command *cm)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(command_start(cm) == -1);
	if (pid == -1) {
		log_warn("fork");
		return (-1);
	}
	/* at once: who waits for the other one is init */
	while (waitpid(pid, NULL, 0) == -1)
		if (errno != EINTR)
			return (-1);
	return (0);
}
