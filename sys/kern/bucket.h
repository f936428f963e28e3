/* SPDX-License-Identifier: ISC */
/*
 * bucket: a token bucket (rate limit with burst).  Pure; time in
 * milliseconds is an argument.
 */
#ifndef KERN_BUCKET_H
#define KERN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint64_t bk_rate;	/* tokens a second; 0 means no limit */
	uint64_t bk_burst;	/* most tokens that can be saved up */
	uint64_t bk_milli;	/* tokens now, in thousandths */
	uint64_t bk_last;	/* when last filled, ms */
};

/* Starts full. */
void bucket_init(struct bucket *bk, uint64_t rate, uint64_t burst,
    uint64_t now);
/* Takes n tokens if they are there; false leaves the bucket as it was. */
bool bucket_take(struct bucket *bk, uint64_t n, uint64_t now);

#endif
