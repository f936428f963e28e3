/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "net/if_route.h"
#include "net/rtnl_linux.h"

enum { DUMP_TRIES = 5 };

/* One next hop of one route. */
struct hop {
	int h_family;		/* of the route */
	int h_table;
	int h_type;		/* RTN_* */
	unsigned int h_flags;	/* RTNH_F_* */
	unsigned int h_bits;	/* length of the destination prefix */
	const uint8_t *h_dst;	/* NULL: all zero */
	uint32_t h_metric;
	int h_ifindex;
	int h_via_family;	/* AF_UNSPEC: directly connected */
	const uint8_t *h_via;
};

typedef void hop_fn(const struct hop *h, void *arg);

struct walk {
	hop_fn *w_fn;
	void *w_arg;
};

static size_t
addr_len(int family)
{
	return (family == AF_INET ? 4 : 16);
}

/* Take the gateway from RTA_GATEWAY or RTA_VIA, if there is one. */
static void
set_via(struct hop *h, const struct nlattr *gateway, const struct nlattr *via)
{
	const struct rtvia *rv;

	h->h_via_family = AF_UNSPEC;
	if (gateway != NULL &&
	    mnl_attr_get_payload_len(gateway) == addr_len(h->h_family)) {
		h->h_via_family = h->h_family;
		h->h_via = mnl_attr_get_payload(gateway);
	} else if (via != NULL &&
	    mnl_attr_get_payload_len(via) == sizeof(*rv) + addr_len(AF_INET6)) {
		rv = mnl_attr_get_payload(via);
		if (rv->rtvia_family != AF_INET6)
			return;
		h->h_via_family = AF_INET6;
		h->h_via = rv->rtvia_addr;
	}
}

/* A route with several next hops: one call for each. */
static void
walk_multipath(struct hop *h, const struct nlattr *mp, const struct walk *w)
{
	const char *p = mnl_attr_get_payload(mp);
	size_t left = mnl_attr_get_payload_len(mp), n;
	const struct nlattr *a, *gateway, *via;
	const struct rtnexthop *nh;

	while (left >= sizeof(*nh)) {
		nh = (const struct rtnexthop *)(const void *)p;
		n = nh->rtnh_len;
		if (n < sizeof(*nh) || n > left)
			return;
		gateway = via = NULL;
		a = (const struct nlattr *)(const void *)(p + sizeof(*nh));
		for (; mnl_attr_ok(a, (int)(p + n - (const char *)a));
		     a = mnl_attr_next(a))
			if (mnl_attr_get_type(a) == RTA_GATEWAY)
				gateway = a;
			else if (mnl_attr_get_type(a) == RTA_VIA)
				via = a;
		h->h_flags = nh->rtnh_flags;
		h->h_ifindex = nh->rtnh_ifindex;
		set_via(h, gateway, via);
		w->w_fn(h, w->w_arg);
		n = (n + RTNH_ALIGNTO - 1) & ~(size_t)(RTNH_ALIGNTO - 1);
		if (n > left)
			return;
		p += n;
		left -= n;
	}
}

static uint32_t
get_u32(const struct nlattr *a, uint32_t otherwise)
{
	if (a == NULL || mnl_attr_get_payload_len(a) != sizeof(uint32_t))
		return (otherwise);
	return (mnl_attr_get_u32(a));
}

static int
route_cb(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;
	struct hop h;

	memset(&h, 0, sizeof(h));
	h.h_family = rtm->rtm_family;
	h.h_type = rtm->rtm_type;
	h.h_flags = rtm->rtm_flags;
	h.h_bits = rtm->rtm_dst_len;
	h.h_table = (int)get_u32(rtnl_attr(nlh, sizeof(*rtm), RTA_TABLE),
	    rtm->rtm_table);
	h.h_metric = get_u32(rtnl_attr(nlh, sizeof(*rtm), RTA_PRIORITY), 0);
	h.h_ifindex = (int)get_u32(rtnl_attr(nlh, sizeof(*rtm), RTA_OIF), 0);
	if ((h.h_family != AF_INET && h.h_family != AF_INET6) ||
	    (rtm->rtm_flags & RTM_F_CLONED) != 0 ||
	    h.h_bits > addr_len(h.h_family) * 8)
		return (MNL_CB_OK);
	a = rtnl_attr(nlh, sizeof(*rtm), RTA_DST);
	if (a != NULL && mnl_attr_get_payload_len(a) == addr_len(h.h_family))
		h.h_dst = mnl_attr_get_payload(a);
	else if (h.h_bits != 0)
		return (MNL_CB_OK);
	if ((a = rtnl_attr(nlh, sizeof(*rtm), RTA_MULTIPATH)) != NULL) {
		walk_multipath(&h, a, arg);
		return (MNL_CB_OK);
	}
	set_via(&h, rtnl_attr(nlh, sizeof(*rtm), RTA_GATEWAY),
	    rtnl_attr(nlh, sizeof(*rtm), RTA_VIA));
	((const struct walk *)arg)->w_fn(&h, ((const struct walk *)arg)->w_arg);
	return (MNL_CB_OK);
}

/* Ask for all routes of a family. */
static int
walk_routes(int family, hop_fn *fn, void *arg)
{
	struct walk w = { fn, arg };
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = rtnl_begin(buf, RTM_GETROUTE, NLM_F_DUMP);
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	return (rtnl_run(nlh, route_cb, &w));
}

struct gateway_list {
	struct route_gateway *gl_out;
	int gl_n;
	int gl_max;
};

static void
add_gateway(const struct hop *h, void *arg)
{
	struct gateway_list *gl = arg;
	struct route_gateway *rg;

	if (h->h_table != RT_TABLE_MAIN || h->h_type != RTN_UNICAST ||
	    h->h_bits != 0 || h->h_via_family == AF_UNSPEC ||
	    gl->gl_n >= gl->gl_max)
		return;
	rg = &gl->gl_out[gl->gl_n];
	memset(rg, 0, sizeof(*rg));
	rg->rg_family = h->h_via_family;
	memcpy(rg->rg_addr, h->h_via, addr_len(h->h_via_family));
	if (if_indextoname((unsigned int)h->h_ifindex, rg->rg_ifname) != NULL)
		gl->gl_n++;
}

int
route_gateways(struct route_gateway *out, int max)
{
	struct gateway_list gl = { .gl_out = out, .gl_max = max };
	int tries;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		gl.gl_n = 0;
		if (walk_routes(AF_INET, add_gateway, &gl) == 0 &&
		    walk_routes(AF_INET6, add_gateway, &gl) == 0)
			return (gl.gl_n);
		if (errno != EINTR)
			break;
	}
	return (-1);
}

struct lookup {
	int lu_family;
	uint8_t lu_addr[16];
	int lu_scope;			/* interface said in it, or 0 */
	const char *const *lu_except;
	/* The best so far. */
	int lu_found;			/* RTN_*, RTN_UNSPEC: none */
	bool lu_local;			/* of the local table */
	unsigned int lu_bits;
	uint32_t lu_metric;
	char lu_ifname[IF_NAMESIZE];
};

static bool
covers(const struct hop *h, const uint8_t *addr)
{
	unsigned int bytes = h->h_bits / 8, rest = h->h_bits % 8;

	if (h->h_bits == 0)
		return (true);
	if (memcmp(h->h_dst, addr, bytes) != 0)
		return (false);
	return (rest == 0 ||
	    (h->h_dst[bytes] ^ addr[bytes]) >> (8 - rest) == 0);
}

static bool
is_excepted(const struct lookup *lu, const char *ifname)
{
	const char *const *e;

	for (e = lu->lu_except; e != NULL && *e != NULL; e++)
		if (strcmp(*e, ifname) == 0)
			return (true);
	return (false);
}

/* The local table goes first, then longer prefixes, then lower metrics. */
static bool
is_better(const struct lookup *lu, const struct hop *h)
{
	bool local = h->h_table == RT_TABLE_LOCAL;

	if (lu->lu_found == RTN_UNSPEC)
		return (true);
	if (local != lu->lu_local)
		return (local);
	if (h->h_bits != lu->lu_bits)
		return (h->h_bits > lu->lu_bits);
	return (h->h_metric < lu->lu_metric);
}

static void
consider(const struct hop *h, void *arg)
{
	struct lookup *lu = arg;
	char name[IF_NAMESIZE] = "";

	if (h->h_table == RT_TABLE_LOCAL ? h->h_type != RTN_LOCAL :
					   h->h_table != RT_TABLE_MAIN)
		return;
	if ((h->h_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0 ||
	    (lu->lu_scope != 0 && lu->lu_scope != h->h_ifindex) ||
	    !covers(h, lu->lu_addr) || !is_better(lu, h))
		return;
	if (h->h_type == RTN_LOCAL)
		strlcpy(name, "lo", sizeof(name));
	else if (h->h_type == RTN_UNICAST &&
	    if_indextoname((unsigned int)h->h_ifindex, name) == NULL)
		return;
	if (is_excepted(lu, name))
		return;
	lu->lu_found = h->h_type;
	lu->lu_local = h->h_table == RT_TABLE_LOCAL;
	lu->lu_bits = h->h_bits;
	lu->lu_metric = h->h_metric;
	strlcpy(lu->lu_ifname, name, sizeof(lu->lu_ifname));
}

static int
take_address(struct lookup *lu, const struct sockaddr *to)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (to->sa_family == AF_INET) {
		memcpy(&sin, to, sizeof(sin));
		lu->lu_family = AF_INET;
		memcpy(lu->lu_addr, &sin.sin_addr, 4);
		return (0);
	}
	if (to->sa_family != AF_INET6) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	memcpy(&sin6, to, sizeof(sin6));
	lu->lu_family = AF_INET6;
	memcpy(lu->lu_addr, &sin6.sin6_addr, 16);
	if (IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr)) {
		lu->lu_family = AF_INET;
		memcpy(lu->lu_addr, sin6.sin6_addr.s6_addr + 12, 4);
	} else if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr))
		lu->lu_scope = (int)sin6.sin6_scope_id;
	return (0);
}

int
route_lookup(const struct sockaddr *to, const char *const *except,
    char ifname[IF_NAMESIZE])
{
	struct lookup lu = { .lu_except = except };
	int r, tries = 0;

	if (take_address(&lu, to) == -1)
		return (-1);
	do {
		lu.lu_found = RTN_UNSPEC;
		r = walk_routes(lu.lu_family, consider, &lu);
	} while (r == -1 && errno == EINTR && ++tries < DUMP_TRIES);
	if (r == -1)
		return (-1);
	if (lu.lu_found != RTN_UNICAST && lu.lu_found != RTN_LOCAL) {
		errno = ENETUNREACH;
		return (-1);
	}
	strlcpy(ifname, lu.lu_ifname, IF_NAMESIZE);
	return (0);
}

int
route_monitor_open(void)
{
	struct sockaddr_nl snl = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
		    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
		    RTMGRP_IPV6_ROUTE };
	int fd, saved;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);
	if (fd == -1)
		return (-1);
	if (bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

bool
route_monitor_read(int fd)
{
	char buf[8192];
	bool any = false;

	/* What it says does not matter; lost messages are changes, too. */
	for (;;) {
		if (recv(fd, buf, sizeof(buf), 0) != -1)
			any = true;
		else if (errno == ENOBUFS)
			any = true;
		else if (errno != EINTR)
			return (any);
	}
}
