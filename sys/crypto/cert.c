/* SPDX-License-Identifier: ISC */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tls_openssl.h"

enum { CERT_DAYS = 30 * 365 };

/* What a BIO of memory holds, malloc'ed and terminated. */
static char *
cert_text(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return (n > 0 ? strndup(p, (size_t)n) : NULL);
}

bool
tls_cert_ext(X509 *x, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	if ((ext = X509V3_EXT_conf(NULL, &ctx, name, value)) == NULL)
		return (false);
	ok = X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return (ok == 1);
}

/* A positive random serial number of 127 bits (RFC 5280, 4.1.2.2). */
static bool
cert_serial(X509 *x)
{
	unsigned char rnd[16];
	BIGNUM *bn;
	bool ok;

	if (RAND_bytes(rnd, sizeof(rnd)) != 1)
		return (false);
	rnd[0] = (rnd[0] & 0x7f) | 0x40;
	if ((bn = BN_bin2bn(rnd, sizeof(rnd), NULL)) == NULL)
		return (false);
	ok = BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return (ok);
}

/* A name that can stand in an extension's text without ending it. */
static bool
cert_name_ok(const char *name)
{
	size_t len = strlen(name);

	return (len > 0 && len <= 64 &&
	    strspn(name,
		"abcdefghijklmnopqrstuvw"
		"xyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_") == len);
}

bool
tls_cert_base(X509 *x, EVP_PKEY *key, const char *cn, const char *san, int days)
{
	X509_NAME *subject = X509_get_subject_name(x);

	return (X509_set_version(x, X509_VERSION_3) == 1 && cert_serial(x) &&
	    X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, NULL) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), days, 0, NULL) != NULL &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)cn, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, subject) == 1 &&
	    X509_set_pubkey(x, key) == 1 &&
	    tls_cert_ext(x, "basicConstraints", "critical,CA:FALSE") &&
	    tls_cert_ext(x, "subjectAltName", san));
}

static bool
cert_fill(X509 *x, EVP_PKEY *key, const char *name)
{
	char san[80];

	snprintf(san, sizeof(san), "%s:%s", tls_is_address(name) ? "IP" : "DNS",
	    name);
	return (tls_cert_base(x, key, name, san, CERT_DAYS) &&
	    tls_cert_ext(x, "keyUsage", "critical,digitalSignature") &&
	    tls_cert_ext(x, "extendedKeyUsage", "serverAuth") &&
	    X509_sign(x, key, EVP_sha256()) > 0);
}

int
crypto_selfsigned(const char *name, char **key_pem, char **cert_pem, char *err,
    size_t size)
{
	EVP_PKEY *key = NULL;
	X509 *x = NULL;
	BIO *kb = NULL, *cb = NULL;
	int ret = -1;

	*key_pem = *cert_pem = NULL;
	ERR_clear_error();
	if (!cert_name_ok(name)) {
		snprintf(err, size, "\"%s\" cannot stand in a certificate",
		    name);
		return (-1);
	}
	key = EVP_EC_gen("P-256");
	x = X509_new();
	kb = BIO_new(BIO_s_secmem());
	cb = BIO_new(BIO_s_mem());
	if (key != NULL && x != NULL && kb != NULL && cb != NULL &&
	    cert_fill(x, key, name) &&
	    PEM_write_bio_PrivateKey(kb, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    PEM_write_bio_X509(cb, x) == 1) {
		*key_pem = cert_text(kb);
		*cert_pem = cert_text(cb);
	}
	if (*key_pem != NULL && *cert_pem != NULL) {
		ret = 0;
	} else {
		snprintf(err, size, "cannot make a certificate: %s",
		    tls_reason());
		free(*key_pem);
		free(*cert_pem);
		*key_pem = *cert_pem = NULL;
	}
	BIO_free(kb);
	BIO_free(cb);
	X509_free(x);
	EVP_PKEY_free(key);
	return (ret);
}
