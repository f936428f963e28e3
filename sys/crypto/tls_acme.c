/* SPDX-License-Identifier: ISC */
/*
 * The TLS-ALPN-01 challenge of ACME (RFC 8737).  A validator offers one
 * protocol, acme-tls/1, and names the domain; only then the handshake goes on
 * with another context, so that the path of all others has one comparison
 * more.
 */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "crypto/tls_openssl.h"
#include "kern/bytes.h"

enum { ACME_DAYS = 7 };

#define ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31"	/* RFC 8737, 3 */

static const unsigned char acme_alpn[] = "\x0a"
					 "acme-tls/1";
enum { ACME_ALPN_LEN = sizeof(acme_alpn) - 1 };

/* The list of the offer is that one name (RFC 7301, 3.1). */
static bool
offers_acme(SSL *ssl)
{
	const unsigned char *p;
	size_t len;

	return (SSL_client_hello_get0_ext(ssl,
		    TLSEXT_TYPE_application_layer_protocol_negotiation, &p,
		    &len) == 1 &&
	    len == 2 + ACME_ALPN_LEN && get16(p) == ACME_ALPN_LEN &&
	    memcmp(p + 2, acme_alpn, ACME_ALPN_LEN) == 0);
}

/* The server name is this one (RFC 6066, 3); names have no case. */
static bool
asks_for(SSL *ssl, const char *name)
{
	size_t want = strlen(name), len;
	const unsigned char *p;

	return (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p,
		    &len) == 1 &&
	    len == 5 + want && get16(p) == 3 + want &&
	    p[2] == TLSEXT_NAMETYPE_host_name && get16(p + 3) == want &&
	    strncasecmp((const char *)p + 5, name, want) == 0);
}

int
tls_acme_hello(SSL *ssl, int *alert, void *arg)
{
	struct crypto_ctx *cx = arg;
	struct crypto *c = SSL_get_app_data(ssl);

	(void)alert;
	if (!offers_acme(ssl))
		return (SSL_CLIENT_HELLO_SUCCESS);
	pthread_mutex_lock(&cx->cx_mutex);
	if (cx->cx_acme != NULL && asks_for(ssl, cx->cx_acme_name) &&
	    SSL_set_SSL_CTX(ssl, cx->cx_acme) != NULL)
		c->c_acme = true;
	pthread_mutex_unlock(&cx->cx_mutex);
	return (SSL_CLIENT_HELLO_SUCCESS);
}

/* The offer has been looked at. */
static int
select_acme(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned int inlen, void *arg)
{
	(void)ssl;
	(void)in;
	(void)inlen;
	(void)arg;
	*out = acme_alpn + 1;
	*outlen = ACME_ALPN_LEN - 1;
	return (SSL_TLSEXT_ERR_OK);
}

/* The extension: an OCTET STRING in an OCTET STRING. */
static bool
add_identifier(X509 *x, const uint8_t *digest)
{
	char value[64 + 3 * CRYPTO_ACME_LEN];
	size_t i, n;

	n = (size_t)snprintf(value, sizeof(value), "critical,DER:04:%02x",
	    CRYPTO_ACME_LEN);
	for (i = 0; i < CRYPTO_ACME_LEN; i++)
		n += (size_t)snprintf(value + n, sizeof(value) - n, ":%02x",
		    digest[i]);
	return (tls_cert_ext(x, ACME_IDENTIFIER, value));
}

static SSL_CTX *
acme_ctx(const char *name, const uint8_t *digest)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	char san[TLS_NAME_MAX + 8];

	snprintf(san, sizeof(san), "DNS:%s", name);
	if (ssl == NULL || key == NULL || x == NULL ||
	    !tls_cert_base(x, key, "ACME challenge", san, ACME_DAYS) ||
	    !add_identifier(x, digest) ||
	    X509_sign(x, key, EVP_sha256()) <= 0 ||
	    SSL_CTX_use_certificate(ssl, x) != 1 ||
	    SSL_CTX_use_PrivateKey(ssl, key) != 1) {
		SSL_CTX_free(ssl);
		ssl = NULL;
	} else
		SSL_CTX_set_alpn_select_cb(ssl, select_acme, NULL);
	X509_free(x);
	EVP_PKEY_free(key);
	return (ssl);
}

static bool
dns_name(const char *name)
{
	size_t len = strlen(name);

	return (len > 0 && len < TLS_NAME_MAX &&
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_") == len);
}

int
crypto_ctx_challenge(struct crypto_ctx *cx, const char *name,
    const uint8_t digest[CRYPTO_ACME_LEN], char *err, size_t size)
{
	SSL_CTX *ssl = NULL, *old;

	if (name != NULL && !dns_name(name)) {
		snprintf(err, size, "no DNS name");
		return (-1);
	}
	ERR_clear_error();
	if (name != NULL && (ssl = acme_ctx(name, digest)) == NULL) {
		snprintf(err, size, "cannot make a certificate: %s",
		    tls_reason());
		return (-1);
	}
	pthread_mutex_lock(&cx->cx_mutex);
	old = cx->cx_acme;
	cx->cx_acme = ssl;
	strlcpy(cx->cx_acme_name, name == NULL ? "" : name,
	    sizeof(cx->cx_acme_name));
	pthread_mutex_unlock(&cx->cx_mutex);
	SSL_CTX_free(old);
	return (0);
}
