/* SPDX-License-Identifier: ISC */
/*
 * ssh_layer: a session of SSH by libssh2 over a connected descriptor, and its
 * one channel as the layer of a pump.  The library takes a descriptor, never
 * blocks and needs no files.
 *
 * All that the library reads comes through ssh_recv(), which ends its loops:
 * a server that sends without end, before it has shown its key or after, can
 * neither hold the event loop nor fill the memory.
 */
#ifndef TRANSPORT_SSH_LAYER_H
#define TRANSPORT_SSH_LAYER_H

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>

#include "transport/pump.h"
#include "transport/transport.h"

enum {
	SSH_SETUP = 512 * 1024,	/* bytes read until the channel is open */
	SSH_ROUND = 256 * 1024,	/* bytes read at a time afterwards */
	SSH_PACKET = 16 * 1024	/* bytes of ours in a packet */
};

struct ssh_layer {
	LIBSSH2_SESSION *sl_session;
	LIBSSH2_CHANNEL *sl_channel;
	int sl_fd;
	size_t sl_budget;		/* bytes that may be read now */
	bool sl_cut;			/* nothing is read or written */
	const char *sl_password;	/* while logging in */
	bool sl_reading;		/* a read waits to write */
	char sl_packet[SSH_PACKET];	/* being written */
	size_t sl_packet_len;
	size_t sl_packet_sent;
	char sl_error[TRANSPORT_ERROR_LEN];
};

/*
 * Takes `fd`, connected and not blocking, if it succeeds; NULL without memory.
 * SSH_SETUP bytes may be read until the channel is open.
 */
struct ssh_layer *ssh_layer_new(int fd);
/* po_free: says good-bye if that does not block, closes the descriptor. */
void ssh_layer_free(void *layer);
/* po_wants: EV_READ, EV_WRITE. */
short ssh_layer_wants(void *layer);
/* What the library says of its last error; never NULL, its memory. */
const char *ssh_layer_error(const struct ssh_layer *sl);

/* For pump_start(), when sl_channel is open. */
extern const struct pump_ops ssh_layer_ops;

#endif
