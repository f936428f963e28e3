/* SPDX-License-Identifier: ISC */
/*
 * figure: what daemons say of themselves, as text of a page.  Run by the http
 * process.
 */
#ifndef WEBCONFD_FIGURE_H
#define WEBCONFD_FIGURE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct client;

struct column {
	const char *co_en;
	const char *co_ja;
};

/* A member of an object; "" or 0 where there is none. */
const char *row_text(const json_t *row, const char *key);
uint64_t row_number(const json_t *row, const char *key);

/* Onto cl_page, with a unit that people read. */
void draw_duration(struct client *cl, uint64_t s);
void draw_milliseconds(struct client *cl, uint64_t us);
void draw_bytes(struct client *cl, uint64_t n);
/* Bytes a second, as bits. */
void draw_bits(struct client *cl, uint64_t bytes);
void draw_ago(struct client *cl, uint64_t s);
/* A card of a daemon that does not answer. */
void draw_silent(struct client *cl, const char *title);
/* A paragraph that explains. */
void draw_help_text(struct client *cl, const char *text);
/*
 * A form with one text to be searched for, "q" in the query; more: what else
 * it has, or NULL.
 */
void draw_search(struct client *cl, const char *sought, const char *label,
    void (*more)(struct client *));
/* Bytes, and the frames that they were in. */
void draw_traffic(struct client *cl, const json_t *row, const char *frames,
    const char *octets);
/* What vnicd calls its way to the hub: that without hops is a word. */
const char *way_text(const struct client *cl, const char *way);
/* What hubd calls the state of a session, in words. */
void draw_session_state(struct client *cl, const char *state);
/* A word with a colour; kind is "good", "bad" or "", neither. */
void badge(struct client *cl, const char *kind, const char *text);

/* Terms and facts of a <dl>; nothing for an empty text. */
void fact_begin(struct client *cl, const char *term);
void fact_end(struct client *cl);
void fact(struct client *cl, const char *term, const char *text);
/* What a program said, in English whatever the page is in. */
void fact_said(struct client *cl, const char *term, const char *text);

/* A table that a phone shows as one list a row, by the cells' heads. */
void table_begin(struct client *cl, const struct column *co, size_t n);
void table_end(struct client *cl);
void cell_begin(struct client *cl, const char *head);
void cell(struct client *cl, const char *head, const char *text);

#endif
