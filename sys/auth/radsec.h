/* SPDX-License-Identifier: ISC */
/*
 * radsec: RADIUS over TLS (RFC 6614).  One connection a server carries what
 * is asked of it, up to 256 requests at once, told apart by identifier; it is
 * made when there is something to ask, and kept until the server or new
 * settings end it.  The server must have a pinned key, or a certificate of a
 * CA with its name.  For radius_client.c; runs on its loop.
 */
#ifndef AUTH_RADSEC_H
#define AUTH_RADSEC_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct radius_packet;
struct radius_server;
struct radsec;

/* Whoever waits for an answer. */
struct radsec_handlers {
	/* A packet with its identifier has come; not checked. */
	void (*sh_packet)(const uint8_t *buf, size_t len, void *arg);
	/* The connection is over, or could not be made, for that reason. */
	void (*sh_lost)(const char *why, void *arg);
};

/*
 * A place for a request to the server, and its identifier.  NULL: none.  The
 * handlers are called from the loop, until the place is given back.
 */
struct radsec *radsec_take(struct event_base *base,
    const struct radius_server *rs, const struct radsec_handlers *sh, void *arg,
    uint8_t *id);
void radsec_leave(struct radsec *rc, uint8_t id);
/* Send a request, now or when there is a connection; -1: too much waits. */
int radsec_send(struct radsec *rc, const struct radius_packet *rp);
/* The server is silent: the next request gets a new connection. */
void radsec_retire(struct radsec *rc);
/* New settings: the same for all. */
void radsec_retire_all(void);

#endif
