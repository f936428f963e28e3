/* SPDX-License-Identifier: ISC */
/*
 * generation_check: ask the daemons themselves whether they can live with new
 * settings.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kern/generation.h"

enum { CHECK_SECONDS = 20 };

/* The path of a program beside this one; -1 if there is none. */
static int
beside(const char *prog, char *path, size_t size)
{
	char self[PATH_MAX], *slash;
	ssize_t len;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len == -1)
		return (-1);
	self[len] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return (-1);
	*slash = '\0';
	if (snprintf(path, size, "%s/%s", self, prog) >= (int)size)
		return (-1);
	return (access(path, X_OK));
}

/* In the child: run "prog -n -f file" with its messages in fd. */
static void __attribute__((noreturn))
run_check(const char *prog, const char *file, int fd)
{
	int null;

	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1 ||
	    dup2(fd, STDERR_FILENO) == -1)
		_exit(126);
	/* survives exec: a check that hangs is ended */
	alarm(CHECK_SECONDS);
	execl(prog, prog, "-n", "-f", file, (char *)NULL);
	_exit(127);
}

/* The first line that comes from fd; the rest is read and dropped. */
static void
read_line(int fd, char *line, size_t size)
{
	char buf[512];
	size_t len = 0, take;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1) {
			if (errno == EINTR)
				continue;
			break;
		}
		take = (size_t)n < size - 1 - len ? (size_t)n : size - 1 - len;
		memcpy(line + len, buf, take);
		len += take;
	}
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static int
check_file(const char *prog, const char *file, char *err, size_t size)
{
	int fds[2], status = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		snprintf(err, size, "%s: %s", prog, strerror(errno));
		return (-1);
	}
	if (pid == 0)
		run_check(prog, file, fds[1]);
	close(fds[1]);
	read_line(fds[0], err, size);
	close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (0);
	if (*err == '\0')
		snprintf(err, size, "%s -n: %s %d", prog,
		    WIFSIGNALED(status) ? "ended by signal" : "exit status",
		    WIFSIGNALED(status) ? WTERMSIG(status) :
					  WEXITSTATUS(status));
	return (-1);
}

int
generation_check_daemons(const char *path, char *err, size_t size)
{
	static const char *const daemons[] = { "hubd", "vnicd", "acmed" };
	char file[PATH_MAX], prog[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s.conf", path, daemons[i]);
		if (access(file, F_OK) == -1 ||
		    beside(daemons[i], prog, sizeof(prog)) == -1)
			continue;
		if (check_file(prog, file, err, size) == -1)
			return (-1);
	}
	return (0);
}
