/* SPDX-License-Identifier: ISC */
/*
 * pin: what crypto.h has of pins and certificates, for who has them as
 * OpenSSL's.
 */
#ifndef CRYPTO_PIN_H
#define CRYPTO_PIN_H

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "crypto/crypto.h"

/* 0, or -1. */
int pin_of_cert(const X509 *x, uint8_t pin[CRYPTO_PIN_LEN]);
/* The next certificate of a PEM text, for X509_free(); NULL: no more. */
X509 *pin_pem_cert(BIO *bio);

#endif
