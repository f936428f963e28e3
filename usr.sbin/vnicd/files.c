/* SPDX-License-Identifier: ISC */
/*
 * files: the texts of files that settings name, as the parent read them, in
 * the session process, which sees no files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "vnic.h"

struct file {
	SLIST_ENTRY(file) fl_entry;
	char *fl_all;			/* "BLOCK NAME KEY" and the text */
	size_t fl_size;
	const char *fl_text;
};
SLIST_HEAD(files, file);

static struct files current = SLIST_HEAD_INITIALIZER(current);
/* Come for settings that are yet to come. */
static struct files next = SLIST_HEAD_INITIALIZER(next);

void
files_add(const char *all, size_t len)
{
	struct file *fl;
	char *end;

	if (memchr(all, '\n', len) == NULL)
		return;
	if ((fl = calloc(1, sizeof(*fl))) == NULL ||
	    (fl->fl_all = strndup(all, len)) == NULL) {
		free(fl);
		return;
	}
	fl->fl_size = strlen(fl->fl_all);
	end = strchr(fl->fl_all, '\n');
	*end = '\0';
	fl->fl_text = end + 1;
	SLIST_INSERT_HEAD(&next, fl, fl_entry);
}

/* Some are private keys. */
static void
files_free(struct files *list)
{
	struct file *fl;

	while ((fl = SLIST_FIRST(list)) != NULL) {
		SLIST_REMOVE_HEAD(list, fl_entry);
		freezero(fl->fl_all, fl->fl_size);
		free(fl);
	}
}

void
files_use(void (*use)(const struct conf *), const struct conf *cf)
{
	struct files old = current;

	current = next;
	SLIST_INIT(&next);
	use(cf);
	files_free(&old);
}

const char *
files_find(const struct conf *block, const char *key, void *arg)
{
	const struct file *fl;
	char name[VNIC_NAME_MAX + 64];

	(void)arg;
	snprintf(name, sizeof(name), "%s %s %s", block->cf_key,
	    conf_name(block), key);
	SLIST_FOREACH(fl, &current, fl_entry)
		if (strcmp(fl->fl_all, name) == 0)
			return (fl->fl_text);
	return (NULL);
}
