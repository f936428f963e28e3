/* SPDX-License-Identifier: ISC */
/*
 * session: the sending side of a session that has up to SESSION_CONNS
 * connections, same at both ends.  Frames wait in one bounded queue per
 * connection; a frame's flow (addresses, protocol, ports) pins it to one
 * connection, so that order within a flow is kept.  What waits for a lost
 * connection moves to the others.  While no connection is up, frames are
 * dropped and counted.  One owner thread; no locking.
 */
#ifndef TUNNEL_SESSION_H
#define TUNNEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"
#include "net/gso.h"

struct conn;

enum { SESSION_CONNS = 8 };

struct session_stats {
	uint64_t st_rx_frames, st_rx_bytes;
	uint64_t st_tx_frames, st_tx_bytes;	/* handed to connections */
	uint64_t st_rx_super, st_tx_super;	/* super-frames among them */
	uint64_t st_drop_full;			/* queue full, oldest first */
	uint64_t st_drop_down;			/* no connection up */
	uint64_t st_drop_memory;		/* segments without a buffer */
};

struct session_conns {
	struct conn *sc_conn[SESSION_CONNS];
	struct frameq sc_queue[SESSION_CONNS];
	struct gso sc_gso[SESSION_CONNS];	/* what is being segmented */
	uint32_t sc_id[SESSION_CONNS];	/* never used twice */
	uint32_t sc_last_id;
	unsigned int sc_n;
	uint32_t sc_frames;	/* limit of each queue */
	uint32_t sc_bytes;	/* limit of all together */
	struct session_stats sc_stats;
};

/*
 * frames: the limit of each connection's queue; bytes: of all together,
 * shared evenly (but never less than the longest frame each).
 */
void session_conns_init(struct session_conns *sc, uint32_t frames,
    uint32_t bytes);
/* Drops what waits; does not close connections. */
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

#endif
