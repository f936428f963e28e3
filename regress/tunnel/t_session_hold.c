/* SPDX-License-Identifier: ISC */
/* Acknowledgements that wait for others (session.h, hold.h). */
#include "fake.h"
#include "kern/bytes.h"
#include "net/offload.h"

enum { RTT = 20000 };

static void
init_narrow(struct session_conns *sc)
{
	init(sc, 1000, 4 << 20);
	fakes[0].fa_known = true;
	fakes[0].fa_path =
	    (struct conn_path){ .cp_rtt_us = RTT, .cp_rate = 100000 };
	ATF_REQUIRE_EQ(0, session_conns_add(sc, c1));
	sc->sc_hold.ho_now = HOLD_FIRST;
}

/* The ack'th of a flow; its checksum is said to be right. */
static struct frame *
ack(uint16_t flow, uint32_t number)
{
	struct frame *f = ack_frame(flow);

	put32(f->f_data + 42, number);
	put16(f->f_data + 48, 100);
	memset(f->f_data + 54, 1, 12);
	f->f_offload.fo_flags = OFFLOAD_F_VALID;
	return (f);
}

static unsigned int
pulled(struct session_conns *sc)
{
	unsigned int n = 0;
	struct frame *f;

	while ((f = session_conns_pull(sc, c1, 0)) != NULL) {
		frame_free(f);
		n++;
	}
	return (n);
}

/* As if so much time had passed. */
static void
pass(struct session_conns *sc, uint64_t us)
{
	ATF_REQUIRE(sc->sc_lane[0].sl_held != 0);
	sc->sc_lane[0].sl_held -= us;
}

/* Held, then all go, of each flow the newest. */
ATF_TC_WITHOUT_HEAD(held);
ATF_TC_BODY(held, tc)
{
	struct session_conns sc;
	uint32_t i;

	init_narrow(&sc);
	for (i = 1; i <= 10; i++) {
		session_conns_send(&sc, ack(1, 1000 * i));
		session_conns_send(&sc, ack(2, 1000 * i));
		ATF_CHECK_EQ(0, pulled(&sc));
	}
	ATF_CHECK(fakes[0].fa_later > 0 && fakes[0].fa_later <= HOLD_FIRST);
	/* come back too soon: it has to once more, for what is left */
	fakes[0].fa_later = 0;
	pass(&sc, HOLD_FIRST / 2);
	ATF_CHECK_EQ(0, pulled(&sc));
	ATF_CHECK(fakes[0].fa_later > 0);
	ATF_CHECK(fakes[0].fa_later <= HOLD_FIRST / 2);
	pass(&sc, HOLD_FIRST / 2);
	ATF_CHECK_EQ(2, pulled(&sc));
	ATF_CHECK_EQ(18, session_conns_stats(&sc).st_inner_acks);
	/* and again */
	fakes[0].fa_later = 0;
	session_conns_send(&sc, ack(1, 20000));
	ATF_CHECK_EQ(0, pulled(&sc));
	ATF_CHECK_EQ(HOLD_FIRST, fakes[0].fa_later);
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* Anything else is not held, and takes along what is. */
ATF_TC_WITHOUT_HEAD(urgent);
ATF_TC_BODY(urgent, tc)
{
	struct session_conns sc;
	struct frame *f;

	init_narrow(&sc);
	session_conns_send(&sc, ack(1, 1000));
	ATF_CHECK_EQ(0, pulled(&sc));
	session_conns_send(&sc, flow_frame(3, 1));
	ATF_CHECK_EQ(2, pulled(&sc));
	/* one that says nothing newer may be of a loss */
	session_conns_send(&sc, ack(1, 2000));
	ATF_CHECK_EQ(0, pulled(&sc));
	session_conns_send(&sc, ack(1, 2000));
	ATF_CHECK_EQ(2, pulled(&sc));
	/* and SACK is */
	f = ack(1, 3000);
	memcpy(f->f_data + 54, "\5\12\0\0\0\1\0\0\0\2\1\1", 12);
	session_conns_send(&sc, f);
	ATF_CHECK_EQ(1, pulled(&sc));
	/* where checksums are wrong, too */
	f = ack(1, 4000);
	f->f_offload.fo_flags = 0;
	session_conns_send(&sc, f);
	ATF_CHECK_EQ(1, pulled(&sc));
	session_conns_fini(&sc);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* Found out by what waits, and forgotten with the last connection. */
ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	struct session_conns sc;
	struct session_live sv;
	unsigned int i;

	init_narrow(&sc);
	sc.sc_hold.ho_now = 0;
	session_conns_send(&sc, ack(1, 1000));
	ATF_CHECK_EQ(1, pulled(&sc));
	fakes[0].fa_path.cp_waits_us = 80000;
	for (i = 0; i < 400 && sc.sc_hold.ho_now == 0; i++) {
		sc.sc_sampled = 0;
		session_conns_flush(&sc);
		usleep(2000);
	}
	ATF_CHECK_EQ(HOLD_FIRST, sc.sc_hold.ho_now);
	session_conns_live(&sc, &sv);
	ATF_CHECK_EQ(HOLD_FIRST, sv.sv_hold_us);
	session_conns_remove(&sc, c1);
	ATF_REQUIRE_EQ(0, session_conns_add(&sc, c2));
	ATF_CHECK_EQ(0, sc.sc_hold.ho_now);
	session_conns_fini(&sc);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, held);
	ATF_TP_ADD_TC(tp, urgent);
	ATF_TP_ADD_TC(tp, found);
	return (atf_no_error());
}
