/* SPDX-License-Identifier: ISC */
/*
 * usage: h_emu [-c FIFO] [-j FILE] [-s SEED] NETNS:IF NETNS:IF
 *	    [WAY:SETTING,...]...
 *
 * Emulates a link. Its ends are two taps that it makes, one in each namespace
 * (as in "ip netns", empty for its own), named IF. WAY is up, from the first
 * to the second, down, or both; the settings are those of link_set():
 *
 *	h_emu -s 1 a:wan b:wan both:delay=10ms,rate=100mbit,queue=20ms \
 *	    up:loss=1%
 *
 * What the kernel sends into a tap is segmented and has its checksums: each
 * frame counts with its real size. Lines written to FIFO, which is made, are
 * more of WAY:SETTING,...; the line "stats" writes the statistics to FILE.
 * SIGTERM ends it; statistics go to FILE, else to stdout, as JSON. The same
 * seed decides the same about the frame of the same number.
 */
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/exact.h"
#include "emu/link.h"
#include "emu/wire.h"

#define FRAMES_MAX (1 << 17) /* on their way, both ways */
#define READS 64	     /* frames from one end before the other's turn */
#define TX_QUEUE 10000	     /* frames that the kernel holds while we wait */
#define LATE_STEP 50000	     /* ns, of the histogram of lateness */
#define LATE_STEPS 400

enum { UP, DOWN, WAYS };
static const char *const way_names[WAYS] = { "up", "down" };

/* what an event is for; the ends are UP and DOWN */
enum { TIMER = WAYS, CONTROL, SIGNAL };

struct emu {
	struct link em_link[WAYS];
	int em_tap[WAYS]; /* where frames of this way come from */
	struct wire *em_wire;
	int em_epoll, em_timer, em_signal, em_control;
	uint64_t em_refused;		  /* by the kernel */
	uint64_t em_late[LATE_STEPS + 1]; /* frames, by lateness */
	uint64_t em_late_max;
	const char *em_json;
	char em_line[256]; /* of the control FIFO */
	size_t em_line_len;
	bool em_end;
};

/* Up, with a queue that a late wake-up does not overrun. */
static void
raise_tap(struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s == -1)
		err(1, "socket");
	ifr->ifr_qlen = TX_QUEUE;
	if (ioctl(s, SIOCSIFTXQLEN, ifr) == -1)
		err(1, "%s: queue length", ifr->ifr_name);
	if (ioctl(s, SIOCGIFFLAGS, ifr) == -1)
		err(1, "%s", ifr->ifr_name);
	ifr->ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, ifr) == -1)
		err(1, "%s: up", ifr->ifr_name);
	close(s);
}

/* Makes the tap NETNS:IF and returns its descriptor. */
static int
open_end(const char *end)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	const char *colon = strchr(end, ':');
	char netns[64];
	int fd, own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (colon == NULL || colon - end >= (int)sizeof(netns) ||
	    strlen(colon + 1) >= IFNAMSIZ)
		errx(1, "%s: not NETNS:IF", end);
	memcpy(netns, end, (size_t)(colon - end));
	netns[colon - end] = '\0';
	strlcpy(ifr.ifr_name, colon + 1, sizeof(ifr.ifr_name));
	exact_enter(netns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "%s", end);
	raise_tap(&ifr);
	if (setns(own, CLONE_NEWNET) == -1)
		err(1, "own namespace");
	close(own);
	return (fd);
}

static bool
is_word(const char *text, size_t n, const char *word)
{
	return (n == strlen(word) && memcmp(text, word, n) == 0);
}

/* "WAY:SETTING,..."; false with the fault in msg. */
static bool
apply(struct emu *em, const char *text, char *msg, size_t len)
{
	const char *colon = strchr(text, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	bool known = false;
	int w;

	for (w = 0; w < WAYS; w++) {
		if (!is_word(text, n, way_names[w]) &&
		    !is_word(text, n, "both"))
			continue;
		known = true;
		if (!link_set(&em->em_link[w], exact_now(), colon + 1, msg,
			len))
			return (false);
	}
	if (!known)
		snprintf(msg, len, "no such way: %s", text);
	return (known);
}

static void
print_link(FILE *f, const char *name, const struct link_stats *ls)
{
	fprintf(f,
	    "\"%s\": {\"in\": %" PRIu64 ", \"in_bytes\": %" PRIu64
	    ", \"out\": %" PRIu64 ", \"out_bytes\": %" PRIu64
	    ", \"queue_full\": %" PRIu64 ", \"lost\": %" PRIu64
	    ", \"outage\": %" PRIu64 ", \"overflow\": %" PRIu64
	    ", \"overtaken\": %" PRIu64 ", \"queue_max\": %" PRIu64 "},\n",
	    name, ls->ls_in, ls->ls_in_bytes, ls->ls_out, ls->ls_out_bytes,
	    ls->ls_queue_full, ls->ls_lost, ls->ls_outage, ls->ls_overflow,
	    ls->ls_overtaken, ls->ls_queue_max);
}

/* Lateness in us that a share of the frames did not exceed. */
static uint64_t
late(const struct emu *em, double share)
{
	uint64_t total = 0, sum = 0;
	int i;

	for (i = 0; i <= LATE_STEPS; i++)
		total += em->em_late[i];
	for (i = 0; i < LATE_STEPS; i++) {
		sum += em->em_late[i];
		if ((double)sum >= share * (double)total)
			break;
	}
	return ((uint64_t)(i + 1) * (LATE_STEP / 1000));
}

static void
print_stats(const struct emu *em)
{
	FILE *f = em->em_json == NULL ? stdout : fopen(em->em_json, "w");
	int w;

	if (f == NULL)
		err(1, "%s", em->em_json);
	fprintf(f, "{");
	for (w = 0; w < WAYS; w++)
		print_link(f, way_names[w], &em->em_link[w].ln_stats);
	fprintf(f,
	    "\"refused\": %" PRIu64 ", \"late_p50_us\": %" PRIu64
	    ", \"late_p99_us\": %" PRIu64 ", \"late_max_us\": %" PRIu64 "}\n",
	    em->em_refused, late(em, 0.5), late(em, 0.99),
	    em->em_late_max / 1000);
	if (f != stdout)
		fclose(f);
	else
		fflush(f);
}

static void
command(struct emu *em, const char *line)
{
	char msg[128];

	if (strcmp(line, "stats") == 0)
		print_stats(em);
	else if (!apply(em, line, msg, sizeof(msg)))
		warnx("%s", msg);
}

/* Lines of the control FIFO; one that is too long is not carried out. */
static void
read_control(struct emu *em)
{
	char c;

	while (read(em->em_control, &c, 1) == 1) {
		if (c != '\n') {
			if (em->em_line_len < sizeof(em->em_line))
				em->em_line[em->em_line_len++] = c;
			continue;
		}
		if (em->em_line_len == sizeof(em->em_line)) {
			warnx("line too long");
		} else {
			em->em_line[em->em_line_len] = '\0';
			command(em, em->em_line);
		}
		em->em_line_len = 0;
	}
}

/* Decides about one frame that has been read; consumes it. */
static void
take(struct emu *em, int way, struct wire_frame *wf, uint64_t at)
{
	struct link_times lt;

	if (link_take(&em->em_link[way], at, wf->wf_len, &lt) != LINK_PASSED) {
		wire_drop(em->em_wire, wf);
		return;
	}
	wf->wf_way = way;
	wf->wf_sent = lt.lt_sent;
	wf->wf_due = lt.lt_due;
	wire_put(em->em_wire, wf);
}

/* Without room for a frame it is read and counted all the same. */
static bool
read_frame(struct emu *em, int way, uint64_t at)
{
	static uint8_t waste[WIRE_FRAME];
	struct wire_frame *wf = wire_alloc(em->em_wire);
	ssize_t n;

	n = read(em->em_tap[way], wf == NULL ? waste : wf->wf_data, WIRE_FRAME);
	if (n > 0 && wf != NULL) {
		wf->wf_len = (uint32_t)n;
		take(em, way, wf, at);
	} else if (wf != NULL) {
		wire_drop(em->em_wire, wf);
	} else if (n > 0) {
		em->em_link[way].ln_stats.ls_overflow++;
	}
	if (n == -1 && errno != EAGAIN)
		err(1, "read");
	return (n > 0);
}

static void
read_end(struct emu *em, int way)
{
	uint64_t at = exact_now();
	int i;

	for (i = 0; i < READS && read_frame(em, way, at); i++)
		;
}

/* Hands one frame that is due to the kernel at the other end. */
static void
deliver(struct emu *em, struct wire_frame *wf, uint64_t at)
{
	struct link_stats *ls = &em->em_link[wf->wf_way].ln_stats;
	uint64_t by = at - wf->wf_due, step = by / LATE_STEP;

	if (link_is_out(&em->em_link[wf->wf_way], wf->wf_sent)) {
		ls->ls_outage++;
		return;
	}
	em->em_late[step < LATE_STEPS ? step : LATE_STEPS]++;
	if (by > em->em_late_max)
		em->em_late_max = by;
	if (write(em->em_tap[!wf->wf_way], wf->wf_data, wf->wf_len) == -1) {
		em->em_refused++;
		return;
	}
	ls->ls_out++;
	ls->ls_out_bytes += wf->wf_len;
}

/* Delivers what is due and sets the timer for the next. */
static void
deliver_due(struct emu *em)
{
	struct itimerspec its = { 0 };
	struct wire_frame *wf;
	uint64_t at = exact_now();

	while ((wf = wire_first(em->em_wire)) != NULL) {
		if (wf->wf_due > at && wf->wf_due > (at = exact_now()))
			break;
		deliver(em, wire_take(em->em_wire), at);
		wire_drop(em->em_wire, wf);
	}
	if (wf != NULL) {
		its.it_value.tv_sec = (time_t)(wf->wf_due / 1000000000);
		its.it_value.tv_nsec = (long)(wf->wf_due % 1000000000);
	}
	timerfd_settime(em->em_timer, TFD_TIMER_ABSTIME, &its, NULL);
}

static void
event(struct emu *em, int what)
{
	uint64_t expired;

	switch (what) {
	case UP:
	case DOWN:
		read_end(em, what);
		break;
	case TIMER:
		if (read(em->em_timer, &expired, sizeof(expired)) == -1 &&
		    errno != EAGAIN)
			err(1, "timer");
		break;
	case CONTROL:
		read_control(em);
		break;
	case SIGNAL:
		em->em_end = true;
		break;
	}
}

static void
run(struct emu *em)
{
	struct epoll_event ev[8];
	int i, n;

	while (!em->em_end) {
		n = epoll_wait(em->em_epoll, ev, 8, -1);
		for (i = 0; i < n; i++)
			event(em, ev[i].data.fd);
		deliver_due(em);
	}
}

static void
watch(struct emu *em, int fd, int what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = what };

	if (epoll_ctl(em->em_epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll");
}

/* SIGTERM and SIGINT, which must not interrupt a frame. */
static int
open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd == -1)
		err(1, "signalfd");
	return (fd);
}

/* Also open for writing, so that the last writer's leaving is no event. */
static int
open_control(const char *path)
{
	int fd;

	if (mkfifo(path, 0600) == -1 && errno != EEXIST)
		err(1, "%s", path);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		err(1, "%s", path);
	return (fd);
}

static void
start(struct emu *em, const char *fifo)
{
	int w;

	em->em_wire = wire_new(FRAMES_MAX);
	em->em_epoll = epoll_create1(EPOLL_CLOEXEC);
	em->em_timer =
	    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (em->em_epoll == -1 || em->em_timer == -1)
		err(1, "timer");
	em->em_signal = open_signals();
	for (w = 0; w < WAYS; w++)
		watch(em, em->em_tap[w], w);
	watch(em, em->em_timer, TIMER);
	watch(em, em->em_signal, SIGNAL);
	if (fifo != NULL) {
		em->em_control = open_control(fifo);
		watch(em, em->em_control, CONTROL);
	}
	exact_priority();
}

static uint64_t
seed(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0')
		errx(1, "%s: not a seed", text);
	return (v);
}

static void
usage(void)
{
	errx(1,
	    "usage: h_emu [-c FIFO] [-j FILE] [-s SEED] "
	    "NETNS:IF NETNS:IF [WAY:SETTING,...]...");
}

static void
settings(struct emu *em, char **argv)
{
	char msg[128];

	for (; *argv != NULL; argv++)
		if (!apply(em, *argv, msg, sizeof(msg)))
			errx(1, "%s", msg);
}

int
main(int argc, char **argv)
{
	static struct emu em;
	const char *fifo = NULL;
	uint64_t s = 1;
	int c, w;

	while ((c = getopt(argc, argv, "c:j:s:")) != -1) {
		if (c == 'c')
			fifo = optarg;
		else if (c == 'j')
			em.em_json = optarg;
		else if (c == 's')
			s = seed(optarg);
		else
			usage();
	}
	if (argc - optind < 2)
		usage();
	for (w = 0; w < WAYS; w++)
		link_init(&em.em_link[w], s * WAYS + (uint64_t)w);
	settings(&em, argv + optind + 2);
	for (w = 0; w < WAYS; w++)
		em.em_tap[w] = open_end(argv[optind + w]);
	start(&em, fifo);
	run(&em);
	print_stats(&em);
	wire_free(em.em_wire);
	return (0);
}
