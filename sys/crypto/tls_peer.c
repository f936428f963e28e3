/* SPDX-License-Identifier: ISC */
/*
 * Certificates of clients: a client's own, and what a server keeps of the one
 * that a client has shown.  The handshake proves that the peer has the key;
 * whether the certificate is good for anything is for who knows the hub.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pin.h"
#include "crypto/tls_openssl.h"
#include "kern/bytes.h"

/* The rest of a PEM chain behind the leaf. */
static int
add_chain(SSL_CTX *ssl, BIO *bio)
{
	X509 *x;

	while ((x = pin_pem_cert(bio)) != NULL)
		if (SSL_CTX_add0_chain_cert(ssl, x) != 1) {
			X509_free(x);
			return (-1);
		}
	ERR_clear_error();
	return (0);
}

int
crypto_ctx_identity(struct crypto_ctx *cx, const char *cert, const char *key,
    char *err, size_t size)
{
	static char no_password[] = "";
	BIO *cb = BIO_new_mem_buf(cert, -1), *kb = BIO_new_mem_buf(key, -1);
	X509 *x = cb == NULL ? NULL : pin_pem_cert(cb);
	EVP_PKEY *pk = kb == NULL ?
	    NULL :
	    PEM_read_bio_PrivateKey(kb, NULL, NULL, no_password);
	int ok = -1;

	if (x == NULL)
		snprintf(err, size, "no usable certificate");
	else if (pk == NULL)
		snprintf(err, size,
		    "no usable private key (in PEM, without "
		    "a passphrase)");
	else if (SSL_CTX_use_certificate(cx->cx_ssl, x) != 1 ||
	    SSL_CTX_use_PrivateKey(cx->cx_ssl, pk) != 1 ||
	    SSL_CTX_check_private_key(cx->cx_ssl) != 1)
		snprintf(err, size, "certificate and key do not fit: %s",
		    tls_reason());
	else if (add_chain(cx->cx_ssl, cb) == -1)
		snprintf(err, size, "bad certificate chain: %s", tls_reason());
	else
		ok = 0;
	ERR_clear_error();
	X509_free(x);
	EVP_PKEY_free(pk);
	BIO_free(cb);
	BIO_free(kb);
	return (ok);
}

void
crypto_ctx_other(struct crypto_ctx *cx)
{
	(void)SSL_CTX_set_min_proto_version(cx->cx_ssl, TLS1_2_VERSION);
	(void)SSL_CTX_set_alpn_protos(cx->cx_ssl, NULL, 0);
}

/* Anything will do for the handshake. */
static int
take_any(int ok, X509_STORE_CTX *sc)
{
	(void)ok;
	X509_STORE_CTX_set_error(sc, X509_V_OK);
	return (1);
}

void
crypto_ask_peer(struct crypto *c)
{
	if (c->c_ssl != NULL)
		SSL_set_verify(c->c_ssl, SSL_VERIFY_PEER, take_any);
}

/* One certificate behind the others; -1 if there is no room. */
static int
put_cert(struct crypto *c, const X509 *x)
{
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der), ok = -1;

	if (len > 0 && (size_t)len + 2 <= CRYPTO_CHAIN_MAX - c->c_nchain) {
		put16(c->c_chain + c->c_nchain, (uint16_t)len);
		memcpy(c->c_chain + c->c_nchain + 2, der, (size_t)len);
		c->c_nchain += 2 + (size_t)len;
		ok = 0;
	}
	OPENSSL_free(der);
	return (ok);
}

void
tls_keep_peer(struct crypto *c)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(c->c_ssl);
	X509 *leaf = SSL_get0_peer_certificate(c->c_ssl);
	int i, n = chain == NULL ? 0 : sk_X509_num(chain);

	if (leaf == NULL || (c->c_chain = malloc(CRYPTO_CHAIN_MAX)) == NULL)
		return;
	/* of a client, the chain is without the leaf */
	if (put_cert(c, leaf) == -1)
		return;
	for (i = 0; i < n; i++)
		if (put_cert(c, sk_X509_value(chain, i)) == -1)
			return;
}

const uint8_t *
crypto_peer_chain(const struct crypto *c, size_t *len)
{
	*len = c->c_nchain;
	return (c->c_nchain == 0 ? NULL : c->c_chain);
}
