/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "kern/log.h"
#include "kern/security.h"

void
security_begin(struct security *sy, const char *event)
{
	sy->sy_event = event;
	sy->sy_len = 0;
	sy->sy_data[0] = '\0';
}

/*
 * Quotes, backslashes and brackets are escaped.  Our names are ASCII; what is
 * not, or controls the terminal, becomes a question mark.  Bytes written, or
 * 0 when there are more than size.
 */
static size_t
escape(const char *value, char *out, size_t size)
{
	size_t n = 0;

	for (; *value != '\0'; value++) {
		if (n + 2 > size)
			return (0);
		if (strchr("\"\\]", *value) != NULL)
			out[n++] = '\\';
		out[n++] = *value < ' ' || *value > '~' ? '?' : *value;
	}
	return (n);
}

void
security_add(struct security *sy, const char *key, const char *value)
{
	size_t size = sizeof(sy->sy_data), at = sy->sy_len, n;
	int k;

	if (value == NULL || *value == '\0')
		return;
	k = snprintf(sy->sy_data + at, size - at, " %s=\"", key);
	if (k > 0 && (size_t)k + 2 < size - at) {
		at += (size_t)k;
		n = escape(value, sy->sy_data + at, size - at - 2);
		if (n > 0) {
			sy->sy_len = at + n + 1;
			sy->sy_data[sy->sy_len - 1] = '"';
		}
	}
	sy->sy_data[sy->sy_len] = '\0';
}

void
security_add_number(struct security *sy, const char *key, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	security_add(sy, key, text);
}

void
security_log(const struct security *sy, int level, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_at(LOG_AUTHPRIV | level, "security: %s [security@32473%s] %s",
	    sy->sy_event, sy->sy_data, text);
}

void
security_log_packet(const struct security *sy, const char *text)
{
	log_at(LOG_LOCAL0 | LOG_INFO, "packet: %s [packet@32473%s] %s",
	    sy->sy_event, sy->sy_data, text);
}
