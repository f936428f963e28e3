/* SPDX-License-Identifier: ISC */
#include "kern/bytes.h"
#include "net/csum.h"
#include "net/ecn.h"
#include "net/ether.h"
#include "net/ip_header.h"

/* Where the IP header is, or 0; *shift: of the field in its second octet. */
static size_t
find(const uint8_t *p, size_t len, unsigned int *shift)
{
	struct ether_info ei;
	size_t room;

	if (!ether_parse(p, len, &ei))
		return (0);
	room = len - ei.ei_payload;
	if (ei.ei_type == ETHER_IPV4 && room >= IP4_HLEN &&
	    p[ei.ei_payload] >> 4 == 4) {
		*shift = 0;
		return (ei.ei_payload);
	}
	if (ei.ei_type == ETHER_IPV6 && room >= IP6_HLEN &&
	    p[ei.ei_payload] >> 4 == 6) {
		*shift = 4;
		return (ei.ei_payload);
	}
	return (0);
}

int
ecn_get(const uint8_t *p, size_t len)
{
	unsigned int shift = 0;
	size_t ip = find(p, len, &shift);

	return (ip == 0 ? ECN_NOT_CAPABLE : p[ip + 1] >> shift & 3);
}

/* HC' = ~(~HC + ~m + m') */
static void
update_csum(uint8_t *ip, uint16_t before)
{
	uint64_t acc = csum_add16(0, (uint16_t)~get16(ip + IP4_CSUM));

	acc = csum_add16(acc, (uint16_t)~before);
	put16(ip + IP4_CSUM, csum_finish(csum_add16(acc, get16(ip))));
}

void
ecn_mark(uint8_t *p, size_t len)
{
	unsigned int shift = 0;
	size_t ip = find(p, len, &shift);
	uint16_t before;

	if (ip == 0)
		return;
	before = get16(p + ip);
	p[ip + 1] |= (uint8_t)(ECN_CONGESTED << shift);
	if (shift == 0)
		update_csum(p + ip, before);
}
