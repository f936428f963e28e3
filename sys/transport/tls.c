/* SPDX-License-Identifier: ISC */
/*
 * tls: TLS on the stream to a proxy, for what is said to it.  chain.c puts it
 * before a proxy whose block says `tls yes`.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/conf.h"
#include "transport/pump.h"
#include "transport/transport.h"
#include "transport/verify.h"

/* What outlives the handshake, in a pump. */
struct tls_layer {
	const struct crypto_ops *tl_ops;
	struct crypto_ctx *tl_ctx;
	struct crypto *tl_crypto;
	int tl_fd;
	short tl_wants;
	const char *tl_error;
};

struct transport {
	struct transport_request t_request;
	char t_name[128];
	struct tls_layer *t_layer;
	struct event *t_event;		/* of the handshake */
	struct event *t_limit;
	char t_error[TRANSPORT_ERROR_LEN];
};

/*
 * The layer.
 */

static ssize_t
tls_moved(struct tls_layer *tl, enum crypto_result cr, size_t n)
{
	switch (cr) {
	case CRYPTO_OK:
		return ((ssize_t)n);
	case CRYPTO_WANT_READ:
		return (0);
	case CRYPTO_WANT_WRITE:
		tl->tl_wants |= EV_WRITE;
		return (0);
	case CRYPTO_EOF:
		return (-1);
	case CRYPTO_ERROR:
		break;
	}
	tl->tl_error = tl->tl_ops->co_error(tl->tl_crypto);
	return (-1);
}

static ssize_t
layer_read(void *layer, void *buf, size_t size)
{
	struct tls_layer *tl = layer;
	enum crypto_result cr;
	size_t n = 0;

	cr = tl->tl_ops->co_read(tl->tl_crypto, buf, size, &n);
	return (tls_moved(tl, cr, n));
}

static ssize_t
layer_write(void *layer, const void *buf, size_t len)
{
	struct tls_layer *tl = layer;
	enum crypto_result cr;
	size_t n = 0;

	tl->tl_wants = EV_READ;
	cr = tl->tl_ops->co_write(tl->tl_crypto, buf, len, &n);
	return (tls_moved(tl, cr, n));
}

static short
layer_wants(void *layer)
{
	const struct tls_layer *tl = layer;

	return (tl->tl_wants);
}

static const char *
layer_error(void *layer)
{
	const struct tls_layer *tl = layer;

	return (tl->tl_error);
}

static void
layer_free(void *layer)
{
	struct tls_layer *tl = layer;

	if (tl->tl_crypto != NULL) {
		tl->tl_ops->co_shutdown(tl->tl_crypto);
		tl->tl_ops->co_free(tl->tl_crypto);
	}
	if (tl->tl_ctx != NULL)
		tl->tl_ops->co_ctx_free(tl->tl_ctx);
	close(tl->tl_fd);
	free(tl);
}

static const struct pump_ops layer_ops = {
	.po_read = layer_read,
	.po_write = layer_write,
	.po_wants = layer_wants,
	.po_error = layer_error,
	.po_free = layer_free,
};

/*
 * The handshake.
 */

static void
tls_cancel(struct transport *t)
{
	if (t == NULL)
		return;
	if (t->t_event != NULL)
		event_free(t->t_event);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_layer != NULL)
		layer_free(t->t_layer);
	free(t);
}

static void
tls_done(struct transport *t, int fd)
{
	transport_done done = t->t_request.tr_done;
	void *arg = t->t_request.tr_arg;
	char error[TRANSPORT_ERROR_LEN];

	strlcpy(error, t->t_error, sizeof(error));
	tls_cancel(t);
	done(fd, fd == -1 ? error : NULL, arg);
}

static void
tls_failed(struct transport *t, const char *reason)
{
	snprintf(t->t_error, sizeof(t->t_error), "%s: TLS: %s", t->t_name,
	    reason);
	tls_done(t, -1);
}

static void
tls_up(struct transport *t)
{
	struct tls_layer *tl = t->t_layer;
	int fd;

	t->t_layer = NULL;
	tl->tl_wants = EV_READ;
	event_free(t->t_event);
	t->t_event = NULL;
	fd = pump_start(t->t_request.tr_base, tl->tl_fd, &layer_ops, tl,
	    t->t_name);
	if (fd == -1)
		tls_failed(t, "out of memory");
	else
		tls_done(t, fd);
}

static void tls_step(evutil_socket_t, short, void *);

static void
tls_wait(struct transport *t, short what)
{
	if (t->t_event != NULL)
		event_free(t->t_event);
	t->t_event = event_new(t->t_request.tr_base, t->t_layer->tl_fd, what,
	    tls_step, t);
	if (t->t_event == NULL || event_add(t->t_event, NULL) == -1)
		tls_failed(t, "out of memory");
}

static void
tls_step(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	struct tls_layer *tl = t->t_layer;

	(void)fd;
	(void)what;
	switch (tl->tl_ops->co_handshake(tl->tl_crypto)) {
	case CRYPTO_OK:
		tls_up(t);
		break;
	case CRYPTO_WANT_READ:
		tls_wait(t, EV_READ);
		break;
	case CRYPTO_WANT_WRITE:
		tls_wait(t, EV_WRITE);
		break;
	case CRYPTO_EOF:
		tls_failed(t, "closed by the proxy");
		break;
	case CRYPTO_ERROR:
		tls_failed(t, tl->tl_ops->co_error(tl->tl_crypto));
	}
}

/* Out of time, or what to_start could not do. */
static void
tls_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	if (t->t_error[0] == '\0')
		snprintf(t->t_error, sizeof(t->t_error),
		    "%s: no TLS within %u ms", t->t_name,
		    t->t_request.tr_timeout);
	tls_done(t, -1);
}

static const char *
tls_ca(const struct transport_request *tr)
{
	if (tr->tr_file == NULL)
		return (NULL);
	return (tr->tr_file(tr->tr_conf, "ca", tr->tr_file_arg));
}

/* False with t_error filled. */
static bool
tls_begin(struct transport *t)
{
	const struct transport_request *tr = &t->t_request;
	struct tls_layer *tl = t->t_layer;
	char err[160];

	tl->tl_ops = crypto_find("openssl");
	tl->tl_ctx = verify_ctx(tl->tl_ops, tr->tr_conf, tls_ca(tr),
	    tr->tr_host, err, sizeof(err));
	if (tl->tl_ctx == NULL) {
		snprintf(t->t_error, sizeof(t->t_error), "%s: %s", t->t_name,
		    err);
		return (false);
	}
	tl->tl_crypto = tl->tl_ops->co_new(tl->tl_ctx, tl->tl_fd,
	    verify_sni(tr->tr_conf, tr->tr_host));
	t->t_event = event_new(tr->tr_base, tl->tl_fd, EV_WRITE, tls_step, t);
	if (tl->tl_crypto != NULL && t->t_event != NULL &&
	    event_add(t->t_event, NULL) == 0)
		return (true);
	snprintf(t->t_error, sizeof(t->t_error), "%s: out of memory",
	    t->t_name);
	return (false);
}

static struct transport *
tls_start(const struct transport_request *tr)
{
	struct timeval tv = { (time_t)(tr->tr_timeout / 1000),
		(suseconds_t)(tr->tr_timeout % 1000 * 1000) };
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->t_layer = calloc(1, sizeof(*t->t_layer))) == NULL)
		goto fail;
	t->t_layer->tl_fd = tr->tr_fd;
	t->t_request = *tr;
	strlcpy(t->t_name, tr->tr_name, sizeof(t->t_name));
	if ((t->t_limit = event_new(tr->tr_base, -1, 0, tls_on_limit, t)) ==
	    NULL) {
		tls_cancel(t);
		return (NULL);
	}
	if (!tls_begin(t))
		timerclear(&tv);
	event_add(t->t_limit, &tv);
	t->t_request.tr_host = NULL;
	return (t);
fail:
	close(tr->tr_fd);
	free(t);
	return (NULL);
}

const struct transport_ops transport_tls = {
	.to_name = "tls",
	.to_start = tls_start,
	.to_cancel = tls_cancel,
};
