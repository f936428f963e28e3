/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/radius.h"
#include "auth/radius_coa.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"

enum {
	COA_PORT = 3799,
	AGE_MAX = 300,			/* s, either way, of Event-Timestamp */
	NEWS_EVERY = 10000,		/* ms between log lines */
	ROUND = 32			/* datagrams looked at in one go */
};

/* A request, and its answer as far as it is written. */
struct slot {
	uint32_t cs_id;			/* 0: free */
	bool cs_answered;
	struct sockaddr_storage cs_from;
	socklen_t cs_fromlen;
	uint8_t cs_head[RADIUS_MIN];
	char cs_secret[RADIUS_SECRET_MAX];
	struct radius_packet cs_reply;
};

static struct slot slots[COA_SLOTS];
static uint32_t last_id;
static const struct conf *settings;
static radius_coa_handler handle;
static char listening[300];		/* the setting, "" not */
static int sock = -1;
static struct event *sock_event;

static void
news(const struct sockaddr_storage *from, const char *text)
{
	static uint64_t next;
	char host[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	if (clock_ms() < next)
		return;
	next = clock_ms() + NEWS_EVERY;
	(void)inet_ntop(from->ss_family,
	    from->ss_family == AF_INET ? (const void *)&v4->sin_addr :
					 (const void *)&v6->sin6_addr,
	    host, sizeof(host));
	log_warnx("a RADIUS request from %s is ignored: %s", host, text);
}

/* Whether the text of a block is that address, mapped or not. */
static bool
is_address(const char *text, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	uint8_t addr[16];

	if (ss->ss_family == AF_INET)
		return (inet_pton(AF_INET, text, addr) == 1 &&
		    memcmp(addr, &v4->sin_addr, 4) == 0);
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
	    inet_pton(AF_INET, text, addr) == 1)
		return (memcmp(addr, v6->sin6_addr.s6_addr + 12, 4) == 0);
	return (inet_pton(AF_INET6, text, addr) == 1 &&
	    memcmp(addr, &v6->sin6_addr, 16) == 0);
}

static const struct conf *
server_of(const struct sockaddr_storage *from)
{
	const struct conf *cf = NULL;

	/* that of RadSec is known to everybody */
	while ((cf = conf_next(settings, "radius", cf)) != NULL)
		if (conf_has(cf, "secret") &&
		    strcmp(conf_str(cf, "transport"), "udp") == 0 &&
		    is_address(conf_str(cf, "address"), from))
			return (cf);
	return (NULL);
}

/* The request that came before, byte for byte as far as that tells. */
static struct slot *
slot_same(const struct sockaddr_storage *from, const uint8_t *buf)
{
	struct slot *cs;

	for (cs = slots; cs < slots + COA_SLOTS; cs++)
		if (cs->cs_id != 0 &&
		    memcmp(cs->cs_head, buf, RADIUS_MIN) == 0 &&
		    memcmp(&cs->cs_from, from, sizeof(*from)) == 0)
			return (cs);
	return (NULL);
}

/* A free one, else the oldest that was answered; NULL: all wait. */
static struct slot *
slot_new(void)
{
	struct slot *cs, *best = NULL;

	for (cs = slots; cs < slots + COA_SLOTS; cs++) {
		if (cs->cs_id == 0)
			return (cs);
		if (cs->cs_answered &&
		    (best == NULL || cs->cs_id < best->cs_id))
			best = cs;
	}
	return (best);
}

static void
slot_send(const struct slot *cs)
{
	if (sock != -1)
		(void)sendto(sock, cs->cs_reply.rp_data, cs->cs_reply.rp_len,
		    MSG_DONTWAIT | MSG_NOSIGNAL, (const void *)&cs->cs_from,
		    cs->cs_fromlen);
}

/* Proxies want to have back what they sent (RFC 2865, 5.33). */
static void
copy_proxy_states(struct radius_packet *rp, const uint8_t *buf, size_t len)
{
	struct radius_attr at;
	size_t off = 0;

	while (radius_next(buf, len, &off, &at))
		if (at.at_type == RADIUS_PROXY_STATE)
			radius_add(rp, at.at_type, at.at_value, at.at_len);
}

static bool
timely(const uint8_t *buf, size_t len)
{
	struct radius_attr at;
	uint32_t then, now = (uint32_t)clock_unix();

	if (!radius_find(buf, len, RADIUS_EVENT_TIME, &at))
		return (true);
	return (radius_int(&at, &then) && then + AGE_MAX >= now &&
	    now + AGE_MAX >= then);
}

/* What is wrong with a request, or NULL. */
static const char *
fault_of(const uint8_t *buf, size_t len, const struct conf *server)
{
	const char *fault;

	if (server == NULL)
		return ("no block radius has this address");
	if (buf[0] != RADIUS_DISCONNECT_REQUEST && buf[0] != RADIUS_COA_REQUEST)
		return ("it is neither CoA nor Disconnect");
	fault = radius_check_request(buf, len, conf_str(server, "secret"));
	if (fault == NULL && !timely(buf, len))
		fault = "its Event-Timestamp is not of now";
	return (fault);
}

static void
accept_request(const uint8_t *buf, size_t len,
    const struct sockaddr_storage *from, socklen_t fromlen,
    const struct conf *server)
{
	struct slot *cs = slot_new();

	if (cs == NULL)
		return;
	if (++last_id == 0)
		last_id = 1;
	cs->cs_id = last_id;
	cs->cs_answered = false;
	cs->cs_from = *from;
	cs->cs_fromlen = fromlen;
	memcpy(cs->cs_head, buf, RADIUS_MIN);
	strlcpy(cs->cs_secret, conf_str(server, "secret"),
	    sizeof(cs->cs_secret));
	radius_begin(&cs->cs_reply, buf[0], buf[1], NULL);
	copy_proxy_states(&cs->cs_reply, buf, len);
	handle(cs->cs_id, conf_name(server), buf, len);
}

static void
take(const uint8_t *buf, size_t size, const struct sockaddr_storage *from,
    socklen_t fromlen)
{
	ssize_t len = radius_length(buf, size);
	const struct conf *server = server_of(from);
	const struct slot *same;
	const char *fault;

	if (len <= 0) {
		news(from, "it is malformed");
		return;
	}
	if ((same = slot_same(from, buf)) != NULL) {
		if (same->cs_answered)
			slot_send(same);
		return;
	}
	if ((fault = fault_of(buf, (size_t)len, server)) != NULL)
		news(from, fault);
	else
		accept_request(buf, (size_t)len, from, fromlen, server);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct sockaddr_storage from;
	uint8_t buf[RADIUS_MAX];
	socklen_t fromlen;
	ssize_t n;
	int i;

	(void)what;
	(void)arg;
	for (i = 0; i < ROUND; i++) {
		memset(&from, 0, sizeof(from));
		fromlen = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (void *)&from,
		    &fromlen);
		if (n == -1)
			return;
		take(buf, (size_t)n, &from, fromlen);
	}
}

void
radius_coa_answer(uint32_t id, uint32_t error)
{
	struct slot *cs;
	uint8_t code;

	for (cs = slots; cs < slots + COA_SLOTS; cs++)
		if (cs->cs_id == id && id != 0 && !cs->cs_answered)
			break;
	if (cs == slots + COA_SLOTS)
		return;
	/* ACK is the code after the request's, NAK the next */
	code = (uint8_t)(cs->cs_head[0] + (error == COA_OK ? 1 : 2));
	cs->cs_reply.rp_data[0] = code;
	if (error != COA_OK)
		radius_add_int(&cs->cs_reply, RADIUS_ERROR_CAUSE, error);
	cs->cs_answered = true;
	if (radius_sign(&cs->cs_reply, cs->cs_secret, cs->cs_head + 4) == 0)
		slot_send(cs);
	explicit_bzero(cs->cs_secret, sizeof(cs->cs_secret));
}

static void
stop_listening(void)
{
	if (sock_event != NULL)
		event_free(sock_event);
	sock_event = NULL;
	if (sock != -1)
		close(sock);
	sock = -1;
	listening[0] = '\0';
}

/* An address, or "*" for all of both families.  0 or -1. */
static int
parse(const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in *v4 = (void *)ss;
	struct sockaddr_in6 *v6 = (void *)ss;
	char host[256], port[8];
	in_port_t number;

	memset(ss, 0, sizeof(*ss));
	if (schema_hostport(text, host, sizeof(host), port, sizeof(port)) == -1)
		return (-1);
	number = htons(*port == '\0' ? COA_PORT : (uint16_t)atoi(port));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = number;
		*len = sizeof(*v4);
		return (0);
	}
	memset(ss, 0, sizeof(*ss));
	if (strcmp(host, "*") != 0 &&
	    inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return (-1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = number;
	*len = sizeof(*v6);
	return (0);
}

static int
open_socket(const char *text)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	if (parse(text, &ss, &len) == -1) {
		errno = EINVAL;
		return (-1);
	}
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && bind(fd, (const void *)&ss, len) == -1) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

static void
start_listening(struct event_base *base, const char *text)
{
	if ((sock = open_socket(text)) == -1) {
		log_warn("radius-listen %s", text);
		return;
	}
	sock_event = event_new(base, sock, EV_READ | EV_PERSIST, on_read, NULL);
	if (sock_event == NULL || event_add(sock_event, NULL) == -1) {
		log_warnx("radius-listen %s: out of memory", text);
		stop_listening();
		return;
	}
	strlcpy(listening, text, sizeof(listening));
	log_info("radius-listen %s", text);
}

void
radius_coa_settings(struct event_base *base, const struct conf *cf,
    radius_coa_handler handler)
{
	const char *text = conf_str(cf, "radius-listen");

	settings = cf;
	handle = handler;
	if (text != NULL && strcmp(text, listening) == 0)
		return;
	stop_listening();
	if (text != NULL)
		start_listening(base, text);
}
