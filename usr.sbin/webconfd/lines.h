/* SPDX-License-Identifier: ISC */
/*
 * lines: what differs between two texts, line by line.  Pure.
 */
#ifndef WEBCONFD_LINES_H
#define WEBCONFD_LINES_H

#include <stddef.h>

enum { LINES_AROUND = 3 };

/*
 * `line` gets each line without its end and its kind: '-' only of the old text,
 * '+' only of the new one, ' ' of both, which are shown LINES_AROUND around
 * a change; '@' where others were left out before the next one.  Nothing
 * without memory.
 */
void lines_compare(const char *old, const char *new,
    void (*line)(char kind, const char *text, size_t len, void *arg),
    void *arg);

#endif
