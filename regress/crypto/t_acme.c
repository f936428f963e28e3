/* SPDX-License-Identifier: ISC */
/*
 * What changes in a server's context while it is used: another certificate of
 * the same key, and the TLS-ALPN-01 challenge (RFC 8737).
 */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atf-c.h>

#include "crypto/crypto.h"

#define ACME   \
	"\x0a" \
	"acme-tls/1"
#define HTTP   \
	"\x08" \
	"http/1.1"

static const struct crypto_ops *co;
static char *key_pem, *cert_pem;
static void *key;
static char err[256];

/* What a client saw. */
struct seen {
	enum crypto_result se_server;
	int se_client;			/* 1: its handshake was done */
	char se_alpn[32];
	X509 *se_cert;
};

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	(void)arg;
	return (crypto_key_sign(key, digest, len, sig, size));
}

static struct crypto_ctx *
server(void)
{
	struct crypto_ctx *cx;

	ATF_REQUIRE_EQ(0,
	    crypto_selfsigned("first.example.com", &key_pem, &cert_pem, err,
		sizeof(err)));
	key = crypto_key_load(key_pem, strlen(key_pem), err, sizeof(err));
	ATF_REQUIRE(key != NULL);
	cx = co->co_server_ctx(cert_pem, strlen(cert_pem), sign, NULL, err,
	    sizeof(err));
	ATF_REQUIRE_MSG(cx != NULL, "%s", err);
	return (cx);
}

static void
server_free(struct crypto_ctx *cx)
{
	co->co_ctx_free(cx);
	crypto_key_free(key);
	free(key_pem);
	free(cert_pem);
}

/* A certificate of the server's key with another subject, as PEM. */
static char *
another_cert(const char *cn)
{
	BIO *kb = BIO_new_mem_buf(key_pem, -1), *out = BIO_new(BIO_s_mem());
	EVP_PKEY *pk = PEM_read_bio_PrivateKey(kb, NULL, NULL, NULL);
	X509 *x = X509_new();
	char *text, *p;
	long n;

	ATF_REQUIRE(pk != NULL && x != NULL);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, pk);
	ATF_REQUIRE(X509_sign(x, pk, EVP_sha256()) > 0);
	PEM_write_bio_X509(out, x);
	n = BIO_get_mem_data(out, &p);
	text = strndup(p, (size_t)n);
	X509_free(x);
	EVP_PKEY_free(pk);
	BIO_free(kb);
	BIO_free(out);
	return (text);
}

static struct seen
visit(struct crypto_ctx *cx, const char *alpn, const char *sni)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct seen se = { .se_server = CRYPTO_WANT_READ };
	const unsigned char *p;
	struct crypto *c;
	unsigned int n = 0;
	int fds[2], i;
	SSL *ssl;

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fds[1]);
	SSL_set_alpn_protos(ssl, (const unsigned char *)alpn,
	    (unsigned int)strlen(alpn));
	if (sni != NULL)
		SSL_set_tlsext_host_name(ssl, sni);
	ATF_REQUIRE((c = co->co_new(cx, fds[0], NULL)) != NULL);
	for (i = 0; i < 10; i++) {
		if (se.se_client != 1)
			se.se_client = SSL_connect(ssl);
		if (se.se_server == CRYPTO_WANT_READ)
			se.se_server = co->co_handshake(c);
	}
	SSL_get0_alpn_selected(ssl, &p, &n);
	snprintf(se.se_alpn, sizeof(se.se_alpn), "%.*s", (int)n,
	    n == 0 ? "" : (const char *)p);
	se.se_cert = SSL_get1_peer_certificate(ssl);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	co->co_free(c);
	close(fds[0]);
	close(fds[1]);
	return (se);
}

/* As anybody: the certificate of that name, and http/1.1. */
static void
ordinary(struct crypto_ctx *cx, const char *alpn, const char *sni,
    const char *cn)
{
	struct seen se = visit(cx, alpn, sni);
	char name[128] = "";

	ATF_CHECK_EQ(CRYPTO_OK, se.se_server);
	ATF_CHECK_EQ(1, se.se_client);
	ATF_CHECK_STREQ(strstr(alpn, "http") == NULL ? "" : "http/1.1",
	    se.se_alpn);
	ATF_REQUIRE(se.se_cert != NULL);
	X509_NAME_get_text_by_NID(X509_get_subject_name(se.se_cert),
	    NID_commonName, name, sizeof(name));
	ATF_CHECK_STREQ(cn, name);
	X509_free(se.se_cert);
}

/* The extension of RFC 8737, 3: critical, with this digest. */
static bool
has_digest(X509 *x, const uint8_t *digest)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
	int at = X509_get_ext_by_OBJ(x, oid, -1);
	X509_EXTENSION *ext = at < 0 ? NULL : X509_get_ext(x, at);
	const ASN1_OCTET_STRING *os =
	    ext == NULL ? NULL : X509_EXTENSION_get_data(ext);

	ASN1_OBJECT_free(oid);
	return (os != NULL && X509_EXTENSION_get_critical(ext) == 1 &&
	    ASN1_STRING_length(os) == 34 &&
	    memcmp(ASN1_STRING_get0_data(os), "\x04\x20", 2) == 0 &&
	    memcmp(ASN1_STRING_get0_data(os) + 2, digest, 32) == 0);
}

static void
challenged(struct crypto_ctx *cx, const char *sni, const uint8_t *digest)
{
	struct seen se = visit(cx, ACME, sni);

	ATF_CHECK_EQ(1, se.se_client);
	/* nothing comes after it */
	ATF_CHECK_EQ(CRYPTO_ERROR, se.se_server);
	ATF_CHECK_STREQ("acme-tls/1", se.se_alpn);
	ATF_REQUIRE(se.se_cert != NULL);
	ATF_CHECK(has_digest(se.se_cert, digest));
	ATF_CHECK_EQ(1,
	    X509_check_host(se.se_cert, "a.example.com", 0, 0, NULL));
	X509_free(se.se_cert);
}

static void
check_challenge(const struct crypto_ops *ops)
{
	uint8_t digest[CRYPTO_ACME_LEN], other[CRYPTO_ACME_LEN];
	struct crypto_ctx *cx;

	co = ops;
	cx = server();
	memset(digest, 0xa5, sizeof(digest));
	memset(other, 0x5a, sizeof(other));
	ordinary(cx, ACME, "a.example.com", "first.example.com");
	ATF_REQUIRE_EQ_MSG(0,
	    crypto_ctx_challenge(cx, "a.example.com", digest, err, sizeof(err)),
	    "%s", err);
	challenged(cx, "a.example.com", digest);
	challenged(cx, "A.Example.COM", digest);
	ordinary(cx, HTTP, "a.example.com", "first.example.com");
	ordinary(cx, ACME HTTP, "a.example.com", "first.example.com");
	ordinary(cx, HTTP ACME, "a.example.com", "first.example.com");
	ordinary(cx, ACME, "b.example.com", "first.example.com");
	ordinary(cx, ACME, "a.example.co", "first.example.com");
	ordinary(cx, ACME, NULL, "first.example.com");
	ATF_CHECK_EQ(0,
	    crypto_ctx_challenge(cx, "a.example.com", other, err, sizeof(err)));
	challenged(cx, "a.example.com", other);
	ATF_CHECK_EQ(0, crypto_ctx_challenge(cx, NULL, NULL, err, sizeof(err)));
	ordinary(cx, ACME, "a.example.com", "first.example.com");
	server_free(cx);
}

ATF_TC_WITHOUT_HEAD(challenge);
ATF_TC_BODY(challenge, tc)
{
	check_challenge(&crypto_openssl);
	check_challenge(&crypto_record);
}

ATF_TC_WITHOUT_HEAD(bad_names);
ATF_TC_BODY(bad_names, tc)
{
	static const char *const bad[] = { "", "a,DNS:b", "*.example.com",
		"a b", "\xe3\x81\x82" };
	uint8_t digest[CRYPTO_ACME_LEN] = { 0 };
	struct crypto_ctx *cx;
	char longest[300];
	size_t i;

	co = &crypto_openssl;
	cx = server();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1,
		    crypto_ctx_challenge(cx, bad[i], digest, err, sizeof(err)),
		    "%s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[254] = '\0';
	ATF_CHECK_EQ(-1,
	    crypto_ctx_challenge(cx, longest, digest, err, sizeof(err)));
	longest[253] = '\0';
	ATF_CHECK_EQ_MSG(0,
	    crypto_ctx_challenge(cx, longest, digest, err, sizeof(err)), "%s",
	    err);
	server_free(cx);
}

/* A stream that was there keeps its certificate and goes on. */
ATF_TC_WITHOUT_HEAD(renew);
ATF_TC_BODY(renew, tc)
{
	char *second, *foreign_key, *foreign;
	struct crypto_ctx *cx;
	struct crypto *c;
	int fds[2];

	co = &crypto_record;
	cx = server();
	ordinary(cx, HTTP, NULL, "first.example.com");
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ATF_REQUIRE((c = co->co_new(cx, fds[0], NULL)) != NULL);
	second = another_cert("second.example.com");
	ATF_CHECK_EQ_MSG(0,
	    crypto_ctx_renew(cx, second, strlen(second), err, sizeof(err)),
	    "%s", err);
	ordinary(cx, HTTP, NULL, "second.example.com");
	ATF_CHECK_EQ(CRYPTO_WANT_READ, co->co_handshake(c));
	co->co_free(c);
	close(fds[0]);
	close(fds[1]);

	ATF_CHECK_EQ(-1, crypto_ctx_renew(cx, "", 0, err, sizeof(err)));
	ATF_CHECK_EQ(-1,
	    crypto_ctx_renew(cx, second, strlen(second) / 2, err, sizeof(err)));
	ATF_REQUIRE_EQ(0,
	    crypto_selfsigned("evil.example.com", &foreign_key, &foreign, err,
		sizeof(err)));
	ATF_CHECK_EQ(-1,
	    crypto_ctx_renew(cx, foreign, strlen(foreign), err, sizeof(err)));
	ATF_CHECK_STREQ("the certificate is of another key", err);
	ordinary(cx, HTTP, NULL, "second.example.com");
	free(foreign_key);
	free(foreign);
	free(second);
	server_free(cx);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, challenge);
	ATF_TP_ADD_TC(tp, bad_names);
	ATF_TP_ADD_TC(tp, renew);
	return (atf_no_error());
}
