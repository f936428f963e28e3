/* SPDX-License-Identifier: ISC */
/*
 * radius_coa: the listener for requests of RADIUS servers about sessions that
 * are up: Disconnect and Change-of-Authorization (RFC 5176).  Heard are only
 * addresses of "radius" blocks in hubd.conf(5), which prove their secret with
 * a Message-Authenticator; the rest gets no answer.  A request that comes
 * again gets the answer that it got, and an Event-Timestamp may not be older
 * than 5 minutes.  Runs on the loop of hubd's auth process.
 */
#ifndef AUTH_RADIUS_COA_H
#define AUTH_RADIUS_COA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct event_base;

enum { COA_SLOTS = 64 };		/* requests remembered */

/* Error-Cause (RFC 5176, 3.5) */
enum {
	COA_OK = 0,
	COA_UNSUPPORTED = 401,
	COA_MISSING = 402,
	COA_INVALID = 404,
	COA_NO_SERVICE = 405,
	COA_NOT_FOUND = 503
};

/* A request that is right, of that server; to be answered, by its id. */
typedef void (*radius_coa_handler)(uint32_t id, const char *server,
    const uint8_t *data, size_t len);

/* Listen as the settings say, which must live until the next call. */
void radius_coa_settings(struct event_base *base, const struct conf *settings,
    radius_coa_handler handler);
/* Answer it: COA_OK is an ACK. */
void radius_coa_answer(uint32_t id, uint32_t error);

#endif
