/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "kern/frame.h"

ATF_TC_WITHOUT_HEAD(alloc_sizes);
ATF_TC_BODY(alloc_sizes, tc)
{
	struct frame *f;

	ATF_CHECK(frame_alloc(0) == NULL);
	ATF_CHECK(frame_alloc(FRAME_MAX + 1) == NULL);
	ATF_REQUIRE((f = frame_alloc(60)) != NULL);
	ATF_CHECK_EQ(f->f_len, 60);
	ATF_CHECK(f->f_cap == FRAME_SMALL_MAX);
	ATF_CHECK(f->f_data - f->f_buf == FRAME_HEADROOM);
	memset(f->f_buf, 0xff, FRAME_HEADROOM + f->f_cap + FRAME_TAILROOM);
	frame_free(f);
	ATF_REQUIRE((f = frame_alloc(FRAME_SMALL_MAX + 1)) != NULL);
	ATF_CHECK(f->f_cap == FRAME_JUMBO_MAX);
	memset(f->f_buf, 0xff, FRAME_HEADROOM + f->f_cap + FRAME_TAILROOM);
	frame_free(f);
	ATF_REQUIRE((f = frame_alloc(FRAME_JUMBO_MAX + 1)) != NULL);
	ATF_CHECK(f->f_cap == FRAME_LARGE_MAX);
	memset(f->f_buf, 0xff, FRAME_HEADROOM + f->f_cap + FRAME_TAILROOM);
	frame_free(f);
	ATF_REQUIRE((f = frame_alloc(FRAME_LARGE_MAX + 1)) != NULL);
	ATF_CHECK(f->f_cap == FRAME_MAX);
	memset(f->f_buf, 0xff, FRAME_HEADROOM + f->f_cap + FRAME_TAILROOM);
	frame_free(f);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TC_WITHOUT_HEAD(reused_frame_is_clean);
ATF_TC_BODY(reused_frame_is_clean, tc)
{
	struct frame *f = frame_alloc(100), *g;

	ATF_REQUIRE(f != NULL);
	f->f_offload.fo_gso = 1;
	f->f_data += 20;
	frame_free(f);
	g = frame_alloc(50);
	ATF_REQUIRE(g == f);
	ATF_CHECK_EQ(g->f_offload.fo_gso, 0);
	ATF_CHECK(g->f_data - g->f_buf == FRAME_HEADROOM);
	frame_free(g);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(references);
ATF_TC_BODY(references, tc)
{
	struct frame *f = frame_alloc(60), *g;

	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 7, f->f_len);
	ATF_CHECK(frame_ref(f) == f);
	frame_free(f);
	g = frame_alloc(60);	/* f is still held: another buffer */
	ATF_CHECK(g != f);
	ATF_CHECK_EQ(f->f_data[59], 7);
	frame_free(g);
	g = frame_copy(f);
	ATF_REQUIRE(g != NULL && g != f);
	ATF_CHECK(memcmp(g->f_data, f->f_data, 60) == 0);
	frame_free(g);
	frame_free(f);
	frame_free(NULL);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TC_WITHOUT_HEAD(memory_cap);
ATF_TC_BODY(memory_cap, tc)
{
	struct frame *held[64];
	int n = 0;

	frame_set_limit(64 << 10);
	while (n < 64 && (held[n] = frame_alloc(1500)) != NULL)
		n++;
	ATF_REQUIRE_MSG(n > 20 && n < 33, "%d frames fit in 64 KiB", n);
	ATF_CHECK(frame_memory() <= 64 << 10);
	frame_free(held[--n]);
	ATF_CHECK((held[n] = frame_alloc(1500)) != NULL);
	n++;
	while (n > 0)
		frame_free(held[--n]);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

static struct frame *
numbered(size_t len, uint8_t number)
{
	struct frame *f = frame_alloc(len);

	ATF_REQUIRE(f != NULL);
	f->f_data[0] = number;
	return (f);
}

static void
expect(struct frameq *fq, uint8_t number)
{
	struct frame *f = frameq_get(fq);

	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(f->f_data[0], number);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(queue_drops_oldest);
ATF_TC_BODY(queue_drops_oldest, tc)
{
	struct frameq fq;
	uint8_t i;

	ATF_REQUIRE_EQ(frameq_init(&fq, 4, 10000), 0);
	for (i = 1; i <= 4; i++)
		ATF_CHECK_EQ(frameq_put(&fq, numbered(100, i)), 0);
	ATF_CHECK_EQ(frameq_put(&fq, numbered(100, 5)), 1);
	ATF_CHECK_EQ(fq.fq_dropped, 1);
	ATF_CHECK_EQ(frameq_len(&fq), 4);
	for (i = 2; i <= 5; i++)
		expect(&fq, i);
	ATF_CHECK(frameq_get(&fq) == NULL);
	ATF_CHECK_EQ(fq.fq_bytes, 0);
	frameq_fini(&fq);
	frame_pool_drain();
}

ATF_TC_WITHOUT_HEAD(queue_bounds_bytes);
ATF_TC_BODY(queue_bounds_bytes, tc)
{
	struct frameq fq;

	ATF_REQUIRE_EQ(frameq_init(&fq, 64, 3000), 0);
	frameq_put(&fq, numbered(1000, 1));
	frameq_put(&fq, numbered(1000, 2));
	frameq_put(&fq, numbered(1000, 3));
	ATF_CHECK_EQ(frameq_len(&fq), 3);
	ATF_CHECK_EQ(frameq_put(&fq, numbered(1500, 4)), 2);
	expect(&fq, 3);
	expect(&fq, 4);
	/* larger than the queue, yet it passes alone */
	ATF_CHECK_EQ(frameq_put(&fq, numbered(60000, 5)), 0);
	ATF_CHECK_EQ(frameq_put(&fq, numbered(100, 6)), 1);
	expect(&fq, 6);
	/* few bytes in a large buffer count as the buffer */
	ATF_CHECK(frameq_get(&fq) == NULL);
	fq.fq_max_bytes = 2 * FRAME_JUMBO_MAX;
	ATF_CHECK_EQ(frameq_put(&fq, numbered(2000, 8)), 0);
	ATF_CHECK_EQ(frameq_put(&fq, numbered(2000, 9)), 0);
	ATF_CHECK_EQ(frameq_put(&fq, numbered(2000, 10)), 1);
	expect(&fq, 9);
	expect(&fq, 10);
	ATF_CHECK_EQ(fq.fq_bytes, 0);
	frameq_put(&fq, numbered(100, 7));	/* fini frees what waits */
	frameq_fini(&fq);
	frame_pool_drain();
	ATF_CHECK_EQ(frame_memory(), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alloc_sizes);
	ATF_TP_ADD_TC(tp, reused_frame_is_clean);
	ATF_TP_ADD_TC(tp, references);
	ATF_TP_ADD_TC(tp, memory_cap);
	ATF_TP_ADD_TC(tp, queue_drops_oldest);
	ATF_TP_ADD_TC(tp, queue_bounds_bytes);
	return (atf_no_error());
}
