/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "encap/encap.h"
#include "kern/clock.h"
#include "net/flow.h"
#include "net/flowkey.h"
#include "net/offload.h"
#include "tunnel/conn.h"
#include "tunnel/session_impl.h"

/*
 * Bytes that a connection may hold, encoded and not counted by so_wire(): a
 * flow counts as so much later sent, and so stays where it is rather longer.
 */
enum { SESSION_HELD = 16384 + ENCAP_OVERHEAD };

/* Bytes by which a lane may be fuller before flows that wait leave it. */
enum { SESSION_UNEVEN = 16384 };

/*
 * us between two flows that are held back, and between two looks at the paths
 * meanwhile, as such a flow stands still until it is seen that it may go on.
 */
enum { SESSION_MOVE = 100000, SESSION_SAMPLE_HELD = 1000 };

static uint64_t
conn_wire(const struct conn *cn)
{
	return (conn_stats(cn)->cs_tx_wire);
}

static const struct session_ops conn_ops = {
	.so_wire = conn_wire,
	.so_path = conn_path,
	.so_push = conn_push,
	.so_twice = conn_can_twice,
};

static struct session_lane *
lane_by_id(struct session_conns *sc, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL &&
		    sc->sc_lane[i].sl_id == id)
			return (&sc->sc_lane[i]);
	return (NULL);
}

/* NULL: the free one. */
static int
lane_of(const struct session_conns *sc, const struct conn *cn)
{
	int i;

	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn == cn)
			return (i);
	return (-1);
}

/*
 * How far a stream is acknowledged at most, asked now, as only what surely is
 * under way may be relied on.
 */
static uint64_t
session_acked(uint32_t id, void *arg)
{
	struct session_conns *sc = arg;
	const struct session_lane *sl = lane_by_id(sc, id);
	struct conn_path cp;

	if (sl == NULL || !sc->sc_ops->so_path(sl->sl_conn, &cp) || cp.cp_idle)
		return (UINT64_MAX);
	return (cp.cp_acked_most);
}

void
session_conns_init(struct session_conns *sc, uint32_t frames, uint32_t bytes,
    bool inner)
{
	uint64_t seed;

	memset(sc, 0, sizeof(*sc));
	sc->sc_ops = &conn_ops;
	sc->sc_copying = 1;
	arc4random_buf(&seed, sizeof(seed));
	sc->sc_aqm = aqm_new(frames, bytes, seed);
	if (sc->sc_aqm != NULL && inner)
		aqm_set_acked(sc->sc_aqm, session_acked, sc);
}

void
session_conns_fini(struct session_conns *sc)
{
	unsigned int i;

	if (sc->sc_aqm != NULL)
		aqm_flush(sc->sc_aqm);
	sc->sc_stats = session_conns_stats(sc);
	aqm_free(sc->sc_aqm);
	sc->sc_aqm = NULL;
	for (i = 0; i < SESSION_CONNS; i++)
		session_unspare(sc, &sc->sc_lane[i]);
	memset(sc->sc_lane, 0, sizeof(sc->sc_lane));
	sc->sc_n = 0;
}

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

int
session_conns_add(struct session_conns *sc, struct conn *cn)
{
	int i = lane_of(sc, NULL);

	if (i == -1 || sc->sc_aqm == NULL)
		return (-1);
	sc->sc_lane[i] =
	    (struct session_lane){ .sl_conn = cn, .sl_id = ++sc->sc_last_id };
	if (sc->sc_n++ == 0)
		memset(&sc->sc_seen, 0, sizeof(sc->sc_seen));
	session_spares(sc, sc->sc_rtt);
	return (0);
}

/* All flows of a lane that wait go elsewhere. */
static void
leave(struct session_conns *sc, unsigned int lane)
{
	struct aqm_flow *fl;

	while ((fl = aqm_first(sc->sc_aqm, lane)) != NULL)
		aqm_move(sc->sc_aqm, fl, best_lane(sc));
}

void
session_conns_remove(struct session_conns *sc, struct conn *cn)
{
	int i = lane_of(sc, cn);

	if (cn == NULL || i == -1)
		return;
	session_unspare(sc, &sc->sc_lane[i]);
	sc->sc_lane[i] = (struct session_lane){ .sl_conn = NULL };
	if (--sc->sc_n == 0) {
		aqm_flush(sc->sc_aqm);
		return;
	}
	session_spares(sc, sc->sc_rtt);
	leave(sc, (unsigned int)i);
}

/* A rate that was limited by us says only what the line carries at least. */
static void
sample_lane(struct session_conns *sc, struct session_lane *sl)
{
	struct conn_path cp;

	if (!sc->sc_ops->so_path(sl->sl_conn, &cp)) {
		/* not knowing, flows stay where they are */
		sl->sl_rate = 0;
		sl->sl_known = sl->sl_bbr = sl->sl_lossy = false;
		return;
	}
	sl->sl_known = true;
	if (cp.cp_idle)
		sl->sl_acked = sl->sl_last;
	else if (cp.cp_acked_least > sl->sl_acked)
		sl->sl_acked = cp.cp_acked_least;
	if (!cp.cp_limited || (sl->sl_rate != 0 && cp.cp_rate > sl->sl_rate))
		sl->sl_rate = cp.cp_rate;
	sl->sl_rtt = cp.cp_rtt_us;
	sl->sl_waits = cp.cp_waits_us;
	sl->sl_bbr = cp.cp_bbr;
	sl->sl_lossy = cp.cp_lossy;
	sl->sl_loses |= cp.cp_lost >= SESSION_LOST;
}

/* All lanes' rates together, and the longest round trip. */
static void
path(const struct session_conns *sc, uint32_t *rtt, uint64_t *rate)
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

/*
 * What was held back goes on where it is best now; or back to where it was, if
 * the kernel has stopped to tell what of it arrived.
 */
static void
let_go(struct session_conns *sc)
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

static void
sample(struct session_conns *sc, uint64_t now)
{
	uint64_t since = now - sc->sc_sampled, rate, least = SESSION_SAMPLE;
	unsigned int i;

	if (sc->sc_n > 0 && aqm_waits(sc->sc_aqm, SESSION_HELD_BACK))
		least = SESSION_SAMPLE_HELD;
	if (sc->sc_n == 0 || since < least)
		return;
	sc->sc_sampled = now;
	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL)
			sample_lane(sc, &sc->sc_lane[i]);
	path(sc, &sc->sc_rtt, &rate);
	if (sc->sc_pace.pa_rate != 0 &&
	    (rate == 0 || rate > sc->sc_pace.pa_rate))
		rate = sc->sc_pace.pa_rate;
	aqm_set_path(sc->sc_aqm, sc->sc_rtt, rate);
	session_spares(sc, sc->sc_rtt);
	session_credit(sc, rate, since);
	let_go(sc);
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
	    now < sc->sc_moved + SESSION_MOVE ||
	    aqm_waits(sc->sc_aqm, SESSION_HELD_BACK))
		return (false);
	return (has_one_for_all(sc) ||
	    aqm_lane_bytes(sc->sc_aqm, fl->af_lane) >
		aqm_flow_bytes(fl) + load(sc, best) + SESSION_UNEVEN);
}

/*
 * The lane for a flow's next frame.  What waits moves along, so only what is
 * under way pins a flow.
 */
static unsigned int
lane_for(struct session_conns *sc, const struct aqm_flow *fl, uint64_t now)
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

/* Queue it, and copies where that is of use, but not without it. */
static void
put(struct session_conns *sc, struct aqm_flow *fl, struct frame *f,
    const struct ip_info *ii, uint64_t now)
{
	bool bare = ii != NULL && sc->sc_n > 1 && flow_is_bare_ack(f, ii);
	struct frame *copy;

	f = session_number(sc, fl, f, ii, bare, now);
	if (f->f_twice == 0) {
		aqm_put(sc->sc_aqm, fl, f, ii, now);
		return;
	}
	copy = frame_ref(f);
	if (aqm_put(sc->sc_aqm, fl, f, ii, now))
		session_copy(sc, copy, bare);
	frame_free(copy);
}

/*
 * Whether what is to be sent depends on the paths.  To ask the kernel takes as
 * long as to send a small frame, so it comes after that if it can.
 */
static bool
has_choice(const struct session_conns *sc)
{
	return (sc->sc_n > 1 ||
	    (sc->sc_n == 1 && aqm_waits(sc->sc_aqm, SESSION_HELD_BACK)));
}

void
session_conns_send(struct session_conns *sc, struct frame *f)
{
	struct aqm_flow *fl;
	struct flowkey fk;
	struct ip_info ii;
	const struct ip_info *ip;
	unsigned int lane;
	uint64_t now;

	if (sc->sc_n == 0) {
		sc->sc_stats.st_drop_down++;
		frame_free(f);
		return;
	}
	now = clock_us();
	if (has_choice(sc))
		sample(sc, now);
	ip = flowkey_parse(f->f_data, f->f_len, &fk, &ii) ? &ii : NULL;
	fl = aqm_flow(sc->sc_aqm, &fk);
	if (fl == NULL) {
		aqm_put(sc->sc_aqm, NULL, f, NULL, now);
		return;
	}
	if ((lane = lane_for(sc, fl, now)) != fl->af_lane)
		aqm_move(sc->sc_aqm, fl, lane);
	put(sc, fl, f, ip, now);
}

/*
 * Note where a frame goes in its connection's stream.  How much is before it
 * is known when the connection has written (so_wire); what was pulled since
 * adds between nothing and ENCAP_OVERHEAD a frame.
 */
static uint64_t
note_lane(struct session_conns *sc, struct session_lane *sl,
    const struct frame *f)
{
	uint64_t wire = sc->sc_ops->so_wire(sl->sl_conn);

	if (wire != sl->sl_wire) {
		sl->sl_wire = wire;
		sl->sl_frames = sl->sl_bytes = 0;
	}
	sl->sl_frames++;
	sl->sl_bytes += f->f_len;
	sl->sl_last = wire + sl->sl_bytes + sl->sl_frames * ENCAP_OVERHEAD +
	    2 * ENCAP_CONTROL + SESSION_HELD;
	return (wire + sl->sl_bytes);
}

static void
note_sent(struct session_conns *sc, struct session_lane *sl,
    struct aqm_flow *fl, const struct frame *f)
{
	aqm_sent(sc->sc_aqm, sl->sl_id, note_lane(sc, sl, f));
	fl->af_user[PIN_CONN] = sl->sl_id;
	fl->af_user[PIN_POS] = sl->sl_last;
}

static struct frame *
pull_copy(struct session_conns *sc, struct session_lane *sl)
{
	struct frame *f;

	if (!sl->sl_spare || (f = frameq_get(&sl->sl_copies)) == NULL)
		return (NULL);
	note_lane(sc, sl, f);
	sc->sc_stats.st_tx_twice++;
	return (f);
}

void
session_conns_set_rate(struct session_conns *sc, uint64_t rate)
{
	pace_set(&sc->sc_pace, rate, clock_us());
}

uint64_t
session_conns_wait(struct session_conns *sc)
{
	return (pace_wait(&sc->sc_pace, clock_us()));
}

struct frame *
session_conns_pull(struct session_conns *sc, struct conn *cn, unsigned int can)
{
	int i = lane_of(sc, cn);
	struct aqm_flow *fl;
	struct frame *f;

	if (cn == NULL || i == -1 ||
	    (sc->sc_pace.pa_rate != 0 && session_conns_wait(sc) > 0))
		return (NULL);
	if ((f = pull_copy(sc, &sc->sc_lane[i])) != NULL)
		return (f);
	f = aqm_get(sc->sc_aqm, (unsigned int)i, can, clock_us(), &fl);
	if (f == NULL)
		return (NULL);
	note_sent(sc, &sc->sc_lane[i], fl, f);
	pace_take(&sc->sc_pace, f->f_len);
	sc->sc_stats.st_tx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	return (f);
}

bool
session_conns_take(struct session_conns *sc, struct frame *f)
{
	uint32_t number = f->f_twice;

	f->f_twice = 0;
	if (number == 0 || twice_first(&sc->sc_seen, number))
		return (true);
	sc->sc_stats.st_rx_twice++;
	frame_free(f);
	return (false);
}

bool
session_conns_short(const struct session_conns *sc)
{
	const struct session_lane *sl = &sc->sc_lane[session_oldest(sc)];

	return (sc->sc_n > 0 && sl->sl_lossy && !sl->sl_bbr);
}

static bool
waits(const struct session_conns *sc, unsigned int i)
{
	const struct session_lane *sl = &sc->sc_lane[i];

	return (sl->sl_conn != NULL &&
	    (aqm_waits(sc->sc_aqm, i) ||
		(sl->sl_spare && frameq_len(&sl->sl_copies) > 0)));
}

void
session_conns_flush(struct session_conns *sc)
{
	bool choice = has_choice(sc);
	unsigned int i;

	if (choice)
		sample(sc, clock_us());
	for (i = 0; i < SESSION_CONNS; i++)
		if (waits(sc, i))
			sc->sc_ops->so_push(sc->sc_lane[i].sl_conn);
	if (!choice)
		sample(sc, clock_us());
}

struct session_stats
session_conns_stats(const struct session_conns *sc)
{
	struct session_stats st = sc->sc_stats;
	const struct aqm_stats *as;

	if (sc->sc_aqm == NULL)
		return (st);
	as = aqm_stats(sc->sc_aqm);
	st.st_tx_frames += as->as_end[AQM_SENT];
	st.st_tx_bytes += as->as_bytes;
	st.st_tx_marked += as->as_marked;
	st.st_tx_joined += as->as_end[AQM_JOINED];
	st.st_drop_full += as->as_end[AQM_FULL];
	st.st_drop_delay += as->as_end[AQM_DELAY];
	st.st_drop_old += as->as_end[AQM_OLD];
	st.st_drop_down += as->as_end[AQM_FLUSHED];
	st.st_drop_memory += as->as_end[AQM_MEMORY];
	st.st_inner_again += as->as_end[AQM_SUPPRESSED];
	st.st_inner_acks += as->as_end[AQM_THINNED];
	return (st);
}

void
session_conns_live(const struct session_conns *sc, struct session_live *sv)
{
	memset(sv, 0, sizeof(*sv));
	if (sc->sc_aqm == NULL)
		return;
	sv->sv_frames = aqm_stats(sc->sc_aqm)->as_frames;
	sv->sv_bytes = aqm_stats(sc->sc_aqm)->as_charge;
	sv->sv_age_us = aqm_age(sc->sc_aqm, clock_us());
	path(sc, &sv->sv_rtt_us, &sv->sv_rate);
}
