/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "crypto/keyproc.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

enum { KEY_FILE_MAX = 65536, DIGEST_MAX = 64 };

static struct event_base *base;
static void *private_key;

/* An asking thread's question, or its end. */
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
	if (msg->im_type != KEYPROC_SIGN || msg->im_len > DIGEST_MAX)
		return;
	n = crypto_key_sign(private_key, msg->im_data, msg->im_len, sig,
	    sizeof(sig));
	(void)ipc_send(ch, KEYPROC_SIGN, msg->im_id, -1, sig,
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
	const struct keyproc_start *ks = msg->im_data;

	if (private_key == NULL || msg->im_len != sizeof(*ks) ||
	    memchr(ks->ks_user, '\0', sizeof(ks->ks_user)) == NULL ||
	    memchr(ks->ks_chroot, '\0', sizeof(ks->ks_chroot)) == NULL)
		fatalx("started without key or user");
	proc_confine(ks->ks_user, ks->ks_chroot, PROC_IPC);
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
	case KEYPROC_FILE:
		load(msg->im_fd);
		break;
	case KEYPROC_CHANNEL:
		if (ipc_new(base, msg->im_fd, on_request, NULL) == NULL)
			fatalx("no memory");
		break;
	case KEYPROC_START:
		start(msg);
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

void
keyproc_main(void)
{
	if ((base = event_base_new()) == NULL ||
	    ipc_new(base, PROC_FD, on_parent, NULL) == NULL)
		fatalx("no memory");
	event_base_dispatch(base);
	_exit(0);
}

ssize_t
keyproc_sign(int fd, uint32_t *id, const uint8_t *digest, size_t len,
    uint8_t *sig, size_t size)
{
	uint32_t type, answer;
	int n;

	++*id;
	if (ipc_write_fd(fd, KEYPROC_SIGN, *id, digest, len) == -1)
		return (-1);
	/* an answer that came too late for an earlier one is passed over */
	do
		n = ipc_read_fd(fd, &type, &answer, sig, size, KEYPROC_TIMEOUT);
	while (n >= 0 && (type != KEYPROC_SIGN || answer != *id));
	if (n <= 0)
		log_warnx("no signature from the key process");
	return (n > 0 ? n : -1);
}
