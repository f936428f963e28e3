/* SPDX-License-Identifier: ISC */
/*
 * source: where a bundle comes from.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slots.h"
#include "source.h"

/* seconds without a byte after which a download is given up */
#define STALL "60"

static int
fail(const struct source *so, const char *why, char *err, size_t size)
{
	snprintf(err, size, "%s: %s", so->so_name, why);
	return (-1);
}

/* In the child: the URL's contents to standard output. */
static void __attribute__((noreturn)) run_wget(const char *url, int fd)
{
	int null;

	if ((null = open("/dev/null", O_RDONLY)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(126);
	execlp("wget", "wget", "-q", "-T", STALL, "-O", "-", url, (char *)NULL);
	_exit(127);
}

static int
open_url(struct source *so, char *err, size_t size)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return (fail(so, strerror(errno), err, size));
	if ((so->so_pid = fork()) == -1) {
		so->so_pid = 0;
		close(fds[0]);
		close(fds[1]);
		return (fail(so, strerror(errno), err, size));
	}
	if (so->so_pid == 0)
		run_wget(so->so_name, fds[1]);
	close(fds[1]);
	so->so_fd = fds[0];
	return (0);
}

int
source_open(struct source *so, const char *name, char *err, size_t size)
{
	struct stat sb;

	memset(so, 0, sizeof(*so));
	so->so_name = name;
	so->so_fd = -1;
	if (strncmp(name, "http://", 7) == 0 ||
	    strncmp(name, "https://", 8) == 0)
		return (open_url(so, err, size));
	if (strcmp(name, "-") == 0) {
		so->so_name = "standard input";
		so->so_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else
		so->so_fd = open(name, O_RDONLY | O_CLOEXEC);
	if (so->so_fd == -1 || fstat(so->so_fd, &sb) == -1) {
		fail(so, strerror(errno), err, size);
		source_close(so);
		return (-1);
	}
	/* from its beginning; what is fed may begin anywhere */
	so->so_again = S_ISREG(sb.st_mode) && strcmp(name, "-") != 0;
	return (0);
}

int
source_head(struct source *so, char *err, size_t size)
{
	ssize_t n = slots_read_full(so->so_fd, so->so_head, SOURCE_HEAD);

	if (n == -1)
		return (fail(so, strerror(errno), err, size));
	so->so_len = (size_t)n;
	so->so_at = 0;
	return (0);
}

ssize_t
source_read(struct source *so, void *buf, size_t len, char *err, size_t size)
{
	size_t take = so->so_len - so->so_at;
	ssize_t n;

	if (take > len)
		take = len;
	memcpy(buf, so->so_head + so->so_at, take);
	so->so_at += take;
	n = slots_read_full(so->so_fd, (char *)buf + take, len - take);
	if (n == -1)
		return (fail(so, strerror(errno), err, size));
	return (n + (ssize_t)take);
}

int
source_back(struct source *so, off_t at, char *err, size_t size)
{
	if (lseek(so->so_fd, at, SEEK_SET) != at)
		return (fail(so, strerror(errno), err, size));
	so->so_at = so->so_len;
	return (0);
}

/* Why wget(1) ended without success, or NULL. */
static const char *
wget_fault(struct source *so)
{
	int status = 0;

	if (so->so_pid == 0)
		return (NULL);
	while (waitpid(so->so_pid, &status, 0) == -1)
		if (errno != EINTR)
			return (strerror(errno));
	so->so_pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return ("there is no wget");
	return ("the download failed");
}

int
source_end(struct source *so, char *err, size_t size)
{
	const char *why;
	char more;
	ssize_t n;

	if ((n = source_read(so, &more, 1, err, size)) == -1)
		return (-1);
	if (n > 0)
		return (fail(so, "is longer than it says", err, size));
	if ((why = wget_fault(so)) != NULL)
		return (fail(so, why, err, size));
	return (0);
}

void
source_close(struct source *so)
{
	if (so->so_fd != -1)
		close(so->so_fd);
	so->so_fd = -1;
	if (so->so_pid > 0) {
		kill(so->so_pid, SIGTERM);
		(void)wget_fault(so);
	}
}
