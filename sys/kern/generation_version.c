/* SPDX-License-Identifier: ISC */
/*
 * generation_version: settings that go with versions, forward by an upgrade and
 * back by its opposite.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/generation.h"

static const char *version_file = "/usr/share/longwire/version";

void
generation_set_version_file(const char *path)
{
	version_file = path;
}

/* The version in a file, or "". */
static void
read_version(const char *path, char version[VERSION_MAX])
{
	FILE *f;

	*version = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(version, VERSION_MAX, f) == NULL)
		*version = '\0';
	fclose(f);
	version[strcspn(version, "\n")] = '\0';
	if (!version_valid(version))
		*version = '\0';
}

bool
generation_running_version(char version[VERSION_MAX])
{
	read_version(version_file, version);
	return (*version != '\0');
}

void
generation_version(const char *dir, int n, char version[VERSION_MAX])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/gen/%d/version", dir, n);
	read_version(path, version);
}

/* The newest generation that a version not after `running` wrote; 0: none. */
static int
last_of(const char *dir, const char *running)
{
	char version[VERSION_MAX];
	struct generation *list;
	int count, n = 0;

	count = generation_list(dir, &list);
	while (n == 0 && count-- > 0) {
		generation_version(dir, list[count].gn_number, version);
		if (*version != '\0' && version_compare(version, running) <= 0)
			n = list[count].gn_number;
	}
	free(list);
	return (n);
}

int
generation_adapt(const char *dir, generation_check check, char *err,
    size_t size)
{
	static const struct generation_note note = { .gt_author = "upgrade" };
	char running[VERSION_MAX], wrote[VERSION_MAX];
	int from, n = generation_current(dir);

	if (n <= 0 || !generation_running_version(running))
		return (0);
	generation_version(dir, n, wrote);
	if (*wrote != '\0' && version_compare(wrote, running) == 0)
		return (0);
	if (*wrote != '\0' && version_compare(wrote, running) > 0 &&
	    (from = last_of(dir, running)) > 0)
		n = from;
	return (generation_restore(dir, n, &note, check, err, size));
}
