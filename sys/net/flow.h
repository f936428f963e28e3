/* SPDX-License-Identifier: ISC */
/*
 * flow: what a tunnel over TCP has to know of the TCP (RFC 9293) inside it.
 * The aqm asks; nothing here changes a frame.
 *
 * Suppression.  The outer TCP delivers what it has taken, or its connection
 * dies.  So a retransmission of bytes that still wait in the queue, or that
 * the outer connection has not had acknowledged, brings nothing but load and
 * is dropped, if it also says nothing new: same acknowledgement and window,
 * no SACK, no SYN, RST or URG.  What was sent is kept in records (a range of
 * sequence numbers, the connection, the position in its stream).  A record
 * counts no more once its position is acknowledged or its connection gone; a
 * SYN or RST ends all records of a flow.
 *
 * Thinning.  A pure acknowledgement that waits right before a newer one of
 * its flow is dropped, if all that it says is in the newer one: see
 * flow_supersedes().
 *
 * Pure; input is hostile.  A segment whose checksum is wrong may be recorded:
 * its retransmission then passes as soon as the outer connection has the
 * original acknowledged.
 */
#ifndef NET_FLOW_H
#define NET_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ip.h"

struct frame;

enum {
	FLOW_RECORDS = 64,	  /* most of one flow */
	FLOW_RECORD_LEN = 16384 /* bytes up to which records are joined */
};

enum flow_kind {
	FLOW_NONE, /* not TCP, or not whole */
	FLOW_DATA, /* has payload, and flags that go with it */
	FLOW_ACK,  /* nothing but an acknowledgement */
	FLOW_OTHER /* SYN, FIN alone, URG, unknown options */
};

/* A TCP segment, or a super-frame of several. */
struct flow_seg {
	uint32_t fs_seq, fs_end; /* of its bytes; FIN is one */
	uint32_t fs_ack;
	uint32_t fs_tsval;
	uint16_t fs_window;
	uint16_t fs_flags; /* the header's 12 bits */
	uint8_t fs_kind;
	uint8_t fs_tos;
	bool fs_ts, fs_sack;
	bool fs_again; /* acknowledges no more than the one before */
};

/* SYN and RST: what went before is of another connection. */
bool flow_is_reset(const struct flow_seg *fs);
/*
 * Parse the packet that flowkey_parse() has found in f.  fs_kind is FLOW_NONE
 * for what is no TCP; a pure acknowledgement with a wrong checksum is
 * FLOW_OTHER.
 */
void flow_parse(const struct frame *f, const struct ip_info *ii,
    struct flow_seg *fs);
/*
 * Whether it is TCP and nothing but an acknowledgement, as far as the header
 * says.
 */
bool flow_is_bare_ack(const struct frame *f, const struct ip_info *ii);
/*
 * Whether `old`, waiting right before `now` in the same flow, may be dropped:
 * both are pure acknowledgements, `now` acknowledges more; the flags (ECN
 * echo) and IP's ECN field are the same; `old` has no SACK (DSACK) and is no
 * duplicate; the window is zero in neither; timestamps go forward; options
 * are of the same kinds.
 */
bool flow_supersedes(const struct flow_seg *old, const struct flow_seg *now);

/* What is known of one direction of one TCP connection; all zero at first. */
struct flow {
	struct flow_record *fw_records; /* a ring, the newest last */
	uint32_t fw_size, fw_first, fw_count;
	bool fw_acked; /* the following are known */
	uint32_t fw_ack;
	uint16_t fw_window;
};

void flow_fini(struct flow *fw);
/*
 * A segment goes into the queue: sets fs_again, remembers what it says, ends
 * the records if it is a reset.
 */
void flow_pass(struct flow *fw, struct flow_seg *fs);
/* Whether a segment says something that those passed before have not. */
bool flow_is_news(const struct flow *fw, const struct flow_seg *fs);
/*
 * The segment's bytes are in the stream of connection conn, before position
 * pos.  Without memory nothing is recorded.
 */
void flow_sent(struct flow *fw, const struct flow_seg *fs, uint32_t conn,
    uint64_t pos);
/*
 * How far a connection's stream is acknowledged by its peer; UINT64_MAX when
 * the connection is gone.
 */
typedef uint64_t flow_acked(uint32_t conn, void *arg);
/*
 * How far the bytes from sequence number seq on are in streams and not
 * acknowledged: seq itself if they are not.
 */
uint32_t flow_custody(const struct flow *fw, uint32_t seq, flow_acked *acked,
    void *arg);
/* a < b, in sequence numbers that wrap around. */
bool flow_before(uint32_t a, uint32_t b);

#endif
