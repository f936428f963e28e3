/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/csum.h"
#include "net/gso.h"
#include "net/ip_header.h"
#include "net/offload.h"

enum { TCP_FIN_PSH = 0x09, TCP_CWR = 0x80 };

/* Addresses and protocol; the length is each segment's own. */
static uint64_t
pseudo(const struct ip_info *ii)
{
	return (csum_pseudo(ii->ii_src, ii->ii_version == 4 ? 8 : 32,
	    (uint8_t)ii->ii_proto, 0));
}

bool
gso_start(struct gso *gs, struct frame *f)
{
	struct offload_packet op;

	if (offload_check(&f->f_offload, f->f_data, f->f_len,
		OFFLOAD_CAN_ALL | OFFLOAD_CAN_SMALL) != NULL ||
	    f->f_offload.fo_gso == OFFLOAD_GSO_NONE ||
	    offload_find(f->f_data, f->f_len, &op) != NULL) {
		frame_free(f);
		return (false);
	}
	*gs = (struct gso){
		.gs_frame = f,
		.gs_tcp = op.op_ip.ii_proto == IP_TCP,
		.gs_version = op.op_ip.ii_version,
		.gs_l3 = op.op_ip.ii_l3,
		.gs_l4 = op.op_ip.ii_l4,
		.gs_data = op.op_payload,
		.gs_next = op.op_payload,
		.gs_pseudo = pseudo(&op.op_ip),
	};
	return (true);
}

void
gso_end(struct gso *gs)
{
	frame_free(gs->gs_frame);
	gs->gs_frame = NULL;
}

unsigned int
gso_left(const struct gso *gs)
{
	size_t size;

	if (gs->gs_frame == NULL)
		return (0);
	size = gs->gs_frame->f_offload.fo_gso_size;
	return ((unsigned int)((gs->gs_frame->f_len - gs->gs_next + size - 1) /
	    size));
}

static void
set_ip(const struct gso *gs, struct frame *f)
{
	uint8_t *ip = f->f_data + gs->gs_l3;
	size_t len = f->f_len - gs->gs_l3;

	if (gs->gs_version == 6) {
		put16(ip + IP6_LEN, (uint16_t)(len - IP6_HLEN));
		return;
	}
	put16(ip + IP4_LEN, (uint16_t)len);
	put16(ip + IP4_ID, (uint16_t)(get16(ip + IP4_ID) + gs->gs_count));
	put16(ip + IP4_CSUM, 0);
	put16(ip + IP4_CSUM,
	    csum_finish(csum_add(0, ip, gs->gs_l4 - gs->gs_l3)));
}

static void
set_tcp(const struct gso *gs, uint8_t *tcp, bool last)
{
	uint32_t done = (uint32_t)(gs->gs_next - gs->gs_data);

	put32(tcp + TCP_SEQ, get32(tcp + TCP_SEQ) + done);
	if (!last)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_FIN_PSH;
	if (gs->gs_count > 0)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
}

static uint8_t *
csum_field(const struct gso *gs, struct frame *f)
{
	return (f->f_data + gs->gs_l4 + (gs->gs_tcp ? TCP_CSUM : UDP_CSUM));
}

static void
set_csum(const struct gso *gs, struct frame *f)
{
	uint8_t *l4 = f->f_data + gs->gs_l4, *field = csum_field(gs, f);
	size_t len = f->f_len - gs->gs_l4;
	uint16_t csum;

	put16(field, 0);
	csum = csum_finish(csum_add(csum_add16(gs->gs_pseudo, (uint16_t)len),
	    l4, len));
	/* In UDP zero means "none" (RFC 768). */
	if (csum == 0 && !gs->gs_tcp)
		csum = 0xffff;
	put16(field, csum);
}

/* Several segments under one header: the checksum stays open. */
static void
set_offload(const struct gso *gs, struct frame *f)
{
	size_t len = f->f_len - gs->gs_l4;

	f->f_offload = gs->gs_frame->f_offload;
	f->f_offload.fo_hdr_len = (uint16_t)gs->gs_data;
	if (gs->gs_count > 0)
		f->f_offload.fo_gso &= (uint8_t)~OFFLOAD_GSO_ECN;
	put16(csum_field(gs, f),
	    csum_fold(csum_add16(gs->gs_pseudo, (uint16_t)len)));
}

/* The next n octets of the payload, under headers of their own. */
static struct frame *
take(struct gso *gs, size_t n)
{
	const struct frame *super = gs->gs_frame;
	size_t size = super->f_offload.fo_gso_size;
	bool last = gs->gs_next + n == super->f_len;
	struct frame *f = frame_alloc(gs->gs_data + n);

	if (f == NULL)
		return (NULL);
	memcpy(f->f_data, super->f_data, gs->gs_data);
	memcpy(f->f_data + gs->gs_data, super->f_data + gs->gs_next, n);
	set_ip(gs, f);
	if (gs->gs_tcp)
		set_tcp(gs, f->f_data + gs->gs_l4, last);
	else
		put16(f->f_data + gs->gs_l4 + UDP_LEN,
		    (uint16_t)(f->f_len - gs->gs_l4));
	if (n > size)
		set_offload(gs, f);
	else
		set_csum(gs, f);
	gs->gs_next += n;
	gs->gs_count += (uint32_t)((n + size - 1) / size);
	if (last)
		gso_end(gs);
	return (f);
}

struct frame *
gso_next(struct gso *gs)
{
	return (gso_next_part(gs, 0));
}

struct frame *
gso_next_part(struct gso *gs, size_t len)
{
	const struct frame *super = gs->gs_frame;
	size_t n, left, size;

	if (super == NULL)
		return (NULL);
	left = super->f_len - gs->gs_next;
	size = super->f_offload.fo_gso_size;
	n = size;
	if (len > gs->gs_data + size)
		n = (len - gs->gs_data) / size * size;
	return (take(gs, n < left ? n : left));
}

unsigned int
gso_each(struct frame *f, unsigned int can, void (*one)(struct frame *, void *),
    void *arg)
{
	struct gso gs = { .gs_frame = NULL };
	unsigned int lost;

	if (offload_may_send(&f->f_offload, can)) {
		one(f, arg);
		return (0);
	}
	if (!gso_start(&gs, f))
		return (1);
	while ((f = gso_next(&gs)) != NULL)
		one(f, arg);
	lost = gso_left(&gs);
	gso_end(&gs);
	return (lost);
}
