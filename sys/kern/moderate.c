/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "kern/clock.h"
#include "kern/moderate.h"

/* By rate, as a window that was slept through is longer than one. */
static bool
is_stream(const struct moderate *mo, uint64_t now)
{
	uint64_t least = mo->mo_on ? MODERATE_FRAMES / 2 : MODERATE_FRAMES;
	uint64_t took = now - mo->mo_began;

	return ((uint64_t)mo->mo_frames * MODERATE_WINDOW >= least * took &&
	    mo->mo_bytes <= (uint64_t)mo->mo_frames * MODERATE_SMALL);
}

static void
end_window(struct moderate *mo, uint64_t now)
{
	if (mo->mo_on && mo->mo_frames < MODERATE_GAIN * mo->mo_rounds)
		mo->mo_rest = now + MODERATE_REST;
	mo->mo_on = now >= mo->mo_rest && is_stream(mo, now);
	mo->mo_began = now;
	mo->mo_frames = mo->mo_rounds = 0;
	mo->mo_bytes = 0;
}

bool
moderate_next(struct moderate *mo, uint64_t now)
{
	bool few = mo->mo_round > 0 && mo->mo_round < MODERATE_ENOUGH;

	mo->mo_frames += mo->mo_round;
	mo->mo_rounds += mo->mo_round > 0;
	mo->mo_round = 0;
	if (now - mo->mo_began >= MODERATE_WINDOW)
		end_window(mo, now);
	return (few && mo->mo_on);
}

void
moderate_pause(struct moderate *mo)
{
	const struct timespec ts = { .tv_nsec = MODERATE_PAUSE * 1000L };

	/* without frames there is nothing to ask the clock for */
	if ((mo->mo_round > 0 || mo->mo_on) && moderate_next(mo, clock_us()))
		(void)nanosleep(&ts, NULL);
}
