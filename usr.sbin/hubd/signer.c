/* SPDX-License-Identifier: ISC */
/*
 * signer: asks the key process for a signature and waits for it, which takes
 * well under a millisecond.
 */
#include <string.h>

#include "kern/ipc.h"
#include "kern/log.h"

#include "data.h"

ssize_t
signer_sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size,
    void *arg)
{
	struct worker *w = worker_self();
	uint32_t type, id;
	int n;

	(void)arg;
	w->w_sign_id++;
	if (ipc_write_fd(w->w_key, MSG_SIGN, w->w_sign_id, digest, len) == -1)
		return (-1);
	/* an answer that came too late for an earlier one is passed over */
	do
		n = ipc_read_fd(w->w_key, &type, &id, sig, size,
		    SIGN_TIMEOUT);
	while (n >= 0 && (type != MSG_SIGN || id != w->w_sign_id));
	if (n <= 0)
		log_warnx("no signature from the key process");
	return (n > 0 ? n : -1);
}
