/* SPDX-License-Identifier: ISC */
/*
 * key: the process that alone holds the private key.  It signs digests for
 * the data process's threads, each over a channel of its own.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

#include "hubd.h"

enum { KEY_FILE_MAX = 65536, DIGEST_MAX = 64 };

static struct event_base *base;
static void *private_key;

/* A thread of the data process asks, or has ended. */
static void
on_request(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	uint8_t sig[CRYPTO_SIG_MAX];
	ssize_t n;

	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (msg->im_type != MSG_SIGN || msg->im_len > DIGEST_MAX)
		return;
	n = crypto_key_sign(private_key, msg->im_data, msg->im_len, sig,
	    sizeof(sig));
	(void)ipc_send(ch, MSG_SIGN, msg->im_id, -1, sig,
	    n < 0 ? 0 : (size_t)n);
}

static void
load(int fd)
{
	static char pem[KEY_FILE_MAX];
	char err[256];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(pem) &&
	    (n = read(fd, pem + len, sizeof(pem) - len)) > 0)
		len += (size_t)n;
	close(fd);
	private_key = crypto_key_load(pem, len, err, sizeof(err));
	explicit_bzero(pem, sizeof(pem));
	if (private_key == NULL)
		fatalx("%s", err);
}

static void
start(const struct ipc_msg *msg)
{
	const struct msg_start *ms = msg->im_data;

	if (private_key == NULL || msg->im_len != sizeof(*ms) ||
	    !name_ok(ms->ms_user, sizeof(ms->ms_user)) ||
	    !name_ok(ms->ms_chroot, sizeof(ms->ms_chroot)))
		fatalx("started without key or user");
	proc_confine(ms->ms_user, ms->ms_chroot, PROC_IPC);
}

static void
on_parent(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		event_base_loopbreak(base);
		return;
	}
	switch (msg->im_type) {
	case MSG_KEY_FILE:
		load(msg->im_fd);
		break;
	case MSG_KEY_CHANNEL:
		if (ipc_new(base, msg->im_fd, on_request, NULL) == NULL)
			fatalx("no memory");
		break;
	case MSG_START:
		start(msg);
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

void
key_main(void)
{
	if ((base = event_base_new()) == NULL ||
	    ipc_new(base, PROC_FD, on_parent, NULL) == NULL)
		fatalx("no memory");
	event_base_dispatch(base);
	_exit(0);
}
