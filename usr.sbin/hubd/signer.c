/* SPDX-License-Identifier: ISC */
/*
 * signer: asks the key process for a signature and waits for it, which takes
 * well under a millisecond.
 */
#include "crypto/keyproc.h"

#include "data.h"

ssize_t
signer_sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size,
    void *arg)
{
	struct worker *w = worker_self();

	(void)arg;
	return (keyproc_sign(w->w_key, &w->w_sign_id, digest, len, sig, size));
}
