/* SPDX-License-Identifier: ISC */
/*
 * tls_record: what a stream with a record layer of its own, or with the
 * kernel's, has once OpenSSL has done the handshake and is gone.
 */
#ifndef CRYPTO_TLS_RECORD_H
#define CRYPTO_TLS_RECORD_H

#include "crypto/record.h"
#include "crypto/tls_openssl.h"

struct tls_own {
	struct record to_in, to_out;
	uint8_t *to_rest;		/* plaintext that found no room */
	size_t to_restoff, to_nrest;
	bool to_has_pin;
	uint8_t to_pin[CRYPTO_PIN_LEN];
	unsigned int to_quiet;		/* records in a row without data */
	uint64_t to_written;		/* under this key, of TLS_KEY_BYTES */
	bool to_answer;			/* a KeyUpdate is due */
	/* A handshake message that comes in pieces. */
	uint8_t to_head[4];
	size_t to_nhead;
	uint32_t to_left;		/* of its body */
	/* tls_kernel.c */
	bool to_attached;		/* the kernel may take over */
	bool to_seals, to_opens;	/* and did: what is sent, received */
};

/* tls_record.c */
struct crypto_ctx *tls_own_server_ctx(const char *, size_t, crypto_sign, void *,
    char *, size_t);
struct crypto_ctx *tls_own_client_ctx(const uint8_t (*)[CRYPTO_PIN_LEN],
    unsigned int, const char *, const char *, char *, size_t);
void tls_own_free(struct crypto *);
bool tls_own_pending(struct crypto *);
bool tls_own_peer_pin(const struct crypto *, uint8_t pin[CRYPTO_PIN_LEN]);
/* A record that is no data has come in.  CRYPTO_OK: go on. */
enum crypto_result tls_own_other(struct crypto *, uint8_t type, const uint8_t *,
    size_t);
/* New keys for what is sent, if it is time.  0, or -1. */
int tls_own_rekey(struct crypto *);
/* CRYPTO_ERROR, as the last call could not write. */
enum crypto_result tls_own_broken(struct crypto *);
/*
 * The end of a read that got n bytes: keys that are due change, and what ends
 * the stream waits until those bytes are taken.
 */
enum crypto_result tls_own_end(struct crypto *, enum crypto_result, size_t n);

/* tls_kernel.c */
/* Send a record that is no data by the kernel.  0, or -1. */
int tls_kernel_put(struct crypto *, enum record_type, const uint8_t *, size_t);
/* Hand the kernel changed keys of one way, if it has it.  0, or -1. */
int tls_kernel_rekey(struct crypto *, bool send);

/* tls_message.c: alerts and messages after the handshake.  0, or an alert. */
int tls_own_message(struct crypto *, const uint8_t *, size_t);
/* CRYPTO_OK: go on. */
enum crypto_result tls_own_alert(struct crypto *, const uint8_t *, size_t);

#endif
