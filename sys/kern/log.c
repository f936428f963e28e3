/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "kern/log.h"

static const char *log_name = "longwire";
static const char *log_role_name;
static bool log_foreground = true;
static bool log_debugging;
static int log_parent = -1;
static atomic_uint log_lost;

void
log_init(const char *name, bool foreground)
{
	log_name = name;
	log_foreground = foreground;
	if (!foreground) {
		tzset();
		openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	}
}

void
log_role(const char *role)
{
	log_role_name = role;
}

void
log_channel(int fd)
{
	if (log_foreground)
		return;
	closelog();
	log_parent = fd;
}

void
log_verbose(bool on)
{
	log_debugging = on;
}

/* Control characters from a peer must not forge lines or move the cursor. */
static void
log_clean(char *line)
{
	for (; *line != '\0'; line++) {
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
	}
}

/* One write a line, so that lines of several processes do not mix. */
static void
log_foreground_line(const char *line)
{
	char out[LOG_LINE_MAX + 128], when[32];
	struct timespec ts;
	struct tm tm;
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	n = snprintf(out, sizeof(out), "%s.%03ld %s%s%s: %s\n", when,
	    ts.tv_nsec / 1000000, log_name, log_role_name == NULL ? "" : " ",
	    log_role_name == NULL ? "" : log_role_name, line);
	if (n > 0 && write(STDERR_FILENO, out, (size_t)n) == -1)
		return;		/* nobody left to tell */
}

/* A record: the priority as one byte, then the text. */
static bool
log_send(int priority, const char *line)
{
	char record[LOG_RECORD_MAX];
	size_t len = strnlen(line, LOG_LINE_MAX);

	record[0] = (char)priority;
	memcpy(record + 1, line, len);
	return (send(log_parent, record, len + 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL) != -1);
}

static void
log_to_parent(int priority, const char *line)
{
	unsigned int lost = atomic_exchange(&log_lost, 0);
	char text[64];

	if (lost > 0) {
		snprintf(text, sizeof(text), "%u log lines were lost", lost);
		if (!log_send(LOG_DAEMON | LOG_WARNING, text)) {
			atomic_fetch_add(&log_lost, lost + 1);
			return;
		}
	}
	if (!log_send(priority, line))
		atomic_fetch_add(&log_lost, 1);
}

void
log_relay(const char *role, const char *record, size_t len)
{
	char line[LOG_LINE_MAX + 1];
	int priority;

	if (len < 2 || len > LOG_RECORD_MAX)
		return;
	priority = (unsigned char)record[0];
	if (LOG_FAC(priority) > LOG_FAC(LOG_LOCAL7))
		priority = LOG_DAEMON | LOG_PRI(priority);
	memcpy(line, record + 1, len - 1);
	line[len - 1] = '\0';
	log_clean(line);
	syslog(priority, "%s: %s", role, line);
}

static void
log_line(int priority, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];
	size_t len;

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		return;
	len = strlen(line);
	if (error != 0)
		snprintf(line + len, sizeof(line) - len, ": %s",
		    strerror(error));
	log_clean(line);
	if (log_foreground)
		log_foreground_line(line);
	else if (log_parent != -1)
		log_to_parent(priority, line);
	else if (log_role_name != NULL)
		syslog(priority, "%s: %s", log_role_name, line);
	else
		syslog(priority, "%s", line);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_ERR, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_ERR, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_at(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(priority, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_debugging)
		return;
	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_CRIT, error, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_DAEMON | LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
