/* SPDX-License-Identifier: ISC */
#include "tunnel/hold.h"

static uint32_t
too_much(uint32_t rtt)
{
	return (HOLD_WAITS + rtt / 8);
}

static void
begin_window(struct hold *ho, uint64_t now)
{
	ho->ho_begin = now;
	ho->ho_sum = 0;
	ho->ho_looks = 0;
	ho->ho_least = UINT32_MAX;
}

static void
go_away(struct hold *ho, uint64_t now)
{
	ho->ho_away = ho->ho_away == 0 ? HOLD_AWAY : 2 * ho->ho_away;
	if (ho->ho_away > HOLD_AWAY_MAX)
		ho->ho_away = HOLD_AWAY_MAX;
	ho->ho_until = now + ho->ho_away;
	ho->ho_now = 0;
}

static void
begin_trying(struct hold *ho, uint32_t mean)
{
	ho->ho_now = HOLD_FIRST;
	ho->ho_trying = true;
	ho->ho_settled = false;
	ho->ho_before = mean;
}

/* What waited before is gone only after a window. */
static void
end_trying(struct hold *ho, uint32_t mean, uint64_t now)
{
	if (!ho->ho_settled) {
		ho->ho_settled = true;
		return;
	}
	ho->ho_trying = false;
	ho->ho_since = ho->ho_rose = now;
	if (mean > ho->ho_before / 4 * 3)
		go_away(ho, now);
	else
		ho->ho_away = 0;
}

static void
steer(struct hold *ho, uint32_t rtt, uint32_t mean, uint64_t now)
{
	uint32_t many = too_much(rtt), most = HOLD_FIRST + rtt / 4;

	if (most > HOLD_MOST)
		most = HOLD_MOST;
	if (mean < many)
		ho->ho_since = now;
	else if (now - ho->ho_since >= HOLD_AGAIN)
		ho->ho_now = 0;
	else {
		ho->ho_rose = now;
		if ((ho->ho_now += ho->ho_now / 2) > most)
			ho->ho_now = most;
	}
	if (mean < many / 3 && now - ho->ho_rose >= HOLD_STAY &&
	    (ho->ho_now -= ho->ho_now / 8) < HOLD_LEAST)
		ho->ho_now = 0;
}

/* A window is over. */
static void
learn(struct hold *ho, uint32_t rtt, uint64_t now)
{
	uint32_t mean = (uint32_t)(ho->ho_sum / ho->ho_looks);

	if (ho->ho_trying)
		end_trying(ho, mean, now);
	else if (ho->ho_now != 0)
		steer(ho, rtt, mean, now);
	else if (now >= ho->ho_until && ho->ho_least >= too_much(rtt))
		begin_trying(ho, mean);
}

uint32_t
hold_look(struct hold *ho, uint64_t now, uint32_t rtt, uint32_t waits)
{
	if (ho->ho_begin == 0 || now - ho->ho_last > HOLD_PAUSE)
		begin_window(ho, now);
	ho->ho_last = now;
	ho->ho_sum += waits;
	ho->ho_looks++;
	if (waits < ho->ho_least)
		ho->ho_least = waits;
	if (now - ho->ho_begin >= HOLD_WINDOW) {
		learn(ho, rtt, now);
		begin_window(ho, now);
	}
	return (ho->ho_now);
}
