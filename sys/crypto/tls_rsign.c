/* SPDX-License-Identifier: ISC */
/*
 * A private key that another process holds.  OpenSSL gets an EC key that has
 * only the certificate's public half and a method of ours, which hands each
 * digest to crypto_sign.  EC_KEY_METHOD is marked deprecated since 3.0 but
 * there through all of 3.x; the alternative, a provider of our own, is some
 * ten times as long.  This file alone uses it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <pthread.h>
#include <stdio.h>

#include "crypto/tls_openssl.h"

static pthread_once_t rsign_once = PTHREAD_ONCE_INIT;
static EC_KEY_METHOD *rsign_method;
static int rsign_index;

static int
tls_rsign(int type, const unsigned char *digest, int len, unsigned char *sig,
    unsigned int *siglen, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
	const struct crypto_ctx *cx = EC_KEY_get_ex_data(ec, rsign_index);
	int room = ECDSA_size(ec);
	ssize_t n;

	(void)type;
	(void)kinv;
	(void)r;
	if (cx == NULL || cx->cx_sign == NULL || len <= 0 || room <= 0)
		return (0);
	n = cx->cx_sign(digest, (size_t)len, sig, (size_t)room,
	    cx->cx_sign_arg);
	if (n <= 0 || n > room)
		return (0);
	*siglen = (unsigned int)n;
	return (1);
}

static void
tls_rsign_init(void)
{
	int (*sign)(int, const unsigned char *, int, unsigned char *,
	    unsigned int *, const BIGNUM *, const BIGNUM *, EC_KEY *);
	int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
	ECDSA_SIG *(*raw)(const unsigned char *, int, const BIGNUM *,
	    const BIGNUM *, EC_KEY *);
	EC_KEY_METHOD *m = EC_KEY_METHOD_new(EC_KEY_OpenSSL());

	rsign_index = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	if (m == NULL || rsign_index == -1)
		return;
	EC_KEY_METHOD_get_sign(m, &sign, &setup, &raw);
	EC_KEY_METHOD_set_sign(m, tls_rsign, setup, raw);
	rsign_method = m;
}

/* A key with pk's public half and our method, NULL on failure. */
static EVP_PKEY *
tls_rsign_key(struct crypto_ctx *cx, EVP_PKEY *pk)
{
	EC_KEY *pub = EVP_PKEY_get1_EC_KEY(pk), *ec = EC_KEY_new();
	EVP_PKEY *key = EVP_PKEY_new();

	if (pub != NULL && ec != NULL && key != NULL &&
	    EC_KEY_set_method(ec, rsign_method) == 1 &&
	    EC_KEY_set_group(ec, EC_KEY_get0_group(pub)) == 1 &&
	    EC_KEY_set_public_key(ec, EC_KEY_get0_public_key(pub)) == 1 &&
	    EC_KEY_set_ex_data(ec, rsign_index, cx) == 1 &&
	    EVP_PKEY_assign_EC_KEY(key, ec) == 1) {
		EC_KEY_free(pub);
		return (key);
	}
	EC_KEY_free(pub);
	EC_KEY_free(ec);
	EVP_PKEY_free(key);
	return (NULL);
}

int
tls_rsign_setup(struct crypto_ctx *cx, SSL_CTX *ssl, X509 *x, char *err,
    size_t size)
{
	EVP_PKEY *pk = X509_get0_pubkey(x), *key;
	int ok;

	if (pk == NULL || EVP_PKEY_get_base_id(pk) != EVP_PKEY_EC) {
		snprintf(err, size, "the certificate's key is not ECDSA");
		return (-1);
	}
	pthread_once(&rsign_once, tls_rsign_init);
	if (rsign_method == NULL || (key = tls_rsign_key(cx, pk)) == NULL) {
		snprintf(err, size, "cannot set up remote signing: %s",
		    tls_reason());
		return (-1);
	}
	ok = SSL_CTX_use_PrivateKey(ssl, key);
	EVP_PKEY_free(key);
	if (ok != 1) {
		snprintf(err, size, "cannot use the certificate's key: %s",
		    tls_reason());
		return (-1);
	}
	return (0);
}
