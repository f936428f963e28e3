/* SPDX-License-Identifier: ISC */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "net/rtnl_linux.h"

enum {
	RTNL_ANSWER = 32768	/* the longest message of a dump */
};

struct nlmsghdr *
rtnl_begin(char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	memset(buf, 0, RTNL_BUF);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = 1;
	return (nlh);
}

/* Read answers until the end. */
static int
receive(struct mnl_socket *nl, unsigned int seq, mnl_cb_t cb, void *arg)
{
	char buf[RTNL_ANSWER];
	ssize_t n;
	int r;

	do {
		do
			n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return (-1);
		r = mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(nl),
		    cb, arg);
	} while (r > MNL_CB_STOP);
	return (r);
}

int
rtnl_run(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *nl;
	int r = -1, saved;

	/* A dump ends by itself, all else with an acknowledgement. */
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if ((nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)) == NULL)
		return (-1);
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) != -1)
		r = receive(nl, nlh->nlmsg_seq, cb, arg);
	saved = errno;
	mnl_socket_close(nl);
	errno = saved;
	return (r);
}

static const struct nlattr *
find(const struct nlattr *a, const char *end, uint16_t type)
{
	for (; mnl_attr_ok(a, (int)(end - (const char *)a));
	     a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) == type)
			return (a);
	return (NULL);
}

const struct nlattr *
rtnl_attr(const struct nlmsghdr *nlh, size_t offset, uint16_t type)
{
	return (find(mnl_nlmsg_get_payload_offset(nlh, offset),
	    mnl_nlmsg_get_payload_tail(nlh), type));
}

const struct nlattr *
rtnl_nested(const struct nlattr *nest, uint16_t type)
{
	const char *p = mnl_attr_get_payload(nest);

	return (find((const struct nlattr *)(const void *)p,
	    p + mnl_attr_get_payload_len(nest), type));
}
