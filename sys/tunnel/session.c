/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "net/flowkey.h"
#include "net/offload.h"
#include "tunnel/conn.h"
#include "tunnel/session.h"

/* Order of flows is all that depends on it, so it needs no secret. */
static uint32_t
session_hash(const struct frame *f)
{
	struct flowkey fk;
	struct ip_info ii;

	(void)flowkey_parse(f->f_data, f->f_len, &fk, &ii);
	return (flowkey_hash(&fk, 0));
}

/* murmur3's finishing steps */
static uint32_t
session_weight(uint32_t h, uint32_t id)
{
	h = (h ^ id) * 0x85ebca6bU;
	h = (h ^ h >> 13) * 0xc2b2ae35U;
	return (h ^ h >> 16);
}

/*
 * The connection for a frame: the one with the highest weight (rendezvous
 * hashing), so that one that comes or goes moves only the flows it must.
 */
static unsigned int
session_pick(const struct session_conns *sc, const struct frame *f)
{
	uint32_t h, w, best = 0;
	unsigned int i, pick = 0;

	if (sc->sc_n == 1)
		return (0);
	h = session_hash(f);
	for (i = 0; i < sc->sc_n; i++) {
		w = session_weight(h, sc->sc_id[i]);
		if (w >= best) {
			best = w;
			pick = i;
		}
	}
	return (pick);
}

void
session_conns_init(struct session_conns *sc, uint32_t frames, uint32_t bytes)
{
	memset(sc, 0, sizeof(*sc));
	sc->sc_frames = frames;
	sc->sc_bytes = bytes;
}

void
session_conns_fini(struct session_conns *sc)
{
	unsigned int i;

	for (i = 0; i < sc->sc_n; i++) {
		frameq_fini(&sc->sc_queue[i]);
		gso_end(&sc->sc_gso[i]);
	}
	sc->sc_n = 0;
}

/* The whole's bytes are shared; a queue takes the longest frame always. */
static uint32_t
session_share(const struct session_conns *sc)
{
	uint32_t share = sc->sc_n > 1 ? sc->sc_bytes / sc->sc_n : sc->sc_bytes;

	return (share > FRAME_MAX ? share : FRAME_MAX);
}

static void
session_put(struct session_conns *sc, unsigned int i, struct frame *f)
{
	sc->sc_stats.st_drop_full += frameq_put(&sc->sc_queue[i], f);
}

/* Put what waits in one queue to where it belongs now. */
static void
session_move(struct session_conns *sc, struct frameq *fq)
{
	uint32_t n = frameq_len(fq);
	struct frame *f;

	while (n-- > 0 && (f = frameq_get(fq)) != NULL)
		session_put(sc, session_pick(sc, f), f);
}

int
session_conns_add(struct session_conns *sc, struct conn *cn)
{
	unsigned int i;

	if (sc->sc_n == SESSION_CONNS ||
	    frameq_init(&sc->sc_queue[sc->sc_n], sc->sc_frames, sc->sc_bytes) ==
		-1)
		return (-1);
	sc->sc_conn[sc->sc_n] = cn;
	sc->sc_gso[sc->sc_n] = (struct gso){ .gs_frame = NULL };
	sc->sc_id[sc->sc_n++] = ++sc->sc_last_id;
	for (i = 0; i < sc->sc_n; i++)
		sc->sc_queue[i].fq_max_bytes = session_share(sc);
	for (i = 0; i + 1 < sc->sc_n; i++)
		session_move(sc, &sc->sc_queue[i]);
	return (0);
}

static int
session_find(const struct session_conns *sc, const struct conn *cn)
{
	unsigned int i;

	for (i = 0; i < sc->sc_n; i++)
		if (sc->sc_conn[i] == cn)
			return ((int)i);
	return (-1);
}

void
session_conns_remove(struct session_conns *sc, struct conn *cn)
{
	struct frameq lost;
	struct gso cut;
	int found = session_find(sc, cn);
	unsigned int i;

	if (found == -1)
		return;
	i = (unsigned int)found;
	lost = sc->sc_queue[i];
	cut = sc->sc_gso[i];
	for (sc->sc_n--; i < sc->sc_n; i++) {
		sc->sc_conn[i] = sc->sc_conn[i + 1];
		sc->sc_queue[i] = sc->sc_queue[i + 1];
		sc->sc_gso[i] = sc->sc_gso[i + 1];
		sc->sc_id[i] = sc->sc_id[i + 1];
	}
	for (i = 0; i < sc->sc_n; i++)
		sc->sc_queue[i].fq_max_bytes = session_share(sc);
	if (sc->sc_n > 0)
		session_move(sc, &lost);
	sc->sc_stats.st_drop_down += frameq_len(&lost) + gso_left(&cut);
	frameq_fini(&lost);
	gso_end(&cut);
}

void
session_conns_send(struct session_conns *sc, struct frame *f)
{
	if (sc->sc_n == 0) {
		sc->sc_stats.st_drop_down++;
		frame_free(f);
		return;
	}
	session_put(sc, session_pick(sc, f), f);
}

/* The next segment of what is being segmented, or NULL. */
static struct frame *
session_segment(struct session_conns *sc, struct gso *gs)
{
	struct frame *f = gso_next(gs);

	if (f == NULL && gs->gs_frame != NULL) {
		sc->sc_stats.st_drop_memory += gso_left(gs);
		gso_end(gs);
	}
	return (f);
}

/* From the queue, if need be by way of segmentation. */
static struct frame *
session_next(struct session_conns *sc, struct frameq *fq, struct gso *gs,
    unsigned int can)
{
	struct frame *f;

	while ((f = session_segment(sc, gs)) == NULL) {
		if ((f = frameq_get(fq)) == NULL ||
		    offload_may_send(&f->f_offload, can))
			break;
		gso_start(gs, f);
	}
	return (f);
}

struct frame *
session_conns_pull(struct session_conns *sc, struct conn *cn, unsigned int can)
{
	int i = session_find(sc, cn);
	struct frame *f;

	if (i == -1 ||
	    (f = session_next(sc, &sc->sc_queue[i], &sc->sc_gso[i], can)) ==
		NULL)
		return (NULL);
	sc->sc_stats.st_tx_frames++;
	sc->sc_stats.st_tx_bytes += f->f_len;
	sc->sc_stats.st_tx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	return (f);
}

void
session_conns_flush(struct session_conns *sc)
{
	unsigned int i;

	for (i = 0; i < sc->sc_n; i++)
		if (frameq_len(&sc->sc_queue[i]) > 0)
			conn_push(sc->sc_conn[i]);
}
