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

enum { SESSION_ALONE = 256 }; /* bytes of a frame that waits for no look */

static uint64_t
conn_wire(const struct conn *cn)
{
	return (conn_stats(cn)->cs_tx_wire);
}

static const struct session_ops conn_ops = {
	.so_wire = conn_wire,
	.so_path = conn_path,
	.so_push = conn_push,
	.so_push_later = conn_push_later,
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

int
session_conns_add(struct session_conns *sc, struct conn *cn)
{
	int i = lane_of(sc, NULL);

	if (i == -1 || sc->sc_aqm == NULL)
		return (-1);
	sc->sc_lane[i] =
	    (struct session_lane){ .sl_conn = cn, .sl_id = ++sc->sc_last_id };
	if (sc->sc_n++ == 0) {
		memset(&sc->sc_seen, 0, sizeof(sc->sc_seen));
		memset(&sc->sc_hold, 0, sizeof(sc->sc_hold));
	}
	session_spares(sc, sc->sc_rtt);
	return (0);
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
	session_leave(sc, (unsigned int)i);
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

/* Whether where f is to be sent depends on the paths as they are now. */
static bool
has_choice(const struct session_conns *sc, const struct frame *f)
{
	bool alone =
	    f->f_len <= SESSION_ALONE && aqm_stats(sc->sc_aqm)->as_frames == 0;

	return (session_holds_back(sc) || (sc->sc_n > 1 && !alone));
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
	if (has_choice(sc, f))
		session_look(sc, now);
	ip = flowkey_parse(f->f_data, f->f_len, &fk, &ii) ? &ii : NULL;
	fl = aqm_flow(sc->sc_aqm, &fk);
	if (fl == NULL) {
		aqm_put(sc->sc_aqm, NULL, f, NULL, now);
		return;
	}
	if ((lane = session_lane_for(sc, fl, now)) != fl->af_lane)
		aqm_move(sc->sc_aqm, fl, lane);
	put(sc, fl, f, ip, now);
}

/*
 * Note where a frame goes in its connection's stream, and return where it ends
 * at least.  How much is before it is known when the connection has written
 * (so_wire); each of those pulled since is up to ENCAP_OVERHEAD longer in
 * there, or ENCAP_SAVED shorter.
 */
static uint64_t
note_lane(struct session_conns *sc, struct session_lane *sl,
    const struct frame *f)
{
	uint64_t wire = sc->sc_ops->so_wire(sl->sl_conn), last;

	if (wire != sl->sl_wire) {
		sl->sl_wire = wire;
		sl->sl_frames = sl->sl_bytes = sl->sl_least = 0;
	}
	sc->sc_carried += f->f_len;
	sl->sl_idle = false;
	sl->sl_frames++;
	sl->sl_bytes += f->f_len;
	last = wire + sl->sl_bytes + sl->sl_frames * ENCAP_OVERHEAD +
	    2 * ENCAP_CONTROL + SESSION_HELD;
	/* Never back, as flows are pinned to it; each frame has its own. */
	sl->sl_last = last > sl->sl_last ? last : sl->sl_last + 1;
	sl->sl_least += f->f_len > ENCAP_SAVED ? f->f_len - ENCAP_SAVED : 1;
	return (wire + sl->sl_least);
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

/*
 * Whether a lane has nothing but acknowledgements that wait for others to go
 * with them.  Once they have, all go.  What was to come later may come sooner,
 * and then has to come once more.
 */
static bool
is_holding(struct session_conns *sc, unsigned int lane, uint64_t now)
{
	struct session_lane *sl = &sc->sc_lane[lane];
	uint32_t us = sc->sc_hold.ho_now;

	if (us == 0 || !aqm_waits(sc->sc_aqm, lane) ||
	    aqm_waits_urgent(sc->sc_aqm, lane)) {
		sl->sl_held = 0;
		return (false);
	}
	if (sl->sl_held == 0)
		sl->sl_held = now;
	if (now >= sl->sl_held + us)
		return (false);
	sc->sc_ops->so_push_later(sl->sl_conn, sl->sl_held + us - now);
	return (true);
}

struct frame *
session_conns_pull(struct session_conns *sc, struct conn *cn, unsigned int can)
{
	int i = lane_of(sc, cn);
	struct aqm_flow *fl;
	struct frame *f;
	uint64_t now;

	if (cn == NULL || i == -1 ||
	    (sc->sc_pace.pa_rate != 0 && session_conns_wait(sc) > 0))
		return (NULL);
	if ((f = pull_copy(sc, &sc->sc_lane[i])) != NULL)
		return (f);
	now = clock_us();
	if (is_holding(sc, (unsigned int)i, now))
		return (NULL);
	f = aqm_get(sc->sc_aqm, (unsigned int)i, can, now, &fl);
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

	return (sc->sc_n > 0 && sl->sl_wants_bbr && !sl->sl_bbr);
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
	bool before = sc->sc_n > 0 && session_holds_back(sc);
	unsigned int i;

	if (before)
		session_look(sc, clock_us());
	for (i = 0; i < SESSION_CONNS; i++)
		if (waits(sc, i))
			sc->sc_ops->so_push(sc->sc_lane[i].sl_conn);
	if (!before)
		session_look_after(sc, clock_us());
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
	sv->sv_hold_us = sc->sc_hold.ho_now;
	session_path(sc, &sv->sv_rtt_us, &sv->sv_rate);
}
