/* SPDX-License-Identifier: ISC */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/radius.h"
#include "auth/radsec.h"
#include "crypto/crypto.h"
#include "kern/log.h"

enum {
	IDS = 256,
	CONNECT_SECONDS = 5,		/* for TCP and TLS */
	OUT_MAX = 1 << 18		/* octets that may wait to be sent */
};

enum state { CONNECTING, SHAKING, OPEN };

struct place {
	const struct radsec_handlers *pl_handlers;	/* NULL: free */
	void *pl_arg;
};

struct radsec {
	LIST_ENTRY(radsec) rc_entry;
	struct radius_server rc_server;
	struct crypto_ctx *rc_ctx;
	struct crypto *rc_crypto;
	int rc_fd;
	struct event *rc_read, *rc_write, *rc_timer;
	enum state rc_state;
	bool rc_retired;		/* takes no more, ends when unused */
	unsigned int rc_used;		/* places */
	struct place rc_place[IDS];
	uint8_t rc_in[RADIUS_MAX];
	size_t rc_nin;
	uint8_t *rc_out;
	size_t rc_nout;
};

static LIST_HEAD(, radsec) conns = LIST_HEAD_INITIALIZER(conns);
static const struct crypto_ops *const ops = &crypto_openssl;

static void
radsec_free(struct radsec *rc)
{
	LIST_REMOVE(rc, rc_entry);
	if (rc->rc_read != NULL)
		event_free(rc->rc_read);
	if (rc->rc_write != NULL)
		event_free(rc->rc_write);
	if (rc->rc_timer != NULL)
		event_free(rc->rc_timer);
	if (rc->rc_crypto != NULL)
		ops->co_free(rc->rc_crypto);
	if (rc->rc_ctx != NULL)
		ops->co_ctx_free(rc->rc_ctx);
	if (rc->rc_fd != -1)
		close(rc->rc_fd);
	if (rc->rc_out != NULL)
		freezero(rc->rc_out, OUT_MAX);
	freezero(rc, sizeof(*rc));
}

/*
 * All who wait are told.  They leave their places meanwhile, and may take
 * others: not here, since it is retired first.
 */
static void
fail(struct radsec *rc, const char *why)
{
	struct place pl;
	int i;

	log_info("radius %s: TLS: %s", rc->rc_server.rs_name, why);
	rc->rc_retired = true;
	rc->rc_used++;			/* stays until we are through */
	for (i = 0; i < IDS; i++) {
		pl = rc->rc_place[i];
		if (pl.pl_handlers != NULL)
			pl.pl_handlers->sh_lost(why, pl.pl_arg);
	}
	radsec_free(rc);
}

/* Whole packets to whom they answer; -1: it is no RADIUS. */
static int
hand_out(struct radsec *rc)
{
	struct place *pl;
	uint8_t buf[RADIUS_MAX];
	ssize_t n;

	while ((n = radius_length(rc->rc_in, rc->rc_nin)) > 0) {
		memcpy(buf, rc->rc_in, (size_t)n);
		rc->rc_nin -= (size_t)n;
		memmove(rc->rc_in, rc->rc_in + n, rc->rc_nin);
		pl = &rc->rc_place[buf[1]];
		if (pl->pl_handlers != NULL)
			pl->pl_handlers->sh_packet(buf, (size_t)n, pl->pl_arg);
	}
	return (n == -1 ? -1 : 0);
}

/*
 * What the socket takes; false: it has failed.  A record for each packet,
 * since FreeRADIUS looks at the first of a record only.
 */
static bool
write_some(struct radsec *rc)
{
	enum crypto_result cr = ops->co_flush(rc->rc_crypto);
	size_t n;

	while (cr == CRYPTO_OK && rc->rc_nout > 0) {
		cr = ops->co_write(rc->rc_crypto, rc->rc_out,
		    (size_t)radius_length(rc->rc_out, rc->rc_nout), &n);
		rc->rc_nout -= n;
		memmove(rc->rc_out, rc->rc_out + n, rc->rc_nout);
	}
	if (rc->rc_nout > 0 || ops->co_unsent(rc->rc_crypto))
		(void)event_add(rc->rc_write, NULL);
	return (cr != CRYPTO_ERROR && cr != CRYPTO_EOF);
}

/* What is here; false: it has failed, or ended. */
static bool
read_some(struct radsec *rc)
{
	enum crypto_result cr;
	size_t n;

	do {
		cr = ops->co_read(rc->rc_crypto, rc->rc_in + rc->rc_nin,
		    sizeof(rc->rc_in) - rc->rc_nin, &n);
		if (cr == CRYPTO_OK)
			rc->rc_nin += n;
		if (cr == CRYPTO_OK && hand_out(rc) == -1)
			return (false);
	} while (cr == CRYPTO_OK && rc->rc_nin < sizeof(rc->rc_in));
	return (cr != CRYPTO_ERROR && cr != CRYPTO_EOF);
}

/* Nobody needs it any more. */
static bool
free_unused(struct radsec *rc)
{
	if (!rc->rc_retired || rc->rc_used > 0)
		return (false);
	radsec_free(rc);
	return (true);
}

static void
carry(struct radsec *rc)
{
	bool ok;

	rc->rc_used++;			/* who gets a packet may leave */
	ok = read_some(rc) && write_some(rc);
	rc->rc_used--;
	if (!ok)
		fail(rc, "the server has ended the connection");
	else
		(void)free_unused(rc);
}

static void
shake(struct radsec *rc)
{
	switch (ops->co_handshake(rc->rc_crypto)) {
	case CRYPTO_OK:
		rc->rc_state = OPEN;
		event_del(rc->rc_timer);
		carry(rc);
		break;
	case CRYPTO_WANT_READ:
		break;
	case CRYPTO_WANT_WRITE:
		(void)event_add(rc->rc_write, NULL);
		break;
	case CRYPTO_EOF:
	case CRYPTO_ERROR:
		fail(rc, ops->co_error(rc->rc_crypto));
	}
}

static void
connected(struct radsec *rc)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(rc->rc_fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		fail(rc, strerror(error));
		return;
	}
	rc->rc_crypto = ops->co_new(rc->rc_ctx, rc->rc_fd,
	    *rc->rc_server.rs_tls_name != '\0' ? rc->rc_server.rs_tls_name :
						 NULL);
	if (rc->rc_crypto == NULL || event_add(rc->rc_read, NULL) == -1) {
		fail(rc, "out of memory");
		return;
	}
	rc->rc_state = SHAKING;
	shake(rc);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct radsec *rc = arg;

	(void)fd;
	if (what & EV_TIMEOUT)
		fail(rc, "no connection in time");
	else if (rc->rc_state == CONNECTING)
		connected(rc);
	else if (rc->rc_state == SHAKING)
		shake(rc);
	else
		carry(rc);
}

/* How the server is known, and we by it; NULL with the fault logged. */
static struct crypto_ctx *
context(const struct radius_server *rs)
{
	const char *cert = radius_file(rs->rs_name, "certificate");
	const char *key = radius_file(rs->rs_name, "key");
	struct crypto_ctx *cx;
	char err[256];

	cx = ops->co_client_ctx(rs->rs_pins, rs->rs_npins,
	    radius_file(rs->rs_name, "ca"), rs->rs_tls_name, err, sizeof(err));
	if (cx != NULL && cert != NULL && key != NULL &&
	    crypto_ctx_identity(cx, cert, key, err, sizeof(err)) == -1) {
		ops->co_ctx_free(cx);
		cx = NULL;
	}
	if (cx == NULL)
		log_warnx("radius %s: %s", rs->rs_name, err);
	else
		crypto_ctx_other(cx);
	return (cx);
}

static bool
start(struct radsec *rc, struct event_base *base)
{
	const struct timeval tv = { .tv_sec = CONNECT_SECONDS };
	const struct sockaddr_storage *to = &rc->rc_server.rs_addr;

	rc->rc_ctx = context(&rc->rc_server);
	rc->rc_out = malloc(OUT_MAX);
	rc->rc_fd = socket(to->ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rc->rc_ctx == NULL || rc->rc_out == NULL || rc->rc_fd == -1)
		return (false);
	rc->rc_read =
	    event_new(base, rc->rc_fd, EV_READ | EV_PERSIST, on_event, rc);
	rc->rc_write = event_new(base, rc->rc_fd, EV_WRITE, on_event, rc);
	rc->rc_timer = evtimer_new(base, on_event, rc);
	if (rc->rc_read == NULL || rc->rc_write == NULL || rc->rc_timer == NULL)
		return (false);
	if (connect(rc->rc_fd, (const void *)to,
		to->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					   sizeof(struct sockaddr_in6)) == -1 &&
	    errno != EINPROGRESS)
		return (false);
	return (event_add(rc->rc_write, NULL) == 0 &&
	    event_add(rc->rc_timer, &tv) == 0);
}

/* The connection of that server, or a new one. */
static struct radsec *
get(struct event_base *base, const struct radius_server *rs)
{
	struct radsec *rc;

	LIST_FOREACH(rc, &conns, rc_entry)
		if (!rc->rc_retired && rc->rc_used < IDS &&
		    strcmp(rc->rc_server.rs_name, rs->rs_name) == 0)
			return (rc);
	if ((rc = calloc(1, sizeof(*rc))) == NULL)
		return (NULL);
	rc->rc_server = *rs;
	rc->rc_fd = -1;
	LIST_INSERT_HEAD(&conns, rc, rc_entry);
	if (start(rc, base))
		return (rc);
	radsec_free(rc);
	return (NULL);
}

struct radsec *
radsec_take(struct event_base *base, const struct radius_server *rs,
    const struct radsec_handlers *sh, void *arg, uint8_t *id)
{
	struct radsec *rc = get(base, rs);

	if (rc == NULL || RAND_bytes(id, 1) != 1)
		return (NULL);
	while (rc->rc_place[*id].pl_handlers != NULL)
		*id = (uint8_t)(*id + 1);
	rc->rc_place[*id].pl_handlers = sh;
	rc->rc_place[*id].pl_arg = arg;
	rc->rc_used++;
	return (rc);
}

void
radsec_leave(struct radsec *rc, uint8_t id)
{
	rc->rc_place[id].pl_handlers = NULL;
	rc->rc_used--;
	(void)free_unused(rc);
}

int
radsec_send(struct radsec *rc, const struct radius_packet *rp)
{
	if (rp->rp_len > OUT_MAX - rc->rc_nout)
		return (-1);
	memcpy(rc->rc_out + rc->rc_nout, rp->rp_data, rp->rp_len);
	rc->rc_nout += rp->rp_len;
	/* from the loop, where a failure may end it */
	return (rc->rc_state == OPEN && event_add(rc->rc_write, NULL) == -1 ?
		-1 :
		0);
}

void
radsec_retire(struct radsec *rc)
{
	rc->rc_retired = true;
}

void
radsec_retire_all(void)
{
	struct radsec *rc, *next;

	LIST_FOREACH_SAFE(rc, &conns, rc_entry, next) {
		rc->rc_retired = true;
		(void)free_unused(rc);
	}
}
