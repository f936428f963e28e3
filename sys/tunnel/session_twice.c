/* SPDX-License-Identifier: ISC */
/* Copies of the frames of sparse flows, on spare connections. */
#include <string.h>

#include "net/flow.h"
#include "net/offload.h"
#include "tunnel/session_impl.h"

enum {
	CREDIT_LEAST = 16384,	/* bytes a second, whatever is known */
	CREDIT_US = 250000	/* of copies that may be saved up */
};

static unsigned int
spares(const struct session_conns *sc)
{
	unsigned int i, n = 0;

	for (i = 0; i < SESSION_CONNS; i++)
		n += sc->sc_lane[i].sl_spare;
	return (n);
}

void
session_unspare(struct session_conns *sc, struct session_lane *sl)
{
	if (!sl->sl_spare)
		return;
	if (frameq_len(&sl->sl_copies) > 0)
		sc->sc_copying++;
	frameq_fini(&sl->sl_copies);
	sl->sl_spare = false;
}

/* Nothing is on it that would be in the way, and the peer takes copies. */
static bool
may_be_spare(const struct session_conns *sc, unsigned int i)
{
	const struct session_lane *sl = &sc->sc_lane[i];

	return (sl->sl_conn != NULL && !sl->sl_spare &&
	    sl->sl_acked >= sl->sl_last && !aqm_waits(sc->sc_aqm, i) &&
	    sc->sc_ops->so_twice(sl->sl_conn));
}

void
session_spares(struct session_conns *sc, uint32_t rtt)
{
	unsigned int i, n = spares(sc);

	for (i = 0; i < SESSION_CONNS && n == sc->sc_n; i++)
		if (sc->sc_lane[i].sl_spare) {
			session_unspare(sc, &sc->sc_lane[i]);
			n--;
		}
	if (rtt < SESSION_FAR)
		return;
	for (i = SESSION_CONNS;
	     i-- > 0 && n < SESSION_SPARES && n + 1 < sc->sc_n;)
		if (may_be_spare(sc, i) &&
		    frameq_init(&sc->sc_lane[i].sl_copies, SESSION_COPIES,
			SESSION_COPY_BYTES) == 0) {
			sc->sc_lane[i].sl_spare = true;
			n++;
		}
}

void
session_credit(struct session_conns *sc, uint64_t rate, uint64_t us)
{
	uint64_t share = rate / SESSION_SHARE, most;

	if (share < CREDIT_LEAST)
		share = CREDIT_LEAST;
	most = share * CREDIT_US / 1000000;
	sc->sc_credit += share * (us < CREDIT_US ? us : CREDIT_US) / 1000000;
	if (sc->sc_credit > most)
		sc->sc_credit = most;
}

/* Whether a frame is worth a copy, however its flow may be. */
static bool
is_worth(const struct frame *f, const struct ip_info *ii)
{
	return (f->f_offload.fo_gso == OFFLOAD_GSO_NONE &&
	    f->f_len <= AQM_MTU && (ii == NULL || !flow_is_bare_ack(f, ii)));
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
is_copied(struct session_conns *sc, const struct aqm_flow *fl,
    const struct frame *f, const struct ip_info *ii, uint64_t now)
{
	uint64_t cost = f->f_len * (uint64_t)spares(sc);

	if (cost == 0 || cost > sc->sc_credit || !aqm_sparse(fl, now) ||
	    !is_worth(f, ii) ||
	    (fl->af_user[PIN_COPIED] != sc->sc_copying &&
		!may_begin(sc, fl, ii)))
		return (false);
	sc->sc_credit -= cost;
	return (true);
}

struct frame *
session_number(struct session_conns *sc, struct aqm_flow *fl, struct frame *f,
    const struct ip_info *ii, uint64_t now)
{
	struct frame *own = NULL;

	if (sc->sc_n < 2)
		return (f);
	if (is_copied(sc, fl, f, ii, now))
		own = frame_copy(f);
	if (own == NULL) {
		if (ii == NULL || !flow_is_bare_ack(f, ii))
			fl->af_user[PIN_COPIED] = 0;
		return (f);
	}
	fl->af_user[PIN_COPIED] = sc->sc_copying;
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
	sc->sc_copying++;
}

void
session_copy(struct session_conns *sc, struct frame *f)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++) {
		if (!sc->sc_lane[i].sl_spare)
			continue;
		make_room(sc, &sc->sc_lane[i]);
		frameq_put(&sc->sc_lane[i].sl_copies, frame_ref(f));
	}
}
