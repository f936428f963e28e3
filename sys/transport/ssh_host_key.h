/* SPDX-License-Identifier: ISC */
/*
 * ssh_host_key: which keys an SSH server may show, as settings have them: a
 * fingerprint as ssh-keygen(1) -l prints it, or a line of known_hosts or a
 * public key file.  Pure but for the hash.
 *
 *	SHA256:x1y2...
 *	ssh-ed25519 AAAA...
 *	gate.example.com ssh-ed25519 AAAA...
 */
#ifndef TRANSPORT_SSH_HOST_KEY_H
#define TRANSPORT_SSH_HOST_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SSH_HASH_LEN = 32,
	SSH_FINGERPRINT_STRLEN = 64, /* "SHA256:" and base64, with NUL */
	SSH_TYPE_STRLEN = 40 /* "ecdsa-sha2-nistp256" */
};

struct ssh_host_key {
	char hk_type[SSH_TYPE_STRLEN]; /* "" for a fingerprint */
	uint8_t hk_hash[SSH_HASH_LEN]; /* SHA-256 of the key */
};

/* 0; -1 if the text is neither. */
int ssh_host_key_parse(const char *text, struct ssh_host_key *hk);
/* The key in the form of RFC 4253, 6.6, is this one. */
bool ssh_host_key_is(const struct ssh_host_key *hk, const void *key,
    size_t len);
/* "ssh-ed25519 SHA256:...", or "" if it is no key. */
void ssh_host_key_name(const void *key, size_t len, char *buf, size_t size);

#endif
