/* SPDX-License-Identifier: ISC */
/*
 * h_frames: how many 64-byte frames a second pass from one interface to
 * another.
 *
 *	h_frames [-p SENDERS] [-r RATE] [-t MS] [-l PERCENT] NETNS:IF NETNS:IF
 *
 * Sends UDP in IPv4, 60 bytes and the FCS that is not seen, from the first
 * interface to the second by packet sockets, of SENDERS (2) threads together,
 * and counts what arrives there.
 * With -r once, at RATE frames a second; without, a search of the highest
 * rate of which less than PERCENT (1) is lost: doubled until more is lost,
 * then halved in between, so at most TRIALS trials of MS (300) each.
 *
 * Prints JSON: rate (frames a second that arrived, in the best trial), sent,
 * received, and late, which the sender had to leave out for want of time.
 * Frames merged into one on the way count as what they hold.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	DATA = 18,		/* bytes of UDP payload of a 64-byte frame */
	IP_AT = 14,
	UDP_AT = 34,
	HEADERS = 42,
	FRAME = HEADERS + DATA,
	BATCH = 64,		/* frames a system call */
	SENDERS = 8,		/* at most */
	TRIALS = 20,
	FIRST_RATE = 4000,
	SETTLE = 500,		/* ms for the last frames to arrive */
	RING_BLOCK = 1 << 18,
	RING_BLOCKS = 64,
	RING_TIMEOUT = 10,	/* ms until a block is handed over */
	PORT = 9		/* discard */
};

static const char magic[8] = "LWframes";

struct end {
	int en_fd;
	int en_ifindex;
	uint8_t en_mac[ETH_ALEN];
};

struct receiver {
	struct end rc_end;
	uint8_t *rc_ring;
	atomic_ullong rc_frames;
	atomic_bool rc_stop;
};

struct trial {
	double tl_rate;		/* that was asked for */
	uint64_t tl_sent, tl_received, tl_late;
	double tl_seconds;
};

struct sender {
	pthread_t sn_thread;
	const struct end *sn_from;
	struct trial sn_trial;
	double sn_seconds;
};

static uint8_t frame[FRAME];
static struct iovec iov = { .iov_base = frame, .iov_len = sizeof(frame) };
static int senders = 2;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* A packet socket on "NETNS:IF"; the thread stays in that namespace. */
static void
end_open(struct end *en, char *where)
{
	char *name = strchr(where, ':'), path[256];
	struct ifreq ifr;
	int ns;

	if (name == NULL)
		errx(1, "%s: not NETNS:IF", where);
	*name++ = '\0';
	snprintf(path, sizeof(path), "/run/netns/%s", where);
	if ((ns = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    setns(ns, CLONE_NEWNET) == -1)
		err(1, "%s", path);
	close(ns);
	if ((en->en_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if (ioctl(en->en_fd, SIOCGIFINDEX, &ifr) == -1)
		err(1, "%s:%s", where, name);
	en->en_ifindex = ifr.ifr_ifindex;
	if (ioctl(en->en_fd, SIOCGIFHWADDR, &ifr) == -1)
		err(1, "%s:%s: address", where, name);
	memcpy(en->en_mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
}

static void
end_bind(const struct end *en, uint16_t protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = en->en_ifindex };

	if (bind(en->en_fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind to the interface");
}

/*
 * Receiver.
 */

/* How many of our frames this one holds. */
static unsigned int
frames_in(const uint8_t *p, uint32_t kept, uint32_t len)
{
	if (kept < HEADERS + sizeof(magic) ||
	    memcmp(p + HEADERS, magic, sizeof(magic)) != 0)
		return (0);
	return ((len - HEADERS) / DATA);
}

static void
receive_block(struct receiver *rc, struct tpacket_block_desc *bd)
{
	uint32_t i;
	unsigned int n = 0;
	struct tpacket3_hdr *h;
	uint8_t *p = (uint8_t *)bd + bd->hdr.bh1.offset_to_first_pkt;

	for (i = 0; i < bd->hdr.bh1.num_pkts; i++) {
		h = (struct tpacket3_hdr *)(void *)p;
		n += frames_in(p + h->tp_mac, h->tp_snaplen, h->tp_len);
		p += h->tp_next_offset;
	}
	atomic_fetch_add(&rc->rc_frames, n);
}

static void
ring_open(struct receiver *rc)
{
	int version = TPACKET_V3;
	struct tpacket_req3 rq = { .tp_block_size = RING_BLOCK,
		.tp_block_nr = RING_BLOCKS,
		.tp_frame_size = 2048,
		.tp_frame_nr = RING_BLOCK / 2048 * RING_BLOCKS,
		.tp_retire_blk_tov = RING_TIMEOUT };

	if (setsockopt(rc->rc_end.en_fd, SOL_PACKET, PACKET_VERSION, &version,
		sizeof(version)) == -1 ||
	    setsockopt(rc->rc_end.en_fd, SOL_PACKET, PACKET_RX_RING, &rq,
		sizeof(rq)) == -1)
		err(1, "packet ring");
	rc->rc_ring = mmap(NULL, (size_t)RING_BLOCK * RING_BLOCKS,
	    PROT_READ | PROT_WRITE, MAP_SHARED, rc->rc_end.en_fd, 0);
	if (rc->rc_ring == MAP_FAILED)
		err(1, "packet ring");
	end_bind(&rc->rc_end, ETH_P_IP);
}

static void *
receive(void *arg)
{
	struct receiver *rc = arg;
	struct pollfd pfd = { .fd = rc->rc_end.en_fd, .events = POLLIN };
	struct tpacket_block_desc *bd;
	unsigned int block = 0;

	while (!atomic_load(&rc->rc_stop)) {
		bd = (void *)(rc->rc_ring + (size_t)block * RING_BLOCK);
		if ((__atomic_load_n(&bd->hdr.bh1.block_status,
			 __ATOMIC_ACQUIRE) &
			TP_STATUS_USER) == 0) {
			poll(&pfd, 1, RING_TIMEOUT);
			continue;
		}
		receive_block(rc, bd);
		__atomic_store_n(&bd->hdr.bh1.block_status, TP_STATUS_KERNEL,
		    __ATOMIC_RELEASE);
		block = (block + 1) % RING_BLOCKS;
	}
	return (NULL);
}

/*
 * Sender.
 */

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)~sum);
}

static uint32_t
add(uint32_t sum, const void *from, size_t len)
{
	const uint8_t *p = from;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return (sum);
}

/* Network of benchmarks (RFC 2544): 198.18.0.1 to 198.18.0.2. */
static void
make_frame(uint8_t *p, const struct end *from, const struct end *to)
{
	struct ether_header eh = { .ether_type = htons(ETHERTYPE_IP) };
	struct iphdr ip = { .version = 4,
		.ihl = 5,
		.tot_len = htons(FRAME - IP_AT),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(0xc6120001),
		.daddr = htonl(0xc6120002) };
	struct udphdr uh = { .source = htons(PORT),
		.dest = htons(PORT),
		.len = htons(sizeof(uh) + DATA) };
	uint32_t sum;

	memcpy(eh.ether_dhost, to->en_mac, ETH_ALEN);
	memcpy(eh.ether_shost, from->en_mac, ETH_ALEN);
	memset(p, 0, FRAME);
	memcpy(p, &eh, sizeof(eh));
	memcpy(p + IP_AT, &ip, sizeof(ip));
	ip.check = htons(fold(add(0, p + IP_AT, sizeof(ip))));
	memcpy(p + IP_AT, &ip, sizeof(ip));
	memcpy(p + UDP_AT, &uh, sizeof(uh));
	memcpy(p + HEADERS, magic, sizeof(magic));
	/* from the addresses on: all but the length of the pseudo-header */
	sum = IPPROTO_UDP + sizeof(uh) + DATA;
	uh.check = htons(fold(add(sum, p + UDP_AT - 8, 8 + sizeof(uh) + DATA)));
	memcpy(p + UDP_AT, &uh, sizeof(uh));
}

/* What the interface has no room for is sent and lost. */
static void
send_batch(const struct end *from, struct mmsghdr *msgs, unsigned int n)
{
	unsigned int done = 0;
	int r;

	while (done < n) {
		r = sendmmsg(from->en_fd, msgs + done, n - done, 0);
		done += r > 0 ? (unsigned int)r : 1;
	}
}

static void
fill(struct mmsghdr *msgs)
{
	unsigned int i;

	memset(msgs, 0, BATCH * sizeof(*msgs));
	for (i = 0; i < BATCH; i++) {
		msgs[i].msg_hdr.msg_iov = &iov;
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* At tl_rate; what a late sender would have to send in one go is left out. */
static void
send_for(const struct end *from, struct trial *tl, double seconds)
{
	struct mmsghdr msgs[BATCH];
	double start = now(), t;
	uint64_t due, lag;

	fill(msgs);
	while ((t = now() - start) < seconds) {
		due = (uint64_t)(t * tl->tl_rate);
		lag = due - tl->tl_sent - tl->tl_late;
		if (lag > 4 * BATCH) {
			tl->tl_late += lag - 4 * BATCH;
			lag = 4 * BATCH;
		}
		if (lag == 0) {
			usleep(50);
			continue;
		}
		if (lag > BATCH)
			lag = BATCH;
		send_batch(from, msgs, (unsigned int)lag);
		tl->tl_sent += lag;
	}
	tl->tl_seconds = now() - start;
}

/* Until nothing more arrives, at most three seconds. */
static void
settle(const struct receiver *rc)
{
	unsigned long long last = 0, have;
	double end = now() + 3;

	for (;;) {
		usleep(SETTLE * 1000);
		have = atomic_load(&rc->rc_frames);
		if (have == last || now() > end)
			return;
		last = have;
	}
}

static void *
sender_run(void *arg)
{
	struct sender *sn = arg;

	send_for(sn->sn_from, &sn->sn_trial, sn->sn_seconds);
	return (NULL);
}

/* By all senders together, each at its part of the rate. */
static void
send_all(const struct end *from, struct trial *tl, double seconds)
{
	struct sender sn[SENDERS];
	int i;

	for (i = 0; i < senders; i++) {
		sn[i] = (struct sender){ .sn_from = from,
			.sn_trial.tl_rate = tl->tl_rate / senders,
			.sn_seconds = seconds };
		if (pthread_create(&sn[i].sn_thread, NULL, sender_run,
			&sn[i]) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < senders; i++) {
		pthread_join(sn[i].sn_thread, NULL);
		tl->tl_sent += sn[i].sn_trial.tl_sent;
		tl->tl_late += sn[i].sn_trial.tl_late;
		if (sn[i].sn_trial.tl_seconds > tl->tl_seconds)
			tl->tl_seconds = sn[i].sn_trial.tl_seconds;
	}
}

static struct trial
try(struct receiver *rc, const struct end *from, double rate, int ms)
{
	struct trial tl = { .tl_rate = rate };

	atomic_store(&rc->rc_frames, 0);
	send_all(from, &tl, ms / 1000.0);
	settle(rc);
	tl.tl_received = atomic_load(&rc->rc_frames);
	return (tl);
}

/* So few frames that one may not be lost prove nothing. */
static bool
passes(const struct trial *tl, double percent)
{
	double lost = (double)tl->tl_sent - (double)tl->tl_received;
	double most = (double)tl->tl_sent * percent / 100;

	return (most >= 1 && lost < most);
}

static double
arrived(const struct trial *tl)
{
	return ((double)tl->tl_received / tl->tl_seconds);
}

/* Doubles, then halves; ends also when the sender cannot send faster. */
static struct trial
search(struct receiver *rc, const struct end *from, int ms, double percent)
{
	struct trial best = { .tl_seconds = 1 }, tl;
	double low = 0, high = 0, rate = FIRST_RATE;
	int i;

	for (i = 0; i < TRIALS && (high == 0 || high > low * 1.03); i++) {
		tl = try(rc, from, rate, ms);
		if (passes(&tl, percent)) {
			low = rate;
			if (arrived(&tl) > arrived(&best))
				best = tl;
			else if (tl.tl_late > tl.tl_sent)
				break;
		} else
			high = rate;
		rate = high == 0 ? rate * 2 : (low + high) / 2;
	}
	return (best);
}

static void
print(const struct trial *tl)
{
	printf("{\"rate\": %.0f, \"sent\": %ju, \"received\": %ju, "
	       "\"late\": %ju}\n",
	    arrived(tl), (uintmax_t)tl->tl_sent, (uintmax_t)tl->tl_received,
	    (uintmax_t)tl->tl_late);
}

static double
number(const char *text, double low, double high)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !(v >= low && v <= high))
		errx(1, "%s: not a number from %g to %g", text, low, high);
	return (v);
}

int
main(int argc, char **argv)
{
	struct receiver rc = { .rc_ring = NULL };
	struct end from;
	struct trial tl;
	pthread_t thread;
	double rate = 0, percent = 1;
	int ch, ms = 300;

	while ((ch = getopt(argc, argv, "l:p:r:t:")) != -1)
		if (ch == 'l')
			percent = number(optarg, 0.001, 100);
		else if (ch == 'p')
			senders = (int)number(optarg, 1, SENDERS);
		else if (ch == 'r')
			rate = number(optarg, 1, 1e8);
		else if (ch == 't')
			ms = (int)number(optarg, 1, 60000);
		else
			return (1);
	if (argc - optind != 2)
		errx(1,
		    "usage: h_frames [-p SENDERS] [-r RATE] [-t MS] "
		    "[-l PERCENT] NETNS:IF NETNS:IF");
	end_open(&rc.rc_end, argv[optind + 1]);
	ring_open(&rc);
	end_open(&from, argv[optind]);
	end_bind(&from, 0);
	make_frame(frame, &from, &rc.rc_end);
	if (pthread_create(&thread, NULL, receive, &rc) != 0)
		errx(1, "no thread");
	tl = rate > 0 ? try(&rc, &from, rate, ms) :
			search(&rc, &from, ms, percent);
	atomic_store(&rc.rc_stop, true);
	pthread_join(thread, NULL);
	print(&tl);
	return (0);
}
