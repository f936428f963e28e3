/* SPDX-License-Identifier: ISC */
/*
 * Threads: connections are accepted on one, handed to another one when their
 * request is known, and answered there; handshakes share one context.  And a
 * connection whose owner has a lock is pushed by another thread.
 */
#include <event2/thread.h>
#include <pthread.h>
#include <stdatomic.h>

#include "pair.h"

enum { CLIENTS = 6, FRAMES = 300 };

struct owner {
	struct event_base *ow_base;
	int ow_pipe[2];		/* connections that come over */
	struct event *ow_event;
	atomic_uint ow_done;
};

struct guest {
	struct owner *gs_owner;
	struct http_request gs_rq;
	struct frameq gs_queue;
	unsigned int gs_frames;
};

/* On the accepting thread: move the connection with all that it needs. */
static void
front_request(struct conn *cn, const struct http_request *rq, void *arg)
{
	struct guest *gs = arg;

	gs->gs_rq = *rq;
	conn_detach(cn);
	ATF_REQUIRE_EQ((ssize_t)sizeof(cn),
	    write(gs->gs_owner->ow_pipe[1], &cn, sizeof(cn)));
	ATF_REQUIRE_EQ((ssize_t)sizeof(gs),
	    write(gs->gs_owner->ow_pipe[1], &gs, sizeof(gs)));
}

static void
no_frame(struct conn *cn, struct frame *f, void *arg)
{
	(void)cn;
	(void)arg;
	frame_free(f);
}

static void
no_round(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
}

static struct frame *
no_pull(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
	return (NULL);
}

static void
no_close(struct conn *cn, const char *reason, int status, void *arg)
{
	(void)cn;
	(void)arg;
	(void)status;
	ATF_CHECK_MSG(false, "front: %s", reason);
}

static const struct conn_handlers front = { .ch_request = front_request,
	.ch_frame = no_frame,
	.ch_round = no_round,
	.ch_pull = no_pull,
	.ch_close = no_close };

/* On the owner's thread: every frame comes back. */
static void
back_frame(struct conn *cn, struct frame *f, void *arg)
{
	struct guest *gs = arg;

	(void)cn;
	gs->gs_frames++;
	frameq_put(&gs->gs_queue, f);
}

static void
back_round(struct conn *cn, void *arg)
{
	(void)arg;
	conn_push(cn);
}

static struct frame *
back_pull(struct conn *cn, void *arg)
{
	struct guest *gs = arg;

	(void)cn;
	return (frameq_get(&gs->gs_queue));
}

static void
back_close(struct conn *cn, const char *reason, int status, void *arg)
{
	struct guest *gs = arg;

	(void)cn;
	(void)status;
	ATF_CHECK_STREQ("closed by the peer", reason);
	ATF_CHECK_EQ(FRAMES, gs->gs_frames);
	frameq_fini(&gs->gs_queue);
	if (atomic_fetch_add(&gs->gs_owner->ow_done, 1) + 1 == CLIENTS)
		event_base_loopbreak(gs->gs_owner->ow_base);
}

static const struct conn_handlers back = { .ch_frame = back_frame,
	.ch_round = back_round,
	.ch_pull = back_pull,
	.ch_close = back_close };

static void
owner_take(evutil_socket_t fd, short what, void *arg)
{
	struct owner *ow = arg;
	struct http_extensions hx = { 0 };
	struct conn *cn;
	struct guest *gs;

	(void)what;
	ATF_REQUIRE_EQ((ssize_t)sizeof(cn), read(fd, &cn, sizeof(cn)));
	ATF_REQUIRE_EQ((ssize_t)sizeof(gs), read(fd, &gs, sizeof(gs)));
	conn_attach(cn, ow->ow_base, &back, gs);
	ATF_CHECK_STREQ("officea", gs->gs_rq.hr_user);
	conn_accept(cn, &hx);
}

static void *
owner_main(void *arg)
{
	struct owner *ow = arg;

	event_base_dispatch(ow->ow_base);
	frame_pool_drain();
	return (NULL);
}

/* A client's thread, with a loop of its own. */
struct office {
	struct pair *of_pair;
	int of_fd;
	struct side of_side;
	struct event_base *of_base;
};

static void *
office_main(void *arg)
{
	struct office *of = arg;
	struct side *sd = &of->of_side;
	uint64_t until = clock_ms() + 60000;
	struct timeval tv = { 0, 10000 };
	struct event *tick;
	uint32_t i;

	frameq_init(&sd->sd_queue, 4096, 64 << 20);
	for (i = 0; i < FRAMES; i++)
		frameq_put(&sd->sd_queue, make_frame(60 + i * 4, i));
	of->of_base = event_base_new();
	tick = event_new(of->of_base, -1, EV_PERSIST, pair_tick, NULL);
	event_add(tick, &tv);
	sd->sd_conn = conn_new_client(of->of_base, of->of_fd, "hub",
	    &of->of_pair->pr_cp, &of->of_pair->pr_rq, &side_handlers, sd);
	while (!sd->sd_closed && clock_ms() < until) {
		event_base_loop(of->of_base, EVLOOP_ONCE);
		if (sd->sd_frames == FRAMES && sd->sd_conn != NULL)
			conn_close(sd->sd_conn, "enough");
	}
	event_free(tick);
	side_fini(sd);
	event_base_free(of->of_base);
	frame_pool_drain();
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(hand_over);
ATF_TC_BODY(hand_over, tc)
{
	pthread_t owner_thread, threads[CLIENTS];
	struct guest guests[CLIENTS];
	struct office offices[CLIENTS];
	struct owner ow = { 0 };
	struct pair pr;
	int fds[2], i;

	pair_init(&pr);
	memset(offices, 0, sizeof(offices));
	memset(guests, 0, sizeof(guests));
	ATF_REQUIRE_EQ(0, pipe(ow.ow_pipe));
	ow.ow_base = event_base_new();
	ow.ow_event = event_new(ow.ow_base, ow.ow_pipe[0], EV_READ | EV_PERSIST,
	    owner_take, &ow);
	event_add(ow.ow_event, NULL);
	for (i = 0; i < CLIENTS; i++) {
		pair_sockets(fds, 0);
		guests[i].gs_owner = &ow;
		frameq_init(&guests[i].gs_queue, 4096, 64 << 20);
		ATF_REQUIRE(conn_new_server(pr.pr_base, fds[0], "client",
				&pr.pr_sp, &front, &guests[i]) != NULL);
		offices[i].of_pair = &pr;
		offices[i].of_fd = fds[1];
		pthread_create(&threads[i], NULL, office_main, &offices[i]);
	}
	pthread_create(&owner_thread, NULL, owner_main, &ow);
	ATF_CHECK(pair_until(&pr, atomic_load(&ow.ow_done) == CLIENTS, 60000));
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], NULL);
		ATF_CHECK_EQ(FRAMES, offices[i].of_side.sd_frames);
		ATF_CHECK_STREQ("enough", offices[i].of_side.sd_reason);
	}
	if (atomic_load(&ow.ow_done) != CLIENTS)
		atf_tc_fail("not all were served");
	pthread_join(owner_thread, NULL);
	event_free(ow.ow_event);
	event_base_free(ow.ow_base);
	close(ow.ow_pipe[0]);
	close(ow.ow_pipe[1]);
	pair_fini(&pr);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct conn *lent;	/* locked */

static void
lock_enter(void)
{
	pthread_mutex_lock(&lock);
}

static void
lock_leave(void)
{
	pthread_mutex_unlock(&lock);
}

static void
lent_request(struct conn *cn, const struct http_request *rq, void *arg)
{
	struct http_extensions hx = { 0 };

	(void)rq;
	(void)arg;
	conn_accept(cn, &hx);
	lent = cn;
}

static void
lent_close(struct conn *cn, const char *reason, int status, void *arg)
{
	(void)cn;
	(void)status;
	(void)arg;
	lent = NULL;
	ATF_CHECK_STREQ("closed by the peer", reason);
}

static const struct conn_handlers lent_handlers = {
	.ch_request = lent_request,
	.ch_frame = no_frame,
	.ch_round = no_round,
	.ch_pull = back_pull,
	.ch_close = lent_close,
	.ch_enter = lock_enter,
	.ch_leave = lock_leave,
};

static bool
lent_ready(void)
{
	bool ready;

	lock_enter();
	ready = lent != NULL;
	lock_leave();
	return (ready);
}

/* What the owner's socket does not take follows by the owner's events. */
static void
push_all(struct guest *gs)
{
	uint32_t i;

	for (i = 0; i < FRAMES; i++) {
		lock_enter();
		frameq_put(&gs->gs_queue, make_frame(60 + i * 4, i));
		if (lent != NULL)
			conn_push(lent);
		lock_leave();
	}
}

static void *
listener_main(void *arg)
{
	struct office *of = arg;
	struct side *sd = &of->of_side;
	uint64_t until = clock_ms() + 60000;

	of->of_base = event_base_new();
	frameq_init(&sd->sd_queue, 16, 1 << 20);
	sd->sd_conn = conn_new_client(of->of_base, of->of_fd, "hub",
	    &of->of_pair->pr_cp, &of->of_pair->pr_rq, &side_handlers, sd);
	while (!sd->sd_closed && clock_ms() < until) {
		event_base_loop(of->of_base, EVLOOP_ONCE);
		if (sd->sd_frames == FRAMES && sd->sd_conn != NULL)
			conn_close(sd->sd_conn, "enough");
	}
	side_fini(sd);
	event_base_free(of->of_base);
	frame_pool_drain();
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(push_by_another);
ATF_TC_BODY(push_by_another, tc)
{
	pthread_t owner_thread, office_thread;
	struct owner ow = { 0 };
	struct guest gs = { .gs_owner = &ow };
	struct office of = { 0 };
	struct pair pr;
	int fds[2];

	ATF_REQUIRE_EQ(0, evthread_use_pthreads());
	pair_init(&pr);
	pair_sockets(fds, 4096);
	ow.ow_base = event_base_new();
	frameq_init(&gs.gs_queue, 4096, 64 << 20);
	ATF_REQUIRE(conn_new_server(ow.ow_base, fds[0], "client", &pr.pr_sp,
			&lent_handlers, &gs) != NULL);
	of.of_pair = &pr;
	of.of_fd = fds[1];
	pthread_create(&owner_thread, NULL, owner_main, &ow);
	pthread_create(&office_thread, NULL, listener_main, &of);
	ATF_REQUIRE(pair_until(&pr, lent_ready(), 60000));
	push_all(&gs);
	pthread_join(office_thread, NULL);
	/* without its connection the owner's loop has nothing to wait for */
	pthread_join(owner_thread, NULL);
	ATF_CHECK_EQ(FRAMES, of.of_side.sd_frames);
	ATF_CHECK_STREQ("enough", of.of_side.sd_reason);
	ATF_CHECK(!lent_ready());
	frameq_fini(&gs.gs_queue);
	event_base_free(ow.ow_base);
	pair_fini(&pr);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hand_over);
	ATF_TP_ADD_TC(tp, push_by_another);
	return (atf_no_error());
}
