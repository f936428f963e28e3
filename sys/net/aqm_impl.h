/* SPDX-License-Identifier: ISC */
/*
 * What the parts of the queue (net/aqm.h) share: aqm_flow.c knows its flows
 * and what waits in them, aqm.c what comes in and how much may wait,
 * aqm_get.c what leaves.
 */
#ifndef NET_AQM_IMPL_H
#define NET_AQM_IMPL_H

#include <sys/queue.h>

#include "net/aqm.h"
#include "net/gso.h"

enum {
	AQM_LISTS = 64,		/* of the table of flows, at first */
	AQM_ENTRIES = 64,		/* made at first */
	AQM_NONE = UINT32_MAX,		/* no entry */
	AQM_INTERVAL = 100000,		/* us; RFC 8289, 4.2 */
	AQM_INTERVAL_MAX = 2000000,
	AQM_TARGET = 5000		/* 4.3 */
};

/* A frame that waits. */
struct aqm_entry {
	struct frame *en_frame;	/* NULL: what is left of it is in sf_gso */
	uint64_t en_time;	/* when it came */
	struct flow_seg en_seg;	/* what is left of it, if it is TCP */
	bool en_keep;		/* its retransmission was dropped */
	uint32_t en_next;
	uint32_t en_charge;
};

/* In the order in which a lane serves them; idle ones are on no lane. */
enum sched_state { STATE_SPARSE, STATE_NEW, STATE_OLD, STATE_IDLE };

/* A flow as the queue sees it; the owner's part is first. */
struct sched_flow {
	struct aqm_flow sf_flow;
	LIST_ENTRY(sched_flow) sf_hash;
	uint32_t sf_value;	/* of the hash */
	TAILQ_ENTRY(sched_flow) sf_entry; /* in the list of its state */
	enum sched_state sf_state;
	uint32_t sf_head, sf_tail;
	uint32_t sf_frames;
	uint32_t sf_urgent;	/* of them: not is_patient() */
	uint64_t sf_bytes;	/* that wait, of frames */
	int64_t sf_credit;
	uint64_t sf_recent_at;	/* when sf_recent was halved */
	uint64_t sf_recent;	/* bytes that came lately */
	struct codel sf_codel;
	struct gso sf_gso;	/* the first frame, if it leaves in pieces */
	struct flow sf_tcp;
	bool sf_shared;		/* of several keys: no analysis of TCP */
};
LIST_HEAD(sched_hash, sched_flow);
TAILQ_HEAD(sched_list, sched_flow);

struct aqm {
	uint32_t aq_max_frames, aq_max_bytes;
	uint64_t aq_seed;
	struct codel_path aq_path;
	size_t aq_turn;		/* credit of a turn, bytes */
	size_t aq_part;		/* of a super-frame, bytes */
	struct aqm_entry *aq_entries;
	uint32_t aq_nentries;
	uint32_t aq_free;	/* first unused entry */
	struct sched_hash *aq_table;
	uint32_t aq_lists;	/* of the table, a power of 2 */
	struct sched_list aq_lane[AQM_LANES][STATE_IDLE];
	uint64_t aq_lane_bytes[AQM_LANES];
	uint32_t aq_lane_urgent[AQM_LANES];
	struct sched_list aq_idle;	/* the one longest idle first */
	flow_acked *aq_acked;	/* NULL: no analysis of TCP */
	void *aq_acked_arg;
	struct sched_flow *aq_out;	/* whose frame was handed out last */
	struct flow_seg aq_out_seg;
	struct aqm_stats aq_stats;
};

/* So many bytes more, and less, wait. */
static inline void
weigh(struct aqm *aq, struct sched_flow *sf, size_t more, size_t less)
{
	sf->sf_bytes += more;
	sf->sf_bytes -= less;
	aq->aq_lane_bytes[sf->sf_flow.af_lane] += more;
	aq->aq_lane_bytes[sf->sf_flow.af_lane] -= less;
}

/* Whether it may wait for others: a newer one says all that it does. */
static inline bool
is_patient(const struct flow_seg *fs)
{
	return (fs->fs_kind == FLOW_ACK && !fs->fs_sack && !fs->fs_again);
}

/* A frame that waits has come (1) or gone (-1), if it is urgent. */
static inline void
count_urgent(struct aqm *aq, struct sched_flow *sf, const struct flow_seg *fs,
    int n)
{
	if (is_patient(fs))
		return;
	sf->sf_urgent += (uint32_t)n;
	aq->aq_lane_urgent[sf->sf_flow.af_lane] += (uint32_t)n;
}

static inline struct aqm_entry *
entry_first(const struct aqm *aq, const struct sched_flow *sf)
{
	return (&aq->aq_entries[sf->sf_head]);
}

static inline struct sched_flow *
sched(struct aqm_flow *fl)
{
	return ((struct sched_flow *)(void *)fl);
}

static inline struct sched_list *
list_of(struct aqm *aq, const struct sched_flow *sf)
{
	if (sf->sf_state == STATE_IDLE)
		return (&aq->aq_idle);
	return (&aq->aq_lane[sf->sf_flow.af_lane][sf->sf_state]);
}

static inline void
set_state(struct aqm *aq, struct sched_flow *sf, enum sched_state state)
{
	TAILQ_REMOVE(list_of(aq, sf), sf, sf_entry);
	sf->sf_state = state;
	TAILQ_INSERT_TAIL(list_of(aq, sf), sf, sf_entry);
}

/* What came lately, halved every AQM_HALF. */
static inline uint64_t
recent(const struct sched_flow *sf, uint64_t now, uint64_t *halves)
{
	*halves = (now - sf->sf_recent_at) / AQM_HALF;
	return (*halves < 64 ? sf->sf_recent >> *halves : 0);
}

/* Whose turn it would be. */
static inline struct sched_flow *
lane_first(struct aqm *aq, unsigned int lane)
{
	struct sched_flow *sf = NULL;
	unsigned int i;

	for (i = 0; i < STATE_IDLE && sf == NULL; i++)
		sf = TAILQ_FIRST(&aq->aq_lane[lane][i]);
	return (sf);
}

static inline void
drop(struct aqm *aq, struct frame *f, enum aqm_end end)
{
	frame_free(f);
	aq->aq_stats.as_end[end]++;
}

/* The frame is the flow's last; -1 without memory, then it is the caller's. */
int aqm_entry_append(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    const struct flow_seg *fs, uint64_t now);
/* The first entry is over; its frame is somebody else's. */
void aqm_entry_remove(struct aqm *aq, struct sched_flow *sf);
/* Drop the first frame, or what is left of it. */
void aqm_entry_drop(struct aqm *aq, struct sched_flow *sf, enum aqm_end end);
/* A newer frame takes the place of the last one. */
void aqm_entry_replace(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    const struct flow_seg *fs, uint64_t now);
/* What waits is of another TCP connection than what comes. */
void aqm_forget_waiting(struct aqm *aq, struct sched_flow *sf);

#endif
