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
 *	spare		Where the path is SESSION_FAR or more and the peer
 *			takes it, up to SESSION_SPARES connections carry
 *			nothing but copies of the frames of sparse flows, all
 *			but pure acknowledgements; the peer drops what comes
 *			second (twice.h).  So neither bulk nor the loss of a
 *			segment delays these.  Copies take at most one part
 *			in SESSION_SHARE of what the path carries.
 *	BBR		On a path where BBR is in use one connection has all
 *			flows: several of them would fill the line's buffer.
 *	acks		Where segments get lost, one more spare connection
 *			has copies of pure acknowledgements, as long as it is
 *			not a narrow line whose queue they fill: so data and
 *			losses before them cost their flows' senders no time.
 *			They may overtake each other and data, which TCP does
 *			not mind.
 *	hold		Where pure acknowledgements fill the line they wait
 *			for others, for as long as there is nothing else on
 *			their connection: see hold.h.  Then they have no
 *			copies.
 *	moving		A flow that cannot wait until nothing of it is under
 *			way (its connection has too much, or is not the one
 *			to use) is held back until all of it is acknowledged,
 *			one flow at a time.
 *
 * Every SESSION_SAMPLE the paths' round trip and rate are looked at, those that
 * something was sent on, and all of them once a second; the queue's target and
 * the length of its turns follow them.
 */
#ifndef TUNNEL_SESSION_H
#define TUNNEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"
#include "net/aqm.h"
#include "net/pace.h"
#include "tunnel/hold.h"
#include "tunnel/twice.h"

struct conn;
struct conn_path;

enum {
	SESSION_CONNS = AQM_LANES - 1,
	SESSION_HELD_BACK = SESSION_CONNS, /* the lane of flows that move */
	SESSION_SAMPLE = 20000,	/* us */
	SESSION_SPARES = 2,
	SESSION_FAR = 2000,	/* us of round trip */
	SESSION_LOST = 3,	/* segments, then losses are to be expected */
	SESSION_NARROW = 50000,	/* us that acknowledgements wait */
	SESSION_SHARE = 8,
	SESSION_COPIES = 64,	/* frames that may wait on a spare one, */
	SESSION_COPY_BYTES = 64 << 10 /* and bytes */
};

/* Counters; each frame that was not sent is in one st_drop or st_inner. */
struct session_stats {
	uint64_t st_rx_frames, st_rx_bytes;
	uint64_t st_tx_frames, st_tx_bytes;	/* handed to connections */
	uint64_t st_rx_super, st_tx_super;	/* super-frames among them */
	uint64_t st_tx_marked;			/* by ECN */
	uint64_t st_tx_joined;			/* with the frame before */
	uint64_t st_drop_full;			/* at the queue's limits */
	uint64_t st_drop_delay;			/* by CoDel */
	uint64_t st_drop_old;			/* after an outage */
	uint64_t st_drop_down;			/* no connection up */
	uint64_t st_drop_memory;		/* no buffer */
	uint64_t st_inner_again;		/* retransmissions in vain */
	uint64_t st_inner_acks;			/* ACKs that say no more */
	uint64_t st_tx_twice;			/* copies sent besides */
	uint64_t st_rx_twice;			/* and that came in vain */
};

/* What is now. */
struct session_live {
	uint32_t sv_frames;	/* that wait, */
	uint32_t sv_bytes;	/* their buffers' size, */
	uint64_t sv_age_us;	/* and since when the oldest does */
	uint32_t sv_hold_us;	/* that acknowledgements are held */
	uint32_t sv_rtt_us;	/* of the path; 0 not known */
	uint64_t sv_rate;	/* bytes a second; 0 not known */
};

/* What a session asks of its connections; tests have others. */
struct session_ops {
	/* cs_tx_wire */
	uint64_t (*so_wire)(const struct conn *cn);
	bool (*so_path)(const struct conn *cn, struct conn_path *cp);
	void (*so_push)(struct conn *cn);
	void (*so_push_later)(struct conn *cn, uint64_t us);
	bool (*so_twice)(const struct conn *cn);
};

struct session_lane {
	struct conn *sl_conn;	/* NULL: free */
	uint32_t sl_id;		/* of the connection; never used twice */
	uint64_t sl_wire;	/* so_wire() when last asked */
	uint64_t sl_frames, sl_bytes; /* pulled since that changed */
	uint64_t sl_least;	/* bytes that these take, at least */
	uint64_t sl_last;	/* highest position that was given to a flow */
	uint64_t sl_acked;	/* surely, up to this position */
	uint64_t sl_rate;
	uint32_t sl_rtt;
	bool sl_idle;		/* nothing new to know of it since */
	bool sl_known;		/* what follows, and sl_acked goes on */
	bool sl_bbr, sl_wants_bbr;	/* see conn_path */
	bool sl_loses;		/* segments do get lost */
	uint32_t sl_waits;	/* us, in the line's queue */
	uint64_t sl_held;	/* us, since when acknowledgements are; or 0 */
	bool sl_spare;
	bool sl_acks;		/* and has nothing but acknowledgements */
	struct frameq sl_copies; /* of a spare one */
};

struct session_conns {
	const struct session_ops *sc_ops;
	struct aqm *sc_aqm;	/* NULL without memory */
	struct session_lane sc_lane[SESSION_CONNS];
	unsigned int sc_n;	/* connections */
	uint32_t sc_last_id;
	uint64_t sc_sampled;	/* us */
	uint64_t sc_swept;	/* us, when idle ones were looked at, too */
	uint64_t sc_carried;	/* bytes handed to connections since */
	uint32_t sc_rtt;	/* us, of the path; 0 not known */
	uint64_t sc_moved;	/* us, when a flow was held back last */
	uint32_t sc_number;	/* of the last frame that was copied */
	uint32_t sc_copying;	/* counts up when copies were lost */
	uint64_t sc_credit;	/* bytes of copies that may be sent, */
	uint64_t sc_kept;	/* of them not for acknowledgements */
	struct twice sc_seen;	/* of the peer's numbers */
	struct pace sc_pace;	/* of what leaves the queue */
	struct hold sc_hold;	/* of pure acknowledgements */
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
/*
 * A frame has come from the peer: whether it is the first of its number, or
 * has none; else it is counted, and freed.  f_twice is 0 afterwards.
 */
bool session_conns_take(struct session_conns *sc, struct frame *f);
/*
 * Whether more connections than these would carry more: BBR would suit the
 * path (path.h), but is not used.
 */
bool session_conns_short(const struct session_conns *sc);
/*
 * Let frames go at that rate, in bytes a second, and no faster; 0: no limit.
 * session_conns_pull() has none while the owner has to wait, which
 * session_conns_wait() says in us; it then flushes again.
 */
void session_conns_set_rate(struct session_conns *sc, uint64_t rate);
uint64_t session_conns_wait(struct session_conns *sc);
/* conn_push on each connection that has something waiting. */
void session_conns_flush(struct session_conns *sc);
/* All that has been counted, the queue's counters included. */
struct session_stats session_conns_stats(const struct session_conns *sc);
void session_conns_live(const struct session_conns *sc,
    struct session_live *sv);

#endif
