/* SPDX-License-Identifier: ISC */
/*
 * sample: rates now, and what the last 24 hours were like.  Run by the http
 * process, for which the parent asks the daemons every SAMPLE_SECONDS.
 */
#ifndef WEBCONFD_SAMPLE_H
#define WEBCONFD_SAMPLE_H

#include "http.h"
#include "meter.h"

/* What is plotted. */
enum sample { SAMPLE_HUB, SAMPLE_OFFICE, SAMPLES };

/* An answer is read from fd; name says whose. */
void sample_source(int fd, const char *name);
struct meter *sample_meter(enum sample which);
/*
 * Of a row of the daemons, by the member that names it; kind is "session" or
 * "vnic".  NULL if it is not known.
 */
const struct rate *sample_rate(const char *kind, const struct json_t *row,
    const char *key);

/* draw_plot.c */
/* Before page_begin(): the page has plots, whose values a script may show. */
void draw_plots(struct client *cl);
/* Now, and the last 24 hours; nothing before the first look */
void draw_throughput(struct client *cl, enum sample which);

#endif
