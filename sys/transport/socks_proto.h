/* SPDX-License-Identifier: ISC */
/*
 * socks_proto: what a client of a SOCKS proxy says and hears: SOCKS 4 and 4a
 * (the memos of Ying-Da Lee), SOCKS 5 (RFC 1928) with user and password
 * (RFC 1929).  Pure; what the proxy says is hostile.  Used by vnicd's session
 * process.
 *
 * After socks_init(), and whenever socks_input() says SOCKS_SEND, sk_out is
 * to be sent.  No more than socks_want() bytes may be read at once: so not
 * one byte beyond the last reply is taken, which is the next hop's.
 */
#ifndef TRANSPORT_SOCKS_PROTO_H
#define TRANSPORT_SOCKS_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOCKS_TEXT_MAX = 255,	/* bytes of a host, a user, a password */
	SOCKS_OUT_MAX = 3 + 2 * SOCKS_TEXT_MAX + 10,
	SOCKS_IN_MAX = 1 + SOCKS_TEXT_MAX + 2
};

enum socks_version {
	SOCKS_4,		/* IPv4 addresses only */
	SOCKS_4A,		/* names too */
	SOCKS_5			/* IPv6 and passwords too */
};

enum socks_result {
	SOCKS_MORE,		/* read on */
	SOCKS_SEND,		/* sk_out, then read on */
	SOCKS_DONE,		/* from the next byte on it is the host */
	SOCKS_FAILED		/* sk_error says why */
};

enum socks_state {
	SOCKS_METHOD,		/* the version 5 proxy chooses one */
	SOCKS_AUTH,		/* it looks at user and password */
	SOCKS_REPLY,		/* to CONNECT, up to what tells its length */
	SOCKS_BOUND,		/* the address that it connects from: skipped */
	SOCKS_OVER
};

struct socks {
	enum socks_version sk_version;
	enum socks_state sk_state;
	char sk_host[SOCKS_TEXT_MAX + 1];
	uint16_t sk_port;
	char sk_user[SOCKS_TEXT_MAX + 1];	/* "" none */
	char sk_password[SOCKS_TEXT_MAX + 1];
	uint8_t sk_out[SOCKS_OUT_MAX];
	size_t sk_out_len;
	uint8_t sk_in[SOCKS_IN_MAX];
	size_t sk_in_len;
	size_t sk_in_need;
	char sk_error[160];
	bool sk_denied;			/* it is user and password */
};

/*
 * The host is an address as text or a name, which the proxy resolves; user
 * and password may be NULL.  0 with the first sk_out; -1 with sk_error when
 * this version cannot say it.
 */
int socks_init(struct socks *sk, enum socks_version version, const char *host,
    uint16_t port, const char *user, const char *password);
/* How many bytes may be read now; 0 after the end. */
size_t socks_want(const struct socks *sk);
/* Take len bytes, at most socks_want(). */
enum socks_result socks_input(struct socks *sk, const void *data, size_t len);
/* Forget the password. */
void socks_wipe(struct socks *sk);

#endif
