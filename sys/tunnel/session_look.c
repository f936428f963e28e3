/* SPDX-License-Identifier: ISC */
/*
 * session_look: what TCP knows of the paths, asked now and then.
 *
 * A look at a path is two system calls, as long as a small frame takes to
 * send.  So what is sent alone does not wait for looks, and where little was
 * sent over a near path (LOOK_CALM bytes since the last one) one comes after
 * LOOK_PERIOD_CALM us only: of pings, ten a second, that go site - hub - site
 * by four connections each hop made eight calls before it sent, traced 60 us
 * of 390.  While a flow is held back they are frequent, as it stands still
 * until it is seen that it may go on.
 */
#include "tunnel/conn.h"
#include "tunnel/session_impl.h"

enum {
	LOOK_CALM = 16384,
	LOOK_PERIOD_CALM = 1000000,	/* us */
	LOOK_PERIOD_ALL = 1000000,	/* us; the idle ones, too */
	LOOK_PERIOD_HELD = 1000
};

/* A rate that was limited by us says only what the line carries at least. */
static void
sample_lane(struct session_conns *sc, struct session_lane *sl)
{
	struct conn_path cp;

	if (!sc->sc_ops->so_path(sl->sl_conn, &cp)) {
		/* not knowing, flows stay where they are */
		sl->sl_rate = 0;
		sl->sl_known = sl->sl_bbr = sl->sl_wants_bbr = false;
		return;
	}
	sl->sl_known = true;
	sl->sl_idle = cp.cp_idle;
	if (cp.cp_idle)
		sl->sl_acked = sl->sl_last;
	else if (cp.cp_acked_least > sl->sl_acked)
		sl->sl_acked = cp.cp_acked_least;
	if (!cp.cp_limited || (sl->sl_rate != 0 && cp.cp_rate > sl->sl_rate))
		sl->sl_rate = cp.cp_rate;
	sl->sl_rtt = cp.cp_rtt_us;
	sl->sl_waits = cp.cp_waits_us;
	sl->sl_bbr = cp.cp_bbr;
	sl->sl_wants_bbr = cp.cp_wants_bbr;
	sl->sl_loses |= cp.cp_lost >= SESSION_LOST;
}

void
session_path(const struct session_conns *sc, uint32_t *rtt, uint64_t *rate)
{
	unsigned int i;

	*rtt = 0;
	*rate = 0;
	for (i = 0; i < SESSION_CONNS; i++) {
		*rate += sc->sc_lane[i].sl_rate;
		if (sc->sc_lane[i].sl_rtt > *rtt)
			*rtt = sc->sc_lane[i].sl_rtt;
	}
}

static void
sample_hold(struct session_conns *sc, uint64_t now)
{
	const struct session_lane *sl = &sc->sc_lane[session_oldest(sc)];

	if (sl->sl_known)
		(void)hold_look(&sc->sc_hold, now, sl->sl_rtt, sl->sl_waits);
}

/* Look at the paths, unless that was less than `least` us ago. */
static void
look(struct session_conns *sc, uint64_t now, uint64_t least)
{
	uint64_t since = now - sc->sc_sampled, rate;
	bool all = now - sc->sc_swept >= LOOK_PERIOD_ALL;
	unsigned int i;

	if (sc->sc_n > 0 && session_holds_back(sc))
		least = LOOK_PERIOD_HELD;
	if (sc->sc_n == 0 || since < least)
		return;
	sc->sc_sampled = now;
	sc->sc_carried = 0;
	if (all)
		sc->sc_swept = now;
	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL &&
		    (all || !sc->sc_lane[i].sl_idle))
			sample_lane(sc, &sc->sc_lane[i]);
	session_path(sc, &sc->sc_rtt, &rate);
	if (sc->sc_pace.pa_rate != 0 &&
	    (rate == 0 || rate > sc->sc_pace.pa_rate))
		rate = sc->sc_pace.pa_rate;
	aqm_set_path(sc->sc_aqm, sc->sc_rtt, rate);
	session_spares(sc, sc->sc_rtt);
	session_credit(sc, rate, since);
	sample_hold(sc, now);
	session_let_go(sc);
}

/* Whether the paths are as they were seen last, for all that matters. */
static bool
is_calm(const struct session_conns *sc)
{
	return (sc->sc_rtt != 0 && sc->sc_rtt < SESSION_FAR &&
	    sc->sc_carried < LOOK_CALM &&
	    aqm_stats(sc->sc_aqm)->as_frames == 0);
}

void
session_look(struct session_conns *sc, uint64_t now)
{
	look(sc, now, SESSION_SAMPLE);
}

void
session_look_after(struct session_conns *sc, uint64_t now)
{
	look(sc, now, is_calm(sc) ? LOOK_PERIOD_CALM : SESSION_SAMPLE);
}
