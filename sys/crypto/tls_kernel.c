/* SPDX-License-Identifier: ISC */
/*
 * The kernel's records (kTLS), begun from our own (tls_record.c): each way
 * goes over to the kernel as soon as nothing of it is held here, what is sent
 * after the handshake, what is received with the first look at the socket
 * that ends with a record.  Where the kernel cannot, our own go on.
 *
 * Kernels before 6.14 cannot change their keys.  A key lasts for
 * TLS_KEY_BYTES, then such a stream ends with an error, and a session is
 * resumed on a new one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/ktls.h"
#include "crypto/tls_record.h"

static int
tls_kernel_ready(char *err, size_t size)
{
	if (ktls_probe() == 0)
		return (0);
	snprintf(err, size,
	    "the kernel has no TLS (%s; is its module tls loaded?), so "
	    "records are sealed as with \"tls record\"",
	    strerror(errno));
	return (-1);
}

/* Both ways are the kernel's: say so. */
static void
tls_kernel_name(struct crypto *c)
{
	char *last = strrchr(c->c_cipher, ' ');

	if (!c->c_own->to_seals || !c->c_own->to_opens || last == NULL)
		return;
	*last = '\0';
	strlcat(c->c_cipher, " kernel", sizeof(c->c_cipher));
}

/* What is received, if no byte of a record is here. */
static void
tls_kernel_open(struct crypto *c)
{
	const struct tls_io *io = &c->c_io;
	struct tls_own *to = c->c_own;

	if (to == NULL || !to->to_attached || to->to_opens || io->io_nin > 0 ||
	    to->to_nrest > 0 || c->c_late != CRYPTO_OK)
		return;
	if (ktls_key(io->io_fd, false, &to->to_in) == -1) {
		to->to_attached = false;
		return;
	}
	to->to_opens = true;
	tls_kernel_name(c);
}

static enum crypto_result
tls_kernel_handshake(struct crypto *c)
{
	enum crypto_result cr = crypto_record.co_handshake(c);
	struct tls_own *to = c->c_own;

	if (cr != CRYPTO_OK || to == NULL || tls_unsent(c) ||
	    ktls_attach(c->c_io.io_fd) == -1)
		return (cr);
	to->to_attached = true;
	to->to_seals = ktls_key(c->c_io.io_fd, true, &to->to_out) == 0;
	tls_kernel_open(c);
	return (cr);
}

int
tls_kernel_put(struct crypto *c, enum record_type type, const uint8_t *p,
    size_t len)
{
	if (ktls_send(c->c_io.io_fd, type, p, len) == 0)
		return (0);
	c->c_io.io_errno = errno;
	return (-1);
}

int
tls_kernel_rekey(struct crypto *c, bool send)
{
	struct tls_own *to = c->c_own;

	if (!(send ? to->to_seals : to->to_opens) ||
	    ktls_key(c->c_io.io_fd, send, send ? &to->to_out : &to->to_in) == 0)
		return (0);
	snprintf(c->c_error, sizeof(c->c_error),
	    "the kernel cannot change its keys: %s", strerror(errno));
	return (-1);
}

static enum crypto_result
tls_kernel_failed(struct crypto *c)
{
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return (CRYPTO_WANT_READ);
	case EBADMSG:
	case EMSGSIZE:
	case EINVAL:
		return (tls_broken(c, "a record that is not right"));
	}
	return (tls_broken(c, strerror(errno)));
}

/* One look; a record that is no data leaves *n at 0. */
static enum crypto_result
tls_kernel_look(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	uint8_t type;
	ssize_t got = ktls_receive(c->c_io.io_fd, buf, size, &type);

	if (got == -1)
		return (tls_kernel_failed(c));
	if (got == 0 && type == RECORD_DATA)
		return (tls_broken(c, "connection cut without good-bye"));
	if (type != RECORD_DATA || c->c_own->to_nhead > 0)
		return (tls_own_other(c, type, buf, (size_t)got));
	c->c_own->to_quiet = 0;
	*n = (size_t)got;
	return (CRYPTO_OK);
}

static enum crypto_result
tls_kernel_read(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	enum crypto_result cr = c->c_late;

	if (c->c_own == NULL || !c->c_own->to_opens) {
		cr = crypto_record.co_read(c, buf, size, n);
		tls_kernel_open(c);
		return (cr);
	}
	*n = 0;
	if (cr == CRYPTO_EOF || cr == CRYPTO_ERROR)
		return (cr);
	tls_io_begin(&c->c_io);
	do
		cr = tls_kernel_look(c, buf, size, n);
	while (cr == CRYPTO_OK && *n == 0);
	return (tls_own_end(c, cr, *n));
}

static enum crypto_result
tls_kernel_write(struct crypto *c, const uint8_t *buf, size_t len, size_t *n)
{
	enum crypto_result cr;

	if (c->c_own == NULL || !c->c_own->to_seals)
		return (crypto_record.co_write(c, buf, len, n));
	*n = 0;
	if (c->c_broken)
		return (CRYPTO_ERROR);
	if ((cr = tls_flush(c)) != CRYPTO_OK)
		return (cr);
	if (tls_own_rekey(c) == -1 || tls_io_write(&c->c_io, buf, len) == -1)
		return (tls_own_broken(c));
	c->c_own->to_written +=
	    len + (len / TLS_PLAIN_MAX + 1) * TLS_KEY_RECORD;
	*n = len;
	return (CRYPTO_OK);
}

static void
tls_kernel_shutdown(struct crypto *c)
{
	/* Within data that is kept a good-bye would come too early. */
	if (c->c_own != NULL && c->c_own->to_seals && tls_unsent(c))
		return;
	crypto_record.co_shutdown(c);
}

/* The rest is as with records of our own. */
const struct crypto_ops crypto_kernel = {
	.co_name = "kernel",
	.co_ready = tls_kernel_ready,
	.co_server_ctx = tls_own_server_ctx,
	.co_client_ctx = tls_own_client_ctx,
	.co_ctx_free = tls_ctx_free,
	.co_new = tls_new,
	.co_free = tls_own_free,
	.co_handshake = tls_kernel_handshake,
	.co_read = tls_kernel_read,
	.co_write = tls_kernel_write,
	.co_unsent = tls_unsent,
	.co_flush = tls_flush,
	.co_pending = tls_own_pending,
	.co_shutdown = tls_kernel_shutdown,
	.co_peer_pin = tls_own_peer_pin,
	.co_error = tls_error,
	.co_cipher = tls_cipher,
	.co_plain_http = tls_plain_http,
};
