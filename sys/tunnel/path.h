/* SPDX-License-Identifier: ISC */
/*
 * path: which congestion control suits the way that an outer connection
 * takes, from what the kernel counts.  Pure: time and counters are arguments.
 *
 * cubic, where the path is short, fast and clean: BBR paces by timers there
 * and is slower.  bbr, where cubic could not fill the line: losses keep it
 * below 1 Gbit/s by the formula of Mathis et al. (rate = MSS / RTT *
 * sqrt(1.5 / p)), the line is long and fat, or its own queue is full, which
 * cubic fills until it overflows, so that all who share the line wait; BBR has
 * a ceiling against that (ceiling.h).  One way quickly, when
 * two looks in a row show it, or losses came twice; the other way after a
 * minute without any of it, and after twice as long each time that turned out
 * to be wrong.  Losses are counted for up to a minute: on a long line a few
 * of them are enough to keep cubic far below what it carries.
 *
 * Every connection begins with cubic, which does not pace: BBR makes of what
 * came at once a stream as fast as what it saw before, and flows inside, whose
 * slow start that delays, take it for a full line.  Where the first slow start
 * ends by a loss, or on a long line, cubic gets on so slowly from there that
 * it would be long before losses came twice: BBR goes on at once.
 */
#ifndef TUNNEL_PATH_H
#define TUNNEL_PATH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PATH_SAMPLE_MS = 500,		/* at most one sample each */
	PATH_WINDOW = 200,		/* segments that say something */
	PATH_LOST = 3,			/* of those since, to be losses */
	PATH_TWICE = 2,			/* looks in a row, or losses */
	PATH_CLEAN_MS = 60000,
	PATH_CLEAN_MAX_MS = 32 * 60000,
	PATH_NEAR_US = 2000,		/* losses are soon made up for */
	PATH_LONG_US = 20000,		/* with so much in flight: long, */
	PATH_FAT_BYTES = 1 << 20,	/* fat */
	PATH_FULL_US = 6000,		/* in the line's queue: full */
	PATH_SMALL = 1000,		/* bytes of a segment, on average */
	PATH_FAST = 125000000		/* bytes/s: needs no BBR */
};

struct path_sample {
	uint64_t ps_now;		/* ms */
	uint64_t ps_segments;		/* sent since the beginning, */
	uint64_t ps_bytes;		/* with so many bytes */
	uint64_t ps_retransmits;	/* segments sent again, likewise */
	uint64_t ps_rate;		/* bytes/s delivered */
	uint32_t ps_min_rtt;		/* us */
	uint32_t ps_rtt;		/* us, now */
	bool ps_limited;		/* ps_rate: by the sender's want */
};

/* Of a connection that may still be in its first slow start. */
struct path_start {
	uint32_t pt_window, pt_threshold; /* segments, of slow start */
	uint32_t pt_retransmits;
	uint32_t pt_min_rtt;		/* us */
};

struct path {
	bool pa_bbr;			/* the choice, */
	bool pa_started;		/* the first slow start is over */
	bool pa_full;			/* the line was, at the last look, */
	uint64_t pa_rate;		/* bytes/s sent before, less losses */
	uint64_t pa_then;		/* ms, at the last look, */
	uint64_t pa_segments;		/* and what had been sent then */
	uint64_t pa_bytes;
	uint64_t pa_retransmits;
	unsigned int pa_filled;		/* looks in a row: full, or fat */
	unsigned int pa_losses;		/* how often there were losses */
	uint64_t pa_lost_since;		/* ms, since when they are counted, */
	uint64_t pa_lost_segments;	/* and what had been sent then */
	uint64_t pa_lost_retransmits;
	uint64_t pa_clean_since;	/* ms, 0: not */
	uint64_t pa_clean_ms;		/* how long to stay with BBR */
};

/* Begins with cubic. */
void path_init(struct path *pa);
/* Look at the first slow start, until pa_started; true: now it is to be BBR. */
bool path_look_start(struct path *pa, const struct path_start *pt);
/* Look at the path; true when the choice changed. */
bool path_look(struct path *pa, const struct path_sample *ps);

#endif
