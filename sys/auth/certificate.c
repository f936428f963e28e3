/* SPDX-License-Identifier: ISC */
/*
 * certificate: users by the TLS certificate that they have shown, whose key
 * the handshake has proved to be theirs: by the pin of a user's block, else
 * by a CA of the hub, whose rule says where in a certificate the user's name
 * is.  Input is hostile.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth.h"
#include "crypto/pin.h"
#include "kern/bytes.h"
#include "kern/conf.h"
#include "kern/log.h"

enum { CHAIN_CERTS = 8 };

/* The next certificate of a chain (crypto_peer_chain()); NULL at its end. */
static X509 *
next_cert(const uint8_t **p, size_t *left)
{
	const unsigned char *der = *p + 2;
	X509 *x;
	size_t n;

	if (*left < 2 || (n = get16(*p)) > *left - 2)
		return (NULL);
	x = d2i_X509(NULL, &der, (long)n);
	*p += 2 + n;
	*left -= 2 + n;
	return (x);
}

static void
say(const struct auth_request *ar, const char *why)
{
	log_warnx("hub %s: a certificate%s%s is refused: %s",
	    conf_name(ar->ar_hub), *ar->ar_user != '\0' ? " of user " : "",
	    ar->ar_user, why);
}

/*
 * Pins.
 */

static bool
has_pin(const struct conf *user, const uint8_t pin[CRYPTO_PIN_LEN])
{
	const struct conf *cf = NULL;
	uint8_t want[CRYPTO_PIN_LEN];

	while ((cf = conf_next(user, "pin", cf)) != NULL)
		if (crypto_pin_parse(cf->cf_values[0], want) == 0 &&
		    memcmp(want, pin, CRYPTO_PIN_LEN) == 0)
			return (true);
	return (false);
}

/* The user with the key: the one who is asked for, or the first. */
static const struct conf *
pinned(const struct auth_request *ar, const uint8_t pin[CRYPTO_PIN_LEN])
{
	const struct conf *user = NULL;

	while ((user = conf_next(ar->ar_hub, "user", user)) != NULL)
		if ((*ar->ar_user == '\0' ||
			strcmp(conf_name(user), ar->ar_user) == 0) &&
		    has_pin(user, pin))
			return (user);
	return (NULL);
}

/*
 * CAs.
 */

/* All certificates and revocation lists of a PEM text; -1: it has none. */
static int
add_pem(X509_STORE *store, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	STACK_OF(X509_INFO) *list =
	    bio == NULL ? NULL : PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
	const X509_INFO *xi;
	int i, n = 0;

	for (i = 0; list != NULL && i < sk_X509_INFO_num(list); i++) {
		xi = sk_X509_INFO_value(list, i);
		if (xi->x509 != NULL)
			n += X509_STORE_add_cert(store, xi->x509) == 1;
		if (xi->crl != NULL)
			n += X509_STORE_add_crl(store, xi->crl) == 1;
	}
	sk_X509_INFO_pop_free(list, X509_INFO_free);
	BIO_free(bio);
	return (n > 0 ? 0 : -1);
}

/* NULL when leaf chains to the hub's CA, and is not revoked; else why not. */
static const char *
verify(const struct auth_request *ar, X509 *leaf, STACK_OF(X509) * rest)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *sc = X509_STORE_CTX_new();
	const char *fault = "out of memory";

	if (store == NULL || sc == NULL)
		goto done;
	if (add_pem(store, ar->ar_ca) == -1) {
		fault = "client-ca has no usable certificate";
		goto done;
	}
	if (ar->ar_crl != NULL && add_pem(store, ar->ar_crl) == -1) {
		fault = "client-crl has no usable revocation list";
		goto done;
	}
	if (ar->ar_crl != NULL)
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	if (X509_STORE_CTX_init(sc, store, leaf, rest) != 1 ||
	    X509_STORE_CTX_set_purpose(sc, X509_PURPOSE_SSL_CLIENT) != 1)
		goto done;
	fault = X509_verify_cert(sc) == 1 ?
	    NULL :
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(sc));
done:
	X509_STORE_CTX_free(sc);
	X509_STORE_free(store);
	ERR_clear_error();
	return (fault);
}

/* A name of the settings' form, in full; false for any other. */
static bool
take_name(const ASN1_STRING *as, char out[GRANT_NAME])
{
	const unsigned char *p = ASN1_STRING_get0_data(as);
	int len = ASN1_STRING_length(as), i;

	if (len < 1 || len >= GRANT_NAME || p[0] == '.' || p[0] == '-')
		return (false);
	for (i = 0; i < len; i++) {
		if (p[i] == '\0' ||
		    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			   "YZ0123456789._-",
			p[i]) == NULL)
			return (false);
		out[i] = (char)p[i];
	}
	out[i] = '\0';
	return (true);
}

static bool
cn_name(X509 *x, char out[GRANT_NAME])
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	/* which of two would be meant */
	if (at == -1 ||
	    X509_NAME_get_index_by_NID(subject, NID_commonName, at) != -1)
		return (false);
	return (take_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject,
			      at)),
	    out));
}

/* The part of an e-mail address before its @. */
static bool
email_name(const ASN1_STRING *as, char out[GRANT_NAME])
{
	const unsigned char *p = ASN1_STRING_get0_data(as);
	const unsigned char *at;
	ASN1_STRING *part;
	bool ok;

	at = memchr(p, '@', (size_t)ASN1_STRING_length(as));
	if (at == NULL || (part = ASN1_STRING_dup(as)) == NULL)
		return (false);
	ok = ASN1_STRING_set(part, p, (int)(at - p)) == 1 &&
	    take_name(part, out);
	ASN1_STRING_free(part);
	return (ok);
}

/* The first alternative name of that kind. */
static bool
san_name(X509 *x, int kind, char out[GRANT_NAME])
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *gn;
	bool ok = false;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		gn = sk_GENERAL_NAME_value(names, i);
		if (gn->type != kind)
			continue;
		ok = kind == GEN_EMAIL ? email_name(gn->d.rfc822Name, out) :
					 take_name(gn->d.dNSName, out);
		break;
	}
	GENERAL_NAMES_free(names);
	return (ok);
}

/* By the hub's rule certificate-name. */
static bool
user_name(const struct auth_request *ar, X509 *x, char out[GRANT_NAME])
{
	const char *rule = conf_str(ar->ar_hub, "certificate-name");

	if (strcmp(rule, "email") == 0)
		return (san_name(x, GEN_EMAIL, out));
	if (strcmp(rule, "dns") == 0)
		return (san_name(x, GEN_DNS, out));
	return (cn_name(x, out));
}

static enum auth_result
by_ca(const struct auth_request *ar, X509 *leaf, STACK_OF(X509) * rest,
    struct auth_grant *ag)
{
	const char *fault = verify(ar, leaf, rest);

	if (fault != NULL) {
		say(ar, fault);
		return (AUTH_UNKNOWN);
	}
	if (!user_name(ar, leaf, ag->ag_user)) {
		say(ar, "it has no name of a user where certificate-name says");
		return (AUTH_UNKNOWN);
	}
	if (*ar->ar_user != '\0' && strcmp(ar->ar_user, ag->ag_user) != 0) {
		say(ar, "it is another user's");
		return (AUTH_UNKNOWN);
	}
	return (AUTH_OK);
}

static enum auth_result
check(const struct auth_request *ar, X509 *leaf, STACK_OF(X509) * rest,
    struct auth_grant *ag)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	const struct conf *user;

	if (pin_of_cert(leaf, pin) == -1)
		return (AUTH_UNKNOWN);
	if ((user = pinned(ar, pin)) != NULL) {
		strlcpy(ag->ag_user, conf_name(user), sizeof(ag->ag_user));
		return (AUTH_OK);
	}
	if (ar->ar_ca != NULL)
		return (by_ca(ar, leaf, rest, ag));
	say(ar, "no user has its key");
	return (AUTH_UNKNOWN);
}

static enum auth_result
certificate_check(const struct auth_request *ar, struct auth_grant *ag)
{
	const uint8_t *p = ar->ar_chain;
	size_t left = ar->ar_nchain;
	STACK_OF(X509) *rest = sk_X509_new_null();
	X509 *leaf = next_cert(&p, &left), *x;
	enum auth_result res = AUTH_UNKNOWN;

	while (rest != NULL && sk_X509_num(rest) < CHAIN_CERTS &&
	    (x = next_cert(&p, &left)) != NULL)
		if (sk_X509_push(rest, x) == 0)
			X509_free(x);
	if (leaf != NULL && rest != NULL)
		res = check(ar, leaf, rest, ag);
	X509_free(leaf);
	sk_X509_pop_free(rest, X509_free);
	ERR_clear_error();
	return (res);
}

const struct auth_ops auth_certificate = {
	.ao_name = "certificate",
	.ao_check = certificate_check,
};
