/* SPDX-License-Identifier: ISC */
/*
 * parent: webconfd's privileged process.  What it reads from the http process
 * is as little to be trusted as if it came from the network.
 */
#ifndef WEBCONFD_PARENT_H
#define WEBCONFD_PARENT_H

#include <sys/socket.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "auth/totp.h"
#include "kern/message.h"

#include "pairs.h"
#include "place.h"
#include "webconfd.h"

struct conf;
struct event;
struct event_base;
struct generation_note;
struct guess;
struct procset;

enum role { ROLE_KEY, ROLE_HTTP, ROLES };

enum {
	SESSIONS = 16,
	SESSION_IDLE = 30 * 60 * 1000,	/* ms */
	APPLY_SECONDS = 120,		/* for rc */
	TASK_SECONDS = 3600,		/* for an upgrade over a slow line */
	ADMIN_TOKEN_STRLEN = 44
};

/* An administrator's log-in; ss_token is empty when there is none. */
struct admin_session {
	char ss_token[ADMIN_TOKEN_STRLEN];
	uint64_t ss_seen;		/* ms */
};

/* The second factor. */
struct factor {
	char fa_pending[TOTP_TEXT_LEN + 1];	/* not confirmed; or "" */
	uint64_t fa_last;		/* step of the last code that counted */
};

/* rc putting a generation into force. */
struct apply {
	struct event *ap_timer;		/* until it starts */
	pid_t ap_pid;			/* 0: does not run */
	int ap_generation;		/* that it runs for, or ran */
	bool ap_again;			/* another one came meanwhile */
	bool ap_failed;
};

enum {
	JOBS = 8,			/* programs that run at once */
	JOB_GRACE = 3			/* s between SIGTERM and SIGKILL */
};

/* A program that runs for an administrator. */
struct job {
	pid_t jb_pid;			/* 0: none */
	bool jb_told;			/* to end */
	struct event *jb_timer;
};

enum task_kind { TASK_NONE, TASK_RESTORE, TASK_UPGRADE };

/* A program that takes its time; one at a time.  What became of it stays. */
struct task {
	enum task_kind tk_kind;
	pid_t tk_pid;			/* 0: does not run */
	bool tk_failed;
	bool tk_cut;			/* ended, as its input was cut off */
	uint32_t tk_owner;		/* the client who feeds it */
	char tk_from[46];
	int tk_out;			/* its output */
	int tk_feed;			/* its input, until all was sent */
	struct event *tk_event;
	size_t tk_len;
	char tk_line[512];		/* of its output */
	char tk_phase[16];
	int tk_percent;
	char tk_text[512];		/* what is wrong */
	char tk_ja[MESSAGE_JA_SIZE];
	char tk_result[256];		/* its last line of another kind */
};

/* A program to be run; an open descriptor is -1: /dev/null. */
struct command {
	char *const *cm_argv;
	const char *cm_path;		/* where it is looked for */
	int cm_in;
	int cm_out;			/* -1: as the parent's */
	bool cm_both;			/* errors, too, to cm_out */
	unsigned int cm_seconds;	/* before it is ended */
};

struct parent {
	struct event_base *pa_base;
	const char *pa_program;
	const char *pa_cfg;		/* where the generations are */
	const char *pa_state;		/* where key and certificate are */
	const char *pa_code_file;
	const char *pa_rc;
	const char *pa_notices;		/* folder; see notices.c */
	const char *pa_sbom;
	const char *pa_share;		/* folder; see shelf.h */
	const char *pa_user;
	const char *pa_chroot;
	const char *pa_net;		/* /sys/class/net */
	uint16_t pa_port;
	bool pa_foreground;
	bool pa_syslog;			/* not to standard error */
	bool pa_verbose;
	char *pa_cert;
	int pa_listen;
	struct procset *pa_children;
	struct guess *pa_guess;
	unsigned int pa_held;		/* answers that are held back */
	struct admin_session pa_sessions[SESSIONS];
	uint8_t pa_password[32];	/* hash of what the settings have */
	char pa_code[WEB_CODE_LEN + 1];	/* "": there is none */
	struct apply pa_apply;
	struct task pa_task;
	unsigned int pa_trial_time;	/* s */
	struct event *pa_trial;		/* ends it */
	uint64_t pa_trial_end;		/* ms; 0: there is none */
	struct factor pa_factor;
	const char *pa_path;		/* where programs are, as PATH */
	const char *pa_run;		/* where the supervisor's files are */
	struct job pa_jobs[JOBS];
	struct event *pa_sample;	/* the next look at the daemons */
};

/* children.c */
/* Make pa_children, which are told everything whenever they start. */
void children_init(struct parent *pa);

/* command.c */
/* The process, which the caller waits for; -1 if there is none. */
pid_t command_start(const struct command *cm);
/* The same, and nobody waits; 0 or -1. */
int command_forget(const struct command *cm);

/* task.c */
void task_init(struct parent *pa);
bool task_runs(const struct parent *pa);
/*
 * Run a program, while none runs.  fed: what it reads will come from client
 * `owner` by way of task_feed(), and ends with task_sent().  from: who wants
 * it.  0 or -1.
 */
int task_start(struct parent *pa, enum task_kind kind, char *const *argv,
    bool fed, uint32_t owner, const char *from);
/*
 * Give it a line, and the http process, for client id, the descriptor for the
 * rest.  0 or -1.
 */
int task_feed(struct parent *pa, const char *line, uint32_t id);
/* All has been sent; false if the task is not this client's. */
bool task_sent(struct parent *pa, uint32_t owner);
/* The client has gone before; or the http process has. */
void task_lost(struct parent *pa, uint32_t owner);
void task_http_gone(struct parent *pa);
/* For SIGCHLD: it may have ended. */
void task_reap(struct parent *pa);
/*
 * "task": runs, failed or done, and "task.*", if the last one was of this
 * kind.
 */
void task_describe(const struct parent *pa, enum task_kind kind,
    struct pairs *out);

/* ask.c */
/* A question of the http process. */
void ask(struct parent *pa, uint32_t id, const void *data, size_t len);

/* admin.c: passwords, the set-up code, sessions */
/*
 * Look at the current password: without one there is a set-up code; when it
 * has changed all sessions end.
 */
void admin_update(struct parent *pa);
/* Whether a password is set; *cf's tree is that of the current settings. */
bool admin_is_set(const struct conf *cf);
bool admin_password_ok(const struct conf *cf, const char *password);
/* Whether two texts are equal, in the same time for any two. */
bool admin_same(const char *a, const char *b);
bool admin_code_ok(const struct parent *pa, const char *code);
/* A crypt(3) string of password into out; 0 or -1. */
int admin_hash(const char *password, char *out, size_t size);
/* A new session's token; takes the place of the one unused the longest. */
const char *session_new(struct parent *pa, uint64_t now);
/* Whether token names a session, which is used now. */
bool session_use(struct parent *pa, const char *token, uint64_t now);
void session_end(struct parent *pa, const char *token);
void session_end_all(struct parent *pa);

/* factor.c */
void factor_init(struct parent *pa);
bool factor_is_on(const struct conf *cf);
/* Whether it is off, or code is a good one, which then counts no more. */
bool factor_ok(struct parent *pa, const struct conf *cf, const char *code);
/* A key that is offered, until it is confirmed. */
const char *factor_pending(struct parent *pa);
/* Whether code is of that key. */
bool factor_confirmed(struct parent *pa, const char *code);
/* The key that was offered, or none, into cf; 0 or -1. */
int factor_set(struct parent *pa, struct conf *cf, bool on);

/* notices.c */
/* What rc has to say on every page: "notice.en" and "notice.ja" of each. */
void notices_describe(const struct parent *pa, struct pairs *out);

/* settings.c */
/*
 * Why settings were refused: the key at fault and its block, as place.h names
 * it; "" where it is none in particular.
 */
struct refusal {
	struct message re_message;
	char re_place[PLACE_SIZE];
	char re_key[64];
	char re_en[512];
	char re_ja[MESSAGE_JA_SIZE];
};
/* The current settings, or none; *n their number. NULL with text in err. */
struct conf *settings_load(const struct parent *pa, int *n, char *err,
    size_t size);
/*
 * Write cf as a new generation unless nothing changed.  Its number, or -1
 * with the reason in *re.
 */
int settings_write(const struct parent *pa, const struct conf *cf, int current,
    const struct generation_note *note, struct refusal *re);

/* basic.c: the short form */
/* What the form shows of cf: "v.NAME", "has.NAME", "nic", "user"... */
void basic_describe(const struct parent *pa, struct conf *cf,
    struct pairs *out);

/* basic_change.c */
/*
 * Change cf as the fields "f.NAME" say.  0, or -1 with what is wrong in out.
 */
int basic_change(const struct parent *pa, struct conf *cf,
    const struct pairs *in, struct pairs *out);
/* What settings_write() found, at its field. */
void basic_refused(const struct refusal *re, struct pairs *out);

/* block.c: a form for any block, by its place */
/*
 * Whether there can be the block: on the way to it, itself included unless it
 * is to be added, all that have a name are there.
 */
bool block_reachable(struct conf *root, const struct place *pl);
/*
 * What the block has: "there", "v.KEY" (each value), "has.KEY" of secrets,
 * "b.KEY" each block's name, "more.KEY" how many names found no room.
 */
void block_describe(struct conf *root, const struct place *pl,
    struct pairs *out);
/*
 * Change it, which is reachable, as the fields "f.KEY" say, and add it if it
 * is new, as "f..name"; the name is then in pl.  0, or -1 with what is wrong
 * in out.
 */
int block_change(struct conf *root, struct place *pl, const struct pairs *in,
    struct pairs *out);
/* Take the block out. */
void block_remove(struct conf *root, const struct place *pl);
/* What settings_write() found, at its field if it is of this block. */
void block_refused(const struct refusal *re, const struct place *pl,
    struct pairs *out);
/* apply.c */
void apply_init(struct parent *pa);
/* Have rc put generation n into force, once the answer is out. */
void apply_start(struct parent *pa, int n);
/* Whether the current generation is still to come into force. */
bool apply_runs(const struct parent *pa);
/* For SIGCHLD: rc may have ended. */
void apply_reap(struct parent *pa);

/* trial.c: what could cut the administrator off is undone unless confirmed */
/* At the start: one may be under way. */
void trial_init(struct parent *pa);
/*
 * Whether the tree, in place of the current settings, changes how the box is
 * reached, or is written while a trial is under way.
 */
bool trial_needed(const struct parent *pa, const struct conf *cf);
/* A generation was written: its time to be confirmed, if it is on trial. */
void trial_begin(struct parent *pa);
void trial_end(struct parent *pa);
/* The generation is in force: from now on it can be confirmed. */
void trial_applied(struct parent *pa);
/* "trial": seconds that are left, if one is under way. */
void trial_describe(const struct parent *pa, struct pairs *out);

/* sources.c */
enum source_kind {
	SOURCE_PIN = 0x1,
	SOURCE_SESSIONS = 0x2,
	SOURCE_VNICS = 0x4,
	SOURCE_POLICY = 0x8,
	SOURCE_STATS = 0x10,
	SOURCE_ADDRESSES = 0x20, /* about a hub */
	SOURCE_BINDINGS = 0x40, /* about a hub */
	SOURCE_KICK = 0x80, /* about a session: not only asked */
	SOURCE_RECONNECT = 0x100,	/* all virtual NICs: not only asked */
	SOURCE_PROBE = 0x200,	/* the same */
	SOURCE_STATUS = SOURCE_PIN | SOURCE_SESSIONS | SOURCE_VNICS
};
/*
 * Ask the running daemons; each answer comes from a descriptor of its own.
 * about: a word that was checked, "" where none of the kinds has one.
 */
void sources_send(const struct parent *pa, const struct conf *cf, uint32_t id,
    unsigned int kinds, const char *about);
/* Ask acmed: what it says is source "acme".  False: it does not run. */
bool source_acme(const struct parent *pa, uint32_t id, const char *line);
/*
 * Give a daemon, which may be NULL, a command that takes its time; what it says
 * is source `name` of question id.  False: it does not run.
 */
bool source_command(const struct parent *pa, uint32_t id, const char *name,
    const struct conf *daemon, const char *line);
/* From now on the http process gets samples. */
void sources_sample(struct parent *pa);

/* service.c */
/* "service", of each that the supervisor runs: see draw_service(). */
void services_describe(const struct parent *pa, struct pairs *out);

/* uplink.c */
/* "uplink", of each PPPoE line of the settings: see draw_uplink(). */
void uplinks_describe(const struct parent *pa, const struct conf *box,
    struct pairs *out);

/* job.c: programs, without any shell */
/*
 * Run argv, whose first word is searched for, for at most that many seconds;
 * the http process reads what it writes as source `name` of question id.
 * False if too many run, or it cannot be started.
 */
bool job_start(struct parent *pa, uint32_t id, const char *name,
    char *const argv[], unsigned int seconds);
/* For SIGCHLD. */
void jobs_reap(struct parent *pa);

#endif
