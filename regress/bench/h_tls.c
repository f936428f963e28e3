/* SPDX-License-Identifier: ISC */
/*
 * usage: h_tls IMPLEMENTATION MIB
 * Bulk through one protected stream between two processes over loopback.
 * Prints "IMPLEMENTATION MiB/s N cpu-s/GiB N CIPHER".
 */
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "net/tcp.h"

enum { GATHER = 128 << 10, ROOM = 272 << 10 };

static const struct crypto_ops *co;

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	return (crypto_key_sign(arg, digest, len, sig, size));
}

static void
wait_fd(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	(void)poll(&pfd, 1, -1);
}

static struct crypto *
shake(struct crypto_ctx *cx, int fd)
{
	struct crypto *c = co->co_new(cx, fd, NULL);
	enum crypto_result cr;

	while ((cr = co->co_handshake(c)) != CRYPTO_OK) {
		if (cr == CRYPTO_ERROR)
			errx(1, "%s", co->co_error(c));
		wait_fd(fd, cr == CRYPTO_WANT_READ ? POLLIN : POLLOUT);
	}
	return (c);
}

static void
sender(struct crypto_ctx *cx, int fd, size_t total)
{
	static uint8_t buf[GATHER];
	struct crypto *c = shake(cx, fd);
	size_t n, sent = 0;

	while (sent < total) {
		if (co->co_write(c, buf, sizeof(buf), &n) == CRYPTO_ERROR)
			errx(1, "%s", co->co_error(c));
		sent += n;
		while (co->co_unsent(c)) {
			wait_fd(fd, POLLOUT);
			if (co->co_flush(c) == CRYPTO_ERROR)
				errx(1, "%s", co->co_error(c));
		}
	}
	co->co_shutdown(c);
	co->co_free(c);
}

static void
receiver(struct crypto_ctx *cx, int fd, size_t total)
{
	static uint8_t buf[ROOM];
	struct crypto *c = shake(cx, fd);
	uint64_t start = clock_us(), us;
	struct rusage self, child;
	enum crypto_result cr;
	size_t n, got = 0;
	double cpu;

	while ((cr = co->co_read(c, buf, sizeof(buf), &n)) != CRYPTO_EOF) {
		if (cr == CRYPTO_ERROR)
			errx(1, "%s", co->co_error(c));
		got += n;
		if (cr == CRYPTO_WANT_READ)
			wait_fd(fd, POLLIN);
	}
	us = clock_us() - start;
	if (got < total)
		errx(1, "%zu of %zu bytes came", got, total);
	wait(NULL);
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &child);
	cpu = (double)(self.ru_utime.tv_sec + self.ru_stime.tv_sec +
		  child.ru_utime.tv_sec + child.ru_stime.tv_sec) +
	    (double)(self.ru_utime.tv_usec + self.ru_stime.tv_usec +
		child.ru_utime.tv_usec + child.ru_stime.tv_usec) /
		1e6;
	printf("%s MiB/s %.0f cpu-s/GiB %.3f %s\n", co->co_name,
	    (double)got / (double)us * 1e6 / (1 << 20),
	    cpu / ((double)got / (1 << 30)), co->co_cipher(c));
	co->co_free(c);
}

static void
sockets(int fds[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(l, (struct sockaddr *)&sin, len) == -1 || listen(l, 1) == -1 ||
	    getsockname(l, (struct sockaddr *)&sin, &len) == -1)
		err(1, "loopback");
	fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)connect(fds[1], (struct sockaddr *)&sin, len);
	if ((fds[0] = accept4(l, NULL, NULL, SOCK_NONBLOCK)) == -1)
		err(1, "accept");
	tcp_options(fds[0]);
	tcp_options(fds[1]);
	close(l);
}

int
main(int argc, char **argv)
{
	uint8_t pin[1][CRYPTO_PIN_LEN];
	struct crypto_ctx *sx, *cx;
	char *key_pem, *cert_pem, e[256];
	size_t total;
	void *key;
	int fds[2];

	if (argc != 3 || (co = crypto_find(argv[1])) == NULL)
		errx(1, "usage: h_tls IMPLEMENTATION MIB");
	total = (size_t)atoi(argv[2]) << 20;
	if (crypto_selfsigned("bench", &key_pem, &cert_pem, e, sizeof(e)) == -1)
		errx(1, "%s", e);
	key = crypto_key_load(key_pem, strlen(key_pem), e, sizeof(e));
	crypto_cert_pin(cert_pem, strlen(cert_pem), pin[0]);
	sx = co->co_server_ctx(cert_pem, strlen(cert_pem), sign, key, e,
	    sizeof(e));
	cx = co->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pin, 1, NULL,
	    NULL, e, sizeof(e));
	if (sx == NULL || cx == NULL)
		errx(1, "%s", e);
	sockets(fds);
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(fds[0]);
		sender(cx, fds[1], total);
		return (0);
	}
	close(fds[1]);
	receiver(sx, fds[0], total);
	co->co_ctx_free(sx);
	co->co_ctx_free(cx);
	crypto_key_free(key);
	free(key_pem);
	free(cert_pem);
	return (0);
}
