/* SPDX-License-Identifier: ISC */
/*
 * crypto: the protected stream, TLS 1.3 (RFC 8446) over OpenSSL.  One of the
 * five modules of the tunnel: an implementation is an ops table and one line
 * in crypto.c.  Used by hubd's data process and vnicd's session process.
 *
 * A context is shared by threads and read-only once made, but for what one
 * thread at a time may do to a server's: crypto_ctx_renew() and _challenge(),
 * which concern the handshakes that begin later.  A stream belongs
 * to one thread at a time.  TLS state never leaves its process; in hubd the
 * private key is held by another one, reached through `sign`.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CRYPTO_PIN_LEN = 32,	/* SHA-256 of the SPKI (RFC 7469, 2.4) */
	CRYPTO_PIN_STRLEN = 64,	/* "sha256/" and base64, with NUL */
	CRYPTO_ACME_LEN = 32,
	CRYPTO_SIG_MAX = 1024,
	CRYPTO_PINS = 4,
	CRYPTO_CHAIN_MAX = 16384 /* octets kept of a client's chain */
};

/*
 * Sign a digest with the certificate's private key (ECDSA, DER form).
 * Called on the thread of the handshake; may block for a signature's time.
 * Bytes written to sig, -1 on failure.
 */
typedef ssize_t (*crypto_sign)(const uint8_t *digest, size_t len, uint8_t *sig,
    size_t size, void *arg);

struct crypto_ctx;
struct crypto;
struct iovec;

enum crypto_result {
	CRYPTO_OK,
	CRYPTO_WANT_READ,
	CRYPTO_WANT_WRITE,
	CRYPTO_EOF,		/* the peer closed in order */
	CRYPTO_ERROR		/* see co_error */
};

struct crypto_ops {
	const char *co_name;
	/*
	 * NULL, or whether this machine can: 0, or -1 with a sentence that
	 * says what is done instead.  Called as root it loads what it needs.
	 */
	int (*co_ready)(char *err, size_t size);
	/*
	 * cert: PEM chain, leaf first.  NULL with a sentence in err.
	 */
	struct crypto_ctx *(*co_server_ctx)(const char *cert, size_t len,
	    crypto_sign sign, void *arg, char *err, size_t size);
	/*
	 * The server must show a key that is one of `npins` pins, or, with
	 * npins == 0, a certificate that chains to ca_pem and names
	 * `name`.  One of the two must be given.
	 */
	struct crypto_ctx
	    *(*co_client_ctx)(const uint8_t (*pins)[CRYPTO_PIN_LEN],
		unsigned int npins, const char *ca_pem, const char *name,
		char *err, size_t size);
	void (*co_ctx_free)(struct crypto_ctx *cx);
	/* A stream over fd (non-blocking); fd stays the caller's. */
	struct crypto *(*co_new)(struct crypto_ctx *cx, int fd,
	    const char *sni);
	void (*co_free)(struct crypto *c);
	/* Until CRYPTO_OK.  A client's verification is part of it. */
	enum crypto_result (*co_handshake)(struct crypto *c);
	/*
	 * *n bytes on CRYPTO_OK, at least 1: as much as came with one look
	 * at the socket, so give it room for many records.
	 */
	enum crypto_result (*co_read)(struct crypto *c, uint8_t *buf,
	    size_t size, size_t *n);
	/*
	 * All of it is taken on CRYPTO_OK (*n == len) and as much as possible
	 * sent at once; the rest is kept inside, see co_unsent.  Nothing is
	 * taken while something is kept: CRYPTO_WANT_WRITE.
	 */
	enum crypto_result (*co_write)(struct crypto *c, const uint8_t *buf,
	    size_t len, size_t *n);
	/*
	 * The same for len bytes in parts, none empty; NULL: they have to be
	 * put together.
	 */
	enum crypto_result (*co_writev)(struct crypto *c,
	    const struct iovec *part, size_t len, size_t *n);
	/* Whether something is kept (a read may have made us answer, too). */
	bool (*co_unsent)(const struct crypto *c);
	/* Send what is kept: CRYPTO_OK when all is gone. */
	enum crypto_result (*co_flush)(struct crypto *c);
	/* Something to read waits inside, so that no event will tell. */
	bool (*co_pending)(struct crypto *c);
	/* Say good-bye if that does not block. */
	void (*co_shutdown)(struct crypto *c);
	/* The peer's pin after the handshake; false when it sent none. */
	bool (*co_peer_pin)(const struct crypto *c,
	    uint8_t pin[CRYPTO_PIN_LEN]);
	/* Why the last call failed, for an administrator. */
	const char *(*co_error)(const struct crypto *c);
	/*
	 * "TLSv1.3 TLS_AES_128_GCM_SHA256", and " record" behind it when the
	 * records are our own, " kernel" when they are the kernel's.
	 */
	const char *(*co_cipher)(const struct crypto *c);
	/*
	 * Whether the failed handshake was HTTP without TLS, which deserves
	 * a plain HTTP answer.  Its bytes are still unread on fd then.
	 */
	bool (*co_plain_http)(const struct crypto *c);
};

extern const struct crypto_ops crypto_openssl;
/* The same, but records are opened and sealed by code of our own. */
extern const struct crypto_ops crypto_record;
/* The same, but the kernel does it, where it can (ktls.h). */
extern const struct crypto_ops crypto_kernel;
/* The implementation of that name, or NULL. */
const struct crypto_ops *crypto_find(const char *name);

/*
 * tls_peer.c, for all implementations: certificates of clients.
 * Client: show this certificate (PEM, leaf first) with its key (PEM) to a
 * server that asks.  0, or -1 with a sentence in err.
 */
int crypto_ctx_identity(struct crypto_ctx *cx, const char *cert,
    const char *key, char *err, size_t size);
/* Client: for something else than HTTP: no ALPN, and TLS 1.2 will do. */
void crypto_ctx_other(struct crypto_ctx *cx);
/*
 * Server, before the handshake: ask for a certificate.  None, or any, will do;
 * the handshake proves that the client has its key, nothing else.
 */
void crypto_ask_peer(struct crypto *c);
/*
 * After it: the certificates that came, leaf first, each 2 octets of length
 * and DER; as many as CRYPTO_CHAIN_MAX has room for.  NULL: none.
 */
const uint8_t *crypto_peer_chain(const struct crypto *c, size_t *len);

/*
 * tls_ctx.c: server: another chain (PEM, leaf first) of the same key from now
 * on.  0, or -1 with a sentence in err, and the former stays.
 */
int crypto_ctx_renew(struct crypto_ctx *cx, const char *cert, size_t len,
    char *err, size_t size);
/*
 * tls_acme.c: answer the TLS-ALPN-01 challenge (RFC 8737) for a DNS name,
 * until the next call; digest: SHA-256 of the key authorization.  Who offers
 * acme-tls/1 alone and asks for that name gets a certificate made for it, of
 * a key of its own, and the handshake ends as CRYPTO_ERROR.  name NULL: there
 * is no challenge any more.  0, or -1 with a sentence in err.
 */
int crypto_ctx_challenge(struct crypto_ctx *cx, const char *name,
    const uint8_t digest[CRYPTO_ACME_LEN], char *err, size_t size);

/* pin.c: "sha256/BASE64" <-> 32 bytes.  parse: 0 or -1. */
void crypto_pin_format(const uint8_t pin[CRYPTO_PIN_LEN],
    char out[CRYPTO_PIN_STRLEN]);
int crypto_pin_parse(const char *text, uint8_t pin[CRYPTO_PIN_LEN]);
/* The pin of the first certificate of a PEM text; 0 or -1. */
int crypto_cert_pin(const char *pem, size_t len, uint8_t pin[CRYPTO_PIN_LEN]);

/*
 * cert.c: make an ECDSA P-256 key and a self-signed certificate for `name`
 * (subject CN and SAN), valid from a day before now for 30 years, both as
 * malloc'ed PEM.  0, or -1 with a sentence in err.
 */
int crypto_selfsigned(const char *name, char **key_pem, char **cert_pem,
    char *err, size_t size);
/*
 * keysign.c, for the key process: load a PEM private key (ECDSA), and sign
 * with it as crypto_sign does.  Opaque EVP_PKEY behind void.  The process
 * keeps it until it ends; tests, which look for leaks, free it.
 */
void *crypto_key_load(const char *pem, size_t len, char *err, size_t size);
void crypto_key_free(void *key);
ssize_t crypto_key_sign(void *key, const uint8_t *digest, size_t len,
    uint8_t *sig, size_t size);

#endif
