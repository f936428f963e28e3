/* SPDX-License-Identifier: ISC */
/* varint: QUIC variable-length integers (RFC 9000, 16).  Pure. */
#ifndef ENCAP_VARINT_H
#define ENCAP_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX ((UINT64_C(1) << 62) - 1)

/* Bytes that v takes in its shortest form: 1, 2, 4 or 8. */
size_t varint_size(uint64_t v);
/* Write v in its shortest form; bytes written, 0 when room lacks. */
size_t varint_put(uint8_t *p, size_t room, uint64_t v);
/* Read one; bytes used, 0 when more input is needed.  Any length is valid. */
size_t varint_get(const uint8_t *p, size_t len, uint64_t *v);

#endif
