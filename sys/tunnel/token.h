/* SPDX-License-Identifier: ISC */
/*
 * token: a session token names a session and lets its holder resume it or
 * join further connections without logging in again, until it expires or the
 * user's credentials change.  Base64url of
 *	1 version, 8 expiry (Unix seconds), 16 session id, 16 credential tag,
 *	1+n hub name, 1+n user name, 1+n what its maker wants to have back,
 *	32 HMAC-SHA256 of all before
 * The HMAC key survives a restart of hubd.  Pure but for libcrypto.
 */
#ifndef TUNNEL_TOKEN_H
#define TUNNEL_TOKEN_H

#include <stdint.h>

enum {
	TOKEN_KEY_LEN = 32,
	TOKEN_ID_LEN = 16,
	TOKEN_TAG_LEN = 16,
	TOKEN_EXTRA_MAX = 160,
	TOKEN_STRLEN = 448
};

struct token {
	uint64_t tk_expiry;		/* Unix seconds */
	uint8_t tk_id[TOKEN_ID_LEN];	/* session id, random */
	uint8_t tk_tag[TOKEN_TAG_LEN];	/* of the user's credentials */
	char tk_hub[33];
	char tk_user[33];
	uint8_t tk_nextra;
	uint8_t tk_extra[TOKEN_EXTRA_MAX];
};

/* Text into out (TOKEN_STRLEN bytes).  0 or -1 (something is too long). */
int token_format(const uint8_t *key, const struct token *tk, char *out);
/* 0 when genuine and not expired at `now`, else -1.  Constant time. */
int token_check(const uint8_t *key, const char *text, uint64_t now,
    struct token *tk);
/* The tag of a credential text (a password's scrypt string). */
void token_tag(const uint8_t *key, const char *credential,
    uint8_t tag[TOKEN_TAG_LEN]);

#endif
