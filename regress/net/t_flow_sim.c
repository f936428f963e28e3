/* SPDX-License-Identifier: ISC */
/*
 * The proof that analysis of inner TCP loses and changes nothing: two TCPs
 * over two queues and outer connections that stall and die, LANs that lose
 * and reorder, programs that stop reading and writing, resets.  Every octet is
 * compared; every frame that leaves a queue has gone into it as it is; and
 * where a retransmission is suppressed, each octet of it must by the test's
 * own books wait in the queue or in a connection that lives.
 *
 *	inner 0 - LAN - queue 0 = connections = LAN - inner 1, and back
 */
#include "net/aqm.h"
#include "net/ether.h"
#include "net/gso.h"
#include "net/offload.h"

#include "inner.h"

enum {
	CONNS = 3,
	FLIGHT = 4096,
	SEEN = 1 << 20,
	BOOK = 8192,
	LIMIT = 200000 /* ms */
};

/* A frame under way, in a LAN or a connection. */
struct flying {
	struct frame *fg_frame;
	uint64_t fg_at, fg_pos;
};

struct outer {
	uint32_t ou_id;
	uint64_t ou_sent, ou_acked, ou_stalled;
	struct flying ou_flying[FLIGHT];
	unsigned int ou_head, ou_tail;	/* delivered up to ou_head */
	unsigned int ou_told;		/* acknowledged up to here */
};

/* A data segment that was queued; bk_conn: 0 while it waits there. */
struct booked {
	uint32_t bk_seq, bk_end, bk_fcs;
	uint32_t bk_conn;
	uint64_t bk_pos;
	bool bk_void;	/* dropped, or of an older connection */
};

struct way {
	struct world *wa_world;
	struct aqm *wa_aqm;
	struct outer wa_outer[CONNS];
	uint32_t wa_last;
	struct flying wa_lan[2][FLIGHT]; /* before, behind */
	unsigned int wa_nlan[2];
	uint16_t wa_seen[SEEN];
	struct booked wa_book[BOOK]; /* in the order of the queue */
	unsigned int wa_next, wa_booked; /* next to leave; all */
};

struct world {
	uint64_t wo_now;
	bool wo_calm;		/* nothing bad happens any more */
	struct inner wo_inner[2];
	struct way wo_way[2];
	unsigned int wo_resets;
};

static struct world world;

static unsigned int
below(unsigned int n)
{
	return ((unsigned int)rand() % n);
}

static bool
chance(unsigned int per_mille)
{
	return (!world.wo_calm && below(1000) < per_mille);
}

/* Into a LAN: it loses, and some come late. */
static void
lan_put(struct way *wa, int behind, struct frame *f)
{
	struct flying *fg = &wa->wa_lan[behind][wa->wa_nlan[behind]];

	if (chance(10)) {
		frame_free(f);
		return;
	}
	ATF_REQUIRE(++wa->wa_nlan[behind] < FLIGHT);
	fg->fg_frame = f;
	fg->fg_at = world.wo_now + (chance(30) ? 1 + below(5) : 0);
}

static void
on_out(struct inner *in, struct frame *f, void *arg)
{
	(void)in;
	lan_put(arg, 0, f);
}

static uint16_t *
seen(struct way *wa, const struct frame *f)
{
	return (&wa->wa_seen[ether_fcs(f->f_data, f->f_len) % SEEN]);
}

static uint64_t
acked(uint32_t id, void *arg)
{
	const struct way *wa = arg;
	int i;

	for (i = 0; i < CONNS; i++)
		if (wa->wa_outer[i].ou_id == id)
			return (wa->wa_outer[i].ou_acked);
	return (UINT64_MAX);
}

static struct booked *
booked(struct way *wa, unsigned int i)
{
	return (&wa->wa_book[i % BOOK]);
}

static struct booked
entry_of(const struct frame *f)
{
	const uint8_t *tcp = f->f_data + 34;
	size_t head = (size_t)(tcp[12] >> 4) * 4;

	return ((struct booked){ .bk_seq = get32(tcp + 4),
	    .bk_end = get32(tcp + 4) + f->f_len - 34 - (uint32_t)head,
	    .bk_fcs = ether_fcs(f->f_data, f->f_len) });
}

static void
book_in(struct way *wa, const struct booked *bk, uint8_t flags)
{
	unsigned int i;

	for (i = 0; i < BOOK && (flags & (F_SYN | F_RST)) != 0; i++)
		wa->wa_book[i].bk_void = true;
	if (bk->bk_end == bk->bk_seq)
		return;
	ATF_REQUIRE(wa->wa_booked - wa->wa_next < BOOK);
	*booked(wa, wa->wa_booked++) = *bk;
}

/* What was queued before it and has not come out was dropped. */
static void
book_out(struct way *wa, const struct frame *f, const struct outer *ou)
{
	struct booked bk = entry_of(f), *at;

	if (bk.bk_end == bk.bk_seq)
		return;
	while ((at = booked(wa, wa->wa_next++))->bk_fcs != bk.bk_fcs) {
		ATF_REQUIRE(wa->wa_next <= wa->wa_booked);
		at->bk_void = true;
	}
	at->bk_conn = ou->ou_id;
	at->bk_pos = ou->ou_sent;
}

static bool
is_safe(struct way *wa, uint32_t octet)
{
	const struct booked *bk;
	unsigned int i, n = wa->wa_booked < BOOK ? wa->wa_booked : BOOK;

	for (i = 1; i <= n; i++) {
		bk = booked(wa, wa->wa_booked - i);
		if (!bk->bk_void &&
		    octet - bk->bk_seq < bk->bk_end - bk->bk_seq &&
		    (bk->bk_conn == 0 || acked(bk->bk_conn, wa) < bk->bk_pos))
			return (true);
	}
	return (false);
}

static void
check_suppressed(struct way *wa, const struct booked *bk)
{
	uint32_t octet;

	ATF_CHECK(bk->bk_end != bk->bk_seq);
	for (octet = bk->bk_seq; octet != bk->bk_end; octet++)
		ATF_REQUIRE_MSG(is_safe(wa, octet), "octet %u is lost", octet);
}

/* The flow may change its lane when nothing of it is under way. */
static void
queue(struct way *wa, struct frame *f)
{
	struct aqm_flow *fl;
	struct flowkey fk;
	struct ip_info ii;
	struct booked bk = entry_of(f);
	const struct aqm_stats *as = aqm_stats(wa->wa_aqm);
	uint64_t before = as->as_end[AQM_SUPPRESSED];
	uint8_t flags = f->f_data[47];

	(*seen(wa, f))++;
	ATF_REQUIRE(flowkey_parse(f->f_data, f->f_len, &fk, &ii));
	fl = aqm_flow(wa->wa_aqm, &fk);
	if (chance(50) && aqm_flow_frames(fl) == 0 &&
	    acked((uint32_t)fl->af_user[0], wa) >= fl->af_user[1])
		aqm_move(wa->wa_aqm, fl, below(CONNS));
	aqm_put(wa->wa_aqm, fl, f, &ii, world.wo_now * 1000);
	if (as->as_end[AQM_SUPPRESSED] != before)
		check_suppressed(wa, &bk);
	else
		book_in(wa, &bk, flags);
}

static void
lan_run(struct way *wa, int behind, struct inner *to)
{
	struct flying *fg = wa->wa_lan[behind];
	unsigned int i, n = wa->wa_nlan[behind], kept = 0;
	struct flying now[FLIGHT];
	unsigned int due = 0;

	for (i = 0; i < n; i++) {
		if (fg[i].fg_at <= world.wo_now)
			now[due++] = fg[i];
		else
			fg[kept++] = fg[i];
	}
	wa->wa_nlan[behind] = kept;
	for (i = 0; i < due; i++) {
		if (!behind) {
			queue(wa, now[i].fg_frame);
			continue;
		}
		inner_input(to, now[i].fg_frame);
		frame_free(now[i].fg_frame);
	}
}

/* All that it has not delivered is lost. */
static void
outer_die(struct way *wa, struct outer *ou)
{
	for (; ou->ou_head != ou->ou_tail; ou->ou_head++)
		frame_free(ou->ou_flying[ou->ou_head % FLIGHT].fg_frame);
	ou->ou_id = ++wa->wa_last;
	ou->ou_sent = ou->ou_acked = 0;
	ou->ou_told = ou->ou_head;
}

/* Where a frame goes that has left the queue. */
struct leaving {
	struct way *le_way;
	struct outer *le_outer;
};

/* It is there when all of the super-frame is, if it came in one. */
static void
fly(struct frame *f, void *arg)
{
	struct leaving *le = arg;
	struct outer *ou = le->le_outer;

	ATF_CHECK_MSG((*seen(le->le_way, f))-- > 0, "a frame was changed");
	book_out(le->le_way, f, ou);
	ou->ou_flying[ou->ou_tail++ % FLIGHT] =
	    (struct flying){ f, world.wo_now + 10, ou->ou_sent };
}

static void
outer_send(struct way *wa, unsigned int lane)
{
	struct outer *ou = &wa->wa_outer[lane];
	struct leaving le = { wa, ou };
	struct aqm_flow *fl;
	struct frame *f;
	size_t room = 400;

	while (room > 0 && ou->ou_tail - ou->ou_told < 64 &&
	    (f = aqm_get(wa->wa_aqm, lane, OFFLOAD_CAN_ALL, world.wo_now * 1000,
		 &fl)) != NULL) {
		ou->ou_sent += f->f_len;
		room -= room < f->f_len ? room : f->f_len;
		aqm_sent(wa->wa_aqm, ou->ou_id, ou->ou_sent);
		fl->af_user[0] = ou->ou_id;
		fl->af_user[1] = ou->ou_sent;
		ATF_REQUIRE_EQ(0, gso_each(f, 0, fly, &le));
	}
}

static void
outer_run(struct way *wa, unsigned int lane)
{
	struct outer *ou = &wa->wa_outer[lane];
	struct flying *fg;

	if (chance(1) && chance(200))
		outer_die(wa, ou);
	if (chance(2))
		ou->ou_stalled = world.wo_now + below(1200);
	outer_send(wa, lane);
	if (world.wo_now < ou->ou_stalled)
		return;
	while (ou->ou_head != ou->ou_tail &&
	    (fg = &ou->ou_flying[ou->ou_head % FLIGHT])->fg_at <=
		world.wo_now) {
		lan_put(wa, 1, fg->fg_frame);
		fg->fg_at = world.wo_now + 10;
		ou->ou_head++;
	}
	while (ou->ou_told != ou->ou_head &&
	    (fg = &ou->ou_flying[ou->ou_told % FLIGHT])->fg_at <=
		world.wo_now) {
		ou->ou_acked = fg->fg_pos;
		ou->ou_told++;
	}
}

/* What programs do: stop, go on, give up and start anew. */
static void
programs(void)
{
	struct inner *in = world.wo_inner;
	static uint64_t reopen;
	int i;

	for (i = 0; i < 2; i++) {
		if (chance(1) || world.wo_calm)
			in[i].in_lazy = chance(500);
		if (chance(1) || world.wo_calm)
			in[i].in_pause = chance(300);
	}
	if (in[0].in_state == INNER_OPEN && chance(1) && chance(150)) {
		inner_send(&in[0], in[0].in_iss + 1 + in[0].in_nxt, F_RST, 0, 0,
		    false);
		in[0].in_state = INNER_CLOSED;
		reopen = world.wo_now + 50;
		world.wo_resets++;
	}
	if (in[0].in_state == INNER_CLOSED && world.wo_now >= reopen)
		/* in the middle of the old numbers */
		inner_open(&in[0], (uint8_t)(in[0].in_life + 1),
		    in[0].in_iss + in[0].in_una / 2 + 3);
}

static void
world_init(unsigned int seed, bool analysis, bool joins)
{
	struct way *wa;
	unsigned int i, c;

	srand(seed);
	memset(&world, 0, sizeof(world));
	for (i = 0; i < 2; i++) {
		wa = &world.wo_way[i];
		wa->wa_aqm = aqm_new(1000, 1 << 20, seed);
		ATF_REQUIRE(wa->wa_aqm != NULL);
		if (joins)	/* on a slow line */
			aqm_set_path(wa->wa_aqm, 20000, 1200000);
		if (analysis)
			aqm_set_acked(wa->wa_aqm, acked, wa);
		for (c = 0; c < CONNS; c++)
			wa->wa_outer[c].ou_id = ++wa->wa_last;
		world.wo_inner[i].in_side = (uint8_t)i;
		world.wo_inner[i].in_linux = below(2) == 0;
		world.wo_inner[i].in_out = on_out;
		world.wo_inner[i].in_arg = wa;
	}
	/* numbers that wrap around soon */
	world.wo_inner[0].in_iss = UINT32_MAX - 20000 - below(50000);
	world.wo_inner[1].in_iss = UINT32_MAX - below(50000);
}

static void
world_fini(uint64_t *counts)
{
	const struct aqm_stats *as;
	struct way *wa;
	unsigned int i, c, n;

	for (i = 0; i < 2; i++) {
		wa = &world.wo_way[i];
		as = aqm_stats(wa->wa_aqm);
		for (c = 0; c < AQM_ENDS; c++)
			counts[c] += as->as_end[c];
		aqm_free(wa->wa_aqm);
		for (c = 0; c < CONNS; c++)
			outer_die(wa, &wa->wa_outer[c]);
		for (c = 0; c < 2; c++)
			for (n = 0; n < wa->wa_nlan[c]; n++)
				frame_free(wa->wa_lan[c][n].fg_frame);
	}
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

/* Until both streams are there; the time that it took. */
static uint64_t
world_run(void)
{
	struct inner *in = world.wo_inner;
	unsigned int i, c;

	inner_open(&in[0], 1, in[0].in_iss);
	for (; !inner_done(&in[0]) || !inner_done(&in[1]); world.wo_now++) {
		ATF_REQUIRE_MSG(world.wo_now < LIMIT,
		    "stuck: %d %u %u %u, %d %u %u %u", in[0].in_state,
		    in[0].in_una, in[0].in_max, in[0].in_rcv, in[1].in_state,
		    in[1].in_una, in[1].in_max, in[1].in_rcv);
		world.wo_calm = world.wo_now > LIMIT / 2;
		programs();
		for (i = 0; i < 2; i++) {
			inner_tick(&in[i], world.wo_now);
			lan_run(&world.wo_way[i], 0, NULL);
			for (c = 0; c < CONNS; c++)
				outer_run(&world.wo_way[i], c);
			lan_run(&world.wo_way[i], 1, &in[!i]);
		}
	}
	return (world.wo_now);
}

struct sums {
	uint64_t su_counts[AQM_ENDS];
	uint64_t su_time, su_again;
	unsigned int su_resets;
};

static struct sums
lives(unsigned int seeds, bool analysis, bool joins)
{
	struct sums su = { .su_time = 0 };
	unsigned int i;

	for (i = 0; i < seeds; i++) {
		world_init(i, analysis, joins);
		su.su_time += world_run();
		su.su_again +=
		    world.wo_inner[0].in_again + world.wo_inner[1].in_again;
		su.su_resets += world.wo_resets;
		world_fini(su.su_counts);
	}
	printf("analysis %d: %ju ms, %ju octets twice, %u resets, "
	       "%ju suppressed, %ju thinned, %ju joined, %ju sent\n",
	    analysis, (uintmax_t)su.su_time, (uintmax_t)su.su_again,
	    su.su_resets, (uintmax_t)su.su_counts[AQM_SUPPRESSED],
	    (uintmax_t)su.su_counts[AQM_THINNED],
	    (uintmax_t)su.su_counts[AQM_JOINED],
	    (uintmax_t)su.su_counts[AQM_SENT]);
	return (su);
}

ATF_TC_WITHOUT_HEAD(nothing_lost);
ATF_TC_BODY(nothing_lost, tc)
{
	struct sums on, off;

	on = lives(40, true, false);
	off = lives(40, false, false);
	ATF_CHECK(on.su_counts[AQM_SUPPRESSED] > 100);
	ATF_CHECK(on.su_counts[AQM_THINNED] > 100);
	ATF_CHECK(on.su_resets > 5);
	ATF_CHECK_EQ(off.su_counts[AQM_SUPPRESSED], 0);
	ATF_CHECK_EQ(off.su_counts[AQM_THINNED], 0);
	/* what it is for: fewer octets twice, and no time lost */
	ATF_CHECK(on.su_again * 4 < off.su_again * 3);
	ATF_CHECK(on.su_time < off.su_time + off.su_time / 10);
}

/*
 * The same where frames leave as one.  How long it takes says nothing there:
 * the senders here count acknowledgements, not what these acknowledge.
 */
ATF_TC_WITHOUT_HEAD(nothing_lost_joined);
ATF_TC_BODY(nothing_lost_joined, tc)
{
	struct sums on = lives(20, true, true), off = lives(20, false, true);

	ATF_CHECK(on.su_counts[AQM_JOINED] > 1000);
	ATF_CHECK(off.su_counts[AQM_JOINED] > 1000);
	ATF_CHECK(on.su_counts[AQM_SUPPRESSED] > 100);
	ATF_CHECK(on.su_counts[AQM_THINNED] > 100);
	ATF_CHECK(on.su_resets > 5);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_lost);
	ATF_TP_ADD_TC(tp, nothing_lost_joined);
	return (atf_no_error());
}
