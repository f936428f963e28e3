/* SPDX-License-Identifier: ISC */
/*
 * moderate: a pause before an event loop looks again, while small frames come
 * one after the other.  What a frame of 64 bytes costs is hardly its own: it
 * is to be woken, to ask the kernel and to send; a pause lets one round do
 * that for several.  What a network card does with its interrupts.
 *
 * Only in a stream that is both dense and of small frames, so never for bulk
 * data, whose rounds are large anyway.  In a fast conversation of questions
 * and answers, which would wait for it, a pause gathers nothing: that is seen
 * within a window, and then there is none for a while.  Frames that were
 * merged count as what they hold.
 *
 * Pure but for moderate_pause().  A struct moderate, all zero when new, belongs
 * to one thread.
 */
#ifndef KERN_MODERATE_H
#define KERN_MODERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "kern/frame.h"

enum {
	MODERATE_WINDOW = 20000,	/* us in which frames are counted */
	/*
	 * So many of them in a window are a stream, 10,000 a second; half as
	 * many still are.  A hundred telephone calls are that, a ping every
	 * millisecond in both directions is a tenth.
	 */
	MODERATE_FRAMES = 200,
	MODERATE_SMALL = 256,	/* bytes of one, on average, at most */
	MODERATE_GAIN = 2,	/* frames a round, or pauses are in vain */
	MODERATE_REST = 1000000, /* us without, then */
	/*
	 * A round of so many has paid already.  With a pause behind large ones
	 * too, queues overflowed at 0.4 of the frames a second.
	 */
	MODERATE_ENOUGH = 16,
	/*
	 * The kernel adds its slack of 50.  At 15,000 frames a second of 64
	 * bytes site - hub - site took 0.55 of the processor time of before
	 * (three pairs), 0.72 with a pause of 100; SoftEther 1.5.
	 */
	MODERATE_PAUSE = 200
};

struct moderate {
	uint64_t mo_began;	/* us, the window */
	uint64_t mo_bytes;	/* in it, */
	uint32_t mo_frames;	/* and frames, */
	uint32_t mo_rounds;	/* and rounds that had some */
	uint32_t mo_round;	/* of them in this round of the loop */
	bool mo_on;		/* by the last whole window */
	uint64_t mo_rest;	/* us, until then there is none */
};

/* A frame of the current round, from wherever it came. */
static inline void
moderate_frame(struct moderate *mo, const struct frame *f)
{
	uint32_t size = f->f_offload.fo_gso_size;

	mo->mo_bytes += f->f_len;
	mo->mo_round += size == 0 || f->f_len < size ? 1 : f->f_len / size;
}

/* A round of the loop is over: whether there is to be a pause. */
bool moderate_next(struct moderate *mo, uint64_t now);
/* By the clock: that, and the pause. */
void moderate_pause(struct moderate *mo);

#endif
