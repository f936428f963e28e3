/* SPDX-License-Identifier: ISC */
/* Settings of a link from text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

#define WORD_MAX 64
#define FRAMES_MAX 1e6	/* of a burst */
#define TIME_MAX 1e15	/* ns; far above any use, and no overflow in sums */
#define RATE_MAX 1.25e11
#define BYTES_MAX 1e12

struct unit {
	const char *un_name;
	double un_factor;
};

static const struct unit times[] = { { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	{ "", 0 }, { NULL, 0 } };
static const struct unit rates[] = { { "kbit", 125 }, { "mbit", 125e3 },
	{ "gbit", 125e6 }, { "", 0 }, { NULL, 0 } };
static const struct unit shares[] = { { "%", 0.01 }, { "", 1 }, { NULL, 0 } };
static const struct unit numbers[] = { { "", 1 }, { NULL, 0 } };

/*
 * A number with one of the units, within [0, max]. A unit of factor 0 is for
 * the number 0 alone.
 */
static bool
quantity(const char *text, const struct unit *un, double max, double *out)
{
	char *end;
	double v;

	if (*text < '0' || *text > '9')
		return (false);
	v = strtod(text, &end);
	for (; un->un_name != NULL; un++)
		if (strcmp(end, un->un_name) == 0)
			break;
	if (un->un_name == NULL || !isfinite(v))
		return (false);
	if (un->un_factor == 0 && v != 0)
		return (false);
	*out = v * un->un_factor;
	return (*out <= max);
}

static bool
time_value(const char *text, uint64_t *out)
{
	double v;

	if (!quantity(text, times, TIME_MAX, &v))
		return (false);
	*out = (uint64_t)v;
	return (true);
}

static bool
set_delay(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (time_value(text, &ln->ln_conf.lc_delay));
}

static bool
set_jitter(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (time_value(text, &ln->ln_conf.lc_jitter));
}

static bool
set_gap(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (time_value(text, &ln->ln_conf.lc_gap));
}

static bool
set_loss(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (quantity(text, shares, 1, &ln->ln_conf.lc_loss));
}

static bool
set_reorder(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (quantity(text, shares, 1, &ln->ln_conf.lc_reorder));
}

static bool
set_burst(struct link *ln, uint64_t now, char *text)
{
	double v;

	(void)now;
	if (!quantity(text, numbers, FRAMES_MAX, &v) || (v > 0 && v < 1))
		return (false);
	ln->ln_conf.lc_burst = v;
	return (true);
}

/* What waits keeps its time of departure. */
static bool
set_rate(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	return (quantity(text, rates, RATE_MAX, &ln->ln_conf.lc_rate));
}

static bool
set_queue(struct link *ln, uint64_t now, char *text)
{
	struct link_conf *lc = &ln->ln_conf;
	double bytes;

	(void)now;
	if (quantity(text, numbers, BYTES_MAX, &bytes)) {
		lc->lc_queue_bytes = (uint64_t)bytes;
		lc->lc_queue_time = 0;
		return (true);
	}
	lc->lc_queue_bytes = 0;
	return (time_value(text, &lc->lc_queue_time));
}

static bool
set_order(struct link *ln, uint64_t now, char *text)
{
	(void)now;
	ln->ln_conf.lc_unordered = strcmp(text, "free") == 0;
	return (ln->ln_conf.lc_unordered || strcmp(text, "keep") == 0);
}

/* "5s": at once; "3s+5s": in 3 s. */
static bool
set_outage(struct link *ln, uint64_t now, char *text)
{
	char *plus = strchr(text, '+');
	uint64_t begin = 0, length;

	if (plus != NULL) {
		*plus = '\0';
		if (!time_value(text, &begin))
			return (false);
		text = plus + 1;
	}
	if (!time_value(text, &length))
		return (false);
	begin += now;
	return (link_add_outage(ln, now, begin, begin + length));
}

static const struct setting {
	const char *st_name;
	bool (*st_set)(struct link *, uint64_t, char *);
} settings[] = {
	{ "delay", set_delay },
	{ "jitter", set_jitter },
	{ "gap", set_gap },
	{ "loss", set_loss },
	{ "burst", set_burst },
	{ "rate", set_rate },
	{ "queue", set_queue },
	{ "reorder", set_reorder },
	{ "order", set_order },
	{ "outage", set_outage },
};

/* word is "name=value" */
static bool
set_one(struct link *ln, uint64_t now, char *word)
{
	char *value = strchr(word, '=');
	size_t i;

	if (value == NULL)
		return (false);
	*value++ = '\0';
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(word, settings[i].st_name) == 0)
			return (settings[i].st_set(ln, now, value));
	return (false);
}

bool
link_set(struct link *ln, uint64_t now, const char *text, char *err,
    size_t errlen)
{
	char word[WORD_MAX];
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		if (n >= sizeof(word)) {
			snprintf(err, errlen, "too long: %.*s", (int)n, text);
			return (false);
		}
		memcpy(word, text, n);
		word[n] = '\0';
		if (!set_one(ln, now, word)) {
			snprintf(err, errlen, "not a setting: %.*s", (int)n,
			    text);
			return (false);
		}
		if (text[n] == '\0')
			return (true);
	}
}
