/* SPDX-License-Identifier: ISC */
/*
 * keyproc: the process that alone holds a private key, and how others ask
 * it for a signature.  Run by hubd's and webconfd's key process; the process
 * that does TLS calls keyproc_sign().
 */
#ifndef CRYPTO_KEYPROC_H
#define CRYPTO_KEYPROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	KEYPROC_TIMEOUT = 5000,	/* ms to wait for a signature */
	KEYPROC_USER = 33
};

/* Messages from the parent, in this order; all but the last may repeat. */
enum keyproc_msg {
	KEYPROC_FILE = 1,	/* the open PEM file */
	KEYPROC_CHANNEL,	/* one end of a pair, for one asking thread */
	KEYPROC_START,		/* struct keyproc_start: confine yourself */
	KEYPROC_SIGN		/* on a channel: a digest; and back, signed */
};

/* The key process knows no other setting. */
struct keyproc_start {
	char ks_user[KEYPROC_USER];
	char ks_chroot[1024];
};

/* The process; it ends with its parent. */
void keyproc_main(void) __attribute__((noreturn));
/*
 * Ask over fd, the other end of the channel, and wait.  *id numbers the
 * questions of this channel.  As crypto_sign.
 */
ssize_t keyproc_sign(int fd, uint32_t *id, const uint8_t *digest, size_t len,
    uint8_t *sig, size_t size);

#endif
