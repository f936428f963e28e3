/* SPDX-License-Identifier: ISC */
/*
 * auth: who is it.  One of the five modules of the tunnel: a method is an ops
 * table in a file or folder of its own and one line in methods.def; a hub
 * names the methods it asks, in order, with "auth" in hubd.conf(5).  Runs in
 * hubd's auth process: methods that compute on its worker threads, where
 * blocking is allowed, methods that ask others on its event loop.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/grant.h"

struct conf;
struct event_base;
struct sockaddr;

enum auth_result {
	AUTH_OK,
	AUTH_DENY,	/* known to this method, and refused: ask no further */
	AUTH_UNKNOWN,	/* not this method's user: ask the next */
	AUTH_UNREACHABLE, /* cannot tell now: ask the next */
	AUTH_LATER	/* of ao_ask: will be told */
};

/* A log-in; what it points to lives until the result is there. */
struct auth_request {
	const struct conf *ar_conf;	/* all settings, checked */
	const struct conf *ar_hub;	/* the hub's block; NULL: unknown hub */
	const char *ar_user;
	const char *ar_password;
	const struct sockaddr *ar_from;	/* without port */
	const uint8_t *ar_chain;	/* crypto_peer_chain(), or NULL */
	size_t ar_nchain;
	const char *ar_ca, *ar_crl;	/* PEM of the hub's files, or NULL */
};

/* Called once, from the loop, never within ao_ask. */
typedef void (*auth_done)(enum auth_result res, const struct auth_grant *ag,
    void *arg);

/* One of the two functions; *ag is empty and filled with AUTH_OK only. */
struct auth_ops {
	const char *ao_name;
	/* Takes the same time whether or not the user exists. */
	enum auth_result (*ao_check)(const struct auth_request *ar,
	    struct auth_grant *ag);
	/* AUTH_LATER, or a result at once. */
	enum auth_result (*ao_ask)(struct event_base *base,
	    const struct auth_request *ar, struct auth_grant *ag,
	    auth_done done, void *arg);
};

const struct auth_ops *auth_find(const char *name);
/*
 * The n'th method to ask, from 0, or NULL behind the last.  hub NULL (unknown
 * hub): one that does the work for a wrong password.
 */
const struct auth_ops *auth_method(const struct conf *hub, unsigned int n);
/* Whether the hub asks that method. */
bool auth_uses(const struct conf *hub, const char *method);
/* The result of all methods when one more has answered (AUTH_UNKNOWN first). */
enum auth_result auth_sum(enum auth_result before, enum auth_result res);

/*
 * password.c: scrypt (RFC 7914) strings "$scrypt$ln=15,r=8,p=1$SALT$HASH",
 * base64 without padding.  make: 0 or -1; out has PASSWORD_STRLEN bytes.
 * verify: 1 match, 0 no match, -1 not a string that we understand or costs
 * over the limits (ln 10-20, r 1-16, p 1-4, 128 MiB).  string_ok: whether it
 * is one that verify takes.
 */
enum { PASSWORD_STRLEN = 160 };
int password_make(const char *password, char *out);
int password_verify(const char *string, const char *password);
bool password_string_ok(const char *string);

#endif
