/* SPDX-License-Identifier: ISC */
/*
 * crowd: which browsers may be connected.  Who connects and says little must
 * neither take much memory nor keep others out: there are at most CLIENTS_MAX,
 * of one address CLIENTS_ADDRESS, and for one more another goes: first of those
 * that say nothing, then of those that talk, then of those that wait for an
 * answer; of addresses from where an administrator has logged in last.  Nobody
 * holds a place by talking alone: half of the places go to whoever comes, and
 * then the rank counts no more.  In what is left, the address that has wasted
 * most goes first, which is to connect and never to make a whole request; then
 * the one that has most connections, with its oldest.  Who comes and has
 * wasted more than that one is let go at once.
 *
 * Handshakes are what costs most.  So connections are accepted as they come,
 * for those behind them to be seen, and take turns, one a round of the loop:
 * first the addresses of administrators, then those that have wasted least,
 * then those with fewest connections.  On a slow box a crowd costs all the
 * time there is already by connecting: a round is bounded in time, for who has
 * been let in to get on, and who is let go costs as little as can be.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/log.h"

#include "http.h"

enum {
	/*
	 * The queue of the kernel, where an administrator may stand, is to be
	 * emptied in few rounds, each of which may have a handshake.  But who
	 * has just come gets a round for what there is to say; and where to
	 * accept takes long, who has come before gets on all the same: of a
	 * log-in each step is a round.
	 */
	ACCEPT_ROUND = CLIENTS_MAX / 2,
	ACCEPT_MS = 50,
	PAUSE_MS = 200 /* without descriptors or memory */
};

/* How far a client has come; the lower goes first. */
enum rank {
	SILENT,		/* its turn to speak, before the handshake has ended */
	TALKING,
	ASKING,		/* its whole request is in, and we owe it an answer */
	KNOWN		/* whatever it does */
};

static LIST_HEAD(client_list, client) clients = LIST_HEAD_INITIALIZER(clients);
static unsigned int nclients;
static struct event *accept_event, *accept_again, *turn_event;
static TAILQ_HEAD(, client) waiting = TAILQ_HEAD_INITIALIZER(waiting);

struct client *
crowd_find(uint32_t number)
{
	struct client *cl;

	LIST_FOREACH(cl, &clients, cl_entry)
		if (cl->cl_number == number)
			break;
	return (cl);
}

void
crowd_leave(struct client *cl)
{
	LIST_REMOVE(cl, cl_entry);
	nclients--;
	if (cl->cl_requests == 0)
		address_waste(cl->cl_address, clock_ms());
	if (cl->cl_waiting)
		TAILQ_REMOVE(&waiting, cl, cl_turn);
}

/* Who stands first has the lowest: known, wasted least, fewest connections. */
static uint64_t
standing(const struct client *cl, uint64_t now)
{
	const struct address *ad = cl->cl_address;

	return ((uint64_t)!address_is_known(ad, now) << 63 |
	    (uint64_t)address_wasted(ad, now) << 31 | address_count(ad));
}

/* Between its requests, or not yet through with the first. */
static bool
idle(const struct client *cl)
{
	return (cl->cl_state == CLIENT_READ && cl->cl_len == 0);
}

/* Of one address the oldest that does nothing, else the oldest. */
static void
evict_of(const struct address *ad)
{
	struct client *cl, *best = NULL;

	LIST_FOREACH(cl, &clients, cl_entry) {
		if (cl->cl_address != ad)
			continue;
		if (best == NULL || idle(cl) > idle(best) ||
		    (idle(cl) == idle(best) && cl->cl_since < best->cl_since))
			best = cl;
	}
	if (best != NULL)
		client_free(best);
}

static enum rank
rank_of(const struct client *cl, uint64_t now)
{
	if (address_is_known(cl->cl_address, now))
		return (KNOWN);
	if (cl->cl_state == CLIENT_ASK)
		return (ASKING);
	if (cl->cl_state != CLIENT_HANDSHAKE || cl->cl_waiting)
		return (TALKING);
	return (SILENT);
}

/* Those of one rank; which of them should go. */
struct ranked {
	unsigned int ra_count;
	struct client *ra_worst;
	uint64_t ra_standing;	/* of that one */
};

static void
ranked_add(struct ranked *ra, struct client *cl, uint64_t s)
{
	if (ra->ra_worst == NULL || s > ra->ra_standing ||
	    (s == ra->ra_standing && cl->cl_since < ra->ra_worst->cl_since)) {
		ra->ra_worst = cl;
		ra->ra_standing = s;
	}
}

/*
 * Whom to let go: of the lowest rank that fills half of the places, and those
 * below it.  A crowd brings us here often: all are looked at once.
 */
static struct client *
worst(uint64_t now)
{
	struct ranked ranks[KNOWN + 1] = { 0 }, all = { 0 };
	struct client *cl;
	enum rank rank;

	LIST_FOREACH(cl, &clients, cl_entry) {
		rank = rank_of(cl, now);
		ranks[rank].ra_count++;
		ranked_add(&ranks[rank], cl, standing(cl, now));
	}
	for (rank = SILENT; rank <= KNOWN; rank++) {
		if (ranks[rank].ra_worst != NULL)
			ranked_add(&all, ranks[rank].ra_worst,
			    ranks[rank].ra_standing);
		all.ra_count += ranks[rank].ra_count;
		if (all.ra_count >= CLIENTS_MAX / 2)
			break;
	}
	return (all.ra_worst);
}

/* Makes room for one from ad; false if that one should go itself. */
static bool
evict_any(const struct address *ad, uint64_t now)
{
	struct client *best = worst(now);

	if (best == NULL)
		return (true);
	if (!address_is_known(ad, now) &&
	    address_wasted(ad, now) > address_wasted(best->cl_address, now))
		return (false);
	client_free(best);
	return (true);
}

/*
 * By timer: what is made active in a round belongs to the same round.  One that
 * has expired in this round is left alone: to add it again would put it off to
 * the next, and so on for as long as somebody new says something each round.
 */
static void
turn_soon(void)
{
	static const struct timeval now;

	if (TAILQ_EMPTY(&waiting) ||
	    event_pending(turn_event, EV_TIMEOUT, NULL))
		return;
	if (event_add(turn_event, &now) == -1)
		fatalx("no timer");
}

void
crowd_wait_turn(struct client *cl)
{
	if (cl->cl_waiting)
		return;
	cl->cl_waiting = true;
	cl->cl_asked = clock_ms();
	TAILQ_INSERT_TAIL(&waiting, cl, cl_turn);
	turn_soon();
}

static struct client *
next_turn(uint64_t now)
{
	struct client *cl, *best = NULL;
	uint64_t s, lowest = 0;

	TAILQ_FOREACH(cl, &waiting, cl_turn) {
		s = standing(cl, now);
		/* of equals the one that has waited longest */
		if (best == NULL || s < lowest) {
			best = cl;
			lowest = s;
		}
	}
	return (best);
}

/* The others are for later rounds: the loop gets to all else between. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	uint64_t now = clock_ms();
	struct client *cl = next_turn(now);

	(void)fd;
	(void)what;
	(void)arg;
	if (cl == NULL)
		return;
	TAILQ_REMOVE(&waiting, cl, cl_turn);
	cl->cl_waiting = false;
	turn_soon();
	client_handshake(cl, now - cl->cl_asked);
}

static void
take(int fd, const struct sockaddr_storage *ss, uint64_t now)
{
	struct address *ad = address_take((const struct sockaddr *)ss);
	struct client *cl;

	if (ad == NULL) {
		close(fd);
		return;
	}
	if (address_count(ad) > CLIENTS_ADDRESS)
		evict_of(ad);
	else if (nclients >= CLIENTS_MAX && !evict_any(ad, now)) {
		address_waste(ad, now);
		address_release(ad);
		client_abort(fd);
		return;
	}
	if ((cl = client_new(fd, ad, ss)) == NULL) {
		address_release(ad);
		close(fd);
		return;
	}
	LIST_INSERT_HEAD(&clients, cl, cl_entry);
	nclients++;
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };
	struct sockaddr_storage ss;
	uint64_t now = clock_ms(), end = now + ACCEPT_MS;
	socklen_t len;
	int fd, i;

	(void)what;
	(void)arg;
	for (i = 0; i < ACCEPT_ROUND && now < end; i++, now = clock_ms()) {
		memset(&ss, 0, sizeof(ss));
		len = sizeof(ss);
		fd = accept4(lfd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			take(fd, &ss, now);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			/* a readable listener would spin */
			event_del(accept_event);
			(void)event_add(accept_again, &tv);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)event_add(accept_event, NULL);
}

void
crowd_listen(int fd)
{
	int on = 1;

	/* of all that are accepted */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	accept_event =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_accept, NULL);
	accept_again = evtimer_new(base, on_again, NULL);
	turn_event = evtimer_new(base, on_turn, NULL);
	if (accept_event == NULL || accept_again == NULL ||
	    turn_event == NULL || event_add(accept_event, NULL) == -1)
		fatalx("no memory for a listener");
}
