/* SPDX-License-Identifier: ISC */
/*
 * probe: what health(8) cannot ask of BusyBox.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

/*
 * frame_linux.c: send frames out of `from`, to the address of `to`, until one
 * arrives there.  0, or -1 with a sentence in err after some seconds.
 */
int probe_frame(const char *from, const char *to, char *err, size_t size);
/*
 * web.c: ask an HTTPS server at ADDRESS:PORT for its first page, whoever it
 * is.  0 if any answer of HTTP comes within some seconds, or -1 with a
 * sentence.
 */
int probe_web(const char *hostport, char *err, size_t size);

#endif
