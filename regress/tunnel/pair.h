/* SPDX-License-Identifier: ISC */
/*
 * pair: a server's and a client's connection in one process, over a socket
 * pair, with a queue of frames to send and a record of what came at each end;
 * and a raw TLS client that can misbehave.
 */
#ifndef REGRESS_TUNNEL_PAIR_H
#define REGRESS_TUNNEL_PAIR_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>
#include <event2/util.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "tunnel/conn.h"

#define T_UNUSED __attribute__((unused))

struct side {
	struct conn *sd_conn;		/* NULL once closed */
	struct frameq sd_queue;
	uint64_t sd_frames, sd_bytes, sd_rounds, sd_sum;
	struct frame *sd_last;
	bool sd_closed, sd_open;
	int sd_status;
	char sd_reason[400];
	struct http_request sd_rq;	/* server */
	struct http_response sd_rp;	/* client */
	struct http_extensions sd_answer; /* server: what is accepted */
	int sd_reject;			/* server: or this status */
	bool sd_hold;			/* server: no answer yet */
	bool sd_echo;
	void *sd_more;			/* a test's own */
};

struct pair {
	struct event_base *pr_base;
	struct crypto_ctx *pr_sctx, *pr_cctx;
	void *pr_key;
	char *pr_key_pem, *pr_cert_pem;
	uint8_t pr_pin[CRYPTO_PIN_LEN];
	struct conn_params pr_sp, pr_cp;
	struct http_request pr_rq;
	struct side pr_server, pr_client;
	int pr_raw;			/* raw client's socket, or -1 */
	struct crypto *pr_tls;		/* and its TLS */
};

T_UNUSED static ssize_t
pair_sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size,
    void *arg)
{
	return (crypto_key_sign(arg, digest, len, sig, size));
}

T_UNUSED static void
side_request(struct conn *cn, const struct http_request *rq, void *arg)
{
	struct side *sd = arg;

	sd->sd_rq = *rq;
	if (sd->sd_hold)
		return;
	if (sd->sd_reject != 0)
		conn_reject(cn, sd->sd_reject);
	else
		conn_accept(cn, &sd->sd_answer);
	sd->sd_open = sd->sd_reject == 0;
}

T_UNUSED static void
side_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	struct side *sd = arg;

	(void)cn;
	sd->sd_rp = *rp;
	sd->sd_open = true;
}

/* A sum that depends on contents and order. */
T_UNUSED static uint64_t
sum_frame(uint64_t sum, const struct frame *f)
{
	uint32_t i;

	for (i = 0; i < f->f_len; i++)
		sum = sum * 1099511628211U + f->f_data[i];
	return (sum * 31 + f->f_len);
}

T_UNUSED static void
side_frame(struct conn *cn, struct frame *f, void *arg)
{
	struct side *sd = arg;

	(void)cn;
	sd->sd_frames++;
	sd->sd_bytes += f->f_len;
	sd->sd_sum = sum_frame(sd->sd_sum, f);
	if (sd->sd_echo)
		frameq_put(&sd->sd_queue, frame_ref(f));
	if (sd->sd_last != NULL)
		frame_free(sd->sd_last);
	sd->sd_last = f;
}

T_UNUSED static void
side_round(struct conn *cn, void *arg)
{
	struct side *sd = arg;

	sd->sd_rounds++;
	if (sd->sd_echo)
		conn_push(cn);
}

T_UNUSED static struct frame *
side_pull(struct conn *cn, void *arg)
{
	struct side *sd = arg;

	(void)cn;
	return (frameq_get(&sd->sd_queue));
}

T_UNUSED static void
side_close(struct conn *cn, const char *reason, int status, void *arg)
{
	struct side *sd = arg;

	ATF_REQUIRE(!sd->sd_closed);
	(void)cn;
	sd->sd_conn = NULL;
	sd->sd_closed = true;
	sd->sd_status = status;
	strlcpy(sd->sd_reason, reason, sizeof(sd->sd_reason));
}

T_UNUSED static const struct conn_handlers side_handlers = {
	.ch_request = side_request,
	.ch_open = side_open,
	.ch_frame = side_frame,
	.ch_round = side_round,
	.ch_pull = side_pull,
	.ch_close = side_close,
};

T_UNUSED static void
pair_init(struct pair *pr)
{
	char err[256];
	const uint8_t(*pin)[CRYPTO_PIN_LEN];

	memset(pr, 0, sizeof(*pr));
	pr->pr_raw = -1;
	ATF_REQUIRE((pr->pr_base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0,
	    crypto_selfsigned("hub.example.com", &pr->pr_key_pem,
		&pr->pr_cert_pem, err, sizeof(err)));
	pr->pr_key = crypto_key_load(pr->pr_key_pem, strlen(pr->pr_key_pem),
	    err, sizeof(err));
	ATF_REQUIRE(pr->pr_key != NULL);
	ATF_REQUIRE_EQ(0,
	    crypto_cert_pin(pr->pr_cert_pem, strlen(pr->pr_cert_pem),
		pr->pr_pin));
	pr->pr_sctx = crypto_openssl.co_server_ctx(pr->pr_cert_pem,
	    strlen(pr->pr_cert_pem), pair_sign, pr->pr_key, err, sizeof(err));
	ATF_REQUIRE_MSG(pr->pr_sctx != NULL, "%s", err);
	pin = (const uint8_t(*)[CRYPTO_PIN_LEN])(const void *)pr->pr_pin;
	pr->pr_cctx =
	    crypto_openssl.co_client_ctx(pin, 1, NULL, NULL, err, sizeof(err));
	ATF_REQUIRE_MSG(pr->pr_cctx != NULL, "%s", err);
	pr->pr_sp = (struct conn_params){
		.cp_crypto = &crypto_openssl,
		.cp_ctx = pr->pr_sctx,
		.cp_encap = &encap_capsule,
		.cp_handshake_ms = 60000,
		.cp_max_frame = 9018,
		.cp_can = 0xf,
	};
	pr->pr_cp = pr->pr_sp;
	pr->pr_cp.cp_ctx = pr->pr_cctx;
	pr->pr_cp.cp_sni = "hub.example.com";
	strlcpy(pr->pr_rq.hr_host, "hub.example.com", HTTP_HOST_MAX);
	strlcpy(pr->pr_rq.hr_hub, "default", HTTP_NAME_MAX);
	strlcpy(pr->pr_rq.hr_user, "officea", HTTP_NAME_MAX);
	strlcpy(pr->pr_rq.hr_password, "secret", HTTP_PASSWORD_MAX);
	ATF_REQUIRE_EQ(0,
	    frameq_init(&pr->pr_server.sd_queue, 65536, 256 << 20));
	ATF_REQUIRE_EQ(0,
	    frameq_init(&pr->pr_client.sd_queue, 65536, 256 << 20));
	frame_set_limit((size_t)512 << 20);
}

enum { PAIR_TCP = -1 };

/* A TCP connection over loopback. */
T_UNUSED static void
pair_tcp(int fds[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(l, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, listen(l, 1));
	ATF_REQUIRE_EQ(0, getsockname(l, (struct sockaddr *)&sin, &len));
	fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE_EQ(0,
	    connect(fds[1], (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE((fds[0] = accept(l, NULL, NULL)) != -1);
	evutil_make_socket_nonblocking(fds[0]);
	evutil_make_socket_nonblocking(fds[1]);
	close(l);
}

/*
 * Both ends' sockets; `buffer` octets of socket buffer, 0 for the default,
 * PAIR_TCP for TCP.
 */
T_UNUSED static void
pair_sockets(int fds[2], int buffer)
{
	int i;

	if (buffer == PAIR_TCP) {
		pair_tcp(fds);
		return;
	}
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		fds));
	for (i = 0; buffer != 0 && i < 2; i++) {
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer,
		    sizeof(buffer));
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &buffer,
		    sizeof(buffer));
	}
}

T_UNUSED static void
pair_server(struct pair *pr, int fd)
{
	pr->pr_server.sd_conn = conn_new_server(pr->pr_base, fd, "client",
	    &pr->pr_sp, &side_handlers, &pr->pr_server);
	ATF_REQUIRE(pr->pr_server.sd_conn != NULL);
}

T_UNUSED static void
pair_client(struct pair *pr, int fd)
{
	pr->pr_client.sd_conn = conn_new_client(pr->pr_base, fd, "hub",
	    &pr->pr_cp, &pr->pr_rq, &side_handlers, &pr->pr_client);
	ATF_REQUIRE(pr->pr_client.sd_conn != NULL);
}

T_UNUSED static void
pair_start(struct pair *pr, int buffer)
{
	int fds[2];

	pair_sockets(fds, buffer);
	pair_server(pr, fds[0]);
	pair_client(pr, fds[1]);
}

T_UNUSED static void
pair_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Run the loop until the condition holds; false after ms. */
#define pair_until(pr, cond, ms)                                               \
	__extension__({                                                        \
		uint64_t until_ = clock_ms() + (ms);                           \
		bool ok_;                                                      \
		struct timeval tv_ = { 0, 5000 };                              \
		struct event *tick_ =                                          \
		    event_new((pr)->pr_base, -1, EV_PERSIST, pair_tick, NULL); \
		event_add(tick_, &tv_);                                        \
		while (!(ok_ = (cond)) && clock_ms() < until_)                 \
			event_base_loop((pr)->pr_base, EVLOOP_ONCE);           \
		event_free(tick_);                                             \
		ok_;                                                           \
	})

T_UNUSED static void
pair_open(struct pair *pr)
{
	pair_start(pr, 0);
	ATF_REQUIRE_MSG(pair_until(pr,
			    pr->pr_server.sd_open && pr->pr_client.sd_open,
			    60000),
	    "server: %s client: %s", pr->pr_server.sd_reason,
	    pr->pr_client.sd_reason);
}

T_UNUSED static void
side_fini(struct side *sd)
{
	conn_free(sd->sd_conn);
	if (sd->sd_last != NULL)
		frame_free(sd->sd_last);
	frameq_fini(&sd->sd_queue);
}

T_UNUSED static void
pair_fini(struct pair *pr)
{
	side_fini(&pr->pr_server);
	side_fini(&pr->pr_client);
	if (pr->pr_tls != NULL)
		crypto_openssl.co_free(pr->pr_tls);
	if (pr->pr_raw != -1)
		close(pr->pr_raw);
	crypto_openssl.co_ctx_free(pr->pr_sctx);
	crypto_openssl.co_ctx_free(pr->pr_cctx);
	crypto_key_free(pr->pr_key);
	free(pr->pr_key_pem);
	free(pr->pr_cert_pem);
	event_base_free(pr->pr_base);
	frame_pool_drain();
	ATF_CHECK_EQ(0, frame_memory());
}

/* A frame of len octets that begins as Ethernet does, the rest from seed. */
T_UNUSED static struct frame *
make_frame(size_t len, uint32_t seed)
{
	struct frame *f = frame_alloc(len);
	size_t i;

	ATF_REQUIRE(f != NULL);
	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		f->f_data[i] = (uint8_t)(seed >> 24);
	}
	memcpy(f->f_data, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x88\xb6", 14);
	return (f);
}

/* A raw client with TLS up, its request sent or not. */
T_UNUSED static void
raw_start(struct pair *pr)
{
	int fds[2];

	pair_sockets(fds, 0);
	pair_server(pr, fds[0]);
	pr->pr_raw = fds[1];
}

T_UNUSED static void
raw_tls(struct pair *pr)
{
	pr->pr_tls = crypto_openssl.co_new(pr->pr_cctx, pr->pr_raw, NULL);
	ATF_REQUIRE(pr->pr_tls != NULL);
	ATF_REQUIRE(pair_until(pr,
	    crypto_openssl.co_handshake(pr->pr_tls) == CRYPTO_OK, 60000));
}

T_UNUSED static void
raw_send(struct pair *pr, const void *p, size_t len)
{
	size_t n, off = 0;

	while (off < len) {
		if (crypto_openssl.co_write(pr->pr_tls,
			(const uint8_t *)p + off, len - off, &n) == CRYPTO_OK)
			off += n;
		else
			event_base_loop(pr->pr_base, EVLOOP_NONBLOCK);
	}
}

/* Read into buf until `what` is in it or the peer closes; bytes. */
T_UNUSED static size_t
raw_read(struct pair *pr, char *buf, size_t size, const char *what)
{
	uint64_t until = clock_ms() + 60000;
	enum crypto_result cr;
	size_t n, len = 0;

	buf[0] = '\0';
	while (clock_ms() < until && len < size - 1) {
		cr = crypto_openssl.co_read(pr->pr_tls, (uint8_t *)buf + len,
		    size - 1 - len, &n);
		if (cr == CRYPTO_OK) {
			len += n;
			buf[len] = '\0';
			if (what != NULL && strstr(buf, what) != NULL)
				break;
		} else if (cr == CRYPTO_WANT_READ) {
			event_base_loop(pr->pr_base, EVLOOP_NONBLOCK);
			poll(NULL, 0, 1);
		} else {
			break;
		}
	}
	return (len);
}

#define RAW_REQUEST                                             \
	"GET /.well-known/masque/ethernet/default HTTP/1.1\r\n" \
	"Host: hub.example.com\r\nConnection: Upgrade\r\n"      \
	"Upgrade: connect-ethernet\r\nCapsule-Protocol: ?1\r\n"

/* A raw client whose tunnel is open, with more fields in the request. */
T_UNUSED static void
raw_open(struct pair *pr, const char *fields)
{
	char buf[2048];

	raw_start(pr);
	raw_tls(pr);
	raw_send(pr, RAW_REQUEST, strlen(RAW_REQUEST));
	raw_send(pr, fields, strlen(fields));
	raw_send(pr, "\r\n", 2);
	raw_read(pr, buf, sizeof(buf), "\r\n\r\n");
	ATF_REQUIRE_MSG(strncmp(buf, "HTTP/1.1 101 ", 13) == 0, "%s", buf);
}

#endif
