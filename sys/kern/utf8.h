/* SPDX-License-Identifier: ISC */
/* utf8: text in UTF-8 as characters, and as UTF-16LE.  Pure. */
#ifndef KERN_UTF8_H
#define KERN_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The next character (RFC 3629), and *text behind it; -1 for what is none.
 * Not to be asked at the end of a string.
 */
int32_t utf8_next(const char **text);
/* One character as UTF-16LE: 2 or 4 octets. */
size_t utf16le_put(int32_t c, uint8_t out[4]);
/* A whole text; octets, -1 if it is no UTF-8 or does not fit. */
ssize_t utf8_to_utf16le(const char *text, uint8_t *out, size_t size);

#endif
