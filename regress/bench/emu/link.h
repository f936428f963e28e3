/* SPDX-License-Identifier: ISC */
/*
 * One direction of an emulated link, without I/O and without a clock: what
 * becomes of each frame is a function of the settings, the seed, the frame's
 * number and the times given. A frame passes, in this order,
 *
 *	queue	drop-tail, bounded in bytes or in time at the link's rate
 *	rate	the sender of the link: frames leave one after another
 *	loss	on the wire, so a lost frame has used its share of the rate
 *	delay	propagation, jitter, reordering
 *
 * and is lost as well if it leaves during an outage. Times are nanoseconds,
 * sizes are those of whole Ethernet frames without FCS.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_OUTAGES 8 /* windows that one direction can have */

struct link_outage {
	uint64_t lo_from, lo_until;
};

struct link_conf {
	uint64_t lc_delay;	/* propagation */
	uint64_t lc_jitter;	/* up to this much more, evenly spread */
	bool lc_unordered;	/* jitter may reorder */
	double lc_loss;		/* share of frames lost, 0 to 1 */
	double lc_burst;	/* mean run of lost frames; 0: independent */
	double lc_rate;		/* bytes a second; 0: no limit */
	uint64_t lc_queue_bytes; /* 0: unbounded unless lc_queue_time is set */
	uint64_t lc_queue_time;
	double lc_reorder;	/* share of frames that others overtake */
	uint64_t lc_gap;	/* by how much those come later */
	struct link_outage lc_outage[LINK_OUTAGES];
};

enum link_fate { LINK_PASSED, LINK_QUEUE_FULL, LINK_LOST };

struct link_stats {
	uint64_t ls_in, ls_in_bytes;
	uint64_t ls_out, ls_out_bytes;
	uint64_t ls_queue_full, ls_lost, ls_outage, ls_overflow;
	uint64_t ls_overtaken;	/* chosen for reordering */
	uint64_t ls_queue_max;	/* bytes */
};

struct link {
	struct link_conf ln_conf;
	struct link_stats ln_stats;
	uint64_t ln_seed;
	uint64_t ln_frames;	/* that reached the wire */
	double ln_busy;		/* when the sender has sent all it holds */
	uint64_t ln_last_due;
	bool ln_bad;		/* in a run of losses */
};

/* When a frame that passed leaves the sender and arrives at the far end. */
struct link_times {
	uint64_t lt_sent, lt_due;
};

/* No limits, no loss. Directions of one link get different seeds. */
void link_init(struct link *, uint64_t seed);

/* A frame of len bytes arrives at now, which never runs backwards. */
enum link_fate link_take(struct link *, uint64_t now, size_t len,
    struct link_times *);

/* A frame sent then is lost in an outage. */
bool link_is_out(const struct link *, uint64_t sent);

/* Bytes that wait or are being sent at now. */
uint64_t link_queued(const struct link *, uint64_t now);

/* Adds an outage; false if there are LINK_OUTAGES that have not ended. */
bool link_add_outage(struct link *, uint64_t now, uint64_t from,
    uint64_t until);

/*
 * Applies settings such as "delay=10ms,loss=1%,rate=100mbit,queue=20ms" to
 * ln; "outage=5s" is from now on, "outage=3s+5s" begins in 3 s. On an error
 * false, with what is wrong in err; settings before it hold.
 *
 *	delay, jitter, gap	time: us, ms, s
 *	loss, reorder		share: 1%
 *	burst			frames; 0 for independent losses
 *	rate			kbit, mbit, gbit (a second); 0 for none
 *	queue			time at the rate, or bytes without a unit
 *	order			keep or free: whether jitter may reorder
 */
bool link_set(struct link *, uint64_t now, const char *settings, char *err,
    size_t errlen);

#endif
