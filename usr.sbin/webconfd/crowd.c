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
 * then those with fewest connections.
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
	 * To accept and to let go costs little: the queue of the kernel, where
	 * an administrator may stand, is to be emptied in few rounds, each of
	 * which may have a handshake.  But who has just come gets a round for
	 * what there is to say.
	 */
	ACCEPT_ROUND = CLIENTS_MAX / 2,
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

/* Negative where a stands before b, positive behind; 0: neither. */
static int
standing(const struct client *a, const struct client *b, uint64_t now)
{
	bool ka = address_is_known(a->cl_address, now);
	bool kb = address_is_known(b->cl_address, now);
	unsigned int wasted_a = address_wasted(a->cl_address, now);
	unsigned int wasted_b = address_wasted(b->cl_address, now);
	unsigned int na = address_count(a->cl_address);
	unsigned int nb = address_count(b->cl_address);

	if (ka != kb)
		return (ka ? -1 : 1);
	if (wasted_a != wasted_b)
		return (wasted_a < wasted_b ? -1 : 1);
	return (na == nb ? 0 : na < nb ? -1 : 1);
}

/* Whether a should go rather than b. */
static bool
worse(const struct client *a, const struct client *b, uint64_t now)
{
	int s = standing(a, b, now);

	return (s != 0 ? s > 0 : a->cl_since < b->cl_since);
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

/* The lowest rank that fills half of the places, with those below. */
static enum rank
rank_to_go(uint64_t now)
{
	unsigned int n[KNOWN + 1] = { 0 }, below = 0;
	struct client *cl;
	enum rank rank;

	LIST_FOREACH(cl, &clients, cl_entry)
		n[rank_of(cl, now)]++;
	for (rank = SILENT; rank < KNOWN; rank++)
		if ((below += n[rank]) >= CLIENTS_MAX / 2)
			break;
	return (rank);
}

/*
 * Makes room for one from ad; false if that one should go itself.  The clock
 * is read once: it may be slow, and a crowd brings us here often.
 */
static bool
evict_any(const struct address *ad)
{
	struct client *cl, *best = NULL;
	uint64_t now = clock_ms();
	enum rank highest = rank_to_go(now);

	LIST_FOREACH(cl, &clients, cl_entry) {
		if (rank_of(cl, now) > highest)
			continue;
		if (best == NULL || worse(cl, best, now))
			best = cl;
	}
	if (best == NULL)
		return (true);
	if (!address_is_known(ad, now) &&
	    address_wasted(ad, now) > address_wasted(best->cl_address, now))
		return (false);
	client_free(best);
	return (true);
}

/* By timer: what is made active in a round belongs to the same round. */
static void
turn_soon(void)
{
	static const struct timeval now;

	if (!TAILQ_EMPTY(&waiting) && event_add(turn_event, &now) == -1)
		fatalx("no timer");
}

void
crowd_wait_turn(struct client *cl)
{
	if (cl->cl_waiting)
		return;
	cl->cl_waiting = true;
	TAILQ_INSERT_TAIL(&waiting, cl, cl_turn);
	turn_soon();
}

static struct client *
next_turn(void)
{
	struct client *cl, *best = NULL;
	uint64_t now = clock_ms();

	TAILQ_FOREACH(cl, &waiting, cl_turn)
		/* of equals the one that has waited longest */
		if (best == NULL || standing(cl, best, now) < 0)
			best = cl;
	return (best);
}

/* The others are for later rounds: the loop gets to all else between. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = next_turn();

	(void)fd;
	(void)what;
	(void)arg;
	if (cl == NULL)
		return;
	TAILQ_REMOVE(&waiting, cl, cl_turn);
	cl->cl_waiting = false;
	turn_soon();
	client_handshake(cl);
}

static void
take(int fd, const struct sockaddr_storage *ss)
{
	struct address *ad = address_take((const struct sockaddr *)ss);
	struct client *cl;
	int on = 1;

	if (ad == NULL) {
		close(fd);
		return;
	}
	if (address_count(ad) > CLIENTS_ADDRESS)
		evict_of(ad);
	else if (nclients >= CLIENTS_MAX && !evict_any(ad)) {
		address_waste(ad, clock_ms());
		address_release(ad);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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
	socklen_t len;
	int fd, i;

	(void)what;
	(void)arg;
	for (i = 0; i < ACCEPT_ROUND; i++) {
		memset(&ss, 0, sizeof(ss));
		len = sizeof(ss);
		fd = accept4(lfd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			take(fd, &ss);
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
	accept_event =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_accept, NULL);
	accept_again = evtimer_new(base, on_again, NULL);
	turn_event = evtimer_new(base, on_turn, NULL);
	if (accept_event == NULL || accept_again == NULL ||
	    turn_event == NULL || event_add(accept_event, NULL) == -1)
		fatalx("no memory for a listener");
}
