/* SPDX-License-Identifier: ISC */
/*
 * usage: h_idle IMPLEMENTATION N
 * What an open tunnel that carries nothing costs its hub in memory: N
 * connections from another process are accepted, and the difference in
 * resident memory is divided.  Prints "IMPLEMENTATION N connections, B bytes
 * each".  A hub's port and its queue are not part of it.
 */
#include <err.h>
#include <event2/event.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "tunnel/conn.h"

enum { WARM = 16 };	/* connections before the first look */

static const struct crypto_ops *co;
static struct event_base *base;
static int opened;

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	return (crypto_key_sign(arg, digest, len, sig, size));
}

static void
on_request(struct conn *cn, const struct http_request *rq, void *arg)
{
	struct http_extensions ext = { .hx_keepalive = 60 };

	(void)rq;
	(void)arg;
	conn_accept(cn, &ext);
	opened++;
}

static void
on_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	(void)cn;
	(void)rp;
	(void)arg;
	opened++;
}

static void
on_frame(struct conn *cn, struct frame *f, void *arg)
{
	(void)cn;
	(void)arg;
	frame_free(f);
}

static void
on_round(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
}

static struct frame *
on_pull(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
	return (NULL);
}

static void
on_close(struct conn *cn, const char *reason, int status, void *arg)
{
	(void)cn;
	(void)status;
	(void)arg;
	errx(1, "a connection is over: %s", reason);
}

static const struct conn_handlers handlers = {
	.ch_request = on_request,
	.ch_open = on_open,
	.ch_frame = on_frame,
	.ch_round = on_round,
	.ch_pull = on_pull,
	.ch_close = on_close,
};

static long
resident(void)
{
	FILE *fp = fopen("/proc/self/statm", "r");
	long size, pages = 0;

	malloc_trim(0);
	if (fp == NULL || fscanf(fp, "%ld %ld", &size, &pages) != 2)
		errx(1, "no /proc/self/statm");
	fclose(fp);
	return (pages * sysconf(_SC_PAGESIZE));
}

/* One end of each pair, from..to; until all of them are open. */
static void
start(const struct conn_params *cp, const int (*fds)[2], int side, int from,
    int to)
{
	struct http_request rq;
	struct conn *cn;
	int i;

	memset(&rq, 0, sizeof(rq));
	strlcpy(rq.hr_host, "bench", sizeof(rq.hr_host));
	rq.hr_ext.hx_keepalive = 60;
	for (i = from; i < to; i++) {
		cn = side == 0 ? conn_new_server(base, fds[i][0], "peer", cp,
				     &handlers, NULL) :
				 conn_new_client(base, fds[i][1], "hub", cp,
				     &rq, &handlers, NULL);
		if (cn == NULL)
			errx(1, "no memory");
		while (opened <= i)
			event_base_loop(base, EVLOOP_ONCE);
	}
}

static struct crypto_ctx *
context(int side)
{
	uint8_t pin[1][CRYPTO_PIN_LEN];
	static char *key_pem, *cert_pem;
	struct crypto_ctx *cx;
	char e[256];

	if (cert_pem == NULL &&
	    crypto_selfsigned("bench", &key_pem, &cert_pem, e, sizeof(e)) == -1)
		errx(1, "%s", e);
	crypto_cert_pin(cert_pem, strlen(cert_pem), pin[0]);
	if (side == 0)
		cx = co->co_server_ctx(cert_pem, strlen(cert_pem), sign,
		    crypto_key_load(key_pem, strlen(key_pem), e, sizeof(e)), e,
		    sizeof(e));
	else
		cx = co->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pin, 1,
		    NULL, NULL, e, sizeof(e));
	if (cx == NULL)
		errx(1, "%s", e);
	return (cx);
}

int
main(int argc, char **argv)
{
	struct conn_params cp[2];
	struct rlimit rl;
	int(*fds)[2], n, i, side;
	long before;
	pid_t pid;

	if (argc != 3 || (co = crypto_find(argv[1])) == NULL ||
	    (n = atoi(argv[2])) < 1)
		errx(1, "usage: h_idle IMPLEMENTATION N");
	rl.rlim_cur = rl.rlim_max = 2 * ((rlim_t)n + WARM) + 64;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "RLIMIT_NOFILE");
	n += WARM;
	if ((fds = calloc((size_t)n, sizeof(*fds))) == NULL)
		err(1, "calloc");
	for (i = 0; i < n; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			fds[i]) == -1)
			err(1, "socketpair");
	for (side = 0; side < 2; side++)
		cp[side] = (struct conn_params){
			.cp_crypto = co,
			.cp_ctx = context(side),
			.cp_encap = encap_find("capsule"),
			.cp_handshake_ms = 60000,
			.cp_max_frame = 9018,
			.cp_congestion = "system",
		};
	if ((pid = fork()) == -1)
		err(1, "fork");
	base = event_base_new();
	side = pid == 0;
	start(&cp[side], (const int(*)[2])fds, side, 0, WARM);
	before = resident();
	start(&cp[side], (const int(*)[2])fds, side, WARM, n);
	if (side == 1)
		for (;;)
			pause();
	/* What is still in flight comes in. */
	event_base_loop(base, EVLOOP_NONBLOCK);
	printf("%s %d connections, %ld bytes each\n", co->co_name, n - WARM,
	    (resident() - before) / (n - WARM));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return (0);
}
