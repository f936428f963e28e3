/* SPDX-License-Identifier: ISC */
/*
 * sample: what the daemons have moved, looked at every SAMPLE_SECONDS by the
 * parent's leave, for rates and plots.  All of it is in RAM, of fixed size, and
 * ends with this process.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"

#include "figure.h"
#include "sample.h"

enum { SAMPLE_SOURCES = 4 };

static struct meter meters[SAMPLES];
static struct tracks tracks;
static struct source reading[SAMPLE_SOURCES];

/* "KIND NAME": numbers of sessions and names of NICs may look alike. */
static void
sample_name(char *out, size_t size, const char *kind, const json_t *row,
    const char *key)
{
	const json_t *value = json_object_get(row, key);

	if (json_is_string(value))
		snprintf(out, size, "%s %s", kind, json_string_value(value));
	else
		snprintf(out, size, "%s %lld", kind,
		    (long long)json_integer_value(value));
}

/* Sums of all that hubd has had, those who have left included. */
static void
take_stats(const json_t *rows, uint64_t now)
{
	struct reading rd = { .rd_in = 0 };
	const char *name;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		name = row_text(row, "counter");
		if (strcmp(name, "in-bytes") == 0)
			rd.rd_in = row_number(row, "value");
		else if (strcmp(name, "out-bytes") == 0)
			rd.rd_out = row_number(row, "value");
	}
	meter_take(&meters[SAMPLE_HUB], now, &rd);
}

static void
take_sessions(const json_t *rows, uint64_t now)
{
	struct reading rd;
	char name[64];
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		rd = (struct reading){ .rd_in = row_number(row, "in-bytes"),
			.rd_out = row_number(row, "out-bytes") };
		sample_name(name, sizeof(name), "session", row, "session");
		tracks_take(&tracks, name, now, &rd);
	}
}

/* One plot for all virtual NICs; the round trip is that of the slowest. */
static void
take_vnics(const json_t *rows, uint64_t now)
{
	struct reading rd, sum = { .rd_in = 0 };
	char name[64];
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		rd = (struct reading){ .rd_in = row_number(row, "rx-bytes"),
			.rd_out = row_number(row, "tx-bytes"),
			.rd_again = row_number(row, "retransmits"),
			.rd_rtt_us = row_number(row, "rtt-us") };
		sample_name(name, sizeof(name), "vnic", row, "name");
		tracks_take(&tracks, name, now, &rd);
		sum.rd_in += rd.rd_in;
		sum.rd_out += rd.rd_out;
		sum.rd_again += rd.rd_again;
		if (rd.rd_rtt_us > sum.rd_rtt_us)
			sum.rd_rtt_us = rd.rd_rtt_us;
	}
	meter_take(&meters[SAMPLE_OFFICE], now, &sum);
}

static void
on_end(void *arg)
{
	struct source *so = arg;
	json_t *rows = source_json(so);
	uint64_t now = clock_ms();

	if (rows != NULL && strcmp(so->so_name, "stats") == 0)
		take_stats(rows, now);
	else if (rows != NULL && strcmp(so->so_name, "sessions") == 0)
		take_sessions(rows, now);
	else if (rows != NULL && strcmp(so->so_name, "vnics") == 0)
		take_vnics(rows, now);
	json_decref(rows);
	source_close(so);
}

void
sample_source(int fd, const char *name)
{
	struct source *so = reading;

	while (so < reading + SAMPLE_SOURCES && so->so_text != NULL)
		so++;
	if (so == reading + SAMPLE_SOURCES) {
		close(fd);
		return;
	}
	so->so_end = on_end;
	so->so_arg = so;
	source_open(so, fd, name, SOURCE_MS);
}

struct meter *
sample_meter(enum sample which)
{
	return (&meters[which]);
}

const struct rate *
sample_rate(const char *kind, const json_t *row, const char *key)
{
	char name[64];

	sample_name(name, sizeof(name), kind, row, key);
	return (tracks_rate(&tracks, name, clock_ms()));
}
