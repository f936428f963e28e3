/* SPDX-License-Identifier: ISC */
/*
 * session: the sending side of a session that has up to SESSION_CONNS
 * connections, same at both ends.  One owner thread; no locking.
 *
 * All frames wait in one queue that knows flows (net/aqm.h), of which each
 * connection is a lane.  A flow stays with its connection as long as something
 * of it waits or is not acknowledged by the peer's TCP, so that its order is
 * kept and a loss stalls only what is on that connection; then it goes to the
 * one with least to do.  What waits for a lost connection moves to another.
 * While there is none, frames are dropped and counted.
 *
 * Every SESSION_SAMPLE the paths' round trip and rate are looked at; the
 * queue's target and the length of its turns follow them.
 */
#ifndef TUNNEL_SESSION_H
#define TUNNEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"
#include "net/aqm.h"

struct conn;
struct conn_path;

enum {
	SESSION_CONNS = AQM_LANES,
	SESSION_SAMPLE = 20000	/* us */
};

/* Counters; each frame that was not sent is in one st_drop or st_inner. */
struct session_stats {
	uint64_t st_rx_frames, st_rx_bytes;
	uint64_t st_tx_frames, st_tx_bytes;	/* handed to connections */
	uint64_t st_rx_super, st_tx_super;	/* super-frames among them */
	uint64_t st_tx_marked;			/* by ECN */
	uint64_t st_drop_full;			/* at the queue's limits */
	uint64_t st_drop_delay;			/* by CoDel */
	uint64_t st_drop_old;			/* after an outage */
	uint64_t st_drop_down;			/* no connection up */
	uint64_t st_drop_memory;		/* no buffer */
	uint64_t st_inner_again;		/* retransmissions in vain */
	uint64_t st_inner_acks;			/* ACKs that say no more */
};

/* What is now. */
struct session_live {
	uint32_t sv_frames;	/* that wait, */
	uint32_t sv_bytes;	/* their buffers' size, */
	uint64_t sv_age_us;	/* and since when the oldest does */
	uint32_t sv_rtt_us;	/* of the path; 0 not known */
	uint64_t sv_rate;	/* bytes a second; 0 not known */
};

/* What a session asks of its connections; tests have others. */
struct session_ops {
	/* cs_tx_wire */
	uint64_t (*so_wire)(const struct conn *cn);
	bool (*so_path)(const struct conn *cn, struct conn_path *cp);
	void (*so_push)(struct conn *cn);
};

struct session_lane {
	struct conn *sl_conn;	/* NULL: free */
	uint32_t sl_id;		/* of the connection; never used twice */
	uint64_t sl_wire;	/* so_wire() when last asked */
	uint64_t sl_frames, sl_bytes; /* pulled since that changed */
	uint64_t sl_last;	/* highest position that was given to a flow */
	uint64_t sl_acked;	/* surely, up to this position */
	uint64_t sl_rate;
	uint32_t sl_rtt;
};

struct session_conns {
	const struct session_ops *sc_ops;
	struct aqm *sc_aqm;	/* NULL without memory */
	struct session_lane sc_lane[SESSION_CONNS];
	unsigned int sc_n;	/* connections */
	uint32_t sc_last_id;
	uint64_t sc_sampled;	/* us */
	struct session_stats sc_stats; /* without those of sc_aqm */
};

/* Limits of the queue; inner: analyse inner TCP (net/flow.h). */
void session_conns_init(struct session_conns *sc, uint32_t frames,
    uint32_t bytes, bool inner);
/* Drops what waits, keeps sc_stats; does not close connections. */
void session_conns_fini(struct session_conns *sc);
/* -1 when there are SESSION_CONNS already, or without memory. */
int session_conns_add(struct session_conns *sc, struct conn *cn);
void session_conns_remove(struct session_conns *sc, struct conn *cn);
/* Queue a frame; consumes it. */
void session_conns_send(struct session_conns *sc, struct frame *f);
/*
 * The next frame for cn, counted as sent; for ch_pull.  can: what cn's far
 * end takes, of OFFLOAD_CAN_*.  A super-frame of another kind waits whole and
 * comes out in segments, one a call.
 */
struct frame *session_conns_pull(struct session_conns *sc, struct conn *cn,
    unsigned int can);
/* conn_push on each connection that has something waiting. */
void session_conns_flush(struct session_conns *sc);
/* All that has been counted, the queue's counters included. */
struct session_stats session_conns_stats(const struct session_conns *sc);
void session_conns_live(const struct session_conns *sc,
    struct session_live *sv);

#endif
