/* SPDX-License-Identifier: ISC */
/*
 * service: what the supervisor runs, by the files that it keeps in /run.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern/schema.h"

#include "parent.h"

enum { SERVICES = 32 };

/* Up to two numbers of a small file; false without the first. */
static bool
numbers(const struct parent *pa, const char *name, const char *ending,
    long long *a, long long *b)
{
	char path[PATH_MAX];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/%s.%s", pa->pa_run, name, ending);
	if ((f = fopen(path, "re")) == NULL)
		return (false);
	*a = *b = 0;
	n = fscanf(f, "%lld %lld", a, b);
	fclose(f);
	return (n >= 1 && *a >= 0 && *b >= 0);
}

static bool
alive(const struct parent *pa, const char *name, const char *ending)
{
	long long pid, none;

	return (numbers(pa, name, ending, &pid, &none) && pid > 0 &&
	    pid <= INT_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM));
}

static void
describe(const struct parent *pa, const char *name, struct pairs *out)
{
	long long since = 0, restarts = 0, now = (long long)time(NULL);

	(void)numbers(pa, name, "since", &since, &restarts);
	(void)pairs_addf(out, "service", "%s %s %lld %lld", name,
	    alive(pa, name, "super") && alive(pa, name, "pid") ? "up" : "down",
	    now > since && since > 0 ? now - since : 0, restarts);
}

/* "NAME.super" */
static int
is_service(const struct dirent *de)
{
	static const struct schema row = { .sc_type = ST_NAME };
	const char *end = strrchr(de->d_name, '.');
	char name[64];

	if (end == NULL || strcmp(end, ".super") != 0 ||
	    (size_t)(end - de->d_name) >= sizeof(name))
		return (0);
	memcpy(name, de->d_name, (size_t)(end - de->d_name));
	name[end - de->d_name] = '\0';
	return (schema_fault(&row, name, NULL) == NULL);
}

void
services_describe(const struct parent *pa, struct pairs *out)
{
	struct dirent **list;
	int i, n = scandir(pa->pa_run, &list, is_service, alphasort);

	for (i = 0; i < n; i++) {
		*strrchr(list[i]->d_name, '.') = '\0';
		if (i < SERVICES)
			describe(pa, list[i]->d_name, out);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}
