/* SPDX-License-Identifier: ISC */
/*
 * usage: h_slow ADDRESS PORT FIRST ADDRESSES COUNT TLS SECONDS
 *
 * Keeps COUNT slow connections to ADDRESS:PORT open for that long, from so
 * many ADDRESSES in turn, FIRST, FIRST + 1...: the first TLS of them with a
 * whole TLS handshake and then a byte of a request a second, the others with
 * nothing or the beginning of a handshake.  All come within seconds; one that
 * is closed comes again when it is its turn.  Where SYNs stay without an answer
 * they come at a slower pace: a flood of SYNs is another thing, and to drop it
 * may cost an emulated machine all its time.
 * Prints a line a second: how many are open, how many of them with TLS, how
 * often one was opened, how many have come, how many handshakes were made, and
 * the pace in percent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ROUND_MS = 50,
	SPARE_FILES = 64,
	/* opened a second: until all have come, afterwards, and of TLS */
	RATE_FIRST = 1000,
	RATE_AGAIN = 400,
	RATE_TLS = 100,
	/*
	 * So many without an answer for a second halve the pace, which comes
	 * back by one percent a second.
	 */
	STUCK = 20,
	PACE_MIN = 5 /* percent */
};

struct slow {
	int sl_fd;
	SSL *sl_ssl;
	struct event *sl_event;
	bool sl_tls;
	bool sl_up;
	bool sl_came;
	bool sl_answered;	/* its SYN */
	bool sl_looked;		/* not answered at the last look */
	unsigned int sl_sent;
	struct in_addr sl_from;
};

/* Those from first to before end; the next to be opened. */
struct group {
	unsigned int gr_first;
	unsigned int gr_end;
	unsigned int gr_next;
	unsigned int gr_credit;	/* of one, in parts of PARTS */
};

enum { PARTS = 100 * 1000 };

static struct event_base *base;
static struct sockaddr_in to;
static struct slow *slows;
static struct group with_tls, without;
static unsigned int count, opened, up, again, came, handshakes;
static unsigned int pace = 100;
static SSL_CTX *ctx;

static void
slow_close(struct slow *sl)
{
	if (sl->sl_fd == -1)
		return;
	if (sl->sl_ssl != NULL)
		SSL_free(sl->sl_ssl);
	event_free(sl->sl_event);
	close(sl->sl_fd);
	up -= sl->sl_up;
	opened--;
	sl->sl_ssl = NULL;
	sl->sl_fd = -1;
	sl->sl_up = sl->sl_answered = sl->sl_looked = false;
	sl->sl_sent = 0;
}

static void
slow_handshake(struct slow *sl)
{
	int n = SSL_connect(sl->sl_ssl);

	if (n == 1) {
		sl->sl_up = true;
		up++;
		handshakes++;
		return;
	}
	n = SSL_get_error(sl->sl_ssl, n);
	if (n != SSL_ERROR_WANT_READ && n != SSL_ERROR_WANT_WRITE)
		slow_close(sl);
}

/* Something came: our part of a handshake, or the end. */
static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct slow *sl = arg;
	char buf[4096];

	(void)what;
	if (sl->sl_ssl != NULL && !sl->sl_up)
		slow_handshake(sl);
	else if (sl->sl_ssl != NULL) {
		if (SSL_read(sl->sl_ssl, buf, sizeof(buf)) <= 0 &&
		    SSL_get_error(sl->sl_ssl, -1) != SSL_ERROR_WANT_READ)
			slow_close(sl);
	} else if (recv(fd, buf, sizeof(buf), 0) <= 0 && errno != EAGAIN)
		slow_close(sl);
}

static void
slow_open(struct slow *sl)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr = sl->sl_from };
	int on = 1;

	sl->sl_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (sl->sl_fd == -1)
		err(1, "socket");
	setsockopt(sl->sl_fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
	if (bind(sl->sl_fd, (struct sockaddr *)&from, sizeof(from)) == -1)
		err(1, "bind");
	if (connect(sl->sl_fd, (struct sockaddr *)&to, sizeof(to)) == -1 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	sl->sl_event =
	    event_new(base, sl->sl_fd, EV_READ | EV_PERSIST, on_read, sl);
	if (sl->sl_event == NULL || event_add(sl->sl_event, NULL) == -1)
		errx(1, "event");
	opened++;
	again++;
	came += !sl->sl_came;
	sl->sl_came = true;
	if (!sl->sl_tls)
		return;
	if ((sl->sl_ssl = SSL_new(ctx)) == NULL ||
	    SSL_set_fd(sl->sl_ssl, sl->sl_fd) != 1)
		errx(1, "SSL_new");
}

/* A byte now and then: of a TLS record, or of a request in TLS. */
static void
slow_drip(struct slow *sl)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc";
	static const char request[] = "GET /login HTTP/1.1\r\nHost: x\r\n";

	if (sl->sl_up && sl->sl_sent < sizeof(request) - 1) {
		if (SSL_write(sl->sl_ssl, request + sl->sl_sent, 1) == 1)
			sl->sl_sent++;
	} else if (sl->sl_ssl != NULL && !sl->sl_up)
		slow_handshake(sl);
	else if (sl->sl_ssl == NULL && (sl - slows) % 2 == 0 &&
	    sl->sl_sent < sizeof(hello) - 1) {
		if (send(sl->sl_fd, hello + sl->sl_sent, 1, MSG_NOSIGNAL) == 1)
			sl->sl_sent++;
	}
}

/* One round's part of those that are not open, by turns. */
static void
group_open(struct group *gr, unsigned int rate)
{
	unsigned int left = gr->gr_end - gr->gr_first, budget;

	gr->gr_credit += rate * ROUND_MS * pace;
	budget = gr->gr_credit / PARTS;
	gr->gr_credit %= PARTS;
	for (; left > 0 && budget > 0; left--) {
		if (slows[gr->gr_next].sl_fd == -1) {
			slow_open(&slows[gr->gr_next]);
			budget--;
		}
		if (++gr->gr_next == gr->gr_end)
			gr->gr_next = gr->gr_first;
	}
}

/* Whether the SYN of one is still not answered at the second look. */
static bool
slow_stuck(struct slow *sl)
{
	struct tcp_info ti;
	socklen_t len = sizeof(ti);
	bool looked = sl->sl_looked;

	if (sl->sl_answered)
		return (false);
	if (getsockopt(sl->sl_fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == -1)
		err(1, "TCP_INFO");
	sl->sl_answered = ti.tcpi_state != TCP_SYN_SENT;
	sl->sl_looked = true;
	return (looked && !sl->sl_answered);
}

static void
on_second(void)
{
	unsigned int i, stuck = 0;

	for (i = 0; i < count; i++) {
		if (slows[i].sl_fd == -1)
			continue;
		stuck += slow_stuck(&slows[i]);
		slow_drip(&slows[i]);
	}
	if (stuck > STUCK)
		pace = pace / 2 > PACE_MIN ? pace / 2 : PACE_MIN;
	else
		pace += pace < 100;
	printf("open %u tls %u opened %u came %u handshakes %u pace %u\n",
	    opened, up, again, came, handshakes, pace);
	fflush(stdout);
}

static void
on_round(evutil_socket_t fd, short what, void *arg)
{
	static unsigned int rounds;

	(void)fd;
	(void)what;
	(void)arg;
	group_open(&with_tls, RATE_TLS);
	group_open(&without, came < count ? RATE_FIRST : RATE_AGAIN);
	if (++rounds % (1000 / ROUND_MS) == 0)
		on_second();
}

int
main(int argc, char **argv)
{
	struct timeval tick = { .tv_usec = ROUND_MS * 1000 }, end = { 0, 0 };
	struct rlimit rl;
	struct in_addr first;
	unsigned int i, tls, addresses;
	struct event *ev;

	if (argc != 8)
		errx(1,
		    "usage: h_slow address port first addresses count tls "
		    "seconds");
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	addresses = (unsigned int)atoi(argv[4]);
	count = (unsigned int)atoi(argv[5]);
	tls = (unsigned int)atoi(argv[6]);
	end.tv_sec = atoi(argv[7]);
	if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &first) != 1)
		errx(1, "not an address");
	with_tls = (struct group){ 0, tls, 0, 0 };
	without = (struct group){ tls, count, tls, 0 };
	rl.rlim_cur = rl.rlim_max = count + SPARE_FILES;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	ctx = SSL_CTX_new(TLS_client_method());
	slows = calloc(count, sizeof(*slows));
	if (base == NULL || ctx == NULL || slows == NULL)
		errx(1, "no memory");
	for (i = 0; i < count; i++) {
		slows[i].sl_fd = -1;
		slows[i].sl_tls = i < tls;
		slows[i].sl_from.s_addr =
		    htonl(ntohl(first.s_addr) + i % addresses);
	}
	ev = event_new(base, -1, EV_PERSIST, on_round, NULL);
	if (ev == NULL || event_add(ev, &tick) == -1)
		errx(1, "event");
	event_base_loopexit(base, &end);
	event_base_dispatch(base);
	event_free(ev);
	for (i = 0; i < count; i++)
		slow_close(&slows[i]);
	free(slows);
	SSL_CTX_free(ctx);
	event_base_free(base);
	return (0);
}
