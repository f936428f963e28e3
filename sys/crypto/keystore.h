/* SPDX-License-Identifier: ISC */
/*
 * keystore: the files of a daemon's state directory: its key and self-signed
 * certificate, DIR/NAME.key and DIR/NAME.crt, and other secrets.  A file is
 * written beside and renamed.  Run by privileged parents.
 */
#ifndef CRYPTO_KEYSTORE_H
#define CRYPTO_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* mkdir -p, the last one of mode 0700; what exists is left as it is. */
int keystore_make_dirs(const char *dir);
/* 0, or -1 with the fault logged. */
int keystore_write(const char *dir, const char *name, const void *data,
    size_t len, mode_t mode);
/* Bytes read, at most size; -1 with errno. */
ssize_t keystore_read(const char *path, void *buf, size_t size);
/*
 * Make key and certificate for the machine's host name unless both are there;
 * in a short-lived child, so that the caller never holds the key.  0, or -1
 * with the fault logged.
 */
int keystore_selfsigned(const char *dir, const char *name);
/* A certificate as malloc'ed text; NULL with the fault logged. */
char *keystore_cert(const char *path);
/*
 * Whether TLS takes all of a chain (PEM, leaf first), as a server that starts
 * will; if not, with a sentence in err.
 */
bool keystore_usable(const char *cert, char *err, size_t size);
/*
 * The one to show: DIR/NAME.acme.crt, which acmed(8) has got, if it is there,
 * of the same key and usable; else DIR/NAME.crt.
 */
char *keystore_best_cert(const char *dir, const char *name);
/* Whether two certificates, as text, have one key. */
bool keystore_same_key(const char *a, const char *b);
/* Log the pin of such a text; fatal() if there is none in it. */
void keystore_log_pin(const char *cert);

#endif
