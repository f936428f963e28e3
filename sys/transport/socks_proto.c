/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "transport/socks_proto.h"

enum {
	SOCKS_CONNECT = 1,
	SOCKS_IPV4 = 1,			/* address types of version 5 */
	SOCKS_NAME = 3,
	SOCKS_IPV6 = 4,
	SOCKS_NO_AUTH = 0,		/* methods of version 5 */
	SOCKS_USERPASS = 2,
	SOCKS_NO_METHOD = 0xff,
	SOCKS_4_GRANTED = 90,
	SOCKS_4_LEN = 8,		/* a reply of version 4 */
	SOCKS_5_CODE = 2,		/* of version 5, up to the code */
	SOCKS_5_HEAD = 5		/* and up to a name's length */
};

/* Nothing more is wanted. */
static enum socks_result
socks_over(struct socks *sk, enum socks_result r)
{
	sk->sk_state = SOCKS_OVER;
	sk->sk_in_len = sk->sk_in_need = 0;
	return (r);
}

static enum socks_result socks_fail(struct socks *sk, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum socks_result
socks_fail(struct socks *sk, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sk->sk_error, sizeof(sk->sk_error), fmt, ap);
	va_end(ap);
	return (socks_over(sk, SOCKS_FAILED));
}

/*
 * Writing.  The longest request fits by SOCKS_OUT_MAX.
 */

static void
put(struct socks *sk, const void *data, size_t len)
{
	memcpy(sk->sk_out + sk->sk_out_len, data, len);
	sk->sk_out_len += len;
}

static void
put_byte(struct socks *sk, unsigned int byte)
{
	sk->sk_out[sk->sk_out_len++] = (uint8_t)byte;
}

static void
put_port(struct socks *sk)
{
	put_byte(sk, sk->sk_port >> 8);
	put_byte(sk, sk->sk_port & 0xff);
}

/* A text behind its length. */
static void
put_text(struct socks *sk, const char *text)
{
	put_byte(sk, (unsigned int)strlen(text));
	put(sk, text, strlen(text));
}

/* sk_out is complete; the answer has `need` bytes. */
static enum socks_result
socks_await(struct socks *sk, enum socks_state state, size_t need)
{
	sk->sk_state = state;
	sk->sk_in_len = 0;
	sk->sk_in_need = need;
	return (SOCKS_SEND);
}

static void
socks_begin_4(struct socks *sk, struct in_addr addr, bool by_name)
{
	put_byte(sk, 4);
	put_byte(sk, SOCKS_CONNECT);
	put_port(sk);
	put(sk, &addr, sizeof(addr));
	put(sk, sk->sk_user, strlen(sk->sk_user) + 1);
	if (by_name)
		put(sk, sk->sk_host, strlen(sk->sk_host) + 1);
	socks_await(sk, SOCKS_REPLY, SOCKS_4_LEN);
}

static void
socks_begin_5(struct socks *sk)
{
	bool auth = sk->sk_user[0] != '\0';

	put_byte(sk, 5);
	put_byte(sk, auth ? 2 : 1);
	put_byte(sk, SOCKS_NO_AUTH);
	if (auth)
		put_byte(sk, SOCKS_USERPASS);
	socks_await(sk, SOCKS_METHOD, 2);
}

static enum socks_result
socks_login(struct socks *sk)
{
	sk->sk_out_len = 0;
	put_byte(sk, 1);
	put_text(sk, sk->sk_user);
	put_text(sk, sk->sk_password);
	return (socks_await(sk, SOCKS_AUTH, 2));
}

static enum socks_result
socks_connect(struct socks *sk)
{
	struct in6_addr v6;
	struct in_addr v4;

	sk->sk_out_len = 0;
	put_byte(sk, 5);
	put_byte(sk, SOCKS_CONNECT);
	put_byte(sk, 0);
	if (inet_pton(AF_INET, sk->sk_host, &v4) == 1) {
		put_byte(sk, SOCKS_IPV4);
		put(sk, &v4, sizeof(v4));
	} else if (inet_pton(AF_INET6, sk->sk_host, &v6) == 1) {
		put_byte(sk, SOCKS_IPV6);
		put(sk, &v6, sizeof(v6));
	} else {
		put_byte(sk, SOCKS_NAME);
		put_text(sk, sk->sk_host);
	}
	put_port(sk);
	return (socks_await(sk, SOCKS_REPLY, SOCKS_5_CODE));
}

/*
 * Reading.
 */

static const char *
socks_code_4(unsigned int code)
{
	switch (code) {
	case 91:
		return ("connection refused or failed");
	case 92:
		return ("the proxy gets no answer from this machine's "
			"identd");
	case 93:
		return ("this machine's identd names another user");
	default:
		return (NULL);
	}
}

static const char *
socks_code_5(unsigned int code)
{
	static const char *const codes[] = { NULL,
		"general failure of the SOCKS server",
		"connection not allowed by ruleset", "network unreachable",
		"host unreachable", "connection refused", "TTL expired",
		"command not supported", "address type not supported" };

	return (code < sizeof(codes) / sizeof(codes[0]) ? codes[code] : NULL);
}

static enum socks_result
socks_refused(struct socks *sk, const char *words, unsigned int code)
{
	if (words == NULL)
		return (socks_fail(sk, "refused with the unknown code %u",
		    code));
	return (socks_fail(sk, "%s", words));
}

static enum socks_result
socks_method(struct socks *sk)
{
	unsigned int method = sk->sk_in[1];

	if (sk->sk_in[0] != 5)
		return (socks_fail(sk, "what answers is not SOCKS 5"));
	if (method == SOCKS_NO_AUTH)
		return (socks_connect(sk));
	if (method == SOCKS_USERPASS && sk->sk_user[0] != '\0')
		return (socks_login(sk));
	if (method == SOCKS_NO_METHOD)
		return (socks_fail(sk, "%s",
		    sk->sk_user[0] == '\0' ?
			"wants a user and a password, or another log-in that "
			"vnicd does not know" :
			"takes neither user and password nor no log-in at "
			"all"));
	return (socks_fail(sk, "chose log-in method %u, which was not offered",
	    method));
}

/* A version of 1 is right; some say 5, and nothing depends on it. */
static enum socks_result
socks_auth(struct socks *sk)
{
	if (sk->sk_in[0] != 1 && sk->sk_in[0] != 5)
		return (socks_fail(sk, "the answer to the log-in is garbled"));
	sk->sk_denied = sk->sk_in[1] != 0;
	if (sk->sk_denied)
		return (socks_fail(sk,
		    "refuses user \"%.64s\": wrong user or "
		    "password",
		    sk->sk_user));
	return (socks_connect(sk));
}

static enum socks_result
socks_reply_4(struct socks *sk)
{
	unsigned int code = sk->sk_in[1];

	/* the reply's version is 0; some proxies say 4 */
	if (sk->sk_in[0] != 0 && sk->sk_in[0] != 4)
		return (socks_fail(sk, "what answers is not SOCKS 4"));
	if (code != SOCKS_4_GRANTED)
		return (socks_refused(sk, socks_code_4(code), code));
	return (socks_over(sk, SOCKS_DONE));
}

/* A refusal may be all that comes. */
static enum socks_result
socks_code(struct socks *sk)
{
	unsigned int code = sk->sk_in[1];

	if (sk->sk_in[0] != 5)
		return (socks_fail(sk, "what answers is not SOCKS 5"));
	if (code != 0)
		return (socks_refused(sk, socks_code_5(code), code));
	sk->sk_in_need = SOCKS_5_HEAD;
	return (SOCKS_MORE);
}

/* How much there is of the address the proxy connects from, and its port. */
static enum socks_result
socks_reply_5(struct socks *sk)
{
	size_t len;

	if (sk->sk_in_need == SOCKS_5_CODE)
		return (socks_code(sk));
	switch (sk->sk_in[3]) {
	case SOCKS_IPV4:
		len = sizeof(struct in_addr) - 1;
		break;
	case SOCKS_IPV6:
		len = sizeof(struct in6_addr) - 1;
		break;
	case SOCKS_NAME:
		len = sk->sk_in[4];
		break;
	default:
		return (socks_fail(sk,
		    "the reply has an address of unknown "
		    "type %u",
		    sk->sk_in[3]));
	}
	socks_await(sk, SOCKS_BOUND, len + 2);
	return (SOCKS_MORE);
}

static enum socks_result
socks_complete(struct socks *sk)
{
	switch (sk->sk_state) {
	case SOCKS_METHOD:
		return (socks_method(sk));
	case SOCKS_AUTH:
		return (socks_auth(sk));
	case SOCKS_REPLY:
		if (sk->sk_version == SOCKS_5)
			return (socks_reply_5(sk));
		return (socks_reply_4(sk));
	case SOCKS_BOUND:
		return (socks_over(sk, SOCKS_DONE));
	default:
		return (SOCKS_FAILED);
	}
}

/*
 * For the caller.
 */

static int
socks_keep(struct socks *sk, char to[SOCKS_TEXT_MAX + 1], const char *text,
    const char *what)
{
	if (strlcpy(to, text == NULL ? "" : text, SOCKS_TEXT_MAX + 1) <=
	    SOCKS_TEXT_MAX)
		return (0);
	socks_fail(sk, "SOCKS takes at most %d bytes of a %s", SOCKS_TEXT_MAX,
	    what);
	return (-1);
}

/* 4a marks a name by an address 0.0.0.x that cannot be one. */
static int
socks_init_4(struct socks *sk)
{
	struct in_addr addr = { htonl(1) };
	struct in6_addr v6;
	bool by_name = inet_pton(AF_INET, sk->sk_host, &addr) != 1;

	if (inet_pton(AF_INET6, sk->sk_host, &v6) == 1) {
		socks_fail(sk,
		    "SOCKS 4 cannot connect to the IPv6 address %s; "
		    "socks5 can",
		    sk->sk_host);
		return (-1);
	}
	if (by_name && sk->sk_version == SOCKS_4) {
		socks_fail(sk,
		    "SOCKS 4 takes addresses only, not the name "
		    "\"%.64s\"; socks4a and socks5 take names",
		    sk->sk_host);
		return (-1);
	}
	if (sk->sk_password[0] != '\0') {
		socks_fail(sk,
		    "SOCKS 4 has a user but no password; socks5 "
		    "has both");
		return (-1);
	}
	if (by_name)
		addr.s_addr = htonl(1);
	socks_begin_4(sk, addr, by_name);
	return (0);
}

int
socks_init(struct socks *sk, enum socks_version version, const char *host,
    uint16_t port, const char *user, const char *password)
{
	memset(sk, 0, sizeof(*sk));
	sk->sk_version = version;
	sk->sk_port = port;
	if (socks_keep(sk, sk->sk_host, host, "host name") == -1 ||
	    socks_keep(sk, sk->sk_user, user, "user name") == -1 ||
	    socks_keep(sk, sk->sk_password, password, "password") == -1)
		return (-1);
	if (version != SOCKS_5)
		return (socks_init_4(sk));
	socks_begin_5(sk);
	return (0);
}

size_t
socks_want(const struct socks *sk)
{
	return (sk->sk_in_need - sk->sk_in_len);
}

enum socks_result
socks_input(struct socks *sk, const void *data, size_t len)
{
	if (len > socks_want(sk))
		return (socks_fail(sk, "bytes beyond the reply were read"));
	memcpy(sk->sk_in + sk->sk_in_len, data, len);
	sk->sk_in_len += len;
	if (sk->sk_in_len < sk->sk_in_need)
		return (SOCKS_MORE);
	return (socks_complete(sk));
}

void
socks_wipe(struct socks *sk)
{
	explicit_bzero(sk->sk_password, sizeof(sk->sk_password));
	explicit_bzero(sk->sk_out, sizeof(sk->sk_out));
}
