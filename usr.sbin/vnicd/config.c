/* SPDX-License-Identifier: ISC */
/*
 * config: what the parent reads from files: settings, passwords, CA
 * certificates, the seed of MAC addresses.
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
	CA_SIZE = 1 << 20,	/* most bytes of a ca file */
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
resolve_password(struct conf *vnic, const char *file, struct conf_error *ce)
{
	const char *path = conf_str(vnic, "password-file");
	char buf[1024];
	int r;

	if (path == NULL)
		return (0);
	if (slurp(path, buf, sizeof(buf)) == -1) {
		conf_error_set(ce, file, conf_find(vnic, "password-file"),
		    "%s: %s", path, strerror(errno));
		return (-1);
	}
	buf[strcspn(buf, "\r\n")] = '\0';
	if (*buf == '\0') {
		conf_error_set(ce, file, conf_find(vnic, "password-file"),
		    "The first line of %s is empty; it must be the password.",
		    path);
		return (-1);
	}
	r = conf_set(vnic, "password", buf);
	explicit_bzero(buf, sizeof(buf));
	conf_remove(vnic, "password-file");
	return (r);
}

static int
check_ca(const struct conf *vnic, const char *file, struct conf_error *ce)
{
	const char *path = conf_str(vnic, "ca");
	char *pem;

	if (path == NULL)
		return (0);
	errno = 0;
	if ((pem = config_ca(vnic)) == NULL) {
		conf_error_set(ce, file, conf_find(vnic, "ca"), "%s: %s", path,
		    strerror(errno));
		return (-1);
	}
	free(pem);
	return (0);
}

static int
resolve_files(struct conf *cf, const char *file, struct conf_error *ce)
{
	struct conf *vnic;

	TAILQ_FOREACH(vnic, &cf->cf_children, cf_entry) {
		if (strcmp(vnic->cf_key, "vnic") != 0)
			continue;
		if (resolve_password(vnic, file, ce) == -1 ||
		    check_ca(vnic, file, ce) == -1)
			return (-1);
	}
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

char *
config_ca(const struct conf *vnic)
{
	const char *path = conf_str(vnic, "ca");
	char *pem;

	if (path == NULL || (pem = malloc(CA_SIZE)) == NULL)
		return (NULL);
	if (slurp(path, pem, CA_SIZE) == -1) {
		free(pem);
		return (NULL);
	}
	return (pem);
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
