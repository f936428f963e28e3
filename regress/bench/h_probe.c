/* SPDX-License-Identifier: ISC */
/*
 * usage: h_probe [-n COUNT] [-i MICROSECONDS] [-l BYTES] [-v]
 *	    NETNS:ADDRESS NETNS:ADDRESS
 *
 * Sends COUNT UDP datagrams of BYTES of payload, one every so often, from the
 * first IPv4 address to the second and prints what became of them as JSON. The
 * sockets are those of one process in two namespaces (as in "ip netns"), so
 * that times each way are exact. Interval 0: all at once. Jitter is the
 * difference between the delays of datagrams that follow one another. -v: with
 * the list of those that were lost.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/exact.h"

#define SECOND 1000000000ULL
#define STRAGGLERS (2 * SECOND) /* how long to wait after the last one */
#define COUNT_MAX 1000000
#define BYTES_MAX 1472

struct datagram {
	uint64_t dg_number, dg_sent;
};

struct probe {
	int pr_from, pr_to;
	uint64_t pr_count, pr_interval, pr_bytes;
	uint64_t pr_sent, pr_received, pr_twice, pr_overtaken, pr_highest;
	uint64_t *pr_delay; /* by number; 0: not received */
};

/* A socket in the namespace of NETNS:ADDRESS, bound to the address. */
static int
open_end(const char *end, struct sockaddr_in *sin)
{
	const char *colon = strchr(end, ':');
	socklen_t len = sizeof(*sin);
	int s, big = 8 << 20;
	char netns[64];

	if (colon == NULL || inet_pton(AF_INET, colon + 1, &sin->sin_addr) != 1)
		errx(1, "%s: not NETNS:ADDRESS", end);
	sin->sin_family = AF_INET;
	snprintf(netns, sizeof(netns), "%.*s", (int)(colon - end), end);
	exact_enter(netns);
	s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s == -1 || bind(s, (struct sockaddr *)sin, len) == -1 ||
	    getsockname(s, (struct sockaddr *)sin, &len) == -1)
		err(1, "%s", end);
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big));
	return (s);
}

static void
take(struct probe *pr, const struct datagram *dg, uint64_t at)
{
	if (dg->dg_number >= pr->pr_count || dg->dg_sent > at)
		return; /* not ours */
	if (pr->pr_delay[dg->dg_number] != 0) {
		pr->pr_twice++;
		return;
	}
	pr->pr_delay[dg->dg_number] = at - dg->dg_sent + 1;
	if (dg->dg_number + 1 < pr->pr_highest)
		pr->pr_overtaken++;
	else
		pr->pr_highest = dg->dg_number + 1;
	pr->pr_received++;
}

/* Takes what arrives until then. */
static void
receive_until(struct probe *pr, uint64_t until)
{
	struct pollfd pfd = { .fd = pr->pr_to, .events = POLLIN };
	uint8_t buf[BYTES_MAX];
	struct datagram dg;
	struct timespec ts;
	uint64_t at;

	while (pr->pr_received < pr->pr_count && (at = exact_now()) < until) {
		ts.tv_sec = (time_t)((until - at) / SECOND);
		ts.tv_nsec = (long)((until - at) % SECOND);
		if (ppoll(&pfd, 1, &ts, NULL) != 1)
			continue;
		while (recv(pr->pr_to, buf, sizeof(buf), 0) >=
		    (ssize_t)sizeof(dg)) {
			memcpy(&dg, buf, sizeof(dg));
			take(pr, &dg, exact_now());
		}
	}
}

static void
run(struct probe *pr)
{
	uint8_t buf[BYTES_MAX] = { 0 };
	struct datagram dg;
	uint64_t start = exact_now();

	for (; pr->pr_sent < pr->pr_count; pr->pr_sent++) {
		receive_until(pr, start + pr->pr_sent * pr->pr_interval);
		dg.dg_number = pr->pr_sent;
		dg.dg_sent = exact_now();
		memcpy(buf, &dg, sizeof(dg));
		if (send(pr->pr_from, buf, pr->pr_bytes, 0) == -1)
			warn("datagram %" PRIu64, pr->pr_sent);
	}
	receive_until(pr, exact_now() + STRAGGLERS);
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return ((x > y) - (x < y));
}

/* Sorts n values in ns and prints percentiles in us; -1 without values. */
static void
print_spread(const char *name, uint64_t *v, size_t n)
{
	static const struct {
		const char *name;
		size_t percent;
	} points[] = { { "p50", 50 }, { "p99", 99 }, { "max", 100 } };
	size_t i, at;

	qsort(v, n, sizeof(*v), by_size);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		at = (n * points[i].percent + 99) / 100;
		printf(", \"%s_%s_us\": %.1f", name, points[i].name,
		    n == 0 ? -1.0 : (double)v[at - 1] / 1e3);
	}
}

static void
print_lost(const struct probe *pr)
{
	const char *comma = "";
	uint64_t i;

	printf(", \"lost\": [");
	for (i = 0; i < pr->pr_count; i++) {
		if (pr->pr_delay[i] != 0)
			continue;
		printf("%s%" PRIu64, comma, i);
		comma = ", ";
	}
	printf("]");
}

static void
print(const struct probe *pr)
{
	uint64_t *delay = calloc(pr->pr_count + 1, sizeof(*delay));
	uint64_t *jitter = calloc(pr->pr_count + 1, sizeof(*jitter));
	uint64_t i;
	size_t n = 0;

	if (delay == NULL || jitter == NULL)
		err(1, "results");
	for (i = 0; i < pr->pr_count; i++)
		if (pr->pr_delay[i] != 0)
			delay[n++] = pr->pr_delay[i] - 1;
	for (i = 1; i < n; i++)
		jitter[i - 1] = delay[i] > delay[i - 1] ?
		    delay[i] - delay[i - 1] :
		    delay[i - 1] - delay[i];
	printf("{\"sent\": %" PRIu64 ", \"received\": %" PRIu64
	       ", \"twice\": %" PRIu64 ", \"overtaken\": %" PRIu64,
	    pr->pr_sent, pr->pr_received, pr->pr_twice, pr->pr_overtaken);
	print_spread("jitter", jitter, n > 0 ? n - 1 : 0);
	print_spread("delay", delay, n);
	free(delay);
	free(jitter);
}

static uint64_t
number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v < min || v > max)
		errx(1, "%s: not a number from %" PRIu64 " to %" PRIu64, text,
		    min, max);
	return (v);
}

static bool
options(struct probe *pr, int argc, char **argv)
{
	bool list = false;
	int c;

	while ((c = getopt(argc, argv, "i:l:n:v")) != -1) {
		if (c == 'i')
			pr->pr_interval = 1000 * number(optarg, 0, 60000000);
		else if (c == 'l')
			pr->pr_bytes =
			    number(optarg, sizeof(struct datagram), BYTES_MAX);
		else if (c == 'n')
			pr->pr_count = number(optarg, 1, COUNT_MAX);
		else if (c == 'v')
			list = true;
		else
			argc = 0;
	}
	if (argc - optind != 2)
		errx(1,
		    "usage: h_probe [-n COUNT] [-i MICROSECONDS] "
		    "[-l BYTES] [-v] NETNS:ADDRESS NETNS:ADDRESS");
	return (list);
}

int
main(int argc, char **argv)
{
	struct probe pr = { .pr_count = 100,
		.pr_interval = 20000000,
		.pr_bytes = 200 };
	struct sockaddr_in from = { 0 }, to = { 0 };
	bool list = options(&pr, argc, argv);

	pr.pr_delay = calloc(pr.pr_count, sizeof(*pr.pr_delay));
	if (pr.pr_delay == NULL)
		err(1, "delays");
	pr.pr_to = open_end(argv[optind + 1], &to);
	pr.pr_from = open_end(argv[optind], &from);
	if (connect(pr.pr_from, (struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "%s", argv[optind + 1]);
	exact_priority();
	run(&pr);
	print(&pr);
	if (list)
		print_lost(&pr);
	printf("}\n");
	free(pr.pr_delay);
	return (0);
}
