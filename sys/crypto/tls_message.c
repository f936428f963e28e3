/* SPDX-License-Identifier: ISC */
/* What is no data once the handshake is done (RFC 8446, 4.6 and 6). */
#include <stdio.h>
#include <string.h>

#include "crypto/tls_record.h"

enum {
	MESSAGE_TICKET = 4,
	MESSAGE_KEY_UPDATE = 24,
	/* Of a ticket: 64 KiB each for it and its extensions, and more. */
	MESSAGE_MAX = 140000
};

/* A message's type and length are here: whether we want it. */
static int
tls_message_head(const struct crypto *c, struct tls_own *to)
{
	to->to_left = (uint32_t)to->to_head[1] << 16 |
	    (uint32_t)to->to_head[2] << 8 | to->to_head[3];
	switch (to->to_head[0]) {
	case MESSAGE_TICKET:
		if (c->c_ctx->cx_server)
			return (ALERT_UNEXPECTED_MESSAGE);
		return (to->to_left <= MESSAGE_MAX ? 0 : ALERT_DECODE_ERROR);
	case MESSAGE_KEY_UPDATE:
		return (to->to_left == 1 ? 0 : ALERT_DECODE_ERROR);
	}
	return (ALERT_UNEXPECTED_MESSAGE);
}

/* The keys change with the next record, so nothing may follow in this one. */
static int
tls_key_update(struct crypto *c, uint8_t request, size_t behind)
{
	struct tls_own *to = c->c_own;

	if (behind > 0)
		return (ALERT_UNEXPECTED_MESSAGE);
	if (request > 1)
		return (ALERT_ILLEGAL_PARAMETER);
	if (request == 1)
		to->to_answer = true;
	if (record_update(&to->to_in, 0) == -1 ||
	    tls_kernel_rekey(c, false) == -1)
		return (ALERT_INTERNAL_ERROR);
	return (0);
}

int
tls_own_message(struct crypto *c, const uint8_t *p, size_t len)
{
	struct tls_own *to = c->c_own;
	size_t n;
	int alert;

	if (len == 0)
		return (ALERT_UNEXPECTED_MESSAGE);
	while (len > 0) {
		if (to->to_nhead < sizeof(to->to_head)) {
			to->to_head[to->to_nhead++] = *p++;
			len--;
			if (to->to_nhead == sizeof(to->to_head) &&
			    (alert = tls_message_head(c, to)) != 0)
				return (alert);
			if (to->to_nhead < sizeof(to->to_head) ||
			    to->to_left > 0)
				continue;
		}
		n = len < to->to_left ? len : to->to_left;
		if (n > 0 && to->to_head[0] == MESSAGE_KEY_UPDATE &&
		    (alert = tls_key_update(c, *p, len - n)) != 0)
			return (alert);
		p += n;
		len -= n;
		if ((to->to_left -= (uint32_t)n) == 0)
			to->to_nhead = 0;
	}
	return (0);
}

enum crypto_result
tls_own_alert(struct crypto *c, const uint8_t *p, size_t len)
{
	if (len != 2) {
		snprintf(c->c_error, sizeof(c->c_error),
		    "an alert of %zu bytes", len);
		return (CRYPTO_ERROR);
	}
	if (p[1] == ALERT_CLOSE_NOTIFY)
		return (CRYPTO_EOF);
	if (p[1] == ALERT_USER_CANCELED)
		return (CRYPTO_OK);
	snprintf(c->c_error, sizeof(c->c_error), "the peer's alert: %s",
	    SSL_alert_desc_string_long(p[1]));
	return (CRYPTO_ERROR);
}
