/* SPDX-License-Identifier: ISC */
/*
 * h_sessions: many sessions of a hub in one process, which send frames to
 * each other in pairs: 0 to 1, 1 to 0, 2 to 3, ...
 *
 *	h_sessions -n SESSIONS -P PIN -u USER -w PASSWORD [-r RATE] [-s SIZE]
 *	    [-t MS] ADDRESS PORT
 *
 * Opens the sessions, a few at a time, and prints {"open": SESSIONS}. At
 * SIGUSR1 each sends RATE frames of SIZE bytes a second for MS milliseconds;
 * when the last ones have come, it prints {"sent": .., "received": ..,
 * "closed": ..}. It ends on SIGTERM.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "kern/frame.h"
#include "tunnel/conn.h"

enum {
	OPENING = 8,		/* sessions that log in at the same time */
	QUEUE_FRAMES = 256,
	QUEUE_BYTES = 1 << 20,
	TICK = 2000,		/* us between rounds of sending */
	BURST = 64,		/* most frames of a session in a round */
	SETTLE = 5,		/* seconds for the last frames to arrive */
	CONTEXT = 2,		/* of offload, as vnicd's */
	KEEPALIVE = 20,
	TYPE = 0x88b6,		/* "local experimental 2" */
	MAC_LEN = 6,
	FRAME_LEAST = 60
};

static const char magic[8] = "LWsessio";

struct peer {
	struct conn *pe_conn;
	struct frameq pe_queue;
	uint64_t pe_sent;
	unsigned int pe_number;
};

static struct {
	struct event_base *base;
	struct event *tick, *settle;
	struct sockaddr_in to;
	struct conn_params params;
	struct http_request request;
	struct peer *peers;
	unsigned int npeers, started, open, closed;
	unsigned int size;
	double rate;
	uint64_t start, ms;	/* clock_us(), and how long */
	uint64_t sent, received;
} me;

static void
mac(uint8_t p[MAC_LEN], unsigned int peer)
{
	const uint8_t own[MAC_LEN] = { 2, 0, 0, 0, (uint8_t)(peer >> 8),
		(uint8_t)peer };

	memcpy(p, own, sizeof(own));
}

static void
queue_frame(struct peer *pe, unsigned int to)
{
	struct frame *f = frame_alloc(me.size);
	const uint8_t type[2] = { TYPE >> 8, TYPE & 0xff };

	if (f == NULL)
		errx(1, "no memory for frames");
	memset(f->f_data, 0, me.size);
	mac(f->f_data, to);
	mac(f->f_data + MAC_LEN, pe->pe_number);
	memcpy(f->f_data + 2 * MAC_LEN, type, sizeof(type));
	memcpy(f->f_data + 2 * MAC_LEN + 2, magic, sizeof(magic));
	if (frameq_put(&pe->pe_queue, f) > 0)
		warnx("a frame did not fit the queue: lower the rate");
}

/*
 * Connections.
 */

static void open_next(void);

static void
on_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	(void)cn;
	(void)rp;
	(void)arg;
	me.open++;
	open_next();
}

static void
on_frame(struct conn *cn, struct frame *f, void *arg)
{
	(void)cn;
	(void)arg;
	if (f->f_len >= 2 * MAC_LEN + 2 + sizeof(magic) &&
	    memcmp(f->f_data + 2 * MAC_LEN + 2, magic, sizeof(magic)) == 0)
		me.received++;
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
	struct peer *pe = arg;

	(void)cn;
	pe->pe_conn = NULL;
	me.closed++;
	warnx("session %u: %s (status %d)", pe->pe_number, reason, status);
	if (me.open < me.npeers)
		exit(1);
}

static const struct conn_handlers handlers = {
	.ch_open = on_open,
	.ch_frame = on_frame,
	.ch_round = on_round,
	.ch_pull = on_pull,
	.ch_close = on_close,
};

static void
open_next(void)
{
	struct peer *pe;
	int fd;

	if (me.started == me.npeers)
		return;
	pe = &me.peers[me.started];
	pe->pe_number = me.started++;
	if (frameq_init(&pe->pe_queue, QUEUE_FRAMES, QUEUE_BYTES) == -1)
		errx(1, "no memory for a queue");
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&me.to, sizeof(me.to)) == -1)
		err(1, "connection %u", pe->pe_number);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "fcntl");
	pe->pe_conn = conn_new_client(me.base, fd, "hub", &me.params,
	    &me.request, &handlers, pe);
	if (pe->pe_conn == NULL)
		errx(1, "no memory for a connection");
}

/*
 * Sending.
 */

static void
send_due(struct peer *pe, double seconds)
{
	uint64_t due = (uint64_t)(seconds * me.rate);
	unsigned int n;

	for (n = 0; pe->pe_sent < due && n < BURST; n++, pe->pe_sent++)
		queue_frame(pe, pe->pe_number ^ 1);
	me.sent += n;
	if (n > 0)
		conn_push(pe->pe_conn);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	uint64_t us = clock_us() - me.start;
	const struct timeval settle = { .tv_sec = SETTLE };
	unsigned int i;

	(void)fd;
	(void)what;
	(void)arg;
	if (us > me.ms * 1000) {
		event_del(me.tick);
		event_add(me.settle, &settle);
		return;
	}
	/* sessions do not all send at the same moment */
	for (i = 0; i < me.npeers; i++)
		if (me.peers[i].pe_conn != NULL)
			send_due(&me.peers[i],
			    (double)us / 1e6 + (double)i / me.npeers / me.rate);
}

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	printf("{\"sent\": %ju, \"received\": %ju, \"closed\": %u}\n",
	    (uintmax_t)me.sent, (uintmax_t)me.received, me.closed);
	fflush(stdout);
}

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval tick = { .tv_usec = TICK };

	(void)fd;
	(void)what;
	(void)arg;
	me.start = clock_us();
	event_add(me.tick, &tick);
}

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
	unsigned int i;

	(void)fd;
	(void)what;
	(void)arg;
	for (i = 0; i < me.started; i++)
		if (me.peers[i].pe_conn != NULL)
			conn_free(me.peers[i].pe_conn);
	exit(0);
}

/*
 * Set-up.
 */

static void
files_allowed(unsigned int n)
{
	struct rlimit rl = { .rlim_cur = n + 64, .rlim_max = n + 64 };

	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "%u open files", n + 64);
}

static void
use_pin(const char *text)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	struct crypto_ctx *cx;
	char why[256];

	if (crypto_pin_parse(text, pin) == -1)
		errx(1, "%s: not a pin", text);
	cx = crypto_openssl.co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN]) &
		pin,
	    1, NULL, NULL, why, sizeof(why));
	if (cx == NULL)
		errx(1, "%s", why);
	me.params = (struct conn_params){
		.cp_crypto = &crypto_openssl,
		.cp_ctx = cx,
		.cp_encap = &encap_capsule,
		.cp_sni = "hub.example.com",
		.cp_handshake_ms = 60000,
		.cp_max_frame = FRAME_MAX,
		.cp_can = 0xf,
	};
}

static void
use_address(const char *address, const char *port)
{
	me.to.sin_family = AF_INET;
	me.to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &me.to.sin_addr) != 1)
		errx(1, "%s: not an address", address);
	strlcpy(me.request.hr_host, "hub.example.com", HTTP_HOST_MAX);
	me.request.hr_ext = (struct http_extensions){
		.hx_context = CONTEXT,
		.hx_can = 0xf,
		.hx_keepalive = KEEPALIVE,
		.hx_session = HTTP_SESSION_NEW,
	};
}

static unsigned int
number(const char *text, unsigned int low, unsigned int high)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || v < low || v > high)
		errx(1, "%s: not a number from %u to %u", text, low, high);
	return ((unsigned int)v);
}

static void
option(int ch, char *text)
{
	switch (ch) {
	case 'n':
		me.npeers = number(text, 2, 65536);
		break;
	case 'P':
		use_pin(text);
		break;
	case 'r':
		me.rate = number(text, 1, 10000000);
		break;
	case 's':
		me.size = number(text, FRAME_LEAST, 1514);
		break;
	case 't':
		me.ms = number(text, 1, 3600000);
		break;
	case 'u':
		strlcpy(me.request.hr_user, text, HTTP_NAME_MAX);
		break;
	case 'w':
		strlcpy(me.request.hr_password, text, HTTP_PASSWORD_MAX);
		break;
	default:
		exit(1);
	}
}

static void
check_options(int left)
{
	if (left != 2 || me.npeers == 0 || me.params.cp_ctx == NULL)
		errx(1,
		    "usage: h_sessions -n SESSIONS -P PIN -u USER "
		    "-w PASSWORD [-r RATE] [-s SIZE] [-t MS] ADDRESS PORT");
	if (me.npeers % 2 != 0)
		errx(1, "sessions come in pairs");
}

/* To itself at last: the hub learns the address and sends the frame nowhere. */
static void
open_all(void)
{
	unsigned int i;

	for (i = 0; i < OPENING; i++)
		open_next();
	while (me.open < me.npeers)
		event_base_loop(me.base, EVLOOP_ONCE);
	for (i = 0; i < me.npeers; i++)
		if (me.peers[i].pe_conn != NULL) {
			queue_frame(&me.peers[i], i);
			conn_push(me.peers[i].pe_conn);
		}
}

int
main(int argc, char **argv)
{
	int ch;

	me.size = FRAME_LEAST;
	me.rate = 20;
	me.ms = 1000;
	while ((ch = getopt(argc, argv, "P:n:r:s:t:u:w:")) != -1)
		option(ch, optarg);
	check_options(argc - optind);
	use_address(argv[optind], argv[optind + 1]);
	files_allowed(me.npeers);
	signal(SIGPIPE, SIG_IGN);
	if ((me.base = event_base_new()) == NULL ||
	    (me.peers = calloc(me.npeers, sizeof(*me.peers))) == NULL)
		errx(1, "no memory");
	me.tick = event_new(me.base, -1, EV_PERSIST, on_tick, NULL);
	me.settle = event_new(me.base, -1, 0, on_settled, NULL);
	event_add(evsignal_new(me.base, SIGUSR1, on_start, NULL), NULL);
	event_add(evsignal_new(me.base, SIGTERM, on_term, NULL), NULL);
	open_all();
	printf("{\"open\": %u}\n", me.open);
	fflush(stdout);
	event_base_dispatch(me.base);
	return (0);
}
