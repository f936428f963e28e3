/* SPDX-License-Identifier: ISC */
/*
 * clock: the only place that reads clocks.  Pure modules get time as an
 * argument, in milliseconds of the monotonic clock unless they say otherwise.
 */
#ifndef KERN_CLOCK_H
#define KERN_CLOCK_H

#include <stdint.h>

/* Milliseconds since an arbitrary start; never goes back. */
uint64_t clock_ms(void);
/* The same in microseconds, for round trips. */
uint64_t clock_us(void);
/* Seconds since 1970-01-01 UTC by the system's clock. */
uint64_t clock_unix(void);

#endif
