/* SPDX-License-Identifier: ISC */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "crypto/tls_openssl.h"

void *
crypto_key_load(const char *pem, size_t len, char *err, size_t size)
{
	static char no_password[] = "";
	EVP_PKEY *key = NULL;
	BIO *bio;

	ERR_clear_error();
	if (len <= INT32_MAX &&
	    (bio = BIO_new_mem_buf(pem, (int)len)) != NULL) {
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password);
		BIO_free(bio);
	}
	if (key == NULL) {
		snprintf(err, size, "bad private key: %s", tls_reason());
		return (NULL);
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
		snprintf(err, size, "the private key is not ECDSA");
		EVP_PKEY_free(key);
		return (NULL);
	}
	return (key);
}

void
crypto_key_free(void *key)
{
	EVP_PKEY_free(key);
}

ssize_t
crypto_key_sign(void *key, const uint8_t *digest, size_t len, uint8_t *sig,
    size_t size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = size;
	ssize_t ret = -1;

	/* SHA-256, SHA-384 or SHA-512; nothing else is signed in TLS 1.3. */
	if (ctx != NULL && (len == 32 || len == 48 || len == 64) &&
	    EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_sign(ctx, sig, &n, digest, len) == 1)
		ret = (ssize_t)n;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return (ret);
}
