/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "encap/encap.h"
#include "kern/clock.h"
#include "net/flowkey.h"
#include "net/offload.h"
#include "tunnel/conn.h"
#include "tunnel/session.h"

/*
 * Bytes that a connection may hold, encoded and not counted by so_wire(): a
 * flow counts as so much later sent, and so stays where it is rather longer.
 */
enum { SESSION_HELD = 16384 + ENCAP_OVERHEAD };

/* Bytes by which a lane may be fuller before flows that wait leave it. */
enum { SESSION_UNEVEN = 16384 };

/* af_user[]: the connection that has the flow's last frame, and where. */
enum { PIN_CONN, PIN_POS };

static uint64_t
conn_wire(const struct conn *cn)
{
	return (conn_stats(cn)->cs_tx_wire);
}

static const struct session_ops conn_ops = {
	.so_wire = conn_wire,
	.so_path = conn_path,
	.so_push = conn_push,
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
	arc4random_buf(&seed, sizeof(seed));
	sc->sc_aqm = aqm_new(frames, bytes, seed);
	if (sc->sc_aqm != NULL && inner)
		aqm_set_acked(sc->sc_aqm, session_acked, sc);
}

void
session_conns_fini(struct session_conns *sc)
{
	if (sc->sc_aqm != NULL)
		aqm_flush(sc->sc_aqm);
	sc->sc_stats = session_conns_stats(sc);
	aqm_free(sc->sc_aqm);
	sc->sc_aqm = NULL;
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

/* Of the connections that there are, the one with least to do. */
static unsigned int
least_loaded(const struct session_conns *sc)
{
	uint64_t least = UINT64_MAX, now;
	unsigned int i, pick = 0;

	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL &&
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
	sc->sc_n++;
	return (0);
}

void
session_conns_remove(struct session_conns *sc, struct conn *cn)
{
	int i = lane_of(sc, cn);
	struct aqm_flow *fl;

	if (cn == NULL || i == -1)
		return;
	sc->sc_lane[i] = (struct session_lane){ .sl_conn = NULL };
	if (--sc->sc_n == 0) {
		aqm_flush(sc->sc_aqm);
		return;
	}
	while ((fl = aqm_first(sc->sc_aqm, (unsigned int)i)) != NULL)
		aqm_move(sc->sc_aqm, fl, least_loaded(sc));
}

/* A rate that was limited by us says only what the line carries at least. */
static void
sample_lane(struct session_conns *sc, struct session_lane *sl)
{
	struct conn_path cp;

	if (!sc->sc_ops->so_path(sl->sl_conn, &cp)) {
		/* not knowing, flows stay where they are */
		sl->sl_rate = 0;
		return;
	}
	if (cp.cp_idle)
		sl->sl_acked = sl->sl_last;
	else if (cp.cp_acked_least > sl->sl_acked)
		sl->sl_acked = cp.cp_acked_least;
	if (!cp.cp_limited || (sl->sl_rate != 0 && cp.cp_rate > sl->sl_rate))
		sl->sl_rate = cp.cp_rate;
	sl->sl_rtt = cp.cp_rtt_us;
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

static void
sample(struct session_conns *sc, uint64_t now)
{
	unsigned int i;
	uint32_t rtt;
	uint64_t rate;

	if (sc->sc_n == 0 || now < sc->sc_sampled + SESSION_SAMPLE)
		return;
	sc->sc_sampled = now;
	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL)
			sample_lane(sc, &sc->sc_lane[i]);
	path(sc, &rtt, &rate);
	aqm_set_path(sc->sc_aqm, rtt, rate);
}

/*
 * The lane for a flow's next frame.  What waits moves along, so only what is
 * under way pins a flow.
 */
static unsigned int
lane_for(const struct session_conns *sc, const struct aqm_flow *fl)
{
	const struct session_lane *sl = &sc->sc_lane[fl->af_lane];
	unsigned int best;

	if (sc->sc_n == 1 && sl->sl_conn != NULL)
		return (fl->af_lane);
	if (sl->sl_conn != NULL && sl->sl_id == fl->af_user[PIN_CONN] &&
	    sl->sl_acked < fl->af_user[PIN_POS])
		return (fl->af_lane);
	best = least_loaded(sc);
	if (sl->sl_conn != NULL && aqm_flow_frames(fl) > 0 &&
	    load(sc, fl->af_lane) < load(sc, best) + SESSION_UNEVEN)
		return (fl->af_lane);
	return (best);
}

void
session_conns_send(struct session_conns *sc, struct frame *f)
{
	struct aqm_flow *fl;
	struct flowkey fk;
	struct ip_info ii;
	unsigned int lane;
	uint64_t now;
	bool ip;

	if (sc->sc_n == 0) {
		sc->sc_stats.st_drop_down++;
		frame_free(f);
		return;
	}
	now = clock_us();
	sample(sc, now);
	ip = flowkey_parse(f->f_data, f->f_len, &fk, &ii);
	fl = aqm_flow(sc->sc_aqm, &fk);
	if (fl != NULL && (lane = lane_for(sc, fl)) != fl->af_lane)
		aqm_move(sc->sc_aqm, fl, lane);
	aqm_put(sc->sc_aqm, fl, f, ip ? &ii : NULL, now);
}

/*
 * Note where a frame goes in its connection's stream.  How much is before it
 * is known when the connection has written (so_wire); what was pulled since
 * adds between nothing and ENCAP_OVERHEAD a frame.
 */
static void
note_sent(struct session_conns *sc, struct session_lane *sl,
    struct aqm_flow *fl, const struct frame *f)
{
	uint64_t wire = sc->sc_ops->so_wire(sl->sl_conn);

	if (wire != sl->sl_wire) {
		sl->sl_wire = wire;
		sl->sl_frames = sl->sl_bytes = 0;
	}
	sl->sl_frames++;
	sl->sl_bytes += f->f_len;
	aqm_sent(sc->sc_aqm, sl->sl_id, wire + sl->sl_bytes);
	sl->sl_last = wire + sl->sl_bytes + sl->sl_frames * ENCAP_OVERHEAD +
	    2 * ENCAP_CONTROL + SESSION_HELD;
	fl->af_user[PIN_CONN] = sl->sl_id;
	fl->af_user[PIN_POS] = sl->sl_last;
}

struct frame *
session_conns_pull(struct session_conns *sc, struct conn *cn, unsigned int can)
{
	int i = lane_of(sc, cn);
	struct aqm_flow *fl;
	struct frame *f;

	if (cn == NULL || i == -1 ||
	    (f = aqm_get(sc->sc_aqm, (unsigned int)i, can, clock_us(), &fl)) ==
		NULL)
		return (NULL);
	note_sent(sc, &sc->sc_lane[i], fl, f);
	sc->sc_stats.st_tx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	return (f);
}

void
session_conns_flush(struct session_conns *sc)
{
	unsigned int i;

	sample(sc, clock_us());
	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL && aqm_waits(sc->sc_aqm, i))
			sc->sc_ops->so_push(sc->sc_lane[i].sl_conn);
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
