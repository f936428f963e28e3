/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "net/if_bridge.h"
#include "net/rtnl_linux.h"

enum { DUMP_TRIES = 5 };

/* What RTM_GETLINK tells of one interface. */
struct link {
	int lk_index;
	unsigned int lk_master;		/* 0: none */
	char lk_name[IF_NAMESIZE];
	uint8_t lk_mac[6];
	bool lk_has_mac;
	bool lk_bridge;			/* its kind is "bridge" */
};

static bool
is_bridge(const struct nlattr *info)
{
	const struct nlattr *a = rtnl_nested(info, IFLA_INFO_KIND);

	return (a != NULL && mnl_attr_validate(a, MNL_TYPE_STRING) == 0 &&
	    strcmp(mnl_attr_get_str(a), "bridge") == 0);
}

static int
link_cb(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;
	struct link *lk = arg;

	memset(lk, 0, sizeof(*lk));
	lk->lk_index = ifi->ifi_index;
	if ((a = rtnl_attr(nlh, sizeof(*ifi), IFLA_IFNAME)) != NULL)
		strlcpy(lk->lk_name, mnl_attr_get_str(a), sizeof(lk->lk_name));
	if ((a = rtnl_attr(nlh, sizeof(*ifi), IFLA_MASTER)) != NULL)
		lk->lk_master = mnl_attr_get_u32(a);
	a = rtnl_attr(nlh, sizeof(*ifi), IFLA_ADDRESS);
	if (a != NULL && mnl_attr_get_payload_len(a) == sizeof(lk->lk_mac)) {
		memcpy(lk->lk_mac, mnl_attr_get_payload(a), sizeof(lk->lk_mac));
		lk->lk_has_mac = true;
	}
	if ((a = rtnl_attr(nlh, sizeof(*ifi), IFLA_LINKINFO)) != NULL)
		lk->lk_bridge = is_bridge(a);
	return (MNL_CB_OK);
}

static int
link_get_index(int index, struct link *lk)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh = rtnl_begin(buf, RTM_GETLINK, 0);
	struct ifinfomsg *ifi;

	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = index;
	memset(lk, 0, sizeof(*lk));
	return (rtnl_run(nlh, link_cb, lk));
}

static int
link_get(const char *name, struct link *lk)
{
	int index;

	if ((index = (int)if_nametoindex(name)) == 0)
		return (-1);
	return (link_get_index(index, lk));
}

/* Begin a change of the interface `index`. */
static struct nlmsghdr *
link_change(char *buf, int index)
{
	struct nlmsghdr *nlh = rtnl_begin(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi;

	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = index;
	return (nlh);
}

static int
link_up(int index)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh = link_change(buf, index);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	return (rtnl_run(nlh, NULL, NULL));
}

static int
link_set_master(int index, unsigned int master)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh = link_change(buf, index);

	mnl_attr_put_u32(nlh, IFLA_MASTER, master);
	return (rtnl_run(nlh, NULL, NULL));
}

static int
link_set_mac(int index, const uint8_t *mac)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh = link_change(buf, index);

	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	return (rtnl_run(nlh, NULL, NULL));
}

/*
 * No link-local address, and so no solicitations of the port's own.  It
 * fails where the kernel has no IPv6, which is as good.
 */
static void
link_no_ipv6_address(int index)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh = link_change(buf, index);
	struct nlattr *spec, *inet6;

	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
	(void)rtnl_run(nlh, NULL, NULL);
}

struct member_search {
	unsigned int ms_bridge;
	bool ms_found;
};

static int
member_cb(const struct nlmsghdr *nlh, void *arg)
{
	struct member_search *ms = arg;
	struct link lk;

	link_cb(nlh, &lk);
	if (lk.lk_master == ms->ms_bridge)
		ms->ms_found = true;
	return (MNL_CB_OK);
}

/* Whether the bridge has a port; errors count as one. */
static bool
has_members(int bridge)
{
	struct member_search ms = { .ms_bridge = (unsigned int)bridge };
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh;
	int tries, r = -1;

	for (tries = 0; tries < DUMP_TRIES && r == -1; tries++) {
		ms.ms_found = false;
		nlh = rtnl_begin(buf, RTM_GETLINK, NLM_F_DUMP);
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
		r = rtnl_run(nlh, member_cb, &ms);
	}
	return (r == -1 || ms.ms_found);
}

static int
bridge_make(const char *bridge)
{
	char buf[RTNL_BUF];
	struct nlmsghdr *nlh;
	struct nlattr *info, *data;

	nlh = rtnl_begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, bridge);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_BR_STP_STATE, 0);
	mnl_attr_put_u8(nlh, IFLA_BR_MCAST_SNOOPING, 0);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return (rtnl_run(nlh, NULL, NULL));
}

int
bridge_create(const char *bridge)
{
	struct link lk;

	if (*bridge == '\0' || strlen(bridge) >= IF_NAMESIZE) {
		errno = EINVAL;
		return (-1);
	}
	if (link_get(bridge, &lk) == -1 &&
	    (bridge_make(bridge) == -1 || link_get(bridge, &lk) == -1))
		return (-1);
	if (!lk.lk_bridge) {
		errno = EEXIST;
		return (-1);
	}
	return (link_up(lk.lk_index));
}

bool
bridge_exists(const char *bridge)
{
	struct link lk;

	return (link_get(bridge, &lk) == 0 && lk.lk_bridge);
}

int
bridge_add(const char *bridge, const char *port)
{
	struct link br, lk;

	if (link_get(bridge, &br) == -1 || link_get(port, &lk) == -1)
		return (-1);
	if (!br.lk_bridge) {
		errno = EINVAL;
		return (-1);
	}
	if (lk.lk_master == (unsigned int)br.lk_index)
		return (0);
	if (br.lk_has_mac && has_members(br.lk_index) &&
	    link_set_mac(br.lk_index, br.lk_mac) == -1)
		return (-1);
	link_no_ipv6_address(lk.lk_index);
	return (link_set_master(lk.lk_index, (unsigned int)br.lk_index));
}

int
bridge_remove(const char *port)
{
	struct link lk;

	if (link_get(port, &lk) == -1)
		return (-1);
	if (lk.lk_master == 0)
		return (0);
	return (link_set_master(lk.lk_index, 0));
}

int
bridge_of(const char *port, char bridge[IF_NAMESIZE])
{
	struct link lk, master;

	bridge[0] = '\0';
	if (link_get(port, &lk) == -1)
		return (-1);
	if (lk.lk_master == 0)
		return (0);
	if (link_get_index((int)lk.lk_master, &master) == -1)
		return (-1);
	if (master.lk_bridge)
		strlcpy(bridge, master.lk_name, IF_NAMESIZE);
	return (0);
}

int
if_get_mac(const char *name, uint8_t mac[6])
{
	struct link lk;

	if (link_get(name, &lk) == -1)
		return (-1);
	if (!lk.lk_has_mac) {
		errno = EADDRNOTAVAIL;
		return (-1);
	}
	memcpy(mac, lk.lk_mac, sizeof(lk.lk_mac));
	return (0);
}
