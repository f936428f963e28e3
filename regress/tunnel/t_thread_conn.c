/* SPDX-License-Identifier: ISC */
/*
 * Threads: connections are accepted on one, handed to another one when their
 * request is known, and answered there; handshakes share one context.
 */
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hand_over);
	return (atf_no_error());
}
