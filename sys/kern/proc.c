/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/sandbox.h"

enum {
	ASIDE = 10,			/* above the descriptors of a child */
	BACKOFF_MAX = 30,		/* seconds */
	BACKOFF_GOOD_LIFE = 60000	/* ms */
};

/* From wherever it is to descriptor `to`, which exec keeps open. */
static void
proc_place(int fd, int to)
{
	if (fd != -1 && dup2(fd, to) == -1)
		_exit(1);
}

static void
proc_exec(const char *argv0, const char *role, bool foreground, bool verbose,
    int fd, int log)
{
	char name[64], dash_x[] = "-x", dash_d[] = "-d", dash_v[] = "-v";
	char role_copy[32], *argv[6];
	sigset_t none;
	int n = 0;

	strlcpy(name, argv0, sizeof(name));
	strlcpy(role_copy, role, sizeof(role_copy));
	argv[n++] = name;
	argv[n++] = dash_x;
	argv[n++] = role_copy;
	if (foreground)
		argv[n++] = dash_d;
	if (verbose)
		argv[n++] = dash_v;
	argv[n] = NULL;
	/* aside first: one may be where the other is to be */
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, ASIDE)) == -1 ||
	    (log != -1 && (log = fcntl(log, F_DUPFD_CLOEXEC, ASIDE)) == -1))
		_exit(1);
	proc_place(fd, PROC_FD);
	proc_place(log, PROC_LOG_FD);
	proc_closefrom(log == -1 ? PROC_FD : PROC_LOG_FD);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	execv(argv0, argv);
	_exit(1);
}

pid_t
proc_start(const char *argv0, const char *role, bool foreground, bool verbose,
    int *fd, int *log)
{
	int fds[2], logs[2] = { -1, -1 };
	pid_t pid;

	if (ipc_pair(fds) == -1)
		return (-1);
	if (!foreground && ipc_pair(logs) == -1) {
		close(fds[0]);
		close(fds[1]);
		return (-1);
	}
	pid = fork();
	if (pid == 0)
		proc_exec(argv0, role, foreground, verbose, fds[1], logs[1]);
	close(fds[1]);
	if (logs[1] != -1)
		close(logs[1]);
	*fd = fds[0];
	*log = logs[0];
	if (pid != -1)
		return (pid);
	close(fds[0]);
	if (logs[0] != -1)
		close(logs[0]);
	return (-1);
}

void
proc_closefrom(int last)
{
	closefrom(last + 1);
}

void
proc_daemon(void)
{
	if (daemon(0, 0) == -1)
		fatal("daemon");
}

/*
 * The empty directory to be confined to, where there is none, as on a plain
 * Debian: nobody's but root's, and to be entered by all, whatever the umask.
 */
static int
make_root(const char *dir)
{
	if (mkdir(dir, 0755) == -1)
		return (errno == EEXIST ? 0 : -1);
	return (chmod(dir, 0755));
}

void
proc_become(const char *user, const char *dir)
{
	struct passwd *pw;

	if (geteuid() != 0) {
		log_debug("not root: no chroot, no change of user");
		return;
	}
	if ((pw = getpwnam(user)) == NULL)
		fatalx("there is no user \"%s\" to run as", user);
	if (dir != NULL && make_root(dir) == -1)
		fatal("chroot %s cannot be made", dir);
	if (dir != NULL && (chroot(dir) == -1 || chdir("/") == -1))
		fatal("chroot to %s", dir);
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		fatal("cannot become user \"%s\"", user);
	if (pw->pw_uid != 0 && setuid(0) != -1)
		fatalx("root could be regained");
}

void
proc_confine(const char *user, const char *dir, unsigned int promises)
{
	if (user != NULL)
		proc_become(user, dir);
	sandbox_enter(promises);
}

unsigned int
proc_backoff_next(struct proc_backoff *pb, uint64_t now)
{
	unsigned int wait;

	if (pb->pb_started != 0 && now - pb->pb_started > BACKOFF_GOOD_LIFE)
		pb->pb_wait = 0;
	wait = pb->pb_wait;
	pb->pb_wait = wait == 0 ? 1 : wait * 2;
	if (pb->pb_wait > BACKOFF_MAX)
		pb->pb_wait = BACKOFF_MAX;
	pb->pb_started = now + wait * 1000;
	return (wait);
}
