/* SPDX-License-Identifier: ISC */
/* jws: requests signed with the account's key (RFC 8555, 6.2). */
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"

#include "acmed.h"

enum { COORDINATE = 32 };	/* bytes, of P-256 */

/* Base64url of data, malloc'ed. */
static char *
coded(const void *data, size_t len)
{
	size_t size = len / 3 * 4 + 5;
	char *text = malloc(size);

	if (text != NULL &&
	    base64_encode(BASE64_URL, data, len, text, size) == -1) {
		free(text);
		return (NULL);
	}
	return (text);
}

static char *
coordinate(EVP_PKEY *key, const char *name)
{
	uint8_t raw[COORDINATE];
	BIGNUM *bn = NULL;
	char *text = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &bn) == 1 &&
	    BN_bn2binpad(bn, raw, COORDINATE) == COORDINATE)
		text = coded(raw, sizeof(raw));
	BN_free(bn);
	return (text);
}

/* The public key as JSON, its members in the order of RFC 7638, 3. */
static char *
public_key(EVP_PKEY *key)
{
	char *x = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X);
	char *y = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y);
	char *text = NULL;

	if (x != NULL && y != NULL &&
	    asprintf(&text,
		"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
		x, y) == -1)
		text = NULL;
	free(x);
	free(y);
	return (text);
}

int
jws_thumbprint(void *key, char *out, size_t size)
{
	char *jwk = public_key(key);
	uint8_t hash[32];
	ssize_t n = -1;

	if (jwk != NULL &&
	    EVP_Digest(jwk, strlen(jwk), hash, NULL, EVP_sha256(), NULL) == 1)
		n = base64_encode(BASE64_URL, hash, sizeof(hash), out, size);
	free(jwk);
	return (n == -1 ? -1 : 0);
}

/* OpenSSL's form of a signature into that of RFC 7518, 3.4; coded. */
static char *
raw_signature(const uint8_t *der, size_t len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t raw[2 * COORDINATE];
	char *text = NULL;

	if (sig != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE) != -1 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE, COORDINATE) !=
		-1)
		text = coded(raw, sizeof(raw));
	ECDSA_SIG_free(sig);
	return (text);
}

static char *
signature(EVP_PKEY *key, const char *text)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t der[128];
	size_t len = sizeof(der);
	char *sig = NULL;

	if (md != NULL &&
	    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(md, der, &len, (const uint8_t *)text,
		strlen(text)) == 1)
		sig = raw_signature(der, len);
	EVP_MD_CTX_free(md);
	return (sig);
}

/* RFC 8555, 6.2; coded. */
static char *
protected_header(EVP_PKEY *key, const char *kid, const char *nonce,
    const char *url)
{
	json_t *head = json_pack("{s:s,s:s,s:s}", "alg", "ES256", "nonce",
	    nonce, "url", url);
	char *jwk = kid == NULL ? public_key(key) : NULL, *text, *out = NULL;

	if (kid != NULL)
		json_object_set_new(head, "kid", json_string(kid));
	else if (jwk != NULL)
		json_object_set_new(head, "jwk", json_loads(jwk, 0, NULL));
	if ((text = json_dumps(head, JSON_COMPACT)) != NULL)
		out = coded(text, strlen(text));
	free(text);
	free(jwk);
	json_decref(head);
	return (out);
}

char *
jws_sign(void *key, const char *kid, const char *nonce, const char *url,
    const char *payload)
{
	char *head = protected_header(key, kid, nonce, url);
	char *load = coded(payload, strlen(payload));
	char *both = NULL, *sig = NULL, *body = NULL;

	if (head != NULL && load != NULL &&
	    asprintf(&both, "%s.%s", head, load) == -1)
		both = NULL;
	if (both != NULL)
		sig = signature(key, both);
	if (sig != NULL &&
	    asprintf(&body,
		"{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":"
		"\"%s\"}",
		head, load, sig) == -1)
		body = NULL;
	free(head);
	free(load);
	free(both);
	free(sig);
	return (body);
}
