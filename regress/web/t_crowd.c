/* SPDX-License-Identifier: ISC */
/* Turns at the handshake, while somebody new says something in each round. */
#include <sys/queue.h>

#include <atf-c.h>
#include <event2/event.h>
#include <unistd.h>

#include "../../usr.sbin/webconfd/crowd.c"

enum { ROUNDS = 100 };

struct event_base *base;
static struct client crowd[ROUNDS];
static unsigned int came, turns;
static struct client *first;	/* whose turn came first */

bool
address_is_known(const struct address *ad, uint64_t now)
{
	(void)ad;
	(void)now;
	return (false);
}

unsigned int
address_wasted(const struct address *ad, uint64_t now)
{
	(void)ad;
	(void)now;
	return (0);
}

unsigned int
address_count(const struct address *ad)
{
	(void)ad;
	return (1);
}

void
address_waste(struct address *ad, uint64_t now)
{
	(void)ad;
	(void)now;
}

struct address *
address_take(const struct sockaddr *from)
{
	(void)from;
	return (NULL);
}

void
address_release(struct address *ad)
{
	(void)ad;
}

struct client *
client_new(int fd, struct address *ad, const struct sockaddr_storage *from)
{
	(void)fd;
	(void)ad;
	(void)from;
	return (NULL);
}

void
client_free(struct client *cl)
{
	(void)cl;
}

void
client_abort(int fd)
{
	close(fd);
}

void
client_handshake(struct client *cl, uint64_t waited)
{
	ATF_CHECK(waited < 60 * 1000);
	if (turns++ == 0)
		first = cl;
}

/* Ready in each round. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (came == ROUNDS)
		event_base_loopbreak(base);
	else
		crowd_wait_turn(&crowd[came++]);
}

ATF_TC_WITHOUT_HEAD(turns);
ATF_TC_BODY(turns, tc)
{
	struct event *ready;
	int p[2];

	base = event_base_new();
	ATF_REQUIRE(base != NULL);
	turn_event = evtimer_new(base, on_turn, NULL);
	ATF_REQUIRE(turn_event != NULL);
	ATF_REQUIRE_EQ(pipe(p), 0);
	ATF_REQUIRE_EQ(write(p[1], "", 1), 1);
	ready = event_new(base, p[0], EV_READ | EV_PERSIST, on_ready, NULL);
	ATF_REQUIRE(ready != NULL && event_add(ready, NULL) == 0);
	ATF_REQUIRE(event_base_dispatch(base) != -1);
	/* one a round, but for the first and the last; who waits longest */
	ATF_CHECK(turns >= ROUNDS / 2);
	ATF_CHECK(first == &crowd[0]);
	event_free(ready);
	event_free(turn_event);
	event_base_free(base);
	close(p[0]);
	close(p[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, turns);
	return (atf_no_error());
}
