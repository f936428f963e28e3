/* SPDX-License-Identifier: ISC */
/* Frames leave a queue: whose turn it is, CoDel, pieces, and what is joined. */
#include "net/aqm_impl.h"
#include "net/ecn.h"
#include "net/gro.h"
#include "net/offload.h"

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
		aqm_entry_remove(aq, sf);
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
		aqm_entry_remove(aq, sf);
		return (f);
	}
	if (f != NULL) {
		/* only what is left of it counts from now on */
		en->en_frame = NULL;
		weigh(aq, sf, 0, f->f_len);
		if (!gso_start(&sf->sf_gso, f)) {
			aqm_entry_remove(aq, sf);
			aq->aq_stats.as_end[AQM_MEMORY]++;
			return (NULL);
		}
		weigh(aq, sf, f->f_len - sf->sf_gso.gs_next, 0);
	}
	if ((f = take_piece(aq, sf, can)) == NULL)
		aqm_entry_drop(aq, sf, AQM_MEMORY);
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
		aqm_entry_drop(aq, sf, AQM_OLD);
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
	aqm_entry_remove(aq, sf);
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
