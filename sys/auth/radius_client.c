/* SPDX-License-Identifier: ISC */
/* Requests under way: sent, sent again, answered, given to the next server. */
#include <sys/queue.h>

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/radius.h"
#include "auth/radsec.h"
#include "kern/clock.h"
#include "kern/log.h"

enum {
	AGAIN_FIRST = 2000,		/* ms until a request is repeated, */
	AGAIN_MAX = 16000,		/* doubled each time up to this */
	DEAD_TIME = 60000,		/* ms that a silent server is last */
	PROBE_TIME = 5000,		/* ms for an answer to Status-Server */
	NEWS_EVERY = 10000		/* ms between log lines of one kind */
};

/* What is known of a server's address, whatever asks it. */
struct peer {
	LIST_ENTRY(peer) pe_entry;
	struct sockaddr_storage pe_addr;
	uint64_t pe_heard;		/* ms, 0: not since it was given up */
	uint64_t pe_dead;		/* until then it is asked last */
	uint64_t pe_news;		/* when a log line may come again */
	bool pe_status;			/* it has answered Status-Server */
	bool pe_probing;
};

struct exchange {
	LIST_ENTRY(exchange) ex_entry;
	struct event_base *ex_base;
	struct radius_query ex_query;
	struct radius_server ex_server[RADIUS_SERVERS];
	unsigned int ex_n;
	unsigned int ex_now;		/* the server being asked, of ex_n */
	unsigned int ex_tried;		/* bits */
	struct peer *ex_peer;
	int ex_fd;			/* UDP, */
	struct radsec *ex_radsec;	/* or TLS */
	bool ex_retried;		/* after a connection was lost */
	struct event *ex_read, *ex_timer;
	struct radius_packet ex_packet;
	uint64_t ex_began;		/* ms, with this server */
	uint64_t ex_again;		/* when to send again */
	uint64_t ex_wait;		/* between the last two times */
};

static LIST_HEAD(, peer) peers = LIST_HEAD_INITIALIZER(peers);
static LIST_HEAD(, exchange) exchanges = LIST_HEAD_INITIALIZER(exchanges);
static unsigned int nexchanges;

static void exchange_next(struct exchange *ex);
static bool exchange_try(struct exchange *ex, unsigned int i);

static socklen_t
addr_len(const struct sockaddr_storage *ss)
{
	return (ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					   sizeof(struct sockaddr_in6));
}

/* NULL without memory.  There are as many as settings ever had servers. */
static struct peer *
peer_get(const struct sockaddr_storage *addr)
{
	struct peer *pe;

	LIST_FOREACH(pe, &peers, pe_entry)
		if (memcmp(&pe->pe_addr, addr, sizeof(*addr)) == 0)
			return (pe);
	if ((pe = calloc(1, sizeof(*pe))) == NULL)
		return (NULL);
	pe->pe_addr = *addr;
	LIST_INSERT_HEAD(&peers, pe, pe_entry);
	return (pe);
}

static const struct radius_server *
current(const struct exchange *ex)
{
	return (&ex->ex_server[ex->ex_now]);
}

static const struct sockaddr_storage *
server_addr(const struct exchange *ex, unsigned int i)
{
	const struct radius_server *rs = &ex->ex_server[i];

	return (ex->ex_query.rq_kind == RADIUS_ACCOUNTING ? &rs->rs_acct :
							    &rs->rs_addr);
}

static void
news(struct exchange *ex, const char *text)
{
	uint64_t now = clock_ms();

	if (ex->ex_peer == NULL || now < ex->ex_peer->pe_news)
		return;
	ex->ex_peer->pe_news = now + NEWS_EVERY;
	log_warnx("radius %s: %s", current(ex)->rs_name, text);
}

/* Who asks may want to know. */
static void
tell(const struct exchange *ex, enum radius_trouble trouble, const char *why)
{
	const struct radius_query *rq = &ex->ex_query;

	if (rq->rq_trouble != NULL)
		rq->rq_trouble(current(ex), trouble, why, rq->rq_arg);
}

/* Stop talking to the server that is asked now. */
static void
exchange_leave(struct exchange *ex)
{
	if (ex->ex_read != NULL)
		event_free(ex->ex_read);
	ex->ex_read = NULL;
	if (ex->ex_fd != -1)
		close(ex->ex_fd);
	ex->ex_fd = -1;
	if (ex->ex_radsec != NULL)
		radsec_leave(ex->ex_radsec, ex->ex_packet.rp_data[1]);
	ex->ex_radsec = NULL;
	event_del(ex->ex_timer);
}

/* Tell the asker, and end. */
static void
exchange_end(struct exchange *ex, const uint8_t *data, size_t len)
{
	struct radius_reply rr = { .rr_data = data,
		.rr_len = len,
		.rr_server = current(ex) };

	exchange_leave(ex);
	LIST_REMOVE(ex, ex_entry);
	nexchanges--;
	ex->ex_query.rq_done(data == NULL ? NULL : &rr, ex->ex_query.rq_arg);
	event_free(ex->ex_timer);
	freezero(ex, sizeof(*ex));
}

/* The server is silent: the next, and others ask it last for a while. */
static void
exchange_give_up(struct exchange *ex, enum radius_trouble trouble,
    const char *why)
{
	struct peer *pe = ex->ex_peer;

	tell(ex, trouble, why);
	if (ex->ex_query.rq_kind != RADIUS_PROBE &&
	    pe->pe_heard <= ex->ex_began) {
		news(ex, why);
		pe->pe_dead = clock_ms() + DEAD_TIME;
		pe->pe_heard = 0;
		if (ex->ex_radsec != NULL)
			radsec_retire(ex->ex_radsec);
	}
	exchange_leave(ex);
	exchange_next(ex);
}

/*
 * Status-Server: whether a server that keeps a request waiting is alive.
 */

static int
probe_build(struct radius_packet *rp, const struct radius_server *rs,
    uint8_t id, void *arg)
{
	uint8_t random[RADIUS_AUTH_LEN];

	(void)arg;
	if (RAND_bytes(random, sizeof(random)) != 1)
		return (-1);
	radius_begin(rp, RADIUS_STATUS_SERVER, id, random);
	radius_add_text(rp, RADIUS_NAS_IDENTIFIER, rs->rs_nas);
	return (radius_sign(rp, rs->rs_secret, NULL));
}

static void
probe_done(const struct radius_reply *rr, void *arg)
{
	struct peer *pe = arg;
	struct exchange *ex, *next;

	pe->pe_probing = false;
	if (rr != NULL)
		pe->pe_status = true;
	if (rr != NULL || !pe->pe_status)
		return;
	LIST_FOREACH_SAFE(ex, &exchanges, ex_entry, next)
		if (ex->ex_peer == pe &&
		    clock_ms() - ex->ex_began >= PROBE_TIME) {
			/* giving one up may end others: begin again */
			exchange_give_up(ex, RADIUS_SILENT,
			    "it does not answer any more");
			next = LIST_FIRST(&exchanges);
		}
}

/* Of log-ins alone: accounting does not hurry. */
static void
probe(struct exchange *ex)
{
	struct radius_server rs = *current(ex);
	const struct radius_query rq = { .rq_kind = RADIUS_PROBE,
		.rq_build = probe_build,
		.rq_done = probe_done,
		.rq_arg = ex->ex_peer };

	if (ex->ex_query.rq_kind != RADIUS_LOGIN || ex->ex_peer->pe_probing)
		return;
	rs.rs_timeout = rs.rs_failover = PROBE_TIME;
	ex->ex_peer->pe_probing = radius_ask(ex->ex_base, &rs, 1, &rq) == 0;
	explicit_bzero(&rs, sizeof(rs));
}

/*
 * One server.
 */

static void
set_timer(struct exchange *ex, uint64_t at)
{
	uint64_t now = clock_ms(), ms = at > now ? at - now : 1;
	struct timeval tv = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };

	(void)event_add(ex->ex_timer, &tv);
}

/* When to give up; the last one has all the time that there is. */
static uint64_t
patience(const struct exchange *ex)
{
	const struct radius_server *rs = current(ex);
	bool last = ex->ex_tried == (1u << ex->ex_n) - 1;

	return (ex->ex_began +
	    (ex->ex_peer->pe_heard != 0 || last ? rs->rs_timeout :
						  rs->rs_failover));
}

static void
plan(struct exchange *ex)
{
	uint64_t end = patience(ex);

	set_timer(ex, ex->ex_again < end ? ex->ex_again : end);
}

/* False: the network knows better. */
static bool
transmit(struct exchange *ex)
{
	const struct radius_packet *rp = &ex->ex_packet;

	if (ex->ex_radsec != NULL)
		return (radsec_send(ex->ex_radsec, rp) == 0);
	if (send(ex->ex_fd, rp->rp_data, rp->rp_len, MSG_NOSIGNAL) != -1)
		return (true);
	return (errno == EAGAIN || errno == EINTR || errno == ENOBUFS ||
	    errno == EPERM);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *ex = arg;
	uint64_t now = clock_ms();

	(void)fd;
	(void)what;
	if (now >= patience(ex)) {
		exchange_give_up(ex, RADIUS_SILENT, "it does not answer");
		return;
	}
	if (now >= ex->ex_again) {
		if (ex->ex_radsec == NULL && !transmit(ex)) {
			exchange_give_up(ex, RADIUS_UNREACHABLE,
			    "it cannot be reached");
			return;
		}
		ex->ex_wait *= 2;
		if (ex->ex_wait > AGAIN_MAX)
			ex->ex_wait = AGAIN_MAX;
		ex->ex_again = now + ex->ex_wait;
		probe(ex);
	}
	plan(ex);
}

/* Whether that can be the answer to what was asked. */
static bool
code_fits(enum radius_kind kind, uint8_t code)
{
	switch (kind) {
	case RADIUS_LOGIN:
		return (code == RADIUS_ACCESS_ACCEPT ||
		    code == RADIUS_ACCESS_REJECT ||
		    code == RADIUS_ACCESS_CHALLENGE);
	case RADIUS_ACCOUNTING:
		return (code == RADIUS_ACCOUNTING_RESPONSE);
	case RADIUS_PROBE:
		return (code == RADIUS_ACCESS_ACCEPT ||
		    code == RADIUS_ACCOUNTING_RESPONSE);
	}
	return (false);
}

/* A datagram of the server: true when the exchange has ended by it. */
static bool
take(struct exchange *ex, const uint8_t *buf, size_t size)
{
	const uint8_t *request = ex->ex_packet.rp_data;
	ssize_t len = radius_length(buf, size);
	const char *fault;
	char text[160];

	if (len <= 0 || buf[1] != request[1] ||
	    !code_fits(ex->ex_query.rq_kind, buf[0]))
		return (false);
	fault = radius_check_reply(buf, (size_t)len, request + 4,
	    current(ex)->rs_secret,
	    current(ex)->rs_need_auth && buf[0] != RADIUS_ACCOUNTING_RESPONSE);
	if (fault != NULL) {
		snprintf(text, sizeof(text), "a reply was dropped: %s", fault);
		news(ex, text);
		tell(ex, RADIUS_BAD_REPLY, fault);
		return (false);
	}
	ex->ex_peer->pe_heard = clock_ms();
	ex->ex_peer->pe_dead = 0;
	exchange_end(ex, buf, (size_t)len);
	return (true);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *ex = arg;
	uint8_t buf[RADIUS_MAX];
	ssize_t n;

	(void)what;
	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) >= 0)
		if (take(ex, buf, (size_t)n))
			return;
	if (errno == ECONNREFUSED || errno == EHOSTUNREACH ||
	    errno == ENETUNREACH)
		exchange_give_up(ex, RADIUS_UNREACHABLE,
		    "it cannot be reached");
}

/*
 * A socket for this request alone: the kernel chooses its port at random, and
 * lets through only what comes from the server.
 */
static bool
open_socket(struct exchange *ex)
{
	const struct sockaddr_storage *to = server_addr(ex, ex->ex_now);

	ex->ex_fd =
	    socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ex->ex_fd == -1 ||
	    connect(ex->ex_fd, (const void *)to, addr_len(to)) == -1)
		return (false);
	ex->ex_read = event_new(ex->ex_base, ex->ex_fd, EV_READ | EV_PERSIST,
	    on_read, ex);
	return (ex->ex_read != NULL && event_add(ex->ex_read, NULL) == 0);
}

static void
on_packet(const uint8_t *buf, size_t len, void *arg)
{
	(void)take(arg, buf, len);
}

/* It may have been an idle one that the server had just closed. */
static void
on_lost(const char *why, void *arg)
{
	struct exchange *ex = arg;

	if (ex->ex_retried) {
		exchange_give_up(ex, RADIUS_UNREACHABLE, why);
		return;
	}
	ex->ex_retried = true;
	exchange_leave(ex);
	if (!exchange_try(ex, ex->ex_now))
		exchange_next(ex);
}

/* A way to the server, and the identifier that is free on it. */
static bool
open_way(struct exchange *ex, uint8_t *id)
{
	static const struct radsec_handlers handlers = {
		.sh_packet = on_packet,
		.sh_lost = on_lost,
	};

	if (!current(ex)->rs_tls)
		return (RAND_bytes(id, 1) == 1 && open_socket(ex));
	ex->ex_radsec =
	    radsec_take(ex->ex_base, current(ex), &handlers, ex, id);
	/* the place is given back by what the packet says */
	ex->ex_packet.rp_data[1] = *id;
	return (ex->ex_radsec != NULL);
}

/* False: this server cannot be asked. */
static bool
exchange_try(struct exchange *ex, unsigned int i)
{
	const struct radius_query *rq = &ex->ex_query;
	uint8_t id;

	ex->ex_now = i;
	ex->ex_tried |= 1u << i;
	ex->ex_began = clock_ms();
	ex->ex_wait = AGAIN_FIRST;
	ex->ex_again = ex->ex_began + ex->ex_wait;
	if ((ex->ex_peer = peer_get(server_addr(ex, i))) == NULL)
		return (false);
	if (!open_way(ex, &id) ||
	    rq->rq_build(&ex->ex_packet, current(ex), id, rq->rq_arg) == -1 ||
	    !transmit(ex)) {
		news(ex, "it cannot be asked");
		tell(ex, RADIUS_UNREACHABLE, "it cannot be asked");
		exchange_leave(ex);
		return (false);
	}
	plan(ex);
	return (true);
}

/* The first one not tried yet, those that are silent last; -1: none. */
static int
choose(const struct exchange *ex)
{
	const struct peer *pe;
	int silent = -1;
	unsigned int i;

	for (i = 0; i < ex->ex_n; i++) {
		if (ex->ex_tried & 1u << i)
			continue;
		pe = peer_get(server_addr(ex, i));
		if (pe == NULL || pe->pe_dead <= clock_ms())
			return ((int)i);
		if (silent == -1)
			silent = (int)i;
	}
	return (silent);
}

static void
exchange_next(struct exchange *ex)
{
	int i;

	while ((i = choose(ex)) != -1)
		if (exchange_try(ex, (unsigned int)i))
			return;
	exchange_end(ex, NULL, 0);
}

static void
on_begin(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *ex = arg;

	(void)fd;
	(void)what;
	(void)event_assign(ex->ex_timer, ex->ex_base, -1, 0, on_timer, ex);
	exchange_next(ex);
}

int
radius_ask(struct event_base *base, const struct radius_server *rs,
    unsigned int n, const struct radius_query *rq)
{
	struct timeval now = { 0, 0 };
	struct exchange *ex;

	if (n == 0 || n > RADIUS_SERVERS || nexchanges >= RADIUS_EXCHANGES ||
	    (ex = calloc(1, sizeof(*ex))) == NULL)
		return (-1);
	ex->ex_base = base;
	ex->ex_query = *rq;
	ex->ex_n = n;
	memcpy(ex->ex_server, rs, n * sizeof(*rs));
	ex->ex_fd = -1;
	/* rq_done comes from the loop, also when nobody can be asked */
	ex->ex_timer = evtimer_new(base, on_begin, ex);
	if (ex->ex_timer == NULL || event_add(ex->ex_timer, &now) == -1) {
		if (ex->ex_timer != NULL)
			event_free(ex->ex_timer);
		freezero(ex, sizeof(*ex));
		return (-1);
	}
	LIST_INSERT_HEAD(&exchanges, ex, ex_entry);
	nexchanges++;
	return (0);
}
