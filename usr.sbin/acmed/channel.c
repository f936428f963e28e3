/* SPDX-License-Identifier: ISC */
/*
 * channel: questions of the client process and their answers.  A message is
 * a type and data, at most one descriptor along with it.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "acmed.h"

union control {
	struct cmsghdr co_align;
	char co_buf[CMSG_SPACE(sizeof(int))];
};

int
channel_send(int ch, enum msg_type type, const void *data, size_t len, int fd)
{
	uint32_t t = type;
	struct iovec iov[2] = { { &t, sizeof(t) },
		{ (void *)(uintptr_t)data, len } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	union control co;
	struct cmsghdr *cm;
	ssize_t n;

	if (fd != -1) {
		memset(&co, 0, sizeof(co));
		mh.msg_control = co.co_buf;
		mh.msg_controllen = sizeof(co.co_buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &fd, sizeof(int));
	}
	while ((n = sendmsg(ch, &mh, MSG_NOSIGNAL)) == -1 && errno == EINTR)
		;
	return (n == (ssize_t)(sizeof(t) + len) ? 0 : -1);
}

/* The descriptor of a message; the buffer has room for one, or padded two. */
static int
descriptor(struct msghdr *mh)
{
	struct cmsghdr *cm = CMSG_FIRSTHDR(mh);
	int fds[2] = { -1, -1 };
	size_t len;

	if (cm == NULL || cm->cmsg_level != SOL_SOCKET ||
	    cm->cmsg_type != SCM_RIGHTS)
		return (-1);
	len = cm->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(cm), len < sizeof(fds) ? len : sizeof(fds));
	if (fds[1] != -1)
		close(fds[1]);
	return (fds[0]);
}

ssize_t
channel_recv(int ch, enum msg_type *type, void *buf, size_t size, int *fd)
{
	uint32_t t = 0;
	struct iovec iov[2] = { { &t, sizeof(t) }, { buf, size } };
	union control co;
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;
	int got;

	if (fd != NULL) {
		*fd = -1;
		mh.msg_control = co.co_buf;
		mh.msg_controllen = sizeof(co.co_buf);
	}
	while ((n = recvmsg(ch, &mh, MSG_CMSG_CLOEXEC)) == -1 && errno == EINTR)
		;
	if (n == -1)
		return (-1);
	got = fd == NULL ? -1 : descriptor(&mh);
	*type = t;
	if (n >= (ssize_t)sizeof(t) &&
	    (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		if (fd != NULL)
			*fd = got;
		return (n - (ssize_t)sizeof(t));
	}
	if (got != -1)
		close(got);
	return (-1);
}
