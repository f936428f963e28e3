/* SPDX-License-Identifier: ISC */
/*
 * tls_openssl: what the files of the OpenSSL implementation share.  Nobody
 * else includes this.
 */
#ifndef CRYPTO_TLS_OPENSSL_H
#define CRYPTO_TLS_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>

#include "crypto/crypto.h"
#include "crypto/tls_io.h"

enum {
	TLS_ERROR_LEN = 256,
	TLS_SECRET_MAX = 48,
	TLS_NAME_MAX = 254,	/* a DNS name */
	TLS_KEY_RECORD = 64	/* what a record counts beside its bytes */
};

/*
 * Bytes for a key.  AES-GCM's is good for 2^24.5 full records (RFC 8446, 5.5),
 * a limit on its blocks; OpenSSL counts none.  We change ours long before, but
 * not more often than need be: see tls_kernel.c.
 */
#define TLS_KEY_BYTES (UINT64_C(1) << 37)

struct tls_own;

struct crypto_ctx {
	SSL_CTX *cx_ssl;
	bool cx_server;
	pthread_mutex_t cx_mutex;	/* server: cx_ssl, cx_acme */
	SSL_CTX *cx_acme;		/* tls_acme.c: NULL, no challenge */
	char cx_acme_name[TLS_NAME_MAX];
	crypto_sign cx_sign;		/* server */
	void *cx_sign_arg;
	unsigned int cx_npins;		/* client */
	uint8_t cx_pins[CRYPTO_PINS][CRYPTO_PIN_LEN];
};

struct crypto {
	struct crypto_ctx *c_ctx;
	SSL *c_ssl;
	struct tls_io c_io;
	bool c_plain_http;
	bool c_started;			/* the first byte was looked at */
	bool c_acme;			/* a challenge's, see tls_acme.c */
	bool c_broken;			/* no good-bye can be said */
	uint64_t c_written;		/* under this key, of TLS_KEY_BYTES */
	enum crypto_result c_late;	/* an end that a read has found */
	/* tls_record.c: of the client and of the server, until taken over */
	uint8_t c_secret[2][TLS_SECRET_MAX];
	size_t c_nsecret[2];
	struct tls_own *c_own;		/* then c_ssl is gone */
	uint8_t *c_chain;		/* of a client that was asked */
	size_t c_nchain;
	char c_cipher[64];
	char c_error[TLS_ERROR_LEN];
};

/* tls_ctx.c */
struct crypto_ctx *tls_server_ctx(const char *, size_t, crypto_sign, void *,
    char *, size_t);
struct crypto_ctx *tls_client_ctx(const uint8_t (*)[CRYPTO_PIN_LEN],
    unsigned int, const char *, const char *, char *, size_t);
void tls_ctx_free(struct crypto_ctx *);
/* OpenSSL's last complaint as text; empties its queue. */
const char *tls_reason(void);

/* tls_verify.c: have cx's streams check the server. 0, or -1 with err. */
int tls_verify_setup(struct crypto_ctx *, const char *ca_pem, const char *name,
    char *err, size_t size);
bool tls_is_address(const char *name);

/* tls_rsign.c: a private key that is elsewhere.  0, or -1 with err. */
int tls_rsign_setup(struct crypto_ctx *, SSL_CTX *, X509 *, char *err,
    size_t size);

/* tls_peer.c: keep what the client has shown, if it did. */
void tls_keep_peer(struct crypto *);

/*
 * tls_acme.c: for SSL_CTX_set_client_hello_cb(), its argument the context:
 * who asks for a challenge gets that, and c_acme is set.
 */
int tls_acme_hello(SSL *, int *alert, void *arg);

/* cert.c: all but the signature and what a certificate is for */
bool tls_cert_base(X509 *, EVP_PKEY *, const char *cn, const char *san,
    int days);
bool tls_cert_ext(X509 *, const char *name, const char *value);

/* tls_bio.c: a BIO over c_io. */
BIO *tls_bio_new(struct crypto *);

/* tls_openssl.c, for tls_record.c too */
struct crypto *tls_new(struct crypto_ctx *, int fd, const char *sni);
bool tls_unsent(const struct crypto *);
enum crypto_result tls_flush(struct crypto *);
const char *tls_error(const struct crypto *);
const char *tls_cipher(const struct crypto *);
bool tls_plain_http(const struct crypto *);
/* Every call ends here: what it wrote is sent. */
enum crypto_result tls_end(struct crypto *, enum crypto_result);
/* CRYPTO_ERROR, for a reason. */
enum crypto_result tls_broken(struct crypto *, const char *);

#endif
