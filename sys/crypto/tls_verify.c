/* SPDX-License-Identifier: ISC */
/* How a client knows its server: by pin, else by CA and name. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "crypto/pin.h"
#include "crypto/tls_openssl.h"

bool
tls_is_address(const char *name)
{
	struct in6_addr in;

	return (inet_pton(AF_INET, name, &in) == 1 ||
	    inet_pton(AF_INET6, name, &in) == 1);
}

/* The possession of the key itself is proved by the handshake. */
static int
tls_verify_pin(struct crypto *c, X509_STORE_CTX *sc)
{
	const struct crypto_ctx *cx = c->c_ctx;
	X509 *x = X509_STORE_CTX_get0_cert(sc);
	uint8_t pin[CRYPTO_PIN_LEN];
	char text[CRYPTO_PIN_STRLEN];
	unsigned int i;

	if (x == NULL || pin_of_cert(x, pin) == -1) {
		snprintf(c->c_error, sizeof(c->c_error),
		    "server has no usable certificate");
		return (0);
	}
	for (i = 0; i < cx->cx_npins; i++)
		if (memcmp(pin, cx->cx_pins[i], CRYPTO_PIN_LEN) == 0)
			return (1);
	crypto_pin_format(pin, text);
	snprintf(c->c_error, sizeof(c->c_error),
	    "server key %s is not the pinned one (is something on the way "
	    "intercepting TLS?)",
	    text);
	return (0);
}

static int
tls_verify_ca(struct crypto *c, X509_STORE_CTX *sc)
{
	int error;

	if (X509_verify_cert(sc) == 1)
		return (1);
	error = X509_STORE_CTX_get_error(sc);
	snprintf(c->c_error, sizeof(c->c_error),
	    "server certificate refused: %s",
	    X509_verify_cert_error_string(error));
	return (0);
}

static int
tls_verify(X509_STORE_CTX *sc, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct crypto *c = SSL_get_app_data(ssl);
	int ok;

	(void)arg;
	if (c->c_ctx->cx_npins == 0)
		return (tls_verify_ca(c, sc));
	ok = tls_verify_pin(c, sc);
	X509_STORE_CTX_set_error(sc,
	    ok == 1 ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
	return (ok);
}

/* All certificates of a PEM text; how many, -1 on failure. */
static int
tls_add_cas(X509_STORE *store, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x;
	int n = 0;

	if (bio == NULL)
		return (-1);
	while (n != -1 && (x = pin_pem_cert(bio)) != NULL) {
		n = X509_STORE_add_cert(store, x) == 1 ? n + 1 : -1;
		X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error();
	return (n);
}

int
tls_verify_setup(struct crypto_ctx *cx, const char *ca_pem, const char *name,
    char *err, size_t size)
{
	X509_VERIFY_PARAM *vp = SSL_CTX_get0_param(cx->cx_ssl);

	SSL_CTX_set_verify(cx->cx_ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(cx->cx_ssl, tls_verify, NULL);
	if (cx->cx_npins > 0)
		return (0);
	if (tls_add_cas(SSL_CTX_get_cert_store(cx->cx_ssl), ca_pem) <= 0) {
		snprintf(err, size, "no usable certificate among the CAs");
		return (-1);
	}
	X509_VERIFY_PARAM_set_hostflags(vp,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if ((tls_is_address(name) ?
		    X509_VERIFY_PARAM_set1_ip_asc(vp, name) :
		    X509_VERIFY_PARAM_set1_host(vp, name, 0)) != 1) {
		snprintf(err, size, "bad server name \"%s\"", name);
		return (-1);
	}
	return (0);
}
