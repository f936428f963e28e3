/* SPDX-License-Identifier: ISC */
/*
 * data: what its control thread does (data.h has the threads): accept, decide
 * log-ins, keep the list of sessions and their users' rules, answer hubctl.
 * The frame path wants nothing of this; workers hand it jobs.
 */
#ifndef HUBD_CONTROL_H
#define HUBD_CONTROL_H

#include "data.h"

/* listener.c: control thread, but for _done */
void listener_add(uint32_t id, int fd);
void listener_remove(uint32_t id);
/* A connection of this address has finished its handshake, or its life. */
void listener_done(const struct sockaddr_storage *from);
uint64_t listener_refused(void);
void sockaddr_name(const struct sockaddr_storage *from, char *out, size_t size);

/* login.c: control thread */
enum change { CHANGE_NONE, CHANGE_ALLOWED, CHANGE_DENIED };
struct login_job {
	struct job lj_job;
	uint64_t lj_client;
	struct worker *lj_worker;
	struct sockaddr_storage lj_from;
	struct http_request lj_request;
	enum change lj_change;		/* of the password, in place of a
					   session */
	uint8_t *lj_chain;		/* crypto_peer_chain(), or NULL */
	size_t lj_nchain;
};
void login_request(struct worker *w, struct job *j);
void login_auth_channel(int fd);
struct login_stats {
	uint64_t ls_passed, ls_refused, ls_resumed, ls_joined, ls_busy;
};
extern struct login_stats login_stats;

/* ticket.c: control thread */
/* A fresh token for the session, into the answer. */
void ticket_give(const struct session *se, struct http_extensions *hx);
/*
 * Whether the request's token is genuine, of this hub, and of a user whose
 * credentials stand; the session's age (ms) and grant as it has them.
 */
bool ticket_good(const struct http_request *rq, struct token *tk, uint64_t *age,
    struct auth_grant *ag);

/* user.c: control thread; but for _refused, the hub exists */
/* Why the user may not have a session, or NULL. */
const char *user_refused(const char *hub, const char *name,
    const struct auth_grant *ag);
/* How many of each the user, and the user's policy, allow; 0: any. */
int64_t user_connections(const char *hub, const char *name,
    const struct auth_grant *ag);
int64_t user_sessions(const char *hub, const char *name,
    const struct auth_grant *ag);
/* Of what the user logs in with, for tokens. */
void user_tag(const char *hub, const char *name, const struct auth_grant *ag,
    uint8_t *tag);
/* The rules for the user's sessions but for those of the hub's list. */
void user_policing(const char *hub, const char *name,
    const struct auth_grant *ag, struct policing *pg);

/* coa.c: control thread */
/* A request in `len` octets: COA_OK, or what is wrong with it. */
uint32_t coa_request(const struct msg_coa *mc, size_t len);
/* Its token is good no more; and whether that was said of a session's id. */
void coa_revoke(const struct session *se);
bool coa_revoked(const uint8_t *id);

/* recheck.c: control thread */
/* What the auth process says (MSG_RECHECK): begin anew, or of a session. */
void recheck(struct ipc *ch, const struct ipc_msg *msg);

/* session.c: control thread's list of sessions */
enum session_state { SESSION_UP, SESSION_WAIT, SESSION_ENDING };

struct session {
	LIST_ENTRY(session) se_entry;
	uint64_t se_number;		/* of its port */
	struct worker *se_worker;
	char se_hub[HTTP_NAME_MAX];
	char se_user[HTTP_NAME_MAX];	/* of a local port: its name */
	char se_peer[PEER_LEN];
	bool se_local;
	uint32_t se_tap_id;
	bool se_token;			/* may be resumed */
	uint8_t se_id[TOKEN_ID_LEN];
	enum session_state se_state;
	unsigned int se_conns;
	uint64_t se_since;		/* ms */
	uint64_t se_age;		/* ms it had lasted before, as its
					   token says, in another process */
	struct auth_grant se_grant;
	uint8_t *se_chain;		/* of its certificate, if that is what
					   let it in; or NULL */
	size_t se_nchain;
	char se_account[ACCOUNT_ID];	/* Acct-Session-Id */
	uint64_t se_accounted;		/* ms, of the last record; 0 none */
	enum account_cause se_cause;	/* why it ends */
	struct event *se_expire;
	struct event *se_limit;		/* of max-time, or NULL */
};
LIST_HEAD(session_list, session);
extern struct session_list sessions;

/* Worker to control thread: a port has n connections now. */
enum report {
	REPORT_CONNS,
	REPORT_BYE,			/* the last to go said good-bye */
	REPORT_IDLE,			/* for its idle-time */
	REPORT_FAILED			/* the port could not be made */
};
struct report_job {
	struct job rp_job;
	uint64_t rp_port;
	unsigned int rp_conns;
	enum report rp_what;
	char rp_peer[PEER_LEN];
};
void session_report(struct worker *w, struct job *j);
/* From the port's worker: post such a report. */
void session_tell(uint64_t port, unsigned int conns, enum report what,
    const char *peer);

struct session *session_new(const char *hub, const char *user,
    struct worker *w);
/* Where a session of the hub that came by w is best; w if that is as good. */
struct worker *session_place(const char *hub, struct worker *w);
struct session *session_find(uint64_t number);
struct session *session_find_id(const uint8_t *id);
/* Order the port ended; the list entry goes at once. */
void session_end(struct session *se, const char *reason);
unsigned int session_count(const char *hub, const char *user);
/* End a session of the user that waits to be resumed; false if none does. */
bool session_evict(const char *hub, const char *user);
/* Cancel the expiry of a session about to get a connection. */
void session_hold(struct session *se);
/* After a reload: end sessions of users and hubs that went, police others. */
void sessions_check(void);
/* How long it has lasted since its log-in, ms. */
uint64_t session_age(const struct session *se);
/* End the session that long (ms) after its log-in; 0: never. */
void session_limit(struct session *se, uint64_t max_time);

/* Tell the port's worker the policy as settings and grant have it now. */
void session_police(struct session *se);

/* account.c: control thread; no-ops where nobody wants accounts */
/* Give it its Acct-Session-Id, once se_id is known. */
void account_name(struct session *se);
void account_start(struct session *se);
/* Before the port is ended. */
void account_stop(const struct session *se);
/* Records in between that are due. */
void accounts_tick(void);

/* radius_ask.c: control thread */
/* "radius test HUB USER PASSWORD" of hubctl(8), answered later. */
void radius_ask_test(struct ctl_client *c, char *const words[3]);
/* The auth process has an answer; or has gone. */
void radius_tested(const struct ipc_msg *msg);
void radius_tests_lost(void);

/* control.c */
void control_start(int fd);
void control_reloaded(uint32_t id, const char *error);

#endif
