/* SPDX-License-Identifier: ISC */
/*
 * auth: the auth process's channels to the parent and to the data process,
 * and its settings.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/guess.h"
#include "auth/radius_coa.h"
#include "auth/radsec.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

#include "auth.h"

enum {
	DELAY_DOUBLED = 8,	/* at most so many times guess-delay */
	NICER = 10		/* than the data process */
};

struct auth_proc auth_proc;

static struct text incoming, file;
static struct files files = SLIST_HEAD_INITIALIZER(files);
static bool started;

void
snapshot_unref(struct snapshot *sn)
{
	if (sn == NULL || --sn->sn_refs > 0)
		return;
	conf_free(sn->sn_conf);
	files_free(&sn->sn_files);
	free(sn);
}

void
auth_reply(uint32_t id, uint8_t answer, const struct auth_grant *ag)
{
	struct msg_auth_reply mr = { .mr_answer = answer };

	if (ag != NULL)
		mr.mr_grant = *ag;
	if (auth_proc.ap_data != NULL)
		(void)ipc_send(auth_proc.ap_data, MSG_AUTH, id, -1, &mr,
		    sizeof(mr));
}

/* To the data process, which has the sessions. */
static void
on_coa(uint32_t id, const char *server, const uint8_t *packet, size_t len)
{
	struct msg_coa mc = { .mc_server = "" };

	strlcpy(mc.mc_server, server, sizeof(mc.mc_server));
	memcpy(mc.mc_packet, packet, len);
	if (auth_proc.ap_data != NULL)
		(void)ipc_send(auth_proc.ap_data, MSG_COA, id, -1, &mc,
		    sizeof(mc.mc_server) + len);
}

static void
on_account(const struct account *ac)
{
	if (name_ok(ac->ac_hub, sizeof(ac->ac_hub)) &&
	    name_ok(ac->ac_user, sizeof(ac->ac_user)) &&
	    name_ok(ac->ac_id, sizeof(ac->ac_id)) &&
	    name_ok(ac->ac_from, sizeof(ac->ac_from)) &&
	    grant_ok(&ac->ac_grant))
		radius_account(auth_proc.ap_base,
		    auth_proc.ap_settings->sn_conf, ac);
}

/* A request of before this process is over in the eyes of the servers. */
static void
accounting_on(const struct conf *cf)
{
	struct account ac = { .ac_kind = ACCOUNT_ON, .ac_at = clock_unix() };
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL) {
		strlcpy(ac.ac_hub, conf_name(hub), sizeof(ac.ac_hub));
		radius_account(auth_proc.ap_base, cf, &ac);
	}
}

static bool
request_ok(const struct ipc_msg *msg)
{
	const struct msg_auth *ma = msg->im_data;

	return (msg->im_type == MSG_AUTH && msg->im_len >= sizeof(*ma) &&
	    name_ok(ma->ma_hub, sizeof(ma->ma_hub)) &&
	    name_ok(ma->ma_user, sizeof(ma->ma_user)) &&
	    name_ok(ma->ma_password, sizeof(ma->ma_password)) &&
	    name_ok(ma->ma_new, sizeof(ma->ma_new)));
}

/* Whether the user with that certificate would be let in now. */
static bool
stands(const struct msg_recheck *mk, const uint8_t *chain, size_t nchain)
{
	const struct snapshot *sn = auth_proc.ap_settings;
	const struct auth_request ar = { .ar_conf = sn->sn_conf,
		.ar_hub = conf_block(sn->sn_conf, "hub", mk->mk_hub),
		.ar_user = mk->mk_user,
		.ar_password = "",
		.ar_chain = chain,
		.ar_nchain = nchain,
		.ar_ca =
		    files_find(&sn->sn_files, "hub", mk->mk_hub, "client-ca"),
		.ar_crl = files_find(&sn->sn_files, "hub", mk->mk_hub,
		    "client-crl") };
	struct auth_grant ag = { .ag_method = "" };

	return (ar.ar_hub != NULL &&
	    auth_find("certificate")->ao_check(&ar, &ag) == AUTH_OK);
}

static void
on_recheck(struct ipc *ch, const struct ipc_msg *msg)
{
	const struct msg_recheck *mk = msg->im_data;
	bool ok;

	if (msg->im_len < sizeof(*mk) ||
	    !name_ok(mk->mk_hub, sizeof(mk->mk_hub)) ||
	    !name_ok(mk->mk_user, sizeof(mk->mk_user)))
		return;
	ok = stands(mk, (const uint8_t *)(mk + 1), msg->im_len - sizeof(*mk));
	(void)ipc_send(ch, MSG_RECHECK, msg->im_id, -1, &ok, sizeof(ok));
}

static void
on_radius_test(const struct ipc_msg *msg)
{
	const struct msg_radius_test *mr = msg->im_data;

	if (msg->im_len == sizeof(*mr) &&
	    name_ok(mr->mr_hub, sizeof(mr->mr_hub)) &&
	    name_ok(mr->mr_user, sizeof(mr->mr_user)) &&
	    name_ok(mr->mr_password, sizeof(mr->mr_password)))
		auth_test(msg->im_id, mr);
}

static void
on_data(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		auth_proc.ap_data = NULL;
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (msg->im_type == MSG_ACCOUNT &&
	    msg->im_len == sizeof(struct account))
		on_account(msg->im_data);
	else if (msg->im_type == MSG_COA && msg->im_len == sizeof(uint32_t))
		radius_coa_answer(msg->im_id, *(const uint32_t *)msg->im_data);
	else if (msg->im_type == MSG_RECHECK)
		on_recheck(ch, msg);
	else if (msg->im_type == MSG_RADIUS_TEST)
		on_radius_test(msg);
	else if (request_ok(msg) &&
	    !job_add(msg->im_id, msg->im_data,
		(const uint8_t *)msg->im_data + sizeof(struct msg_auth),
		msg->im_len - sizeof(struct msg_auth)))
		auth_reply(msg->im_id, AUTH_BUSY, NULL);
}

/* Of the newest settings, as connections to servers are made by them. */
static const char *
server_file(const char *server, const char *key)
{
	return (files_find(&auth_proc.ap_settings->sn_files, "radius", server,
	    key));
}

static void
take_settings(void)
{
	struct guess_limits gl;
	struct snapshot *sn = calloc(1, sizeof(*sn));

	if (sn == NULL)
		fatal("calloc");
	sn->sn_refs = 1;
	sn->sn_conf = settings_receive(&incoming);
	text_clear(&incoming);
	sn->sn_files = files;
	SLIST_INIT(&files);
	/* before the old ones go, which it still looks at */
	radsec_retire_all();
	if (started)
		radius_coa_settings(auth_proc.ap_base, sn->sn_conf, on_coa);
	snapshot_unref(auth_proc.ap_settings);
	auth_proc.ap_settings = sn;
	if (auth_proc.ap_data != NULL)
		(void)ipc_send(auth_proc.ap_data, MSG_RECHECK, 0, -1, NULL, 0);
	gl.gl_delay = (uint32_t)conf_int(sn->sn_conf, "guess-delay");
	gl.gl_delay_max = gl.gl_delay * DELAY_DOUBLED;
	auth_proc.ap_delay_max = gl.gl_delay_max;
	gl.gl_limit = (uint32_t)conf_int(sn->sn_conf, "guess-limit");
	gl.gl_lockout = (uint64_t)conf_int(sn->sn_conf, "guess-lockout");
	if (auth_proc.ap_guess == NULL &&
	    (auth_proc.ap_guess = guess_new(&gl)) == NULL)
		fatalx("no memory");
	guess_set_limits(auth_proc.ap_guess, &gl);
}

/*
 * Frames go first: a flood of log-ins keeps all threads here busy, which then
 * get a tenth of a core that they share with the data process.  And whoever
 * else needs it, where frames have been put before all (rc.conf(5)).
 */
static void
stand_back(void)
{
	int now = getpriority(PRIO_PROCESS, 0);

	if (setpriority(PRIO_PROCESS, 0, (now > 0 ? now : 0) + NICER) == -1)
		log_warn("setpriority");
}

static void
start(void)
{
	const struct conf *cf;

	if (auth_proc.ap_settings == NULL)
		fatalx("started without settings");
	cf = auth_proc.ap_settings->sn_conf;
	stand_back();
	/* no network for the keeper of password hashes without need */
	proc_confine(conf_str(cf, "user"), conf_str(cf, "chroot"),
	    PROC_IPC | (settings_ask_network(cf) ? PROC_NET : 0));
	if (jobs_start((unsigned int)conf_int(cf, "scrypt-jobs")) == -1)
		fatalx("no threads");
	radius_files_by(server_file);
	started = true;
	radius_coa_settings(auth_proc.ap_base, cf, on_coa);
	accounting_on(cf);
}

/* A new password is kept, or not. */
static void
on_kept(const struct ipc_msg *msg)
{
	struct auth_grant ag = { .ag_method = "password" };
	bool kept = msg->im_len == sizeof(kept) && *(const bool *)msg->im_data;

	auth_reply(msg->im_id, kept ? AUTH_PASSED : AUTH_BUSY, &ag);
}

static void
on_parent(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		event_base_loopbreak(auth_proc.ap_base);
		return;
	}
	switch (msg->im_type) {
	case MSG_SETTINGS:
		text_add(&incoming, msg->im_data, msg->im_len);
		break;
	case MSG_SETTINGS_END:
		take_settings();
		break;
	case MSG_FILE:
		text_add(&file, msg->im_data, msg->im_len);
		break;
	case MSG_FILE_END:
		files_add(&files, &file);
		text_clear(&file);
		break;
	case MSG_AUTH_CHANNEL:
		auth_proc.ap_data =
		    ipc_new(auth_proc.ap_base, msg->im_fd, on_data, NULL);
		break;
	case MSG_PASSWORD:
		on_kept(msg);
		break;
	case MSG_START:
		start();
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

void
auth_main(void)
{
	if ((auth_proc.ap_base = event_base_new()) == NULL ||
	    (auth_proc.ap_parent = ipc_new(auth_proc.ap_base, PROC_FD,
		 on_parent, NULL)) == NULL)
		fatalx("no memory");
	event_base_dispatch(auth_proc.ap_base);
	_exit(0);
}
