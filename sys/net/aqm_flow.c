/* SPDX-License-Identifier: ISC */
/* The flows of a queue, and the frames that wait in them. */
#include <stdlib.h>
#include <string.h>

#include "net/aqm_impl.h"

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

int
aqm_entry_append(struct aqm *aq, struct sched_flow *sf, struct frame *f,
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
	count_urgent(aq, sf, fs, 1);
	aq->aq_stats.as_frames++;
	aq->aq_stats.as_charge += en->en_charge;
	return (0);
}

void
aqm_entry_remove(struct aqm *aq, struct sched_flow *sf)
{
	uint32_t i = sf->sf_head;
	struct aqm_entry *en = &aq->aq_entries[i];

	count_urgent(aq, sf, &en->en_seg, -1);
	aq->aq_stats.as_frames--;
	aq->aq_stats.as_charge -= en->en_charge;
	sf->sf_head = en->en_next;
	sf->sf_frames--;
	en->en_next = aq->aq_free;
	aq->aq_free = i;
}

void
aqm_entry_drop(struct aqm *aq, struct sched_flow *sf, enum aqm_end end)
{
	struct aqm_entry *en = entry_first(aq, sf);

	if (en->en_frame != NULL)
		weigh(aq, sf, 0, en->en_frame->f_len);
	else
		weigh(aq, sf, 0,
		    sf->sf_gso.gs_frame->f_len - sf->sf_gso.gs_next);
	frame_free(en->en_frame);
	gso_end(&sf->sf_gso);
	aqm_entry_remove(aq, sf);
	aq->aq_stats.as_end[end]++;
}

void
aqm_entry_replace(struct aqm *aq, struct sched_flow *sf, struct frame *f,
    const struct flow_seg *fs, uint64_t now)
{
	struct aqm_entry *en = &aq->aq_entries[sf->sf_tail];
	uint32_t charge = frame_charge(f);

	weigh(aq, sf, f->f_len, en->en_frame->f_len);
	aq->aq_stats.as_charge += charge - en->en_charge;
	aq->aq_stats.as_end[AQM_THINNED]++;
	count_urgent(aq, sf, &en->en_seg, -1);
	count_urgent(aq, sf, fs, 1);
	frame_free(en->en_frame);
	en->en_frame = f;
	en->en_seg = *fs;
	en->en_charge = charge;
	en->en_time = now;
}

/*
 * Flows.
 */

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

void
aqm_forget_waiting(struct aqm *aq, struct sched_flow *sf)
{
	uint32_t i = sf->sf_head, n;
	struct flow_seg *fs;

	for (n = sf->sf_frames; n > 0; n--, i = aq->aq_entries[i].en_next) {
		fs = &aq->aq_entries[i].en_seg;
		count_urgent(aq, sf, fs, -1);
		fs->fs_kind = FLOW_NONE;
		count_urgent(aq, sf, fs, 1);
	}
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
	aqm_forget_waiting(aq, sf);
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
	aq->aq_lane_urgent[fl->af_lane] -= sf->sf_urgent;
	aq->aq_lane_urgent[lane] += sf->sf_urgent;
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

bool
aqm_waits_urgent(const struct aqm *aq, unsigned int lane)
{
	return (aq->aq_lane_urgent[lane] > 0);
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

bool
aqm_sparse(const struct aqm_flow *fl, uint64_t now)
{
	uint64_t halves;

	return (recent((const void *)fl, now, &halves) <= AQM_SPARSE);
}
