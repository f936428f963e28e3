/* SPDX-License-Identifier: ISC */
/*
 * base64: RFC 4648, strict: no white space, no stray bits, and padding only
 * (and always) in the standard alphabet.  Pure.
 */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum base64 {
	BASE64,		/* section 4: + and /, padded */
	BASE64_URL	/* section 5: - and _, without padding */
};

/* Text with NUL into out; its length, or -1 when `size` does not suffice. */
ssize_t base64_encode(enum base64 kind, const void *data, size_t len, char *out,
    size_t size);
/* Bytes put into out, or -1 for a malformed text or too little room. */
ssize_t base64_decode(enum base64 kind, const char *text, size_t len, void *out,
    size_t size);

#endif
