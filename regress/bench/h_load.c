/* SPDX-License-Identifier: ISC */
/*
 * h_load: many sessions in one process, to measure what a hub's processor
 * time is spent on.  Frames are sent no faster than they arrive, so none is
 * lost and each is forwarded once; what counts is the hub's own time.
 *
 *	h_load ADDRESS PIN fdb PID...
 *	h_load ADDRESS PIN flood PID...
 *	h_load ADDRESS PIN rules|policy|capture PID...
 *
 * fdb: hubs "small" and "large", two sessions each, with 16 and 65,536
 * addresses in use; flood: 101 sessions of the hub "small", a flood against
 * as many unicasts; rules, policy, capture: UDP to many addresses and ports in
 * the hubs "small" and "large", of which the second has more to look at.
 * PID: the hub's processes.  Both in turns; the medians and their ratio are
 * printed.
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <dirent.h>
#include <err.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/bytes.h"
#include "kern/clock.h"
#include "net/offload.h"
#include "tunnel/conn.h"

enum {
	PEERS = 101,
	ROUNDS = 9,
	FRAMES = 40000,		/* of a round of fdb */
	FLOODS = 400,		/* of a round of flood */
	LENGTH = 1000,		/* of a frame */
	WINDOW = 256,		/* frames under way to one session */
	STUCK = 20000,		/* ms without progress: something was lost */
	SMALL = 16,		/* addresses */
	LARGE = 65536,
	TYPE = 0x88b6,		/* EtherType "local experimental 2" */
	IPV4 = 0x0800,
	ARP = 0x0806
};

struct peer {
	struct conn *pe_conn;
	struct frameq pe_queue;
	uint64_t pe_got;
	bool pe_open;
};

static struct peer peers[PEERS];
static struct event_base *base;
static struct conn_params params;
static struct sockaddr_in hub_addr;
static int npids;
static char **pids;
static uint64_t progress;	/* ms, of the last frame that came */

static void
on_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	struct peer *pe = arg;

	(void)cn;
	(void)rp;
	pe->pe_open = true;
}

static void
on_frame(struct conn *cn, struct frame *f, void *arg)
{
	struct peer *pe = arg;

	(void)cn;
	if (f->f_len == LENGTH) {
		pe->pe_got++;
		progress = clock_ms();
	}
	frame_free(f);
}

static void
on_round(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
}

static struct frame *
on_pull(struct conn *cn, void *arg)
{
	struct peer *pe = arg;

	(void)cn;
	return (frameq_get(&pe->pe_queue));
}

static void
on_close(struct conn *cn, const char *reason, int status, void *arg)
{
	(void)cn;
	(void)arg;
	errx(1, "the hub closed a connection: %s (%d)", reason, status);
}

static const struct conn_handlers handlers = {
	.ch_open = on_open,
	.ch_frame = on_frame,
	.ch_round = on_round,
	.ch_pull = on_pull,
	.ch_close = on_close,
};

static void
wait_events(void)
{
	const struct timeval tv = { .tv_usec = 100000 };

	event_base_loopexit(base, &tv);
	if (event_base_loop(base, EVLOOP_ONCE) == -1)
		errx(1, "event loop");
	if (clock_ms() - progress > STUCK)
		errx(1, "frames were lost");
}

static void
peer_open(struct peer *pe, const char *hub, const char *user)
{
	struct http_request rq = { .hr_host = "hub.example.com",
		.hr_password = "secret",
		/* as vnicd does; else each frame's FCS would be looked for */
		.hr_ext = { .hx_context = 2, .hx_can = OFFLOAD_CAN_CSUM } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strlcpy(rq.hr_hub, hub, sizeof(rq.hr_hub));
	strlcpy(rq.hr_user, user, sizeof(rq.hr_user));
	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&hub_addr, sizeof(hub_addr)) == -1)
		err(1, "connect");
	evutil_make_socket_nonblocking(fd);
	if (frameq_init(&pe->pe_queue, 4096, 64 << 20) == -1)
		err(1, NULL);
	pe->pe_conn =
	    conn_new_client(base, fd, "hub", &params, &rq, &handlers, pe);
	if (pe->pe_conn == NULL)
		errx(1, "no connection");
	progress = clock_ms();
	while (!pe->pe_open)
		wait_events();
}

/* Address n of peer p. */
static void
set_mac(uint8_t *mac, unsigned int p, uint32_t n)
{
	mac[0] = 2;
	mac[1] = (uint8_t)p;
	put32(mac + 2, n);
}

/* From address `from` of peer p; to < 0: to all. */
static void
send_frame(unsigned int p, uint32_t from, int to, uint32_t address)
{
	struct frame *f = frame_alloc(LENGTH);

	if (f == NULL)
		errx(1, "no memory");
	memset(f->f_data, 0, LENGTH);
	set_mac(f->f_data + 6, p, from);
	if (to < 0)
		memset(f->f_data, 0xff, 6);
	else
		set_mac(f->f_data, (unsigned int)to, address);
	put16(f->f_data + 12, TYPE);
	frameq_put(&peers[p].pe_queue, f);
}

/* Until each of peers[first .. last] has got n frames more than at `was`. */
static void
wait_for(unsigned int first, unsigned int last, const uint64_t *was, uint64_t n)
{
	unsigned int i;

	for (i = first; i <= last; i++)
		while (peers[i].pe_got - was[i] < n)
			wait_events();
}

static void
mark(uint64_t *was)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++)
		was[i] = peers[i].pe_got;
	progress = clock_ms();
}

/* Nanoseconds that one thread has run. */
static uint64_t
thread_time(const char *pid, const char *tid)
{
	unsigned long long ns = 0;
	char path[320];
	FILE *fp;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, tid);
	if ((fp = fopen(path, "r")) == NULL || fscanf(fp, "%llu", &ns) != 1)
		err(1, "%s", path);
	fclose(fp);
	return (ns);
}

static uint64_t
hub_time(void)
{
	const struct dirent *de;
	char path[64];
	uint64_t ns = 0;
	DIR *dir;
	int i;

	for (i = 0; i < npids; i++) {
		snprintf(path, sizeof(path), "/proc/%s/task", pids[i]);
		if ((dir = opendir(path)) == NULL)
			err(1, "%s", path);
		while ((de = readdir(dir)) != NULL)
			if (de->d_name[0] != '.')
				ns += thread_time(pids[i], de->d_name);
		closedir(dir);
	}
	return (ns);
}

/* Addresses 0 .. n-1 of peer a become known; address 0 of peer b is. */
static void
learn(unsigned int a, unsigned int b, uint32_t n)
{
	uint64_t was[PEERS];
	uint32_t i;

	mark(was);
	for (i = 0; i < n; i++) {
		send_frame(a, i, (int)b, 0);
		if (i % WINDOW != WINDOW - 1 && i != n - 1)
			continue;
		conn_push(peers[a].pe_conn);
		wait_for(b, b, was, i + 1);
	}
}

/* Address 0 of peer p becomes known, by a flood that peer `at` gets, too. */
static void
announce(unsigned int p, unsigned int at)
{
	uint64_t was[PEERS];

	mark(was);
	send_frame(p, 0, -1, 0);
	conn_push(peers[p].pe_conn);
	wait_for(at, at, was, 1);
}

/* Hub time of a frame among 2 n addresses of peers a and b. */
static double
unicasts(unsigned int a, uint32_t n)
{
	static uint32_t seed = 1;
	uint64_t was[PEERS], before = hub_time();
	unsigned int i;

	mark(was);
	for (i = 1; i <= FRAMES; i++) {
		seed = seed * 1664525 + 1013904223;
		send_frame(a, (seed >> 16) % n, (int)a + 1,
		    (seed * 22695477 >> 16) % n);
		if (i % 32 != 0)
			continue;
		conn_push(peers[a].pe_conn);
		if (i >= WINDOW)
			wait_for(a + 1, a + 1, was, i - WINDOW + 32);
	}
	wait_for(a + 1, a + 1, was, FRAMES);
	return ((double)(hub_time() - before) / FRAMES);
}

/* Hub time of n floods to all the others, or of as many unicasts. */
static double
floods(bool flood)
{
	uint64_t was[PEERS], before = hub_time();
	unsigned int i, k;

	mark(was);
	for (i = 1; i <= FLOODS; i++) {
		if (flood)
			send_frame(0, 0, -1, 0);
		for (k = 1; !flood && k < PEERS; k++)
			send_frame(0, 0, (int)k, 0);
		conn_push(peers[0].pe_conn);
		/* few at a time: a round of the hub's has both alike */
		if (i >= 4)
			wait_for(1, PEERS - 1, was, i - 3);
	}
	wait_for(1, PEERS - 1, was, FLOODS);
	return ((double)(hub_time() - before) / (FLOODS * (PEERS - 1)));
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	return (v[ROUNDS / 2]);
}

static void
bench_fdb(void)
{
	double small[ROUNDS], large[ROUNDS];
	int i;

	for (i = 0; i < 4; i++)
		peer_open(&peers[i], i < 2 ? "small" : "large", "load");
	for (i = 0; i < 4; i++) {
		unsigned int p = (unsigned int)i, other = p ^ 1;

		announce(other, p);
		learn(p, other, i < 2 ? SMALL / 2 : LARGE / 2);
	}
	for (i = 0; i < ROUNDS; i++) {
		small[i] = unicasts(0, SMALL / 2);
		large[i] = unicasts(2, LARGE / 2);
	}
	printf("fdb: %.0f ns of the hub a frame with %d addresses, %.0f with "
	       "%d\nfdb-rate-ratio %.3f\n",
	    median(small), SMALL, median(large), LARGE,
	    median(small) / median(large));
}

static void
bench_flood(void)
{
	double one[ROUNDS], each[ROUNDS];
	unsigned int i;

	for (i = 0; i < PEERS; i++)
		peer_open(&peers[i], "small", "load");
	/* all are known: nothing but what is meant to floods */
	for (i = 0; i < PEERS; i++)
		announce(i, i == 0 ? PEERS - 1 : 0);
	for (i = 0; i < ROUNDS; i++) {
		one[i] = floods(true);
		each[i] = floods(false);
	}
	printf("flood: %.0f ns of the hub for each of %d ports, %.0f for a "
	       "unicast\nflood-cpu-ratio %.3f\n",
	    median(one), PEERS - 1, median(each), median(one) / median(each));
}

/* A frame of this type from address 0 of peer p to that of its partner. */
static struct frame *
frame_between(unsigned int p, uint16_t type)
{
	struct frame *f = frame_alloc(LENGTH);

	if (f == NULL)
		errx(1, "no memory");
	memset(f->f_data, 0, LENGTH);
	set_mac(f->f_data, p ^ 1, 0);
	set_mac(f->f_data + 6, p, 0);
	put16(f->f_data + 12, type);
	return (f);
}

static uint32_t
own_address(unsigned int p)
{
	return (0x0a010001 + p);
}

/* IPv4 and UDP headers around what is in the frame, without checksums. */
static void
put_udp(struct frame *f, uint32_t src, uint32_t dst, uint16_t sport,
    uint16_t dport)
{
	uint8_t *ip = f->f_data + 14;

	ip[0] = 0x45;
	put16(ip + 2, LENGTH - 14);
	ip[8] = 64;
	ip[9] = 17;
	put32(ip + 12, src);
	put32(ip + 16, dst);
	put16(ip + 20, sport);
	put16(ip + 22, dport);
	put16(ip + 24, LENGTH - 34);
}

static void
send_now(unsigned int p, struct frame *f, bool group)
{
	uint64_t was[PEERS];

	mark(was);
	if (group)
		memset(f->f_data, 0xff, 6);
	frameq_put(&peers[p].pe_queue, f);
	conn_push(peers[p].pe_conn);
	wait_for(p ^ 1, p ^ 1, was, 1);
}

/* Peer p's address, leased by its partner: for policies that want it so. */
static void
lease(unsigned int p)
{
	static const uint8_t options[] = { 99, 130, 83, 99, 53, 1, 5, 255 };
	struct frame *f;
	uint8_t *dhcp;
	int reply;

	for (reply = 0; reply <= 1; reply++) {
		f = frame_between(reply ? p ^ 1 : p, IPV4);
		put_udp(f, reply ? own_address(p ^ 1) : 0, 0xffffffff,
		    reply ? 67 : 68, reply ? 68 : 67);
		dhcp = f->f_data + 42;
		dhcp[0] = (uint8_t)(1 + reply);
		set_mac(dhcp + 28, p, 0);
		if (reply)
			put32(dhcp + 16, own_address(p));
		memcpy(dhcp + 236, options, sizeof(options));
		dhcp[236 + 6] = reply ? 5 : 1;
		send_now(reply ? p ^ 1 : p, f, !reply);
	}
}

static void
say_arp(unsigned int p)
{
	static const uint8_t head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	struct frame *f = frame_between(p, ARP);

	memcpy(f->f_data + 14, head, sizeof(head));
	set_mac(f->f_data + 22, p, 0);
	put32(f->f_data + 28, own_address(p));
	put32(f->f_data + 38, own_address(p ^ 1));
	send_now(p, f, true);
}

/* Hub time of a packet from peer p to its partner. */
static double
packets(unsigned int p)
{
	static uint32_t seed = 1;
	uint64_t was[PEERS], before = hub_time();
	struct frame *f;
	unsigned int i;

	mark(was);
	for (i = 1; i <= FRAMES; i++) {
		seed = seed * 1664525 + 1013904223;
		f = frame_between(p, IPV4);
		put_udp(f, own_address(p), 0x0a000000 + (seed >> 8),
		    (uint16_t)(1024 + i % 1000), (uint16_t)(seed >> 3 | 1024));
		frameq_put(&peers[p].pe_queue, f);
		if (i % 32 != 0)
			continue;
		conn_push(peers[p].pe_conn);
		if (i >= WINDOW)
			wait_for(p ^ 1, p ^ 1, was, i - WINDOW + 32);
	}
	wait_for(p ^ 1, p ^ 1, was, FRAMES);
	return ((double)(hub_time() - before) / FRAMES);
}

/* What the hub "large" looks at more than "small" does. */
static void
bench_judged(const char *what)
{
	double small[ROUNDS], large[ROUNDS];
	unsigned int i;

	for (i = 0; i < 4; i++)
		peer_open(&peers[i], i < 2 ? "small" : "large",
		    i % 2 == 0 ? "judged" : "load");
	for (i = 0; i < 4; i += 2) {
		lease(i);
		say_arp(i);
		say_arp(i + 1);
	}
	for (i = 0; i < ROUNDS; i++) {
		small[i] = packets(0);
		large[i] = packets(2);
	}
	printf("%s: %.0f ns of the hub a packet, %.0f without\n"
	       "%s-cpu-ratio %.3f\n",
	    what, median(large), median(small), what,
	    median(large) / median(small));
}

static void
set_up(const char *address, const char *text)
{
	uint8_t pin[1][CRYPTO_PIN_LEN];
	char error[256];

	hub_addr.sin_family = AF_INET;
	hub_addr.sin_port = htons(443);
	if (inet_pton(AF_INET, address, &hub_addr.sin_addr) != 1)
		errx(1, "%s is no address", address);
	if (crypto_pin_parse(text, pin[0]) == -1)
		errx(1, "%s is no pin", text);
	params = (struct conn_params){ .cp_crypto = &crypto_openssl,
		.cp_ctx = crypto_openssl.co_client_ctx(pin, 1, NULL, NULL,
		    error, sizeof(error)),
		.cp_encap = &encap_capsule,
		.cp_handshake_ms = 60000,
		.cp_max_frame = LENGTH,
		.cp_can = OFFLOAD_CAN_CSUM };
	if (params.cp_ctx == NULL)
		errx(1, "%s", error);
	if ((base = event_base_new()) == NULL)
		errx(1, "no event loop");
	frame_set_limit((size_t)512 << 20);
}

int
main(int argc, char **argv)
{
	if (argc < 5)
		errx(1,
		    "usage: h_load ADDRESS PIN "
		    "fdb|flood|rules|policy|capture PID...");
	set_up(argv[1], argv[2]);
	pids = argv + 4;
	npids = argc - 4;
	if (strcmp(argv[3], "fdb") == 0)
		bench_fdb();
	else if (strcmp(argv[3], "flood") == 0)
		bench_flood();
	else if (strcmp(argv[3], "rules") == 0 ||
	    strcmp(argv[3], "policy") == 0 || strcmp(argv[3], "capture") == 0)
		bench_judged(argv[3]);
	else
		errx(1,
		    "%s is not one of fdb, flood, rules, policy, "
		    "capture",
		    argv[3]);
	return (0);
}
