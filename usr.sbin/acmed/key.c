/* SPDX-License-Identifier: ISC */
/*
 * key: the account's key, requests for certificates, and what comes back.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "acmed.h"

enum { KEY_PEM_MAX = 16384 };

static EVP_PKEY *
load_key(const char *path)
{
	static char no_password[] = "";
	char pem[KEY_PEM_MAX];
	ssize_t n = keystore_read(path, pem, sizeof(pem));
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (n <= 0)
		return (NULL);
	if ((bio = BIO_new_mem_buf(pem, (int)n)) != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password);
	BIO_free(bio);
	explicit_bzero(pem, sizeof(pem));
	return (key);
}

static EVP_PKEY *
make_account(const char *dir)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	char *p;
	long n;

	if (key == NULL || bio == NULL ||
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) !=
		1 ||
	    (n = BIO_get_mem_data(bio, &p)) <= 0 ||
	    keystore_write(dir, "account.key", p, (size_t)n, 0600) == -1) {
		log_warnx("the account's key cannot be made");
		EVP_PKEY_free(key);
		key = NULL;
	}
	BIO_free(bio);
	return (key);
}

void *
key_account(const char *dir)
{
	char path[PATH_MAX];
	EVP_PKEY *key;

	snprintf(path, sizeof(path), "%s/account.key", dir);
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return (make_account(dir));
	if ((key = load_key(path)) == NULL)
		log_warnx("%s: cannot be read", path);
	return (key);
}

void
key_free(void *key)
{
	EVP_PKEY_free(key);
}

/* "DNS:a,DNS:b" of all names, which the schema has checked. */
static void
alt_names(const struct conf *cf, char *out, size_t size)
{
	const struct conf *name = NULL;

	*out = '\0';
	while ((name = conf_next(cf, "name", name)) != NULL) {
		strlcat(out, *out == '\0' ? "DNS:" : ",DNS:", size);
		strlcat(out, name->cf_values[0], size);
	}
}

/* The request; NULL on failure.  The subject stays empty. */
static X509_REQ *
make_request(EVP_PKEY *key, const struct conf *cf)
{
	char names[ACME_NAMES * (ACME_NAME_MAX + 5)];
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	X509_REQ *req = X509_REQ_new();
	X509_EXTENSION *ext;

	alt_names(cf, names, sizeof(names));
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	if (exts == NULL || req == NULL || ext == NULL ||
	    sk_X509_EXTENSION_push(exts, ext) <= 0 ||
	    X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, key) != 1 ||
	    X509_REQ_add_extensions(req, exts) != 1 ||
	    X509_REQ_sign(req, key, EVP_sha256()) <= 0) {
		X509_REQ_free(req);
		req = NULL;
	}
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	return (req);
}

/* The process that reads the daemon's key. */
static void __attribute__((noreturn))
write_request(const struct use *us, const struct conf *cf, int fd)
{
	char path[PATH_MAX];
	X509_REQ *req = NULL;
	EVP_PKEY *key;
	uint8_t *der = NULL;
	int len = 0;

	snprintf(path, sizeof(path), "%s/%s.key", us->us_dir, us->us_daemon);
	if ((key = load_key(path)) == NULL)
		log_warnx("%s: no key", path);
	else if ((req = make_request(key, cf)) != NULL)
		len = i2d_X509_REQ(req, &der);
	_exit(len > 0 && write(fd, der, (size_t)len) == len ? 0 : 1);
}

ssize_t
key_csr(const struct use *us, const struct conf *cf, uint8_t csr[ACME_CSR_MAX],
    char *err, size_t size)
{
	int fds[2], status = 0;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		snprintf(err, size, "no process: %s", strerror(errno));
		return (-1);
	}
	if (pid == 0)
		write_request(us, cf, fds[1]);
	close(fds[1]);
	while (len < ACME_CSR_MAX &&
	    (n = read(fds[0], csr + len, ACME_CSR_MAX - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (len > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ((ssize_t)len);
	snprintf(err, size, "%s has no key in %s", us->us_daemon, us->us_dir);
	return (-1);
}

static X509 *
leaf_of(const char *chain)
{
	static char no_password[] = "";
	BIO *bio = BIO_new_mem_buf(chain, -1);
	X509 *x = bio == NULL ? NULL :
				PEM_read_bio_X509(bio, NULL, NULL, no_password);

	BIO_free(bio);
	ERR_clear_error();
	return (x);
}

static int
check_leaf(X509 *x, const struct conf *cf, char *err, size_t size)
{
	const struct conf *name = NULL;

	if (X509_cmp_current_time(X509_get0_notAfter(x)) <= 0) {
		snprintf(err, size, "the certificate has expired");
		return (-1);
	}
	while ((name = conf_next(cf, "name", name)) != NULL)
		if (X509_check_host(x, name->cf_values[0], 0, 0, NULL) != 1) {
			snprintf(err, size, "the certificate is not for %s",
			    name->cf_values[0]);
			return (-1);
		}
	return (0);
}

int
key_check_chain(const struct use *us, const struct conf *cf, const char *chain,
    char *err, size_t size)
{
	char path[PATH_MAX], *own;
	X509 *x = leaf_of(chain);
	int ok = -1;

	snprintf(path, sizeof(path), "%s/%s.crt", us->us_dir, us->us_daemon);
	own = keystore_cert(path);
	if (x == NULL)
		snprintf(err, size, "no certificate came");
	else if (own == NULL || !keystore_same_key(own, chain))
		snprintf(err, size, "the certificate is of another key");
	else
		ok = check_leaf(x, cf, err, size);
	free(own);
	X509_free(x);
	return (ok);
}

static int
seconds(const ASN1_TIME *at, time_t *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(at, &tm) != 1)
		return (-1);
	*t = timegm(&tm);
	return (0);
}

int
key_dates(const char *chain, time_t *from, time_t *until)
{
	X509 *x = leaf_of(chain);
	int ok = x == NULL ? -1 : 0;

	if (ok == 0)
		ok = seconds(X509_get0_notBefore(x), from);
	if (ok == 0)
		ok = seconds(X509_get0_notAfter(x), until);
	X509_free(x);
	return (ok);
}
