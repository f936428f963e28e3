/* SPDX-License-Identifier: ISC */
/*
 * OpenSSL's way to the socket, by way of tls_io.  It is given whole records
 * only and its writes always succeed, so it neither holds half a record nor
 * has to be asked twice; and nothing raises SIGPIPE.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "crypto/tls_openssl.h"

static pthread_once_t tls_bio_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *tls_bio_method;

static int
tls_bio_read(BIO *bio, char *buf, int len)
{
	struct tls_io *io = &((struct crypto *)BIO_get_data(bio))->c_io;
	const uint8_t *p;
	size_t n;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return (0);
	n = tls_io_record(io, &p);
	if (io->io_given > 0)
		n = io->io_given;
	if (n == 0) {
		errno = io->io_errno;
		if (io->io_errno == 0 && !io->io_eof)
			BIO_set_retry_read(bio);
		return (io->io_eof ? 0 : -1);
	}
	io->io_given = n;
	if (n > (size_t)len)
		n = (size_t)len;
	memcpy(buf, p, n);
	tls_io_skip(io, n);
	io->io_given -= n;
	return ((int)n);
}

static int
tls_bio_write(BIO *bio, const char *buf, int len)
{
	struct tls_io *io = &((struct crypto *)BIO_get_data(bio))->c_io;
	size_t left = len > 0 ? (size_t)len : 0, n;
	uint8_t *room;

	BIO_clear_retry_flags(bio);
	for (; left > 0; left -= n, buf += n) {
		n = left < TLS_RECORD_MAX ? left : TLS_RECORD_MAX;
		if ((room = tls_io_room(io, n)) == NULL) {
			errno = io->io_errno;
			return (-1);
		}
		memcpy(room, buf, n);
		tls_io_commit(io, n);
	}
	return (len);
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
		return (c->c_io.io_eof ? 1 : 0);
	}
	return (0);
}

static void
tls_bio_init(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "records in batches");

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
