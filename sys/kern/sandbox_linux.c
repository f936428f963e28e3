/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/log.h"
#include "kern/proc.h"
#include "kern/sandbox.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const int calls_base[] = { SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill),
	SCMP_SYS(restart_syscall), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	SCMP_SYS(getrusage), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close),
	SCMP_SYS(membarrier), SCMP_SYS(getcpu) };

static const int calls_ipc[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(dup), SCMP_SYS(fcntl), SCMP_SYS(pipe2), SCMP_SYS(socketpair),
	SCMP_SYS(shutdown), SCMP_SYS(accept),
	SCMP_SYS(accept4) /* the control socket */
};

static const int calls_net[] = { SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(listen), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt) };

#ifdef LONGWIRE_SANITIZER
/* The sanitizers' run-time maps shadow memory and reads /proc. */
static const int calls_sanitizer[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect),
	SCMP_SYS(prctl), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(open),
	SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(newfstatat),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
	SCMP_SYS(prlimit64), SCMP_SYS(personality), SCMP_SYS(kill),
	SCMP_SYS(wait4), SCMP_SYS(pipe), SCMP_SYS(fork), SCMP_SYS(dup2),
	SCMP_SYS(execve), SCMP_SYS(getppid), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(mlock), SCMP_SYS(munlock),
	SCMP_SYS(mincore) };
#else
/* What libraries try, and take no for an answer. */
static const int calls_refused[] = { SCMP_SYS(open), SCMP_SYS(openat),
	SCMP_SYS(openat2), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	SCMP_SYS(sched_setscheduler) };
#endif

/* Only async-signal-safe calls: the process is about to end. */
static void
sandbox_violation(int sig, siginfo_t *si, void *context)
{
	static const char text[] = "seccomp: forbidden system call ";
	char digits[16];
	int call = si->si_syscall, i = (int)sizeof(digits);

	(void)sig;
	(void)context;
	digits[--i] = '\n';
	do {
		digits[--i] = (char)('0' + call % 10);
		call /= 10;
	} while (call > 0 && i > 0);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1 ||
	    write(STDERR_FILENO, digits + i, sizeof(digits) - (size_t)i) == -1)
		_exit(2);
	_exit(2);
}

static void
allow(scmp_filter_ctx cx, const int *calls, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (seccomp_rule_add(cx, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			fatalx("seccomp: cannot allow call %d", calls[i]);
	}
}

static void
rule(scmp_filter_ctx cx, uint32_t action, int call, struct scmp_arg_cmp cmp)
{
	if (seccomp_rule_add(cx, action, call, 1, cmp) != 0)
		fatalx("seccomp: cannot add a rule for call %d", call);
}

static struct scmp_arg_cmp
is(unsigned int arg, uint64_t value)
{
	return ((struct scmp_arg_cmp){ .arg = arg,
	    .op = SCMP_CMP_EQ,
	    .datum_a = value });
}

#ifndef LONGWIRE_SANITIZER
static struct scmp_arg_cmp
isnt(unsigned int arg, uint64_t value)
{
	return ((struct scmp_arg_cmp){ .arg = arg,
	    .op = SCMP_CMP_NE,
	    .datum_a = value });
}

/* No new executable memory, threads but no processes. */
static void
allow_careful(scmp_filter_ctx cx)
{
	size_t i;

	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(mmap),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(clone),
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), is(0, PR_SET_NAME));
	/* an answer about limits, to a thread that sizes its stack */
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), is(2, 0));
	/* glibc falls back to clone, whose flags can be looked at */
	if (seccomp_rule_add(cx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) !=
	    0)
		fatalx("seccomp: clone3");
	rule(cx, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), isnt(0, PR_SET_NAME));
	for (i = 0; i < N(calls_refused); i++) {
		if (seccomp_rule_add(cx, SCMP_ACT_ERRNO(EACCES),
			calls_refused[i], 0) != 0)
			fatalx("seccomp: call %d", calls_refused[i]);
	}
}
#endif

static void
allow_sockets(scmp_filter_ctx cx, bool net)
{
	rule(cx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), is(0, AF_UNIX));
	if (!net) {
		/* syslog(3) tries to connect anew when syslogd has gone */
		if (seccomp_rule_add(cx, SCMP_ACT_ERRNO(EACCES),
			SCMP_SYS(connect), 0) != 0)
			fatalx("seccomp: connect");
		return;
	}
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(socket), is(0, AF_INET));
	rule(cx, SCMP_ACT_ALLOW, SCMP_SYS(socket), is(0, AF_INET6));
	allow(cx, calls_net, N(calls_net));
}

void
sandbox_enter(unsigned int promises)
{
	struct sigaction sa = { .sa_sigaction = sandbox_violation,
		.sa_flags = SA_SIGINFO };
	scmp_filter_ctx cx;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("no new privileges");
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		fatal("sigaction");
	if ((cx = seccomp_init(SCMP_ACT_TRAP)) == NULL)
		fatalx("seccomp: no memory");
	allow(cx, calls_base, N(calls_base));
	if (promises & PROC_IPC)
		allow(cx, calls_ipc, N(calls_ipc));
	allow_sockets(cx, (promises & PROC_NET) != 0);
	/* terminals and taps answer to ioctl; the rest is told no */
	if (seccomp_rule_add(cx,
		promises & PROC_TAP ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOTTY),
		SCMP_SYS(ioctl), 0) != 0)
		fatalx("seccomp: ioctl");
#ifdef LONGWIRE_SANITIZER
	allow(cx, calls_sanitizer, N(calls_sanitizer));
#else
	allow_careful(cx);
#endif
	if (seccomp_load(cx) != 0)
		fatalx("seccomp: the kernel refuses the filter");
	seccomp_release(cx);
}
