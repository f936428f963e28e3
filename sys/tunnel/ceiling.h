/* SPDX-License-Identifier: ISC */
/*
 * ceiling: how fast a connection may send at most, so that nothing of it
 * stands in the line's own queue.  BBR fills that queue again and again, by
 * probing and because it takes the best of many noisy rates for the line's;
 * what overflows there is sent twice, and every flow of everybody waits
 * behind it.  The waiting belongs into our own queue (net/aqm.h).
 *
 *	waiting		The round trip above the shortest one.  More than
 *			ceiling_target() of it for a window sets the ceiling.
 *	rate		What arrives in a window is what the line carries: its
 *			mean follows that.  The ceiling is up to CEILING_MORE
 *			above it (less on long paths, CEILING_EXCESS)
 *			while less than half the target waits, and
 *			below it by so much as drains what waits too long
 *			within some round trips.
 *	seeking		The first ceiling may be far too low: of what began to
 *			send, while the line's queue filled for the first time,
 *			less had arrived.  Until data has stood there once more
 *			the ceiling is CEILING_SEEK above the rate.
 *	emptying	For a moment every CEILING_EMPTY the queue runs empty,
 *			which shows whether the shortest round trip still is.
 *	fresh		BBR stops for 200 ms to measure that one if it has seen
 *			no shorter one for 10 s, and fills the line again with
 *			what its peers have lost meanwhile: 3 % of all that is
 *			sent.  Where next to nothing waits the round trip is
 *			that one, and it is told so: it begins anew
 *			(ceiling_anew).  It looks for the line's rate again,
 *			but no faster than the ceiling.
 *	jitter		makes the mean of the round trips longer than the
 *			shortest, and looks like a queue.  While more arrives
 *			from window to window a ceiling is set only if that is
 *			more than half a round trip; else what comes next holds.
 *	quiet		BBR takes the best rate of its last ten round trips,
 *			those left out in which there was less to send.  Where
 *			there was, for ten of them, and then a segment is lost,
 *			it takes what little was sent for the line's rate, and
 *			needs seconds to find that again by probing.  So where
 *			little was sent for CEILING_QUIET round trips it begins
 *			anew: that is in force before the ten are over, and does
 *			not slow down before three round trips have said so.
 *			(A host's BBR sends little for 200 ms of every 10 s,
 *			and would take our crawling for the line's rate.)
 *	crawling	Where that was of no use, as the quiet lasted: BBR has
 *			more to send, but sends next to nothing, while nothing
 *			waits and nothing is repaired.  It begins anew, too.
 *	forgetting	If less than half of it was sent for CEILING_FORGET the
 *			line may carry far more by now.  So there is none until
 *			data stands in the line's queue again.  But if BBR has
 *			forgotten as well, crawls or is stuck, it is there at
 *			once: BBR begins anew below it.
 *	others		If what waits does not get less although we send no
 *			more than arrives, it is not ours: there is no ceiling
 *			for CEILING_AWAY, and for twice as long each time.
 *	longer		A line that has become longer looks like that, and the
 *			kernel says so only when it forgets the shortest round
 *			trip of before (tcp_min_rtt_wlen, 5 minutes).  So what
 *			waited in vain counts as its length from then on, until
 *			less waits, or for three times as long as there was no
 *			ceiling.  Meanwhile BBR does not begin anew, as it would
 *			with what the kernel says; it does so when the kernel
 *			has forgotten, if it began with half of that.
 *	the peer	If the peer sends much itself, what waits may be its:
 *			the round trip has both queues.  Then the ceiling
 *			stays next to what the line carried when that began.
 *			So both ends drain their own, and neither gives up
 *			for the other's.  As neither sees alone that its line
 *			carries more, each tries that in one window of
 *			CEILING_TURNS.
 *
 * While little waits, a connection that has less to send than it may, and
 * little under way, says only what the line carries at least; after a pause
 * nothing at all.  With more under way it may well be what it has sent that
 * waits: of many flows inside each sends no more than its own window.
 * Pure; times are in microseconds, rates in bytes a second.
 */
#ifndef TUNNEL_CEILING_H
#define TUNNEL_CEILING_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CEILING_SAMPLE = 20000,		/* at most one sample each */
	CEILING_WINDOW = 100000,	/* or one and a half round trips */
	CEILING_MORE = 12,		/* percent, */
	CEILING_EXCESS = 6000,		/* but so much a round trip, */
	CEILING_MORE_LEAST = 2,		/* at least so many percent; */
	CEILING_SEEK = 25,		/* so many while it is not proved */
	CEILING_LESS = 25,
	CEILING_EMPTY = 4000000,
	CEILING_VAIN = 6,		/* windows, then it is not ours, */
	CEILING_PEERS = 3,		/* so many: it is the peer's, */
	CEILING_PEER = 4,		/* who sends a quarter of what we do, */
	CEILING_YIELD = 2,		/* percent less than the rate, */
	CEILING_TRY = 4,		/* and more, in one window of */
	CEILING_TURNS = 8,
	CEILING_AWAY = 10000000,
	CEILING_AWAY_MAX = 640000000,
	CEILING_EASY = 4,		/* windows, then it may be far more */
	CEILING_STUCK = 5,
	CEILING_QUIET = 4,		/* round trips, at least so long: */
	CEILING_QUIET_US = 60000,
	CEILING_CRAWL = 8,		/* of the ceiling, for so long, */
	CEILING_CRAWL_US = 60000,	/* or three round trips, */
	CEILING_CRAWL_AGAIN = 250000,	/* and BBR has had time */
	CEILING_FRESH = 7000000,	/* of BBR's 10 s */
	CEILING_FORGET = 5000000,
	CEILING_LONGER = 5000,		/* than twice what it was */
	CEILING_SMALL = 1000,		/* bytes of a segment, on average */
	CEILING_LITTLE = 32,		/* segments under way, if that is all */
	CEILING_LEAST = 65536		/* no ceiling is lower */
};

struct ceiling_sample {
	uint64_t cs_now;
	uint64_t cs_sent;	/* bytes since the beginning, */
	uint64_t cs_segments;	/* in so many segments, */
	uint64_t cs_delivered;	/* and segments that arrived */
	uint64_t cs_received;	/* bytes of the peer's */
	uint64_t cs_busy;	/* us with something to send, or under way */
	uint32_t cs_rtt;	/* now */
	uint32_t cs_min_rtt;
	uint32_t cs_flight;	/* segments under way */
	uint32_t cs_unsent;	/* bytes that TCP has not sent yet */
	bool cs_limited;	/* by what there is to send */
	bool cs_repairs;	/* what was lost */
};

/* What is known of a first ceiling: has the queue been empty, and filled? */
enum ceiling_proof { CEILING_BEGUN, CEILING_EMPTY_SEEN, CEILING_PROVED };

/* All zero at first. */
struct ceiling {
	uint64_t ce_rate;	/* what the line carries; 0: no ceiling */
	uint64_t ce_now;	/* the ceiling */
	uint64_t ce_before;	/* one that was forgotten, until the next */
	uint64_t ce_used;	/* us, when at least half of it was sent */
	enum ceiling_proof ce_proof;
	uint64_t ce_begin;	/* of the window, and what was then */
	uint64_t ce_sent, ce_segments, ce_delivered, ce_received;
	uint64_t ce_last;	/* sample, and bytes sent until then */
	uint64_t ce_last_sent;
	uint64_t ce_busy_us;	/* then */
	uint64_t ce_before_bytes, ce_before_segments; /* of the last one */
	uint32_t ce_mean;	/* bytes of a segment lately; 0: not known */
	bool ce_limited;	/* at some time of it, */
	bool ce_little;		/* and little was under way */
	unsigned int ce_busy, ce_idle;	/* samples: not little, little */
	bool ce_low;		/* little waited at some time of it */
	uint64_t ce_waited;	/* us, at its beginning */
	uint64_t ce_arrived;	/* bytes a second, in the one before */
	uint64_t ce_most;	/* us that data waited in it */
	uint32_t ce_shortest;	/* round trip in it */
	unsigned int ce_easy;	/* windows in a row at the ceiling in which
				   next to nothing waited */
	unsigned int ce_stuck;	/* windows in a row, see below */
	uint64_t ce_quiet_since; /* us, when more was under way last */
	bool ce_quiet;
	uint64_t ce_crawls_since; /* us, when it last did not crawl */
	bool ce_crawls;
	uint64_t ce_anew;	/* when BBR began last; 0: not known */
	bool ce_steady;		/* at least half of the rate in the window */
	bool ce_fresh;		/* the shortest round trip is what it was */
	unsigned int ce_vain;	/* windows in which we sent less in vain */
	uint64_t ce_first;	/* ce_rate when those began */
	uint32_t ce_floor;	/* no round trip is shorter now; 0: not known */
	uint32_t ce_began;	/* with this shortest one BBR did */
	bool ce_longer;
	bool ce_peer;		/* sent much in the window before */
	unsigned int ce_turn;	/* windows so far */
	uint64_t ce_until;	/* no ceiling until then */
	uint64_t ce_away;	/* how long, the last time */
};

/* The shortest round trip lately, where the kernel has this one. */
uint32_t ceiling_shortest(const struct ceiling *ce, uint32_t min_rtt);
/* The time that data may wait in the line's queue. */
uint32_t ceiling_target(const struct ceiling *ce, uint32_t min_rtt);
/*
 * Whether BBR should begin anew; says so once.  It is stuck: it has more to
 * send than it does, next to nothing waits, and yet for CEILING_STUCK windows
 * it sent less than half of the ceiling.  After a pause it has forgotten what
 * the line carries, and would need many seconds to find it again; or it
 * crawls, or is about to (see "quiet").  Or it would soon stop to measure what
 * is known: see "fresh".
 */
bool ceiling_anew(struct ceiling *ce);
/*
 * BBR takes the place of another that has filled the line's queue, through
 * which so much came: so it need not fill that again to find out.
 */
void ceiling_begin(struct ceiling *ce, uint64_t rate);
/* Look at the path: the ceiling from now on, 0 for none. */
uint64_t ceiling_look(struct ceiling *ce, const struct ceiling_sample *cs);

#endif
