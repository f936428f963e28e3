/* SPDX-License-Identifier: ISC */
/*
 * aqm: the queue of a session: FlowQueue-CoDel (RFC 8290) over inner flows.
 * Each flow has a queue of its own with CoDel (codel.h); flows take turns by
 * bytes, and one that has not used up its first turn goes before those that
 * have.  Of the former, sparse flows are first: what came of them lately is
 * AQM_SPARSE bytes at most (ARP, DNS, keystrokes, voice).
 *
 *	lanes		A session's connections are lanes with turns of their
 *			own.  A flow is on one lane; its owner moves it.  On a
 *			lane that nobody takes from it is held back.
 *	limits		Frames and bytes in all, and of the memory that is left
 *			for frames no queue takes more than half, so that many
 *			long ones leave room for others (but AQM_LEAST may wait
 *			in each); over them the flow with most
 *			bytes loses half of its own, oldest first, at most
 *			AQM_BATCH frames at once (RFC 8290, 4.1.3).
 *	ECN		Where a flow's sender can be told (RFC 3168), a frame
 *			is marked where it would be dropped.  A frame with
 *			more than one reference is copied for it.
 *	turn		is what the line carries in AQM_TURN, at least a
 *			frame of AQM_MTU.
 *	super-frames	On a slow line they leave in parts that it carries in
 *			AQM_PART, so that others need not wait longer.
 *	joining		What a frame's continuation is and waits behind it goes
 *			with it as one super-frame (gro.h), up to what the line
 *			carries in AQM_PART; on faster ones than that makes a
 *			difference for, nothing is copied.
 *	target		A quarter of the path's round trip, in an interval of
 *			2.5 round trips, but not under what RFC 8289 has (5 ms
 *			and 100 ms) and the time of one and a half parts: a
 *			single flow fills a long line only if some of its data
 *			waits, and no other flow waits for that.
 *	outage		What waited longer than AQM_STALE (or 4 intervals) is
 *			dropped, but for the newest of each flow, and, where
 *			inner TCP is looked at, for its data, which its
 *			receiver cannot do without.
 *	inner TCP	If switched on, retransmissions that would be in vain
 *			are dropped, and acknowledgements that say no more
 *			than the next one does: see flow.h.  CoDel drops
 *			nothing whose retransmission was dropped.
 *
 * Every frame ends in exactly one counter of as_end.  Memory: an entry a
 * waiting frame and the state of a flow are made when used, up to the limits.
 * Pure but for the pools that frames come from; times are in microseconds.
 * One owner, no locking.
 */
#ifndef NET_AQM_H
#define NET_AQM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/frame.h"
#include "net/codel.h"
#include "net/flow.h"
#include "net/flowkey.h"

enum {
	AQM_LANES = 9,
	AQM_FLOWS = 1024,	/* told apart; more share */
	AQM_BATCH = 64,
	AQM_TURN = 500,		/* us */
	AQM_PART = 2000,	/* us */
	AQM_MTU = 1514,		/* bytes */
	AQM_SPARSE = 8192,	/* bytes: some 22 kB a second, or one burst */
	AQM_HALF = 250000,	/* us after which they count half */
	AQM_OVERHEAD = 16,	/* bytes that the tunnel adds to a frame */
	AQM_STALE = 1000000,	/* us */
	AQM_LEAST = 65536	/* bytes */
};

enum aqm_end {
	AQM_SENT,	/* handed out, marked or not */
	AQM_DELAY,	/* dropped by CoDel */
	AQM_FULL,	/* dropped at a limit */
	AQM_OLD,	/* dropped after an outage */
	AQM_MEMORY,	/* no memory to queue, segment or mark it; or it is
			   no super-frame that can be segmented */
	AQM_FLUSHED,	/* dropped by aqm_flush */
	AQM_SUPPRESSED,	/* a retransmission in vain */
	AQM_JOINED,	/* sent as a part of the one before */
	AQM_THINNED,	/* an acknowledgement that a newer one makes void */
	AQM_ENDS
};

struct aqm_stats {
	uint64_t as_in;			/* frames put in */
	uint64_t as_split;		/* more frames, by segmentation */
	uint64_t as_end[AQM_ENDS];
	uint64_t as_bytes;		/* handed out */
	uint64_t as_marked;		/* of AQM_SENT */
	uint32_t as_frames;		/* that wait now; a split one is one */
	uint32_t as_charge;		/* their bytes by frame_charge() */
	uint32_t as_flows;		/* whose state is kept */
	uint32_t as_waited;		/* us, of the last one handed out */
};

struct aqm;

/* A flow; what is not for the owner is in aqm_impl.h. */
struct aqm_flow {
	struct flowkey af_key;
	unsigned int af_lane;		/* changed by aqm_move() */
	/* For the owner of the queue; zero when the state is new. */
	uint64_t af_user[3];
};

/*
 * At most `frames` frames and `bytes` bytes wait.  seed: see flowkey_hash().
 * NULL without memory.
 */
struct aqm *aqm_new(uint32_t frames, uint32_t bytes, uint64_t seed);
/* Drops what waits. */
void aqm_free(struct aqm *aq);
/*
 * The path's round trip and what it carries in bytes a second; 0: not known,
 * then the line is taken for fast and near.
 */
void aqm_set_path(struct aqm *aq, uint32_t rtt_us, uint64_t rate);
/* What came of it, which nobody but the tests asks. */
const struct codel_path *aqm_path(const struct aqm *aq);

/*
 * Switch the analysis of inner TCP on, or off with NULL, which is what it is
 * at first.  acked is asked when a retransmission comes in.
 */
void aqm_set_acked(struct aqm *aq, flow_acked *acked, void *arg);

/*
 * The flow of a key; its state stays as long as something of it waits, else
 * until room is needed.  With AQM_FLOWS that all wait, some other flow.
 * NULL without memory.
 */
struct aqm_flow *aqm_flow(struct aqm *aq, const struct flowkey *fk);
/*
 * Queue f behind the flow's others; consumes it.  fl may be NULL.  ii: as
 * flowkey_parse() has found it, or NULL for what is not IP.  false: it was
 * not kept.
 */
bool aqm_put(struct aqm *aq, struct aqm_flow *fl, struct frame *f,
    const struct ip_info *ii, uint64_t now);
/*
 * The next frame of a lane, with its reference, and its flow; NULL when there
 * is none.  can: see offload.h; what the far end does not take comes out in
 * segments.
 */
struct frame *aqm_get(struct aqm *aq, unsigned int lane, unsigned int can,
    uint64_t now, struct aqm_flow **flp);
/*
 * The frame that aqm_get() has handed out last is in the stream of connection
 * conn, before position pos.
 */
void aqm_sent(struct aqm *aq, uint32_t conn, uint64_t pos);
/* Bytes of the frames that wait on a lane. */
uint64_t aqm_lane_bytes(const struct aqm *aq, unsigned int lane);
/* Whether something waits on a lane. */
bool aqm_waits(const struct aqm *aq, unsigned int lane);
/*
 * Whether something does that is not to be held for others: all but pure
 * acknowledgements that say nothing of losses, which newer ones make void.
 * Without the analysis of TCP that is everything.
 */
bool aqm_waits_urgent(const struct aqm *aq, unsigned int lane);
/* Whether little has come of a flow lately. */
bool aqm_sparse(const struct aqm_flow *fl, uint64_t now);
/* Bytes of a flow that wait. */
uint64_t aqm_flow_bytes(const struct aqm_flow *fl);
/* How many frames of a flow wait. */
uint32_t aqm_flow_frames(const struct aqm_flow *fl);
/* A flow that waits on the lane, or NULL. */
struct aqm_flow *aqm_first(struct aqm *aq, unsigned int lane);
/* Put a flow on another lane, with all that waits. */
void aqm_move(struct aqm *aq, struct aqm_flow *fl, unsigned int lane);
/* Drop all that waits. */
void aqm_flush(struct aqm *aq);
/* How long the oldest frame has waited, us; 0 when none does. */
uint64_t aqm_age(const struct aqm *aq, uint64_t now);
const struct aqm_stats *aqm_stats(const struct aqm *aq);

#endif
