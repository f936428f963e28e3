/* SPDX-License-Identifier: ISC */
/* Writers that never wait, and a reader that is slow. */
#include <pthread.h>
#include <string.h>

#include <atf-c.h>

#include "kern/spool.h"

enum { WRITERS = 4, RECORDS = 20000 };

struct record {
	uint32_t r_writer, r_number, r_len;
};

static struct spool spool;

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	uint64_t head = 7, dropped;
	const uint8_t *p;
	size_t len;

	ATF_REQUIRE(spool_init(&spool, 64) == 0);
	p = spool_take(&spool, &len, &dropped);
	ATF_CHECK(p != NULL && len == 0 && dropped == 0);
	/* the first wakes the reader; what fits is kept, whole */
	ATF_CHECK(spool_put(&spool, &head, sizeof(head), "abc", 3));
	ATF_CHECK(!spool_put(&spool, &head, sizeof(head), "", 0));
	ATF_CHECK(!spool_put(&spool, &head, sizeof(head), &spool, 33));
	ATF_CHECK(!spool_put(&spool, &head, sizeof(head), &spool, 32));
	ATF_CHECK(!spool_put(&spool, &head, sizeof(head), "", 0));
	ATF_CHECK(!spool_put(&spool, &head, sizeof(head), &spool, SIZE_MAX));
	p = spool_take(&spool, &len, &dropped);
	ATF_CHECK_EQ(len, 64);
	ATF_CHECK_EQ(dropped, 3);
	ATF_CHECK(memcmp(p + 8, "abc", 3) == 0);
	ATF_CHECK(memcmp(p + 32, &spool, 8) == 0 || len == 64);
	ATF_CHECK(spool_put(&spool, &head, sizeof(head), "", 0));
	(void)spool_take(&spool, &len, &dropped);
	ATF_CHECK_EQ(len, 8);
	spool_fini(&spool);
}

static void *
writer(void *arg)
{
	struct record r = { .r_writer = *(const uint32_t *)arg };
	uint8_t bytes[64];

	for (r.r_number = 1; r.r_number <= RECORDS; r.r_number++) {
		r.r_len = r.r_number % sizeof(bytes);
		memset(bytes, (int)r.r_number, r.r_len);
		(void)spool_put(&spool, &r, sizeof(r), bytes, r.r_len);
	}
	return (NULL);
}

static uint64_t
check(const uint8_t *p, size_t len, uint32_t *last)
{
	struct record r;
	uint64_t n = 0;
	size_t at = 0, i;

	while (at < len) {
		memcpy(&r, p + at, sizeof(r));
		ATF_REQUIRE(r.r_writer < WRITERS);
		/* of one writer in order */
		ATF_REQUIRE(r.r_number > last[r.r_writer]);
		last[r.r_writer] = r.r_number;
		for (i = 0; i < r.r_len; i++)
			ATF_REQUIRE(p[at + sizeof(r) + i] ==
			    (uint8_t)r.r_number);
		at += spool_padded(sizeof(r) + r.r_len);
		n++;
	}
	ATF_REQUIRE(at == len);
	return (n);
}

ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	uint32_t number[WRITERS], last[WRITERS] = { 0 };
	pthread_t thread[WRITERS];
	uint64_t got = 0, dropped;
	const uint8_t *p;
	size_t len;
	int i;

	ATF_REQUIRE(spool_init(&spool, 4096) == 0);
	for (i = 0; i < WRITERS; i++) {
		number[i] = (uint32_t)i;
		ATF_REQUIRE(pthread_create(&thread[i], NULL, writer,
				&number[i]) == 0);
	}
	do {
		p = spool_take(&spool, &len, &dropped);
		got += check(p, len, last);
	} while (got + dropped < WRITERS * RECORDS);
	for (i = 0; i < WRITERS; i++)
		ATF_REQUIRE(pthread_join(thread[i], NULL) == 0);
	ATF_CHECK_EQ(got + dropped, WRITERS * RECORDS);
	ATF_CHECK(got > 0);
	spool_fini(&spool);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, threads);
	return (atf_no_error());
}
