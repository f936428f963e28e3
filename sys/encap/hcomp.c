/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "encap/hcomp.h"
#include "encap/varint.h"
#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/csum.h"
#include "net/ip_header.h"
#include "net/offload.h"

enum {
	BIT_ID = 0x01,
	BIT_SEQ = 0x02,
	BIT_ACK = 0x04,
	BIT_FLAGS = 0x08,
	BIT_WINDOW = 0x10,
	BIT_TIME = 0x20,
	BIT_OFFLOAD = 0x40,
	BIT_FULL = 0x80,
	BITS_TCP = BIT_SEQ | BIT_ACK | BIT_FLAGS | BIT_WINDOW | BIT_TIME
};

enum {
	TCP_TIME = IP_TCP_HLEN + 4, /* behind NOP, NOP, kind, length */
	TCP_TIME_HLEN = IP_TCP_HLEN + 12,
	F_FIN_SYN = 0x03
};

/* The headers of a flow's last frame. */
struct hcomp_slot {
	size_t hs_len; /* 0: nothing is kept */
	size_t hs_l3, hs_l4; /* offsets */
	size_t hs_csum;
	size_t hs_data; /* octets behind the headers */
	bool hs_tcp, hs_v6;
	bool hs_time; /* TCP's options are the timestamps */
	unsigned int hs_left; /* frames till it goes whole again */
	struct frame_offload hs_offload;
	uint8_t hs_header[HCOMP_HEADER];
};

struct hcomp {
	struct hcomp_slot hc_slot[HCOMP_SLOTS];
};

/* A head that is read. */
struct cursor {
	const uint8_t *cu_p;
	size_t cu_left;
	bool cu_bad; /* it was too short */
};

struct hcomp *
hcomp_new(void)
{
	return (calloc(1, sizeof(struct hcomp)));
}

void
hcomp_free(struct hcomp *hc)
{
	free(hc);
}

static bool
has_time(const uint8_t *tcp, size_t hlen)
{
	static const uint8_t start[] = { 1, 1, 8, 10 };

	return (hlen == TCP_TIME_HLEN &&
	    memcmp(tcp + IP_TCP_HLEN, start, sizeof(start)) == 0);
}

/* What there is to keep of a frame; false: nothing. */
static bool
learn(struct hcomp_slot *hs, const struct frame *f)
{
	struct offload_packet op;

	hs->hs_len = 0;
	if (offload_find(f->f_data, f->f_len, &op) != NULL ||
	    op.op_payload > HCOMP_HEADER || op.op_ip.ii_end != f->f_len)
		return (false);
	*hs = (struct hcomp_slot){
		.hs_len = op.op_payload,
		.hs_l3 = op.op_ip.ii_l3,
		.hs_l4 = op.op_ip.ii_l4,
		.hs_csum = op.op_ip.ii_l4 + op.op_csum,
		.hs_data = f->f_len - op.op_payload,
		.hs_tcp = op.op_ip.ii_proto == IP_TCP,
		.hs_v6 = op.op_ip.ii_version == 6,
		.hs_left = HCOMP_AGAIN,
		.hs_offload = f->f_offload,
	};
	hs->hs_time = hs->hs_tcp &&
	    has_time(f->f_data + hs->hs_l4, hs->hs_len - hs->hs_l4);
	memcpy(hs->hs_header, f->f_data, hs->hs_len);
	return (true);
}

/* Octets of both addresses, and where they are. */
static size_t
addresses(const struct hcomp_slot *hs, const uint8_t **p)
{
	*p = hs->hs_header + hs->hs_l3 + (hs->hs_v6 ? IP6_ADDR : IP4_ADDR);
	return (hs->hs_v6 ? 32 : 8);
}

/* FNV-1a of addresses, ports and how long the headers are. */
static unsigned int
slot_of(const struct hcomp_slot *hs)
{
	uint32_t h = (2166136261U ^ (uint32_t)hs->hs_len) * 16777619;
	const uint8_t *p, *ports = hs->hs_header + hs->hs_l4;
	size_t n = addresses(hs, &p), i;

	for (i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619;
	for (i = 0; i < 4; i++)
		h = (h ^ ports[i]) * 16777619;
	return ((h ^ h >> 16) % HCOMP_SLOTS);
}

static bool
alike(const struct hcomp_slot *a, const struct hcomp_slot *b)
{
	return (a->hs_len == b->hs_len && a->hs_l3 == b->hs_l3 &&
	    a->hs_l4 == b->hs_l4 && a->hs_tcp == b->hs_tcp &&
	    a->hs_v6 == b->hs_v6 && a->hs_time == b->hs_time);
}

/* What would follow in the flow. */
static uint16_t
next_id(const struct hcomp_slot *hs)
{
	size_t size = hs->hs_offload.fo_gso_size, n = 1;

	if (hs->hs_offload.fo_gso != OFFLOAD_GSO_NONE && size > 0)
		n = (hs->hs_data + size - 1) / size;
	return ((uint16_t)(get16(hs->hs_header + hs->hs_l3 + IP4_ID) + n));
}

static uint32_t
next_seq(const struct hcomp_slot *hs)
{
	const uint8_t *tcp = hs->hs_header + hs->hs_l4;
	uint8_t flags = tcp[TCP_FLAGS] & F_FIN_SYN;

	return (get32(tcp + TCP_SEQ) + (uint32_t)hs->hs_data + (flags & 1) +
	    (flags >> 1));
}

static const uint8_t *
take(struct cursor *cu, size_t n)
{
	static const uint8_t none[OFFLOAD_HDR_LEN];
	const uint8_t *p = cu->cu_p;

	if (cu->cu_left < n) {
		cu->cu_bad = true;
		return (none);
	}
	cu->cu_p += n;
	cu->cu_left -= n;
	return (p);
}

/* Add a number to the one at p. */
static void
take_more(struct cursor *cu, uint8_t *p)
{
	uint64_t v = 0;
	size_t n = varint_get(cu->cu_p, cu->cu_left, &v);

	if (n == 0)
		cu->cu_bad = true;
	(void)take(cu, n);
	put32(p, get32(p) + (uint32_t)v);
}

static void
take_tcp(struct hcomp_slot *hs, uint8_t bits, uint32_t seq, struct cursor *cu)
{
	uint8_t *tcp = hs->hs_header + hs->hs_l4;

	put32(tcp + TCP_SEQ, (bits & BIT_SEQ) != 0 ? get32(take(cu, 4)) : seq);
	if ((bits & BIT_ACK) != 0)
		take_more(cu, tcp + TCP_ACK);
	if ((bits & BIT_FLAGS) != 0)
		tcp[TCP_FLAGS] = *take(cu, 1);
	if ((bits & BIT_WINDOW) != 0)
		put16(tcp + TCP_WINDOW, get16(take(cu, 2)));
	if ((bits & BIT_TIME) != 0) {
		take_more(cu, tcp + TCP_TIME);
		take_more(cu, tcp + TCP_TIME + 4);
	}
}

/* Lengths, and the checksums that are computed. */
static void
lay(struct hcomp_slot *hs)
{
	uint8_t *ip = hs->hs_header + hs->hs_l3;
	size_t len = hs->hs_len - hs->hs_l4 + hs->hs_data, n;
	const uint8_t *from;

	if (hs->hs_v6)
		put16(ip + IP6_LEN,
		    (uint16_t)(hs->hs_len - hs->hs_l3 - IP6_HLEN +
			hs->hs_data));
	else {
		put16(ip + IP4_LEN,
		    (uint16_t)(hs->hs_len - hs->hs_l3 + hs->hs_data));
		put16(ip + IP4_CSUM, 0);
		put16(ip + IP4_CSUM,
		    csum_finish(csum_add(0, ip, hs->hs_l4 - hs->hs_l3)));
	}
	if (!hs->hs_tcp)
		put16(hs->hs_header + hs->hs_l4 + UDP_LEN, (uint16_t)len);
	if ((hs->hs_offload.fo_flags & OFFLOAD_F_CSUM) == 0)
		return;
	n = addresses(hs, &from);
	put16(hs->hs_header + hs->hs_csum,
	    csum_fold(csum_pseudo(from, n, hs->hs_tcp ? IP_TCP : IP_UDP, len)));
}

/* Make of the last frame's headers those that a head without FULL says. */
static bool
apply(struct hcomp_slot *hs, uint8_t bits, struct cursor *cu, size_t data)
{
	uint16_t id = hs->hs_v6 ? 0 : next_id(hs);
	uint32_t seq = hs->hs_tcp ? next_seq(hs) : 0;

	if (hs->hs_len == 0 || (bits & BIT_FULL) != 0 ||
	    (!hs->hs_tcp && (bits & BITS_TCP) != 0) ||
	    (!hs->hs_time && (bits & BIT_TIME) != 0) ||
	    (hs->hs_v6 && (bits & BIT_ID) != 0) ||
	    hs->hs_len - hs->hs_l3 + data > IP_LONGEST ||
	    hs->hs_len + data > FRAME_MAX)
		return (false);
	hs->hs_data = data;
	if ((bits & BIT_OFFLOAD) != 0)
		offload_decode(take(cu, OFFLOAD_HDR_LEN), &hs->hs_offload);
	if (!hs->hs_v6)
		put16(hs->hs_header + hs->hs_l3 + IP4_ID,
		    (bits & BIT_ID) != 0 ? get16(take(cu, 2)) : id);
	if (hs->hs_tcp)
		take_tcp(hs, bits, seq, cu);
	if ((hs->hs_offload.fo_flags & OFFLOAD_F_CSUM) == 0)
		put16(hs->hs_header + hs->hs_csum, get16(take(cu, 2)));
	lay(hs);
	return (!cu->cu_bad && cu->cu_left == 0);
}

static size_t
put_more(uint8_t *out, const uint8_t *was, const uint8_t *is)
{
	return (varint_put(out, 8, get32(is) - get32(was)));
}

/* Which of TCP's fields are not what they would be. */
static uint8_t
tcp_bits(const struct hcomp_slot *hs, const struct hcomp_slot *now)
{
	const uint8_t *was = hs->hs_header + hs->hs_l4;
	const uint8_t *is = now->hs_header + now->hs_l4;
	unsigned int bits = 0;

	if (get32(is + TCP_SEQ) != next_seq(hs))
		bits |= BIT_SEQ;
	if (get32(is + TCP_ACK) != get32(was + TCP_ACK))
		bits |= BIT_ACK;
	if (is[TCP_FLAGS] != was[TCP_FLAGS])
		bits |= BIT_FLAGS;
	if (get16(is + TCP_WINDOW) != get16(was + TCP_WINDOW))
		bits |= BIT_WINDOW;
	if (hs->hs_time && memcmp(is + TCP_TIME, was + TCP_TIME, 8) != 0)
		bits |= BIT_TIME;
	return ((uint8_t)bits);
}

static size_t
put_tcp(const struct hcomp_slot *hs, const struct hcomp_slot *now, uint8_t bits,
    uint8_t *out)
{
	const uint8_t *was = hs->hs_header + hs->hs_l4;
	const uint8_t *is = now->hs_header + now->hs_l4;
	size_t n = 0;

	if ((bits & BIT_SEQ) != 0) {
		memcpy(out, is + TCP_SEQ, 4);
		n += 4;
	}
	if ((bits & BIT_ACK) != 0)
		n += put_more(out + n, was + TCP_ACK, is + TCP_ACK);
	if ((bits & BIT_FLAGS) != 0)
		out[n++] = is[TCP_FLAGS];
	if ((bits & BIT_WINDOW) != 0) {
		memcpy(out + n, is + TCP_WINDOW, 2);
		n += 2;
	}
	if ((bits & BIT_TIME) != 0) {
		n += put_more(out + n, was + TCP_TIME, is + TCP_TIME);
		n += put_more(out + n, was + TCP_TIME + 4, is + TCP_TIME + 4);
	}
	return (n);
}

/* The bits, and what belongs to them to out; its length to *len. */
static uint8_t
differences(const struct hcomp_slot *hs, const struct hcomp_slot *now,
    uint8_t *out, size_t *len)
{
	uint8_t bits = hs->hs_tcp ? tcp_bits(hs, now) : 0;
	size_t n = 0;

	if (memcmp(&hs->hs_offload, &now->hs_offload, sizeof(hs->hs_offload)) !=
	    0) {
		bits |= BIT_OFFLOAD;
		offload_encode(&now->hs_offload, out);
		n += OFFLOAD_HDR_LEN;
	}
	if (!hs->hs_v6 &&
	    get16(now->hs_header + now->hs_l3 + IP4_ID) != next_id(hs)) {
		bits |= BIT_ID;
		memcpy(out + n, now->hs_header + now->hs_l3 + IP4_ID, 2);
		n += 2;
	}
	n += put_tcp(hs, now, bits, out + n);
	if ((now->hs_offload.fo_flags & OFFLOAD_F_CSUM) == 0) {
		memcpy(out + n, now->hs_header + now->hs_csum, 2);
		n += 2;
	}
	*len = n;
	return (bits);
}

/* Whether a flow of TCP shows that the far end may be short of something. */
static bool
repeats(const struct hcomp_slot *hs, const struct hcomp_slot *now)
{
	const uint8_t *was = hs->hs_header + hs->hs_l4;
	const uint8_t *is = now->hs_header + now->hs_l4;
	int32_t ahead = (int32_t)(get32(is + TCP_SEQ) - next_seq(hs));

	return (ahead < 0 ||
	    (now->hs_data == 0 && ahead == 0 &&
		get32(is + TCP_ACK) == get32(was + TCP_ACK)));
}

/* Whether the far end makes the frame's headers of it. */
static bool
is_exact(const struct hcomp_slot *hs, const struct hcomp_slot *now,
    uint8_t bits, const uint8_t *p, size_t len)
{
	struct cursor cu = { .cu_p = p, .cu_left = len };
	struct hcomp_slot far = *hs;

	return (apply(&far, bits, &cu, now->hs_data) &&
	    memcmp(far.hs_header, now->hs_header, now->hs_len) == 0);
}

size_t
hcomp_encode(struct hcomp *hc, const struct frame *f, uint8_t *out,
    size_t *skip)
{
	struct hcomp_slot now, *hs;
	unsigned int slot;
	uint8_t bits;
	size_t n;

	*skip = 0;
	if (!learn(&now, f))
		return (0);
	slot = slot_of(&now);
	hs = &hc->hc_slot[slot];
	out[2] = (uint8_t)slot;
	if (hs->hs_left > 0 && alike(hs, &now) &&
	    !(now.hs_tcp && repeats(hs, &now))) {
		bits = differences(hs, &now, out + 3, &n);
		if (is_exact(hs, &now, bits, out + 3, n)) {
			now.hs_left = hs->hs_left - 1;
			*hs = now;
			*skip = now.hs_len;
			out[0] = (uint8_t)(n + 2);
			out[1] = bits;
			return (n + 3);
		}
	}
	*hs = now;
	out[0] = OFFLOAD_HDR_LEN + 2;
	out[1] = BIT_FULL;
	offload_encode(&f->f_offload, out + 3);
	return (OFFLOAD_HDR_LEN + 3);
}

bool
hcomp_decode(struct hcomp *hc, const uint8_t *p, size_t len, size_t rest,
    struct hcomp_head *hh, struct frame_offload *fo)
{
	struct cursor cu = { .cu_p = p, .cu_left = len };
	uint8_t bits = *take(&cu, 1);
	struct hcomp_slot *hs;

	hh->hh_slot = *take(&cu, 1);
	if (cu.cu_bad || hh->hh_slot >= HCOMP_SLOTS)
		return (false);
	hs = &hc->hc_slot[hh->hh_slot];
	hh->hh_full = (bits & BIT_FULL) != 0;
	hh->hh_header = hs->hs_header;
	hh->hh_len = 0;
	if (hh->hh_full) {
		/* until the whole frame is here */
		hs->hs_len = 0;
		offload_decode(take(&cu, OFFLOAD_HDR_LEN), fo);
		return (bits == BIT_FULL && !cu.cu_bad && cu.cu_left == 0);
	}
	if (!apply(hs, bits, &cu, rest)) {
		hs->hs_len = 0;
		return (false);
	}
	*fo = hs->hs_offload;
	hh->hh_len = hs->hs_len;
	return (true);
}

void
hcomp_keep(struct hcomp *hc, unsigned int slot, const struct frame *f)
{
	(void)learn(&hc->hc_slot[slot], f);
}
