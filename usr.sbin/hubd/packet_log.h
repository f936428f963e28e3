/* SPDX-License-Identifier: ISC */
/*
 * packet_log: a line for each frame of the kinds that a hub's packet-log
 * block names, as it comes in.  Workers append the beginning of such frames
 * to a spool; the control thread makes lines of them, facility local0.  So
 * many a second as the hub's rate says; what is over that, or finds no room,
 * is counted, and the count is logged.
 */
#ifndef HUBD_PACKET_LOG_H
#define HUBD_PACKET_LOG_H

#include "data.h"

enum {
	PACKET_LOG_SPOOL = 1 << 18,
	PACKET_LOG_BYTES = 1600		/* of a frame that is logged in full */
};

/* Control thread: what the hub's settings want logged, now and after a
 * reload; cf NULL: the hub is gone. */
void packet_log_set(struct hub *h, const struct conf *cf);
/* Control thread, once a second: new lines may be written; tell of others. */
void packet_log_tick(struct hub *h);
/* The port's worker; only while is_watched(). */
void packet_log_frame(struct port *pt, const struct frame *f);

#endif
