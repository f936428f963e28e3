/* SPDX-License-Identifier: ISC */
/* For programs that measure or keep time between network namespaces. */
#ifndef EXACT_H
#define EXACT_H

#include <stdint.h>

/* CLOCK_MONOTONIC in ns */
uint64_t exact_now(void);

/*
 * Runs the process before everything else, so that a busy machine does not
 * add to the times; warns if it may not.
 */
void exact_priority(void);

/*
 * Enters a namespace by its name in "ip netns"; none if it is empty. Ends the
 * program if it cannot.
 */
void exact_enter(const char *netns);

#endif
