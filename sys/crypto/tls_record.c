/* SPDX-License-Identifier: ISC */
/*
 * The record layer over OpenSSL's ciphers: OpenSSL does the handshake, then
 * its traffic secrets are taken over and it is let go, with the memory that it
 * holds.  Records are opened from where the socket's bytes were read to, and
 * sealed where they are sent from.  Where that cannot be (another version or
 * suite, no secrets) OpenSSL goes on.
 */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tls_record.h"
#include "kern/bytes.h"

enum {
	/*
	 * So many records in a row without data are an attack: nobody has
	 * that many tickets, and no keys that wear out so fast.
	 */
	TLS_QUIET_MAX = 32
};

/* For a record that does not fit where it is wanted. */
static _Thread_local uint8_t tls_scratch[TLS_RECORD_MAX];

/* "LABEL client-random secret", the latter two in hexadecimal digits. */
static void
tls_on_secret(const SSL *ssl, const char *line)
{
	static const char *const labels[] = { "CLIENT_TRAFFIC_SECRET_0 ",
		"SERVER_TRAFFIC_SECRET_0 " };
	struct crypto *c = SSL_get_app_data(ssl);
	const char *p = strrchr(line, ' ');
	size_t i, n = 0;
	int hi, lo;

	for (i = 0; i < 2; i++)
		if (strncmp(line, labels[i], strlen(labels[i])) == 0)
			break;
	if (i == 2 || p == NULL)
		return;
	for (p++; n < RECORD_SECRET_MAX && (hi = hex_digit(p[0])) != -1 &&
	     (lo = hex_digit(p[1])) != -1;
	     p += 2)
		c->c_secret[i][n++] = (uint8_t)(hi << 4 | lo);
	c->c_nsecret[i] = n;
}

static struct crypto_ctx *
tls_own_ctx(struct crypto_ctx *cx)
{
	if (cx != NULL)
		SSL_CTX_set_keylog_callback(cx->cx_ssl, tls_on_secret);
	return (cx);
}

struct crypto_ctx *
tls_own_server_ctx(const char *cert, size_t len, crypto_sign sign, void *arg,
    char *err, size_t size)
{
	return (tls_own_ctx(tls_server_ctx(cert, len, sign, arg, err, size)));
}

struct crypto_ctx *
tls_own_client_ctx(const uint8_t (*pins)[CRYPTO_PIN_LEN], unsigned int npins,
    const char *ca_pem, const char *name, char *err, size_t size)
{
	return (tls_own_ctx(tls_client_ctx(pins, npins, ca_pem, name, err,
	    size)));
}

static void
tls_own_drop(struct tls_own *to)
{
	if (to == NULL)
		return;
	record_fini(&to->to_in);
	record_fini(&to->to_out);
	if (to->to_rest != NULL)
		freezero(to->to_rest, to->to_restoff + to->to_nrest);
	freezero(to, sizeof(*to));
}

void
tls_own_free(struct crypto *c)
{
	if (c == NULL)
		return;
	tls_own_drop(c->c_own);
	explicit_bzero(c->c_secret, sizeof(c->c_secret));
	crypto_openssl.co_free(c);
}

/* Take over from OpenSSL, which must hold nothing of the stream. */
static void
tls_own_take(struct crypto *c)
{
	unsigned int out = c->c_ctx->cx_server ? 1 : 0;
	const SSL_CIPHER *sc = SSL_get_current_cipher(c->c_ssl);
	struct tls_own *to;
	uint16_t suite = sc == NULL ? 0 : SSL_CIPHER_get_protocol_id(sc);

	if (SSL_version(c->c_ssl) != TLS1_3_VERSION ||
	    SSL_has_pending(c->c_ssl) || c->c_io.io_given > 0 ||
	    (to = calloc(1, sizeof(*to))) == NULL)
		return;
	if (record_init(&to->to_in, suite, c->c_secret[1 - out],
		c->c_nsecret[1 - out], 0) == -1 ||
	    record_init(&to->to_out, suite, c->c_secret[out], c->c_nsecret[out],
		1) == -1) {
		tls_own_drop(to);
		return;
	}
	to->to_has_pin = crypto_openssl.co_peer_pin(c, to->to_pin);
	c->c_own = to;
	strlcat(c->c_cipher, " record", sizeof(c->c_cipher));
	SSL_free(c->c_ssl);
	c->c_ssl = NULL;
}

static enum crypto_result
tls_own_handshake(struct crypto *c)
{
	enum crypto_result cr = crypto_openssl.co_handshake(c);

	if (cr == CRYPTO_OK)
		tls_own_take(c);
	if (cr == CRYPTO_OK || cr == CRYPTO_ERROR)
		explicit_bzero(c->c_secret, sizeof(c->c_secret));
	ERR_clear_error();
	return (cr);
}

/* Put one record into the gathered ones.  0, or -1. */
static int
tls_own_put(struct crypto *c, enum record_type type, const uint8_t *p,
    size_t len)
{
	uint8_t *room;
	size_t n;

	if (c->c_own->to_seals)
		return (tls_kernel_put(c, type, p, len));
	if ((room = tls_io_room(&c->c_io, TLS_RECORD_MAX)) == NULL)
		return (-1);
	if ((n = record_seal(&c->c_own->to_out, type, p, len, room)) == 0)
		return (-1);
	tls_io_commit(&c->c_io, n);
	return (0);
}

/* The peer asked for new keys, or ours are used up. */
int
tls_own_rekey(struct crypto *c)
{
	static const uint8_t message[] = { 24, 0, 0, 1, 0 };
	struct tls_own *to = c->c_own;

	if (!to->to_answer && to->to_written < TLS_KEY_BYTES)
		return (0);
	/* not within what the kernel has yet to seal */
	if (to->to_seals && tls_unsent(c))
		return (0);
	to->to_answer = false;
	to->to_written = 0;
	if (tls_own_put(c, RECORD_HANDSHAKE, message, sizeof(message)) == -1)
		return (-1);
	return (record_update(&to->to_out, 1) == 0 ? tls_kernel_rekey(c, true) :
						     -1);
}

enum crypto_result
tls_own_broken(struct crypto *c)
{
	return (tls_broken(c,
	    c->c_io.io_errno != 0 ? strerror(c->c_io.io_errno) :
				    "cannot encrypt"));
}

static enum crypto_result
tls_own_fatal(struct crypto *c, int alert)
{
	uint8_t body[2] = { 2, (uint8_t)alert };
	char text[TLS_ERROR_LEN];

	(void)tls_own_put(c, RECORD_ALERT, body, sizeof(body));
	snprintf(text, sizeof(text), "a record that is not right: %s",
	    SSL_alert_desc_string_long(alert));
	return (tls_broken(c, text));
}

/* A record that is no data. */
enum crypto_result
tls_own_other(struct crypto *c, uint8_t type, const uint8_t *p, size_t len)
{
	enum crypto_result cr;
	int alert = ALERT_UNEXPECTED_MESSAGE;

	if (++c->c_own->to_quiet > TLS_QUIET_MAX)
		return (tls_own_fatal(c, alert));
	if (type == RECORD_ALERT && c->c_own->to_nhead == 0) {
		cr = tls_own_alert(c, p, len);
		return (cr == CRYPTO_ERROR ? tls_broken(c, c->c_error) : cr);
	}
	if (type == RECORD_HANDSHAKE)
		alert = tls_own_message(c, p, len);
	return (alert == 0 ? CRYPTO_OK : tls_own_fatal(c, alert));
}

/* Data of the record in scratch: part is wanted now, the rest is kept. */
static enum crypto_result
tls_own_part(struct crypto *c, uint8_t *buf, size_t room, size_t len, size_t *n)
{
	struct tls_own *to = c->c_own;
	size_t now = len < room ? len : room;

	memcpy(buf, tls_scratch, now);
	*n += now;
	if (now < len) {
		if ((to->to_rest = malloc(len - now)) == NULL)
			return (tls_broken(c, "out of memory"));
		memcpy(to->to_rest, tls_scratch + now, len - now);
		to->to_restoff = 0;
		to->to_nrest = len - now;
	}
	explicit_bzero(tls_scratch, len);
	return (CRYPTO_OK);
}

/* Open the next record; data goes to buf, or its beginning if it is long. */
static enum crypto_result
tls_own_record(struct crypto *c, uint8_t *buf, size_t room, size_t *n)
{
	const uint8_t *p;
	size_t len = tls_io_record(&c->c_io, &p);
	uint8_t type, *to = len <= room ? buf : tls_scratch;
	ssize_t got;

	if (len == 0 && c->c_io.io_errno != 0)
		return (tls_broken(c, strerror(c->c_io.io_errno)));
	if (len == 0 && c->c_io.io_eof)
		return (tls_broken(c, "connection cut without good-bye"));
	if (len == 0)
		return (CRYPTO_WANT_READ);
	got = record_open(&c->c_own->to_in, p,
	    len <= TLS_RECORD_MAX ? len : TLS_RECORD_MAX + 1, to, &type);
	tls_io_skip(&c->c_io, len);
	if (got < 0)
		return (tls_own_fatal(c, (int)-got));
	if (type != RECORD_DATA || got == 0)
		return (type == RECORD_DATA && c->c_own->to_nhead == 0 &&
			    ++c->c_own->to_quiet <= TLS_QUIET_MAX ?
			CRYPTO_OK :
			tls_own_other(c, type, to, (size_t)got));
	if (c->c_own->to_nhead > 0)
		return (tls_own_fatal(c, ALERT_UNEXPECTED_MESSAGE));
	c->c_own->to_quiet = 0;
	if (to == tls_scratch)
		return (tls_own_part(c, buf, room, (size_t)got, n));
	*n += (size_t)got;
	return (CRYPTO_OK);
}

/* Plaintext left from a record before. */
static size_t
tls_own_rest(struct tls_own *to, uint8_t *buf, size_t size)
{
	size_t n = to->to_nrest < size ? to->to_nrest : size;

	if (n == 0)
		return (0);
	memcpy(buf, to->to_rest + to->to_restoff, n);
	to->to_restoff += n;
	to->to_nrest -= n;
	if (to->to_nrest == 0) {
		freezero(to->to_rest, to->to_restoff);
		to->to_rest = NULL;
		to->to_restoff = 0;
	}
	return (n);
}

enum crypto_result
tls_own_end(struct crypto *c, enum crypto_result cr, size_t n)
{
	if (cr != CRYPTO_ERROR && tls_own_rekey(c) == -1)
		cr = tls_own_broken(c);
	cr = tls_end(c, cr);
	if (cr == CRYPTO_EOF || cr == CRYPTO_ERROR) {
		/* only then; it takes a tenth of what opens a small record */
		ERR_clear_error();
		c->c_late = cr;
	}
	return (n > 0 ? CRYPTO_OK : cr);
}

static enum crypto_result
tls_own_read(struct crypto *c, uint8_t *buf, size_t size, size_t *n)
{
	enum crypto_result cr = c->c_late;

	if (c->c_own == NULL)
		return (crypto_openssl.co_read(c, buf, size, n));
	*n = tls_own_rest(c->c_own, buf, size);
	if (*n == 0 && (cr == CRYPTO_EOF || cr == CRYPTO_ERROR))
		return (cr);
	tls_io_begin(&c->c_io);
	while (cr == CRYPTO_OK && *n < size)
		cr = tls_own_record(c, buf + *n, size - *n, n);
	return (tls_own_end(c, cr, *n));
}

/* Seal the next len bytes of the parts as data.  0, or -1. */
static int
tls_own_data(struct crypto *c, const struct iovec **part, size_t *off,
    size_t len)
{
	uint8_t *room = tls_io_room(&c->c_io, TLS_RECORD_MAX);
	size_t n;

	if (room == NULL ||
	    (n = record_seal_parts(&c->c_own->to_out, RECORD_DATA, part, off,
		 len, room)) == 0)
		return (-1);
	tls_io_commit(&c->c_io, n);
	c->c_own->to_written += len + TLS_KEY_RECORD;
	return (0);
}

/* OpenSSL, where it goes on, wants its bytes in one piece. */
static enum crypto_result
tls_own_join(struct crypto *c, const struct iovec *part, size_t len, size_t *n)
{
	enum crypto_result cr;
	uint8_t *buf = malloc(len);
	size_t at;

	*n = 0;
	if (buf == NULL)
		return (tls_broken(c, "out of memory"));
	for (at = 0; at < len; at += part++->iov_len)
		memcpy(buf + at, part->iov_base, part->iov_len);
	cr = crypto_openssl.co_write(c, buf, len, n);
	freezero(buf, len);
	return (cr);
}

static enum crypto_result
tls_own_writev(struct crypto *c, const struct iovec *part, size_t len,
    size_t *n)
{
	enum crypto_result cr;
	size_t off = 0, now;

	if (c->c_own == NULL)
		return (tls_own_join(c, part, len, n));
	*n = 0;
	if (c->c_broken)
		return (CRYPTO_ERROR);
	if ((cr = tls_flush(c)) != CRYPTO_OK)
		return (cr);
	tls_io_begin(&c->c_io);
	for (; *n < len && cr == CRYPTO_OK; *n += now) {
		now = len - *n < TLS_PLAIN_MAX ? len - *n : TLS_PLAIN_MAX;
		if (tls_own_rekey(c) == -1 ||
		    tls_own_data(c, &part, &off, now) == -1)
			cr = tls_own_broken(c);
	}
	return (tls_end(c, cr));
}

static enum crypto_result
tls_own_write(struct crypto *c, const uint8_t *buf, size_t len, size_t *n)
{
	const struct iovec one = { .iov_base = (void *)(uintptr_t)buf,
		.iov_len = len };

	if (c->c_own == NULL)
		return (crypto_openssl.co_write(c, buf, len, n));
	return (tls_own_writev(c, &one, len, n));
}

bool
tls_own_pending(struct crypto *c)
{
	if (c->c_own == NULL)
		return (crypto_openssl.co_pending(c));
	return (c->c_late != CRYPTO_OK || c->c_own->to_nrest > 0 ||
	    tls_io_ready(&c->c_io));
}

static void
tls_own_shutdown(struct crypto *c)
{
	static const uint8_t bye[2] = { 1, ALERT_CLOSE_NOTIFY };

	if (c->c_own == NULL) {
		crypto_openssl.co_shutdown(c);
		return;
	}
	if (c->c_broken)
		return;
	tls_io_begin(&c->c_io);
	(void)tls_own_put(c, RECORD_ALERT, bye, sizeof(bye));
	(void)tls_io_end(&c->c_io);
	c->c_broken = true; /* it is said once */
}

bool
tls_own_peer_pin(const struct crypto *c, uint8_t pin[CRYPTO_PIN_LEN])
{
	if (c->c_own == NULL)
		return (crypto_openssl.co_peer_pin(c, pin));
	memcpy(pin, c->c_own->to_pin, CRYPTO_PIN_LEN);
	return (c->c_own->to_has_pin);
}

/* The rest is OpenSSL's, or the same for both. */
const struct crypto_ops crypto_record = {
	.co_name = "record",
	.co_server_ctx = tls_own_server_ctx,
	.co_client_ctx = tls_own_client_ctx,
	.co_ctx_free = tls_ctx_free,
	.co_new = tls_new,
	.co_free = tls_own_free,
	.co_handshake = tls_own_handshake,
	.co_read = tls_own_read,
	.co_write = tls_own_write,
	.co_writev = tls_own_writev,
	.co_unsent = tls_unsent,
	.co_flush = tls_flush,
	.co_pending = tls_own_pending,
	.co_shutdown = tls_own_shutdown,
	.co_peer_pin = tls_own_peer_pin,
	.co_error = tls_error,
	.co_cipher = tls_cipher,
	.co_plain_http = tls_plain_http,
};
