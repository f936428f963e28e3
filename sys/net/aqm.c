/* SPDX-License-Identifier: ISC */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "net/aqm.h"
#include "net/ecn.h"
#include "net/gro.h"
#include "net/gso.h"
#include "net/offload.h"

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
	struct sched_list aq_idle;	/* the one longest idle first */
	flow_acked *aq_acked;	/* NULL: no analysis of TCP */
	void *aq_acked_arg;
	struct sched_flow *aq_out;	/* whose frame was handed out last */
	struct flow_seg aq_out_seg;
	struct aqm_stats aq_stats;
};

/*
 * Entries.
 */

static int
entries_grow(struct aqm *aq)
{
	uint32_t n = aq->aq_nentries == 0 ? AQM_ENTRIES : aq->aq_nentries * 2;
	struct aqm_entry *en;
	uint32_t i;

	en = reallocarray(aq->aq_entries, n, sizeof(*en));
	if (en == NULL)
		return (-1);
	for (i = aq->aq_nentries; i < n; i++)
		en[i].en_next = i + 1 < n ? i + 1 : AQM_NONE;
	aq->aq_entries = en;
	aq->aq_free = aq->aq_nentries;
	aq->aq_nentries = n;
	return (0);
}

/* So many bytes more, and less, wait. */
static void
weigh(struct aqm *aq, struct sched_flow *sf, size_t more, size_t less)
{
	sf->sf_bytes += more;
	sf->sf_bytes -= less;
	aq->aq_lane_bytes[sf->sf_flow.af_lane] += more;
	aq->aq_lane_bytes[sf->sf_flow.af_lane] -= less;
}

static struct aqm_entry *
entry_first(const struct aqm *aq, const struct sched_flow *sf)
{
	return (&aq->aq_entries[sf->sf_head]);
}

static int
entry_append(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    const struct flow_seg *fs, uint64_t now)
{
	struct aqm_entry *en;
	uint32_t i;

	if (aq->aq_free == AQM_NONE && entries_grow(aq) == -1)
		return (-1);
	i = aq->aq_free;
	en = &aq->aq_entries[i];
	aq->aq_free = en->en_next;
	*en = (struct aqm_entry){ .en_frame = f,
		.en_time = now,
		.en_seg = *fs,
		.en_next = AQM_NONE,
		.en_charge = frame_charge(f) };
	if (sf->sf_frames++ == 0)
		sf->sf_head = i;
	else
		aq->aq_entries[sf->sf_tail].en_next = i;
	sf->sf_tail = i;
	weigh(aq, sf, f->f_len, 0);
	aq->aq_stats.as_frames++;
	aq->aq_stats.as_charge += en->en_charge;
	return (0);
}

/* The first entry is over; its frame is somebody else's. */
static void
entry_remove(struct aqm *aq, struct sched_flow *sf)
{
	uint32_t i = sf->sf_head;
	struct aqm_entry *en = &aq->aq_entries[i];

	aq->aq_stats.as_frames--;
	aq->aq_stats.as_charge -= en->en_charge;
	sf->sf_head = en->en_next;
	sf->sf_frames--;
	en->en_next = aq->aq_free;
	aq->aq_free = i;
}

/* Drop the first frame, or what is left of it. */
static void
entry_drop(struct aqm *aq, struct sched_flow *sf, enum aqm_end end)
{
	struct aqm_entry *en = entry_first(aq, sf);

	if (en->en_frame != NULL)
		weigh(aq, sf, 0, en->en_frame->f_len);
	else
		weigh(aq, sf, 0,
		    sf->sf_gso.gs_frame->f_len - sf->sf_gso.gs_next);
	frame_free(en->en_frame);
	gso_end(&sf->sf_gso);
	entry_remove(aq, sf);
	aq->aq_stats.as_end[end]++;
}

/* A newer frame takes the place of the last one. */
static void
entry_replace(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    const struct flow_seg *fs, uint64_t now)
{
	struct aqm_entry *en = &aq->aq_entries[sf->sf_tail];
	uint32_t charge = frame_charge(f);

	weigh(aq, sf, f->f_len, en->en_frame->f_len);
	aq->aq_stats.as_charge += charge - en->en_charge;
	aq->aq_stats.as_end[AQM_THINNED]++;
	frame_free(en->en_frame);
	en->en_frame = f;
	en->en_seg = *fs;
	en->en_charge = charge;
	en->en_time = now;
}

/*
 * Flows.
 */

static struct sched_flow *
sched(struct aqm_flow *fl)
{
	return ((struct sched_flow *)(void *)fl);
}

static struct sched_list *
list_of(struct aqm *aq, const struct sched_flow *sf)
{
	if (sf->sf_state == STATE_IDLE)
		return (&aq->aq_idle);
	return (&aq->aq_lane[sf->sf_flow.af_lane][sf->sf_state]);
}

static void
set_state(struct aqm *aq, struct sched_flow *sf, enum sched_state state)
{
	TAILQ_REMOVE(list_of(aq, sf), sf, sf_entry);
	sf->sf_state = state;
	TAILQ_INSERT_TAIL(list_of(aq, sf), sf, sf_entry);
}

static struct sched_hash *
list_at(const struct aqm *aq, uint32_t hash)
{
	return (&aq->aq_table[hash & (aq->aq_lists - 1)]);
}

/*
 * One flow a list, as each that is passed on the way is a line of memory that
 * is not at hand.  Without memory for more, lists get longer.
 */
static void
table_grow(struct aqm *aq)
{
	struct sched_hash *old = aq->aq_table, *table;
	uint32_t i, n = aq->aq_lists;
	struct sched_flow *sf;

	if (aq->aq_stats.as_flows < n || n >= AQM_FLOWS ||
	    (table = calloc(n * 4, sizeof(*table))) == NULL)
		return;
	aq->aq_table = table;
	aq->aq_lists = n * 4;
	for (i = 0; i < n; i++)
		while ((sf = LIST_FIRST(&old[i])) != NULL) {
			LIST_REMOVE(sf, sf_hash);
			LIST_INSERT_HEAD(list_at(aq, sf->sf_value), sf,
			    sf_hash);
		}
	free(old);
}

static struct sched_flow *
flow_new(struct aqm *aq)
{
	struct sched_flow *sf;

	if (aq->aq_stats.as_flows < AQM_FLOWS) {
		if ((sf = calloc(1, sizeof(*sf))) != NULL)
			aq->aq_stats.as_flows++;
		return (sf);
	}
	if ((sf = TAILQ_FIRST(&aq->aq_idle)) == NULL)
		return (NULL);
	TAILQ_REMOVE(&aq->aq_idle, sf, sf_entry);
	LIST_REMOVE(sf, sf_hash);
	flow_fini(&sf->sf_tcp);
	memset(sf, 0, sizeof(*sf));
	if (aq->aq_out == sf)
		aq->aq_out = NULL;
	return (sf);
}

/* What waits is of another TCP connection than what comes. */
static void
forget_waiting(struct aqm *aq, const struct sched_flow *sf)
{
	uint32_t i = sf->sf_head, n;

	for (n = sf->sf_frames; n > 0; n--, i = aq->aq_entries[i].en_next)
		aq->aq_entries[i].en_seg.fs_kind = FLOW_NONE;
}

/* No state to be had: one of those that there are. */
static struct aqm_flow *
flow_shared(struct aqm *aq, uint32_t hash)
{
	struct sched_flow *sf = NULL;
	unsigned int i;

	for (i = 0; i < aq->aq_lists; i++)
		if ((sf = LIST_FIRST(list_at(aq, hash + i))) != NULL)
			break;
	if (sf == NULL)
		return (NULL);
	sf->sf_shared = true;
	flow_fini(&sf->sf_tcp);
	forget_waiting(aq, sf);
	return (&sf->sf_flow);
}

struct aqm_flow *
aqm_flow(struct aqm *aq, const struct flowkey *fk)
{
	uint32_t hash = flowkey_hash(fk, aq->aq_seed);
	struct sched_flow *sf;

	LIST_FOREACH(sf, list_at(aq, hash), sf_hash)
		if (sf->sf_value == hash &&
		    flowkey_equal(&sf->sf_flow.af_key, fk))
			return (&sf->sf_flow);
	table_grow(aq);
	if ((sf = flow_new(aq)) == NULL)
		return (flow_shared(aq, hash));
	sf->sf_flow.af_key = *fk;
	sf->sf_state = STATE_IDLE;
	sf->sf_value = hash;
	LIST_INSERT_HEAD(list_at(aq, hash), sf, sf_hash);
	TAILQ_INSERT_TAIL(&aq->aq_idle, sf, sf_entry);
	return (&sf->sf_flow);
}

uint32_t
aqm_flow_frames(const struct aqm_flow *fl)
{
	return (((const struct sched_flow *)(const void *)fl)->sf_frames);
}

uint64_t
aqm_flow_bytes(const struct aqm_flow *fl)
{
	return (((const struct sched_flow *)(const void *)fl)->sf_bytes);
}

void
aqm_move(struct aqm *aq, struct aqm_flow *fl, unsigned int lane)
{
	struct sched_flow *sf = sched(fl);

	TAILQ_REMOVE(list_of(aq, sf), sf, sf_entry);
	aq->aq_lane_bytes[fl->af_lane] -= sf->sf_bytes;
	aq->aq_lane_bytes[lane] += sf->sf_bytes;
	fl->af_lane = lane;
	TAILQ_INSERT_TAIL(list_of(aq, sf), sf, sf_entry);
}

uint64_t
aqm_lane_bytes(const struct aqm *aq, unsigned int lane)
{
	return (aq->aq_lane_bytes[lane]);
}

bool
aqm_waits(const struct aqm *aq, unsigned int lane)
{
	return (aq->aq_lane_bytes[lane] > 0);
}

struct aqm_flow *
aqm_first(struct aqm *aq, unsigned int lane)
{
	struct sched_flow *sf;
	unsigned int i;

	for (i = 0; i < STATE_IDLE; i++)
		TAILQ_FOREACH(sf, &aq->aq_lane[lane][i], sf_entry)
			if (sf->sf_frames > 0)
				return (&sf->sf_flow);
	return (NULL);
}

/* What came lately, halved every AQM_HALF. */
static uint64_t
recent(const struct sched_flow *sf, uint64_t now, uint64_t *halves)
{
	*halves = (now - sf->sf_recent_at) / AQM_HALF;
	return (*halves < 64 ? sf->sf_recent >> *halves : 0);
}

bool
aqm_sparse(const struct aqm_flow *fl, uint64_t now)
{
	uint64_t halves;

	return (recent((const void *)fl, now, &halves) <= AQM_SPARSE);
}

/*
 * The queue.
 */

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
		entry_drop(aq, most, AQM_FULL);
	while (++n < AQM_BATCH && most->sf_frames > 1 && most->sf_bytes > half);
}

static void
drop(struct aqm *aq, struct frame *f, enum aqm_end end)
{
	frame_free(f);
	aq->aq_stats.as_end[end]++;
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
		forget_waiting(aq, sf);
	flow_pass(&sf->sf_tcp, fs);
	if (sf->sf_frames == 0 ||
	    !flow_supersedes(&aq->aq_entries[sf->sf_tail].en_seg, fs))
		return (PUT_APPEND);
	entry_replace(aq, sf, f, fs, now);
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
	if (entry_append(aq, sf, f, &fs, now) == -1) {
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

/* Whose turn it would be. */
static struct sched_flow *
lane_first(struct aqm *aq, unsigned int lane)
{
	struct sched_flow *sf = NULL;
	unsigned int i;

	for (i = 0; i < STATE_IDLE && sf == NULL; i++)
		sf = TAILQ_FIRST(&aq->aq_lane[lane][i]);
	return (sf);
}

void
aqm_flush(struct aqm *aq)
{
	struct sched_flow *sf;
	unsigned int i;

	for (i = 0; i < AQM_LANES; i++)
		while ((sf = lane_first(aq, i)) != NULL) {
			while (sf->sf_frames > 0)
				entry_drop(aq, sf, AQM_FLUSHED);
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

/*
 * Frames leave.
 */

/* Whether the first frame has to leave in pieces. */
static bool
must_split(const struct aqm *aq, const struct frame *f, unsigned int can)
{
	if (f->f_offload.fo_gso == OFFLOAD_GSO_NONE)
		return (false);
	return (!offload_may_send(&f->f_offload, can) ||
	    f->f_len > aq->aq_part + aq->aq_part / 2);
}

/* The next piece of a frame that leaves in pieces; NULL: no memory. */
static struct frame *
take_piece(struct aqm *aq, struct sched_flow *sf, unsigned int can)
{
	struct gso *gs = &sf->sf_gso;
	struct flow_seg *fs = &entry_first(aq, sf)->en_seg;
	size_t left = gs->gs_frame->f_len - gs->gs_next;
	bool whole = offload_may_send(&gs->gs_frame->f_offload, can);
	struct frame *f = gso_next_part(gs, whole ? aq->aq_part : 0);

	if (f == NULL)
		return (NULL);
	aq->aq_out_seg = *fs;
	if (gs->gs_frame == NULL) {
		weigh(aq, sf, 0, left);
		entry_remove(aq, sf);
		return (f);
	}
	left -= gs->gs_frame->f_len - gs->gs_next;
	weigh(aq, sf, 0, left);
	fs->fs_seq += (uint32_t)left;
	aq->aq_out_seg.fs_end = fs->fs_seq;
	aq->aq_stats.as_split++;
	return (f);
}

/* The first frame, or a piece of it; NULL when it had to be dropped. */
static struct frame *
take(struct aqm *aq, struct sched_flow *sf, unsigned int can)
{
	struct aqm_entry *en = entry_first(aq, sf);
	struct frame *f = en->en_frame;

	if (f != NULL && !must_split(aq, f, can)) {
		weigh(aq, sf, 0, f->f_len);
		aq->aq_out_seg = en->en_seg;
		entry_remove(aq, sf);
		return (f);
	}
	if (f != NULL) {
		/* only what is left of it counts from now on */
		en->en_frame = NULL;
		weigh(aq, sf, 0, f->f_len);
		if (!gso_start(&sf->sf_gso, f)) {
			entry_remove(aq, sf);
			aq->aq_stats.as_end[AQM_MEMORY]++;
			return (NULL);
		}
		weigh(aq, sf, f->f_len - sf->sf_gso.gs_next, 0);
	}
	if ((f = take_piece(aq, sf, can)) == NULL)
		entry_drop(aq, sf, AQM_MEMORY);
	return (f);
}

/* Tell the sender by a mark, if it takes one. */
static struct frame *
mark(struct aqm *aq, struct frame *f, enum aqm_end *end)
{
	struct frame *own = f;

	*end = AQM_DELAY;
	if (ecn_get(f->f_data, f->f_len) == ECN_NOT_CAPABLE)
		return (NULL);
	if (atomic_load(&f->f_refs) > 1 && (own = frame_copy(f)) == NULL) {
		*end = AQM_MEMORY;
		return (NULL);
	}
	if (own != f)
		frame_free(f);
	ecn_mark(own->f_data, own->f_len);
	aq->aq_stats.as_marked++;
	return (own);
}

static void
drop_stale(struct aqm *aq, struct sched_flow *sf, uint64_t now)
{
	uint64_t most = 4 * (uint64_t)aq->aq_path.cp_interval;

	if (most < AQM_STALE)
		most = AQM_STALE;
	while (sf->sf_frames > 1 &&
	    entry_first(aq, sf)->en_seg.fs_kind != FLOW_DATA &&
	    now - entry_first(aq, sf)->en_time > most)
		entry_drop(aq, sf, AQM_OLD);
}

/* The flow's next frame that CoDel lets pass. */
static struct frame *
flow_get(struct aqm *aq, struct sched_flow *sf, unsigned int can, uint64_t now)
{
	struct frame *f, *marked;
	enum aqm_end end;
	uint64_t waited;
	bool keep;

	drop_stale(aq, sf, now);
	while (sf->sf_frames > 0) {
		waited = now - entry_first(aq, sf)->en_time;
		keep = entry_first(aq, sf)->en_keep;
		if ((f = take(aq, sf, can)) == NULL)
			continue;
		aq->aq_stats.as_waited = (uint32_t)waited;
		if (!codel_judge(&sf->sf_codel, &aq->aq_path, waited,
			sf->sf_bytes <= AQM_MTU, now))
			return (f);
		if ((marked = mark(aq, f, &end)) != NULL)
			return (marked);
		if (keep)
			return (f);
		drop(aq, f, end);
	}
	codel_empty(&sf->sf_codel);
	return (NULL);
}

/* The first frame goes behind what has been gathered, if it may. */
static bool
join_first(struct aqm *aq, struct sched_flow *sf, struct gro *gr)
{
	const struct aqm_entry *en = entry_first(aq, sf);
	struct flow_seg *out = &aq->aq_out_seg;
	const struct flow_seg fs = en->en_seg;
	size_t len = en->en_frame->f_len;

	if (en->en_frame->f_twice != 0 ||
	    gr->gr_frame->f_len + len > aq->aq_part ||
	    !gro_add(gr, en->en_frame))
		return (false);
	weigh(aq, sf, 0, len);
	entry_remove(aq, sf);
	aq->aq_stats.as_end[AQM_JOINED]++;
	if (out->fs_kind == FLOW_DATA && fs.fs_kind == FLOW_DATA &&
	    fs.fs_seq == out->fs_end)
		out->fs_end = fs.fs_end;
	return (true);
}

/* f leaves, and with it what follows it in its flow: see the header. */
static struct frame *
join(struct aqm *aq, struct sched_flow *sf, struct frame *f, unsigned int can)
{
	struct gro gr;

	if (sf->sf_frames == 0 || sf->sf_gso.gs_frame != NULL ||
	    aq->aq_part == FRAME_MAX || f->f_twice != 0)
		return (f);
	gro_start(&gr, f, can);
	while (sf->sf_frames > 0 && gr.gr_open && join_first(aq, sf, &gr))
		continue;
	return (gro_end(&gr));
}

/* Who has credit, of those whose turn it is. */
static struct sched_flow *
next_flow(struct aqm *aq, unsigned int lane)
{
	struct sched_flow *sf;

	while ((sf = lane_first(aq, lane)) != NULL && sf->sf_credit <= 0) {
		sf->sf_credit += (int64_t)aq->aq_turn;
		set_state(aq, sf, STATE_OLD);
	}
	return (sf);
}

/*
 * A flow without frames: a new one goes to the end of the old ones, so that
 * it cannot come back as new at once and starve them (RFC 8290, 4.2).
 */
static void
flow_over(struct aqm *aq, struct sched_flow *sf)
{
	bool old = sf->sf_state == STATE_OLD ||
	    TAILQ_EMPTY(&aq->aq_lane[sf->sf_flow.af_lane][STATE_OLD]);

	set_state(aq, sf, old ? STATE_IDLE : STATE_OLD);
}

struct frame *
aqm_get(struct aqm *aq, unsigned int lane, unsigned int can, uint64_t now,
    struct aqm_flow **flp)
{
	struct sched_flow *sf;
	struct frame *f;

	while ((sf = next_flow(aq, lane)) != NULL) {
		if ((f = flow_get(aq, sf, can, now)) == NULL) {
			flow_over(aq, sf);
			continue;
		}
		f = join(aq, sf, f, can);
		sf->sf_credit -= f->f_len + AQM_OVERHEAD;
		aq->aq_stats.as_end[AQM_SENT]++;
		aq->aq_stats.as_bytes += f->f_len;
		aq->aq_out = sf;
		*flp = &sf->sf_flow;
		return (f);
	}
	return (NULL);
}
