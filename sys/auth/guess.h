/* SPDX-License-Identifier: ISC */
/*
 * guess: delay and lock-out against guessing of passwords, by pair of user
 * and address and by address.  A failure delays the next answer for the same
 * pair; at `limit` failures the pair, and at ten times as many the address,
 * is refused for `lockout`.  An address (IPv6: its /64) that logged
 * in well is not locked out by another address's failures.  Memory is bounded
 * by GUESS_MAX entries; the least recently failed is forgotten first.  Pure:
 * time in ms is an argument.
 */
#ifndef AUTH_GUESS_H
#define AUTH_GUESS_H

#include <stdint.h>
#include <sys/socket.h>

enum { GUESS_MAX = 4096 };

struct guess;

struct guess_limits {
	uint32_t gl_delay;	/* ms for the first failure, doubled each */
	uint32_t gl_delay_max;	/* ms */
	uint32_t gl_limit;	/* failures of a pair until lock-out */
	uint64_t gl_lockout;	/* ms; failures are forgotten after it too */
};

struct guess *guess_new(const struct guess_limits *gl);
void guess_free(struct guess *g);
void guess_set_limits(struct guess *g, const struct guess_limits *gl);
/*
 * Before checking a password: 0 to go ahead, else ms until the pair may try
 * (a lock-out or a delay that still runs).
 */
uint64_t guess_wait(struct guess *g, const char *user,
    const struct sockaddr *from, uint64_t now);
/* After it: the delay in ms before the refusal is sent. */
uint64_t guess_failed(struct guess *g, const char *user,
    const struct sockaddr *from, uint64_t now);
/*
 * Whether the failure that guess_failed() counted last began a lock-out: of
 * the pair, or of the address.
 */
enum guess_lockout { GUESS_NONE, GUESS_PAIR, GUESS_ADDRESS };
enum guess_lockout guess_began(const struct guess *g);
void guess_passed(struct guess *g, const char *user,
    const struct sockaddr *from, uint64_t now);

#endif
