/* SPDX-License-Identifier: ISC */
/*
 * vnic: the life of one virtual NIC's session: when to connect, how to come
 * back, when to give a token up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "tunnel/conn.h"
#include "vnic.h"

enum {
	VNIC_LOST = 10000,	/* ms after a loss: at most VNIC_SOON */
	VNIC_SOON = 1000,	/* between attempts */
	VNIC_RECENT = 600000,	/* ms after a loss: at most VNIC_STEADY */
	VNIC_STEADY = 2000,	/* between attempts */
	VNIC_GOOD = 1000,	/* ms open: then back-off starts afresh */
	VNIC_HURRY = 2,		/* attempts out of turn in a burst */
	VNIC_SPARE = 60000,	/* ms between looks for spare connections */
	VNIC_SAME = 20		/* one of so many equal failures is logged */
};

static void vnic_try(struct vnic *);

const char *
vnic_state_name(enum vnic_state state)
{
	static const char *const names[] = { "waiting", "resolving",
		"connecting", "verifying", "open" };

	return (names[state]);
}

void
vnic_state(struct vnic *vn, enum vnic_state state)
{
	if (vn->vn_state == state)
		return;
	vn->vn_state = state;
	vn->vn_since = clock_ms();
}

unsigned int
vnic_open_links(const struct vnic *vn)
{
	const struct link *lk;
	unsigned int n = 0;

	TAILQ_FOREACH(lk, &vn->vn_links, lk_entry)
		n += lk->lk_open;
	return (n);
}

static void
vnic_timer(struct event *ev, uint32_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	event_add(ev, &tv);
}

static uint32_t
vnic_delay(const struct vnic *vn, unsigned int attempts)
{
	uint32_t min = (uint32_t)conf_int(vn->vn_conf, "retry-min");
	uint32_t max = (uint32_t)conf_int(vn->vn_conf, "retry-max"), cap;
	uint64_t lost = clock_ms() - vn->vn_lost;

	/* what comes back soon is found soon: a hub, a proxy, a line */
	cap = lost < VNIC_LOST ? VNIC_SOON : VNIC_STEADY;
	if (lost < VNIC_RECENT && max > cap && min < cap)
		max = cap;
	return (backoff_delay(min, max, attempts, arc4random()));
}

/*
 * Further connections.
 */

/* How many there shall be now. */
static unsigned int
vnic_wanted(const struct vnic *vn)
{
	unsigned int n = (unsigned int)conf_int(vn->vn_conf, "connections");

	if (!need_many(&vn->vn_need, clock_ms()))
		return ((unsigned int)conf_int(vn->vn_conf,
		    "connections-idle"));
	if (n > NEED_CONNS && !session_conns_short(&vn->vn_conns))
		return (NEED_CONNS);
	return (n);
}

static unsigned int
vnic_links(const struct vnic *vn)
{
	const struct link *lk;
	unsigned int n = 0;

	TAILQ_FOREACH(lk, &vn->vn_links, lk_entry)
		n++;
	return (n);
}

static void
vnic_join_later(struct vnic *vn)
{
	if (vnic_links(vn) >= vnic_wanted(vn) || vn->vn_token[0] == '\0')
		return;
	vnic_timer(vn->vn_join,
	    vn->vn_join_attempts == 0 ? 0 :
					vnic_delay(vn, vn->vn_join_attempts));
}

static void
vnic_join_cb(int fd, short what, void *arg)
{
	struct vnic *vn = arg;

	(void)fd;
	(void)what;
	if (vn->vn_state != VNIC_OPEN)
		return;
	vn->vn_join_attempts++;
	if (link_start(vn, HTTP_SESSION_JOIN) != NULL)
		vnic_join_later(vn);
}

void
vnic_carried(struct vnic *vn)
{
	uint64_t now = clock_ms();
	struct session_stats st;
	struct session_live sv;

	if (vn->vn_state != VNIC_OPEN || !need_due(&vn->vn_need, now))
		return;
	st = session_conns_stats(&vn->vn_conns);
	session_conns_live(&vn->vn_conns, &sv);
	need_look(&vn->vn_need, st.st_rx_bytes + st.st_tx_bytes, sv.sv_age_us,
	    now);
	if (!need_many(&vn->vn_need, now) ||
	    event_pending(vn->vn_join, EV_TIMEOUT, NULL))
		return;
	vnic_join_later(vn);
	if (!event_pending(vn->vn_spare, EV_TIMEOUT, NULL))
		vnic_timer(vn->vn_spare, VNIC_SPARE);
}

/* One connection too many at a time; the first, which logged in, stays. */
static void
vnic_spare_cb(int fd, short what, void *arg)
{
	struct vnic *vn = arg;
	struct link *lk;

	(void)fd;
	(void)what;
	if (vnic_links(vn) > vnic_wanted(vn)) {
		lk = TAILQ_LAST(&vn->vn_links, links);
		if (lk->lk_open && vnic_open_links(vn) > 1) {
			log_debug("vnic %s: one connection less", vn->vn_name);
			link_bye(lk);
		}
	}
	if (vnic_links(vn) > 1)
		vnic_timer(vn->vn_spare, VNIC_SPARE);
}

/*
 * Attempts.
 */

static void
vnic_drop_links(struct vnic *vn)
{
	struct link *lk;

	while ((lk = TAILQ_FIRST(&vn->vn_links)) != NULL)
		link_free(lk);
	event_del(vn->vn_join);
}

void
vnic_bye(struct vnic *vn)
{
	struct link *lk;

	while ((lk = TAILQ_FIRST(&vn->vn_links)) != NULL)
		link_bye(lk);
	vn->vn_token[0] = '\0';
	event_del(vn->vn_join);
}

static void
vnic_wait(struct vnic *vn, uint32_t ms)
{
	vnic_drop_links(vn);
	vn->vn_resolv = false;
	vnic_state(vn, VNIC_WAITING);
	vnic_timer(vn->vn_retry, ms);
}

static void
vnic_try(struct vnic *vn)
{
	event_del(vn->vn_retry);
	if (vn->vn_tap == -1 || vn->vn_crypto == NULL)
		return;		/* its coming begins another attempt */
	vn->vn_retries++;
	vnic_state(vn, VNIC_RESOLVING);
	vn->vn_resolv = true;
	ipc_send(session.sp_ipc, MSG_RESOLV_WANTED, 0, -1, NULL, 0);
}

void
vnic_resolvable(struct vnic *vn)
{
	enum http_session kind =
	    vn->vn_token[0] != '\0' ? HTTP_SESSION_RESUME : HTTP_SESSION_NEW;

	if (!vn->vn_resolv)
		return;
	vn->vn_resolv = false;
	if (link_start(vn, kind) != NULL)
		return;
	log_warnx("vnic %s: %s", vn->vn_name, vn->vn_error);
	vnic_wait(vn, vnic_delay(vn, vn->vn_attempts++));
}

static void
vnic_retry_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	vnic_try(arg);
}

bool
vnic_hurry(struct vnic *vn, const char *reason)
{
	if (vn->vn_conf == NULL || vn->vn_state >= VNIC_VERIFYING ||
	    vn->vn_denied)
		return (true);
	if (!bucket_take(&vn->vn_hurry, 1, clock_ms()))
		return (false);
	log_debug("vnic %s: %s: trying now", vn->vn_name, reason);
	vnic_drop_links(vn);
	vnic_state(vn, VNIC_WAITING);
	vnic_try(vn);
	return (true);
}

void
vnic_begin(struct vnic *vn)
{
	vn->vn_attempts = 0;
	vn->vn_denied = false;
	vnic_wait(vn, 0);
}

void
vnic_reconnect(struct vnic *vn, const char *reason)
{
	log_info("vnic %s: connecting anew: %s", vn->vn_name, reason);
	vnic_begin(vn);
}

void
vnic_restart_attempts(struct vnic *vn)
{
	struct link *lk, *next;

	TAILQ_FOREACH_SAFE(lk, &vn->vn_links, lk_entry, next)
		if (!lk->lk_open)
			link_free(lk);
	if (vn->vn_state == VNIC_OPEN)
		vnic_join_later(vn);
	else if (vn->vn_state != VNIC_WAITING)
		vnic_wait(vn, 0);
}

/*
 * What happened to links.
 */

static void
vnic_take_token(struct vnic *vn, const struct http_extensions *hx)
{
	if (hx->hx_token[0] != '\0')
		strlcpy(vn->vn_token, hx->hx_token, sizeof(vn->vn_token));
}

void
vnic_opened(struct vnic *vn, struct link *lk, const struct http_response *rp)
{
	const char *hub = conf_str(vn->vn_conf, "hub");

	vnic_take_token(vn, &rp->hp_ext);
	vn->vn_join_attempts = 0;
	if (lk->lk_kind != HTTP_SESSION_JOIN) {
		vn->vn_denied = false;
		vn->vn_last = lk->lk_to;
		vn->vn_resumed += rp->hp_ext.hx_resumed;
		vnic_state(vn, VNIC_OPEN);
		if (!rp->hp_ext.hx_resumed)
			probe_begin(vn);
		log_info("vnic %s: open: %s, %s%s, user %s%s%s%s", vn->vn_name,
		    conf_str(vn->vn_conf, "server"),
		    hub == NULL ? "its default hub" : "hub ",
		    hub == NULL ? "" : hub, conf_str(vn->vn_conf, "user"),
		    lk->lk_uplink[0] == '\0' ? "" : ", by ", lk->lk_uplink,
		    rp->hp_ext.hx_resumed ? "; session resumed" : "");
	}
	vnic_join_later(vn);
}

/* A failure in words that an administrator can act on. */
static void
vnic_describe(const struct vnic *vn, const struct link *lk, const char *reason,
    int status, char *buf, size_t size)
{
	const char *hub = conf_str(vn->vn_conf, "hub");

	switch (status) {
	case 0:
	case LINK_DENIED:
		snprintf(buf, size, "%s", reason);
		break;
	case 401:
		if (lk->lk_kind != HTTP_SESSION_NEW)
			snprintf(buf, size,
			    "the hub does not know the session "
			    "any more");
		else
			snprintf(buf, size,
			    "the server refuses user \"%s\" at "
			    "hub \"%s\": wrong user or password, or there is "
			    "no such hub for this user",
			    conf_str(vn->vn_conf, "user"),
			    hub == NULL ? "default" : hub);
		break;
	case 503:
		snprintf(buf, size,
		    "the server has no room or is not ready "
		    "(HTTP status 503)");
		break;
	default:
		snprintf(buf, size, "what answers is not a hub: HTTP status %d",
		    status);
	}
}

/* In the log once, and then now and then while it stays the same. */
static void
vnic_complain(struct vnic *vn, const char *text, uint32_t ms)
{
	bool same =
	    strcmp(vn->vn_error, text) == 0 && vn->vn_attempts % VNIC_SAME != 0;

	strlcpy(vn->vn_error, text, sizeof(vn->vn_error));
	(same ? log_debug : log_warnx)("vnic %s: %s: %s; next attempt in "
				       "%u.%u s",
	    vn->vn_name, conf_str(vn->vn_conf, "server"), text, ms / 1000,
	    ms % 1000 / 100);
}

/* No link is left. */
static void
vnic_down(struct vnic *vn, const char *text)
{
	uint32_t ms = vn->vn_denied ?
	    (uint32_t)conf_int(vn->vn_conf, "retry-max") :
	    vnic_delay(vn, vn->vn_attempts);

	vnic_complain(vn, text, ms);
	vn->vn_attempts++;
	vnic_wait(vn, ms);
}

void
vnic_failed(struct vnic *vn, struct link *lk, const char *reason, int status)
{
	char text[VNIC_ERROR_MAX];

	vnic_describe(vn, lk, reason, status, text, sizeof(text));
	if (lk->lk_open && clock_ms() - lk->lk_since >= VNIC_GOOD) {
		vn->vn_attempts = 0;
		vn->vn_lost = clock_ms();
	}
	if (vnic_open_links(vn) > 0) {
		log_info("vnic %s: a connection failed, others stay: %s",
		    vn->vn_name, text);
		vnic_join_later(vn);
		return;
	}
	if (status == 401 && lk->lk_kind == HTTP_SESSION_RESUME) {
		log_info("vnic %s: %s; logging in", vn->vn_name, text);
		vn->vn_token[0] = '\0';
		vnic_wait(vn, 0);
		return;
	}
	vn->vn_denied = status == 401 || status == LINK_DENIED;
	vnic_down(vn, text);
}

/*
 * The list.
 */

struct vnic *
vnic_find(const char *name)
{
	struct vnic *vn;

	TAILQ_FOREACH(vn, &session.sp_vnics, vn_entry)
		if (strcmp(vn->vn_name, name) == 0)
			return (vn);
	return (NULL);
}

struct vnic *
vnic_get(const char *name)
{
	struct vnic *vn = vnic_find(name);

	if (vn != NULL)
		return (vn);
	if ((vn = calloc(1, sizeof(*vn))) == NULL)
		return (NULL);
	strlcpy(vn->vn_name, name, sizeof(vn->vn_name));
	vn->vn_tap = -1;
	vn->vn_since = clock_ms();
	TAILQ_INIT(&vn->vn_links);
	bucket_init(&vn->vn_hurry, 1, VNIC_HURRY, clock_ms());
	session_conns_init(&vn->vn_conns, 1, 1, false);
	vn->vn_retry = event_new(session.sp_base, -1, 0, vnic_retry_cb, vn);
	vn->vn_join = event_new(session.sp_base, -1, 0, vnic_join_cb, vn);
	vn->vn_spare = event_new(session.sp_base, -1, 0, vnic_spare_cb, vn);
	if (vn->vn_retry == NULL || vn->vn_join == NULL || vn->vn_spare == NULL)
		fatalx("event_new");
	TAILQ_INSERT_TAIL(&session.sp_vnics, vn, vn_entry);
	return (vn);
}

void
vnic_free(struct vnic *vn)
{
	vnic_bye(vn);
	lan_detach(vn);
	event_free(vn->vn_retry);
	event_free(vn->vn_join);
	event_free(vn->vn_spare);
	if (vn->vn_discover != NULL)
		event_free(vn->vn_discover);
	probe_end(vn);
	session_conns_fini(&vn->vn_conns);
	if (vn->vn_crypto != NULL)
		vn->vn_tls->co_ctx_free(vn->vn_crypto);
	TAILQ_REMOVE(&session.sp_vnics, vn, vn_entry);
	if (vn->vn_signature != NULL)
		freezero(vn->vn_signature, strlen(vn->vn_signature));
	free(vn);
}
