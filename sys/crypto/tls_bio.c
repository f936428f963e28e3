/* SPDX-License-Identifier: ISC */
/*
 * OpenSSL's way to the socket.  Its own socket BIO calls write(2), and a peer
 * that is gone would raise SIGPIPE.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#include "crypto/tls_openssl.h"

static pthread_once_t tls_bio_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *tls_bio_method;

static bool
tls_bio_again(void)
{
	return (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static int
tls_bio_read(BIO *bio, char *buf, int len)
{
	struct crypto *c = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return (0);
	n = recv(c->c_fd, buf, (size_t)len, 0);
	if (n == 0)
		c->c_eof = true;
	else if (n == -1 && tls_bio_again())
		BIO_set_retry_read(bio);
	return ((int)n);
}

static int
tls_bio_write(BIO *bio, const char *buf, int len)
{
	struct crypto *c = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return (0);
	n = send(c->c_fd, buf, (size_t)len, MSG_NOSIGNAL);
	if (n == -1 && tls_bio_again())
		BIO_set_retry_write(bio);
	return ((int)n);
}

static long
tls_bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	const struct crypto *c = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return (1);
	case BIO_CTRL_EOF:
		return (c->c_eof ? 1 : 0);
	}
	return (0);
}

static void
tls_bio_init(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "socket without SIGPIPE");

	if (m == NULL)
		return;
	BIO_meth_set_read(m, tls_bio_read);
	BIO_meth_set_write(m, tls_bio_write);
	BIO_meth_set_ctrl(m, tls_bio_ctrl);
	tls_bio_method = m;
}

BIO *
tls_bio_new(struct crypto *c)
{
	BIO *bio;

	pthread_once(&tls_bio_once, tls_bio_init);
	if (tls_bio_method == NULL || (bio = BIO_new(tls_bio_method)) == NULL)
		return (NULL);
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	return (bio);
}
