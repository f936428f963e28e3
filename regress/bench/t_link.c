/* SPDX-License-Identifier: ISC */
/*
 * The emulated link as a function: shares, runs, times and queues against
 * what the settings promise. Bounds of shares are five standard deviations.
 */
#include <atf-c.h>
#include <math.h>
#include <string.h>

#include "emu/link.h"
#include "emu/wire.h"

#define MS 1000000UL
#define SECOND 1000000000UL
#define FRAMES 1000000
#define FULL 1514 /* bytes of a frame */

static struct link
make(uint64_t seed, const char *settings)
{
	struct link ln;
	char err[128] = "";

	link_init(&ln, seed);
	ATF_REQUIRE_MSG(link_set(&ln, 0, settings, err, sizeof(err)), "%s",
	    err);
	return (ln);
}

/* One frame at that time, which must pass. */
static struct link_times
pass(struct link *ln, uint64_t now)
{
	struct link_times lt = { 0, 0 };

	ATF_REQUIRE_EQ(link_take(ln, now, FULL, &lt), LINK_PASSED);
	return (lt);
}

static bool
is_lost(struct link *ln, size_t len)
{
	struct link_times lt;

	return (link_take(ln, 0, len, &lt) == LINK_LOST);
}

/* n of FRAMES had a chance of p. */
static void
check_share(uint64_t n, double p)
{
	double off = (double)n - FRAMES * p, var = FRAMES * p * (1 - p);

	ATF_CHECK_MSG(off * off < 25 * var,
	    "%llu of %d, expected %.0f, variance %.0f", (unsigned long long)n,
	    FRAMES, FRAMES * p, var);
}

ATF_TC_WITHOUT_HEAD(loss);
ATF_TC_BODY(loss, tc)
{
	struct link ln = make(7, "loss=1%");
	uint64_t pairs = 0, n = 0;
	bool last = false, this;
	int i;

	for (i = 0; i < FRAMES; i++) {
		this = is_lost(&ln, FULL);
		n += this;
		pairs += this && last;
		last = this;
	}
	ATF_CHECK_EQ(n, ln.ln_stats.ls_lost);
	check_share(n, 0.01);
	check_share(pairs, 0.01 * 0.01);
}

ATF_TC_WITHOUT_HEAD(loss_all_or_none);
ATF_TC_BODY(loss_all_or_none, tc)
{
	struct link all = make(1, "loss=100%,burst=4");
	struct link none = make(1, "loss=0%,burst=4");
	int i;

	for (i = 0; i < 1000; i++) {
		ATF_REQUIRE(is_lost(&all, FULL));
		ATF_REQUIRE(!is_lost(&none, FULL));
	}
}

/* The fate of frame n hangs on the seed and n, not on sizes or jitter. */
ATF_TC_WITHOUT_HEAD(seeds);
ATF_TC_BODY(seeds, tc)
{
	struct link a = make(3, "loss=5%"), c = make(4, "loss=5%");
	struct link b = make(3, "loss=5%,jitter=5ms,reorder=10%,gap=1ms");
	int i, same = 0;
	bool lost;

	for (i = 0; i < 10000; i++) {
		lost = is_lost(&a, FULL);
		ATF_REQUIRE_EQ(lost, is_lost(&b, 64));
		same += lost && is_lost(&c, FULL);
	}
	ATF_CHECK_MSG(same < 100, "%d alike", same);
}

ATF_TC_WITHOUT_HEAD(bursts);
ATF_TC_BODY(bursts, tc)
{
	struct link ln = make(5, "loss=2%,burst=10");
	double runs = 0, ones = 0, n = 0, length = 0;
	int i;

	for (i = 0; i < FRAMES; i++) {
		if (is_lost(&ln, FULL)) {
			n++;
			length++;
		} else if (length > 0) {
			runs++;
			ones += length == 1;
			length = 0;
		}
	}
	/* about 2,000 runs: their mean has an error of 2 % of one sd */
	ATF_CHECK_MSG(fabs(n / FRAMES - 0.02) < 0.003, "share %f", n / FRAMES);
	ATF_CHECK_MSG(fabs(n / runs - 10) < 1.1, "mean run %f", n / runs);
	/* geometric: one in ten ends after its first frame */
	ATF_CHECK_MSG(fabs(ones / runs - 0.1) < 0.035, "%f", ones / runs);
}

ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	struct link ln = make(1, "rate=100mbit,delay=10ms");
	struct link_times lt;
	int i;

	/* each takes 121,120 ns, whatever waits before it */
	for (i = 1; i <= 1000; i++) {
		lt = pass(&ln, 0);
		ATF_REQUIRE_EQ(lt.lt_sent, (uint64_t)i * 121120);
		ATF_REQUIRE_EQ(lt.lt_due, lt.lt_sent + 10 * MS);
	}
	ATF_CHECK_EQ(link_queued(&ln, 0), 1000 * FULL);
	ATF_CHECK_EQ(link_queued(&ln, 500 * 121120UL), 500 * FULL);
	/* no credit is saved while the link is idle */
	lt = pass(&ln, SECOND);
	ATF_CHECK_EQ(lt.lt_sent, SECOND + 121120);
}

/* How many of 1000 frames at once pass. */
static int
passed_at_once(struct link *ln, uint64_t now)
{
	struct link_times lt;
	int i, n = 0;

	for (i = 0; i < 1000; i++)
		n += link_take(ln, now, FULL, &lt) == LINK_PASSED;
	return (n);
}

ATF_TC_WITHOUT_HEAD(queue);
ATF_TC_BODY(queue, tc)
{
	struct link bytes = make(1, "rate=100mbit,queue=151400");
	struct link by_time = make(1, "rate=100mbit,queue=20ms");
	struct link tiny = make(1, "rate=100mbit,queue=100");
	struct link none = make(1, "rate=100mbit");

	ATF_CHECK_EQ(passed_at_once(&bytes, 0), 100);
	ATF_CHECK_EQ(bytes.ln_stats.ls_queue_full, 900);
	ATF_CHECK_EQ(bytes.ln_stats.ls_queue_max, 151400);
	/* room for half of them after half the time */
	ATF_CHECK_EQ(passed_at_once(&bytes, 50 * 121120), 50);
	ATF_CHECK_EQ(passed_at_once(&by_time, 0), 165); /* 250,000 bytes */
	ATF_CHECK_EQ(passed_at_once(&tiny, 0), 1);
	ATF_CHECK_EQ(passed_at_once(&none, 0), 1000);
}

/* A frame that finds the queue full is none of those that can be lost. */
ATF_TC_WITHOUT_HEAD(queue_before_loss);
ATF_TC_BODY(queue_before_loss, tc)
{
	struct link a = make(9, "loss=10%");
	struct link b = make(9, "loss=10%,rate=100mbit,queue=100");
	struct link_times lt;
	int i;

	for (i = 0; i < 1000; i++) {
		ATF_REQUIRE_EQ(link_take(&b, (uint64_t)i * MS, FULL, &lt),
		    link_take(&a, (uint64_t)i * MS, FULL, &lt));
		ATF_REQUIRE_EQ(link_take(&b, (uint64_t)i * MS, FULL, &lt),
		    LINK_QUEUE_FULL);
	}
}

ATF_TC_WITHOUT_HEAD(jitter);
ATF_TC_BODY(jitter, tc)
{
	struct link keep = make(2, "delay=20ms,jitter=4ms");
	struct link free = make(2, "delay=20ms,jitter=4ms,order=free");
	uint64_t at, last = 0, last_free = 0, back = 0, sum = 0;
	struct link_times lt;
	int i;

	for (i = 0; i < 10000; i++) {
		at = (uint64_t)i * MS;
		lt = pass(&keep, at);
		ATF_REQUIRE(lt.lt_due >= last && lt.lt_due >= at + 20 * MS);
		ATF_REQUIRE(lt.lt_due <= at + 24 * MS);
		last = lt.lt_due;
		lt = pass(&free, at);
		ATF_REQUIRE(lt.lt_due >= at + 20 * MS);
		ATF_REQUIRE(lt.lt_due <= at + 24 * MS);
		sum += lt.lt_due - at;
		back += lt.lt_due < last_free;
		last_free = lt.lt_due;
	}
	/* the mean is in the middle */
	ATF_CHECK(sum / 10000 > 21900000 && sum / 10000 < 22100000);
	ATF_CHECK_MSG(back > 1000, "%llu reordered", (unsigned long long)back);
}

ATF_TC_WITHOUT_HEAD(reorder);
ATF_TC_BODY(reorder, tc)
{
	struct link ln = make(2, "delay=10ms,reorder=2%,gap=3ms");
	uint64_t late = 0, at;
	struct link_times lt;
	int i;

	for (i = 0; i < FRAMES; i++) {
		at = (uint64_t)i * MS;
		lt = pass(&ln, at);
		ATF_REQUIRE(lt.lt_due == at + 10 * MS ||
		    lt.lt_due == at + 13 * MS);
		late += lt.lt_due == at + 13 * MS;
	}
	ATF_CHECK_EQ(late, ln.ln_stats.ls_overtaken);
	check_share(late, 0.02);
}

ATF_TC_WITHOUT_HEAD(outage);
ATF_TC_BODY(outage, tc)
{
	struct link ln = make(1, "outage=3s+5s,outage=20s+1s");
	char err[128];
	int i;

	ATF_CHECK(!link_is_out(&ln, 3 * SECOND - 1));
	ATF_CHECK(link_is_out(&ln, 3 * SECOND));
	ATF_CHECK(link_is_out(&ln, 8 * SECOND - 1));
	ATF_CHECK(!link_is_out(&ln, 8 * SECOND));
	ATF_CHECK(link_is_out(&ln, 20 * SECOND));
	/* places are taken until the outage has ended */
	for (i = 2; i < LINK_OUTAGES; i++)
		ATF_REQUIRE(link_set(&ln, SECOND, "outage=20s+9s", err,
		    sizeof(err)));
	ATF_CHECK(!link_set(&ln, SECOND, "outage=1s", err, sizeof(err)));
	ATF_CHECK_STREQ(err, "not a setting: outage=1s");
	ATF_CHECK(link_set(&ln, 9 * SECOND, "outage=1s", err, sizeof(err)));
	ATF_CHECK(!link_is_out(&ln, 4 * SECOND));
	ATF_CHECK(link_is_out(&ln, 9 * SECOND));
}

ATF_TC_WITHOUT_HEAD(settings);
ATF_TC_BODY(settings, tc)
{
	struct link ln = make(1,
	    "delay=1.5ms,jitter=20us,gap=1s,loss=0.5%,"
	    "reorder=0.25,burst=3,rate=1gbit,queue=64000,order=free");
	const struct link_conf *lc = &ln.ln_conf;

	ATF_CHECK_EQ(lc->lc_delay, 1500000);
	ATF_CHECK_EQ(lc->lc_jitter, 20000);
	ATF_CHECK_EQ(lc->lc_gap, SECOND);
	ATF_CHECK(lc->lc_loss == 0.005 && lc->lc_reorder == 0.25);
	ATF_CHECK(lc->lc_burst == 3 && lc->lc_rate == 125e6);
	ATF_CHECK_EQ(lc->lc_queue_bytes, 64000);
	ATF_CHECK(lc->lc_unordered);
}

ATF_TC_WITHOUT_HEAD(settings_again);
ATF_TC_BODY(settings_again, tc)
{
	struct link ln =
	    make(1, "queue=64000,queue=5ms,rate=300kbit,rate=0,delay=0");
	const struct link_conf *lc = &ln.ln_conf;

	ATF_CHECK(lc->lc_rate == 0 && lc->lc_delay == 0);
	ATF_CHECK_EQ(lc->lc_queue_time, 5 * MS);
	ATF_CHECK_EQ(lc->lc_queue_bytes, 0);
}

static const char *const bad_settings[] = { "", ",", "=", "delay",
	"delay=", "delay=5", "delay=-5ms", "delay=5 ms", "delay=5m",
	"delay=nan", "delay=inf", "delay=1e300s", "delay=2000000s", "loss=101%",
	"loss=-1%", "loss=1.5", "burst=0.5", "burst=1e9", "rate=100",
	"rate=1e300gbit", "queue=ms", "order=", "order=no", "outage=5",
	"outage=+5s", "outage=5s+", "outage=1s+1s+1s", "speed=1mbit",
	"delay=1ms,", ",delay=1ms", "delay=1ms,,loss=1%", "delay=1ms loss=1%",
	"delay=0000000000000000000000000000000000000000000000000000000001ms" };

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	struct link ln;
	char err[128];
	size_t i;

	link_init(&ln, 1);
	for (i = 0; i < sizeof(bad_settings) / sizeof(bad_settings[0]); i++) {
		err[0] = '\0';
		ATF_CHECK_MSG(!link_set(&ln, 0, bad_settings[i], err,
				  sizeof(err)),
		    "accepted: %s", bad_settings[i]);
		ATF_CHECK(err[0] != '\0');
	}
}

ATF_TC_WITHOUT_HEAD(wire);
ATF_TC_BODY(wire, tc)
{
	struct wire *wi = wire_new(1000);
	struct wire_frame *wf;
	uint64_t last = 0, n = 0, order = 0;
	int i;

	ATF_CHECK(wire_first(wi) == NULL);
	for (i = 0; i < 1000; i++) {
		wf = wire_alloc(wi);
		ATF_REQUIRE(wf != NULL);
		wf->wf_due = (uint64_t)i * 7919 % 101; /* with ties */
		wire_put(wi, wf);
	}
	ATF_CHECK(wire_alloc(wi) == NULL);
	while ((wf = wire_first(wi)) != NULL) {
		ATF_REQUIRE_EQ(wire_take(wi), wf);
		ATF_REQUIRE(wf->wf_due > last || n == 0 ||
		    (wf->wf_due == last && wf->wf_order > order));
		last = wf->wf_due;
		order = wf->wf_order;
		n++;
		wire_drop(wi, wf);
	}
	ATF_CHECK_EQ(n, 1000);
	wf = wire_alloc(wi);
	ATF_REQUIRE(wf != NULL);
	wire_drop(wi, wf);
	wire_free(wi);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, loss);
	ATF_TP_ADD_TC(tp, loss_all_or_none);
	ATF_TP_ADD_TC(tp, seeds);
	ATF_TP_ADD_TC(tp, bursts);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, queue);
	ATF_TP_ADD_TC(tp, queue_before_loss);
	ATF_TP_ADD_TC(tp, jitter);
	ATF_TP_ADD_TC(tp, reorder);
	ATF_TP_ADD_TC(tp, outage);
	ATF_TP_ADD_TC(tp, settings);
	ATF_TP_ADD_TC(tp, settings_again);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, wire);
	return (atf_no_error());
}
