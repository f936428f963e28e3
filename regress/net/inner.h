/* SPDX-License-Identifier: ISC */
/*
 * inner: a TCP for tests of what is between two of them: SYN, retransmission
 * by time-out and by duplicate acknowledgements, SACK, timestamps with PAWS,
 * zero windows with probes of either kind, keep-alives with a made-up octet,
 * resets with a new connection of overlapping sequence numbers.  Both ends
 * send a stream that the other can tell octet by octet.  Time is in
 * milliseconds.
 */
#ifndef REGRESS_NET_INNER_H
#define REGRESS_NET_INNER_H

#include <atf-c.h>
#include <stdlib.h>

#include "super.h"

enum {
	INNER_STREAM = 150000, /* octets each way */
	INNER_MSS = 1000,
	INNER_BUFFER = 20000,
	INNER_RTO = 300,
	F_FIN = 1,
	F_SYN = 2,
	F_RST = 4,
	F_ACK = 16
};

enum inner_state { INNER_CLOSED, INNER_SYN_SENT, INNER_SYN_RCVD, INNER_OPEN };

struct inner {
	uint8_t in_side; /* 0 opens, 1 waits */
	enum inner_state in_state;
	uint8_t in_life; /* of the connection, counted up by resets */
	uint32_t in_iss, in_irs;
	uint32_t in_una, in_nxt, in_max; /* offsets in the own stream */
	uint32_t in_window, in_cwnd;
	unsigned int in_dups, in_tries;
	uint64_t in_timer; /* of the last progress */
	uint16_t in_id;	/* IPv4's identification */
	uint32_t in_recent; /* timestamp */
	uint8_t in_got[INNER_STREAM];
	uint32_t in_rcv, in_read; /* offsets in the other's stream */
	bool in_lazy; /* the program does not read */
	bool in_pause; /* nor write */
	bool in_linux; /* probes and keep-alives are empty */
	uint64_t in_heard;
	uint64_t in_again; /* octets received more than once */
	void (*in_out)(struct inner *, struct frame *, void *);
	void *in_arg;
	uint64_t in_now;
};

static inline uint8_t
inner_octet(unsigned int side, unsigned int life, uint32_t off)
{
	return ((uint8_t)((off * 2654435761u >> 13) + side * 101 + life * 57 +
	    off / 255));
}

static inline uint32_t
inner_space(const struct inner *in)
{
	return (INNER_BUFFER - (in->in_rcv - in->in_read));
}

/* Octets behind the first gap: one SACK block. */
static inline size_t
inner_sack(const struct inner *in, uint8_t *opt)
{
	uint32_t from = in->in_rcv, to;
	uint32_t end = in->in_rcv + INNER_BUFFER;

	if (end > INNER_STREAM)
		end = INNER_STREAM;
	while (from < end && !in->in_got[from])
		from++;
	if (from >= end)
		return (0);
	for (to = from; to < end && in->in_got[to]; to++)
		;
	opt[0] = opt[1] = 1;
	opt[2] = 5;
	opt[3] = 10;
	put32(opt + 4, in->in_irs + 1 + from);
	put32(opt + 8, in->in_irs + 1 + to);
	return (12);
}

/* A segment; made_up: its payload is no part of the stream. */
static inline void
inner_send(struct inner *in, uint32_t seq, uint8_t flags, uint32_t off,
    size_t len, bool made_up)
{
	uint8_t opt[24] = { 1, 1, 8, 10 };
	size_t nopt = 12, i;
	struct frame *f;
	uint8_t *ip, *tcp;

	put32(opt + 4, (uint32_t)in->in_now);
	put32(opt + 8, in->in_recent);
	if ((flags & (F_SYN | F_RST)) == 0)
		nopt += inner_sack(in, opt + 12);
	f = frame_alloc(54 + nopt + len);
	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 0, 54);
	f->f_data[0] = f->f_data[6] = 2;
	f->f_data[5] = (uint8_t)(1 + !in->in_side);
	f->f_data[11] = (uint8_t)(1 + in->in_side);
	put16(f->f_data + 12, 0x0800);
	ip = f->f_data + 14;
	tcp = ip + 20;
	ip[0] = 0x45;
	put16(ip + 2, (uint16_t)(40 + nopt + len));
	put16(ip + 4, in->in_id++);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, 0x0a000001u + in->in_side);
	put32(ip + 16, 0x0a000001u + !in->in_side);
	put16(ip + 10, (uint16_t)~super_sum(ip, 20, 0));
	put16(tcp, (uint16_t)(5000 + in->in_side));
	put16(tcp + 2, (uint16_t)(5000 + !in->in_side));
	put32(tcp + 4, seq);
	put32(tcp + 8, (flags & F_ACK) != 0 ? in->in_irs + 1 + in->in_rcv : 0);
	tcp[12] = (uint8_t)((20 + nopt) / 4 << 4);
	tcp[13] = flags;
	put16(tcp + 14, (uint16_t)inner_space(in));
	memcpy(tcp + 20, opt, nopt);
	for (i = 0; i < len; i++)
		tcp[20 + nopt + i] = made_up ?
		    0xee :
		    inner_octet(in->in_side, in->in_life, off + (uint32_t)i);
	put16(tcp + 16, 0);
	put16(tcp + 16,
	    (uint16_t)~super_sum(tcp, 20 + nopt + len,
		super_pseudo(ip, 6, 20 + nopt + len)));
	in->in_out(in, f, in->in_arg);
}

static inline void
inner_ack(struct inner *in)
{
	inner_send(in, in->in_iss + 1 + in->in_nxt, F_ACK, 0, 0, false);
}

static inline void
inner_data(struct inner *in, uint32_t off, size_t len)
{
	inner_send(in, in->in_iss + 1 + off, F_ACK, off, len, false);
	if (off + len > in->in_max)
		in->in_max = off + (uint32_t)len;
}

static inline void
inner_start(struct inner *in, enum inner_state state, uint8_t life,
    uint32_t iss)
{
	in->in_state = state;
	in->in_life = life;
	in->in_iss = iss;
	in->in_una = in->in_nxt = in->in_max = in->in_rcv = in->in_read = 0;
	in->in_window = INNER_MSS;
	in->in_cwnd = 4 * INNER_MSS;
	in->in_dups = in->in_tries = 0;
	in->in_timer = in->in_now;
	memset(in->in_got, 0, sizeof(in->in_got));
}

static inline void
inner_open(struct inner *in, uint8_t life, uint32_t iss)
{
	inner_start(in, INNER_SYN_SENT, life, iss);
	in->in_recent = 0;
	inner_send(in, iss, F_SYN, 0, 0, false);
}

/* The life of a connection is told by its port's peer: here by the SYN. */
static inline void
inner_syn(struct inner *in, uint32_t seq, uint32_t ack, uint8_t flags)
{
	if (in->in_side == 1) {
		if (in->in_state == INNER_CLOSED || seq != in->in_irs)
			inner_start(in, INNER_SYN_RCVD,
			    (uint8_t)(in->in_life + 1),
			    in->in_iss + in->in_una / 2 + 7);
		in->in_irs = seq;
		inner_send(in, in->in_iss, F_SYN | F_ACK, 0, 0, false);
	} else if ((flags & F_ACK) != 0 && ack == in->in_iss + 1) {
		if (in->in_state == INNER_SYN_SENT) {
			in->in_state = INNER_OPEN;
			in->in_irs = seq;
			in->in_tries = 0;
		}
		inner_ack(in);
	}
}

static inline void
inner_acked(struct inner *in, uint32_t ack, uint32_t window, bool pure)
{
	uint32_t off = ack - in->in_iss - 1;

	if (off > in->in_max)
		return;
	if (off > in->in_una) {
		in->in_una = off;
		in->in_dups = in->in_tries = 0;
		in->in_timer = in->in_now;
		if (in->in_nxt < off)
			in->in_nxt = off;
		if (in->in_cwnd < 40 * INNER_MSS)
			in->in_cwnd += INNER_MSS / 2;
	} else if (off == in->in_una && pure && in->in_max > off &&
	    window == in->in_window && ++in->in_dups == 3) {
		in->in_cwnd = in->in_cwnd / 2 + INNER_MSS;
		inner_data(in, off,
		    in->in_max - off < INNER_MSS ? in->in_max - off :
						   INNER_MSS);
	}
	in->in_window = window;
}

/* Octets of the other's stream: each is checked when it first comes. */
static inline void
inner_take(struct inner *in, uint32_t off, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++, off++) {
		/* before or behind the window; a probe's octet */
		if (off >= in->in_read + INNER_BUFFER || off >= INNER_STREAM)
			continue;
		if (in->in_got[off] || off < in->in_rcv) {
			in->in_again++;
			continue;
		}
		ATF_REQUIRE_MSG(p[i] ==
			inner_octet(!in->in_side, in->in_life, off),
		    "octet %u of life %u is wrong", off, in->in_life);
		in->in_got[off] = 1;
	}
	while (in->in_rcv < INNER_STREAM && in->in_got[in->in_rcv])
		in->in_rcv++;
	if (!in->in_lazy)
		in->in_read = in->in_rcv;
	inner_ack(in);
}

static inline void
inner_input(struct inner *in, const struct frame *f)
{
	const uint8_t *tcp = f->f_data + 34;
	size_t head = (size_t)(tcp[12] >> 4) * 4, len = f->f_len - 34 - head;
	uint32_t seq = get32(tcp + 4), tsval = get32(tcp + 24);
	uint8_t flags = tcp[13];

	if ((int32_t)(tsval - in->in_recent) < 0)
		return;
	in->in_heard = in->in_now;
	if ((flags & F_RST) != 0) {
		if (seq == in->in_irs + 1 + in->in_rcv)
			in->in_state = INNER_CLOSED;
		return;
	}
	if ((flags & F_SYN) != 0) {
		in->in_recent = tsval;
		inner_syn(in, seq, get32(tcp + 8), flags);
		return;
	}
	if (in->in_state != INNER_OPEN && in->in_state != INNER_SYN_RCVD)
		return;
	if (in->in_state == INNER_SYN_RCVD &&
	    get32(tcp + 8) - in->in_iss - 1 > in->in_max)
		return;
	in->in_state = INNER_OPEN;
	if (seq - in->in_irs - 1 <= in->in_rcv)
		in->in_recent = tsval;
	inner_acked(in, get32(tcp + 8), get16(tcp + 14), len == 0);
	/* a keep-alive, with or without an octet, is answered */
	if ((int32_t)(seq - in->in_irs - 1 - in->in_rcv) < 0 && len <= 1)
		inner_ack(in);
	else if (len > 0)
		inner_take(in, seq - in->in_irs - 1, tcp + head, len);
}

static inline void
inner_timeout(struct inner *in)
{
	in->in_timer = in->in_now;
	in->in_tries++;
	if (in->in_state == INNER_SYN_SENT)
		inner_send(in, in->in_iss, F_SYN, 0, 0, false);
	else if (in->in_window > 0 && in->in_max > in->in_una) {
		in->in_cwnd = INNER_MSS;
		in->in_nxt = in->in_una;
	} else if (in->in_una < INNER_STREAM && !in->in_linux &&
	    in->in_window == 0) {
		in->in_nxt = in->in_una;
		inner_data(in, in->in_una, 1);
	} else if (in->in_max == in->in_una || in->in_linux)
		inner_send(in, in->in_iss + in->in_nxt, F_ACK, 0,
		    in->in_linux ? 0 : 1, true);
}

/* A millisecond has passed. */
static inline void
inner_tick(struct inner *in, uint64_t now)
{
	uint64_t rto = (uint64_t)INNER_RTO
	    << (in->in_tries < 4 ? in->in_tries : 4);
	uint32_t end, n, most = INNER_STREAM;

	in->in_now = now;
	if (in->in_state == INNER_CLOSED || in->in_state == INNER_SYN_RCVD)
		return;
	if (!in->in_lazy && in->in_read != in->in_rcv) {
		in->in_read = in->in_rcv;
		inner_ack(in); /* a window update */
	}
	if (in->in_pause)
		most = in->in_max;
	end = in->in_una +
	    (in->in_cwnd < in->in_window ? in->in_cwnd : in->in_window);
	if (end > most)
		end = most;
	while (in->in_state == INNER_OPEN && in->in_nxt < end) {
		n = end - in->in_nxt < INNER_MSS ? end - in->in_nxt : INNER_MSS;
		inner_data(in, in->in_nxt, n);
		in->in_nxt += n;
	}
	if (now - in->in_timer >= rto)
		inner_timeout(in);
}

static inline bool
inner_done(const struct inner *in)
{
	return (in->in_state == INNER_OPEN && in->in_rcv == INNER_STREAM &&
	    in->in_una == INNER_STREAM);
}

#endif
