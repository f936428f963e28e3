/* SPDX-License-Identifier: ISC */
/* Peers that misbehave, and OpenSSL as the peer. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atf-c.h>

#include "crypto/pin.h"
#include "crypto/tls_record.h"

static const struct crypto_ops *const co = &crypto_record;

struct ends {
	void *e_key;
	char *e_key_pem, *e_cert_pem;
	struct crypto_ctx *e_sctx, *e_cctx;
	struct crypto *e_server, *e_client;
	int e_fds[2];			/* the server's, the client's */
};

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	return (crypto_key_sign(arg, digest, len, sig, size));
}

static void
ends_contexts(struct ends *e)
{
	uint8_t pin[1][CRYPTO_PIN_LEN];
	char err[256];

	memset(e, 0, sizeof(*e));
	ATF_REQUIRE_EQ(0,
	    crypto_selfsigned("hub.example.com", &e->e_key_pem, &e->e_cert_pem,
		err, sizeof(err)));
	e->e_key = crypto_key_load(e->e_key_pem, strlen(e->e_key_pem), err,
	    sizeof(err));
	ATF_REQUIRE(e->e_key != NULL);
	ATF_REQUIRE_EQ(0,
	    crypto_cert_pin(e->e_cert_pem, strlen(e->e_cert_pem), pin[0]));
	e->e_sctx = co->co_server_ctx(e->e_cert_pem, strlen(e->e_cert_pem),
	    sign, e->e_key, err, sizeof(err));
	e->e_cctx = co->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pin, 1,
	    NULL, NULL, err, sizeof(err));
	ATF_REQUIRE(e->e_sctx != NULL && e->e_cctx != NULL);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->e_fds));
}

static void
ends_init(struct ends *e)
{
	enum crypto_result sr = CRYPTO_WANT_READ, cr = CRYPTO_WANT_READ;
	int i;

	ends_contexts(e);
	e->e_server = co->co_new(e->e_sctx, e->e_fds[0], NULL);
	e->e_client = co->co_new(e->e_cctx, e->e_fds[1], NULL);
	for (i = 0; i < 20; i++) {
		if (cr == CRYPTO_WANT_READ)
			cr = co->co_handshake(e->e_client);
		if (sr == CRYPTO_WANT_READ)
			sr = co->co_handshake(e->e_server);
	}
	ATF_REQUIRE_EQ(CRYPTO_OK, sr);
	ATF_REQUIRE_EQ(CRYPTO_OK, cr);
	/* It is ours now, not OpenSSL's. */
	ATF_REQUIRE(e->e_server->c_own != NULL && e->e_server->c_ssl == NULL);
	ATF_REQUIRE(e->e_client->c_own != NULL && e->e_client->c_ssl == NULL);
}

static void
ends_fini(struct ends *e)
{
	co->co_free(e->e_server);
	co->co_free(e->e_client);
	co->co_ctx_free(e->e_sctx);
	co->co_ctx_free(e->e_cctx);
	crypto_key_free(e->e_key);
	free(e->e_key_pem);
	free(e->e_cert_pem);
	close(e->e_fds[0]);
	close(e->e_fds[1]);
}

/* A record of any kind from one end to the other, past its own code. */
static void
say(struct crypto *from, int fd, unsigned int type, const void *p, size_t len)
{
	static uint8_t out[TLS_RECORD_MAX];
	size_t n = record_seal(&from->c_own->to_out, type, p, len, out);

	ATF_REQUIRE(n > 0);
	ATF_REQUIRE_EQ((ssize_t)n, send(fd, out, n, 0));
}

static enum crypto_result
hear(struct crypto *c, const char *text)
{
	uint8_t buf[64];
	enum crypto_result cr;
	size_t n;

	cr = co->co_read(c, buf, sizeof(buf), &n);
	if (cr == CRYPTO_OK) {
		ATF_CHECK_EQ(strlen(text), n);
		ATF_CHECK_EQ(0, memcmp(text, buf, n));
	}
	return (cr);
}

/* What the server does about one or more records of the client. */
static void
refused(unsigned int type, const char *p, size_t len, int times,
    const char *why)
{
	struct ends e;
	int i;

	ends_init(&e);
	for (i = 0; i < times; i++) {
		ATF_CHECK_EQ_MSG(CRYPTO_WANT_READ, hear(e.e_server, ""),
		    "%s after %d", why, i);
		say(e.e_client, e.e_fds[1], type, p, len);
		if (type == RECORD_HANDSHAKE && len == 5)
			record_update(&e.e_client->c_own->to_out, 1);
	}
	ATF_CHECK_EQ_MSG(CRYPTO_ERROR, hear(e.e_server, ""), "%s", why);
	ATF_CHECK_MSG(strstr(co->co_error(e.e_server), why) != NULL,
	    "\"%s\" is not \"%s\"", co->co_error(e.e_server), why);
	ATF_CHECK_EQ(CRYPTO_ERROR, hear(e.e_server, ""));
	/* An alert of ours is told to the client. */
	if (strncmp(why, "a record", 8) == 0) {
		ATF_CHECK_EQ(CRYPTO_ERROR, hear(e.e_client, ""));
		ATF_CHECK(strstr(co->co_error(e.e_client),
			      strrchr(why, ':') + 2) != NULL);
	}
	ends_fini(&e);
}

#define BAD "a record that is not right: "

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	refused(RECORD_DATA, "", 0, 33, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "\x18\0\0\1\0", 5, 33, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "\x18\0\0\1\1", 5, 33, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "", 0, 1, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "\x18\0\0\2\0\0", 6, 1, BAD "decode error");
	refused(RECORD_HANDSHAKE, "\x18\0\0\0", 4, 1, BAD "decode error");
	refused(RECORD_HANDSHAKE, "\x18\0\0\1\2", 5, 1, BAD "illegal");
	refused(RECORD_HANDSHAKE, "\x18\0\0\1\0\x18", 6, 1, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "\4\0\0\1\0", 5, 1, BAD "unexpected");
	refused(RECORD_HANDSHAKE, "\1\0\0\1\0", 5, 1, BAD "unexpected");
	refused(99, "x", 1, 1, BAD "unexpected");
	refused(20, "\1", 1, 1, BAD "unexpected");
	refused(RECORD_ALERT, "\2", 1, 1, "an alert of 1 bytes");
	refused(RECORD_ALERT, "", 0, 1, "an alert of 0 bytes");
	refused(RECORD_ALERT, "\2\x28", 2, 1, "the peer's alert: handshake");
}

/* Records that no key made. */
ATF_TC_WITHOUT_HEAD(raw);
ATF_TC_BODY(raw, tc)
{
	static const struct {
		const char *r_bytes;
		size_t r_len;
		const char *r_why;
	} cases[] = {
		{ "\x15\3\3\0\2\1\0", 7, BAD "unexpected" },
		{ "\x14\3\3\0\1\1", 6, BAD "unexpected" },
		{ "\x16\3\3\0\1\1", 6, BAD "unexpected" },
		{ "GET / HTTP/1.1\r\n\r\n", 18, BAD "unexpected" },
		{ "\x17\3\3\0\0", 5, BAD "bad record mac" },
		{ "\x17\3\3\0\1x", 6, BAD "bad record mac" },
		{ "\x17\3\3\0\x11XXXXXXXXXXXXXXXXX", 22, BAD "bad record mac" },
		{ "\x17\3\3\x41\1", 5, BAD "" },
		{ "\x17\3\3\xff\xff", 5, BAD "" },
	};
	struct ends e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ends_init(&e);
		ATF_REQUIRE_EQ((ssize_t)cases[i].r_len,
		    send(e.e_fds[1], cases[i].r_bytes, cases[i].r_len, 0));
		ATF_CHECK_EQ_MSG(CRYPTO_ERROR, hear(e.e_server, ""), "%zu", i);
		ATF_CHECK_MSG(strstr(co->co_error(e.e_server),
				  cases[i].r_why) != NULL,
		    "%zu: %s", i, co->co_error(e.e_server));
		ATF_CHECK_EQ(CRYPTO_ERROR, hear(e.e_client, ""));
		ends_fini(&e);
	}
}

/* Half a record, then nothing: no data, and a cut connection. */
ATF_TC_WITHOUT_HEAD(truncated);
ATF_TC_BODY(truncated, tc)
{
	struct ends e;
	uint8_t out[200];
	size_t n;

	ends_init(&e);
	n = record_seal(&e.e_client->c_own->to_out, RECORD_DATA,
	    (const uint8_t *)"hello", 5, out);
	ATF_REQUIRE_EQ((ssize_t)n - 1, send(e.e_fds[1], out, n - 1, 0));
	ATF_CHECK_EQ(CRYPTO_WANT_READ, hear(e.e_server, ""));
	ATF_CHECK(!co->co_pending(e.e_server));
	shutdown(e.e_fds[1], SHUT_WR);
	ATF_CHECK_EQ(CRYPTO_ERROR, hear(e.e_server, ""));
	ATF_CHECK_STREQ("connection cut without good-bye",
	    co->co_error(e.e_server));
	ends_fini(&e);
}

/* Data behind the good-bye is not data; nor is a message in the middle. */
ATF_TC_WITHOUT_HEAD(after_bye);
ATF_TC_BODY(after_bye, tc)
{
	struct ends e;

	ends_init(&e);
	say(e.e_client, e.e_fds[1], RECORD_DATA, "hello", 5);
	say(e.e_client, e.e_fds[1], RECORD_ALERT, "\1\0", 2);
	say(e.e_client, e.e_fds[1], RECORD_DATA, "more", 4);
	ATF_CHECK_EQ(CRYPTO_OK, hear(e.e_server, "hello"));
	ATF_CHECK(co->co_pending(e.e_server));
	ATF_CHECK_EQ(CRYPTO_EOF, hear(e.e_server, ""));
	ATF_CHECK_EQ(CRYPTO_EOF, hear(e.e_server, ""));
	ends_fini(&e);

	ends_init(&e);
	say(e.e_client, e.e_fds[1], RECORD_HANDSHAKE, "\x18\0\0", 3);
	say(e.e_client, e.e_fds[1], RECORD_DATA, "hello", 5);
	ATF_CHECK_EQ(CRYPTO_ERROR, hear(e.e_server, ""));
	ends_fini(&e);
}

/* A client skips tickets, whole or in pieces, and follows new keys. */
ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	struct ends e;
	size_t n;

	ends_init(&e);
	say(e.e_server, e.e_fds[0], RECORD_HANDSHAKE, "\4\0\0\3abc\4", 8);
	say(e.e_server, e.e_fds[0], RECORD_HANDSHAKE, "\0\0", 2);
	say(e.e_server, e.e_fds[0], RECORD_HANDSHAKE, "\2xy\x18\0\0\1\1", 8);
	ATF_REQUIRE_EQ(0, record_update(&e.e_server->c_own->to_out, 1));
	say(e.e_server, e.e_fds[0], RECORD_DATA, "hello", 5);
	ATF_CHECK_EQ(CRYPTO_OK, hear(e.e_client, "hello"));
	/* The client answered with new keys of its own, once. */
	ATF_CHECK_EQ(CRYPTO_OK,
	    co->co_write(e.e_client, (const uint8_t *)"thanks", 6, &n));
	ATF_CHECK_EQ(CRYPTO_OK, hear(e.e_server, "thanks"));
	ATF_CHECK_EQ(1, e.e_client->c_own->to_out.rc_seq);
	ATF_CHECK_EQ(1, e.e_server->c_own->to_in.rc_seq);
	/* And its keys are changed when they are used up. */
	e.e_client->c_own->to_written = TLS_KEY_BYTES;
	ATF_CHECK_EQ(CRYPTO_OK,
	    co->co_write(e.e_client, (const uint8_t *)"more", 4, &n));
	ATF_CHECK_EQ(CRYPTO_OK, hear(e.e_server, "more"));
	ATF_CHECK_EQ(1, e.e_server->c_own->to_in.rc_seq);
	ends_fini(&e);
}

/* One round of an echo between ours and OpenSSL's. */
static void
echo(struct crypto *c, SSL *ssl, int i)
{
	char text[16], buf[64] = "";
	size_t n;
	int j;

	snprintf(text, sizeof(text), "no %d", i);
	ATF_REQUIRE_EQ(CRYPTO_OK,
	    co->co_write(c, (const uint8_t *)text, strlen(text), &n));
	ATF_REQUIRE_EQ(1, SSL_read_ex(ssl, buf, sizeof(buf), &n));
	ATF_CHECK_EQ(strlen(text), n);
	ATF_CHECK_EQ(0, memcmp(text, buf, n));
	if (i % 3 == 1)
		SSL_key_update(ssl,
		    i % 2 ? SSL_KEY_UPDATE_REQUESTED :
			    SSL_KEY_UPDATE_NOT_REQUESTED);
	ATF_REQUIRE_EQ(1, SSL_write_ex(ssl, text, strlen(text), &n));
	for (j = 0; j < 10; j++)
		if (hear(c, text) == CRYPTO_OK)
			return;
	atf_tc_fail("no echo of %d: %s", i, co->co_error(c));
}

/* OpenSSL as it comes, with tickets: client or server. */
static void
interop(bool server, const char *suite)
{
	SSL_CTX *cx =
	    SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	enum crypto_result cr = CRYPTO_WANT_READ;
	struct crypto *c;
	struct ends e;
	int i, n = 0;
	SSL *ssl;

	ends_contexts(&e);
	SSL_CTX_set_ciphersuites(cx, suite);
	if (server) {
		BIO *bio = BIO_new_mem_buf(e.e_cert_pem, -1);
		X509 *x = pin_pem_cert(bio);

		ATF_REQUIRE_EQ(1, SSL_CTX_use_certificate(cx, x));
		ATF_REQUIRE_EQ(1, SSL_CTX_use_PrivateKey(cx, e.e_key));
		X509_free(x);
		BIO_free(bio);
	}
	ssl = SSL_new(cx);
	SSL_set_fd(ssl, e.e_fds[server ? 0 : 1]);
	c = co->co_new(server ? e.e_cctx : e.e_sctx, e.e_fds[server ? 1 : 0],
	    NULL);
	for (i = 0; i < 20 && (cr == CRYPTO_WANT_READ || n != 1); i++) {
		if (n != 1)
			n = server ? SSL_accept(ssl) : SSL_connect(ssl);
		if (cr == CRYPTO_WANT_READ)
			cr = co->co_handshake(c);
	}
	ATF_REQUIRE_EQ(CRYPTO_OK, cr);
	ATF_REQUIRE_EQ(1, n);
	ATF_CHECK(c->c_own != NULL);
	ATF_CHECK(strstr(co->co_cipher(c), suite) != NULL);
	for (i = 0; i < 20; i++)
		echo(c, ssl, i);
	co->co_shutdown(c);
	ATF_CHECK_EQ(0, SSL_read(ssl, &n, 1));
	ATF_CHECK_EQ(SSL_RECEIVED_SHUTDOWN, SSL_get_shutdown(ssl));
	SSL_shutdown(ssl);
	ATF_CHECK_EQ(CRYPTO_EOF, hear(c, ""));
	SSL_free(ssl);
	SSL_CTX_free(cx);
	co->co_free(c);
	ends_fini(&e);
}

ATF_TC_WITHOUT_HEAD(with_openssl);
ATF_TC_BODY(with_openssl, tc)
{
	static const char *const suites[] = { "TLS_AES_128_GCM_SHA256",
		"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" };
	size_t i;

	for (i = 0; i < 3; i++) {
		interop(false, suites[i]);
		interop(true, suites[i]);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, raw);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, after_bye);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, with_openssl);
	return (atf_no_error());
}
