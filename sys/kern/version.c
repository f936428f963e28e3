/* SPDX-License-Identifier: ISC */
/*
 * version: what a version is, and which of two is newer.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "kern/version.h"

enum { NUMBERS = 4, DIGITS = 9 };

/*
 * Reads a number and the dot behind it; 0 at the end, where further numbers
 * would stand.  -1 if it is none.
 */
static int64_t
number(const char **p)
{
	int64_t n = 0;
	int digits = 0;

	while (isdigit((unsigned char)**p) && digits++ < DIGITS)
		n = n * 10 + *(*p)++ - '0';
	if (**p == '.' && isdigit((unsigned char)(*p)[1]))
		(*p)++;
	else if (**p != '\0' && **p != '+')
		return (-1);
	return (n);
}

/* What stands behind the numbers. */
static bool
valid_rest(const char *p)
{
	if (*p == '\0')
		return (true);
	if (*p++ != '+' || *p == '\0')
		return (false);
	for (; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr(".-", *p) == NULL)
			return (false);
	return (true);
}

bool
version_valid(const char *text)
{
	const char *p = text;
	int i;

	if (strlen(text) >= VERSION_MAX || !isdigit((unsigned char)*p))
		return (false);
	for (i = 0; i < NUMBERS && isdigit((unsigned char)*p); i++)
		if (number(&p) == -1)
			return (false);
	return (valid_rest(p));
}

int
version_compare(const char *a, const char *b)
{
	int64_t x, y;
	int i;

	for (i = 0; i < NUMBERS; i++) {
		x = number(&a);
		y = number(&b);
		if (x != y)
			return (x < y ? -1 : 1);
	}
	return (0);
}
