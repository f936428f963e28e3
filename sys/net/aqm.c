/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "net/aqm_impl.h"

struct aqm *
aqm_new(uint32_t frames, uint32_t bytes, uint64_t seed)
{
	struct aqm *aq = calloc(1, sizeof(*aq));
	unsigned int i;

	if (aq == NULL)
		return (NULL);
	aq->aq_lists = AQM_LISTS;
	aq->aq_table = calloc(AQM_LISTS, sizeof(*aq->aq_table));
	if (aq->aq_table == NULL) {
		free(aq);
		return (NULL);
	}
	aq->aq_max_frames = frames;
	aq->aq_max_bytes = bytes;
	aq->aq_seed = seed;
	aq->aq_free = AQM_NONE;
	for (i = 0; i < AQM_LANES * STATE_IDLE; i++)
		TAILQ_INIT(&aq->aq_lane[i / STATE_IDLE][i % STATE_IDLE]);
	TAILQ_INIT(&aq->aq_idle);
	aqm_set_path(aq, 0, 0);
	return (aq);
}

void
aqm_free(struct aqm *aq)
{
	struct sched_flow *sf;

	if (aq == NULL)
		return;
	aqm_flush(aq);
	while ((sf = TAILQ_FIRST(&aq->aq_idle)) != NULL) {
		TAILQ_REMOVE(&aq->aq_idle, sf, sf_entry);
		flow_fini(&sf->sf_tcp);
		free(sf);
	}
	free(aq->aq_entries);
	free(aq->aq_table);
	free(aq);
}

static uint64_t
within(uint64_t v, uint64_t least, uint64_t most)
{
	if (v < least)
		v = least;
	return (v < most ? v : most);
}

/* At most a FRAME_MAX, which is what an unknown line is taken to carry. */
static size_t
carries(uint64_t rate, uint64_t us)
{
	if (rate == 0 || rate > UINT64_C(1) << 40)
		return (FRAME_MAX);
	return ((size_t)within(rate * us / 1000000, AQM_MTU, FRAME_MAX));
}

void
aqm_set_path(struct aqm *aq, uint32_t rtt_us, uint64_t rate)
{
	struct codel_path *cp = &aq->aq_path;
	uint64_t part_us, least;

	aq->aq_turn = carries(rate, AQM_TURN);
	aq->aq_part = carries(rate, AQM_PART);
	part_us = rate == 0 ? 0 : aq->aq_part * 1000000 / rate;
	least = part_us * 5 > AQM_INTERVAL ? part_us * 5 : AQM_INTERVAL;
	cp->cp_interval =
	    (uint32_t)within((uint64_t)rtt_us * 5 / 2, least, AQM_INTERVAL_MAX);
	least = part_us * 3 / 2 > AQM_TARGET ? part_us * 3 / 2 : AQM_TARGET;
	cp->cp_target =
	    (uint32_t)within(rtt_us / 4, least, cp->cp_interval / 2);
}

const struct codel_path *
aqm_path(const struct aqm *aq)
{
	return (&aq->aq_path);
}

const struct aqm_stats *
aqm_stats(const struct aqm *aq)
{
	return (&aq->aq_stats);
}

static void
fattest_of(struct sched_list *list, struct sched_flow **most)
{
	struct sched_flow *sf;

	TAILQ_FOREACH(sf, list, sf_entry)
		if (sf->sf_frames > 0 &&
		    (*most == NULL || sf->sf_bytes > (*most)->sf_bytes))
			*most = sf;
}

/* Over a limit: see the header. */
static void
drop_batch(struct aqm *aq)
{
	struct sched_flow *most = NULL;
	unsigned int i, n = 0;
	uint64_t half;

	for (i = 0; i < AQM_LANES * STATE_IDLE; i++)
		fattest_of(&aq->aq_lane[i / STATE_IDLE][i % STATE_IDLE], &most);
	if (most == NULL)
		return;
	half = most->sf_bytes / 2;
	do
		aqm_entry_drop(aq, most, AQM_FULL);
	while (++n < AQM_BATCH && most->sf_frames > 1 && most->sf_bytes > half);
}

static void
count_recent(struct sched_flow *sf, uint32_t len, uint64_t now)
{
	uint64_t halves;

	sf->sf_recent = recent(sf, now, &halves) + len;
	sf->sf_recent_at += halves * AQM_HALF;
}

/*
 * A flow has got a frame.  One that waits for its turn only to be found empty
 * goes first again, with what is left of its credit: so a voice packet every
 * 20 ms does not wait for many bulk flows, and a flow still gets no more than
 * a turn or two while each of the others has one.
 */
static void
flow_awake(struct aqm *aq, struct sched_flow *sf, uint64_t now)
{
	if (sf->sf_state == STATE_IDLE)
		sf->sf_credit = (int64_t)aq->aq_turn;
	else if (sf->sf_state != STATE_OLD || sf->sf_frames > 1 ||
	    sf->sf_credit <= 0)
		return;
	set_state(aq, sf,
	    aqm_sparse(&sf->sf_flow, now) ? STATE_SPARSE : STATE_NEW);
}

/*
 * How far the flow's bytes from seq on wait here; keep: they are not to be
 * dropped.
 */
static uint32_t
waiting_from(struct aqm *aq, const struct sched_flow *sf, uint32_t seq,
    bool keep)
{
	struct aqm_entry *en;
	uint32_t i = sf->sf_head, n;

	for (n = sf->sf_frames; n > 0; n--, i = en->en_next) {
		en = &aq->aq_entries[i];
		if (en->en_seg.fs_kind != FLOW_DATA ||
		    flow_before(seq, en->en_seg.fs_seq) ||
		    !flow_before(seq, en->en_seg.fs_end))
			continue;
		en->en_keep |= keep;
		seq = en->en_seg.fs_end;
	}
	return (seq);
}

/* Whether all bytes of a segment will be delivered without it. */
static bool
in_custody(struct aqm *aq, const struct sched_flow *sf,
    const struct flow_seg *fs, bool keep)
{
	uint32_t seq = fs->fs_seq, before;

	do {
		before = seq;
		seq = flow_custody(&sf->sf_tcp, seq, aq->aq_acked,
		    aq->aq_acked_arg);
		if (flow_before(seq, fs->fs_end))
			seq = waiting_from(aq, sf, seq, keep);
	} while (seq != before && flow_before(seq, fs->fs_end));
	return (!flow_before(seq, fs->fs_end));
}

/* What becomes of a frame by what is known of its TCP. */
enum put { PUT_APPEND, PUT_REPLACED, PUT_DROPPED };

static enum put
put_tcp(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    struct flow_seg *fs, uint64_t now)
{
	if (!flow_is_news(&sf->sf_tcp, fs) && in_custody(aq, sf, fs, false)) {
		(void)in_custody(aq, sf, fs, true);
		drop(aq, f, AQM_SUPPRESSED);
		return (PUT_DROPPED);
	}
	if (flow_is_reset(fs))
		aqm_forget_waiting(aq, sf);
	flow_pass(&sf->sf_tcp, fs);
	if (sf->sf_frames == 0 ||
	    !flow_supersedes(&aq->aq_entries[sf->sf_tail].en_seg, fs))
		return (PUT_APPEND);
	aqm_entry_replace(aq, sf, f, fs, now);
	return (PUT_REPLACED);
}

static bool
is_over(const struct aqm *aq)
{
	const struct aqm_stats *as = &aq->aq_stats;

	return (as->as_frames > aq->aq_max_frames ||
	    as->as_charge > aq->aq_max_bytes ||
	    (as->as_charge > AQM_LEAST && as->as_charge > frame_room() / 2));
}

static void
hold_limits(struct aqm *aq)
{
	/* a frame over the limit still passes an empty queue */
	while (aq->aq_stats.as_frames > 1 && is_over(aq))
		drop_batch(aq);
}

bool
aqm_put(struct aqm *aq, struct aqm_flow *fl, struct frame *f,
    const struct ip_info *ii, uint64_t now)
{
	struct flow_seg fs = { .fs_kind = FLOW_NONE };
	struct sched_flow *sf = sched(fl);
	enum put put = PUT_APPEND;

	aq->aq_stats.as_in++;
	if (sf == NULL) {
		drop(aq, f, AQM_MEMORY);
		return (false);
	}
	count_recent(sf, f->f_len, now);
	if (aq->aq_acked != NULL && ii != NULL && !sf->sf_shared)
		flow_parse(f, ii, &fs);
	if (fs.fs_kind != FLOW_NONE &&
	    (put = put_tcp(aq, sf, f, &fs, now)) != PUT_APPEND)
		return (put == PUT_REPLACED);
	if (aqm_entry_append(aq, sf, f, &fs, now) == -1) {
		drop(aq, f, AQM_MEMORY);
		return (false);
	}
	flow_awake(aq, sf, now);
	hold_limits(aq);
	return (true);
}

void
aqm_set_acked(struct aqm *aq, flow_acked *acked, void *arg)
{
	aq->aq_acked = acked;
	aq->aq_acked_arg = arg;
}

void
aqm_sent(struct aqm *aq, uint32_t conn, uint64_t pos)
{
	if (aq->aq_out != NULL)
		flow_sent(&aq->aq_out->sf_tcp, &aq->aq_out_seg, conn, pos);
	aq->aq_out = NULL;
}

void
aqm_flush(struct aqm *aq)
{
	struct sched_flow *sf;
	unsigned int i;

	for (i = 0; i < AQM_LANES; i++)
		while ((sf = lane_first(aq, i)) != NULL) {
			while (sf->sf_frames > 0)
				aqm_entry_drop(aq, sf, AQM_FLUSHED);
			set_state(aq, sf, STATE_IDLE);
		}
}

static uint64_t
age_of(const struct aqm *aq, const struct sched_list *list, uint64_t oldest)
{
	const struct sched_flow *sf;

	TAILQ_FOREACH(sf, list, sf_entry)
		if (sf->sf_frames > 0 && entry_first(aq, sf)->en_time < oldest)
			oldest = entry_first(aq, sf)->en_time;
	return (oldest);
}

uint64_t
aqm_age(const struct aqm *aq, uint64_t now)
{
	uint64_t oldest = now;
	unsigned int i;

	for (i = 0; i < AQM_LANES * STATE_IDLE; i++)
		oldest = age_of(aq,
		    &aq->aq_lane[i / STATE_IDLE][i % STATE_IDLE], oldest);
	return (now - oldest);
}
