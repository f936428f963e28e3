/* SPDX-License-Identifier: ISC */
/*
 * auth: who is it.  One of the five modules of the tunnel: a method is an ops
 * table in a file or folder of its own and one line in methods.def; a hub
 * names the methods it asks, in order, with "auth" in hubd.conf(5).  Runs on
 * the worker threads of hubd's auth process, where blocking is allowed.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stddef.h>

struct conf;

enum auth_result {
	AUTH_OK,
	AUTH_DENY,	/* known to this method, and refused: ask no further */
	AUTH_UNKNOWN	/* not this method's user: ask the next */
};

struct auth_ops {
	const char *ao_name;
	/*
	 * hub is the hub's checked settings block.  Takes the same time
	 * whether or not the user exists.
	 */
	enum auth_result (*ao_check)(const struct conf *hub, const char *user,
	    const char *password);
};

const struct auth_ops *auth_find(const char *name);
/*
 * Ask hub's methods in order.  hub NULL (unknown hub): the same work as for
 * a wrong password, then AUTH_DENY.
 */
enum auth_result auth_check(const struct conf *hub, const char *user,
    const char *password);

/*
 * password.c: scrypt (RFC 7914) strings "$scrypt$ln=15,r=8,p=1$SALT$HASH",
 * base64 without padding.  make: 0 or -1; out has PASSWORD_STRLEN bytes.
 * verify: 1 match, 0 no match, -1 not a string that we understand or costs
 * over the limits (ln 10-20, r 1-16, p 1-4, 128 MiB).
 */
enum { PASSWORD_STRLEN = 160 };
int password_make(const char *password, char *out);
int password_verify(const char *string, const char *password);

#endif
