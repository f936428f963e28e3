/* SPDX-License-Identifier: ISC */
/*
 * frame_filter: a filter of frames as a BPF program, sent as text by whoever
 * compiled it.  Pure; takes hostile programs and frames.
 *
 * libpcap interprets the program.  What its own check lets through and its
 * interpreter does not bear is refused here first: instructions that are
 * none, on which it aborts, and jumps backwards, by which a program may run
 * for ever.  So each instruction runs at most once for a frame.
 */
#ifndef NET_FRAME_FILTER_H
#define NET_FRAME_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_FILTER_INSNS = 512,
	FRAME_FILTER_DIGITS = 16	/* of an instruction: code, jt, jf, k */
};

struct frame_filter;

/*
 * From 16 hexadecimal digits for each instruction.  NULL when that is no
 * sound program of at most FRAME_FILTER_INSNS, or without memory.
 */
struct frame_filter *frame_filter_parse(const char *hex);
/* Takes NULL. */
void frame_filter_free(struct frame_filter *ff);
bool frame_filter_match(const struct frame_filter *ff, const uint8_t *p,
    size_t len);

#endif
