/* SPDX-License-Identifier: ISC */
/*
 * capture: copies of frames of a hub or of one session for hubctl(8), as a
 * pcapng stream.  Workers look at each frame with the filter that hubctl
 * sent, a checked BPF program, and append what it wants to a spool, which the
 * control thread turns into blocks as fast as its reader takes them.  What
 * the spool has no room for is dropped and counted; nothing waits.
 *
 * Of a hub each frame is seen once, as it comes in and before anything judges
 * it; of a session also what is sent to it.
 */
#ifndef HUBD_CAPTURE_H
#define HUBD_CAPTURE_H

#include "data.h"

struct ctl_client;

enum {
	CAPTURES = 4,			/* at once */
	CAPTURE_SPOOL = 2 << 20,
	CAPTURE_PORTS = 1024		/* interfaces of a file */
};

/*
 * The control thread.  "capture hub NAME SNAPLEN COUNT BYTES PROGRAM" or
 * "capture session WHO ..."; COUNT and BYTES end it, 0 never; PROGRAM is "-"
 * or what frame_filter_parse() takes.  Without the first word.
 */
void capture(struct ctl_client *c, int argc, char **argv);

/*
 * The port's worker; only while data.dt_watched.  A frame that came in by
 * pt, or goes out by it.
 */
void capture_frame(const struct port *pt, const struct frame *f, bool in);

#endif
