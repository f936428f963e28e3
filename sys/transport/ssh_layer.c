/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/ssh_layer.h"

#if LIBSSH2_VERSION_NUM >= 0x010b01
#define ssh_callback(session, type, f) \
	libssh2_session_callback_set2(session, type, (libssh2_cb_generic *)f)
#else
#define ssh_callback(session, type, f) \
	libssh2_session_callback_set(session, type, (void *)f)
#endif

enum { SSH_FREE_TRIES = 100 };

/*
 * The library's input and output.
 */

static ssize_t
ssh_recv(libssh2_socket_t fd, void *buf, size_t len, int flags, void **arg)
{
	struct ssh_layer *sl = *arg;
	ssize_t n;

	if (sl->sl_cut)
		return (-EPIPE);
	if (sl->sl_budget == 0)
		return (-EAGAIN);
	if (len > sl->sl_budget)
		len = sl->sl_budget;
	if ((n = recv(fd, buf, len, flags)) == -1)
		return (errno == EINTR ? -EAGAIN : -errno);
	sl->sl_budget -= (size_t)n;
	return (n);
}

static ssize_t
ssh_send(libssh2_socket_t fd, const void *buf, size_t len, int flags,
    void **arg)
{
	const struct ssh_layer *sl = *arg;
	ssize_t n;

	if (sl->sl_cut)
		return (-EPIPE);
	n = send(fd, buf, len, flags | MSG_NOSIGNAL);
	if (n == -1)
		return (errno == EINTR ? -EAGAIN : -errno);
	return (n);
}

const char *
ssh_layer_error(const struct ssh_layer *sl)
{
	char *text = NULL;

	libssh2_session_last_error(sl->sl_session, &text, NULL, 0);
	return (text == NULL || *text == '\0' ? "no reason given" : text);
}

/* The good-bye is tried once; then the library must do without a socket. */
void
ssh_layer_free(void *layer)
{
	struct ssh_layer *sl = layer;
	int i;

	if (sl->sl_session != NULL) {
		sl->sl_budget = SSH_ROUND;
		libssh2_session_disconnect(sl->sl_session, "good-bye");
		sl->sl_cut = true;
		for (i = 0; i < SSH_FREE_TRIES; i++)
			if (libssh2_session_free(sl->sl_session) !=
			    LIBSSH2_ERROR_EAGAIN)
				break;
	}
	close(sl->sl_fd);
	freezero(sl, sizeof(*sl));
}

struct ssh_layer *
ssh_layer_new(int fd)
{
	struct ssh_layer *sl = calloc(1, sizeof(*sl));
	LIBSSH2_SESSION *session = NULL;

	if (sl != NULL)
		session = libssh2_session_init_ex(NULL, NULL, NULL, sl);
	if (session == NULL) {
		free(sl);
		return (NULL);
	}
	sl->sl_session = session;
	sl->sl_fd = fd;
	sl->sl_budget = SSH_SETUP;
	libssh2_session_set_blocking(session, 0);
	ssh_callback(session, LIBSSH2_CALLBACK_RECV, ssh_recv);
	ssh_callback(session, LIBSSH2_CALLBACK_SEND, ssh_send);
	return (sl);
}

/*
 * The channel, for the pump.  The library holds one half-written packet at
 * most and must be asked for nothing else before that is out.
 */

static int
ssh_flush(struct ssh_layer *sl)
{
	ssize_t n;

	while (sl->sl_packet_sent < sl->sl_packet_len) {
		n = libssh2_channel_write(sl->sl_channel,
		    sl->sl_packet + sl->sl_packet_sent,
		    sl->sl_packet_len - sl->sl_packet_sent);
		if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
			return (0);
		if (n < 0) {
			snprintf(sl->sl_error, sizeof(sl->sl_error), "%s",
			    ssh_layer_error(sl));
			return (-1);
		}
		sl->sl_packet_sent += (size_t)n;
	}
	sl->sl_packet_len = sl->sl_packet_sent = 0;
	return (1);
}

static bool
ssh_half_written(const struct ssh_layer *sl)
{
	return ((libssh2_session_block_directions(sl->sl_session) &
		    LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0);
}

/*
 * Asked after each round: what is half written goes out even if neither side
 * has anything new.
 */
short
ssh_layer_wants(void *layer)
{
	struct ssh_layer *sl = layer;

	if (!sl->sl_reading && sl->sl_packet_len != 0 && ssh_half_written(sl))
		(void)ssh_flush(sl);
	return ((short)(EV_READ | (ssh_half_written(sl) ? EV_WRITE : 0)));
}

static ssize_t
ssh_write(void *layer, const void *buf, size_t len)
{
	struct ssh_layer *sl = layer;
	int r;

	if (sl->sl_reading)
		return (0);
	sl->sl_budget = SSH_ROUND;
	if ((r = ssh_flush(sl)) != 1)
		return (r);
	if (len > sizeof(sl->sl_packet))
		len = sizeof(sl->sl_packet);
	memcpy(sl->sl_packet, buf, len);
	sl->sl_packet_len = len;
	return (ssh_flush(sl) == -1 ? -1 : (ssize_t)len);
}

static ssize_t
ssh_read_failed(struct ssh_layer *sl, ssize_t n)
{
	if (n == 0 && !libssh2_channel_eof(sl->sl_channel))
		return (0);
	if (n < 0)
		snprintf(sl->sl_error, sizeof(sl->sl_error), "%s",
		    ssh_layer_error(sl));
	return (-1);
}

static ssize_t
ssh_read(void *layer, void *buf, size_t size)
{
	struct ssh_layer *sl = layer;
	ssize_t n;

	if (sl->sl_packet_len != 0 && !sl->sl_reading) {
		if (ssh_flush(sl) == -1)
			return (-1);
		if (sl->sl_packet_len != 0 && ssh_half_written(sl))
			return (0);
	}
	sl->sl_budget = SSH_ROUND;
	n = libssh2_channel_read(sl->sl_channel, buf, size);
	sl->sl_reading = n == LIBSSH2_ERROR_EAGAIN && ssh_half_written(sl);
	if (n > 0)
		return (n);
	return (n == LIBSSH2_ERROR_EAGAIN ? 0 : ssh_read_failed(sl, n));
}

static const char *
ssh_why(void *layer)
{
	const struct ssh_layer *sl = layer;

	return (sl->sl_error[0] == '\0' ? NULL : sl->sl_error);
}

const struct pump_ops ssh_layer_ops = {
	.po_read = ssh_read,
	.po_write = ssh_write,
	.po_wants = ssh_layer_wants,
	.po_error = ssh_why,
	.po_free = ssh_layer_free,
};
