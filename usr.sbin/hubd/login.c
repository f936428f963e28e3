/* SPDX-License-Identifier: ISC */
/*
 * login: who may come in.  A request with a good token needs no password;
 * others go to the auth process.  Runs on the control thread.
 */
#include <netinet/in.h>
#include <openssl/rand.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "kern/bucket.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/security.h"
#include "net/offload.h"

#include "control.h"

/* Refusals that are logged; a flood of them must not push out all else. */
enum { REFUSALS_RATE = 5, REFUSALS_BURST = 50 };

/* A request that waits for the auth process. */
struct login {
	LIST_ENTRY(login) lg_entry;
	uint32_t lg_id;
	struct login_job *lg_job;
};

struct login_stats login_stats;

static LIST_HEAD(, login) logins = LIST_HEAD_INITIALIZER(logins);
static uint32_t last_id;

static void
job_free(struct login_job *lj)
{
	free(lj->lj_chain);
	freezero(lj, sizeof(*lj));
}

static struct verdict *
verdict_new(const struct login_job *lj)
{
	struct verdict *vd = calloc(1, sizeof(*vd));

	if (vd == NULL)
		fatal("calloc");
	vd->vd_job.j_run = client_verdict;
	vd->vd_client = lj->lj_client;
	return (vd);
}

static void
log_refused(const struct login_job *lj, const char *why)
{
	const struct http_request *rq = &lj->lj_request;
	static struct bucket bucket;
	static uint64_t unlogged;
	uint64_t now = clock_ms();
	char peer[PEER_LEN];
	struct security sy;

	if (bucket.bk_burst == 0)
		bucket_init(&bucket, REFUSALS_RATE, REFUSALS_BURST, now);
	if (!bucket_take(&bucket, 1, now)) {
		unlogged++;
		return;
	}
	sockaddr_name(&lj->lj_from, peer, sizeof(peer));
	security_begin(&sy, "login-refused");
	security_add(&sy, "hub", rq->hr_hub);
	security_add(&sy, "user", rq->hr_user);
	security_add(&sy, "from", peer);
	security_add(&sy, "reason", why);
	if (unlogged > 0)
		security_add_number(&sy, "unlogged", unlogged);
	unlogged = 0;
	security_log(&sy, LOG_WARNING, "hub %s: user %s from %s refused: %s",
	    rq->hr_hub, rq->hr_user, peer, why);
}

/* Answer with an error status; the log says why, the answer does not. */
static void
refuse(struct login_job *lj, int status, const char *why)
{
	struct verdict *vd = verdict_new(lj);

	log_refused(lj, why);
	if (status == 503)
		login_stats.ls_busy++;
	else
		login_stats.ls_refused++;
	vd->vd_status = status;
	worker_post(lj->lj_worker, &vd->vd_job);
	job_free(lj);
}

/* By the user's policy, or the hub's settings; s. */
static uint32_t
keepalive(const struct session *se)
{
	struct policing pg;

	user_policing(se->se_hub, se->se_user, &se->se_grant, &pg);
	if (pg.pg_keepalive == 0)
		pg.pg_keepalive =
		    (uint64_t)conf_int(hub_conf(se->se_hub), "keepalive");
	return ((uint32_t)(pg.pg_keepalive / 1000));
}

/* What every admitted connection gets, by its hub's settings. */
static struct verdict *
verdict_admit(const struct login_job *lj, const struct session *se)
{
	const struct conf *hub = hub_conf(se->se_hub);
	struct verdict *vd = verdict_new(lj);
	const struct http_extensions *asked = &lj->lj_request.hr_ext;
	int64_t most = user_connections(se->se_hub, se->se_user, &se->se_grant);

	vd->vd_port = se->se_number;
	vd->vd_owner = se->se_worker;
	snprintf(vd->vd_name, sizeof(vd->vd_name), "user %s", se->se_user);
	vd->vd_frames = (uint32_t)conf_int(hub, "queue-frames");
	vd->vd_bytes = (uint32_t)conf_int(hub, "queue-bytes");
	vd->vd_inner = conf_bool(hub, "analyse-tcp");
	vd->vd_max_conns =
	    most > SESSION_CONNS ? SESSION_CONNS : (unsigned int)most;
	vd->vd_fcs = conf_bool(hub, "fcs");
	vd->vd_ext.hx_keepalive = keepalive(se);
	if (conf_bool(hub, "offload")) {
		vd->vd_ext.hx_context = asked->hx_context;
		vd->vd_ext.hx_can = OFFLOAD_CAN_ALL;
	}
	if (se->se_token)
		ticket_give(se, &vd->vd_ext);
	return (vd);
}

/* event: "login", "resume" or "join"; how: the same in the sentence. */
static void
log_admitted(const struct login_job *lj, const struct session *se,
    const char *event, const char *how)
{
	char peer[PEER_LEN];
	struct security sy;

	sockaddr_name(&lj->lj_from, peer, sizeof(peer));
	security_begin(&sy, event);
	security_add(&sy, "hub", se->se_hub);
	security_add(&sy, "user", se->se_user);
	security_add(&sy, "from", peer);
	security_add_number(&sy, "session", se->se_number);
	security_log(&sy, LOG_INFO, "hub %s: user %s from %s %s session %llu",
	    se->se_hub, se->se_user, peer, how,
	    (unsigned long long)se->se_number);
}

/* Room for one more session of the user. */
static bool
has_room(const char *hub, const char *user, const struct auth_grant *ag)
{
	int64_t most = user_sessions(hub, user, ag);

	while (most != 0 && session_count(hub, user) >= most)
		if (!session_evict(hub, user))
			return (false);
	return (true);
}

/* Who is let in, and as what. */
struct admission {
	const char *ad_user;
	const struct auth_grant *ad_grant;
	const uint8_t *ad_id;		/* of a token, or NULL */
	uint64_t ad_age;		/* ms, the same */
};

/* Its session, or NULL when it was refused. */
static struct session *
admission_session(struct login_job *lj, const struct admission *ad)
{
	const char *hub = lj->lj_request.hr_hub;
	const char *why = user_refused(hub, ad->ad_user, ad->ad_grant);
	struct session *se;

	if (why != NULL || hub_find(hub) == NULL) {
		refuse(lj, 401, why != NULL ? why : "no such hub");
		return (NULL);
	}
	if (!has_room(hub, ad->ad_user, ad->ad_grant)) {
		refuse(lj, 503, "max-sessions reached");
		return (NULL);
	}
	se = session_new(hub, ad->ad_user, session_place(hub, lj->lj_worker));
	if (se == NULL) {
		refuse(lj, 503, "out of memory");
		return (NULL);
	}
	se->se_grant = *ad->ad_grant;
	se->se_age = ad->ad_age;
	se->se_token = lj->lj_request.hr_ext.hx_session != HTTP_SESSION_NONE;
	if (strcmp(ad->ad_grant->ag_method, "certificate") == 0) {
		se->se_chain = lj->lj_chain;
		se->se_nchain = lj->lj_nchain;
		lj->lj_chain = NULL;
	}
	return (se);
}

/* A new session; with the id of an old one that we know no more, or not. */
static void
admit_new(struct login_job *lj, const struct admission *ad)
{
	struct session *se = admission_session(lj, ad);
	struct verdict *vd;

	if (se == NULL)
		return;
	if (ad->ad_id != NULL)
		memcpy(se->se_id, ad->ad_id, TOKEN_ID_LEN);
	else if (RAND_bytes(se->se_id, TOKEN_ID_LEN) != 1)
		fatalx("no random numbers");
	account_name(se);
	vd = verdict_admit(lj, se);
	vd->vd_create = true;
	policing_of(se, &vd->vd_policing);
	session_limit(se, vd->vd_policing.pg_max_time);
	vd->vd_hub = hub_ref(hub_find(se->se_hub));
	vd->vd_ext.hx_resumed = ad->ad_id != NULL;
	log_admitted(lj, se, ad->ad_id != NULL ? "resume" : "login",
	    ad->ad_id != NULL ? "resumes as" : "opens");
	worker_post(lj->lj_worker, &vd->vd_job);
	job_free(lj);
}

/* Another connection for a session that lives. */
static void
admit_old(struct login_job *lj, struct session *se, bool takeover)
{
	struct verdict *vd = verdict_admit(lj, se);

	session_hold(se);
	vd->vd_takeover = takeover;
	vd->vd_ext.hx_resumed = takeover;
	if (takeover)
		login_stats.ls_resumed++;
	else
		login_stats.ls_joined++;
	log_admitted(lj, se, takeover ? "resume" : "join",
	    takeover ? "resumes" : "joins");
	worker_post(lj->lj_worker, &vd->vd_job);
	job_free(lj);
}

/* Whether the request's token has settled it; else it needs a password. */
static bool
login_token(struct login_job *lj)
{
	enum http_session kind = lj->lj_request.hr_ext.hx_session;
	struct auth_grant ag;
	struct session *se;
	struct token tk;
	struct admission ad = { .ad_user = tk.tk_user,
		.ad_grant = &ag,
		.ad_id = tk.tk_id };

	if (kind != HTTP_SESSION_RESUME && kind != HTTP_SESSION_JOIN)
		return (false);
	if (!ticket_good(&lj->lj_request, &tk, &ad.ad_age, &ag)) {
		if (kind == HTTP_SESSION_RESUME)
			return (false);
		refuse(lj, 401, "not a good token");
		return (true);
	}
	se = session_find_id(tk.tk_id);
	if (se != NULL)
		admit_old(lj, se, kind == HTTP_SESSION_RESUME);
	else if (kind == HTTP_SESSION_RESUME) {
		login_stats.ls_resumed++;
		admit_new(lj, &ad);
	} else
		refuse(lj, 401, "no session to join");
	return (true);
}

/* Its port would make each attempt a new address. */
static void
without_port(struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = 0;
	else if (ss->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ss)->sin6_port = 0;
}

/* Whether it is the user's own, and the policy leaves it to the user. */
static bool
may_change(const struct http_request *rq)
{
	const struct auth_grant ag = { .ag_method = "password" };
	struct policing pg;

	if (user_refused(rq->hr_hub, rq->hr_user, &ag) != NULL)
		return (false);
	user_policing(rq->hr_hub, rq->hr_user, &ag, &pg);
	return (!pg.pg_password_fixed);
}

static int
ask_auth(const struct login_job *lj, uint32_t id)
{
	const struct http_request *rq = &lj->lj_request;
	size_t len = sizeof(struct msg_auth) + lj->lj_nchain;
	struct msg_auth *ma = calloc(1, len);
	int ret;

	if (ma == NULL || data.dt_auth == NULL) {
		free(ma);
		return (-1);
	}
	strlcpy(ma->ma_hub, rq->hr_hub, sizeof(ma->ma_hub));
	strlcpy(ma->ma_user, rq->hr_user, sizeof(ma->ma_user));
	strlcpy(ma->ma_password, rq->hr_password, sizeof(ma->ma_password));
	if (lj->lj_change == CHANGE_ALLOWED)
		strlcpy(ma->ma_new, rq->hr_new_password, sizeof(ma->ma_new));
	ma->ma_from = lj->lj_from;
	without_port(&ma->ma_from);
	if (lj->lj_nchain > 0)
		memcpy(ma + 1, lj->lj_chain, lj->lj_nchain);
	ret = ipc_send(data.dt_auth, MSG_AUTH, id, -1, ma, len);
	freezero(ma, len);
	return (ret);
}

static void
login_password(struct login_job *lj)
{
	struct login *lg;

	if (*lj->lj_request.hr_user == '\0' && lj->lj_nchain == 0) {
		refuse(lj, 401, "no credentials");
		return;
	}
	if ((lg = calloc(1, sizeof(*lg))) == NULL ||
	    ask_auth(lj, ++last_id) == -1) {
		free(lg);
		refuse(lj, 503, "the auth process is busy");
		return;
	}
	explicit_bzero(lj->lj_request.hr_password,
	    sizeof(lj->lj_request.hr_password));
	explicit_bzero(lj->lj_request.hr_new_password,
	    sizeof(lj->lj_request.hr_new_password));
	lg->lg_id = last_id;
	lg->lg_job = lj;
	LIST_INSERT_HEAD(&logins, lg, lg_entry);
}

void
login_request(struct worker *w, struct job *j)
{
	struct login_job *lj = (struct login_job *)j;

	(void)w;
	if (*lj->lj_request.hr_hub == '\0')
		strlcpy(lj->lj_request.hr_hub,
		    conf_str(data.dt_conf, "default-hub"),
		    sizeof(lj->lj_request.hr_hub));
	if (*lj->lj_request.hr_new_password != '\0')
		lj->lj_change = may_change(&lj->lj_request) ? CHANGE_ALLOWED :
							      CHANGE_DENIED;
	if (lj->lj_change != CHANGE_NONE || !login_token(lj))
		login_password(lj);
}

/* The old password was right. */
static void
changed(struct login_job *lj)
{
	const struct http_request *rq = &lj->lj_request;
	struct verdict *vd;
	char peer[PEER_LEN];
	struct security sy;

	if (lj->lj_change == CHANGE_DENIED) {
		refuse(lj, 403, "the password is not the user's to change");
		return;
	}
	sockaddr_name(&lj->lj_from, peer, sizeof(peer));
	security_begin(&sy, "password-changed");
	security_add(&sy, "hub", rq->hr_hub);
	security_add(&sy, "user", rq->hr_user);
	security_add(&sy, "from", peer);
	security_log(&sy, LOG_NOTICE,
	    "hub %s: user %s from %s has a new password", rq->hr_hub,
	    rq->hr_user, peer);
	vd = verdict_new(lj);
	vd->vd_status = 204;
	worker_post(lj->lj_worker, &vd->vd_job);
	job_free(lj);
}

static void
login_answer(struct login *lg, const struct msg_auth_reply *mr)
{
	struct login_job *lj = lg->lg_job;
	const struct auth_grant *ag = &mr->mr_grant;
	const struct admission ad = { .ad_user = *ag->ag_user != '\0' ?
		    ag->ag_user :
		    lj->lj_request.hr_user,
		.ad_grant = &mr->mr_grant };

	LIST_REMOVE(lg, lg_entry);
	free(lg);
	switch (mr->mr_answer) {
	case AUTH_PASSED:
		login_stats.ls_passed++;
		if (lj->lj_change != CHANGE_NONE)
			changed(lj);
		else
			admit_new(lj, &ad);
		break;
	case AUTH_BUSY:
		refuse(lj, 503,
		    lj->lj_change == CHANGE_ALLOWED ?
			"too many log-ins at once, or a change too soon" :
			"too many log-ins at once, or no server that "
			"could tell answers");
		break;
	default:
		refuse(lj, 401, "wrong user, password or hub, or locked out");
	}
}

/* A RADIUS server wants something of a session. */
static void
on_coa(struct ipc *ch, const struct ipc_msg *msg)
{
	const struct msg_coa *mc = msg->im_data;
	uint32_t error;

	if (msg->im_len < sizeof(mc->mc_server) + RADIUS_MIN ||
	    msg->im_len > sizeof(*mc) ||
	    !name_ok(mc->mc_server, sizeof(mc->mc_server)))
		return;
	error = coa_request(mc, msg->im_len - sizeof(mc->mc_server));
	(void)ipc_send(ch, MSG_COA, msg->im_id, -1, &error, sizeof(error));
}

static void
on_auth(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	const struct msg_auth_reply *mr;
	struct login *lg;

	(void)arg;
	if (msg == NULL) {
		/* the parent starts all processes anew */
		ipc_free(ch);
		data.dt_auth = NULL;
		radius_tests_lost();
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (msg->im_type == MSG_COA) {
		on_coa(ch, msg);
		return;
	}
	if (msg->im_type == MSG_RECHECK) {
		recheck(ch, msg);
		return;
	}
	if (msg->im_type == MSG_RADIUS_TEST) {
		radius_tested(msg);
		return;
	}
	mr = msg->im_data;
	if (msg->im_type != MSG_AUTH || msg->im_len != sizeof(*mr) ||
	    !grant_ok(&mr->mr_grant))
		return;
	LIST_FOREACH(lg, &logins, lg_entry)
		if (lg->lg_id == msg->im_id) {
			login_answer(lg, mr);
			return;
		}
}

void
login_auth_channel(int fd)
{
	data.dt_auth = ipc_new(data.dt_worker[0].w_base, fd, on_auth, NULL);
	if (data.dt_auth == NULL)
		fatalx("no memory");
}
