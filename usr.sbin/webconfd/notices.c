/* SPDX-License-Identifier: ISC */
/*
 * notices: what rc has to say on every page, such as that this is a failsafe
 * start: files of a folder, each of which has a line in English and one in
 * Japanese.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parent.h"

enum { NOTICES = 8, LINE_SIZE = 1000 };

static int
is_notice(const struct dirent *de)
{
	/* one that is being written has a dot */
	return (strchr(de->d_name, '.') == NULL);
}

/* A line without its end; what is too long is cut. */
static void
read_line(FILE *fp, char *line, size_t size)
{
	char rest[LINE_SIZE];

	if (fgets(line, (int)size, fp) == NULL)
		line[0] = '\0';
	if (strchr(line, '\n') == NULL)
		while (fgets(rest, sizeof(rest), fp) != NULL &&
		    strchr(rest, '\n') == NULL)
			;
	line[strcspn(line, "\n")] = '\0';
}

static void
describe(const char *path, struct pairs *out)
{
	char en[LINE_SIZE], ja[LINE_SIZE];
	FILE *fp = fopen(path, "re");

	if (fp == NULL)
		return;
	read_line(fp, en, sizeof(en));
	read_line(fp, ja, sizeof(ja));
	fclose(fp);
	if (en[0] == '\0')
		return;
	(void)pairs_add(out, "notice.en", en);
	(void)pairs_add(out, "notice.ja", ja[0] == '\0' ? en : ja);
}

void
notices_describe(const struct parent *pa, struct pairs *out)
{
	char path[PATH_MAX];
	struct dirent **list;
	int i, n = scandir(pa->pa_notices, &list, is_notice, alphasort);

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", pa->pa_notices,
		    list[i]->d_name);
		if (i < NOTICES)
			describe(path, out);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}
