/* SPDX-License-Identifier: ISC */
/*
 * generation: sets of settings on flash, one commit point.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/schema.h"

#define CURRENT "current"
#define CURRENT_NEW "current.new"
#define TRIAL "trial"
#define TRIAL_NEW "trial.new"

/* One call's state: the open and locked directory gen, and where errors go. */
struct store {
	const char *st_dir;
	int st_fd;
	const struct generation_note *st_note;
	char *st_err;
	size_t st_size;
};

/* Say what failed, with the system's reason.  Always -1. */
static int __attribute__((format(printf, 2, 3)))
fail(const struct store *st, const char *fmt, ...)
{
	const char *reason = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(st->st_err, st->st_size, fmt, ap);
	va_end(ap);
	strlcat(st->st_err, ": ", st->st_size);
	strlcat(st->st_err, reason, st->st_size);
	return (-1);
}

/* A generation's number from its name, 0 if it is none. */
static int
number_of(const char *name)
{
	const char *errstr;
	int n;

	if (*name < '1' || *name > '9')
		return (0);
	n = (int)strtonum(name, 1, INT_MAX - 1, &errstr);
	return (errstr == NULL ? n : 0);
}

/* The directory DIR/gen, or -1. */
static int
open_gen(const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/gen", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* As generation_current(), in an open directory. */
static int
current_at(int fd)
{
	char name[16];
	struct stat sb;
	ssize_t len;
	int n;

	len = readlinkat(fd, CURRENT, name, sizeof(name) - 1);
	if (len == -1)
		return (errno == ENOENT ? 0 : -1);
	name[len] = '\0';
	if ((n = number_of(name)) == 0 ||
	    fstatat(fd, name, &sb, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISDIR(sb.st_mode))
		return (-1);
	return (n);
}

/* As generation_trial(), in an open directory. */
static int
trial_at(int fd)
{
	char text[32], *p = text;
	ssize_t len;
	int file, n, old;

	if ((file = openat(fd, TRIAL, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return (0);
	len = read(file, text, sizeof(text) - 1);
	close(file);
	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	old = number_of(strsep(&p, " "));
	n = p == NULL ? 0 : number_of(p);
	if (old == 0 || n <= old || n != current_at(fd))
		return (0);
	return (old);
}

int
generation_trial(const char *dir)
{
	int fd, n;

	if ((fd = open_gen(dir)) == -1)
		return (0);
	n = trial_at(fd);
	close(fd);
	return (n);
}

int
generation_confirm(const char *dir)
{
	int fd, rv;

	if ((fd = open_gen(dir)) == -1)
		return (-1);
	rv = unlinkat(fd, TRIAL, 0);
	if ((rv == 0 || errno == ENOENT) && fsync(fd) == 0)
		rv = 0;
	close(fd);
	return (rv);
}

int
generation_current(const char *dir)
{
	int fd, n;

	if ((fd = open_gen(dir)) == -1)
		return (errno == ENOENT ? 0 : -1);
	n = current_at(fd);
	close(fd);
	return (n);
}

/* Remove a directory of plain files. */
static int
remove_dir(int fd, const char *name)
{
	struct dirent *de;
	DIR *d;
	int sub;

	sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub == -1)
		return (-1);
	if ((d = fdopendir(sub)) == NULL) {
		close(sub);
		return (-1);
	}
	while ((de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0)
			(void)unlinkat(sub, de->d_name, 0);
	closedir(d);
	return (unlinkat(fd, name, AT_REMOVEDIR));
}

/* Remove generation n such that half of it is never taken for a whole. */
static void
remove_generation(int fd, int n)
{
	char name[16], tmp[24];

	snprintf(name, sizeof(name), "%d", n);
	snprintf(tmp, sizeof(tmp), "%d.tmp", n);
	if (renameat(fd, name, fd, tmp) == 0)
		(void)remove_dir(fd, tmp);
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct generation *left = a, *right = b;

	return (left->gn_number < right->gn_number ?
		-1 :
		left->gn_number > right->gn_number);
}

/* The line of gen/N/author. */
static void
read_author(int fd, struct generation *gn)
{
	char path[32];
	ssize_t len = -1;
	int file;

	snprintf(path, sizeof(path), "%d/author", gn->gn_number);
	if ((file = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) !=
	    -1) {
		len = read(file, gn->gn_author, sizeof(gn->gn_author) - 1);
		close(file);
	}
	gn->gn_author[len > 0 ? len : 0] = '\0';
	gn->gn_author[strcspn(gn->gn_author, "\n")] = '\0';
}

/* As generation_list(), in an open directory. */
static int
list_at(int fd, struct generation **list)
{
	struct generation *all = NULL, *more;
	struct dirent *de;
	struct stat sb;
	DIR *d;
	int copy, count = 0, n;

	/* another descriptor, since closedir() closes */
	if ((copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	if ((d = fdopendir(copy)) == NULL) {
		close(copy);
		return (-1);
	}
	while ((de = readdir(d)) != NULL) {
		if ((n = number_of(de->d_name)) == 0 ||
		    fstatat(fd, de->d_name, &sb, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISDIR(sb.st_mode))
			continue;
		more = reallocarray(all, (size_t)count + 1, sizeof(*all));
		if (more == NULL) {
			free(all);
			closedir(d);
			return (-1);
		}
		all = more;
		all[count].gn_number = n;
		all[count].gn_time = sb.st_mtime;
		read_author(fd, &all[count++]);
	}
	closedir(d);
	if (count > 0)
		qsort(all, (size_t)count, sizeof(*all), compare_numbers);
	*list = all;
	return (count);
}

int
generation_list(const char *dir, struct generation **list)
{
	int count, current, fd;

	*list = NULL;
	if ((fd = open_gen(dir)) == -1)
		return (errno == ENOENT ? 0 : -1);
	count = list_at(fd, list);
	current = current_at(fd);
	close(fd);
	/* What is beyond the current one never became current. */
	while (count > 0 && current >= 0 &&
	    (*list)[count - 1].gn_number > current)
		count--;
	return (count);
}

/* Remove what a loss of power left; the number for the next generation. */
static int
tidy(const struct store *st)
{
	struct generation *list;
	struct dirent *de;
	DIR *d;
	int copy, count, current = current_at(st->st_fd), next = 1;

	(void)unlinkat(st->st_fd, CURRENT_NEW, 0);
	(void)unlinkat(st->st_fd, TRIAL_NEW, 0);
	copy = openat(st->st_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy == -1 || (d = fdopendir(copy)) == NULL) {
		if (copy != -1)
			close(copy);
		return (fail(st, "%s/gen", st->st_dir));
	}
	while ((de = readdir(d)) != NULL)
		if (strstr(de->d_name, ".tmp") != NULL)
			(void)remove_dir(st->st_fd, de->d_name);
	closedir(d);
	if ((count = list_at(st->st_fd, &list)) == -1)
		return (fail(st, "%s/gen", st->st_dir));
	/* With a broken link nobody knows which one was current: keep all. */
	while (count > 0 && current >= 0 && list[count - 1].gn_number > current)
		remove_generation(st->st_fd, list[--count].gn_number);
	if (count > 0)
		next = list[count - 1].gn_number + 1;
	free(list);
	if (next >= INT_MAX - 1) {
		errno = ERANGE;
		return (fail(st, "%s/gen", st->st_dir));
	}
	return (next);
}

/* Keep the newest only.  What fails here does no harm. */
static void
prune(const struct store *st)
{
	struct generation *list;
	int count, i;

	if ((count = list_at(st->st_fd, &list)) == -1)
		return;
	for (i = 0; i < count - GENERATION_KEEP; i++)
		remove_generation(st->st_fd, list[i].gn_number);
	free(list);
}

static int
write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		text += n;
		left -= (size_t)n;
	}
	return (0);
}

/* Write one file whole and to the disk. */
static int
write_file(const struct store *st, int fd, const char *name, const char *text)
{
	int file, saved;

	file = openat(fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file == -1)
		return (fail(st, "cannot write %s", name));
	if (write_all(file, text) == -1 || fsync(file) == -1) {
		saved = errno;
		close(file);
		errno = saved;
		return (fail(st, "cannot write %s", name));
	}
	close(file);
	return (0);
}

/* Write what stands in a block (NULL: nothing to write). */
static int
write_tree(const struct store *st, int fd, const char *name,
    const struct conf *cf)
{
	char *text;
	int rv;

	if (cf == NULL)
		return (0);
	if ((text = conf_print(cf, CONF_PLAIN)) == NULL)
		return (fail(st, "cannot write %s", name));
	rv = write_file(st, fd, name, text);
	freezero(text, strlen(text));
	return (rv);
}

/* A line of rc.conf(5): KEY="VALUE VALUE", or none. */
static void
print_rc_line(FILE *out, const struct conf *rc, const char *key)
{
	const struct conf *cf = NULL;
	const char *p, *before = "=\"";

	if (!conf_has(rc, key))
		return;
	for (p = key; *p != '\0'; p++)
		putc(*p == '-' ? '_' : *p, out);
	for (; (cf = conf_next(rc, key, cf)) != NULL; before = " ")
		fprintf(out, "%s%s", before, cf->cf_values[0]);
	fputs("\"\n", out);
}

/* rc.conf(5) from the block rc (NULL: nothing to write). */
static int
write_rc(const struct store *st, int fd, const struct conf *rc)
{
	const struct schema *sc;
	char *text = NULL;
	size_t size;
	FILE *out;
	int rv;

	if (rc == NULL)
		return (0);
	if ((out = open_memstream(&text, &size)) == NULL)
		return (fail(st, "cannot write rc.conf"));
	for (sc = rc->cf_table; sc->sc_key != NULL; sc++)
		print_rc_line(out, rc, sc->sc_key);
	if (fclose(out) == EOF)
		rv = fail(st, "cannot write rc.conf");
	else
		rv = write_file(st, fd, "rc.conf", text);
	free(text);
	return (rv);
}

static int
write_author(const struct store *st, int fd)
{
	char line[GENERATION_AUTHOR + 1];

	if (st->st_note == NULL || st->st_note->gt_author == NULL)
		return (0);
	strlcpy(line, st->st_note->gt_author, GENERATION_AUTHOR);
	strlcat(line, "\n", sizeof(line));
	return (write_file(st, fd, "author", line));
}

/* Note which version writes it, where that is known. */
static int
write_version(const struct store *st, int fd)
{
	char version[VERSION_MAX];

	if (!generation_running_version(version))
		return (0);
	return (write_file(st, fd, "version", version));
}

/* All files of a generation, and the directory's own entry list. */
static int
write_files(const struct store *st, int fd, const struct conf *box,
    const char *imported)
{
	if (write_tree(st, fd, "longwire.txt", box) == -1 ||
	    write_tree(st, fd, "hubd.conf", conf_find(box, "hubd")) == -1 ||
	    write_tree(st, fd, "vnicd.conf", conf_find(box, "vnicd")) == -1 ||
	    write_tree(st, fd, "acmed.conf", conf_find(box, "acme")) == -1 ||
	    write_rc(st, fd, conf_find(box, "rc")) == -1 ||
	    write_author(st, fd) == -1 || write_version(st, fd) == -1)
		return (-1);
	if (imported != NULL &&
	    write_file(st, fd, "imported.txt", imported) == -1)
		return (-1);
	if (st->st_note != NULL && st->st_note->gt_files != NULL &&
	    write_file(st, fd, GENERATION_FILES, st->st_note->gt_files) == -1)
		return (-1);
	if (fsync(fd) == -1)
		return (fail(st, "cannot write a generation"));
	return (0);
}

static int
fill(const struct store *st, const char *tmp, const struct conf *box,
    const char *imported, generation_check check)
{
	char path[PATH_MAX];
	int fd, rv;

	if (mkdirat(st->st_fd, tmp, 0700) == -1)
		return (fail(st, "cannot make %s/gen/%s", st->st_dir, tmp));
	fd = openat(st->st_fd, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (fail(st, "%s/gen/%s", st->st_dir, tmp));
	rv = write_files(st, fd, box, imported);
	close(fd);
	if (rv == -1 || check == NULL)
		return (rv);
	snprintf(path, sizeof(path), "%s/gen/%s", st->st_dir, tmp);
	return (check(path, st->st_err, st->st_size));
}

/*
 * That generation n is on trial, written before it becomes current; the line
 * counts only while it is.
 */
static int
write_trial(const struct store *st, int old, int n)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d\n", old, n);
	(void)unlinkat(st->st_fd, TRIAL_NEW, 0);
	if (write_file(st, st->st_fd, TRIAL_NEW, text) == -1)
		return (-1);
	if (renameat(st->st_fd, TRIAL_NEW, st->st_fd, TRIAL) == -1)
		return (fail(st, "cannot write %s", TRIAL));
	return (0);
}

/* The commit: from here on the new generation counts. */
static int
commit(const struct store *st, const char *name)
{
	if (fsync(st->st_fd) == -1 ||
	    symlinkat(name, st->st_fd, CURRENT_NEW) == -1 ||
	    renameat(st->st_fd, CURRENT_NEW, st->st_fd, CURRENT) == -1)
		return (fail(st, "cannot make generation %s current", name));
	if (fsync(st->st_fd) == -1)
		return (fail(st,
		    "generation %s may not survive a loss of "
		    "power",
		    name));
	return (0);
}

/* With the trial that it begins or goes on with. */
static int
commit_noted(const struct store *st, const char *name, int n)
{
	int old = trial_at(st->st_fd), before = current_at(st->st_fd);

	if (st->st_note == NULL || !st->st_note->gt_trial)
		return (commit(st, name));
	if (old == 0)
		old = before;
	if (old > 0 && write_trial(st, old, n) == -1)
		return (-1);
	if (commit(st, name) == 0)
		return (0);
	/* the one before stays on trial, if it was */
	if (old > 0 && old < before && current_at(st->st_fd) == before)
		(void)write_trial(st, old, before);
	return (-1);
}

static int
write_generation(const struct store *st, const struct conf *box,
    const char *imported, generation_check check)
{
	char name[16], tmp[24];
	int n;

	if ((n = tidy(st)) == -1)
		return (-1);
	snprintf(name, sizeof(name), "%d", n);
	snprintf(tmp, sizeof(tmp), "%d.tmp", n);
	if (fill(st, tmp, box, imported, check) == -1) {
		(void)remove_dir(st->st_fd, tmp);
		return (-1);
	}
	if (renameat(st->st_fd, tmp, st->st_fd, name) == -1) {
		(void)fail(st, "cannot rename %s/gen/%s", st->st_dir, tmp);
		(void)remove_dir(st->st_fd, tmp);
		return (-1);
	}
	if (commit_noted(st, name, n) == -1) {
		(void)unlinkat(st->st_fd, CURRENT_NEW, 0);
		if (current_at(st->st_fd) != n)
			remove_generation(st->st_fd, n);
		return (-1);
	}
	prune(st);
	return (n);
}

/* Make DIR/gen if need be, open and lock it. */
static int
open_store(struct store *st)
{
	int dir, made;

	dir = open(st->st_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return (fail(st, "%s", st->st_dir));
	made = mkdirat(dir, "gen", 0700);
	if ((made == -1 && errno != EEXIST) ||
	    (made == 0 && fsync(dir) == -1)) {
		(void)fail(st, "cannot make %s/gen", st->st_dir);
		close(dir);
		return (-1);
	}
	close(dir);
	if ((st->st_fd = open_gen(st->st_dir)) == -1)
		return (fail(st, "%s/gen", st->st_dir));
	while (flock(st->st_fd, LOCK_EX) == -1) {
		if (errno == EINTR)
			continue;
		(void)fail(st, "cannot lock %s/gen", st->st_dir);
		close(st->st_fd);
		return (-1);
	}
	return (0);
}

int
generation_write(const char *dir, const struct conf *box, const char *imported,
    const struct generation_note *note, generation_check check, char *err,
    size_t size)
{
	struct store st = { .st_dir = dir,
		.st_note = note,
		.st_err = err,
		.st_size = size };
	char *kept = NULL;
	int n;

	if (open_store(&st) == -1)
		return (-1);
	if (imported == NULL && (n = current_at(st.st_fd)) > 0)
		imported = kept = generation_imported(dir, n);
	n = write_generation(&st, box, imported, check);
	if (kept != NULL)
		freezero(kept, strlen(kept));
	close(st.st_fd);
	return (n);
}

struct conf *
generation_load(const char *dir, int n, char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/gen/%d/longwire.txt", dir, n);
	if ((cf = conf_load(path, &ce)) == NULL ||
	    conf_check(cf, schema_box, path, &ce) == -1) {
		conf_error_format(&ce, err, size);
		conf_free(cf);
		return (NULL);
	}
	return (cf);
}

char *
generation_imported(const char *dir, int n)
{
	struct conf_error ce;
	struct conf *cf;
	char path[PATH_MAX], *text;

	snprintf(path, sizeof(path), "%s/gen/%d/imported.txt", dir, n);
	if ((cf = conf_load(path, &ce)) == NULL)
		return (NULL);
	text = conf_print(cf, CONF_PLAIN);
	conf_free(cf);
	return (text);
}

int
generation_restore(const char *dir, int n, const struct generation_note *note,
    generation_check check, char *err, size_t size)
{
	struct conf *cf;

	if ((cf = generation_load(dir, n, err, size)) == NULL)
		return (-1);
	n = generation_write(dir, cf, NULL, note, check, err, size);
	conf_free(cf);
	return (n);
}

int
generation_undo(const char *dir, generation_check check, char *err, size_t size)
{
	static const struct generation_note note = { .gt_author = "undone" };
	int old = generation_trial(dir);

	if (old == 0)
		return (0);
	return (generation_restore(dir, old, &note, check, err, size));
}
