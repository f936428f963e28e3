/* SPDX-License-Identifier: ISC */
/*
 * backup_dir: files below /cfg/db, from there and to there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/backup.h"
#include "crypto/backup_impl.h"
#include "crypto/keystore.h"
#include "kern/generation.h"

static int
fail(const char *path, const char *why, char *err, size_t size)
{
	snprintf(err, size, "%s: %s", path, why);
	return (-1);
}

static int
name_wanted(const struct dirent *de)
{
	const char *dot = strrchr(de->d_name, '.');

	/* what a loss of power left half written */
	if (dot != NULL && strcmp(dot, ".new") == 0)
		return (0);
	return (backup_name_ok(de->d_name, strlen(de->d_name)));
}

static int
collect_file(const char *dir, const char *name, struct backup *bk, char *err,
    size_t size)
{
	char path[PATH_MAX], ours[BACKUP_PATH_MAX];
	const char *daemon = strrchr(dir, '/') + 1;
	struct backup_file *bf;
	struct stat sb;
	unsigned int i;
	size_t all = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (lstat(path, &sb) == -1 || !S_ISREG(sb.st_mode))
		return (0);
	for (i = 0; i < bk->bk_nfiles; i++)
		all += bk->bk_files[i].bf_len;
	if (sb.st_size > BACKUP_FILE_MAX ||
	    all + (size_t)sb.st_size > BACKUP_FILES_SIZE)
		return (fail(path, "too large for a backup", err, size));
	snprintf(ours, sizeof(ours), "%s/%s", daemon, name);
	bf = backup_add_file(bk, ours, (sb.st_mode & 0644) | 0600);
	if (bf == NULL)
		return (fail(path, "too many files for a backup", err, size));
	n = keystore_read(path, bf->bf_data, BACKUP_FILE_MAX);
	if (n == -1)
		return (fail(path, strerror(errno), err, size));
	bf->bf_len = (size_t)n;
	bf->bf_data[n] = '\0';
	return (0);
}

/* Call `each` for the names in dir that can be ours, in their order. */
static int
walk(const char *dir, struct backup *bk, char *err, size_t size,
    int (*each)(const char *, const char *, struct backup *, char *, size_t))
{
	struct dirent **list;
	int n = scandir(dir, &list, name_wanted, alphasort), i, rv = 0;

	if (n == -1)
		return (errno == ENOENT || errno == ENOTDIR ?
			0 :
			fail(dir, strerror(errno), err, size));
	for (i = 0; i < n; i++) {
		if (rv == 0)
			rv = each(dir, list[i]->d_name, bk, err, size);
		free(list[i]);
	}
	free(list);
	return (rv);
}

static int
collect_daemon(const char *dir, const char *name, struct backup *bk, char *err,
    size_t size)
{
	char path[PATH_MAX];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (lstat(path, &sb) == -1 || !S_ISDIR(sb.st_mode))
		return (0);
	return (walk(path, bk, err, size, collect_file));
}

int
backup_collect(const char *dir, struct backup *bk, char *err, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/db", dir);
	return (walk(path, bk, err, size, collect_daemon));
}

static bool
file_same(const char *dir, const struct backup_file *bf)
{
	char path[PATH_MAX], *data = malloc(BACKUP_FILE_MAX + 1);
	ssize_t n;
	bool same;

	if (data == NULL)
		return (false);
	snprintf(path, sizeof(path), "%s/db/%s", dir, bf->bf_path);
	n = keystore_read(path, data, BACKUP_FILE_MAX + 1);
	same = n == (ssize_t)bf->bf_len &&
	    memcmp(data, bf->bf_data, bf->bf_len) == 0;
	freezero(data, BACKUP_FILE_MAX + 1);
	return (same);
}

bool
backup_files_same(const char *dir, const struct backup *bk)
{
	unsigned int i;

	for (i = 0; i < bk->bk_nfiles; i++)
		if (!file_same(dir, &bk->bk_files[i]))
			return (false);
	return (true);
}

static int
put_file(const char *dir, const struct backup_file *bf, char *err, size_t size)
{
	char path[PATH_MAX], *name;
	mode_t mask;
	int rv;

	snprintf(path, sizeof(path), "%s/db/%s", dir, bf->bf_path);
	name = strrchr(path, '/');
	*name++ = '\0';
	if (keystore_make_dirs(path) == -1)
		return (fail(path, strerror(errno), err, size));
	mask = umask(0);
	rv = keystore_write(path, name, bf->bf_data, bf->bf_len, bf->bf_mode);
	(void)umask(mask);
	return (rv == -1 ? fail(bf->bf_path, "cannot be written", err, size) :
			   0);
}

static int
put_files(const char *dir, const struct backup *bk, char *err, size_t size)
{
	unsigned int i;

	for (i = 0; i < bk->bk_nfiles; i++)
		if (put_file(dir, &bk->bk_files[i], err, size) == -1)
			return (-1);
	return ((int)bk->bk_nfiles);
}

/* Those that came with other generations will not be wanted any more. */
static void
forget(const char *dir, int current)
{
	struct generation *list;
	char path[PATH_MAX];
	int count = generation_list(dir, &list), i;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/gen/%d/" GENERATION_FILES, dir,
		    list[i].gn_number);
		if (list[i].gn_number != current)
			(void)unlink(path);
	}
	if (count >= 0)
		free(list);
}

static int
settle(const char *dir, const char *path, char *err, size_t size)
{
	char *text = malloc(BACKUP_MAX);
	const struct message *why;
	struct backup bk;
	ssize_t n;
	int rv = 0;

	if (text == NULL)
		return (fail(path, "out of memory", err, size));
	n = keystore_read(path, text, BACKUP_MAX);
	if (n == -1) {
		free(text);
		return (errno == ENOENT ?
			0 :
			fail(path, strerror(errno), err, size));
	}
	why = backup_parse(text, (size_t)n, "", &bk);
	rv = why != NULL ? fail(path, why->ms_en, err, size) :
			   put_files(dir, &bk, err, size);
	backup_free(&bk);
	freezero(text, BACKUP_MAX);
	/* again at the next boot, if it was not all */
	if (rv >= 0)
		(void)unlink(path);
	return (rv);
}

int
backup_settle(const char *dir, char *err, size_t size)
{
	int n = generation_current(dir);
	char path[PATH_MAX];

	if (n <= 0 || generation_trial(dir) > 0)
		return (0);
	forget(dir, n);
	snprintf(path, sizeof(path), "%s/gen/%d/" GENERATION_FILES, dir, n);
	return (settle(dir, path, err, size));
}
