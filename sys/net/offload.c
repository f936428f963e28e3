/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "kern/bytes.h"
#include "net/csum.h"
#include "net/ether.h"
#include "net/ip.h"
#include "net/ip_header.h"
#include "net/offload.h"

enum { TCP_SYN_RST = 0x06 };

void
offload_encode(const struct frame_offload *fo, uint8_t *out)
{
	out[0] = fo->fo_flags;
	out[1] = fo->fo_gso;
	put16(out + 2, fo->fo_hdr_len);
	put16(out + 4, fo->fo_gso_size);
	put16(out + 6, fo->fo_csum_start);
	put16(out + 8, fo->fo_csum_offset);
}

void
offload_decode(const uint8_t *in, struct frame_offload *fo)
{
	fo->fo_flags = in[0];
	fo->fo_gso = in[1];
	fo->fo_hdr_len = get16(in + 2);
	fo->fo_gso_size = get16(in + 4);
	fo->fo_csum_start = get16(in + 6);
	fo->fo_csum_offset = get16(in + 8);
}

static unsigned int
gso_type(const struct frame_offload *fo)
{
	return (fo->fo_gso & ~(unsigned int)OFFLOAD_GSO_ECN);
}

/* What `can` must have for the GSO type; 0 for an unknown type. */
static unsigned int
gso_needs(unsigned int type)
{
	switch (type) {
	case OFFLOAD_GSO_TCP4:
		return (OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO4);
	case OFFLOAD_GSO_TCP6:
		return (OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO6);
	case OFFLOAD_GSO_UDP:
		return (OFFLOAD_CAN_CSUM | OFFLOAD_CAN_USO);
	default:
		return (0);
	}
}

/* What can be said without the frame. */
static const char *
check_fields(const struct frame_offload *fo, unsigned int can)
{
	unsigned int needs;

	if ((fo->fo_flags & ~(OFFLOAD_F_CSUM | OFFLOAD_F_VALID)) != 0)
		return ("unknown flag");
	if (fo->fo_flags == (OFFLOAD_F_CSUM | OFFLOAD_F_VALID))
		return ("checksum both open and verified");
	if (fo->fo_flags != 0 && (can & OFFLOAD_CAN_CSUM) == 0)
		return ("checksum offload not negotiated");
	if ((fo->fo_flags & OFFLOAD_F_CSUM) == 0 &&
	    (fo->fo_csum_start != 0 || fo->fo_csum_offset != 0))
		return ("checksum place without flag");
	if (fo->fo_gso == OFFLOAD_GSO_NONE) {
		if (fo->fo_hdr_len != 0 || fo->fo_gso_size != 0)
			return ("segment size without type");
		return (NULL);
	}
	if ((needs = gso_needs(gso_type(fo))) == 0)
		return ("unknown segmentation type");
	if ((can & needs) != needs)
		return ("segmentation type not negotiated");
	if (fo->fo_gso == (OFFLOAD_GSO_UDP | OFFLOAD_GSO_ECN))
		return ("ECN without TCP");
	if ((fo->fo_flags & OFFLOAD_F_CSUM) == 0)
		return ("segmentation without checksum");
	return (NULL);
}

/* Find the end of the TCP header. */
static const char *
find_tcp(const uint8_t *p, struct offload_packet *op)
{
	size_t l4 = op->op_ip.ii_l4, room = op->op_ip.ii_end - l4, hlen;

	if (room < IP_TCP_HLEN)
		return ("TCP header cut off");
	hlen = (size_t)(p[l4 + 12] >> 4) * 4;
	if (hlen < IP_TCP_HLEN || hlen > room)
		return ("bad TCP header length");
	op->op_payload = l4 + hlen;
	return (NULL);
}

static const char *
find_udp(const uint8_t *p, struct offload_packet *op)
{
	size_t l4 = op->op_ip.ii_l4, room = op->op_ip.ii_end - l4;

	if (room < IP_UDP_HLEN)
		return ("UDP header cut off");
	if (get16(p + l4 + 4) != room)
		return ("bad UDP length");
	op->op_payload = l4 + IP_UDP_HLEN;
	return (NULL);
}

const char *
offload_find(const uint8_t *p, size_t len, struct offload_packet *op)
{
	struct ether_info ei;

	if (len > FRAME_MAX)
		return ("frame too long");
	if (!ether_parse(p, len, &ei) || !ip_parse(p, len, &ei, &op->op_ip))
		return ("not an IP packet");
	if (op->op_ip.ii_fragment)
		return ("IP fragment");
	switch (op->op_ip.ii_proto) {
	case IP_TCP:
		op->op_csum = TCP_CSUM;
		return (find_tcp(p, op));
	case IP_UDP:
		op->op_csum = UDP_CSUM;
		return (find_udp(p, op));
	}
	return ("neither TCP nor UDP");
}

/* Find the headers and check that the checksum's place is theirs. */
static const char *
find_packet(const struct frame_offload *fo, const uint8_t *p, size_t len,
    struct offload_packet *op)
{
	const char *why = offload_find(p, len, op);

	if (why != NULL)
		return (why);
	if (fo->fo_csum_start != op->op_ip.ii_l4)
		return ("bad checksum start");
	if (fo->fo_csum_offset != op->op_csum)
		return ("bad checksum offset");
	return (NULL);
}

/* What makes the packet a super-frame of its type. */
static const char *
check_gso(const struct frame_offload *fo, const uint8_t *p, size_t len,
    const struct offload_packet *op, unsigned int can)
{
	static const struct {
		int proto, version;
	} want[] = {
		[OFFLOAD_GSO_TCP4] = { IP_TCP, 4 },
		[OFFLOAD_GSO_TCP6] = { IP_TCP, 6 },
		[OFFLOAD_GSO_UDP] = { IP_UDP, 0 } /* either */
	};
	unsigned int type = gso_type(fo);
	size_t data = op->op_ip.ii_end - op->op_payload;

	if (op->op_ip.ii_proto != want[type].proto ||
	    (want[type].version != 0 &&
		op->op_ip.ii_version != want[type].version))
		return ("protocol is not the segmentation type's");
	if (op->op_ip.ii_end != len)
		return ("IP length is not the super-frame's");
	if (fo->fo_hdr_len < op->op_payload || fo->fo_hdr_len > len)
		return ("bad header length");
	if (data == 0 || fo->fo_gso_size == 0)
		return ("nothing to segment");
	if (type == OFFLOAD_GSO_UDP)
		return ((data - 1) / fo->fo_gso_size >= OFFLOAD_UDP_SEGMENTS ?
			"too many datagrams" :
			NULL);
	if (fo->fo_gso_size < OFFLOAD_TCP_MIN && (can & OFFLOAD_CAN_SMALL) == 0)
		return ("segment size too small");
	if (data / fo->fo_gso_size >= OFFLOAD_TCP_SEGMENTS)
		return ("too many segments");
	if ((p[op->op_ip.ii_l4 + TCP_FLAGS] & TCP_SYN_RST) != 0)
		return ("SYN or RST in a super-frame");
	return (NULL);
}

const char *
offload_check(const struct frame_offload *fo, const uint8_t *p, size_t len,
    unsigned int can)
{
	struct offload_packet op;
	const char *why;

	if ((why = check_fields(fo, can)) != NULL)
		return (why);
	if ((fo->fo_flags & OFFLOAD_F_CSUM) == 0)
		return (NULL);
	if ((why = find_packet(fo, p, len, &op)) != NULL)
		return (why);
	if (fo->fo_gso == OFFLOAD_GSO_NONE)
		return (NULL);
	return (check_gso(fo, p, len, &op, can));
}

bool
offload_may_send(const struct frame_offload *fo, unsigned int can)
{
	unsigned int type = gso_type(fo), needs = gso_needs(type);

	if (type != OFFLOAD_GSO_UDP && fo->fo_gso_size < OFFLOAD_TCP_MIN)
		needs |= OFFLOAD_CAN_SMALL;
	return (fo->fo_gso == OFFLOAD_GSO_NONE ||
	    (needs != 0 && (can & needs) == needs));
}

size_t
offload_longest(const struct frame_offload *fo, const uint8_t *p, size_t len)
{
	struct offload_packet op;

	if (fo->fo_gso == OFFLOAD_GSO_NONE || offload_find(p, len, &op) != NULL)
		return (len);
	if (len - op.op_payload <= fo->fo_gso_size)
		return (len);
	return (op.op_payload + fo->fo_gso_size);
}

unsigned int
offload_segments(const struct frame_offload *fo, const uint8_t *p, size_t len)
{
	struct offload_packet op;

	if (fo->fo_gso == OFFLOAD_GSO_NONE || fo->fo_gso_size == 0 ||
	    offload_find(p, len, &op) != NULL)
		return (1);
	return ((unsigned int)((len - op.op_payload + fo->fo_gso_size - 1) /
	    fo->fo_gso_size));
}

/* The sum from the checksum's start up to end, put where fo says. */
static void
fill(const struct frame_offload *fo, uint8_t *p, size_t end, bool udp)
{
	size_t start = fo->fo_csum_start;
	uint16_t csum = csum_finish(csum_add(0, p + start, end - start));

	/* In UDP zero means "none" (RFC 768). */
	if (csum == 0 && udp)
		csum = 0xffff;
	put16(p + start + fo->fo_csum_offset, csum);
}

bool
offload_fill_csum(struct frame_offload *fo, uint8_t *p, size_t len)
{
	size_t field = (size_t)fo->fo_csum_start + fo->fo_csum_offset;
	bool ok = fo->fo_gso == OFFLOAD_GSO_NONE && field + 2 <= len;

	if (ok)
		fill(fo, p, len, fo->fo_csum_offset == UDP_CSUM);
	memset(fo, 0, sizeof(*fo));
	return (ok);
}

void
offload_finish_csum(struct frame_offload *fo, uint8_t *p, size_t len)
{
	struct offload_packet op;

	if ((fo->fo_flags & OFFLOAD_F_CSUM) != 0 &&
	    fo->fo_gso == OFFLOAD_GSO_NONE &&
	    find_packet(fo, p, len, &op) == NULL)
		fill(fo, p, op.op_ip.ii_end, op.op_ip.ii_proto == IP_UDP);
	memset(fo, 0, sizeof(*fo));
}
