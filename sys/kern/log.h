/* SPDX-License-Identifier: ISC */
/*
 * log: one line a message, to standard error in the foreground and to
 * syslog(3) as a daemon.  Used by every process of every program.
 *
 * fatal() is for start-up and broken invariants; a peer's fault is one
 * log_warnx() line that names the peer, and the peer is closed.
 * Nothing on the per-frame path logs.
 */
#ifndef KERN_LOG_H
#define KERN_LOG_H

#include <stdarg.h>
#include <stdbool.h>

/*
 * Begin logging as `name`.  With `foreground` lines go to standard error,
 * else to syslog with LOG_DAEMON.  May be called again after a re-exec.
 */
void log_init(const char *name, bool foreground);
/* The process's role within its program, "parent", "data"...; not copied. */
void log_role(const char *role);
/* Whether log_debug() prints. */
void log_verbose(bool on);

/* Level LOG_ERR; appends ": " and strerror(errno) in the form without x. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Log and exit(1). */
void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
