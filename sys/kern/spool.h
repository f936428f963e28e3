/* SPDX-License-Identifier: ISC */
/*
 * spool: records from threads that must not wait to one that may be slow.
 * Writers append to a buffer of fixed size; the reader takes it whole and
 * leaves the writers its own, emptied.  What finds no room is dropped and
 * counted.  The lock is held for a copy or a swap, never longer.
 */
#ifndef KERN_SPOOL_H
#define KERN_SPOOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool {
	pthread_mutex_t sp_mutex;
	uint8_t *sp_in;			/* where writers append */
	size_t sp_len;
	size_t sp_size;			/* of either buffer */
	bool sp_woken;
	uint64_t sp_dropped;
	uint8_t *sp_out;		/* the reader's */
};

/* 0, or -1 without memory. */
int spool_init(struct spool *sp, size_t size);
void spool_fini(struct spool *sp);
/*
 * Append a record of two parts, padded to 8 bytes, so that a struct in front
 * can be read where it lies.  Any thread.  Whether the reader has to be woken:
 * it has not been since it took last.
 */
bool spool_put(struct spool *sp, const void *head, size_t hlen,
    const void *data, size_t dlen);
/* Bytes that a record of len takes. */
size_t spool_padded(size_t len);
/*
 * The reader: what there is, *len bytes, its until it takes again; *dropped:
 * records dropped so far.
 */
const uint8_t *spool_take(struct spool *sp, size_t *len, uint64_t *dropped);

#endif
