/* SPDX-License-Identifier: ISC */
/*
 * ipc: messages between the processes of one program, over a SOCK_SEQPACKET
 * pair.  A message is a type, an id, up to IPC_MAX bytes and at most one
 * descriptor.  The receiver never trusts lengths: ipc handlers check im_len
 * against what the type needs.
 *
 * A channel belongs to one event base and one thread.  Sending never blocks:
 * what the socket does not take at once waits in a queue of IPC_QUEUE
 * messages, beyond which ipc_send() fails and the sender decides.
 */
#ifndef KERN_IPC_H
#define KERN_IPC_H

#include <stddef.h>
#include <stdint.h>

struct event_base;

enum {
	IPC_MAX = 32768,	/* bytes of one message's data */
	IPC_QUEUE = 1024	/* messages waiting to be sent */
};

struct ipc_msg {
	uint32_t im_type;
	uint32_t im_id;		/* the sender's: a request's number, a hub... */
	const void *im_data;	/* valid until the handler returns */
	size_t im_len;
	int im_fd;		/* -1, or a descriptor the handler now owns */
};

struct ipc;

/* Called for each message; with msg == NULL once when the peer is gone. */
typedef void (*ipc_handler)(struct ipc *ch, const struct ipc_msg *msg,
    void *arg);

/* A connected pair, close-on-exec, non-blocking; -1 with errno on failure. */
int ipc_pair(int fds[2]);
/*
 * Takes over fd and begins to call `handler` from base's loop.  Returns NULL
 * without memory.  The handler may free the channel in its own call; when
 * msg is NULL it must, then or later.
 */
struct ipc *ipc_new(struct event_base *base, int fd, ipc_handler handler,
    void *arg);
void ipc_free(struct ipc *ch);
/*
 * Queue one message.  Copies data; takes over fd (or -1) and closes it when
 * sent.  0, or -1 when the queue is full or the peer is gone.
 */
int ipc_send(struct ipc *ch, uint32_t type, uint32_t id, int fd,
    const void *data, size_t len);
/* Send text of any length as messages of `type`, then one of type+1, empty. */
int ipc_send_text(struct ipc *ch, uint32_t type, const char *text);

/*
 * Synchronous forms on a bare descriptor, for the key channel, where a
 * data thread waits for a signature: one message out, one in.
 */
int ipc_write_fd(int fd, uint32_t type, uint32_t id, const void *data,
    size_t len);
/* Waits up to timeout ms.  Bytes put into buf (at most size), -1 on error. */
int ipc_read_fd(int fd, uint32_t *type, uint32_t *id, void *buf, size_t size,
    int timeout);

#endif
