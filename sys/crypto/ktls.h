/* SPDX-License-Identifier: ISC */
/*
 * ktls: TLS 1.3 records sealed and opened by the kernel.  One header; the
 * operating system's way is in ktls_linux.c.  Handshake, alerts and keys stay
 * with the caller.
 */
#ifndef CRYPTO_KTLS_H
#define CRYPTO_KTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "crypto/record.h"

/*
 * Whether there is such a kernel; asked by root it loads what it needs.  0, or
 * -1 with errno.
 */
int ktls_probe(void);
/* Make ktls_key() possible on a connected TCP socket.  0, or -1 with errno. */
int ktls_attach(int fd);
/*
 * From now on the kernel seals what is sent, or opens what is received, going
 * on where rc is.  Again, after a KeyUpdate, the new keys; many kernels refuse
 * that.  0, or -1 with errno; the socket is then as before.
 */
int ktls_key(int fd, bool send, const struct record *rc);

/*
 * Send a record that is no data; data is sent as on any socket.  0, or -1 with
 * errno.
 */
int ktls_send(int fd, enum record_type type, const void *p, size_t len);
/*
 * Receive plaintext of one type: of as many records of data as there are, or
 * of one other.  Bytes, 0 at the end of the stream, or -1 with errno.
 */
ssize_t ktls_receive(int fd, void *buf, size_t size, uint8_t *type);

#endif
