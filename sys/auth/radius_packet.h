/* SPDX-License-Identifier: ISC */
/*
 * radius_packet: RADIUS packets (RFC 2865, 2866, 2869, 5176, 5997) written,
 * checked and read.  Pure but for libcrypto; input is hostile.
 *
 *	1 code, 1 identifier, 2 length, 16 authenticator, then attributes:
 *	1 type, 1 length (with these two), value
 *
 * Every request but Accounting-Request, and every answer of ours, begins with
 * a Message-Authenticator, which the draft to deprecate insecure practices
 * in RADIUS asks for after CVE-2024-3596.  Accounting-Request has none
 * (RFC 2869, 5.19); its authenticator depends on the secret by itself.
 */
#ifndef AUTH_RADIUS_PACKET_H
#define AUTH_RADIUS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RADIUS_MIN = 20,
	RADIUS_MAX = 4096,
	RADIUS_AUTH_LEN = 16,
	RADIUS_VALUE_MAX = 253,
	RADIUS_PASSWORD_MAX = 128
};

enum radius_code {
	RADIUS_ACCESS_REQUEST = 1,
	RADIUS_ACCESS_ACCEPT = 2,
	RADIUS_ACCESS_REJECT = 3,
	RADIUS_ACCOUNTING_REQUEST = 4,
	RADIUS_ACCOUNTING_RESPONSE = 5,
	RADIUS_ACCESS_CHALLENGE = 11,
	RADIUS_STATUS_SERVER = 12,
	RADIUS_DISCONNECT_REQUEST = 40,
	RADIUS_DISCONNECT_ACK = 41,
	RADIUS_DISCONNECT_NAK = 42,
	RADIUS_COA_REQUEST = 43,
	RADIUS_COA_ACK = 44,
	RADIUS_COA_NAK = 45
};

enum radius_type {
	RADIUS_USER_NAME = 1,
	RADIUS_USER_PASSWORD = 2,
	RADIUS_NAS_IP_ADDRESS = 4,
	RADIUS_SERVICE_TYPE = 6,
	RADIUS_FILTER_ID = 11,
	RADIUS_REPLY_MESSAGE = 18,
	RADIUS_STATE = 24,
	RADIUS_CLASS = 25,
	RADIUS_VENDOR = 26,
	RADIUS_SESSION_TIMEOUT = 27,
	RADIUS_IDLE_TIMEOUT = 28,
	RADIUS_CALLED_STATION = 30,
	RADIUS_CALLING_STATION = 31,
	RADIUS_NAS_IDENTIFIER = 32,
	RADIUS_PROXY_STATE = 33,
	RADIUS_ACCT_STATUS = 40,
	RADIUS_ACCT_DELAY = 41,
	RADIUS_ACCT_IN_OCTETS = 42,
	RADIUS_ACCT_OUT_OCTETS = 43,
	RADIUS_ACCT_SESSION = 44,
	RADIUS_ACCT_AUTHENTIC = 45,
	RADIUS_ACCT_TIME = 46,
	RADIUS_ACCT_IN_PACKETS = 47,
	RADIUS_ACCT_OUT_PACKETS = 48,
	RADIUS_ACCT_CAUSE = 49,
	RADIUS_ACCT_IN_GIGA = 52,
	RADIUS_ACCT_OUT_GIGA = 53,
	RADIUS_EVENT_TIME = 55,
	RADIUS_NAS_PORT_TYPE = 61,
	RADIUS_TUNNEL_TYPE = 64,
	RADIUS_MESSAGE_AUTH = 80,
	RADIUS_TUNNEL_GROUP = 81,
	RADIUS_INTERIM = 85,
	RADIUS_ERROR_CAUSE = 101
};

/* Vendor 311, Microsoft (RFC 2548). */
enum {
	RADIUS_MICROSOFT = 311,
	RADIUS_MS_CHAP_CHALLENGE = 11,
	RADIUS_MS_CHAP2_RESPONSE = 25,
	RADIUS_MS_CHAP2_SUCCESS = 26
};

/* One that is being written; rp_full: something did not fit. */
struct radius_packet {
	uint8_t rp_data[RADIUS_MAX];
	size_t rp_len;
	bool rp_full;
};

/*
 * Begin one.  authenticator (RADIUS_AUTH_LEN octets) NULL: zeroes, to be
 * computed when it is signed.  All but accounting gets the place of a
 * Message-Authenticator.
 */
void radius_begin(struct radius_packet *rp, enum radius_code code, uint8_t id,
    const uint8_t *authenticator);
void radius_add(struct radius_packet *rp, uint8_t type, const void *value,
    size_t len);
void radius_add_text(struct radius_packet *rp, uint8_t type, const char *text);
void radius_add_int(struct radius_packet *rp, uint8_t type, uint32_t value);
void radius_add_vendor(struct radius_packet *rp, uint32_t vendor, uint8_t type,
    const void *value, size_t len);
/* User-Password, hidden as RFC 2865, 5.2 says; at most 128 octets. */
void radius_add_password(struct radius_packet *rp, const char *secret,
    const char *password);
/*
 * Complete it: Message-Authenticator, and the authenticator of requests that
 * have none of their own and of answers (request: that of the packet
 * answered, else NULL).  -1 if something did not fit.
 */
int radius_sign(struct radius_packet *rp, const char *secret,
    const uint8_t *request);

/* Octets of the packet at the head of buf; 0: more needed, -1: it is none. */
ssize_t radius_length(const uint8_t *buf, size_t len);
/*
 * Whether the `len` octets are an answer, by who knows the secret, to
 * `request`.  A Message-Authenticator must be right where there is one; with
 * need_auth there must be one.  NULL, or what is wrong.
 */
const char *radius_check_reply(const uint8_t *buf, size_t len,
    const uint8_t *request, const char *secret, bool need_auth);
/* The same of a request to us (RFC 5176), which must have one. */
const char *radius_check_request(const uint8_t *buf, size_t len,
    const char *secret);

struct radius_attr {
	uint8_t at_type;
	uint8_t at_len;			/* of the value */
	const uint8_t *at_value;
};

/*
 * The next attribute of a checked packet; begin with *off 0.  False at the
 * end.
 */
bool radius_next(const uint8_t *buf, size_t len, size_t *off,
    struct radius_attr *at);
/* The first of that type; false if there is none. */
bool radius_find(const uint8_t *buf, size_t len, uint8_t type,
    struct radius_attr *at);
/* The first of a vendor (RFC 2865, 5.26). */
bool radius_find_vendor(const uint8_t *buf, size_t len, uint32_t vendor,
    uint8_t type, struct radius_attr *at);
/* Its value as a number; false if it is not four octets. */
bool radius_int(const struct radius_attr *at, uint32_t *value);
/* As text into out, cut to fit; octets that are no print are "?". */
void radius_text(const struct radius_attr *at, char *out, size_t size);

#endif
