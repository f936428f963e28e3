/* SPDX-License-Identifier: ISC */
/*
 * session: the control thread's list of who is attached.  The port of a
 * session lives on its worker; word of its connections comes as reports.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/security.h"

#include "access.h"
#include "control.h"

struct session_list sessions = LIST_HEAD_INITIALIZER(sessions);

struct end_job {
	struct job en_job;
	uint64_t en_port;
	char en_reason[64];
};

struct policy_job {
	struct job pj_job;
	uint64_t pj_port;
	struct policing pj_policing;
};

static void
on_expire(evutil_socket_t fd, short what, void *arg)
{
	struct session *se = arg;

	(void)fd;
	(void)what;
	se->se_cause = CAUSE_LOST;
	session_end(se, "not resumed in time");
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct session *se = arg;

	(void)fd;
	(void)what;
	se->se_cause = CAUSE_TIME;
	session_end(se, "max-time is over");
}

uint64_t
session_age(const struct session *se)
{
	return (clock_ms() - se->se_since + se->se_age);
}

void
session_limit(struct session *se, uint64_t max_time)
{
	uint64_t lived = session_age(se);
	struct timeval tv;

	if (se->se_limit != NULL)
		event_free(se->se_limit);
	se->se_limit = NULL;
	if (max_time == 0)
		return;
	se->se_limit = evtimer_new(data.dt_worker[0].w_base, on_limit, se);
	tv = ms_timeval(max_time > lived ? max_time - lived : 0);
	if (se->se_limit == NULL || event_add(se->se_limit, &tv) == -1)
		fatalx("no timer");
}

struct session *
session_new(const char *hub, const char *user, struct worker *w)
{
	struct session *se = calloc(1, sizeof(*se));

	if (se == NULL)
		return (NULL);
	se->se_expire = evtimer_new(data.dt_worker[0].w_base, on_expire, se);
	if (se->se_expire == NULL) {
		free(se);
		return (NULL);
	}
	se->se_number = ++data.dt_next;
	se->se_worker = w;
	se->se_since = clock_ms();
	se->se_cause = CAUSE_REQUEST;
	strlcpy(se->se_hub, hub, sizeof(se->se_hub));
	strlcpy(se->se_user, user, sizeof(se->se_user));
	LIST_INSERT_HEAD(&sessions, se, se_entry);
	return (se);
}

/*
 * Sessions of a hub come to workers in pairs: two offices that are one LAN
 * have most to say to each other, and frames that stay with a thread cost a
 * tenth less of all the processor time that a tunnel takes (hub and both
 * sites, TCP), as nobody is woken and no buffer crosses.
 */
struct worker *
session_place(const char *hub, struct worker *w)
{
	const struct session *se;
	unsigned int i, n[THREADS_MAX] = { 0 };

	LIST_FOREACH(se, &sessions, se_entry)
		if (!se->se_local && strcmp(se->se_hub, hub) == 0)
			n[se->se_worker->w_index]++;
	for (i = 0; i < data.dt_nworkers; i++)
		if (n[i] % 2 == 1)
			return (&data.dt_worker[i]);
	return (w);
}

struct session *
session_find(uint64_t number)
{
	struct session *se;

	LIST_FOREACH(se, &sessions, se_entry)
		if (se->se_number == number)
			return (se);
	return (NULL);
}

struct session *
session_find_id(const uint8_t *id)
{
	struct session *se;

	LIST_FOREACH(se, &sessions, se_entry)
		if (se->se_token && memcmp(se->se_id, id, TOKEN_ID_LEN) == 0)
			return (se);
	return (NULL);
}

/* On the port's worker: its connections are told good-bye. */
static void
on_end(struct worker *w, struct job *j)
{
	struct end_job *en = (struct end_job *)j;
	struct port *pt = port_find(w, en->en_port);
	struct client *cl;

	if (pt != NULL) {
		while ((cl = LIST_FIRST(&pt->pt_clients)) != NULL) {
			client_leave_port(cl);
			conn_close(cl->cl_conn, en->en_reason);
		}
		port_free(pt);
	}
	free(en);
}

static void
log_end(const struct session *se, const char *reason)
{
	struct security sy;

	security_begin(&sy, se->se_local ? "local-port-end" : "logout");
	security_add(&sy, "hub", se->se_hub);
	security_add(&sy, se->se_local ? "port" : "user", se->se_user);
	security_add(&sy, "from", se->se_peer);
	security_add_number(&sy, "session", se->se_number);
	security_add_number(&sy, "seconds", (clock_ms() - se->se_since) / 1000);
	security_add(&sy, "reason", reason);
	security_log(&sy, LOG_INFO, "hub %s: %s session %llu of %s is over: %s",
	    se->se_hub, se->se_local ? "local" : "user's",
	    (unsigned long long)se->se_number, se->se_user, reason);
}

void
session_end(struct session *se, const char *reason)
{
	struct end_job *en = calloc(1, sizeof(*en));

	if (en == NULL)
		fatal("calloc");
	log_end(se, reason);
	en->en_job.j_run = on_end;
	en->en_port = se->se_number;
	strlcpy(en->en_reason, reason, sizeof(en->en_reason));
	account_stop(se);
	worker_post(se->se_worker, &en->en_job);
	LIST_REMOVE(se, se_entry);
	session_limit(se, 0);
	event_free(se->se_expire);
	free(se->se_chain);
	free(se);
}

unsigned int
session_count(const char *hub, const char *user)
{
	const struct session *se;
	unsigned int n = 0;

	LIST_FOREACH(se, &sessions, se_entry)
		n += !se->se_local && strcmp(se->se_hub, hub) == 0 &&
		    strcmp(se->se_user, user) == 0;
	return (n);
}

bool
session_evict(const char *hub, const char *user)
{
	struct session *se;

	LIST_FOREACH(se, &sessions, se_entry)
		if (!se->se_local && se->se_state == SESSION_WAIT &&
		    strcmp(se->se_hub, hub) == 0 &&
		    strcmp(se->se_user, user) == 0) {
			se->se_cause = CAUSE_PREEMPTED;
			session_end(se, "replaced by a new log-in");
			return (true);
		}
	return (false);
}

void
session_hold(struct session *se)
{
	event_del(se->se_expire);
}

/* No connection is left: keep it for its client to come back, or end it. */
static void
session_down(struct session *se)
{
	const struct conf *cf = hub_conf(se->se_hub);
	uint64_t wait = 0;
	struct timeval tv;

	if (se->se_token && cf != NULL)
		wait = (uint64_t)conf_int(cf, "resume-wait");
	if (wait == 0) {
		se->se_cause = CAUSE_LOST;
		session_end(se, "disconnected");
		return;
	}
	tv = ms_timeval(wait);
	se->se_state = SESSION_WAIT;
	if (event_add(se->se_expire, &tv) == -1)
		session_end(se, "out of memory");
}

void
session_report(struct worker *w, struct job *j)
{
	struct report_job *rp = (struct report_job *)j;
	struct session *se = session_find(rp->rp_port);

	(void)w;
	if (se != NULL) {
		se->se_conns = rp->rp_conns;
		if (*rp->rp_peer != '\0')
			strlcpy(se->se_peer, rp->rp_peer, sizeof(se->se_peer));
		if (rp->rp_what == REPORT_FAILED) {
			se->se_cause = CAUSE_ERROR;
			session_end(se, "failed");
		} else if (rp->rp_what == REPORT_IDLE) {
			se->se_cause = CAUSE_IDLE;
			session_end(se, "idle-time is over");
		} else if (rp->rp_conns == 0 && rp->rp_what == REPORT_BYE) {
			se->se_cause = CAUSE_USER;
			session_end(se, "closed by its client");
		} else if (rp->rp_conns == 0)
			session_down(se);
		else {
			se->se_state = SESSION_UP;
			account_start(se);
			event_del(se->se_expire);
		}
	}
	free(rp);
}

void
session_tell(uint64_t port, unsigned int conns, enum report what,
    const char *peer)
{
	struct report_job *rp = calloc(1, sizeof(*rp));

	if (rp == NULL)
		fatal("calloc");
	rp->rp_job.j_run = session_report;
	rp->rp_port = port;
	rp->rp_conns = conns;
	rp->rp_what = what;
	strlcpy(rp->rp_peer, peer, sizeof(rp->rp_peer));
	worker_post(&data.dt_worker[0], &rp->rp_job);
}

static const char *
why_not_allowed(const struct session *se)
{
	if (se->se_local)		/* the parent takes taps away */
		return (hub_conf(se->se_hub) == NULL ? "its hub is gone" :
						       NULL);
	return (user_refused(se->se_hub, se->se_user, &se->se_grant));
}

/* On the port's worker. */
static void
on_policy(struct worker *w, struct job *j)
{
	struct policy_job *pj = (struct policy_job *)j;
	struct port *pt = port_find(w, pj->pj_port);

	if (pt != NULL)
		police_set(pt, &pj->pj_policing);
	else
		access_view_free(pj->pj_policing.pg_access);
	free(pj);
}

void
session_police(struct session *se)
{
	struct policy_job *pj = calloc(1, sizeof(*pj));

	if (pj == NULL)
		fatal("calloc");
	pj->pj_job.j_run = on_policy;
	pj->pj_port = se->se_number;
	policing_of(se, &pj->pj_policing);
	session_limit(se, pj->pj_policing.pg_max_time);
	worker_post(se->se_worker, &pj->pj_job);
}

void
sessions_check(void)
{
	struct session *se, *next;
	const char *why;

	LIST_FOREACH_SAFE(se, &sessions, se_entry, next)
		if ((why = why_not_allowed(se)) != NULL)
			session_end(se, why);
		else
			session_police(se);
}
