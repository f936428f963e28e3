/* SPDX-License-Identifier: ISC */
/*
 * config: what the parent reads from files: settings, passwords, CA
 * certificates and what else they name, the seed of MAC addresses.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "vnicd.h"

enum {
	FILE_SIZE = 1 << 20,	/* most bytes of a file, such as ca's */
	SEED_LEN = 32
};

/* A whole file, with NUL, at most size - 1 bytes; -1 with errno. */
static ssize_t
slurp(const char *path, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;
	int fd, error;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (-1);
	while ((n = read(fd, buf + used, size - 1 - used)) > 0)
		used += (size_t)n;
	error = errno;
	close(fd);
	buf[used] = '\0';
	if (n == -1 || used == size - 1) {
		errno = n == -1 ? error : EFBIG;
		return (-1);
	}
	return ((ssize_t)used);
}

/* Put what password-file names in its place. */
static int
resolve_password(struct conf *block, const char *file, struct conf_error *ce)
{
	const char *path = conf_str(block, "password-file");
	char buf[1024];
	int r;

	if (path == NULL)
		return (0);
	if (slurp(path, buf, sizeof(buf)) == -1) {
		conf_error_set(ce, file, conf_find(block, "password-file"),
		    "%s: %s", path, strerror(errno));
		return (-1);
	}
	buf[strcspn(buf, "\r\n")] = '\0';
	if (*buf == '\0') {
		conf_error_set(ce, file, conf_find(block, "password-file"),
		    "The first line of %s is empty; it must be the password.",
		    path);
		return (-1);
	}
	r = conf_set(block, "password", buf);
	explicit_bzero(buf, sizeof(buf));
	conf_remove(block, "password-file");
	return (r);
}

/* Whether the entry names a file that the session process needs. */
static bool
is_file(const struct conf *cf)
{
	return (cf->cf_schema->sc_type == ST_PATH &&
	    strcmp(cf->cf_key, "password-file") != 0);
}

/* malloc'ed; NULL with errno. */
static char *
read_file(const char *path)
{
	char *text = malloc(FILE_SIZE);
	int error;

	if (text == NULL || slurp(path, text, FILE_SIZE) != -1)
		return (text);
	error = errno;
	freezero(text, FILE_SIZE);
	errno = error;
	return (NULL);
}

static int
check_file(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const char *path = cf->cf_values[0];
	char *text = read_file(path);

	if (text == NULL) {
		conf_error_set(ce, file, cf, "%s: %s", path, strerror(errno));
		return (-1);
	}
	freezero(text, FILE_SIZE);
	return (0);
}

static int
resolve_block(struct conf *block, const char *file, struct conf_error *ce)
{
	const struct conf *cf;

	TAILQ_FOREACH(cf, &block->cf_children, cf_entry)
		if (is_file(cf) && check_file(cf, file, ce) == -1)
			return (-1);
	return (resolve_password(block, file, ce));
}

static int
resolve_files(struct conf *cf, const char *file, struct conf_error *ce)
{
	struct conf *block;

	TAILQ_FOREACH(block, &cf->cf_children, cf_entry)
		if (block->cf_block && resolve_block(block, file, ce) == -1)
			return (-1);
	return (0);
}

struct conf *
config_load(const char *path, struct conf_error *ce)
{
	struct conf *cf;

	if ((cf = conf_load(path, ce)) == NULL)
		return (NULL);
	/* once as written, once as the session process will see it */
	if (conf_check(cf, schema_vnicd, path, ce) == -1 ||
	    resolve_files(cf, path, ce) == -1 ||
	    conf_check(cf, schema_vnicd, path, ce) == -1) {
		conf_free(cf);
		return (NULL);
	}
	return (cf);
}

static void
use_file(const struct conf *block, const struct conf *cf,
    void (*use)(const char *text))
{
	char *text = read_file(cf->cf_values[0]), *all;

	if (text == NULL) {
		log_warn("%s", cf->cf_values[0]);
		return;
	}
	if (asprintf(&all, "%s %s %s\n%s", block->cf_key, conf_name(block),
		cf->cf_key, text) == -1)
		fatal("asprintf");
	use(all);
	freezero(all, strlen(all));
	freezero(text, FILE_SIZE);
}

void
config_files(const struct conf *cf, void (*use)(const char *text))
{
	const struct conf *block, *entry;

	TAILQ_FOREACH(block, &cf->cf_children, cf_entry)
		TAILQ_FOREACH(entry, &block->cf_children, cf_entry)
			if (is_file(entry))
				use_file(block, entry, use);
}

/* A new random seed, kept for the next start. */
static size_t
seed_make(const char *path, char *buf, size_t size)
{
	unsigned char raw[SEED_LEN / 2];
	size_t i;
	int fd;

	arc4random_buf(raw, sizeof(raw));
	for (i = 0; i < sizeof(raw); i++)
		snprintf(buf + 2 * i, size - 2 * i, "%02x", raw[i]);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, buf, SEED_LEN) != SEED_LEN || fsync(fd) == -1)
		log_warn("%s: MAC addresses will change at the next start",
		    path);
	if (fd != -1)
		close(fd);
	return (SEED_LEN);
}

/*
 * /etc/machine-id serves if the system has one of its own; an image that is
 * flashed many times ships an empty one.
 */
size_t
config_seed(const char *state_dir, char *buf, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;

	if (slurp("/etc/machine-id", buf, size) >= SEED_LEN &&
	    strncmp(buf, "uninitialized", 13) != 0)
		return (SEED_LEN);
	if (mkdir(state_dir, 0700) == -1 && errno != EEXIST)
		log_warn("%s", state_dir);
	snprintf(path, sizeof(path), "%s/seed", state_dir);
	if ((n = slurp(path, buf, size)) >= SEED_LEN)
		return (SEED_LEN);
	if (n != -1)
		unlink(path);		/* torn */
	return (seed_make(path, buf, size));
}
