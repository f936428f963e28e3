/* SPDX-License-Identifier: ISC */
/*
 * http_digest: the response of Digest access authentication (RFC 7616, 3.4;
 * without qop RFC 2069's).  Pure.
 */
#ifndef TRANSPORT_HTTP_DIGEST_H
#define TRANSPORT_HTTP_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

enum { DIGEST_STRLEN = 65 }; /* SHA-256 in hexadecimal, with NUL */

struct digest {
	bool dg_sha256; /* else MD5 */
	bool dg_sess; /* -sess */
	bool dg_qop; /* qop=auth */
	uint32_t dg_nc;
	const char *dg_user; /* as in the settings, UTF-8 */
	const char *dg_password;
	const char *dg_realm;
	const char *dg_nonce;
	const char *dg_cnonce;
	const char *dg_method;
	const char *dg_uri;
};

/* 0, or -1 when OpenSSL cannot. */
int digest_response(const struct digest *dg, char out[DIGEST_STRLEN]);
/* H(user:realm), for userhash. */
int digest_user(const struct digest *dg, char out[DIGEST_STRLEN]);

#endif
