/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto/tls_io.h"

/* What the stream that is being served has of its thread. */
static _Thread_local struct {
	const uint8_t *bu_in;		/* in bu_rx, or what was kept */
	size_t bu_nin;
	size_t bu_ntx;
	uint8_t bu_rx[TLS_RECORD_MAX + TLS_RX];
	uint8_t bu_tx[TLS_TX];
} bu;

void
tls_io_init(struct tls_io *io, int fd)
{
	memset(io, 0, sizeof(*io));
	io->io_fd = fd;
}

static void
tls_io_drop_in(struct tls_io *io)
{
	free(io->io_in);
	io->io_in = NULL;
	io->io_inoff = io->io_nin = 0;
}

static void
tls_io_drop_out(struct tls_io *io)
{
	free(io->io_out);
	io->io_out = NULL;
	io->io_outoff = io->io_nout = 0;
}

void
tls_io_free(struct tls_io *io)
{
	tls_io_drop_in(io);
	tls_io_drop_out(io);
}

void
tls_io_begin(struct tls_io *io)
{
	io->io_asked = false;
	bu.bu_in = io->io_in + io->io_inoff;
	bu.bu_nin = io->io_nin;
	bu.bu_ntx = 0;
}

static bool
tls_io_again(void)
{
	return (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Bytes that the socket took; less than len when it is full, or -1. */
static ssize_t
tls_io_send(struct tls_io *io, const uint8_t *p, size_t len)
{
	ssize_t n = send(io->io_fd, p, len, MSG_NOSIGNAL);

	if (n >= 0)
		return (n);
	if (tls_io_again())
		return (0);
	io->io_errno = errno;
	return (-1);
}

/* Keep bytes for later, behind what is kept already. */
static int
tls_io_keep(struct tls_io *io, const uint8_t *p, size_t len)
{
	uint8_t *out;

	if (io->io_nout + len > TLS_KEPT_MAX) {
		io->io_errno = ENOBUFS;
		return (-1);
	}
	if ((out = malloc(io->io_nout + len)) == NULL) {
		io->io_errno = ENOMEM;
		return (-1);
	}
	if (io->io_nout > 0)
		memcpy(out, io->io_out + io->io_outoff, io->io_nout);
	memcpy(out + io->io_nout, p, len);
	free(io->io_out);
	io->io_out = out;
	io->io_outoff = 0;
	io->io_nout += len;
	return (0);
}

int
tls_io_write(struct tls_io *io, const uint8_t *p, size_t len)
{
	ssize_t n = 0;

	if (io->io_nout == 0 && (n = tls_io_send(io, p, len)) == -1)
		return (-1);
	if ((size_t)n == len)
		return (0);
	return (tls_io_keep(io, p + n, len - (size_t)n));
}

/* Send what was gathered in this call; order holds. */
static int
tls_io_spill(struct tls_io *io)
{
	size_t len = bu.bu_ntx;

	bu.bu_ntx = 0;
	return (len == 0 ? 0 : tls_io_write(io, bu.bu_tx, len));
}

/* Keep what was not used; a little of much is not worth the memory. */
static int
tls_io_save(struct tls_io *io)
{
	uint8_t *in;

	if (bu.bu_nin == 0) {
		tls_io_drop_in(io);
		return (0);
	}
	if (io->io_in != NULL && bu.bu_nin > TLS_RECORD_MAX) {
		io->io_inoff += io->io_nin - bu.bu_nin;
		io->io_nin = bu.bu_nin;
		return (0);
	}
	if ((in = malloc(bu.bu_nin)) == NULL) {
		io->io_errno = ENOMEM;
		return (-1);
	}
	memcpy(in, bu.bu_in, bu.bu_nin);
	tls_io_drop_in(io);
	io->io_in = in;
	io->io_nin = bu.bu_nin;
	return (0);
}

int
tls_io_end(struct tls_io *io)
{
	int saved = tls_io_save(io);

	return (tls_io_spill(io) == -1 ? -1 : saved);
}

int
tls_io_flush(struct tls_io *io)
{
	ssize_t n;

	if (io->io_nout == 0)
		return (1);
	n = tls_io_send(io, io->io_out + io->io_outoff, io->io_nout);
	if (n == -1)
		return (-1);
	io->io_outoff += (size_t)n;
	io->io_nout -= (size_t)n;
	if (io->io_nout > 0)
		return (0);
	tls_io_drop_out(io);
	return (1);
}

uint8_t *
tls_io_room(struct tls_io *io, size_t len)
{
	if (TLS_TX - bu.bu_ntx < len && tls_io_spill(io) == -1)
		return (NULL);
	return (bu.bu_tx + bu.bu_ntx);
}

void
tls_io_commit(struct tls_io *io, size_t n)
{
	(void)io;
	bu.bu_ntx += n;
}

/* Length of the record that begins at p, or of what is none; 0: more. */
static size_t
tls_io_whole(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < TLS_HEADER)
		return (0);
	len = TLS_HEADER + ((size_t)p[3] << 8 | p[4]);
	if (p[0] < 20 || p[0] > 24 || len > TLS_RECORD_MAX)
		return (n);
	return (len <= n ? len : 0);
}

/* Read the socket behind the beginning of a record. */
static bool
tls_io_fill(struct tls_io *io)
{
	ssize_t n;

	if (io->io_asked || io->io_eof || io->io_errno != 0)
		return (false);
	io->io_asked = true;
	if (bu.bu_nin > 0)
		memmove(bu.bu_rx, bu.bu_in, bu.bu_nin);
	bu.bu_in = bu.bu_rx;
	tls_io_drop_in(io);
	n = recv(io->io_fd, bu.bu_rx + bu.bu_nin, TLS_RX, 0);
	if (n == 0)
		io->io_eof = true;
	else if (n == -1 && !tls_io_again())
		io->io_errno = errno;
	if (n <= 0)
		return (false);
	bu.bu_nin += (size_t)n;
	return (true);
}

size_t
tls_io_record(struct tls_io *io, const uint8_t **p)
{
	size_t n = tls_io_whole(bu.bu_in, bu.bu_nin);

	if (n == 0 && tls_io_fill(io))
		n = tls_io_whole(bu.bu_in, bu.bu_nin);
	*p = bu.bu_in;
	return (n);
}

bool
tls_io_ready(const struct tls_io *io)
{
	return (io->io_nin > 0 &&
	    (io->io_given > 0 ||
		tls_io_whole(io->io_in + io->io_inoff, io->io_nin) > 0));
}

void
tls_io_skip(struct tls_io *io, size_t n)
{
	(void)io;
	bu.bu_in += n;
	bu.bu_nin -= n;
}
