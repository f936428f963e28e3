/* SPDX-License-Identifier: ISC */
/*
 * hubctl: what its files share.
 */
#ifndef HUBCTL_H
#define HUBCTL_H

#include "net/frame_filter.h"

void usage(void) __attribute__((noreturn));

/* capture.c: "capture ..." with its own options; the exit status. */
int capture(const char *socket, int argc, char **argv);

/* filter.c */
enum { FILTER_STRLEN = FRAME_FILTER_INSNS * FRAME_FILTER_DIGITS + 1 };
/*
 * Compile an expression of pcap-filter(7) for Ethernet frames into the form
 * that hubd takes (frame_filter_parse()), or "-" for the empty expression.
 *  Exits with a message if it is wrong or too long.
 */
void filter_compile(const char *expression, char out[FILTER_STRLEN]);

#endif
