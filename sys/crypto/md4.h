/* SPDX-License-Identifier: ISC */
/*
 * md4: RFC 1320, for NTLM and MS-CHAP, which hash passwords with it; broken for
 * anything else, and OpenSSL 3 has it no more without its legacy provider.
 * Pure.
 */
#ifndef CRYPTO_MD4_H
#define CRYPTO_MD4_H

#include <stddef.h>
#include <stdint.h>

enum { MD4_LEN = 16 };

void md4(const void *data, size_t len, uint8_t out[MD4_LEN]);

#endif
