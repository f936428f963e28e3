/* SPDX-License-Identifier: ISC */
/*
 * security: the security log, of events that an administrator must be able to
 * look up, count and be told of: who came, who was refused, what was dropped.
 * Run by every process of every program; a line of kern/log with the facility
 * authpriv and always the same form,
 *
 *	security: EVENT [security@32473 KEY="VALUE" ...] sentence
 *
 * The part in brackets is structured data of RFC 5424, section 6.3, so that
 * what passes it on to a log server need only move it; values are escaped as
 * that wants.  (32473 is the enterprise number for documentation, RFC 5612:
 * we have none of our own.)  longwire-events(7) lists events and keys.
 */
#ifndef KERN_SECURITY_H
#define KERN_SECURITY_H

#include <stddef.h>
#include <stdint.h>

enum { SECURITY_DATA_MAX = 600 };

struct security {
	const char *sy_event;		/* not copied */
	size_t sy_len;
	char sy_data[SECURITY_DATA_MAX];
};

/* Events are lower-case words with hyphens, at most 32 bytes (a MSGID). */
void security_begin(struct security *sy, const char *event);
/* A key without a value (NULL or "") is left out, as is what has no room. */
void security_add(struct security *sy, const char *key, const char *value);
void security_add_number(struct security *sy, const char *key, uint64_t n);
/* level: LOG_INFO, LOG_NOTICE or LOG_WARNING */
void security_log(const struct security *sy, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A line of hubd's packet log, facility local0, of the same form with
 * "packet" in both places for "security".
 */
void security_log_packet(const struct security *sy, const char *text);

#endif
