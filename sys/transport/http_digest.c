/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "transport/http_digest.h"

/* H() of texts with a colon between each; the last argument is NULL. */
static int
hash(const struct digest *dg, char out[DIGEST_STRLEN], ...)
{
	EVP_MD_CTX *cx = EVP_MD_CTX_new();
	uint8_t raw[EVP_MAX_MD_SIZE];
	unsigned int len = 0, i;
	const char *text, *before = "";
	va_list ap;
	bool ok;

	ok = cx != NULL &&
	    EVP_DigestInit_ex(cx, dg->dg_sha256 ? EVP_sha256() : EVP_md5(),
		NULL) == 1;
	va_start(ap, out);
	while (ok && (text = va_arg(ap, const char *)) != NULL) {
		ok = EVP_DigestUpdate(cx, before, strlen(before)) == 1 &&
		    EVP_DigestUpdate(cx, text, strlen(text)) == 1;
		before = ":";
	}
	va_end(ap);
	ok = ok && EVP_DigestFinal_ex(cx, raw, &len) == 1;
	EVP_MD_CTX_free(cx);
	for (i = 0; i < len && i < DIGEST_STRLEN / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
	return (ok ? 0 : -1);
}

int
digest_user(const struct digest *dg, char out[DIGEST_STRLEN])
{
	return (hash(dg, out, dg->dg_user, dg->dg_realm, NULL));
}

int
digest_response(const struct digest *dg, char out[DIGEST_STRLEN])
{
	char a1[DIGEST_STRLEN], a2[DIGEST_STRLEN], nc[9];
	int ret = -1;

	snprintf(nc, sizeof(nc), "%08x", dg->dg_nc);
	if (hash(dg, a1, dg->dg_user, dg->dg_realm, dg->dg_password, NULL) ==
		-1 ||
	    (dg->dg_sess &&
		hash(dg, a1, a1, dg->dg_nonce, dg->dg_cnonce, NULL) == -1) ||
	    hash(dg, a2, dg->dg_method, dg->dg_uri, NULL) == -1)
		goto done;
	ret = dg->dg_qop ? hash(dg, out, a1, dg->dg_nonce, nc, dg->dg_cnonce,
			       "auth", a2, NULL) :
			   hash(dg, out, a1, dg->dg_nonce, a2, NULL);
done:
	explicit_bzero(a1, sizeof(a1));
	return (ret);
}
