/* SPDX-License-Identifier: ISC */
/*
 * The native encapsulation: the Capsule Protocol (RFC 9297, 3.2) with the
 * DATAGRAM payloads of draft-ietf-masque-connect-ethernet (section 6).
 * A state machine that takes its input in pieces of any size; only a frame's
 * bytes are stored, and those once, in the frame.
 */
#include <stdlib.h>
#include <string.h>

#include "encap/encap.h"
#include "encap/hcomp.h"
#include "encap/varint.h"
#include "kern/bytes.h"
#include "net/ether.h"
#include "net/offload.h"

enum {
	CAPSULE_DATAGRAM = 0,
	/*
	 * Ours: the value is a cookie of 8 octets, and a pong repeats that
	 * of the ping.  Picked at random; not of the reserved 0x29 * N + 0x17.
	 */
	CAPSULE_PING = 0x2b6c7a3e,
	CAPSULE_PONG = 0x2b6c7a3f,
	CAPSULE_COOKIE = 8,
	CAPSULE_NUMBER = 4,
	/* Type, length, context and compressed headers, at most. */
	CAPSULE_COMPRESSED = 1 + 4 + 8 + HCOMP_HEAD,
	/* What is longer is not skipped but ends the connection. */
	CAPSULE_LEN_MAX = 1 << 24
};

enum capsule_state {
	CS_TYPE,
	CS_LENGTH,
	CS_CONTEXT,
	CS_OFFLOAD,
	CS_NUMBER,
	CS_HCOMP_LEN,
	CS_HCOMP,
	CS_PAYLOAD,
	CS_COOKIE,
	CS_SKIP
};

struct encap {
	struct encap_params en_params;
	struct encap_stats en_stats;
	enum capsule_state en_state;
	uint64_t en_type;
	uint64_t en_remain; /* of the capsule's value, still to come */
	bool en_fcs; /* the frame is of context 0 and may have one */
	struct frame_offload en_offload;
	uint32_t en_twice; /* the frame's f_twice */
	struct hcomp *en_hcomp_in, *en_hcomp_out; /* made when used */
	struct hcomp_head en_hcomp; /* of the frame */
	size_t en_hcomp_len;
	bool en_compress; /* if the peer takes it */
	struct frame *en_frame; /* the frame that is being received */
	uint32_t en_len; /* how long it will be, */
	uint32_t en_have; /* and how much of it is here */
	size_t en_nhead; /* pieces of a header field */
	uint8_t en_head[HCOMP_HEAD];
};

static struct encap *
capsule_new(const struct encap_params *ep)
{
	struct encap *en = calloc(1, sizeof(*en));

	if (en == NULL)
		return (NULL);
	en->en_params = *ep;
	if (en->en_params.ep_max > FRAME_MAX)
		en->en_params.ep_max = FRAME_MAX;
	return (en);
}

static void
capsule_free(struct encap *en)
{
	if (en == NULL)
		return;
	if (en->en_frame != NULL)
		frame_free(en->en_frame);
	hcomp_free(en->en_hcomp_in);
	hcomp_free(en->en_hcomp_out);
	free(en);
}

/* The next `want` bytes in one piece, or NULL after keeping what there is. */
static const uint8_t *
capsule_take(struct encap *en, const uint8_t **p, size_t *len, size_t want)
{
	const uint8_t *r = *p;
	size_t n = want - en->en_nhead;

	if (n > *len)
		n = *len;
	if (n == 0 && want > 0)
		return (NULL);
	*p += n;
	*len -= n;
	if (n == want)
		return (r);
	memcpy(en->en_head + en->en_nhead, r, n);
	en->en_nhead += n;
	if (en->en_nhead < want)
		return (NULL);
	en->en_nhead = 0;
	return (en->en_head);
}

/* The size of the varint that comes next; 0 when nothing is here yet. */
static size_t
capsule_peek(const struct encap *en, const uint8_t *p, size_t len)
{
	if (en->en_nhead > 0)
		return ((size_t)1 << (en->en_head[0] >> 6));
	return (len > 0 ? (size_t)1 << (*p >> 6) : 0);
}

static bool
capsule_take_varint(struct encap *en, const uint8_t **p, size_t *len,
    uint64_t *v)
{
	size_t want = capsule_peek(en, *p, *len);
	const uint8_t *q;

	if (want == 0 || (q = capsule_take(en, p, len, want)) == NULL)
		return (false);
	varint_get(q, want, v);
	return (true);
}

/* Give up this capsule and count it; the rest of it is skipped. */
static void
capsule_drop(struct encap *en, uint64_t *counter)
{
	(*counter)++;
	en->en_state = CS_SKIP;
}

/* The capsule's type and length are known. */
static void
capsule_begin(struct encap *en)
{
	switch (en->en_type) {
	case CAPSULE_DATAGRAM:
		en->en_state = CS_CONTEXT;
		break;
	case CAPSULE_PING:
	case CAPSULE_PONG:
		if (en->en_remain == CAPSULE_COOKIE) {
			en->en_state = CS_COOKIE;
			break;
		}
		/* FALLTHROUGH */
	default:
		capsule_drop(en, &en->en_stats.es_unknown);
	}
}

/* The rest of the value is a frame: check its length and get a buffer. */
static void
capsule_begin_frame(struct encap *en)
{
	const struct encap_params *ep = &en->en_params;
	uint64_t max = ep->ep_max, whole;
	size_t len;

	whole = en->en_remain + en->en_hcomp.hh_len;
	if (en->en_offload.fo_gso != OFFLOAD_GSO_NONE)
		max = FRAME_MAX;
	else if (en->en_fcs)
		max += ETHER_FCS_LEN;
	if (whole < FRAME_MIN) {
		capsule_drop(en, &en->en_stats.es_short);
		return;
	}
	if (whole > max) {
		capsule_drop(en, &en->en_stats.es_oversized);
		return;
	}
	/* An FCS behind the longest frame goes to the tail room. */
	len = (size_t)whole;
	en->en_frame = frame_alloc(len > FRAME_MAX ? FRAME_MAX : len);
	if (en->en_frame == NULL) {
		capsule_drop(en, &en->en_stats.es_memory);
		return;
	}
	if (en->en_hcomp.hh_len > 0)
		memcpy(en->en_frame->f_data, en->en_hcomp.hh_header,
		    en->en_hcomp.hh_len);
	en->en_len = (uint32_t)len;
	en->en_have = (uint32_t)en->en_hcomp.hh_len;
	en->en_state = CS_PAYLOAD;
}

/* A field of so many octets comes before the frame. */
static void
capsule_begin_field(struct encap *en, enum capsule_state state, size_t len)
{
	if (en->en_remain < len)
		capsule_drop(en, &en->en_stats.es_short);
	else
		en->en_state = state;
}

static void
capsule_context(struct encap *en, const uint8_t **p, size_t *len)
{
	size_t want = capsule_peek(en, *p, *len);
	uint64_t context;

	if (en->en_remain == 0 || want > en->en_remain) {
		capsule_drop(en, &en->en_stats.es_short);
		return;
	}
	if (!capsule_take_varint(en, p, len, &context))
		return;
	en->en_remain -= want;
	en->en_fcs = context == 0;
	en->en_offload = (struct frame_offload){ 0 };
	en->en_twice = 0;
	en->en_hcomp.hh_full = false;
	en->en_hcomp.hh_len = 0;
	if (context == 0)
		capsule_begin_frame(en);
	else if (context == en->en_params.ep_context)
		capsule_begin_field(en, CS_OFFLOAD, OFFLOAD_HDR_LEN);
	else if (context == en->en_params.ep_twice)
		capsule_begin_field(en, CS_NUMBER, CAPSULE_NUMBER);
	else if (context == en->en_params.ep_headers)
		capsule_begin_field(en, CS_HCOMP_LEN, 1);
	else
		capsule_drop(en, &en->en_stats.es_context);
}

static void
capsule_offload(struct encap *en, const uint8_t **p, size_t *len)
{
	const uint8_t *q = capsule_take(en, p, len, OFFLOAD_HDR_LEN);

	if (q == NULL)
		return;
	en->en_remain -= OFFLOAD_HDR_LEN;
	offload_decode(q, &en->en_offload);
	capsule_begin_frame(en);
}

static void
capsule_number(struct encap *en, const uint8_t **p, size_t *len)
{
	const uint8_t *q = capsule_take(en, p, len, CAPSULE_NUMBER);

	if (q == NULL)
		return;
	en->en_remain -= CAPSULE_NUMBER;
	en->en_twice = get32(q);
	capsule_begin_frame(en);
}

static void
capsule_hcomp_len(struct encap *en, const uint8_t **p, size_t *len)
{
	const uint8_t *q = capsule_take(en, p, len, 1);

	if (q == NULL)
		return;
	en->en_remain--;
	en->en_hcomp_len = *q;
	if (en->en_hcomp_len == 0 || en->en_hcomp_len > sizeof(en->en_head))
		capsule_drop(en, &en->en_stats.es_headers);
	else
		capsule_begin_field(en, CS_HCOMP, en->en_hcomp_len);
}

/* Compressed headers: what they stand for is the beginning of the frame. */
static void
capsule_hcomp(struct encap *en, const uint8_t **p, size_t *len)
{
	size_t want = en->en_hcomp_len;
	const uint8_t *q = capsule_take(en, p, len, want);

	if (q == NULL)
		return;
	en->en_remain -= want;
	if (en->en_hcomp_in == NULL && (en->en_hcomp_in = hcomp_new()) == NULL)
		capsule_drop(en, &en->en_stats.es_memory);
	else if (!hcomp_decode(en->en_hcomp_in, q, want, (size_t)en->en_remain,
		     &en->en_hcomp, &en->en_offload))
		capsule_drop(en, &en->en_stats.es_headers);
	else
		capsule_begin_frame(en);
}

/* A whole frame is here: is it one that we take? */
static bool
capsule_frame_ok(struct encap *en, struct frame *f)
{
	struct encap_params *ep = &en->en_params;
	struct frame_offload *fo = &f->f_offload;

	f->f_twice = en->en_twice;
	if (en->en_fcs) {
		size_t len = ether_fcs_strip(f->f_data, en->en_len);

		if (len < FRAME_MIN || len > ep->ep_max) {
			if (len < FRAME_MIN)
				en->en_stats.es_short++;
			else
				en->en_stats.es_oversized++;
			return (false);
		}
		f->f_len = (uint32_t)len;
		return (true);
	}
	if (offload_check(fo, f->f_data, f->f_len, ep->ep_can_recv) != NULL) {
		en->en_stats.es_offload++;
		return (false);
	}
	if (offload_longest(fo, f->f_data, f->f_len) > ep->ep_max) {
		en->en_stats.es_oversized++;
		return (false);
	}
	return (true);
}

static enum encap_result
capsule_payload(struct encap *en, const uint8_t **p, size_t *len,
    struct frame **out)
{
	struct frame *f = en->en_frame;
	size_t n = en->en_len - en->en_have;

	if (n > *len)
		n = *len;
	memcpy(f->f_data + en->en_have, *p, n);
	*p += n;
	*len -= n;
	en->en_have += (uint32_t)n;
	if (en->en_have < en->en_len)
		return (ENCAP_MORE);
	en->en_frame = NULL;
	en->en_state = CS_TYPE;
	f->f_offload = en->en_offload;
	/* also of one that is not taken: what refers to it may be */
	if (en->en_hcomp.hh_full)
		hcomp_keep(en->en_hcomp_in, en->en_hcomp.hh_slot, f);
	if (!capsule_frame_ok(en, f)) {
		frame_free(f);
		return (ENCAP_MORE);
	}
	en->en_stats.es_compressed += en->en_hcomp.hh_len > 0;
	en->en_stats.es_frames++;
	*out = f;
	return (ENCAP_FRAME);
}

static void
capsule_skip(struct encap *en, const uint8_t **p, size_t *len)
{
	size_t n = *len;

	if (n > en->en_remain)
		n = (size_t)en->en_remain;
	*p += n;
	*len -= n;
	en->en_remain -= n;
	if (en->en_remain == 0)
		en->en_state = CS_TYPE;
}

static enum encap_result
capsule_cookie(struct encap *en, const uint8_t **p, size_t *len,
    uint64_t *cookie)
{
	const uint8_t *q = capsule_take(en, p, len, CAPSULE_COOKIE);

	if (q == NULL)
		return (ENCAP_MORE);
	*cookie = get64(q);
	en->en_stats.es_control++;
	en->en_state = CS_TYPE;
	return (en->en_type == CAPSULE_PING ? ENCAP_PING : ENCAP_PONG);
}

/* One step; ENCAP_MORE also when the next step may find something. */
static enum encap_result
capsule_step(struct encap *en, const uint8_t **p, size_t *len, struct frame **f,
    uint64_t *cookie)
{
	switch (en->en_state) {
	case CS_TYPE:
		if (capsule_take_varint(en, p, len, &en->en_type))
			en->en_state = CS_LENGTH;
		return (ENCAP_MORE);
	case CS_LENGTH:
		if (!capsule_take_varint(en, p, len, &en->en_remain))
			return (ENCAP_MORE);
		if (en->en_remain > CAPSULE_LEN_MAX)
			return (ENCAP_ERROR);
		capsule_begin(en);
		return (ENCAP_MORE);
	case CS_CONTEXT:
		capsule_context(en, p, len);
		return (ENCAP_MORE);
	case CS_OFFLOAD:
		capsule_offload(en, p, len);
		return (ENCAP_MORE);
	case CS_NUMBER:
		capsule_number(en, p, len);
		return (ENCAP_MORE);
	case CS_HCOMP_LEN:
		capsule_hcomp_len(en, p, len);
		return (ENCAP_MORE);
	case CS_HCOMP:
		capsule_hcomp(en, p, len);
		return (ENCAP_MORE);
	case CS_PAYLOAD:
		return (capsule_payload(en, p, len, f));
	case CS_COOKIE:
		return (capsule_cookie(en, p, len, cookie));
	case CS_SKIP:
		capsule_skip(en, p, len);
		return (ENCAP_MORE);
	}
	return (ENCAP_ERROR);
}

/* Whether the state needs no further byte to be left. */
static bool
capsule_empty(const struct encap *en)
{
	return (((en->en_state == CS_SKIP || en->en_state == CS_CONTEXT) &&
		    en->en_remain == 0) ||
	    (en->en_state == CS_PAYLOAD && en->en_have == en->en_len));
}

static enum encap_result
capsule_input(struct encap *en, const uint8_t **p, size_t *len,
    struct frame **f, uint64_t *cookie)
{
	enum encap_result er;

	while (*len > 0 || capsule_empty(en))
		if ((er = capsule_step(en, p, len, f, cookie)) != ENCAP_MORE)
			return (er);
	return (ENCAP_MORE);
}

/* Type, length, context and offload header; bytes written. */
static size_t
capsule_put_head(const struct encap_params *ep, size_t len,
    const struct frame_offload *fo, uint8_t *out, size_t room)
{
	size_t n = 0;

	len += varint_size(ep->ep_context);
	len += ep->ep_context != 0 ? OFFLOAD_HDR_LEN :
	    ep->ep_fcs		   ? ETHER_FCS_LEN :
				     0;
	n += varint_put(out, room, CAPSULE_DATAGRAM);
	n += varint_put(out + n, room - n, len);
	n += varint_put(out + n, room - n, ep->ep_context);
	if (ep->ep_context != 0) {
		offload_encode(fo, out + n);
		n += OFFLOAD_HDR_LEN;
	}
	return (n);
}

/* The frame's bytes, their checksum filled in on the copy. */
static void
capsule_put_complete(const struct frame *f, uint8_t *out)
{
	struct frame_offload fo = f->f_offload;

	memcpy(out, f->f_data, f->f_len);
	if ((fo.fo_flags & OFFLOAD_F_CSUM) != 0)
		offload_finish_csum(&fo, out, f->f_len);
}

/* An ordinary frame in the context of those with a number. */
static size_t
capsule_put_numbered(const struct encap_params *ep, const struct frame *f,
    uint8_t *out, size_t room)
{
	size_t n = 0;

	n += varint_put(out, room, CAPSULE_DATAGRAM);
	n += varint_put(out + n, room - n,
	    varint_size(ep->ep_twice) + CAPSULE_NUMBER + f->f_len);
	n += varint_put(out + n, room - n, ep->ep_twice);
	put32(out + n, f->f_twice);
	n += CAPSULE_NUMBER;
	capsule_put_complete(f, out + n);
	return (n + f->f_len);
}

/* Whether the peer fills in the checksums that are open. */
static bool
capsule_takes_open(const struct encap_params *ep)
{
	return (ep->ep_context != 0 &&
	    (ep->ep_can_send & OFFLOAD_CAN_CSUM) != 0);
}

/* Whether a frame goes in the context of those with a number. */
static bool
capsule_is_numbered(const struct encap_params *ep, const struct frame *f)
{
	return (f->f_twice != 0 && ep->ep_twice != 0 &&
	    f->f_offload.fo_gso == OFFLOAD_GSO_NONE);
}

/*
 * What stands for *skip octets of a frame whose headers are compressed; 0: the
 * frame goes as it is.
 */
static size_t
capsule_put_hcomp(struct encap *en, const struct frame *f, uint8_t *out,
    size_t room, size_t *skip)
{
	const struct encap_params *ep = &en->en_params;
	uint8_t head[HCOMP_HEAD];
	size_t len, n = 0;

	*skip = 0;
	if (!en->en_compress || ep->ep_headers == 0 || f->f_twice != 0 ||
	    room < CAPSULE_COMPRESSED ||
	    (en->en_hcomp_out == NULL &&
		(en->en_hcomp_out = hcomp_new()) == NULL) ||
	    (len = hcomp_encode(en->en_hcomp_out, f, head, skip)) == 0)
		return (0);
	n += varint_put(out, room, CAPSULE_DATAGRAM);
	n += varint_put(out + n, room - n,
	    varint_size(ep->ep_headers) + len + f->f_len - *skip);
	n += varint_put(out + n, room - n, ep->ep_headers);
	memcpy(out + n, head, len);
	return (n + len);
}

static size_t
capsule_head(struct encap *en, const struct frame *f, uint8_t *out, size_t room,
    size_t *skip)
{
	const struct encap_params *ep = &en->en_params;
	struct frame_offload fo = f->f_offload;
	size_t n;

	*skip = 0;
	if (!capsule_takes_open(ep) || capsule_is_numbered(ep, f) ||
	    room < ENCAP_OVERHEAD || !offload_may_send(&fo, ep->ep_can_send))
		return (0);
	if ((n = capsule_put_hcomp(en, f, out, room, skip)) > 0)
		return (n);
	return (capsule_put_head(ep, f->f_len, &fo, out, room));
}

static size_t
capsule_output(struct encap *en, const struct frame *f, uint8_t *out,
    size_t room)
{
	const struct encap_params *ep = &en->en_params;
	struct frame_offload fo = f->f_offload;
	size_t n, skip;

	if (!offload_may_send(&fo, ep->ep_context != 0 ? ep->ep_can_send : 0)) {
		en->en_stats.es_unsendable++;
		return (ENCAP_UNSENDABLE);
	}
	if (room < f->f_len || room - f->f_len < ENCAP_OVERHEAD)
		return (0);
	if (capsule_is_numbered(ep, f))
		return (capsule_put_numbered(ep, f, out, room));
	if (capsule_takes_open(ep)) {
		n = capsule_put_hcomp(en, f, out, room, &skip);
		if (n == 0)
			n = capsule_put_head(ep, f->f_len, &fo, out, room);
		memcpy(out + n, f->f_data + skip, f->f_len - skip);
		return (n + f->f_len - skip);
	}
	/* The peer wants checksums filled in. */
	n = capsule_put_head(ep, f->f_len, &(struct frame_offload){ 0 }, out,
	    room);
	capsule_put_complete(f, out + n);
	if (ep->ep_context != 0 || !ep->ep_fcs)
		return (n + f->f_len);
	ether_fcs_append(out + n, f->f_len);
	return (n + f->f_len + ETHER_FCS_LEN);
}

static void
capsule_compress(struct encap *en, bool on)
{
	en->en_compress = on;
}

static size_t
capsule_control(struct encap *en, bool ping, uint64_t cookie, uint8_t *out,
    size_t room)
{
	size_t n = 0;
	int i;

	(void)en;
	if (room < ENCAP_CONTROL)
		return (0);
	n += varint_put(out, room, ping ? CAPSULE_PING : CAPSULE_PONG);
	n += varint_put(out + n, room - n, CAPSULE_COOKIE);
	for (i = 0; i < CAPSULE_COOKIE; i++)
		out[n++] = (uint8_t)(cookie >> (56 - 8 * i));
	return (n);
}

static const struct encap_stats *
capsule_stats(const struct encap *en)
{
	return (&en->en_stats);
}

static bool
capsule_partial(const struct encap *en)
{
	return (en->en_state != CS_TYPE || en->en_nhead > 0);
}

const struct encap_ops encap_capsule = {
	.eo_name = "capsule",
	.eo_new = capsule_new,
	.eo_free = capsule_free,
	.eo_input = capsule_input,
	.eo_output = capsule_output,
	.eo_head = capsule_head,
	.eo_compress = capsule_compress,
	.eo_control = capsule_control,
	.eo_stats = capsule_stats,
	.eo_partial = capsule_partial,
};
