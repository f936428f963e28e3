/* SPDX-License-Identifier: ISC */
/*
 * invite: all that an office needs to join a hub, as one line of text that a
 * person can paste:
 *
 *	"longwire1." base64url(BYTES)
 *	BYTES = 4 bytes, the begin of SHA-256 of the rest; then pairs (pairs.h)
 *		server, hub, user, password, pin
 *
 * The digest finds what was cut or mistyped; it protects against nothing else,
 * and the text is as secret as the password in it.  Keys that this version
 * does not know are passed over.  Pure; input is hostile.
 */
#ifndef WEBCONFD_INVITE_H
#define WEBCONFD_INVITE_H

#include <stdbool.h>
#include <stddef.h>

#include "pairs.h"

#define INVITE_BEGIN "longwire1."
enum { INVITE_SIZE = 1000 };

/* The keys, ended by NULL. */
extern const char *const invite_keys[];

/* Of the keys in `in`; false if one is missing or it gets too long. */
bool invite_format(const struct pairs *in, char out[INVITE_SIZE]);
/*
 * The keys into out, from which all else is gone; white space in the text is
 * passed over.  False if it is no invitation.
 */
bool invite_parse(const char *text, struct pairs *out);

#endif
