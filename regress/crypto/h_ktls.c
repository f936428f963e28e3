/* SPDX-License-Identifier: ISC */
/*
 * usage: h_ktls
 * Streams whose records are the kernel's, over TCP on loopback, with each
 * suite and against our own records: for a machine whose kernel can, as that
 * of image/t_kernel.  Says what was right; exits 1 at the first that is not.
 */
#include <sys/socket.h>

#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

#include "crypto/ktls.h"
#include "crypto/tls_record.h"

enum { BIG = 1 << 18, PATIENCE = 20000 /* ms */ };

static const char *const suites[] = { "TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" };

struct end {
	const struct crypto_ops *e_ops;
	struct crypto_ctx *e_ctx;
	struct crypto *e_stream;
	int e_fd;
};

static struct end hub, site;
static void *key;
static char *key_pem, *cert_pem;

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	return (crypto_key_sign(arg, digest, len, sig, size));
}

static void
connect_tcp(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int at = socket(AF_INET, SOCK_STREAM, 0), fd;

	if (at == -1 || (fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(at, (struct sockaddr *)&sin, len) == -1 ||
	    listen(at, 1) == -1 ||
	    getsockname(at, (struct sockaddr *)&sin, &len) == -1 ||
	    connect(fd, (struct sockaddr *)&sin, len) == -1 ||
	    (hub.e_fd = accept4(at, NULL, NULL, SOCK_NONBLOCK)) == -1)
		err(1, "TCP");
	close(at);
	if (evutil_make_socket_nonblocking(fd) == -1)
		err(1, "TCP");
	site.e_fd = fd;
}

static void
contexts(const char *suite)
{
	uint8_t pin[1][CRYPTO_PIN_LEN];
	char text[256];

	if (crypto_cert_pin(cert_pem, strlen(cert_pem), pin[0]) == -1)
		errx(1, "no pin");
	hub.e_ctx = hub.e_ops->co_server_ctx(cert_pem, strlen(cert_pem), sign,
	    key, text, sizeof(text));
	site.e_ctx =
	    site.e_ops->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pin, 1,
		NULL, NULL, text, sizeof(text));
	if (hub.e_ctx == NULL || site.e_ctx == NULL)
		errx(1, "%s", text);
	if (SSL_CTX_set_ciphersuites(site.e_ctx->cx_ssl, suite) != 1)
		errx(1, "%s", suite);
}

/* Until one of the two has something to do. */
static void
wait_for_event(short site_wants)
{
	struct pollfd pfd[] = { { .fd = hub.e_fd, .events = POLLIN },
		{ .fd = site.e_fd, .events = site_wants } };

	if (poll(pfd, 2, PATIENCE) < 1)
		errx(1, "nothing happens any more");
}

static void
begin(const struct crypto_ops *hub_ops, const struct crypto_ops *site_ops,
    const char *suite)
{
	enum crypto_result h, s;

	hub.e_ops = hub_ops;
	site.e_ops = site_ops;
	connect_tcp();
	contexts(suite);
	hub.e_stream = hub_ops->co_new(hub.e_ctx, hub.e_fd, NULL);
	site.e_stream = site_ops->co_new(site.e_ctx, site.e_fd, NULL);
	s = site_ops->co_handshake(site.e_stream);
	h = CRYPTO_WANT_READ;
	while (h != CRYPTO_OK || s != CRYPTO_OK) {
		if (h == CRYPTO_ERROR || s == CRYPTO_ERROR)
			errx(1, "handshake: %s",
			    site_ops->co_error(site.e_stream));
		wait_for_event(POLLIN);
		if (h != CRYPTO_OK)
			h = hub_ops->co_handshake(hub.e_stream);
		if (s != CRYPTO_OK)
			s = site_ops->co_handshake(site.e_stream);
	}
}

static void
end(void)
{
	hub.e_ops->co_free(hub.e_stream);
	site.e_ops->co_free(site.e_stream);
	hub.e_ops->co_ctx_free(hub.e_ctx);
	site.e_ops->co_ctx_free(site.e_ctx);
	close(hub.e_fd);
	close(site.e_fd);
}

static uint8_t
pattern(size_t i)
{
	return ((uint8_t)(i ^ i >> 8 ^ i >> 16));
}

/* One read; what it brought must go on where the pattern is. */
static enum crypto_result
take(struct end *e, size_t *at)
{
	static uint8_t buf[100000];
	enum crypto_result cr;
	size_t n, i;

	cr = e->e_ops->co_read(e->e_stream, buf, sizeof(buf), &n);
	for (i = 0; cr == CRYPTO_OK && i < n; i++)
		if (buf[i] != pattern(*at + i))
			errx(1, "byte %zu is wrong", *at + i);
	if (cr == CRYPTO_OK)
		*at += n;
	return (cr);
}

/* len bytes from one end to the other, in writes of `each`. */
static void
carry(struct end *from, struct end *to, size_t len, size_t each)
{
	static uint8_t buf[BIG];
	size_t sent = 0, got = 0, n, i;
	enum crypto_result cr;

	for (i = 0; i < len; i++)
		buf[i] = pattern(i);
	while (got < len) {
		n = len - sent < each ? len - sent : each;
		cr = n == 0 ?
		    from->e_ops->co_flush(from->e_stream) :
		    from->e_ops->co_write(from->e_stream, buf + sent, n, &n);
		if (cr == CRYPTO_ERROR)
			errx(1, "write: %s",
			    from->e_ops->co_error(from->e_stream));
		if (cr == CRYPTO_OK)
			sent += n;
		cr = take(to, &got);
		if (cr == CRYPTO_ERROR || cr == CRYPTO_EOF)
			errx(1, "read: %s", to->e_ops->co_error(to->e_stream));
		if (cr == CRYPTO_WANT_READ && sent == len && got < len)
			usleep(1000);
	}
	if (got != len)
		errx(1, "%zu bytes became %zu", len, got);
}

static void
kernel_has(const struct end *e)
{
	const char *name = e->e_ops->co_cipher(e->e_stream);

	if (e->e_ops == &crypto_kernel && strstr(name, " kernel") == NULL)
		errx(1, "not the kernel's: %s (%s%s%s)", name,
		    e->e_stream->c_own->to_attached ? "attached" : "refused",
		    e->e_stream->c_own->to_seals ? ", seals" : "",
		    e->e_stream->c_own->to_opens ? ", opens" : "");
}

static void
traffic(const struct crypto_ops *hub_ops, const struct crypto_ops *site_ops,
    const char *suite)
{
	size_t n = 0;

	begin(hub_ops, site_ops, suite);
	carry(&site, &hub, 5, 5);
	carry(&hub, &site, 7, 3);
	kernel_has(&hub);
	kernel_has(&site);
	carry(&site, &hub, BIG, 1 << 17);
	carry(&hub, &site, BIG, 1 << 17);
	carry(&hub, &site, 40000, 100);
	site.e_ops->co_shutdown(site.e_stream);
	wait_for_event(POLLOUT);
	if (take(&hub, &n) != CRYPTO_EOF)
		errx(1, "no good-bye: %s", hub.e_ops->co_error(hub.e_stream));
	end();
	printf("%s, %s to %s: right\n", suite, site_ops->co_name,
	    hub_ops->co_name);
}

/* New keys: the kernel takes them, or the stream ends with a clear word. */
static void
new_keys(const struct crypto_ops *hub_ops, const struct crypto_ops *site_ops)
{
	const struct end *kernel = hub_ops == &crypto_kernel ? &hub : &site;
	static const uint8_t text[] = { 0, 1, 2, 3 };
	enum crypto_result cr, got;
	const char *why = "the kernel cannot change its keys";
	size_t n = 0;

	begin(hub_ops, site_ops, suites[0]);
	carry(&site, &hub, 5, 5);
	site.e_stream->c_own->to_written = TLS_KEY_BYTES;
	cr = site_ops->co_write(site.e_stream, text, sizeof(text), &n);
	wait_for_event(POLLOUT);
	n = 0;
	got = take(&hub, &n);
	if (cr == CRYPTO_OK && got == CRYPTO_OK && n == sizeof(text))
		puts("new keys: the kernel has them");
	else if (strncmp(kernel->e_ops->co_error(kernel->e_stream), why,
		     strlen(why)) == 0)
		printf("new keys: %s\n",
		    kernel->e_ops->co_error(kernel->e_stream));
	else
		errx(1, "new keys: %s",
		    kernel->e_ops->co_error(kernel->e_stream));
	end();
}

/* A record that was changed on its way. */
static void
forged(void)
{
	static const uint8_t record[] = { 23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
	size_t n = 0;

	begin(&crypto_kernel, &crypto_record, suites[0]);
	carry(&site, &hub, 5, 5);
	kernel_has(&hub);
	if (send(site.e_fd, record, sizeof(record), 0) != sizeof(record))
		err(1, "send");
	wait_for_event(POLLOUT);
	if (take(&hub, &n) != CRYPTO_ERROR || n != 0)
		errx(1, "a forged record was taken");
	/* and it stays so */
	if (take(&hub, &n) != CRYPTO_ERROR || n != 0)
		errx(1, "something after a forged record was taken");
	printf("forged: %s\n", hub.e_ops->co_error(hub.e_stream));
	end();
}

int
main(void)
{
	char text[256];
	size_t i;

	if (crypto_kernel.co_ready(text, sizeof(text)) == -1)
		errx(1, "%s", text);
	if (crypto_selfsigned("hub", &key_pem, &cert_pem, text, sizeof(text)) ==
		-1 ||
	    (key = crypto_key_load(key_pem, strlen(key_pem), text,
		 sizeof(text))) == NULL)
		errx(1, "%s", text);
	for (i = 0; i < 3; i++) {
		traffic(&crypto_kernel, &crypto_kernel, suites[i]);
		traffic(&crypto_kernel, &crypto_record, suites[i]);
		traffic(&crypto_record, &crypto_kernel, suites[i]);
	}
	new_keys(&crypto_kernel, &crypto_record);
	new_keys(&crypto_record, &crypto_kernel);
	forged();
	puts("all is right");
	return (0);
}
