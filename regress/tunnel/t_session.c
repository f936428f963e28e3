/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include "tunnel/session.h"

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

	while ((f = session_conns_pull(sc, cn)) != NULL) {
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
	ATF_CHECK(session_conns_pull(&sc, c1) == NULL);
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c1));
	send_flows(&sc, &serial);
	ATF_CHECK(session_conns_pull(&sc, c2) == NULL);
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

	return (session_conns_pull(sd->sd_more, cn));
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one);
	ATF_TP_ADD_TC(tp, several);
	ATF_TP_ADD_TC(tp, joined);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, over_conn);
	return (atf_no_error());
}
