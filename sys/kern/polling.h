/* SPDX-License-Identifier: ISC */
/*
 * polling: when it pays not to sleep until the next frame.  To be woken takes
 * longer than all that is done for one frame; while frames come and go at
 * short intervals, as in a conversation of questions and answers, waiting
 * awake makes each round trip shorter.  There are two ways to do that:
 *
 * POLLING_IDLE: the loop sleeps, but the processors, when nobody
 * has work for them, do not (kern/awake.h).  Between two sites and a hub on
 * two processors, in turns with POLLING_NO: pings every 2 ms came back in 0.49
 * of the time (four rounds; 0.26 of SoftEther's), under bulk load in 0.93;
 * TCP 1.07 at 0.95 of the CPU a byte (five rounds each).  Ten pings a second
 * are none of it by these rules; to keep processors awake for a millisecond
 * after any frame, too, made no difference to them (1.01, five rounds), and
 * all the while 0.84 (three): what is slow there is what sleep has cooled.
 *
 * POLLING_YES: the loop looks again and again, with a yield between.
 *
 * POLLING_AUTO, the default: POLLING_IDLE where that has an effect, as the
 * kernel has a cpuidle driver, else POLLING_YES.
 *
 * The rules, all in microseconds of the monotonic clock; those with a star are
 * of POLLING_YES alone:
 * - Only after a POLLING_WINDOW in which at least POLLING_ROUNDS rounds of the
 *   loop had frames.  A pause makes that less: what counts is the rate.
 * * Only with frames of no more than POLLING_BYTES in it, each counted as
 *   POLLING_FRAME bytes more than it has.  More than that is bulk, where sleep
 *   gathers more frames for a round and others need the processor.
 * - For at most POLLING_PATIENCE after the last frame.  What passes in vain is
 *   paid from a credit that grows by one in POLLING_PRICE, up to
 *   POLLING_CREDIT; a wait that ends with a frame is free.  Without credit for
 *   a whole wait there is none.
 * * A yield that takes POLLING_BUSY gave way to somebody with work to do.
 *   Who yields then comes last, where who is woken comes first, so that each
 *   frame would come later: none for POLLING_REST, and when that happens
 *   again soon after, for twice as long as before, up to POLLING_REST_MAX.
 *   Time given to others, in yields of POLLING_GIVEN or more, costs nothing.
 * * Not with a single processor to run on.
 *
 * POLLING_YES, measured like that: where processors were free for it pings
 * every 2 ms came back in 0.35 and 0.43 of the time (two pairs, before there
 * was a rest), for 1.5 processors all the while; with real-time priority, so
 * that nobody else disturbed, in 0.30 (five rounds; 0.19 of SoftEther's).
 * Where other programs wanted them all, in 1.3 of the time and more without
 * the rest; with it the median of 15 pairs was 1.03 (0.44 to 1.88, and two
 * runs without it differ by a third), as it then hardly polls.  To sleep for 5
 * or 20 us instead of a yield took as long as not to poll at all.  TCP (1.1,
 * 0.89 to 1.23, of 8 pairs), idleness and ten pings a second showed no
 * difference that stands out of the noise.  A line of 50 Mbit/s in full frames
 * is a conversation, too, by these rules.
 *
 * On a virtual machine without a cpuidle driver pings every 2 ms took 0.70 of
 * SoftEther's time with POLLING_IDLE, and 0.32 and 0.35 with POLLING_YES (make
 * bench, 4, 3 and 3 rounds); with it TCP was 4.3 times as fast as SoftEther
 * and the processor time a GiB 0.20 of its, so nothing was lost by it.
 *
 * Pure but for polling_loop().  A struct polling belongs to one thread.
 */
#ifndef KERN_POLLING_H
#define KERN_POLLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct event_base;

enum polling_how { POLLING_NO, POLLING_IDLE, POLLING_YES, POLLING_AUTO };

enum {
	POLLING_WINDOW = 20000,
	POLLING_ROUNDS = 8,
	POLLING_BYTES = 256 << 10,
	POLLING_FRAME = 1500,
	POLLING_PATIENCE = 5000,
	POLLING_PRICE = 256,
	POLLING_CREDIT = 4 * POLLING_PATIENCE,
	POLLING_BUSY = 500,
	POLLING_GIVEN = 20,
	POLLING_REST = 1000000,
	POLLING_REST_MAX = 32000000,
	POLLING_LOOK = 1000000	/* between looks at the processors allowed */
};

struct polling {
	size_t po_new;		/* bytes of this round */
	uint64_t po_began;	/* when the window did */
	unsigned int po_rounds;	/* with frames, of the window */
	size_t po_bytes;
	bool po_worth;		/* by the last whole window */
	bool po_waiting;	/* no sleep since po_last */
	uint64_t po_last;	/* when there were frames */
	uint64_t po_given;	/* since then, to others */
	uint64_t po_credit;
	uint64_t po_paid;	/* when credit was last added */
	uint64_t po_rest;	/* until then */
	uint64_t po_rested;	/* how long the last one was */
	uint64_t po_look;	/* when to look at processors */
	int po_cpus;
	bool po_idle;		/* the idle loop does it */
	bool po_held;		/* and has been asked to */
	struct event *po_timer;	/* looks whether it still should */
};

/* No credit yet; `cpus` as for polling_cpus(). */
void polling_init(struct polling *po, uint64_t now, int cpus);
/* The thread may run on so many processors. */
void polling_cpus(struct polling *po, int cpus);
/* A round of the loop is over: whether the next one is not to sleep. */
bool polling_next(struct polling *po, uint64_t now);
/* A yield between two such rounds has taken so long. */
void polling_yielded(struct polling *po, uint64_t from, uint64_t to);

/* A frame of the current round, from wherever it came. */
static inline void
polling_frame(struct polling *po, size_t len)
{
	po->po_new += len + POLLING_FRAME;
}

/* What the setting "poll" says. */
enum polling_how polling_how(const char *setting);
/*
 * One round of events of `base`, which for a struct polling stays the same.
 * When polling_next() says so, POLLING_YES makes it one without sleep, but
 * after a yield, and POLLING_IDLE has the processors kept awake.  -1 when the
 * loop fails.
 */
int polling_loop(struct polling *po, struct event_base *base,
    enum polling_how how);

#endif
