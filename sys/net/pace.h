/* SPDX-License-Identifier: ISC */
/*
 * pace: a rate kept by waiting, not by dropping.  What may pass does so
 * whole and is paid for afterwards, so that a super-frame need not be cut:
 * the next one waits for as much longer.  Pure; times are in microseconds.
 */
#ifndef NET_PACE_H
#define NET_PACE_H

#include <stdint.h>

enum {
	PACE_BURST = 5000,	/* us of the rate that may be saved up, */
	PACE_LEAST = 3028	/* but two full frames */
};

struct pace {
	uint64_t pa_rate;	/* bytes a second; 0: no limit */
	int64_t pa_credit;	/* millionths of a byte; below 0: owed */
	uint64_t pa_last;
};

/* From now on; what is owed stays owed. */
void pace_set(struct pace *pa, uint64_t rate, uint64_t now);
/* How long until something may pass; 0: now. */
uint64_t pace_wait(struct pace *pa, uint64_t now);
/* That many bytes have passed. */
void pace_take(struct pace *pa, uint64_t bytes);

#endif
