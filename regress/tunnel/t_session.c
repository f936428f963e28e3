/* SPDX-License-Identifier: ISC */
#include "fake.h"

#include "kern/bytes.h"
#include "net/offload.h"

#include "../net/super.h"

static void
send_flows(struct session_conns *sc, uint32_t *serial)
{
	uint16_t i;
	int round;

	for (round = 0; round < 4; round++)
		for (i = 0; i < 256; i++)
			session_conns_send(sc, flow_frame(i, ++*serial));
}

ATF_TC_WITHOUT_HEAD(one);
ATF_TC_BODY(one, tc)
{
	const struct conn *owner[256] = { NULL };
	struct session_conns sc;
	uint32_t serial = 0;

	init(&sc, 4096, 1 << 20);
	session_conns_send(&sc, flow_frame(1, 1));
	ATF_CHECK_EQ(1, session_conns_stats(&sc).st_drop_down);
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c1));
	send_flows(&sc, &serial);
	ATF_CHECK(session_conns_pull(&sc, c2, 0) == NULL);
	ATF_CHECK_EQ(1024, drain(&sc, c1, owner));
	ATF_CHECK_EQ(1024, session_conns_stats(&sc).st_tx_frames);
	ATF_CHECK_EQ(102400, session_conns_stats(&sc).st_tx_bytes);
	session_conns_fini(&sc);
	frame_pool_drain();
}

/* Flows stay where they are, but for those of a connection that goes. */
ATF_TC_WITHOUT_HEAD(several);
ATF_TC_BODY(several, tc)
{
	const struct conn *first[256] = { NULL }, *second[256] = { NULL };
	struct session_conns sc;
	unsigned int n1, n2, n3, i;
	uint32_t serial = 0;

	init(&sc, 4096, 8 << 20);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	session_conns_add(&sc, c3);
	send_flows(&sc, &serial);
	n1 = drain(&sc, c1, first);
	n2 = drain(&sc, c2, first);
	n3 = drain(&sc, c3, first);
	ATF_CHECK_EQ(1024, n1 + n2 + n3);
	ATF_CHECK(n1 > 200 && n2 > 200 && n3 > 200);
	/* What waits for c2 when it is lost moves on, in order. */
	send_flows(&sc, &serial);
	session_conns_remove(&sc, c2);
	session_conns_remove(&sc, c2);
	n1 = drain(&sc, c1, second);
	n3 = drain(&sc, c3, second);
	ATF_CHECK_EQ(1024, n1 + n3);
	for (i = 0; i < 256; i++)
		ATF_CHECK(first[i] == c2 || first[i] == second[i]);
	ATF_CHECK_EQ(0,
	    session_conns_stats(&sc).st_drop_down +
		session_conns_stats(&sc).st_drop_full);
	session_conns_fini(&sc);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(joined);
ATF_TC_BODY(joined, tc)
{
	const struct conn *owner[256] = { NULL };
	struct session_conns sc;
	unsigned int n1, n2;
	uint32_t serial = 0;

	init(&sc, 4096, 8 << 20);
	session_conns_add(&sc, c1);
	send_flows(&sc, &serial);
	session_conns_add(&sc, c2);
	send_flows(&sc, &serial);
	n1 = drain(&sc, c1, owner);
	n2 = drain(&sc, c2, owner);
	ATF_CHECK_EQ(2048, n1 + n2);
	ATF_CHECK(n1 > 512 && n2 > 512);
	session_conns_fini(&sc);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct session_conns sc;
	struct frame *f;
	uint32_t i;
	int n;

	init(&sc, 64, 1 << 20);
	for (n = 0; n < SESSION_CONNS; n++)
		ATF_REQUIRE_EQ(0,
		    session_conns_add(&sc,
			n == 0	   ? c1 :
			    n == 1 ? c2 :
				     c3));
	ATF_CHECK_EQ(-1, session_conns_add(&sc, c1));
	for (i = 0; i < 100; i++)
		session_conns_send(&sc, flow_frame(7, i));
	for (i = 0; (f = session_conns_pull(&sc, c1, 0)) != NULL; i++)
		frame_free(f);
	ATF_CHECK(i > 0 && i <= 64);
	ATF_CHECK_EQ(100 - i, session_conns_stats(&sc).st_drop_full);
	session_conns_fini(&sc);
	/* The bytes are of all together. */
	init(&sc, 4096, 160000);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	for (i = 0; i < 4000; i++)
		session_conns_send(&sc, flow_frame((uint16_t)(i % 256), i));
	ATF_CHECK(session_conns_stats(&sc).st_drop_full >= 4000 - 1600);
	session_conns_remove(&sc, c1);
	session_conns_remove(&sc, c2);
	ATF_CHECK_EQ(4000,
	    session_conns_stats(&sc).st_drop_full +
		session_conns_stats(&sc).st_drop_down);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* A flow moves when the peer's TCP has all of it, and not before. */
ATF_TC_WITHOUT_HEAD(pins);
ATF_TC_BODY(pins, tc)
{
	struct session_conns sc;
	const struct conn *cn, *next;
	struct fake *fa;
	int i;

	init(&sc, 100, 1 << 20);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	cn = sent_by(&sc, 7);
	ATF_REQUIRE(cn == c1 || cn == c2);
	fa = &fakes[cn == c2];
	fa->fa_known = true;
	fa->fa_wire = 1000;
	for (i = 0; i < 10; i++) {
		sc.sc_sampled = 0;
		ATF_CHECK(sent_by(&sc, 7) == cn);
	}
	/* others go where less is to do */
	next = sent_by(&sc, 8);
	ATF_CHECK(next != NULL && next != cn);
	/* acknowledged but for the last of it, then all */
	fa->fa_path.cp_acked_least = 1000;
	sc.sc_sampled = 0;
	ATF_CHECK(sent_by(&sc, 7) == cn);
	fa->fa_path.cp_idle = true;
	fakes[cn == c1].fa_known = false;
	sent_by(&sc, 9);
	sent_by(&sc, 10);
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	fa->fa_path.cp_idle = false;
	ATF_CHECK(sent_by(&sc, 8) == next);
	/* nothing of it is under way: it may go anywhere, then it stays */
	next = sent_by(&sc, 7);
	ATF_CHECK(sent_by(&sc, 7) == next);
	/* its connection is lost */
	session_conns_remove(&sc, next == c1 ? c1 : c2);
	ATF_CHECK(sent_by(&sc, 7) == (next == c1 ? c2 : c1));
	session_conns_fini(&sc);
	frame_pool_drain();
}

/* A far path: c1 for bulk, c2 and c3 spare. */

ATF_TC_WITHOUT_HEAD(gathers);
ATF_TC_BODY(gathers, tc)
{
	struct session_conns sc;
	unsigned int i;
	uint32_t list[8];

	init(&sc, 1000, 4 << 20);
	for (i = 0; i < 2; i++) {
		fakes[i].fa_known = true;
		session_conns_add(&sc, i == 0 ? c1 : c2);
	}
	for (i = 0; i < 4; i++) {
		session_conns_send(&sc, flow_frame((uint16_t)i, 1));
		numbers(&sc, i % 2 == 0 ? c1 : c2, list, 8);
	}
	fakes[0].fa_path.cp_bbr = fakes[1].fa_path.cp_bbr = true;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	/* both of c2's are under way: one is held back at a time */
	session_conns_send(&sc, flow_frame(1, 2));
	session_conns_send(&sc, flow_frame(3, 2));
	ATF_CHECK_EQ(0, numbers(&sc, c1, list, 8));
	ATF_CHECK_EQ(1, numbers(&sc, c2, list, 8));
	ATF_CHECK_EQ(1, session_conns_stats(&sc).st_tx_frames - 4);
	fakes[1].fa_path.cp_idle = true;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	session_conns_send(&sc, flow_frame(1, 3));
	ATF_CHECK_EQ(2, numbers(&sc, c1, list, 8));
	/* what is held back for a connection that is lost goes on */
	fakes[1].fa_path.cp_idle = false;
	session_conns_send(&sc, flow_frame(3, 3));
	numbers(&sc, c1, list, 8);
	session_conns_remove(&sc, c2);
	session_conns_send(&sc, flow_frame(3, 4));
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	numbers(&sc, c1, list, 8);
	session_conns_fini(&sc);
	ATF_CHECK_EQ(9, session_conns_stats(&sc).st_tx_frames);
	ATF_CHECK_EQ(0, session_conns_stats(&sc).st_drop_down);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* BBR on a later connection alone: flows stay where they are. */
ATF_TC_WITHOUT_HEAD(mixed);
ATF_TC_BODY(mixed, tc)
{
	struct session_conns sc;
	uint32_t list[8];
	unsigned int i;

	init(&sc, 1000, 4 << 20);
	for (i = 0; i < 2; i++) {
		fakes[i].fa_known = true;
		session_conns_add(&sc, i == 0 ? c1 : c2);
	}
	session_conns_send(&sc, flow_frame(0, 1));
	ATF_CHECK_EQ(1, numbers(&sc, c1, list, 8));
	fakes[1].fa_path.cp_bbr = true;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	for (i = 2; i < 10; i++) {
		session_conns_send(&sc, flow_frame(0, i));
		ATF_CHECK_EQ(1, numbers(&sc, c1, list, 8));
	}
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* A kernel that does not tell, as behind a proxy: nothing is held for good. */
ATF_TC_WITHOUT_HEAD(not_told);
ATF_TC_BODY(not_told, tc)
{
	struct session_conns sc;
	uint32_t list[8];
	unsigned int i, n = 0;

	init(&sc, 1000, 4 << 20);
	session_conns_add(&sc, c1);
	for (i = 0; i < 2; i++) {
		session_conns_send(&sc, flow_frame((uint16_t)i, 1));
		ATF_CHECK_EQ(1, numbers(&sc, c1, list, 8));
	}
	session_conns_add(&sc, c2);
	for (i = 0; i < 800; i++)
		session_conns_send(&sc, flow_frame((uint16_t)(i % 2), i + 2));
	n = numbers(&sc, c1, list, 8);
	ATF_CHECK_EQ(800, n);
	session_conns_fini(&sc);
	/* it stops to tell when a flow is held back */
	init(&sc, 1000, 4 << 20);
	for (i = 0; i < 2; i++) {
		fakes[i].fa_known = true;
		session_conns_add(&sc, i == 0 ? c1 : c2);
	}
	for (i = 0; i < 2; i++)
		session_conns_send(&sc, flow_frame((uint16_t)i, 1));
	ATF_CHECK_EQ(1, numbers(&sc, c1, list, 8));
	ATF_CHECK_EQ(1, numbers(&sc, c2, list, 8));
	fakes[0].fa_path.cp_bbr = true;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	session_conns_send(&sc, flow_frame(1, 2));
	ATF_CHECK_EQ(0, numbers(&sc, c2, list, 8));
	fakes[0].fa_known = fakes[1].fa_known = false;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	ATF_CHECK_EQ(1, numbers(&sc, c2, list, 8));
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

static struct frame *
data_frame(uint32_t seq)
{
	struct super su = { .su_tcp = true,
		.su_data = 1000,
		.su_flags = 0x10,
		.su_seq = seq };
	struct frame *f = super_make(&su);

	ATF_REQUIRE(f != NULL);
	return (f);
}

/* Whether the segment is sent, or suppressed. */
static bool
is_sent(struct session_conns *sc, uint32_t seq)
{
	struct frame *f;
	bool sent;

	session_conns_send(sc, data_frame(seq));
	sent = (f = session_conns_pull(sc, c1, 0)) != NULL;
	frame_free(f);
	return (sent);
}

/* A retransmission is left out as long as the original is under way. */
ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	struct frame *f = data_frame(0);
	uint32_t len = f->f_len;
	struct session_conns sc;

	frame_free(f);
	init(&sc, 100, 1 << 20);
	session_conns_add(&sc, c1);
	fakes[0].fa_known = true;
	ATF_CHECK(is_sent(&sc, 0));
	fakes[0].fa_wire = 1100;
	ATF_CHECK(is_sent(&sc, 5000));
	fakes[0].fa_wire = 2200;
	ATF_CHECK(!is_sent(&sc, 0));
	ATF_CHECK(!is_sent(&sc, 5000));
	ATF_CHECK_EQ(2, session_conns_stats(&sc).st_inner_again);
	/*
	 * A part may be acknowledged: then it is not relied on; and it may have
	 * been shorter than the frame.
	 */
	fakes[0].fa_path.cp_acked_most = len - ENCAP_SAVED - 1;
	ATF_CHECK(!is_sent(&sc, 0));
	fakes[0].fa_path.cp_acked_most = len - ENCAP_SAVED;
	ATF_CHECK(is_sent(&sc, 0));
	fakes[0].fa_wire = 3300;
	ATF_CHECK(!is_sent(&sc, 5000));
	/* nor if the kernel does not know */
	fakes[0].fa_known = false;
	ATF_CHECK(is_sent(&sc, 5000));
	fakes[0].fa_known = true;
	fakes[0].fa_path.cp_idle = true;
	ATF_CHECK(is_sent(&sc, 5000));
	fakes[0].fa_path.cp_idle = false;
	ATF_CHECK(!is_sent(&sc, 5000));
	/* a connection that dies takes with it what it had */
	session_conns_add(&sc, c2);
	session_conns_remove(&sc, c1);
	session_conns_add(&sc, c1);
	session_conns_remove(&sc, c2);
	ATF_CHECK(is_sent(&sc, 5000));
	session_conns_fini(&sc);
	/* switched off */
	init(&sc, 100, 1 << 20);
	session_conns_fini(&sc);
	session_conns_init(&sc, 100, 1 << 20, false);
	sc.sc_ops = &fake_ops;
	session_conns_add(&sc, c1);
	ATF_CHECK(is_sent(&sc, 0));
	ATF_CHECK(is_sent(&sc, 0));
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/*
 * The queue follows what the connections' TCP says; a rate that was limited
 * by the sender does not lower it.
 */
ATF_TC_WITHOUT_HEAD(live);
ATF_TC_BODY(live, tc)
{
	struct session_conns sc;
	struct session_live sv;

	init(&sc, 100, 1 << 20);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	session_conns_flush(&sc);
	session_conns_live(&sc, &sv);
	ATF_CHECK_EQ(0, sv.sv_rate);
	fakes[0].fa_known = fakes[1].fa_known = true;
	fakes[0].fa_path =
	    (struct conn_path){ .cp_rtt_us = 80000, .cp_rate = 1000000 };
	fakes[1].fa_path =
	    (struct conn_path){ .cp_rtt_us = 100000, .cp_rate = 500000 };
	sc.sc_sampled = 0;
	session_conns_send(&sc, flow_frame(1, 1));
	session_conns_flush(&sc);
	ATF_CHECK_EQ(1, fakes[0].fa_pushed + fakes[1].fa_pushed);
	session_conns_live(&sc, &sv);
	ATF_CHECK_EQ(1, sv.sv_frames);
	ATF_CHECK_EQ(100, sv.sv_bytes);
	ATF_CHECK_EQ(100000, sv.sv_rtt_us);
	ATF_CHECK_EQ(1500000, sv.sv_rate);
	ATF_CHECK_EQ(25000, aqm_path(sc.sc_aqm)->cp_target);
	fakes[0].fa_path.cp_limited = true;
	fakes[0].fa_path.cp_rate = 10;
	fakes[1].fa_path.cp_rate = 400000;
	sc.sc_sampled = 0;
	session_conns_flush(&sc);
	session_conns_live(&sc, &sv);
	ATF_CHECK_EQ(1400000, sv.sv_rate);
	session_conns_fini(&sc);
	frame_pool_drain();
}

/* Through a real connection, with a handler as the daemons have it. */
static struct frame *
session_pull(struct conn *cn, void *arg)
{
	struct side *sd = arg;

	return (session_conns_pull(sd->sd_more, cn, 0));
}

ATF_TC_WITHOUT_HEAD(over_conn);
ATF_TC_BODY(over_conn, tc)
{
	struct conn_handlers ch = side_handlers;
	struct session_conns sc;
	struct pair pr;
	uint32_t serial = 0;
	int fds[2];

	pair_init(&pr);
	session_conns_init(&sc, 4096, 4 << 20, true);
	pr.pr_client.sd_more = &sc;
	ch.ch_pull = session_pull;
	pair_sockets(fds, 0);
	pair_server(&pr, fds[0]);
	pr.pr_client.sd_conn = conn_new_client(pr.pr_base, fds[1], "hub",
	    &pr.pr_cp, &pr.pr_rq, &ch, &pr.pr_client);
	ATF_REQUIRE(pair_until(&pr, pr.pr_client.sd_open, 60000));
	session_conns_add(&sc, pr.pr_client.sd_conn);
	send_flows(&sc, &serial);
	session_conns_flush(&sc);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_frames == 1024, 60000));
	session_conns_fini(&sc);
	pair_fini(&pr);
}

static struct frame *
super_frame(void)
{
	struct super su = { .su_tcp = true, .su_data = 9000, .su_size = 1000 };
	struct frame *f = super_make(&su);

	ATF_REQUIRE(f != NULL);
	return (f);
}

/* Shared with others, it waits whole and is cut for those who need it. */
ATF_TC_WITHOUT_HEAD(super);
ATF_TC_BODY(super, tc)
{
	struct frame *held = super_frame(), *f;
	struct session_conns sc;
	unsigned int i;

	init(&sc, 16, 1 << 20);
	session_conns_add(&sc, c1);
	for (i = 0; i < 2; i++) {
		session_conns_send(&sc, frame_ref(held));
		session_conns_send(&sc, flow_frame(1, i));
	}
	/* the sparse flow is first */
	for (i = 0; i < 2; i++) {
		f = session_conns_pull(&sc, c1, OFFLOAD_CAN_ALL);
		ATF_CHECK(f != NULL && serial_of(f) == i);
		frame_free(f);
	}
	f = session_conns_pull(&sc, c1, OFFLOAD_CAN_ALL);
	ATF_CHECK(f == held);
	frame_free(f);
	ATF_CHECK_EQ(1, session_conns_stats(&sc).st_tx_super);
	for (i = 0; i < 9; i++) {
		f = session_conns_pull(&sc, c1, OFFLOAD_CAN_CSUM);
		ATF_REQUIRE(f != NULL && f->f_len == 1054);
		ATF_CHECK_EQ(1000 * i, get32(f->f_data + 38));
		frame_free(f);
	}
	ATF_CHECK_EQ(9054, held->f_len);
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	ATF_CHECK_EQ(12, session_conns_stats(&sc).st_tx_frames);
	frame_free(held);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* What is left of one when something goes wrong counts as one. */
ATF_TC_WITHOUT_HEAD(super_cut);
ATF_TC_BODY(super_cut, tc)
{
	struct session_conns sc;
	struct frame *f;

	frame_pool_drain();
	init(&sc, 16, 1 << 20);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	session_conns_send(&sc, super_frame());
	f = session_conns_pull(&sc, c1, 0);
	if (f == NULL)
		f = session_conns_pull(&sc, c2, 0);
	ATF_REQUIRE(f != NULL);
	frame_free(f);
	session_conns_remove(&sc, c1);
	session_conns_remove(&sc, c2);
	ATF_CHECK_EQ(1, session_conns_stats(&sc).st_drop_down);

	/* No buffer left for a segment: the next frame has its turn. */
	session_conns_add(&sc, c1);
	session_conns_send(&sc, super_frame());
	session_conns_send(&sc, flow_frame(1, 7));
	frame_pool_drain();
	frame_set_limit(frame_memory());
	f = session_conns_pull(&sc, c1, 0);
	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(7, serial_of(f));
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	ATF_CHECK_EQ(1, session_conns_stats(&sc).st_drop_memory);
	frame_free(f);
	frame_set_limit(64 << 20);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* Looks at paths before a frame of len bytes is queued and after it is sent. */
static void
send_looks(struct session_conns *sc, struct conn *cn, uint32_t len,
    unsigned int *before, unsigned int *after)
{
	struct frame *f = flow_frame(1, 1);

	f->f_len = len;
	fake_looks = 0;
	session_conns_send(sc, f);
	*before = fake_looks;
	frame_free(session_conns_pull(sc, cn, 0));
	session_conns_flush(sc);
	*after = fake_looks - *before;
}

/* When it is time: a small frame that is alone waits for no look. */
ATF_TC_WITHOUT_HEAD(looks);
ATF_TC_BODY(looks, tc)
{
	struct session_conns sc;
	unsigned int i, before, after;

	init(&sc, 100, 1 << 20);
	for (i = 0; i < 2; i++) {
		fakes[i].fa_known = true;
		fakes[i].fa_path.cp_idle = true;
		fakes[i].fa_path.cp_rtt_us = SESSION_FAR;
	}
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(0, before);
	ATF_CHECK_EQ(2, after); /* nothing was known of either */
	sc.sc_sampled -= SESSION_SAMPLE;
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(0, before);
	ATF_CHECK_EQ(1, after); /* the one that was used */
	sc.sc_sampled -= SESSION_SAMPLE;
	sc.sc_swept -= 1000000;
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(2, after); /* now and then both */
	fakes[0].fa_path.cp_idle = false;
	sc.sc_sampled -= SESSION_SAMPLE;
	send_looks(&sc, c1, 1000, &before, &after);
	ATF_CHECK_EQ(0, before); /* it was idle when last looked at */
	sc.sc_sampled -= SESSION_SAMPLE;
	send_looks(&sc, c1, 1000, &before, &after);
	ATF_CHECK_EQ(1, before);
	/* something waits already */
	session_conns_send(&sc, flow_frame(1, 1));
	sc.sc_sampled -= SESSION_SAMPLE;
	fake_looks = 0;
	session_conns_send(&sc, flow_frame(1, 2));
	ATF_CHECK_EQ(1, fake_looks);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/*
 * How far a flow's frames go is an estimate, which begins anew when the
 * connection has written.  It does not go back: then all that was sent would
 * be acknowledged, and the flow of a batch before still be under way.
 */
ATF_TC_WITHOUT_HEAD(estimate);
ATF_TC_BODY(estimate, tc)
{
	struct session_conns sc;
	uint64_t last;
	unsigned int i;

	init(&sc, 100, 1 << 20);
	session_conns_add(&sc, c1);
	for (i = 0; i < 20; i++) {
		last = sc.sc_lane[0].sl_last;
		ATF_CHECK(sent_by(&sc, 1) == c1);
		ATF_CHECK(sc.sc_lane[0].sl_last > last);
	}
	fakes[0].fa_wire += 20 * 106;
	last = sc.sc_lane[0].sl_last;
	ATF_CHECK(sent_by(&sc, 2) == c1);
	ATF_CHECK(sc.sc_lane[0].sl_last > last);
	session_conns_fini(&sc);
	frame_pool_drain();
}

/* Little on a near path: rarely. */
ATF_TC_WITHOUT_HEAD(looks_rarely);
ATF_TC_BODY(looks_rarely, tc)
{
	struct session_conns sc;
	unsigned int i, before, after;

	init(&sc, 100, 1 << 20);
	fakes[0].fa_known = true;
	fakes[0].fa_path.cp_rtt_us = SESSION_FAR / 4;
	session_conns_add(&sc, c1);
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(1, after);
	sc.sc_sampled -= 2 * SESSION_SAMPLE;
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(0, before + after);
	sc.sc_sampled -= 2000000;
	send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK_EQ(1, after);
	/* much, without a large frame */
	sc.sc_sampled -= SESSION_SAMPLE;
	for (i = after = 0; i < 200 && after == 0; i++)
		send_looks(&sc, c1, 100, &before, &after);
	ATF_CHECK(i > 100 && i < 200);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, looks);
	ATF_TP_ADD_TC(tp, estimate);
	ATF_TP_ADD_TC(tp, looks_rarely);
	ATF_TP_ADD_TC(tp, one);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, joined);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, pins);
	ATF_TP_ADD_TC(tp, gathers);
	ATF_TP_ADD_TC(tp, mixed);
	ATF_TP_ADD_TC(tp, not_told);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, live);
	ATF_TP_ADD_TC(tp, over_conn);
	ATF_TP_ADD_TC(tp, super);
	ATF_TP_ADD_TC(tp, super_cut);
	return (atf_no_error());
}
