/* SPDX-License-Identifier: ISC */
#include "net/acl_fact.h"
#include "net/inspect.h"

enum { TCP_RST = 0x04 };

static enum acl_seen
number(struct acl_number *value, uint64_t n)
{
	value->an_high = 0;
	value->an_low = n;
	return (SEEN_VALUE);
}

/* All that is behind the EtherType, or even that, is not to be seen. */
static bool
hides_packet(const struct inspect *in)
{
	if (in->in_what & (INSPECT_IP4 | INSPECT_IP6))
		return (in->in_ip.ii_version == 0);
	/* more tags than we look through */
	return (in->in_ether.ei_type == ETHER_VLAN ||
	    in->in_ether.ei_type == ETHER_QINQ);
}

static enum acl_seen
see_address(const struct inspect *in, enum acl_field field,
    struct acl_number *value)
{
	const struct ip_info *ii = &in->in_ip;
	bool v4 = field == ACL_SRC_IP4 || field == ACL_DST_IP4;
	bool src = field == ACL_SRC_IP4 || field == ACL_SRC_IP6;
	const uint8_t *addr = src ? ii->ii_src : ii->ii_dst;

	if (ii->ii_version == 0)
		return (hides_packet(in) ? SEEN_UNKNOWN : SEEN_NONE);
	if (v4 != (ii->ii_version == 4))
		return (SEEN_NONE);
	if (v4)
		return (number(value, get32(addr)));
	*value = acl_ip6_number(addr);
	return (SEEN_VALUE);
}

static enum acl_seen
see_protocol(const struct inspect *in, struct acl_number *value)
{
	const struct ip_info *ii = &in->in_ip;

	if (ii->ii_version == 0)
		return (hides_packet(in) ? SEEN_UNKNOWN : SEEN_NONE);
	if (ii->ii_version == 6 && (in->in_what & INSPECT_LATER))
		return (SEEN_UNKNOWN);
	return (number(value, (uint64_t)ii->ii_proto));
}

static enum acl_state
tcp_state(uint8_t flags)
{
	if (flags & INSPECT_TCP_ACK)
		return (ACL_ESTABLISHED);
	return ((flags & (TCP_RST | INSPECT_TCP_SYN)) == TCP_RST ?
		ACL_ESTABLISHED :
		ACL_NEW);
}

/* Ports, and the state of TCP. */
static enum acl_seen
see_transport(const struct inspect *in, enum acl_field field,
    struct acl_number *value)
{
	enum acl_seen seen = see_protocol(in, value);
	uint64_t proto = value->an_low;

	if (seen != SEEN_VALUE)
		return (seen);
	if (proto != IP_TCP && (proto != IP_UDP || field == ACL_STATE))
		return (SEEN_NONE);
	if ((in->in_what & (INSPECT_TCP | INSPECT_UDP)) == 0)
		return (SEEN_UNKNOWN);
	if (field == ACL_STATE)
		return (number(value, tcp_state(in->in_tcp_flags)));
	return (number(value,
	    field == ACL_SRC_PORT ? in->in_sport : in->in_dport));
}

static enum acl_seen
see_fragment(const struct inspect *in, struct acl_number *value)
{
	if (in->in_ip.ii_version == 0)
		return (hides_packet(in) ? SEEN_UNKNOWN : SEEN_NONE);
	return (number(value, (in->in_what & INSPECT_LATER) != 0));
}

enum acl_seen
acl_see(const struct inspect *in, enum acl_field field,
    struct acl_number *value)
{
	const struct ether_info *ei = &in->in_ether;

	switch (field) {
	case ACL_SRC_MAC:
		return (number(value, acl_mac_number(ei->ei_src)));
	case ACL_DST_MAC:
		return (number(value, acl_mac_number(ei->ei_dst)));
	case ACL_TYPE:
		if (ei->ei_type == ETHER_VLAN || ei->ei_type == ETHER_QINQ)
			return (SEEN_UNKNOWN);
		return (number(value, ei->ei_type));
	case ACL_VLAN:
		return (number(value, ei->ei_vid));
	case ACL_SRC_IP4:
	case ACL_SRC_IP6:
	case ACL_DST_IP4:
	case ACL_DST_IP6:
		return (see_address(in, field, value));
	case ACL_PROTOCOL:
		return (see_protocol(in, value));
	case ACL_FRAGMENT:
		return (see_fragment(in, value));
	default:
		return (see_transport(in, field, value));
	}
}
