/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/frame.h"
#include "net/csum.h"
#include "net/flow.h"
#include "net/ip_header.h"
#include "net/offload.h"

enum {
	FLAG_FIN = 0x001,
	FLAG_SYN = 0x002,
	FLAG_RST = 0x004,
	FLAG_PSH = 0x008,
	FLAG_ACK = 0x010,
	FLAG_URG = 0x020,
	FLAG_ECN = 0x1c0, /* AE, CWR, ECE */
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_SACK = 5,
	OPTION_TS = 8
};

/* Bytes that are in a connection's stream. */
struct flow_record {
	uint32_t fr_seq, fr_end;
	uint32_t fr_conn;
	uint64_t fr_pos; /* of the end of the first of them */
};

bool
flow_before(uint32_t a, uint32_t b)
{
	return ((int32_t)(a - b) < 0);
}

bool
flow_is_reset(const struct flow_seg *fs)
{
	return (fs->fs_kind != FLOW_NONE &&
	    (fs->fs_flags & (FLAG_SYN | FLAG_RST)) != 0);
}

/* Options of n octets; false when there are others than we know. */
static bool
parse_options(const uint8_t *p, size_t n, struct flow_seg *fs)
{
	while (n > 0 && *p != OPTION_END) {
		if (*p == OPTION_NOP) {
			p++;
			n--;
			continue;
		}
		if (n < 2 || p[1] < 2 || p[1] > n)
			return (false);
		if (*p == OPTION_TS && p[1] == 10) {
			fs->fs_ts = true;
			fs->fs_tsval = get32(p + 2);
		} else if (*p == OPTION_SACK)
			fs->fs_sack = true;
		else
			return (false);
		n -= p[1];
		p += p[1];
	}
	return (true);
}

static uint8_t
tos_of(const uint8_t *ip, int version)
{
	return (version == 4 ? ip[1] : (uint8_t)(get16(ip) >> 4));
}

static bool
checksum_good(const struct frame *f, const struct ip_info *ii)
{
	size_t alen = ii->ii_version == 4 ? 4 : 16,
	       len = ii->ii_end - ii->ii_l4;
	uint64_t acc;

	if ((f->f_offload.fo_flags & (OFFLOAD_F_CSUM | OFFLOAD_F_VALID)) != 0)
		return (true);
	acc = csum_pseudo(ii->ii_src, 2 * alen, IP_TCP, len);
	return (csum_fold(csum_add(acc, f->f_data + ii->ii_l4, len)) == 0xffff);
}

static enum flow_kind
kind_of(const struct frame *f, const struct ip_info *ii,
    const struct flow_seg *fs, bool known)
{
	unsigned int rest = fs->fs_flags & ~(unsigned int)FLAG_ECN;

	if ((rest & FLAG_ACK) == 0 ||
	    (rest & (FLAG_SYN | FLAG_RST | FLAG_URG)) != 0 || !known)
		return (FLOW_OTHER);
	if (fs->fs_end - fs->fs_seq > (rest & FLAG_FIN))
		return (FLOW_DATA);
	if (rest == FLAG_ACK && checksum_good(f, ii))
		return (FLOW_ACK);
	return (FLOW_OTHER);
}

void
flow_parse(const struct frame *f, const struct ip_info *ii, struct flow_seg *fs)
{
	const uint8_t *tcp = f->f_data + ii->ii_l4;
	size_t room = ii->ii_end - ii->ii_l4, hlen;
	bool known;

	memset(fs, 0, sizeof(*fs));
	if (ii->ii_fragment || ii->ii_proto != IP_TCP || room < IP_TCP_HLEN)
		return;
	hlen = (size_t)(tcp[TCP_OFFSET] >> 4) * 4;
	if (hlen < IP_TCP_HLEN || hlen > room)
		return;
	fs->fs_flags = get16(tcp + TCP_OFFSET) & 0xfff;
	fs->fs_seq = get32(tcp + TCP_SEQ);
	fs->fs_end =
	    fs->fs_seq + (uint32_t)(room - hlen) + (fs->fs_flags & FLAG_FIN);
	fs->fs_ack = get32(tcp + TCP_ACK);
	fs->fs_window = get16(tcp + TCP_WINDOW);
	fs->fs_tos = tos_of(f->f_data + ii->ii_l3, ii->ii_version);
	known = parse_options(tcp + TCP_OPTIONS, hlen - IP_TCP_HLEN, fs);
	fs->fs_kind = (uint8_t)kind_of(f, ii, fs, known);
}

bool
flow_is_bare_ack(const struct frame *f, const struct ip_info *ii)
{
	const uint8_t *tcp = f->f_data + ii->ii_l4;
	size_t room = ii->ii_end - ii->ii_l4;

	return (ii->ii_proto == IP_TCP && !ii->ii_fragment &&
	    room >= IP_TCP_HLEN && (size_t)(tcp[TCP_OFFSET] >> 4) * 4 == room &&
	    (tcp[TCP_OFFSET + 1] & ~FLAG_PSH) == FLAG_ACK);
}

bool
flow_supersedes(const struct flow_seg *old, const struct flow_seg *now)
{
	return (old->fs_kind == FLOW_ACK && now->fs_kind == FLOW_ACK &&
	    flow_before(old->fs_ack, now->fs_ack) &&
	    old->fs_seq == now->fs_seq && old->fs_flags == now->fs_flags &&
	    old->fs_tos == now->fs_tos && !old->fs_sack && !old->fs_again &&
	    old->fs_window != 0 && now->fs_window != 0 &&
	    old->fs_ts == now->fs_ts &&
	    !flow_before(now->fs_tsval, old->fs_tsval));
}

void
flow_fini(struct flow *fw)
{
	free(fw->fw_records);
	memset(fw, 0, sizeof(*fw));
}

void
flow_pass(struct flow *fw, struct flow_seg *fs)
{
	if (fs->fs_kind == FLOW_NONE)
		return;
	if (flow_is_reset(fs)) {
		fw->fw_count = 0;
		fw->fw_acked = false;
	}
	if ((fs->fs_flags & FLAG_ACK) == 0)
		return;
	fs->fs_again = fw->fw_acked && !flow_before(fw->fw_ack, fs->fs_ack);
	if (!fs->fs_again)
		fw->fw_ack = fs->fs_ack;
	fw->fw_window = fs->fs_window;
	fw->fw_acked = true;
}

bool
flow_is_news(const struct flow *fw, const struct flow_seg *fs)
{
	return (fs->fs_kind != FLOW_DATA || fs->fs_sack || !fw->fw_acked ||
	    (fs->fs_flags & FLAG_ECN) != 0 || fs->fs_window != fw->fw_window ||
	    flow_before(fw->fw_ack, fs->fs_ack));
}

static struct flow_record *
record(const struct flow *fw, uint32_t i)
{
	return (&fw->fw_records[(fw->fw_first + i) & (fw->fw_size - 1)]);
}

/* Twice the room; the ring begins at its start then. */
static bool
grow(struct flow *fw)
{
	uint32_t size = fw->fw_size == 0 ? 4 : fw->fw_size * 2, i;
	struct flow_record *to;

	if (size > FLOW_RECORDS ||
	    (to = reallocarray(NULL, size, sizeof(*to))) == NULL)
		return (false);
	for (i = 0; i < fw->fw_count; i++)
		to[i] = *record(fw, i);
	free(fw->fw_records);
	fw->fw_records = to;
	fw->fw_size = size;
	fw->fw_first = 0;
	return (true);
}

/*
 * Put behind the newest record what follows it.  It counts as sent no later
 * than the record's first bytes, so that it is never believed to be under way
 * when it is not.
 */
static bool
join(struct flow *fw, const struct flow_seg *fs, uint32_t conn)
{
	struct flow_record *fr;

	if (fw->fw_count == 0)
		return (false);
	fr = record(fw, fw->fw_count - 1);
	if (fr->fr_conn != conn || fr->fr_end != fs->fs_seq ||
	    fs->fs_end - fr->fr_seq > FLOW_RECORD_LEN)
		return (false);
	fr->fr_end = fs->fs_end;
	return (true);
}

void
flow_sent(struct flow *fw, const struct flow_seg *fs, uint32_t conn,
    uint64_t pos)
{
	if (fs->fs_kind != FLOW_DATA || join(fw, fs, conn))
		return;
	if (fw->fw_count == fw->fw_size && !grow(fw)) {
		if (fw->fw_size == 0)
			return;
		fw->fw_first++;
		fw->fw_count--;
	}
	*record(fw, fw->fw_count++) =
	    (struct flow_record){ .fr_seq = fs->fs_seq,
		    .fr_end = fs->fs_end,
		    .fr_conn = conn,
		    .fr_pos = pos };
}

uint32_t
flow_custody(const struct flow *fw, uint32_t seq, flow_acked *acked, void *arg)
{
	const struct flow_record *fr;
	uint32_t i;

	for (i = 0; i < fw->fw_count; i++) {
		fr = record(fw, i);
		if (!flow_before(seq, fr->fr_seq) &&
		    flow_before(seq, fr->fr_end) &&
		    acked(fr->fr_conn, arg) < fr->fr_pos)
			seq = fr->fr_end;
	}
	return (seq);
}
