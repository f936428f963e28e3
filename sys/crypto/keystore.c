/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "crypto/keystore.h"
#include "kern/log.h"

enum { CERT_MAX = 256 * 1024 };

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

int
keystore_write(const char *dir, const char *name, const void *data, size_t len,
    mode_t mode)
{
	char path[PATH_MAX], temp[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
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

ssize_t
keystore_read(const char *path, void *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = -1;

	if (fd == -1)
		return (-1);
	while (len < size && (n = read(fd, (char *)buf + len, size - len)) > 0)
		len += (size_t)n;
	close(fd);
	return (n == -1 ? -1 : (ssize_t)len);
}

/* The certificate's name is of no weight: clients pin the key. */
static int
make_key(const char *dir, const char *name)
{
	char err[256], host[256] = "", file[64], *key, *cert;
	int rv;

	(void)gethostname(host, sizeof(host) - 1);
	if (crypto_selfsigned(*host != '\0' ? host : name, &key, &cert, err,
		sizeof(err)) == -1) {
		log_warnx("key: %s", err);
		return (-1);
	}
	snprintf(file, sizeof(file), "%s.key", name);
	rv = keystore_write(dir, file, key, strlen(key), 0600);
	snprintf(file, sizeof(file), "%s.crt", name);
	if (rv == 0)
		rv = keystore_write(dir, file, cert, strlen(cert), 0644);
	explicit_bzero(key, strlen(key));
	free(key);
	free(cert);
	return (rv);
}

int
keystore_selfsigned(const char *dir, const char *name)
{
	char key[PATH_MAX], cert[PATH_MAX];
	pid_t pid;
	int status;

	snprintf(key, sizeof(key), "%s/%s.key", dir, name);
	snprintf(cert, sizeof(cert), "%s/%s.crt", dir, name);
	if (access(key, F_OK) == 0 && access(cert, F_OK) == 0)
		return (0);
	if ((pid = fork()) == -1) {
		log_warn("fork");
		return (-1);
	}
	if (pid == 0)
		_exit(make_key(dir, name) == 0 ? 0 : 1);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-1);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1);
}

char *
keystore_cert(const char *path)
{
	char *pem = calloc(1, CERT_MAX + 1);
	ssize_t n;

	if (pem == NULL)
		return (NULL);
	if ((n = keystore_read(path, pem, CERT_MAX)) > 0)
		return (pem);
	if (n == -1)
		log_warn("%s", path);
	else
		log_warnx("%s: empty", path);
	free(pem);
	return (NULL);
}

bool
keystore_same_key(const char *a, const char *b)
{
	uint8_t pa[CRYPTO_PIN_LEN], pb[CRYPTO_PIN_LEN];

	return (crypto_cert_pin(a, strlen(a), pa) == 0 &&
	    crypto_cert_pin(b, strlen(b), pb) == 0 &&
	    memcmp(pa, pb, sizeof(pa)) == 0);
}

bool
keystore_usable(const char *cert, char *err, size_t size)
{
	struct crypto_ctx *cx = crypto_openssl.co_server_ctx(cert, strlen(cert),
	    NULL, NULL, err, size);

	if (cx == NULL)
		return (false);
	crypto_openssl.co_ctx_free(cx);
	return (true);
}

char *
keystore_best_cert(const char *dir, const char *name)
{
	char path[PATH_MAX], err[256], *own, *got = NULL;

	snprintf(path, sizeof(path), "%s/%s.crt", dir, name);
	own = keystore_cert(path);
	snprintf(path, sizeof(path), "%s/%s.acme.crt", dir, name);
	if (own != NULL && access(path, F_OK) == 0)
		got = keystore_cert(path);
	if (got == NULL)
		return (own);
	if (!keystore_same_key(own, got))
		log_warnx("%s: not of this key", path);
	else if (keystore_usable(got, err, sizeof(err))) {
		free(own);
		return (got);
	} else
		log_warnx("%s: %s; the own one is shown", path, err);
	free(got);
	return (own);
}

int
keystore_make_dirs(const char *dir)
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

void
keystore_log_pin(const char *cert)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	char text[CRYPTO_PIN_STRLEN];

	if (crypto_cert_pin(cert, strlen(cert), pin) == -1)
		fatalx("the certificate cannot be read");
	crypto_pin_format(pin, text);
	log_info("pin %s", text);
}
