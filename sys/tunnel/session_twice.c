/* SPDX-License-Identifier: ISC */
/* Copies of the frames of sparse flows, on spare connections. */
#include <string.h>

#include "net/offload.h"
#include "tunnel/session_impl.h"

enum {
	CREDIT_LEAST = 16384,	/* bytes a second */
	CREDIT_UNKNOWN = 65536,	/* where nothing has filled the line yet */
	CREDIT_US = 250000	/* of copies that may be saved up */
};

static bool
is_spare(const struct session_lane *sl, bool acks)
{
	return (sl->sl_spare && sl->sl_acks == acks);
}

/* How many there are for acknowledgements, or for what is sparse. */
static unsigned int
spares(const struct session_conns *sc, bool acks)
{
	unsigned int i, n = 0;

	for (i = 0; i < SESSION_CONNS; i++)
		n += is_spare(&sc->sc_lane[i], acks);
	return (n);
}

void
session_unspare(struct session_conns *sc, struct session_lane *sl)
{
	if (!sl->sl_spare)
		return;
	if (frameq_len(&sl->sl_copies) > 0 && !sl->sl_acks)
		sc->sc_copying++;
	frameq_fini(&sl->sl_copies);
	sl->sl_spare = sl->sl_acks = false;
}

/*
 * The peer takes copies, and nothing is on it that would be in the way; before
 * acknowledgements that matters little: flows leave it as they are able to.
 */
static bool
may_be_spare(const struct session_conns *sc, unsigned int i, bool acks)
{
	const struct session_lane *sl = &sc->sc_lane[i];

	return (sl->sl_conn != NULL && !sl->sl_spare &&
	    (acks ? i != session_oldest(sc) :
		    (sl->sl_acked >= sl->sl_last &&
			!aqm_waits(sc->sc_aqm, i))) &&
	    sc->sc_ops->so_twice(sl->sl_conn));
}

/* One more, if some other is left for bulk. */
static void
make_spare(struct session_conns *sc, bool acks)
{
	struct session_lane *sl;
	unsigned int i;

	if (spares(sc, false) + spares(sc, true) + 1 >= sc->sc_n)
		return;
	for (i = SESSION_CONNS; i-- > 0;) {
		sl = &sc->sc_lane[i];
		if (!may_be_spare(sc, i, acks) ||
		    frameq_init(&sl->sl_copies, SESSION_COPIES,
			SESSION_COPY_BYTES) == -1)
			continue;
		sl->sl_spare = true;
		sl->sl_acks = acks;
		return;
	}
}

/* All or one of a kind are spare no more. */
static void
end_spare(struct session_conns *sc, bool acks)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++)
		if (is_spare(&sc->sc_lane[i], acks)) {
			session_unspare(sc, &sc->sc_lane[i]);
			return;
		}
}

/* Whether segments get lost on the way. */
static bool
loses(const struct session_conns *sc)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++)
		if (sc->sc_lane[i].sl_conn != NULL && sc->sc_lane[i].sl_loses)
			return (true);
	return (false);
}

void
session_spares(struct session_conns *sc, uint32_t rtt)
{
	unsigned int n = spares(sc, false), acks = spares(sc, true), i;

	if (acks > 0 && (n < SESSION_SPARES || n + acks == sc->sc_n)) {
		end_spare(sc, true);
		acks--;
	}
	if (n > 0 && n == sc->sc_n)
		end_spare(sc, false);
	if (rtt < SESSION_FAR)
		return;
	for (i = n; i < SESSION_SPARES; i++)
		make_spare(sc, false);
	if (acks == 0 && loses(sc) && spares(sc, false) == SESSION_SPARES)
		make_spare(sc, true);
}

void
session_credit(struct session_conns *sc, uint64_t rate, uint64_t us)
{
	uint64_t share = rate == 0 ? CREDIT_UNKNOWN : rate / SESSION_SHARE;
	uint64_t most;

	if (share < CREDIT_LEAST)
		share = CREDIT_LEAST;
	most = share * CREDIT_US / 1000000;
	sc->sc_credit += share * (us < CREDIT_US ? us : CREDIT_US) / 1000000;
	if (sc->sc_credit > most)
		sc->sc_credit = most;
	sc->sc_kept = most / 2;
}

/*
 * Copies of a frame are paid for, if they can be.  Acknowledgements of bulk,
 * which come all the time, leave half of what may be saved up for what is
 * sparse: that would have nothing else.
 */
static bool
pay(struct session_conns *sc, const struct frame *f, bool acks)
{
	uint64_t cost = f->f_len * (uint64_t)spares(sc, acks);

	if (cost == 0 || cost + (acks ? sc->sc_kept : 0) > sc->sc_credit)
		return (false);
	sc->sc_credit -= cost;
	return (true);
}

/*
 * Whether a flow may begin to be copied: nothing of it that has no copy is
 * before the next frame.  Of what knows its own order one may be.
 */
static bool
may_begin(const struct session_conns *sc, const struct aqm_flow *fl,
    const struct ip_info *ii)
{
	return (aqm_flow_frames(fl) == 0 &&
	    (ii == NULL || ii->ii_proto != IP_TCP ||
		!session_under_way(sc, fl)));
}

static bool
is_copied(struct session_conns *sc, struct aqm_flow *fl, const struct frame *f,
    const struct ip_info *ii, uint64_t now)
{
	bool copied = aqm_sparse(fl, now) &&
	    f->f_offload.fo_gso == OFFLOAD_GSO_NONE && f->f_len <= AQM_MTU &&
	    (fl->af_user[PIN_COPIED] == sc->sc_copying ||
		may_begin(sc, fl, ii)) &&
	    pay(sc, f, false);

	fl->af_user[PIN_COPIED] = copied ? sc->sc_copying : 0;
	return (copied);
}

/* Whether there is room for acknowledgements, which would take all there is. */
static bool
may_copy_acks(const struct session_conns *sc)
{
	const struct session_lane *sl;
	unsigned int i;

	for (i = 0; i < SESSION_CONNS && sc->sc_hold.ho_now == 0; i++) {
		sl = &sc->sc_lane[i];
		if (is_spare(sl, true))
			return (sl->sl_waits < SESSION_NARROW + sl->sl_rtt / 4);
	}
	return (false);
}

struct frame *
session_number(struct session_conns *sc, struct aqm_flow *fl, struct frame *f,
    const struct ip_info *ii, bool bare, uint64_t now)
{
	struct frame *own = NULL;

	if (sc->sc_n < 2)
		return (f);
	if (bare ? may_copy_acks(sc) && pay(sc, f, true) :
		   is_copied(sc, fl, f, ii, now))
		own = frame_copy(f);
	if (own == NULL) {
		if (!bare)
			fl->af_user[PIN_COPIED] = 0;
		return (f);
	}
	if (++sc->sc_number == 0)
		sc->sc_number++;
	own->f_twice = sc->sc_number;
	frame_free(f);
	return (own);
}

/* Copies that are in the way: no flow's later ones may come without them. */
static void
make_room(struct session_conns *sc, struct session_lane *sl)
{
	struct frame *f;

	if (frameq_len(&sl->sl_copies) < SESSION_COPIES)
		return;
	while ((f = frameq_get(&sl->sl_copies)) != NULL)
		frame_free(f);
	if (!sl->sl_acks)
		sc->sc_copying++;
}

void
session_copy(struct session_conns *sc, struct frame *f, bool bare)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++) {
		if (!is_spare(&sc->sc_lane[i], bare))
			continue;
		make_room(sc, &sc->sc_lane[i]);
		frameq_put(&sc->sc_lane[i].sl_copies, frame_ref(f));
	}
}
