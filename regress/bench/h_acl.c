/* SPDX-License-Identifier: ISC */
/*
 * h_acl: what asking an access list costs, without anything around it but
 * taking the frame apart: of 1,000 rules against one that is about as many
 * frames as they are, in turns.  Frames are UDP to many addresses and ports.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern/bytes.h"
#include "net/acl.h"
#include "net/inspect.h"

enum { RULES = 1000, FRAMES = 4096, LENGTH = 64, ROUNDS = 15, AGAIN = 40 };

static uint8_t frames[FRAMES][LENGTH];

struct list {
	struct acl *li_acl;
	uint64_t *li_view;
};

static bool
all(size_t n, void *arg)
{
	(void)n;
	(void)arg;
	return (true);
}

/* One of many that are each about few frames, or one about many. */
static void
make_rule(struct acl_rule *ar, uint32_t n, bool only)
{
	const uint8_t src[4] = { 10, 1, (uint8_t)(n % 2 * 128), 0 };
	const uint8_t dst[4] = { 10, (uint8_t)(n % 250),
		(uint8_t)(n / 250 * 64), 0 };
	uint32_t port = n * 61 % 30000;

	memset(ar, 0, sizeof(*ar));
	acl_set_prefix(ar, ACL_SRC_IP4, src, only || n % 2 == 0 ? 16 : 17);
	acl_set_prefix(ar, ACL_DST_IP4, dst, only ? 9 : 18);
	acl_set_range(ar, ACL_PROTOCOL, 17, 17);
	acl_set_range(ar, ACL_DST_PORT, port, port + 35000);
}

static struct list
make_list(uint32_t n)
{
	struct acl_rule *rules = calloc(n, sizeof(*rules));
	struct list li = { NULL, NULL };
	uint32_t i;

	for (i = 0; rules != NULL && i < n; i++)
		make_rule(&rules[i], i, n == 1);
	if (rules != NULL)
		li.li_acl = acl_new(rules, n);
	if (li.li_acl != NULL)
		li.li_view = acl_view(li.li_acl, all, NULL);
	if (li.li_view == NULL)
		errx(1, "no memory");
	free(rules);
	return (li);
}

static void
make_frames(void)
{
	uint32_t i, seed = 1;
	uint8_t *p;

	for (i = 0; i < FRAMES; i++) {
		p = frames[i];
		seed = seed * 1664525 + 1013904223;
		p[0] = p[6] = 2;
		put16(p + 12, 0x0800);
		p[14] = 0x45;
		put16(p + 16, 50);
		p[23] = 17;
		put32(p + 26, 0x0a010000 + (seed >> 8 & 0xffff));
		seed = seed * 1664525 + 1013904223;
		put32(p + 30, 0x0a000000 + (seed >> 8));
		put16(p + 36, (uint16_t)(seed >> 3));
		put16(p + 38, 30);
	}
}

/* Nanoseconds that this thread has run. */
static uint64_t
thread_time(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/* Nanoseconds a frame; hits: how many met a rule. */
static double
ask(const struct list *li, unsigned int *hits)
{
	uint64_t start = thread_time();
	struct inspect in;
	unsigned int i, n;

	*hits = 0;
	for (n = 0; n < AGAIN; n++)
		for (i = 0; i < FRAMES; i++) {
			(void)inspect_frame(frames[i], LENGTH, &in);
			*hits +=
			    acl_match(li->li_acl, li->li_view, &in) != ACL_NONE;
		}
	return ((double)(thread_time() - start) / (AGAIN * FRAMES));
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

int
main(void)
{
	struct list one = make_list(1), many = make_list(RULES);
	double a[ROUNDS], b[ROUNDS], ratio[ROUNDS];
	unsigned int hits_one, hits_many;
	int i;

	make_frames();
	for (i = 0; i < ROUNDS; i++) {
		a[i] = ask(&one, &hits_one);
		b[i] = ask(&many, &hits_many);
		ratio[i] = b[i] / a[i];
	}
	qsort(a, ROUNDS, sizeof(a[0]), compare);
	qsort(b, ROUNDS, sizeof(b[0]), compare);
	qsort(ratio, ROUNDS, sizeof(ratio[0]), compare);
	printf("acl: %.0f ns a frame with one rule, %.0f with %d; %.0f and "
	       "%.0f %% of the frames meet one\nacl-match-ratio %.3f\n",
	    a[ROUNDS / 2], b[ROUNDS / 2], RULES,
	    (double)hits_one * 100 / (AGAIN * FRAMES),
	    (double)hits_many * 100 / (AGAIN * FRAMES), ratio[ROUNDS / 2]);
	return (0);
}
