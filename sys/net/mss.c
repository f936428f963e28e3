/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "kern/bytes.h"
#include "net/csum.h"
#include "net/inspect.h"
#include "net/ip_header.h"
#include "net/mss.h"

enum { OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_MSS_LEN = 4 };

/* The end of the options of a whole SYN; 0 for anything else. */
static size_t
options_end(const struct inspect *in)
{
	size_t hlen;

	if (!(in->in_what & INSPECT_TCP) ||
	    (in->in_what & (INSPECT_FRAGMENT | INSPECT_HIDDEN)) ||
	    !(in->in_tcp_flags & INSPECT_TCP_SYN))
		return (0);
	hlen = (size_t)(in->in_l4[TCP_OFFSET] >> 4) * 4;
	return (hlen <= in->in_l4_len ? hlen : 0);
}

/*
 * Where the next MSS of more than max is said, from `at` of the TCP header
 * on; 0: nowhere.
 */
static size_t
next_over(const struct inspect *in, size_t at, uint16_t max)
{
	const uint8_t *tcp = in->in_l4;
	size_t end = options_end(in);

	while (at < end && tcp[at] != OPT_END) {
		if (tcp[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > end - at)
			break;
		if (tcp[at] == OPT_MSS && tcp[at + 1] == OPT_MSS_LEN &&
		    get16(tcp + at + 2) > max)
			return (at + 2);
		at += tcp[at + 1];
	}
	return (0);
}

bool
mss_over(const struct inspect *in, uint16_t max)
{
	return (next_over(in, IP_TCP_HLEN, max) != 0);
}

/* A number at an odd place counts in the sum with its octets exchanged. */
static uint16_t
as_summed(uint16_t v, size_t at)
{
	if (at % 2 == 0)
		return (v);
	return ((uint16_t)(v << 8 | v >> 8));
}

bool
mss_clamp(uint8_t *p, const struct inspect *in, uint16_t max, bool open)
{
	size_t at = IP_TCP_HLEN;
	bool changed = false;
	uint8_t *tcp;
	uint16_t old;

	while ((at = next_over(in, at, max)) != 0) {
		tcp = p + (in->in_l4 - in->in_ether.ei_dst);
		old = get16(tcp + at);
		put16(tcp + at, max);
		if (!open)
			put16(tcp + TCP_CSUM,
			    csum_update(get16(tcp + TCP_CSUM),
				as_summed(old, at), as_summed(max, at)));
		at += 2;
		changed = true;
	}
	return (changed);
}
