/* SPDX-License-Identifier: ISC */
/*
 * message: what a check has to say, in the languages of the web form; both
 * texts stand side by side where the check is.  Daemons and -n print the
 * English one.  Used by every process that reads settings.
 */
#ifndef KERN_MESSAGE_H
#define KERN_MESSAGE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { MESSAGE_EN_SIZE = 256, MESSAGE_JA_SIZE = 512 };

struct message {
	const char *ms_en;		/* no capital, no full stop */
	const char *ms_ja;		/* a sentence */
};

/* The text for a reader of Japanese or not. */
const char *message_text(const struct message *ms, bool ja);
/* As vsnprintf, but what is too long is cut between characters of UTF-8. */
void message_vprint(char *out, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif
