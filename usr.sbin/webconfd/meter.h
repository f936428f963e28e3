/* SPDX-License-Identifier: ISC */
/*
 * meter: rates from counters that are looked at now and then, for now and for
 * the last 24 hours.  Pure; time is an argument, in ms of a clock that only
 * goes forward.  A counter that goes back (what had it was started anew)
 * counts from there.
 */
#ifndef WEBCONFD_METER_H
#define WEBCONFD_METER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	METER_SPAN = 5 * 60 * 1000, /* ms of a point */
	METER_POINTS = 288, /* 24 hours */
	METER_TRACKS = 256, /* sessions and virtual NICs */
	METER_STALE = 60 * 1000 /* ms after which a rate is unknown */
};

/* Totals as of a moment. */
struct reading {
	uint64_t rd_in; /* bytes */
	uint64_t rd_out;
	uint64_t rd_again; /* segments sent again */
	uint64_t rd_rtt_us; /* not a total; 0: not known */
};

/* A second's, between two readings. */
struct rate {
	uint64_t ra_in; /* bytes */
	uint64_t ra_out;
};

struct counter {
	struct reading ct_last;
	uint64_t ct_when; /* 0: no reading yet */
	struct rate ct_rate;
	bool ct_known; /* two readings, not far apart */
};

/* What was in one span. */
struct point {
	bool po_known;
	struct rate po_rate;
	uint64_t po_rtt_us; /* mean; 0: not known */
	uint64_t po_again;
};

struct meter {
	struct counter me_now;
	uint64_t me_span; /* number of the span that runs */
	uint64_t me_in, me_out, me_again; /* in it so far */
	uint64_t me_ms; /* that were observed */
	uint64_t me_rtt, me_rtts; /* sum, and how many */
	struct point me_point[METER_POINTS]; /* by span's number */
};

/* A reading's difference to the one before, 0 for the first one. */
struct reading counter_take(struct counter *ct, uint64_t now,
    const struct reading *rd);
void meter_take(struct meter *me, uint64_t now, const struct reading *rd);
/*
 * The point that ended `back` spans before the one that runs, 1 for the
 * latest; NULL if nothing is known of it.  0: the one that runs, so far.
 */
const struct point *meter_point(struct meter *me, uint64_t now,
    unsigned int back);

/* Many counters by name; the one not heard of for longest makes room. */
struct track {
	char tk_name[48];
	struct counter tk_counter;
};

struct tracks {
	struct track ts_track[METER_TRACKS];
};

void tracks_take(struct tracks *ts, const char *name, uint64_t now,
    const struct reading *rd);
/* NULL if it is not known now. */
const struct rate *tracks_rate(const struct tracks *ts, const char *name,
    uint64_t now);

#endif
