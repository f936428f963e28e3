/* SPDX-License-Identifier: ISC */
/* Streams: handshake, reading, writing, and what went wrong. */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto/pin.h"
#include "crypto/tls_openssl.h"

static void
tls_free(struct crypto *c)
{
	if (c == NULL)
		return;
	SSL_free(c->c_ssl);
	tls_io_free(&c->c_io);
	free(c->c_chain);
	free(c);
}

/* What is renewed meanwhile lives as long as its streams. */
static SSL *
tls_ssl_new(struct crypto_ctx *cx)
{
	SSL *ssl;

	pthread_mutex_lock(&cx->cx_mutex);
	ssl = SSL_new(cx->cx_ssl);
	pthread_mutex_unlock(&cx->cx_mutex);
	return (ssl);
}

struct crypto *
tls_new(struct crypto_ctx *cx, int fd, const char *sni)
{
	struct crypto *c = calloc(1, sizeof(*c));
	BIO *bio = NULL;

	if (c == NULL)
		return (NULL);
	c->c_ctx = cx;
	tls_io_init(&c->c_io, fd);
	if ((c->c_ssl = tls_ssl_new(cx)) == NULL ||
	    (bio = tls_bio_new(c)) == NULL)
		goto fail;
	SSL_set_bio(c->c_ssl, bio, bio);
	SSL_set_app_data(c->c_ssl, c);
	if (cx->cx_server) {
		SSL_set_accept_state(c->c_ssl);
		return (c);
	}
	SSL_set_connect_state(c->c_ssl);
	if (sni != NULL && !tls_is_address(sni) &&
	    SSL_set_tlsext_host_name(c->c_ssl, sni) != 1)
		goto fail;
	return (c);
fail:
	ERR_clear_error();
	tls_free(c);
	return (NULL);
}

static void
tls_set_error(struct crypto *c, const char *text)
{
	/* A verification's sentence says more than the alert that follows. */
	if (c->c_error[0] == '\0')
		strlcpy(c->c_error, text, sizeof(c->c_error));
}

enum crypto_result
tls_broken(struct crypto *c, const char *text)
{
	tls_set_error(c, text);
	c->c_broken = true;
	ERR_clear_error();
	return (CRYPTO_ERROR);
}

/* What a failed call of OpenSSL means. */
static enum crypto_result
tls_result(struct crypto *c, int ret)
{
	const struct tls_io *io = &c->c_io;
	int what = SSL_get_error(c->c_ssl, ret);

	if (what == SSL_ERROR_WANT_READ)
		return (CRYPTO_WANT_READ);
	if (what == SSL_ERROR_ZERO_RETURN)
		return (CRYPTO_EOF);
	if (io->io_errno != 0)
		return (tls_broken(c, strerror(io->io_errno)));
	if (io->io_eof || what == SSL_ERROR_SYSCALL)
		return (tls_broken(c, "connection cut without good-bye"));
	return (tls_broken(c, tls_reason()));
}

enum crypto_result
tls_end(struct crypto *c, enum crypto_result cr)
{
	if (tls_io_end(&c->c_io) == 0 || cr == CRYPTO_ERROR)
		return (cr);
	return (tls_broken(c, strerror(c->c_io.io_errno)));
}

bool
tls_unsent(const struct crypto *c)
{
	return (c->c_io.io_nout > 0);
}

enum crypto_result
tls_flush(struct crypto *c)
{
	switch (tls_io_flush(&c->c_io)) {
	case 1:
		return (CRYPTO_OK);
	case 0:
		return (CRYPTO_WANT_WRITE);
	}
	return (tls_broken(c, strerror(c->c_io.io_errno)));
}

/*
 * TLS begins with an octet of 22; HTTP without TLS with a method's capital
 * letter.  False when nothing is here yet.
 */
static bool
tls_look_first(struct crypto *c)
{
	char first;
	ssize_t n = recv(c->c_io.io_fd, &first, 1, MSG_PEEK);

	/* At the end of the stream errno says nothing. */
	if (n != 1)
		return (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK));
	c->c_started = true;
	c->c_plain_http = first >= 'A' && first <= 'Z';
	return (true);
}

static enum crypto_result
tls_handshake(struct crypto *c)
{
	enum crypto_result cr = CRYPTO_OK;
	int ret;

	if (c->c_ctx->cx_server && !c->c_started && !tls_look_first(c))
		return (CRYPTO_WANT_READ);
	if (c->c_plain_http)
		return (tls_broken(c, "HTTP without TLS"));
	if ((cr = tls_flush(c)) != CRYPTO_OK)
		return (cr);
	ERR_clear_error();
	tls_io_begin(&c->c_io);
	if ((ret = SSL_do_handshake(c->c_ssl)) != 1)
		cr = tls_result(c, ret);
	cr = tls_end(c, cr);
	if (cr != CRYPTO_ERROR && tls_unsent(c))
		return (CRYPTO_WANT_WRITE);
	if (cr == CRYPTO_OK && c->c_acme)
		return (tls_broken(c, "an ACME challenge, answered"));
	if (cr == CRYPTO_OK && c->c_ctx->cx_server)
		tls_keep_peer(c);
	if (cr == CRYPTO_OK)
		snprintf(c->c_cipher, sizeof(c->c_cipher), "%s %s",
		    SSL_get_version(c->c_ssl), SSL_get_cipher_name(c->c_ssl));
	return (cr);
}

static bool
tls_pending(struct crypto *c)
{
	return (c->c_late != CRYPTO_OK || SSL_pending(c->c_ssl) > 0 ||
	    tls_io_ready(&c->c_io));
}

/* Fill buf with the records that are here. */
static enum crypto_result
tls_read_all(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	size_t got;
	int ret = 1;

	while (*n < size &&
	    (ret = SSL_read_ex(c->c_ssl, buf + *n, size - *n, &got)) == 1)
		*n += got;
	return (ret == 1 ? CRYPTO_OK : tls_result(c, ret));
}

static enum crypto_result
tls_read(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	enum crypto_result cr = c->c_late;

	*n = 0;
	if (cr == CRYPTO_EOF || cr == CRYPTO_ERROR)
		return (cr);
	ERR_clear_error();
	tls_io_begin(&c->c_io);
	cr = tls_end(c, tls_read_all(c, buf, size, n));
	if (cr == CRYPTO_EOF || cr == CRYPTO_ERROR)
		c->c_late = cr;
	return (*n > 0 ? CRYPTO_OK : cr);
}

/* Our key is changed long before it is worn out. */
static void
tls_count_record(struct crypto *c, size_t len)
{
	if ((c->c_written += len + TLS_KEY_RECORD) < TLS_KEY_BYTES)
		return;
	SSL_key_update(c->c_ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
	c->c_written = 0;
}

static enum crypto_result
tls_write(struct crypto *c, const uint8_t *buf, size_t len, size_t *n)
{
	enum crypto_result cr = tls_flush(c);
	size_t got;
	int ret;

	*n = 0;
	if (cr != CRYPTO_OK)
		return (cr);
	ERR_clear_error();
	tls_io_begin(&c->c_io);
	for (; *n < len && cr == CRYPTO_OK; *n += got) {
		got = 0;
		ret = SSL_write_ex(c->c_ssl, buf + *n,
		    len - *n < TLS_PLAIN_MAX ? len - *n : TLS_PLAIN_MAX, &got);
		if (ret != 1)
			cr = tls_result(c, ret);
		else
			tls_count_record(c, got);
	}
	return (tls_end(c, cr));
}

static void
tls_shutdown(struct crypto *c)
{
	if (c->c_broken || SSL_in_init(c->c_ssl))
		return;
	tls_io_begin(&c->c_io);
	SSL_shutdown(c->c_ssl);
	(void)tls_io_end(&c->c_io);
	ERR_clear_error();
}

static bool
tls_peer_pin(const struct crypto *c, uint8_t pin[CRYPTO_PIN_LEN])
{
	X509 *x = SSL_get0_peer_certificate(c->c_ssl);

	return (x != NULL && pin_of_cert(x, pin) == 0);
}

const char *
tls_error(const struct crypto *c)
{
	return (c->c_error[0] != '\0' ? c->c_error : "no error");
}

const char *
tls_cipher(const struct crypto *c)
{
	return (c->c_cipher);
}

bool
tls_plain_http(const struct crypto *c)
{
	return (c->c_plain_http);
}

const struct crypto_ops crypto_openssl = {
	.co_name = "openssl",
	.co_server_ctx = tls_server_ctx,
	.co_client_ctx = tls_client_ctx,
	.co_ctx_free = tls_ctx_free,
	.co_new = tls_new,
	.co_free = tls_free,
	.co_handshake = tls_handshake,
	.co_read = tls_read,
	.co_write = tls_write,
	.co_unsent = tls_unsent,
	.co_flush = tls_flush,
	.co_pending = tls_pending,
	.co_shutdown = tls_shutdown,
	.co_peer_pin = tls_peer_pin,
	.co_error = tls_error,
	.co_cipher = tls_cipher,
	.co_plain_http = tls_plain_http,
};
