/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "kern/log.h"

enum { LOG_LINE_MAX = 1024 };

static const char *log_name = "longwire";
static const char *log_role_name;
static bool log_foreground = true;
static bool log_debugging;

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
	log_line(LOG_ERR, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_ERR, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_debugging)
		return;
	va_start(ap, fmt);
	log_line(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_CRIT, error, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
