/* SPDX-License-Identifier: ISC */
/* Streams: handshake, reading, writing, and what went wrong. */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto/tls_openssl.h"

enum {
	/*
	 * A key of AES-GCM is good for 2^24.5 full records (RFC 8446, 5.5);
	 * OpenSSL counts none.  We change ours long before.
	 */
	TLS_KEY_RECORDS = 1 << 22
};

static void
tls_free(struct crypto *c)
{
	if (c == NULL)
		return;
	SSL_free(c->c_ssl);
	free(c);
}

static struct crypto *
tls_new(struct crypto_ctx *cx, int fd, const char *sni)
{
	struct crypto *c = calloc(1, sizeof(*c));
	BIO *bio = NULL;

	if (c == NULL)
		return (NULL);
	c->c_ctx = cx;
	c->c_fd = fd;
	if ((c->c_ssl = SSL_new(cx->cx_ssl)) == NULL ||
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

/* What a failed call means; err is errno right after it. */
static enum crypto_result
tls_result(struct crypto *c, int ret, int err)
{
	switch (SSL_get_error(c->c_ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return (CRYPTO_WANT_READ);
	case SSL_ERROR_WANT_WRITE:
		return (CRYPTO_WANT_WRITE);
	case SSL_ERROR_ZERO_RETURN:
		return (CRYPTO_EOF);
	case SSL_ERROR_SYSCALL:
		tls_set_error(c,
		    c->c_eof || err == 0 ? "connection cut without good-bye" :
					   strerror(err));
		break;
	default:
		tls_set_error(c,
		    c->c_eof ? "connection cut without good-bye" :
			       tls_reason());
	}
	c->c_broken = true;
	ERR_clear_error();
	return (CRYPTO_ERROR);
}

/*
 * TLS begins with an octet of 22; HTTP without TLS with a method's capital
 * letter.  False when nothing is here yet.
 */
static bool
tls_look_first(struct crypto *c)
{
	char first;
	ssize_t n = recv(c->c_fd, &first, 1, MSG_PEEK);

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
	int ret, err;

	if (c->c_ctx->cx_server && !c->c_started && !tls_look_first(c))
		return (CRYPTO_WANT_READ);
	if (c->c_plain_http) {
		tls_set_error(c, "HTTP without TLS");
		c->c_broken = true;
		return (CRYPTO_ERROR);
	}
	ERR_clear_error();
	errno = 0;
	ret = SSL_do_handshake(c->c_ssl);
	err = errno;
	if (ret != 1)
		return (tls_result(c, ret, err));
	snprintf(c->c_cipher, sizeof(c->c_cipher), "%s %s",
	    SSL_get_version(c->c_ssl), SSL_get_cipher_name(c->c_ssl));
	return (CRYPTO_OK);
}

static enum crypto_result
tls_read(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	int ret, err;

	ERR_clear_error();
	errno = 0;
	ret = SSL_read_ex(c->c_ssl, buf, size, n);
	err = errno;
	return (ret == 1 ? CRYPTO_OK : tls_result(c, ret, err));
}

static enum crypto_result
tls_write(struct crypto *c, const uint8_t *buf, size_t len, size_t *n)
{
	int ret, err;

	ERR_clear_error();
	errno = 0;
	ret = SSL_write_ex(c->c_ssl, buf, len, n);
	err = errno;
	if (ret != 1)
		return (tls_result(c, ret, err));
	if (++c->c_writes == TLS_KEY_RECORDS) {
		SSL_key_update(c->c_ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
		c->c_writes = 0;
	}
	return (CRYPTO_OK);
}

static bool
tls_pending(struct crypto *c)
{
	return (SSL_has_pending(c->c_ssl) == 1);
}

static void
tls_shutdown(struct crypto *c)
{
	if (c->c_broken || SSL_in_init(c->c_ssl))
		return;
	SSL_shutdown(c->c_ssl);
	ERR_clear_error();
}

static bool
tls_peer_pin(const struct crypto *c, uint8_t pin[CRYPTO_PIN_LEN])
{
	X509 *x = SSL_get0_peer_certificate(c->c_ssl);

	return (x != NULL && tls_cert_pin(x, pin) == 0);
}

static const char *
tls_error(const struct crypto *c)
{
	return (c->c_error[0] != '\0' ? c->c_error : "no error");
}

static const char *
tls_cipher(const struct crypto *c)
{
	return (c->c_cipher);
}

static bool
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
	.co_pending = tls_pending,
	.co_shutdown = tls_shutdown,
	.co_peer_pin = tls_peer_pin,
	.co_error = tls_error,
	.co_cipher = tls_cipher,
	.co_plain_http = tls_plain_http,
};
