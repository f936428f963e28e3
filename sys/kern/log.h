/* SPDX-License-Identifier: ISC */
/*
 * log: one line a message, to standard error in the foreground and to
 * syslog(3) as a daemon.  Used by every process of every program.
 *
 * A confined process cannot find syslogd again once that was restarted, so
 * the children of a daemon hand their lines to its parent, whose syslog(3)
 * can.  Nobody waits for that: what the channel does not take is lost, and
 * the next line that it takes says how many were.
 *
 * fatal() is for start-up and broken invariants; a peer's fault is one
 * log_warnx() line that names the peer, and the peer is closed.
 * Nothing on the per-frame path logs.
 */
#ifndef KERN_LOG_H
#define KERN_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	LOG_LINE_MAX = 960,	/* with time and name, 1024 for syslogd */
	LOG_RECORD_MAX = LOG_LINE_MAX + 1	/* of a channel */
};

/*
 * Begin logging as `name`.  With `foreground` lines go to standard error,
 * else to syslog with LOG_DAEMON.  May be called again after a re-exec.
 */
void log_init(const char *name, bool foreground);
/* The process's role within its program, "parent", "data"...; not copied. */
void log_role(const char *role);
/*
 * A child's lines go to its parent by this SOCK_SEQPACKET descriptor from now
 * on; in the foreground they stay where they are.
 */
void log_channel(int fd);
/* The parent: log a record that came from the child `role`, as it may be. */
void log_relay(const char *role, const char *record, size_t len);
/* Whether log_debug() prints. */
void log_verbose(bool on);

/* Level LOG_ERR; appends ": " and strerror(errno) in the form without x. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line of another facility (LOG_AUTHPRIV...), or of a level in between. */
void log_at(int priority, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Log and exit(1). */
void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
