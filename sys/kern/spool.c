/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "kern/spool.h"

int
spool_init(struct spool *sp, size_t size)
{
	memset(sp, 0, sizeof(*sp));
	pthread_mutex_init(&sp->sp_mutex, NULL);
	sp->sp_size = size;
	sp->sp_in = malloc(size);
	sp->sp_out = malloc(size);
	if (sp->sp_in != NULL && sp->sp_out != NULL)
		return (0);
	spool_fini(sp);
	return (-1);
}

void
spool_fini(struct spool *sp)
{
	free(sp->sp_in);
	free(sp->sp_out);
	sp->sp_in = sp->sp_out = NULL;
	pthread_mutex_destroy(&sp->sp_mutex);
}

size_t
spool_padded(size_t len)
{
	return ((len + 7) & ~(size_t)7);
}

bool
spool_put(struct spool *sp, const void *head, size_t hlen, const void *data,
    size_t dlen)
{
	size_t need = spool_padded(hlen + dlen);
	bool wake = false;
	uint8_t *p;

	pthread_mutex_lock(&sp->sp_mutex);
	if (need < dlen || need > sp->sp_size - sp->sp_len)
		sp->sp_dropped++;
	else {
		p = sp->sp_in + sp->sp_len;
		memcpy(p, head, hlen);
		if (dlen > 0)
			memcpy(p + hlen, data, dlen);
		sp->sp_len += need;
		wake = !sp->sp_woken;
		sp->sp_woken = true;
	}
	pthread_mutex_unlock(&sp->sp_mutex);
	return (wake);
}

const uint8_t *
spool_take(struct spool *sp, size_t *len, uint64_t *dropped)
{
	uint8_t *taken;

	pthread_mutex_lock(&sp->sp_mutex);
	taken = sp->sp_in;
	sp->sp_in = sp->sp_out;
	sp->sp_out = taken;
	*len = sp->sp_len;
	*dropped = sp->sp_dropped;
	sp->sp_len = 0;
	sp->sp_woken = false;
	pthread_mutex_unlock(&sp->sp_mutex);
	return (taken);
}
