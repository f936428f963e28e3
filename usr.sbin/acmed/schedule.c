/* SPDX-License-Identifier: ISC */
#include "acmed.h"

time_t
schedule_renew(const struct schedule *sd)
{
	return (sd->sd_from + (sd->sd_until - sd->sd_from) / 3 * 2);
}

/* How long to wait after so many failures. */
static time_t
delay(unsigned int fails)
{
	time_t s = SCHEDULE_FIRST;

	while (--fails > 0 && s < SCHEDULE_LAST)
		s *= 2;
	return (s < SCHEDULE_LAST ? s : SCHEDULE_LAST);
}

time_t
schedule_next(const struct schedule *sd)
{
	time_t due = sd->sd_have ? schedule_renew(sd) : 0, after, wait;

	if (sd->sd_fails == 0)
		return (due);
	wait = delay(sd->sd_fails);
	if (wait < (time_t)sd->sd_wait)
		wait = (time_t)sd->sd_wait;
	if (wait > SCHEDULE_LAST)
		wait = SCHEDULE_LAST;
	after = sd->sd_failed + wait;
	return (due > after ? due : after);
}

void
schedule_clock(struct schedule *sd, time_t now)
{
	if (sd->sd_failed > now)
		sd->sd_failed = now;
}

void
schedule_failed(struct schedule *sd, time_t now, uint32_t wait)
{
	if (sd->sd_fails < 100)
		sd->sd_fails++;
	sd->sd_failed = now;
	sd->sd_wait = wait;
}
