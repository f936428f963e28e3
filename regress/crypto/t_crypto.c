/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atf-c.h>

#include "crypto/base64.h"
#include "crypto/crypto.h"

#ifndef UNDER_TEST
#define UNDER_TEST crypto_openssl
#endif
static const struct crypto_ops *const co = &UNDER_TEST;
static unsigned int signatures;

struct hub {
	char *h_key_pem, *h_cert_pem;
	void *h_key;
	uint8_t h_pin[CRYPTO_PIN_LEN];
	struct crypto_ctx *h_ctx;
	char h_err[256];
};

static ssize_t
sign(const uint8_t *digest, size_t len, uint8_t *sig, size_t size, void *arg)
{
	signatures++;
	return (crypto_key_sign(arg, digest, len, sig, size));
}

static ssize_t
sign_fails(const uint8_t *digest, size_t len, uint8_t *sig, size_t size,
    void *arg)
{
	(void)digest;
	(void)len;
	(void)sig;
	(void)size;
	(void)arg;
	return (-1);
}

static void
hub_init(struct hub *h, const char *name, crypto_sign signer)
{
	ATF_REQUIRE_EQ_MSG(0,
	    crypto_selfsigned(name, &h->h_key_pem, &h->h_cert_pem, h->h_err,
		sizeof(h->h_err)),
	    "%s", h->h_err);
	h->h_key = crypto_key_load(h->h_key_pem, strlen(h->h_key_pem), h->h_err,
	    sizeof(h->h_err));
	ATF_REQUIRE_MSG(h->h_key != NULL, "%s", h->h_err);
	ATF_REQUIRE_EQ(0,
	    crypto_cert_pin(h->h_cert_pem, strlen(h->h_cert_pem), h->h_pin));
	h->h_ctx = co->co_server_ctx(h->h_cert_pem, strlen(h->h_cert_pem),
	    signer, h->h_key, h->h_err, sizeof(h->h_err));
	ATF_REQUIRE_MSG(h->h_ctx != NULL, "%s", h->h_err);
}

static void
hub_fini(struct hub *h)
{
	co->co_ctx_free(h->h_ctx);
	crypto_key_free(h->h_key);
	free(h->h_key_pem);
	free(h->h_cert_pem);
}

static struct crypto_ctx *
client(const struct hub *h, bool pinned, const char *name)
{
	uint8_t pins[2][CRYPTO_PIN_LEN] = { { 0 } };
	struct crypto_ctx *cx;
	char err[256];

	/* The right one may be any of several. */
	memcpy(pins[1], h->h_pin, CRYPTO_PIN_LEN);
	cx = co->co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])pins,
	    pinned ? 2 : 0, h->h_cert_pem, name, err, sizeof(err));
	ATF_REQUIRE_MSG(cx != NULL, "%s", err);
	return (cx);
}

struct link {
	int l_fds[2];
	struct crypto *l_server, *l_client;
	enum crypto_result l_sr, l_cr;
};

/* Step both ends until neither waits any more. */
static void
shake(struct link *l, struct crypto_ctx *sx, struct crypto_ctx *cx,
    const char *sni)
{
	int i;

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, l->l_fds));
	l->l_server = co->co_new(sx, l->l_fds[0], NULL);
	l->l_client = co->co_new(cx, l->l_fds[1], sni);
	ATF_REQUIRE(l->l_server != NULL && l->l_client != NULL);
	l->l_sr = l->l_cr = CRYPTO_WANT_READ;
	for (i = 0; i < 20; i++) {
		if (l->l_cr == CRYPTO_WANT_READ)
			l->l_cr = co->co_handshake(l->l_client);
		if (l->l_sr == CRYPTO_WANT_READ)
			l->l_sr = co->co_handshake(l->l_server);
	}
}

static void
unlink_ends(struct link *l)
{
	co->co_free(l->l_server);
	co->co_free(l->l_client);
	close(l->l_fds[0]);
	close(l->l_fds[1]);
}

ATF_TC_WITHOUT_HEAD(base64);
ATF_TC_BODY(base64, tc)
{
	static const char *const texts[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9v",
		"Zm9v\n", "Zm_v", "Zg==Zg==" };
	char text[16], data[16];
	size_t i;

	/* RFC 4648, 10 */
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ATF_CHECK_EQ((ssize_t)strlen(texts[i]),
		    base64_encode(BASE64, "foobar", i, text, sizeof(text)));
		ATF_CHECK_STREQ(texts[i], text);
		ATF_CHECK_EQ((ssize_t)i,
		    base64_decode(BASE64, text, strlen(text), data,
			sizeof(data)));
		ATF_CHECK_EQ(0, memcmp(data, "foobar", i));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1,
		    base64_decode(BASE64, bad[i], strlen(bad[i]), data,
			sizeof(data)),
		    "%s", bad[i]);
	ATF_CHECK_EQ(4,
	    base64_encode(BASE64_URL, "\xfb\xff\xfe", 3, text, sizeof(text)));
	ATF_CHECK_STREQ("-__-", text);
	ATF_CHECK_EQ(2, base64_encode(BASE64_URL, "f", 1, text, sizeof(text)));
	ATF_CHECK_STREQ("Zg", text);
	ATF_CHECK_EQ(1, base64_decode(BASE64_URL, "Zg", 2, data, 1));
	ATF_CHECK_EQ(-1, base64_decode(BASE64_URL, "Zg", 2, data, 0));
	ATF_CHECK_EQ(-1, base64_decode(BASE64_URL, "Zg==", 4, data, 4));
	ATF_CHECK_EQ(-1, base64_encode(BASE64, "foo", 3, text, 4));
}

ATF_TC_WITHOUT_HEAD(pins);
ATF_TC_BODY(pins, tc)
{
	static const char text[] =
	    "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
	static const char *const bad[] = { "", "sha256/", "sha1/AAECAwQFBgc=",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= " };
	uint8_t pin[CRYPTO_PIN_LEN];
	char out[CRYPTO_PIN_STRLEN];
	size_t i;

	ATF_REQUIRE_EQ(0, crypto_pin_parse(text, pin));
	for (i = 0; i < CRYPTO_PIN_LEN; i++)
		ATF_CHECK_EQ(i, pin[i]);
	crypto_pin_format(pin, out);
	ATF_CHECK_STREQ(text, out);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, crypto_pin_parse(bad[i], pin), "%s",
		    bad[i]);
	ATF_CHECK_EQ(-1, crypto_cert_pin("no pem", 6, pin));
}

ATF_TC_WITHOUT_HEAD(pinned);
ATF_TC_BODY(pinned, tc)
{
	struct hub h;
	struct link l;
	struct crypto_ctx *cx;
	uint8_t pin[CRYPTO_PIN_LEN], buf[16];
	size_t n;

	hub_init(&h, "hub.example.com", sign);
	cx = client(&h, true, NULL);
	signatures = 0;
	shake(&l, h.h_ctx, cx, "any.example.com");
	ATF_REQUIRE_EQ_MSG(CRYPTO_OK, l.l_cr, "%s", co->co_error(l.l_client));
	ATF_REQUIRE_EQ_MSG(CRYPTO_OK, l.l_sr, "%s", co->co_error(l.l_server));
	ATF_CHECK_EQ(1, signatures);
	ATF_CHECK(co->co_peer_pin(l.l_client, pin));
	ATF_CHECK_EQ(0, memcmp(pin, h.h_pin, sizeof(pin)));
	ATF_CHECK(!co->co_peer_pin(l.l_server, pin));
	ATF_CHECK(strncmp(co->co_cipher(l.l_server), "TLSv1.3 TLS_", 12) == 0);
	ATF_CHECK_EQ(CRYPTO_OK,
	    co->co_write(l.l_client, (const uint8_t *)"hello", 5, &n));
	ATF_CHECK_EQ(5, n);
	ATF_CHECK_EQ(CRYPTO_OK, co->co_read(l.l_server, buf, 3, &n));
	ATF_CHECK_EQ(3, n);
	ATF_CHECK(co->co_pending(l.l_server));
	ATF_CHECK_EQ(CRYPTO_OK, co->co_read(l.l_server, buf, 3, &n));
	ATF_CHECK_EQ(2, n);
	ATF_CHECK(!co->co_pending(l.l_server));
	ATF_CHECK_EQ(CRYPTO_WANT_READ, co->co_read(l.l_server, buf, 3, &n));
	co->co_shutdown(l.l_client);
	ATF_CHECK_EQ(CRYPTO_EOF, co->co_read(l.l_server, buf, 3, &n));
	unlink_ends(&l);
	co->co_ctx_free(cx);
	hub_fini(&h);
}

/* Writing to a peer that is gone is an error, not a signal. */
ATF_TC_WITHOUT_HEAD(no_sigpipe);
ATF_TC_BODY(no_sigpipe, tc)
{
	struct hub h;
	struct link l;
	struct crypto_ctx *cx;
	size_t n;

	hub_init(&h, "hub.example.com", sign);
	cx = client(&h, true, NULL);
	shake(&l, h.h_ctx, cx, NULL);
	ATF_REQUIRE_EQ(CRYPTO_OK, l.l_sr);
	close(l.l_fds[0]);
	ATF_CHECK_EQ(CRYPTO_ERROR,
	    co->co_write(l.l_client, (const uint8_t *)"hello", 5, &n));
	ATF_CHECK_STREQ("Broken pipe", co->co_error(l.l_client));
	l.l_fds[0] = dup(0);
	unlink_ends(&l);
	co->co_ctx_free(cx);
	hub_fini(&h);
}

/*
 * A stranger that connects and goes: an errno of some call before, which the
 * end of a stream leaves as it is, must not make it look as if more came.
 */
ATF_TC_WITHOUT_HEAD(gone_at_once);
ATF_TC_BODY(gone_at_once, tc)
{
	struct hub h;
	struct crypto *c;
	int fds[2];

	hub_init(&h, "hub.example.com", sign);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	c = co->co_new(h.h_ctx, fds[0], NULL);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK_EQ(CRYPTO_WANT_READ, co->co_handshake(c));
	ATF_REQUIRE_EQ(0, shutdown(fds[1], SHUT_WR));
	errno = EAGAIN;
	ATF_CHECK_EQ(CRYPTO_ERROR, co->co_handshake(c));
	ATF_CHECK_STREQ("connection cut without good-bye", co->co_error(c));
	co->co_free(c);
	close(fds[0]);
	close(fds[1]);
	hub_fini(&h);
}

ATF_TC_WITHOUT_HEAD(wrong_key);
ATF_TC_BODY(wrong_key, tc)
{
	struct hub h, other;
	struct link l;
	struct crypto_ctx *cx;
	char pin[CRYPTO_PIN_STRLEN];

	hub_init(&h, "hub.example.com", sign);
	hub_init(&other, "hub.example.com", sign);
	cx = client(&other, true, NULL);
	shake(&l, h.h_ctx, cx, NULL);
	ATF_CHECK_EQ(CRYPTO_ERROR, l.l_cr);
	ATF_CHECK_EQ(CRYPTO_ERROR, l.l_sr);
	crypto_pin_format(h.h_pin, pin);
	ATF_CHECK(strstr(co->co_error(l.l_client), pin) != NULL);
	ATF_CHECK(strstr(co->co_error(l.l_client),
		      "is not the pinned one (is something on the way "
		      "intercepting TLS?)") != NULL);
	unlink_ends(&l);
	co->co_ctx_free(cx);
	/* The right certificate with somebody else's key. */
	co->co_ctx_free(h.h_ctx);
	h.h_ctx = co->co_server_ctx(h.h_cert_pem, strlen(h.h_cert_pem), sign,
	    other.h_key, h.h_err, sizeof(h.h_err));
	cx = client(&h, true, NULL);
	shake(&l, h.h_ctx, cx, NULL);
	ATF_CHECK_EQ(CRYPTO_ERROR, l.l_cr);
	unlink_ends(&l);
	co->co_ctx_free(cx);
	hub_fini(&h);
	hub_fini(&other);
}

ATF_TC_WITHOUT_HEAD(by_ca);
ATF_TC_BODY(by_ca, tc)
{
	static const struct {
		const char *c_cert, *c_name;
		bool c_ok;
	} cases[] = {
		{ "hub.example.com", "hub.example.com", true },
		{ "hub.example.com", "HUB.example.com", true },
		{ "hub.example.com", "evil.example.com", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8::1", "2001:db8::1", true },
	};
	struct hub h;
	struct link l;
	struct crypto_ctx *cx;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hub_init(&h, cases[i].c_cert, sign);
		cx = client(&h, false, cases[i].c_name);
		shake(&l, h.h_ctx, cx, cases[i].c_name);
		ATF_CHECK_EQ_MSG(cases[i].c_ok, l.l_cr == CRYPTO_OK, "%zu: %s",
		    i, co->co_error(l.l_client));
		if (!cases[i].c_ok)
			ATF_CHECK(strstr(co->co_error(l.l_client),
				      "server certificate refused: ") != NULL);
		unlink_ends(&l);
		co->co_ctx_free(cx);
		hub_fini(&h);
	}
}

ATF_TC_WITHOUT_HEAD(stranger_ca);
ATF_TC_BODY(stranger_ca, tc)
{
	struct hub h, other;
	struct link l;
	struct crypto_ctx *cx;

	hub_init(&h, "hub.example.com", sign);
	hub_init(&other, "hub.example.com", sign);
	cx = client(&other, false, "hub.example.com");
	shake(&l, h.h_ctx, cx, NULL);
	ATF_CHECK_EQ(CRYPTO_ERROR, l.l_cr);
	unlink_ends(&l);
	co->co_ctx_free(cx);
	hub_fini(&h);
	hub_fini(&other);
}

ATF_TC_WITHOUT_HEAD(signer_fails);
ATF_TC_BODY(signer_fails, tc)
{
	struct hub h;
	struct link l;
	struct crypto_ctx *cx;

	hub_init(&h, "hub.example.com", sign_fails);
	cx = client(&h, true, NULL);
	shake(&l, h.h_ctx, cx, NULL);
	ATF_CHECK_EQ(CRYPTO_ERROR, l.l_sr);
	unlink_ends(&l);
	co->co_ctx_free(cx);
	hub_fini(&h);
}

ATF_TC_WITHOUT_HEAD(bad_settings);
ATF_TC_BODY(bad_settings, tc)
{
	uint8_t many[CRYPTO_PINS + 1][CRYPTO_PIN_LEN] = { { 0 } };
	const uint8_t(*pins)[CRYPTO_PIN_LEN];
	char err[256], *k, *c;

	pins = (const uint8_t(*)[CRYPTO_PIN_LEN])many;
	ATF_CHECK(co->co_client_ctx(NULL, 0, NULL, "a", err, sizeof(err)) ==
	    NULL);
	ATF_CHECK_STREQ("neither a pin nor a CA to know the server by", err);
	ATF_CHECK(co->co_client_ctx(pins, CRYPTO_PINS + 1, NULL, NULL, err,
		      sizeof(err)) == NULL);
	ATF_CHECK(co->co_client_ctx(NULL, 0, "junk", "a", err, sizeof(err)) ==
	    NULL);
	ATF_CHECK(co->co_server_ctx("junk", 4, sign, NULL, err, sizeof(err)) ==
	    NULL);
	ATF_CHECK(crypto_key_load("junk", 4, err, sizeof(err)) == NULL);
	ATF_CHECK_EQ(-1,
	    crypto_selfsigned("a,DNS:b", &k, &c, err, sizeof(err)));
	ATF_CHECK_EQ(-1, crypto_selfsigned("", &k, &c, err, sizeof(err)));
	ATF_CHECK(k == NULL && c == NULL);
	ATF_CHECK(crypto_find("openssl") == &crypto_openssl);
	ATF_CHECK(crypto_find("record") == &crypto_record);
	ATF_CHECK(crypto_find("rot13") == NULL);
}

/* What an ordinary client may and may not do: 1.2, ALPN. */
static enum crypto_result
foreign(struct hub *h, long max, const char *alpn, unsigned int alpn_len,
    unsigned int *selected)
{
	SSL_CTX *cx = SSL_CTX_new(TLS_client_method());
	const unsigned char *p = NULL;
	enum crypto_result cr = CRYPTO_WANT_READ;
	struct crypto *c;
	int fds[2], i;
	SSL *ssl;

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	SSL_CTX_set_max_proto_version(cx, max);
	ssl = SSL_new(cx);
	SSL_set_alpn_protos(ssl, (const unsigned char *)alpn, alpn_len);
	SSL_set_fd(ssl, fds[1]);
	c = co->co_new(h->h_ctx, fds[0], NULL);
	for (i = 0; i < 10 && cr == CRYPTO_WANT_READ; i++) {
		SSL_connect(ssl);
		cr = co->co_handshake(c);
	}
	SSL_get0_alpn_selected(ssl, &p, selected);
	ATF_CHECK(*selected == 0 || memcmp(p, "http/1.1", 8) == 0);
	SSL_free(ssl);
	SSL_CTX_free(cx);
	co->co_free(c);
	close(fds[0]);
	close(fds[1]);
	return (cr);
}

ATF_TC_WITHOUT_HEAD(foreign_clients);
ATF_TC_BODY(foreign_clients, tc)
{
	struct hub h;
	unsigned int n;

	hub_init(&h, "hub.example.com", sign);
	ATF_CHECK_EQ(CRYPTO_OK, foreign(&h, 0, "\x02h2\x08http/1.1", 12, &n));
	ATF_CHECK_EQ(8, n);
	ATF_CHECK_EQ(CRYPTO_OK, foreign(&h, 0, "\x02h2", 3, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(CRYPTO_ERROR,
	    foreign(&h, TLS1_2_VERSION, "\x08http/1.1", 9, &n));
	hub_fini(&h);
}

/* The suite that the hub chooses of a client's, in its order. */
static void
chosen(struct hub *h, const char *offer, const char *want)
{
	SSL_CTX *cx = SSL_CTX_new(TLS_client_method());
	enum crypto_result cr = CRYPTO_WANT_READ;
	struct crypto *c;
	int fds[2], i;
	SSL *ssl;

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ATF_REQUIRE_EQ(1, SSL_CTX_set_ciphersuites(cx, offer));
	ssl = SSL_new(cx);
	SSL_set_fd(ssl, fds[1]);
	c = co->co_new(h->h_ctx, fds[0], NULL);
	for (i = 0; i < 10 && cr == CRYPTO_WANT_READ; i++) {
		SSL_connect(ssl);
		cr = co->co_handshake(c);
	}
	ATF_CHECK_EQ(CRYPTO_OK, cr);
	ATF_CHECK_EQ(strncmp(want, co->co_cipher(c), strlen(want)), 0);
	SSL_free(ssl);
	SSL_CTX_free(cx);
	co->co_free(c);
	close(fds[0]);
	close(fds[1]);
}

static bool
cpu_has_aes(void)
{
	char line[4096];
	bool has = false;
	FILE *fp = fopen("/proc/cpuinfo", "r");

	ATF_REQUIRE(fp != NULL);
	while (!has && fgets(line, sizeof(line), fp) != NULL)
		has = strstr(line, " aes ") != NULL;
	fclose(fp);
	return (has);
}

#define AES_128 "TLS_AES_128_GCM_SHA256"
#define AES_256 "TLS_AES_256_GCM_SHA384"
#define CHACHA "TLS_CHACHA20_POLY1305_SHA256"

/* AES-128-GCM where both CPUs have AES, else ChaCha20. */
ATF_TC_WITHOUT_HEAD(ciphers);
ATF_TC_BODY(ciphers, tc)
{
	struct hub h;

	hub_init(&h, "hub.example.com", sign);
	chosen(&h, AES_256 ":" CHACHA ":" AES_128,
	    cpu_has_aes() ? "TLSv1.3 " AES_128 : "TLSv1.3 " CHACHA);
	chosen(&h, CHACHA ":" AES_256 ":" AES_128, "TLSv1.3 " CHACHA);
	chosen(&h, AES_256, "TLSv1.3 " AES_256);
	hub_fini(&h);
}

/* The certificate is of 30 years, from yesterday, for the name given. */
ATF_TC_WITHOUT_HEAD(certificate);
ATF_TC_BODY(certificate, tc)
{
	struct hub h;
	BIO *bio;
	X509 *x;
	int days, secs;

	hub_init(&h, "hub.example.com", sign);
	bio = BIO_new_mem_buf(h.h_cert_pem, -1);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ATF_REQUIRE(x != NULL);
	ATF_CHECK(ASN1_TIME_diff(&days, &secs, NULL, X509_get0_notBefore(x)));
	ATF_CHECK_EQ(-1, days);
	ATF_CHECK(ASN1_TIME_diff(&days, &secs, NULL, X509_get0_notAfter(x)));
	ATF_CHECK(days >= 30 * 365 - 1);
	ATF_CHECK_EQ(1, X509_check_host(x, "hub.example.com", 0, 0, NULL));
	ATF_CHECK_EQ(2, X509_get_version(x));
	ATF_CHECK(strstr(h.h_key_pem, "PRIVATE KEY") != NULL);
	ATF_CHECK(strstr(h.h_cert_pem, "PRIVATE") == NULL);
	X509_free(x);
	BIO_free(bio);
	hub_fini(&h);
}

/* Octets whose order can be checked. */
static uint8_t
octet(size_t i)
{
	return ((uint8_t)(i * 2654435761U >> 13));
}

/* Read what is there, check it, and say how far it got; or the end. */
static enum crypto_result
drain(struct crypto *c, size_t *off)
{
	static uint8_t buf[300000];
	enum crypto_result cr;
	size_t n, i;

	while ((cr = co->co_read(c, buf, sizeof(buf), &n)) == CRYPTO_OK)
		for (i = 0; i < n; i++, ++*off)
			ATF_REQUIRE_EQ(octet(*off), buf[i]);
	return (cr);
}

static void
fill(uint8_t *buf, size_t len, size_t from)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = octet(from + i);
}

enum { MANY = 128 << 10 };

/* Both ends of a stream that is open. */
static struct crypto_ctx *
open_link(struct hub *h, struct link *l)
{
	struct crypto_ctx *cx;

	hub_init(h, "hub.example.com", sign);
	cx = client(h, true, NULL);
	shake(l, h->h_ctx, cx, NULL);
	ATF_REQUIRE_EQ(CRYPTO_OK, l->l_sr);
	return (cx);
}

static void
close_link(struct hub *h, struct link *l, struct crypto_ctx *cx)
{
	unlink_ends(l);
	co->co_ctx_free(cx);
	hub_fini(h);
}

/* Many records a call: all that was written at once is read at once. */
ATF_TC_WITHOUT_HEAD(batches);
ATF_TC_BODY(batches, tc)
{
	struct hub h;
	struct link l;
	struct crypto_ctx *cx = open_link(&h, &l);
	static uint8_t buf[MANY / 2], got[MANY];
	size_t n;

	fill(buf, sizeof(buf), 0);
	ATF_CHECK_EQ(CRYPTO_OK, co->co_write(l.l_client, buf, sizeof(buf), &n));
	ATF_CHECK_EQ(sizeof(buf), n);
	ATF_CHECK(!co->co_unsent(l.l_client));
	ATF_CHECK_EQ(CRYPTO_OK, co->co_flush(l.l_client));
	ATF_CHECK_EQ(CRYPTO_OK, co->co_read(l.l_server, got, MANY, &n));
	ATF_CHECK_EQ(sizeof(buf), n);
	ATF_CHECK_EQ(0, memcmp(buf, got, sizeof(buf)));
	ATF_CHECK(!co->co_pending(l.l_server));
	close_link(&h, &l, cx);
}

/* Parts of any length, whose borders are not the records', become one. */
ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	static const size_t lens[] = { 1, 20, 16384, 15, 40000, 3, 16363, 1 };
	struct iovec part[sizeof(lens) / sizeof(lens[0])];
	struct hub h;
	struct link l;
	struct crypto_ctx *cx = open_link(&h, &l);
	static uint8_t buf[MANY], got[MANY];
	size_t n, at = 0, i;

	fill(buf, sizeof(buf), 0);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		part[i] =
		    (struct iovec){ .iov_base = buf + at, .iov_len = lens[i] };
		at += lens[i];
	}
	ATF_CHECK_EQ(CRYPTO_OK, co->co_writev(l.l_client, part, at, &n));
	ATF_CHECK_EQ(at, n);
	ATF_CHECK_EQ(CRYPTO_OK, co->co_read(l.l_server, got, MANY, &n));
	ATF_CHECK_EQ(at, n);
	ATF_CHECK_EQ(0, memcmp(buf, got, at));
	close_link(&h, &l, cx);
}

/* What a full socket refuses is kept and sent later, in order. */
ATF_TC_WITHOUT_HEAD(kept);
ATF_TC_BODY(kept, tc)
{
	struct hub h;
	struct link l;
	struct crypto_ctx *cx = open_link(&h, &l);
	static uint8_t buf[MANY];
	size_t n, got = 0, sent = 0;
	int i;

	for (i = 0; i < 100 && !co->co_unsent(l.l_client); i++) {
		fill(buf, MANY, sent);
		ATF_REQUIRE_EQ(CRYPTO_OK,
		    co->co_write(l.l_client, buf, MANY, &n));
		ATF_REQUIRE_EQ(MANY, n);
		sent += n;
	}
	ATF_REQUIRE(co->co_unsent(l.l_client));
	ATF_CHECK_EQ(CRYPTO_WANT_WRITE, co->co_write(l.l_client, buf, 1, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(CRYPTO_WANT_WRITE, co->co_flush(l.l_client));
	for (i = 0; i < 1000 && co->co_unsent(l.l_client); i++) {
		ATF_REQUIRE_EQ(CRYPTO_WANT_READ, drain(l.l_server, &got));
		ATF_REQUIRE(co->co_flush(l.l_client) != CRYPTO_ERROR);
	}
	ATF_CHECK_EQ(CRYPTO_WANT_READ, drain(l.l_server, &got));
	ATF_CHECK_EQ(sent, got);
	close_link(&h, &l, cx);
}

/* A network that splits: between the ends and two sockets of its own. */
struct splitter {
	struct crypto *sp_server, *sp_client;
	int sp_a[2], sp_b[2];
	unsigned int sp_seed;
};

static void
pass_one(int from, int to, unsigned int *seed)
{
	uint8_t buf[4096];
	ssize_t n;

	n = recv(from, buf, 1 + (size_t)rand_r(seed) % sizeof(buf), 0);
	if (n > 0)
		ATF_REQUIRE_EQ(n, send(to, buf, (size_t)n, MSG_NOSIGNAL));
}

static void
pass(struct splitter *sp)
{
	pass_one(sp->sp_b[1], sp->sp_a[1], &sp->sp_seed);
	pass_one(sp->sp_a[1], sp->sp_b[1], &sp->sp_seed);
}

static void
split_start(struct splitter *sp, struct crypto_ctx *sx, struct crypto_ctx *cx)
{
	enum crypto_result sr, cr;

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sp->sp_a));
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sp->sp_b));
	sp->sp_seed = 5;
	sp->sp_server = co->co_new(sx, sp->sp_a[0], NULL);
	sp->sp_client = co->co_new(cx, sp->sp_b[0], NULL);
	sr = cr = CRYPTO_WANT_READ;
	while (sr == CRYPTO_WANT_READ || cr == CRYPTO_WANT_READ) {
		if (cr == CRYPTO_WANT_READ)
			cr = co->co_handshake(sp->sp_client);
		if (sr == CRYPTO_WANT_READ)
			sr = co->co_handshake(sp->sp_server);
		pass(sp);
	}
	ATF_REQUIRE_EQ(CRYPTO_OK, sr);
	ATF_REQUIRE_EQ(CRYPTO_OK, cr);
}

static void
split_end(struct splitter *sp)
{
	int i;

	co->co_free(sp->sp_server);
	co->co_free(sp->sp_client);
	for (i = 0; i < 2; i++) {
		close(sp->sp_a[i]);
		close(sp->sp_b[i]);
	}
}

/* Handshake, data both ways and good-bye through a network that splits. */
ATF_TC_WITHOUT_HEAD(split);
ATF_TC_BODY(split, tc)
{
	enum { TOTAL = 1 << 20, STEP = 5000, AHEAD = 50000 };
	struct hub h;
	struct splitter sp;
	struct crypto_ctx *cx;
	enum crypto_result cr = CRYPTO_WANT_READ;
	size_t n, sent = 0, up = 0, down = 0;
	uint8_t buf[STEP];
	int i;

	hub_init(&h, "hub.example.com", sign);
	cx = client(&h, true, NULL);
	split_start(&sp, h.h_ctx, cx);
	while (up < TOTAL || down < TOTAL) {
		/* Both have the same to say, when there is room. */
		if (sent - up < AHEAD && sent - down < AHEAD) {
			fill(buf, sizeof(buf), sent);
			ATF_REQUIRE_EQ(CRYPTO_OK,
			    co->co_write(sp.sp_client, buf, STEP, &n));
			ATF_REQUIRE_EQ(CRYPTO_OK,
			    co->co_write(sp.sp_server, buf, STEP, &n));
			sent += n;
		}
		pass(&sp);
		ATF_REQUIRE_EQ(CRYPTO_WANT_READ, drain(sp.sp_server, &up));
		ATF_REQUIRE_EQ(CRYPTO_WANT_READ, drain(sp.sp_client, &down));
	}
	co->co_shutdown(sp.sp_client);
	for (i = 0; i < 1000 && cr != CRYPTO_EOF; i++) {
		pass(&sp);
		cr = drain(sp.sp_server, &up);
	}
	ATF_CHECK_EQ_MSG(CRYPTO_EOF, cr, "%s", co->co_error(sp.sp_server));
	ATF_CHECK_EQ(sent, up);
	split_end(&sp);
	co->co_ctx_free(cx);
	hub_fini(&h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, pins);
	ATF_TP_ADD_TC(tp, pinned);
	ATF_TP_ADD_TC(tp, no_sigpipe);
	ATF_TP_ADD_TC(tp, gone_at_once);
	ATF_TP_ADD_TC(tp, wrong_key);
	ATF_TP_ADD_TC(tp, by_ca);
	ATF_TP_ADD_TC(tp, stranger_ca);
	ATF_TP_ADD_TC(tp, signer_fails);
	ATF_TP_ADD_TC(tp, bad_settings);
	ATF_TP_ADD_TC(tp, foreign_clients);
	ATF_TP_ADD_TC(tp, ciphers);
	ATF_TP_ADD_TC(tp, certificate);
	ATF_TP_ADD_TC(tp, batches);
	if (co->co_writev != NULL)
		ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, kept);
	ATF_TP_ADD_TC(tp, split);
	return (atf_no_error());
}
