/* SPDX-License-Identifier: ISC */
/*
 * tls_record: what a stream with a record layer of its own has once OpenSSL
 * has done the handshake and is gone.
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
	uint64_t to_written;		/* records under this key */
	bool to_answer;			/* a KeyUpdate is due */
	/* A handshake message that comes in pieces. */
	uint8_t to_head[4];
	size_t to_nhead;
	uint32_t to_left;		/* of its body */
};

/* tls_message.c: alerts and messages after the handshake.  0, or an alert. */
int tls_own_message(struct crypto *, const uint8_t *, size_t);
/* CRYPTO_OK: go on. */
enum crypto_result tls_own_alert(struct crypto *, const uint8_t *, size_t);

#endif
