/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/csum.h"
#include "net/gro.h"
#include "net/ip_header.h"
#include "net/offload.h"

enum {
	IP4_DF = 0x40,
	F_PSH = 0x08, /* TCP's flags */
	F_ACK = 0x10,
	F_ECE = 0x40,
	F_CWR = 0x80
};

/* A frame whose flow is known. */
struct view {
	const uint8_t *v_p;
	bool v_tcp, v_v6;
	bool v_joins; /* of a kind that can be in a super-frame */
	size_t v_l3, v_l4, v_data; /* offsets */
	size_t v_len; /* of the payload */
	size_t v_size; /* of that of each of its segments but the last */
	uint32_t v_hash;
};

/* Few flows are compared by it; all else is in same_flow(). */
static uint32_t
hash(const struct view *v)
{
	const uint8_t *ip = v->v_p + v->v_l3;
	size_t dst = v->v_v6 ? IP6_HLEN - 4 : IP4_ADDR + 4;

	return (get32(v->v_p + v->v_l4) * 0x9e3779b1U ^
	    get32(ip + dst - (v->v_v6 ? 16 : 4)) * 0x85ebca6bU ^
	    get32(ip + dst));
}

static bool
tcp_joins(const uint8_t *tcp)
{
	return ((tcp[TCP_FLAGS] & F_ACK) != 0 &&
	    (tcp[TCP_FLAGS] & ~(F_ACK | F_PSH | F_ECE | F_CWR)) == 0 &&
	    get16(tcp + TCP_CSUM) != 0xffff);
}

/* A super-frame of TCP whose checksum is open, as all that we make. */
static bool
super_joins(const struct frame *f, const struct view *v)
{
	uint8_t gso = f->f_offload.fo_gso & (uint8_t)~OFFLOAD_GSO_ECN;

	return (v->v_tcp &&
	    gso == (v->v_v6 ? OFFLOAD_GSO_TCP6 : OFFLOAD_GSO_TCP4) &&
	    (f->f_offload.fo_flags & OFFLOAD_F_CSUM) != 0 && v->v_size > 0);
}

/* false when it is of no flow that we know. */
static bool
look(const struct frame *f, struct view *v)
{
	struct offload_packet op;

	if (offload_find(f->f_data, f->f_len, &op) != NULL)
		return (false);
	v->v_p = f->f_data;
	v->v_tcp = op.op_ip.ii_proto == IP_TCP;
	v->v_v6 = op.op_ip.ii_version == 6;
	v->v_l3 = op.op_ip.ii_l3;
	v->v_l4 = op.op_ip.ii_l4;
	v->v_data = op.op_payload;
	v->v_len = op.op_ip.ii_end - op.op_payload;
	v->v_hash = hash(v);
	v->v_size = f->f_offload.fo_gso == OFFLOAD_GSO_NONE ?
	    v->v_len :
	    f->f_offload.fo_gso_size;
	v->v_joins =
	    (f->f_offload.fo_gso == OFFLOAD_GSO_NONE || super_joins(f, v)) &&
	    op.op_ip.ii_end == f->f_len && v->v_len > 0 &&
	    v->v_len < IP_LONGEST &&
	    (v->v_tcp ? tcp_joins(v->v_p + v->v_l4) :
			get16(v->v_p + v->v_l4 + UDP_CSUM) != 0);
	return (true);
}

/* Whether a super-frame may begin with it, for a next hop that `can`. */
static bool
may_start(const struct view *v, unsigned int can)
{
	unsigned int needs = OFFLOAD_CAN_CSUM |
	    (!v->v_tcp	    ? OFFLOAD_CAN_USO :
		    v->v_v6 ? OFFLOAD_CAN_TSO6 :
			      OFFLOAD_CAN_TSO4);

	return (v->v_joins && (can & needs) == needs &&
	    (!v->v_tcp ||
		(v->v_size >= OFFLOAD_TCP_MIN &&
		    (v->v_p[v->v_l4 + TCP_FLAGS] & F_PSH) == 0)));
}

/* Addresses, tags, protocol, options: all that must not differ before L4. */
static bool
same_network(const struct gro *gr, const struct view *v)
{
	const uint8_t *a = gr->gr_frame->f_data, *b = v->v_p;
	size_t l3 = gr->gr_l3, l4 = gr->gr_l4;

	if (gr->gr_v6 != v->v_v6 || l3 != v->v_l3 || l4 != v->v_l4)
		return (false);
	if (gr->gr_v6)
		return (memcmp(a, b, l3 + IP6_LEN) == 0 &&
		    memcmp(a + l3 + IP6_NEXT, b + l3 + IP6_NEXT,
			l4 - l3 - IP6_NEXT) == 0);
	return (memcmp(a, b, l3 + IP4_LEN) == 0 &&
	    memcmp(a + l3 + IP4_FRAG, b + l3 + IP4_FRAG, IP4_CSUM - IP4_FRAG) ==
		0 &&
	    memcmp(a + l3 + IP4_ADDR, b + l3 + IP4_ADDR, l4 - l3 - IP4_ADDR) ==
		0);
}

/*
 * Addresses, protocol and ports.  Other fields may tell that frames do not
 * join, but not that their order does not matter.
 */
static bool
same_flow(const struct gro *gr, const struct view *v)
{
	const uint8_t *a = gr->gr_frame->f_data, *b = v->v_p;
	size_t at = v->v_v6 ? 8 : IP4_ADDR, len = v->v_v6 ? 32 : 8;

	return (gr->gr_hash == v->v_hash && gr->gr_v6 == v->v_v6 &&
	    gr->gr_tcp == v->v_tcp &&
	    memcmp(a + gr->gr_l3 + at, b + v->v_l3 + at, len) == 0 &&
	    memcmp(a + gr->gr_l4, b + v->v_l4, 4) == 0);
}

/* The identification counts up; or it stays, and nobody looks at it. */
static bool
id_follows(struct gro *gr, const struct view *v)
{
	const uint8_t *a = gr->gr_frame->f_data + gr->gr_l3;
	const uint8_t *b = v->v_p + v->v_l3;
	uint16_t step;

	if (gr->gr_v6)
		return (true);
	step = (uint16_t)(get16(b + IP4_ID) - get16(a + IP4_ID));
	/* a super-frame's own count up */
	if (gr->gr_count == 1)
		gr->gr_fixed_id = step == 0 && (a[IP4_FRAG] & IP4_DF) != 0 &&
		    v->v_size == v->v_len;
	if (gr->gr_fixed_id && v->v_size != v->v_len)
		return (false);
	return (step == (gr->gr_fixed_id ? 0 : (uint16_t)gr->gr_count));
}

static bool
tcp_follows(const struct gro *gr, const struct view *v)
{
	const uint8_t *a = gr->gr_frame->f_data + gr->gr_l4;
	const uint8_t *b = v->v_p + v->v_l4;
	size_t options = gr->gr_data - gr->gr_l4 - IP_TCP_HLEN;

	return (get32(b + TCP_SEQ) - get32(a + TCP_SEQ) ==
		gr->gr_count * gr->gr_size &&
	    memcmp(a + TCP_ACK, b + TCP_ACK, TCP_FLAGS - TCP_ACK) == 0 &&
	    ((a[TCP_FLAGS] ^ b[TCP_FLAGS]) & F_ECE) == 0 &&
	    (b[TCP_FLAGS] & F_CWR) == 0 &&
	    memcmp(a + TCP_WINDOW, b + TCP_WINDOW, 2) == 0 &&
	    memcmp(a + TCP_URGENT, b + TCP_URGENT, 2 + options) == 0);
}

/* Whether v's headers are those of the next segment. */
static bool
follows(struct gro *gr, const struct view *v)
{
	if (!gr->gr_open || !v->v_joins || gr->gr_tcp != v->v_tcp ||
	    gr->gr_data != v->v_data || v->v_size > gr->gr_size ||
	    (v->v_size < gr->gr_size && v->v_size != v->v_len) ||
	    gr->gr_frame->f_len + v->v_len - gr->gr_l3 > IP_LONGEST ||
	    gr->gr_frame->f_len + v->v_len > FRAME_MAX)
		return (false);
	if (!gr->gr_tcp && gr->gr_count >= OFFLOAD_UDP_SEGMENTS)
		return (false);
	return (same_network(gr, v) && id_follows(gr, v) &&
	    memcmp(gr->gr_frame->f_data + gr->gr_l4, v->v_p + v->v_l4, 4) ==
		0 &&
	    (!gr->gr_tcp || tcp_follows(gr, v)));
}

/* The pseudo header's sum for len octets behind it. */
static uint64_t
pseudo(const uint8_t *p, const struct gro *gr, size_t len)
{
	return (csum_pseudo(p + gr->gr_l3 + (gr->gr_v6 ? 8 : IP4_ADDR),
	    gr->gr_v6 ? 32 : 8, gr->gr_tcp ? IP_TCP : IP_UDP, len));
}

/*
 * Whether the checksums of an ordinary frame, laid out as gr is, are those
 * that segmentation would write.
 */
static bool
sums_right(const struct frame *f, const struct gro *gr)
{
	const uint8_t *ip = f->f_data + gr->gr_l3, *l4 = f->f_data + gr->gr_l4;
	uint16_t field = get16(l4 + (gr->gr_tcp ? TCP_CSUM : UDP_CSUM));
	size_t len = f->f_len - gr->gr_l4;
	uint64_t acc;

	if (!gr->gr_v6 &&
	    (get16(ip + IP4_CSUM) == 0xffff ||
		csum_fold(csum_add(0, ip, gr->gr_l4 - gr->gr_l3)) != 0xffff))
		return (false);
	/* with a source route the checksum is over another address */
	if ((f->f_offload.fo_flags & OFFLOAD_F_VALID) != 0 &&
	    gr->gr_l4 - gr->gr_l3 == (gr->gr_v6 ? IP6_HLEN : IP4_HLEN))
		return (true);
	acc = pseudo(f->f_data, gr, len);
	if ((f->f_offload.fo_flags & OFFLOAD_F_CSUM) != 0)
		return (csum_fold(acc) == field);
	return (csum_fold(csum_add(acc, l4, len)) == 0xffff);
}

/* Room for n more octets in a buffer that is ours alone. */
static bool
make_room(struct gro *gr, size_t n)
{
	struct frame *f = gr->gr_frame, *big;

	if (f->f_cap - f->f_len >= n &&
	    f->f_data == f->f_buf + FRAME_HEADROOM &&
	    atomic_load_explicit(&f->f_refs, memory_order_acquire) == 1)
		return (true);
	if ((big = frame_alloc(f->f_len + n)) == NULL)
		return (false);
	memcpy(big->f_data, f->f_data, f->f_len);
	big->f_len = f->f_len;
	big->f_offload = f->f_offload;
	frame_free(f);
	gr->gr_frame = big;
	return (true);
}

static uint32_t
segments(const struct view *v)
{
	return ((uint32_t)((v->v_len + v->v_size - 1) / v->v_size));
}

/* Put f, of which v is a view, behind the rest; consumed when it joins. */
static bool
join(struct gro *gr, struct frame *f, const struct view *v)
{
	uint8_t *tcp;

	if (!follows(gr, v) || !sums_right(f, gr) ||
	    (!gr->gr_right && !sums_right(gr->gr_frame, gr)) ||
	    !make_room(gr, v->v_len))
		return (false);
	memcpy(gr->gr_frame->f_data + gr->gr_frame->f_len, v->v_p + v->v_data,
	    v->v_len);
	gr->gr_frame->f_len += (uint32_t)v->v_len;
	gr->gr_right = gr->gr_joined = true;
	gr->gr_count += segments(v);
	gr->gr_open = v->v_len % gr->gr_size == 0;
	if (gr->gr_tcp && (v->v_p[v->v_l4 + TCP_FLAGS] & F_PSH) != 0) {
		tcp = gr->gr_frame->f_data + gr->gr_l4;
		tcp[TCP_FLAGS] |= F_PSH;
		gr->gr_open = false;
	}
	frame_free(f);
	return (true);
}

static void
start(struct gro *gr, struct frame *f, const struct view *v)
{
	*gr = (struct gro){
		.gr_frame = f,
		.gr_open = v->v_len % v->v_size == 0,
		.gr_tcp = v->v_tcp,
		.gr_v6 = v->v_v6,
		.gr_size = (uint16_t)v->v_size,
		.gr_count = segments(v),
		.gr_hash = v->v_hash,
		.gr_l3 = v->v_l3,
		.gr_l4 = v->v_l4,
		.gr_data = v->v_data,
	};
}

void
gro_start(struct gro *gr, struct frame *f, unsigned int can)
{
	struct view v;

	if (look(f, &v) && may_start(&v, can))
		start(gr, f, &v);
	else
		*gr = (struct gro){ .gr_frame = f, .gr_count = 1 };
}

bool
gro_add(struct gro *gr, struct frame *f)
{
	struct view v;

	return (gr->gr_open && look(f, &v) && join(gr, f, &v));
}

/* Several frames have come together: the headers of all of them. */
static void
set_headers(const struct gro *gr, struct frame *f)
{
	uint8_t *ip = f->f_data + gr->gr_l3, *l4 = f->f_data + gr->gr_l4;
	size_t len = f->f_len - gr->gr_l4, csum = TCP_CSUM;
	uint8_t gso = gr->gr_v6 ? OFFLOAD_GSO_TCP6 : OFFLOAD_GSO_TCP4;

	if (gr->gr_v6)
		put16(ip + IP6_LEN,
		    (uint16_t)(f->f_len - gr->gr_l3 - IP6_HLEN));
	else {
		put16(ip + IP4_LEN, (uint16_t)(f->f_len - gr->gr_l3));
		put16(ip + IP4_CSUM, 0);
		put16(ip + IP4_CSUM,
		    csum_finish(csum_add(0, ip, gr->gr_l4 - gr->gr_l3)));
	}
	if (!gr->gr_tcp) {
		put16(l4 + UDP_LEN, (uint16_t)len);
		csum = UDP_CSUM;
		gso = OFFLOAD_GSO_UDP;
	} else if ((l4[TCP_FLAGS] & F_CWR) != 0)
		gso |= OFFLOAD_GSO_ECN;
	put16(l4 + csum, csum_fold(pseudo(f->f_data, gr, len)));
	f->f_offload = (struct frame_offload){
		.fo_flags = OFFLOAD_F_CSUM,
		.fo_gso = gso,
		.fo_hdr_len = (uint16_t)gr->gr_data,
		.fo_gso_size = gr->gr_size,
		.fo_csum_start = (uint16_t)gr->gr_l4,
		.fo_csum_offset = (uint16_t)csum,
	};
}

struct frame *
gro_end(struct gro *gr)
{
	struct frame *f = gr->gr_frame;

	if (gr->gr_joined)
		set_headers(gr, f);
	gr->gr_joined = false;
	gr->gr_frame = NULL;
	gr->gr_count = 0;
	gr->gr_open = false;
	return (f);
}

static struct gro *
find_flow(struct gro_batch *gb, const struct view *v)
{
	struct gro *gr;

	for (gr = gb->gb_flow; gr < gb->gb_flow + GRO_FLOWS; gr++)
		if (gr->gr_frame != NULL && same_flow(gr, v))
			return (gr);
	return (NULL);
}

/* An empty place; the flow whose turn it is makes room for it. */
static struct gro *
find_room(struct gro_batch *gb, void (*out)(struct frame *, void *), void *arg)
{
	struct gro *gr;

	for (gr = gb->gb_flow; gr < gb->gb_flow + GRO_FLOWS; gr++)
		if (gr->gr_frame == NULL) {
			gb->gb_used++;
			return (gr);
		}
	gr = &gb->gb_flow[gb->gb_hand++ % GRO_FLOWS];
	out(gro_end(gr), arg);
	return (gr);
}

void
gro_flush(struct gro_batch *gb, void (*out)(struct frame *, void *), void *arg)
{
	struct gro *gr;

	for (gr = gb->gb_flow; gb->gb_used > 0 && gr < gb->gb_flow + GRO_FLOWS;
	     gr++)
		if (gr->gr_frame != NULL) {
			out(gro_end(gr), arg);
			gb->gb_used--;
		}
}

void
gro_put(struct gro_batch *gb, struct frame *f, unsigned int can,
    void (*out)(struct frame *, void *), void *arg)
{
	struct gro *gr;
	struct view v;

	if ((gb->gb_used == 0 &&
		(f->f_offload.fo_gso != OFFLOAD_GSO_NONE ||
		    (can & OFFLOAD_CAN_CSUM) == 0)) ||
	    !look(f, &v)) {
		/* whose it is is not known: it overtakes nobody */
		gro_flush(gb, out, arg);
		out(f, arg);
		return;
	}
	/* it has its size already */
	v.v_joins &= f->f_offload.fo_gso == OFFLOAD_GSO_NONE;
	gr = gb->gb_used > 0 ? find_flow(gb, &v) : NULL;
	if (gr != NULL && join(gr, f, &v)) {
		gb->gb_joined++;
		return;
	}
	if (gr != NULL) {
		out(gro_end(gr), arg);
		gb->gb_used--;
	}
	if (may_start(&v, can))
		start(find_room(gb, out, arg), f, &v);
	else
		out(f, arg);
}
