/* SPDX-License-Identifier: ISC */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/base64.h"
#include "crypto/pin.h"

static const char pin_prefix[] = "sha256/";

void
crypto_pin_format(const uint8_t pin[CRYPTO_PIN_LEN],
    char out[CRYPTO_PIN_STRLEN])
{
	size_t n = sizeof(pin_prefix) - 1;

	memcpy(out, pin_prefix, n);
	base64_encode(BASE64, pin, CRYPTO_PIN_LEN, out + n,
	    CRYPTO_PIN_STRLEN - n);
}

int
crypto_pin_parse(const char *text, uint8_t pin[CRYPTO_PIN_LEN])
{
	size_t n = sizeof(pin_prefix) - 1;
	uint8_t buf[CRYPTO_PIN_LEN];

	if (strncmp(text, pin_prefix, n) != 0 ||
	    base64_decode(BASE64, text + n, strlen(text + n), buf,
		sizeof(buf)) != CRYPTO_PIN_LEN)
		return (-1);
	memcpy(pin, buf, CRYPTO_PIN_LEN);
	return (0);
}

int
pin_of_cert(const X509 *x, uint8_t pin[CRYPTO_PIN_LEN])
{
	uint8_t *der = NULL;
	int len, ok;

	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	if (len <= 0)
		return (-1);
	ok = EVP_Digest(der, (size_t)len, pin, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	return (ok == 1 ? 0 : -1);
}

X509 *
pin_pem_cert(BIO *bio)
{
	static char no_password[] = "";

	/* With the last argument set, nobody is asked on the terminal. */
	return (PEM_read_bio_X509(bio, NULL, NULL, no_password));
}

int
crypto_cert_pin(const char *pem, size_t len, uint8_t pin[CRYPTO_PIN_LEN])
{
	BIO *bio;
	X509 *x;
	int ret;

	if (len > INT32_MAX || (bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return (-1);
	x = pin_pem_cert(bio);
	ret = x != NULL ? pin_of_cert(x, pin) : -1;
	X509_free(x);
	BIO_free(bio);
	return (ret);
}
