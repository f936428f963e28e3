/* SPDX-License-Identifier: ISC */
/*
 * version: 1.4 or 0.20261125.192138+4d6c8de.development: numbers with dots
 * between, by which versions are ordered, and behind a + what else there is to
 * say.  Pure.
 */
#ifndef KERN_VERSION_H
#define KERN_VERSION_H

#include <stdbool.h>

enum { VERSION_MAX = 64 };	/* with NUL */

/*
 * Whether a text is a version: 1 to 4 numbers of up to 9 digits, and after a +
 * letters, digits, dots and -.
 */
bool version_valid(const char *text);
/* Less than, equal to or greater than 0; both are valid. */
int version_compare(const char *a, const char *b);

#endif
