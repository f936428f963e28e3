/* SPDX-License-Identifier: ISC */
/* Copies of frames on spare connections (tunnel/session_twice.c). */
#include "fake.h"

static void
init_far(struct session_conns *sc, unsigned int conns)
{
	static struct conn *const all[] = { c1, c2, c3, c4 };
	unsigned int i;

	init(sc, 1000, 4 << 20);
	for (i = 0; i < conns; i++) {
		fakes[i].fa_known = fakes[i].fa_twice = true;
		fakes[i].fa_path = (struct conn_path){ .cp_rtt_us = 20000,
			.cp_rate = 1000000,
			.cp_idle = true };
		ATF_REQUIRE_EQ(0, session_conns_add(sc, all[i]));
	}
	session_conns_flush(sc);
}

/* A sparse flow is on all connections, bulk on one; no more than is allowed. */
ATF_TC_WITHOUT_HEAD(copies);
ATF_TC_BODY(copies, tc)
{
	struct session_conns sc;
	uint32_t first[8], second[8], third[8];
	struct frame *f;
	unsigned int i, n;

	init_far(&sc, 3);
	for (i = 1; i <= 4; i++)
		session_conns_send(&sc, flow_frame(1, i));
	session_conns_flush(&sc);
	ATF_CHECK(fakes[1].fa_pushed == 1 && fakes[2].fa_pushed == 1);
	ATF_CHECK_EQ(4, numbers(&sc, c1, first, 8));
	ATF_CHECK_EQ(4, numbers(&sc, c2, second, 8));
	ATF_CHECK_EQ(4, numbers(&sc, c3, third, 8));
	for (i = 0; i < 4; i++) {
		ATF_CHECK(first[i] != 0 && first[i] == second[i]);
		ATF_CHECK_EQ(first[i], third[i]);
		ATF_CHECK(i == 0 || first[i] == first[i - 1] + 1);
	}
	ATF_CHECK_EQ(8, session_conns_stats(&sc).st_tx_twice);
	ATF_CHECK_EQ(4, session_conns_stats(&sc).st_tx_frames);
	/* too much to be sparse */
	for (i = 0, n = 0; i < 200; i++) {
		session_conns_send(&sc, flow_frame(2, i));
		ATF_CHECK_EQ(1, numbers(&sc, c1, first, 8));
		n += numbers(&sc, c2, second, 8);
		numbers(&sc, c3, third, 8);
	}
	ATF_CHECK_EQ(AQM_SPARSE / 100 + 1, n);
	/* what is shared with other sessions is left as it is */
	f = flow_frame(3, 1);
	session_conns_send(&sc, frame_ref(f));
	ATF_CHECK_EQ(0, f->f_twice);
	ATF_CHECK_EQ(1, atomic_load(&f->f_refs));
	frame_free(f);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

static unsigned int
copied(struct session_conns *sc, uint16_t flow)
{
	uint32_t list[8];
	unsigned int n;

	session_conns_send(sc, flow_frame(flow, 1));
	n = numbers(sc, c2, list, 8) + numbers(sc, c3, list, 8);
	ATF_CHECK_EQ(1, numbers(sc, c1, list, 8));
	ATF_CHECK_EQ(n > 0, list[0] != 0);
	return (n);
}

/* Where it is of no use, or the peer does not take it, there are none. */
ATF_TC_WITHOUT_HEAD(no_copies);
ATF_TC_BODY(no_copies, tc)
{
	struct session_conns sc;
	unsigned int i;

	init_far(&sc, 3);
	ATF_CHECK_EQ(2, copied(&sc, 1));
	session_conns_remove(&sc, c3);
	ATF_CHECK_EQ(1, copied(&sc, 2));
	/* the only one left is for all */
	session_conns_remove(&sc, c1);
	session_conns_send(&sc, flow_frame(3, 1));
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	session_conns_fini(&sc);
	/* a peer that knows no numbers: flows are on all connections */
	init_far(&sc, 3);
	for (i = 0; i < 3; i++)
		fakes[i].fa_twice = false;
	session_conns_remove(&sc, c2);
	session_conns_remove(&sc, c3);
	session_conns_add(&sc, c2);
	session_conns_add(&sc, c3);
	ATF_CHECK_EQ(0, copied(&sc, 1));
	session_conns_fini(&sc);
	/* a path that is too short for it */
	init(&sc, 100, 1 << 20);
	for (i = 0; i < 3; i++)
		fakes[i] = (struct fake){ .fa_known = true,
			.fa_twice = true,
			.fa_path = { .cp_rtt_us = SESSION_FAR - 1,
			    .cp_idle = true } };
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	session_conns_flush(&sc);
	session_conns_send(&sc, flow_frame(1, 1));
	ATF_CHECK_EQ(0, sc.sc_lane[1].sl_spare);
	ATF_CHECK_EQ(0, sc.sc_number);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/*
 * Order: a flow of TCP is not copied while something of it that was not is
 * under way, nor go copies on that lack one before them.
 */
ATF_TC_WITHOUT_HEAD(copies_in_order);
ATF_TC_BODY(copies_in_order, tc)
{
	struct session_conns sc;
	uint32_t list[8];
	unsigned int i;

	init_far(&sc, 1);
	fakes[0].fa_path.cp_idle = false;
	ATF_CHECK(sent_by(&sc, 1) == c1);
	for (i = 1; i < 3; i++) {
		fakes[i] = fakes[0];
		fakes[i].fa_path.cp_idle = true;
		session_conns_add(&sc, i == 1 ? c2 : c3);
	}
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	ATF_REQUIRE(sc.sc_lane[1].sl_spare && sc.sc_lane[2].sl_spare);
	ATF_CHECK_EQ(0, copied(&sc, 1));
	ATF_CHECK_EQ(2, copied(&sc, 2));
	fakes[0].fa_path.cp_idle = true;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	ATF_CHECK_EQ(2, copied(&sc, 1));
	/* c2 stalls: its copies go, and flow 1 waits until all is there */
	fakes[0].fa_path.cp_idle = false;
	for (i = 0; i < SESSION_COPIES + 1; i++)
		session_conns_send(&sc, flow_frame((uint16_t)(i + 10), 1));
	numbers(&sc, c1, list, 8);
	ATF_CHECK_EQ(1, numbers(&sc, c2, list, 8));
	numbers(&sc, c3, list, 8);
	ATF_CHECK_EQ(0, copied(&sc, 1));
	ATF_CHECK_EQ(2, copied(&sc, 3));
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* Sends one; whether c4 has a copy of it. c2 and c3 have none. */
static bool
ack_copied(struct session_conns *sc, uint16_t flow)
{
	uint32_t list[8] = { 0 }, copy[8] = { 0 };
	unsigned int n;

	session_conns_send(sc, ack_frame(flow));
	ATF_CHECK_EQ(1, numbers(sc, c1, list, 8));
	ATF_CHECK_EQ(0, numbers(sc, c2, copy, 8) + numbers(sc, c3, copy, 8));
	n = numbers(sc, c4, copy, 8);
	ATF_CHECK(n == 0 || (n == 1 && copy[0] == list[0]));
	ATF_CHECK_EQ(n > 0, list[0] != 0);
	return (n > 0);
}

/* As if something had been sent on all of them. */
static void
look_again(struct session_conns *sc)
{
	unsigned int i;

	for (i = 0; i < SESSION_CONNS; i++)
		sc->sc_lane[i].sl_idle = false;
	sc->sc_sampled = 0;
	session_conns_flush(sc);
}

/* Acknowledgements have a connection of their own where there are losses. */
ATF_TC_WITHOUT_HEAD(acks);
ATF_TC_BODY(acks, tc)
{
	struct session_conns sc;
	unsigned int i;

	init_far(&sc, 4);
	ATF_CHECK(sc.sc_lane[2].sl_spare && sc.sc_lane[3].sl_spare);
	ATF_CHECK(!sc.sc_lane[1].sl_spare);
	session_conns_fini(&sc);
	init_far(&sc, 4);
	/* which lanes: the last ones first, so c4 and c3 are for copies */
	fakes[0].fa_path.cp_lost = SESSION_LOST;
	look_again(&sc);
	ATF_REQUIRE(sc.sc_lane[1].sl_spare && sc.sc_lane[1].sl_acks);
	session_conns_remove(&sc, c2);
	look_again(&sc);
	/* one less: acknowledgements go with the rest */
	for (i = 0; i < SESSION_CONNS; i++)
		ATF_CHECK(!sc.sc_lane[i].sl_acks);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

ATF_TC_WITHOUT_HEAD(acks_alone);
ATF_TC_BODY(acks_alone, tc)
{
	struct session_conns sc;
	unsigned int i;

	init_far(&sc, 3);
	fakes[3] = fakes[0];
	fakes[3].fa_path.cp_lost = SESSION_LOST;
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c4));
	look_again(&sc);
	ATF_REQUIRE(sc.sc_lane[3].sl_acks);
	ATF_CHECK(ack_copied(&sc, 1));
	/* other frames of the flow are not there, nor those of sparse ones */
	session_conns_send(&sc, flow_frame(2, 1));
	ATF_CHECK(session_conns_pull(&sc, c4, 0) == NULL);
	while (frameq_len(&sc.sc_lane[1].sl_copies) > 0)
		frame_free(session_conns_pull(&sc, c2, 0));
	while (frameq_len(&sc.sc_lane[2].sl_copies) > 0)
		frame_free(session_conns_pull(&sc, c3, 0));
	frame_free(session_conns_pull(&sc, c1, 0));
	/* a line that they fill has no room for them */
	fakes[3].fa_path.cp_waits_us = SESSION_NARROW + 20000;
	look_again(&sc);
	ATF_CHECK(!ack_copied(&sc, 1));
	fakes[3].fa_path.cp_waits_us = 0;
	look_again(&sc);
	ATF_CHECK(ack_copied(&sc, 1));
	/* a stalled one keeps no more than so many */
	for (i = 0; i < 2 * SESSION_COPIES; i++) {
		session_conns_send(&sc, ack_frame((uint16_t)(i + 10)));
		frame_free(session_conns_pull(&sc, c1, 0));
	}
	ATF_CHECK(frameq_len(&sc.sc_lane[3].sl_copies) <= SESSION_COPIES);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* However many acknowledgements come, what is sparse has its copies. */
ATF_TC_WITHOUT_HEAD(acks_leave_room);
ATF_TC_BODY(acks_leave_room, tc)
{
	struct session_conns sc;
	unsigned int i, n = 0;

	init_far(&sc, 3);
	fakes[3] = fakes[0];
	fakes[3].fa_path.cp_lost = SESSION_LOST;
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c4));
	look_again(&sc);
	ATF_REQUIRE(sc.sc_lane[3].sl_acks);
	/* no look in between, which would bring more */
	for (i = 0; i < 2000; i++)
		n += ack_copied(&sc, 1);
	ATF_CHECK_MSG(n > 0 && n < 2000, "%u", n);
	for (i = 0; i < 8; i++)
		ATF_CHECK_EQ(2, copied(&sc, (uint16_t)(2 + i)));
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* The receiver's part, over a reconnect too. */
ATF_TC_WITHOUT_HEAD(takes_once);
ATF_TC_BODY(takes_once, tc)
{
	static const uint32_t comes[] = { 7, 8, 7, 9, 8, 10, 9, 0, 0, 10 };
	static const bool taken[] = { true, true, false, true, false, true,
		false, true, true, false };
	struct session_conns sc;
	struct frame *f;
	unsigned int i;

	init(&sc, 100, 1 << 20);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	for (i = 0; i < 10; i++) {
		f = flow_frame(1, i);
		f->f_twice = comes[i];
		ATF_CHECK_EQ_MSG(taken[i], session_conns_take(&sc, f), "%u", i);
		if (taken[i]) {
			ATF_CHECK_EQ(0, f->f_twice);
			frame_free(f);
		}
	}
	ATF_CHECK_EQ(4, session_conns_stats(&sc).st_rx_twice);
	/* a hub that was started anew counts from where it likes */
	session_conns_remove(&sc, c1);
	session_conns_remove(&sc, c2);
	session_conns_add(&sc, c1);
	f = flow_frame(1, 1);
	f->f_twice = 3;
	ATF_CHECK(session_conns_take(&sc, f));
	frame_free(f);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* BBR: flows gather on the first connection, one after another, in order. */

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, copies);
	ATF_TP_ADD_TC(tp, no_copies);
	ATF_TP_ADD_TC(tp, copies_in_order);
	ATF_TP_ADD_TC(tp, acks);
	ATF_TP_ADD_TC(tp, acks_alone);
	ATF_TP_ADD_TC(tp, acks_leave_room);
	ATF_TP_ADD_TC(tp, takes_once);
	return (atf_no_error());
}
