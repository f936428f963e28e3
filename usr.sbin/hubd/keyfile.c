/* SPDX-License-Identifier: ISC */
/*
 * keyfile: the files of the state directory: hubd.key and hubd.crt, made at
 * the first start, and token.key.  All are written beside and renamed.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "hubd.h"

enum { CERT_MAX = 256 * 1024 };

static void
state_path(const struct conf *cf, const char *name, char *out)
{
	snprintf(out, PATH_MAX, "%s/%s", conf_str(cf, "state-dir"), name);
}

/* The settings' own file, or the one of the state directory. */
static void
file_path(const struct conf *cf, const char *key, const char *name, char *out)
{
	if (conf_has(cf, key))
		snprintf(out, PATH_MAX, "%s", conf_str(cf, key));
	else
		state_path(cf, name, out);
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1) {
			if (errno != EINTR)
				return (-1);
			n = 0;
		}
	return (fsync(fd));
}

static int
file_write(const struct conf *cf, const char *name, const void *data,
    size_t len, mode_t mode)
{
	char path[PATH_MAX], temp[PATH_MAX];
	int fd;

	state_path(cf, name, path);
	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp))
		return (-1);
	(void)unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    mode);
	if (fd == -1 || write_all(fd, data, len) == -1 ||
	    rename(temp, path) == -1) {
		log_warn("%s", path);
		if (fd != -1)
			close(fd);
		return (-1);
	}
	close(fd);
	return (0);
}

/* Bytes read, -1 with errno. */
static ssize_t
file_read(const char *path, void *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = -1;

	if (fd == -1)
		return (-1);
	while (len < size &&
	    (n = read(fd, (char *)buf + len, size - len)) > 0)
		len += (size_t)n;
	close(fd);
	return (n == -1 ? -1 : (ssize_t)len);
}

/* The certificate's name is of no weight: clients pin the key. */
static int
make_key(const struct conf *cf)
{
	char err[256], host[256] = "hub", *key, *cert;

	(void)gethostname(host, sizeof(host) - 1);
	if (crypto_selfsigned(host, &key, &cert, err, sizeof(err)) == -1) {
		log_warnx("key: %s", err);
		return (-1);
	}
	if (file_write(cf, "hubd.key", key, strlen(key), 0600) == -1 ||
	    file_write(cf, "hubd.crt", cert, strlen(cert), 0644) == -1)
		return (-1);
	explicit_bzero(key, strlen(key));
	free(key);
	free(cert);
	return (0);
}

static int
make_key_in_child(const struct conf *cf)
{
	pid_t pid = fork();
	int status;

	if (pid == -1) {
		log_warn("fork");
		return (-1);
	}
	if (pid == 0)
		_exit(make_key(cf) == 0 ? 0 : 1);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-1);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1);
}

static int
token_key_load(const struct conf *cf, uint8_t *token_key)
{
	char path[PATH_MAX];
	ssize_t n;

	state_path(cf, "token.key", path);
	n = file_read(path, token_key, TOKEN_KEY_LEN);
	if (n == TOKEN_KEY_LEN)
		return (0);
	if (n == -1 && errno != ENOENT) {
		log_warn("%s", path);
		return (-1);
	}
	if (RAND_bytes(token_key, TOKEN_KEY_LEN) != 1)
		return (-1);
	return (file_write(cf, "token.key", token_key, TOKEN_KEY_LEN, 0600));
}

/* mkdir -p; what exists is left as it is. */
static int
make_dirs(const char *dir)
{
	char path[PATH_MAX], *p;

	snprintf(path, sizeof(path), "%s", dir);
	for (p = path + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			return (-1);
	}
	return (mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0);
}

int
keyfile_prepare(const struct conf *cf, uint8_t *token_key)
{
	char path[PATH_MAX], crt[PATH_MAX];

	if (make_dirs(conf_str(cf, "state-dir")) == -1) {
		log_warn("%s", conf_str(cf, "state-dir"));
		return (-1);
	}
	state_path(cf, "hubd.key", path);
	state_path(cf, "hubd.crt", crt);
	if (!conf_has(cf, "key") &&
	    (access(path, F_OK) == -1 || access(crt, F_OK) == -1) &&
	    make_key_in_child(cf) == -1)
		return (-1);
	return (token_key_load(cf, token_key));
}

char *
keyfile_cert(const struct conf *cf)
{
	char path[PATH_MAX], *pem = calloc(1, CERT_MAX + 1);
	ssize_t n;

	if (pem == NULL)
		return (NULL);
	file_path(cf, "certificate", "hubd.crt", path);
	if ((n = file_read(path, pem, CERT_MAX)) > 0)
		return (pem);
	if (n == -1)
		log_warn("%s", path);
	else
		log_warnx("%s: empty", path);
	free(pem);
	return (NULL);
}

int
keyfile_open_key(const struct conf *cf)
{
	char path[PATH_MAX];
	int fd;

	file_path(cf, "key", "hubd.key", path);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		log_warn("%s", path);
	return (fd);
}
