/* SPDX-License-Identifier: ISC */
/*
 * sim: a discrete simulation of a slow line behind an aqm: senders that react
 * as TCP Reno does, a round trip for each, time in microseconds.  Frames of a
 * flow carry a serial number, so that a drop shows as a gap.
 */
#ifndef REGRESS_NET_SIM_H
#define REGRESS_NET_SIM_H

#include <atf-c.h>
#include <stdlib.h>

#include "net/aqm.h"
#include "net/ecn.h"

#include "super.h"

enum { SIM_FLOWS = 40, SIM_ACKS = 8192, SIM_STEP = 20 /* us */ };

/* What a sender learns a round trip after a frame has left. */
struct sim_ack {
	uint64_t ac_time;
	unsigned int ac_lost; /* frames before it that never came */
	bool ac_marked;
};

struct sim_flow {
	bool fl_on, fl_ecn;
	uint64_t fl_rtt;
	uint64_t fl_every; /* us; 0: as many as the window allows */
	uint64_t fl_next;  /* send time of a steady sender */
	struct frame *fl_frame; /* of which copies are sent */
	double fl_window, fl_threshold;
	unsigned int fl_flying;
	uint64_t fl_cut; /* when the window was last halved */
	uint32_t fl_serial, fl_seen;
	struct sim_ack fl_acks[SIM_ACKS];
	unsigned int fl_head, fl_tail;
	/* results, since sim_reset() */
	uint64_t fl_bytes, fl_frames, fl_lost, fl_marks;
	uint64_t fl_delay, fl_delay_max; /* sum and most, in queue and line */
};

struct sim {
	struct aqm *sm_aqm;
	double sm_rate; /* bytes a microsecond */
	uint64_t sm_now;
	double sm_free; /* when the line is free again */
	struct sim_flow sm_flow[SIM_FLOWS];
};

static inline double
sim_max(double a, double b)
{
	return (a > b ? a : b);
}

/* The header's octets behind which serial and time stand. */
static inline uint8_t *
sim_payload(const struct frame *f)
{
	return (f->f_data + 14 + 20 + 20);
}

static inline void
sim_ecn(struct frame *f)
{
	uint8_t *ip = f->f_data + 14;

	ip[1] = ECN_CAPABLE_0;
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~super_sum(ip, 20, 0));
}

/* A flow of frames with `data` octets of payload; size != 0: super-frames. */
static inline struct sim_flow *
sim_add(struct sim *sm, unsigned int i, size_t data, uint16_t size,
    uint64_t rtt)
{
	struct super su = { .su_tcp = true,
		.su_flags = 0x10,
		.su_data = data,
		.su_size = size };
	struct sim_flow *fl = &sm->sm_flow[i];

	memset(fl, 0, sizeof(*fl));
	fl->fl_on = true;
	fl->fl_rtt = rtt;
	fl->fl_window = 4;
	fl->fl_threshold = 1e9;
	fl->fl_next = sm->sm_now;
	fl->fl_frame = super_make(&su);
	ATF_REQUIRE(fl->fl_frame != NULL);
	put16(fl->fl_frame->f_data + 34, (uint16_t)(1000 + i));
	return (fl);
}

static inline void
sim_send(struct sim *sm, struct sim_flow *fl)
{
	struct frame *f = frame_copy(fl->fl_frame);
	struct flowkey fk;
	struct ip_info ii;

	ATF_REQUIRE(f != NULL);
	put32(sim_payload(f), ++fl->fl_serial);
	put64(sim_payload(f) + 4, sm->sm_now);
	fl->fl_flying++;
	ATF_REQUIRE(flowkey_parse(f->f_data, f->f_len, &fk, &ii));
	aqm_put(sm->sm_aqm, aqm_flow(sm->sm_aqm, &fk), f, &ii, sm->sm_now);
}

/* One frame, or a piece of one, over the line. */
static inline void
sim_leave(struct sim *sm, struct frame *f)
{
	struct sim_flow *fl = &sm->sm_flow[get16(f->f_data + 34) - 1000];
	struct sim_ack *ac = &fl->fl_acks[fl->fl_tail % SIM_ACKS];
	uint32_t serial = get32(sim_payload(f));
	bool super = fl->fl_frame->f_offload.fo_gso != 0;
	uint64_t sent = super ? 0 : get64(sim_payload(f) + 4), left;
	double start = sim_max(sm->sm_free, (double)sm->sm_now - SIM_STEP);

	sm->sm_free = sim_max(start, (double)sent) + f->f_len / sm->sm_rate;
	left = (uint64_t)sm->sm_free;
	fl->fl_bytes += f->f_len;
	/* pieces behind the first of a super-frame have no serial number */
	if (super)
		return;
	fl->fl_delay += left - sent;
	if (left - sent > fl->fl_delay_max)
		fl->fl_delay_max = left - sent;
	fl->fl_frames++;
	ATF_CHECK(serial > fl->fl_seen); /* order */
	*ac = (struct sim_ack){ .ac_time = left + fl->fl_rtt,
		.ac_lost = serial - fl->fl_seen - 1,
		.ac_marked = ecn_get(f->f_data, f->f_len) == ECN_CONGESTED };
	fl->fl_seen = serial;
	fl->fl_lost += ac->ac_lost;
	fl->fl_marks += ac->ac_marked;
	ATF_REQUIRE(++fl->fl_tail - fl->fl_head <= SIM_ACKS);
}

static inline void
sim_react(struct sim *sm, struct sim_flow *fl, const struct sim_ack *ac)
{
	fl->fl_flying -= ac->ac_lost + 1;
	if (ac->ac_lost > 0 || ac->ac_marked) {
		if (sm->sm_now > fl->fl_cut + fl->fl_rtt) {
			fl->fl_window = sim_max(2, fl->fl_window / 2);
			fl->fl_threshold = fl->fl_window;
			fl->fl_cut = sm->sm_now;
		}
	} else if (fl->fl_window < fl->fl_threshold)
		fl->fl_window++;
	else
		fl->fl_window += 1 / fl->fl_window;
}

static inline void
sim_sender(struct sim *sm, struct sim_flow *fl)
{
	struct sim_ack *ac;

	while (fl->fl_head != fl->fl_tail &&
	    (ac = &fl->fl_acks[fl->fl_head % SIM_ACKS])->ac_time <=
		sm->sm_now) {
		sim_react(sm, fl, ac);
		fl->fl_head++;
	}
	if (fl->fl_every != 0) {
		for (; fl->fl_next <= sm->sm_now; fl->fl_next += fl->fl_every)
			sim_send(sm, fl);
		return;
	}
	/* what was lost at the end of a window: a time-out */
	if (fl->fl_head == fl->fl_tail && fl->fl_flying > 0 &&
	    sm->sm_now > fl->fl_cut + fl->fl_rtt + 1000000) {
		fl->fl_flying = 0;
		fl->fl_window = 2;
		fl->fl_cut = sm->sm_now;
	}
	while (fl->fl_flying < (unsigned int)fl->fl_window)
		sim_send(sm, fl);
}

/* Run for so many microseconds, in steps. */
static inline void
sim_run(struct sim *sm, uint64_t us)
{
	uint64_t end = sm->sm_now + us;
	struct aqm_flow *fl;
	struct frame *f;
	unsigned int i;

	for (; sm->sm_now < end; sm->sm_now += SIM_STEP) {
		for (i = 0; i < SIM_FLOWS; i++)
			if (sm->sm_flow[i].fl_on)
				sim_sender(sm, &sm->sm_flow[i]);
		while (sm->sm_free <= (double)sm->sm_now &&
		    (f = aqm_get(sm->sm_aqm, 0, OFFLOAD_CAN_ALL, sm->sm_now,
			 &fl)) != NULL) {
			sim_leave(sm, f);
			frame_free(f);
		}
	}
}

/* Forget what has been counted, after the start. */
static inline void
sim_reset(struct sim *sm)
{
	struct sim_flow *fl;
	unsigned int i;

	for (i = 0; i < SIM_FLOWS; i++) {
		fl = &sm->sm_flow[i];
		fl->fl_bytes = fl->fl_frames = fl->fl_lost = fl->fl_marks = 0;
		fl->fl_delay = fl->fl_delay_max = 0;
	}
}

/* mbit: the line's rate, which the queue is told, with a round trip. */
static inline void
sim_init(struct sim *sm, double mbit, uint32_t rtt)
{
	memset(sm, 0, sizeof(*sm));
	sm->sm_aqm = aqm_new(4096, 8 << 20, 1);
	ATF_REQUIRE(sm->sm_aqm != NULL);
	sm->sm_rate = mbit / 8;
	sm->sm_now = 1000000;
	aqm_set_path(sm->sm_aqm, rtt, (uint64_t)(mbit / 8 * 1e6));
}

static inline void
sim_fini(struct sim *sm)
{
	const struct aqm_stats *as = aqm_stats(sm->sm_aqm);
	uint64_t ends = 0;
	unsigned int i;

	for (i = 0; i < AQM_ENDS; i++)
		ends += as->as_end[i];
	ATF_CHECK_EQ(as->as_in + as->as_split, ends + as->as_frames);
	aqm_free(sm->sm_aqm);
	for (i = 0; i < SIM_FLOWS; i++)
		frame_free(sm->sm_flow[i].fl_frame);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

#endif
