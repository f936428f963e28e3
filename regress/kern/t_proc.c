/* SPDX-License-Identifier: ISC */
/* The filter kills what was not promised; libraries get a plain no. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atf-c.h>

#include "kern/proc.h"
#include "kern/sandbox.h"

/* Run act() confined to promises; its exit status, or -signal. */
static int
confined(unsigned int promises, int (*act)(void))
{
	int status;
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		sandbox_enter(promises);
		_exit(act());
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static int
act_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return (fd == -1 ? 10 : 0);
}

static int
act_raw_socket(void)
{
	socket(AF_PACKET, SOCK_RAW, 0);
	return (0);
}

static int
act_setuid(void)
{
	return (setuid(0) == -1 ? 11 : 0);
}

static int
act_open(void)
{
	return (open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES ? 12 :
									 0);
}

static int
act_fork(void)
{
	return (fork() == -1 ? 13 : 0);
}

static int
act_work(void)
{
	void *p = malloc(1 << 20);
	int fds[2];

	if (p == NULL || pipe2(fds, O_NONBLOCK) == -1 ||
	    write(fds[1], "x", 1) != 1 || read(fds[0], p, 1) != 1)
		return (1);
	free(p);
	return (0);
}

ATF_TC_WITHOUT_HEAD(promised_work);
ATF_TC_BODY(promised_work, tc)
{
	ATF_CHECK_EQ(confined(PROC_IPC, act_work), 0);
	ATF_CHECK_EQ(confined(PROC_IPC | PROC_NET, act_socket), 0);
}

/* 2 is what the handler of a forbidden call exits with. */
ATF_TC_WITHOUT_HEAD(forbidden);
ATF_TC_BODY(forbidden, tc)
{
	ATF_CHECK_EQ(confined(PROC_IPC, act_socket), 2);
	ATF_CHECK_EQ(confined(PROC_IPC | PROC_NET, act_raw_socket), 2);
	ATF_CHECK_EQ(confined(PROC_IPC | PROC_NET, act_setuid), 2);
#ifndef LONGWIRE_SANITIZER
	ATF_CHECK_EQ(confined(PROC_IPC | PROC_NET, act_fork), 2);
	ATF_CHECK_EQ(confined(PROC_IPC | PROC_NET, act_open), 12);
#else
	(void)act_fork;
	(void)act_open;
#endif
}

ATF_TC_WITHOUT_HEAD(backoff);
ATF_TC_BODY(backoff, tc)
{
	const unsigned int want[] = { 0, 1, 2, 4, 8, 16, 30, 30 };
	struct proc_backoff pb = { 0 };
	uint64_t now = 1000;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ATF_CHECK_EQ(proc_backoff_next(&pb, now), want[i]);
		now += want[i] * 1000 + 5;	/* dies at once */
	}
	now += 61000;				/* a minute of good life */
	ATF_CHECK_EQ(proc_backoff_next(&pb, now), 0);
	ATF_CHECK_EQ(proc_backoff_next(&pb, now + 1), 1);
}

/* As a daemon with a tight umask; whether nothing is seen from there. */
static int
act_become(const char *dir)
{
	umask(077);
	proc_become("nobody", dir);
	return (access("/passwd", F_OK) == -1 && getuid() != 0 ? 14 : 0);
}

ATF_TC(chroot_made);
ATF_TC_HEAD(chroot_made, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(chroot_made, tc)
{
	char dir[PATH_MAX];
	struct stat sb;
	int i, status;
	pid_t pid;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	strlcat(dir, "/empty", sizeof(dir));
	/* not there, then there */
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0)
			_exit(act_become(dir));
		ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		ATF_CHECK(WIFEXITED(status));
		ATF_CHECK_EQ(WEXITSTATUS(status), 14);
		ATF_REQUIRE_EQ(stat(dir, &sb), 0);
		ATF_CHECK_EQ(sb.st_uid, 0);
		ATF_CHECK_EQ(sb.st_mode, S_IFDIR | 0755);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, promised_work);
	ATF_TP_ADD_TC(tp, forbidden);
	ATF_TP_ADD_TC(tp, backoff);
	ATF_TP_ADD_TC(tp, chroot_made);
	return (atf_no_error());
}
