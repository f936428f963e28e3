/* SPDX-License-Identifier: ISC */
/* Pumps with a layer that changes nothing, one behind the other too. */
#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/clock.h"
#include "transport/pump.h"

struct layer {
	int l_fd;
	short l_wants;
	const char *l_error;
};

static int layers;		/* not freed yet */

static ssize_t
moved(struct layer *l, ssize_t n, short want)
{
	if (n > 0)
		return (n);
	if (n == -1 && errno == EAGAIN) {
		l->l_wants |= want;
		return (0);
	}
	return (-1);
}

static ssize_t
layer_read(void *layer, void *buf, size_t size)
{
	struct layer *l = layer;

	return (moved(l, recv(l->l_fd, buf, size, 0), EV_READ));
}

static ssize_t
layer_write(void *layer, const void *buf, size_t len)
{
	struct layer *l = layer;

	l->l_wants = EV_READ;
	return (moved(l, send(l->l_fd, buf, len, MSG_NOSIGNAL), EV_WRITE));
}

static short
layer_wants(void *layer)
{
	return (((struct layer *)layer)->l_wants);
}

static const char *
layer_error(void *layer)
{
	return (((struct layer *)layer)->l_error);
}

static void
layer_free(void *layer)
{
	close(((struct layer *)layer)->l_fd);
	free(layer);
	layers--;
}

static const struct pump_ops ops = {
	.po_read = layer_read,
	.po_write = layer_write,
	.po_wants = layer_wants,
	.po_error = layer_error,
	.po_free = layer_free,
};

static struct event_base *base;

static int
pump(int fd, const char *name, const char *error)
{
	struct layer *l = calloc(1, sizeof(*l));
	int inner;

	ATF_REQUIRE(l != NULL);
	l->l_fd = fd;
	l->l_wants = EV_READ;
	l->l_error = error;
	layers++;
	inner = pump_start(base, fd, &ops, l, name);
	ATF_REQUIRE(inner != -1);
	return (inner);
}

static void
pair(int fds[2])
{
	if (base == NULL)
		ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Turns until all pumps are gone. */
static void
drain(void)
{
	uint64_t until = clock_ms() + 60000;

	while (event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) > 0 &&
	    clock_ms() < until)
		turn();
	ATF_CHECK_EQ(0,
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	ATF_CHECK_EQ(0, layers);
	event_base_free(base);
	base = NULL;
}

/* How many octets `fd` takes until it says no. */
static size_t
stuff(int fd)
{
	static const char buf[4096];
	size_t all = 0;
	ssize_t n;
	int idle;

	for (idle = 0; idle < 10; turn()) {
		n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
		idle = n > 0 ? 0 : idle + 1;
		all += n > 0 ? (size_t)n : 0;
		ATF_REQUIRE(all < 100 << 20);
	}
	return (all);
}

static size_t
empty(int fd)
{
	char buf[65536];
	size_t all = 0;
	ssize_t n;
	int idle;

	for (idle = 0; idle < 10; turn()) {
		n = recv(fd, buf, sizeof(buf), 0);
		idle = n > 0 ? 0 : idle + 1;
		all += n > 0 ? (size_t)n : 0;
	}
	return (all);
}

/* A side that does not read holds the other up, and nothing is lost. */
ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	int fds[2], inner;
	size_t out, in;

	pair(fds);
	inner = pump(fds[0], "p", NULL);
	out = stuff(inner);
	in = stuff(fds[1]);
	/* the pump's own, the pair's (which Linux doubles), the outer one's */
	ATF_CHECK_MSG(out < PUMP_BUFFER + 2 * PUMP_SOCKET + (1 << 20), "%zu",
	    out);
	ATF_CHECK_MSG(in < PUMP_BUFFER + 2 * PUMP_SOCKET + (1 << 20), "%zu",
	    in);
	ATF_CHECK_EQ(out, empty(fds[1]));
	ATF_CHECK_EQ(in, empty(inner));
	ATF_CHECK_EQ(stuff(inner), empty(fds[1]));
	close(inner);
	drain();
	close(fds[1]);
}

/* What came before the end is read, then the end, then the reason. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	static const char *const errors[] = { "broken", NULL };
	int fds[2], inner, other;
	char buf[16];
	size_t i, in;

	for (i = 0; i < 2; i++) {
		pair(fds);
		inner = pump(fds[0], "p", errors[i]);
		ATF_CHECK(pump_error(inner) == NULL);
		ATF_CHECK_EQ(fds[0], pump_socket(inner));
		in = stuff(fds[1]);
		close(fds[1]);
		turn();
		ATF_CHECK_EQ(in, empty(inner));
		ATF_CHECK_EQ(0, recv(inner, buf, sizeof(buf), 0));
		if (i == 0)
			ATF_CHECK_STREQ("p: broken", pump_error(inner));
		else
			ATF_CHECK(pump_error(inner) == NULL);
		/* who writes on is told by the end, not held up */
		ATF_CHECK_EQ(5, send(inner, "hello", 5, MSG_NOSIGNAL));
		turn();
		/* the number may be another's at once */
		other = dup(STDIN_FILENO);
		ATF_REQUIRE_EQ(inner, dup2(other, inner));
		ATF_CHECK(pump_error(inner) == NULL);
		ATF_CHECK_EQ(inner, pump_socket(inner));
		close(other);
		drain();
		close(inner);
	}
}

/* Of several pumps the one that broke first is to blame. */
ATF_TC_WITHOUT_HEAD(nested);
ATF_TC_BODY(nested, tc)
{
	int fds[2], middle, inner;
	char buf[16];

	pair(fds);
	middle = pump(fds[0], "first", "broken");
	inner = pump(middle, "second", "cut");
	ATF_CHECK_EQ(fds[0], pump_socket(inner));
	ATF_CHECK_EQ(5, send(inner, "hello", 5, 0));
	turn();
	turn();
	turn();
	ATF_CHECK_EQ(5, recv(fds[1], buf, sizeof(buf), 0));
	close(fds[1]);
	ATF_CHECK_EQ(0, empty(inner));
	ATF_CHECK_STREQ("first: broken", pump_error(inner));
	close(inner);
	drain();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, nested);
	return (atf_no_error());
}
