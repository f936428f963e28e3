/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include "kern/bytes.h"
#include "net/offload.h"
#include "tunnel/session.h"

#include "../net/super.h"

/* Only their addresses matter here. */
static struct conn *const c1 = (struct conn *)(void *)&"1";
static struct conn *const c2 = (struct conn *)(void *)&"2";
static struct conn *const c3 = (struct conn *)(void *)&"3";

/* TCP over IPv4 of a flow, with a serial number at its end. */
static struct frame *
flow_frame(uint16_t flow, uint32_t serial)
{
	struct frame *f = frame_alloc(100);

	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 0, 100);
	memcpy(f->f_data, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\x00\x45", 15);
	f->f_data[17] = 86;
	f->f_data[23] = 6;
	f->f_data[34] = (uint8_t)(flow >> 8);
	f->f_data[35] = (uint8_t)flow;
	memcpy(f->f_data + 96, &serial, 4);
	return (f);
}

static uint16_t
flow_of(const struct frame *f)
{
	return ((uint16_t)(f->f_data[34] << 8 | f->f_data[35]));
}

static uint32_t
serial_of(const struct frame *f)
{
	uint32_t serial;

	memcpy(&serial, f->f_data + 96, 4);
	return (serial);
}

/* Take all of a connection's frames; count, and mark whose flows they are. */
static unsigned int
drain(struct session_conns *sc, struct conn *cn, const struct conn **owner)
{
	uint32_t last[256] = { 0 };
	unsigned int n = 0;
	struct frame *f;

	while ((f = session_conns_pull(sc, cn, 0)) != NULL) {
		uint16_t flow = flow_of(f);

		ATF_CHECK(owner[flow] == NULL || owner[flow] == cn);
		owner[flow] = cn;
		/* Order within the flow. */
		ATF_CHECK(serial_of(f) > last[flow]);
		last[flow] = serial_of(f);
		frame_free(f);
		n++;
	}
	return (n);
}

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

	session_conns_init(&sc, 4096, 1 << 20);
	session_conns_send(&sc, flow_frame(1, 1));
	ATF_CHECK_EQ(1, sc.sc_stats.st_drop_down);
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c1));
	send_flows(&sc, &serial);
	ATF_CHECK(session_conns_pull(&sc, c2, 0) == NULL);
	ATF_CHECK_EQ(1024, drain(&sc, c1, owner));
	ATF_CHECK_EQ(1024, sc.sc_stats.st_tx_frames);
	ATF_CHECK_EQ(102400, sc.sc_stats.st_tx_bytes);
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

	session_conns_init(&sc, 4096, 8 << 20);
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
	ATF_CHECK_EQ(0, sc.sc_stats.st_drop_down + sc.sc_stats.st_drop_full);
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

	session_conns_init(&sc, 4096, 8 << 20);
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
	uint32_t i;
	int n;

	session_conns_init(&sc, 64, 1 << 20);
	for (n = 0; n < SESSION_CONNS; n++)
		ATF_REQUIRE_EQ(0,
		    session_conns_add(&sc,
			n == 0	   ? c1 :
			    n == 1 ? c2 :
				     c3));
	ATF_CHECK_EQ(-1, session_conns_add(&sc, c1));
	for (i = 0; i < 100; i++)
		session_conns_send(&sc, flow_frame(7, i));
	ATF_CHECK_EQ(36, sc.sc_stats.st_drop_full);
	session_conns_fini(&sc);
	/* The bytes are of all together. */
	session_conns_init(&sc, 4096, 160000);
	session_conns_add(&sc, c1);
	session_conns_add(&sc, c2);
	for (i = 0; i < 4000; i++)
		session_conns_send(&sc, flow_frame((uint16_t)(i % 256), i));
	ATF_CHECK(sc.sc_stats.st_drop_full >= 4000 - 1600);
	session_conns_remove(&sc, c1);
	session_conns_remove(&sc, c2);
	ATF_CHECK_EQ(4000, sc.sc_stats.st_drop_full + sc.sc_stats.st_drop_down);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
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
	session_conns_init(&sc, 4096, 4 << 20);
	pr.pr_client.sd_more = &sc;
	ch.ch_pull = session_pull;
	pair_sockets(fds, 0);
	pair_server(&pr, fds[0]);
	pr.pr_client.sd_conn = conn_new_client(pr.pr_base, fds[1], "hub",
	    &pr.pr_cp, &pr.pr_rq, &ch, &pr.pr_client);
	ATF_REQUIRE(pair_until(&pr, pr.pr_client.sd_open, 3000));
	session_conns_add(&sc, pr.pr_client.sd_conn);
	send_flows(&sc, &serial);
	session_conns_flush(&sc);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_frames == 1024, 3000));
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

	session_conns_init(&sc, 16, 1 << 20);
	session_conns_add(&sc, c1);
	for (i = 0; i < 2; i++) {
		session_conns_send(&sc, frame_ref(held));
		session_conns_send(&sc, flow_frame(1, i));
	}
	f = session_conns_pull(&sc, c1, OFFLOAD_CAN_ALL);
	ATF_CHECK(f == held);
	frame_free(f);
	f = session_conns_pull(&sc, c1, OFFLOAD_CAN_ALL);
	ATF_CHECK(f != NULL && serial_of(f) == 0);
	frame_free(f);
	ATF_CHECK_EQ(1, sc.sc_stats.st_tx_super);
	for (i = 0; i < 9; i++) {
		f = session_conns_pull(&sc, c1, OFFLOAD_CAN_CSUM);
		ATF_REQUIRE(f != NULL && f->f_len == 1054);
		ATF_CHECK_EQ(1000 * i, get32(f->f_data + 38));
		frame_free(f);
	}
	ATF_CHECK_EQ(9054, held->f_len);
	f = session_conns_pull(&sc, c1, OFFLOAD_CAN_CSUM);
	ATF_CHECK(f != NULL && serial_of(f) == 1);
	frame_free(f);
	ATF_CHECK(session_conns_pull(&sc, c1, 0) == NULL);
	ATF_CHECK_EQ(12, sc.sc_stats.st_tx_frames);
	frame_free(held);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* What goes wrong in the middle of one is counted by its segments. */
ATF_TC_WITHOUT_HEAD(super_cut);
ATF_TC_BODY(super_cut, tc)
{
	struct session_conns sc;
	struct frame *f;

	frame_pool_drain();
	session_conns_init(&sc, 16, 1 << 20);
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
	ATF_CHECK_EQ(8, sc.sc_stats.st_drop_down);

	/* No buffer left for a segment: the next frame has its turn. */
	session_conns_add(&sc, c1);
	session_conns_send(&sc, super_frame());
	session_conns_send(&sc, flow_frame(1, 7));
	frame_pool_drain();
	frame_set_limit(frame_memory());
	f = session_conns_pull(&sc, c1, 0);
	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(7, serial_of(f));
	ATF_CHECK_EQ(9, sc.sc_stats.st_drop_memory);
	frame_free(f);
	frame_set_limit(64 << 20);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, joined);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, over_conn);
	ATF_TP_ADD_TC(tp, super);
	ATF_TP_ADD_TC(tp, super_cut);
	return (atf_no_error());
}
