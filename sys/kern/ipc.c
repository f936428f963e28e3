/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "kern/ipc.h"

enum { IPC_BATCH = 64 };	/* messages read before others get a turn */

struct ipc_header {
	uint32_t ih_type;
	uint32_t ih_id;
};

struct ipc_out {
	STAILQ_ENTRY(ipc_out) io_entry;
	struct ipc_header io_header;
	int io_fd;
	size_t io_len;
	uint8_t io_data[];
};

struct ipc {
	int ic_fd;
	bool ic_dead;
	bool *ic_gone;		/* set by ipc_free, for the handler's caller */
	unsigned int ic_queued;
	struct event *ic_read;
	struct event *ic_write;
	ipc_handler ic_handler;
	void *ic_arg;
	STAILQ_HEAD(, ipc_out) ic_out;
};

union ipc_control {
	struct cmsghdr ct_align;
	char ct_buf[CMSG_SPACE(sizeof(int))];
};

static void ipc_readable(int, short, void *);
static void ipc_writable(int, short, void *);

int
ipc_pair(int fds[2])
{
	return (socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
}

struct ipc *
ipc_new(struct event_base *base, int fd, ipc_handler handler, void *arg)
{
	struct ipc *ch = calloc(1, sizeof(*ch));

	if (ch == NULL)
		return (NULL);
	ch->ic_fd = fd;
	ch->ic_handler = handler;
	ch->ic_arg = arg;
	STAILQ_INIT(&ch->ic_out);
	ch->ic_read =
	    event_new(base, fd, EV_READ | EV_PERSIST, ipc_readable, ch);
	ch->ic_write = event_new(base, fd, EV_WRITE, ipc_writable, ch);
	if (ch->ic_read == NULL || ch->ic_write == NULL ||
	    event_add(ch->ic_read, NULL) == -1) {
		ipc_free(ch);
		return (NULL);
	}
	return (ch);
}

static void
ipc_out_free(struct ipc *ch, struct ipc_out *io)
{
	STAILQ_REMOVE_HEAD(&ch->ic_out, io_entry);
	ch->ic_queued--;
	if (io->io_fd != -1)
		close(io->io_fd);
	explicit_bzero(io->io_data, io->io_len);	/* may be a secret */
	free(io);
}

void
ipc_free(struct ipc *ch)
{
	struct ipc_out *io;

	if (ch == NULL)
		return;
	if (ch->ic_gone != NULL)
		*ch->ic_gone = true;
	while ((io = STAILQ_FIRST(&ch->ic_out)) != NULL)
		ipc_out_free(ch, io);
	if (ch->ic_read != NULL)
		event_free(ch->ic_read);
	if (ch->ic_write != NULL)
		event_free(ch->ic_write);
	close(ch->ic_fd);
	free(ch);
}

static ssize_t
ipc_sendmsg(int s, const struct ipc_header *ih, int fd, const void *data,
    size_t len)
{
	struct iovec iov[2] = { { .iov_base = (void *)(uintptr_t)ih,
				    .iov_len = sizeof(*ih) },
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = len } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };
	union ipc_control ct;
	struct cmsghdr *cm;
	ssize_t n;

	if (fd != -1) {
		memset(&ct, 0, sizeof(ct));
		mh.msg_control = ct.ct_buf;
		mh.msg_controllen = sizeof(ct.ct_buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	}
	do
		n = sendmsg(s, &mh, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return (n);
}

/* One message; -1 with errno, 0 at the end.  *fd is -1 or the caller's. */
static ssize_t
ipc_recvmsg(int s, struct ipc_header *ih, int *fd, void *data, size_t size)
{
	struct iovec iov[2] = { { .iov_base = ih, .iov_len = sizeof(*ih) },
		{ .iov_base = data, .iov_len = size } };
	union ipc_control ct;
	struct msghdr mh = { .msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = ct.ct_buf,
		.msg_controllen = sizeof(ct.ct_buf) };
	struct cmsghdr *cm;
	ssize_t n;
	int extra;

	*fd = -1;
	do
		n = recvmsg(s, &mh, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return (n);
	cm = CMSG_FIRSTHDR(&mh);
	if (cm != NULL && cm->cmsg_level == SOL_SOCKET &&
	    cm->cmsg_type == SCM_RIGHTS &&
	    cm->cmsg_len >= CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(cm), sizeof(*fd));
	/* the room of one is rounded up to that of two, which none may send */
	if (*fd != -1 && cm->cmsg_len >= CMSG_LEN(2 * sizeof(int))) {
		memcpy(&extra, CMSG_DATA(cm) + sizeof(extra), sizeof(extra));
		close(extra);
	}
	if (n < (ssize_t)sizeof(*ih) || (mh.msg_flags & MSG_TRUNC)) {
		if (*fd != -1)
			close(*fd);
		*fd = -1;
		errno = EBADMSG;
		return (-1);
	}
	return (n);
}

static void
ipc_died(struct ipc *ch)
{
	ch->ic_dead = true;
	event_del(ch->ic_read);
	event_del(ch->ic_write);
	ch->ic_handler(ch, NULL, ch->ic_arg);	/* may free ch */
}

static void
ipc_readable(int fd, short what, void *arg)
{
	static _Thread_local uint8_t buf[IPC_MAX];
	struct ipc *ch = arg;
	struct ipc_header ih;
	struct ipc_msg msg;
	bool gone = false;
	ssize_t n;
	int i;

	(void)what;
	for (i = 0; i < IPC_BATCH && !gone; i++) {
		n = ipc_recvmsg(fd, &ih, &msg.im_fd, buf, sizeof(buf));
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			ipc_died(ch);
			return;
		}
		msg.im_type = ih.ih_type;
		msg.im_id = ih.ih_id;
		msg.im_data = buf;
		msg.im_len = (size_t)n - sizeof(ih);
		ch->ic_gone = &gone;
		ch->ic_handler(ch, &msg, ch->ic_arg);
		if (!gone)
			ch->ic_gone = NULL;
		explicit_bzero(buf, msg.im_len);
	}
}

/* Send what waits; -1 when the peer is gone. */
static int
ipc_drain(struct ipc *ch)
{
	struct ipc_out *io;

	while ((io = STAILQ_FIRST(&ch->ic_out)) != NULL) {
		if (ipc_sendmsg(ch->ic_fd, &io->io_header, io->io_fd,
			io->io_data, io->io_len) == -1)
			return (errno == EAGAIN || errno == EWOULDBLOCK ||
				    errno == ENOBUFS ?
				0 :
				-1);
		ipc_out_free(ch, io);
	}
	return (0);
}

static void
ipc_writable(int fd, short what, void *arg)
{
	struct ipc *ch = arg;

	(void)fd;
	(void)what;
	/* a dead peer is found and told by the reading side */
	if (ipc_drain(ch) == 0 && !STAILQ_EMPTY(&ch->ic_out))
		event_add(ch->ic_write, NULL);
}

int
ipc_send(struct ipc *ch, uint32_t type, uint32_t id, int fd, const void *data,
    size_t len)
{
	struct ipc_out *io;

	if (ch->ic_dead || len > IPC_MAX || ch->ic_queued >= IPC_QUEUE ||
	    (io = malloc(sizeof(*io) + len)) == NULL) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	io->io_header = (struct ipc_header){ .ih_type = type, .ih_id = id };
	io->io_fd = fd;
	io->io_len = len;
	if (len > 0)
		memcpy(io->io_data, data, len);
	STAILQ_INSERT_TAIL(&ch->ic_out, io, io_entry);
	ch->ic_queued++;
	if (ipc_drain(ch) == 0 && !STAILQ_EMPTY(&ch->ic_out))
		event_add(ch->ic_write, NULL);
	return (0);
}

int
ipc_send_text(struct ipc *ch, uint32_t type, const char *text)
{
	size_t left = strlen(text), n;

	for (; left > 0; text += n, left -= n) {
		n = left < IPC_MAX ? left : IPC_MAX;
		if (ipc_send(ch, type, 0, -1, text, n) == -1)
			return (-1);
	}
	return (ipc_send(ch, type + 1, 0, -1, NULL, 0));
}

int
ipc_write_fd(int fd, uint32_t type, uint32_t id, const void *data, size_t len)
{
	struct ipc_header ih = { .ih_type = type, .ih_id = id };

	if (len > IPC_MAX)
		return (-1);
	return (ipc_sendmsg(fd, &ih, -1, data, len) == -1 ? -1 : 0);
}

int
ipc_read_fd(int fd, uint32_t *type, uint32_t *id, void *buf, size_t size,
    int timeout)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct ipc_header ih;
	ssize_t n;
	int passed;

	do
		n = poll(&pfd, 1, timeout);
	while (n == -1 && errno == EINTR);
	if (n != 1)
		return (-1);
	n = ipc_recvmsg(fd, &ih, &passed, buf, size);
	if (passed != -1)
		close(passed);
	if (n <= 0)
		return (-1);
	*type = ih.ih_type;
	*id = ih.ih_id;
	return ((int)n - (int)sizeof(ih));
}
