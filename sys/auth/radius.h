/* SPDX-License-Identifier: ISC */
/*
 * radius: a RADIUS client (RFC 2865, 2866), as an authentication method and
 * for accounting.  Everything here runs on one event loop, that of hubd's
 * auth process, and never blocks.
 *
 * Our own, since no library of Debian fits: radcli and its relatives wait for
 * each reply, so that a push second factor would take a thread a log-in; they
 * read files at any time, which a confined process cannot, and the versions
 * that Debian has do not insist on a Message-Authenticator.
 */
#ifndef AUTH_RADIUS_H
#define AUTH_RADIUS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "auth/grant.h"
#include "auth/radius_packet.h"
#include "crypto/crypto.h"

struct conf;
struct event_base;

enum {
	RADIUS_SERVERS = 4,		/* that one hub asks */
	RADIUS_EXCHANGES = 1024,	/* under way at once; more fail */
	RADIUS_SECRET_MAX = 129,
	RADIUS_NAS_MAX = 65,
	RADIUS_TLS_NAME = 256
};

/* One "radius" block of hubd.conf(5). */
struct radius_server {
	char rs_name[GRANT_NAME];
	struct sockaddr_storage rs_addr;	/* for log-ins */
	struct sockaddr_storage rs_acct;	/* for accounting */
	char rs_secret[RADIUS_SECRET_MAX];
	char rs_nas[RADIUS_NAS_MAX];		/* NAS-Identifier */
	bool rs_mschap;
	bool rs_need_auth;		/* a Message-Authenticator in replies */
	uint32_t rs_timeout;		/* ms until a log-in is given up */
	uint32_t rs_failover;		/* ms for one not heard from yet */
	bool rs_tls;			/* RadSec; then how it is known: */
	unsigned int rs_npins;
	uint8_t rs_pins[CRYPTO_PINS][CRYPTO_PIN_LEN];
	char rs_tls_name[RADIUS_TLS_NAME];	/* by CA, if no pin */
};

/* radius_server.c */
/* The servers that the hub names, in order; how many. */
unsigned int radius_servers(const struct conf *settings, const struct conf *hub,
    struct radius_server rs[RADIUS_SERVERS]);

/*
 * The text of a file that a server's block names with that key, NULL if none;
 * as the last call of radius_files_by() says.
 */
typedef const char *(*radius_find_file)(const char *server, const char *key);
void radius_files_by(radius_find_file find);
const char *radius_file(const char *server, const char *key);

/*
 * radius_client.c: one request, to the first of several servers that answers.
 * An answer is looked at only when it comes from the server's address, to a
 * port and identifier that were chosen at random, and proves the secret; the
 * rest is dropped, and said in the log now and then.  A request is sent again
 * after 2, 4, 8, 16, 16... s.  A server that does not answer is passed over:
 * at once when the network says so; after rs_failover when nothing was heard
 * of it yet; when it has stopped to answer Status-Server (RFC 5997), asked
 * while it keeps a request waiting, if it ever did answer that; else after
 * rs_timeout.  It is asked last for a minute then.  Over TLS nothing is sent
 * again, but for once when the connection is lost.
 */
enum radius_kind { RADIUS_LOGIN, RADIUS_ACCOUNTING, RADIUS_PROBE };

struct radius_reply {
	const uint8_t *rr_data;		/* checked */
	size_t rr_len;
	const struct radius_server *rr_server;
};

/* A server is passed over, or a reply was dropped and there may be a better. */
enum radius_trouble { RADIUS_SILENT, RADIUS_UNREACHABLE, RADIUS_BAD_REPLY };

struct radius_query {
	enum radius_kind rq_kind;
	/*
	 * Write the request for this server; packet begun by the callee.  -1:
	 * this server cannot be asked that.
	 */
	int (*rq_build)(struct radius_packet *rp,
	    const struct radius_server *rs, uint8_t id, void *arg);
	/* Called once, from the loop; rr NULL: nobody has answered. */
	void (*rq_done)(const struct radius_reply *rr, void *arg);
	/* Called of each server that is in trouble; or NULL. */
	void (*rq_trouble)(const struct radius_server *rs,
	    enum radius_trouble trouble, const char *why, void *arg);
	void *rq_arg;
};

/* 0, or -1 when there are too many or no memory: rq_done is not called. */
int radius_ask(struct event_base *base, const struct radius_server *rs,
    unsigned int n, const struct radius_query *rq);

/*
 * radius_attr.c: what Filter-Id, Class, Tunnel-Private-Group-ID,
 * Session-Timeout, Idle-Timeout and Acct-Interim-Interval say, into *ag, which
 * keeps what they do not mention.  hub is the settings' block.  NULL, or why
 * it cannot be done as asked.
 */
const char *radius_grant(const uint8_t *buf, size_t len, const struct conf *hub,
    struct auth_grant *ag);

#endif
