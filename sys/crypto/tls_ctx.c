/* SPDX-License-Identifier: ISC */
/* Contexts: TLS 1.3 only, no tickets, no renegotiation, ALPN http/1.1. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "crypto/pin.h"
#include "crypto/tls_openssl.h"

#define TLS_AES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
#define TLS_CHACHA "TLS_CHACHA20_POLY1305_SHA256"

static const unsigned char tls_alpn[] = "\x08http/1.1";

const char *
tls_reason(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *s = e != 0 ? ERR_reason_error_string(e) : NULL;

	ERR_clear_error();
	return (s != NULL ? s : "unknown error");
}

static bool
tls_cpu_has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return (__builtin_cpu_supports("aes") &&
	    __builtin_cpu_supports("pclmul"));
#elif defined(__aarch64__)
	return ((getauxval(AT_HWCAP) & HWCAP_AES) != 0);
#else
	return (false);
#endif
}

/*
 * A client that prefers ChaCha20 has no AES instructions, so the server
 * follows it; else the server's own order counts.
 */
static SSL_CTX *
tls_ssl_ctx(bool server)
{
	SSL_CTX *ssl;

	ERR_clear_error();
	ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (ssl == NULL ||
	    SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ssl,
		tls_cpu_has_aes() ? TLS_AES ":" TLS_CHACHA :
				    TLS_CHACHA ":" TLS_AES) != 1) {
		SSL_CTX_free(ssl);
		return (NULL);
	}
	SSL_CTX_set_options(ssl,
	    SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ssl,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ssl, 0);
	return (ssl);
}

static struct crypto_ctx *
tls_ctx_new(bool server, char *err, size_t size)
{
	struct crypto_ctx *cx = calloc(1, sizeof(*cx));

	if (cx != NULL) {
		cx->cx_server = server;
		pthread_mutex_init(&cx->cx_mutex, NULL);
		cx->cx_ssl = tls_ssl_ctx(server);
	}
	if (cx != NULL && cx->cx_ssl != NULL)
		return (cx);
	snprintf(err, size, "cannot set up TLS: %s", tls_reason());
	tls_ctx_free(cx);
	return (NULL);
}

void
tls_ctx_free(struct crypto_ctx *cx)
{
	if (cx == NULL)
		return;
	SSL_CTX_free(cx->cx_ssl);
	SSL_CTX_free(cx->cx_acme);
	pthread_mutex_destroy(&cx->cx_mutex);
	free(cx);
}

/* Without http/1.1 in the offer nothing is selected, which is no error. */
static int
tls_alpn_select(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned int inlen, void *arg)
{
	unsigned char *p;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&p, outlen, tls_alpn, sizeof(tls_alpn) - 1,
		in, inlen) != OPENSSL_NPN_NEGOTIATED)
		return (SSL_TLSEXT_ERR_NOACK);
	*out = p;
	return (SSL_TLSEXT_ERR_OK);
}

/* The leaf, its key, and the rest of the chain. */
static int
tls_load_chain(struct crypto_ctx *cx, SSL_CTX *ssl, BIO *bio, char *err,
    size_t size)
{
	X509 *x = pin_pem_cert(bio);
	int ret = -1;

	if (x == NULL || SSL_CTX_use_certificate(ssl, x) != 1) {
		snprintf(err, size, "bad certificate: %s", tls_reason());
		goto done;
	}
	if (tls_rsign_setup(cx, ssl, x, err, size) == -1)
		goto done;
	X509_free(x);
	while ((x = pin_pem_cert(bio)) != NULL)
		if (SSL_CTX_add0_chain_cert(ssl, x) != 1) {
			snprintf(err, size, "bad certificate chain: %s",
			    tls_reason());
			goto done;
		}
	ERR_clear_error();
	ret = 0;
done:
	X509_free(x);
	return (ret);
}

/* What makes it a server of this certificate; 0, or -1 with err. */
static int
tls_serve(struct crypto_ctx *cx, SSL_CTX *ssl, const char *cert, size_t len,
    char *err, size_t size)
{
	BIO *bio;
	int ok;

	SSL_CTX_set_alpn_select_cb(ssl, tls_alpn_select, NULL);
	SSL_CTX_set_client_hello_cb(ssl, tls_acme_hello, cx);
	if (len > INT32_MAX ||
	    (bio = BIO_new_mem_buf(cert, (int)len)) == NULL) {
		snprintf(err, size, "cannot read the certificate");
		return (-1);
	}
	ok = tls_load_chain(cx, ssl, bio, err, size);
	BIO_free(bio);
	return (ok);
}

struct crypto_ctx *
tls_server_ctx(const char *cert, size_t len, crypto_sign sign, void *arg,
    char *err, size_t size)
{
	struct crypto_ctx *cx = tls_ctx_new(true, err, size);

	if (cx == NULL)
		return (NULL);
	cx->cx_sign = sign;
	cx->cx_sign_arg = arg;
	if (tls_serve(cx, cx->cx_ssl, cert, len, err, size) == -1) {
		tls_ctx_free(cx);
		return (NULL);
	}
	return (cx);
}

/* Whether both certificates have one key, that of the signer. */
static bool
tls_same_key(const SSL_CTX *a, const SSL_CTX *b)
{
	const X509 *x = SSL_CTX_get0_certificate(a);
	const X509 *y = SSL_CTX_get0_certificate(b);

	return (x != NULL && y != NULL &&
	    EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(y)) == 1);
}

int
crypto_ctx_renew(struct crypto_ctx *cx, const char *cert, size_t len, char *err,
    size_t size)
{
	SSL_CTX *ssl = tls_ssl_ctx(true), *old = cx->cx_ssl;

	if (ssl == NULL) {
		snprintf(err, size, "cannot set up TLS: %s", tls_reason());
		return (-1);
	}
	if (tls_serve(cx, ssl, cert, len, err, size) == -1) {
		SSL_CTX_free(ssl);
		return (-1);
	}
	if (!tls_same_key(old, ssl)) {
		snprintf(err, size, "the certificate is of another key");
		SSL_CTX_free(ssl);
		return (-1);
	}
	SSL_CTX_set_keylog_callback(ssl, SSL_CTX_get_keylog_callback(old));
	pthread_mutex_lock(&cx->cx_mutex);
	cx->cx_ssl = ssl;
	pthread_mutex_unlock(&cx->cx_mutex);
	SSL_CTX_free(old);
	return (0);
}

struct crypto_ctx *
tls_client_ctx(const uint8_t (*pins)[CRYPTO_PIN_LEN], unsigned int npins,
    const char *ca_pem, const char *name, char *err, size_t size)
{
	struct crypto_ctx *cx;

	if (npins > CRYPTO_PINS) {
		snprintf(err, size, "more than %d pins", CRYPTO_PINS);
		return (NULL);
	}
	if (npins == 0 && (ca_pem == NULL || name == NULL)) {
		snprintf(err, size,
		    "neither a pin nor a CA to know the "
		    "server by");
		return (NULL);
	}
	if ((cx = tls_ctx_new(false, err, size)) == NULL)
		return (NULL);
	cx->cx_npins = npins;
	if (npins > 0)
		memcpy(cx->cx_pins, pins, npins * sizeof(*pins));
	if (SSL_CTX_set_alpn_protos(cx->cx_ssl, tls_alpn,
		sizeof(tls_alpn) - 1) != 0 ||
	    tls_verify_setup(cx, ca_pem, name, err, size) == -1) {
		tls_ctx_free(cx);
		return (NULL);
	}
	return (cx);
}
