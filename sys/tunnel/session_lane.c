/* SPDX-License-Identifier: ISC */
/*
 * session_lane: on which connection ("lane") a flow's frames go.  One that has
 * nothing under way goes where there is least to do; one that has stays, or is
 * held back until that has arrived.
 */
#include "tunnel/session_impl.h"

/* Bytes by which a lane may be fuller before flows that wait leave it. */
enum { SESSION_UNEVEN = 16384 };

/* us between two flows that are held back. */
enum { SESSION_MOVE = 100000 };

/* What waits, and what the connection has not got rid of. */
static uint64_t
load(const struct session_conns *sc, unsigned int i)
{
	const struct session_lane *sl = &sc->sc_lane[i];

	return (aqm_lane_bytes(sc->sc_aqm, i) +
	    (sl->sl_last > sl->sl_acked ? sl->sl_last - sl->sl_acked : 0));
}

static bool
carries_bulk(const struct session_lane *sl)
{
	return (sl->sl_conn != NULL && !sl->sl_spare);
}

unsigned int
session_oldest(const struct session_conns *sc)
{
	unsigned int i, pick = 0;
	uint32_t id = UINT32_MAX;

	for (i = 0; i < SESSION_CONNS; i++)
		if (carries_bulk(&sc->sc_lane[i]) &&
		    sc->sc_lane[i].sl_id < id) {
			id = sc->sc_lane[i].sl_id;
			pick = i;
		}
	return (pick);
}

/*
 * With BBR there is one for all.  That others than the oldest have it says
 * nothing: each connection begins with cubic, and finds out by itself.
 */
static bool
has_one_for_all(const struct session_conns *sc)
{
	return (sc->sc_lane[session_oldest(sc)].sl_bbr);
}

/* The one with least to do, or that for all. */
static unsigned int
best_lane(const struct session_conns *sc)
{
	unsigned int i, pick = session_oldest(sc);
	uint64_t least = UINT64_MAX, now;

	if (has_one_for_all(sc))
		return (pick);
	for (i = 0; i < SESSION_CONNS; i++)
		if (carries_bulk(&sc->sc_lane[i]) &&
		    (now = load(sc, i)) < least) {
			least = now;
			pick = i;
		}
	return (pick);
}

void
session_leave(struct session_conns *sc, unsigned int lane)
{
	struct aqm_flow *fl;

	while ((fl = aqm_first(sc->sc_aqm, lane)) != NULL)
		aqm_move(sc->sc_aqm, fl, best_lane(sc));
}

/* The lane that has what is under way of a flow; SESSION_CONNS: it is gone. */
static unsigned int
pinned_to(const struct session_conns *sc, const struct aqm_flow *fl)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL &&
		    sc->sc_lane[i].sl_id == fl->af_user[PIN_CONN])
			break;
	return (i);
}

bool
session_under_way(const struct session_conns *sc, const struct aqm_flow *fl)
{
	unsigned int i = pinned_to(sc, fl);

	return (i < SESSION_CONNS &&
	    sc->sc_lane[i].sl_acked < fl->af_user[PIN_POS]);
}

bool
session_holds_back(const struct session_conns *sc)
{
	return (aqm_waits(sc->sc_aqm, SESSION_HELD_BACK));
}

void
session_let_go(struct session_conns *sc)
{
	struct aqm_flow *fl;
	unsigned int i;

	while ((fl = aqm_first(sc->sc_aqm, SESSION_HELD_BACK)) != NULL) {
		if (!session_under_way(sc, fl))
			aqm_move(sc->sc_aqm, fl, best_lane(sc));
		else if (!sc->sc_lane[i = pinned_to(sc, fl)].sl_known)
			aqm_move(sc->sc_aqm, fl, i);
		else
			break;
	}
}

/*
 * Whether a flow that cannot go to another lane at once is to be held back
 * for that: its own is not to be used, or more waits there of others than in
 * all on the best one.
 */
static bool
must_move(const struct session_conns *sc, const struct aqm_flow *fl,
    unsigned int best, uint64_t now)
{
	if (best == fl->af_lane || !sc->sc_lane[fl->af_lane].sl_known ||
	    now < sc->sc_moved + SESSION_MOVE || session_holds_back(sc))
		return (false);
	return (has_one_for_all(sc) ||
	    aqm_lane_bytes(sc->sc_aqm, fl->af_lane) >
		aqm_flow_bytes(fl) + load(sc, best) + SESSION_UNEVEN);
}

unsigned int
session_lane_for(struct session_conns *sc, const struct aqm_flow *fl,
    uint64_t now)
{
	const struct session_lane *sl = &sc->sc_lane[fl->af_lane];
	bool held = fl->af_lane == SESSION_HELD_BACK;
	bool here = !held && carries_bulk(sl);
	unsigned int best;

	if (sc->sc_n == 1 && here)
		return (fl->af_lane);
	best = best_lane(sc);
	if (session_under_way(sc, fl)) {
		if (held)
			return (SESSION_HELD_BACK);
		if (here && sl->sl_id == fl->af_user[PIN_CONN] &&
		    !must_move(sc, fl, best, now))
			return (fl->af_lane);
		sc->sc_moved = now;
		return (SESSION_HELD_BACK);
	}
	if (here && aqm_flow_frames(fl) > 0 &&
	    load(sc, fl->af_lane) < load(sc, best) + SESSION_UNEVEN)
		return (fl->af_lane);
	return (best);
}
