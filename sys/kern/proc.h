/* SPDX-License-Identifier: ISC */
/*
 * proc: the processes of a daemon.  A small privileged parent starts each
 * child by fork and exec of its own program with "-x ROLE", so that every
 * child has an address space of its own; a child finds its channel to the
 * parent at descriptor PROC_FD and, unless it logs to standard error, that
 * for its log (kern/log.h) at PROC_LOG_FD.  A child then gives up its
 * privileges with proc_confine() before it reads a byte from outside.
 */
#ifndef KERN_PROC_H
#define KERN_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROC_FD = 3, PROC_LOG_FD = 4 };

/* What a confined process may still do, beyond memory, threads and clocks. */
enum proc_promise {
	PROC_IPC = 0x1,		/* read, write, sendmsg, poll on open fds */
	PROC_NET = 0x2,		/* accept, socket, connect, bind, sockopts */
	PROC_TAP = 0x4		/* the ioctls of an open tap */
};

/*
 * Start a child: the running program again.  argv0 is main()'s; role goes
 * behind "-x"; `foreground` and `verbose` are passed on as -d and -v.  The
 * child's end of a new ipc pair becomes PROC_FD; *fd is the parent's end.
 * *log is that of its log's channel, -1 in the foreground.  Returns the pid,
 * or -1 with errno.
 */
pid_t proc_start(const char *argv0, const char *role, bool foreground,
    bool verbose, int *fd, int *log);
/*
 * Give up root for good: chroot to `dir`, which is made (root's, mode 755) if
 * only it itself is missing, become `user` (no supplementary groups), no new
 * privileges, then a seccomp filter that allows `promises` and kills the
 * process otherwise (an error line names the system call where the kernel
 * tells).  user NULL: keep the identity, filter only.
 * Calls fatal() if any step fails.  When not run as root, chroot and the
 * change of user are skipped with a log line.
 */
void proc_confine(const char *user, const char *dir, unsigned int promises);
/* The first two of these steps; dir NULL: the second alone. */
void proc_become(const char *user, const char *dir);
/* Close every descriptor above `last`. */
void proc_closefrom(int last);
/* Become a daemon: fork, setsid, /dev/null on 0-2. */
void proc_daemon(void);
/*
 * A number of seconds to wait before a dead child is started again: 0 for
 * the first, then 1, 2, 4... up to 30; forgotten after 60 s of good life.
 */
struct proc_backoff {
	uint64_t pb_started;	/* ms */
	unsigned int pb_wait;	/* seconds */
};
unsigned int proc_backoff_next(struct proc_backoff *pb, uint64_t now);

#endif
