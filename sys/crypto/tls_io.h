/* SPDX-License-Identifier: ISC */
/*
 * tls_io: TLS records between a socket and whoever opens and seals them, many
 * records a system call.  The large buffers belong to the thread and are lent
 * to one stream for the time of one call, between tls_io_begin and
 * tls_io_end; a stream keeps only what is left then, the beginning of a
 * record and what the socket did not take.  An idle stream keeps nothing.
 * Ciphertext only passes here, but for tls_io_write().
 *
 * Weighed by a profile of TCP through site - hub - site on two processors,
 * in which a call to receive or send carried about 200 KiB and a hub made
 * some 50,000 calls a GiB of all kinds:
 * - io_uring would save the entry into the kernel: 0.7 % of the hub's time,
 *   0.4 % of a site's.  What the calls do stays, and seccomp cannot see into
 *   its rings.  Not done.
 * - MSG_ZEROCOPY would save the copy into the socket, 6 % of the hub's time,
 *   for pages to be pinned and counted, and buffers that stay until the peer
 *   has acknowledged them instead of 160 KiB a thread.  What stays on the
 *   machine is copied all the same.  Not done.
 * - SO_RCVLOWAT gathers more for a wake-up; under load there is enough, and
 *   the last bytes of a burst would wait for a timer.  Not done.
 */
#ifndef CRYPTO_TLS_IO_H
#define CRYPTO_TLS_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLS_HEADER = 5,			/* RFC 8446, 5.1 */
	TLS_PLAIN_MAX = 16384,
	TLS_RECORD_MAX = TLS_HEADER + TLS_PLAIN_MAX + 256,
	/*
	 * Asked of the socket at once.  More than this and the bytes have
	 * left the core's own cache by the time they are opened.
	 */
	TLS_RX = 256 << 10,
	/* Gathered before it is sent. */
	TLS_TX = 160 << 10,
	/*
	 * The most that a stream keeps for its socket; only a peer that makes
	 * us answer and does not read gets there.
	 */
	TLS_KEPT_MAX = 512 << 10
};

struct tls_io {
	int io_fd;		/* not ours */
	int io_errno;		/* why the socket failed, or 0 */
	bool io_eof;
	bool io_asked;		/* the socket was read in this call */
	size_t io_given;	/* of a record handed out in pieces */
	uint8_t *io_in;		/* kept between calls, from io_inoff */
	size_t io_inoff, io_nin;
	uint8_t *io_out;
	size_t io_outoff, io_nout;
};

void tls_io_init(struct tls_io *io, int fd);
void tls_io_free(struct tls_io *io);

void tls_io_begin(struct tls_io *io);
/* Send what was gathered, keep what is left.  0, or -1 with io_errno. */
int tls_io_end(struct tls_io *io);

/*
 * The next record, header included, if all of it is here; the socket is read
 * once a call for it.  What does not begin like a record is returned as it
 * is, for an alert.  0: none yet, or the end (io_eof, io_errno).
 */
size_t tls_io_record(struct tls_io *io, const uint8_t **p);
/* Whether tls_io_record has something without reading; at any time. */
bool tls_io_ready(const struct tls_io *io);
/* Done with n bytes of it. */
void tls_io_skip(struct tls_io *io, size_t n);

/*
 * Send bytes as they are, at any time but behind gathered ones; what the
 * socket does not take is kept.  0, or -1 with io_errno.
 */
int tls_io_write(struct tls_io *io, const uint8_t *p, size_t len);

/*
 * Room for `len` bytes to send (at most TLS_RECORD_MAX), and how many it
 * became.  NULL, with io_errno, when too much is kept.
 */
uint8_t *tls_io_room(struct tls_io *io, size_t len);
void tls_io_commit(struct tls_io *io, size_t n);

/* Send what an earlier call kept.  1 all gone, 0 not yet, -1 with io_errno. */
int tls_io_flush(struct tls_io *io);

#endif
