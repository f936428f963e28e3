/* SPDX-License-Identifier: ISC */
/*
 * pairs: what webconfd's processes tell each other: keys and values, each
 * ended by NUL, in one message.  Also what a form holds.  A receiver trusts
 * nothing.  Pure.
 */
#ifndef WEBCONFD_PAIRS_H
#define WEBCONFD_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PAIRS_SIZE = 28672,	/* bytes; fits into one message */
	PAIRS_MAX = 1024
};

struct pairs {
	size_t pr_len;
	unsigned int pr_count;
	bool pr_full;		/* something found no room */
	char pr_buf[PAIRS_SIZE];
};

void pairs_clear(struct pairs *pr);
/* False, and pr_full, without room. */
bool pairs_add(struct pairs *pr, const char *key, const char *value);
bool pairs_addf(struct pairs *pr, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The first value of key; NULL if there is none. */
const char *pairs_get(const struct pairs *pr, const char *key);
/* The same, "" if there is none. */
const char *pairs_str(const struct pairs *pr, const char *key);
/* All values of key that are not empty, with a blank between; cut to size. */
void pairs_joined(const struct pairs *pr, const char *key, char *out,
    size_t size);
/* Whether key is there with this value, maybe beside others. */
bool pairs_has(const struct pairs *pr, const char *key, const char *value);
/* All in order: start with *pos 0; false at the end. */
bool pairs_next(const struct pairs *pr, size_t *pos, const char **key,
    const char **value);
/* Take over a message's bytes; false if they are not pairs. */
bool pairs_take(struct pairs *pr, const void *data, size_t len);

#endif
