/* SPDX-License-Identifier: ISC */
/* Frames that one thread takes and another gives back. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "kern/frame.h"

enum { STACK = 8, HANDED = 3 * STACK, ROUNDS = 200 };

static struct frame *handed[HANDED];
static pthread_barrier_t barrier;

/* Gives back what was handed over, round by round. */
static void *
giver(void *arg)
{
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		for (i = 0; i < HANDED; i++)
			frame_free(handed[i]);
		pthread_barrier_wait(&barrier);
	}
	frame_pool_drain();
	return (arg);
}

static void
take(int from, int to, int round)
{
	int i;

	for (i = from; i < to; i++) {
		ATF_REQUIRE((handed[i] = frame_alloc(FRAME_MAX)) != NULL);
		memset(handed[i]->f_data, round, handed[i]->f_len);
	}
}

ATF_TC_WITHOUT_HEAD(shelf);
ATF_TC_BODY(shelf, tc)
{
	size_t one, all;
	pthread_t other;
	int round;

	ATF_REQUIRE_EQ(0, pthread_barrier_init(&barrier, NULL, 2));
	ATF_REQUIRE_EQ(0, pthread_create(&other, NULL, giver, NULL));
	take(0, 1, 0);
	one = frame_memory();
	take(1, HANDED, 0);
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		if (round == ROUNDS - 1)
			break;
		/* what the other thread has too much of is here again */
		all = frame_memory();
		if (round == 0)
			ATF_CHECK_EQ(HANDED * one, all);
		take(0, STACK, round);
		ATF_CHECK_EQ(all, frame_memory());
		take(STACK, HANDED, round);
		/* and there is no more of it than a few stacks */
		ATF_CHECK(frame_memory() <= one * (HANDED + 4 * STACK));
	}
	ATF_REQUIRE_EQ(0, pthread_join(other, NULL));
	pthread_barrier_destroy(&barrier);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* Buffers that lie about do not stand in the way of other sizes. */
ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct frame *f[STACK];
	int i;

	for (i = 0; i < STACK; i++)
		ATF_REQUIRE((f[i] = frame_alloc(FRAME_MAX)) != NULL);
	frame_set_limit(frame_memory());
	ATF_CHECK(frame_alloc(60) == NULL);
	for (i = 0; i < STACK; i++)
		frame_free(f[i]);
	ATF_REQUIRE((f[0] = frame_alloc(60)) != NULL);
	frame_free(f[0]);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shelf);
	ATF_TP_ADD_TC(tp, limit);
	return (atf_no_error());
}
