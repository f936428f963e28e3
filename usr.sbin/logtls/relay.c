/* SPDX-License-Identifier: ISC */
/*
 * relay: bytes from a connection on this machine into TLS.  What the server
 * says is read and dropped: a log server has nothing to say.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "kern/log.h"

#include "logtls.h"

enum {
	HANDSHAKE = 15000,	/* ms */
	LAST_WORDS = 5000,	/* ms to send what is left at the end */
	CHUNK = 16384,		/* a TLS record's */
	LOCAL_BUFFER = 16384	/* that the kernel holds: lost with us */
};

static const struct crypto_ops *tls;
static struct crypto *outer;
static int outer_fd;

/* Until fd is ready, but for the deadline (ms of clock_ms()). */
static bool
wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd pf = { .fd = fd, .events = events };
	uint64_t now = clock_ms();

	return (now < deadline && poll(&pf, 1, (int)(deadline - now)) > 0);
}

/* The server is who it must be; else why not is logged. */
static bool
verified(void)
{
	uint64_t deadline = clock_ms() + HANDSHAKE;

	for (;;)
		switch (tls->co_handshake(outer)) {
		case CRYPTO_OK:
			return (true);
		case CRYPTO_WANT_READ:
		case CRYPTO_WANT_WRITE:
			if (wait_for(outer_fd,
				tls->co_unsent(outer) ? POLLOUT : POLLIN,
				deadline))
				break;
			log_warnx("no TLS within %d s", HANDSHAKE / 1000);
			return (false);
		case CRYPTO_EOF:
			log_warnx("closed during the handshake");
			return (false);
		case CRYPTO_ERROR:
			log_warnx("TLS: %s", tls->co_error(outer));
			return (false);
		}
}

static int
listen_here(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1, size = LOCAL_BUFFER;

	if (s == -1 ||
	    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == -1 ||
	    bind(s, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(s, 1) == -1) {
		log_warn("listen on 127.0.0.1:%u", port);
		return (-1);
	}
	return (s);
}

/* Drop what the server says; false when it is over. */
static bool
drain(void)
{
	uint8_t buf[CHUNK];
	size_t n;

	for (;;)
		switch (tls->co_read(outer, buf, sizeof(buf), &n)) {
		case CRYPTO_OK:
			break;
		case CRYPTO_WANT_READ:
		case CRYPTO_WANT_WRITE:
			return (true);
		case CRYPTO_EOF:
			log_info("closed by the server");
			return (false);
		case CRYPTO_ERROR:
			log_warnx("TLS: %s", tls->co_error(outer));
			return (false);
		}
}

/* The one connection, -1 when the server goes before it comes. */
static int
accept_one(int s)
{
	struct pollfd pf[2] = { { .fd = outer_fd, .events = POLLIN },
		{ .fd = s, .events = POLLIN } };
	int fd = -1;

	while (fd == -1) {
		if (poll(pf, 2, -1) == -1 && errno != EINTR)
			fatal("poll");
		if (pf[0].revents != 0 && !drain())
			return (-1);
		if (pf[1].revents != 0)
			fd = accept4(s, NULL, NULL, SOCK_NONBLOCK);
	}
	return (fd);
}

static bool
flush(void)
{
	enum crypto_result cr = tls->co_flush(outer);

	if (cr != CRYPTO_ERROR && cr != CRYPTO_EOF)
		return (true);
	log_warnx("TLS: %s", tls->co_error(outer));
	return (false);
}

/*
 * What one look has, into TLS, which has kept nothing before.  1; 0 when this
 * side is over, -1 when the other is.
 */
static int
carry(int fd)
{
	uint8_t buf[CHUNK];
	ssize_t len = recv(fd, buf, sizeof(buf), 0);
	size_t n;

	if (len == -1 && (errno == EAGAIN || errno == EINTR))
		return (1);
	if (len <= 0)
		return (0);
	if (tls->co_write(outer, buf, (size_t)len, &n) == CRYPTO_OK)
		return (1);
	log_warnx("TLS: %s", tls->co_error(outer));
	return (-1);
}

/* Until one of both is over: 0 for this side, -1 for the server. */
static int
pump(int fd)
{
	struct pollfd pf[2] = { { .fd = outer_fd }, { .fd = fd } };
	int more = 1;

	while (more == 1) {
		bool full = tls->co_unsent(outer);

		pf[0].events = (short)(POLLIN | (full ? POLLOUT : 0));
		pf[1].events = full ? 0 : POLLIN;
		if (poll(pf, 2, -1) == -1 && errno != EINTR)
			fatal("poll");
		if ((pf[0].revents & POLLOUT) && !flush())
			return (-1);
		if ((pf[0].revents & ~POLLOUT) && !drain())
			return (-1);
		if (pf[1].revents != 0 && !tls->co_unsent(outer))
			more = carry(fd);
	}
	return (more);
}

static void
say_goodbye(void)
{
	uint64_t deadline = clock_ms() + LAST_WORDS;

	while (tls->co_unsent(outer) && wait_for(outer_fd, POLLOUT, deadline))
		if (!flush())
			return;
	tls->co_shutdown(outer);
}

int
relay_run(const struct relay *rl, int fd)
{
	int s, inner;

	tls = rl->rl_tls;
	outer_fd = fd;
	if ((outer = tls->co_new(rl->rl_ctx, fd, rl->rl_sni)) == NULL)
		fatalx("no memory");
	if (!verified() || (s = listen_here(rl->rl_port)) == -1)
		return (1);
	log_info("connected, %s", tls->co_cipher(outer));
	inner = accept_one(s);
	close(s);
	if (inner == -1 || pump(inner) == -1)
		return (1);
	say_goodbye();
	return (0);
}
