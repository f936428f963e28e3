/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "auth/radius_acct.h"
#include "kern/bytes.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"

enum {
	ACCOUNT_TRIES = 30,		/* of all servers, */
	AGAIN = 10,			/* s after the one before */
	RECORDS_MAX = 2048,		/* under way; more are lost */
	AUTHENTIC_RADIUS = 1,
	AUTHENTIC_LOCAL = 2,
	PORT_VIRTUAL = 5
};

struct record {
	struct event_base *rc_base;
	struct account rc_account;
	struct radius_server rc_server[RADIUS_SERVERS];
	unsigned int rc_n;
	unsigned int rc_tries;
};

/* The address of "a.b.c.d:port" and "[v6]:port". */
static void
add_from(struct radius_packet *rp, const char *from)
{
	char host[ACCOUNT_FROM];
	char *end;

	strlcpy(host, *from == '[' ? from + 1 : from, sizeof(host));
	end = *from == '[' ? strchr(host, ']') : strrchr(host, ':');
	if (end != NULL)
		*end = '\0';
	if (*host != '\0')
		radius_add_text(rp, RADIUS_CALLING_STATION, host);
}

/* A counter in two attributes (RFC 2869, 5.1). */
static void
add_octets(struct radius_packet *rp, uint8_t low, uint8_t high, uint64_t n)
{
	radius_add_int(rp, low, (uint32_t)n);
	radius_add_int(rp, high, (uint32_t)(n >> 32));
}

static void
add_figures(struct radius_packet *rp, const struct account *ac)
{
	radius_add_int(rp, RADIUS_ACCT_TIME, ac->ac_seconds);
	add_octets(rp, RADIUS_ACCT_IN_OCTETS, RADIUS_ACCT_IN_GIGA,
	    ac->ac_in_octets);
	add_octets(rp, RADIUS_ACCT_OUT_OCTETS, RADIUS_ACCT_OUT_GIGA,
	    ac->ac_out_octets);
	radius_add_int(rp, RADIUS_ACCT_IN_PACKETS, (uint32_t)ac->ac_in_frames);
	radius_add_int(rp, RADIUS_ACCT_OUT_PACKETS,
	    (uint32_t)ac->ac_out_frames);
}

/* Class goes back as it came (RFC 2865, 5.25). */
static void
add_class(struct radius_packet *rp, const struct auth_grant *ag)
{
	const uint8_t *p = ag->ag_class;
	size_t left = ag->ag_nclass;

	while (left >= 2 && p[1] >= 2 && p[1] <= left) {
		radius_add(rp, p[0], p + 2, p[1] - 2u);
		left -= p[1];
		p += p[1];
	}
}

static void
add_session(struct radius_packet *rp, const struct account *ac)
{
	const struct auth_grant *ag = &ac->ac_grant;

	radius_add_text(rp, RADIUS_USER_NAME, ac->ac_user);
	radius_add_text(rp, RADIUS_ACCT_SESSION, ac->ac_id);
	radius_add_int(rp, RADIUS_ACCT_AUTHENTIC,
	    strcmp(ag->ag_method, "radius") == 0 ? AUTHENTIC_RADIUS :
						   AUTHENTIC_LOCAL);
	radius_add_int(rp, RADIUS_NAS_PORT_TYPE, PORT_VIRTUAL);
	add_from(rp, ac->ac_from);
	add_class(rp, ag);
	if (ac->ac_kind != ACCOUNT_START)
		add_figures(rp, ac);
	if (ac->ac_kind == ACCOUNT_STOP)
		radius_add_int(rp, RADIUS_ACCT_CAUSE, ac->ac_cause);
}

static int
build(struct radius_packet *rp, const struct radius_server *rs, uint8_t id,
    void *arg)
{
	const struct record *rc = arg;
	const struct account *ac = &rc->rc_account;

	radius_begin(rp, RADIUS_ACCOUNTING_REQUEST, id, NULL);
	radius_add_int(rp, RADIUS_ACCT_STATUS, ac->ac_kind);
	radius_add_text(rp, RADIUS_NAS_IDENTIFIER, rs->rs_nas);
	radius_add_text(rp, RADIUS_CALLED_STATION, ac->ac_hub);
	/* so that a delay, which would change the packet, need not be told */
	radius_add_int(rp, RADIUS_EVENT_TIME, (uint32_t)ac->ac_at);
	if (ac->ac_kind != ACCOUNT_ON)
		add_session(rp, ac);
	return (radius_sign(rp, rs->rs_secret, NULL));
}

static unsigned int nrecords;

static void ask(struct record *rc);

static void
record_free(struct record *rc)
{
	nrecords--;
	freezero(rc, sizeof(*rc));
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

static void
done(const struct radius_reply *rr, void *arg)
{
	const struct timeval tv = { .tv_sec = AGAIN };
	struct record *rc = arg;

	if (rr == NULL && rc->rc_tries < ACCOUNT_TRIES &&
	    event_base_once(rc->rc_base, -1, EV_TIMEOUT, on_again, rc, &tv) ==
		0)
		return;
	if (rr == NULL)
		log_warnx("hub %s: no RADIUS server took the account of %s",
		    rc->rc_account.ac_hub, rc->rc_account.ac_user);
	record_free(rc);
}

static void
ask(struct record *rc)
{
	const struct radius_query rq = { .rq_kind = RADIUS_ACCOUNTING,
		.rq_build = build,
		.rq_done = done,
		.rq_arg = rc };

	rc->rc_tries++;
	if (radius_ask(rc->rc_base, rc->rc_server, rc->rc_n, &rq) == 0)
		return;
	log_warnx("hub %s: too many accounts wait, one of %s is lost",
	    rc->rc_account.ac_hub, rc->rc_account.ac_user);
	record_free(rc);
}

void
radius_account(struct event_base *base, const struct conf *settings,
    const struct account *ac)
{
	const struct conf *hub = conf_block(settings, "hub", ac->ac_hub);
	struct record *rc;

	if (hub == NULL || !conf_bool(hub, "accounting"))
		return;
	if (nrecords >= RECORDS_MAX || (rc = calloc(1, sizeof(*rc))) == NULL) {
		log_warnx("hub %s: an account of %s is lost", ac->ac_hub,
		    ac->ac_user);
		return;
	}
	nrecords++;
	rc->rc_base = base;
	rc->rc_account = *ac;
	rc->rc_n = radius_servers(settings, hub, rc->rc_server);
	ask(rc);
}
